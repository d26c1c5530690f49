//! Whole processes of mbuild and of Ninja, timed in turns and compared by their medians.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::{Project, program};

/// A build tool and how it is called.
pub struct Tool {
    program: PathBuf,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Tool {
    /// mbuild in Ninja's place.
    pub fn mbuild(jobs: usize) -> Self {
        Self::new(program::mbuild(), &["ninja", "--quiet"], jobs)
    }

    /// The reference.
    pub fn ninja(jobs: usize) -> Self {
        Self::new(program::reference_ninja(), &["--quiet"], jobs)
    }

    /// Another program that takes Ninja's rule files and its `-j`.
    pub fn other(program: &Path, jobs: usize) -> Self {
        Self::new(program, &[], jobs)
    }

    fn new(program: &Path, arguments: &[&str], jobs: usize) -> Self {
        let jobs = jobs.to_string();
        let words = [arguments, &["-j", &jobs]].concat();
        let arguments = words.into_iter().map(str::to_owned).collect();
        Self { program: program.to_owned(), arguments, variables: Vec::new() }
    }

    /// The same with a variable set.
    #[must_use]
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with more words on its command line.
    #[must_use]
    pub fn with_arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|&word| word.to_owned()));
        self
    }

    /// Builds the defaults, unless the arguments say something else; how long that took.
    pub fn time(&self, project: &Project) -> Duration {
        self.measure(project).0
    }

    /// Builds the defaults; how long that took, and the bytes of memory it had at its peak, or one of its
    /// commands had.
    pub fn measure(&self, project: &Project) -> (Duration, u64) {
        let mut command = project.program(&self.program);
        command.arguments(&self.arguments).env_remove("MBUILD_EVENTS");
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        let start = Instant::now();
        let ended = command.measure();
        let time = start.elapsed();
        assert!(ended.status.success(), "{}", self.program.display());
        (time, ended.rusage.maxrss)
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
        Self::head_beside("ninja");
    }

    /// The same when mbuild is compared with another program.
    pub fn head_beside(other: &str) {
        println!("{:12} {:>10} {other:>10} {:>7}", "", "mbuild", "ratio");
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
