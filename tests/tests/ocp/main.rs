//! ocp-build's `*.ocp` and `*.ocp2` end to end: projects of several packages, rules, tests, installing, mistakes.
#![cfg(target_os = "linux")]

mod inputs;
mod installing;
mod syntaxes;

use mbuild_tests::{Project, Space, conformance, tree};

/// A project of several folders: the options of the first file hold below it, a file may be included or not,
/// `greet` is linked in the order of its files, `table` is made by a rule, `about` by what the project says.
fn project<'a>(space: &'a Space, name: &str) -> Project<'a> {
    let project = space.project(name);
    project.write("ocp-build.root", "");
    project.write(
        "build.ocp",
        "(* Everything (* also this *) *)\n\
         version = \"1.2\"\n\
         authors = [ \"Ann\" \"Bob\" ]\n\
         comp += [ \"-w\" \"+a-4-40-42-44-48-70\" ]\n\
         if include \"local.ocpinc\" then {} else { greeting = \"hello\" }\n\
         begin config \"sorted\" sort = true end\n",
    );
    project.write(
        "src/build.ocp",
        "begin library \"demo.greet\"\n\
         \x20 files = [ \"first.ml\" \"second.ml\" \"greet.ml\" (bytecomp += [ \"-g\" ]) \"stubs.c\" ]\n\
         \x20 requires = [ \"unix\" ]\n\
         \x20 force_link = true\n\
         \x20 description = \"Greetings\"\n\
         end\n\
         begin library \"demo\"\n\
         \x20 use \"sorted\"\n\
         \x20 files = [ \"zed.ml\" \"able.ml\" \"numbers.mll\" ]\n\
         \x20 requires = [ \"demo.greet\" ]\n\
         end\n\
         begin objects \"loose\" files = [ \"one.ml\" \"two.ml\" ] install = false end\n\
         begin library \"boxed\" files = [ \"plain.ml\" pack Box [ \"inner.ml\" \"outer.ml\" pack Deep [ \"deepest.ml\" ] ] \"user.ml\" ] end\n\
         begin library \"lonely\" files = [ \"lonely.ml\" ] requires = [ \"no-such-package\" ] end\n",
    );
    for (file, text) in [
        ("first.ml", "let () = print_endline \"first\"\n"),
        ("second.ml", "let () = print_endline \"second\"\n"),
        (
            "greet.ml",
            "external twice : int -> int = \"demo_twice\"\nlet greet name = Printf.sprintf \"hello, %s of %d\" name (twice (Unix.getpid () * 0 + 21))\n",
        ),
        ("greet.mli", "val greet : string -> string\n"),
        (
            "stubs.c",
            "#include <caml/mlvalues.h>\nvalue demo_twice(value n) { return Val_int(2 * Int_val(n)); }\n",
        ),
        ("zed.ml", "let zed = Able.able + 1\n"),
        ("able.ml", "let able = 1\n"),
        (
            "numbers.mll",
            "rule number = parse ['0'-'9']+ as n { int_of_string n } | _ { number lexbuf }\n",
        ),
        ("one.ml", "let () = print_endline \"one\"\n"),
        ("two.ml", "let two = 2\n"),
        ("plain.ml", "let plain = 2\n"),
        ("inner.ml", "let inner = Plain.plain + 1\n"),
        ("deepest.ml", "let deepest = Inner.inner + Plain.plain\n"),
        ("user.ml", "let used = Box.Outer.outer * Box.Deep.Deepest.deepest\n"),
        ("outer.ml", "let outer = Inner.inner + 1\n"),
        ("lonely.ml", "let lonely = ()\n"),
    ] {
        project.write(&format!("src/{file}"), text);
    }
    project.write(
        "main/build.ocp",
        "begin program \"generator\" files = [ \"generator.ml\" ] install = false end\n\
         begin program \"say\"\n\
         \x20 files = [ \"about.ml\" (ocp2ml env_strings = [ \"greeting\" ])\n\
         \x20           \"texts.ml\" (file2string = [ \"text.txt\" ]) \"table.ml\"\n\
         \x20           \"shout.ml\" (pp = [ \"shouter\" \"-x\" ]) \"who.ml\" \"main.ml\" ]\n\
         \x20 requires = [ \"demo\" \"loose\" \"boxed\" \"shouter\" ]\n\
         \x20 build_rules = [\n\
         \x20   \"table.ml\" (\n\
         \x20     sources = [ \"%{generator_FULL_DST_DIR}%/generator.byte\" \"table.txt\" ]\n\
         \x20     commands = [ { %byte_exe( p = \"generator\" ) \"table.txt\" } (stdout = \"table.ml\") ]\n\
         \x20   )\n\
         \x20   \"who.ml\" ( commands = [ \"%%subst\" ( substitutions = [ \"who\" ( with_string = \"it's %\" ) ] ) ] )\n\
         \x20   \"note.txt\" ( sources = [ \"table.txt\" ] commands = [ { \"cp\" \"table.txt\" \"%{file}%\" } ] build_target = true )\n\
         \x20 ]\n\
         \x20 test_args = [ \"%{test}%\" ]\n\
         \x20 tests = [ \"one\" \"two\" (test_args += [ \"more\" ]) ]\n\
         end\n\
         begin program \"shouter\" files = [ \"shouter.ml\" ] install = false end\n\
         begin test \"checks\" files = [ \"checks.ml\" ] requires = [ \"demo\" ] test_exit = \"3\" end\n",
    );
    for (file, text) in [
        (
            "generator.ml",
            "let () = Printf.printf \"let table = %S\\n\" (input_line (open_in Sys.argv.(1)))\n",
        ),
        (
            "shouter.ml",
            "let () = assert (Sys.argv.(1) = \"-x\"); let file = open_in Sys.argv.(2) in\nlet text = input_line file in\nPrintf.printf \"# 1 %S\\n\" Sys.argv.(2); print_endline (String.concat \"!\" (String.split_on_char '?' text))\n",
        ),
        ("shout.ml", "let shout = \"hey?\"\n"),
        ("text.txt", "a \"text\"\nof two lines"),
        ("table.txt", "forty-two\n"),
        ("who.ml.in", "let who = \"%{who}% ${HOME} 100%%\"\n"),
        (
            "main.ml",
            "let () =\n  Printf.printf \"%s %s %s: %s\\n\" About.package About.version About.greeting (Greet.greet \"you\");\n  Printf.printf \"%d %d %d %s %s %S %s\\n\" Zed.zed Two.two User.used Who.who Table.table (List.assoc \"text.txt\" Texts.files) Shout.shout;\n  Array.iteri (fun i word -> if i > 0 then print_endline word) Sys.argv\n",
        ),
        ("checks.ml", "let () = exit (Able.able + 2)\n"),
    ] {
        project.write(&format!("main/{file}"), text);
    }
    project
}

