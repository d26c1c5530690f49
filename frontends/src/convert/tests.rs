//! What is written says what was read.

use super::{Writer, Written};
use crate::choices::Choices;
use crate::findlib::meta::Meta;
use crate::oasis::{self, corpus};
use crate::package::{Package, Places};

fn write(package: &Package, format: &str) -> Written {
    Writer::find(format).unwrap().write(package, "_oasis")
}

/// A model without what a manifest written from it cannot have: places, and conditions.
fn plain(package: &Package) -> String {
    let mut package = package.clone();
    package.places = Places::default();
    package.flags.clear();
    package.variables.clear();
    package.unknown_variables.clear();
    format!("{package:#?}")
}

fn reread(package: &Package) -> Result<Package, String> {
    let (_, text) = write(package, "_oasis").files.remove(0);
    let shown = |errors: Vec<mbuild_rules::Diagnostic>| {
        errors.iter().map(|error| format!("{error}\n")).collect::<String>()
    };
    let manifest = oasis::read(b"_oasis", text.as_bytes()).map_err(|error| error.to_string())?;
    let read = oasis::package(&manifest, &corpus::machine(), &Choices::default());
    read.map(|(package, _)| package).map_err(shown)
}

#[test]
fn real_manifests_say_the_same_when_they_are_written_again() {
    let (mut equal, mut differ) = (0, String::new());
    let packages = corpus::packages(false);
    let all = packages.len();
    for (path, package) in packages {
        let again = match reread(&package) {
            Ok(again) => plain(&again),
            Err(error) => {
                differ += &format!("{path}: {error}");
                continue;
            }
        };
        let own = plain(&package);
        if own == again {
            equal += 1;
        } else {
            let other = own.lines().zip(again.lines()).find(|(a, b)| a != b);
            differ += &format!("{path}: {other:?}\n");
        }
    }
    insta::assert_snapshot!(format!("{equal} of {all} equal\n{differ}"));
}

const MANIFEST: &str = "OASISFormat: 0.4\nName: p\nVersion: 1.0\nSynopsis: Says \"p\"\nAuthors: A <a@b.c>\n\
    License: ISC\nOCamlVersion: >= 4.03\nPlugins: META (0.4)\nFlag fast\n  Default: false\n\
    Library p\n  Path: src\n  Modules: P\n  BuildDepends: unix, lwt (>= 2.0 && < 6), lwt.unix\n  CCLib: -lz\n\
    Executable tool\n  Path: .\n  MainIs: tool.ml\n  BuildDepends: p\n  BuildTools: menhir, odd_program\n";

#[test]
fn each_format_says_what_it_can_and_what_is_lost() {
    let manifest = oasis::read(b"_oasis", MANIFEST.as_bytes()).unwrap();
    let (package, _) = oasis::package(&manifest, &corpus::machine(), &Choices::default()).unwrap();
    let mut shown = String::new();
    for format in ["oasis", "opam", "META"] {
        let Written { files, losses } = write(&package, format);
        for (name, text) in files {
            shown += &format!("==== {name}\n{text}");
        }
        for loss in losses {
            shown += &format!("{loss}\n");
        }
    }
    insta::assert_snapshot!(shown);
    let (_, text) = write(&package, "META").files.remove(0);
    let meta = Meta::parse(b"META", text.as_bytes()).unwrap();
    assert_eq!(
        meta.value("archive", &crate::findlib::evaluate::Predicates::of(["byte"])).unwrap(),
        "p.cma"
    );
}
