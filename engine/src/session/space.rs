//! A folder to build in, and the graph that most tests of snapshots build there.

use std::fs;
use std::path::{Path, PathBuf};

use super::snapshot::{Answer, consult};
use crate::event::{Event, Sink, Summary};
use crate::loaded::Hold;
use crate::settings::{Environment, MissingOutput, Settings};

pub(super) const RULES: &str = "\
rule cc
  command = cat $in h > $out && printf '$out: h\\n' > $out.d
  depfile = $out.d
  deps = gcc
rule cat
  command = cat $in > $out
build a.o: cc a.c
build b.o: cc b.c
build all: cat a.o b.o
build other: cat b.c
default all
";

#[derive(Default)]
pub(super) struct Notes(pub(super) Vec<String>);

impl Sink for Notes {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Repaired { detail, .. } = event {
            self.0.push(detail.clone());
        }
    }
}

pub(super) struct Space {
    dir: tempfile::TempDir,
    pub(super) settings: Settings,
}

impl Space {
    pub(super) fn new(rules: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in
            [("a.c", "a"), ("b.c", "b"), ("h", "h"), ("h.in", "h"), ("build.ninja", rules)]
        {
            fs::write(dir.path().join(name), content).unwrap();
        }
        let settings = Settings {
            jobs: Some(2),
            environment: Environment::Inherit,
            missing_output: MissingOutput::Warn,
            ..Settings::new(dir.path())
        };
        Self { dir, settings }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(super) fn build(&self, goals: &[&str]) -> Summary {
        let goals: Vec<Vec<u8>> = goals.iter().map(|goal| goal.as_bytes().to_vec()).collect();
        crate::build(&self.settings, &goals, &mut Notes::default()).unwrap()
    }

    /// The number of commands that the goals need, when the snapshot answers for them.
    pub(super) fn answer(&self, goals: &[&str]) -> Option<usize> {
        let goals: Vec<Vec<u8>> = goals.iter().map(|goal| goal.as_bytes().to_vec()).collect();
        let mut lock = |_: &Path, _: &mut dyn Sink| Ok(Hold::Ours { waited: false });
        match consult(&self.settings, &goals, &mut Notes::default(), &mut lock).unwrap() {
            Answer::NothingToDo { actions } => Some(actions),
            Answer::Changed(_) | Answer::Unknown => None,
        }
    }
}
