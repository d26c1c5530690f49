//! Where a module of a section stands: outside of all others, or inside one that is a folder.

use super::modules::Module;
use super::plan::Plan;

/// Where modules stand that see each other by their bare names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    /// The modules that they are inside of (`A.B`); empty outside of all.
    pub(super) path: String,
    /// The folder of their objects.
    pub(super) dir: String,
    /// Those of the modules around them that they see as well, the nearest first.
    around: Vec<String>,
    /// The unit that they are packed into, with those that it is inside of.
    pub(super) pack: Option<String>,
    /// The name of their rules.
    pub(super) id: String,
}

impl Scope {
    /// Outside of all modules of a section.
    pub(super) fn of(plan: &Plan<'_>) -> Self {
        Self {
            path: String::new(),
            dir: plan.unit_dir.clone(),
            around: Vec::new(),
            pack: plan.pack.clone(),
            id: plan.id.clone(),
        }
    }

    /// Inside a module that is a folder, or made of others: these see those around them.
    pub(super) fn inside(&self, module: &Module, sees_around: bool) -> Self {
        let name = &module.name;
        let around = if sees_around { self.dirs() } else { Vec::new() };
        Self {
            path: inner(&self.path, name),
            dir: format!("{}/{}", self.dir, module.base),
            around,
            pack: Some(inner(self.pack.as_deref().unwrap_or_default(), name)),
            id: format!("{}.{}", self.id, name.replace('\'', "-")),
        }
    }

    /// The folders of the objects that are seen here.
    pub(super) fn dirs(&self) -> Vec<String> {
        std::iter::once(&self.dir).chain(&self.around).cloned().collect()
    }

    /// The name by which a manifest speaks of a module that stands here.
    pub(super) fn name_of(&self, module: &Module) -> String {
        inner(&self.path, &module.written)
    }
}

/// A name inside of others.
fn inner(outer: &str, name: &str) -> String {
    if outer.is_empty() { name.to_owned() } else { format!("{outer}.{name}") }
}
