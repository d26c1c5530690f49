//! Manifests of strangers: what they say of files stays in the package, and commands run where
//! the format says so and nowhere else.

use mbuild_tests::{Finished, Project, Space};

/// The exit code for a manifest that is wrong.
const WRONG: i32 = 3;

const HEAD: &str = "\
OASISFormat: 0.4
Name: stranger
Version: 1.0
Synopsis: From somebody nobody knows
Authors: nobody
License: ISC
BuildTools: ocamlbuild
";

const LIBRARY: &str = "
Library strange
  Path: src
  Modules: Strange
  CSources: strange.c
  CompiledObject: best
";

const PROGRAM: &str = "
Executable stranger
  Path: bin
  MainIs: stranger.ml
  CompiledObject: best
  BuildDepends: strange
";

/// What none of these manifests may make.
const MARK: &str = "pwned";

fn project<'a>(space: &'a Space, library: &str, program: &str, tags: &str) -> Project<'a> {
    let project = space.project("stranger");
    project
        .write("_oasis", format!("{HEAD}{LIBRARY}{library}{PROGRAM}{program}"))
        .write("_tags", tags)
        .write("src/strange.ml", "external one : unit -> int = \"strange_one\"\n")
        .write(
            "src/strange.c",
            "#include <caml/mlvalues.h>\nvalue strange_one(value u) { return Val_int(1); }\n",
        )
        .write("bin/stranger.ml", "let () = print_int (Strange.one ())\n");
    project
}

/// Builds, whether that succeeds or not: nothing that an option says is run.
fn runs_nothing(library: &str, program: &str, tags: &str) -> Finished {
    let space = Space::new();
    let project = project(&space, library, program, tags);
    let built = project.mbuild(&["build", "-k", "0"]).run();
    assert_eq!(found(&project), [""; 0], "{}", built.said());
    built
}

/// Every file named like the mark, wherever it is.
fn found(project: &Project) -> Vec<String> {
    let parent = project.dir().parent().expect("a space is around it").to_owned();
    let tree = mbuild_tests::tree::read(&parent, |name| name.ends_with(MARK));
    tree.into_keys().collect()
}

#[test]
fn options_are_no_commands() {
    for words in [
        "-DX; touch pwned",
        "'-DX|touch pwned'",
        "'-DX&touch pwned&>pwned'",
        "'-DX\\$(touch pwned)'",
        "\"x'; touch pwned; '\"",
    ] {
        runs_nothing(&format!("  CCOpt: {words}\n"), "", "");
        let libraries = ["CCLib", "DllLib", "DllPath"];
        runs_nothing(&libraries.map(|field| format!("  {field}: {words}\n")).concat(), "", "");
        runs_nothing(&format!("  ByteOpt: {words}\n  NativeOpt: {words}\n"), "", "");
        for option in ["-ccopt", "-cclib"] {
            let field = format!("  ByteOpt: {option} {words}\n  NativeOpt: {option} {words}\n");
            runs_nothing("", &field, "");
        }
    }
}

#[test]
fn options_in_tags_are_no_commands() {
    for text in ["-DX;touch pwned", "$(touch pwned)", "x'; touch pwned; '"] {
        for tag in ["ccopt", "cclib", "warn", "open", "I", "inline", "runtime_variant"] {
            runs_nothing("", "", &format!("true: {tag}({text})\n"));
        }
        runs_nothing("", "", &format!("<*/*.{{cma,cmxa,byte,native}}>: cclib({text})\n"));
    }
}

#[test]
fn an_option_with_metacharacters_reaches_the_c_compiler_as_text() {
    let space = Space::new();
    let project = project(&space, "  CCOpt: '-DONE=(1;2)'\n", "", "");
    let built = project.mbuild(&["build", "-v"]).run();
    assert!(built.said().contains("'-DONE=(1;2)'"), "{}", built.said());
}

