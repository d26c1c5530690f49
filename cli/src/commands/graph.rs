//! `mbuild graph`: draws what goals need.

use mbuild_engine::query::links::Links;
use mbuild_engine::query::walk::Follow;

use crate::args::graph::{GraphArgs, GraphFormat};
use crate::draw::nodes::Drawing;
use crate::draw::{dot, file, graph_svg};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::looking::Looking;
use crate::session::Session;

/// Draws.
pub(crate) fn run(args: &GraphArgs, session: &mut Session<'_>) -> Result<Exit> {
    let looking = Looking::open(args.target.as_deref(), session)?;
    let loaded = looking.load(session)?;
    let links = Links::new(&loaded);
    let explained = |error| looking.explained(error);
    let words = looking.project.goals(&args.goals)?;
    let goals = if words.is_empty() { loaded.resolve(&[]) } else { links.find(&words) }
        .map_err(explained)?;
    let kinds = args.kinds.or_all();
    let follow = Follow { kinds: &kinds, depth: args.depth };
    let drawing = Drawing::new(&links, &goals, follow, !args.no_sources);
    let text = match args.format {
        GraphFormat::Dot => dot::render(&drawing),
        GraphFormat::Svg => graph_svg::render(&drawing).map_err(|size| {
            Failure::usage(format!("{size} are too many for a picture")).with_help(
                "name a goal, or narrow it: `--no-sources`, `--depth 2`, `--kind explicit`; or write \
                 dot, which has no limit",
            )
        })?,
    };
    file::write(&text, args.output.as_deref(), session)?;
    Ok(Exit::Success)
}
