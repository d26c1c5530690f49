//! `mbuild init`: a small new package that builds, tests and runs at once.

use std::path::{Path, PathBuf};

use crate::args::manifest::{InitArgs, KindArgs};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::project;
use crate::session::Session;
use crate::surroundings;

/// Makes a package.
pub(crate) fn run(args: &InitArgs, session: &mut Session<'_>) -> Result<Exit> {
    let here = surroundings::current_folder()?;
    let folder = here.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = args.name.clone().unwrap_or(folder);
    let start = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    if !start || !name.chars().all(plain) {
        return Err(Failure::usage(format!("`{name}` cannot be the name of a package"))
            .with_help("use letters, digits, `_` and `-`, a letter first: `mbuild init NAME`"));
    }
    let root = if args.name.is_some() { PathBuf::from(&name) } else { PathBuf::from(".") };
    let files = files(&name, &args.kind);
    let there = |path: &PathBuf| path.symlink_metadata().is_ok();
    if let Some(path) = files.iter().map(|(path, _)| root.join(path)).find(there) {
        return Err(Failure::usage(format!("`{}` is there already", shown(&path)))
            .with_help("nothing was written; go to an empty folder, or name a new one"));
    }
    if project::has_manifest(&root) {
        return Err(Failure::usage("there is a package here already")
            .with_help("nothing was written; go to an empty folder, or name a new one"));
    }
    for (path, text) in files {
        let path = root.join(path);
        let folder = path.parent().unwrap_or(&root);
        std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text)).map_err(
            |error| Failure::system(format_args!("cannot write `{}`", shown(&path)), &error),
        )?;
        session.printer.note(format_args!("wrote {}", shown(&path)));
    }
    let go = if args.name.is_some() { format!("cd {name} && ") } else { String::new() };
    let next = if args.kind.lib { "mbuild test" } else { "mbuild run" };
    session.printer.note(format_args!("next: {go}{next}"));
    Ok(Exit::Success)
}

fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}

/// The files of a package and what is in them.
fn files(name: &str, kind: &KindArgs) -> Vec<(String, String)> {
    let unit = name.replace('-', "_").to_ascii_lowercase();
    let module = unit[..1].to_ascii_uppercase() + &unit[1..];
    let mut oasis = format!(
        "OASISFormat: 0.4\nName: {name}\nVersion: 0.1.0\nSynopsis: A new package\n\
         Authors: {}\nLicense: ISC\nPlugins: META (0.4)\n",
        author()
    );
    let mut files = vec![(".gitignore".to_owned(), "/_mbuild/\n".to_owned())];
    let (library, program) = (!kind.exe, !kind.lib);
    if library {
        oasis += &format!(
            "\nLibrary {unit}\n  Path: src\n  Modules: {module}\n\n\
             Executable test_{unit}\n  Path: test\n  MainIs: test_{unit}.ml\n  \
             CompiledObject: best\n  BuildDepends: {unit}\n  Install: false\n  \
             Build$: flag(tests)\n\n\
             Test {unit}\n  Command: $test_{unit}\n  TestTools: test_{unit}\n"
        );
        files.push((
            format!("src/{unit}.mli"),
            "(** What the package does. *)\n\n(** The greeting for somebody. *)\nval greeting : string -> string\n".to_owned(),
        ));
        files.push((
            format!("src/{unit}.ml"),
            "let greeting name = \"Hello, \" ^ name ^ \"!\"\n".to_owned(),
        ));
        files.push((
            format!("test/test_{unit}.ml"),
            format!(
                "let () =\n  assert ({module}.greeting \"world\" = \"Hello, world!\");\n  print_endline \"1 check passed\"\n"
            ),
        ));
    }
    if program {
        let depends = if library { format!("  BuildDepends: {unit}\n") } else { String::new() };
        let unikernel = if kind.unikernel { "  XMbuildUnikernel: true\n" } else { "" };
        let says = match library {
            true => format!("{module}.greeting \"world\""),
            false => "\"Hello, world!\"".to_owned(),
        };
        oasis += &format!(
            "\nExecutable \"{name}\"\n  Path: bin\n  MainIs: main.ml\n  CompiledObject: best\n{depends}{unikernel}"
        );
        files.push(("bin/main.ml".to_owned(), format!("let () = print_endline ({says})\n")));
    }
    // The manifest comes last: it makes a folder a package.
    files.push(("_oasis".to_owned(), oasis));
    files
}

/// Who writes it, as git knows.
fn author() -> String {
    let ask = |name: &str| {
        let output = std::process::Command::new("git").args(["config", name]).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (!text.is_empty() && !text.contains(',')).then_some(text)
    };
    match (ask("user.name"), ask("user.email")) {
        (Some(name), Some(email)) => format!("{name} <{email}>"),
        (Some(name), None) => name,
        _ => "unknown".to_owned(),
    }
}
