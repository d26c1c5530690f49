//! Links from where a stock tool leaves what it builds to where it is: for commands that look there.

pub(crate) mod steps;

use std::collections::{BTreeMap, BTreeSet};

use crate::package::Section;

use super::plan::Plan;
use super::rules::shell;
use super::sources::{clean, join};

/// What is left of a module, and of a pack.
const OF_MODULES: [&str; 6] = ["cmi", "cmo", "cmx", "o", "cmt", "cmti"];
/// What is left of a library as a whole.
const OF_LIBRARIES: [&str; 4] = ["cma", "cmxa", "a", "cmxs"];

/// The files that a mirror has and that are there: (link, file), both relative to the root; a package in
/// `folder` has its mirror in `mirror`, and its programs stand in `folder` as well. `made` is the build
/// directory, `programs` has the built path of each by section name.
pub(super) fn links(
    plans: &[Plan<'_>],
    programs: &BTreeMap<String, String>,
    made: &str,
    mirror: &str,
) -> Vec<(String, String)> {
    let folder = mirror.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut links = Links { folder, mirror, seen: BTreeSet::new(), all: Vec::new() };
    let gen_dir = format!("{made}/gen/");
    for plan in plans.iter().filter(|plan| !plan.only_shown) {
        let path = clean(&plan.compiled.path);
        for module in &plan.members {
            let source = module.implementation.as_ref().or(module.interface.as_ref());
            let Some(source) = source else { continue };
            let source = source.path.strip_prefix(&gen_dir).unwrap_or(&source.path);
            let place = source.rsplit_once('/').map_or("", |(folder, _)| folder);
            for ending in OF_MODULES {
                let name = format!("{}.{ending}", module.base);
                links.add(place, &name, format!("{}/{name}", plan.unit_dir));
            }
        }
        match plan.section {
            Section::Library(library) => {
                if library.pack {
                    let base = plan.pack_base();
                    let name = base.rsplit_once('/').map_or(base.as_str(), |(_, name)| name);
                    for ending in OF_MODULES {
                        links.add(&path, &format!("{name}.{ending}"), format!("{base}.{ending}"));
                    }
                }
                let name = &plan.compiled.name;
                let endings = OF_LIBRARIES.map(|ending| format!("{name}.{ending}"));
                let stubs = [format!("lib{name}_stubs.a"), format!("dll{name}_stubs.so")];
                for name in endings.into_iter().chain(stubs) {
                    links.add(&path, &name, format!("{}/{name}", plan.obj));
                }
            }
            Section::Executable(executable) => {
                let Some(built) = programs.get(&plan.compiled.name) else { continue };
                let stem = executable.main.rsplit_once('.').map_or("", |(stem, _)| stem);
                let kind = if plan.native { "native" } else { "byte" };
                let name = format!("{stem}.{kind}");
                links.add(&path, &name, built.clone());
                let name = name.rsplit_once('/').map_or(name.as_str(), |(_, name)| name);
                links.put(join(folder, name), built.clone());
            }
            _ => {}
        }
    }
    links.all
}

/// The link from where the pages of a document would be left: beside `mirror` as well.
pub(super) fn pages(mirror: &str, path: &str, name: &str, pages: &str) -> Vec<(String, String)> {
    let folder = mirror.rsplit_once('/').map_or("", |(folder, _)| folder);
    let name = format!("{name}.docdir");
    let Some(below) = below(path, folder) else { return Vec::new() };
    let places = [join(&join(mirror, below), &name), join(folder, &name)];
    places.map(|link| (link, pages.to_owned())).to_vec()
}

/// A place seen from a folder, where it is in that folder.
fn below<'a>(place: &'a str, folder: &str) -> Option<&'a str> {
    match folder {
        "" => Some(place),
        folder => match place.strip_prefix(folder)? {
            "" => Some(""),
            rest => rest.strip_prefix('/'),
        },
    }
}

struct Links<'a> {
    folder: &'a str,
    mirror: &'a str,
    seen: BTreeSet<String>,
    all: Vec<(String, String)>,
}

impl Links<'_> {
    /// A file of a folder of the package; what is in no such folder has no place in the mirror.
    fn add(&mut self, place: &str, name: &str, file: String) {
        if let Some(below) = below(place, self.folder) {
            self.put(join(&join(self.mirror, below), name), file);
        }
    }

    /// The first to have a place keeps it: libraries stand before what is made with them.
    fn put(&mut self, link: String, file: String) {
        if self.seen.insert(link.clone()) {
            self.all.push((link, file));
        }
    }
}

/// The script that makes these links, as far as their files are there. What is there already and is no
/// link was made by somebody else and stays.
pub(super) fn script(mirror: &str, links: &[(String, String)]) -> Vec<u8> {
    let mut out = String::from(
        "mirror() {\n  \
           if [ ! -e \"$2\" ] || [ \"$1\" -ef \"$2\" ]; then return; fi\n  \
           if [ -e \"$1\" ] && [ ! -L \"$1\" ]; then other=1; return; fi\n  \
           mkdir -p \"${1%/*}\" && ln -sfn \"$PWD/$2\" \"$1\" || exit 1\n\
         }\n",
    );
    for (link, file) in links {
        out += &format!("mirror ./{} {}\n", shell(link), shell(file));
    }
    let message = format!(
        "files of another tool are in `{mirror}`, which commands may take for what is built here: remove it"
    );
    out += &format!("if [ -n \"$other\" ]; then echo {} >&2; fi\n", shell(&message));
    out.into_bytes()
}
