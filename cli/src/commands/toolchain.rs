//! `mbuild toolchain`: makes, lists and removes the compilers of targets.

use mbuild_frontends::target::{Catalog, ToolchainSpec};
use mbuild_frontends::toolchain::folder::{self, Folder};

use crate::args::toolchain::{ToolchainArgs, ToolchainCommand};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::report::table::{Side, Table};
use crate::session::Session;
use crate::surroundings::variable;
use crate::targets;
use crate::{making, suggest};

/// Does one of them.
pub(crate) fn run(args: &ToolchainArgs, session: &mut Session<'_>) -> Result<Exit> {
    match &args.command {
        ToolchainCommand::Install(args) => {
            let catalog = targets::catalog()?;
            let target = catalog.target(&args.name);
            let of_target = target.as_ref().and_then(|target| target.kernel.clone());
            let kernel = of_target.or_else(|| catalog.kernel(&args.name));
            if let Some(kernel) = &kernel {
                making::kernel(kernel, session)?;
                session.printer.note(format_args!(
                    "kernel {}: {}",
                    kernel.spec.name,
                    kernel.folder.display()
                ));
                // That may be all that there is to get.
                if target.is_none_or(|target| target.toolchain.is_host()) {
                    return Ok(Exit::Success);
                }
            }
            let spec = named(&catalog, &args.name)?;
            let folder = making::make(&spec, args.install, &args.flags(), session)?;
            session.printer.note(format_args!("toolchain {}: {}", spec.name, folder.display()));
        }
        ToolchainCommand::List { json } => list(*json, session)?,
        ToolchainCommand::Remove { name } => remove(name, session)?,
    }
    Ok(Exit::Success)
}

/// The toolchain of this name, or of the target of this name.
fn named(catalog: &Catalog, name: &str) -> Result<ToolchainSpec> {
    if let Some(spec) = catalog.toolchains().find(|spec| spec.name == name) {
        return Ok(spec.clone());
    }
    if let Some(target) = catalog.target(name) {
        return Ok(target.toolchain);
    }
    let known = catalog.names().chain(catalog.toolchains().map(|spec| spec.name.as_str()));
    let help = suggest::help(name, known, || "`mbuild targets` lists the targets".to_owned());
    Err(Failure::usage(format!("there is no target or toolchain `{name}`")).with_help(help))
}

fn list(json: bool, session: &mut Session<'_>) -> Result<()> {
    let all = folder::all(&variable);
    if json {
        let rows: Vec<_> = all
            .iter()
            .map(|it| {
                serde_json::json!({
                    "name": it.name, "key": it.key, "ocaml": it.ocaml, "parts": it.parts,
                    "folder": it.path.to_string_lossy(),
                })
            })
            .collect();
        session.printer.result(serde_json::Value::Array(rows))?;
        return Ok(());
    }
    if all.is_empty() {
        session.printer.note("mbuild has made no toolchain");
        return Ok(());
    }
    let mut table =
        Table::new([("toolchain", Side::Left), ("made of", Side::Left), ("folder", Side::Left)]);
    for it in &all {
        table.row([it.name.clone(), it.parts.join(", "), it.path.display().to_string()]);
    }
    session.printer.result(table.render(|_| Vec::new()).trim_end())?;
    Ok(())
}

fn remove(name: &str, session: &mut Session<'_>) -> Result<()> {
    let wanted = match named(&targets::catalog()?, name) {
        Ok(spec) => spec.name,
        // What a description has made may be there when the description is not any more.
        Err(_) => name.to_owned(),
    };
    let all = folder::all(&variable);
    let found: Vec<&Folder> = all.iter().filter(|it| it.name == wanted).collect();
    if found.is_empty() {
        return Err(Failure::usage(format!("mbuild has made no toolchain `{wanted}`"))
            .with_help("`mbuild toolchain list` lists those it has made"));
    }
    for folder in found {
        let shown = folder.path.display();
        folder
            .remove()
            .map_err(|error| Failure::system(format_args!("cannot remove `{shown}`"), &error))?;
        session.printer.note(format_args!("removed {shown}"));
    }
    Ok(())
}
