//! `<package>.install`: a plan in the form that opam reads, so that opam does the copying.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::folders::Folders;
use super::item::Item;
use super::plan::Plan;
use crate::opam::quoted_bytes;

/// The sections in the order in which they are written.
const SECTIONS: [&str; 14] = [
    "lib",
    "lib_root",
    "libexec",
    "libexec_root",
    "stublibs",
    "toplevel",
    "bin",
    "sbin",
    "share",
    "share_root",
    "etc",
    "doc",
    "man",
    "misc",
];

/// The permission to be run.
const RUNS: u32 = 0o100;

/// The content of `<package>.install`. Paths of built files are relative to the package root, where
/// opam runs the build.
pub fn opam_file(plan: &Plan, folders: &Folders) -> String {
    let mut sections: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for item in &plan.items {
        let (section, name) = place(plan, folders, item);
        let from = quoted_bytes(item.from.as_os_str().as_encoded_bytes());
        let line = match item.from.file_name() == Some(name.as_os_str()) {
            true => from,
            false => format!("{from} {{{}}}", quoted_bytes(name.as_os_str().as_encoded_bytes())),
        };
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

/// Whether a file says whose a shared stub is.
fn is_owner(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "owner")
}

/// The section of a file and its name there.
fn place(plan: &Plan, folders: &Folders, item: &Item) -> (&'static str, PathBuf) {
    if item.library.is_some() {
        let name = item.to.file_name().unwrap_or_default();
        if name.as_encoded_bytes().starts_with(b"dll") {
            return ("stublibs", name.into());
        }
    }
    // What may be run stays so in these sections alone.
    let lib = if item.mode & RUNS == 0 { ["lib", "lib_root"] } else { ["libexec", "libexec_root"] };
    let share = |name: &str| folders.get(name).ok();
    let below = |name: &str, inner: &str| share(name).map(|folder| folder.join(inner));
    let asked = |folder: Option<PathBuf>| folder.filter(|_| !plan.unasked.contains(&item.from));
    let libraries = Some(folders.libraries.clone());
    // The inner folders go before those they are in.
    let known = [
        // Files of this section may be run, and whose one is, is none to be.
        ("stublibs", Some(folders.stublibs.clone()).filter(|_| !is_owner(&item.to))),
        ("toplevel", Some(folders.libraries.join("toplevel"))),
        (lib[0], Some(folders.libraries.join(&plan.package))),
        (lib[1], libraries),
        ("bin", share("bindir")),
        ("sbin", share("sbindir")),
        ("doc", asked(share("docdir"))),
        ("doc", asked(below("datarootdir", &format!("doc/{}", plan.package)))),
        ("man", asked(share("mandir"))),
        // Where opam has them.
        ("doc", below("prefix", &format!("doc/{}", plan.package))),
        ("man", below("prefix", "man")),
        ("share", below("datarootdir", &plan.package)),
        ("share_root", share("datarootdir")),
        ("etc", below("sysconfdir", &plan.package)),
        ("libexec_root", share("libdir")),
    ];
    for (section, folder) in known {
        if let Some(rest) = folder.and_then(|folder| item.to.strip_prefix(folder).ok()) {
            return (section, rest.to_owned());
        }
    }
    ("misc", item.to.clone())
}
