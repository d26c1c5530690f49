//! What a worker does about one action: look at its inputs, take its outputs from the store or run its
//! command, and look at what came of it.

mod cache;
pub(crate) mod discover;
mod key;
pub(crate) mod pool;
mod seen;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use mbuild_rules::ActionId;

use crate::contents::Contents;
use crate::error::{reason, shown};
use crate::event::Outcome;
use crate::recipe::{Recipe, tool_path, tools_of};
use crate::run::interrupt::Interrupt;
use crate::run::outputs::Outputs;
use crate::run::process::{Command, execute};
use crate::run::tool::{Tool, Tools};
use crate::settings::MissingOutput;
use crate::state::record::Short;
use crate::store::{INLINE, Store};
pub(crate) use seen::Seen;
use seen::{look, look_again, look_at_found, look_at_outputs};

/// What workers share.
pub(crate) struct Context {
    pub(crate) dir: PathBuf,
    /// Where restored outputs are written before they are moved to their places.
    pub(crate) scratch: PathBuf,
    pub(crate) contents: Contents,
    pub(crate) tools: Arc<Tools>,
    pub(crate) store: Option<Arc<Store>>,
    pub(crate) interrupt: Interrupt,
    pub(crate) printed: Outputs,
    /// The jobserver for commands, as `MAKEFLAGS` says it.
    pub(crate) make_flags: Option<OsString>,
    pub(crate) missing_output: MissingOutput,
    pub(crate) keep_depfiles: bool,
    pub(crate) keep_response_files: bool,
    pub(crate) began: Instant,
}

/// An input of a job.
pub(crate) struct Input {
    pub(crate) path: Vec<u8>,
    /// An action makes it.
    pub(crate) made_here: bool,
    /// It is a phony name or a folder that an action makes, and this is what is behind it.
    pub(crate) stands_for: Option<Short>,
}

/// An action that is to be brought up to date.
pub(crate) struct Job {
    pub(crate) action: ActionId,
    pub(crate) recipe: Recipe,
    /// Declared inputs but the order-only ones.
    pub(crate) inputs: Vec<Input>,
    pub(crate) outputs: Vec<Vec<u8>>,
    /// An input changed while it ran last time.
    pub(crate) edited_last_time: bool,
}

/// What came of a job.
pub(crate) struct Finished {
    pub(crate) action: ActionId,
    pub(crate) outcome: Outcome,
    pub(crate) output: Vec<u8>,
    pub(crate) start_ms: u64,
    pub(crate) end_ms: u64,
    /// The most memory that one of its processes took, in bytes; 0 when that is not known.
    pub(crate) peak: u64,
    /// How long the command took that made what was restored.
    pub(crate) made_in_ms: u64,
    /// What the file system's clock said at the start.
    pub(crate) start_mtime: i64,
    /// As the job's, each with its content before the command ran.
    pub(crate) inputs: Vec<Seen>,
    /// As the job's, each with its content after the command ran.
    pub(crate) outputs: Vec<Seen>,
    pub(crate) discovered: Vec<(Vec<u8>, Seen)>,
    /// What was discovered and declared as well, with its place among all that was discovered.
    pub(crate) told_again: Vec<(usize, Vec<u8>)>,
    /// The dependencies that the command should have told are not known.
    pub(crate) discovery_failed: bool,
    /// An input that changed while the command ran.
    pub(crate) edited: Option<Vec<u8>>,
    pub(crate) tools: Vec<Tool>,
    pub(crate) key: [u8; 32],
    pub(crate) warnings: Vec<String>,
    pub(crate) recipe: Recipe,
}

/// Brings one action up to date.
pub(crate) fn perform(job: Job, context: &Context) -> Finished {
    let start_ms = elapsed(context);
    let Job { action, recipe, inputs, outputs, edited_last_time } = job;
    let mut finished = Finished {
        action,
        outcome: Outcome::Ran,
        output: Vec::new(),
        start_ms,
        end_ms: start_ms,
        peak: 0,
        made_in_ms: 0,
        start_mtime: 0,
        inputs: Vec::with_capacity(inputs.len()),
        outputs: Vec::new(),
        discovered: Vec::new(),
        told_again: Vec::new(),
        discovery_failed: false,
        edited: None,
        tools: Vec::new(),
        key: [0; 32],
        warnings: Vec::new(),
        recipe,
    };
    let attempt = || attempt(&inputs, &outputs, edited_last_time, context, &mut finished);
    if let Err(problem) = caught(attempt) {
        finished.outcome = Outcome::Failed { code: 1 };
        finished.output.extend_from_slice(problem.as_bytes());
        finished.output.push(b'\n');
    }
    finished.end_ms = elapsed(context);
    finished
}

/// A mistake of our own fails one action; a worker that is gone would be waited for without end.
fn caught(attempt: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(attempt)).unwrap_or_else(|cause| {
        let text = cause.downcast_ref::<&str>().copied();
        let text = text.or_else(|| cause.downcast_ref::<String>().map(String::as_str));
        let text = text.unwrap_or("it did not say why");
        Err(format!("internal error, please report it: {text}"))
    })
}

