//! `mbuild deps`: what the package needs, what is there, and what installs the rest.

use mbuild_frontends::configure::{ConfigureError, Request, read};
use mbuild_frontends::depends::{Providers, Report, depexts};
use mbuild_frontends::opam::Machine;

use crate::args::other::DepsArgs;
use crate::exit::Exit;
use crate::failure::Result;
use crate::session::Session;
use crate::surroundings;
use crate::targets;
use crate::{configuring, installing, project};

/// Lists.
pub(crate) fn run(args: &DepsArgs, session: &mut Session<'_>) -> Result<Exit> {
    let mut found = look(args)?;
    if args.install && !found.missing.is_empty() {
        installing::install(&found, session)?;
        found = look(args)?;
    }
    let plan = installing::planned(&found);
    if args.json {
        let value = serde_json::json!({
            "present": found.present.iter().map(|(need, version)| {
                serde_json::json!({ "need": need, "version": version })
            }).collect::<Vec<_>>(),
            "missing": found.missing,
            "commands": plan.commands,
        });
        session.printer.result(value)?;
    } else {
        session.printer.result(shown(&found))?;
        for (missing, advice) in &plan.left {
            session.printer.result(format_args!("  {}: {advice}", missing.need))?;
        }
        for command in &plan.commands {
            session.printer.result(format_args!("install: {command}"))?;
        }
    }
    Ok(if found.missing.is_empty() { Exit::Success } else { Exit::Missing })
}

fn look(args: &DepsArgs) -> Result<Report> {
    let target = targets::find(args.target.as_deref())?;
    let root = surroundings::current_folder()?;
    if !project::has_manifest(&root) {
        return Err(project::nothing_here(&root, false));
    }
    let request = Request {
        root: &root,
        target: &target,
        choices: None,
        mbuild: &surroundings::own_program()?,
        variable: &surroundings::variable,
    };
    let mut folders = vec![root.clone()];
    let mut report = match read(&request) {
        Ok(mut reading) => {
            let members = reading.parts.iter().filter(|part| !part.folder.is_empty());
            folders.extend(members.map(|part| root.join(&part.folder)));
            let report = reading.report();
            if !report.damaged.is_empty() {
                return Err(configuring::explained(&ConfigureError::Wrong(report.damaged)));
            }
            report
        }
        Err(error) => configuring::missing(&error).ok_or_else(|| configuring::explained(&error))?,
    };
    // What another package manager asks of the system is what this one installs.
    for folder in folders {
        let wanted = depexts::read(&folder, &Machine::detect())?;
        report.add(installing::system_packages(wanted));
    }
    Ok(report)
}

fn shown(found: &Report) -> String {
    let mut lines: Vec<String> = found
        .present
        .iter()
        .map(|(need, version)| {
            let version = version.as_ref().map(|version| format!(": {version}"));
            format!("found: {need}{}", version.unwrap_or_default())
        })
        .collect();
    for missing in &found.missing {
        lines.push(format!("missing: {missing}"));
        lines.extend(provided(&missing.providers));
    }
    lines.join("\n")
}

/// What has it, for each package manager.
fn provided(by: &Providers) -> Option<String> {
    let managers = [("apt", &by.apt), ("brew", &by.brew), ("opam", &by.opam)];
    let known = managers.iter().filter(|(_, names)| !names.is_empty());
    let texts: Vec<String> =
        known.map(|(manager, names)| format!("{manager}: {}", names.join(" or "))).collect();
    (!texts.is_empty()).then(|| format!("  in {}", texts.join("; ")))
}
