//! Shapes of ocp-build's manifests, in both languages.

use crate::shape::{Files, Read, Shape, filled, one};

pub(crate) fn shapes() -> Vec<Shape> {
    let shape = |format, name, files, read| Shape { format, name, files, read };
    let old = |name, files| shape("ocp", name, files, Read::Package);
    let new = |name, files| shape("ocp2", name, files, Read::Package);
    vec![
        old("programs", programs),
        old("libraries, each needs the one before", chain),
        old("files of a library", files),
        old("files in the order of linking", listed),
        old("files with options", options),
        old("packs", packs),
        old("packs inside of packs", nested_packs),
        old("rules", rules),
        old("options by name", by_name),
        old("assignments", assignments),
        old("additions to one list", additions),
        old("conditions", conditions),
        old("nested conditions", nested),
        old("one string", long_string),
        old("nested comments", comments),
        shape("ocp", "statements that are none", broken, Read::Mistakes),
        new("libraries", calls),
        new("files of a library", new_files),
        new("files with options", new_options),
        new("packs", new_packs),
        new("rules", new_rules),
        new("assignments", new_assignments),
        new("records", records),
        new("additions to one list", new_additions),
        // Each costs the whole string, so that the budget is spent.
        shape("ocp2", "additions to one string", new_strings, Read::Mistakes),
        new("conditions", new_conditions),
        new("one string", new_long_string),
        new("comments", new_comments),
        shape("ocp2", "statements that are none", new_broken, Read::Mistakes),
    ]
}

fn old(head: &str, size: usize, tail: &str, part: impl Fn(usize) -> String) -> Files {
    one("big.ocp", filled(head, size, tail, part))
}

fn new(head: &str, size: usize, tail: &str, part: impl Fn(usize) -> String) -> Files {
    one("build.ocp2", filled(head, size, tail, part))
}

fn programs(size: usize) -> Files {
    old("", size, "", |n| {
        format!(
            "begin program \"program{n}\"\n  files = [ \"program{n}.ml\" ]\n  requires = [ \"unix\" ]\nend\n"
        )
    })
}

fn chain(size: usize) -> Files {
    old("", size, "", |n| {
        let needs = n.checked_sub(1).map_or(String::new(), |before| format!("\"library{before}\""));
        format!(
            "begin library \"library{n}\"\n  files = [ \"m{n}.ml\" ]\n  requires = [ {needs} ]\nend\n"
        )
    })
}

fn files(size: usize) -> Files {
    old("begin library \"big\"\n  sort = true\n  files = [\n", size, "]\nend\n", |n| {
        format!("    \"module{n}.ml\"\n")
    })
}

fn listed(size: usize) -> Files {
    old("begin library \"big\" files = [\n", size, "] end\n", |n| format!("\"f{n}.ml\"\n"))
}

fn options(size: usize) -> Files {
    old("begin library \"big\" files = [\n", size, "] end\n", |n| {
        format!("\"f{n}.ml\" (bytecomp = [ \"-g\" ])\n")
    })
}

fn packs(size: usize) -> Files {
    old("begin library \"big\" files = [\n", size, "] end\n", |n| {
        format!("pack P{n} [ \"a{n}.ml\" \"b{n}.ml\" ]\n")
    })
}

fn nested_packs(size: usize) -> Files {
    let (open, close) = ("pack Q [ ".repeat(28), " ]".repeat(29));
    old("begin library \"big\" files = [\n", size, "] end\n", |n| {
        format!("pack P{n} [ {open}\"a{n}.ml\"{close}\n")
    })
}

fn rules(size: usize) -> Files {
    let head = "begin library \"big\" build_rules = [\n";
    let mut files = old(head, size, "] end\n", |n| {
        format!(
            "\"t{n}.txt\" ( sources = [ \"s.txt\" ] commands = [ {{ \"cp\" \"s.txt\" \"t{n}.txt\" }} ] )\n"
        )
    });
    files.push(("s.txt".to_owned(), Vec::new()));
    files
}

fn by_name(size: usize) -> Files {
    old("begin config \"c\" debug = true comp += [ \"-w\" \"A\" ] end\n", size, "", |n| {
        format!("begin library \"library{n}\" use \"c\" files = [ \"m{n}.ml\" ] end\n")
    })
}

fn assignments(size: usize) -> Files {
    old("", size, "begin library \"big\" end\n", |n| format!("variable{n} = [ \"a\" \"b\" ]\n"))
}

