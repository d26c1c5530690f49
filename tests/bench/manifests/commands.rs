//! Shapes of opam's files and of Mirari's `*.conf`.

use crate::shape::{Files, Read, Shape, filled, one};

const OPAM: &str =
    "opam-version: \"2.0\"\nname: \"big\"\nversion: \"1.0\"\nmaintainer: \"nobody\"\n";

pub(crate) fn shapes() -> Vec<Shape> {
    let shape = |format, name, files, read| Shape { format, name, files, read };
    let opam = |name, files| shape("opam", name, files, Read::Package);
    let mirari = |name, files| shape("mirari", name, files, Read::Package);
    vec![
        opam("commands", commands),
        opam("words of a command", command),
        opam("conditional commands", conditional),
        opam("dependencies", depends),
        opam("alternatives of a dependency", alternatives),
        opam("nested formulas", nested),
        opam("fields of anybody's", fields),
        opam("substitutions and patches", patches),
        opam("one string", long_string),
        opam("one raw string", raw_string),
        opam("interpolations", interpolated),
        opam("nested comments", comments),
        opam("empty lines", empty_lines),
        opam("one condition of many parts", long_condition),
        opam("changes of the environment", environment),
        opam("packages that may not be there", conflicts),
        opam("one variable many times in a command", one_variable),
        shape("opam", "lists in each other", deep, Read::Mistakes),
        shape("opam", "one text that is not closed", open, Read::Mistakes),
        opam("one field many times", same_field),
        shape("opam", "sections of files that are not there", sections, Read::Mistakes),
        shape("opam", "fields without value", broken, Read::Mistakes),
        shape("opam", "unknown fields", unknown, Read::Package),
        opam("a `url` file beside it", url),
        shape("opam", "a description beside it", descr, Read::Package),
        shape(".install", "files", listed, Read::List),
        mirari("folders", stores),
        mirari("packages on one line", mirari_depends),
        mirari("packages, each on its own line", mirari_lines),
        mirari("settings of xl", guest),
        mirari("gateways", gateways),
        mirari("one value", mirari_long),
        mirari("comments", mirari_comments),
        shape("mirari", "unknown keys", mirari_unknown, Read::Mistakes),
        shape("mirari", "keys that are there twice", mirari_twice, Read::Mistakes),
    ]
}

fn opam(head: &str, size: usize, tail: &str, part: impl Fn(usize) -> String) -> Files {
    one("opam", filled(&format!("{OPAM}{head}"), size, tail, part))
}

fn commands(size: usize) -> Files {
    opam("build: [\n", size, "]\n", |n| format!("  [make \"target{n}\" \"-j\" \"%{{jobs}}%\"]\n"))
}

fn command(size: usize) -> Files {
    opam("build: [ [make\n", size, "] ]\n", |n| format!("  \"target{n}\"\n"))
}

fn conditional(size: usize) -> Files {
    opam("build: [\n", size, "]\n", |n| {
        format!(
            "  [make \"target{n}\" {{with-test & os != \"win32\"}}] \
             {{(lwt:installed | ocaml:version >= \"4.02\") & !dev}}\n"
        )
    })
}

fn depends(size: usize) -> Files {
    opam("depends: [\n", size, "]\n", |n| format!("  \"package{n}\" {{>= \"1.{n}\" & build}}\n"))
}

fn alternatives(size: usize) -> Files {
    opam("depends: [ \"a\"\n", size, "]\n", |n| format!("  | \"package{n}\"\n"))
}

fn nested(size: usize) -> Files {
    let block = format!("{}\"ocaml\"{}\n", "(".repeat(60), ")".repeat(60));
    opam("depends: [\n", size, "]\n", |_| block.clone())
}

fn fields(size: usize) -> Files {
    opam("", size, "", |n| format!("x-field{n}: [ \"a\" \"b\" ]\n"))
}

fn patches(size: usize) -> Files {
    opam("patches: [\n", size, "]\n", |n| format!("  \"patch{n}.diff\" {{os = \"none\"}}\n"))
}

fn long_string(size: usize) -> Files {
    opam("description: \"", size, "\"\n", |_| "much \\\"of\\\" everything\\n ".to_owned())
}

fn raw_string(size: usize) -> Files {
    opam("description: \"\"\"", size, "\"\"\"\n", |n| format!("much \"of\" everything {n}\n"))
}

fn interpolated(size: usize) -> Files {
    opam("build: [make \"", size, "\"]\n", |_| "%{prefix}%/%{lwt:installed?yes:no}%:".to_owned())
}

