//! `mbuild describe`: the package as mbuild understands its manifest.

use mbuild_frontends::configure::{Reading, Request, read};
use mbuild_frontends::describe::{Description, Json, Text};

use crate::args::manifest::DescribeArgs;
use crate::exit::Exit;
use crate::failure::Result;
use crate::session::Session;
use crate::surroundings;
use crate::targets;
use crate::{configuring, project};

/// Describes.
pub(crate) fn run(args: &DescribeArgs, session: &mut Session<'_>) -> Result<Exit> {
    let reading = reading(args.target.as_deref(), args.frontend.as_deref())?;
    for warning in &reading.warnings {
        session.printer.warning(warning);
    }
    let manifests = reading.manifests();
    let (package, format) = (&reading.package, reading.format.as_str());
    let description = Description { package, format, manifests: &manifests };
    if args.json {
        session.printer.result(Json(description))?;
    } else {
        session.printer.result(Text(description))?;
    }
    Ok(Exit::Success)
}

/// What the manifest in the current folder says, as it was configured last; `frontend` chooses another
/// manifest.
fn reading(target: Option<&str>, frontend: Option<&str>) -> Result<Reading> {
    let target = targets::find(target)?;
    let root = surroundings::current_folder()?;
    if !project::has_manifest(&root) {
        return Err(project::nothing_here(&root, false));
    }
    let mut request = Request {
        root: &root,
        target: &target,
        choices: None,
        mbuild: &surroundings::own_program()?,
        variable: &surroundings::variable,
    };
    if let Some(name) = frontend {
        let mut choices = request.choices();
        choices.frontend = Some(name.to_owned());
        request.choices = Some(choices);
    }
    read(&request).map_err(|error| configuring::explained(&error))
}
