//! The `META` of each findlib package: made, or as its author has written it.

use super::{PLAIN, Planner, installed, root_of};
use crate::findlib::write::metas;
use crate::install::error::InstallError;
use crate::ocaml::sources::join;
use crate::package::{Library, Section};

impl Planner<'_> {
    /// What the author has written into `META` of a findlib package, with `text` where OASIS's marks are in it.
    fn author_meta(&self, name: &str, text: &str) -> Result<Option<Vec<u8>>, InstallError> {
        let libraries = self.package.sections.iter().filter_map(|section| match section {
            Section::Library(library) if root_of(&library.findlib) == name => Some(library),
            _ => None,
        });
        let libraries: Vec<&Library> = libraries.collect();
        let whole = libraries.iter().find(|library| library.findlib == name);
        let Some(library) = whole.or(libraries.first()).filter(|library| library.meta.by_hand)
        else {
            return Ok(None);
        };
        let path = self.root.join(join(&library.compiled.path, "META"));
        if !path.is_file() {
            return Ok(None);
        }
        let theirs = std::fs::read(&path).map_err(InstallError::io("read", &path))?;
        Ok(Some(meta_by_hand(&theirs, text.as_bytes())))
    }

    pub(super) fn metas(&mut self) -> Result<(), InstallError> {
        for (name, text) in metas(self.package) {
            let from = format!("{}META.{name}", self.build_dir);
            let to = match self.package_folder(&name) {
                // findlib finds what is not directly among the libraries through a META that is.
                Some(own) if *own != name => self.folders.libraries.join(format!("META.{name}")),
                _ => self.folders.libraries.join(&name).join("META"),
            };
            let text = self.author_meta(&name, &text)?.unwrap_or(text.into_bytes());
            self.plan.made.push((from.clone(), text));
            self.add_for(&from, to, PLAIN, Some(&name), false)?;
        }
        for (index, section) in self.package.sections.iter().enumerate() {
            let Section::Library(library) = section else { continue };
            let name = root_of(&library.findlib);
            if !installed(&library.compiled) || library.meta.enable || library.meta.absent {
                continue;
            }
            let to = self.folders.libraries.join(name).join("META");
            if self.places.contains_key(&to) {
                continue;
            }
            let folder = join(self.configuration.own_tree(), &library.compiled.path);
            let from = join(&folder, "META");
            if !self.root.join(&from).is_file() {
                let message = format!(
                    "library `{}` has no `{from}`, and its manifest says not to make one",
                    library.compiled.name
                );
                let found = self.package.places.message(index, None, message);
                let help = "write the file, or add `META (0.4)` to `Plugins`";
                return Err(found.with_help(help).into());
            }
            self.add_for(&from, to, PLAIN, Some(name), false)?;
        }
        Ok(())
    }
}

/// A `META` that somebody has written: as it is, or with `text` between OASIS's marks.
fn meta_by_hand(theirs: &[u8], text: &[u8]) -> Vec<u8> {
    let is_mark = |line: &[u8], mark: &[u8]| {
        let line = line.trim_ascii().strip_prefix(b"#");
        line.is_some_and(|rest| rest.trim_ascii() == mark)
    };
    let lines: Vec<&[u8]> = theirs.split_inclusive(|byte| *byte == b'\n').collect();
    let Some(start) = lines.iter().position(|line| is_mark(line, b"OASIS_START")) else {
        return theirs.to_owned();
    };
    let stop = lines[start..].iter().position(|line| is_mark(line, b"OASIS_STOP"));
    let after = stop.map_or(lines.len(), |stop| start + stop + 1);
    [&lines[..start].concat(), text, &lines[after..].concat()].concat()
}
