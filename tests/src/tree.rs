//! A folder's files and their bytes, to compare.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Files by their path relative to the folder.
pub type Tree = BTreeMap<String, Vec<u8>>;

/// All files below `dir` that `keep` wants, by relative path. Folders are not followed out of it.
pub fn read(dir: &Path, keep: impl Fn(&str) -> bool) -> Tree {
    let mut tree = Tree::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(dir.join(&folder));
        let entries = entries.unwrap_or_else(|e| panic!("read `{}`: {e}", dir.display()));
        for entry in entries {
            let entry = entry.expect("an entry of a folder");
            let path = folder.join(entry.file_name());
            let kind = entry.file_type().expect("its kind");
            let name = path.to_string_lossy().into_owned();
            if kind.is_dir() {
                folders.push(path);
            } else if keep(&name) {
                let bytes = match fs::read_link(entry.path()) {
                    Ok(target) => target.into_os_string().into_encoded_bytes(),
                    Err(_) => fs::read(entry.path()).unwrap_or_else(|e| panic!("{name}: {e}")),
                };
                tree.insert(name, bytes);
            }
        }
    }
    tree
}

/// The files below a folder, sorted; a folder that is not there has none.
pub fn files(top: &Path) -> Vec<String> {
    let (mut left, mut found) = (vec![top.to_owned()], Vec::new());
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name = path.strip_prefix(top).expect("it is below");
                found.push(name.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

/// The names alone.
pub fn names(tree: &Tree) -> Vec<&str> {
    tree.keys().map(String::as_str).collect()
}

/// Both trees hold the same files with the same bytes; otherwise says which differ.
pub fn assert_same(left: &Tree, right: &Tree) {
    let mut differences = Vec::new();
    for (name, bytes) in left {
        match right.get(name) {
            None => differences.push(format!("only left:  {name}")),
            Some(other) if other != bytes => differences.push(format!("differs:    {name}")),
            Some(_) => {}
        }
    }
    let only_right = right.keys().filter(|name| !left.contains_key(*name));
    differences.extend(only_right.map(|name| format!("only right: {name}")));
    assert!(differences.is_empty(), "the trees differ\n{}", differences.join("\n"));
}
