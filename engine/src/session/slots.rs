//! The jobserver of an invocation: opened when the first command is to start, and kept to the end.

use std::cell::OnceCell;
use std::ffi::{OsStr, OsString};
use std::io;

use crate::error::reason;
use crate::event::Event;
use crate::jobserver::{Auth, Client, Jobserver, Server};
use crate::settings::{Environment, Settings};

use super::report::Reporter;

/// Where the slots of commands come from.
pub(super) struct Slots<'a> {
    settings: &'a Settings,
    opened: OnceCell<Option<Opened>>,
}

/// A jobserver that this build takes part in.
pub(super) struct Opened {
    pub(super) client: Client,
    /// What commands get as `MAKEFLAGS`; `None` when they inherit what is right.
    pub(super) make_flags: Option<OsString>,
    /// Ours, when it is; it ends with the build.
    _server: Option<Server>,
}

impl<'a> Slots<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        Self { settings, opened: OnceCell::new() }
    }

    /// The jobserver; `None` when there is none, or it cannot be used, which is told once.
    pub(super) fn open(&self, reporter: &mut Reporter<'_>) -> Option<&Opened> {
        let open = || match &self.settings.jobserver {
            Jobserver::None => None,
            Jobserver::Client(auth) => {
                told(self.join(auth), "the jobserver of MAKEFLAGS", reporter)
            }
            Jobserver::Server(style) => {
                // Without a limit there is nothing to share.
                let jobs = self.settings.jobs?;
                let started = Server::start(*style, jobs).map(|(server, client)| {
                    let make_flags = Some(server.make_flags(&self.flags_of_others()));
                    Opened { client, make_flags, _server: Some(server) }
                });
                told(started, "a jobserver", reporter)
            }
        };
        self.opened.get_or_init(open).as_ref()
    }

    /// The jobserver, once it is open.
    pub(super) fn opened(&self) -> Option<&Opened> {
        self.opened.get()?.as_ref()
    }

    fn join(&self, auth: &Auth) -> io::Result<Opened> {
        let client = Client::open(auth)?;
        // The other things that MAKEFLAGS says are no business of commands that see a chosen environment.
        let make_flags = match self.settings.environment {
            Environment::Minimal => Some(auth.make_flags(None, OsStr::new(""))),
            Environment::Inherit => None,
        };
        Ok(Opened { client, make_flags, _server: None })
    }

    fn flags_of_others(&self) -> OsString {
        match self.settings.environment {
            Environment::Minimal => OsString::new(),
            Environment::Inherit => std::env::var_os("MAKEFLAGS").unwrap_or_default(),
        }
    }
}

fn told(opened: io::Result<Opened>, what: &str, reporter: &mut Reporter<'_>) -> Option<Opened> {
    opened
        .map_err(|error| {
            let message = format!("building without {what}: {}", reason(&error));
            reporter.event(&Event::Warning { message });
        })
        .ok()
}
