//! What is written is read again, and says the same.

use super::{To, convert};
use crate::choices::Choices;
use crate::findlib::meta::Meta;
use crate::oasis::corpus;
use crate::opam;
use crate::opam::tree::Kind;
use crate::package::{Package, Places};

/// The package of an `_oasis`.
fn read(text: &str) -> Result<Package, String> {
    let shown = |all: Vec<mbuild_rules::Diagnostic>| {
        all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let manifest = crate::oasis::read(b"_oasis", text.as_bytes()).map_err(shown)?;
    let package = crate::oasis::package(&manifest, &corpus::machine(), &all_on());
    package.map(|(package, _)| package).map_err(shown)
}

/// Tests and documents are part of what is converted.
fn all_on() -> Choices {
    let mut choices = Choices::default();
    choices.flag("tests", true).flag("docs", true);
    choices
}

/// Everything that a model says but where the manifest says it, and what follows from the machine.
fn said(package: &Package) -> String {
    let mut package = package.clone();
    package.places = Places::default();
    package.variables.clear();
    format!("{package:#?}")
}

/// The lines in which two models differ.
fn difference(left: &str, right: &str) -> String {
    let lines = left.lines().zip(right.lines()).filter(|(a, b)| a != b);
    lines.take(3).map(|(a, b)| format!("  - {}\n  + {}\n", a.trim(), b.trim())).collect()
}

#[test]
fn real_manifests_come_back_as_they_were() {
    let (mut equal, mut files, mut told, mut other) = (0, 0, 0, String::new());
    for (path, _) in corpus::packages(false) {
        let content = std::fs::read_to_string(corpus::folder().join(&path)).unwrap_or_default();
        let Ok(package) = read(&content) else { continue };
        files += 1;
        let converted = convert(&package, &path, To::Oasis);
        let written = &converted.files[0].1;
        // A flag goes with its conditions.
        let lost: Vec<String> = converted
            .lost
            .iter()
            .map(|lost| lost.message.clone())
            .filter(|message| !message.contains("what depends on flag"))
            .collect();
        match read(written) {
            Err(wrong) => other += &format!("{path}: {wrong}\n"),
            Ok(again) if said(&again) == said(&package) => equal += 1,
            // What is made by tools that the model alone knows is told; so are programs that every section gets.
            Ok(_) if !lost.is_empty() => told += 1,
            Ok(again) => {
                other += &format!("{path}\n{}", difference(&said(&package), &said(&again)));
            }
        }
    }
    assert_eq!(other, "");
    assert_eq!((files, equal, told), (312, 308, 4));
}

/// The text of the one field of this name.
fn field(file: &opam::File, name: &str) -> String {
    let texts: Vec<String> = file.fields(name).map(text).collect();
    texts.join(" and ")
}

fn text(value: &opam::tree::Value) -> String {
    match &value.kind {
        Kind::Text(text) => text.to_string(),
        Kind::List(values) => values.iter().map(text).collect::<Vec<_>>().join(", "),
        other => format!("{other:?}"),
    }
}

#[test]
fn an_opam_file_says_who_and_what_is_needed() {
    let package = read(
        "OASISFormat: 0.4\nName: p\nVersion: 1.2~x\nSynopsis: Says \"p\"\nAuthors: A <a@b.c>, B\n\
         Maintainers: C\nLicense: ISC\nHomepage: x\\y\nOCamlVersion: >= 4.02\n\
         Description:\n  Two\n  .\n  lines\n\
         Library p\n  Path: .\n  Modules: P\n  \
         BuildDepends: unix, lwt.unix (>= 2 && < 3 || = 4), lwt (> 1)\n  BuildTools: menhir, odd-one\n",
    );
    let package = package.unwrap_or_else(|wrong| unreachable!("{wrong}"));
    let converted = convert(&package, "_oasis", To::Opam);
    let (name, content) = &converted.files[0];
    assert_eq!(name, "p.opam");
    let file = opam::parse(b"p.opam", content.as_bytes()).expect("what was written");
    for (name, expected) in [
        ("name", "p"),
        ("version", "1.2~x"),
        ("synopsis", "Says \"p\""),
        ("description", "Two\n\nlines"),
        ("maintainer", "C"),
        ("authors", "A <a@b.c>, B"),
        ("license", "ISC"),
        ("homepage", "x\\y"),
    ] {
        assert_eq!(field(&file, name), expected, "{name}");
    }
    let depends = content.split_once("depends: ").and_then(|(_, rest)| rest.split_once("build"));
    assert_eq!(
        depends.map(|(text, _)| text),
        Some(
            "[\n  \"lwt\" {(>= \"2\" & < \"3\" | = \"4\") & > \"1\"}\n  \"menhir\"\n  \
             \"ocaml\" {>= \"4.02\"}\n  \"ocamlfind\"\n]\n"
        )
    );
    let lost: Vec<_> = converted.lost.iter().map(ToString::to_string).collect();
    assert_eq!(
        lost,
        [
            "_oasis: an opam file cannot say which package has program `odd-one`, needed by library p"
        ]
    );
}

#[test]
fn opam_files_of_real_packages_are_read_and_name_what_they_need() {
    let (mut files, mut depends) = (0, 0);
    for (path, package) in corpus::packages(true) {
        let converted = convert(&package, &path, To::Opam);
        let content = &converted.files[0].1;
        let file = match opam::parse(path.as_bytes(), content.as_bytes()) {
            Ok(file) => file,
            Err(wrong) => unreachable!("{wrong:?}\n{content}"),
        };
        assert_eq!(field(&file, "name"), package.name, "{path}");
        assert_eq!(field(&file, "version"), package.version, "{path}");
        let names: Vec<String> = file
            .fields("depends")
            .flat_map(|value| match &value.kind {
                Kind::List(all) => all.clone(),
                _ => Vec::new(),
            })
            .map(|value| match value.kind {
                Kind::Option(inner, _) => text(&inner),
                _ => text(&value),
            })
            .collect();
        for need in crate::depends::needs(&package) {
            let Some(wanted) = crate::depends::opam_package(&need) else { continue };
            assert!(names.contains(&wanted), "{path}: {wanted}");
            depends += 1;
        }
        files += 1;
    }
    assert_eq!((files, depends), (310, 1750));
}

#[test]
fn meta_of_real_packages_is_read_and_names_their_libraries() {
    let (mut files, mut libraries) = (0, 0);
    for (path, package) in corpus::packages(true) {
        let converted = convert(&package, &path, To::Meta);
        let alone = converted.files.len() == 1;
        for (name, content) in &converted.files {
            let meta = match Meta::parse(name.as_bytes(), content.as_bytes()) {
                Ok(meta) => meta,
                Err(wrong) => unreachable!("{path}: {wrong:?}"),
            };
            files += 1;
            let installed = package.libraries().filter(|library| {
                library.meta.enable && library.compiled.build && library.compiled.install
            });
            for library in installed {
                let (root, inside) =
                    library.findlib.split_once('.').unwrap_or((&library.findlib, ""));
                if !alone && *name != format!("META.{root}") {
                    continue;
                }
                let mut found = Some(&meta);
                for part in inside.split('.').filter(|part| !part.is_empty()) {
                    found = found.and_then(|meta| meta.package(part).map(|inner| &**inner));
                }
                assert!(found.is_some(), "{path}: {}", library.findlib);
                libraries += 1;
            }
        }
    }
    assert_eq!((files, libraries), (269, 433));
}

#[test]
fn what_a_format_cannot_say_is_told_where_the_manifest_says_it() {
    let text = "OASISFormat: 0.4\nName: p\nVersion: 1\nSynopsis: x\nAuthors: A\nLicense: ISC\n\
                Library p\n  Path: src\n  Modules: P\nExecutable e\n  Path: .\n  MainIs: e.ml\n";
    let mut package = read(text).unwrap_or_else(|wrong| unreachable!("{wrong}"));
    if let Some(compiled) = package.sections[0].compiled_mut() {
        compiled.module_flags.insert("P".to_owned(), vec!["-w".to_owned(), "a".to_owned()]);
        compiled.link_flags.push("-linkall".to_owned());
    }
    package.homepage = Some("there#here".to_owned());
    package.opam.push("other".to_owned());
    let lost = |to| {
        let converted = convert(&package, "_oasis", to);
        converted.lost.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(lost(To::Oasis));
    insta::assert_snapshot!(lost(To::Meta));
}
