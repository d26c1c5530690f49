//! Disks that boot: GRUB in front, then the files that it loads, by their sectors and without a file system.
//!
//! The first sector is GRUB's boot sector with one partition in its table, which is everything from the
//! first mebibyte on. GRUB's core is right behind that sector, with its commands in it. Files begin at the
//! first mebibyte, each at a sector of its own, and GRUB knows them as lists of sectors.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mbuild_rules::reason;
use serde::{Deserialize, Serialize};

use super::{ImageError, at, description, gzip, qcow2, tar};
use crate::files;
use crate::target::{Arguments, ImageFormat};

const SECTOR: usize = 512;
/// Where partitions begin on today's disks.
const FIRST: usize = 2048;
const MEBIBYTE: usize = 1 << 20;
/// Clouds want disks of whole gibibytes in their archives.
const GIBIBYTE: u64 = 1 << 30;
/// What clouds want the disk to be called.
const NAME_IN_ARCHIVE: &str = "disk.raw";

/// Where Debian has the parts of GRUB for the BIOS.
const GRUB: &str = "/usr/lib/grub/i386-pc";
/// What of GRUB is in the core: reading disks, and the commands of [`crate::target::Image::loader`].
const GRUB_MODULES: [&str; 4] = ["biosdisk", "boot", "linux", "multiboot"];

/// What goes on a disk, and where the disk goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Description {
    /// The file to make.
    pub(crate) out: PathBuf,
    /// What it is.
    pub(crate) format: ImageFormat,
    /// The files on the disk, by the names that the loader's commands have for them.
    pub(crate) files: Vec<(String, PathBuf)>,
    /// What the loader is told.
    pub(crate) loader: Vec<String>,
    /// How the program gets its arguments.
    pub(crate) style: Arguments,
    /// The file with the program's arguments, each with a zero after it.
    pub(crate) arguments: PathBuf,
}

/// Makes the disk that a file describes.
pub fn run(path: &Path) -> Result<(), ImageError> {
    let what: Description = description(path)?;
    let disk = disk(&what)?;
    let content = match what.format {
        ImageFormat::Raw | ImageFormat::Initramfs => disk,
        ImageFormat::Qcow2 => qcow2::disk(&disk),
        ImageFormat::TarGz => {
            let size = (disk.len() as u64).next_multiple_of(GIBIBYTE);
            gzip(&tar::sparse(NAME_IN_ARCHIVE, &disk, size)).map_err(at(&what.out))?
        }
    };
    files::replace(&what.out, &content, None).map_err(at(&what.out))
}

/// The disk as it is.
fn disk(what: &Description) -> Result<Vec<u8>, ImageError> {
    let mut data = Vec::new();
    let mut places = Vec::new();
    for (name, file) in &what.files {
        let content = std::fs::read(file).map_err(at(file))?;
        let start = FIRST + data.len() / SECTOR;
        places.push((name.as_str(), format!("(hd0){start}+{}", content.len().div_ceil(SECTOR))));
        data.extend_from_slice(&content);
        data.resize(data.len().next_multiple_of(SECTOR), 0);
    }
    let arguments = std::fs::read(&what.arguments).map_err(at(&what.arguments))?;
    let line = line(&arguments, what.style);
    let mut commands = String::new();
    for command in &what.loader {
        let mut command = command.replace("{line}", &line);
        for (name, place) in &places {
            command = command.replace(&format!("{{{name}}}"), place);
        }
        commands.push_str(&command);
        commands.push('\n');
    }
    commands.push_str("boot\n");

    let boot = Path::new(GRUB).join("boot.img");
    let mut disk = std::fs::read(&boot).map_err(at(&boot))?;
    disk.resize(SECTOR, 0);
    let core = core(&commands)?;
    let room = (FIRST - 1) * SECTOR;
    if core.len() > room {
        return Err(ImageError::LoaderSize { size: core.len(), room });
    }
    disk.extend_from_slice(&core);
    disk.resize(FIRST * SECTOR, 0);
    disk.extend_from_slice(&data);
    disk.resize(disk.len().next_multiple_of(MEBIBYTE), 0);
    let sectors = disk.len() / SECTOR - FIRST;
    disk[446..462].copy_from_slice(&partition(FIRST, sectors));
    Ok(disk)
}

/// The entry of a partition table for a partition that is booted and holds no file system.
fn partition(first: usize, sectors: usize) -> [u8; 16] {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
    let mut entry = [0; 16];
    entry[0] = 0x80;
    // Cylinders, heads and sectors have been out of use for long: the highest ones.
    entry[1..4].copy_from_slice(&[0xfe, 0xff, 0xff]);
    entry[4] = 0xda;
    entry[5..8].copy_from_slice(&[0xfe, 0xff, 0xff]);
    entry[8..12].copy_from_slice(&number(first));
    entry[12..16].copy_from_slice(&number(sectors));
    entry
}

/// GRUB's core with these commands in it.
fn core(commands: &str) -> Result<Vec<u8>, ImageError> {
    let scratch = tempfile::tempdir().map_err(at(&std::env::temp_dir()))?;
    let (config, core) = (scratch.path().join("commands"), scratch.path().join("core"));
    std::fs::write(&config, commands).map_err(at(&config))?;
    let mut grub = Command::new("grub-mkimage");
    grub.args(["--format=i386-pc", "--prefix=/", "--compression=auto"]);
    grub.arg("--directory").arg(GRUB).arg("--config").arg(&config).arg("--output").arg(&core);
    grub.args(GRUB_MODULES).stdin(Stdio::null());
    let failed = |said: String| ImageError::Loader { command: "grub-mkimage".to_owned(), said };
    let output = grub.output().map_err(|error| failed(reason(&error)))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    std::fs::read(&core).map_err(at(&core))
}

/// The arguments as they stand in a command of GRUB.
fn line(arguments: &[u8], style: Arguments) -> String {
    let mut words: Vec<&[u8]> = arguments.split(|byte| *byte == 0).collect();
    words.pop();
    match style {
        Arguments::Percent => percent(words),
        // GRUB itself puts backslashes and quotes where the program's side expects them; here each
        // character stands for itself.
        Arguments::Blanks => {
            let words = words.iter().map(|word| {
                let text = String::from_utf8_lossy(word);
                text.chars().fold(String::new(), |out, c| match c {
                    c if c.is_alphanumeric() || !c.is_ascii() => out + &c.to_string(),
                    c => format!("{out}\\{c}"),
                })
            });
            words.collect::<Vec<_>>().join(" ")
        }
    }
}

/// Arguments as [`Arguments::Percent`] has them.
pub fn percent<W: AsRef<[u8]>>(words: impl IntoIterator<Item = W>) -> String {
    let mut out = String::new();
    for word in words {
        for byte in word.as_ref() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'/' => {
                    out.push(char::from(*byte));
                }
                byte => out.push_str(&format!("%{byte:02X}")),
            }
        }
        out.push(',');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_kept_apart() {
        let given = b"a b\0\0c\\\xc3\xa9\0";
        assert_eq!(line(given, Arguments::Percent), "a%20b,,c%5C%C3%A9,");
        assert_eq!(line(given, Arguments::Blanks), "a\\ b  c\\\\é");
        assert_eq!(line(b"", Arguments::Percent), "");
    }

    #[test]
    fn the_partition_is_everything_behind_the_loader() {
        assert_eq!(
            partition(2048, 0x1234),
            [128, 254, 255, 255, 0xda, 254, 255, 255, 0, 8, 0, 0, 0x34, 0x12, 0, 0]
        );
    }
}