const INSTALLED: [&str; 38] = [
    "bin/say",
    "bin/say.byte",
    "lib/boxed/Box.cmi",
    "lib/boxed/Box.cmx",
    "lib/boxed/META",
    "lib/boxed/boxed.a",
    "lib/boxed/boxed.cma",
    "lib/boxed/boxed.cmxa",
    "lib/boxed/boxed.cmxs",
    "lib/boxed/plain.cmi",
    "lib/boxed/plain.cmx",
    "lib/boxed/user.cmi",
    "lib/boxed/user.cmx",
    "lib/demo.greet/META",
    "lib/demo.greet/demo.greet.a",
    "lib/demo.greet/demo.greet.cma",
    "lib/demo.greet/demo.greet.cmxa",
    "lib/demo.greet/demo.greet.cmxs",
    "lib/demo.greet/first.cmi",
    "lib/demo.greet/first.cmx",
    "lib/demo.greet/greet.cmi",
    "lib/demo.greet/greet.cmx",
    "lib/demo.greet/libmldemo.greet.a",
    "lib/demo.greet/second.cmi",
    "lib/demo.greet/second.cmx",
    "lib/demo/META",
    "lib/demo/able.cmi",
    "lib/demo/able.cmx",
    "lib/demo/demo.a",
    "lib/demo/demo.cma",
    "lib/demo/demo.cmxa",
    "lib/demo/demo.cmxs",
    "lib/demo/numbers.cmi",
    "lib/demo/numbers.cmx",
    "lib/demo/zed.cmi",
    "lib/demo/zed.cmx",
    "lib/say/META",
    "share/mbuild/demo.json",
];
const META: &str = r#"# Made from the package's manifest by mbuild
version = "1.2"
description = "demo"
requires = "unix demo.greet"
archive(byte) = "demo.cma"
plugin(byte) = "demo.cma"
archive(native) = "demo.cmxa"
plugin(native) = "demo.cmxs"
exists_if = "demo.cma"
package "greet" (
 version = "1.2"
 description = "Greetings"
 directory = "../demo.greet"
 requires = "unix"
 archive(byte) = "demo.greet.cma"
 plugin(byte) = "demo.greet.cma"
 archive(native) = "demo.greet.cmxa"
 plugin(native) = "demo.greet.cmxs"
 exists_if = "demo.greet.cma"
)
"#;
const MISTAKES: &str = r#"error: build.ocp:4:8: variable `optz` has no value
  opts = optz comp += [ "-w" "+a-4-40-42-44-48-70" ]
         ^
  help: set it before, or put it in quotes where it is a text; files in the folders above may set it as well
