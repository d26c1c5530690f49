//! Modules that are folders, packed libraries, and the order of modules.

use mbuild_tests::{Project, Space, conformance, tree};

use super::HEAD;
use super::package::builds_and_says;

/// Two folders, one inside the other, and a module of the same name in each.
fn nested(space: &Space) -> Project<'_> {
    let project = space.project("p");
    let manifest = format!(
        "{HEAD}library shapes\n  modules: Shapes, area\n  src-dir: lib\n  per Area.Deep.Unit\n    oflags: -w -32\n\
         executable main\n  main-is: main.ml\n  src-dir: src\n  build-deps: shapes\n"
    );
    project
        .write("p.obuild", manifest)
        .write("lib/shapes.ml", "let all = Area.Square.area 3 + Area.Deep.Unit.one\n")
        .write("lib/area/square.mli", "val area : int -> int\n")
        .write("lib/area/square.ml", "let area x = x * x * Deep.Unit.one + Types.zero\n")
        .write("lib/area/types.ml", "let zero = 0\n")
        .write("lib/area/kind.mli", "type t = Round | Flat\n")
        .write("lib/area/deep/unit.ml", "let one = 1\nlet unused = 2\n")
        .write(
            "src/main.ml",
            "let () = Printf.printf \"%s %s %d\\n\" A.name B.A.name (Shapes.all + B.area)\n",
        )
        .write("src/a.ml", "let name = \"A\"\n")
        .write("src/b/a.ml", "let name = \"B.A\"\n")
        .write("src/b/c.ml", "let kind = Area.Kind.Flat\n")
        .write("src/unused/x.ml", "no source at all\n");
    project.edit(
        "src/main.ml",
        "Shapes.all + B.area",
        "Shapes.all + if B.C.kind = Area.Kind.Flat then 1 else 0",
    );
    project
}

#[test]
fn a_folder_is_a_module_that_holds_those_in_it() {
    let space = Space::new();
    let project = nested(&space);
    builds_and_says(&project, "A B.A 11\n");
    // What is in a folder is compiled again alone, and packed.
    project.write("src/b/a.ml", "let name = \"B.A again\"\n");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "A B.A again 11\n");
    // A new module in it is seen.
    project.write("src/b/d.ml", "let name = \"D\"\n");
    project.edit("src/main.ml", "B.A.name", "B.D.name");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "A D 11\n");
}

#[test]
fn a_folder_is_installed_as_one_module() {
    let space = Space::new();
    let project = nested(&space);
    let prefix = space.path("there");
    project.mbuild(&["install", "-q", "--prefix", &prefix.to_string_lossy()]).ok();
    let installed = tree::read(&prefix.join("lib/shapes"), |name| {
        name.starts_with("area") || name.contains("square")
    });
    assert_eq!(tree::names(&installed), ["area.cmi", "area.cmt", "area.cmx"]);
}

#[test]
fn plain_ninja_packs_the_same_bytes() {
    let space = Space::new();
    let project = nested(&space);
    project.mbuild(&["configure"]).ok();
    let ours = conformance::outputs_of_mbuild(&project);
    tree::assert_same(&ours, &conformance::outputs_of_ninja(&project));
}

#[test]
fn modules_of_a_folder_that_need_each_other_are_shown() {
    let space = Space::new();
    let project = nested(&space);
    project.write("src/b/a.ml", "let name = C.x\n").write("src/b/c.ml", "let x = A.name\n");
    let said = project.mbuild(&["build"]).fails(1).stderr;
    assert!(said.contains("src/b/a.ml") && said.contains("src/b/c.ml"), "{said}");
}

#[test]
fn packed_libraries_may_have_modules_of_the_same_name() {
    let space = Space::new();
    let project = space.project("p");
    let library = |name: &str| {
        format!("library {name}\n  modules: Util, Use\n  src-dir: {name}\n  pack: true\n")
    };
    let manifest = format!(
        "{HEAD}{}{}executable main\n  main: main.ml\n  build-deps: one-x, two\n",
        library("one-x"),
        library("two")
    );
    project.write("p.obuild", manifest);
    for name in ["one-x", "two"] {
        project.write(&format!("{name}/util.ml"), format!("let name = \"{name}\"\n"));
        project.write(&format!("{name}/use.ml"), "let name = Util.name\n");
    }
    project.write("main.ml", "let () = print_endline (One_x.Use.name ^ Two.Use.name)\n");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "one-xtwo\n");
}

#[test]
fn modules_are_linked_in_the_order_that_is_given() {
    let space = Space::new();
    let project = space.project("p");
    let manifest = |order: &str| {
        format!(
            "{HEAD}library l\n  modules: A, B, C\n  {order}\n\
             executable main\n  main: main.ml\n  src-dir: bin\n  build-deps: l\n"
        )
    };
    for name in ["a", "b", "c"] {
        project.write(
            &format!("{name}.ml"),
            format!("let () = print_string \"{name}\"\nlet x = ()\n"),
        );
    }
    project.write("bin/main.ml", "let () = A.x; B.x; C.x; print_newline ()\n");
    project.write("p.obuild", manifest("oflags: -g"));
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "abc\n");
    project.write("p.obuild", manifest("extra-deps: C -> A, b before A"));
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "cba\n");
}
