//! `-d explain`: why a command runs, in Ninja's words where Ninja has words for it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use bstr::ByteSlice;
use mbuild_engine::event::{ActionInfo, Reason};

/// The lines for the reasons of an action. Ninja looks at outputs only when no input is out of date.
pub(crate) fn lines(action: &ActionInfo<'_>, reasons: &[Reason]) -> Vec<String> {
    let by_input =
        |why: &&Reason| matches!(why, Reason::InputOutOfDate { .. } | Reason::AlwaysRuns { .. });
    if reasons.iter().any(|why| by_input(&why)) {
        return reasons.iter().filter(by_input).map(|why| line(action, why)).collect();
    }
    reasons.iter().map(|why| line(action, why)).collect()
}

/// The line for one reason.
fn line(action: &ActionInfo<'_>, reason: &Reason) -> String {
    let output = action.output.as_bstr();
    match reason {
        // Ninja looks for the file before it looks into its log.
        Reason::NeverRan if !exists(action.output) => format!("output {output} doesn't exist"),
        Reason::NeverRan => format!("command line not found in log for {output}"),
        Reason::FailedLastTime => format!("the last command for {output} failed"),
        Reason::EditedWhileRunning { path } => {
            format!("{path} changed while the last command for {output} ran")
        }
        Reason::OutputMissing { path } => format!("output {path} doesn't exist"),
        Reason::OutputChanged { path } => format!("output {path} is not what its command wrote"),
        Reason::InputChanged { path } => format!("input {path} of {output} changed"),
        Reason::InputAdded { path } => format!("input {path} of {output} is new"),
        Reason::InputRemoved { path } => format!("{path} is no input of {output} any more"),
        Reason::CommandChanged { .. } => format!("command line changed for {output}"),
        Reason::ResponseFileChanged => format!("response file changed for {output}"),
        Reason::EnvironmentChanged { name } => {
            format!("variable {name} of the environment changed for {output}")
        }
        Reason::ToolChanged { path } => format!("program {path} changed for {output}"),
        Reason::DependenciesUnknown => format!("deps for '{output}' are missing"),
        Reason::InputOutOfDate { path } | Reason::AlwaysRuns { path } => {
            format!("{path} is dirty")
        }
        Reason::Older { output, input } => {
            format!("output {output} older than most recent input {input}")
        }
    }
}

fn exists(path: &[u8]) -> bool {
    Path::new(OsStr::from_bytes(path)).exists()
}
