//! A build directory in a temporary folder, and what happened in the last build of it.

use std::fs;
use std::path::PathBuf;

use mbuild_engine::event::{Event, Outcome, Reason, Sink, Summary};
use mbuild_engine::settings::{Check, Environment, MissingOutput, Settings};
use mbuild_engine::{Error, build};

/// Rules that most tests use.
pub(crate) const RULES: &str = "\
rule cat
  command = cat $in > $out
rule touch
  command = touch $out
rule fail
  command = false $out
";

/// A build directory.
pub(crate) struct Space {
    dir: tempfile::TempDir,
    /// How the next build is done.
    pub(crate) settings: Settings,
}

/// What happened in one build.
#[derive(Default)]
pub(crate) struct Happened {
    /// The outputs of the actions that ended, in this order, `!` before those that failed.
    pub(crate) ran: Vec<String>,
    /// Why each ran.
    pub(crate) reasons: Vec<(String, Vec<Reason>)>,
    /// Those that turned out to be up to date.
    pub(crate) cut_off: Vec<String>,
    /// All totals that were said.
    pub(crate) planned: Vec<usize>,
    /// All warnings.
    pub(crate) warnings: Vec<String>,
    /// What was repaired.
    pub(crate) repaired: Vec<String>,
    /// What commands printed.
    pub(crate) output: String,
    /// The numbers.
    pub(crate) summary: Summary,
}

impl Sink for Happened {
    fn event(&mut self, event: &Event<'_>) {
        let name = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match event {
            Event::Planned { total } => self.planned.push(*total),
            Event::Warning { message } => self.warnings.push(message.clone()),
            Event::Repaired { detail, .. } => self.repaired.push(detail.clone()),
            Event::Started { action, reasons, .. } => {
                self.reasons.push((name(action.output), reasons.to_vec()));
            }
            Event::Finished { action, outcome, output, .. } => {
                let mark = match outcome {
                    Outcome::Ran | Outcome::WouldRun => "",
                    Outcome::Restored => "+",
                    Outcome::Failed { .. } => "!",
                    Outcome::Interrupted => "^",
                };
                self.ran.push(format!("{mark}{}", name(action.output)));
                self.output.push_str(&name(output));
            }
            Event::CutOff { action } => self.cut_off.push(name(action.output)),
            Event::Ended { summary } => self.summary = summary.clone(),
            Event::LoadingDyndep { .. } | Event::Waiting { .. } | Event::Regenerated { .. } => {}
        }
    }
}

impl Happened {
    /// Why `output` ran.
    pub(crate) fn why(&self, output: &str) -> &[Reason] {
        let found = self.reasons.iter().find(|(name, _)| name == output);
        found.map_or(&[], |(_, reasons)| reasons)
    }
}

impl Space {
    /// A folder with this rule file.
    pub(crate) fn new(rules: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings {
            check: Some(Check::Digest),
            environment: Environment::Inherit,
            missing_output: MissingOutput::Warn,
            command_line: vec!["test".to_owned()],
            ..Settings::new(dir.path())
        };
        let space = Self { dir, settings };
        space.rules(rules);
        space
    }

    /// Writes the rule file anew.
    pub(crate) fn rules(&self, rules: &str) {
        self.write("build.ninja", &format!("{RULES}{rules}"));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).unwrap();
        }
        fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// Gives a file another time stamp and nothing else.
    pub(crate) fn touch(&self, name: &str) {
        let file = fs::File::options().append(true).open(self.path(name)).unwrap();
        file.set_modified(std::time::SystemTime::now()).unwrap();
    }

    /// Builds, whatever comes of it.
    pub(crate) fn try_build(&self, goals: &[&str]) -> Result<Happened, Error> {
        let goals: Vec<Vec<u8>> = goals.iter().map(|goal| goal.as_bytes().to_vec()).collect();
        let mut happened = Happened::default();
        build(&self.settings, &goals, &mut happened)?;
        Ok(happened)
    }

    /// Builds; there must be something to build by.
    pub(crate) fn build(&self, goals: &[&str]) -> Happened {
        self.try_build(goals).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Builds and gives the outputs of what ran.
    pub(crate) fn ran(&self, goals: &[&str]) -> Vec<String> {
        self.build(goals).ran
    }

    /// As [`Space::ran`], sorted: how long commands took last time decides about their order.
    pub(crate) fn ran_sorted(&self, goals: &[&str]) -> Vec<String> {
        let mut ran = self.ran(goals);
        ran.sort();
        ran
    }

    /// Builds, and what stops it.
    pub(crate) fn error(&self, goals: &[&str]) -> String {
        match self.try_build(goals) {
            Ok(_) => panic!("the build was not stopped"),
            Err(error) => error.to_string(),
        }
    }
}
