//! Reads a rule file and prints what Ninja would say of it, or nothing: for comparing with Ninja by hand.

use std::io::Write as _;
use std::process::ExitCode;

use bstr::ByteSlice as _;
use mbuild_rules::parse::{Options, parse};

fn main() -> std::io::Result<ExitCode> {
    let first = std::env::args().nth(1).unwrap_or_else(|| "build.ninja".to_owned());
    let mut loader = |path: &[u8]| std::fs::read(path.to_path_lossy());
    let mut out = std::io::stdout();
    match parse(first.as_bytes(), &mut loader, Options::default()) {
        Ok(manifest) => {
            for warning in manifest.warnings() {
                writeln!(out, "warning: {warning}")?;
            }
            let mut command = Vec::new();
            for action in manifest.actions() {
                command.clear();
                manifest.command_into(action, &mut command);
                if !manifest.is_phony(action) {
                    out.write_all(&command)?;
                    writeln!(out)?;
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(diagnostic) => {
            let kind = if diagnostic.is_fatal() { "fatal" } else { "error" };
            writeln!(out, "{kind}: {}", diagnostic.ninja_text())?;
            Ok(ExitCode::FAILURE)
        }
    }
}
