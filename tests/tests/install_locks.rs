//! Installations below one prefix: one at a time, but for those that an installation's own commands start.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use mbuild_tests::{Project, Space, program, tree};

fn names(space: &Space, folder: &str) -> Vec<String> {
    tree::read(&space.path(folder), |_| true).into_keys().collect()
}

/// A package of opam's whose commands install by the script `install.sh`.
fn package<'a>(space: &'a Space, name: &str, script: &str) -> Project<'a> {
    let project = space.project(name);
    let manifest = "version: \"1\"\nbuild: [\"true\"]\ninstall: [\"sh\" \"-e\" \"install.sh\"]\n";
    project.write(&format!("{name}.opam"), manifest).write("install.sh", script);
    project
}

fn wait_for(path: &Path) {
    let began = Instant::now();
    while !path.exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "{} does not come", path.display());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_command_that_installs_may_install_another_package_with_mbuild() {
    let space = Space::new();
    let prefix = space.path("prefix");
    // As one that was there before, it can be locked.
    fs::create_dir_all(&prefix).unwrap();
    let second = package(
        &space,
        "second",
        &format!(
            "mkdir -p '{0}/share/second'\necho 2 > '{0}/share/second/data'\n",
            prefix.display()
        ),
    );
    let nested = format!(
        "mkdir -p '{0}/share/first'\necho 1 > '{0}/share/first/data'\n\
         cd '{1}'\nenv -u DESTDIR -u OCAMLFIND_DESTDIR timeout 60 '{2}' install --prefix '{0}'\n",
        prefix.display(),
        second.dir().display(),
        program::mbuild().display(),
    );
    let first = package(&space, "first", &nested);
    let to = prefix.to_string_lossy();
    for _ in 0..2 {
        let said = first.mbuild(&["install", "--prefix", &to]).ok().said();
        assert!(said.contains("installed second: 1 file"), "{said}");
        assert!(said.contains("installed first: 1 file"), "{said}");
        assert!(!said.contains("waiting for"), "{said}");
        let both = [
            "share/first/data",
            "share/mbuild/first.json",
            "share/mbuild/second.json",
            "share/second/data",
        ];
        assert_eq!(names(&space, "prefix"), both);
    }
    // Each has its own.
    first.mbuild(&["uninstall", "--prefix", &to]).ok();
    assert_eq!(names(&space, "prefix"), ["share/mbuild/second.json", "share/second/data"]);
    second.mbuild(&["uninstall", "--prefix", &to]).ok();
    assert_eq!(names(&space, "prefix"), [""; 0]);
}

#[test]
fn what_is_installed_below_the_folder_for_a_command_belongs_to_its_package() {
    let space = Space::new();
    let prefix = space.path("prefix");
    fs::create_dir_all(&prefix).unwrap();
    let to = prefix.to_string_lossy();
    let second =
        package(&space, "second", "mkdir -p \"$DESTDIR/$1\"\necho 2 > \"$DESTDIR/$1/data\"\n");
    let manifest = "version: \"1\"\ninstall: [\"sh\" \"-e\" \"install.sh\" share]\n";
    second.write("second.opam", manifest);
    second.mbuild(&["configure", "--prefix", &to]).ok();
    let first = package(&space, "first", "");
    let mbuild = program::mbuild().to_string_lossy();
    let second = second.dir().to_string_lossy();
    // The first heeds `DESTDIR`, the second is told of a prefix in it.
    for command in [
        format!("\"sh\" \"-c\" \"cd '{second}' && timeout 60 '{mbuild}' install\""),
        format!(
            "\"sh\" \"-c\" \"cd '{second}' && timeout 60 '{mbuild}' install --prefix \\\"$1\\\"\" \"sh\" prefix"
        ),
    ] {
        first.write("first.opam", format!("version: \"1\"\ninstall: [{command}]\n"));
        first.mbuild(&["install", "--prefix", &to]).ok();
        assert_eq!(names(&space, "prefix"), ["share/data", "share/mbuild/first.json"], "{command}");
        first.mbuild(&["uninstall", "--prefix", &to]).ok();
        assert_eq!(names(&space, "prefix"), [""; 0]);
    }
}

#[test]
fn another_installation_waits_and_says_for_whom() {
    let space = Space::new();
    let prefix = space.path("prefix");
    fs::create_dir_all(&prefix).unwrap();
    let to = prefix.to_string_lossy();
    let (began, go) = (space.path("began"), space.path("go"));
    let slow = format!(
        "touch '{}'\nuntil [ -e '{}' ]; do sleep 0.02; done\n",
        began.display(),
        go.display()
    );
    let first = package(&space, "first", &slow);
    let second = package(&space, "second", "mkdir -p \"$DESTDIR\"\n");
    second.write("second.install", "share: [\"install.sh\"]\n");
    let mut installs = first.mbuild(&["install", "--prefix", &to]);
    let mut running = installs.start();
    wait_for(&began);
    let said = std::thread::scope(|scope| {
        let waits = scope.spawn(|| second.mbuild(&["install", "--prefix", &to]).ok().stderr);
        let lock = prefix.join(".mbuild-lock");
        let held = fs::read_to_string(&lock).unwrap();
        assert!(held.starts_with(&format!("{}\n", running.id())), "{held}");
        // Whether it waits is seen once it has the file open; then the first one may end.
        let began = Instant::now();
        while opened(&lock) < 2 {
            assert!(began.elapsed() < Duration::from_secs(60), "nobody waits");
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(100));
        fs::write(&go, "").unwrap();
        waits.join().unwrap()
    });
    assert!(running.wait().unwrap().success());
    let waits =
        format!("waiting for the lock held by process {}, which installs here", running.id());
    assert_eq!(said.matches(&waits).count(), 1, "{said}");
    let left = ["share/mbuild/second.json", "share/second/install.sh"];
    assert_eq!(names(&space, "prefix"), left);
}

/// How many descriptors of all processes there are for a file.
fn opened(path: &Path) -> usize {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let files = processes.filter_map(|entry| fs::read_dir(entry.path().join("fd")).ok()).flatten();
    files.flatten().filter(|file| fs::read_link(file.path()).is_ok_and(|to| to == path)).count()
}
