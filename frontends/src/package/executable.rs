//! Programs, and the devices that they ask a hypervisor for.

use super::compiled::Compiled;
use crate::target::DeviceKind;

/// A program.
#[derive(Clone, Debug, Default)]
pub struct Executable {
    /// What it shares with other sections.
    pub compiled: Compiled,
    /// The main source, relative to the section's path; where it is in C, so is the whole program, and
    /// it is among the C sources as well.
    pub main: String,
    /// Modules that are linked whether something needs them or not, as libraries list theirs, the main
    /// one not among them; where there are none, those are linked that the main one needs.
    pub modules: Vec<String>,
    /// Its bytecode is a program as well, called `NAME.byte`, beside the native one.
    pub bytecode: bool,
    /// Bytecode linked with its C parts (`-custom`).
    pub custom: bool,
    /// No program is made but an object with the whole of it, for somebody else's `main` (`-output-obj`).
    pub as_object: bool,
    /// Whether targets that are no ordinary system have it: without a word it is so when the program
    /// is installed and no tool of the build.
    pub unikernel: Option<bool>,
    /// No other targets have it.
    pub only_unikernel: bool,
    /// The devices that it asks of such a target.
    pub devices: Vec<Device>,
    /// What a hypervisor is told of it besides, as names and values in the hypervisor's own language.
    pub guest: Vec<(String, String)>,
}

impl Executable {
    /// There is no OCaml in it.
    pub fn is_in_c(&self) -> bool {
        self.main.ends_with(".c")
    }
}

/// A device that a program asks for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Device {
    /// Its name in the program.
    pub name: String,
    /// What it is.
    pub kind: DeviceKind,
}
