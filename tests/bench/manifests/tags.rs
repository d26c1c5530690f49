//! Shapes of `_tags`, beside an `_oasis` with a library of forty modules and two programs.

use crate::oasis::HEAD;
use crate::shape::{Files, Read, Shape, filled};

pub(crate) fn shapes() -> Vec<Shape> {
    let shape = |name, files, read| Shape { format: "_tags", name, files, read };
    let right = |name, files| shape(name, files, Read::Package);
    vec![
        right("lines for files", files),
        right("lines for patterns", patterns),
        right("patterns with many stars", stars),
        shape("one pattern of many alternatives", alternatives, Read::Mistakes),
        right("patterns with alternatives", either),
        right("patterns that fit every file", every),
        right("empty lines", empty_lines),
        shape("patterns in parentheses", parentheses, Read::Mistakes),
        right("conditions", conditions),
        right("flags for every file", flags),
        right("tags on one line", one_line),
        right("tags given and taken", taken),
        right("packages for every file", packages),
        right("unknown tags", unknown),
        right("one argument", argument),
        right("lines that go on", continued),
        right("comments", comments),
        right("what OASIS wrote", generated),
        shape("lines that are none", broken, Read::Mistakes),
    ]
}

fn folder(head: &str, size: usize, tail: &str, part: impl Fn(usize) -> String) -> Files {
    let modules: Vec<String> = (0..40).map(|n| format!("Module{n}")).collect();
    let oasis = format!(
        "{HEAD}Library big\n  Path: src\n  Modules: {}\n\nExecutable one\n  Path: bin\n  MainIs: one.ml\n\n\
         Executable two\n  Path: bin\n  MainIs: two.ml\n  BuildDepends: big\n",
        modules.join(", ")
    );
    let mut files = vec![
        ("_oasis".to_owned(), oasis.into_bytes()),
        ("_tags".to_owned(), filled(head, size, tail, part).into_bytes()),
        ("bin/one.ml".to_owned(), Vec::new()),
        ("bin/two.ml".to_owned(), Vec::new()),
    ];
    files.extend((0..40).map(|n| (format!("src/module{n}.ml"), Vec::new())));
    files
}

fn files(size: usize) -> Files {
    folder("", size, "", |n| format!("\"src/module{}.ml\": debug, warn(-{n})\n", n % 1000))
}

fn patterns(size: usize) -> Files {
    folder("", size, "", |n| {
        format!("<src/*{n}.ml{{,i}}> or <bin/*.{{byte,native}}>: debug, thread\n")
    })
}

fn stars(size: usize) -> Files {
    folder("", size, "", |n| format!("<**/*o*d*u*l*e*{n}*>: debug\n"))
}

fn alternatives(size: usize) -> Files {
    folder("<src/{module0", size, ".ml}>: debug\n", |n| format!(",m{n}"))
}

fn conditions(size: usize) -> Files {
    folder("", size, "", |n| {
        format!("<src/*.ml> and not (\"src/m{n}.ml\" or <src/n*.mli>): warn(A-4)\n")
    })
}

fn flags(size: usize) -> Files {
    folder("", size, "", |n| format!("true: warn(+{n})\n"))
}

fn one_line(size: usize) -> Files {
    folder("<src/**/*>: debug", size, "\n", |n| format!(", inline({n})"))
}

fn taken(size: usize) -> Files {
    folder("", size, "", |n| {
        if n % 2 == 0 {
            format!("true: inline({n})\n")
        } else {
            format!("true: -inline({})\n", n - 1)
        }
    })
}

fn packages(size: usize) -> Files {
    folder("", size, "", |n| format!("<src/*.ml>: package(package{n}), use_big\n"))
}

fn unknown(size: usize) -> Files {
    folder("", size, "", |n| format!("true: unknown{n}\n"))
}

fn argument(size: usize) -> Files {
    folder("true: pp(", size, ")\n", |_| "cppo -D X ".to_owned())
}

fn continued(size: usize) -> Files {
    folder("true: debug", size, "\n", |_| ", \\\n  warn(A)".to_owned())
}

fn comments(size: usize) -> Files {
    folder("", size, "", |n| format!("# Nothing but a comment, number {n}\n\ntrue: debug # more\n"))
}

fn generated(size: usize) -> Files {
    folder("# OASIS_START\n", size, "# OASIS_STOP\n", |n| {
        format!("# Library {n}\n\"src/{n}.cmxs\": use_{n}\n")
    })
}

fn broken(size: usize) -> Files {
    folder("", size, "", |n| format!("src/*.ml: debug({n})\n"))
}

fn either(size: usize) -> Files {
    folder("", size, "", |n| format!("<src/{{module{n},Module{n}}}.{{ml,mli}}>: debug\n"))
}

fn every(size: usize) -> Files {
    folder("", size, "", |n| format!("<**/*.{{ml,cm*,{n}}}>: debug\n"))
}

fn empty_lines(size: usize) -> Files {
    folder("", size, "", |_| "\n".to_owned())
}

fn parentheses(size: usize) -> Files {
    folder("", size, "", |_| "not (".to_owned())
}
