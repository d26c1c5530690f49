//! Installing where something goes wrong: no room, no rights, a sudden end, files that somebody has changed.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use mbuild_tests::random::Random;
use mbuild_tests::{Finished, Project, Space, program, tree};

/// Larger than what a process may write that has no room.
const BIG: usize = 3_000_000;

/// How often something is killed.
const KILLS: u64 = 12;

/// A package that has these files, each with a text.
fn package<'a>(space: &'a Space, name: &str, files: &[(&str, &str)]) -> Project<'a> {
    let project = space.project(name);
    project.write(&format!("{name}.opam"), "version: \"1\"\nbuild: [\"true\"]\n");
    let mut list = String::from("share: [\n");
    for (file, text) in files {
        project.write(file, text);
        list += &format!("  \"{file}\"\n");
    }
    project.write(&format!("{name}.install"), list + "]\n");
    project
}

fn contents(folder: &Path) -> Vec<(String, String)> {
    let text = |content: Vec<u8>| String::from_utf8_lossy(&content).into_owned();
    let all = tree::read(folder, |path| !path.starts_with("share/mbuild/"));
    all.into_keys().map(|path| (path.clone(), text(fs::read(folder.join(path)).unwrap()))).collect()
}

fn install(project: &Project<'_>, prefix: &Path, more: &[&str]) -> Finished {
    let to = prefix.to_string_lossy();
    project.mbuild(&[&["install", "--prefix", &to], more].concat()).run()
}

fn uninstall(project: &Project<'_>, prefix: &Path) -> Finished {
    project.mbuild(&["uninstall", "--prefix", &prefix.to_string_lossy()]).run()
}

/// The same with no room for a large file.
fn install_without_room(project: &Project<'_>, prefix: &Path) -> String {
    project.mbuild(&["build"]).ok();
    let mbuild = program::mbuild().display();
    let script = format!(
        "trap '' XFSZ; ulimit -f 2048; exec '{mbuild}' install --prefix '{}'",
        prefix.display()
    );
    project.program("sh").arguments(&["-c", &script]).fails(5).stderr
}

#[test]
fn without_room_everything_stays_as_it_was() {
    let space = Space::new();
    let prefix = space.path("prefix");
    let project = package(&space, "p", &[("a", "old"), ("big", "small"), ("c", "old")]);
    let small = "big";
    project.write(small, "x".repeat(BIG));
    let said = install_without_room(&project, &prefix);
    let told = format!("error: cannot write `{}/share/p/big`: File too large\n", prefix.display());
    assert!(said.ends_with(&told), "{said}");
    assert!(!prefix.exists());
    assert!(uninstall(&project, &prefix).stderr.contains("is not installed here by mbuild"));

    project.write(small, "small");
    assert_eq!(install(&project, &prefix, &[]).code, 0);
    let before = contents(&prefix);
    project.write("a", "new").write(small, "x".repeat(BIG));
    assert!(install_without_room(&project, &prefix).ends_with(&told));
    assert_eq!(contents(&prefix), before);
    // It can be taken back, and then be installed.
    assert_eq!(install(&project, &prefix, &[]).code, 0);
    assert_eq!(fs::read_to_string(prefix.join("share/p/a")).unwrap(), "new");
    assert_eq!(uninstall(&project, &prefix).code, 0);
    assert!(!prefix.exists());
}

#[test]
fn a_place_that_is_no_folder_or_may_not_be_written_is_told() {
    let space = Space::new();
    let project = package(&space, "p", &[("a", "1")]);
    let (file, link) = (space.path("file"), space.path("link"));
    fs::write(&file, "").unwrap();
    symlink("nowhere", &link).unwrap();
    for (place, what) in
        [(file, "it is no folder"), (link, "it is a link to `nowhere`, which is not there")]
    {
        let finished = install(&project, &place, &[]);
        let told = format!("error: cannot install below `{}`: {what}\n", place.display());
        assert!(finished.code == 5 && finished.stderr.ends_with(&told), "{}", finished.said());
    }
    // Nobody can write here, not even root.
    let finished = install(&project, Path::new("/proc/1/mbuild"), &[]);
    assert_eq!(finished.code, 5, "{}", finished.said());
    let told = "error: cannot write `/proc/1/mbuild/share/mbuild/p.json`: ";
    assert!(finished.stderr.contains(told), "{}", finished.said());
}

