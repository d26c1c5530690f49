//! Where a picture goes: stdout or a file.

use std::io::Write;
use std::path::Path;

use crate::failure::{Failure, Result};
use crate::session::Session;

/// Writes a text to `path`, or to stdout.
pub(crate) fn write(text: &str, path: Option<&Path>, session: &mut Session<'_>) -> Result<()> {
    let Some(path) = path.filter(|path| *path != Path::new("-")) else {
        session.printer.bytes(text.as_bytes())?;
        return Ok(());
    };
    let refused = |error: &std::io::Error| {
        Failure::system(format_args!("cannot write `{}`", path.display()), error)
    };
    let file = std::fs::File::create(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| refused(&error))?;
    session.printer.note(format_args!("wrote {}", path.display()));
    Ok(())
}