fn elapsed(context: &Context) -> u64 {
    u64::try_from(context.began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn attempt(
    inputs: &[Input],
    outputs: &[Vec<u8>],
    edited_last_time: bool,
    context: &Context,
    finished: &mut Finished,
) -> Result<(), String> {
    for input in inputs {
        finished.inputs.push(look(input, context)?);
    }
    finished.tools = tools_of(&context.tools, &finished.recipe, outputs);
    let first_key =
        key::first(&finished.recipe, &finished.tools, inputs, &finished.inputs, outputs);
    let store_key = cache::first_key(&first_key, inputs, outputs, context, finished);
    if let Some(store_key) = &store_key
        && cache::restore(store_key, outputs, context, finished)
    {
        finished.key = key::second(&first_key, &finished.discovered).0;
        return Ok(());
    }
    prepare(outputs, context, finished)?;
    finished.start_mtime = context.contents.now();
    let command = Command {
        line: &finished.recipe.command,
        dir: &context.dir,
        environment: &finished.recipe.environment,
        console: finished.recipe.console,
        make_flags: context.make_flags.as_deref(),
    };
    let execution = execute(&command, &context.interrupt, &context.printed)
        .map_err(|error| format!("cannot run the command: {}", reason(&error)))?;
    // A command that ends well after an interrupt may have left out what it did not get to.
    let interrupted = context.interrupt.stopping().is_some();
    let stopped = interrupted || execution.interrupted() || execution.code == 130;
    finished.output = execution.output;
    finished.peak = execution.peak;
    if interrupted || execution.code != 0 {
        finished.outcome =
            if stopped { Outcome::Interrupted } else { Outcome::Failed { code: execution.code } };
        finished.outputs = outputs.iter().map(|_| Seen::Missing).collect();
        return Ok(());
    }
    let found = discover::read(outputs, context, finished)?;
    look_again(inputs, edited_last_time, context, finished);
    if let Some(tool) = finished.tools.iter().find(|tool| !context.tools.is_as_read(tool)) {
        finished.edited.get_or_insert_with(|| tool_path(&tool.path));
    }
    look_at_found(found, inputs, outputs, edited_last_time, context, finished);
    let keep = if store_key.is_some() { INLINE } else { 0 };
    let contents = look_at_outputs(outputs, keep, context, finished)?;
    finished.key = key::second(&first_key, &finished.discovered).0;
    if let Some(store_key) = &store_key
        && finished.start_mtime != i64::MIN
    {
        let cost_ms = elapsed(context).saturating_sub(finished.start_ms);
        cache::put(store_key, outputs, &contents, cost_ms, context, finished);
    }
    if let Some((path, _)) = &finished.recipe.response
        && !context.keep_response_files
    {
        // One that is left behind does no harm, and is written again before it is used.
        let _ = std::fs::remove_file(context.contents.place(path));
    }
    Ok(())
}

/// Makes the folders that the command writes to, and the response file.
fn prepare(outputs: &[Vec<u8>], context: &Context, finished: &Finished) -> Result<(), String> {
    let response = finished.recipe.response.as_ref();
    let others = response.map(|(path, _)| path).into_iter().chain([&finished.recipe.depfile]);
    let mut last: &[u8] = b"";
    for path in outputs.iter().chain(others) {
        let Some(at) = path.iter().rposition(|byte| *byte == b'/') else { continue };
        let folder = &path[..at];
        if folder.is_empty() || folder == last {
            continue;
        }
        last = folder;
        let place = context.contents.place(folder);
        if !place.is_dir() {
            std::fs::create_dir_all(&place).map_err(|error| {
                format!("cannot make folder `{}`: {}", shown(folder), reason(&error))
            })?;
        }
    }
    if let Some((path, content)) = response {
        std::fs::write(context.contents.place(path), content).map_err(|error| {
            format!("cannot write response file `{}`: {}", shown(path), reason(&error))
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::environment::Environment;
    use crate::scan::Clock;
    use crate::settings;
    use std::time::Duration;

    pub(super) fn context(dir: &std::path::Path) -> Context {
        Context {
            dir: dir.to_owned(),
            scratch: dir.join("restoring"),
            contents: Contents::new(dir, Clock::open(dir).ok()),
            tools: Arc::new(Tools::new(dir)),
            store: None,
            interrupt: Interrupt::new(),
            printed: Outputs::new().unwrap(),
            make_flags: None,
            missing_output: MissingOutput::Error,
            keep_depfiles: false,
            keep_response_files: false,
            began: Instant::now(),
        }
    }

    pub(super) fn job(command: &[u8], output: &[u8]) -> Job {
        let environment = Environment::new::<&[u8]>(settings::Environment::Minimal, &[]);
        let recipe = Recipe {
            command: command.to_vec(),
            response: None,
            depfile: Vec::new(),
            discovery: crate::recipe::Discovery::None,
            environment: Arc::new(environment),
            tool: Vec::new(),
            generator: false,
            restat: false,
            console: false,
            storable: true,
        };
        let outputs = vec![output.to_vec()];
        let inputs = Vec::new();
        Job { action: ActionId(0), recipe, inputs, outputs, edited_last_time: false }
    }

    #[test]
    fn a_command_that_ends_well_after_an_interrupt_was_interrupted() {
        let dir = tempfile::tempdir().unwrap();
        let context = context(dir.path());
        let command =
            b"trap '' INT; touch begun; until test -f go; do sleep 0.01; done; echo > out";
        let finished = std::thread::scope(|scope| {
            let performed = scope.spawn(|| perform(job(command, b"out"), &context));
            while !dir.path().join("begun").exists() {
                std::thread::sleep(Duration::from_millis(1));
            }
            context.interrupt.trigger(2);
            std::fs::write(dir.path().join("go"), "").unwrap();
            performed.join().unwrap()
        });
        assert_eq!(finished.outcome, Outcome::Interrupted);
        assert!(dir.path().join("out").exists());
    }

    #[test]
    fn a_panic_fails_the_action_with_its_message() {
        let text = "internal error, please report it: lost 7";
        assert_eq!(caught(|| panic!("lost {}", 7)), Err(text.to_owned()));
        assert_eq!(caught(|| Err("as usual".to_owned())), Err("as usual".to_owned()));
    }
}
