//! What preprocessors and compilers read beside the sources: a change of it builds again.

use mbuild_tests::{Project, Space};

/// Sources that are put together from several files: by a script of the project, with a file that only `pp_deps`
/// lists, with one in a folder that a word names, and by programs of the project.
const MANIFEST: &str = r#"
begin program "scripted"
  dirname = "src"
  files = [ "scripted.ml" ]
  pp = [ "sh" "tools/join.sh" "-I" "head" ]
  pp_deps = [ "tail.txt" ]
end
begin program "join" files = [ "tools/join.ml" ] install = false end
begin program "told"
  files = [ "src/told.ml" (pp = [ "%{join_DST_DIR}%/join.byte" "--with=src/more.txt" ]) ]
  pp_requires = [ "join:byte" ]
end
begin program "passed"
  files = [ "src/passed.ml" ]
  pp = [ "env" "X=1" "%{join_DST_DIR}%/join.byte" "src/more.txt" ]
end
begin program "rewriter" files = [ "tools/rewriter.ml" ] requires = [ "compiler-libs.common" ] install = false end
begin program "rewritten"
  files = [ "src/rewritten.ml" ]
  comp_requires = [ "rewriter:asm" ]
  comp += [ "-ppx" "%{rewriter_DST_DIR}%/rewriter.asm" ]
end
"#;

/// A rewriter that puts `it` in the place of every integer.
const REWRITER: &str = r#"
open Parsetree
let it = "7"
let expr mapper e = match e.pexp_desc with
  | Pexp_constant (Pconst_integer (_, suffix)) ->
    { e with pexp_desc = Pexp_constant (Pconst_integer (it, suffix)) }
  | _ -> Ast_mapper.default_mapper.Ast_mapper.expr mapper e
let () = Ast_mapper.run_main (fun _ -> { Ast_mapper.default_mapper with Ast_mapper.expr })
"#;

const JOIN: &str = r#"
let () =
  let print file =
    let channel = open_in file in
    (try while true do print_endline (input_line channel) done with End_of_file -> ())
  in
  let word = Sys.argv.(Array.length Sys.argv - 2) in
  let file = match String.index_opt word '=' with
    | Some at -> String.sub word (at + 1) (String.length word - at - 1)
    | None -> word
  in
  print file;
  print Sys.argv.(Array.length Sys.argv - 1)
"#;

fn project<'a>(space: &'a Space) -> Project<'a> {
    let project = space.project("inputs");
    project.write("build.ocp", MANIFEST);
    for (file, text) in [
        ("src/scripted.ml", "let () = print_endline (head ^ tail)\n"),
        ("tools/join.sh", "cat \"$2/head.txt\" src/tail.txt \"$3\"\n"),
        ("head/head.txt", "let head = \"head \"\n"),
        ("src/tail.txt", "let tail = \"tail\"\n"),
        ("src/more.txt", "let more = \"more\"\n"),
        ("src/told.ml", "let () = print_endline more\n"),
        ("src/passed.ml", "let () = print_endline (\"passed \" ^ more)\n"),
        ("src/rewritten.ml", "let () = print_int 1\n"),
        ("tools/join.ml", JOIN),
        ("tools/rewriter.ml", REWRITER),
    ] {
        project.write(file, text);
    }
    project
}

/// Builds, twice; the second time there is nothing to do.
fn build(project: &Project<'_>) {
    project.mbuild(&["build"]).ok();
    project.is_built();
}

fn said(project: &Project<'_>, name: &str) -> String {
    project.program(project.path(&format!("_mbuild/native/bin/{name}"))).ok().stdout
}

