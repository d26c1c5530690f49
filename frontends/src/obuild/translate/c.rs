//! What a target has in C: sources, flags, and the libraries that pkg-config knows.

use super::super::ast::{Dependency, Target};
use super::{Machine, Translator};
use crate::ocaml::sources::{clean, join};
use crate::package::Compiled;

impl Translator<'_, '_> {
    /// What a target has in C.
    pub(super) fn c(&mut self, target: &Target, compiled: &mut Compiled) {
        let folder = match &target.c_folder {
            Some(folder) => self.place(&folder.text),
            None => self.c_folder(target, &compiled.path),
        };
        compiled.c_sources = target.c_sources.iter().map(|word| clean(&word.text)).collect();
        if compiled.c_sources.is_empty()
            && target.c_libraries.is_empty()
            && target.c_packages.is_empty()
        {
            return;
        }
        compiled.c_flags = target.c_flags.iter().map(|word| word.text.clone()).collect();
        compiled.c_flags.push(format!("-I{}", if folder.is_empty() { "." } else { &folder }));
        if folder != compiled.path {
            compiled.c_path = Some(folder);
        }
        for path in &target.c_library_folders {
            compiled.c_libraries.push(format!("-L{}", path.text));
        }
        for library in &target.c_libraries {
            let name = library.text.strip_prefix("-l").unwrap_or(&library.text);
            compiled.c_libraries.push(format!("-l{name}"));
        }
        for Dependency { name, constraint } in target.c_packages.iter().filter(|_| compiled.build) {
            let Some(found) = self.machine.pkg_config(&name.text) else {
                let said = format!("pkg-config knows no package `{}`", name.text);
                let help = "install pkg-config and the development files of that library";
                self.messages.error(name.at, said, help);
                continue;
            };
            let holds = |constraint: &String| {
                let known = crate::version::Constraint::parse(constraint);
                known.map_or(true, |known| known.holds(&found.version))
            };
            if let Some(constraint) = constraint.as_ref().filter(|it| !holds(it)) {
                let (name, version) = (&name.text, &found.version);
                let said =
                    format!("`{name}` {constraint} is needed, and version {version} is there");
                self.messages.error(target.name.at, said, "install another version of it");
            }
            compiled.c_flags.extend(found.flags);
            compiled.c_libraries.extend(found.libraries);
        }
    }

    /// Where C sources are when nobody says so: beside the other sources since 0.2, before that in the
    /// folder of the file.
    fn c_folder(&mut self, target: &Target, path: &str) -> String {
        let root = self.place("");
        let Some(source) = target.c_sources.first() else { return path.to_owned() };
        let is_there = |machine: &mut dyn Machine, folder: &str| {
            machine.is_file(&clean(&join(folder, &source.text)))
        };
        if !is_there(self.machine, path) && is_there(self.machine, &root) {
            root
        } else {
            path.to_owned()
        }
    }
}
