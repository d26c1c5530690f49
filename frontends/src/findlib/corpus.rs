//! Real META files: what is read from them equals what findlib's own reader reads.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::evaluate::Predicates;
use super::meta::Meta;
use super::write;
use crate::oasis::corpus::{folder, packages};

/// The form in which the oracle files hold what findlib's own reader saw, sorted.
fn table(meta: &Meta) -> Vec<String> {
    let mut out = String::new();
    let mut left = vec![(String::new(), meta)];
    while let Some((prefix, meta)) = left.pop() {
        for entry in &meta.entries {
            let mut predicates: Vec<_> = entry
                .predicates
                .iter()
                .map(|p| format!("{}{}", if p.negated { "-" } else { "" }, p.name))
                .collect();
            predicates.sort();
            let text = entry
                .value
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n")
                .replace('\t', "\\t");
            let sign = if entry.append { "+=" } else { "=" };
            let predicates = predicates.join(",");
            let _ = writeln!(out, "{prefix}\t{}\t{predicates}\t{sign}\t\"{text}\"", entry.name);
        }
        for (name, inner) in &meta.packages {
            let _ = writeln!(out, "{prefix}\tpackage\t\t\t\"{name}\"");
            let dot = if prefix.is_empty() { "" } else { "." };
            left.push((format!("{prefix}{dot}{name}"), inner));
        }
    }
    sorted(&out)
}

fn sorted(text: &str) -> Vec<String> {
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Path of each file of the corpus, and whether findlib accepts it.
fn files(corpus: &Path) -> Vec<(String, bool)> {
    let table = corpus.join("oracle/accepted/META_stock_check.tsv");
    let table = std::fs::read_to_string(table).unwrap();
    let lines = table.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    lines.map(|columns| (columns[0].to_owned(), columns[1] == "0")).collect()
}

#[test]
fn real_files_are_read_as_findlib_reads_them() {
    let corpus = folder();
    let (mut read, mut refused, mut mistakes, mut wrong) = (0, Vec::new(), 0, Vec::new());
    for (path, accepted) in files(&corpus) {
        let content = std::fs::read(corpus.join(&path)).unwrap();
        match Meta::parse(path.as_bytes(), &content) {
            Ok(meta) => {
                let known =
                    corpus.join("oracle").join(&path).to_string_lossy().into_owned() + ".tsv";
                let expected = std::fs::read_to_string(known).unwrap_or_default();
                if !accepted || table(&meta) != sorted(&expected) {
                    wrong.push(format!("{path}:\n{}---\n{expected}", table(&meta).join("\n")));
                }
                read += 1;
            }
            Err(errors) if accepted => wrong.push(errors[0].to_string()),
            Err(errors) => {
                mistakes += errors.len();
                refused.extend(errors.into_iter().next());
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!((read, refused.len(), mistakes), (304, 26, 706));
    let places: Vec<String> = refused
        .iter()
        .map(|it| {
            let file = String::from_utf8_lossy(&it.file);
            format!("{file}:{}:{}: {}", it.line, it.column, it.message)
        })
        .collect();
    insta::assert_snapshot!(places.join("\n"));
}

#[test]
fn what_is_written_of_real_files_says_the_same() {
    let corpus = folder();
    let mut written = 0;
    for (path, _) in files(&corpus) {
        let content = std::fs::read(corpus.join(&path)).unwrap();
        let Ok(meta) = Meta::parse(path.as_bytes(), &content) else { continue };
        let again = Meta::parse(path.as_bytes(), meta.to_string().as_bytes());
        assert_eq!(again.as_ref(), Ok(&meta), "{path}");
        let names: BTreeSet<&str> = meta.entries.iter().map(|entry| entry.name.as_str()).collect();
        let set = Predicates::of(["native", "plugin", "mt"]);
        let value =
            |meta: &Meta| names.iter().map(|name| meta.value(name, &set)).collect::<Vec<_>>();
        assert_eq!(value(&again.unwrap_or_default()), value(&meta), "{path}");
        written += 1;
    }
    assert_eq!(written, 304);
}

#[test]
fn what_is_written_of_a_package_is_what_oasis_wrote() {
    let golden = folder().join("../golden");
    // OASIS lists what a flag switches off as well; what is left out then is not promised here.
    let packages = packages(true);
    let (mut seen, mut equal) = (0, Vec::new());
    let mut differ = String::new();
    let mut folders: Vec<_> =
        std::fs::read_dir(golden).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    for entry in folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(root) = name.strip_prefix("META.") else { continue };
        seen += 1;
        let theirs = Meta::parse(name.as_bytes(), &std::fs::read(&path).unwrap()).unwrap();
        let version = theirs.value("version", &Predicates::default());
        // The manifest of this very version stands in the corpus, or none does.
        let ours = packages
            .iter()
            .filter(|(_, package)| Some(&package.version) == version.as_ref())
            .filter_map(|(path, package)| {
                let (_, text) = write::metas(package).into_iter().find(|(name, _)| name == root)?;
                Some((path, Meta::parse(b"META", text.as_bytes()).unwrap()))
            })
            .collect::<Vec<_>>();
        if ours.iter().any(|(_, meta)| table(meta) == table(&theirs)) {
            equal.push(root.to_owned());
        } else if let Some((path, meta)) = ours.first() {
            let (ours, theirs) = (table(meta), table(&theirs));
            let _ = writeln!(differ, "{path}");
            for (sign, these, others) in [("-", &theirs, &ours), ("+", &ours, &theirs)] {
                for line in these.iter().filter(|line| !others.contains(line)) {
                    let _ = writeln!(differ, "{sign} {line}");
                }
            }
        }
    }
    insta::assert_snapshot!(format!(
        "{} of {seen} equal: {}\n{differ}",
        equal.len(),
        equal.join(" ")
    ));
}