#[test]
fn what_a_preprocessor_reads_is_built_again_when_it_changes() {
    let space = Space::new();
    let project = project(&space);
    build(&project);
    assert_eq!(said(&project, "scripted"), "head tail\n");
    assert_eq!(said(&project, "told"), "more\n");
    assert_eq!(said(&project, "passed"), "passed more\n");
    assert_eq!(said(&project, "rewritten"), "7");
    // A file that `pp_deps` lists, one in a folder that a word names, a word that is a script.
    project.write("src/tail.txt", "let tail = \"toe\"\n");
    build(&project);
    assert_eq!(said(&project, "scripted"), "head toe\n");
    project.write("head/head.txt", "let head = \"hat \"\n");
    build(&project);
    assert_eq!(said(&project, "scripted"), "hat toe\n");
    project.write("tools/join.sh", "echo 'let head = \"h\" let tail = \"t\"'; cat \"$3\"\n");
    build(&project);
    assert_eq!(said(&project, "scripted"), "ht\n");
    // A file behind `=`, and one that a program of the project is given.
    project.write("src/more.txt", "let more = \"less\"\n");
    build(&project);
    assert_eq!(said(&project, "told"), "less\n");
    assert_eq!(said(&project, "passed"), "passed less\n");
    // The programs themselves.
    project.edit(
        "tools/join.ml",
        "print_endline (input_line channel)",
        "print_endline (String.map (function 's' -> 'z' | c -> c) (input_line channel))",
    );
    project.edit("tools/rewriter.ml", "\"7\"", "\"8\"");
    build(&project);
    assert_eq!(said(&project, "told"), "lezz\n");
    assert_eq!(said(&project, "rewritten"), "8");
}

#[test]
fn ninja_builds_again_as_well() {
    let space = Space::new();
    let project = project(&space);
    project.mbuild(&["configure"]).ok();
    let ninja = || project.reference_ninja(&["-f", "_mbuild/native/build.ninja"]).ok();
    ninja();
    std::thread::sleep(std::time::Duration::from_millis(20));
    project.write("src/tail.txt", "let tail = \"toe\"\n");
    ninja();
    assert_eq!(said(&project, "scripted"), "head toe\n");
}

/// A file that names a module which it does not wait for: without `nodeps` the two would be a circle.
#[test]
fn modules_do_not_wait_for_those_that_nodeps_names() {
    let space = Space::new();
    let project = space.project("nodeps");
    project.write(
        "build.ocp",
        "begin program \"p\" files = [ \"a.ml\" (nodeps = [ \"B\" ]) \"b.ml\" ] end\n",
    );
    project.write(
        "a.ml",
        "module Inner = struct module B = struct let x = 1 end end\nopen Inner\nlet x = B.x\n",
    );
    project.write("b.ml", "let () = print_int A.x\n");
    build(&project);
    assert_eq!(said(&project, "p"), "1");
}

#[test]
fn options_without_effect_are_named() {
    let space = Space::new();
    let project = space.project("without");
    project.write(
        "build.ocp",
        "begin library \"a\" files = [ \"a.ml\" (noimpldeps = [ \"B\" ]) ] docflags = [ \"-sort\" ]\n  \
         ocamlc = [ \"ocamlc.opt\" ] ocamlopt = [ \"my-ocamlopt\" ] pp = [ ]\n  \
         requires = [ \"unix\" (tolink = false externals_only = true) ] end\n",
    );
    project.write("a.ml", "let x = 1\n");
    let said = project.mbuild(&["build"]).ok().said();
    let place = |place: &str, what: &str| {
        let line = format!("build.ocp:{place}: {what} is without effect");
        assert!(said.contains(&line), "{line} in {said}");
    };
    place("1:52", "`noimpldeps` of `a`");
    place("1:74", "`docflags` of `a`");
    place("2:42", "`ocamlopt` of `a`");
    place("3:16", "`externals_only` of `unix`");
    assert_eq!(said.matches("without effect").count(), 4, "{said}");
}

const MISSING: &str = r#"error: build.ocp:1:47: `pp_deps` names `src/no.txt`, which is not there
  begin library "a" dirname = "src" pp_deps = [ "no.txt" ] files = [ "a.ml" ] end
                                                ^
  help: write it, or remove it from the list
"#;

#[test]
fn what_is_listed_and_not_there_is_an_error() {
    let space = Space::new();
    let project = space.project("missing");
    project.write(
        "build.ocp",
        "begin library \"a\" dirname = \"src\" pp_deps = [ \"no.txt\" ] files = [ \"a.ml\" ] end\n",
    );
    project.write("src/a.ml", "let x = 1\n");
    assert_eq!(project.mbuild(&["build"]).fails(3).stderr, MISSING);
    // Once it is there, all is well.
    project.write("src/no.txt", "");
    build(&project);
}
