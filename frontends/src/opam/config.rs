//! `.config`: the variables that an installed package has for others, and the files that it was built for.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mbuild_rules::Diagnostic;

use super::Wrong;
use super::checksum::{Checksum, checksum};
use super::quote::quoted;
use super::tree::{self, Item, Kind, Value};
use super::variables::Content;
use crate::suggest;
use crate::version;

/// What a `.config` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The variables of the package.
    pub variables: BTreeMap<String, Content>,
    /// Files outside of the package, in full, and what they were when it was built.
    pub depends: Vec<(String, Checksum)>,
}

/// Up to this version of opam all fields of the file were variables.
const LAST_OLD: &str = "1.3~dev3";

/// Reads the file; `path` is only for messages.
pub fn read_config(path: &[u8], content: &[u8]) -> Result<Config, Vec<Diagnostic>> {
    let file = super::parse_strictly(path, content)?;
    let said = file.fields("opam-version").find_map(|value| match &value.kind {
        Kind::Text(text) => Some(text.to_string()),
        _ => None,
    });
    let is_new = said.is_some_and(|said| version::compare_with_revision(&said, LAST_OLD).is_gt());
    let (mut config, mut wrong) = (Config::default(), Vec::new());
    for item in &file.items {
        match (&item.content, item.name.as_str()) {
            (tree::Content::Field(_), "opam-version") => {}
            (tree::Content::Field(value), "file-depends") if is_new => {
                depends(value, &mut config, &mut wrong);
            }
            (tree::Content::Section { items, .. }, "variables") if is_new => {
                items.iter().for_each(|item| config.variable(item, &mut wrong));
            }
            (tree::Content::Field(_), _) if !is_new => config.variable(item, &mut wrong),
            _ => {
                let known = ["opam-version", "file-depends", "variables"];
                let help = match known.contains(&item.name.as_str()) {
                    true if is_new => {
                        "`variables` is a section, and the others are fields".to_owned()
                    }
                    true => "begin the file with `opam-version: \"2.0\"`".to_owned(),
                    false => suggest::help(&item.name, known, || {
                        "variables are in a section: `variables { name: \"value\" }`".to_owned()
                    }),
                };
                let message = format!("`.config` has no `{}`", item.name);
                wrong.push(Wrong::new(item.at, message).help(help));
            }
        }
    }
    if wrong.is_empty() { Ok(config) } else { Err(super::shown(path, content, wrong)) }
}

/// The files that it was built for: pairs of a path and a checksum.
fn depends(value: &Value, config: &mut Config, wrong: &mut Vec<Wrong>) {
    let pairs = match &value.kind {
        Kind::List(values) if values.iter().all(|it| matches!(it.kind, Kind::List(_))) => {
            values.as_slice()
        }
        _ => std::slice::from_ref(value),
    };
    for pair in pairs {
        let Kind::List(parts) = &pair.kind else {
            wrong.push(no_pair(pair));
            continue;
        };
        let [Value { kind: Kind::Text(path), span }, digest] = parts.as_slice() else {
            wrong.push(no_pair(pair));
            continue;
        };
        let path = path.to_string();
        if !path.starts_with('/') {
            let message = format!("`{path}` is no absolute path");
            let help = "the file is named in full, from `/` on";
            wrong.push(Wrong::new(span.start, message).help(help));
        }
        match checksum(digest) {
            Ok(checksum) => config.depends.push((path, checksum)),
            Err(found) => wrong.push(found),
        }
    }
}

fn no_pair(value: &Value) -> Wrong {
    Wrong::new(value.span.start, "expected a file and its checksum")
        .help("it is written `[\"/path/of/file\" \"md5=...\"]`")
}

