//! Syntax extensions that a project has itself, and options that are not served.

use mbuild_tests::Space;

const MANIFEST: &str = r#"
begin program "camlp4o" generated = true end
begin library "answer" files = [ "answer.ml" ] end
begin library "pa_answer"
  files = [ "pa_answer.ml" (pp = [ "camlp4of" ]) ]
  requires = [ "camlp4" "answer" ]
end
begin syntax "answers" requires = [ "camlp4o" "pa_answer" ] end
begin program "main" files = [ "main.ml" (syntax = [ "answers" ]) ] requires = [ "answers" ] end
begin program "double" files = [ "double.ml" ] install = false end
begin syntax "doubles" requires = [ "double" ] end
begin program "twice"
  files = [ "twice.ml" ]
  requires = [ "doubles" ]
  syntax = [ "doubles" ]
  ppflags = [ "-n" "it's" ]
  comp_requires = [ "double:byte" ]
end
"#;

#[test]
fn preprocessors_load_what_a_syntax_requires() {
    let space = Space::new();
    let project = space.project("syntaxes");
    project.write("build.ocp", MANIFEST);
    for (file, text) in [
        ("answer.ml", "let it = \"42\"\n"),
        (
            "pa_answer.ml",
            "open Camlp4.PreCast\nopen Syntax\n\
             EXTEND Gram\n  expr: LEVEL \"simple\" [ [ \"ANSWER\" -> <:expr< $str:Answer.it$ >> ] ];\nEND\n",
        ),
        ("main.ml", "let () = print_endline ANSWER\n"),
        (
            "double.ml",
            "let () =\n  let file = open_in Sys.argv.(3) in\n  let line = input_line file in\n  \
             Printf.printf \"let word = %S\\n%s\\n%s\\n\" Sys.argv.(2) line line\n",
        ),
        ("twice.ml", "let () = print_endline word\n"),
    ] {
        project.write(file, text);
    }
    project.mbuild(&["build"]).ok();
    let said = |name: &str| {
        project.program(project.path(&format!("_mbuild/native/bin/{name}"))).ok().stdout
    };
    assert_eq!(said("main"), "42\n");
    assert_eq!(said("twice"), "it's\nit's\n");
    // The extension is no part of what is linked.
    let program = std::fs::read(project.path("_mbuild/native/bin/main")).expect("a program");
    assert!(!program.windows(13).any(|window| window == b"camlPa_answer"));
    project.write("answer.ml", "let it = \"43\"\n");
    project.mbuild(&["build"]).ok();
    assert_eq!(said("main"), "43\n");
    project.is_built();
}

const UNSERVED: &str = r#"error: build.ocp:2:14: `libstubs` of `a` is not served
    libstubs = "c/libmla.a"
               ^
  help: list the C sources in `files`
build.ocp:3:43: `module` of `a` is not served
    files = [ "a.ml" (nopervasives module = "B") ]
                                            ^
  help: call the file as the module
build.ocp:6:49: syntax `none` has 0 preprocessors
  begin program "p" files = [ "p.ml" ] syntax = [ "none" ] end
                                                  ^
  help: let the `syntax` package require one program, such as `camlp4o`
build.ocp:7:54: `pp_requires` names `no`, which is no package
  begin program "q" files = [ "p.ml" ] pp_requires = [ "no:byte" ] end
                                                       ^
  help: write `"NAME:byte"` of a package
"#;

#[test]
fn what_is_not_served_is_said() {
    let space = Space::new();
    let project = space.project("unserved");
    project.write(
        "build.ocp",
        "begin library \"a\"\n  libstubs = \"c/libmla.a\"\n  files = [ \"a.ml\" (nopervasives module = \"B\") ]\nend\n\
         begin syntax \"none\" requires = [ \"a\" ] end\n\
         begin program \"p\" files = [ \"p.ml\" ] syntax = [ \"none\" ] end\n\
         begin program \"q\" files = [ \"p.ml\" ] pp_requires = [ \"no:byte\" ] end\n",
    );
    project.write("a.ml", "").write("p.ml", "");
    let failed = project.mbuild(&["build"]).fails(3);
    assert_eq!(failed.stderr, UNSERVED);
}
