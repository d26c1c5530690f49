//! Shapes of META.

use crate::shape::{Files, Read, Shape, filled, one};

/// What every META says.
const HEAD: &str =
    "version = \"1.0\"\narchive(byte) = \"big.cma\"\narchive(native) = \"big.cmxa\"\n";

pub(crate) fn shapes() -> Vec<Shape> {
    let shape = |name, files, read| Shape { format: "META", name, files, read };
    let right = |name, files| shape(name, files, Read::Installed);
    vec![
        right("packages inside", packages),
        right("packages inside, all of them needed", needed),
        right("packages inside, each needs the next", chain),
        right("packages nested 60 deep", nested),
        right("additions to one variable", additions),
        right("variables", variables),
        right("one list of the same package", same),
        right("predicates of one entry", predicates),
        right("one value", long_value),
        right("a value of escapes", escapes),
        right("comments", comments),
        right("empty lines", empty_lines),
        right("conditions of one variable", conditional),
        right("packages inside that need all before", triangle),
        shape("packages nested in each other", deep, Read::BadMeta),
        shape("one value that is not closed", open, Read::BadMeta),
        shape("entries that are there twice", twice, Read::BadMeta),
        shape("entries without quotes", unquoted, Read::BadMeta),
    ]
}

fn meta(head: &str, size: usize, tail: &str, part: impl Fn(usize) -> String) -> Files {
    one("big/META", filled(&format!("{HEAD}{head}"), size, tail, part))
}

fn package(name: &str, requires: &str) -> String {
    format!(
        "package \"{name}\" (\n  requires = \"{requires}\"\n  archive(byte) = \"{name}.cma\"\n  \
         archive(native) = \"{name}.cmxa\"\n)\n"
    )
}

fn packages(size: usize) -> Files {
    meta("", size, "", |n| package(&format!("p{n}"), "big"))
}

fn needed(size: usize) -> Files {
    let inside = filled("", size - size / 10, "", |n| package(&format!("p{n}"), ""));
    let count = inside.matches("package").count();
    let all: Vec<String> = (0..count).map(|n| format!("big.p{n}")).collect();
    one("big/META", format!("{HEAD}requires = \"{}\"\n{inside}", all.join(" ")))
}

fn chain(size: usize) -> Files {
    let last = package("last", "");
    let inside = filled("", size, "", |n| package(&format!("p{n}"), &format!("big.p{}", n + 1)));
    let count = inside.matches("package").count();
    one(
        "big/META",
        format!(
            "{HEAD}requires = \"big.p0\"\n{inside}{}",
            last.replace("last", &format!("p{count}"))
        ),
    )
}

fn nested(size: usize) -> Files {
    meta("", size, "", |n| {
        let open: String = (0..60).map(|depth| format!("package \"p{n}_{depth}\" (\n")).collect();
        open + "version = \"1\"\n" + &")\n".repeat(60)
    })
}

fn additions(size: usize) -> Files {
    meta("linkopts = \"\"\n", size, "", |n| format!("linkopts(native) += \"-cclib -l{n}\"\n"))
}

fn variables(size: usize) -> Files {
    meta("", size, "", |n| format!("variable{n}(mt, -plugin) = \"value {n}\"\n"))
}

fn same(size: usize) -> Files {
    let mut files = meta("requires = \"", size, "\"\n", |_| "unix, ".to_owned());
    files.push(("unix/META".to_owned(), b"version = \"1\"\n".to_vec()));
    files
}

fn predicates(size: usize) -> Files {
    meta("linkopts(a", size, ") = \"-x\"\n", |n| format!(", -p{n}"))
}

fn long_value(size: usize) -> Files {
    meta("description = \"", size, "\"\n", |_| "much of everything ".to_owned())
}

fn escapes(size: usize) -> Files {
    meta("description = \"", size, "\"\n", |_| "\\\"\\\\".to_owned())
}

fn comments(size: usize) -> Files {
    meta("", size, "", |n| format!("# Nothing but a comment, number {n}\n\n  # and one more\n"))
}

fn twice(size: usize) -> Files {
    meta("", size, "", |_| "version = \"2\"\n".to_owned())
}

fn unquoted(size: usize) -> Files {
    meta("", size, "", |n| format!("requires = unix{n}\n"))
}

fn empty_lines(size: usize) -> Files {
    meta("", size, "", |_| "\n".to_owned())
}

fn conditional(size: usize) -> Files {
    meta("", size, "", |n| format!("requires(p{n},-q{n}) = \"unix\"\n"))
}

/// So many that those that each names are as many bytes as there are.
fn triangle(size: usize) -> Files {
    let count = (size as f64 / 5.0).sqrt() as usize;
    let mut before: Vec<String> = Vec::with_capacity(count);
    let mut inside = String::new();
    for n in 0..count {
        inside += &package(&format!("p{n}"), &before.join(" "));
        before.push(format!("big.p{n}"));
    }
    one("big/META", format!("{HEAD}requires = \"{}\"\n{inside}", before.join(" ")))
}

fn deep(size: usize) -> Files {
    meta("", size, "", |_| "package \"p\" (\n".to_owned())
}

fn open(size: usize) -> Files {
    meta("description = \"", size, "", |_| "much of everything\n".to_owned())
}
