//! Switching to another branch and back: what was built before comes from the store.

use mbuild_tests::{Project, Space, tree};

const RULES: &str = "rule compile\n  \
    command = cat $in config > $out && echo $out: $in config > $out.d\n  \
    depfile = $out.d\n  deps = gcc\n\
    rule join\n  command = cat $in > $out\n\
    build o/a: compile a\nbuild o/b: compile b\n";

/// The files of a branch: one has another header, another source and another rule file.
fn files(branch: &str) -> Vec<(&'static str, String)> {
    let main = vec![
        ("a", "a\n".to_owned()),
        ("b", "b\n".to_owned()),
        ("config", "small\n".to_owned()),
        ("build.ninja", format!("{RULES}build program: join o/a o/b\n")),
    ];
    if branch == "main" {
        return main;
    }
    let more = "build o/c: compile c\nbuild program: join o/a o/b o/c\n";
    vec![
        ("a", "a\n".to_owned()),
        ("b", "b of another branch\n".to_owned()),
        ("c", "c\n".to_owned()),
        ("config", "large\n".to_owned()),
        ("build.ninja", format!("{RULES}{more}")),
    ]
}

/// Writes what differs, and removes what the branch does not have, as a version control system does.
fn switch(project: &Project<'_>, from: &str, to: &str) {
    let (before, after) = (files(from), files(to));
    for (name, _) in before.iter().filter(|(name, _)| after.iter().all(|(other, _)| other != name))
    {
        project.remove(name);
    }
    for (name, text) in after.iter().filter(|file| !before.contains(file)) {
        project.write(name, text);
    }
}

#[test]
fn switching_to_another_branch_and_back_runs_nothing() {
    for face in ["build", "ninja"] {
        let space = Space::new();
        let project = space.project("project");
        for (name, text) in files("main") {
            project.write(name, text);
        }
        let mut first = project.mbuild(&[face]).ok().ran();
        first.sort();
        assert_eq!(first, ["o/a", "o/b", "program"], "{face}");
        let built = |project: &Project<'_>| {
            tree::read(project.dir(), |name| name.starts_with("o/") || name == "program")
        };
        let main = built(&project);

        switch(&project, "main", "other");
        let mut other = project.mbuild(&[face]).ok().ran();
        other.sort();
        assert_eq!(other, ["o/a", "o/b", "o/c", "program"], "{face}");

        for (from, to, restored) in [
            ("other", "main", vec!["o/a", "o/b", "program"]),
            ("main", "other", vec!["o/a", "o/b", "program"]),
        ] {
            switch(&project, from, to);
            let back = project.mbuild(&[face]).ok();
            assert_eq!(back.ran(), [""; 0], "{face}: {from} to {to}: {:?}", back.reasons());
            let mut came = back.restored();
            came.sort();
            assert_eq!(came, restored, "{face}: {from} to {to}");
            let again = project.mbuild(&[face]).ok();
            assert_eq!((again.ran(), again.restored()), (vec![], vec![]), "{face}");
        }

        switch(&project, "other", "main");
        project.mbuild(&[face]).ok();
        let mut now = built(&project);
        // It is of no branch's concern that the other has made more.
        now.retain(|name, _| main.contains_key(name));
        tree::assert_same(&main, &now);
    }
}
