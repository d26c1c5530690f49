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
        right("empty lines", empty_lines),
        right("one field many times", same_field),
        right("libraries that need all before", triangle),
        right("dependencies of every section", shared),
        right("conditions on versions", versions),
        right("fields of plugins", foreign),
        shape("conditions in parentheses", parentheses, Read::Mistakes),
        shape("one condition of many parts", long_condition, Read::Mistakes),
        shape("libraries in one circle", circle, Read::Mistakes),
        shape("unknown dependencies in circles", circles, Read::Mistakes),
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
    manifest("", size, |_| "Synopsis+: more\n".to_owned())
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

fn empty_lines(size: usize) -> Files {
    manifest("", size, |_| "\n".to_owned())
}

fn same_field(size: usize) -> Files {
    manifest(LIBRARY, size, |n| format!("  Modules: Module{n}\n"))
}

fn long_condition(size: usize) -> Files {
    let head = format!("{HEAD}Flag x\n  Default: true\n\n{LIBRARY}  if flag(x)");
    one(
        "_oasis",
        filled(&head, size, "\n    CCOpt: -g\n", |_| " && !flag(x) || flag(x)".to_owned()),
    )
}

/// So many that those that each names are as many bytes as there are.
fn triangle(size: usize) -> Files {
    let count = (size as f64 / 3.5).sqrt() as usize;
    let mut before: Vec<String> = Vec::with_capacity(count);
    let mut text = HEAD.to_owned();
    for n in 0..count {
        let needs = if before.is_empty() { "unix".to_owned() } else { before.join(", ") };
        text +=
            &format!("Library l{n}\n  Path: src/{n}\n  Modules: M{n}\n  BuildDepends: {needs}\n\n");
        before.push(format!("l{n}"));
    }
    one("_oasis", text)
}

fn shared(size: usize) -> Files {
    let packages: Vec<String> = (0..10).map(|n| format!("package{n}")).collect();
    manifest(&format!("BuildDepends: {}\n\n", packages.join(", ")), size, |n| {
        format!("Executable program{n}\n  Path: bin\n  MainIs: program{n}.ml\n\n")
    })
}

fn versions(size: usize) -> Files {
    manifest(LIBRARY, size, |n| {
        format!("  if ocaml_version(\">= 4.{n} && < 5 || = 3.12.{n}\")\n    CCOpt+: -DV{n}\n")
    })
}

fn foreign(size: usize) -> Files {
    manifest(LIBRARY, size, |n| format!("  XPlugin{n}: value\n"))
}

fn parentheses(size: usize) -> Files {
    let head = format!("{HEAD}{LIBRARY}  if ");
    one("_oasis", filled(&head, size, "\n    CCOpt: -g\n", |_| "(!".to_owned()))
}

fn circle(size: usize) -> Files {
    let library = |n, needs| {
        format!("Library l{n}\n  Path: src\n  Modules: M{n}\n  BuildDepends: l{needs}\n\n")
    };
    let mut files = manifest("", size, |n| library(n, n + 1));
    let text = &mut files[0].1;
    let count = text.windows(8).filter(|word| word == b"Library ").count();
    text.extend(library(count, 0).bytes());
    files
}

fn circles(size: usize) -> Files {
    manifest("", size, |n| {
        let other = n ^ 1;
        format!("Library l{n}\n  Path: src\n  Modules: M{n}\n  BuildDepends: l{other}, none{n}\n\n")
    })
}
