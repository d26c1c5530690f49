//! A build directory put together from its parts, before anything was asked of it.

use std::collections::HashMap;
use std::path::PathBuf;

use fixedbitset::FixedBitSet;
use mbuild_rules::Manifest;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Ahead, Hold, Loaded};
use crate::digest::Digest;
use crate::files::Files;
use crate::graph::Graph;
use crate::loaded::reliance::Reliance;
use crate::ninja_log::Logs;
use crate::recipe::Recipes;
use crate::settings::{Check, Settings};
use crate::state::State;

/// What is read, and what decides about it; see the fields of [`Loaded`] with the same names.
pub(super) struct Parts {
    pub(super) state_dir: PathBuf,
    pub(super) check: Check,
    pub(super) manifest: Manifest,
    pub(super) graph: Graph,
    pub(super) state: State,
    pub(super) files: Files,
    pub(super) generation: i64,
    pub(super) declares_environment: bool,
    pub(super) ahead: Ahead,
    pub(super) hold: Option<Hold>,
    pub(super) circumstances: Digest,
    pub(super) named: usize,
}

impl Loaded {
    /// Nothing of it was looked at, planned or run, and it has no dyndep files.
    pub(super) fn of(parts: Parts, settings: &Settings) -> Self {
        Self {
            dir: settings.dir.clone(),
            state_dir: parts.state_dir,
            check: parts.check,
            manifest: parts.manifest,
            graph: parts.graph,
            state: parts.state,
            files: parts.files,
            recipes: Recipes::new(settings.environment, &settings.dir),
            generation: parts.generation,
            declares_environment: parts.declares_environment,
            always: FixedBitSet::new(),
            any_always: false,
            phony: FxHashMap::default(),
            adopted: Vec::new(),
            regenerated: Vec::new(),
            folder_keys: FxHashMap::default(),
            touched: FixedBitSet::new(),
            dyndeps_loaded: FxHashSet::default(),
            dyndeps: HashMap::default(),
            refreshed: Vec::new(),
            ahead: parts.ahead,
            logs: Logs::default(),
            hold: parts.hold,
            rules: Vec::new(),
            circumstances: parts.circumstances,
            named: parts.named,
            recorded: Vec::new(),
            reliance: Reliance::default(),
            part: None,
        }
    }
}
