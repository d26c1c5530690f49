//! `-t restat`: the outputs that are there count as made now; build generators call it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use mbuild_engine::ninja_log;
use mbuild_engine::session::hold;

use crate::ninja::arguments::Arguments;
use crate::ninja::getopt::{Options, Reader};
use crate::ninja::messages::Streams;

const OPTIONS: Options =
    Options { short: "h", long: &[("help", false, 'h'), ("builddir", true, 'b')] };

const USAGE: &str = "usage: ninja -t restat [outputs]\n";

/// Gives the log the time stamps of the outputs; the next build takes over what it says.
pub(super) fn run(streams: &mut Streams<'_>, arguments: &Arguments) -> u8 {
    let mut reader = Reader::new("restat", &OPTIONS, &arguments.rest);
    let mut builddir = Vec::new();
    while let Some(option) = reader.next() {
        match option {
            Ok(('b', value)) => builddir = value,
            Ok(_) => {
                streams.bytes(USAGE.as_bytes());
                return 1;
            }
            Err(error) => {
                let _ = writeln!(streams.err, "{error}");
                streams.bytes(USAGE.as_bytes());
                return 1;
            }
        }
    }
    let outputs = reader.operands();
    // A build that is under way would add to a log that is about to be replaced.
    let state_dir = Path::new(OsStr::from_bytes(&builddir)).join(".mbuild");
    let _held = match hold(&state_dir, &["ninja -t restat".to_owned()], streams) {
        Ok(held) => held,
        Err(error) => return streams.error(error),
    };
    let tell = &mut |text: &str| {
        streams.warning(text);
    };
    match ninja_log::restat(Path::new("."), &builddir, &outputs, tell) {
        Ok(()) => 0,
        Err(message) => streams.error(message),
    }
}
