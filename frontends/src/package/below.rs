//! A package whose folder is not the one that commands run in: every path of it, seen from above.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Compiled, DocumentKind, MadeFrom, Package, Preprocess, Rare, Section, StepFlags};
use crate::ocaml::sources::{clean, join};

/// Options whose value is a folder, attached or the next word.
const FOLDERS: [&str; 4] = ["-isystem", "-iquote", "-I", "-L"];

impl Package {
    /// The package as it is seen from `root`, below which it stands in `folder`. Of one that its own tool builds
    /// only the places of what its manifest says are others.
    ///
    /// Flags are words that mbuild does not understand: of these the folders of `-I`, `-L` and the like
    /// change, and whatever is the path of a file of the package.
    #[must_use]
    pub fn below(mut self, root: &Path, folder: &str) -> Self {
        if folder.is_empty() {
            return self;
        }
        let place = Below { root, folder };
        self.places.below(folder);
        // Its own tool sees it from its folder.
        if self.own_build.is_some() {
            return self;
        }
        for section in &mut self.sections {
            if let Some(compiled) = section.compiled_mut() {
                place.compiled(compiled);
            }
            match section {
                Section::Test(test) => {
                    place.path(&mut test.dir);
                    test.mirror.iter_mut().for_each(|folder| place.path(folder));
                }
                Section::Document(document) => {
                    for data in &mut document.data {
                        place.path(&mut data.glob);
                    }
                    if let DocumentKind::Ocamldoc { path, flags, intro, .. } = &mut document.kind {
                        place.path(path);
                        place.words(flags);
                        intro.iter_mut().for_each(|path| place.path(path));
                    }
                    document.mirror.iter_mut().for_each(|folder| place.path(folder));
                    // Their commands know no other folder than that of the package.
                    let text = match &mut document.kind {
                        DocumentKind::Command(text) => Some(text),
                        _ => None,
                    };
                    let more = document.before.iter_mut().chain(&mut document.after);
                    more.chain(text).for_each(|command| place.command(command));
                }
                _ => {}
            }
        }
        place.paths(&mut self.mirrors);
        for template in &mut self.templates {
            place.path(&mut template.from);
            place.path(&mut template.to);
        }
        for generate in &mut self.generate {
            place.path(&mut generate.below);
            place.paths(&mut generate.only);
            place.paths(&mut generate.inputs);
            place.words(&mut generate.arguments);
        }
        for made in &mut self.made {
            place.path(&mut made.path);
            match &mut made.from {
                MadeFrom::Text { manifest, .. } => place.path(manifest),
                MadeFrom::Step { folder, .. } => place.path(folder),
            }
        }
        for action in &mut self.actions {
            place.path(&mut action.folder);
            place.paths(&mut action.inputs);
            place.paths(&mut action.outputs);
            for command in &mut action.commands {
                command.folder.iter_mut().for_each(|folder| place.path(folder));
            }
        }
        self
    }
}

/// Where a package stands.
struct Below<'a> {
    root: &'a Path,
    folder: &'a str,
}

impl Below<'_> {
    fn path(&self, path: &mut String) {
        // What is given in full stays.
        if !path.starts_with('/') {
            *path = clean(&join(self.folder, path));
        }
    }

    fn paths(&self, paths: &mut [String]) {
        paths.iter_mut().for_each(|path| self.path(path));
    }

    fn command(&self, command: &mut String) {
        let folder = self.folder.replace('\'', "'\\''");
        *command = format!("cd '{folder}' || exit 1\n{command}");
    }

    fn compiled(&self, compiled: &mut Compiled) {
        self.path(&mut compiled.path);
        compiled.c_path.iter_mut().for_each(|path| self.path(path));
        self.paths(&mut compiled.include);
        compiled.inputs.held().into_iter().for_each(|inputs| self.paths(&mut inputs.files));
        for flags in [
            &mut compiled.c_flags,
            &mut compiled.c_libraries,
            &mut compiled.byte_flags,
            compiled.native_flags.to_mut(),
            compiled.ocaml_flags.to_mut(),
            &mut compiled.link_flags,
        ] {
            self.words(flags);
        }
        if let Some(steps) = compiled.steps.held() {
            let StepFlags { scan, byte_compile, native_compile, byte_link, native_link } = steps;
            let all = [scan, byte_compile, native_compile, byte_link, native_link];
            all.into_iter().for_each(|flags| self.words(flags));
        }
        let modules = [
            &mut compiled.module_flags,
            &mut compiled.module_native_flags,
            &mut compiled.module_byte_flags,
        ];
        for flags in modules.into_iter().filter_map(Rare::held).flat_map(BTreeMap::values_mut) {
            self.words(flags);
        }
        self.preprocess(&mut compiled.preprocess);
        let modules = compiled.module_preprocess.held().into_iter();
        modules.flat_map(BTreeMap::values_mut).for_each(|how| self.preprocess(how));
        let rewriters = compiled.rewriters.held().into_iter().flatten();
        rewriters.for_each(|rewriter| self.words(&mut rewriter.arguments));
    }

    fn preprocess(&self, how: &mut Preprocess) {
        match how {
            Preprocess::Command(text) => {
                let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
                self.words(&mut words);
                *text = words.join(" ");
            }
            Preprocess::Program(_, arguments) => self.words(arguments),
            Preprocess::None | Preprocess::Camlp4(_) => {}
        }
    }

    fn words(&self, words: &mut [String]) {
        let mut is_folder = false;
        for word in words {
            if word.contains(' ') {
                // A flag for another program, in one word.
                let mut inside: Vec<String> = word.split(' ').map(str::to_owned).collect();
                self.words(&mut inside);
                *word = inside.join(" ");
                is_folder = false;
                continue;
            }
            let changed = self.word(word, is_folder);
            is_folder = FOLDERS.contains(&word.as_str());
            if let Some(changed) = changed {
                *word = changed;
            }
        }
    }

    fn word(&self, word: &str, is_folder: bool) -> Option<String> {
        // `+x` is a folder of the compiler's, `$x` one that somebody else knows.
        let relative = |path: &str| !path.is_empty() && !path.starts_with(['/', '+', '$', '-']);
        let moved = |path: &str| clean(&join(self.folder, path));
        if is_folder {
            return relative(word).then(|| moved(word));
        }
        for option in FOLDERS {
            if let Some(path) = word.strip_prefix(option) {
                return relative(path).then(|| format!("{option}{}", moved(path)));
            }
        }
        let is_file = || self.root.join(self.folder).join(word).is_file();
        (relative(word) && word.contains(['/', '.']) && is_file()).then(|| moved(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_files_in_flags_are_seen_from_above() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("a/src")).unwrap();
        std::fs::write(dir.path().join("a/src/x.o"), "").unwrap();
        let place = Below { root: dir.path(), folder: "a" };
        let words = |list: &[&str]| -> Vec<String> {
            let mut words: Vec<String> = list.iter().map(|word| (*word).to_owned()).collect();
            place.words(&mut words);
            words
        };
        assert_eq!(
            words(&["-I", "src", "-Iinclude", "-I", "+threads", "-L/usr/lib", "-I."]),
            ["-I", "a/src", "-Ia/include", "-I", "+threads", "-L/usr/lib", "-Ia"]
        );
        assert_eq!(
            words(&["src/x.o", "src/y.o", "-ccopt", "-I ../include -O2", "-w", "+a-4"]),
            ["a/src/x.o", "src/y.o", "-ccopt", "-I include -O2", "-w", "+a-4"]
        );
    }
}
