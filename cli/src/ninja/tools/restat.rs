//! `-t restat`: nothing to do, for time stamps decide nothing; build generators call it.

use crate::ninja::arguments::Arguments;
use crate::ninja::getopt::{Options, Reader};
use crate::ninja::messages::Streams;

const OPTIONS: Options =
    Options { short: "h", long: &[("help", false, 'h'), ("builddir", true, 'b')] };

const USAGE: &str = "usage: ninja -t restat [outputs]\n";

/// Succeeds when the flags are right.
pub(super) fn run(streams: &mut Streams<'_>, arguments: &Arguments) -> u8 {
    let mut reader = Reader::new("restat", &OPTIONS, &arguments.rest);
    while let Some(option) = reader.next() {
        match option {
            Ok(('b', _)) => {}
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
    0
}
