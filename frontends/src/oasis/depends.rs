//! The findlib packages that a manifest names, whatever its conditions say.

use hashbrown::HashSet;

use super::ast::{Manifest, Operation, Statement};

/// The names in every `BuildDepends`, sorted, those of the package's own libraries among them.
pub fn packages_named(manifest: &Manifest) -> Vec<String> {
    let mut names: HashSet<&str> = HashSet::new();
    let inside = manifest.sections.iter().flat_map(|section| &section.statements);
    let mut left: Vec<&Statement> = manifest.statements.iter().chain(inside).collect();
    while let Some(statement) = left.pop() {
        match statement {
            Statement::If(_, then, otherwise) => left.extend(then.iter().chain(otherwise)),
            Statement::Field(field) if field.name.text.eq_ignore_ascii_case("BuildDepends") => {
                if let Operation::Set(text) | Operation::Add(text) = &field.operation {
                    let all = text.value.split(',').map(|part| {
                        part.split(|c: char| c == '(' || c.is_whitespace())
                            .find(|word| !word.is_empty())
                            .unwrap_or_default()
                    });
                    names.extend(all.filter(|name| !name.is_empty()));
                }
            }
            Statement::Field(_) => {}
        }
    }
    let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_come_without_their_constraints() {
        let text = "OASISFormat: 0.4\nName: x\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: MIT\n\
                    BuildDepends: bytes\nLibrary x\n  Path: .\n  builddepends: unix,\n    \
                    lwt.unix (>= 2.4), re(< 2)\n  BuildDepends+: bytes\n";
        let manifest = crate::oasis::read(b"_oasis", text.as_bytes()).unwrap();
        assert_eq!(super::packages_named(&manifest), ["bytes", "lwt.unix", "re", "unix"]);
    }
}
