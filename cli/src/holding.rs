//! Waiting for a build that is under way, before its folder is changed from outside.

use std::path::Path;

use mbuild_engine::Error;
use mbuild_engine::event::{Event, Sink};
use mbuild_engine::session::{self, Held};

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::printer::Printer;
use crate::session::Session;

/// Waits until nobody builds with the state in `dir`, and keeps others waiting until what it returns is
/// dropped.
pub(crate) fn hold(dir: &Path, session: &mut Session<'_>) -> Result<Held> {
    let held = session::hold(dir, &session.command_line, &mut Watch(session.printer));
    held.map_err(|error| match error {
        Error::Interrupted => Failure::silent(Exit::Interrupted),
        other => Failure::new(Exit::System, other.to_string()),
    })
}

/// Says what happens before a folder is changed: whom it waits for, and what is damaged.
pub(crate) struct Watch<'a>(pub(crate) &'a mut Printer);

impl Sink for Watch<'_> {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Waiting { pid, .. } => {
                let who = pid.map_or("another mbuild".to_owned(), |pid| format!("process {pid}"));
                self.0.warning(format_args!("waiting for {who}, which builds here"));
            }
            Event::Warning { message } => self.0.warning(message),
            _ => {}
        }
    }
}
