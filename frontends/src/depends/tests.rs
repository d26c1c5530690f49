//! What is missing, and what installs it.

use std::collections::BTreeMap;

use super::*;
use crate::choices::Choices;

const MANIFEST: &str = "OASISFormat: 0.4
Name: x
Version: 1
Synopsis: x
Authors: x
License: ISC
OCamlVersion: >= 4.02
BuildTools: ocamlbuild, ocamlmod
Library x
  Path: src
  BuildDepends: unix, lwt.unix (>= 2.0), oUnit
  CSources: x.c
  CCLib: -Lthere -lz -lx_stubs
Library y
  Path: src
  BuildDepends: x, lwt.unix (>= 2.4), odd_name
  CCLib: -lz -lgmp
Library z
  Path: src
  Build: false
  BuildDepends: never
Test t
  Command: true
  TestTools: never
";

fn package() -> Result<Package, String> {
    let manifest =
        crate::oasis::read(b"_oasis", MANIFEST.as_bytes()).map_err(|e| format!("{e:?}"))?;
    let environment = Environment::from_config("version: 4.13.1\n");
    crate::oasis::package(&manifest, &environment, &Choices::default())
        .map(|(package, _)| package)
        .map_err(|errors| format!("{errors:?}"))
}

#[derive(Default)]
struct Fake {
    c_libraries: Vec<&'static str>,
    ocaml: Option<&'static str>,
    packages: BTreeMap<&'static str, &'static str>,
    damaged: BTreeMap<&'static str, &'static str>,
    programs: Vec<&'static str>,
}

impl Look for Fake {
    fn ocaml(&mut self) -> Option<String> {
        self.ocaml.map(str::to_owned)
    }
    fn package(&mut self, name: &str) -> Result<Option<Installed>, Vec<Diagnostic>> {
        if let Some(damage) = self.damaged.get(name) {
            return Err(vec![Diagnostic::about(b"META", *damage)]);
        }
        let version = self.packages.get(name).map(|version| Some((*version).to_owned()));
        Ok(version.map(|version| Installed { version, directory: String::new() }))
    }
    fn program(&mut self, name: &str) -> bool {
        self.programs.contains(&name)
    }
    fn c_library(&mut self, name: &str, options: &[String]) -> bool {
        options == ["-Lthere"] && self.c_libraries.contains(&name)
    }
}

fn texts(report: &Report) -> String {
    report.missing.iter().map(|missing| format!("{missing}\n")).collect()
}

