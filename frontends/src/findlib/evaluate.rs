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
    /// every `+=` entry that holds, with a blank between. There is nothing to add to where no `=` holds.
    pub fn value(&self, name: &str, predicates: &Predicates) -> Option<String> {
        let holds = |entry: &&Entry| entry.name == name && predicates.meets(entry);
        let mut best: Option<&Entry> = None;
        for entry in self.entries.iter().filter(holds).filter(|entry| !entry.append) {
            if best.is_none_or(|known| entry.predicates.len() > known.predicates.len()) {
                best = Some(entry);
            }
        }
        let mut parts = vec![best?.value.as_str()];
        let added = self.entries.iter().filter(holds).filter(|entry| entry.append);
        parts.extend(added.map(|entry| entry.value.as_str()));
        Some(parts.join(" "))
    }

    /// A value as a list: META separates with blanks and commas.
    pub fn list(&self, name: &str, predicates: &Predicates) -> Vec<String> {
        words(&self.value(name, predicates).unwrap_or_default())
    }
}

/// Splits at blanks and commas; options of a linker, which may hold commas, are split at blanks alone.
pub fn words(text: &str) -> Vec<String> {
    text.split([' ', '\t', '\n', '\r', ','])
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

    #[test]
    fn there_is_nothing_to_add_to_where_nothing_is_set() {
        let meta =
            meta("requires(mt) += \"c\"\nlinkopts(native) = \"\"\nlinkopts += \"-cclib -lx\"\n");
        assert_eq!(meta.value("requires", &Predicates::of(["mt"])), None);
        assert_eq!(meta.value("linkopts", &Predicates::of(["native"])).unwrap(), " -cclib -lx");
    }
}
