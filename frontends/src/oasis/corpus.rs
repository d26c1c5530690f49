//! Real manifests: what is read from them equals what OASIS's own `query` reads.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::ast::{Kind, Manifest};
use super::evaluate::{self, Messages};
use super::fields;
use super::value::{Item, Type, Value};
use super::variables::Variables;
use crate::choices::Choices;
use crate::environment::Environment;
use crate::package::Package;
use crate::version::Constraint;

/// The corpus stands beside the checkout.
pub(crate) fn folder() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let further = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let found = [beside, further].into_iter().find(|path| path.join("INDEX.tsv").is_file());
    assert!(
        found.is_some(),
        "the corpus is missing: it belongs into `shared/corpus` beside the checkout"
    );
    found.unwrap_or_default()
}

/// Path and class of each file of a kind, in the order of the index.
fn index(corpus: &Path) -> Vec<(String, String)> {
    let index = std::fs::read_to_string(corpus.join("INDEX.tsv")).unwrap_or_default();
    index
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(|columns| columns.first() == Some(&"oasis") && columns.len() > 4)
        .map(|columns| (columns[2].to_owned(), columns[4].to_owned()))
        .collect()
}

/// What the stock tool said of each file: accepted or its message.
fn stock(corpus: &Path) -> BTreeMap<String, (bool, String)> {
    let table = corpus.join("oracle/accepted/oasis_stock_check.tsv");
    let table = std::fs::read_to_string(table).unwrap_or_default();
    table
        .lines()
        .skip(1)
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(|columns| columns.len() > 3)
        .map(|columns| {
            let message = columns.get(4).copied().unwrap_or_default().to_owned();
            (columns[0].to_owned(), (columns[3] == "0", message))
        })
        .collect()
}

/// Every manifest that translates, with its path: without a word of the user, or with every flag on.
pub(crate) fn packages(every_flag: bool) -> Vec<(String, Package)> {
    let corpus = folder();
    let read = |(path, _): (String, String)| {
        let content = std::fs::read(corpus.join(&path)).ok()?;
        let manifest = super::read(path.as_bytes(), &content).ok()?;
        let mut choices = Choices::default();
        let flags = manifest.sections.iter().filter(|section| section.kind == Kind::Flag);
        for flag in flags.filter(|_| every_flag) {
            choices.flag(&flag.name.text, true);
        }
        let (package, _) = super::package(&manifest, &machine(), &choices).ok()?;
        Some((path, package))
    };
    index(&corpus).into_iter().filter_map(read).collect()
}

/// A machine like those that the manifests were written for.
pub(crate) fn machine() -> Environment {
    Environment::from_config(
        "version: 4.13.1\narchitecture: amd64\nos_type: Unix\nsystem: linux\nccomp_type: cc\n\
         native_compiler: true\next_obj: .o\next_lib: .a\next_dll: .so\next_exe: \n",
    )
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value as `oasis query` prints it, blanks aside.
fn printed(kind: Type, value: &Value) -> String {
    let shown = |item: &Item| match &item.argument {
        Some(argument) if kind == Type::Depends => {
            let constraint = Constraint::parse(argument).map(|constraint| constraint.to_string());
            format!("{} ({})", item.text, constraint.unwrap_or_default())
        }
        Some(argument) => format!("{} ({argument})", item.text),
        None => item.text.clone(),
    };
    let text = match value {
        Value::Bool(value) => value.to_string(),
        Value::Text(text, _) if kind == Type::Constraint => {
            Constraint::parse(text).map(|constraint| constraint.to_string()).unwrap_or_default()
        }
        Value::Text(text, _) => text.clone(),
        Value::Items(items) => {
            let separator = match kind {
                Type::Options | Type::Spaces | Type::Lines => " ",
                Type::Dotted => ".",
                _ => ", ",
            };
            items.iter().map(shown).collect::<Vec<_>>().join(separator)
        }
    };
    one_line(&text)
}

/// What `oasis query` printed, brought to the same form.
fn expected(kind: Type, text: &str) -> String {
    match kind {
        Type::Plugin(_) => {
            one_line(text.split('(').next().unwrap_or_default()).to_ascii_lowercase()
        }
        Type::Options => match crate::words::split(text) {
            Ok(words) => {
                one_line(&words.into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(" "))
            }
            Err(_) => text.to_owned(),
        },
        Type::Constraint => Constraint::parse(text)
            .map_or_else(|_| text.to_owned(), |constraint| constraint.to_string()),
        _ => one_line(text),
    }
}

/// `$name` and `$(name)` as `${name}`: `query` prints all three so.
fn braced(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        result.push_str(before);
        let (name, next) = match after.strip_prefix(['(', '{']) {
            Some(inner) => inner.split_once([')', '}']).unwrap_or((inner, "")),
            None => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                after.split_at(end.unwrap_or(after.len()))
            }
        };
        let _ = write!(result, "${{{name}}}");
        rest = next;
    }
    result + rest
}

/// Licences that `query` prints by another name.
fn licence(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    lower
        .replace("bsd-2-clause", "bsd2")
        .replace("bsd-3-clause", "bsd3")
        .replace("bsd-4-clause", "bsd4")
}

/// A message without the names in it.
fn kind_of(message: &str) -> String {
    let parts = message.split('`').enumerate();
    let words: Vec<_> =
        parts.map(|(index, part)| if index % 2 == 1 { "_" } else { part }).collect();
    words.concat().split(" _ ->").next().unwrap_or_default().to_owned()
}

/// A section by the name that the model has for its kind, without quotes.
fn section(text: &str) -> String {
    text.replace('"', "").replace("Doc(", "Document(").replace("SrcRepo(", "SourceRepository(")
}

