//! Folders and files whose names are not UTF-8: what can be is done, and what cannot is said.
#![cfg(target_os = "linux")]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use mbuild_tests::{Project, Space};

/// A path by its bytes.
fn odd(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// The files below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut left, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(next) = left.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// A package of opam's that makes and installs a file with such a name.
fn own<'a>(space: &'a Space, folder: impl AsRef<Path>) -> Project<'a> {
    let own = space.project(folder.as_ref());
    let make = "n=$(printf 'caf\\\\351')";
    let manifest = format!(
        "version: \"1\"\nbuild: [\"sh\" \"-c\" \"{make}; pwd > \\\"$n\\\"\"]\n\
         install: [\"sh\" \"-c\" \"{make}; mkdir -p \\\"$1\\\" && cp \\\"$n\\\" \\\"$1\\\"\" \"sh\" share]\n"
    );
    own.write("own.opam", manifest);
    own
}

#[test]
fn a_package_in_such_a_folder_is_built_and_installed_below_another() {
    let space = Space::new();
    let project = space.pristine("examples/hello", odd(b"x\xffy/hello"));
    let destdir = space.path(odd(b"de\xfe"));
    project.mbuild(&["configure", "--enable", "tests"]).ok();
    project.mbuild(&["test"]).ok();
    let to = [OsStr::new("--destdir"), destdir.as_os_str()];
    let said = project.mbuild(&["install"]).arguments(&to).ok().said();
    assert!(said.contains("installed hello: 14 files, 0 unchanged, 0 removed"), "{said}");
    assert_eq!(files(&destdir).len(), 14);
    let said = project.mbuild(&["install"]).arguments(&to).ok().said();
    assert!(said.contains("installed hello: 0 files, 14 unchanged, 0 removed"), "{said}");
    project.mbuild(&["uninstall"]).arguments(&to).ok();
    assert!(!destdir.exists());
}

#[test]
fn what_own_commands_make_and_install_may_have_such_names() {
    let space = Space::new();
    let project = own(&space, odd(b"x\xffy/own"));
    let prefix = space.path("prefix");
    let to = prefix.to_string_lossy();
    for _ in 0..2 {
        project.mbuild(&["install", "--prefix", &to]).ok();
        let installed = [odd(b"share/caf\xe9"), odd(b"share/mbuild/own.json")];
        assert_eq!(files(&prefix), installed);
        // It names the folder that it was made in.
        let tree = project.path("_mbuild/native/own/tree").canonicalize().unwrap();
        let said = fs::read(prefix.join(installed[0])).unwrap();
        assert_eq!(said, [tree.as_os_str().as_bytes(), b"\n"].concat());
        project.mbuild(&["uninstall", "--prefix", &to]).ok();
        assert!(!prefix.exists());
        // The second time round it comes from the store.
        project.remove_dir("_mbuild");
    }
    project.mbuild(&["install", "--opam"]).ok();
    let list = project.read("own.install");
    assert!(list.starts_with("# Made by `mbuild install --opam`\nshare_root: [\n  \""), "{list}");
    assert!(list.ends_with("/caf\\xe9\"\n]\n"), "{list}");
}

#[test]
fn packages_of_a_tree_in_such_a_folder_find_each_other() {
    let space = Space::new();
    let tree = space.project(odd(b"x\xffy/tree"));
    tree.write(
        "a/_oasis",
        "OASISFormat: 0.4\nName: alpha\nVersion: 1.4\nSynopsis: First\nAuthors: Ann\nLicense: ISC\n\
         Plugins: META (0.4)\nLibrary alpha\n  Path: src\n  Modules: Alpha\n",
    );
    tree.write("a/src/alpha.ml", "let name = \"alpha\"\n");
    // Commands that build and those that install are led to it, by variables of both kinds.
    let look = "test -f \\\"$1/alpha.cma\\\" && ocamlfind query alpha > found";
    let command = |then: &str, more: &str| {
        format!("\"sh\" \"-c\" \"{look}{then}\" \"sh\" \"%{{alpha:lib}}%\" {more}")
    };
    let install = command(" && mkdir -p \\\"$2\\\" && cp found \\\"$2\\\"", "bin");
    tree.write(
        "c/cee.opam",
        format!(
            "opam-version: \"2.0\"\nversion: \"3.1\"\ndepends: [\"ocaml\" \"alpha\"]\n\
             build: [{}]\ninstall: [{install}]\n",
            command("", "")
        ),
    );
    let prefix = space.path("prefix");
    tree.mbuild(&["install", "--prefix", &prefix.to_string_lossy()]).ok();
    let found = fs::read(prefix.join("bin/found")).unwrap();
    let libraries = tree.path("_mbuild/native/own/alpha/prefix").canonicalize().unwrap();
    assert!(found.starts_with(libraries.as_os_str().as_bytes()), "{}", found.escape_ascii());
}

#[test]
fn a_manifest_with_such_a_name_is_told_of() {
    let space = Space::new();
    let project = space.project("package");
    let name = project.dir().join(odd(b"caf\xe9.opam"));
    fs::write(&name, "version: \"1\"\nbuild: [\"true\"]\n").unwrap();
    let told = "caf\u{fffd}.opam: would be a manifest, but its name is not UTF-8\n  help: rename it: names are UTF-8 here\n";
    for command in ["build", "configure", "describe"] {
        let said = project.mbuild(&[command]).fails(3).stderr;
        assert_eq!(said, format!("error: {told}"), "{command}");
    }
    // Beside another one, and among sources of which every one counts.
    project.write("own.opam", "version: \"1\"\nbuild: [\"true\"]\n");
    fs::create_dir(project.path("data")).unwrap();
    fs::write(project.dir().join(odd(b"data/x\xff")), "").unwrap();
    let said = project.mbuild(&["configure"]).ok().stderr;
    assert!(said.contains(&format!("warning: {told}")), "{said}");
    let told = "warning: data/x\u{fffd}: is left out of what the package's own tool builds, for its name is not UTF-8\n";
    assert!(said.contains(told), "{said}");
    fs::remove_file(&name).unwrap();
    let said = project.mbuild(&["configure", "--frontend", "obuild"]).fails(3).stderr;
    assert!(said.contains("no manifest"), "{said}");
}

#[test]
fn a_prefix_with_such_a_name_is_refused() {
    let space = Space::new();
    let project = space.example("hello");
    let prefix = space.path(odd(b"pr\xfe"));
    for command in ["configure", "install"] {
        let to = [OsStr::new("--prefix"), prefix.as_os_str()];
        let said = project.mbuild(&[command]).arguments(&to).fails(2).stderr;
        let told = "is not UTF-8, as variables of manifests are: choose another one; `mbuild install --destdir` takes any\n";
        assert!(said.ends_with(told), "{said}");
    }
    let left: Vec<_> = fs::read_dir(space.path("")).unwrap().flatten().collect();
    assert!(!left.iter().any(|entry| entry.file_name().as_bytes().starts_with(b"pr")), "{left:?}");
}

#[test]
fn a_program_that_rule_files_cannot_name_says_so() {
    let space = Space::new();
    let project = space.example("hello");
    let program = space.path(odd(b"b\xff/mbuild"));
    fs::create_dir(program.parent().unwrap()).unwrap();
    fs::copy(mbuild_tests::program::mbuild(), &program).unwrap();
    let said = project.program(&program).arguments(&["build"]).fails(5).stderr;
    assert!(said.ends_with("is not UTF-8\n  help: put this program on `PATH`\n"), "{said}");
    project.program(&program).arguments(&["build"]).path_first(program.parent().unwrap()).ok();
}
