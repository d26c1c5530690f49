//! Which manifests of a folder are read, and what is said of bad ones.

use mbuild_tests::Space;

const OASIS: &str = "OASISFormat: 0.4\nName: o\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n\
    Executable from_oasis\n  Path: .\n  MainIs: o.ml\n";

#[test]
fn oasis_goes_first_and_the_user_may_choose() {
    let space = Space::new();
    let project = space.project("p");
    project.write("_oasis", OASIS).write("o.ml", "let () = print_endline \"oasis\"");
    project.write("m.conf", "main-noip: M.main\n");
    project.write("m.ml", "let main () = print_endline \"mirari\"");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "oasis\n");
    let said = project.mbuild(&["configure", "--frontend", "mirari"]).ok().stderr;
    assert!(said.starts_with("configured m 0.0.0 for native: "), "{said}");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "mirari\n");
    // What was chosen holds when it is configured again, and until one chooses anew.
    project.write("m.conf", "main-noip: M.main\nxl-memory: 32\n");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "mirari\n");
    project.mbuild(&["configure"]).ok();
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "oasis\n");
    project.remove("_oasis");
    let said = project.mbuild(&["configure", "--frontend", "oasis"]).fails(3).stderr;
    assert!(said.contains("looked for `_oasis`\n"), "{said}");
    let said = project.mbuild(&["configure", "--frontend", "dune"]).fails(2).stderr;
    assert!(said.contains("[possible values: oasis, obuild, ocp, mirari, opam, setup]"), "{said}");
}

#[test]
fn each_file_of_a_folder_is_a_program() {
    let space = Space::new();
    let project = space.project("answers");
    let answers = "let one () = print_endline \"1\"\nlet two () = print_endline \"2\"\n";
    project.write("answers.ml", answers);
    for (name, function) in [("first", "one"), ("second", "two")] {
        project.write(&format!("{name}.conf"), format!("main-noip: Answers.{function}\n"));
    }
    let said = project.mbuild(&["configure"]).ok().stderr;
    assert!(said.starts_with("configured answers 0.0.0 for native: "), "{said}");
    assert_eq!(project.mbuild(&["run", "second"]).ok().stdout, "2\n");
    assert!(!project.path("_mbuild/native/bin/first").exists());
    assert_eq!(project.mbuild(&["run", "first"]).ok().stdout, "1\n");
    let said = project.mbuild(&["run"]).fails(2).stderr;
    assert!(said.contains("name one of `first` and `second`"), "{said}");
    project.write("third.conf", "main-noip: Answers.two\n");
    assert_eq!(project.mbuild(&["run", "third"]).ok().stdout, "2\n");
    project.mbuild(&["clean"]).ok();
    assert!(!project.path("_mbuild/native/bin").exists());
    assert!(project.path("third.conf").exists());
}

#[test]
fn other_programs_have_files_that_end_so_too() {
    let space = Space::new();
    let project = space.project("p");
    project.write("nginx.conf", "server { listen 80; }\nname: x\ndepends: y\n");
    let said = project.mbuild(&["build"]).fails(3).stderr;
    assert!(
        said.contains(
            "looked for `_oasis`, `*.obuild`, `*.ocp`, `*.conf`, `*.opam` and `build.ninja`"
        ),
        "{said}"
    );
    project.write("build.ninja", "rule r\n  command = echo made > $out\nbuild out: r\n");
    assert_eq!(project.mbuild(&["build"]).ok().ran(), ["out"]);
    project.write(".hidden.conf", "main-noip: X.main\n");
    assert_eq!(project.mbuild(&["build"]).ok().ran(), [""; 0]);
    project
        .write("x.conf", "main-noip: X.main\n")
        .write("x.ml", "let main () = print_endline \"x\"");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "x\n");
}

#[test]
fn a_bad_file_is_shown_and_nothing_is_written() {
    let space = Space::new();
    let project = space.project("p");
    project.write("ping.ml", "let main () = ()\n");
    project.write("ping.conf", "# Ping\nmain-noip: Ping.main\nip-adress: 10.0.0.2\nfs-a: no\n");
    let said = project.mbuild(&["build"]).fails(3).stderr;
    let expected = "error: ping.conf:3:1: unknown key `ip-adress`\n  ip-adress: 10.0.0.2\n  ^\n  \
        help: did you mean `ip-address`?\n";
    assert_eq!(said, expected);
    project.edit("ping.conf", "ip-adress: 10.0.0.2\n", "");
    let said = project.mbuild(&["build"]).fails(3).stderr;
    assert!(said.starts_with("error: ping.conf:3:7: there is no folder `no`\n"), "{said}");
    assert!(!project.path("_mbuild/native/build.ninja").exists());
    project.write("no/page", "x");
    project.mbuild(&["build"]).ok();
}

#[test]
fn choices_that_mean_nothing_are_refused() {
    let space = Space::new();
    let site = space.example("static-site");
    let said = site.mbuild(&["configure", "--enable", "speed"]).fails(2).stderr;
    assert!(said.contains("the package has no flag `speed`\n  help: it has `debug`"), "{said}");
    let said = site.mbuild(&["configure", "--override", "speed=1"]).fails(2).stderr;
    assert!(said.contains("the package has no variable `speed`"), "{said}");
    site.mbuild(&["configure", "--disable", "debug"]).ok();
    let rules = site.read("_mbuild/native/build.ninja");
    assert!(!rules.contains(" -g "), "{rules}");
}

#[test]
fn tags_beside_the_file_hold_for_its_program() {
    let space = Space::new();
    let project = space.project("p");
    project.write("p.conf", "main-noip: P.main\n").write("_tags", "<p.ml>: package(str)\n");
    project.write(
        "p.ml",
        "let main () = print_endline (Str.global_replace (Str.regexp \"a\") \"b\" \"aha\")\n",
    );
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "bhb\n");
}

#[test]
fn a_program_installs_and_goes_again() {
    let space = Space::new();
    let site = space.example("static-site");
    let prefix = space.path("there");
    site.mbuild(&["install", "--prefix", &prefix.to_string_lossy()]).ok();
    let shown = site.program(prefix.join("bin/static-site")).arguments(&["style.css"]).ok();
    assert_eq!(shown.stdout, "p { max-width: 40em }\n");
    site.mbuild(&["uninstall", "--prefix", &prefix.to_string_lossy()]).ok();
    assert!(!prefix.join("bin/static-site").exists());
}
