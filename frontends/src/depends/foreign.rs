//! Debian packages of another architecture, unpacked in a folder of their own: nobody has to be root, and
//! the machine's own packages and lists stay as they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Command;

/// A Debian package of another architecture.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Foreign {
    /// The package.
    pub package: String,
    /// Its architecture.
    pub architecture: String,
    /// Where it is unpacked.
    pub root: PathBuf,
}

/// The commands that download packages and unpack them.
pub(super) fn commands(wanted: &[&Foreign]) -> Vec<Command> {
    let mut roots: BTreeMap<(&Path, &str), Vec<&str>> = BTreeMap::new();
    for foreign in wanted {
        roots.entry((&foreign.root, &foreign.architecture)).or_default().push(&foreign.package);
    }
    let mut commands = Vec::new();
    for ((root, architecture), packages) in roots {
        let inside = |path: &str| root.join(path).to_string_lossy().into_owned();
        let debs = inside("debs");
        let mut add = |start: &[&str], more: &[&str]| {
            let words = start.iter().chain(more).map(|word| (*word).to_owned());
            commands.push(Command(words.collect()));
        };
        let lists = inside("apt/lists/partial");
        add(&["mkdir", "-p", &lists, &inside("apt/cache/archives/partial"), &debs], &[]);
        let options = options(root, architecture);
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        add(&["apt-get"], &[&options[..], &["update"]].concat());
        let download = [&options[..], &["download"], &packages].concat();
        add(&["env", "-C", &debs, "apt-get"], &download);
        let root = root.to_string_lossy();
        add(&["find", &debs, "-name", "*.deb", "-exec", "dpkg-deb", "-x", "{}", &root, ";"], &[]);
    }
    commands
}

/// Options that make apt do for another architecture what it does for the machine, with the same sources
/// and keys, in a folder of its own.
pub(crate) fn options(root: &Path, architecture: &str) -> Vec<String> {
    let inside = |path: &str| root.join(path).to_string_lossy().into_owned();
    let options = [
        format!("Dir::State={}", inside("apt")),
        format!("Dir::Cache={}", inside("apt/cache")),
        "Dir::State::status=/dev/null".to_owned(),
        format!("APT::Architecture={architecture}"),
        format!("APT::Architectures::={architecture}"),
        "APT::Sandbox::User=root".to_owned(),
        "Acquire::Languages=none".to_owned(),
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false".to_owned(),
    ];
    options.into_iter().flat_map(|option| ["-o".to_owned(), option]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_one_architecture_are_fetched_together() {
        let foreign = |package: &str| Foreign {
            package: package.to_owned(),
            architecture: "arm64".to_owned(),
            root: PathBuf::from("/r"),
        };
        let (musl, seccomp) = (foreign("musl-dev"), foreign("libseccomp-dev"));
        let commands = commands(&[&musl, &seccomp]);
        let texts: Vec<String> = commands.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), 4);
        assert!(texts[1].starts_with("apt-get -o 'Dir::State=/r/apt' -o "), "{}", texts[1]);
        assert!(texts[1].ends_with("update"), "{}", texts[1]);
        assert!(texts[2].starts_with("env -C /r/debs apt-get -o "), "{}", texts[2]);
        assert!(texts[2].ends_with("download musl-dev libseccomp-dev"), "{}", texts[2]);
        assert_eq!(texts[3], "find /r/debs -name '*.deb' -exec dpkg-deb -x '{}' /r ';'");
    }
}
