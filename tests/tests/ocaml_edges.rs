//! What compiling reads and writes: whatever is built first, the compilers find all they read, no
//! file has two writers, and the bytes are the same.

use std::collections::{BTreeMap, BTreeSet};

use mbuild_tests::conformance::{self, BUILD_DIR};
use mbuild_tests::random::Random;
use mbuild_tests::{Project, Space, tree};

const MANIFEST: &str = "\
OASISFormat: 0.4
Name: edges
Version: 1.0
Synopsis: Every kind of edge
Authors: nobody
License: ISC
BuildTools: ocamlbuild
Plugins: META (0.4)

Library base
  Path: base
  Modules: Shape, Size, Twice, Deep
  InternalModules: Inner
  CompiledObject: best

Library stubs
  Path: stubs
  Modules: Stubs
  CSources: add.c, add.h
  CompiledObject: best
  BuildDepends: base

Library packed
  Path: packed
  Modules: First, Second, Kinds
  Pack: true
  CompiledObject: best
  BuildDepends: base

Library aliases
  Path: aliases
  Modules: Aliases, Aliases_one, Aliases_two
  CompiledObject: best
  BuildDepends: base

Library closed
  Path: closed
  Modules: Closed, Door
  CompiledObject: best
  BuildDepends: base

Object loose
  Path: loose
  Modules: Loose
  CompiledObject: best
  BuildDepends: base, packed

Executable native
  Path: bin
  MainIs: native.ml
  CompiledObject: native
  BuildDepends: stubs, packed, aliases, closed

Executable byte
  Path: bin
  MainIs: byte.ml
  CompiledObject: byte
  BuildDepends: stubs, packed, aliases, closed
";

