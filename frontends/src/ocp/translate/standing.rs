//! How the packages of a project stand beside each other: in which order they are linked, and the folder and META
//! that each has to itself once it is installed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hashbrown::{DefaultHashBuilder, HashSet};

use super::super::project::Description;
use super::super::syntax::Kind;
use super::super::value::{Text, Value};
use super::Translator;
use super::names::Role;
use super::options::Options;
use crate::package::{Bare, Compiled};

/// The order in which everything is linked, and what installed packages are linked with.
#[derive(Default)]
pub(super) struct LinkOrder {
    /// Every name, each after those that it needs.
    pub(super) names: Vec<String>,
    /// What the installed ones need.
    pub(super) linked_with: BTreeMap<String, Vec<String>>,
}

/// What each name needs. Unlike hashbrown's own, this map may outlive the names that it lends.
type Needs<'a> = HashMap<&'a str, Vec<&'a str>, DefaultHashBuilder>;

/// The stock tool puts all that is installed in order, whether it is needed or not. Of what comes with every
/// compiler before OCaml 5, this one has something before it that is not there by its own name: `unix`.
const EVERYWHERE: &str = "bigarray";

impl Translator<'_> {
    /// The order of the packages: as the stock tool does it, from the first name to the last, and before each
    /// what it requires, in the same order.
    pub(super) fn link_order(&mut self, descriptions: &[Description]) -> LinkOrder {
        let mut needs = Needs::default();
        needs.reserve(descriptions.len());
        for described in descriptions {
            let requires = described.options.get("requires").and_then(Value::each);
            let mut words: Vec<&str> =
                requires.into_iter().flatten().map(|(word, _)| &*word.text).collect();
            words.sort_unstable();
            words.dedup();
            needs.insert(&described.name.text, words);
        }
        let others = needs.values().flatten().filter(|name| !needs.contains_key(*name));
        let others: HashSet<&str> = others.copied().collect();
        let mut installed: Vec<String> = others.into_iter().map(str::to_owned).collect();
        installed.sort_unstable();
        let mut linked_with: BTreeMap<String, Vec<String>> = BTreeMap::new();
        while let Some(name) = installed.pop() {
            if linked_with.contains_key(&name) {
                continue;
            }
            let requires: BTreeSet<String> = self.names.requires(&name).into_iter().collect();
            let requires: Vec<String> = requires.into_iter().collect();
            installed.extend(requires.iter().cloned());
            linked_with.insert(name, requires);
        }
        let is_needed = needs.contains_key(EVERYWHERE) || linked_with.contains_key(EVERYWHERE);
        let is_there = !is_needed && self.names.installed(EVERYWHERE).is_some();
        let everywhere = if is_there { self.names.requires(EVERYWHERE) } else { Vec::new() };
        if is_there {
            // Only what is needed gets its place from it.
            let all: HashSet<&str> = needs.values().flatten().copied().collect();
            let wanted = |name: &&str| all.contains(name) || linked_with.contains_key(*name);
            let before = everywhere.iter().map(String::as_str).filter(wanted).collect();
            needs.insert(EVERYWHERE, before);
        }
        for (name, requires) in &linked_with {
            needs.insert(name, requires.iter().map(String::as_str).collect());
        }
        let mut names = ordered(&needs);
        names.retain(|name| is_needed || name != EVERYWHERE);
        LinkOrder { names, linked_with }
    }

    /// Where a package is installed, and what it says for links, which is the same for all kinds.
    pub(super) fn standing(&mut self, described: &Description, compiled: &mut Compiled) {
        compiled.dotted = true;
        compiled.spreads = true;
        compiled.own_folder = Some(self.own_folder(described));
        let options = Options::of(&described.options, &self.globals);
        compiled.c_archive = (!compiled.c_sources.is_empty()).then(|| {
            let archive = options.text("archive").unwrap_or_else(|| compiled.name.clone());
            options.text("stubarchive").unwrap_or_else(|| format!("ml{archive}"))
        });
        if let Some(name) = compiled.c_archive.clone() {
            self.one_name(described.name.place, &name, "library of C");
        }
    }

    /// The order in which a program names the packages that it is linked with, where it does.
    pub(super) fn own_link_order(&mut self, described: &Description) -> Vec<String> {
        let options = Options::of(&described.options, &self.globals);
        let (order, requires) = (options.words("link_order"), options.words("requires"));
        let known: HashSet<&str> = requires.iter().map(|name| &*name.text).collect();
        let is_own = |name: &Text| matches!(self.names.role(&name.text), Some(Role::Section(_)));
        // Packages that are required through others may be named as well.
        let unknown: Vec<Text> = order
            .iter()
            .filter(|name| !known.contains(&*name.text) && !is_own(name))
            .cloned()
            .collect();
        for name in unknown {
            let message = format!("`{}` in `link_order` is not required", name.text);
            self.error(name.place, message, "add it to `requires`, or remove it");
        }
        order.into_iter().map(|name| name.text.to_string()).collect()
    }

    fn own_folder(&mut self, described: &Description) -> String {
        let name = described.name.text.to_string();
        let options = Options::of(&described.options, &self.globals);
        match options.text("install_subdir") {
            None => name,
            Some(folder) => match super::project::inside("", &folder) {
                Some(folder) => crate::ocaml::sources::join(&folder, &name),
                None => {
                    self.leads_out(described.name.place, &folder);
                    name
                }
            },
        }
    }

    /// The META of a package that is no library, where it is installed.
    pub(super) fn bare(&mut self, described: &Description) -> Option<Bare> {
        let options = Options::of(&described.options, &self.globals);
        let installed = options.flag_or("install", true) && options.flag("install_META");
        let has_own = described.kind == Kind::Library && self.has_files(described);
        if !installed || has_own || described.kind == Kind::Test {
            return None;
        }
        let findlib = described.name.text.to_string();
        let description = options.text("description").unwrap_or_else(|| findlib.clone());
        let (version, folder) = (self.version(described), self.own_folder(described));
        Some(Bare { findlib, folder, version, description })
    }
}

/// Names with what they need before them, from the first to the last.
fn ordered(needs: &Needs<'_>) -> Vec<String> {
    let mut done: HashSet<&str> = HashSet::with_capacity(needs.len());
    let mut order = Vec::with_capacity(needs.len());
    let mut starts: Vec<&str> = needs.keys().copied().collect();
    starts.sort_unstable();
    for start in starts {
        // Each name, and how many of those that it needs have been looked at.
        let mut stack: Vec<(&str, usize)> = Vec::new();
        if done.insert(start) {
            stack.push((start, 0));
        }
        while let Some((name, at)) = stack.pop() {
            let Some(need) = needs.get(name).and_then(|all| all.get(at)) else {
                order.push(name.to_owned());
                continue;
            };
            stack.push((name, at + 1));
            if needs.contains_key(need) && done.insert(need) {
                stack.push((need, 0));
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_comes_first_and_what_it_needs_before_it() {
        let needs = [("a", &["z", "c"][..]), ("b", &[]), ("c", &["a"]), ("z", &["b"])];
        let needs = needs.into_iter().map(|(name, all)| (name, all.to_vec())).collect();
        assert_eq!(ordered(&needs), ["b", "z", "c", "a"]);
    }
}
