//! Grammars whose types the compiler has to find (menhir): each becomes a source among the modules of one section,
//! once the interfaces are there that its actions name.

use std::collections::BTreeMap;

use super::plan::Plan;
use super::rules::Statement;

/// A grammar that becomes a source in three steps: its program writes what the compiler is to look at, the compiler
/// says what types that has, and the program is told.
#[derive(Clone, Debug)]
pub(super) struct Grammar {
    /// What the compiler looks at. It names all modules that the source will name.
    pub(super) query: String,
    /// The command of the last step: `$reply` is the file with the types, found from the folder of made sources.
    pub(super) command: String,
    /// The statement of the last two steps, without what the compiler is told; its rule is the kind of grammar.
    pub(super) statement: Statement,
}

/// All grammars of a package, by the implementations that they become, each with the index of the section among
/// whose modules this happens.
#[derive(Debug, Default)]
pub(super) struct Grammars(BTreeMap<String, (usize, Grammar)>);

impl Grammars {
    /// Each belongs to the first section that has it as a module, else to the first that may name it.
    pub(super) fn new(all: &BTreeMap<String, Grammar>, plans: &[Plan<'_>]) -> Self {
        let mut ranked: Vec<(bool, bool, &Plan<'_>)> = Vec::new();
        for plan in plans {
            ranked.extend([true, false].map(|member| (plan.only_shown, !member, plan)));
        }
        ranked.sort_by_key(|(shown, other, _)| (*shown, *other));
        let mut grammars = BTreeMap::new();
        for (_, other, plan) in ranked {
            let modules = if other { &plan.others } else { &plan.members };
            for source in modules.iter().flat_map(super::modules::Module::sources) {
                if let Some(grammar) = all.get(source) {
                    grammars.entry(source.to_owned()).or_insert((plan.index, grammar.clone()));
                }
            }
        }
        Self(grammars)
    }

    /// The grammar that becomes this source among the modules of a section.
    pub(super) fn of(&self, source: &str, section: usize) -> Option<&Grammar> {
        self.0.get(source).filter(|(index, _)| *index == section).map(|(_, grammar)| grammar)
    }
}
