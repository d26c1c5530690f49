//! Events as they go out; while a command owns the terminal those about others are held back.

use mbuild_rules::{ActionId, Manifest};
use rustc_hash::FxHashMap;

use crate::event::{ActionInfo, Event, Outcome, Reason, Sink};

/// Gives events to the sink.
pub(super) struct Reporter<'a> {
    sink: &'a mut dyn Sink,
    /// The action that owns the terminal.
    console: Option<ActionId>,
    held: Vec<Held>,
    /// What runs now: its strings were made when it started.
    running: FxHashMap<ActionId, Owned>,
}

/// The strings of an [`ActionInfo`].
#[derive(Clone)]
struct Owned {
    id: u32,
    outputs: Vec<u8>,
    first: usize,
    rule: Vec<u8>,
    description: Vec<u8>,
    command: Vec<u8>,
    console: bool,
}

enum Held {
    Planned(usize),
    Warning(String),
    LoadingDyndep(String),
    Started { action: Owned, at_ms: u64, running: usize, reasons: Vec<Reason> },
    Finished { action: Owned, times: (u64, u64), outcome: Outcome, output: Vec<u8>, running: usize },
    CutOff(Owned),
}

impl<'a> Reporter<'a> {
    pub(super) fn new(sink: &'a mut dyn Sink) -> Self {
        Self { sink, console: None, held: Vec::new(), running: FxHashMap::default() }
    }

    /// An event that is about no action.
    pub(super) fn event(&mut self, event: &Event<'_>) {
        let held = match event {
            Event::Planned { total } => Held::Planned(*total),
            Event::Warning { message } => Held::Warning(message.clone()),
            Event::LoadingDyndep { path } => Held::LoadingDyndep(path.clone()),
            _ => return self.sink.event(event),
        };
        self.give(held);
    }

    pub(super) fn started(
        &mut self,
        action: ActionId,
        manifest: &Manifest,
        at_ms: u64,
        running: usize,
        reasons: &[Reason],
    ) {
        let owned = Owned::new(action, manifest);
        let console = owned.console;
        let reasons = reasons.to_vec();
        self.running.insert(action, owned.clone());
        self.give(Held::Started { action: owned, at_ms, running, reasons });
        if console {
            self.console = Some(action);
        }
    }

    pub(super) fn finished(
        &mut self,
        action: ActionId,
        manifest: &Manifest,
        times: (u64, u64),
        outcome: Outcome,
        output: Vec<u8>,
        running: usize,
    ) {
        let owned = self.running.remove(&action);
        let held = Held::Finished {
            action: owned.unwrap_or_else(|| Owned::new(action, manifest)),
            times,
            outcome,
            output,
            running,
        };
        if self.console == Some(action) {
            self.console = None;
            held.tell(self.sink);
            self.release();
        } else {
            self.give(held);
        }
    }

    pub(super) fn cut_off(&mut self, action: ActionId, manifest: &Manifest) {
        self.give(Held::CutOff(Owned::new(action, manifest)));
    }

    /// Tells everything that was held back.
    pub(super) fn release(&mut self) {
        self.console = None;
        for held in std::mem::take(&mut self.held) {
            held.tell(self.sink);
        }
    }

    fn give(&mut self, held: Held) {
        if self.console.is_some() {
            self.held.push(held);
        } else {
            held.tell(self.sink);
        }
    }
}

impl Owned {
    fn new(action: ActionId, manifest: &Manifest) -> Self {
        let mut outputs = Vec::new();
        let mut first = 0;
        for (index, output) in manifest.outputs(action).iter().enumerate() {
            if index > 0 {
                outputs.push(b' ');
            }
            outputs.extend_from_slice(manifest.path(*output));
            if index == 0 {
                first = outputs.len();
            }
        }
        let mut command = Vec::new();
        manifest.command_into(action, &mut command);
        Self {
            id: manifest.number(action),
            outputs,
            first,
            rule: manifest.rule_name(manifest.rule(action)).to_vec(),
            description: manifest.binding(action, b"description"),
            command,
            console: manifest.pool(action) == Manifest::CONSOLE_POOL,
        }
    }

    fn info(&self) -> ActionInfo<'_> {
        ActionInfo {
            id: self.id,
            output: &self.outputs[..self.first],
            outputs: &self.outputs,
            rule: &self.rule,
            description: &self.description,
            command: &self.command,
            console: self.console,
        }
    }
}

impl Held {
    fn tell(self, sink: &mut dyn Sink) {
        match self {
            Self::Planned(total) => sink.event(&Event::Planned { total }),
            Self::Warning(message) => sink.event(&Event::Warning { message }),
            Self::LoadingDyndep(path) => sink.event(&Event::LoadingDyndep { path }),
            Self::CutOff(action) => sink.event(&Event::CutOff { action: action.info() }),
            Self::Started { action, at_ms, running, reasons } => sink.event(&Event::Started {
                action: action.info(),
                at_ms,
                running,
                reasons: &reasons,
            }),
            Self::Finished { action, times, outcome, output, running } => {
                sink.event(&Event::Finished {
                    action: action.info(),
                    start_ms: times.0,
                    end_ms: times.1,
                    outcome,
                    output: &output,
                    running,
                });
            }
        }
    }
}
