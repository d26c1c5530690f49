//! A fence around commands: they may write below one folder and to devices that keep nothing, and nowhere else, whatever
//! they try.
//!
//! The system has to have one: Linux has Landlock, which needs no rights and holds for everything that a command
//! starts. Permissions and times of files are not kept by it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::failure::{Failure, Result, reason};

/// The step that puts up the fence and becomes a command: `mbuild internal fenced FOLDER PROGRAM ARGUMENT...`.
pub(crate) const STEP: &str = "fenced";

/// What commands write to and nobody keeps. All of `/dev` would not do: it has folders like any other, `/dev/shm`.
const DEVICES: [&str; 7] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx"];

/// The folder of terminals that programs make, in which nobody makes files.
const TERMINALS: &str = "/dev/pts";

/// Why there is no fence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoFence {
    /// Nothing of the system would be one.
    #[error(
        "nothing on this system keeps commands from writing below the prefix, as Landlock does (Linux 5.13 and later)"
    )]
    NoSystem,
    /// The program that would put it up cannot be found: this one.
    #[error("cannot tell which program this is: {}", reason(.0))]
    NoProgram(#[from] std::io::Error),
}

/// A folder that commands have to themselves.
pub(crate) struct Fence {
    folder: PathBuf,
    program: PathBuf,
}

impl Fence {
    /// The one around `folder`, which has to be a full path.
    pub(crate) fn around(folder: &Path) -> std::result::Result<Self, NoFence> {
        Self::of(folder, system::has_fences())
    }

    fn of(folder: &Path, has_fences: bool) -> std::result::Result<Self, NoFence> {
        if !has_fences {
            return Err(NoFence::NoSystem);
        }
        Ok(Self { folder: folder.to_owned(), program: std::env::current_exe()? })
    }

    /// The words that stand before a command's own.
    pub(crate) fn words(&self) -> Vec<OsString> {
        let Self { folder, program } = self;
        vec![program.into(), "internal".into(), STEP.into(), folder.into()]
    }

    /// Folders inside of it for what commands like to keep in those of the user's.
    pub(crate) fn variables(&self) -> Result<Vec<(OsString, OsString)>> {
        let mut variables = Vec::new();
        for (variable, name) in [("HOME", "home"), ("TMPDIR", "tmp")] {
            let folder = self.folder.join(name);
            std::fs::create_dir_all(&folder).map_err(|error| {
                Failure::system(format_args!("cannot make `{}`", folder.display()), &error)
            })?;
            variables.push((variable.into(), folder.into()));
        }
        Ok(variables)
    }
}

/// Puts up the fence around `folder` and becomes the command `words`; returns where that cannot be.
pub(crate) fn run(folder: &Path, words: &[OsString]) -> Result<Exit> {
    use std::os::unix::process::CommandExt as _;
    let Some((program, arguments)) = words.split_first() else {
        return Err(Failure::usage("there is no command to run"));
    };
    system::put_up(folder).map_err(|error| {
        Failure::new(Exit::System, format!("cannot fence a command in: {error}"))
    })?;
    let error = std::process::Command::new(program).args(arguments).exec();
    let program = Path::new(program).display();
    Err(Failure::system(format_args!("cannot run `{program}`"), &error))
}

#[cfg(target_os = "linux")]
mod system {
    use std::path::Path;

    use landlock::{
        ABI, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
        RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus,
    };

    use super::{DEVICES, TERMINALS};

    /// The newest way of writing that is kept; older systems keep what they know of.
    const NEWEST: ABI = ABI::V3;

    /// Whether any writing can be kept.
    pub(super) fn has_fences() -> bool {
        let rules = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
        let rules = rules.handle_access(AccessFs::from_write(ABI::V1));
        rules.and_then(Ruleset::create).is_ok()
    }

    /// From now on this process and those that it starts write below this folder and to the devices alone.
    pub(super) fn put_up(folder: &Path) -> Result<(), String> {
        let text = |error: RulesetError| error.to_string();
        let all = AccessFs::from_write(NEWEST);
        let rules = Ruleset::default().handle_access(all).map_err(text)?;
        let rules = rules.create().map_err(text)?;
        let opened = PathFd::new(folder).map_err(|error| error.to_string())?;
        let mut rules = rules.add_rule(PathBeneath::new(opened, all)).map_err(text)?;
        // What is there already is written to, and nothing is made.
        let open = all & AccessFs::from_file(NEWEST);
        for device in DEVICES.into_iter().chain([TERMINALS]) {
            rules = allow(rules, Path::new(device), open).map_err(text)?;
        }
        match rules.restrict_self().map_err(text)?.ruleset {
            RulesetStatus::NotEnforced => Err("the system has no fences".to_owned()),
            RulesetStatus::PartiallyEnforced | RulesetStatus::FullyEnforced => Ok(()),
        }
    }

    /// Lets this be done to what is at the path; where nothing is, nothing can be done to it.
    fn allow(
        rules: RulesetCreated,
        path: &Path,
        access: BitFlags<AccessFs>,
    ) -> Result<RulesetCreated, RulesetError> {
        match PathFd::new(path) {
            Ok(opened) => rules.add_rule(PathBeneath::new(opened, access)),
            Err(_) => Ok(rules),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::path::Path;

    pub(super) fn has_fences() -> bool {
        false
    }

    pub(super) fn put_up(_: &Path) -> Result<(), String> {
        Err("the system has no fences".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_without_fences_is_told_of() {
        let error = Fence::of(Path::new("/there"), false).err().expect("no fence");
        assert_eq!(
            error.to_string(),
            "nothing on this system keeps commands from writing below the prefix, as Landlock does (Linux 5.13 and later)"
        );
        let fence = Fence::of(Path::new("/there"), true).expect("a fence");
        assert_eq!(fence.words()[1..], ["internal", STEP, "/there"]);
    }
}
