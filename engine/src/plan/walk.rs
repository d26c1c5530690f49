//! The walk from the goals to everything they need, which also finds cycles.

use mbuild_rules::{ActionId, FileId, Manifest};
use rustc_hash::{FxHashMap, FxHashSet};

use super::bits;
use crate::error::{Error, shown};
use crate::loaded::Loaded;
use crate::state::record::Standing;

/// What the goals need.
pub(super) struct Walk {
    /// Actions, producers first.
    pub(super) order: Vec<ActionId>,
    /// Every file whose signature counts.
    pub(super) files: Vec<FileId>,
    via: Vec<FileId>,
    soft: FxHashMap<ActionId, Vec<FileId>>,
    /// Actions that do not wait for some discovered dependency, because it would close a cycle.
    pub(super) unordered: Vec<ActionId>,
}

struct Frame {
    action: ActionId,
    /// The next of its inputs, then of its discovered dependencies.
    next: usize,
}

const NEW: u8 = 0;
const OPEN: u8 = 1;
const CLOSED: u8 = 2;

impl Walk {
    /// Walks from `goals`, and from the validations of all that is met.
    ///
    /// A discovered dependency or program that some action makes is waited for as if it were declared,
    /// unless that closes a cycle: an old depfile must not make a graph unbuildable.
    pub(super) fn new(loaded: &Loaded, goals: &[FileId]) -> Result<Self, Error> {
        let manifest = &loaded.manifest;
        let mut walk = Self {
            order: Vec::new(),
            files: Vec::new(),
            via: vec![FileId(0); manifest.action_count()],
            soft: FxHashMap::default(),
            unordered: Vec::new(),
        };
        let mut ignored = FxHashSet::default();
        let mut color = vec![NEW; manifest.action_count()];
        let mut met = bits(manifest.file_count());
        let mut meet = |file: FileId, files: &mut Vec<FileId>| {
            if !met.put(file.index()) {
                files.push(file);
            }
        };
        let mut roots = goals.to_vec();
        let mut next_root = 0;
        let mut stack: Vec<Frame> = Vec::new();
        while let Some(root) = roots.get(next_root).copied() {
            next_root += 1;
            meet(root, &mut walk.files);
            let mut entered = Some(root);
            loop {
                if let Some(file) = entered.take()
                    && let Some(producer) = loaded.graph.producer(file)
                {
                    match color[producer.index()] {
                        NEW if loaded.is_settled(producer) => color[producer.index()] = CLOSED,
                        NEW => {
                            color[producer.index()] = OPEN;
                            walk.via[producer.index()] = file;
                            walk.enter(producer, loaded, &ignored, &mut meet);
                            roots.extend_from_slice(manifest.validations(producer));
                            stack.push(Frame { action: producer, next: 0 });
                        }
                        OPEN => {
                            let start = stack
                                .iter()
                                .position(|frame| frame.action == producer)
                                .unwrap_or(0);
                            let Some(at) = last_soft(loaded, &stack[start..]) else {
                                return Err(walk.cycle(loaded, &stack[start..], file));
                            };
                            // Who came by that dependency has to be met again, as nobody's or another's.
                            for frame in stack.drain(start + at + 1..) {
                                color[frame.action.index()] = NEW;
                                walk.soft.remove(&frame.action);
                            }
                            walk.ignore(loaded, stack.last_mut(), &mut ignored);
                        }
                        _ => {}
                    }
                }
                let Some(frame) = stack.last_mut() else { break };
                let inputs = manifest.inputs(frame.action);
                entered = if frame.next < inputs.len() {
                    Some(inputs[frame.next])
                } else {
                    let soft = walk.soft.get(&frame.action);
                    soft.and_then(|soft| soft.get(frame.next - inputs.len())).copied()
                };
                frame.next += 1;
                if entered.is_none() {
                    color[frame.action.index()] = CLOSED;
                    walk.order.push(frame.action);
                    stack.pop();
                }
            }
        }
        Ok(walk)
    }

    fn enter(
        &mut self,
        action: ActionId,
        loaded: &Loaded,
        ignored: &FxHashSet<(ActionId, FileId)>,
        meet: &mut impl FnMut(FileId, &mut Vec<FileId>),
    ) {
        let manifest = &loaded.manifest;
        for file in manifest.inputs(action).iter().chain(manifest.outputs(action)) {
            meet(*file, &mut self.files);
        }
        let Some(first) = manifest.outputs(action).first() else { return };
        let Some(record) = loaded.state.last_view(*first) else { return };
        // What changed under a command has to be known before it runs again, to see that it settles.
        let edited = record.inputs().filter(|_| record.standing() == Standing::Edited);
        for entry in edited {
            if let Some(file) = loaded.state.file(entry.row) {
                meet(file, &mut self.files);
            }
        }
        for entry in record.deps().chain(record.tools()) {
            let Some(file) = loaded.state.file(entry.row) else { continue };
            meet(file, &mut self.files);
            match loaded.graph.producer(file) {
                Some(producer) if producer != action && !ignored.contains(&(action, file)) => {
                    self.soft.entry(action).or_default().push(file);
                }
                _ => {}
            }
        }
    }

    /// Takes away the discovered dependency that the walk has just followed.
    fn ignore(
        &mut self,
        loaded: &Loaded,
        frame: Option<&mut Frame>,
        ignored: &mut FxHashSet<(ActionId, FileId)>,
    ) {
        let Some(frame) = frame else { return };
        let Some(soft) = self.soft.get_mut(&frame.action) else { return };
        frame.next -= 1;
        let file = soft.remove(frame.next - loaded.manifest.inputs(frame.action).len());
        ignored.insert((frame.action, file));
        self.unordered.push(frame.action);
    }

    /// The cycle around these frames, which `file` closes.
    fn cycle(&self, loaded: &Loaded, around: &[Frame], file: FileId) -> Error {
        let name = |file: FileId| shown(loaded.manifest.path(file));
        let mut path = vec![name(file)];
        path.extend(around[1..].iter().map(|frame| name(self.via(frame.action))));
        path.push(name(file));
        let first = around[0].action;
        let phony = around.len() == 1 && loaded.manifest.rule(first) == Manifest::PHONY;
        Error::Cycle { path, phony, place: loaded.manifest.place(first) }
    }

    /// The output by which the walk came to an action.
    pub(super) fn via(&self, action: ActionId) -> FileId {
        self.via[action.index()]
    }

    /// The discovered dependencies of an action that other actions make.
    pub(super) fn soft(&self, action: ActionId) -> &[FileId] {
        self.soft.get(&action).map_or(&[], Vec::as_slice)
    }
}

/// The last of these frames that was left by a discovered dependency.
fn last_soft(loaded: &Loaded, around: &[Frame]) -> Option<usize> {
    // `next` has moved past the input that leads on.
    around.iter().rposition(|frame| frame.next > loaded.manifest.inputs(frame.action).len())
}
