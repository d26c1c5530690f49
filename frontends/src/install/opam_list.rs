//! What a package installs that its own commands have built, as they list it in `<package>.install`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use mbuild_rules::Diagnostic;

use super::error::InstallError;
use super::folders::Folders;
use super::item::Item;
use crate::configure::ConfigureError;
use crate::files::is_program;
use crate::ocaml::sources::{join, names};
use crate::opam::{Listed, read_install};

/// The lists that a tree has of these; where it has none, the only one that is there, whatever its name.
pub(super) fn lists(tree: &Path, wanted: &[String]) -> Result<Vec<String>, InstallError> {
    if wanted.is_empty() || wanted.iter().any(|list| tree.join(list).is_file()) {
        return Ok(wanted.to_vec());
    }
    let is_list = |name: &String| name.ends_with(".install") && tree.join(name).is_file();
    let found: Vec<String> = names(tree).into_iter().filter(is_list).collect();
    if found.len() > 1 {
        let files = wanted.join("`, `");
        let message =
            format!("is there beside `{}`, and `{files}` is not", found[1..].join("`, `"));
        let help = "say in opam's file what the package is called: `name: \"...\"`";
        return Err(Diagnostic::about(found[0].as_bytes(), message).with_help(help).into());
    }
    Ok(found)
}

/// The files of the list at `path` in the folder `tree`; none where there is no list.
pub(super) fn items(
    root: &Path,
    tree: &str,
    path: &str,
    folders: &Folders,
) -> Result<Vec<Item>, InstallError> {
    let shown = join(tree, path);
    let Ok(content) = std::fs::read(root.join(&shown)) else { return Ok(Vec::new()) };
    let listed = read_install(shown.as_bytes(), &content).map_err(ConfigureError::Wrong)?;
    let package = path.strip_suffix(".install").unwrap_or(path);
    let (mut items, mut wrong) = (Vec::new(), Vec::new());
    let mut taken: HashMap<PathBuf, String> = HashMap::new();
    for file in listed {
        let from = join(tree, &file.from);
        if !root.join(&from).is_file() {
            if !file.optional {
                wrong.push(not_there(&shown, &content, &file, root.join(&from).is_dir()));
            }
            continue;
        }
        let (to, library) = place(&file, package, folders)?;
        let first = taken.entry(to.clone()).or_insert_with(|| file.from.clone());
        if *first != file.from {
            let message = format!("`{}` would be installed over `{first}`", file.from);
            let found = Diagnostic::at(shown.as_bytes(), &content, file.at, message);
            wrong.push(found.with_help("give it another name in braces"));
        }
        let runs = match file.section {
            "bin" | "sbin" | "libexec" | "libexec_root" | "stublibs" => true,
            // The one section that says nothing of it.
            "misc" => is_program(&root.join(&from)),
            _ => false,
        };
        let mode = if runs { 0o755 } else { 0o644 };
        items.push(Item {
            from: from.into(),
            to,
            mode,
            library: library.then(|| package.to_owned()),
        });
    }
    if !wrong.is_empty() {
        return Err(ConfigureError::Wrong(wrong).into());
    }
    // findlib sees a package as soon as it has its META, so that comes last.
    items.sort_by_key(|item| item.to.file_name().is_some_and(|name| name == "META"));
    Ok(items)
}

/// What is said of a file that is on the list and that no command has made.
fn not_there(list: &str, content: &[u8], file: &Listed, is_folder: bool) -> Diagnostic {
    let (message, help) = match is_folder {
        true => ("is a folder", "files are listed one by one".to_owned()),
        false => (
            "was made by no command of the package",
            format!("write `\"?{}\"` where it may be missing", file.from),
        ),
    };
    let message = format!("`{}` {message}", file.from);
    Diagnostic::at(list.as_bytes(), content, file.at, message).with_help(help)
}

/// Where a file goes, and whether it belongs to a library.
fn place(file: &Listed, package: &str, folders: &Folders) -> Result<(PathBuf, bool), InstallError> {
    let share = |name: &str| folders.get(name);
    let (folder, library) = match file.section {
        "lib" | "libexec" => (folders.libraries.join(package), true),
        "lib_root" | "libexec_root" => (folders.libraries.clone(), true),
        "toplevel" => (folders.libraries.join("toplevel"), false),
        // opam says of none of them whose they are.
        "stublibs" => (folders.stublibs.clone(), false),
        "bin" => (share("bindir")?, false),
        "sbin" => (share("sbindir")?, false),
        "share" => (share("datarootdir")?.join(package), false),
        "share_root" => (share("datarootdir")?, false),
        "etc" => (share("sysconfdir")?.join(package), false),
        "doc" => (share("datarootdir")?.join("doc").join(package), false),
        "man" => (share("mandir")?, false),
        _ => (folders.expand(&file.to)?, false),
    };
    Ok((if file.section == "misc" { folder } else { folder.join(&file.to) }, library))
}
