//! Waiting for a build or an installation that is under way, before its folder is changed from outside.

use std::path::Path;

use mbuild_engine::Error;
use mbuild_engine::event::{Event, Sink};
use mbuild_engine::lock::{Held, HeldFolders, hold_folders};
use mbuild_engine::session;
use mbuild_frontends::install::Job;

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::printer::Printer;
use crate::session::Session;

/// Waits until nobody builds with the state in `dir`, and keeps others waiting until what it returns is
/// dropped.
pub(crate) fn hold(dir: &Path, session: &mut Session<'_>) -> Result<Held> {
    let mut watch = Watch::new(session.printer, "builds");
    session::hold(dir, &session.command_line, &mut watch).map_err(|error| refused(&error))
}

/// Waits until nobody installs or uninstalls where a job does, and keeps others waiting, but for those that commands
/// of this process start.
pub(crate) fn hold_places(job: &Job, session: &mut Session<'_>) -> Result<HeldFolders> {
    let mut watch = Watch::new(session.printer, "installs");
    hold_folders(&job.changes(), &mut watch).map_err(|error| refused(&error))
}

fn refused(error: &Error) -> Failure {
    match error {
        Error::Interrupted => Failure::silent(Exit::Interrupted),
        other => Failure::new(Exit::System, other.to_string()),
    }
}

/// Says what happens before a folder is changed: whom it waits for, and what is damaged.
pub(crate) struct Watch<'a> {
    printer: &'a mut Printer,
    /// What the other one does.
    does: &'static str,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(printer: &'a mut Printer, does: &'static str) -> Self {
        Self { printer, does }
    }
}

impl Sink for Watch<'_> {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Waiting { pid, .. } => {
                let who = pid.map_or("another mbuild".to_owned(), |pid| format!("process {pid}"));
                let does = self.does;
                self.printer
                    .warning(format_args!("waiting for the lock held by {who}, which {does} here"));
            }
            Event::Warning { message } => self.printer.warning(message),
            _ => {}
        }
    }
}
