//! How targets and toolchains are described in TOML.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Spanned;

/// A file with descriptions.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) targets: BTreeMap<String, TargetSpec>,
    #[serde(default)]
    pub(super) toolchains: BTreeMap<String, ToolchainSpec>,
    #[serde(default)]
    pub(super) kernels: BTreeMap<String, KernelSpec>,
    /// The folders of a project's packages.
    #[serde(default)]
    pub(super) packages: Vec<Spanned<String>>,
    /// The format of its manifests.
    pub(super) frontend: Option<Spanned<String>>,
}

/// A target as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TargetSpec {
    pub(super) about: String,
    pub(super) toolchain: Spanned<String>,
    pub(super) code: Option<Code>,
    #[serde(default)]
    pub(super) extension: String,
    #[serde(default)]
    pub(super) link: Link,
    #[serde(default)]
    pub(super) check: Vec<String>,
    #[serde(default)]
    pub(super) devices: BTreeMap<DeviceKind, Devices>,
    pub(super) run: Option<Runner>,
    pub(super) emulator: Option<Need>,
    pub(super) by_hand: Option<String>,
    pub(super) kernel: Option<Spanned<String>>,
    pub(super) initramfs: Option<Initramfs>,
    pub(super) image: Option<Image>,
}

/// A set of compilers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ToolchainSpec {
    /// Its name, which is that of its build directory as well.
    #[serde(skip)]
    pub name: String,
    /// What it is, in a few words.
    pub about: String,
    /// The processor it makes code for; that of this machine when it does not say.
    pub architecture: Option<String>,
    /// Its name for findlib (`ocamlfind -toolchain`); the compilers of this machine have none.
    pub findlib: Option<String>,
    /// The C compiler, which must be there.
    pub cc: Option<String>,
    /// Which kinds of code it makes.
    #[serde(default)]
    pub code: Code,
    /// The C source that programs begin with: one that mbuild knows by this name.
    pub entry: Option<String>,
    /// How mbuild makes it where there is none: a recipe by its name.
    pub recipe: Option<String>,
    /// What the recipe needs; `{ocaml}` stands for the version of the host's compiler.
    #[serde(default)]
    pub sources: Vec<Need>,
    /// Findlib packages that are there for the host and make no sense here.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// Names of the tools, where they are not the usual ones.
    #[serde(default)]
    pub tools: ToolNames,
}

impl ToolchainSpec {
    /// These are the compilers of this machine, for this machine.
    pub fn is_host(&self) -> bool {
        self.findlib.is_none()
    }
}

/// Names under which each tool of a toolchain may be installed, the preferred first.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)]
pub struct ToolNames {
    pub ocamlc: Vec<String>,
    pub ocamlopt: Vec<String>,
    pub ocamldep: Vec<String>,
    pub ocamllex: Vec<String>,
    pub ocamlyacc: Vec<String>,
    pub ocamldoc: Vec<String>,
    pub ocamlmklib: Vec<String>,
}

impl Default for ToolNames {
    fn default() -> Self {
        let names = |tool: &str| vec![format!("{tool}.opt"), tool.to_owned()];
        Self {
            ocamlc: names("ocamlc"),
            ocamlopt: names("ocamlopt"),
            ocamldep: names("ocamldep"),
            ocamllex: names("ocamllex"),
            ocamlyacc: vec!["ocamlyacc".to_owned()],
            ocamldoc: names("ocamldoc"),
            ocamlmklib: vec!["ocamlmklib".to_owned()],
        }
    }
}

/// Which kinds of code are made, whatever a manifest says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// What the manifest says.
    #[default]
    Any,
    /// Bytecode alone.
    Byte,
    /// Native code alone.
    Native,
}

/// What the last link of a program adds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Link {
    /// Options of the OCaml compiler.
    pub options: Vec<String>,
    /// Files that the linker reads besides, relative to the folder that the toolchain is in.
    pub files: Vec<String>,
    /// How programs say which devices they have, where they do.
    pub manifest: Option<Manifest>,
    /// What a hypervisor is told of each program, in a file beside it.
    pub guest: Option<Guest>,
}

/// How a hypervisor is told of programs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guest {
    /// What the name of the file ends in, without the dot.
    pub extension: String,
    /// What it says beside the name of the program and its path, unless the manifest says otherwise.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
}

/// How a program says which devices it has: a list in JSON becomes C, which is linked into it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// What the list calls itself.
    #[serde(rename = "type")]
    pub kind: String,
    /// The command that makes C (`{c}`) of the list (`{json}`).
    pub command: Vec<String>,
}

/// What a program may ask of its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceKind {
    /// A network interface.
    Net,
    /// A block device.
    Block,
}