src/build.ocp:12:7: `objets` is no kind of package
  begin objets "loose" files = [ "one.ml" "two.ml" ] install = false end
        ^
  help: did you mean `objects`?
main/build.ocp:10:22: there is no primitive `%byte_ex`
        commands = [ { %byte_ex( p = "generator" ) "table.txt" } (stdout = "table.ml") ]
                       ^
  help: did you mean `byte_exe`?
"#;
const MISSING: &str = r#"error: src/build.ocp:2:24: library `demo.greet` has a module `Secon` without a source: no `src/secon.ml`, `src/Secon.ml`, `src/secon.mli`, `src/Secon.mli`, `src/secon.mll` or `src/secon.mly`
    files = [ "first.ml" "secon.ml" "greet.ml" (bytecomp += [ "-g" ]) "stubs.c" ]
                         ^
  help: did you mean `Second`?
main/build.ocp:5:59: executable `say` has no main source: no `main/man.ml`
              "shout.ml" (pp = [ "shouter" "-x" ]) "who.ml" "man.ml" ]
                                                            ^
  help: write `main/man.ml`, or name the file that is meant
"#;

const SAID: &str = "first\nsecond\none\nsay 1.2 hello: hello, you of 42\n\
                    2 2 20 it's % ${HOME} 100% forty-two \"a \\\"text\\\"\\nof two lines\" hey!\n";

#[test]
fn a_project_of_several_folders_is_built_and_runs() {
    let space = Space::new();
    let project = project(&space, "demo");
    let built = project.mbuild(&["build"]).ok();
    let said = built.said();
    assert!(said.contains("`lonely` is not built: it needs `no-such-package`"), "{said}");
    let ran = project.program(project.path("_mbuild/native/bin/say")).ok();
    assert_eq!(ran.stdout, SAID);
    assert!(project.path("_mbuild/native/gen/main/note.txt").is_file());
    project.is_built();
}

#[test]
fn ninja_builds_the_same() {
    let space = Space::new();
    let ours = project(&space, "demo");
    let made = conformance::outputs_of_mbuild(&ours);
    tree::assert_same(&made, &conformance::outputs_of_ninja(&ours));
}

