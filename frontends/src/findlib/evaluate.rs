//! The value of a META variable under a set of predicates.

use std::collections::BTreeSet;

use super::meta::{Entry, Meta};

/// The predicates that hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Predicates(BTreeSet<String>);

impl Predicates {
    /// These predicates and no other.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(str::to_owned).collect())
    }

    /// The same with one more.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>) -> Self {
        self.0.insert(name.into());
        self
    }

    /// Adds one.
    pub fn add(&mut self, name: impl Into<String>) {
        self.0.insert(name.into());
    }

    /// Whether the predicate holds.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    fn meets(&self, entry: &Entry) -> bool {
        entry.predicates.iter().all(|predicate| self.has(&predicate.name) != predicate.negated)
    }
}

impl Meta {
    /// The value of `name`: the most specific `=` entry that holds, the first among equals, then
    /// every `+=` entry that holds, with a blank between.
    pub fn value(&self, name: &str, predicates: &Predicates) -> Option<String> {
        let holds = |entry: &&Entry| entry.name == name && predicates.meets(entry);
        let mut best: Option<&Entry> = None;
        for entry in self.entries.iter().filter(holds).filter(|entry| !entry.append) {
            if best.is_none_or(|known| entry.predicates.len() > known.predicates.len()) {
                best = Some(entry);
            }
        }
        let mut parts: Vec<&str> = best.map(|entry| entry.value.as_str()).into_iter().collect();
        let added = self.entries.iter().filter(holds).filter(|entry| entry.append);
        parts.extend(added.map(|entry| entry.value.as_str()));
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// A value as a list: META separates with blanks and commas.
    pub fn list(&self, name: &str, predicates: &Predicates) -> Vec<String> {
        words(&self.value(name, predicates).unwrap_or_default())
    }
}

/// Splits at blanks and commas.
pub fn words(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_ascii_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(text: &str) -> Meta {
        Meta::parse(b"META", text.as_bytes()).unwrap()
    }

    #[test]
    fn the_entry_with_most_predicates_wins() {
        let meta = meta(
            "archive(byte) = \"a.cma\"\narchive(byte,plugin) = \"p.cma\"\narchive(native) = \"a.cmxa\"\n",
        );
        assert_eq!(meta.value("archive", &Predicates::of(["byte"])).unwrap(), "a.cma");
        assert_eq!(meta.value("archive", &Predicates::of(["byte", "plugin"])).unwrap(), "p.cma");
        assert_eq!(meta.value("archive", &Predicates::of(["toploop"])), None);
    }

    #[test]
    fn a_negated_predicate_must_not_hold() {
        let meta = meta("ppx(-ppx_driver,-custom_ppx) = \"./ppx.exe --as-ppx\"\n");
        assert!(meta.value("ppx", &Predicates::default()).is_some());
        assert!(meta.value("ppx", &Predicates::of(["custom_ppx"])).is_none());
    }

    #[test]
    fn additions_follow_in_the_order_of_the_file() {
        let meta = meta("requires = \"a,b\"\nrequires(mt) += \"c\"\nrequires(byte) += \"d\"\n");
        assert_eq!(meta.list("requires", &Predicates::of(["byte", "mt"])), ["a", "b", "c", "d"]);
        assert_eq!(meta.list("requires", &Predicates::of(["native"])), ["a", "b"]);
    }
}
