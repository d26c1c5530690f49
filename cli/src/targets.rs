//! The targets that there are: built in, the user's and the project's.

use mbuild_frontends::target::{Catalog, Target};

use crate::failure::{Failure, Result};
use crate::suggest;
use crate::surroundings::{current_folder, variable};

/// All targets, with those that the user and the project in the current folder describe.
pub(crate) fn catalog() -> Result<Catalog> {
    Catalog::load(&current_folder()?, &variable).map_err(|wrong| {
        let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        Failure::wrong(wrong.join("\n"))
    })
}

/// The target of this name.
pub(crate) fn find(name: Option<&str>) -> Result<Target> {
    find_in(&catalog()?, name.unwrap_or(Catalog::DEFAULT))
}

/// The target of this name in a catalog.
pub(crate) fn find_in(catalog: &Catalog, name: &str) -> Result<Target> {
    catalog.target(name).ok_or_else(|| {
        let list = || "`mbuild targets` lists them".to_owned();
        let help = suggest::help(name, catalog.names(), list);
        Failure::usage(format!("there is no target `{name}`")).with_help(help)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_target_comes_with_a_near_one() {
        let catalog = Catalog::built_in().unwrap();
        let message = |name| find_in(&catalog, name).unwrap_err().to_string();
        assert_eq!(message("natve"), "there is no target `natve`\n  help: did you mean `native`?");
        assert_eq!(
            message("plan9-on-mips"),
            "there is no target `plan9-on-mips`\n  help: `mbuild targets` lists them"
        );
        assert_eq!(find_in(&catalog, "native").unwrap().name, "native");
    }
}
