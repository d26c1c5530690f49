//! Ninja's semantics to the letter: Ninja 1.13.2 and mbuild, by time stamps and by content, run the same
//! commands in the same order and say the same.

mod basics;
mod depfiles;
mod deps_log;
mod dry_run;
mod dyndep_built;
mod dyndep_ready;
mod failures;
mod graph;
mod harness;
mod interrupts;
mod log;
mod missing_dependencies;
mod order;
mod phony;
mod plan;
mod restat;
mod validations;
