//! `mbuild targets`: what can be built for, and what each target still needs on this machine.

use mbuild_frontends::depends::Report;
use mbuild_frontends::recipe;
use mbuild_frontends::target::{Need, Target};
use mbuild_frontends::toolchain::{Toolchain, ToolchainError, find, folder};

use crate::args::toolchain::TargetsArgs;
use crate::exit::Exit;
use crate::failure::Result;
use crate::report::table::{Side, Table};
use crate::session::Session;
use crate::surroundings::variable;
use crate::targets;
use crate::{installing, running};

/// Something a target needs, and the command that gives it.
pub(crate) struct Lack {
    /// What it is.
    pub(crate) what: String,
    /// The command.
    pub(crate) command: Option<String>,
}

/// Lists.
pub(crate) fn run(args: &TargetsArgs, session: &mut Session<'_>) -> Result<Exit> {
    let catalog = targets::catalog()?;
    let targets: Vec<Target> = catalog.names().filter_map(|name| catalog.target(name)).collect();
    let lacks: Vec<Vec<Lack>> = targets.iter().map(lacks).collect();
    if args.json {
        let rows = targets.iter().zip(&lacks).map(|(target, lacks)| {
            let lacks: Vec<_> = lacks
                .iter()
                .map(|lack| serde_json::json!({ "what": lack.what, "command": lack.command }))
                .collect();
            serde_json::json!({
                "name": target.name,
                "about": target.about,
                "toolchain": target.toolchain.name,
                "architecture": target.toolchain.architecture,
                "directory": target.dir(),
                "needs": lacks,
            })
        });
        session.printer.result(serde_json::Value::Array(rows.collect()))?;
        return Ok(Exit::Success);
    }
    let mut table =
        Table::new([("target", Side::Left), ("what it is", Side::Left), ("needs", Side::Left)]);
    for (target, lacks) in targets.iter().zip(&lacks) {
        let text: Vec<String> = lacks
            .iter()
            .map(|lack| match &lack.command {
                Some(command) => format!("{}: `{command}`", lack.what),
                None => lack.what.clone(),
            })
            .collect();
        table.row([target.name.clone(), target.about.clone(), text.join("; ")]);
    }
    session.printer.result(table.render(|_| Vec::new()).trim_end())?;
    Ok(Exit::Success)
}

/// What a target needs that is not there.
pub(crate) fn lacks(target: &Target) -> Vec<Lack> {
    let mut lacks = Vec::new();
    let mut prefix = None;
    let mut installed = true;
    match Toolchain::probe(&target.toolchain, &variable, None) {
        Ok(toolchain) => prefix = toolchain.prefix,
        Err(ToolchainError::Missing { .. }) => {
            lacks.extend(from(&installing::no_compiler("")));
            installed = false;
        }
        Err(ToolchainError::NotInstalled { name, recipe, .. }) => {
            let command = recipe.then(|| format!("mbuild toolchain install {}", target.name));
            lacks.push(Lack { what: format!("toolchain {name}"), command });
            installed = false;
        }
        Err(error) => lacks.push(Lack { what: error.to_string(), command: None }),
    }
    if let Some(kernel) = target.kernel.as_ref().filter(|kernel| !kernel.image().is_file()) {
        let (what, command) = match &kernel.spec.file {
            Some(file) => (format!("file `{file}`"), None),
            None => (
                format!("kernel {}", kernel.spec.name),
                Some(format!("mbuild toolchain install {}", target.name)),
            ),
        };
        lacks.push(Lack { what, command });
    }
    let path = variable("PATH").unwrap_or_default();
    let home = folder::home(&variable).unwrap_or_default();
    let needs = |needs: &[Need]| from(&recipe::needs(needs, "", "", &path, &home));
    if target.is_foreign() && target.by_hand.is_none() {
        match &target.emulator {
            Some(emulator) => lacks.extend(needs(std::slice::from_ref(emulator))),
            None => lacks.push(Lack { what: running::other_machine(target), command: None }),
        }
    }
    let Some(run) = &target.run else { return lacks };
    lacks.extend(needs(&run.needs));
    // What comes with a toolchain is not looked for before that is there.
    if let Some(program) = run.command.first().filter(|_| installed) {
        let named = run.needs.iter().any(|need| need.program.as_ref() == Some(program));
        if !named && find(&path, prefix.as_deref(), program).is_none() {
            lacks.push(Lack { what: format!("program `{program}`"), command: None });
        }
    }
    lacks
}

/// What a report says is missing, with the command that installs it.
fn from(report: &Report) -> Vec<Lack> {
    let missing = report.missing.iter().map(|missing| {
        let alone = Report { missing: vec![missing.clone()], ..Report::default() };
        let command = installing::planned(&alone).commands.last().map(ToString::to_string);
        Lack { what: missing.need.to_string(), command }
    });
    missing.collect()
}
