//! What opam and mbuild have installed as packages of opam: the folders of their receipts, each listed once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;

use hashbrown::{HashMap, HashSet};

/// The receipts on this machine, read on demand.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    /// The folder of the switch of opam that is at work.
    prefix: Option<String>,
    /// The versions of the packages in it, by their names.
    switch: Option<HashMap<String, String>>,
    /// The files of mbuild's receipts, by the folder for files of all packages; one that cannot be listed may have any.
    own: BTreeMap<String, Option<HashSet<String>>>,
}

/// Where a package has its receipt, or would have it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    /// The file.
    pub(super) path: String,
    /// Who says the version; `None` where there is no receipt.
    pub(super) version: Option<Said>,
}

/// Who says the version of a package.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The name of the folder that its receipt is in.
    ByName(String),
    /// The receipt itself.
    Inside,
}

impl Receipts {
    /// Those of the switch with this folder, and of mbuild; nothing is read yet.
    pub(super) fn new(switch: Option<OsString>) -> Self {
        let prefix = switch.and_then(|prefix| prefix.into_string().ok());
        Self { prefix: prefix.filter(|prefix| prefix.starts_with('/')), ..Self::default() }
    }

    /// The receipt of a package; `shared` is the folder for files of all packages that is installed to.
    pub(super) fn find(&mut self, package: &str, shared: &str) -> Receipt {
        if let Some(prefix) = &self.prefix {
            let folder = format!("{prefix}/.opam-switch/packages");
            let switch = self.switch.get_or_insert_with(|| in_switch(&folder));
            if let Some(version) = switch.get(package) {
                let path = format!("{folder}/{package}.{version}/opam");
                return Receipt { path, version: Some(Said::ByName(version.clone())) };
            }
        }
        if !self.own.contains_key(shared) {
            self.own.insert(shared.to_owned(), listed(&folder(shared)));
        }
        let names = self.own.get(shared).and_then(Option::as_ref);
        // Some systems take small and capital letters for the same.
        let may_have = names.is_none_or(|names| {
            !names.is_empty() && names.contains(&file(package).to_ascii_lowercase())
        });
        let path = format!("{}/{}", folder(shared), file(package));
        Receipt { path, version: may_have.then_some(Said::Inside) }
    }

    /// Where an installed package may have its variables.
    pub(super) fn configs(&self, package: &str, shared: &str) -> Vec<String> {
        let name = format!("{package}.config");
        let switch =
            self.prefix.iter().map(|prefix| format!("{prefix}/.opam-switch/config/{name}"));
        let own = format!("{}/{name}", folder(shared));
        switch.chain([own]).filter(|path| path.starts_with('/')).collect()
    }
}

/// mbuild's folder of receipts.
fn folder(shared: &str) -> String {
    format!("{shared}/mbuild")
}

/// The file of a receipt in it.
fn file(package: &str) -> String {
    format!("{package}.json")
}

/// The packages that opam has a folder for in this one, with their versions.
fn in_switch(folder: &str) -> HashMap<String, String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let parts = |name: String| name.split_once('.').map(|(name, its)| (name.into(), its.into()));
    names.filter_map(parts).collect()
}

/// The names in a folder, in small letters; one that is not there has none.
fn listed(folder: &str) -> Option<HashSet<String>> {
    if !folder.starts_with('/') {
        return None;
    }
    let small = |name: OsString| name.to_string_lossy().to_ascii_lowercase();
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Some(small(entry.ok()?.file_name()))).collect(),
        Err(error) => (error.kind() == ErrorKind::NotFound).then(HashSet::new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_are_where_opam_and_mbuild_leave_them() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().to_str().unwrap();
        for folder in ["s/.opam-switch/packages/a.1.0", "share/mbuild"] {
            std::fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        std::fs::write(dir.path().join("share/mbuild/b.json"), "{}").unwrap();
        let mut receipts = Receipts::new(Some(format!("{root}/s").into()));
        let shared = format!("{root}/share");
        let mut find = |package: &str| {
            let found = receipts.find(package, &shared);
            (found.path.replace(root, ""), found.version)
        };
        let version = Some(Said::ByName("1.0".to_owned()));
        assert_eq!(find("a"), ("/s/.opam-switch/packages/a.1.0/opam".to_owned(), version));
        assert_eq!(find("b"), ("/share/mbuild/b.json".to_owned(), Some(Said::Inside)));
        assert_eq!(find("c"), ("/share/mbuild/c.json".to_owned(), None));
        assert_eq!(Receipts::new(None).find("c", "/none/of/these").version, None);
    }
}
