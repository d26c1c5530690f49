//! A package with something of everything: what is built, tested and installed of it.

use mbuild_tests::{Project, Space, conformance, tree};

use super::HEAD;

/// A library with C parts and another one inside it, a program, a test, an example, a flag.
fn package(space: &Space) -> Project<'_> {
    let project = space.project("p");
    let manifest = format!(
        "{HEAD}\
Synopsis: Sums
flag shout
  description: print in capital letters
  default: false
Library sums
  Modules: Sums
  Path: src
  c-dir: c
  c-sources: add.c
  c-flags: -DBASE=100
  oflags: -w +a-4-70
  sub text
    modules: text
    src-dir: text
    build-deps: sums, str
executable sum
  main-is: main.ml
  src-dir: bin, shared
  build-deps: sums.text
executable shout
  main-is: shout.ml
  src-dir: bin
  buildable: $shout
  installable: $shout
test check
  main-is: check.ml
  src-dir: test
  build-deps: sums
  rundir: test
  run-params: one two, three
example show
  main-is: show.ml
  src-dir: examples
  build-deps: sums
"
    );
    project
        .write("p.obuild", manifest)
        .write("src/sums.mli", "val add : int -> int -> int\n")
        .write("src/sums.ml", "external raw : int -> int -> int = \"sums_add\"\nlet add a b = raw a (Helper.same b)\n")
        // The library does not list it, and takes it in because `Sums` names it.
        .write("src/helper.ml", "let same x = x\n")
        .write("src/unused.ml", "this is no source at all\n")
        .write("c/base.h", "#define OF_HEADER 1\n")
        .write(
            "c/add.c",
            "#include <caml/mlvalues.h>\n#include \"obuild_macros.h\"\n#include \"base.h\"\n\
             value sums_add(value a, value b)\n\
             { return Val_long(Long_val(a) + Long_val(b) + BASE * PROJECT_FLAG_SHOUT * OF_HEADER); }\n",
        )
        .write("text/text.ml", "let sum a b = String.concat \" \" (Str.split (Str.regexp \"-\") (Printf.sprintf \"sum-is-%d\" (Sums.add a b)))\n")
        .write("bin/main.ml", "let () = print_endline (Shared.mark ^ Text.sum 1 2 ^ \" in \" ^ Path_generated.project_version)\n")
        .write("bin/shout.ml", "let () = print_endline (String.uppercase_ascii \"sum\")\n")
        .write("shared/shared.ml", "let mark = \"> \"\n")
        .write("test/data", "3\n")
        .write(
            "test/check.ml",
            "let () = let c = open_in \"data\" in\n\
             assert (Sums.add 1 2 = int_of_string (input_line c));\n\
             assert (Array.to_list (Array.sub Sys.argv 1 2) = [ \"one two\"; \"three\" ])\n",
        )
        .write("examples/show.ml", "let () = print_int (Sums.add 2 2)\n");
    project
}

/// Builds a package whose one program says this, and nothing is left to do then.
pub(super) fn builds_and_says(project: &Project<'_>, said: &str) {
    project.mbuild(&["build"]).ok();
    assert_eq!(project.mbuild(&["run"]).ok().stdout, said);
    assert_eq!(project.mbuild(&["build"]).ok().ran(), [""; 0]);
}

#[test]
fn what_a_manifest_says_is_built_and_runs() {
    let space = Space::new();
    let project = package(&space);
    builds_and_says(&project, "> sum is 3 in 1.2\n");
    assert!(!project.path("_mbuild/native/bin/shout").exists());
    // A module that the library has taken in is compiled again with it, and one that it has not is no matter.
    project.write("src/helper.ml", "let same x = x + 1\n");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "> sum is 4 in 1.2\n");
    project.mbuild(&["build"]).ok();
    project.write("src/unused.ml", "nor is this\n");
    let ran = project.mbuild(&["build"]).ok().ran();
    assert!(ran.iter().all(|output| output.contains("/scan/")), "{ran:?}");
    // A header is followed.
    project.write("c/base.h", "#define OF_HEADER 0\n");
    let ran = project.mbuild(&["build"]).ok().ran();
    assert!(ran.iter().any(|output| output.ends_with("c/add.o")), "{ran:?}");
}

#[test]
fn flags_turn_targets_on() {
    let space = Space::new();
    let project = package(&space);
    project.mbuild(&["configure", "--enable", "shout"]).ok();
    assert_eq!(project.mbuild(&["run", "shout"]).ok().stdout, "SUM\n");
    assert_eq!(project.mbuild(&["run", "sum"]).ok().stdout, "> sum is 103 in 1.2\n");
    project.mbuild(&["configure", "--enable", "tests", "--enable", "examples"]).ok();
    let said = project.mbuild(&["test"]).ok();
    assert!(said.stderr.contains("1 test passed"), "{}", said.stderr);
    assert_eq!(project.mbuild(&["run", "example-show"]).ok().stdout, "4");
    project.write("test/data", "4\n");
    assert!(project.mbuild(&["test"]).fails(1).stderr.contains("check"));
    let said = project.mbuild(&["configure", "--enable", "shuot"]).fails(2).stderr;
    assert!(said.contains("help: did you mean `shout`?"), "{said}");
}

