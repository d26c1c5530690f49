//! `<package>.install`: a plan in the form that opam reads, so that opam does the copying.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::folders::Folders;
use super::item::Item;
use super::plan::Plan;

/// The sections in the order in which they are written.
const SECTIONS: [&str; 11] = [
    "lib",
    "lib_root",
    "stublibs",
    "libexec_root",
    "bin",
    "sbin",
    "share",
    "share_root",
    "doc",
    "man",
    "misc",
];

/// The content of `<package>.install`. Paths of built files are relative to the package root, where
/// opam runs the build.
pub fn opam_file(plan: &Plan, folders: &Folders) -> String {
    let mut sections: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for item in &plan.items {
        let (section, name) = place(plan, folders, item);
        let from = quoted(&item.from);
        let file_name = item.from.rsplit('/').next().unwrap_or(&item.from);
        let line = if name == file_name { from } else { format!("{from} {{{}}}", quoted(&name)) };
        sections.entry(section).or_default().push(line);
    }
    let mut text = String::new();
    for section in SECTIONS {
        let Some(lines) = sections.get(section) else { continue };
        let _ = writeln!(text, "{section}: [");
        for line in lines {
            let _ = writeln!(text, "  {line}");
        }
        text.push_str("]\n");
    }
    text
}

/// The section of a file and its name there.
fn place(plan: &Plan, folders: &Folders, item: &Item) -> (&'static str, String) {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    if let Some(library) = &item.library {
        let name = item.to.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("dll") {
            return ("stublibs", name.into_owned());
        }
        if let Ok(inside) = item.to.strip_prefix(&folders.libraries) {
            return match inside.strip_prefix(&plan.package) {
                Ok(rest) if *library == plan.package => ("lib", text(rest)),
                _ => ("lib_root", text(inside)),
            };
        }
    }
    let share = |name: &str| folders.get(name).ok();
    let own = share("datarootdir").map(|dir| dir.join(&plan.package));
    // The inner folders go before those they are in.
    let known = [
        ("bin", share("bindir")),
        ("sbin", share("sbindir")),
        ("doc", share("docdir")),
        ("man", share("mandir")),
        ("share", own),
        ("share_root", share("datarootdir")),
        ("libexec_root", share("libdir")),
    ];
    for (section, folder) in known {
        if let Some(rest) = folder.and_then(|folder| item.to.strip_prefix(folder).ok()) {
            return (section, text(rest));
        }
    }
    ("misc", text(&item.to))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
