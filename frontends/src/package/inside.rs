//! Modules that are inside of modules which are made of others.

use std::collections::BTreeMap;

/// A module inside of another one, by a name that is unique there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inside {
    /// The module, as it is listed.
    pub name: Box<str>,
    /// The modules that it is made of, as they are listed; none where it has a source.
    pub modules: Box<[Inside]>,
}

/// Modules that are made of others, by name: the modules inside, which stand nowhere else.
pub type Packs = BTreeMap<String, Box<[Inside]>>;

impl Inside {
    /// Modules that are made of others, each by its name with what it is inside of (`A`, `A.B`), and the names of
    /// those inside.
    pub fn by_path(packs: &Packs) -> BTreeMap<String, Vec<&str>> {
        let mut found = BTreeMap::new();
        let mut left: Vec<(String, &[Self])> =
            packs.iter().map(|(name, modules)| (name.clone(), &**modules)).collect();
        while let Some((path, modules)) = left.pop() {
            let packs = modules.iter().filter(|module| !module.modules.is_empty());
            left.extend(packs.map(|pack| (format!("{path}.{}", pack.name), &*pack.modules)));
            found.insert(path, modules.iter().map(|module| &*module.name).collect());
        }
        found
    }
}
