//! Bindings of C that ctypes makes, from the types and functions that a package describes.

use mbuild_tests::{Project, Space};

use super::HEAD;
use super::package::builds_and_says;

/// A library in C, whose point has no name but that of its typedef, and whose pair has no typedef.
fn package(space: &Space) -> Project<'_> {
    let project = space.project("p");
    project.write(
        "p.obuild",
        format!(
            "{HEAD}\
library points
  modules: Bindings
  src-dir: lib
  c-sources: points.c
  build-deps: ctypes
  cstubs
    external-library-name: points
    type-description: Bindings.Types -> Types_gen
    function-description: Bindings.Functions -> Functions_gen
    generated-entry-point: Points
    headers: points.h, string.h
    concurrency: unlocked
    errno: return
executable main
  main-is: main.ml
  src-dir: bin
  build-deps: points
"
        ),
    );
    project
        .write(
            "lib/points.h",
            "typedef struct { int x; int y; } point;\nstruct pair { short first; long second; };\n\
             #define SCALE 3\npoint *scaled(int x, int y);\nlong sum(struct pair *of);\n",
        )
        .write(
            "lib/points.c",
            "#include \"points.h\"\nstatic point last;\n\
             point *scaled(int x, int y) { last.x = SCALE * x; last.y = SCALE * y; return &last; }\n\
             long sum(struct pair *of) { return of->first + of->second; }\n",
        )
        .write(
            "lib/bindings.ml",
            "open Ctypes\n\
             module Types (T : Cstubs_structs.TYPE) = struct\n  open T\n  \
             type point\n  let point : point structure typ = structure \"point\"\n  \
             let x = field point \"x\" int\n  let y = field point \"y\" int\n  let () = seal point\n  \
             type pair\n  let pair : pair structure typ = structure \"pair\"\n  \
             let first = field pair \"first\" short\n  let second = field pair \"second\" long\n  \
             let () = seal pair\n  let scale = constant \"SCALE\" int\nend\n\
             module Functions (F : FOREIGN) (T : sig\n  type point\n  val point : point structure typ\n  \
             type pair\n  val pair : pair structure typ\nend) = struct\n  \
             open F\n  let scaled = foreign \"scaled\" (int @-> int @-> returning (ptr T.point))\n  \
             let sum = foreign \"sum\" (ptr T.pair @-> returning long)\n  \
             let strlen = foreign \"strlen\" (string @-> returning size_t)\nend\n",
        )
        .write(
            "bin/main.ml",
            "open Ctypes\nmodule T = Points.Types\nmodule F = Points.C_Functions\n\
             let () =\n  let point, _ = F.scaled 2 3 in\n  \
             let pair = make T.pair in\n  setf pair T.first 4;\n  setf pair T.second (Signed.Long.of_int 5);\n  \
             let sum, _ = F.sum (addr pair) in\n  let length, _ = F.strlen \"four\" in\n  \
             Printf.printf \"%d %d at %d, %s, %d, scale %d\\n\" (getf (!@ point) T.x) (getf (!@ point) T.y)\n    \
             (offsetof T.y) (Signed.Long.to_string sum) (Unsigned.Size_t.to_int length) T.scale\n",
        );
    project
}

#[test]
fn types_and_functions_of_c_are_asked_for_and_called() {
    let space = Space::new();
    let project = package(&space);
    builds_and_says(&project, "6 9 at 4, 9, 4, scale 3\n");
    // C is asked again when a header says something else.
    project.edit("lib/points.h", "{ int x; int y; }", "{ int x; long more; int y; }");
    project.edit("lib/points.h", "SCALE 3", "SCALE 5");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "10 15 at 16, 9, 4, scale 5\n");
}

#[test]
fn bindings_are_installed_with_their_library_and_the_programs_that_make_them_are_not() {
    let space = Space::new();
    let project = package(&space);
    let prefix = space.path("there");
    project.mbuild(&["install", "-q", "--prefix", &prefix.to_string_lossy()]).ok();
    let names = |folder: &str| {
        let mut names: Vec<String> = std::fs::read_dir(prefix.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| folder == "bin" || name.ends_with(".cmi"))
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("bin"), ["main"]);
    assert_eq!(
        names("lib/points"),
        ["bindings.cmi", "points.cmi", "points_generated.cmi", "types_generated.cmi"]
    );
    let user = space.project("user");
    user.write("u.obuild", "name: u\nversion: 1\nobuild-ver: 1\nexecutable u\n  main: u.ml\n  build-deps: points, ctypes\n");
    user.write(
        "u.ml",
        "let () = print_int (Unsigned.Size_t.to_int (fst (Points.C_Functions.strlen \"abc\")))\n",
    );
    let mut run = user.mbuild(&["run"]);
    assert_eq!(run.env("OCAMLPATH", prefix.join("lib")).ok().stdout, "3");
}

#[test]
fn what_describes_c_and_does_not_compile_is_shown_at_its_place() {
    let space = Space::new();
    let project = package(&space);
    project.edit("lib/bindings.ml", "field point \"y\"", "field point \"z\"");
    let said = project.mbuild(&["build"]).fails(1).stderr;
    assert!(said.contains("has no member named"), "{said}");
    project.edit("p.obuild", "Bindings.Types ->", "Bindings.Typs ->");
    let said = project.mbuild(&["build"]).fails(1).stderr;
    assert!(said.contains("Bindings.Typs"), "{said}");
}
