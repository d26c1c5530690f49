//! What is built for: targets and toolchains as data, built in or described by the user.
//!
//! A toolchain is a set of compilers; everything that one makes before the last link is in one build
//! directory. A target adds to a toolchain how programs are linked, checked and run, so targets of
//! the same toolchain differ by one action for each program. Nothing else knows one from another.

mod catalog;
pub(crate) mod project;
mod spec;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use catalog::Catalog;
pub use spec::{
    Arguments, Code, DeviceKind, Devices, Guest, Image, ImageFormat, Initramfs, KernelSpec, Link,
    Manifest, Need, Runner, ToolNames, ToolchainSpec,
};

/// What is built for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// What it is, in a few words.
    pub about: String,
    /// Its toolchain.
    pub toolchain: ToolchainSpec,
    /// Which kinds of code there are.
    pub code: Code,
    /// The devices that programs may declare.
    pub devices: BTreeMap<DeviceKind, Devices>,
    /// How programs run; `None` is as they are.
    pub run: Option<Runner>,
    /// What programs, or what runs them, run under where the processor is another one.
    pub emulator: Option<Need>,
    /// Why nothing here runs programs, and what does.
    pub by_hand: Option<String>,
    /// The kernel that programs are booted with.
    pub kernel: Option<Kernel>,
    /// How images are made of programs.
    pub image: Option<Image>,
    /// The user's files that may describe it.
    pub files: Vec<PathBuf>,
    /// How programs are linked: for this target, and for all others with the same build directory.
    pub links: Vec<FinalLink>,
}

/// The last link of a program for one target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FinalLink {
    /// The target.
    pub target: String,
    /// What the name of the file ends in, without the dot; empty for none.
    pub extension: String,
    /// What the linker is told and reads.
    pub link: Link,
    /// A command that fails when the file is not what it should be; what it prints is kept beside.
    pub check: Vec<String>,
    /// The types of devices in the target's own words, for its device manifest.
    pub device_types: BTreeMap<DeviceKind, String>,
    /// The kernel that the program is booted with.
    pub kernel: Option<Kernel>,
    /// The initial file system that the program is put into.
    pub initramfs: Option<Initramfs>,
    /// How images are made of it.
    pub image: Option<Image>,
    /// How arguments of the program become one word.
    pub arguments: Arguments,
}

/// A kernel and where it is, or is going to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// What it is.
    pub spec: KernelSpec,
    /// The folder that mbuild keeps it in.
    pub folder: PathBuf,
}

impl Kernel {
    /// The kernel itself.
    pub fn image(&self) -> PathBuf {
        self.spec.file.as_ref().map_or_else(|| self.folder.join("vmlinuz"), PathBuf::from)
    }

    /// A driver of it.
    pub fn module(&self, name: &str) -> PathBuf {
        self.folder.join(format!("modules/{name}.ko"))
    }
}

impl Target {
    /// Whether what runs programs is code of another processor than this machine's.
    pub fn is_foreign(&self) -> bool {
        let own = std::env::consts::ARCH;
        self.toolchain.architecture.as_deref().is_some_and(|processor| processor != own)
            && !self.run.as_ref().is_some_and(|run| run.emulates)
    }

    /// The name of the build directory.
    pub fn directory(&self) -> &str {
        if self.toolchain.is_host() { &self.name } else { &self.toolchain.name }
    }

    /// The build directory, relative to the package root.
    pub fn dir(&self) -> String {
        format!("_mbuild/{}", self.directory())
    }

    /// What goals that are for this target alone end in.
    pub fn suffix(&self) -> String {
        suffix(self.directory(), &self.name, self.links.len())
    }
}

/// What goals end in that are for one target of a build directory with so many: nothing where it has no
/// other.
pub(crate) fn suffix(directory: &str, target: &str, targets: usize) -> String {
    if directory == target && targets == 1 { String::new() } else { format!("@{target}") }
}