#[test]
fn what_is_installed_is_what_others_can_use() {
    let space = Space::new();
    let project = package(&space);
    let prefix = space.path("there");
    project.mbuild(&["install", "-q", "--prefix", &prefix.to_string_lossy()]).ok();
    let installed = tree::read(&prefix, |name| !name.starts_with("share/"));
    let expected = [
        "bin/sum",
        "lib/stublibs/dllsums_stubs.so",
        "lib/sums/META",
        "lib/sums/helper.cmi",
        "lib/sums/helper.cmt",
        "lib/sums/helper.cmx",
        "lib/sums/helper.ml",
        "lib/sums/libsums_stubs.a",
        "lib/sums/sums.a",
        "lib/sums/sums.cma",
        "lib/sums/sums.cmi",
        "lib/sums/sums.cmt",
        "lib/sums/sums.cmti",
        "lib/sums/sums.cmx",
        "lib/sums/sums.cmxa",
        "lib/sums/sums.cmxs",
        "lib/sums/sums.mli",
        "lib/sums/sums_text.a",
        "lib/sums/sums_text.cma",
        "lib/sums/sums_text.cmxa",
        "lib/sums/sums_text.cmxs",
        "lib/sums/text.cmi",
        "lib/sums/text.cmt",
        "lib/sums/text.cmx",
        "lib/sums/text.ml",
    ];
    let names: Vec<String> = tree::names(&installed)
        .into_iter()
        .map(|name| name.replace("lib/sums/dllsums_stubs.so", "lib/stublibs/dllsums_stubs.so"))
        .collect();
    let mut names = names;
    names.sort();
    assert_eq!(names, expected);
    let user = space.project("user");
    user.write("u.obuild", "name: u\nversion: 1\nobuild-ver: 1\nexecutable u\n  main: u.ml\n  build-deps: sums.text (>= 1.2)\n");
    user.write("u.ml", "let () = print_endline (Text.sum 20 22)\n");
    let mut run = user.mbuild(&["run"]);
    assert_eq!(run.env("OCAMLPATH", prefix.join("lib")).ok().stdout, "sum is 42\n");
    user.edit("u.obuild", ">= 1.2", ">= 2");
    let said = user.mbuild(&["build"]).env("OCAMLPATH", prefix.join("lib")).fails(4).stderr;
    assert!(said.contains("sums.text"), "{said}");
    assert!(said.contains(">= 2"), "{said}");
}

#[test]
fn plain_ninja_makes_the_same_bytes() {
    let space = Space::new();
    let project = package(&space);
    let ours = conformance::outputs_of_mbuild(&project);
    assert!(ours.len() > 40, "{:?}", tree::names(&ours));
    tree::assert_same(&ours, &conformance::outputs_of_ninja(&project));
}

#[test]
fn a_configure_script_makes_sources_before_folders_are_looked_at() {
    let space = Space::new();
    let project = space.project("p");
    project.write(
        "p.obuild",
        format!("{HEAD}configure-script: configure.ml\nlibrary l\n  modules: Made\n"),
    );
    project.write(
        "configure.ml",
        "let () = let c = open_out \"made.ml\" in output_string c \"let x = 1\\n\"; close_out c\n",
    );
    project.mbuild(&["build"]).ok();
    assert!(project.path("_mbuild/native/obj/library-l/l.cma").exists());
    assert_eq!(project.mbuild(&["build"]).ok().ran(), [""; 0]);
}

#[test]
fn each_test_has_an_empty_home() {
    let space = Space::new();
    let project = space.project("p");
    let tests = ["a", "b"].map(|name| format!("test {name}\n  main: {name}.ml\n"));
    project.write("p.obuild", format!("{HEAD}{}", tests.concat()));
    for name in ["a", "b"] {
        project.write(
            &format!("{name}.ml"),
            "let () =\n  let home = Sys.getenv \"HOME\" in\n  assert (Sys.readdir home = [||]);\n  \
             close_out (open_out (Filename.concat home \"mine\"))\n",
        );
    }
    project.mbuild(&["configure", "--enable", "tests"]).ok();
    project.mbuild(&["test"]).ok();
    project.write("a.ml", format!("{}let () = ()\n", project.read("a.ml")));
    assert!(project.mbuild(&["test"]).ok().stderr.contains("2 tests passed"));
}
