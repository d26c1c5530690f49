//! Syntax extensions of camlp4 that a package has itself, and uses.

use mbuild_tests::{Project, Space};

use super::HEAD;
use super::package::builds_and_says;

/// An extension that needs another library of the package, and a program that is written in its syntax.
fn package(space: &Space) -> Project<'_> {
    let project = space.project("p");
    project.write(
        "p.obuild",
        format!(
            "{HEAD}\
executable main
  main-is: main.ml
  src-dir: bin
  pp: camlp4o
  build-deps: pa_answer, words
library pa_answer
  modules: Pa_answer
  src-dir: syntax
  pp: camlp4o
  syntax: true
  build-deps: camlp4, camlp4.extend, camlp4.quotations.o, answer
library answer
  modules: Answer
  src-dir: answer
library words
  modules: Words
  src-dir: words
"
        ),
    );
    project
        .write("answer/answer.ml", "let it = \"42\"\n")
        .write("words/words.ml", "let the = \"the answer is \"\n")
        .write(
            "syntax/pa_answer.ml",
            "open Camlp4.PreCast\nopen Syntax\n\
             EXTEND Gram\n  expr: LEVEL \"simple\" [ [ \"ANSWER\" -> <:expr< $str:Answer.it$ >> ] ];\nEND\n",
        )
        .write("bin/main.ml", "let () = print_endline (Words.the ^ ANSWER)\n");
    project
}

#[test]
fn camlp4_loads_an_extension_of_the_package_and_programs_are_linked_without_it() {
    let space = Space::new();
    let project = package(&space);
    builds_and_says(&project, "the answer is 42\n");
    let program = std::fs::read(project.path("_mbuild/native/bin/main")).unwrap();
    let has = |name: &[u8]| program.windows(name.len()).any(|window| window == name);
    assert!(has(b"camlWords") && !has(b"camlPa_answer") && !has(b"camlAnswer"));
    // What the extension is made of is read again by all who are written in it.
    project.write("answer/answer.ml", "let it = \"43\"\n");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "the answer is 43\n");
}

#[test]
fn an_extension_is_installed_for_camlp4_alone() {
    let space = Space::new();
    let project = package(&space);
    let prefix = space.path("there");
    project.mbuild(&["install", "-q", "--prefix", &prefix.to_string_lossy()]).ok();
    let user = space.project("user");
    user.write("u.obuild", "name: u\nversion: 1\nobuild-ver: 1\nexecutable u\n  main: u.ml\n  pp: camlp4o\n  build-deps: pa_answer\n");
    user.write("u.ml", "let () = print_string ANSWER\n");
    let mut run = user.mbuild(&["run"]);
    assert_eq!(run.env("OCAMLPATH", prefix.join("lib")).ok().stdout, "42");
}