fn commands(plan: &Plan) -> Vec<String> {
    plan.commands.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_damaged_is_not_said_to_be_missing() -> Result<(), String> {
    let damaged =
        BTreeMap::from([("unix", "wrong"), ("oUnit", "wrong as well"), ("odd_name", "wrong")]);
    let report = report(&package()?, &mut Fake { damaged, ..Fake::default() });
    let found: Vec<String> = report.damaged.iter().map(ToString::to_string).collect();
    assert_eq!(found, ["META: wrong", "META: wrong as well"]);
    let missing = report.missing.iter().filter(|missing| missing.need.kind == Kind::Findlib);
    assert_eq!(missing.map(|it| it.need.name.as_str()).collect::<Vec<_>>(), ["lwt.unix"]);
    Ok(())
}

#[test]
fn on_a_bare_machine_everything_is_missing_at_once() -> Result<(), String> {
    let report = report(&package()?, &mut Fake::default());
    insta::assert_snapshot!(texts(&report));
    let system = System { managers: vec![Manager::Apt], root: false, lists: false };
    let plan = plan(&report, &system, &mut |_, _| false);
    assert_eq!(
        commands(&plan),
        [
            "sudo apt-get update",
            "sudo apt-get install -y gcc libgmp-dev liblwt-ocaml-dev libodd-name-ocaml-dev libounit-ocaml-dev ocaml ocaml-findlib ocamlmod zlib1g-dev"
        ]
    );
    assert!(plan.left.is_empty());
    Ok(())
}

#[test]
fn versions_that_will_not_do_are_missing() -> Result<(), String> {
    let mut fake = Fake {
        ocaml: Some("4.01.0"),
        packages: BTreeMap::from([
            ("unix", "4.01"),
            ("lwt.unix", "2.3.9"),
            ("oUnit", "2.2"),
            ("odd_name", "1"),
        ]),
        programs: vec!["gcc", "ocamlmod"],
        c_libraries: vec!["z", "gmp"],
        ..Fake::default()
    };
    let report = report(&package()?, &mut fake);
    insta::assert_snapshot!(texts(&report));
    let system = System { managers: vec![Manager::Apt, Manager::Opam], root: true, lists: true };
    let plan = plan(&report, &system, &mut |_, _| true);
    assert_eq!(commands(&plan), ["opam install -y lwt 'ocaml>=4.02'"]);
    Ok(())
}

#[test]
fn what_the_system_has_not_is_left_to_opam_or_to_the_user() -> Result<(), String> {
    let mut fake = Fake {
        ocaml: Some("4.14.0"),
        packages: BTreeMap::from([("unix", "4.14"), ("lwt.unix", "5"), ("oUnit", "2.2")]),
        programs: vec!["cc", "ocamlmod"],
        c_libraries: vec!["z", "gmp"],
        ..Fake::default()
    };
    let report = report(&package()?, &mut fake);
    let mut system =
        System { managers: vec![Manager::Apt, Manager::Opam], root: true, lists: true };
    let mut only_opam = |manager: Manager, _: &str| manager == Manager::Opam;
    assert_eq!(commands(&plan(&report, &system, &mut only_opam)), ["opam install -y odd_name"]);
    system.managers = vec![Manager::Apt];
    let left = plan(&report, &system, &mut only_opam).left;
    let advice: Vec<_> = left.iter().map(|(_, advice)| advice.as_str()).collect();
    assert_eq!(advice, ["install opam, then `opam install odd_name`"]);
    Ok(())
}

#[test]
fn what_the_manifest_says_of_opam_counts_where_nothing_else_is_known() -> Result<(), String> {
    let mut package = package()?;
    package.opam = vec!["odd-drivers".to_owned()];
    let mut fake = Fake {
        ocaml: Some("4.14.0"),
        packages: BTreeMap::from([("unix", "4.14"), ("lwt.unix", "5"), ("oUnit", "2.2")]),
        programs: vec!["cc", "ocamlmod"],
        c_libraries: vec!["z", "gmp"],
        ..Fake::default()
    };
    let report = report(&package, &mut fake);
    let system = System { managers: vec![Manager::Opam], root: true, lists: true };
    let installs =
        |there: &[&str]| commands(&plan(&report, &system, &mut |_, name| there.contains(&name)));
    assert_eq!(installs(&["odd-drivers", "odd_name"]), ["opam install -y odd_name"]);
    assert_eq!(installs(&["odd-drivers"]), ["opam install -y odd-drivers"]);
    Ok(())
}

#[test]
fn what_is_there_is_not_missing() -> Result<(), String> {
    let mut fake = Fake {
        ocaml: Some("4.14.0"),
        packages: BTreeMap::from([
            ("unix", "4.14"),
            ("lwt.unix", "5"),
            ("oUnit", "2.2"),
            ("odd_name", "1"),
        ]),
        programs: vec!["cc", "ocamlmod"],
        c_libraries: vec!["z", "gmp"],
        ..Fake::default()
    };
    let report = report(&package()?, &mut fake);
    assert_eq!(texts(&report), "");
    assert_eq!(report.present.len(), 9);
    Ok(())
}

#[test]
fn two_reports_become_one_without_saying_anything_twice() -> Result<(), String> {
    let package = package()?;
    let mut both = report(&package, &mut Fake { ocaml: Some("4.14.0"), ..Fake::default() });
    let (present, missing) = (both.present.len(), both.missing.len());
    let mut other = both.clone();
    for missing in &mut other.missing {
        missing.need.by = vec!["somebody else".to_owned()];
    }
    both.add(other);
    assert_eq!((both.present.len(), both.missing.len()), (present, missing));
    assert!(both.missing.iter().all(|it| it.need.by.last().unwrap() == "somebody else"));
    assert!(both.missing.iter().all(|it| it.need.by.len() > 1));
    Ok(())
}

#[test]
fn what_is_missing_is_said_at_the_first_word_that_asks_for_it() -> Result<(), String> {
    let report = report(&package()?, &mut Fake::default());
    let places = |missing: &Missing| missing.place.as_ref().map(|place| (place.line, place.column));
    let found: Vec<_> = report
        .missing
        .iter()
        .map(|missing| (missing.need.name.as_str(), places(missing)))
        .collect();
    let expected = [
        ("ocaml", None),
        ("unix", Some((11, 17))),
        ("lwt.unix", Some((11, 23))),
        ("oUnit", Some((11, 42))),
        ("cc", None),
        ("z", Some((13, 18))),
        ("ocamlmod", Some((8, 25))),
        ("odd_name", Some((16, 39))),
        ("gmp", Some((17, 14))),
    ];
    assert_eq!(found, expected);
    Ok(())
}
