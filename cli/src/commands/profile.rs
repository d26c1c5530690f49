//! `mbuild profile`: where the time of a past build went.

use crate::args::history::{ProfileArgs, ProfileFormat};
use crate::draw::{file, profile_svg, trace};
use crate::exit::Exit;
use crate::failure::Result;
use crate::looking::Looking;
use crate::past;
use crate::session::Session;

/// Draws one build.
pub(crate) fn run(args: &ProfileArgs, session: &mut Session<'_>) -> Result<Exit> {
    let looking = Looking::open(args.target.as_deref(), session)?;
    let loaded = looking.load(session)?;
    let timeline = loaded.timeline(past::find(&loaded, args.build)?);
    let text = match args.format {
        ProfileFormat::Svg => profile_svg::render(&timeline),
        ProfileFormat::Chrome => trace::render(&timeline),
    };
    file::write(&text, args.output.as_deref(), session)?;
    Ok(Exit::Success)
}
