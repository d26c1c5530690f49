//! Arguments of `mbuild image`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mbuild_frontends::target::ImageFormat;

use crate::args::build::BuildFlags;

/// `mbuild image`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ImageArgs {
    /// Which program; not needed when the package has one
    #[arg(value_name = "EXE")]
    pub(crate) executable: Option<String>,
    /// What to make
    #[arg(long, value_name = "FORMAT", value_enum, help_heading = "Image")]
    pub(crate) format: Format,
    /// Put it into FILE [default: leave it in the build directory]
    #[arg(short, long, value_name = "FILE", help_heading = "Image")]
    pub(crate) output: Option<PathBuf>,
    /// What the program gets when it boots
    #[arg(last = true, value_name = "ARGS")]
    pub(crate) arguments: Vec<OsString>,
    #[command(flatten)]
    pub(crate) flags: BuildFlags,
}

/// A format as the command line has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A disk as it is
    Raw,
    /// A disk of QEMU
    Qcow2,
    /// A disk in an archive, as clouds take it
    #[value(name = "tar.gz")]
    TarGz,
    /// The initial file system for a kernel that is given beside it
    Initramfs,
}

impl From<Format> for ImageFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Raw => Self::Raw,
            Format::Qcow2 => Self::Qcow2,
            Format::TarGz => Self::TarGz,
            Format::Initramfs => Self::Initramfs,
        }
    }
}
