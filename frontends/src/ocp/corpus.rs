//! Real manifests: each is read as ocp-build reads it, and refused where it refuses it.

use std::collections::BTreeMap;

use super::project::Tree;
use super::{Project, Value};
use crate::environment::Environment;
use crate::oasis::corpus::folder;

/// The machine that the stock tool read them on.
fn machine() -> Environment {
    Environment::from_config(
        "version: 4.13.1\nos_type: Unix\nsystem: linux\narchitecture: amd64\nnative_compiler: true\n\
         standard_library: /usr/lib/ocaml\next_obj: .o\next_lib: .a\next_dll: .so\n",
    )
}

/// One file alone.
struct Alone(Vec<u8>);

impl Tree for Alone {
    fn read(&mut self, path: &str) -> Option<Vec<u8>> {
        matches!(path, "build.ocp" | "build.ocp2").then(|| self.0.clone())
    }

    fn names(&mut self, _folder: &str) -> Vec<String> {
        Vec::new()
    }

    fn is_file(&mut self, _path: &str) -> bool {
        false
    }

    fn exists(&mut self, _path: &str) -> bool {
        false
    }
}

#[test]
fn every_real_file_is_read_as_the_stock_tool_reads_it() {
    let table = folder().join("oracle/accepted/ocp_stock_check.tsv");
    let table = std::fs::read_to_string(table).unwrap();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut refused = Vec::new();
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        if !columns[0].ends_with(".ocp") {
            continue;
        }
        let content = std::fs::read(folder().join(columns[0])).unwrap();
        let parsed = super::parse::parse(&content);
        assert_eq!(
            parsed.errors.is_empty(),
            columns[2] == "yes",
            "{}: {:?}",
            columns[0],
            parsed.errors
        );
        for found in &parsed.errors {
            let message =
                mbuild_rules::Diagnostic::at(b"build.ocp", &content, found.at, &found.message);
            refused.push(message.with_help(&found.help).to_string());
        }
        *counts.entry(format!("parsed: {}", columns[2])).or_default() += 1;
        if columns[2] != "yes" {
            continue;
        }
        let mut tree = Alone(content);
        let mut project = Project::new(&machine(), &mut tree);
        super::read(&mut project, &["build.ocp".to_owned()]);
        let wrong = !project.messages.errors.is_empty();
        assert_eq!(wrong, columns[3] == "yes", "{}: {:?}", columns[0], project.messages.errors);
        for error in &project.messages.errors {
            assert!(error.message.contains("has no value"), "{error}");
        }
        *counts.entry(format!("evaluated: {}", !wrong)).or_default() += 1;
        for described in &project.descriptions {
            *counts.entry(format!("described: {}", described.kind.keyword())).or_default() += 1;
            let files = described.options.get("files").map_or(Some(Vec::new()), Value::elements);
            assert!(files.is_some(), "{}: {}", columns[0], described.name.text);
        }
    }
    let counts: Vec<String> =
        counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    insta::assert_snapshot!(format!("{}\n\n{}", counts.join("\n"), refused.join("\n")));
}

#[test]
fn every_real_file_of_the_newer_language_is_read() {
    let index = std::fs::read_to_string(folder().join("INDEX.tsv")).unwrap();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in index.lines().filter(|line| line.starts_with("ocp2\t")) {
        let path = line.split('\t').nth(2).unwrap();
        let content = std::fs::read(folder().join(path)).unwrap();
        let errors = super::newer::parse::parse(&content).errors;
        assert_eq!(errors, [], "{path}");
        *counts.entry("parsed".to_owned()).or_default() += 1;
        let mut tree = Alone(content);
        let mut project = Project::new(&machine(), &mut tree);
        super::read(&mut project, &["build.ocp2".to_owned()]);
        *counts.entry(format!("evaluated: {}", project.messages.errors.is_empty())).or_default() +=
            1;
        for described in &project.descriptions {
            *counts.entry(format!("described: {}", described.kind.keyword())).or_default() += 1;
            let files = described.options.get("files").map_or(Some(Vec::new()), Value::elements);
            assert!(files.is_some(), "{path}: {}", described.name.text);
        }
        let messages = project.messages.errors.iter().chain(&project.messages.warnings);
        wrong.extend(messages.map(|message| format!("{path}: {}", message.message)));
    }
    let counts: Vec<String> =
        counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    insta::assert_snapshot!(format!("{}\n\n{}", counts.join("\n"), wrong.join("\n")));
}