fn additions(size: usize) -> Files {
    old("", size, "begin library \"big\" end\n", |n| {
        format!("comp += \"-w\" comp += \"{}\"\n", n % 60)
    })
}

fn conditions(size: usize) -> Files {
    old("x = true\n", size, "begin library \"big\" end\n", |n| {
        format!("if x && ocaml_version >= \"4.02\" then comp = [ \"-w\" \"{n}\" ] else y = true\n")
    })
}

fn nested(size: usize) -> Files {
    let open = "if x then {\n".repeat(30);
    let block = format!("{open}comp = [ \"-g\" ]\n{}", "}\n".repeat(30));
    old("x = true\n", size, "begin library \"big\" end\n", |_| block.clone())
}

fn long_string(size: usize) -> Files {
    old("description = \"", size, "\"\nbegin library \"big\" end\n", |_| {
        "much \\\"of\\\" all ".to_owned()
    })
}

fn comments(size: usize) -> Files {
    old("", size, "begin library \"big\" end\n", |n| format!("(* one (* in \"a\" *) {n} *)\n"))
}

fn broken(size: usize) -> Files {
    old("", size, "", |n| format!("+= \"{n}\" ;\n"))
}

fn calls(size: usize) -> Files {
    new("", size, "", |n| {
        format!(
            "OCaml.library(\"library{n}\", ocaml + {{ files = [ \"m{n}.ml\" ]; requires = [ \"unix\" ]; }});\n"
        )
    })
}

fn new_files(size: usize) -> Files {
    new("OCaml.library(\"big\", ocaml + { sort = true; files = [\n", size, "]; });\n", |n| {
        format!("    \"module{n}.ml\";\n")
    })
}

fn new_options(size: usize) -> Files {
    new("OCaml.library(\"big\", ocaml + { files = [\n", size, "]; });\n", |n| {
        format!("\"f{n}.ml\", {{ bytecomp = [ \"-g\" ] }};\n")
    })
}

fn new_packs(size: usize) -> Files {
    new("files = [];\n", size, "OCaml.library(\"big\", ocaml + { files = files; });\n", |n| {
        format!("files += OCaml.pack(\"P{n}\", [ \"a{n}.ml\"; \"b{n}.ml\" ]);\n")
    })
}

fn new_rules(size: usize) -> Files {
    let head = "OCaml = module(\"ocp-build:OCaml\", \"1.0\");\nrules = [];\n";
    let tail = "OCaml.library(\"big\", ocaml + { files = []; build_rules = rules; });\n";
    let mut files = new(head, size, tail, |n| {
        format!(
            "rules += OCaml.make([ \"t{n}.txt\" ], [ \"s.txt\" ], [ [ \"cp\"; \"s.txt\"; \"t{n}.txt\" ] ]);\n"
        )
    });
    files.push(("s.txt".to_owned(), Vec::new()));
    files
}

fn new_assignments(size: usize) -> Files {
    new("", size, "OCaml.library(\"big\", ocaml + { files = []; });\n", |n| {
        format!("variable{n} = [ \"a\"; \"b\" ];\n")
    })
}

fn records(size: usize) -> Files {
    new("x = {};\n", size, "OCaml.library(\"big\", ocaml + { files = []; });\n", |n| {
        format!("x.a{n} = \"b\"; c{n} = x;\n")
    })
}

fn new_additions(size: usize) -> Files {
    new("l = [];\n", size, "OCaml.library(\"big\", ocaml + { files = []; });\n", |n| {
        format!("l += [ \"m{n}.ml\" ];\n")
    })
}

fn new_strings(size: usize) -> Files {
    new("s = \"\";\n", size, "OCaml.library(\"big\", ocaml + { files = []; });\n", |n| {
        format!("s = s + \"{n}\";\n")
    })
}

fn new_conditions(size: usize) -> Files {
    new("x = true;\n", size, "OCaml.library(\"big\", ocaml + { files = []; });\n", |n| {
        format!("if (x && {n} > 3) {{ y = {n}; }} else {{ z = 1; }}\n")
    })
}

fn new_long_string(size: usize) -> Files {
    new("d = \"", size, "\";\nOCaml.library(\"big\", ocaml + { files = []; });\n", |_| {
        "much \\\"of\\\" all ".to_owned()
    })
}

fn new_comments(size: usize) -> Files {
    new("", size, "OCaml.library(\"big\", ocaml + { files = []; });\n", |n| {
        format!("(* one (* in \"a\" *) {n} *)\n")
    })
}

fn new_broken(size: usize) -> Files {
    new("", size, "", |n| format!("= \"{n}\";\n"))
}
