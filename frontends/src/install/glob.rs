//! Patterns in the names of data files: `*` and `?` in the last part of a path.

use std::path::Path;

use globset::Glob;

use crate::ocaml::sources;

/// The files that `pattern` stands for, relative to `root` and sorted. `folder` is relative to
/// `root`, and the pattern to `folder`.
pub(super) fn glob(root: &Path, folder: &str, pattern: &str) -> Vec<String> {
    let path = sources::join(folder, pattern);
    let (dir, name) = (sources::folder_of(&path), sources::name_of(&path));
    if !name.contains(['*', '?']) {
        let path = sources::join(dir, name);
        return if root.join(&path).is_file() { vec![path] } else { Vec::new() };
    }
    let Ok(glob) = Glob::new(name) else { return Vec::new() };
    let matcher = glob.compile_matcher();
    sources::names(&root.join(dir))
        .iter()
        .filter(|candidate| {
            // As in shells, a leading dot has to be asked for.
            (!candidate.starts_with('.') || name.starts_with('.')) && matcher.is_match(candidate)
        })
        .map(|candidate| sources::join(dir, candidate))
        .filter(|path| root.join(path).is_file())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_in_the_named_folder_fit() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("data/x.txt")).unwrap();
        for name in ["b.txt", "a.txt", ".c.txt", "d.md"] {
            std::fs::write(dir.path().join("data").join(name), "").unwrap();
        }
        assert_eq!(glob(dir.path(), "", "data/*.txt"), ["data/a.txt", "data/b.txt"]);
        assert_eq!(glob(dir.path(), "data", "d.md"), ["data/d.md"]);
        assert!(glob(dir.path(), "data", "none.md").is_empty());
    }
}
