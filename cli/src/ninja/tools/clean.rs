//! `-t clean`: removes what was built.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;

use bstr::ByteSlice;
use mbuild_rules::{ActionId, FileId};

use crate::failure::reason;
use crate::ninja::arguments::{Arguments, Verbosity};
use crate::ninja::getopt::{Options, Reader};
use crate::ninja::messages::Streams;
use crate::ninja::tools::Context;

const OPTIONS: Options = Options { short: "hgr", long: &[] };

const USAGE: &str = "\
usage: ninja -t clean [options] [targets]

options:
  -g     also clean files marked as ninja generator output
  -r     interpret targets as a list of rules to clean instead
";

/// Removes outputs: all, those below targets, or those of rules.
pub(super) fn run(context: &mut Context<'_, '_>) -> u8 {
    let (mut generators, mut by_rule) = (false, false);
    let mut reader = Reader::new("clean", &OPTIONS, &context.arguments.rest);
    while let Some(option) = reader.next() {
        match option {
            Ok(('g', _)) => generators = true,
            Ok(('r', _)) => by_rule = true,
            Ok(_) => return context.refuse(None, USAGE),
            Err(error) => return context.refuse(Some(error), USAGE),
        }
    }
    let words = reader.operands();
    if by_rule && words.is_empty() {
        return context.streams.error("expected a rule to clean");
    }
    let _held = match context.hold() {
        Ok(held) => held,
        Err(code) => return code,
    };
    let view = &context.view;
    let mut cleaner = Cleaner::new(context.arguments, context.streams);
    cleaner.begin();
    let manifest = &view.manifest;
    if words.is_empty() {
        for action in manifest.actions().filter(|action| !manifest.is_phony(*action)) {
            let generator = !manifest.binding(action, b"generator").is_empty();
            if generators || !generator {
                cleaner.action(view, action, manifest.outputs(action));
            }
        }
    }
    for word in &words {
        if by_rule {
            cleaner.note("Rule", word);
            let known = (0..manifest.rule_count())
                .filter_map(|id| u32::try_from(id).ok())
                .any(|id| manifest.rule_name(mbuild_rules::RuleId(id)) == word.as_slice());
            if !known {
                cleaner.fail(format_args!("unknown rule '{}'", word.as_bstr()));
            }
            for action in manifest.actions().filter(|it| view.rule_name(*it) == word.as_slice()) {
                cleaner.action(view, action, manifest.outputs(action));
            }
        } else {
            let path = mbuild_rules::path::canonical(word);
            let Some(target) = manifest.find(&path).filter(|_| !path.is_empty()) else {
                cleaner.fail(format_args!("unknown target '{}'", path.as_bstr()));
                continue;
            };
            cleaner.note("Target", word);
            for action in view.actions_below(&[target]) {
                if !manifest.is_phony(action) {
                    cleaner.action(view, action, manifest.outputs(action));
                }
            }
        }
    }
    cleaner.end()
}

/// Removes files and counts them.
pub(super) struct Cleaner<'a, 's> {
    streams: &'a mut Streams<'s>,
    dry_run: bool,
    listed: bool,
    done: HashSet<Vec<u8>>,
    count: usize,
    code: u8,
}

impl<'a, 's> Cleaner<'a, 's> {
    /// Nothing removed yet.
    pub(super) fn new(arguments: &Arguments, streams: &'a mut Streams<'s>) -> Self {
        Self {
            streams,
            dry_run: arguments.dry_run,
            listed: arguments.dry_run || arguments.verbosity == Verbosity::Verbose,
            done: HashSet::new(),
            count: 0,
            code: 0,
        }
    }

    /// Says that it begins.
    pub(super) fn begin(&mut self) {
        self.streams.bytes(if self.listed { b"Cleaning...\n" } else { b"Cleaning... " });
    }

    /// Says how many files went; gives back the exit code.
    pub(super) fn end(self) -> u8 {
        self.streams.line(format_args!("{} files.", self.count));
        self.code
    }

    fn note(&mut self, what: &str, word: &[u8]) {
        if self.listed {
            self.streams.line(format_args!("{what} {}", word.as_bstr()));
        }
    }

    fn fail(&mut self, message: std::fmt::Arguments<'_>) {
        self.code = self.streams.error(message);
    }

    /// Removes the outputs of an action, its depfile and its response file.
    fn action(&mut self, view: &crate::ninja::graph::View, action: ActionId, outputs: &[FileId]) {
        for output in outputs {
            self.remove(view.manifest.path(*output));
        }
        for name in [&b"depfile"[..], b"rspfile"] {
            let path = view.manifest.path_binding(action, name);
            if !path.is_empty() {
                self.remove(&path);
            }
        }
    }

    /// Removes a file when it is there.
    pub(super) fn remove(&mut self, path: &[u8]) {
        if !self.done.insert(path.to_vec()) {
            return;
        }
        let file = OsStr::from_bytes(path);
        let removed = if self.dry_run {
            std::fs::symlink_metadata(file).map(|_| ())
        } else {
            std::fs::remove_file(file)
        };
        match removed {
            Ok(()) => {
                self.count += 1;
                self.note("Remove", path);
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => {
                let path = path.as_bstr();
                self.fail(format_args!("remove({path}): {}", reason(&error)));
            }
        }
    }
}
