//! A rule file as the tools see it: targets by name, consumers, and walks that do not recurse.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;

use bstr::ByteSlice;
use mbuild_rules::parse::{Loader, Options, parse};
use mbuild_rules::path::canonical;
use mbuild_rules::{ActionId, Diagnostic, FileId, Manifest, dyndep};

use crate::suggest;

/// A rule file with the way from a file to the actions that need it.
pub(crate) struct View {
    /// The statements.
    pub(crate) manifest: Manifest,
    consumers: Vec<Vec<ActionId>>,
    validated: Vec<Vec<ActionId>>,
}

/// Reads files below the current folder.
struct Files;

impl Loader for Files {
    fn load(&mut self, path: &[u8]) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        File::open(std::ffi::OsStr::from_bytes(path))?.read_to_end(&mut content)?;
        Ok(content)
    }
}

impl View {
    /// Reads the rule file and everything it includes.
    pub(crate) fn load(path: &[u8], phony_cycle_is_error: bool) -> Result<Self, Diagnostic> {
        let manifest =
            parse(path, &mut Files, Options { phony_cycle_is_error, ..Options::default() })?;
        Ok(Self::new(manifest))
    }

    /// Takes a rule file that was read.
    pub(crate) fn new(manifest: Manifest) -> Self {
        let mut consumers = vec![Vec::new(); manifest.file_count()];
        let mut validated = vec![Vec::new(); manifest.file_count()];
        for action in manifest.actions() {
            for input in manifest.inputs(action) {
                consumers[input.index()].push(action);
            }
            for input in manifest.validations(action) {
                validated[input.index()].push(action);
            }
        }
        Self { manifest, consumers, validated }
    }

    /// The same with what the dyndep files say that are in place; others, and wrong ones, are left out.
    pub(crate) fn with_dyndeps(self) -> Self {
        let mut manifest = self.manifest;
        let by_file: BTreeMap<_, _> = dyndep::by_file(&manifest).into_iter().collect();
        for (file, actions) in by_file {
            if let Ok(content) = Files.load(manifest.path(file)) {
                // The next build says what is wrong in it; a tool works with what there is.
                let _ = dyndep::load_for(&mut manifest, file, &actions, &content);
            }
        }
        Self::new(manifest)
    }

    /// The actions that have the file among their inputs, in the order of the rule file.
    pub(crate) fn consumers(&self, file: FileId) -> &[ActionId] {
        self.consumers.get(file.index()).map_or(&[], Vec::as_slice)
    }

    /// The actions that the file validates.
    pub(crate) fn validated(&self, file: FileId) -> &[ActionId] {
        self.validated.get(file.index()).map_or(&[], Vec::as_slice)
    }

    /// All outputs of the action validate something, and nothing reads them.
    pub(crate) fn only_validates(&self, action: ActionId) -> bool {
        let outputs = self.manifest.outputs(action);
        let only =
            |file: &FileId| self.consumers(*file).is_empty() && !self.validated(*file).is_empty();
        !outputs.is_empty() && outputs.iter().all(only)
    }

    /// The file a word of the command line means: a path, or `path^` for what is made from it.
    pub(crate) fn target(&self, word: &[u8]) -> Result<FileId, String> {
        if word.is_empty() {
            return Err("empty path".to_owned());
        }
        let (path, dependent) = match word.strip_suffix(b"^") {
            Some(path) => (path, true),
            None => (word, false),
        };
        let path = canonical(path);
        let Some(file) = self.find(&path) else { return Err(self.unknown(&path)) };
        if !dependent {
            return Ok(file);
        }
        let consumer = self.consumers(file).first();
        let output = consumer.and_then(|action| self.manifest.outputs(*action).first());
        output
            .copied()
            .ok_or_else(|| format!("'{}' has no out edge", self.manifest.path(file).as_bstr()))
    }

    /// A file of the rule file, else the one of that name below `builddir`.
    fn find(&self, path: &[u8]) -> Option<FileId> {
        self.manifest.find(path).or_else(|| {
            let builddir = self.manifest.variable(b"builddir").filter(|dir| !dir.is_empty())?;
            self.manifest.find(&canonical(&[builddir, b"/", path].concat()))
        })
    }

