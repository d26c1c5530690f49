//! Prints what Ninja would make of a rule file, a dyndep file or a depfile: for comparing with Ninja by hand.

use std::io::Write as _;

use bstr::ByteSlice as _;
use mbuild_rules::parse::{Options, parse};
use mbuild_rules::{Diagnostic, Manifest, depfile, dyndep};

fn rules(path: &str) -> Result<Manifest, Diagnostic> {
    let mut loader = |path: &[u8]| std::fs::read(path.to_path_lossy());
    parse(path.as_bytes(), &mut loader, Options::default())
}

/// Warnings, then the commands that are not phony, then the targets of `default`.
fn show(manifest: &Manifest, out: &mut Vec<u8>) {
    for warning in manifest.warnings() {
        out.extend_from_slice(format!("warning: {warning}\n").as_bytes());
    }
    for action in manifest.actions().filter(|action| !manifest.is_phony(*action)) {
        manifest.command_into(action, out);
        out.push(b'\n');
    }
    for file in manifest.defaults() {
        out.extend_from_slice(b"default ");
        out.extend_from_slice(manifest.path(*file));
        out.push(b'\n');
    }
}

fn run(arguments: &[String], out: &mut Vec<u8>) -> Result<(), Diagnostic> {
    let read = |path: &str| {
        std::fs::read(path).map_err(|error| Diagnostic::about(path.as_bytes(), error.to_string()))
    };
    match arguments {
        [path] => show(&rules(path)?, out),
        [kind, path] if kind == "depfile" => {
            for input in depfile::parse(path.as_bytes(), &read(path)?)?.inputs {
                out.extend_from_slice(&mbuild_rules::path::canonical(&input));
                out.push(b'\n');
            }
        }
        [path, file] => {
            let mut manifest = rules(path)?;
            let id = manifest.intern(file.as_bytes());
            dyndep::load(&mut manifest, id, &read(file)?)?;
            show(&manifest, out);
        }
        _ => {
            out.extend_from_slice(
                b"usage: as_ninja BUILD.NINJA [DYNDEP] | as_ninja depfile FILE\n",
            );
        }
    }
    Ok(())
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = Vec::new();
    if let Err(diagnostic) = run(&arguments, &mut out) {
        let kind = if diagnostic.is_fatal() { "fatal" } else { "error" };
        out.extend_from_slice(format!("{kind}: {}\n", diagnostic.ninja_text()).as_bytes());
    }
    std::io::stdout().write_all(&out)
}
