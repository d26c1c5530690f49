//! What a file says twice, of which opam takes the first and leaves the others alone.

use bstr::{BString, ByteSlice as _};
use hashbrown::{HashMap, HashSet};

use super::Wrong;
use super::lex::MOST;
use super::tree::{Content, File, Item};

/// Takes fields and sections that are there already out of a file, and says so of each with the line of the first.
pub(super) fn left_out(content: &[u8], file: &mut File) {
    let mut said = Vec::new();
    once(content, &mut file.items, &mut said);
    for item in &mut file.items {
        // What opam reads has no sections in sections.
        if let Content::Section { items, .. } = &mut item.content {
            once(content, items, &mut said);
        }
    }
    said.sort_by_key(|wrong| wrong.at);
    file.strange.append(&mut said);
}

fn once(content: &[u8], items: &mut Vec<Item>, said: &mut Vec<Wrong>) {
    let mut known: HashMap<(&str, Option<&BString>, bool), usize> = HashMap::new();
    let mut again = HashSet::new();
    for item in &*items {
        let (own, is_section) = match &item.content {
            Content::Field(_) => (None, false),
            Content::Section { name, .. } => (name.as_ref(), true),
        };
        let first = *known.entry((&item.name, own, is_section)).or_insert(item.at);
        if first == item.at {
            continue;
        }
        again.insert(item.at);
        if said.len() < MOST {
            let line = content[..first].find_iter(b"\n").count() + 1;
            let own = own.map(|own| format!(" \"{own}\"")).unwrap_or_default();
            let message = format!("`{}{own}` is there already, in line {line}", item.name);
            let help = "write it once: of several opam takes the first alone";
            said.push(Wrong::new(item.at, message).help(help));
        }
    }
    drop(known);
    if !again.is_empty() {
        items.retain(|item| !again.contains(&item.at));
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    #[test]
    fn both_places_of_what_is_said_twice_are_told() {
        let text = "opam-version: \"2.0\"\ndepends: [\"a\"]\ndepends: [\"b\"]\nx-a: 1\nx-a: 2\n\
            url {\n  src: \"a\"\n  src: \"b\"\n}\nurl {\n}\nextra-source \"a\" {\n}\nextra-source \"b\" {\n}\n\
            extra-source \"a\" {\n}\nopam-version: \"2.0\"\n";
        let mut said = String::new();
        let file = super::super::parse(b"opam", text.as_bytes()).unwrap();
        for wrong in super::super::shown(b"opam", text.as_bytes(), file.strange) {
            writeln!(said, "{}:{}: {}", wrong.line, wrong.column, wrong.message).unwrap();
        }
        assert_eq!(
            said,
            "3:1: `depends` is there already, in line 2\n\
             5:1: `x-a` is there already, in line 4\n\
             8:3: `src` is there already, in line 7\n\
             10:1: `url` is there already, in line 6\n\
             16:1: `extra-source \"a\"` is there already, in line 12\n\
             18:1: `opam-version` is there already, in line 1\n"
        );
        let names: Vec<&str> = file.items.iter().map(|item| item.name.as_str()).collect();
        assert_eq!(
            names,
            ["opam-version", "depends", "x-a", "url", "extra-source", "extra-source"]
        );
    }

    #[test]
    fn there_is_an_end_to_them() {
        let file = super::super::parse(b"opam", "x-a: 1\n".repeat(10_000).as_bytes()).unwrap();
        assert_eq!((file.items.len(), file.strange.len()), (1, super::MOST));
    }
}
