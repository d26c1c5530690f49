//! The fields of the package or of a section, as they hold once conditions are decided.

use std::collections::BTreeSet;

use super::super::ast::{Kind, Word};
use super::super::value::{self, Item, Value};

/// A field's value and where the field stands.
#[derive(Debug)]
struct Given {
    value: Value,
    at: usize,
}

/// One section with its conditions decided.
#[derive(Debug)]
pub(in crate::oasis) struct Fields {
    /// Its kind.
    pub kind: Kind,
    /// Its name, and the place to point at when something is missing.
    pub name: Word,
    /// By name; a section has few, which are looked through from the first to the last: most names differ in
    /// their lengths already.
    given: Vec<(&'static str, Given)>,
    /// What holds where nothing is given, in the same way; it has no place.
    absent: &'static [(&'static str, Value)],
    /// Fields that were meant, though what was written of them is wrong.
    meant: BTreeSet<&'static str>,
}

impl Fields {
    /// A section of which nothing is given yet, with what holds then.
    pub(super) fn new(kind: Kind, name: Word, absent: &'static [(&'static str, Value)]) -> Self {
        Fields { kind, name, given: Vec::new(), absent, meant: BTreeSet::new() }
    }

    /// Gives a field that stands at `at` a value, which takes the place of what there was or, when it `adds`, makes
    /// that longer.
    pub(super) fn set(&mut self, name: &'static str, value: Value, at: usize, adds: bool) {
        let before = match self.find(name) {
            Some(place) => Some(self.given.swap_remove(place).1.value),
            None => self.default(name).filter(|_| adds).cloned(),
        };
        let value = match before.filter(|_| adds) {
            Some(before) => value::grown(before, value),
            None => value,
        };
        self.given.push((name, Given { value, at }));
    }

    /// Keeps that a field was meant.
    pub(super) fn mean(&mut self, name: &'static str) {
        self.meant.insert(name);
    }

    /// Whether a field was meant, though what was written of it is wrong.
    pub(super) fn is_meant(&self, name: &str) -> bool {
        self.meant.contains(name)
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.given(name).map(|given| &given.value).or_else(|| self.default(name))
    }

    fn given(&self, name: &str) -> Option<&Given> {
        self.find(name).map(|at| &self.given[at].1)
    }

    fn default(&self, name: &str) -> Option<&'static Value> {
        self.absent.iter().find(|(absent, _)| *absent == name).map(|(_, value)| value)
    }

    /// Where it stands among those that are given.
    fn find(&self, name: &str) -> Option<usize> {
        self.given.iter().position(|(given, _)| *given == name)
    }

    /// Whether the manifest says something for it.
    pub(in crate::oasis) fn is_given(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Where the field stands, else the section.
    pub(in crate::oasis) fn at(&self, name: &str) -> usize {
        self.given(name).map_or(self.name.at, |given| given.at)
    }

    /// A text and where it starts.
    pub(in crate::oasis) fn text_at(&self, name: &str) -> Option<(&str, usize)> {
        match self.get(name) {
            Some(Value::Text(text, at)) if self.is_given(name) => Some((text, *at)),
            Some(Value::Text(text, _)) => Some((text, self.name.at)),
            _ => None,
        }
    }

    /// A text.
    pub(in crate::oasis) fn text(&self, name: &str) -> Option<&str> {
        self.text_at(name).map(|(text, _)| text)
    }

    /// A text that is to be owned; empty where there is none.
    pub(in crate::oasis) fn string(&self, name: &str) -> String {
        self.text(name).unwrap_or_default().to_owned()
    }

    /// A truth value; false where there is none.
    pub(in crate::oasis) fn bool(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Value::Bool(true)))
    }

    /// The parts of a value; empty where there are none.
    pub(in crate::oasis) fn items(&self, name: &str) -> &[Item] {
        match self.get(name) {
            Some(Value::Items(items)) => items,
            _ => &[],
        }
    }

    /// The texts of the parts.
    pub(in crate::oasis) fn strings(&self, name: &str) -> Vec<String> {
        self.items(name).iter().map(|item| item.text.clone()).collect()
    }

    /// Every field with a value, given or by default.
    #[cfg(test)]
    pub(in crate::oasis) fn values(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        let given = self.given.iter().map(|(name, given)| (*name, &given.value));
        let absent = self.absent.iter().filter(|(name, _)| !self.is_given(name));
        given.chain(absent.map(|(name, value)| (*name, value)))
    }
}
