//! The step that installs a package of a tree into its private prefix, for others of the tree.

use std::path::Path;

use mbuild_frontends::configure::{Configuration, Request};
use mbuild_frontends::install::Job;
use mbuild_frontends::own_build::prefix::{hidden, options};

use crate::commands::install::own::staged;
use crate::commands::install::refused;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::package::Package;
use crate::session::Session;
use crate::surroundings::{current_folder, own_program, variable};
use crate::targets;

/// Installs `name`, which is built, and leaves in `output` what is there.
pub(super) fn run(
    target: &str,
    name: &str,
    output: &Path,
    session: &mut Session<'_>,
) -> Result<Exit> {
    let root = current_folder()?;
    let target = targets::find(Some(target))?;
    let configuration = Configuration::load(&root, target.directory())
        .map_err(|stale| Failure::wrong(stale.to_string()))?;
    let whole = Package { root: root.clone(), target: target.clone(), configuration };
    let own = |word: &str| if word == "OCAMLFIND_DESTDIR" { hidden(word) } else { variable(word) };
    let request = Request {
        root: &root,
        target: &target,
        choices: None,
        mbuild: &own_program()?,
        variable: &own,
    };
    let parts = whole.parts(&[name.to_owned()])?;
    let Some((at, package)) = parts.into_iter().next() else {
        return Err(Failure::wrong(format!("there is no package `{name}`")));
    };
    let prefix = whole.configuration.members.get(at).and_then(|member| member.prefix.clone());
    let Some(prefix) = prefix else {
        return Err(Failure::wrong(format!("package `{name}` is in no tree")));
    };
    let mut jobs = Job::read(&request, &options(&root.join(&prefix.folder))).map_err(refused)?;
    if at >= jobs.len() {
        return Err(Failure::wrong(format!("package `{name}` is not there any more")));
    }
    let mut job = jobs.swap_remove(at);
    // What is in there is no installation of the user's.
    job.build_dir = root.join(&prefix.own);
    let mut plan = match &package.configuration.own_build {
        Some(own) if own.installs => {
            // The one that its commands had while they built.
            let home = job.build_dir.join("home");
            std::fs::create_dir_all(&home).map_err(|error| {
                Failure::system(format_args!("cannot make `{}`", home.display()), &error)
            })?;
            job.remove_direct(true).map_err(refused)?;
            staged(&package, &job, &[("HOME".into(), home.into())], session)?
        }
        _ => job.plan().map_err(refused)?,
    };
    let items = std::mem::take(&mut plan.items).into_iter();
    plan.items = items.flat_map(|item| prefix.places(&root, &job.folders, item)).collect();
    if plan.items.is_empty() {
        let message = format!(
            "package `{name}` has nothing for those of the tree that need it: its commands install nothing, or heed no `DESTDIR`"
        );
        let help = "have them install below `$DESTDIR`, or build and install the package by itself first and leave it out of the tree";
        return Err(Failure::new(Exit::Failed, message).with_help(help));
    }
    job.place(&plan, true).map_err(refused)?;
    let text = plan.listing(&root).map_err(refused)?;
    std::fs::write(output, text).map_err(|error| {
        Failure::system(format_args!("cannot write `{}`", output.display()), &error)
    })?;
    Ok(Exit::Success)
}
