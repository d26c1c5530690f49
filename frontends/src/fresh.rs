//! New projects: a manifest and the sources that make it build, test and run at once.

use std::fmt::Write as _;

/// What a new project is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A library and a program that uses it.
    #[default]
    Both,
    /// A library.
    Library,
    /// A program.
    Program,
    /// A program that is a unikernel as well.
    Unikernel,
}

/// Why a project cannot be called so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// It is no name for files, modules and packages alike.
    #[error(
        "`{0}` is no name for a package: it begins with a letter, and letters, digits, `-` and `_` follow"
    )]
    Letters(String),
    /// A module has it that cannot be the library's.
    #[error("a library cannot be called `{0}`: there is another module of that name")]
    Taken(String),
}

/// Modules that the new program has itself, or every one.
const TAKEN: [&str; 2] = ["main", "stdlib"];

/// The files of a new project, by name: the manifest is the first, and all others belong to it but
/// [`IGNORE`].
pub fn project(name: &str, kind: Kind) -> Result<Vec<(String, String)>, BadName> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(fits) {
        return Err(BadName::Letters(name.to_owned()));
    }
    let file = name.to_ascii_lowercase().replace('-', "_");
    let library = matches!(kind, Kind::Both | Kind::Library);
    if library && TAKEN.contains(&file.as_str()) {
        return Err(BadName::Taken(name.to_owned()));
    }
    let mut files = vec![("_oasis".to_owned(), manifest(name, &file, kind))];
    let mut add = |path: String, text: String| files.push((path, text));
    let module = file[..1].to_ascii_uppercase() + &file[1..];
    if library {
        add(format!("src/{file}.mli"), INTERFACE.to_owned());
        add(format!("src/{file}.ml"), GREETING.to_owned());
        add(format!("test/test_{file}.ml"), test(&module));
    }
    match kind {
        Kind::Library => {}
        Kind::Both => add("bin/main.ml".to_owned(), main(&format!("{module}.greeting"), "")),
        Kind::Program | Kind::Unikernel => {
            add("bin/main.ml".to_owned(), main("greeting", &format!("{GREETING}\n")));
        }
    }
    add(IGNORE.to_owned(), "_mbuild/\n".to_owned());
    Ok(files)
}

/// A file that a folder may have before it has a project.
pub const IGNORE: &str = ".gitignore";

const INTERFACE: &str = "val greeting : string -> string\n(** [greeting name] greets [name]. *)\n";

const GREETING: &str = "let greeting name = \"Hello, \" ^ name ^ \"!\"\n";

fn main(greeting: &str, before: &str) -> String {
    format!(
        "{before}let () =\n  let name = if Array.length Sys.argv > 1 then Sys.argv.(1) else \"world\" in\n  \
         print_endline ({greeting} name)\n"
    )
}

fn test(module: &str) -> String {
    format!(
        "let () =\n  assert ({module}.greeting \"you\" = \"Hello, you!\");\n  \
         print_endline \"{module}: 1 check passed\"\n"
    )
}

fn manifest(name: &str, file: &str, kind: Kind) -> String {
    let synopsis = match kind {
        Kind::Both => "A library and a program",
        Kind::Library => "A library",
        Kind::Program => "A program",
        Kind::Unikernel => "A unikernel",
    };
    let mut out = format!(
        "OASISFormat: 0.4\nName:        {name}\nVersion:     0.1\nSynopsis:    {synopsis}\n\
         Authors:     The {name} authors\nLicense:     ISC\n"
    );
    let library = matches!(kind, Kind::Both | Kind::Library);
    if library {
        out.push_str("Plugins:     META (0.4)\n");
    }
    out.push_str("\nFlag tests\n  Description: Build and run the tests\n  Default:     true\n");
    let module = file[..1].to_ascii_uppercase() + &file[1..];
    if library {
        let _ = writeln!(out, "\nLibrary {name}\n  Path:    src\n  Modules: {module}");
    }
    if kind != Kind::Library {
        let _ = writeln!(
            out,
            "\nExecutable {name}\n  Path:             bin\n  MainIs:           main.ml\n  \
             CompiledObject:   best"
        );
        match kind {
            Kind::Both => {
                let _ = writeln!(out, "  BuildDepends:     {name}");
            }
            Kind::Unikernel => out.push_str("  XMbuildUnikernel: true\n"),
            Kind::Library | Kind::Program => {}
        }
    }
    if library {
        let _ = writeln!(
            out,
            "\nExecutable test_{file}\n  Path:           test\n  MainIs:         test_{file}.ml\n  \
             CompiledObject: best\n  BuildDepends:   {name}\n  Install:        false\n  \
             Build$:         flag(tests)\n\nTest {name}\n  Command: $test_{file}"
        );
    } else {
        let _ = writeln!(out, "\nTest {name}\n  Command: ${file} you | grep -x 'Hello, you!'");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_of_a_new_project_is_short() {
        let files = project("my-lib", Kind::Both).unwrap_or_default();
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "_oasis",
                "src/my_lib.mli",
                "src/my_lib.ml",
                "test/test_my_lib.ml",
                "bin/main.ml",
                ".gitignore"
            ]
        );
        insta::assert_snapshot!(files[0].1);
    }

    #[test]
    fn names_that_no_file_or_module_can_have_are_refused() {
        for name in ["", "1a", "a.b", "a/b", "\u{e4}"] {
            assert_eq!(project(name, Kind::Program), Err(BadName::Letters(name.to_owned())));
        }
        assert_eq!(project("Main", Kind::Both), Err(BadName::Taken("Main".to_owned())));
        assert!(project("Main", Kind::Program).is_ok());
    }
}
