//! Files that come to their places, and go from there.

use super::*;

#[test]
fn installing_again_replaces_what_changed_and_removes_what_is_gone() {
    let mut place = Place::new();
    place.install().unwrap();
    place.write("_mbuild/native/p/p.cma", "new");
    place.configuration.products.retain(|product| !product.path.ends_with("b.cmx"));
    let report = place.install().unwrap();
    let changed: Vec<(Change, String)> = report
        .files
        .iter()
        .filter(|file| file.change != Change::Same)
        .map(|file| (file.change, file.path.file_name().unwrap().to_string_lossy().into_owned()))
        .collect();
    assert_eq!(
        changed,
        [(Change::Replaced, "p.cma".to_owned()), (Change::Removed, "b.cmx".to_owned())]
    );
    assert_eq!(place.installed()["lib/p/p.cma"], "new");
    assert!(!place.names().contains(&"lib/p/b.cmx".to_owned()));
}

#[test]
fn removing_leaves_nothing_but_what_was_there_before() {
    let place = Place::new();
    let other = place.dir.path().join("usr/lib/other/META");
    fs::create_dir_all(other.parent().unwrap()).unwrap();
    fs::write(&other, "").unwrap();
    place.install().unwrap();
    let removed = place.remove().unwrap();
    assert_eq!(removed.files.len(), INSTALLED.len());
    assert_eq!(place.names(), ["lib/other/META"]);
    assert!(!place.dir.path().join("usr/bin").exists());
    let error = place.remove().unwrap_err();
    assert_eq!(
        place.said(&error),
        "`p` is not installed here by mbuild: no `/usr/share/mbuild/p.json`"
    );
}

#[test]
fn removing_needs_no_build_directory() {
    let place = Place::new();
    place.install().unwrap();
    fs::remove_dir_all(place.build_dir()).unwrap();
    place.remove().unwrap();
    assert!(place.names().is_empty());
}

#[test]
fn files_of_others_are_not_touched() {
    let place = Place::new();
    let before = place.dir.path().join("usr/lib/p");
    fs::create_dir_all(&before).unwrap();
    fs::write(before.join("META"), "theirs").unwrap();
    fs::write(before.join("p.cma"), "theirs").unwrap();
    let error = place.install().unwrap_err();
    assert_eq!(
        place.said(&error),
        "cannot install `p`: `/usr/lib/p/META` was not installed by mbuild, and so it is with \
         1 other file; remove the installed one first (`ocamlfind remove p`), or pass `--force`"
    );
    assert_eq!(place.names(), ["lib/p/META", "lib/p/p.cma"]);

    let plan = place.plan().unwrap();
    super::place(&place.root(), &place.build_dir(), &plan, &place.folders, true).unwrap();
    assert_ne!(place.installed()["lib/p/META"], "theirs");
}

#[test]
fn the_other_package_is_named() {
    let place = Place::new();
    place.install().unwrap();
    let mut other = Place::new();
    other.folders = place.folders.clone();
    other.package.name = "q".to_owned();
    other.package.sections.remove(0);
    other.configuration.products.retain(|product| product.section == 1);
    for product in &mut other.configuration.products {
        product.section = 0;
    }
    let error = other.install().unwrap_err();
    assert_eq!(
        place.said(&error),
        "cannot install `q`: `/usr/bin/tool` belongs to package `p`, and so it is with 1 other \
         file; remove it first, or pass `--force`"
    );
}

#[test]
fn the_runtime_is_told_of_folders_with_shared_stubs() {
    let mut place = Place::new();
    let list = place.dir.path().join("ld.conf");
    fs::write(&list, "/stdlib\n").unwrap();
    place.folders.ld_conf = Some(list.clone());
    place.install().unwrap();
    let folder = place.folders.libraries.join("p");
    let with = format!("/stdlib\n{}\n", folder.display());
    assert_eq!(fs::read_to_string(&list).unwrap(), with);
    place.install().unwrap();
    assert_eq!(fs::read_to_string(&list).unwrap(), with);
    place.remove().unwrap();
    assert_eq!(fs::read_to_string(&list).unwrap(), "/stdlib\n");
}

#[test]
fn a_packager_gets_no_receipt_among_the_files() {
    let mut place = Place::new();
    let destdir = place.dir.path().join("usr/debian");
    let options = Options { destdir: Some(destdir), prefix: None };
    let package = named_package(Path::new("/usr"));
    place.package.folders = package.folders;
    place.folders = Folders::of(&place.package, &Choices::default(), &options, &conf(), &|_| None);
    place.install().unwrap();
    let names = place.names();
    assert!(names.contains(&"debian/usr/bin/tool".to_owned()), "{names:?}");
    assert!(names.contains(&"debian/findlib/p/META".to_owned()), "{names:?}");
    assert!(!names.iter().any(|name| name.ends_with(".json")), "{names:?}");
    place.install().unwrap();
    place.remove().unwrap();
    assert!(place.names().is_empty());
}
