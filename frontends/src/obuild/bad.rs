//! What is said of bad files: the place, the line, what to do.

/// What is said of a file.
fn said(content: &str) -> String {
    let shown = match super::read(b"x.obuild", content.as_bytes()) {
        Ok(project) => {
            let all = project.warnings.iter();
            all.map(|warning| format!("warning: {warning}")).collect::<Vec<_>>()
        }
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    };
    if shown.is_empty() { "nothing".to_owned() } else { shown.join("\n") }
}

/// What is said of a file after the keys that each must have.
fn said_of(content: &str) -> String {
    said(&format!("name: x\nversion: 1\nobuild-ver: 1\n{content}"))
}

macro_rules! bad {
    ($($name:ident: $content:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(said_of($content));
            }
        )*
    };
}

bad! {
    an_unknown_key: "licens: ISC\nlibrary a\n  modules: A\n  biuld-deps: unix\nexecutable b\n  main: b.ml\n  modules: B\n";
    an_unknown_key_unlike_all: "colour: red\n";
    a_misspelt_key_that_must_be_there: "library a\n  moduls: A\n";
    keys_that_are_not_indented: "library a\nsrc-dir: src\nmodules: A\n";
    an_unknown_block: "libary a\n  modules: A\n  anything: goes\nexecutable b\n  main: b.ml\n  sub c\n    modules: C\n";
    a_block_as_a_key: "library: a\nexecutable b\n  main: b.ml\n  per: B\n";
    a_key_that_is_there_twice: "license: a\nlicence: b\nlibrary a\n  modules: A\n  modules: B\n  pp: p4o\n  preprocessor: p4r\n";
    a_block_without_a_name: "library\n  modules: A\nexecutable a b\n  main: a.ml\nflag\ntest\n";
    a_library_without_modules: "library a\n  src-dir: lib\n  sub b\n    src-dir: lib\n";
    a_program_without_main: "executable a\ntest b\nbench c\nexample d\n  main: d.c\n";
    lines_that_are_indented_too_deep: "executable a\n  main: a.ml\n    b\n  src-dir: a\n    runn: x\nlibrary b\n  modules: ,\n";
    a_main_source_without_a_name: "test a\n  main-is: \n  run-dir: d\n";
    a_second_main_source_without_a_name: "test a\n  main-is: b.ml\n  main-is: \n";
    two_of_a_name: "library a\n  modules: A\n  sub b\n    modules: B\nlibrary a_b\n  modules: C\nexecutable test-c\n  main: c.ml\ntest c\n  main: c.ml\nflag f\nflag f\n";
    a_flag_that_is_not_there: "flag lwt\nlibrary a\n  modules: A\n  buildable: $lvt\n  installable: never\n";
    neither_true_nor_false: "flag lwt\n  default: yes\nlibrary a\n  modules: A\n  pack: 1\n  syntax: on\n";
    modules_without_commas: "library a\n  modules: A, B\n    C\n";
    modules_with_shell_syntax: "library a\n  modules: A;id, $(id), ../B, b.ml, 1st, C'd\n";
    a_name_with_shell_syntax: "library a;id\n  modules: A\nexecutable ../../b\n  main: b.ml\nexecutable .c\n  main: c.ml\nlibrary d..e\n  modules: D\n";
    paths_that_leave_the_package: "library a\n  modules: A\n  src-dir: lib, ../other, lib/../../x, /usr/lib, ~/x\n  c-dir: ..\n  c-sources: ../../a.c\nexecutable b\n  main: ../b.ml\ntest c\n  main: c.ml\n  run-dir: /tmp\nvendor-dirs: ..\nconfigure-script: ../configure.ml\n";
    flags_that_run_a_command: "library a\n  modules: A\n  oflags: -I `touch here` -w +a\n  c-flags: $(pkg-config --cflags x)\n  c-libs: z `x`\n  pp: camlp4o `x`\nocaml-extra-args: $(x)\n";
    dependencies_without_commas: "library a\n  modules: A\n  build-deps: unix str, b (>= 1) c, (>= 2), .d, >= 3\n";
    bad_versions: "ocaml-version: 4.02\nlibrary a\n  modules: A\n  build-deps: b (1.0), c (>= ), d (>= 1 2), e >= 1.0 &&, f (>= 1 && (< 2)\n";
    an_order_of_one: "library a\n  modules: A\n  extra-deps: A, A -> B -> C, A after B, A -> b.ml\n";
    modules_that_are_none: "library a\n  modules: A\n  per\n    oflags: -g\n  per a/b.ml B\n    oflags: -g\n";
    an_unknown_library: "library a\n  modules: A\n  stdlib: batteries\n";
    generators_that_do_nothing: "generator g\n  suffix: a/b\nlibrary a\n  modules: A\n  generate B\n  generate C.D\n    from: ../x\n    using: h\n  generate E\n    from: x\n    using: g2\n";
    bindings_without_sense: "library a\n  modules: A\n  cstubs\n    type-description: Types\n    concurrency: fast\n    errno: 3\n    headers: a.h b.h, `x`.h\n    generated-types: A.B\n    function-description: a/b -> C\nlibrary b\n  modules: B\n  cstubs\n    external-library-name: a-b\n    generated-entry-point: 1st\n";
    a_library_that_needs_itself: "library a\n  modules: A\n  sub b\n    modules: B\n    build-deps: a, a.b\n";
    a_character_that_nobody_sees: "library a\n  modules: A\n  oflags: -w\u{7}+a\n";
}

