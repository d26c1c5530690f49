//! Steps of own builds, without an engine.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::tree::Found;
use super::*;
use crate::files::any_path::AnyPath;

/// The names in a folder.
fn names(root: &Path) -> impl FnMut(&str) -> Vec<String> {
    let root = root.to_owned();
    move |folder| {
        let entries = fs::read_dir(root.join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

#[test]
fn sources_are_all_but_what_tools_leave() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    for folder in [".git", "src/CVS", "_build", "_mbuild/native", "empty"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    for file in
        [".git/x", "a.ml", ".depend", "x.log", "a.ml~", ".#a", "#a#", "src/b.ml", "setup.log"]
    {
        fs::write(root.join(file), "").unwrap();
    }
    symlink("a.ml", root.join("link")).unwrap();
    let found = sources(root, &mut names(root)).unwrap();
    assert_eq!(found.files, [".depend", "a.ml", "src/b.ml", "x.log"]);
    assert_eq!(found.folders, ["empty", "src"]);
    assert_eq!(found.links, [("link".to_owned(), AnyPath("a.ml".into()))]);
}

#[test]
fn an_archive_has_what_was_made_changed_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let make = |name: &str| {
        let tree = Tree::fresh(&dir.path().join(name)).unwrap();
        fs::create_dir(tree.path.join("src")).unwrap();
        for file in ["kept", "changed", "gone", "src/x"] {
            fs::write(tree.path.join(file), "old").unwrap();
        }
        tree
    };
    let tree = make("first");
    let before = tree.digests().unwrap();
    fs::write(tree.path.join("changed"), "new").unwrap();
    fs::remove_file(tree.path.join("gone")).unwrap();
    fs::create_dir_all(tree.path.join("made/empty")).unwrap();
    let long = format!("made/{}", "n".repeat(150));
    fs::write(tree.path.join(&long), "long").unwrap();
    fs::write(tree.path.join("made/program"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(tree.path.join("made/program"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink(tree.path.join("made/program"), tree.path.join("src/there")).unwrap();
    let archives = ["one.tar", "two.tar"].map(|name| dir.path().join(name));
    for archive in &archives {
        archive::write(&tree, &before, &tree.path, archive).unwrap();
    }
    assert_eq!(fs::read(&archives[0]).unwrap(), fs::read(&archives[1]).unwrap());

    let other = make("second");
    let head = archive::head(&archives[0]).unwrap();
    assert_eq!(head.folder, None);
    archive::unpack(&archives[0], &head, &other).unwrap();
    let mut wanted = tree.digests().unwrap();
    wanted.insert("src/there".into(), Found::Link("../made/program".into()));
    assert_eq!(other.digests().unwrap(), wanted);
    let time = |file: &str| fs::metadata(other.path.join(file)).unwrap().modified().unwrap();
    assert_eq!(time("changed"), time(&long));
}

#[test]
fn an_archive_says_when_something_names_its_folder() {
    let dir = tempfile::tempdir().unwrap();
    let tree = Tree::fresh(&dir.path().join("tree")).unwrap();
    fs::write(tree.path.join("conf"), format!("root={}/lib\n", tree.path.display())).unwrap();
    let archive = dir.path().join("a.tar");
    archive::write(&tree, &Default::default(), &tree.path, &archive).unwrap();
    let head = archive::head(&archive).unwrap();
    assert_eq!(head.folder, Some(AnyPath(tree.path.clone())));
    fs::write(&archive, "no archive").unwrap();
    let wrong = archive::head(&archive).unwrap_err().to_string();
    assert!(wrong.ends_with("a.tar` is not what the step before left"), "{wrong}");
}

#[test]
fn what_is_no_file_is_refused_and_words_of_others_too() {
    let dir = tempfile::tempdir().unwrap();
    let tree = Tree::fresh(&dir.path().join("tree")).unwrap();
    let status = Command::new("mkfifo").arg(tree.path.join("pipe")).status();
    assert!(status.unwrap().success());
    let refused = archive::write(&tree, &Default::default(), dir.path(), &dir.path().join("a.tar"));
    assert!(refused.unwrap_err().to_string().contains("pipe` is neither a file nor a folder"));
    let unknown = run(BUILD, &["one".into()]).unwrap_err().to_string();
    assert_eq!(unknown, "unknown words for the step `own-build`");
}
