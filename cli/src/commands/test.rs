//! `mbuild test`: builds and runs the tests.

use std::collections::BTreeSet;

use mbuild_engine::event::{Event, Outcome, Sink};
use mbuild_frontends::configure::{SectionInfo, SectionKind};
use mbuild_frontends::ocaml::ProductKind;
use mbuild_frontends::package::Step;

use crate::args::run::TestArgs;
use crate::configuring::Purpose;
use crate::exit::Exit;
use crate::failure::Result;
use crate::package::Package;
use crate::project::Project;
use crate::report::text::count;
use crate::session::Session;
use crate::{building, hooks};

/// Tests.
pub(crate) fn run(args: &TestArgs, session: &mut Session<'_>) -> Result<Exit> {
    let mut flags = args.flags.clone();
    // Whoever runs tests wants to know of all that fail.
    flags.keep_going.get_or_insert(0);
    let package = Project::package(Purpose::Build(&flags), session)?;
    let tests = package.chosen(SectionKind::Test, &args.names)?;
    if tests.is_empty() {
        if package.configuration.sections(SectionKind::Test).next().is_none() {
            session.printer.note("the package has no tests");
            return Ok(Exit::Success);
        }
        session.printer.note(
            "no test is enabled in this configuration, and so none runs: \
             `mbuild configure --enable tests` enables them",
        );
        return Ok(Exit::Success);
    }
    let goals: Vec<Vec<u8>> = tests.iter().map(|test| test.goal.clone().into_bytes()).collect();
    if !flags.dry_run {
        hooks::run(&package, Step::Test, false, None, session)?;
    }
    let mut verdicts = Verdicts::default();
    let built =
        building::build_and_watch(&package.rules(), &flags, &goals, Some(&mut verdicts), session);
    if flags.dry_run {
        return built.map(|_| Exit::Success);
    }
    if let Err(failure) = &built
        && failure.exit != Exit::Failed
    {
        return built.map(|_| Exit::Success);
    }
    let logs = logs(&package, &tests);
    let all = session.global.verbose;
    for log in logs.iter().filter(|log| all || verdicts.succeeded.contains(*log)) {
        repeat(&package, log, session);
    }
    session.printer.note(verdicts.line(&logs));
    built?;
    hooks::run(&package, Step::Test, true, None, session)?;
    Ok(Exit::Success)
}

/// What each test leaves when it has passed: what it printed.
fn logs(package: &Package, tests: &[&SectionInfo]) -> Vec<String> {
    let configuration = &package.configuration;
    let index = |test: &&SectionInfo| configuration.sections.iter().position(|it| it == *test);
    let product = |index| configuration.product(index, ProductKind::Test);
    let indices = tests.iter().filter_map(index);
    indices.filter_map(product).map(|product| product.path.clone()).collect()
}

/// Shows what a test printed when it passed.
fn repeat(package: &Package, log: &str, session: &mut Session<'_>) {
    // A log that cannot be read says nothing of the test, which has passed.
    let Ok(text) = std::fs::read(package.root.join(log)) else { return };
    let text = String::from_utf8_lossy(&text);
    if !text.trim().is_empty() {
        session.printer.note(text.trim_end());
    }
}

/// What became of the actions of this build.
#[derive(Default)]
struct Verdicts {
    succeeded: BTreeSet<String>,
    failed: BTreeSet<String>,
}

impl Sink for Verdicts {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Finished { action, outcome, .. } = event {
            let output = String::from_utf8_lossy(action.output).into_owned();
            match outcome {
                Outcome::Ran | Outcome::Restored => self.succeeded.insert(output),
                Outcome::Failed { .. } => self.failed.insert(output),
                Outcome::Interrupted | Outcome::WouldRun => false,
            };
        }
    }
}

impl Verdicts {
    /// `3 tests passed`, `of 3 tests, 1 failed and 1 could not run`.
    fn line(&self, products: &[String]) -> String {
        let total = products.len();
        let failed = products.iter().filter(|product| self.failed.contains(*product)).count();
        let others_failed = self.failed.iter().any(|output| !products.contains(output));
        // What neither ran nor failed was up to date, unless something that it needs failed.
        let unknown = products
            .iter()
            .filter(|product| {
                others_failed
                    && !self.failed.contains(*product)
                    && !self.succeeded.contains(*product)
            })
            .count();
        if failed + unknown == 0 {
            return format!("{} passed", count(total, "test"));
        }
        let mut parts = Vec::new();
        for (number, what) in [(failed, "failed"), (unknown, "could not run")] {
            if number > 0 {
                parts.push(format!("{number} {what}"));
            }
        }
        format!("of {}, {}", count(total, "test"), parts.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(succeeded: &[&str], failed: &[&str]) -> String {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let verdicts = Verdicts { succeeded: set(succeeded), failed: set(failed) };
        verdicts.line(&["a".to_owned(), "b".to_owned(), "c".to_owned()])
    }

    #[test]
    fn every_test_is_counted() {
        assert_eq!(line(&["a", "b"], &[]), "3 tests passed");
        assert_eq!(line(&["a"], &["b"]), "of 3 tests, 1 failed");
        assert_eq!(line(&["a"], &["x.o"]), "of 3 tests, 2 could not run");
        assert_eq!(line(&["a"], &["b", "x.o"]), "of 3 tests, 1 failed and 1 could not run");
    }
}