impl Config {
    fn variable(&mut self, item: &Item, wrong: &mut Vec<Wrong>) {
        let mut is_none = || {
            let help = "it is `true`, `false`, a text, or a list of texts";
            wrong.push(Wrong::new(item.at, format!("`{}` is no variable", item.name)).help(help));
        };
        let tree::Content::Field(value) = &item.content else {
            is_none();
            return;
        };
        let content = match &value.kind {
            Kind::Bool(holds) => Some(Content::Bool(*holds)),
            Kind::Text(text) => Some(Content::Text(text.to_string())),
            Kind::List(values) => {
                let texts = values.iter().map(|value| match &value.kind {
                    Kind::Text(text) => Some(text.to_string()),
                    _ => None,
                });
                texts.collect::<Option<Vec<_>>>().map(Content::List)
            }
            _ => None,
        };
        match content {
            Some(content) => _ = self.variables.insert(item.name.clone(), content),
            None => is_none(),
        }
    }

    /// The file as it is kept where the package is installed.
    pub fn write(&self) -> String {
        let mut out = String::from("opam-version: \"2.0\"\n");
        if !self.depends.is_empty() {
            out.push_str("file-depends: [\n");
            for (path, checksum) in &self.depends {
                let _ = writeln!(out, "  [{} {}]", quoted(path), quoted(&checksum.to_string()));
            }
            out.push_str("]\n");
        }
        if !self.variables.is_empty() {
            out.push_str("variables {\n");
            for (name, content) in &self.variables {
                let content = match content {
                    Content::Bool(holds) => holds.to_string(),
                    Content::Text(text) => quoted(text),
                    Content::List(all) => {
                        let all: Vec<String> = all.iter().map(|text| quoted(text)).collect();
                        format!("[{}]", all.join(" "))
                    }
                };
                let _ = writeln!(out, "  {name}: {content}");
            }
            out.push_str("}\n");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";

    fn read(text: &str) -> Result<Config, Vec<String>> {
        read_config(b"p.config", text.as_bytes()).map_err(|wrong| {
            wrong.iter().map(|it| format!("{}:{}: {}", it.line, it.column, it.message)).collect()
        })
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        let text = format!(
            "opam-version: \"2.0\"\nfile-depends: [[\"/a \\\"b\" \"{MD5}\"] [\"/c\" \"md5={MD5}\"]]\n\
             variables {{\n  native: true\n  path: \"a\\nb\\\\\"\n  all: [\"x y\" \"z\"]\n  none: []\n}}\n"
        );
        let config = read(&text).unwrap();
        assert_eq!(
            config.write(),
            format!(
                "opam-version: \"2.0\"\nfile-depends: [\n  [\"/a \\\"b\" \"md5={MD5}\"]\n  [\"/c\" \"md5={MD5}\"]\n]\n\
                 variables {{\n  all: [\"x y\" \"z\"]\n  native: true\n  none: []\n  path: \"a\\nb\\\\\"\n}}\n"
            )
        );
        assert_eq!(read(&config.write()).unwrap(), config);
        let one =
            read(&format!("opam-version: \"2.0\"\nfile-depends: [\"/a\" \"{MD5}\"]")).unwrap();
        assert_eq!(one.depends.len(), 1);
        assert_eq!(read("").unwrap().write(), "opam-version: \"2.0\"\n");
    }

    #[test]
    fn files_of_opam_1_are_variables_alone() {
        for version in ["", "opam-version: \"1.2\"\n"] {
            let config = read(&format!("{version}a: true\nb: \"x\"\n")).unwrap();
            let expected = [
                ("a".to_owned(), Content::Bool(true)),
                ("b".to_owned(), Content::Text("x".to_owned())),
            ];
            assert_eq!(config.variables.into_iter().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn mistakes_have_a_place() {
        let text = "opam-version: \"2.0\"\nvariable: true\nfile-depends: [[\"a\" \"md5=0\"] [\"/b\"]]\n\
            variables {\n  a: b\n  c: [true]\n  d { e: true }\n}\n";
        assert_eq!(
            read(text).unwrap_err(),
            [
                "2:1: `.config` has no `variable`",
                "3:17: `a` is no absolute path",
                "3:21: this is no checksum",
                "3:30: expected a file and its checksum",
                "5:3: `a` is no variable",
                "6:3: `c` is no variable",
                "7:3: `d` is no variable",
            ]
        );
        assert_eq!(read("a: b\nvariables { c: 1 }\n").unwrap_err().len(), 2);
    }
}
