//! A fence around commands: they may write below one folder and nowhere else, whatever they try.
//!
//! The system has to have one: Linux has Landlock, which needs no rights and holds for everything that a command
//! starts. Permissions and times of files are not kept by it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::failure::{Failure, Result};

/// The step that puts up the fence and becomes a command: `mbuild internal fenced FOLDER PROGRAM ARGUMENT...`.
pub(crate) const STEP: &str = "fenced";

/// What a command writes to that nobody keeps: `/dev/null` and its like.
const DEVICES: &str = "/dev";

/// A folder that commands have to themselves.
pub(crate) struct Fence {
    folder: PathBuf,
    program: PathBuf,
}

impl Fence {
    /// The one around `folder`, which has to be a full path; `None` where the system has no fences.
    pub(crate) fn around(folder: &Path) -> Result<Option<Self>> {
        if !system::has_fences() {
            return Ok(None);
        }
        let program = std::env::current_exe()
            .map_err(|error| Failure::system("cannot tell which program this is", &error))?;
        Ok(Some(Self { folder: folder.to_owned(), program }))
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
    system::put_up(&[folder, Path::new(DEVICES)]).map_err(|error| {
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
        ABI, AccessFs, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
        RulesetCreatedAttr, RulesetError, RulesetStatus,
    };

    /// The newest way of writing that is kept; older systems keep what they know of.
    const NEWEST: ABI = ABI::V3;

    /// Whether any writing can be kept.
    pub(super) fn has_fences() -> bool {
        let rules = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
        let rules = rules.handle_access(AccessFs::from_write(ABI::V1));
        rules.and_then(Ruleset::create).is_ok()
    }

    /// From now on this process and those that it starts write below these folders alone.
    pub(super) fn put_up(folders: &[&Path]) -> Result<(), String> {
        let text = |error: RulesetError| error.to_string();
        let writes = AccessFs::from_write(NEWEST);
        let rules = Ruleset::default().handle_access(writes).map_err(text)?;
        let mut rules = rules.create().map_err(text)?;
        for folder in folders {
            let opened = PathFd::new(folder).map_err(|error| error.to_string())?;
            rules = rules.add_rule(PathBeneath::new(opened, writes)).map_err(text)?;
        }
        match rules.restrict_self().map_err(text)?.ruleset {
            RulesetStatus::NotEnforced => Err("the system has no fences".to_owned()),
            RulesetStatus::PartiallyEnforced | RulesetStatus::FullyEnforced => Ok(()),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::path::Path;

    pub(super) fn has_fences() -> bool {
        false
    }

    pub(super) fn put_up(_: &[&Path]) -> Result<(), String> {
        Err("the system has no fences".to_owned())
    }
}
