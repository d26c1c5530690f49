//! The META file of a package we build, in the form OASIS gives it.

use std::fmt::Write as _;

use crate::package::{Depend, Library, Object, Package, Section};

/// The META files of a package: (root findlib name, text), one for each root.
pub fn metas(package: &Package) -> Vec<(String, String)> {
    let mut roots: Vec<String> = Vec::new();
    let nodes = nodes(package);
    for node in &nodes {
        let root = node.name.split('.').next().unwrap_or_default().to_owned();
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    let mut out = Vec::new();
    for root in roots {
        let mut text = String::from("# Made from the package's manifest by mbuild\n");
        block(package, &nodes, &root, &mut text);
        out.push((root, text));
    }
    out
}

/// A package in META: a library, an object, or a container without content.
struct Node<'a> {
    name: String,
    library: Option<&'a Library>,
    object: Option<&'a Object>,
}

fn nodes(package: &Package) -> Vec<Node<'_>> {
    let mut nodes: Vec<Node<'_>> = Vec::new();
    for section in &package.sections {
        let (name, library, object) = match section {
            Section::Library(library)
                if library.compiled.build && library.compiled.install && library.meta.enable =>
            {
                (&library.findlib, Some(library), None)
            }
            Section::Object(object) if object.compiled.build && object.compiled.install => {
                (&object.findlib, None, Some(object))
            }
            _ => continue,
        };
        // Containers come into being with the first library in them.
        for (at, _) in name.match_indices('.') {
            let container = &name[..at];
            if !nodes.iter().any(|node| node.name == container)
                && !has(package, container)
            {
                nodes.push(Node { name: container.to_owned(), library: None, object: None });
            }
        }
        nodes.push(Node { name: name.clone(), library, object });
    }
    nodes
}

/// Whether a section of the package has this findlib name.
fn has(package: &Package, name: &str) -> bool {
    package.sections.iter().any(|section| match section {
        Section::Library(library) => library.findlib == name,
        Section::Object(object) => object.findlib == name,
        _ => false,
    })
}

/// Writes `root` and, nested in it, what is inside. Names are finite, so a stack of the open
/// blocks is enough.
fn block(package: &Package, nodes: &[Node<'_>], root: &str, out: &mut String) {
    enum Work<'a> {
        Open(&'a str, usize),
        Close(usize),
    }
    let mut work = vec![Work::Open(root, 0)];
    while let Some(next) = work.pop() {
        match next {
            Work::Close(depth) => {
                let _ = writeln!(out, "{})", " ".repeat(depth - 1));
                out.push('\n');
            }
            Work::Open(name, depth) => {
                let indent = " ".repeat(depth);
                if depth > 0 {
                    let last = name.rsplit('.').next().unwrap_or(name);
                    let _ = writeln!(out, "{}package \"{last}\" (", " ".repeat(depth - 1));
                }
                for line in lines(package, nodes, name) {
                    let _ = writeln!(out, "{indent}{line}");
                }
                if depth > 0 {
                    work.push(Work::Close(depth));
                }
                let inside = nodes.iter().filter(|node| {
                    node.name.rsplit_once('.').is_some_and(|(parent, _)| parent == name)
                });
                let inside: Vec<_> = inside.collect();
                for node in inside.into_iter().rev() {
                    work.push(Work::Open(&node.name, depth + 1));
                }
            }
        }
    }
}

fn lines(package: &Package, nodes: &[Node<'_>], name: &str) -> Vec<String> {
    let mut lines = vec![line("version", &package.version)];
    let node = nodes.iter().find(|node| node.name == name);
    match node.map(|node| (node.library, node.object)) {
        Some((Some(library), _)) => library_lines(package, library, &mut lines),
        Some((None, Some(object))) => {
            lines.push(line("description", &package.synopsis));
            lines.push(line("requires", &requires(package, &object.compiled.depends).join(" ")));
            let only = match object.modules.as_slice() {
                [module] => module.rsplit('/').next().unwrap_or(module).to_owned(),
                _ => object.compiled.name.clone(),
            };
            let unit = object_unit(&only);
            lines.push(line("archive(byte)", &format!("{unit}.cmo")));
            lines.push(line("archive(native)", &format!("{unit}.cmx")));
        }
        _ => lines.push(line("description", "Virtual container")),
    }
    lines
}

fn object_unit(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|c| c.to_ascii_lowercase().to_string() + chars.as_str()).unwrap_or_default()
}

fn library_lines(package: &Package, library: &Library, lines: &mut Vec<String>) {
    let description = library.meta.description.as_deref().unwrap_or(&package.synopsis);
    lines.push(line("description", description));
    let requires = match &library.meta.requires {
        Some(given) => given.clone(),
        None => requires(package, &library.compiled.depends),
    };
    if !requires.is_empty() {
        lines.push(line("requires", &requires.join(" ")));
    }
    let name = &library.compiled.name;
    let (cma, cmxa, cmxs) = (format!("{name}.cma"), format!("{name}.cmxa"), format!("{name}.cmxs"));
    let archives = if library.meta.syntax {
        [
            ("archive(syntax, preprocessor)", &cma),
            ("archive(syntax, toploop)", &cma),
            ("archive(syntax, preprocessor, native)", &cmxa),
            ("archive(syntax, preprocessor, native, plugin)", &cmxs),
        ]
    } else {
        [
            ("archive(byte)", &cma),
            ("archive(byte, plugin)", &cma),
            ("archive(native)", &cmxa),
            ("archive(native, plugin)", &cmxs),
        ]
    };
    lines.extend(archives.map(|(variable, file)| line(variable, file)));
    lines.extend(library.meta.extra_lines.iter().cloned());
    lines.push(line("exists_if", &cma));
}

/// The dependencies by findlib name, in the order of the manifest.
fn requires(package: &Package, depends: &[Depend]) -> Vec<String> {
    depends
        .iter()
        .filter_map(|depend| match depend {
            Depend::Findlib { name, .. } => Some(name.clone()),
            Depend::Internal(section) => {
                package.sections.iter().find_map(|candidate| match candidate {
                    Section::Library(library) if library.compiled.name == *section => {
                        Some(library.findlib.clone())
                    }
                    Section::Object(object) if object.compiled.name == *section => {
                        Some(object.findlib.clone())
                    }
                    _ => None,
                })
            }
        })
        .collect()
}

fn line(variable: &str, value: &str) -> String {
    format!("{variable} = \"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}