#[test]
fn what_files_say_holds_for_the_folders_below() {
    let space = Space::new();
    let project = project(&space, "demo");
    project.mbuild(&["build"]).ok();
    // A file that was looked for in vain is there now.
    project.write("local.ocpinc", "greeting = \"good day\"\n");
    project.mbuild(&["build"]).ok();
    let ran = project.program(project.path("_mbuild/native/bin/say")).ok();
    assert!(ran.stdout.contains("say 1.2 good day: "), "{}", ran.stdout);
    // So is a manifest in another folder, and a text that a module holds changes.
    project.write("more/build.ocp", "begin program \"more\" files = [ \"more.ml\" ] end\n");
    project.write("more/more.ml", "let () = print_endline \"more\"\n");
    project.write("main/text.txt", "another");
    project.mbuild(&["build"]).ok();
    let more = project.program(project.path("_mbuild/native/bin/more")).ok();
    assert_eq!(more.stdout, "more\n");
    let ran = project.program(project.path("_mbuild/native/bin/say")).ok();
    assert!(ran.stdout.contains("\"another\""), "{}", ran.stdout);
}

#[test]
fn tests_run_with_their_arguments_and_statuses() {
    let space = Space::new();
    let project = project(&space, "demo");
    project.mbuild(&["configure", "--enable", "tests"]).ok();
    let said = project.mbuild(&["test"]).ok().said();
    assert!(said.contains("3 tests passed"), "{said}");
    let log = project.read("_mbuild/native/test/say_two.log");
    assert!(log.ends_with("hey!\ntwo\nmore\n"), "{log}");
    project.edit("main/checks.ml", "+ 2", "+ 3");
    let failed = project.mbuild(&["test"]).fails(1).said();
    assert!(failed.contains("checks"), "{failed}");
}

#[test]
fn libraries_are_installed_with_a_meta_of_each_name() {
    let space = Space::new();
    let project = project(&space, "demo");
    let prefix = space.path("there");
    project.mbuild(&["install", "-q", "--prefix", &prefix.to_string_lossy()]).ok();
    let installed = tree::read(&prefix, |_| true);
    assert_eq!(tree::names(&installed), INSTALLED);
    let meta = std::fs::read_to_string(prefix.join("lib/demo/META")).expect("META");
    assert_eq!(meta, META);
    // Another project uses what is installed, by the same names.
    let user = space.project("user");
    user.write(
        "user.ocp",
        "begin program \"user\" files = [ \"user.ml\" ] requires = [ \"demo\" ] end\n",
    );
    user.write("user.ml", "let () = print_endline (Greet.greet \"all\"); assert (Zed.zed = 2)\n");
    user.mbuild(&["build"]).env("OCAMLPATH", prefix.join("lib")).ok();
    let ran = user.program(user.path("_mbuild/native/bin/user")).ok();
    assert_eq!(ran.stdout, "first\nsecond\nhello, all of 42\n");
    project.mbuild(&["uninstall", "-q", "--prefix", &prefix.to_string_lossy()]).ok();
    assert!(!prefix.join("lib/demo").exists());
}

#[test]
fn the_newer_language_builds_as_the_old_one() {
    let space = Space::new();
    let project = space.project("newer");
    project.write(
        "build.ocp2",
        "List = module(\"ocp-build:List\", \"1.0\");\n\
         OCaml = module(\"ocp-build:OCaml\", \"1.0\");\n\
         function ml(name){ return name + \".ml\"; }\n\
         fast = Features_get(\"fast\", false);\n\
         begin\n  ocaml.files = List.map(ml, '[ a b ]);\n  OCaml.library(\"lib\", ocaml);\nend\n",
    );
    // Beside the newer one, an old one is not read.
    project.write("build.ocp", "this is not read\n");
    project.write(
        "prog/build.ocp2",
        "OCaml.program(\"prog\", ocaml + {\n\
         \x20 files = '[ made.ml main.ml { bytecomp = [ \"-w\"; \"-a\" ] } ]; requires = 'lib;\n\
         \x20 build_rules = OCaml.make([ \"made.ml\" ], [ \"made.txt\" ],\n\
         \x20   [ [ \"cp\"; \"made.txt\"; \"made.ml\" ] ]); });\n\
         if(fast.enabled){ OCaml.program(\"fast\", { files = [ \"fast.ml\" ]; }); }\n",
    );
    project.write("a.ml", "let a = 1\n").write("b.ml", "let b = A.a + 1\n");
    project.write("prog/made.txt", "let made = 40\n");
    project.write("prog/main.ml", "let () = Printf.printf \"%d\\n\" (Made.made + B.b)\n");
    project.write("prog/fast.ml", "let () = print_endline \"fast\"\n");
    project.mbuild(&["build"]).ok();
    let ran = project.program(project.path("_mbuild/native/bin/prog")).ok();
    assert_eq!(ran.stdout, "42\n");
    assert!(!project.path("_mbuild/native/bin/fast").exists());
    project.mbuild(&["configure", "--enable", "fast"]).ok();
    project.mbuild(&["build"]).ok();
    let ran = project.program(project.path("_mbuild/native/bin/fast")).ok();
    assert_eq!(ran.stdout, "fast\n");
}

