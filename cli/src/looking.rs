//! Looking at a build directory without building: what `explain`, `query`, `graph`, `log` and `profile`
//! begin with.

use mbuild_engine::Loaded;
use mbuild_engine::event::{Event, Sink};
use mbuild_engine::settings::Settings;

use crate::args::build::BuildFlags;
use crate::building::{self, Rules};
use crate::configuring::Purpose;
use crate::failure::Result;
use crate::project::Project;
use crate::session::Session;

/// A project that is looked at.
pub(crate) struct Looking {
    /// What it is.
    pub(crate) project: Project,
    /// Its rule file.
    pub(crate) rules: Rules,
    /// What the engine is told.
    pub(crate) settings: Settings,
}

impl Looking {
    /// The project in the current folder.
    pub(crate) fn open(target: Option<&str>, session: &mut Session<'_>) -> Result<Self> {
        let project = Project::open(Purpose::Look(target), session)?;
        let rules = project.rules();
        let command_line = session.command_line.clone();
        let settings = building::engine_settings(&rules, &BuildFlags::default(), command_line)?;
        Ok(Self { project, rules, settings })
    }

    /// Its rule files with the dyndep files that are in place, and its state.
    pub(crate) fn load(&self, session: &mut Session<'_>) -> Result<Loaded> {
        let mut warnings = Warnings::default();
        let loaded = mbuild_engine::load(&self.settings, &mut warnings);
        warnings.say(session);
        let mut loaded = loaded.map_err(|error| self.explained(error))?;
        loaded.load_present_dyndeps();
        Ok(loaded)
    }

    /// The engine's errors as users know things.
    pub(crate) fn explained(&self, error: mbuild_engine::Error) -> crate::failure::Failure {
        building::explained(error, &self.rules)
    }
}

/// Keeps what there is to warn of.
#[derive(Default)]
pub(crate) struct Warnings(Vec<String>);

impl Sink for Warnings {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Warning { message } = event {
            self.0.push(message.clone());
        }
    }
}

impl Warnings {
    /// Says them.
    pub(crate) fn say(self, session: &mut Session<'_>) {
        for warning in self.0 {
            session.printer.warning(warning);
        }
    }
}
