//! Modules and headers that obuild writes itself: what a program may ask about its package.

use std::fmt::Write as _;

use super::Translator;
use crate::package::{Made, MadeFrom};

/// Where they would stand in the source tree.
pub(super) const FOLDER: &str = "obuild-generated";

impl Translator<'_, '_> {
    /// The module `Path_generated`, and the header `obuild_macros.h` for C sources.
    pub(super) fn generated_for_all(&mut self) {
        let project = &self.file.project;
        let own: Vec<(String, bool)> = project
            .flags
            .iter()
            .map(|flag| (plain(&flag.name.text), self.is_on(&flag.name.text)))
            .collect();
        let (name, version) = (quoted(&project.name.text), quoted(&project.version.text));
        let mut module = format!(
            "(* What `{}` says of the package. *)\n\
             let project_name = {name}\nlet project_version = {version}\n",
            self.file.path
        );
        let mut header = format!(
            "/* What `{}` says of the package. */\n\
             #define PROJECT_NAME {name}\n#define PROJECT_VERSION {version}\n",
            self.file.path
        );
        for (flag, value) in own {
            let _ = writeln!(module, "let project_flag_{flag} = {value}");
            let flag = flag.to_ascii_uppercase();
            let _ = writeln!(header, "#define PROJECT_FLAG_{flag} {}", u8::from(value));
        }
        let in_c = self.package.compiled().any(|it| !it.c_sources.is_empty());
        let files = [("path_generated.ml", module, true), ("obuild_macros.h", header, in_c)];
        for (file, text, wanted) in files {
            let from = MadeFrom::Text { manifest: self.file.path.clone(), text: text.into() };
            let made = Made { path: format!("{FOLDER}/{file}"), from };
            self.package.made.extend(wanted.then_some(made));
        }
    }
}

/// A name that the languages let stand in others.
fn plain(name: &str) -> String {
    name.replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}

/// A text as both OCaml and C write it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
