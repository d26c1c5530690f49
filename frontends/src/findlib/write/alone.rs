//! What META says of a package that has a folder to itself, in the form ocp-build gives it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Node, line};
use crate::package::{Bare, Code, Compiled, Depend, Library, Package, Section};

/// The lines of a package that has a folder to itself, as the META of that folder has them; `None` where it has
/// none.
pub(super) fn lines(package: &Package, node: &Node<'_>) -> Option<Vec<String>> {
    if let Some(bare) = node.bare {
        return Some(bare_lines(bare));
    }
    let library = node.library?;
    let folder = library.compiled.own_folder.as_ref()?;
    let meta = &library.meta;
    let mut lines = vec![
        line("version", &[], meta.version.as_ref().unwrap_or(&package.version)),
        line("description", &[], meta.description.as_ref().unwrap_or(&node.name)),
    ];
    lines.extend(outside(folder, &node.name));
    let requires = linked(package, &library.compiled);
    if !requires.is_empty() {
        lines.push(line("requires", &[], &requires.join(" ")));
    }
    lines.extend(archives(library));
    Some(lines)
}

fn bare_lines(bare: &Bare) -> Vec<String> {
    let mut lines =
        vec![line("version", &[], &bare.version), line("description", &[], &bare.description)];
    lines.extend(outside(&bare.folder, &bare.findlib));
    lines
}

/// Where the files are of a package whose META is not beside them.
fn outside(folder: &str, name: &str) -> Option<String> {
    (folder != name).then(|| line("directory", &[], folder))
}

/// The same lines inside the META of the package around it, whose files are elsewhere.
pub(super) fn lines_inside(package: &Package, node: &Node<'_>, root: &str) -> Option<Vec<String>> {
    let mut lines = lines(package, node)?;
    let own = |name: &str| {
        let bare = package.bare.iter().find(|bare| bare.findlib == name);
        let library = package.libraries().find(|library| library.findlib == name);
        let library = library.and_then(|library| library.compiled.own_folder.as_deref());
        bare.map(|bare| bare.folder.as_str()).or(library).map(str::to_owned)
    };
    let up = "../".repeat(own(root).unwrap_or_default().matches('/').count() + 1);
    let folder = own(&node.name).unwrap_or_default();
    lines.retain(|line| !line.starts_with("directory "));
    lines.insert(2, line("directory", &[], &format!("{up}{folder}")));
    Some(lines)
}

fn archives(library: &Library) -> Vec<String> {
    let name = library.archive();
    let (cma, cmxa, cmxs) = (format!("{name}.cma"), format!("{name}.cmxa"), format!("{name}.cmxs"));
    let mut lines = Vec::new();
    if library.compiled.code != Code::Native {
        lines.push(line("archive", &["byte"], &cma));
        lines.push(line("plugin", &["byte"], &cma));
    }
    if library.compiled.code != Code::Byte {
        lines.push(line("archive", &["native"], &cmxa));
        lines.extend((!library.no_plugin).then(|| line("plugin", &["native"], &cmxs)));
    }
    let code = library.compiled.code;
    lines.push(line("exists_if", &[], if code == Code::Native { &cmxa } else { &cma }));
    lines
}

/// Everything that a section is linked with, each after what it needs.
fn linked(package: &Package, compiled: &Compiled) -> Vec<String> {
    let sections: HashMap<&str, &Compiled> =
        package.compiled().map(|compiled| (compiled.name.as_str(), compiled)).collect();
    let names: BTreeMap<&str, &str> = package
        .sections
        .iter()
        .filter_map(|section| match section {
            Section::Library(library) => Some((&*library.compiled.name, &*library.findlib)),
            Section::Object(object) => Some((&*object.compiled.name, &*object.findlib)),
            _ => None,
        })
        .collect();
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut left: Vec<&Depend> = compiled.depends.iter().collect();
    let mut installed: Vec<&str> = Vec::new();
    while let Some(depend) = left.pop() {
        match depend {
            Depend::Internal(name) if found.insert(name) => {
                left.extend(sections.get(name.as_str()).into_iter().flat_map(|it| &it.depends));
            }
            Depend::Findlib { name, .. } => installed.push(name),
            Depend::Internal(_) => {}
        }
    }
    while let Some(name) = installed.pop() {
        if found.insert(name) {
            installed.extend(package.linked_with.get(name).into_iter().flatten().map(|it| &**it));
        }
    }
    let ranks: HashMap<&str, usize> =
        package.link_order.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let mut found: Vec<&str> = found.into_iter().collect();
    found.sort_by_key(|name| ranks.get(name).copied().unwrap_or(usize::MAX));
    found.into_iter().map(|name| (*names.get(name).unwrap_or(&name)).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::metas;
    use super::*;
    use crate::package::MetaFields;

    fn library(name: &str, folder: &str, depends: &[Depend]) -> Section {
        Section::Library(Library {
            compiled: Compiled {
                name: name.to_owned(),
                build: true,
                install: true,
                own_folder: Some(folder.to_owned()),
                depends: depends.to_vec().into(),
                ..Compiled::default()
            },
            findlib: name.to_owned(),
            meta: MetaFields { enable: true, ..MetaFields::default() },
            ..Library::default()
        })
    }

    #[test]
    fn each_has_a_meta_and_findlib_finds_those_inside_others() {
        let internal = |name: &str| Depend::Internal(name.to_owned());
        let unix = Depend::Findlib { name: "unix".to_owned(), constraint: None };
        let package = Package {
            version: "1.2".to_owned(),
            sections: vec![
                library("b", "b", &[unix]),
                library("a.in", "sub/a.in", &[internal("z"), internal("b")]),
                library("z", "z", &[]),
            ],
            bare: vec![Bare {
                findlib: "a".to_owned(),
                folder: "a".to_owned(),
                version: "3".to_owned(),
                description: "a program".to_owned(),
            }],
            link_order: ["system", "unix", "b", "z"].map(str::to_owned).to_vec(),
            linked_with: [("unix".to_owned(), vec!["system".to_owned()])].into(),
            ..Package::default()
        };
        let metas = metas(&package);
        let names: Vec<&str> = metas.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["b", "a", "z", "a.in"]);
        assert_eq!(
            metas[1].1,
            "# Made from the package's manifest by mbuild\n\
             version = \"3\"\n\
             description = \"a program\"\n\
             package \"in\" (\n \
              version = \"1.2\"\n \
              description = \"a.in\"\n \
              directory = \"../sub/a.in\"\n \
              requires = \"system unix b z\"\n \
              archive(byte) = \"a.in.cma\"\n \
              plugin(byte) = \"a.in.cma\"\n \
              archive(native) = \"a.in.cmxa\"\n \
              plugin(native) = \"a.in.cmxs\"\n \
              exists_if = \"a.in.cma\"\n\
             )\n"
        );
        let alone: Vec<&str> = metas[3].1.lines().skip(1).take(4).collect();
        let expected = [
            "version = \"1.2\"",
            "description = \"a.in\"",
            "directory = \"sub/a.in\"",
            "requires = \"system unix b z\"",
        ];
        assert_eq!(alone, expected);
    }
}
