//! The rule file reference of the book says what is so.

#![allow(clippy::unwrap_used)]

use mbuild_rules::parse::{Options, parse};
use mbuild_rules::{Diagnostic, Manifest, dyndep, variables};

const REFERENCE: &str = include_str!("../../docs/src/rule-files.md");

/// The blocks of the book with their languages.
fn blocks() -> Vec<(&'static str, String)> {
    let mut blocks = Vec::new();
    let mut lines = REFERENCE.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        blocks.push((language, block.join("\n") + "\n"));
    }
    blocks
}

fn of_language(language: &str) -> Vec<String> {
    let found = blocks().into_iter().filter(|(other, _)| *other == language);
    found.map(|(_, block)| block).collect()
}

fn try_read(text: &str) -> Result<Manifest, Diagnostic> {
    let mut loader = |path: &[u8]| match path {
        b"build.ninja" => Ok(text.as_bytes().to_vec()),
        _ => Ok(Vec::new()),
    };
    parse(b"build.ninja", &mut loader, Options::default())
}

#[test]
fn every_example_is_read_without_a_warning() {
    let examples = of_language("ninja");
    assert!(!examples.is_empty());
    for example in examples {
        let manifest =
            try_read(&example).map_err(|mistake| panic!("{example}\n{mistake}")).unwrap();
        assert!(manifest.warnings().is_empty(), "{example}\n{:?}", manifest.warnings());
    }
}

#[test]
fn the_mistake_is_told_as_shown() {
    let wrong = of_language("mistake").concat();
    let mistake = try_read(&wrong).unwrap_err();
    let shown = of_language("text");
    assert!(shown.contains(&format!("{mistake}\n")), "{mistake}");
    assert!(shown.contains(&format!("ninja: error: {}\n", mistake.ninja_text())));
}

#[test]
fn the_dyndep_file_is_read() {
    let rules = "rule r\n  command = r\nbuild a.cmx: r || dd\n  dyndep = dd\nbuild b.cmx: r || dd\n  dyndep = dd\n";
    let mut manifest = try_read(rules).unwrap();
    let text = of_language("text");
    let content = text.iter().find(|text| text.starts_with("ninja_dyndep_version")).unwrap();
    let file = manifest.find(b"dd").unwrap();
    assert_eq!(dyndep::load(&mut manifest, file, content.as_bytes()).unwrap().len(), 2);
    assert!(manifest.find(b"b.cmi").is_some());
}

#[test]
fn the_table_names_every_variable_of_mbuild() {
    let rows: Vec<String> = variables::ALL
        .iter()
        .map(|variable| {
            let variables::Variable { name, values, default, meaning, .. } = variable;
            format!("| `{name}` | {values} | {default} | {meaning} |")
        })
        .collect();
    let written: Vec<&str> =
        REFERENCE.lines().filter(|line| line.starts_with("| `mbuild_")).collect();
    assert_eq!(written, rows);
}

#[test]
fn the_table_names_every_variable_of_a_rule() {
    for name in [
        "command",
        "depfile",
        "deps",
        "description",
        "dyndep",
        "generator",
        "msvc_deps_prefix",
        "pool",
        "restat",
        "rspfile",
        "rspfile_content",
    ] {
        assert!(REFERENCE.contains(&format!("`{name}`")), "{name} is missing");
    }
}
