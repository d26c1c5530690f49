//! What works on this machine: each finding says what is there, or what is wrong and what to do.

mod machine;
mod probe;
mod targets;

use mbuild_frontends::target::Target;
use serde::Serialize;

use crate::session::Session;

/// The area of what no target has for itself.
const MACHINE: &str = "machine";

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// The target that it is about, or `machine`.
    pub(crate) area: String,
    /// What was looked at, in a word.
    pub(crate) what: &'static str,
    /// It is as it should be.
    pub(crate) ok: bool,
    /// What was found.
    pub(crate) found: String,
    /// What to do, where something is wrong.
    pub(crate) help: Option<String>,
}

impl Finding {
    fn ok(area: &str, what: &'static str, found: impl Into<String>) -> Self {
        Self { area: area.to_owned(), what, ok: true, found: found.into(), help: None }
    }

    fn wrong(
        area: &str,
        what: &'static str,
        found: impl Into<String>,
        help: impl Into<Option<String>>,
    ) -> Self {
        Self { area: area.to_owned(), what, ok: false, found: found.into(), help: help.into() }
    }
}

/// Looks at the machine and at these targets; programs are built and run for those that can.
pub(crate) fn examine(targets: &[Target], session: &mut Session<'_>) -> Vec<Finding> {
    let mut findings = machine::findings(targets);
    for target in targets {
        session.printer.note(format_args!("looking at {}", target.name));
        findings.extend(targets::findings(target));
    }
    findings
}

/// The findings as text: a paragraph for each area.
pub(crate) fn shown(findings: &[Finding]) -> String {
    let mut text = String::new();
    let mut area = "";
    for finding in findings {
        if finding.area != area {
            area = &finding.area;
            text += &format!("{area}\n");
        }
        let word = if finding.ok { "ok" } else { "wrong" };
        text += &format!("  {word:<5}  {}: {}\n", finding.what, finding.found);
        if let Some(help) = &finding.help {
            text += &format!("         help: {help}\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_stand_below_their_area() {
        let findings = [
            Finding::ok(MACHINE, "store", "9.0 GiB are free"),
            Finding::ok("native", "program", "one was built and ran"),
            Finding::wrong("native", "tool", "no `x`", "install it".to_owned()),
        ];
        assert_eq!(
            shown(&findings),
            "machine\n  ok     store: 9.0 GiB are free\nnative\n  \
             ok     program: one was built and ran\n  wrong  tool: no `x`\n         help: install it\n"
        );
    }
}
