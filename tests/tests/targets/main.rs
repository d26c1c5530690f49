//! Targets end to end: unikernels that boot, toolchains, devices, and what can be wrong with them.
//!
//! Only Debian has what the toolchain is made of, and only for this processor.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod arm;
mod boot;
mod devices;
mod images;
mod libraries;
mod linux;
mod machines;
mod mistakes;
mod programs;
mod tap;
mod toolchain;

use mbuild_tests::{Project, Space};

/// A folder with OCaml's compilers and these programs, for a `PATH` without any others.
fn only<'a>(space: &'a Space, programs: &[&str]) -> Project<'a> {
    let bin = space.project("bin");
    for tool in ["ocamlc.opt", "ocamlopt.opt", "ocamldep.opt"].iter().chain(programs) {
        let found = std::process::Command::new("which").arg(tool).output().expect("which runs");
        let found = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        std::os::unix::fs::symlink(found, bin.path(tool)).expect("a link");
    }
    bin
}
