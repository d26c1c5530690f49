//! `mbuild describe`, `mbuild convert` and `mbuild init`: what manifests say, in other words and from nothing.

use mbuild_tests::{Project, Space};

const OASIS: &str = "OASISFormat: 0.4\nName: p\nVersion: 1.2\nSynopsis: Says p\nAuthors: A\nLicense: ISC\n\
    Plugins: META (0.4)\nPreBuildCommand: echo $docdir\nFlag fast\n  Default: false\n\
    Library p\n  Path: src\n  Modules: P\n  BuildDepends: unix\n  CCLib: -lm\n\
    Executable tool\n  Path: .\n  MainIs: tool.ml\n  CompiledObject: best\n  BuildDepends: p\n  \
    if flag(fast)\n    NativeOpt: -O3\n\
    Test works\n  Command: $tool\n  TestTools: tool\n\
    Document manual\n  Title: Manual\n  DataFiles: *.md\n";

fn project(space: &Space) -> Project<'_> {
    let project = space.project("p");
    project.write("_oasis", OASIS).write("src/p.ml", "let p = \"p\"\n");
    project.write("tool.ml", "let () = print_endline P.p\n").write("a.md", "");
    project
}

#[test]
fn a_package_is_described_for_people_and_for_programs() {
    let space = Space::new();
    let project = project(&space);
    let value: serde_json::Value =
        serde_json::from_str(&project.mbuild(&["describe", "--json"]).ok().stdout).expect("JSON");
    assert_eq!((&value["shape"], &value["format"]), (&1.into(), &"oasis".into()));
    assert_eq!(value["manifests"], serde_json::json!(["_oasis"]));
    assert_eq!(value["hooks"][0]["commands"], serde_json::json!(["echo ${docdir}"]));
    let kinds: Vec<_> = value["sections"]
        .as_array()
        .expect("sections")
        .iter()
        .map(|section| (section["kind"].as_str(), section["name"].as_str()))
        .collect();
    let expected =
        [("library", "p"), ("executable", "tool"), ("test", "works"), ("document", "manual")];
    assert_eq!(kinds, expected.map(|(kind, name)| (Some(kind), Some(name))));
    assert_eq!(
        value["sections"][0]["depends"],
        serde_json::json!([{"findlib": "unix", "version": null}])
    );
    assert_eq!(value["sections"][1]["depends"], serde_json::json!([{"section": "p"}]));
    assert_eq!(value["sections"][2]["tools"], serde_json::json!([{"section": "tool"}]));
    assert_eq!(value["sections"][1]["native_flags"], serde_json::json!([]));
    // What was chosen holds.
    project.mbuild(&["configure", "--enable", "fast", "--prefix", "/opt"]).ok();
    let value: serde_json::Value =
        serde_json::from_str(&project.mbuild(&["describe", "--json"]).ok().stdout).expect("JSON");
    assert_eq!(value["sections"][1]["native_flags"], serde_json::json!(["-O3"]));
    assert_eq!(value["folders"]["bindir"], "/opt/bin");

    let text = project.mbuild(&["describe"]).ok().stdout;
    let start = "p 1.2: Says p\n  format           oasis\n  manifests        _oasis\n";
    assert!(text.starts_with(start), "{text}");
    for part in [
        "  flags            default: no, name: fast, value: yes\n",
        "  hooks            after: no, commands: echo ${docdir}, step: build\n",
        "\nlibrary `p`\n  build            yes\n  install          yes\n  path             src\n  findlib          p\n  \
         modules          P\n  depends          findlib: unix\n  code             best\n  \
         annot            yes\n  c_libraries      -lm\n",
        "\ntest `works`\n  run              no\n  command          ${tool}\n  tools            section: tool\n",
        "  data             files: *.md\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    project.write("_oasis", "Name: p\n");
    project.mbuild(&["describe"]).fails(3);
    project.remove("_oasis");
    let said = project.mbuild(&["describe"]).fails(3).stderr;
    assert!(said.contains("there is nothing to build here"), "{said}");
}

#[test]
fn what_installs_and_links_apart_is_described() {
    let space = Space::new();
    let project = space.project("p");
    project.write(
        "build.ocp",
        "begin library \"demo.greet\" sort = true files = [ \"a.ml\" \"b.ml\" \"c.c\" ] requires = [ \"unix\" ]\n\
         \x20 cmxs_plugin = false end\n\
         begin program \"say\" files = [ \"say.ml\" ] requires = [ \"demo.greet\" ] link_order = [ \"demo.greet\" ]\n\
         \x20 build_rules = [ \"x.txt\" ( build_target = true commands = [ { \"touch\" \"x.txt\" } ] ) ] end\n",
    );
    let value: serde_json::Value =
        serde_json::from_str(&project.mbuild(&["describe", "--json"]).ok().stdout).expect("JSON");
    let json = |text: &str| -> serde_json::Value { serde_json::from_str(text).expect("JSON") };
    for (at, expected) in [
        ("/link_order", r#"["unix", "demo.greet", "say"]"#),
        ("/linked_with", r#"{"unix": []}"#),
        (
            "/bare",
            r#"[{"findlib": "say", "folder": "say", "version": "0.1-alpha", "description": "say"}]"#,
        ),
        ("/actions/0/wanted", "true"),
        ("/sections/0/order", r#""ready""#),
        ("/sections/0/c_archive", r#""mldemo.greet""#),
        ("/sections/0/no_plugin", "true"),
        ("/sections/0/own_folder", r#""demo.greet""#),
        ("/sections/0/link_order", "[]"),
        ("/sections/1/order", r#""listed""#),
        ("/sections/1/c_archive", "null"),
        ("/sections/1/bytecode", "true"),
        ("/sections/1/dotted", "true"),
        ("/sections/1/spreads", "true"),
        ("/sections/1/link_order", r#"["demo.greet"]"#),
    ] {
        assert_eq!(value.pointer(at), Some(&json(expected)), "{at}");
    }
    let text = project.mbuild(&["describe"]).ok().stdout;
    for part in [
        "  bare             description: say, findlib: say, folder: say, version: 0.1-alpha\n",
        "  link_order       unix demo.greet say\n",
        "  no_plugin        yes\n  order            ready\n  own_folder       demo.greet\n  spreads          yes\n",
        "  code             best\n  bytecode         yes\n  closed           yes\n  dotted           yes\n  \
         link_order       demo.greet\n  order            listed\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_manifest_is_written_in_another_format_with_what_is_lost() {
    let space = Space::new();
    let project = project(&space);
    let said = project.mbuild(&["convert", "_oasis", "opam"]).ok().stderr;
    assert!(said.starts_with("wrote `p.opam`\n"), "{said}");
    let lost = "opam wants a `maintainer`, and the manifest names none: its authors are written\n";
    assert!(said.contains(lost), "{said}");
    let opam = project.read("p.opam");
    assert!(opam.contains("name: \"p\"\nversion: \"1.2\"\n"), "{opam}");
    // Nothing is written over.
    project.write("p.opam", "mine");
    let said = project.mbuild(&["convert", "oasis", "opam"]).fails(2).stderr;
    assert!(said.contains("error: `p.opam` is there already\n"), "{said}");
    assert_eq!(project.read("p.opam"), "mine");
    project.mbuild(&["convert", "oasis", "opam", "--force"]).ok();
    assert_eq!(project.read("p.opam"), opam);

    let printed = project.mbuild(&["convert", "_oasis", "META", "-o", "-"]).ok().stdout;
    assert!(printed.contains("\nrequires = \"unix\"\narchive(byte) = \"p.cma\"\n"), "{printed}");
    let finished = project.mbuild(&["convert", "oasis", "_oasis", "-o", "other"]).ok();
    assert!(
        finished.stderr.contains("_oasis: `_oasis` cannot say what depends on flag `fast`: it is written as it is when the flag is off\n"),
        "{}",
        finished.stderr
    );
    // What was written builds like what was read.
    project.write("_oasis", project.read("other"));
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "p\n");

    let said = project.mbuild(&["convert", "oasi", "opam"]).fails(2).stderr;
    assert!(
        said.contains("there is no format `oasi` to read\n  help: did you mean `oasis`?"),
        "{said}"
    );
    let said = project.mbuild(&["convert", "mirari", "opam"]).fails(3).stderr;
    assert!(said.contains("looked for `*.conf`\n"), "{said}");
}

#[test]
fn a_manifest_of_mirari_becomes_an_opam_file() {
    let space = Space::new();
    let project = space.project("p");
    project.write("m.conf", "main-noip: M.main\ndepends: unix\n");
    project.write("m.ml", "let main () = print_endline \"mirari\"");
    project.mbuild(&["convert", "mirari", "opam"]).ok();
    assert!(project.read("m.opam").starts_with("opam-version: \"2.0\"\nname: \"m\"\n"));
    let said = project.mbuild(&["convert", "mirari", "_oasis", "-o", "-"]).ok();
    assert!(said.stdout.contains("\nExecutable m\n"), "{}", said.stdout);
    assert!(
        said.stderr
            .contains("m.conf: `_oasis` cannot say that `mirari_m.ml` is made from `m.conf`\n"),
        "{}",
        said.stderr
    );
    let said = project.mbuild(&["convert", "mirari", "META"]).fails(2).stderr;
    assert!(said.contains("the package has nothing that `META` could say\n"), "{said}");
}

#[test]
fn a_package_of_obuild_is_built_from_the_oasis_that_is_written_of_it() {
    let space = Space::new();
    let project = space.project("p");
    project
        .write(
            "in/p.obuild",
            "name: p\nversion: 1.2\nsynopsis: Adds\nlicense: ISC\nauthors: A\nobuild-ver: 1\n\
             library p\n  src-dir: src\n  modules: Add\n  build-deps: unix\n\
             executable sum\n  src-dir: bin\n  main: sum.ml\n  build-deps: p\n",
        )
        .write("src/add.ml", "let add a b = ignore Unix.getpid; a + b\n")
        .write("bin/sum.ml", "let () = print_int (Add.add 40 2)\n");
    // A manifest may be named, wherever it stands.
    project.mbuild(&["convert", "in/p.obuild", "oasis"]).ok();
    assert_eq!(project.mbuild(&["run", "sum"]).ok().stdout, "42");
    let said = project.mbuild(&["convert", "src/add.ml", "oasis"]).fails(3).stderr;
    assert!(said.contains("there is nothing to build here"), "{said}");
}

#[test]
fn what_is_not_read_is_named() {
    let space = Space::new();
    let project = project(&space);
    project.write("m.conf", "main-noip: M.main\n").write("m.ml", "let main () = ()\n");
    let said = project.mbuild(&["configure"]).ok().stderr;
    assert!(said.contains("  read _oasis, not m.conf (`--frontend mirari`)\n"), "{said}");
    let said = project.mbuild(&["configure", "--frontend", "mirari"]).ok().stderr;
    assert!(said.contains("  read m.conf, not _oasis (`--frontend oasis`)\n"), "{said}");
}

#[test]
fn a_new_package_builds_tests_and_runs_at_once() {
    let space = Space::new();
    let folder = space.project("here");
    let said = folder.mbuild(&["init", "my-tool"]).ok().stderr;
    assert_eq!(
        said,
        "wrote my-tool/.gitignore\nwrote my-tool/src/my_tool.mli\nwrote my-tool/src/my_tool.ml\n\
         wrote my-tool/test/test_my_tool.ml\nwrote my-tool/bin/main.ml\nwrote my-tool/_oasis\n\
         next: cd my-tool && mbuild run\n"
    );
    let project = space.project("here/my-tool");
    assert_eq!(project.mbuild(&["run"]).ok().stdout, "Hello, world!\n");
    project.mbuild(&["configure", "--enable", "tests"]).ok();
    let said = project.mbuild(&["test"]).ok().stderr;
    assert!(said.contains("1 check passed\n1 test passed\n"), "{said}");
    project.mbuild(&["install", "--prefix", &space.path("there").to_string_lossy()]).ok();
    assert!(space.path("there/bin/my-tool").is_file());
    assert!(space.path("there/lib/my_tool/META").is_file());
    // Nothing is written over, and nothing is written then.
    let said = folder.mbuild(&["init", "my-tool"]).fails(2).stderr;
    assert!(said.starts_with("error: `my-tool/.gitignore` is there already\n"), "{said}");
    let said = project.mbuild(&["init"]).fails(2).stderr;
    assert!(said.starts_with("error: `.gitignore` is there already\n"), "{said}");
    let other = space.project("other");
    other.write("_oasis", "mine");
    other.mbuild(&["init", "--exe"]).fails(2);
    assert!(!other.path("bin").exists() && other.read("_oasis") == "mine");
    let said = folder.mbuild(&["init", "3/d"]).fails(2).stderr;
    assert!(said.starts_with("error: `3/d` cannot be the name of a package\n"), "{said}");
}

#[test]
fn a_new_package_is_of_the_kind_that_was_asked_for() {
    let space = Space::new();
    let library = space.project("lib");
    library.mbuild(&["init", "--lib"]).ok();
    assert!(!library.path("bin").exists());
    library.mbuild(&["configure", "--enable", "tests"]).ok();
    library.mbuild(&["test"]).ok();
    let program = space.project("exe");
    program.mbuild(&["init", "--exe"]).ok();
    assert!(!program.path("src").exists());
    assert_eq!(program.mbuild(&["run"]).ok().stdout, "Hello, world!\n");
    let unikernel = space.project("uni");
    unikernel.mbuild(&["init", "--unikernel"]).ok();
    assert_eq!(unikernel.mbuild(&["run"]).ok().stdout, "Hello, world!\n");
    let target = unikernel.mbuild_with_toolchain(&["run", "--target", "solo5-spt"]).ok();
    assert!(target.stdout.contains("Hello, world!"), "{}", target.stdout);
    unikernel.mbuild(&["init", "--lib", "--exe", "x"]).fails(2);
}

/// What nobody should write: no UTF-8, bytes that nobody can see, what JSON escapes, and very much of it.
const ODD: [&[u8]; 8] = [
    b"\xff\xfe",
    b"\xe9t\xe9",
    b"\xed\xa0\x80\xf4\x90\x80\x80",
    b"\x01\x1b\x7f\x08",
    b"\xe2\x80\xa8\xc2\x85\xc2\x9b1m\xef\xbb\xbf",
    b"'q' / </script> ${x} $(y)",
    b"\xf0\x9f\x90\xab\xcc\x81",
    &[b'x'; 100_000],
];

#[test]
fn whatever_bytes_a_manifest_holds_its_description_is_json() {
    let space = Space::new();
    let formats = [
        (
            "_oasis",
            "OASISFormat: 0.4\nName: a\nVersion: 1\nSynopsis: a@b\nAuthors: x\nLicense: ISC\n\
            Executable a\n  Path: .\n  MainIs: a.ml\n",
        ),
        (
            "opam",
            "opam-version: \"2.0\"\nname: \"a\"\nversion: \"1\"\nsynopsis: \"a@b\"\nbuild: [make]\n",
        ),
        (
            "a.obuild",
            "name: a\nversion: 1\nobuild-ver: 1\nsynopsis: a@b\nexecutable a\n  main: a.ml\n",
        ),
        ("a.conf", "main-noip: A.main\nxl-name: a@b\n"),
    ];
    for (number, (name, content)) in formats.iter().enumerate() {
        let project = space.project(&format!("p{number}"));
        project.write("a.ml", "let main () = ()\n");
        for odd in ODD {
            let (before, after) = content.split_once('@').expect("a place for it");
            project.write(name, [before.as_bytes(), odd, after.as_bytes()].concat());
            let mut described = project.mbuild(&["describe", "--json"]);
            let mut expected = format!("a{}b", String::from_utf8_lossy(odd));
            if *name == "_oasis" && expected.contains('\u{fffd}') {
                // Its bytes are letters of Latin-1 then.
                let letter = |byte: &u8| match byte {
                    0x80 => '€',
                    0x90 => '\u{fffd}',
                    byte => char::from(*byte),
                };
                let letters: String = odd.iter().map(letter).collect();
                expected = format!("a{letters}b");
            }
            if *name == "a.conf" && expected.contains('\u{fffd}') {
                let said = described.fails(3).stderr;
                assert!(said.starts_with("error: a.conf:2:10: this is no UTF-8\n"), "{said}");
                continue;
            }
            let described = described.ok().stdout;
            let found: serde_json::Value = serde_json::from_str(&described).expect("JSON");
            let text = match *name {
                "a.conf" => &found["sections"][0]["guest"][0]["value"],
                _ => &found["synopsis"],
            };
            assert_eq!(text.as_str(), Some(expected.as_str()), "{name}");
            assert!(!described.contains(['\u{1b}', '\u{1}', '\u{7f}', '\u{9b}']), "{name}");
        }
    }
}
