//! What every command works with: the common flags, the command line and the printer.

use crate::args::global::GlobalArgs;
use crate::printer::Printer;

/// What a command works with, beside its own arguments.
pub(crate) struct Session<'a> {
    /// Flags of every command.
    pub(crate) global: GlobalArgs,
    /// The command line, for records.
    pub(crate) command_line: Vec<String>,
    /// Where to say things.
    pub(crate) printer: &'a mut Printer,
}
