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
mod toolchain;
