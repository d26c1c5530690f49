//! What a package says of itself.

use mbuild_rules::Diagnostic;

use super::{Host, Manifest, One, name_of, texts};
use crate::opam::checksum::{Checksum, checksums};
use crate::opam::command;
use crate::opam::fields::in_address;
use crate::opam::tree::{Item, fields};
use crate::opam::variables::{Content, Known};
use crate::opam::{Wrong, parse, shown};
use crate::package::Package;

/// The files of opam's among these that say what a package of this name is: the one that is called so, or the
/// only one.
pub fn of_package<'a>(manifests: &'a [Manifest], folder: &str, name: &str) -> Option<&'a Manifest> {
    let named = manifests.iter().find(|manifest| name_of(manifest, folder) == name);
    named.or(match manifests {
        [only] => Some(only),
        _ => None,
    })
}

/// Fills in what another manifest leaves out of what a package is, from the file of opam's for that package, and
/// gives what is strange in that.
pub fn complete(
    manifests: &[Manifest],
    folder: &str,
    host: &mut dyn Host,
    model: &mut Package,
) -> Vec<Diagnostic> {
    let Some(manifest) = of_package(manifests, folder, &model.name) else { return Vec::new() };
    let mut one = One::new(manifest, host, false);
    let mut known = Known { name: model.name.clone(), ..Known::default() };
    known.folders = command::FOLDERS
        .iter()
        .map(|(name, folder)| ((*name).to_owned(), (*folder).to_owned()))
        .collect();
    let mut said = Package::default();
    one.metadata(&mut said);
    said.published = one.published(&mut known);
    said.exports = one.environment("setenv", &known);
    let texts = [
        (&mut model.synopsis, said.synopsis),
        (&mut model.description, said.description),
        (&mut model.license, said.license),
    ];
    let mut completed = false;
    for (own, other) in texts {
        if own.is_empty() && !other.is_empty() {
            *own = other;
            completed = true;
        }
    }
    let lists = [
        (&mut model.authors, said.authors),
        (&mut model.maintainers, said.maintainers),
        (&mut model.published, said.published),
    ];
    for (own, other) in lists {
        if own.is_empty() && !other.is_empty() {
            *own = other;
            completed = true;
        }
    }
    if model.homepage.is_none() && said.homepage.is_some() {
        model.homepage = said.homepage;
        completed = true;
    }
    if model.exports.is_empty() && !said.exports.is_empty() {
        model.exports = said.exports;
        completed = true;
    }
    if completed {
        model.completed_by = Some(manifest.path.clone());
    }
    // Another manifest is what counts, so that nothing here is in the way of building.
    let mut strange = [one.wrong, one.warnings, manifest.file.strange.clone()].concat();
    strange.sort_by_key(|wrong| wrong.at);
    let mut all = shown(manifest.path.as_bytes(), &manifest.content, strange);
    all.extend(one.beside);
    all
}

impl One<'_> {
    pub(super) fn metadata(&mut self, model: &mut Package) {
        let all = |one: &Self, name: &str| one.field(name).map(texts).unwrap_or_default();
        model.synopsis = all(self, "synopsis").join(" ");
        model.description = all(self, "description").join("\n").trim().to_owned();
        let folder = self.manifest.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let beside = if folder.is_empty() { "descr".to_owned() } else { format!("{folder}/descr") };
        let own = all(self, "descr").join("\n");
        let content = match own.as_str() {
            "" => self.host.read(&beside),
            _ => Some(own.into_bytes()),
        };
        if model.synopsis.is_empty()
            && let Some(content) = content
        {
            if let Err(error) = std::str::from_utf8(&content) {
                let (path, at) = (beside.as_bytes(), error.valid_up_to());
                let message = "this is no UTF-8, and is read as if it were";
                let found = Diagnostic::at(path, &content, at, message);
                self.beside.push(found.with_help("save the file in UTF-8"));
            }
            let text = String::from_utf8_lossy(&content).into_owned();
            let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
            model.synopsis = first.trim().to_owned();
            model.description = rest.trim().to_owned();
        }
        model.authors = [all(self, "authors"), all(self, "author")].concat();
        model.maintainers = all(self, "maintainer");
        model.license = all(self, "license").join(", ");
        model.homepage = all(self, "homepage").into_iter().next();
    }

    /// Where the sources are published, in the section `url` or opam 1's file of that name. The sources at hand
    /// are what is built, so nothing of it has to be right; its checksum is what `hash` is.
    pub(super) fn published(&mut self, known: &mut Known) -> Vec<String> {
        // With a title of its own it is none for opam.
        let inside = self.sections("url").first().map(|(_, title, items)| match title {
            None => *items,
            Some(_) => &[],
        });
        let mut wrong = Vec::new();
        let published = match inside {
            Some(items) => {
                let published = Published::read(items, &mut wrong);
                self.warnings.append(&mut wrong);
                published
            }
            None => {
                let folder = self.manifest.path.rsplit_once('/').map_or("", |(folder, _)| folder);
                // In the root of a source tree a file of this name may be anything.
                if folder.is_empty() {
                    return Vec::new();
                }
                let path = format!("{folder}/url");
                let Some(content) = self.host.read(&path) else { return Vec::new() };
                match parse(path.as_bytes(), &content) {
                    Ok(file) => {
                        let published = Published::read(&file.items, &mut wrong);
                        wrong.extend(in_address(&file.items));
                        wrong.extend(file.strange);
                        self.beside.extend(shown(path.as_bytes(), &content, wrong));
                        published
                    }
                    Err(wrong) => {
                        self.beside.extend(wrong);
                        return Vec::new();
                    }
                }
            }
        };
        // Of several checksums the longest is the safest.
        let best = published.checksums.iter().map(ToString::to_string).max_by_key(String::len);
        if let Some(best) = best {
            known.own.insert("hash".to_owned(), Content::Text(best));
        }
        published.addresses
    }
}

/// What `url` says.
#[derive(Default)]
struct Published {
    addresses: Vec<String>,
    checksums: Vec<Checksum>,
}

/// The fields of `url` that hold addresses: opam 1 had one for each way of fetching.
const ADDRESSES: [&str; 8] = ["src", "archive", "http", "git", "hg", "darcs", "local", "mirrors"];

impl Published {
    fn read(items: &[Item], wrong: &mut Vec<Wrong>) -> Self {
        let mut found = Self::default();
        for name in ADDRESSES {
            found.addresses.extend(fields(items, name).flat_map(texts));
        }
        for value in fields(items, "checksum") {
            match checksums(value) {
                Ok(checksums) => found.checksums.extend(checksums),
                Err(found) => wrong.push(found),
            }
        }
        found
    }
}
