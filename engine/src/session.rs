//! One build from its settings to its summary: rule files first, then the goals.

mod build;
mod cleanup;
mod limits;
mod narrow;
mod pace;
mod prepare;
mod proof;
mod report;
mod results;
mod settled;
mod slots;
mod snapshot;
#[cfg(test)]
mod space;
pub(crate) mod waits;

use std::path::{Path, PathBuf};
use std::time::Instant;

use mbuild_rules::FileId;
use mbuild_rules::path::canonical;

use crate::error::{Error, reason, shown};
use crate::event::{Event, Sink, Summary};
use crate::loaded::{Ahead, Hold, Loaded, Purpose};
use crate::lock::{self, Held, Lock, Taken};
use crate::run::interrupt::Interrupt;
use crate::run::running::{Running, stop_left};
use crate::settings::{Nested, Settings};
use build::Build;
use slots::Slots;
use snapshot::{Answer, Draft};

/// The folder of the state folder that restored outputs come from.
const SCRATCH: &str = "restoring";
/// How often a rule file may be rebuilt before it is taken for one that never settles.
const TRIES: usize = 100;

/// Brings `goals` up to date: the defaults, else all roots, when there are none.
///
/// Goals are paths as in the rule file; `path^` is the first output of the action that uses `path`.
///
/// # Errors
/// When there is nothing to build by: mistakes in rule files, unknown goals, missing sources, cycles.
/// A command that fails is no error but part of the summary.
pub fn build(
    settings: &Settings,
    goals: &[Vec<u8>],
    sink: &mut dyn Sink,
) -> Result<Summary, Error> {
    let began = Instant::now();
    let interrupt = Interrupt::listening()?;
    let mut holder = Holder { settings, interrupt: interrupt.clone(), held: None };
    let slots = Slots::new(settings);
    let everything = goals.is_empty();
    let purpose = if settings.dry_run { Purpose::Look } else { Purpose::Build { everything } };
    let mut total = Summary::default();
    let mut ahead = Ahead::default();
    if !settings.dry_run {
        match snapshot::consult(settings, goals, sink, &mut |dir, sink| holder.take(dir, sink))? {
            Answer::NothingToDo { actions } => {
                total.actions = actions;
                return Ok(end(total, began, sink));
            }
            Answer::Changed(changed) => match changed.load(settings, sink) {
                Ok(mut part) => {
                    let goals = part.goals();
                    let loaded = part.loaded();
                    let mut build =
                        Build::new(settings, loaded, sink, interrupt.clone(), &slots, began);
                    let summary = build.run(goals)?;
                    drop(build);
                    total.add(&summary);
                    if settle(loaded, &summary, sink, |_| Some(())).is_some() {
                        changed.keep(part, settings);
                    }
                    return Ok(end(total, began, sink));
                }
                Err(_) => ahead = changed.ahead(),
            },
            Answer::Unknown => {}
        }
    }
    for _ in 0..TRIES {
        let mut lock = |dir: &Path, sink: &mut dyn Sink| holder.take(dir, sink);
        let ahead = std::mem::take(&mut ahead);
        let mut loaded = Loaded::new(settings, purpose, ahead, sink, &mut lock)?;
        if !loaded.has_begun() {
            // What is wrong is said before anything is written for the first time.
            check(&mut loaded, settings, goals, sink)?;
            if !loaded.begin(settings, sink, &mut lock)? {
                continue;
            }
        }
        let mut run = |loaded: &mut Loaded, goals, total: &mut Summary| {
            let mut build = Build::new(settings, loaded, sink, interrupt.clone(), &slots, began);
            let summary = build.run(goals)?;
            total.add(&summary);
            Ok::<_, Error>(summary)
        };
        if let Some(rule_file) = made_rule_file(&loaded, settings) {
            let summary = run(&mut loaded, vec![rule_file], &mut total)?;
            let changed = summary.ran + summary.restored > 0;
            if summary.failed > 0 || summary.interrupted || (changed && settings.dry_run) {
                finish_state(&mut loaded, sink);
                return Ok(end(total, began, sink));
            }
            if changed {
                finish_state(&mut loaded, sink);
                sink.event(&Event::Regenerated { path: shown(&settings.rule_file) });
                continue;
            }
        }
        let files = loaded.goals(goals)?;
        let summary = run(&mut loaded, files, &mut total)?;
        total.actions = summary.actions;
        let draft = |loaded: &Loaded| Draft::new(loaded, settings, goals, summary.actions);
        if let Some(draft) = settle(&mut loaded, &summary, sink, draft) {
            draft.keep(&mut loaded);
        }
        return Ok(end(total, began, sink));
    }
    Err(Error::RuleFileNeverSettles { path: shown(&settings.rule_file), tries: TRIES })
}

/// The rule file, when an action makes it.
fn made_rule_file(loaded: &Loaded, settings: &Settings) -> Option<FileId> {
    let file = loaded.manifest.find(&canonical(&settings.rule_file))?;
    loaded.graph.producer(file).is_some().then_some(file)
}

/// Looks for unknown goals, missing sources and cycles; of a rule file that will be made anew, only on the
/// way to it.
fn check(
    loaded: &mut Loaded,
    settings: &Settings,
    goals: &[Vec<u8>],
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    let goals = match made_rule_file(loaded, settings) {
        Some(rule_file) => vec![rule_file],
        None => loaded.goals(goals)?,
    };
    loaded.plan_beforehand(&goals, &mut |event| sink.event(event)).map(drop)
}

