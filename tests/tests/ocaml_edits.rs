//! Edits of an OCaml package: which actions run, exactly, and that nobody has to configure again.

use mbuild_tests::{Finished, Project, Space};

const MANIFEST: &str = "\
OASISFormat: 0.4
Name: tower
Version: 1.0
Synopsis: Modules on top of each other
Authors: nobody
License: ISC
BuildTools: ocamlbuild
Plugins: META (0.4)

Library stack
  Path: src
  Modules: Alpha, Beta, Gamma
  CompiledObject: byte

Executable tower
  Path: bin
  MainIs: tower.ml
  CompiledObject: byte
  BuildDepends: stack
";

/// Beta uses nothing, Gamma uses Beta, the program uses Gamma and a module of its own.
fn project(space: &Space) -> Project<'_> {
    let project = space.project("tower");
    project
        .write("_oasis", MANIFEST)
        .write("src/alpha.ml", "let name = \"alpha\"\n")
        .write("src/beta.ml", "let name = \"beta\"\n")
        .write("src/gamma.ml", "let name = \"gamma on \" ^ Beta.name\n")
        .write("bin/floor.ml", "let name = Gamma.name ^ \" on the floor\"\n")
        .write("bin/tower.ml", "let () = print_endline Floor.name\n");
    let first = project.mbuild(&["build"]).ok();
    assert!(first.ran().len() > 10, "{}", first.said());
    assert_eq!(output(&project), "gamma on beta on the floor\n");
    assert_eq!(build(&project).ran(), [""; 0]);
    project
}

fn build(project: &Project) -> Finished {
    project.mbuild(&["build"]).ok()
}

/// First outputs of the actions that ran, short: without the folders that all of them are in.
fn ran(finished: &Finished) -> Vec<String> {
    let short = |output: &String| {
        let output = output.trim_start_matches("_mbuild/native/");
        output.trim_start_matches("obj/").replace("scan/src/", "scan/")
    };
    finished.ran().iter().map(short).collect()
}

fn output(project: &Project) -> String {
    project.mbuild(&["--quiet", "run"]).ok().stdout
}

#[test]
fn a_new_open_of_a_sibling_needs_no_configuring() {
    let space = Space::new();
    let project = project(&space);
    project.write("src/beta.ml", "open Alpha\nlet name = \"beta on \" ^ name\n");
    assert_eq!(
        ran(&build(&project)),
        [
            "bin/tower",
            "executable-tower/floor.cmo",
            "executable-tower/modules.dd",
            "executable-tower/tower.cmo",
            "library-stack/beta.cmo",
            "library-stack/gamma.cmo",
            "library-stack/modules.dd",
            "library-stack/stack.cma",
            "scan/src/beta.ml"
        ]
    );
    assert_eq!(output(&project), "gamma on beta on alpha on the floor\n");
}

#[test]
fn an_edit_that_keeps_the_interface_recompiles_one_module() {
    let space = Space::new();
    let project = project(&space);
    project.write("src/beta.ml", "let name = \"BETA\"\n");
    assert_eq!(
        ran(&build(&project)),
        ["bin/tower", "library-stack/beta.cmo", "library-stack/stack.cma", "scan/src/beta.ml"]
    );
    assert_eq!(output(&project), "gamma on BETA on the floor\n");
}

#[test]
fn a_comment_stops_before_the_archive() {
    let space = Space::new();
    let project = project(&space);
    project.write("src/beta.ml", "let name = \"beta\"(**)\n");
    assert_eq!(ran(&build(&project)), ["library-stack/beta.cmo", "scan/src/beta.ml"]);
}

#[test]
fn a_removed_module_goes_from_the_archive() {
    let space = Space::new();
    let project = project(&space);
    project.remove("src/alpha.ml").edit("_oasis", "Alpha, Beta", "Beta");
    assert_eq!(
        ran(&build(&project)),
        [
            "bin/tower",
            "executable-tower/modules.dd",
            "library-stack/modules.dd",
            "library-stack/stack.cma"
        ]
    );
    assert_eq!(output(&project), "gamma on beta on the floor\n");
}