/// Every field of a file by the name that `oasis query` gives it.
fn read_fields(manifest: &Manifest) -> BTreeMap<String, (Type, Value)> {
    let mut variables = Variables::new(&machine(), &Choices::default());
    for section in manifest.sections.iter().filter(|section| section.kind == Kind::Flag) {
        variables.set_flag(&section.name.text, true);
    }
    for flag in ["tests", "docs"] {
        variables.set_flag(flag, true);
    }
    let mut messages = Messages::default();
    let mut result = BTreeMap::new();
    let mut add = |prefix: &str, fields: &evaluate::Fields| {
        for (name, value) in fields.values() {
            if let Some(spec) = fields::find(fields.kind, name) {
                result.entry(format!("{prefix}{name}")).or_insert((spec.kind, value.clone()));
            }
        }
    };
    add("", &evaluate::package(manifest, &variables, &mut messages));
    for section in &manifest.sections {
        let fields = evaluate::section(manifest, section, &variables, &mut messages);
        add(&format!("{}({}).", section.kind.keyword(), section.name.text), &fields);
    }
    result
}

#[derive(Default)]
struct Count {
    files: usize,
    read: usize,
    translated: usize,
    compared: usize,
    sections: usize,
    accepted: usize,
    /// Accepted by the stock tool, whose `query` then could not show it.
    not_shown: usize,
}

#[test]
fn real_manifests_are_read_as_the_stock_tool_reads_them() {
    let corpus = folder();
    let stock = stock(&corpus);
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut wrong = String::new();
    let mut refused = String::new();
    let mut rejected: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (path, class) in index(&corpus) {
        let count = counts.entry(class.clone()).or_default();
        count.files += 1;
        let (accepted, said) = stock.get(&path).cloned().unwrap_or_default();
        if accepted {
            count.accepted += 1;
        } else {
            rejected.entry(kind_of(&said.replace('\'', "`"))).or_default().0 += 1;
        }
        let content = std::fs::read(corpus.join(&path)).unwrap_or_default();
        let manifest = match super::read(path.as_bytes(), &content) {
            Ok(manifest) => manifest,
            Err(errors) => {
                let _ = writeln!(wrong, "{}\n", errors[0]);
                continue;
            }
        };
        count.read += 1;
        if !accepted {
            rejected.entry(kind_of(&said.replace('\'', "`"))).or_default().1 += 1;
        }
        match super::package(&manifest, &machine(), &Choices::default()) {
            Ok(_) => count.translated += 1,
            Err(errors) => {
                for error in errors {
                    let (file, message) = (String::from_utf8_lossy(&error.file), &error.message);
                    let _ = writeln!(refused, "{file}:{}:{}: {message}", error.line, error.column);
                }
            }
        }
        let name = path.strip_prefix("oasis/").unwrap_or(&path);
        let oracle = corpus.join("oracle/oasis").join(format!("{name}.json"));
        let Ok(oracle) = std::fs::read_to_string(oracle) else {
            count.not_shown += usize::from(accepted);
            continue;
        };
        let oracle: serde_json::Value = serde_json::from_str(&oracle).unwrap_or_default();
        let fields = read_fields(&manifest);
        let patched = oracle["patched_format"] == true;
        let theirs = oracle["sections"].as_array().into_iter().flatten();
        let mut theirs: Vec<String> =
            theirs.filter_map(|name| Some(section(name.as_str()?))).collect();
        let mut ours: Vec<String> = manifest
            .sections
            .iter()
            .map(|it| section(&format!("{}({})", it.kind.keyword(), it.name.text)))
            .collect();
        theirs.sort();
        ours.sort();
        // `query` shows the first of those of one name.
        ours.dedup();
        theirs.dedup();
        count.sections += theirs.len();
        if ours != theirs {
            let _ = writeln!(wrong, "{path}: sections\n  ours:   {ours:?}\n  theirs: {theirs:?}\n");
        }
        for (field, theirs) in oracle["fields"].as_object().into_iter().flatten() {
            let theirs = theirs.as_str().unwrap_or_default();
            let field = field.replace("Doc(", "Document(").replace("SrcRepo(", "SourceRepository(");
            // `query` finds no section whose name needs quotes.
            if field.contains('"') || (patched && field == "OASISFormat") {
                continue;
            }
            match fields.get(&field) {
                Some((kind, ours)) => {
                    count.compared += 1;
                    let (mut ours, mut theirs) = (printed(*kind, ours), expected(*kind, theirs));
                    match (kind, field.as_str()) {
                        (Type::Options, _) => (ours, theirs) = (braced(&ours), braced(&theirs)),
                        (_, "License") => (ours, theirs) = (licence(&ours), licence(&theirs)),
                        _ => {}
                    }
                    if ours != theirs {
                        let _ = writeln!(
                            wrong,
                            "{path}: {field}\n  ours:   {ours}\n  theirs: {theirs}\n"
                        );
                    }
                }
                None => {
                    let _ = writeln!(wrong, "{path}: {field} was not read; it is {theirs:?}");
                }
            }
        }
    }
    let mut table = String::new();
    for (class, count) in &counts {
        let Count { files, read, translated, compared, sections, accepted, not_shown } = count;
        let _ = writeln!(
            table,
            "{class}: {files} files, {read} read, {translated} translated; the stock tool accepts {accepted} \
             and shows all but {not_shown} of them: {sections} sections and {compared} fields equal"
        );
    }
    table.push_str("\nrejected by the stock tool:\n");
    for (kind, (files, read)) in rejected {
        let _ = writeln!(table, "{files:4}, of which {read} are read: {kind}");
    }
    table.push_str("\nnot translated:\n");
    table.push_str(&refused);
    assert!(wrong.is_empty(), "{wrong}\n{table}");
    insta::assert_snapshot!(table);
}
