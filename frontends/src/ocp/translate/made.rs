//! Modules that the project itself stands for: what is known of a package, and the content of files.

use std::fmt::Write as _;

use super::super::env::Env;
use super::super::project::{self, Description};
use super::super::quote::quoted;
use super::super::value::Text;
use super::Translator;
use super::options::Options;
use crate::ocaml::sources::folder_of;
use crate::package::{Made, MadeFrom};

impl Translator<'_> {
    /// Whether a file is made from what the project says, which is then part of the model.
    pub(super) fn makes(
        &mut self,
        described: &Description,
        file: &Text,
        path: &str,
        own: &Env,
    ) -> bool {
        let options = Options::of_file(own, &described.options, &self.globals);
        let strings = options.words("file2string");
        let text = if options.flag("ocp2ml") {
            self.of_package(described, own)
        } else if strings.is_empty() {
            return false;
        } else {
            self.of_files(path, &strings)
        };
        let path = format!("{}.ml", path.rsplit_once('.').map_or(path, |(stem, _)| stem));
        let manifest = self.files.path(described.file).to_owned();
        let made =
            Made { path: path.clone(), from: MadeFrom::Text { manifest, text: text.into() } };
        match self.made.get(&path) {
            Some((known, _)) if *known != made => self.error(
                file.place,
                format!("`{path}` is made with another content as well"),
                "give one of the two files another name",
            ),
            _ => {
                self.made.insert(path, (made, file.place));
            }
        }
        true
    }

    /// A module with what is said of a package.
    fn of_package(&mut self, described: &Description, own: &Env) -> String {
        let options = Options::of_file(own, &described.options, &self.globals);
        let mut text = String::from("(* Made from the package's manifest by mbuild *)\n");
        let mut string = |name: &str, value: &str| {
            let _ = writeln!(text, "let {name} = {}", quoted(value.as_bytes()));
        };
        string("package", &described.name.text);
        string("version", &self.version(described));
        let list = |words: Vec<Text>| {
            let words: Vec<String> =
                words.iter().map(|word| quoted(word.text.as_bytes())).collect();
            format!("[{}]", words.join("; "))
        };
        let authors = [options.words("author"), options.words("authors")].concat();
        let _ = writeln!(text, "let authors = {}", list(authors));
        for name in ["copyright", "license", "description"] {
            let value = options.text(name).unwrap_or_default();
            let _ = writeln!(text, "let {name} = {}", quoted(value.as_bytes()));
        }
        for name in options.words("env_lists") {
            let _ = writeln!(text, "let {} = {}", name.text, list(options.words(&name.text)));
        }
        for name in options.words("env_strings") {
            // When something was built is no part of what is built.
            match &*name.text {
                "ocp::dates" => text.push_str("let date = \"\"\nlet en_date = \"\"\n"),
                "ocp::commit" => text.push_str("let commit = \"no-git-commit\"\n"),
                name => {
                    let value = options.text(name).unwrap_or_default();
                    let _ = writeln!(text, "let {name} = {}", quoted(value.as_bytes()));
                }
            }
        }
        for name in options.words("env_bools") {
            let _ = writeln!(text, "let {} = {}", name.text, options.flag(&name.text));
        }
        let requires = options.words("requires");
        text.push_str("let requires = [\n");
        for name in requires {
            let _ = writeln!(
                text,
                "   {}, {};",
                quoted(name.text.as_bytes()),
                quoted(self.version_of(&name.text).as_bytes())
            );
        }
        text.push_str("  ]\n");
        text
    }

    /// A module with the content of files, which stand beside it.
    fn of_files(&mut self, path: &str, files: &[Text]) -> String {
        let mut text = String::from("let files = [\n");
        for file in files {
            let Some(full) = project::inside(folder_of(path), &file.text) else {
                self.leads_out(file.place, &file.text);
                continue;
            };
            let Some(content) = self.tree.read(&full) else {
                let message = format!("there is no file `{full}`");
                self.error(file.place, message, "write it, or remove it from `file2string`");
                continue;
            };
            let _ = writeln!(text, "{}, {};", quoted(file.text.as_bytes()), quoted(&content));
        }
        text.push_str("  ]\n");
        text
    }
}

impl Translator<'_> {
    /// The version of a package that another requires, where it has one.
    fn version_of(&mut self, name: &str) -> String {
        self.names.version(name).unwrap_or_default()
    }
}