    /// The files that words mean; the goals of a plain build when there are none.
    pub(crate) fn targets(&self, words: &[Vec<u8>]) -> Result<Vec<FileId>, String> {
        if words.is_empty() {
            return self.default_targets();
        }
        words.iter().map(|word| self.target(word)).collect()
    }

    /// What a build without goals builds.
    fn default_targets(&self) -> Result<Vec<FileId>, String> {
        let defaults = self.manifest.defaults();
        if !defaults.is_empty() {
            return Ok(defaults.to_vec());
        }
        self.roots()
    }

    /// The outputs that nothing needs.
    pub(crate) fn roots(&self) -> Result<Vec<FileId>, String> {
        let roots = self.manifest.roots();
        if roots.is_empty() && self.manifest.action_count() > 0 {
            return Err("could not determine root nodes of build graph".to_owned());
        }
        Ok(roots)
    }

    fn unknown(&self, path: &[u8]) -> String {
        let near = match path {
            b"clean" => Some("ninja -t clean".into()),
            b"help" => Some("ninja -h".into()),
            _ => self.nearest(path).map(ByteSlice::to_str_lossy),
        };
        let hint = near.map(|near| format!(", did you mean '{near}'?")).unwrap_or_default();
        format!("unknown target '{}'{hint}", path.as_bstr())
    }

    /// The known path nearest to one that is not known.
    fn nearest(&self, path: &[u8]) -> Option<&[u8]> {
        let count = u32::try_from(self.manifest.file_count()).unwrap_or(u32::MAX);
        suggest::nearest_path(path, (0..count).map(|file| self.manifest.path(FileId(file))))
    }

    /// The name of an action's rule.
    pub(crate) fn rule_name(&self, action: ActionId) -> &[u8] {
        self.manifest.rule_name(self.manifest.rule(action))
    }

    /// The command of an action.
    pub(crate) fn command(&self, action: ActionId) -> Vec<u8> {
        let mut command = Vec::new();
        self.manifest.command_into(action, &mut command);
        command
    }

    /// All actions that the files need, each after those it needs, in the order of its inputs.
    pub(crate) fn actions_below(&self, files: &[FileId]) -> Vec<ActionId> {
        let mut seen = HashSet::new();
        let mut order = Vec::new();
        for file in files {
            self.visit(*file, &mut seen, &mut |action| order.push(action));
        }
        order
    }

    fn visit(&self, file: FileId, seen: &mut HashSet<ActionId>, done: &mut dyn FnMut(ActionId)) {
        let mut stack: Vec<(ActionId, usize)> = Vec::new();
        let enter = |file: FileId, seen: &mut HashSet<ActionId>| {
            self.manifest.producer(file).filter(|action| seen.insert(*action))
        };
        stack.extend(enter(file, seen).map(|action| (action, 0)));
        while let Some((action, next)) = stack.last_mut() {
            let action = *action;
            match self.manifest.inputs(action).get(*next) {
                Some(input) => {
                    *next += 1;
                    stack.extend(enter(*input, seen).map(|action| (action, 0)));
                }
                None => {
                    stack.pop();
                    done(action);
                }
            }
        }
    }

    /// All files that a file needs, each after those it needs itself; phony names are left out.
    pub(crate) fn inputs_below(&self, file: FileId, seen: &mut HashSet<FileId>) -> Vec<FileId> {
        let mut order = Vec::new();
        let mut stack: Vec<(FileId, Option<ActionId>, usize)> = Vec::new();
        if seen.insert(file) {
            stack.push((file, self.manifest.producer(file), 0));
        }
        while let Some((current, action, next)) = stack.last_mut() {
            let inputs = action.map_or(&[][..], |action| self.manifest.inputs(action));
            if let Some(input) = inputs.get(*next) {
                *next += 1;
                if seen.insert(*input) {
                    stack.push((*input, self.manifest.producer(*input), 0));
                }
                continue;
            }
            let phony = action.is_some_and(|action| self.manifest.is_phony(action));
            let current = *current;
            stack.pop();
            // The file that was asked for is not its own input.
            if !phony && !stack.is_empty() {
                order.push(current);
            }
        }
        order
    }
}
