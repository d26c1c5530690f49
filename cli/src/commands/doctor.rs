//! `mbuild doctor`: what works on this machine, and what to do about the rest.

use mbuild_frontends::target::{Catalog, Target};

use crate::args::other::DoctorArgs;
use crate::doctor;
use crate::exit::Exit;
use crate::failure::Result;
use crate::session::Session;
use crate::targets;

/// Looks, and ends well when what was asked for works: the targets that are named, else `native`.
pub(crate) fn run(args: &DoctorArgs, session: &mut Session<'_>) -> Result<Exit> {
    let catalog = targets::catalog()?;
    let targets: Vec<Target> = if args.targets.is_empty() {
        catalog.names().filter_map(|name| catalog.target(name)).collect()
    } else {
        let named = args.targets.iter().map(|name| targets::find_in(&catalog, name));
        named.collect::<Result<_>>()?
    };
    let findings = doctor::examine(&targets, session);
    let asked: Vec<&str> = match args.targets.as_slice() {
        [] => vec![Catalog::DEFAULT],
        names => names.iter().map(String::as_str).collect(),
    };
    let broken: Vec<&str> = asked
        .iter()
        .filter(|name| findings.iter().any(|it| !it.ok && it.area == **name))
        .copied()
        .collect();
    if args.json {
        let value = serde_json::json!({ "works": broken.is_empty(), "findings": findings });
        session.printer.result(value)?;
    } else {
        session.printer.result(doctor::shown(&findings).trim_end())?;
        let (names, how) =
            if broken.is_empty() { (asked, "works") } else { (broken.clone(), "does not work") };
        session
            .printer
            .result(names.iter().map(|it| format!("{it} {how}")).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(if broken.is_empty() { Exit::Success } else { Exit::Missing })
}
