//! What a package calls itself, and commands that are mbuild's own: it builds by another manifest then, which has to
//! be there.

use super::{One, text};
use crate::opam::Wrong;
use crate::opam::fields::help;
use crate::opam::names;
use crate::opam::tree::{Kind, Value};

const FIELDS: [&str; 5] = ["build", "build-doc", "run-test", "build-test", "install"];

impl One<'_> {
    /// Refuses what is no name or version of a package.
    pub(super) fn called(&mut self) {
        for field in ["name", "version"] {
            let Some(value) = self.field(field) else { continue };
            let at = value.span.start;
            let wrong = match text(value) {
                Some(text) if field == "name" => names::wrong(&text, at),
                Some(text) => names::wrong_version(&text, at),
                None => Some(
                    Wrong::new(at, format!("expected the {field} of the package"))
                        .help(help(value)),
                ),
            };
            self.wrong.extend(wrong);
        }
    }

    /// Refuses what would have mbuild run itself by this same file, and so on without an end.
    pub(super) fn not_by_itself(&mut self) {
        let found: Vec<usize> = FIELDS
            .iter()
            .flat_map(|field| self.manifest.file.fields(field))
            .flat_map(calls)
            .collect();
        let Some(first) = found.first() else { return };
        if self.host.has_other_manifest() {
            return;
        }
        let wrong = Wrong::new(*first, "this runs mbuild, which finds nothing here but this file");
        let help = "write what there is to build into a manifest that says it, `_oasis` for one";
        self.wrong.push(wrong.help(help));
    }
}

/// Where the commands of a field call mbuild; a field is one command or a list of them.
fn calls(value: &Value) -> Vec<usize> {
    let value = value.bare();
    let Kind::List(values) = &value.kind else { return call(value).into_iter().collect() };
    let is_command = |value: &Value| matches!(value.bare().kind, Kind::List(_));
    if !values.iter().any(is_command) {
        return call(value).into_iter().collect();
    }
    values.iter().map(Value::bare).filter_map(call).collect()
}

/// Where a command calls mbuild.
fn call(command: &Value) -> Option<usize> {
    let word = match &command.kind {
        Kind::List(words) => words.first()?.bare(),
        _ => command,
    };
    let program = text(word)?;
    (program.rsplit('/').next() == Some("mbuild")).then_some(word.span.start)
}