const TAGS: &str = "\
true: warn(+58), inline(200)
<aliases/aliases.*>: no_alias_deps, warn(-49)
<closed/*>: opaque
";

/// Interfaces with and without code and code without interfaces, each looking through several others.
const SOURCES: &[(&str, &str)] = &[
    ("base/shape.mli", "type t = { width : int; height : int }\n"),
    ("base/inner.ml", "let square x = x * x\n"),
    ("base/size.mli", "val area : Shape.t -> int\nval side : int -> Shape.t\n"),
    (
        "base/size.ml",
        "let area s = s.Shape.width * s.Shape.height + 0 * Inner.square 1\nlet side n = { Shape.width = n; height = n }\n",
    ),
    ("base/twice.ml", "let twice f x = f (f x)\nlet area n = Size.area (Size.side n)\n"),
    ("base/deep.mli", "val deep : int -> int\n"),
    ("base/deep.ml", "let deep n = Twice.twice Twice.area n + Inner.square n\n"),
    ("stubs/add.h", "#define ONE 1\n"),
    (
        "stubs/add.c",
        "#include <caml/mlvalues.h>\n#include \"add.h\"\nvalue edges_add(value a) { return Val_int(Int_val(a) + ONE); }\n",
    ),
    (
        "stubs/stubs.ml",
        "external add : int -> int = \"edges_add\" [@@noalloc]\nlet more n = add (Deep.deep n)\n",
    ),
    ("packed/kinds.mli", "type kind = Small | Large\n"),
    ("packed/first.ml", "let kind n = if Twice.area n < 10 then Kinds.Small else Kinds.Large\n"),
    ("packed/second.mli", "val name : int -> string\n"),
    (
        "packed/second.ml",
        "let name n = match First.kind n with Kinds.Small -> \"small\" | Kinds.Large -> \"large\"\n",
    ),
    ("aliases/aliases.ml", "module One = Aliases_one\nmodule Two = Aliases_two\n"),
    ("aliases/aliases_one.ml", "let one n = Deep.deep n + 1\n"),
    ("aliases/aliases_two.mli", "val two : int -> int\n"),
    ("aliases/aliases_two.ml", "let two n = Aliases_one.one n + 1\n"),
    ("closed/door.ml", "let knock n = n + 1\n"),
    ("closed/closed.mli", "val enter : int -> int\n"),
    ("closed/closed.ml", "let enter n = Door.knock (Twice.area n)\n"),
    ("loose/loose.ml", "let loose n = Packed.Second.name (Deep.deep n)\n"),
    (
        "bin/common.ml",
        "let run () =\n  Printf.printf \"%d %s %d %d\\n\" (Stubs.more 2) (Packed.Second.name 2)\n    (Aliases.Two.two 2) (Closed.enter 2)\n",
    ),
    ("bin/native.ml", "let () = Common.run ()\n"),
    ("bin/byte.ml", "let () = Common.run ()\n"),
];

const SAYS: &str = "21 small 22 5\n";

fn project<'a>(space: &'a Space, name: &str) -> Project<'a> {
    let project = space.empty(name);
    project.write("_oasis", MANIFEST).write("_tags", TAGS);
    for (path, content) in SOURCES {
        project.write(path, content);
    }
    project.mbuild(&["configure"]).ok();
    project
}

/// Outputs that the rule file names, without goals.
fn outputs(project: &Project) -> Vec<String> {
    let all = project.mbuild(&["ninja", "-f", RULES, "-t", "targets", "all"]).ok().stdout;
    let targets = all.lines().filter_map(|line| line.rsplit_once(": "));
    targets.filter(|(_, rule)| *rule != "phony").map(|(path, _)| path.to_owned()).collect()
}

const RULES: &str = "_mbuild/native/build.ninja";

/// Puts the statements of the rule file, each with its lines, in another order.
fn shuffle_statements(project: &Project, random: &mut Random) {
    let text = project.read(RULES);
    let (head, rest) = text.split_at(text.find("\nbuild ").expect("statements") + 1);
    let (rest, tail) = rest.split_at(rest.find("\ndefault ").expect("a default") + 1);
    let mut statements: Vec<String> = Vec::new();
    for line in rest.split_inclusive('\n') {
        match statements.last_mut() {
            Some(last) if !line.starts_with("build ") => last.push_str(line),
            _ => statements.push(line.to_owned()),
        }
    }
    shuffle(&mut statements, random);
    project.write(RULES, format!("{head}{}{tail}", statements.concat()));
}

fn shuffle<T>(list: &mut [T], random: &mut Random) {
    for at in (1..list.len()).rev() {
        list.swap(at, usize::try_from(random.below(at as u64 + 1)).expect("a small number"));
    }
}

fn build(project: &Project, arguments: &[&str]) {
    let mut mbuild = project.mbuild(&["ninja", "-f", RULES]);
    let built = mbuild.arguments(arguments).env("MBUILD_CACHE", "off").ok();
    let said = built.said();
    assert!(!said.contains("no-cmx-file") && !said.contains("Warning 58"), "{said}");
}

/// One after the other and alone, files are built of which nobody knows what was built before: what
/// an edge does not name is not there. Then all others, in another order.
#[test]
fn whatever_is_built_first_nothing_is_missing_and_the_bytes_are_the_same() {
    let rounds = std::env::var("MBUILD_TEST_ORDERS").ok().and_then(|n| n.parse().ok());
    let mut random = Random::new();
    let space = Space::new();
    let first = project(&space, "edges");
    build(&first, &["-j1"]);
    for program in ["native", "byte"] {
        let run = first.mbuild(&["--quiet", "run", program]).ok();
        assert_eq!(run.stdout, SAYS);
    }
    let of_compilers = |tree: tree::Tree| -> tree::Tree {
        tree.into_iter().filter(|(name, _)| name != "build.ninja").collect()
    };
    let expected = of_compilers(conformance::outputs(&first));
    let is_made = |file: &String| first.path(file).exists();
    let mut files: Vec<String> = outputs(&first).into_iter().filter(is_made).collect();
    for _ in 0..rounds.unwrap_or(3) {
        let project = project(&space, "edges");
        shuffle(&mut files, &mut random);
        shuffle_statements(&project, &mut random);
        for file in &files[..6] {
            build(&project, &["-j1", file]);
        }
        build(&project, &["-j3"]);
        tree::assert_same(&expected, &of_compilers(conformance::outputs(&project)));
    }
}

#[test]
fn one_command_alone_writes_each_compiled_interface() {
    let space = Space::new();
    let project = project(&space, "owners");
    // Each compiler says which interfaces are others after it ran.
    for compiler in ["ocamlc.opt", "ocamlopt.opt"] {
        let list =
            format!("find {BUILD_DIR} -name '*.cmi' -exec ls -l --full-time -i {{}} + | sort");
        project.write_script(
            &format!("tools/{compiler}"),
            &format!(
                "PATH=${{PATH#*:}}\nbefore=$({list})\n{compiler} \"$@\" || exit\n\
                 {list} | grep -vxF -e \"$before\" | sed 's/.* _mbuild/_mbuild/' >> written\nexit 0\n"
            ),
        );
    }
    let mut mbuild = project.mbuild(&["build", "-j1"]);
    mbuild.path_first(&project.path("tools")).env("MBUILD_CACHE", "off").ok();
    let mut written: BTreeMap<String, usize> = BTreeMap::new();
    for path in project.read("written").lines() {
        *written.entry(path.to_owned()).or_default() += 1;
    }
    let made =
        tree::read(project.dir(), |name| name.starts_with(BUILD_DIR) && name.ends_with(".cmi"));
    // A pack is one action of two commands, one for each kind of code, and both write its interface.
    let times = |path: &String| if path.ends_with("/packed.cmi") { 2 } else { 1 };
    let made: BTreeMap<String, usize> =
        made.into_keys().map(|path| (path.clone(), times(&path))).collect();
    assert_eq!(made.len(), 20);
    assert_eq!(written, made);
}

#[test]
fn nobody_calls_ocamlfind() {
    let space = Space::new();
    let project = space.project("alone");
    let manifest = "\
OASISFormat: 0.4
Name: alone
Version: 1.0
Synopsis: Uses installed packages
Authors: nobody
License: ISC
BuildTools: ocamlbuild
Plugins: META (0.4)

Library alone
  Path: src
  Modules: Alone
  BuildDepends: unix, str, threads

Executable use
  Path: bin
  MainIs: use.ml
  CompiledObject: best
  BuildDepends: alone

Test use
  Command: $use
";
    project
        .write("_oasis", manifest)
        .write("_tags", "true: thread\n")
        .write(
            "src/alone.ml",
            "let pid = Unix.getpid\nlet re = Str.regexp \"a\"\nlet self = Thread.self\n",
        )
        .write("bin/use.ml", "let () = ignore (Alone.pid (), Alone.re, Alone.self ())\n")
        .write_script("tools/ocamlfind", "echo \"$@\" >> called\nexit 1\n");
    let prefix = space.path("prefix");
    for arguments in [
        &["configure", "--enable", "tests"][..],
        &["build"],
        &["test"],
        &["install", "--prefix", &prefix.to_string_lossy()],
    ] {
        project.mbuild(arguments).path_first(&project.path("tools")).ok();
    }
    assert!(!project.path("called").exists(), "{}", project.read("called"));
}

#[test]
fn a_package_without_files_is_no_reason_to_build_again() {
    let space = Space::new();
    let project = space.project("empty");
    let manifest = "\
OASISFormat: 0.4
Name: empty
Version: 1.0
Synopsis: Uses a package that is only a name
Authors: nobody
License: ISC
BuildTools: ocamlbuild

Library empty
  Path: src
  Modules: Empty
  BuildDepends: nothing
";
    project
        .write("_oasis", manifest)
        .write("src/empty.ml", "let empty = ()\n")
        .write("findlib/nothing/META", "version = \"1\"\n");
    let build = || {
        let mut mbuild = project.mbuild(&["build"]);
        mbuild.env("OCAMLPATH", project.path("findlib")).ok().ran()
    };
    assert!(!build().is_empty());
    assert_eq!(build(), [""; 0]);
}

/// The folder's two libraries do not say that one uses the other; with ocamlbuild that worked.
#[test]
fn a_library_may_use_another_one_of_its_folder_without_saying_so_and_is_told() {
    let space = Space::new();
    let project = space.project("leak");
    let manifest = "\
OASISFormat: 0.4
Name: leak
Version: 1.0
Synopsis: Two libraries in one folder
Authors: nobody
License: ISC
BuildTools: ocamlbuild

Library one
  Path: src
  Modules: One
  CompiledObject: best

Library two
  Path: src
  Modules: Two
  CompiledObject: best

Executable both
  Path: bin
  MainIs: both.ml
  CompiledObject: native
  BuildDepends: one, two
";
    project
        .write("_oasis", manifest)
        .write("src/one.ml", "let one = 1\n")
        .write("src/two.ml", "let two = One.one + 1\n")
        .write("bin/both.ml", "let () = print_int (One.one + Two.two)\n");
    let built = project.mbuild(&["build"]).ok();
    let warning = "module `One` is used by library `two` but is not one of its modules";
    assert!(built.said().contains(warning), "{}", built.said());
    assert_eq!(project.mbuild(&["--quiet", "run"]).ok().stdout, "3");
    let archive = project.mbuild(&["ninja", "-f", RULES, "-t", "targets", "all"]).ok().stdout;
    let ones: BTreeSet<&str> = archive.lines().filter(|line| line.contains("/one.cmx:")).collect();
    assert_eq!(ones.len(), 2, "each library has its own: {ones:?}");
}
