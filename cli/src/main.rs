//! The `mbuild` command.

mod app;
mod args;
mod building;
mod commands;
mod configuring;
mod doctor;
mod draw;
mod exit;
mod failure;
mod fence;
mod holding;
mod hooks;
mod installing;
mod looking;
mod making;
mod ninja;
mod package;
mod past;
mod printer;
mod project;
mod report;
mod running;
mod session;
mod settings;
mod suggest;
mod surroundings;
mod targets;

use std::process::ExitCode;

/// Graphs and manifests are many small values; manifests of 10 MB take up to 2.4 times as long with glibc's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    app::run(std::env::args_os().collect()).into()
}
