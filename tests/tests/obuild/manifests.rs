//! Which manifests are read, what is said of bad ones, and that one who wrote one cannot do harm with it.

use mbuild_tests::Space;

use super::HEAD;

#[test]
fn all_mistakes_are_shown_at_once_and_nothing_is_written() {
    let space = Space::new();
    let project = space.project("p");
    project.write(
        "p.obuild",
        format!("{HEAD}library l\n  modules: A b\n  src-dir: ../other\nexecutable e\n  build-deps: unix str\n"),
    );
    let said = project.mbuild(&["build"]).fails(3).stderr;
    let expected = "\
error: p.obuild:5:12: `A b` is no module
    modules: A b
             ^
  help: write commas between modules
p.obuild:6:12: folder `../other` leads out of the package
    src-dir: ../other
             ^
  help: keep everything that is built inside the package
p.obuild:7:1: executable `e` has no main source
  executable e
  ^
  help: add a line `main-is: FILE.ml`
p.obuild:8:20: unexpected `str` after `unix`
    build-deps: unix str
                     ^
  help: write commas between packages, and a version as `name (>= 1.0)`
";
    assert_eq!(said, expected);
    assert!(!project.path("_mbuild/native/build.ninja").exists());
    // Sources that are missing come with their places too.
    project.write(
        "p.obuild",
        format!("{HEAD}library l\n  modules: Nmae\nexecutable e\n  main: main.ml\n"),
    );
    project.write("name.ml", "let x = 1\n");
    let said = project.mbuild(&["build"]).fails(3).stderr;
    assert!(
        said.contains("p.obuild:5:12: library `l` has a module `Nmae` without a source"),
        "{said}"
    );
    assert!(said.contains("help: did you mean `Name`?"), "{said}");
    assert!(
        said.contains("p.obuild:7:9: executable `e` has no main source: no `main.ml`"),
        "{said}"
    );
}

#[test]
fn unknown_keys_are_warnings() {
    let space = Space::new();
    let project = space.project("p");
    project.write("p.obuild", format!("{HEAD}licens: ISC\nlibrary l\n  modules: L\n"));
    project.write("l.ml", "let x = 1\n");
    let said = project.mbuild(&["build"]).ok().stderr;
    assert!(said.contains("warning: p.obuild:4:1: unknown key `licens`"), "{said}");
    assert!(said.contains("help: did you mean `license`?"), "{said}");
}

#[test]
fn a_folder_has_one_manifest_and_oasis_goes_first() {
    let space = Space::new();
    let project = space.project("p");
    project.write("a.obuild", format!("{HEAD}executable a\n  main: a.ml\n"));
    project.write("a.ml", "let () = print_string \"obuild\"\n");
    project.write(".hidden.obuild", "");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "obuild");
    project.write("b.obuild", HEAD);
    let said = project.mbuild(&["build"]).fails(3).stderr;
    assert!(
        said.contains("b.obuild: there is `a.obuild` too, and a package has one manifest"),
        "{said}"
    );
    project.remove("b.obuild");
    project.write(
        "_oasis",
        "OASISFormat: 0.4\nName: o\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\nExecutable o\n  Path: .\n  MainIs: o.ml\n",
    );
    project.write("o.ml", "let () = print_string \"oasis\"\n");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "oasis");
    project.mbuild(&["configure", "--frontend", "obuild"]).ok();
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "obuild");
}

#[test]
fn packages_inside_are_built_into_the_one_around_them() {
    let space = Space::new();
    let project = space.project("p");
    project
        .write("p.obuild", format!("{HEAD}vendor-dirs: vendor\nexecutable main\n  main: main.ml\n  build-deps: up\n"))
        .write("vendor/up/up.obuild", "name: up\nversion: 1\nobuild-ver: 1\nlibrary up\n  modules: Up\n  src-dir: src\n  build-deps: base_text\n")
        .write("vendor/up/src/up.ml", "let up x = Base_text.mark ^ String.uppercase_ascii x\n")
        .write("vendor/text/text.obuild", "name: text\nversion: 1\nobuild-ver: 1\nlibrary base_text\n  modules: Base_text\n")
        .write("vendor/text/base_text.ml", "let mark = \"> \"\n")
        .write("main.ml", "let () = print_string (Up.up \"up\")\n");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "> UP");
    let prefix = space.path("there");
    project.mbuild(&["install", "-q", "--prefix", &prefix.to_string_lossy()]).ok();
    assert!(prefix.join("bin/main").exists());
    assert!(!prefix.join("lib/up").exists());
    project.edit("vendor/up/up.obuild", "modules: Up", "modules: Pu");
    let said = project.mbuild(&["build"]).fails(3).stderr;
    assert!(said.contains("vendor/up/up.obuild:5:12: library `up` has a module `Pu`"), "{said}");
}

#[test]
fn what_a_manifest_says_reaches_no_shell_and_no_other_folder() {
    let space = Space::new();
    let project = space.project("p");
    project.write("l.ml", "let x = 1\n").write("main.ml", "let () = print_string L.x\n");
    for (manifest, shown) in [
        ("library l\n  modules: L\n  oflags: `touch harm`\n", "is no text for a shell"),
        ("library l\n  modules: L\n  c-flags: $(touch harm)\n", "is no text for a shell"),
        ("library l\n  modules: L\n  src-dir: `touch harm`\n", "is no text for a shell"),
        ("library l\n  modules: L;touch harm\n", "is no module"),
        ("library l;touch\n  modules: L\n", "is no name for a library"),
        ("executable ../../e\n  main: main.ml\n", "is no name for a program"),
        ("library l\n  modules: L\n  c-sources: /etc/passwd.c\n", "is no path inside the package"),
        ("library l\n  modules: L\n  src-dir: a/../../b\n", "leads out of the package"),
        (
            "library l\n  modules: L\n  c-pkgs: --libs\n",
            "does not begin with the name of a package",
        ),
    ] {
        project.write("p.obuild", format!("{HEAD}{manifest}"));
        let said = project.mbuild(&["build"]).fails(3).stderr;
        assert!(said.contains(shown), "{manifest}: {said}");
    }
    // What a shell would take apart is handed on as it is.
    project
        .write("main.ml", "let () = print_string (L.x ^ Sys.argv.(1))\n")
        .write("l.ml", "let x = \"x\"\n");
    project.write(
        "p.obuild",
        format!(
            "{HEAD}synopsis: \"; touch harm; \"\nlibrary l\n  modules: L\n  oflags: -w +a;touch -w $HOME&touch\n"
        ),
    );
    assert!(project.mbuild(&["build"]).fails(1).stderr.contains("+a;touch"));
    project.write(
        "p.obuild",
        format!(
            "{HEAD}executable e\n  main: main.ml\ntest e\n  main: main.ml\n  run-params: ; touch harm, $(touch harm)\n"
        ),
    );
    project.mbuild(&["configure", "--enable", "tests"]).ok();
    project.mbuild(&["test"]).ok();
    assert!(!project.path("harm").exists());
}