fn end(mut total: Summary, began: Instant, sink: &mut dyn Sink) -> Summary {
    total.wall_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    sink.event(&Event::Ended { summary: total.clone() });
    total
}

/// Writes the state, and beside that drafts what may be left behind when nothing is left to do.
fn settle<T: Send>(
    loaded: &mut Loaded,
    summary: &Summary,
    sink: &mut dyn Sink,
    draft: impl FnOnce(&Loaded) -> Option<T> + Send,
) -> Option<T> {
    let proven = summary.failed == 0 && !summary.interrupted && proof::prove(loaded);
    let rest = loaded.state.leave_off();
    let draft = || if proven { draft(loaded) } else { None };
    let (notes, drafted) = rayon::join(|| rest.finish(), draft);
    loaded.state.tell(notes, sink);
    drafted
}

fn finish_state(loaded: &mut Loaded, sink: &mut dyn Sink) {
    let notes = loaded.state.leave_off().finish();
    loaded.state.tell(notes, sink);
}

/// Reads the rule files and the state, to look at them only: nothing is locked, written or repaired.
///
/// # Errors
/// Mistakes in rule files.
pub fn load(settings: &Settings, sink: &mut dyn Sink) -> Result<Loaded, Error> {
    let ahead = Ahead::default();
    Loaded::new(settings, Purpose::Look, ahead, sink, &mut |_, _| Ok(Hold::Nobody))
}

/// Holds the lock of the state folder, which may become another one when the rule file is rebuilt.
struct Holder<'a> {
    settings: &'a Settings,
    interrupt: Interrupt,
    /// The folder asked for last, and what came of it.
    held: Option<(PathBuf, Hold, Option<Lock>)>,
}

impl Holder<'_> {
    fn take(&mut self, dir: &Path, sink: &mut dyn Sink) -> Result<Hold, Error> {
        if let Some((held, hold, _)) = &self.held
            && held == dir
        {
            return Ok(*hold);
        }
        let (hold, lock) = self.lock(dir, sink)?;
        // Who asks again knows by then that there was a wait.
        let kept = if lock.is_some() { Hold::Ours { waited: false } } else { hold };
        self.held = Some((dir.to_owned(), kept, lock));
        Ok(hold)
    }

    fn lock(&self, dir: &Path, sink: &mut dyn Sink) -> Result<(Hold, Option<Lock>), Error> {
        let mut sink = Waits { sink, waited: false };
        let stop = || self.interrupt.signal().is_some();
        let taken = Lock::take(&dir.join("lock"), &self.settings.command_line, &mut sink, &stop);
        match taken {
            Ok(Taken::Held(lock)) => {
                // What a killed build was about to restore.
                let _ = std::fs::remove_dir_all(dir.join(SCRATCH));
                match stop_left(dir, &stop) {
                    0 => {}
                    count => sink.event(&Event::Warning {
                        message: format!("commands of a killed build still ran: stopped {count}"),
                    }),
                }
                self.interrupt.keep(Running::new(dir));
                Ok((Hold::Ours { waited: sink.waited }, Some(lock)))
            }
            Ok(Taken::ByAncestor(_)) if self.settings.nested == Nested::Build => {
                Ok((Hold::Ancestor, None))
            }
            Ok(Taken::ByAncestor(pid)) => Err(Error::Nested { pid }),
            Ok(Taken::Stopped) => Err(Error::Interrupted),
            // A folder that cannot be written can still be built from, if its outputs can.
            Err(error) => {
                sink.event(&Event::Warning {
                    message: format!("cannot lock `{}`: {}", dir.display(), reason(&error)),
                });
                Ok((Hold::Nobody, None))
            }
        }
    }
}

/// Sees whether the lock had to be waited for.
struct Waits<'a> {
    sink: &'a mut dyn Sink,
    waited: bool,
}

impl Sink for Waits<'_> {
    fn event(&mut self, event: &Event<'_>) {
        self.waited |= matches!(event, Event::Waiting { .. });
        self.sink.event(event);
    }
}

/// Waits until no build is under way with this state folder, and keeps others waiting until dropped.
///
/// A command of a build may do to the folder what it likes: its build has it and waits for the command.
///
/// # Errors
/// When an interrupt ends the waiting.
pub fn hold(state_dir: &Path, command_line: &[String], sink: &mut dyn Sink) -> Result<Held, Error> {
    // Where nothing was ever built, there is nobody to wait for.
    if !state_dir.is_dir() {
        return Ok(Held::NOBODY);
    }
    let interrupt = Interrupt::listening()?;
    let stop = || interrupt.signal().is_some();
    let held = lock::hold(&state_dir.join("lock"), command_line, sink, &stop)?;
    if held.is_ours() {
        stop_left(state_dir, &stop);
    }
    Ok(held)
}

impl Summary {
    fn add(&mut self, other: &Self) {
        self.ran += other.ran;
        self.restored += other.restored;
        self.failed += other.failed;
        self.cut_off += other.cut_off;
        self.actions = other.actions;
        self.interrupted |= other.interrupted;
    }
}