#[test]
fn a_file_that_somebody_has_changed_is_neither_written_over_nor_removed() {
    let space = Space::new();
    let prefix = space.path("prefix");
    let to = |name: &str| prefix.join("share/p").join(name);
    let project = package(&space, "p", &[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")]);
    assert_eq!(install(&project, &prefix, &[]).code, 0);
    fs::write(to("a"), "mine").unwrap();
    fs::remove_file(to("b")).unwrap();
    fs::create_dir(to("b")).unwrap();
    project.write("c", "2");
    let finished = install(&project, &prefix, &[]);
    let told = format!(
        "error: cannot install `p`: `{}` was changed since it was installed, and so it is with 1 other file; \
         keep it under another name, or pass `--force` to have it written over\n",
        to("a").display()
    );
    assert!(finished.code == 5 && finished.stderr.ends_with(&told), "{}", finished.said());
    assert_eq!(fs::read_to_string(to("c")).unwrap(), "1");
    // What the package has no more stays as well.
    project.write("p.install", "share: [\"b\" \"c\" \"d\"]\n");
    fs::remove_dir(to("b")).unwrap();
    let finished = install(&project, &prefix, &[]);
    let stays = |name: &str| {
        format!("warning: `{}` was changed since it was installed, and stays\n", to(name).display())
    };
    assert!(finished.code == 0 && finished.stderr.contains(&stays("a")), "{}", finished.said());
    assert_eq!(fs::read_to_string(to("a")).unwrap(), "mine");
    // With the content that is installed it is the package's, whoever wrote that.
    project.write("d", "2");
    fs::write(to("d"), "2").unwrap();
    assert_eq!(install(&project, &prefix, &[]).code, 0);
    fs::write(to("c"), "mine").unwrap();
    let finished = uninstall(&project, &prefix);
    assert!(finished.code == 0 && finished.stderr.contains(&stays("c")), "{}", finished.said());
    assert!(finished.stderr.ends_with("uninstalled p: 2 files\n"), "{}", finished.said());
    let left = [("share/p/a", "mine"), ("share/p/c", "mine")];
    assert_eq!(contents(&prefix), left.map(|(path, text)| (path.to_owned(), text.to_owned())));
    assert!(!prefix.join("share/mbuild").exists());
    // Now they are somebody else's.
    let finished = install(&project, &prefix, &[]);
    assert!(finished.stderr.contains("was not installed by mbuild"), "{}", finished.said());
    assert_eq!(install(&project, &prefix, &["--force"]).code, 0);
    assert_eq!(fs::read_to_string(to("c")).unwrap(), "2");
}

#[test]
fn what_commands_installed_themselves_is_not_removed_where_somebody_has_changed_it() {
    let space = Space::new();
    let prefix = space.path("prefix");
    let data = prefix.join("share/data");
    let project = space.project("p");
    let install_it = format!("mkdir -p '{0}/share'; echo 1 > '{0}/share/data'\n", prefix.display());
    project.write("p.opam", "version: \"1\"\ninstall: [\"sh\" \"-e\" \"install.sh\"]\n");
    project.write("install.sh", install_it);
    assert_eq!(install(&project, &prefix, &[]).code, 0);
    fs::write(&data, "mine").unwrap();
    let finished = install(&project, &prefix, &[]);
    assert!(finished.code == 5, "{}", finished.said());
    assert!(finished.stderr.contains("was changed since it was installed;"), "{}", finished.said());
    assert_eq!(fs::read_to_string(&data).unwrap(), "mine");
    assert_eq!(install(&project, &prefix, &["--force"]).code, 0);
    assert_eq!(fs::read_to_string(&data).unwrap(), "1\n");
}

#[test]
fn a_prefix_that_a_link_leads_to_is_one_place() {
    let space = Space::new();
    let (real, link) = (space.path("real"), space.path("link"));
    fs::create_dir(&real).unwrap();
    symlink("real", &link).unwrap();
    let project = package(&space, "p", &[("a", "1"), ("b", "1")]);
    assert_eq!(install(&project, &link, &[]).code, 0);
    project.write("a", "2").write("p.install", "share: [\"a\"]\n");
    let finished = install(&project, &real, &[]);
    let said = "installed p: 1 file, 0 unchanged, 1 removed\n";
    assert!(finished.stderr.ends_with(said), "{}", finished.said());
    assert_eq!(contents(&real), [("share/p/a".to_owned(), "2".to_owned())]);
    assert_eq!(uninstall(&project, &link).code, 0);
    assert_eq!(fs::read_dir(&real).unwrap().count(), 0);
    assert!(link.is_symlink());
    // Inside of a prefix links stay, too.
    let other = space.path("other");
    fs::create_dir(&other).unwrap();
    symlink("../other", real.join("share")).unwrap();
    for _ in 0..2 {
        assert_eq!(install(&project, &real, &[]).code, 0);
        assert!(other.join("p/a").is_file());
    }
    assert_eq!(uninstall(&project, &real).code, 0);
    assert_eq!(fs::read_dir(&other).unwrap().count(), 0);
    assert!(real.join("share").is_symlink());
}

/// Starts mbuild and kills it within a time; says whether that was soon enough.
fn killed(
    project: &Project<'_>,
    command: &str,
    prefix: &Path,
    within: Duration,
    random: &mut Random,
) -> bool {
    let mut invocation = project.mbuild(&[command, "--prefix", &prefix.to_string_lossy()]);
    let mut running = invocation.start();
    std::thread::sleep(Duration::from_micros(random.below(within.as_micros() as u64)));
    running.kill().unwrap();
    running.wait().unwrap().code().is_none()
}

#[test]
fn whatever_is_killed_can_be_installed_and_taken_back() {
    let space = Space::new();
    let prefix = space.path("prefix");
    let names: Vec<String> = (0..400).map(|number| format!("data{number}")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
    let project = package(&space, "p", &files);
    project.mbuild(&["configure", "--prefix", &prefix.to_string_lossy()]).ok();
    project.mbuild(&["build"]).ok();
    let times = ["install", "uninstall"].map(|command| {
        let began = Instant::now();
        project.mbuild(&[command, "--prefix", &prefix.to_string_lossy()]).ok();
        began.elapsed()
    });
    let mut random = Random::new();
    let mut soon = 0;
    for round in 0..KILLS {
        soon += u64::from(killed(&project, "install", &prefix, times[0], &mut random));
        if round % 2 == 0 {
            assert_eq!(install(&project, &prefix, &[]).code, 0);
            assert_eq!(contents(&prefix).len(), names.len());
            soon += u64::from(killed(&project, "uninstall", &prefix, times[1], &mut random));
        }
        let finished = uninstall(&project, &prefix);
        let nothing = finished.stderr.contains("is not installed here by mbuild");
        assert!(finished.code == 0 || nothing, "{}", finished.said());
        assert!(!prefix.exists(), "{:?}", tree::read(&prefix, |_| true).into_keys());
    }
    assert!(soon > KILLS / 2, "{soon}");
}

#[test]
fn many_installations_at_once_end_well() {
    let space = Space::new();
    let prefix = space.path("prefix");
    let packages: Vec<Project<'_>> = (0..4)
        .map(|at| {
            let project = package(&space, &format!("p{at}"), &[("a", "1"), ("b", "2")]);
            project.mbuild(&["build"]).ok();
            project
        })
        .collect();
    std::thread::scope(|scope| {
        for project in &packages {
            let prefix = &prefix;
            scope.spawn(move || {
                for _ in 0..3 {
                    for finished in [install(project, prefix, &[]), uninstall(project, prefix)] {
                        assert_eq!(finished.code, 0, "{}", finished.said());
                    }
                }
                assert_eq!(install(project, prefix, &[]).code, 0);
            });
        }
    });
    assert_eq!(contents(&prefix).len(), 8);
    for project in &packages {
        assert_eq!(uninstall(project, &prefix).code, 0);
    }
    assert!(!prefix.exists());
}