fn comments(size: usize) -> Files {
    opam("", size, "", |n| {
        format!("# nothing but a comment, number {n}\n(* one (* in *) another *)\n")
    })
}

fn broken(size: usize) -> Files {
    opam("", size, "", |n| format!("field{n}:\n"))
}

fn unknown(size: usize) -> Files {
    opam("", size, "", |n| format!("field{n}: \"a\"\n"))
}

fn url(size: usize) -> Files {
    let mut files = opam("build: [make]\n", 0, "", |_| String::new());
    let text =
        filled("archive: \"a.tar.gz\"\nmirrors: [\n", size, "]\n", |n| format!("  \"m{n}\"\n"));
    files.push(("url".to_owned(), text.into_bytes()));
    files
}

fn descr(size: usize) -> Files {
    let mut files = opam("build: [make]\n", 0, "", |_| String::new());
    let text = filled("Much of everything\n", size, "", |n| format!("and then {n}\n"));
    files.push(("descr".to_owned(), text.into_bytes()));
    files
}

fn listed(size: usize) -> Files {
    one(
        "p.install",
        filled("lib: [\n", size, "]\n", |n| {
            format!("  \"?_build/src/module{n}.cmi\" {{\"folder/module{n}.cmi\"}}\n")
        }),
    )
}

fn conf(head: &str, size: usize, tail: &str, part: impl Fn(usize) -> String) -> Files {
    let mut files =
        one("big.conf", filled(&format!("main-noip: Big.main\n{head}"), size, tail, part));
    files.push(("big.ml".to_owned(), b"let main () = ()\n".to_vec()));
    files.push(("files/index.html".to_owned(), Vec::new()));
    files
}

fn stores(size: usize) -> Files {
    conf("", size, "", |n| format!("fs-store{n}: files\n"))
}

fn mirari_depends(size: usize) -> Files {
    conf("depends: unix", size, "\n", |n| format!(", package{n}"))
}

fn mirari_lines(size: usize) -> Files {
    conf("", size, "", |n| format!("depends: package{n}\npackages: opam{n}\n"))
}

fn guest(size: usize) -> Files {
    conf("", size, "", |n| format!("xl-setting{n}: \"value {n}\"\n"))
}

fn gateways(size: usize) -> Files {
    conf("ip-address: 10.0.0.2\nip-gateway: 10.0.0.1", size, "\n", |n| {
        format!(", 10.1.0.{}", n % 256)
    })
}

fn mirari_long(size: usize) -> Files {
    conf("xl-vif: ", size, "\n", |_| "'bridge=xenbr0', ".to_owned())
}

fn mirari_comments(size: usize) -> Files {
    conf("", size, "", |n| format!("# nothing but a comment, number {n}\n\n"))
}

fn mirari_unknown(size: usize) -> Files {
    conf("", size, "", |n| format!("unknown{n}: value\n"))
}

fn mirari_twice(size: usize) -> Files {
    conf("", size, "", |n| format!("fs-store{}: files\n", n % 2))
}

fn empty_lines(size: usize) -> Files {
    opam("", size, "", |_| "\n".to_owned())
}

fn long_condition(size: usize) -> Files {
    opam("build: [make] { os = \"none\"", size, " }\n", |n| {
        format!(" | ocaml:version >= \"4.{n}\" & !p{n}:installed")
    })
}

fn environment(size: usize) -> Files {
    opam("build-env: [\n", size, "]\n", |n| format!("  [VARIABLE{n} += \"%{{prefix}}%/{n}\"]\n"))
}

fn conflicts(size: usize) -> Files {
    opam("conflicts: [\n", size, "]\n", |n| format!("  \"package{n}\" {{< \"1.{n}\"}}\n"))
}

fn one_variable(size: usize) -> Files {
    opam("build: [make", size, "]\n", |_| " \"%{ocaml:version}%%{name}%\" prefix".to_owned())
}

fn deep(size: usize) -> Files {
    opam("build: ", size, "", |_| "[".to_owned())
}

fn open(size: usize) -> Files {
    opam("description: \"", size, "", |_| "much of everything\n".to_owned())
}

fn same_field(size: usize) -> Files {
    opam("", size, "", |n| format!("build: [make \"{n}\"]\n"))
}

fn sections(size: usize) -> Files {
    opam("", size, "", |n| {
        format!(
            "extra-source \"file{n}\" {{\n  src: \"a/file{n}\"\n  checksum: \"md5=00000000000000000000000000000000\"\n}}\n"
        )
    })
}
