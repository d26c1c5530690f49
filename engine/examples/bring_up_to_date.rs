//! Brings a build directory up to date: `bring_up_to_date DIR JOBS [STORE]`.
#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use mbuild_engine::event::{Event, Outcome, Sink};
use mbuild_engine::settings::{Check, Environment, MissingOutput, Settings, StoreSettings};
use mbuild_engine::{Error, build};

struct Print;

impl Sink for Print {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Finished { action, outcome: Outcome::Failed { code }, output, .. } => {
                let command = String::from_utf8_lossy(action.command);
                println!("exit code {code}: {command}\n{}", String::from_utf8_lossy(output));
            }
            Event::Warning { message } => println!("warning: {message}"),
            Event::Repaired { what, detail } => println!("repaired {what}: {detail}"),
            _ => {}
        }
    }
}

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments.next().unwrap_or_else(|| ".".to_owned());
    let jobs = arguments.next().and_then(|jobs| jobs.parse().ok());
    let store = arguments.next().map(|dir| StoreSettings { dir: dir.into(), max_bytes: 1 << 30 });
    let settings = Settings {
        jobs,
        check: Some(Check::Digest),
        environment: Environment::Inherit,
        missing_output: MissingOutput::Warn,
        store,
        command_line: std::env::args().collect(),
        ..Settings::new(dir)
    };
    let summary = build(&settings, &[], &mut Print)?;
    println!(
        "{} actions: {} ran, {} restored, {} failed in {} ms",
        summary.actions, summary.ran, summary.restored, summary.failed, summary.wall_ms
    );
    Ok(())
}
