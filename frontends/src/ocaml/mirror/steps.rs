//! The script that links a [mirror](Package::mirrors) for commands around steps, and what runs it before them.

use super::super::rules::{plain, shell};
use crate::package::Package;

/// The script for a mirror, in the build directory `dir`.
pub(crate) fn script(dir: &str, mirror: &str) -> String {
    format!("{dir}/scripts/{}.steps.sh", plain(mirror))
}

/// The commands that make the links before those around a step, which run in the folder that the mirrors are in.
pub(crate) fn commands(package: &Package, dir: &str) -> Vec<String> {
    let command = |mirror: &String| {
        let run = format!("sh {}", shell(&script(dir, mirror)));
        match mirror.matches('/').count() {
            0 => run,
            up => format!("cd {} && {run}", vec![".."; up].join("/")),
        }
    };
    package.mirrors.iter().map(command).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_run_from_the_root() {
        let mirrors = vec!["_build".to_owned(), "a/b/_build".to_owned()];
        let package = Package { mirrors, ..Package::default() };
        let expected = [
            "sh _mbuild/x/scripts/_build.steps.sh".to_owned(),
            format!("cd ../.. && sh {}", script("_mbuild/x", "a/b/_build")),
        ];
        assert_eq!(commands(&package, "_mbuild/x"), expected);
    }
}
