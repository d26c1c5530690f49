//! An opam file from the package model: what the package is and needs; mbuild does the steps.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Losses;
use crate::depends::known::{findlib, program};
use crate::package::{Depend, Package, Section, Tool};
use crate::version::Constraint;

/// `NAME.opam`.
pub(super) fn write(package: &Package, losses: &mut Losses<'_>) -> Vec<(String, String)> {
    let mut text = "opam-version: \"2.0\"\n".to_owned();
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name}: {}", quoted(value));
        }
    };
    field("name", &package.name);
    field("version", &package.version);
    field("synopsis", package.synopsis.trim());
    field("description", package.description.trim());
    field("license", &package.license);
    field("homepage", package.homepage.as_deref().unwrap_or_default());
    // opam wants to know whom to ask.
    let maintainers =
        if package.maintainers.is_empty() { &package.authors } else { &package.maintainers };
    for (name, people) in [("maintainer", maintainers), ("authors", &package.authors)] {
        if !people.is_empty() {
            let people: Vec<String> = people.iter().map(|person| quoted(person)).collect();
            let _ = writeln!(text, "{name}: [{}]", people.join(" "));
        }
    }
    let _ = writeln!(text, "depends: [");
    for line in depends(package) {
        let _ = writeln!(text, "  {line}");
    }
    text.push_str("]\n");
    text.push_str(
        "build: [\n  [\"mbuild\" \"configure\" \"--prefix\" prefix \"--enable\" \"tests\" {with-test}]\n  \
         [\"mbuild\" \"build\" \"-j\" jobs]\n  [\"mbuild\" \"test\"] {with-test}\n]\n\
         install: [\"mbuild\" \"install\"]\nremove: [\"mbuild\" \"uninstall\"]\n",
    );
    for (index, section) in package.sections.iter().enumerate() {
        let Some(compiled) = section.compiled() else { continue };
        let libraries = compiled.c_libraries.iter().any(|flag| flag.starts_with("-l"));
        losses.section(index, libraries, "which C libraries it needs");
        let unknown =
            |tool: &Tool| matches!(tool, Tool::External(name) if program(name).opam.is_empty());
        losses.section(index, compiled.tools.iter().any(unknown), "which programs it needs");
    }
    vec![(format!("{}.opam", package.name), text)]
}

/// What the sections that are built need, each opam package once.
fn depends(package: &Package) -> Vec<String> {
    let mut constraints: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for section in package.sections.iter().filter_map(Section::compiled).filter(|it| it.build) {
        for depend in &section.depends {
            let Depend::Findlib { name, constraint } = depend else { continue };
            let Some(opam) = findlib(name).opam.into_iter().next() else { continue };
            let all = constraints.entry(opam).or_default();
            all.extend(constraint.as_deref().and_then(filter));
        }
        for tool in &section.tools {
            if let Tool::External(name) = tool {
                let opam = program(name).opam.into_iter().next();
                constraints.entry(opam.unwrap_or_default()).or_default().insert("build".to_owned());
            }
        }
    }
    // They are there already, or nobody has them.
    for name in ["ocaml", "ocamlfind", "mbuild", ""] {
        constraints.remove(name);
    }
    let ocaml = package.ocaml.as_deref().and_then(filter);
    let ocaml = ocaml.map_or("\"ocaml\"".to_owned(), |text| format!("\"ocaml\" {{{text}}}"));
    let line = |(name, all): (String, BTreeSet<String>)| {
        let all: Vec<String> = all.into_iter().collect();
        match all.as_slice() {
            [] => quoted(&name),
            [one] => format!("{} {{{one}}}", quoted(&name)),
            more => format!("{} {{({})}}", quoted(&name), more.join(") & (")),
        }
    };
    let first = [ocaml, "\"ocamlfind\" {build}".to_owned(), "\"mbuild\" {build}".to_owned()];
    first.into_iter().chain(constraints.into_iter().map(line)).collect()
}

/// A constraint in opam's words: versions are in quotes, `&&` is `&`.
fn filter(constraint: &str) -> Option<String> {
    let text = Constraint::parse(constraint).ok()?.to_string();
    let mut out = String::new();
    for word in text.replace('(', " ( ").replace(')', " ) ").split_whitespace() {
        let word = match word {
            "&&" => "&".to_owned(),
            "||" => "|".to_owned(),
            sign if sign.chars().all(|c| "<>=!()".contains(c)) => sign.to_owned(),
            version => quoted(version),
        };
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word);
    }
    Some(out)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
