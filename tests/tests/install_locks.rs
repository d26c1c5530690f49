//! Installations below one prefix: one at a time, but for those that an installation's own commands start.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mbuild_tests::{Invocation, Project, Running, Space, program, tree};

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

/// A package whose installation begins and goes on only when it is told to.
struct Slow<'a> {
    package: Project<'a>,
    began: PathBuf,
    go: PathBuf,
}

impl<'a> Slow<'a> {
    /// It runs the rest of the script then.
    fn new(space: &'a Space, name: &str, rest: &str) -> Self {
        let [began, go] = ["began", "go"].map(|it| space.path(&format!("{name}.{it}")));
        let wait = format!(
            "touch '{}'\nuntil [ -e '{}' ]; do sleep 0.02; done\n{rest}",
            began.display(),
            go.display()
        );
        Self { package: package(space, name, &wait), began, go }
    }

    /// Starts to install below a prefix, and waits until that is under way; what it is told goes with it.
    fn start(&self, prefix: &Path) -> (Invocation, Running) {
        let mut install = self.package.mbuild(&["install", "--prefix", &prefix.to_string_lossy()]);
        let running = install.start();
        wait_for(&self.began);
        (install, running)
    }

    /// Lets it go on.
    fn go(&self) {
        fs::write(&self.go, "").unwrap();
    }
}

/// What a package is told that waits for a process.
fn waiting_for(running: &Running) -> String {
    format!("waiting for the lock held by process {}, which installs here", running.id())
}

/// Waits until somebody else has a folder open, and a little longer: then it waits for its lock.
fn wait_for_another(folder: &Path) {
    let began = Instant::now();
    while opened(folder) < 2 {
        assert!(began.elapsed() < Duration::from_secs(60), "nobody waits");
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(100));
}

/// A package that installs one file by opam's list.
fn listed<'a>(space: &'a Space, name: &str) -> Project<'a> {
    let listed = package(space, name, "mkdir -p \"$DESTDIR\"\n");
    listed.write(&format!("{name}.install"), "share: [\"install.sh\"]\n");
    listed
}

#[test]
fn another_installation_waits_and_says_for_whom() {
    let space = Space::new();
    // The second time round the prefix is not there yet: the folder above it is what they share.
    for (folder, prefix) in [("there", "there"), ("above", "above/prefix/of/ours")] {
        let (locked, prefix) = (space.path(folder), space.path(prefix));
        fs::create_dir_all(&locked).unwrap();
        // They go to the same place by another name.
        let link = space.path(&format!("{folder}.link"));
        std::os::unix::fs::symlink(&locked, &link).unwrap();
        let linked = link.join(prefix.strip_prefix(&locked).unwrap());
        let first = Slow::new(&space, &format!("first-{folder}"), "");
        let second = listed(&space, &format!("second-{folder}"));
        let (_install, mut running) = first.start(&prefix);
        assert!(tree::files(&locked).is_empty(), "the lock is no file");
        let said = std::thread::scope(|scope| {
            let to = linked.to_string_lossy();
            let waits = scope.spawn(move || second.mbuild(&["install", "--prefix", &to]).ok());
            wait_for_another(&locked);
            first.go();
            waits.join().unwrap().stderr
        });
        assert!(running.wait().unwrap().success());
        assert_eq!(said.matches(&waiting_for(&running)).count(), 1, "{said}");
        let name = format!("second-{folder}");
        let left = [format!("share/mbuild/{name}.json"), format!("share/{name}/install.sh")];
        let found: Vec<String> = tree::read(&prefix, |_| true).into_keys().collect();
        assert_eq!(found, left);
    }
}

#[test]
fn uninstalling_waits_as_well_and_an_interrupt_ends_that() {
    let space = Space::new();
    let prefix = space.path("prefix");
    let to = prefix.to_string_lossy();
    let second = listed(&space, "second");
    second.mbuild(&["install", "--prefix", &to]).ok();
    let installed = ["share/mbuild/second.json", "share/second/install.sh"];
    let first = Slow::new(&space, "first", "");
    let (_install, mut running) = first.start(&prefix);
    for (command, signal, code) in [("install", "-INT", 130), ("uninstall", "-TERM", 130)] {
        let mut told = second.mbuild(&[command, "--prefix", &to]);
        let mut waits = told.start();
        wait_for_another(&prefix);
        let pid = waits.id().to_string();
        second.program("kill").arguments(&[signal, &pid]).ok();
        assert_eq!(waits.wait().unwrap().code(), Some(code), "{command}");
        assert_eq!(names(&space, "prefix"), installed);
    }
    let uninstall = ["uninstall", "--prefix", &to];
    let said = std::thread::scope(|scope| {
        let waits = scope.spawn(|| second.mbuild(&uninstall).ok().stderr);
        wait_for_another(&prefix);
        assert_eq!(names(&space, "prefix"), installed);
        first.go();
        waits.join().unwrap()
    });
    assert!(running.wait().unwrap().success());
    assert_eq!(said.matches(&waiting_for(&running)).count(), 1, "{said}");
    // Nothing is left but the folder of the first one, which had nothing to install.
    assert!(!prefix.exists(), "{:?}", names(&space, "prefix"));
}

#[test]
fn an_installation_that_is_killed_leaves_no_lock() {
    let space = Space::new();
    let prefix = space.path("prefix");
    let to = prefix.to_string_lossy();
    let first = Slow::new(&space, "first", "");
    let (_install, mut running) = first.start(&prefix);
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(tree::files(&prefix).is_empty());
    let second = listed(&space, "second");
    let said = second.mbuild(&["install", "--prefix", &to]).ok().said();
    assert!(!said.contains("waiting for"), "{said}");
    second.mbuild(&["uninstall", "--prefix", &to]).ok();
    assert!(tree::files(&prefix).is_empty());
    first.go();
}

#[test]
fn what_commands_installed_before_stays_while_another_installation_is_under_way() {
    let space = Space::new();
    let prefix = space.path("prefix");
    let data = prefix.join("share/direct/data");
    fs::create_dir_all(&prefix).unwrap();
    let to = prefix.to_string_lossy();
    let folder = data.parent().unwrap().display().to_string();
    let direct =
        package(&space, "direct", &format!("mkdir -p '{folder}'\necho 1 > '{folder}/data'\n"));
    direct.mbuild(&["install", "--prefix", &to]).ok();
    let first = Slow::new(&space, "first", "");
    let (_install, mut running) = first.start(&prefix);
    let install = ["install", "--prefix", &to];
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| direct.mbuild(&install).ok());
        wait_for_another(&prefix);
        assert_eq!(fs::read_to_string(&data).unwrap(), "1\n");
        first.go();
        waits.join().unwrap();
    });
    assert!(running.wait().unwrap().success());
    assert_eq!(names(&space, "prefix"), ["share/direct/data", "share/mbuild/direct.json"]);
}

/// How many descriptors of all processes there are for a file.
fn opened(path: &Path) -> usize {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let files = processes.filter_map(|entry| fs::read_dir(entry.path().join("fd")).ok()).flatten();
    files.flatten().filter(|file| fs::read_link(file.path()).is_ok_and(|to| to == path)).count()
}