impl DeviceKind {
    /// Its name in manifests and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Net => "net",
            Self::Block => "block",
        }
    }
}

/// How a target has devices of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Devices {
    /// Their type in the device manifest.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many a program may have; no limit when it does not say.
    pub most: Option<usize>,
    /// Words of the runner's command for each: `{name}` is the device, `{value}` what the user gave.
    #[serde(default)]
    pub options: Vec<String>,
}

/// How programs run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Runner {
    /// The command. `{memory}`, `{program}` and `{line}` (the arguments of the program as one word)
    /// stand in words, `{devices}` is a word that stands for the words of all devices, and `{kernel}` is
    /// the file of the target's kernel.
    pub command: Vec<String>,
    /// A first argument that makes it print nothing of its own.
    pub quiet: Option<String>,
    /// How the arguments become one word.
    #[serde(default)]
    pub arguments: Arguments,
    /// How many bytes that word may have; no limit when it does not say.
    pub longest: Option<usize>,
    /// Words that `{status}` stands for: they make the runner leave the program's status in `{file}`,
    /// as a number on a line.
    #[serde(default)]
    pub status: Vec<String>,
    /// How much memory it gets, in MiB, when the user does not say.
    #[serde(default = "memory")]
    pub memory: u64,
    /// Exit codes that mean success.
    #[serde(default = "zero")]
    pub success: Vec<u8>,
    /// The exit code is that of the program.
    #[serde(default = "yes")]
    pub carries_status: bool,
    /// A command that says which version of the ABI the runner has (`ABI version 1`).
    #[serde(default)]
    pub abi: Vec<String>,
    /// What it needs of this machine.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// It is a machine of its own: that of the program, whatever this one is.
    #[serde(default)]
    pub emulates: bool,
}

fn memory() -> u64 {
    128
}

fn zero() -> Vec<u8> {
    vec![0]
}

fn yes() -> bool {
    true
}

/// A program or file that has to be there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The program, which is looked for on PATH.
    pub program: Option<String>,
    /// The file.
    pub file: Option<String>,
    /// The Debian package that has it.
    pub apt: Option<String>,
    /// Of which architecture the file has to be, as Debian calls it, where it is not this machine's.
    pub architecture: Option<String>,
}

/// How the arguments of a program become one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arguments {
    /// A blank between them, and a backslash before blanks, quotes and backslashes in them.
    #[default]
    Blanks,
    /// A comma after each, and a percent sign and two hexadecimal digits for all that is no letter,
    /// digit or one of `-._/`: no kernel or loader sees anything in it.
    Percent,
}

/// A kernel that programs are booted with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KernelSpec {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// What it is, in a few words.
    pub about: String,
    /// The processor; that of this machine when it does not say.
    pub architecture: Option<String>,
    /// The Debian package that it is taken from, or one that depends on that.
    pub package: Option<String>,
    /// Drivers of the package that are kept beside it, by name.
    #[serde(default)]
    pub modules: Vec<String>,
    /// The file, where it is there already.
    pub file: Option<String>,
}

/// The initial file system around a program that is all that runs on a kernel.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Initramfs {
    /// What the file is called: the program's name, a dot and this.
    pub extension: String,
    /// The C source of the first process: one that mbuild knows by this name.
    pub init: String,
    /// Drivers that it loads, in this order: those kept beside the kernel, by name.
    #[serde(default)]
    pub modules: Vec<String>,
    /// Other files, by their paths in it.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

/// How images are made that boot by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Which formats there are.
    pub formats: Vec<ImageFormat>,
    /// What the boot loader is told on a disk: `{program}` and `{kernel}` are files on it, `{line}` is the
    /// arguments of the program.
    #[serde(default)]
    pub loader: Vec<String>,
    /// A command that boots a disk, to be shown: `{image}` is the file, `{format}` what QEMU calls the
    /// format, `{memory}` and `{devices}` are as for running.
    #[serde(default)]
    pub boot: Vec<String>,
    /// What making one needs of this machine.
    #[serde(default)]
    pub needs: Vec<Need>,
}

/// A format of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ImageFormat {
    /// A disk as it is.
    #[serde(rename = "raw")]
    Raw,
    /// A disk of QEMU.
    #[serde(rename = "qcow2")]
    Qcow2,
    /// A disk in an archive, as clouds take it.
    #[serde(rename = "tar.gz")]
    TarGz,
    /// The initial file system for a kernel that is given beside it.
    #[serde(rename = "initramfs")]
    Initramfs,
}

impl ImageFormat {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Raw, Self::Qcow2, Self::TarGz, Self::Initramfs];

    /// Its name, which is what files of it end in as well.
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Qcow2 => "qcow2",
            Self::TarGz => "tar.gz",
            Self::Initramfs => "initramfs",
        }
    }
}