#[test]
fn what_every_file_must_have() {
    insta::assert_snapshot!(said("# nothing\n"));
}

#[test]
fn another_version_of_the_format() {
    insta::assert_snapshot!(said("name: a b\nversion: 1\nobuild-ver: 2\n"));
}

#[test]
fn no_more_is_said_than_anybody_reads() {
    let content: String = (0..1000).map(|at| format!("unknown{at}: x\n")).collect();
    let shown = said_of(&content);
    assert_eq!(shown.matches("unknown key").count(), 100);
    assert!(shown.ends_with(
        "warning: x.obuild: 900 more of these are not shown\n  help: begin with those above"
    ));
}

#[test]
fn names_of_people_may_be_written_in_any_way() {
    let content = b"name: x\nversion: 1\nobuild-ver: 1\nauthors: J\xe9r\xf4me, A\n";
    let project = super::read(b"x.obuild", content).unwrap();
    assert_eq!(project.authors, ["J\u{fffd}r\u{fffd}me", "A"]);
}

/// A file with something of everything.
const RICH: &str = "name: x\nVersion: 1\nobuild-ver: 1\ndescription:\n  a: b\n  c\nocaml-version: >=4.02\r\n\
    tools: a, b\nflag f\n  default: true\ngenerator g\n  suffix: y\n  command: c ${src}\n  outputs: ${base}.ml\n\
    library l\n  modules: A.B, c\n  src-dir: a,\n    b\n  build-deps: unix, é (!= 1.0 || >=2)\n  extra-deps: A -> C\n\
    \tsub m\n\t  modules: M\n\t  buildable: $f\n\t  per M\n\t    pp: p4o\n  cstubs\n    external-library-name: l\n\
    executable e\n  main = e.ml\n  oflags: -w +a\n  generate G\n    from: a/*.txt\n    using: g\n";

#[test]
fn damaged_files_are_answered() {
    let answered = |content: &[u8]| match super::read(b"x.obuild", content) {
        Ok(project) => project.warnings.iter().all(|warning| warning.help.is_some()),
        Err(errors) => !errors.is_empty() && errors.iter().all(|error| error.help.is_some()),
    };
    for at in 0..RICH.len() {
        assert!(answered(&RICH.as_bytes()[..at]), "cut at {at}");
        for byte in [b'\n', b':', b'=', b' ', b',', b'#', b'(', 0xff] {
            let mut damaged = RICH.as_bytes().to_vec();
            damaged[at] = byte;
            assert!(answered(&damaged), "byte {byte} at {at}");
        }
    }
}