#[test]
fn mistakes_of_all_files_come_at_once_and_nothing_is_written() {
    let space = Space::new();
    let project = project(&space, "demo");
    project.edit("build.ocp", "comp +=", "opts = optz comp +=");
    project.edit("main/build.ocp", "%byte_exe(", "%byte_ex(");
    project.edit("src/build.ocp", "begin objects", "begin objets");
    let failed = project.mbuild(&["build"]).fails(3);
    assert_eq!(failed.stderr, MISTAKES);
    assert!(!project.path("_mbuild/native/build.ninja").exists());
}

#[test]
fn sources_that_are_missing_are_shown_where_they_are_listed() {
    let space = Space::new();
    let project = project(&space, "demo");
    project.edit("src/build.ocp", "\"second.ml\"", "\"secon.ml\"");
    project.edit("main/build.ocp", "\"main.ml\"", "\"man.ml\"");
    let failed = project.mbuild(&["build"]).fails(3);
    assert_eq!(failed.stderr, MISSING);
}

#[test]
fn a_manifest_that_nobody_trusts_stays_in_its_folder() {
    let space = Space::new();
    space.project("secret").write("key", "secret");
    let project = space.project("evil");
    let outside = space.path("outside");
    let outside = outside.to_string_lossy();
    project.write(
        "build.ocp",
        format!(
            "begin library \"a\"\n\
             \x20 files = [ \"a.ml\" \"b;touch {outside}.ml\" \"t.ml\" (file2string = [ \"../secret/key\" ]) ]\n\
             \x20 comp = [ \"-pp\" \"$(touch {outside})\" ]\n\
             \x20 data_files = [ \"../secret/key\" ]\n\
             \x20 build_rules = [ \"../out\" ( commands = [ {{ \"touch\" \"{outside}\" }} ] build_target = true ) ]\n\
             end\n"
        ),
    );
    project.write("a.ml", "");
    let failed = project.mbuild(&["build"]).fails(3);
    let lines = failed.stderr.lines().filter(|line| line.contains("build.ocp:"));
    assert_eq!(lines.count(), 5, "{}", failed.stderr);
    assert!(!space.path("outside").exists());
    // Words with signs of the shell reach their program as they are.
    project.write(
        "build.ocp",
        format!(
            "begin program \"a\" files = [ \"a.ml\" (pp = [ \"sed\" \"s/;touch x/'1'/\" ]) ]\n\
             \x20 build_rules = [ \"o\" ( commands = [ {{ \"echo\" \"$(touch {outside})\" \"`touch {outside}`\" }} (stdout = \"o\") ]\n\
             \x20   build_target = true ) ]\n\
             end\n"
        ),
    );
    project.write("a.ml", "let () = print_char ;touch x\n");
    project.mbuild(&["build"]).ok();
    let made = project.read("_mbuild/native/gen/o");
    assert_eq!(made, format!("$(touch {outside}) `touch {outside}`\n"));
    assert_eq!(project.program(project.path("_mbuild/native/bin/a")).ok().stdout, "1");
    assert!(!space.path("outside").exists());
}
