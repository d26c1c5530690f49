//! Removing what actions made.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use mbuild_rules::{ActionId, Manifest, reason};
use rustc_hash::FxHashSet;

use crate::error::Error;
use crate::event::Sink;
use crate::session::{hold, load};
use crate::settings::Settings;

/// Whose outputs are to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those of all actions.
    All,
    /// Those of all actions that these goals need.
    Goals(Vec<Vec<u8>>),
    /// Those of all actions with one of these rules.
    Rules(Vec<Vec<u8>>),
    /// Those that were made here once and that no statement names any more.
    Dead,
}

/// What was removed and what could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Paths of the rule file; in a dry run, those that would be removed.
    pub removed: Vec<Vec<u8>>,
    /// Paths that are still there, and why.
    pub failed: Vec<(Vec<u8>, String)>,
}

/// Removes outputs, depfiles and response files; those of generators only when `generators` says so.
///
/// # Errors
/// Mistakes in rule files, unknown goals and rules.
pub fn clean(
    settings: &Settings,
    which: &Which,
    generators: bool,
    sink: &mut dyn Sink,
) -> Result<Cleaned, Error> {
    let mut loaded = load(settings, sink)?;
    // A dry run changes nothing that a build could stumble over.
    let _held = if settings.dry_run {
        None
    } else {
        Some(hold(loaded.state_dir(), &settings.command_line, sink)?)
    };
    loaded.load_present_dyndeps();
    let mut cleaned = Cleaned::default();
    if *which == Which::Dead {
        for path in loaded.dead_outputs() {
            cleaned.remove(settings, path);
        }
        return Ok(cleaned);
    }
    let actions: Vec<ActionId> = match which {
        Which::Goals(goals) => {
            let roots = loaded.goals(goals)?;
            needed(loaded.graph(), loaded.manifest(), roots)
        }
        Which::Rules(rules) => {
            for rule in rules {
                let known = loaded.manifest.actions().any(|action| {
                    loaded.manifest.rule_name(loaded.manifest.rule(action)) == rule.as_slice()
                });
                if !known {
                    let rule = crate::error::shown(rule);
                    return Err(Error::UnknownRule { rule });
                }
            }
            let has_rule = |action: &ActionId| {
                let name = loaded.manifest.rule_name(loaded.manifest.rule(*action));
                rules.iter().any(|rule| rule == name)
            };
            loaded.manifest.actions().filter(has_rule).collect()
        }
        Which::All | Which::Dead => loaded.manifest.actions().collect(),
    };
    let mut met = FxHashSet::default();
    for action in actions {
        let manifest = loaded.manifest();
        if manifest.rule(action) == Manifest::PHONY || (!generators && loaded.is_generator(action))
        {
            continue;
        }
        let outputs = manifest.outputs(action).iter().map(|file| manifest.path(*file).to_vec());
        let extra = [b"depfile".as_slice(), b"rspfile"];
        let extra = extra.iter().map(|name| manifest.path_binding(action, name));
        for path in outputs.chain(extra.filter(|path| !path.is_empty())) {
            if met.insert(path.clone()) {
                cleaned.remove(settings, path);
            }
        }
    }
    Ok(cleaned)
}

/// The actions that `roots` need, in no order that matters.
fn needed(
    graph: &crate::graph::Graph,
    manifest: &Manifest,
    roots: Vec<mbuild_rules::FileId>,
) -> Vec<ActionId> {
    let mut met = FxHashSet::default();
    let mut found = Vec::new();
    let mut stack = roots;
    while let Some(file) = stack.pop() {
        let Some(action) = graph.producer(file) else { continue };
        if met.insert(action) {
            found.push(action);
            stack.extend_from_slice(manifest.inputs(action));
        }
    }
    found.sort_unstable();
    found
}

impl Cleaned {
    fn remove(&mut self, settings: &Settings, path: Vec<u8>) {
        let place = settings.dir.join(OsStr::from_bytes(&path));
        if settings.dry_run {
            if place.symlink_metadata().is_ok() {
                self.removed.push(path);
            }
            return;
        }
        match remove(&place) {
            Ok(()) => self.removed.push(path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => self.failed.push((path, reason(&error))),
        }
    }
}

/// An output may be a folder; what the action put there goes with it.
fn remove(place: &Path) -> std::io::Result<()> {
    if place.symlink_metadata()?.is_dir() {
        std::fs::remove_dir_all(place)
    } else {
        std::fs::remove_file(place)
    }
}
