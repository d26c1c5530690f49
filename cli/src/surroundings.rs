//! What stands around the program: its folder, its environment, the name it is called by.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use mbuild_frontends::depends;

use crate::exit::Exit;
use crate::failure::{Failure, Result};

/// The current folder in full.
pub(crate) fn current_folder() -> Result<PathBuf> {
    std::env::current_dir()
        .map_err(|error| Failure::system("cannot tell the current folder", &error))
}

/// What a package asks of this environment.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// How rule files call this program: by its name when that is what the shell would find.
pub(crate) fn own_program() -> Result<PathBuf> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::system("cannot tell which program this is", &error))?;
    let same = |found: &Path| found.canonicalize().ok() == program.canonicalize().ok();
    if depends::find_program("mbuild").is_some_and(|found| same(&found)) {
        return Ok(PathBuf::from("mbuild"));
    }
    match program.to_str() {
        Some(_) => Ok(program),
        None => {
            let message =
                format!("rule files cannot name `{}`: it is not UTF-8", program.display());
            Err(Failure::new(Exit::System, message).with_help("put this program on `PATH`"))
        }
    }
}
