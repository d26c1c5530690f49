//! ocp-build's newer language: a project of one file is evaluated within its budget, and no mistake is without
//! a place and help.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mbuild_fuzz_ocp::read;

#[path = "../ocp_project.rs"]
mod mbuild_fuzz_ocp;

fuzz_target!(|input: &[u8]| read("build.ocp2", input));
