//! `mbuild internal`: steps that generated rule files call.

mod prefix;

use std::path::Path;

use mbuild_frontends::image::{self, ImageError};
use mbuild_frontends::mirari::store;
use mbuild_frontends::ocaml::dyndep;
use mbuild_frontends::own_build;
use mbuild_frontends::own_build::prefix::PREFIX;

use crate::args::other::InternalArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::fence;
use crate::session::Session;

/// Runs one step.
pub(crate) fn run(args: &InternalArgs, session: &mut Session<'_>) -> Result<Exit> {
    match args.arguments.as_slice() {
        [step, file] if step == "ocaml-dyndep" => {
            let warnings = dyndep::run(Path::new(file))
                .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
            for warning in warnings {
                session.printer.warning(warning);
            }
            Ok(Exit::Success)
        }
        [step, words @ ..] if step == store::STEP => {
            store::run(words).map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
            Ok(Exit::Success)
        }
        [step, words @ ..] if step == own_build::BUILD || step == own_build::TREE => {
            own_build::run(&step.to_string_lossy(), words)
                .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
            Ok(Exit::Success)
        }
        [step, target, package, output] if step == PREFIX => {
            let [target, package] = [target, package].map(|word| word.to_string_lossy());
            prefix::run(&target, &package, Path::new(output), session)
        }
        [step, folder, words @ ..] if step == fence::STEP => fence::run(Path::new(folder), words),
        [step, file] if step == "initramfs" => made(image::initramfs::run(Path::new(file))),
        [step, file] if step == "image" => made(image::disk::run(Path::new(file))),
        _ => Err(Failure::usage("unknown internal step")
            .with_help("another version of mbuild wrote the rule file: `mbuild configure`")),
    }
}

fn made(result: std::result::Result<(), ImageError>) -> Result<Exit> {
    result.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    Ok(Exit::Success)
}
