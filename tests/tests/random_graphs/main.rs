//! Random graphs, random changes: after each change the outputs are what Ninja makes of the same files, a
//! second build has nothing to do, and every now and then all is compared with a build from nothing.
//!
//! `MBUILD_TEST_CHANGES` says how many changes; `MBUILD_TEST_SEED` repeats a run.

mod change;
mod model;
mod rules;

use std::time::{Duration, Instant};

use mbuild_tests::random::Random;
use mbuild_tests::{Project, Space, tree};

use model::Model;

/// How many changes there are when nobody says.
const CHANGES: u64 = 120;
/// After how many of them there is another graph.
const CHANGES_OF_A_GRAPH: u64 = 25;
/// After how many of them Ninja builds from nothing.
const CLEAN: u64 = 10;
/// Longer than a tick of any clock that Ninja compares.
const TICK: Duration = Duration::from_millis(12);

/// One graph in the folder that mbuild builds and in the one that Ninja builds.
struct Pair<'a> {
    space: &'a Space,
    model: Model,
    project: Project<'a>,
    reference: Project<'a>,
    /// What happened so far, for messages.
    history: Vec<String>,
}

impl<'a> Pair<'a> {
    fn new(space: &'a Space, random: &mut Random) -> Self {
        let model = Model::new(random);
        let (project, reference) = (space.project("graph"), space.project("reference"));
        for (name, text) in model.files() {
            project.write(&name, text);
        }
        Self { space, model, project, reference, history: Vec::new() }
    }

    fn after(&self) -> String {
        format!("after {}", self.history.join(", then "))
    }

    /// Ninja makes the same outputs from the same files, `clean` from nothing. It goes by time stamps, so its
    /// files are only written when they are other ones, and after what was built from them.
    fn build_reference(&self, clean: bool) -> tree::Tree {
        if clean {
            self.space.empty("reference");
        }
        std::thread::sleep(TICK);
        let files = self.model.files();
        for (name, text) in &files {
            let old = std::fs::read(self.reference.path(name));
            if !old.is_ok_and(|old| old == text.as_bytes()) {
                self.reference.write(name, text);
            }
        }
        self.reference.reference_ninja(&["-k", "0"]).ok();
        let mut outputs = tree::read(self.reference.dir(), |name| {
            name.contains('/') && !name.ends_with(".d") && !name.starts_with('.')
        });
        // What nobody makes any more is left where it is.
        outputs.retain(|name, _| self.model.makes(name));
        outputs
    }

    /// mbuild builds these goals: what they need is as it should be, and a second build has nothing to do.
    fn check(&self, project: &Project<'_>, goals: &[String], reference: &tree::Tree) {
        let mut arguments = vec!["ninja"];
        arguments.extend(goals.iter().map(String::as_str));
        let built = project.mbuild(&arguments).run();
        assert_eq!(built.code, 0, "{}\n{}", built.said(), self.after());
        let wanted = self.model.outputs_of(goals);
        for (name, bytes) in reference.iter().filter(|(name, _)| wanted.contains(*name)) {
            let is = std::fs::read(project.path(name)).unwrap_or_default();
            if is != *bytes {
                let clean = self.build_reference(true);
                let expected = String::from_utf8_lossy(&clean[name]).into_owned();
                let what =
                    if clean[name] == is { "as a clean build and not as Ninja's" } else { "wrong" };
                panic!(
                    "`{name}` is {what}: {:?} for {expected:?}\nran: {:?}\ngoals: {goals:?}\n{}\n{}",
                    String::from_utf8_lossy(&is),
                    built.ran(),
                    self.after(),
                    self.model.rules(),
                );
            }
        }
        let again = project.mbuild(&arguments).ok();
        let ran: Vec<String> =
            again.ran().into_iter().filter(|name| !self.model.runs_always(name)).collect();
        assert_eq!(ran, [""; 0], "{:?}\ngoals: {goals:?}\n{}", again.reasons(), self.after());
        assert_eq!(again.restored(), [""; 0], "{:?}\n{}", again.reasons(), self.after());
    }

    /// Somebody edits sources while mbuild is at work; how that build ends is all one.
    fn edit_during_a_build(&mut self, random: &mut Random) {
        let mut invocation = self.project.mbuild(&["ninja"]);
        let mut build = invocation.start();
        let mut edits = Vec::new();
        for _ in 0..=random.below(3) {
            std::thread::sleep(Duration::from_micros(random.below(40_000)));
            edits.push(self.model.edit(random, &self.project));
        }
        build.wait().expect("it ends");
        self.history.push(format!("during a build {}", edits.join(" and ")));
    }

    /// A second checkout takes from the store what the first has put there.
    fn check_second_checkout(&self, reference: &tree::Tree) {
        let second = self.space.empty("second");
        for (name, text) in self.model.files() {
            second.write(&name, text);
        }
        self.check(&second, &[], reference);
    }
}

#[test]
fn any_change_ends_as_a_clean_build_and_as_with_ninja() {
    let given = std::env::var("MBUILD_TEST_CHANGES").ok();
    let changes = given.map_or(CHANGES, |given| given.parse().expect("a number of changes"));
    let mut random = Random::new();
    let began = Instant::now();
    for done in 0..changes.div_ceil(CHANGES_OF_A_GRAPH) {
        let space = Space::new();
        let mut pair = Pair::new(&space, &mut random);
        let reference = pair.build_reference(true);
        pair.check(&pair.project, &[], &reference);
        let first = done * CHANGES_OF_A_GRAPH;
        for at in first..changes.min(first + CHANGES_OF_A_GRAPH) {
            let what = pair.model.change(&mut random, &pair.project);
            pair.history.push(what);
            if random.below(4) == 0 {
                pair.edit_during_a_build(&mut random);
            }
            let reference = pair.build_reference(at % CLEAN == 0);
            if random.below(3) == 0 {
                let goals = pair.model.some_goals(&mut random);
                pair.check(&pair.project, &goals, &reference);
            }
            pair.check(&pair.project, &[], &reference);
            if random.below(12) == 0 {
                pair.check_second_checkout(&reference);
            }
        }
    }
    println!("{changes} changes in {} s", began.elapsed().as_secs());
}