fn is_refused(manifest: &str, says: &[&str]) {
    let space = Space::new();
    let project = space.project("stranger");
    project
        .write("_oasis", format!("{HEAD}\n{manifest}"))
        .write("src/a.ml", "let a = 1\n")
        .write("src/b.c", "");
    project.write("src/`touch pwned`.c", "");
    space.project("outside").write("b.ml", "let b = 2\n");
    let refused = project.mbuild(&["build"]).fails(WRONG);
    for text in says {
        assert!(refused.stderr.contains(text), "no `{text}` in\n{}", refused.stderr);
    }
    assert!(!project.path("_mbuild").exists());
    assert_eq!(found(&project), [""; 0]);
}

#[test]
fn a_path_out_of_the_package_is_refused() {
    is_refused("Library a\n  Path: ../outside\n  Modules: B\n", &["_oasis:10:9", "../outside"]);
    is_refused("Library a\n  Path: src\n  Modules: ../../outside/B\n", &["_oasis:11:12"]);
    is_refused("Executable a\n  Path: src\n  MainIs: ../../outside/b.ml\n", &["_oasis:11:11"]);
    is_refused(
        "Library a\n  Path: src\n  Modules: A\n  CSources: /etc/x.c\n",
        &["_oasis:12:13", "/etc/x.c"],
    );
}

#[test]
fn a_module_that_is_no_name_is_refused() {
    is_refused("Library a\n  Path: src\n  Modules: A;touch pwned\n", &["_oasis:11:"]);
    is_refused("Library a\n  Path: src\n  Modules: `touch pwned`\n", &["_oasis:11:"]);
    is_refused("Library a\n  Path: src\n  Modules: $(touch pwned)\n", &["_oasis:11:"]);
}

#[test]
fn an_unknown_variable_in_an_option_is_refused_and_runs_nothing() {
    is_refused(
        "Library a\n  Path: src\n  Modules: A\n  CCOpt: -DX=$(touch pwned)\n",
        &["_oasis:12:", "touch pwned"],
    );
}

#[test]
fn names_of_files_and_sections_are_no_commands() {
    let space = Space::new();
    let project = space.project("stranger");
    let manifest = "\
Library \"x $(touch pwned)\"
  Path: src;touch pwned
  Modules: A

Executable \"y `touch pwned`\"
  Path: $dir
  MainIs: m.ml
  BuildDepends: unix
  CompiledObject: best
";
    project
        .write("_oasis", format!("{HEAD}\n{manifest}"))
        .write("src;touch pwned/a.ml", "let a = 1\n")
        .write("$dir/m.ml", "let () = print_int (Unix.getpid () * 0)\n");
    let built = project.mbuild(&["build", "-k", "0"]).run();
    assert_eq!(found(&project), [""; 0], "{}", built.said());
}

#[test]
fn names_that_ocamlmklib_would_hand_to_a_shell_are_refused() {
    let odd = "`touch pwned`";
    let manifest = format!("Library a\n  Path: src\n  Modules: A\n  CSources: b.c, {odd}.c\n");
    is_refused(
        &manifest,
        &["_oasis:12:18: library `a` has ``touch pwned`.c`, and ``` means something to the shell"],
    );
    is_refused(
        "Library \"a;touch pwned\"\n  Path: src\n  Modules: A\n  CSources: b.c\n",
        &["_oasis:9:9: library `a;touch pwned` has `a;touch pwned`, and `;` means something"],
    );
}

/// What the format itself runs, as the book lists it.
#[test]
fn backticks_in_options_run_as_the_format_says() {
    let space = Space::new();
    let project = project(&space, "  CCOpt: `echo -DTWO=2`\n", "", "");
    project.write(
        "src/strange.c",
        "#include <caml/mlvalues.h>\nvalue strange_one(value u) { return Val_int(TWO); }\n",
    );
    project.mbuild(&["build"]).ok();
    assert_eq!(project.mbuild(&["--quiet", "run"]).ok().stdout, "2");
}
