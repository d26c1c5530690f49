//! What a target has on this machine, and whether a program of it runs.

use mbuild_frontends::target::Target;
use mbuild_frontends::toolchain::Toolchain;

use super::{Finding, probe};
use crate::commands::targets::lacks;
use crate::surroundings::variable;

/// Looks at a target.
pub(super) fn findings(target: &Target) -> Vec<Finding> {
    let name = &target.name;
    let mut findings: Vec<Finding> = lacks(target)
        .into_iter()
        .map(|lack| {
            let found = format!("{} is not there", lack.what);
            Finding::wrong(name, "need", found, lack.command.map(|it| format!("run `{it}`")))
        })
        .collect();
    let toolchain = Toolchain::probe(&target.toolchain, &variable, None);
    if let Ok(toolchain) = &toolchain {
        findings.insert(0, Finding::ok(name, "toolchain", described(toolchain)));
    }
    if findings.iter().any(|finding| !finding.ok) {
        return findings;
    }
    findings.push(match (probe::run(target), &target.by_hand) {
        (Ok(()), None) => Finding::ok(name, "program", "one with floating point was built and ran"),
        (Ok(()), Some(_)) => {
            Finding::ok(name, "program", "one was built; mbuild does not run such")
        }
        (Err(why), _) => {
            let found = format!("one with floating point does not run: {why}");
            Finding::wrong(name, "program", found, advice(target))
        }
    });
    findings
}

/// The compiler, and where it is when it is not the machine's own.
fn described(toolchain: &Toolchain) -> String {
    let version = toolchain.environment.get("ocaml_version").unwrap_or("of an unknown version");
    let native = match &toolchain.ocamlopt {
        Some(_) => "",
        None => ", bytecode only",
    };
    let place = match (&toolchain.prefix, &toolchain.findlib.file) {
        (Some(prefix), _) => format!(" in `{}`", prefix.display()),
        (None, Some(file)) => format!(", findlib by `{}`", file.display()),
        (None, None) => ", no `findlib.conf`".to_owned(),
    };
    format!("OCaml {version}{native}{place}")
}

/// What to do when programs do not run.
fn advice(target: &Target) -> String {
    let needs = target.run.iter().flat_map(|run| &run.needs);
    if needs.into_iter().any(|need| need.file.as_deref() == Some("/dev/kvm")) {
        return "this machine's KVM does not run what guests compute: take another machine, or `solo5-spt` \
                or `solo5-virtio`"
            .to_owned();
    }
    format!("`mbuild run -v --target {}` of a small program shows all that is said", target.name)
}
