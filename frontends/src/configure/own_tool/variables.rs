//! Scripts that a package runs after configuring and that put variables into `setup.data`: only `setup.ml` reads
//! them back.

use crate::oasis::{Manifest, Operation, Statement};

/// The file in which `setup.ml` keeps variables.
const DATA: &str = "setup.data";

/// A script that changes `setup.data`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::configure) struct Script {
    /// Its path, relative to the package root.
    pub path: String,
    /// The variables that it may define: every name that stands before a `=` in it.
    pub variables: Vec<String>,
}

/// The scripts that `PostConfCommand` names; `read` gives the content of a file of the package, if there is one.
pub(in crate::configure) fn scripts(
    manifest: &Manifest,
    mut read: impl FnMut(&str) -> Option<String>,
) -> Vec<Script> {
    let mut commands = Vec::new();
    let mut left: Vec<&Statement> = manifest.statements.iter().collect();
    while let Some(statement) = left.pop() {
        match statement {
            Statement::If(_, then, otherwise) => left.extend(then.iter().chain(otherwise)),
            Statement::Field(field) if field.name.text.eq_ignore_ascii_case("PostConfCommand") => {
                if let Operation::Set(text) = &field.operation {
                    commands.push(text.value.as_str());
                }
            }
            Statement::Field(_) => {}
        }
    }
    let words = commands
        .iter()
        .flat_map(|command| command.split(|c: char| c.is_whitespace() || "()&|;\"'".contains(c)));
    let mut found: Vec<Script> = Vec::new();
    for word in words {
        let path = word.strip_prefix("./").unwrap_or(word);
        let is_relative = !path.is_empty() && !path.starts_with('/') && !path.contains("..");
        if !is_relative || found.iter().any(|script| script.path == path) {
            continue;
        }
        if let Some(content) = read(path).filter(|content| content.contains(DATA)) {
            found.push(Script { path: path.to_owned(), variables: assigned(&content) });
        }
    }
    found
}

/// Every name that stands right before a `=`.
fn assigned(content: &str) -> Vec<String> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut names: Vec<String> = Vec::new();
    for (at, _) in content.match_indices('=') {
        let before = &content[..at];
        let name = &before[before.trim_end_matches(part).len()..];
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if starts && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_name_the_file_are_found_with_what_they_may_define() {
        let text = b"PostConfCommand: (cd src && ./a.sh) && ocaml b.ml\nif flag(x)\n  postconfcommand: sh ./c.sh /b.ml ../b.ml\n";
        let manifest = crate::oasis::read(b"_oasis", text).unwrap();
        let read = |path: &str| match path {
            "b.ml" => {
                Some("open_out \"setup.data\"; \"XEN_CFLAGS=%S\" let x=1 let y = 2 ^=".to_owned())
            }
            "c.sh" => Some("echo 'LDFLAGS=\"-g\"' >> setup.data; LDFLAGS=".to_owned()),
            "a.sh" => Some("A=1".to_owned()),
            _ => None,
        };
        let mut found = scripts(&manifest, read);
        found.sort_by(|one, other| one.path.cmp(&other.path));
        let script = |path: &str, names: &[&str]| Script {
            path: path.to_owned(),
            variables: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        assert_eq!(found, [script("b.ml", &["XEN_CFLAGS", "x"]), script("c.sh", &["LDFLAGS"])]);
    }
}
