//! `mbuild describe`: what the package is, whatever its manifest is written in.

use mbuild_frontends::choices::Choices;
use mbuild_frontends::configure::Reading;
use mbuild_frontends::describe::describe;

use crate::args::package::DescribeArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::session::Session;
use crate::{configuring, project};

/// Prints it; what was chosen when configuring holds, unless another format is asked for.
pub(crate) fn run(args: &DescribeArgs, session: &mut Session<'_>) -> Result<Exit> {
    let choices = args.frontend.as_ref().map(|name| {
        let frontend = Some(name.clone());
        Choices { frontend, ..Choices::default() }
    });
    let target = project::target(None)?;
    let Reading { package, format, manifests, warnings, .. } =
        configuring::reading(&project::current_folder()?, &target, choices)?;
    for warning in warnings {
        session.printer.warning(warning);
    }
    let value = describe(&package, format, &manifests);
    if args.json {
        let json = serde_json::to_string(&value)
            .map_err(|error| Failure::system("cannot write the output", &error.into()))?;
        session.printer.result(json)?;
    } else {
        session.printer.result(value)?;
    }
    Ok(Exit::Success)
}