#[test]
fn a_new_module_of_a_program_is_found() {
    let space = Space::new();
    let project = project(&space);
    project.write("bin/ground.ml", "let name = Floor.name ^ \" on the ground\"\n");
    project.edit("bin/tower.ml", "Floor.name", "Ground.name");
    assert_eq!(
        ran(&build(&project)),
        [
            "bin/tower",
            "executable-tower/ground.cmo",
            "executable-tower/modules.dd",
            "executable-tower/tower.cmo",
            "scan/bin/ground.ml",
            "scan/bin/tower.ml"
        ]
    );
    assert_eq!(output(&project), "gamma on beta on the floor on the ground\n");
}

#[test]
fn a_new_module_of_a_library_is_found() {
    let space = Space::new();
    let project = project(&space);
    project.write("src/delta.ml", "let name = Gamma.name ^ \" under delta\"\n");
    project.edit("_oasis", "Beta, Gamma", "Beta, Gamma, Delta");
    project.edit("bin/floor.ml", "Gamma.name", "Delta.name");
    assert_eq!(
        ran(&build(&project)),
        [
            "bin/tower",
            "executable-tower/floor.cmo",
            "executable-tower/modules.dd",
            "executable-tower/tower.cmo",
            "library-stack/delta.cmo",
            "library-stack/modules.dd",
            "library-stack/stack.cma",
            "scan/bin/floor.ml",
            "scan/src/delta.ml"
        ]
    );
    assert_eq!(output(&project), "gamma on beta under delta on the floor\n");
}

#[test]
fn a_changed_flag_recompiles_its_section() {
    let space = Space::new();
    let project = project(&space);
    project.edit("_oasis", "MainIs: tower.ml\n", "MainIs: tower.ml\n  ByteOpt: -w +a-70\n");
    assert_eq!(
        ran(&build(&project)),
        ["bin/tower", "executable-tower/floor.cmo", "executable-tower/tower.cmo"]
    );
    assert_eq!(output(&project), "gamma on beta on the floor\n");
}

#[test]
fn a_tag_for_native_code_alone_leaves_bytecode_as_it_is() {
    let space = Space::new();
    let project = project(&space);
    project.write("_oasis", MANIFEST.replace("CompiledObject: byte", "CompiledObject: best"));
    build(&project);
    project.write("_tags", "<src/*>: inline(10)\n");
    assert_eq!(
        ran(&build(&project)),
        [
            "library-stack/alpha.cmx",
            "library-stack/beta.cmx",
            "library-stack/gamma.cmx",
            "library-stack/stack.cmxa",
            "library-stack/stack.cmxs"
        ]
    );
    project.write("_tags", "\"src/beta.ml\": inline(20)\n");
    assert_eq!(ran(&build(&project)), ["library-stack/beta.cmx"]);
}

#[test]
fn another_compiler_first_on_the_path_recompiles_everything() {
    let space = Space::new();
    let project = project(&space);
    let tools = space.project("tools");
    let real = project.program("sh").arguments(&["-c", "command -v ocamlc"]).ok().stdout;
    let body = format!(
        "echo ocamlc >> '{}'\nexec '{}' \"$@\"\n",
        tools.path("log").display(),
        real.trim()
    );
    tools.write_script("ocamlc", &body);
    let rebuilt = project.mbuild(&["build"]).path_first(tools.dir()).ok();
    assert_eq!(
        ran(&rebuilt),
        [
            "bin/tower",
            "executable-tower/floor.cmo",
            "executable-tower/modules.dd",
            "executable-tower/tower.cmo",
            "library-stack/alpha.cmo",
            "library-stack/beta.cmo",
            "library-stack/gamma.cmo",
            "library-stack/modules.dd",
            "library-stack/stack.cma",
            "scan/bin/floor.ml",
            "scan/bin/tower.ml",
            "scan/src/alpha.ml",
            "scan/src/beta.ml",
            "scan/src/gamma.ml"
        ]
    );
    assert!(!tools.read("log").is_empty());
    let back = build(&project);
    assert_eq!(back.ran(), [""; 0], "everything is in the store: {:?}", back.restored());
}
