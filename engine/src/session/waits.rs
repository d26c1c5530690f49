//! What actions waited for: since when each could have started, and which one it was that ended last
//! before that.

use std::time::Instant;

use mbuild_rules::ActionId;
use rustc_hash::FxHashMap;

/// Since when an action could have started, and what it had waited for until then.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ready {
    /// Milliseconds since the build began.
    pub(crate) at_ms: u64,
    /// The last one that ended of those it waited for; `None` when it waited for none.
    pub(crate) after: Option<ActionId>,
}

/// The actions that could start now or that run.
pub(super) struct Waits {
    began: Instant,
    /// What gets ready now does so because of this one, through whatever phony names and cut-off
    /// actions lie between.
    ended: Option<ActionId>,
    ready: FxHashMap<ActionId, Ready>,
}

impl Waits {
    pub(super) fn new(began: Instant) -> Self {
        Self { began, ended: None, ready: FxHashMap::default() }
    }

    /// An action has ended.
    pub(super) fn ended(&mut self, action: ActionId) {
        self.ended = Some(action);
    }

    /// An action could start from now on.
    pub(super) fn ready(&mut self, action: ActionId) {
        let at_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.ready.insert(action, Ready { at_ms, after: self.ended });
    }

    /// What is known of an action that ran; it is forgotten here.
    pub(super) fn take(&mut self, action: ActionId) -> Ready {
        self.ready.remove(&action).unwrap_or_default()
    }
}
