//! Packages of the system that a package's `opam` file asks for (`depexts`), in the syntax of opam 1.2
//! and 2.

use std::path::Path;

use mbuild_rules::{Diagnostic, reason};

use crate::ocaml::sources::names;
use crate::opam::tree::{Kind, Value};
use crate::opam::{self, Known, Machine, Wrong, parse_filter};

/// The packages of the system that the opam files in `root` ask for on this machine, with the file.
pub fn read(root: &Path, machine: &Machine) -> Result<Vec<(String, String)>, Diagnostic> {
    let mut found: Vec<(String, String)> = Vec::new();
    let list = |folder: &str| names(&root.join(folder)).into_iter().collect();
    let files = opam::find(list, |path| root.join(path).is_file());
    for name in files {
        let content = match std::fs::read(root.join(&name)) {
            Ok(content) => content,
            Err(error) => {
                let message = format!("cannot be read: {}", reason(&error));
                return Err(Diagnostic::about(name.as_bytes(), message));
            }
        };
        for package in packages(&name, &content, machine)? {
            if !found.iter().any(|(known, _)| *known == package) {
                found.push((package, name.clone()));
            }
        }
    }
    Ok(found)
}

/// The packages that `depexts` names on this machine.
fn packages(name: &str, content: &[u8], machine: &Machine) -> Result<Vec<String>, Diagnostic> {
    let first = |wrong: Vec<Diagnostic>| wrong.into_iter().next();
    let file = match opam::parse(name.as_bytes(), content) {
        Ok(file) => file,
        Err(wrong) => {
            return first(wrong).map_or_else(|| Ok(Vec::new()), Err);
        }
    };
    let variables = Known::of_machine(machine);
    let mut packages = Vec::new();
    for field in file.fields("depexts") {
        for entry in entries(field) {
            let wanted = wanted(entry, &variables, machine, &mut packages);
            wanted.map_err(|wrong| opam::diagnostic(name.as_bytes(), content, wrong))?;
        }
    }
    Ok(packages)
}

/// The entries of the field; a list without lists in it is one entry.
fn entries(field: &Value) -> &[Value] {
    match &field.kind {
        Kind::List(values) if !matches!(values.first().map(|it| &it.kind), Some(Kind::Text(_))) => {
            values
        }
        _ => std::slice::from_ref(field),
    }
}

/// Adds the packages of one entry where this machine is meant: packages with a condition, or opam 1.2's two
/// lists, what the machine must be called and packages.
fn wanted(
    entry: &Value,
    variables: &Known,
    machine: &Machine,
    packages: &mut Vec<String>,
) -> Result<(), Wrong> {
    match &entry.kind {
        Kind::Option(inner, condition) => {
            let filter = parse_filter(condition, &entry.span);
            if filter.map_err(|mut wrong| wrong.swap_remove(0))?.holds(variables) {
                wanted(inner, variables, machine, packages)?;
            }
        }
        Kind::Text(name) => packages.push(name.to_string()),
        Kind::List(values) => match values.as_slice() {
            [Value { kind: Kind::List(called), .. }, rest @ ..] => {
                let called = called.iter().map(text).collect::<Result<Vec<_>, _>>()?;
                if called.iter().all(|name| machine.is(name)) {
                    for value in rest {
                        wanted(value, variables, machine, packages)?;
                    }
                }
            }
            _ => {
                for value in values {
                    wanted(value, variables, machine, packages)?;
                }
            }
        },
        _ => return Err(no_package(entry)),
    }
    Ok(())
}

fn text(value: &Value) -> Result<String, Wrong> {
    match &value.kind {
        Kind::Text(text) => Ok(text.to_string()),
        _ => Err(no_package(value)),
    }
}

fn no_package(value: &Value) -> Wrong {
    Wrong::new(value.span.start, "expected the name of a package in quotes")
        .help("an entry is `[\"libgmp-dev\"] {os-family = \"debian\"}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEBIAN: &str = "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\nVERSION_ID=\"12\"\n";
    const UBUNTU: &str = "ID=ubuntu\nID_LIKE=\"debian\"\nVERSION_ID=\"24.04\"\n";

    const NEW: &str = r#"opam-version: "2.0"
synopsis: "depexts: [ is not here ]" # depexts: [ nor here
depends: [ "ocaml" {>= "4.02"} ]
depexts: [
  ["libgmp-dev" "zlib1g-dev"] {os-family = "debian"}
  ["gmp"] {os-distribution = "homebrew" & os = "macos"}
  "perl" {os = "linux" & !(arch = "s390x" | os-version < "10")}
  ["never"] {os-distribution = "debian" & conf-gmp:installed}
  ["new-debian"] {os-distribution = "debian" & os-version >= "12"}
]
build: [make]
"#;

    fn on(text: &str, os: &str, release: &str) -> Result<Vec<String>, String> {
        packages("opam", text.as_bytes(), &Machine::of(os, "x86_64", release))
            .map_err(|wrong| format!("{}: {}", wrong.column, wrong.message))
    }

    #[test]
    fn each_system_gets_its_own() {
        assert_eq!(
            on(NEW, "linux", DEBIAN).unwrap(),
            ["libgmp-dev", "zlib1g-dev", "perl", "new-debian"]
        );
        assert_eq!(on(NEW, "linux", UBUNTU).unwrap(), ["libgmp-dev", "zlib1g-dev", "perl"]);
        assert_eq!(on(NEW, "macos", "").unwrap(), ["gmp"]);
        assert_eq!(on("opam-version: \"2.0\"\n", "linux", DEBIAN).unwrap(), [""; 0]);
    }

    #[test]
    fn files_of_opam_1_are_read_too() {
        let old =
            "depexts: [ [[\"debian\"] [\"libev-dev\"]] [[\"homebrew\" \"macos\"] [\"libev\"]] ]";
        assert_eq!(on(old, "linux", DEBIAN).unwrap(), ["libev-dev"]);
        assert_eq!(on(old, "macos", "").unwrap(), ["libev"]);
    }

    #[test]
    fn one_entry_needs_no_list_around_it() {
        assert_eq!(
            on("depexts: [\"a\" \"b\"] {os = \"linux\"}", "linux", DEBIAN).unwrap(),
            ["a", "b"]
        );
        assert_eq!(on("depexts: \"a\"", "linux", DEBIAN).unwrap(), ["a"]);
        assert_eq!(on("depexts: [\"a\" \"b\"]", "macos", "").unwrap(), ["a", "b"]);
    }

    #[test]
    fn mistakes_have_a_place() {
        let wrong = |text: &str| on(text, "linux", DEBIAN).unwrap_err();
        assert_eq!(wrong("depexts: x"), "10: expected the name of a package in quotes");
        assert_eq!(wrong("depexts: [\"x\" {os = }]"), "21: expected a value and found `}`");
        assert_eq!(wrong("depexts: [[\"x\""), "11: this `[` is not closed");
        assert_eq!(wrong("x: \"y"), "4: this text is not closed");
        assert!(wrong(&format!("depexts: {}", "[".repeat(1000))).contains("too deep"));
        let deep = format!("depexts: [\"x\" {{{}", "!".repeat(1000));
        assert!(wrong(&deep).contains("too deep"));
    }
}
