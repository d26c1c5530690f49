//! Making the fifo of a server.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// How many names are tried before it is given up.
const TRIES: u32 = 100;

/// Makes a fifo under a name that nobody has, in the folder for temporary files.
pub(super) fn make() -> io::Result<PathBuf> {
    let folder = folder();
    let pid = std::process::id();
    let mut taken = io::Error::from(io::ErrorKind::AlreadyExists);
    for number in 0..TRIES {
        let path = folder.join(format!("mbuild-jobserver-{pid}-{number}"));
        match mkfifo(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = error,
            Err(error) => return Err(error),
        }
    }
    Err(taken)
}

/// `MAKEFLAGS` takes no name with a blank.
fn folder() -> PathBuf {
    let folder = std::env::temp_dir();
    let blank = folder.as_os_str().as_bytes().iter().any(u8::is_ascii_whitespace);
    if blank || !folder.is_absolute() { PathBuf::from("/tmp") } else { folder }
}

#[cfg(not(target_vendor = "apple"))]
pub(super) fn mkfifo(path: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, Mode, mkfifoat};
    Ok(mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR)?)
}

/// Nobody offers the call there without `unsafe`, but the program is part of every system.
#[cfg(target_vendor = "apple")]
pub(super) fn mkfifo(path: &Path) -> io::Result<()> {
    let mut program = std::process::Command::new("mkfifo");
    let made = program.args(["-m", "600"]).arg(path).output()?;
    if made.status.success() {
        Ok(())
    } else if path.symlink_metadata().is_ok() {
        Err(io::ErrorKind::AlreadyExists.into())
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&made.stderr).trim().to_owned()))
    }
}
