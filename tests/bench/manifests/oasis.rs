//! Shapes of `_oasis`.

use crate::shape::{Files, Read, Shape, filled, one};

/// What every package says.
pub(crate) const HEAD: &str = "OASISFormat: 0.4\nName: big\nVersion: 1.0\nSynopsis: Much of everything\n\
    Authors: Nobody\nLicense: ISC\nPlugins: META (0.4)\n\n";

const LIBRARY: &str = "Library big\n  Path: src\n";

pub(crate) fn shapes() -> Vec<Shape> {
    let shape = |name, files, read| Shape { format: "_oasis", name, files, read };
    let right = |name, files| shape(name, files, Read::Package);
    vec![
        right("programs", programs),
        right("libraries, each needs the one before", chain),
        right("libraries in one library", inside),
        right("programs that all need 100 libraries", crossed),
        right("flags and conditions on them", flags),
        right("tests and documents", tests),
        right("modules of a library", modules),
        right("dependencies of a library", depends),
        right("conditional flags of a section", conditions),
        right("additions to one text", additions),
        right("nested conditions", nested),
        right("one word of a flag", long_word),
        right("one text of many lines", long_text),
        right("variables in a command", variables),
        right("comments", comments),
        shape("misspelt fields", misspelt, Read::Mistakes),
        shape("lines that are none", broken, Read::Mistakes),
        shape("mistakes on one line", on_one_line, Read::Mistakes),
    ]
}

fn manifest(head: &str, size: usize, part: impl Fn(usize) -> String) -> Files {
    one("_oasis", filled(&format!("{HEAD}{head}"), size, "", part))
}

fn programs(size: usize) -> Files {
    manifest("", size, |n| {
        format!(
            "Executable program{n}\n  Path: bin\n  MainIs: program{n}.ml\n  Install: false\n  \
             CompiledObject: best\n  BuildDepends: unix, str\n\n"
        )
    })
}

fn chain(size: usize) -> Files {
    manifest("", size, |n| {
        let needs = n.checked_sub(1).map_or("unix".to_owned(), |before| format!("library{before}"));
        format!(
            "Library library{n}\n  Path: src/{n}\n  Modules: Module{n}\n  BuildDepends: {needs}\n\n"
        )
    })
}

fn inside(size: usize) -> Files {
    manifest("Library root\n  Path: src\n\n", size, |n| {
        format!(
            "Library library{n}\n  Path: src/{n}\n  Modules: Module{n}\n  FindlibParent: root\n  \
             FindlibName: l{n}\n\n"
        )
    })
}

fn crossed(size: usize) -> Files {
    let libraries = |n| format!("Library l{n}\n  Path: src\n  Modules: M{n}\n\n");
    let head: String = (0..100).map(libraries).collect();
    let all: Vec<String> = (0..100).map(|n| format!("l{n}")).collect();
    manifest(&head, size, |n| {
        format!(
            "Executable p{n}\n  Path: bin\n  MainIs: p{n}.ml\n  BuildDepends: {}\n\n",
            all.join(", ")
        )
    })
}

fn flags(size: usize) -> Files {
    manifest("", size, |n| {
        let before = n.saturating_sub(1);
        let default = if n == 0 { "true".to_owned() } else { format!("flag(feature{before})") };
        format!("Flag feature{n}\n  Description: Feature {n}\n  Default$: {default}\n\n")
    })
}

fn tests(size: usize) -> Files {
    manifest("Executable tester\n  Path: test\n  MainIs: tester.ml\n\n", size, |n| {
        format!(
            "Test test{n}\n  Command: $tester --number {n}\n  TestTools: tester\n  Run$: flag(tests)\n\n\
             Document manual{n}\n  Title: Manual {n}\n  Type: ocamlbuild (0.4)\n  XOCamlbuildPath: doc\n\n"
        )
    })
}

fn modules(size: usize) -> Files {
    manifest(&format!("{LIBRARY}  Modules: Module"), size, |n| format!(",\n    Module{n}"))
}

fn depends(size: usize) -> Files {
    manifest(&format!("{LIBRARY}  BuildDepends: unix"), size, |n| {
        format!(", package{n} (>= 1.{n})")
    })
}

fn conditions(size: usize) -> Files {
    manifest(&format!("Flag x\n  Default: true\n\n{LIBRARY}"), size, |n| {
        format!(
            "  if flag(x) && os_type(Unix)\n    CCOpt+: -DWITH_{n}\n  else\n    CCLib+: -l{n}\n"
        )
    })
}

fn additions(size: usize) -> Files {
    manifest("Description: Much\n", size, |_| {
        "Description+: more\nPostConfCommand+: true;\n".to_owned()
    })
}

fn nested(size: usize) -> Files {
    let mut block = String::new();
    for depth in 0..60 {
        block += &format!("{}if flag(x)\n", " ".repeat(depth + 2));
    }
    block += &format!("{}CCOpt+: -DX\n", " ".repeat(62));
    manifest(&format!("Flag x\n  Default: true\n\n{LIBRARY}"), size, |_| block.clone())
}

fn long_word(size: usize) -> Files {
    one("_oasis", filled(&format!("{HEAD}{LIBRARY}  CCOpt: -D"), size, "\n", |_| "x".repeat(80)))
}

fn long_text(size: usize) -> Files {
    manifest("Description: Much\n", size, |n| format!("  of everything, and then {n}\n  .\n"))
}

fn variables(size: usize) -> Files {
    manifest("PostConfCommand: true\n", size, |_| {
        "  echo $os_type ${bindir} $(utoh prefix)\n".to_owned()
    })
}

fn comments(size: usize) -> Files {
    manifest("", size, |n| format!("# Nothing but a comment, number {n}\n\n   # and one more\n"))
}

fn misspelt(size: usize) -> Files {
    manifest(LIBRARY, size, |n| format!("  Modulse: Module{n}\n"))
}

fn broken(size: usize) -> Files {
    manifest(LIBRARY, size, |n| format!("  no field {n}\n"))
}

fn on_one_line(size: usize) -> Files {
    manifest(&format!("{LIBRARY}  Modules: A"), size, |n| format!(", module{n}"))
}
