//! `NAME.opam`: what the package is and needs, with mbuild to build, test and install it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Lost;
use crate::depends::{Kind, needs, opam_package};
use crate::opam::quoted;
use crate::package::Package;
use crate::version::{Constraint, Operator};

/// The file.
pub(super) fn write(package: &Package, lost: &mut Lost<'_>) -> Vec<(String, String)> {
    let mut out = String::from("opam-version: \"2.0\"\n");
    field(&mut out, "name", &package.name);
    field(&mut out, "version", &package.version);
    field(&mut out, "synopsis", &package.synopsis);
    field(&mut out, "description", &package.description);
    if package.maintainers.is_empty() {
        lost.remark(
            "opam wants a `maintainer`, and the manifest names none: its authors are written",
        );
        list(&mut out, "maintainer", &package.authors);
    } else {
        list(&mut out, "maintainer", &package.maintainers);
    }
    list(&mut out, "authors", &package.authors);
    field(&mut out, "license", &package.license);
    field(&mut out, "homepage", package.homepage.as_deref().unwrap_or_default());
    let depends = depends(package, lost);
    if !depends.is_empty() {
        out.push_str("depends: [\n");
        for (name, conditions) in depends {
            let _ = match conditions.as_slice() {
                [] => writeln!(out, "  {}", quoted(&name)),
                all => writeln!(out, "  {} {{{}}}", quoted(&name), all.join(" & ")),
            };
        }
        out.push_str("]\n");
    }
    let tests = package.flags.iter().any(|flag| flag.name == "tests");
    let enable = if tests { " \"--enable\" {with-test} \"tests\" {with-test}" } else { "" };
    let _ = writeln!(
        out,
        "build: [\n  [\"mbuild\" \"configure\" \"--prefix\" prefix{enable}]\n  [\"mbuild\" \"build\" \"-j\" jobs]\n  \
         [\"mbuild\" \"test\"] {{with-test}}\n]\ninstall: [\"mbuild\" \"install\"]"
    );
    vec![(format!("{}.opam", package.name), out)]
}

/// The opam packages that have what the package needs, with conditions on their versions.
fn depends(package: &Package, lost: &mut Lost<'_>) -> BTreeMap<String, Vec<String>> {
    let mut depends: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in &package.opam {
        depends.entry(name.clone()).or_default();
    }
    for need in needs(package) {
        let by = need.by.join(", ");
        match opam_package(&need) {
            None if need.kind == Kind::C => {}
            None => lost.of_package(format!(
                "which package has {} `{}`, needed by {by}",
                kind(need.kind),
                need.name
            )),
            Some(name) => {
                let conditions = depends.entry(name).or_default();
                let Some(text) = &need.constraint else { continue };
                let condition = match Constraint::parse(text) {
                    Ok(constraint) => versions(&constraint),
                    Err(_) => {
                        lost.of_package(format!("version `{text}` of `{}`", need.name));
                        continue;
                    }
                };
                if !conditions.contains(&condition) {
                    conditions.push(condition);
                }
            }
        }
    }
    depends
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Ocaml => "compiler",
        Kind::C => "C compiler",
        Kind::CLibrary => "C library",
        Kind::Findlib => "findlib package",
        Kind::Program => "program",
        Kind::File => "file",
        Kind::System => "system package",
    }
}

/// A constraint as opam writes it.
fn versions(constraint: &Constraint) -> String {
    match constraint {
        Constraint::Compare(operator, version) => {
            let sign = match operator {
                Operator::Less => "<",
                Operator::LessEqual => "<=",
                Operator::Equal => "=",
                Operator::GreaterEqual => ">=",
                Operator::Greater => ">",
            };
            format!("{sign} {}", quoted(version))
        }
        Constraint::And(a, b) => format!("{} & {}", versions(a), versions(b)),
        // `&` binds tighter, and more conditions may come to stand beside it.
        Constraint::Or(a, b) => format!("({} | {})", versions(a), versions(b)),
    }
}

fn field(out: &mut String, name: &str, text: &str) {
    if !text.is_empty() {
        let _ = writeln!(out, "{name}: {}", quoted(text));
    }
}

fn list(out: &mut String, name: &str, all: &[String]) {
    match all {
        [] => {}
        [one] => field(out, name, one),
        all => {
            let all: Vec<String> = all.iter().map(|text| quoted(text)).collect();
            let _ = writeln!(out, "{name}: [{}]", all.join(" "));
        }
    }
}
