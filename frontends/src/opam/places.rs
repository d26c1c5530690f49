//! Where files of opam's stand in a source tree, and which of several for one package counts.

/// The file of a package that has nothing else in its folder, and the folder of several.
const PLAIN: &str = "opam";
const ENDING: &str = ".opam";

/// The files of opam's in a source tree, relative to it: `opam` and `NAME.opam`, each either a file or a folder with a
/// file `opam`, and all of these in a folder `opam`. `list` gives the names in a folder.
pub fn find(
    mut list: impl FnMut(&str) -> Vec<String>,
    is_file: impl Fn(&str) -> bool,
) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![String::new()]);
    while let Some(folder) = folders.pop() {
        for name in list(&folder) {
            let is_named = name.ends_with(ENDING);
            if name != PLAIN && (!is_named || folder.ends_with(ENDING)) {
                continue;
            }
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if is_file(&path) {
                found.push(path);
            } else if is_named || folder.is_empty() {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Of several files for one package the one with the lowest of these counts.
pub(super) fn rank(path: &str) -> usize {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [PLAIN] => 5,
        [_] => 0,
        [PLAIN, PLAIN] => 4,
        [PLAIN, _] => 2,
        [_, _] => 1,
        _ => 3,
    }
}

/// The name of the package that a path says.
pub(super) fn named(path: &str) -> Option<&str> {
    let stem = |name: &'_ str| name.len() > ENDING.len() && name.ends_with(ENDING);
    let name = path.rsplit('/').find(|name| stem(name))?;
    name.strip_suffix(ENDING)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn files_stand_where_opam_looks_for_them() {
        let files = [
            "a.opam",
            "b.opam/opam",
            "b.opam/c.opam",
            "opam/opam",
            "opam/d.opam",
            "opam/e.opam/opam",
            "opam/files/x",
            "src/opam",
            "opam/opam.d/opam",
        ];
        let list = |folder: &str| -> Vec<String> {
            let below = |file: &&str| match folder {
                "" => Some(file.split('/').next()?.to_owned()),
                _ => Some(
                    file.strip_prefix(folder)?.strip_prefix('/')?.split('/').next()?.to_owned(),
                ),
            };
            files.iter().filter_map(below).collect::<BTreeSet<_>>().into_iter().collect()
        };
        let mut found = find(list, |path| files.contains(&path));
        assert_eq!(
            found,
            ["a.opam", "b.opam/opam", "opam/d.opam", "opam/e.opam/opam", "opam/opam"]
        );
        found.push("opam".to_owned());
        found.sort_by_key(|path| rank(path));
        assert_eq!(
            found,
            ["a.opam", "b.opam/opam", "opam/d.opam", "opam/e.opam/opam", "opam/opam", "opam"]
        );
        let names: Vec<Option<&str>> = found.iter().map(|path| named(path)).collect();
        assert_eq!(names, [Some("a"), Some("b"), Some("d"), Some("e"), None, None]);
        assert_eq!(named(".opam"), None);
    }
}
