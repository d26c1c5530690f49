//! Shapes of `*.obuild`.

use crate::shape::{Files, Read, Shape, filled, one};

/// What every package says.
const HEAD: &str =
    "name: big\nversion: 1.0\nobuild-ver: 1\nsynopsis: much of everything\nlicense: ISC\n\n";

const LIBRARY: &str = "library big\n  src-dir: src\n  modules: A\n";

pub(crate) fn shapes() -> Vec<Shape> {
    let shape = |name, files, read| Shape { format: "obuild", name, files, read };
    let right = |name, files| shape(name, files, Read::Package);
    vec![
        right("programs", programs),
        right("libraries, each needs the one before", chain),
        right("flags", flags),
        right("modules of a library", modules),
        right("dependencies of a library", depends),
        right("flags of the compiler", words),
        right("keys for single files", per),
        right("an order of modules", order),
        right("one text of many lines", long_text),
        right("one word", long_word),
        right("comments", comments),
        right("empty lines", empty_lines),
        right("conditions", conditions),
        right("one key many times", same_field),
        right("blocks in each other", nested),
        right("libraries in circles", circles),
        right("unknown keys", unknown),
        shape("wrong values", wrong, Read::Mistakes),
    ]
}

fn manifest(head: &str, size: usize, part: impl Fn(usize) -> String) -> Files {
    one("big.obuild", filled(&format!("{HEAD}{head}"), size, "\n", part))
}

fn programs(size: usize) -> Files {
    manifest("", size, |n| {
        format!(
            "executable program{n}\n  main-is: program{n}.ml\n  src-dir: bin\n  build-deps: unix, str\n  \
             oflags: -w +a\n\n"
        )
    })
}

fn chain(size: usize) -> Files {
    manifest("", size, |n| {
        let needs = n.checked_sub(1).map_or("unix".to_owned(), |before| format!("library{before}"));
        format!(
            "library library{n}\n  modules: module{n}\n  src-dir: src\n  build-deps: {needs}\n\n"
        )
    })
}

fn flags(size: usize) -> Files {
    manifest("", size, |n| {
        format!("flag feature{n}\n  description: feature {n}\n  default: true\n\n")
    })
}

fn modules(size: usize) -> Files {
    manifest(LIBRARY.trim_end(), size, |n| format!(", Module{n}"))
}

fn depends(size: usize) -> Files {
    manifest(&format!("{LIBRARY}  build-deps: unix"), size, |n| format!(", package{n} (>= 1.{n})"))
}

fn words(size: usize) -> Files {
    manifest(&format!("{LIBRARY}  oflags: -g"), size, |n| format!(" -inline {n}"))
}

fn per(size: usize) -> Files {
    manifest(LIBRARY, size, |n| format!("  per module{n}.ml\n    oflags: -w {n}\n"))
}

fn order(size: usize) -> Files {
    manifest(&format!("{LIBRARY}  extra-deps: A -> B"), size, |n| format!(", M{n} -> N{n}"))
}

fn long_text(size: usize) -> Files {
    manifest("description: much\n", size, |n| format!("  of everything, and then {n}\n"))
}

fn long_word(size: usize) -> Files {
    manifest(&format!("{LIBRARY}  oflags: -D"), size, |_| "x".repeat(80))
}

fn comments(size: usize) -> Files {
    manifest("", size, |n| format!("# nothing but a comment, number {n}\n\n  # and one more\n"))
}

fn unknown(size: usize) -> Files {
    manifest("", size, |n| format!("unknown{n}: value\n"))
}

fn wrong(size: usize) -> Files {
    manifest(LIBRARY, size, |n| format!("  installable: perhaps{n}\n"))
}

fn empty_lines(size: usize) -> Files {
    manifest(LIBRARY, size, |_| "\n".to_owned())
}

fn conditions(size: usize) -> Files {
    manifest(&format!("flag x\n  description: x\n  default: true\n\n{LIBRARY}"), size, |n| {
        format!("  if x && !x || x\n    oflags: -w {n}\n")
    })
}

fn same_field(size: usize) -> Files {
    manifest(LIBRARY, size, |_| "  syntax: true\n".to_owned())
}

fn nested(size: usize) -> Files {
    manifest(LIBRARY, size, |n| format!("{}per module{n}.ml\n", " ".repeat(n % 200)))
}

fn circles(size: usize) -> Files {
    manifest("", size, |n| {
        let other = n ^ 1;
        format!("library l{n}\n  modules: module{n}\n  src-dir: src\n  build-deps: l{other}\n\n")
    })
}
