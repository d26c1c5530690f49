//! Whole processes of mbuild and of Ninja, timed in turns and compared by their medians.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::{Project, program};

/// A build tool and how it is called.
pub struct Tool {
    program: &'static Path,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Tool {
    /// mbuild in Ninja's place.
    pub fn mbuild(jobs: usize) -> Self {
        Self::new(program::mbuild(), &["ninja"], jobs)
    }

    /// The reference.
    pub fn ninja(jobs: usize) -> Self {
        Self::new(program::reference_ninja(), &[], jobs)
    }

    fn new(program: &'static Path, arguments: &[&str], jobs: usize) -> Self {
        let jobs = jobs.to_string();
        let words = [arguments, &["--quiet", "-j", &jobs]].concat();
        let arguments = words.into_iter().map(str::to_owned).collect();
        Self { program, arguments, variables: Vec::new() }
    }

    /// The same with a variable set.
    #[must_use]
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Builds the defaults; how long that took.
    pub fn time(&self, project: &Project) -> Duration {
        let mut command = project.program(self.program);
        command.arguments(&self.arguments).env_remove("MBUILD_EVENTS");
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        let start = Instant::now();
        let status = command.start().wait().expect("it ends");
        let time = start.elapsed();
        assert!(status.success(), "{}", self.program.display());
        time
    }
}

/// Times of mbuild and of Ninja.
#[derive(Default)]
pub struct Pair {
    /// Those of mbuild, then those of Ninja.
    pub times: [Vec<Duration>; 2],
}

impl Pair {
    /// The line above those of [`Pair::report`].
    pub fn head() {
        println!("{:12} {:>10} {:>10} {:>7}", "", "mbuild", "ninja", "ratio");
    }

    /// One line with both medians and their ratio.
    pub fn report(&mut self, what: &str) {
        let [ours, theirs] = &mut self.times;
        let (ours, theirs) = (median(ours), median(theirs));
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        println!("{what:12} {:>10} {:>10} {ratio:>7.2}", show(ours), show(theirs));
    }
}

/// The one in the middle.
pub fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// In milliseconds.
pub fn show(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1000.0)
}
