//! Sources that are made: by ocamllex and ocamlyacc, and by generators of the package.

use mbuild_tests::Space;

use super::HEAD;

#[test]
fn lexers_and_parsers_are_made_without_a_word() {
    let space = Space::new();
    let project = space.project("p");
    project.write("p.obuild", format!("{HEAD}executable main\n  main: main.ml\n"));
    project.write(
        "lexer.mll",
        "rule words = parse ['a'-'z']+ { 1 + words lexbuf } | ' ' { words lexbuf } | eof { 0 }\n",
    );
    project.write("main.ml", "let () = print_int (Lexer.words (Lexing.from_string \"a bc d\"))\n");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "3");
}

#[test]
fn a_generator_makes_sources_by_their_ending() {
    let space = Space::new();
    let project = space.project("p");
    project.write(
        "p.obuild",
        format!(
            "{HEAD}generator number\n  suffix: num\n  command: sh tools/number.sh ${{src}} > ${{dest}}.ml && echo 'val n : int' > ${{dest}}.mli\n  \
             outputs: ${{base}}.ml, ${{base}}.mli\nexecutable main\n  main: main.ml\n  src-dir: src\n"
        ),
    );
    project.write("tools/number.sh", "echo \"let n = $(cat \"$1\")\"\n");
    project.write("src/seven.num", "7\n").write("src/main.ml", "let () = print_int Seven.n\n");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "7");
    assert_eq!(project.mbuild(&["build"]).ok().ran(), [""; 0]);
    project.write("src/seven.num", "8\n");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "8");
    // The script is read as well, and another source is another module.
    project.write("tools/number.sh", "echo \"let n = - $(cat \"$1\")\"\n");
    project
        .write("src/one.num", "1\n")
        .write("src/main.ml", "let () = print_int (Seven.n + One.n)\n");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "-9");
    assert!(!project.path("src/seven.ml").exists());
}

#[test]
fn a_block_makes_a_module_of_many_files() {
    let space = Space::new();
    let project = space.project("p");
    project.write(
        "p.obuild",
        format!(
            "{HEAD}generator join\n  command: (echo 'let all = {{|'; cat ${{sources}}; echo '|}}') > ${{dest}}.ml; true\n  outputs: ${{base}}.ml\n\
             library l\n  modules: L\n  generate Texts\n    from: texts/*.txt\n    using: join\n    args: --ignored\n\
             executable main\n  main: main.ml\n  src-dir: bin\n  build-deps: l\n"
        ),
    );
    project
        .write("texts/a.txt", "a\n")
        .write("texts/b c.txt", "bc\n")
        .write("l.ml", "let all = Texts.all\n");
    project.write("bin/main.ml", "let () = print_string L.all\n");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "\na\nbc\n");
    // A new file is a new source.
    project.write("texts/d.txt", "d\n");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "\na\nbc\nd\n");
}

#[test]
fn types_of_atdgen_become_modules_without_a_word() {
    let space = Space::new();
    let project = space.project("p");
    project.write(
        "p.obuild",
        format!("{HEAD}executable main\n  main: main.ml\n  src-dir: bin, types\n"),
    );
    project
        .write("types/point.atd", "x y\n")
        .write("bin/main.ml", "let () = print_string (Point_j.show { Point_t.x = 1; y = 2 })\n");
    // What the real one would make of such types, far shorter.
    project.write_script(
        "tools/atdgen",
        "case \"$*\" in\n\
         \"-t types/point.atd -o types/point\") echo 'type t = { x : int; y : int }' | tee types/point_t.ml > types/point_t.mli ;;\n\
         \"-j -j-std types/point.atd -o types/point\")\n  \
         echo 'val show : Point_t.t -> string' > types/point_j.mli\n  \
         read a b < types/point.atd\n  \
         echo \"let show p = Printf.sprintf \\\"$a=%d $b=%d\\\" p.Point_t.x p.Point_t.y\" > types/point_j.ml ;;\n\
         \"-v types/point.atd -o types/point\") touch types/point_v.ml types/point_v.mli ;;\n\
         *) echo \"unexpected: $*\" >&2; exit 2 ;;\nesac\n",
    );
    let path = format!("{}:{}", project.path("tools").display(), std::env::var("PATH").unwrap());
    let run = || project.mbuild(&["run"]).env("PATH", &path).ok().stdout;
    assert_eq!(run(), "x=1 y=2");
    project.write("types/point.atd", "a b\n");
    assert_eq!(run(), "a=1 b=2");
}
