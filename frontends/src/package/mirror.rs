//! The script that links a [mirror](super::Package::mirrors), and the command around a step that runs it.

use super::{Hook, Package, Step};
use crate::ocaml::rules::{plain, shell};

/// The steps that commands may look for what is built after.
const STEPS: [Hook; 3] = [
    Hook { step: Step::Build, after: true },
    Hook { step: Step::Install, after: false },
    Hook { step: Step::Install, after: true },
];

/// The script for a mirror, in the build directory `dir`.
pub(crate) fn script(dir: &str, mirror: &str) -> String {
    format!("{dir}/scripts/{}.steps.sh", plain(mirror))
}

/// Whether what is built is there around a step, and links to it may be wanted.
pub(crate) fn is_wanted(hook: Hook) -> bool {
    STEPS.contains(&hook)
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
        assert!(!is_wanted(Hook { step: Step::Build, after: false }));
    }
}
