//! What stands in a folder: a rule file that somebody else wrote.

use std::path::{Path, PathBuf};

use crate::building::Rules;
use crate::failure::{Failure, Result};

/// The name of a rule file that somebody else wrote.
const RULE_FILE: &str = "build.ninja";

/// The rule file of the current folder.
pub(crate) fn rules() -> Result<Rules> {
    if Path::new(RULE_FILE).is_file() {
        return Ok(Rules {
            dir: PathBuf::from("."),
            file: RULE_FILE.into(),
            state_dir: None,
            ours: false,
        });
    }
    Err(Failure::wrong("there is no manifest and no `build.ninja` here")
        .with_help("go to the folder of a package, or name it with `-C DIR`"))
}
