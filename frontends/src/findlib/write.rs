//! The META file of a package we build, in the form OASIS gives it.

mod alone;

use std::fmt::Write as _;

use super::meta::Entry;
use crate::package::{Bare, Code, Depend, Library, Object, Package, Section};

/// The META files of a package: (findlib name, text), one for each root, and one for each library that has a
/// folder to itself.
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
        let mut text = HEADER.to_owned();
        block(package, &nodes, &root, &mut text);
        out.push((root, text));
    }
    for node in nodes.iter().filter(|node| node.name.contains('.')) {
        let Some(lines) = alone::lines(package, node) else { continue };
        let text = lines.iter().fold(HEADER.to_owned(), |text, line| text + line + "\n");
        out.push((node.name.clone(), text));
    }
    out
}

const HEADER: &str = "# Made from the package's manifest by mbuild\n";

/// A package in META: a library, an object, or a container without content.
struct Node<'a> {
    name: String,
    library: Option<&'a Library>,
    object: Option<&'a Object>,
    bare: Option<&'a Bare>,
}

impl<'a> Node<'a> {
    /// A package of which nothing is said.
    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), library: None, object: None, bare: None }
    }
}

fn nodes(package: &Package) -> Vec<Node<'_>> {
    let sections = package.sections.iter().filter_map(|section| {
        let node = match section {
            Section::Library(library) if library.meta.enable => {
                Node { library: Some(library), ..Node::named(&library.findlib) }
            }
            Section::Object(object) if object.compiled.own_folder.is_none() => {
                Node { object: Some(object), ..Node::named(&object.findlib) }
            }
            _ => return None,
        };
        let listed = package.meta_of_all && has_installed(package, &node.name);
        (is_installed(section) || listed).then_some(node)
    });
    let bare = package.bare.iter();
    let bare = bare.map(|bare| Node { bare: Some(bare), ..Node::named(&bare.findlib) });
    let mut nodes: Vec<Node<'_>> = Vec::new();
    for node in sections.chain(bare) {
        // Containers come into being with the first library in them.
        for (at, _) in node.name.match_indices('.') {
            let container = &node.name[..at];
            if !nodes.iter().any(|node| node.name == container) && !has(package, container) {
                nodes.push(Node::named(container));
            }
        }
        nodes.push(node);
    }
    nodes
}

fn is_installed(section: &Section) -> bool {
    section.compiled().is_some_and(|compiled| compiled.build && compiled.install)
}

/// Whether something is installed in the folder of the findlib package `name`.
fn has_installed(package: &Package, name: &str) -> bool {
    let root = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    package.sections.iter().filter(|section| is_installed(section)).any(|section| match section {
        Section::Library(library) => library.meta.enable && root(&library.findlib) == root(name),
        Section::Object(object) => root(&object.findlib) == root(name),
        _ => false,
    })
}

/// Whether something of the package has this findlib name.
fn has(package: &Package, name: &str) -> bool {
    let bare = package.bare.iter().any(|bare| bare.findlib == name);
    bare || package.sections.iter().any(|section| match section {
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
            }
            Work::Open(name, depth) => {
                let indent = " ".repeat(depth);
                if depth > 0 {
                    let last = name.rsplit('.').next().unwrap_or(name);
                    let _ = writeln!(out, "{}package \"{last}\" (", " ".repeat(depth - 1));
                }
                for line in lines(package, nodes, name) {
                    line.put(&indent, out);
                }
                if depth > 0 {
                    work.push(Work::Close(depth));
                }
                let inside = nodes.iter().filter(|node| {
                    node.name.rsplit_once('.').is_some_and(|(parent, _)| parent == name)
                });
                // OASIS writes them from the last name to the first.
                let mut inside: Vec<_> = inside.collect();
                inside.sort_by(|a, b| a.name.cmp(&b.name));
                for node in inside {
                    work.push(Work::Open(&node.name, depth + 1));
                }
            }
        }
    }
}

/// What is said of one package.
enum Line {
    /// An entry, whose value is on a line of its own where both are too long for one.
    Entry(String),
    /// What is as it is.
    Given(String),
}

/// How long a line with an entry may be, which is what OCaml's `Format` leaves of its margin.
const WIDTH: usize = 77;

impl Line {
    fn put(&self, indent: &str, out: &mut String) {
        let (Self::Entry(text) | Self::Given(text)) = self;
        let long = matches!(self, Self::Entry(_)) && indent.len() + text.len() > WIDTH;
        let _ = match text.split_once(" = ").filter(|_| long) {
            Some((name, value)) => writeln!(out, "{indent}{name} =\n{indent}{value}"),
            None => writeln!(out, "{indent}{text}"),
        };
    }
}

fn lines(package: &Package, nodes: &[Node<'_>], name: &str) -> Vec<Line> {
    let node = nodes.iter().find(|node| node.name == name);
    let root = name.split('.').next().unwrap_or(name);
    let alone = node.and_then(|node| match name == root {
        true => alone::lines(package, node),
        false => alone::lines_inside(package, node, root),
    });
    if let Some(lines) = alone {
        return lines.into_iter().map(Line::Given).collect();
    }
    // What the root says of itself holds for all inside that say nothing.
    let description = nodes
        .iter()
        .find(|node| node.name == root)
        .and_then(|node| node.library?.meta.description.as_deref())
        .unwrap_or(&package.synopsis);
    let mut lines = Vec::new();
    match node.map(|node| (node.library, node.object)) {
        Some((Some(library), _)) => {
            let version = library.meta.version.as_ref().unwrap_or(&package.version);
            lines.push(entry("version", &[], version));
            library_lines(package, library, description, &mut lines);
        }
        Some((None, Some(object))) => {
            lines.push(entry("version", &[], &package.version));
            object_lines(package, object, description, &mut lines);
        }
        _ if name != root => lines.push(entry("description", &[], "Virtual container")),
        _ => {}
    }
    lines
}

/// Where the files are, seen from those of the package around it.
fn directory_entry(folder: Option<&str>, lines: &mut Vec<Line>) {
    lines.extend(
        folder.filter(|folder| !folder.is_empty()).map(|folder| entry("directory", &[], folder)),
    );
}

fn object_lines(package: &Package, object: &Object, description: &str, lines: &mut Vec<Line>) {
    lines.push(entry("description", &[], description));
    directory_entry(object.compiled.findlib_folder.as_deref(), lines);
    let requires = requires(package, &object.compiled.depends);
    if !requires.is_empty() {
        lines.push(entry("requires", &[], &requires.join(" ")));
    }
    let file = |module: &String| module_file(module.rsplit('/').next().unwrap_or(module));
    let units: Vec<String> = match object.modules.as_slice() {
        modules if modules.len() == 1 || object.apart => modules.iter().map(file).collect(),
        _ => vec![object.compiled.name.clone()],
    };
    let all = |ending: &str| {
        units.iter().map(|unit| format!("{unit}.{ending}")).collect::<Vec<_>>().join(" ")
    };
    lines.push(entry("archive", &["byte"], &all("cmo")));
    if object.compiled.code != Code::Byte {
        lines.push(entry("archive", &["native"], &all("cmx")));
    }
    let unit = units.first().cloned().unwrap_or_default();
    let (cmo, cmx) = (format!("{unit}.cmo"), format!("{unit}.cmx"));
    lines.push(entry(
        "exists_if",
        &[],
        if object.compiled.code == Code::Native { &cmx } else { &cmo },
    ));
}

fn module_file(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|c| c.to_ascii_lowercase().to_string() + chars.as_str()).unwrap_or_default()
}

fn library_lines(package: &Package, library: &Library, description: &str, lines: &mut Vec<Line>) {
    let description = library.meta.description.as_deref().unwrap_or(description);
    lines.push(entry("description", &[], description));
    directory_entry(library.compiled.findlib_folder.as_deref(), lines);
    let requires = match &library.meta.requires {
        Some(given) => given.clone(),
        None => requires(package, &library.compiled.depends),
    };
    if !requires.is_empty() {
        lines.push(entry("requires", &[], &requires.join(" ")));
    }
    let name = library.archive();
    let (cma, cmxa, cmxs) = (format!("{name}.cma"), format!("{name}.cmxa"), format!("{name}.cmxs"));
    let archives: [(&[&str], &String); 4] = if library.meta.syntax {
        [
            (&["syntax", "preprocessor"], &cma),
            (&["syntax", "toploop"], &cma),
            (&["syntax", "preprocessor", "native"], &cmxa),
            (&["syntax", "preprocessor", "native", "plugin"], &cmxs),
        ]
    } else {
        [
            (&["byte"], &cma),
            (&["byte", "plugin"], &cma),
            (&["native"], &cmxa),
            (&["native", "plugin"], &cmxs),
        ]
    };
    let code = library.compiled.code;
    let archives = archives.into_iter().filter(|(_, file)| code != Code::Byte || *file == &cma);
    lines.extend(archives.map(|(predicates, file)| entry("archive", predicates, file)));
    lines.extend(library.meta.extra_lines.iter().cloned().map(Line::Given));
    lines.push(entry("exists_if", &[], if code == Code::Native { &cmxa } else { &cma }));
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

fn entry(variable: &str, predicates: &[&str], value: &str) -> Line {
    Line::Entry(line(variable, predicates, value))
}

/// An entry on one line.
fn line(variable: &str, predicates: &[&str], value: &str) -> String {
    let value = value.replace(|c: char| c.is_ascii_whitespace(), " ");
    Entry::new(variable, predicates, value).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::{Compiled, MetaFields};

    fn library(name: &str, findlib: &str) -> Library {
        Library {
            compiled: Compiled {
                name: name.to_owned(),
                build: true,
                install: true,
                ..Compiled::default()
            },
            findlib: findlib.to_owned(),
            meta: MetaFields { enable: true, ..MetaFields::default() },
            ..Library::default()
        }
    }

    fn package(libraries: Vec<Library>) -> Package {
        Package {
            name: "p".to_owned(),
            version: "1.2".to_owned(),
            synopsis: "Says \"p\"".to_owned(),
            sections: libraries.into_iter().map(Section::Library).collect(),
            ..Package::default()
        }
    }

    #[test]
    fn libraries_are_nested_as_their_names_are() {
        let mut root = library("p", "p");
        root.compiled.depends =
            vec![Depend::Findlib { name: "unix".to_owned(), constraint: None }].into();
        let mut inner = library("p_lwt", "p.lwt");
        inner.compiled.depends = vec![
            Depend::Internal("p".to_owned()),
            Depend::Findlib { name: "lwt.unix".to_owned(), constraint: None },
        ]
        .into();
        inner.meta.extra_lines = vec!["xen_linkopts = \"-lx\"".to_owned()];
        let contained = library("p_deep", "p.virtual.deep");
        insta::assert_snapshot!(metas(&package(vec![root, inner, contained]))[0].1, @r#"
        # Made from the package's manifest by mbuild
        version = "1.2"
        description = "Says \"p\""
        requires = "unix"
        archive(byte) = "p.cma"
        archive(byte, plugin) = "p.cma"
        archive(native) = "p.cmxa"
        archive(native, plugin) = "p.cmxs"
        exists_if = "p.cma"
        package "virtual" (
         description = "Virtual container"
         package "deep" (
          version = "1.2"
          description = "Says \"p\""
          archive(byte) = "p_deep.cma"
          archive(byte, plugin) = "p_deep.cma"
          archive(native) = "p_deep.cmxa"
          archive(native, plugin) = "p_deep.cmxs"
          exists_if = "p_deep.cma"
         )
        )
        package "lwt" (
         version = "1.2"
         description = "Says \"p\""
         requires = "p lwt.unix"
         archive(byte) = "p_lwt.cma"
         archive(byte, plugin) = "p_lwt.cma"
         archive(native) = "p_lwt.cmxa"
         archive(native, plugin) = "p_lwt.cmxs"
         xen_linkopts = "-lx"
         exists_if = "p_lwt.cma"
        )
        "#);
    }

    #[test]
    fn what_is_left_out_is_listed_beside_what_is_installed_where_the_manifest_wants_it() {
        let mut inner = library("p_lwt", "p.lwt");
        inner.compiled.build = false;
        let mut alone = library("alone", "alone");
        alone.compiled.install = false;
        let mut package = package(vec![library("p", "p"), inner, alone]);
        let names = |package: &Package| -> Vec<(String, bool)> {
            metas(package).into_iter().map(|(root, text)| (root, text.contains("p_lwt"))).collect()
        };
        assert_eq!(names(&package), [("p".to_owned(), false)]);
        package.meta_of_all = true;
        assert_eq!(names(&package), [("p".to_owned(), true)]);
    }

    #[test]
    fn a_value_has_its_own_line_where_one_is_too_long_but_for_lines_that_are_given() {
        let mut inner = library("p_in", "p.in");
        inner.meta.description = Some("d".repeat(60));
        inner.meta.extra_lines = vec![format!("linkopts = \"{}\"", "l".repeat(80))];
        let mut root = library("p", "p");
        root.meta.description = Some("d".repeat(60));
        let text = &metas(&package(vec![root, inner]))[0].1;
        let line = format!("description = \"{}\"", "d".repeat(60));
        assert_eq!(line.len(), WIDTH - 1);
        assert!(text.contains(&format!("\n{line}\n")), "{text}");
        assert!(text.contains(&format!("\n {line}\n")), "{text}");
        assert!(text.contains("\n linkopts = \"ll"), "{text}");
        let mut package = package(vec![library("p", "p")]);
        package.synopsis = "d".repeat(62);
        let text = &metas(&package)[0].1;
        assert!(text.contains(&format!("\ndescription =\n\"{}\"\n", "d".repeat(62))), "{text}");
    }

    #[test]
    fn a_root_without_content_says_nothing_of_itself() {
        insta::assert_snapshot!(metas(&package(vec![library("x", "p.x")]))[0].1, @r#"
        # Made from the package's manifest by mbuild
        package "x" (
         version = "1.2"
         description = "Says \"p\""
         archive(byte) = "x.cma"
         archive(byte, plugin) = "x.cma"
         archive(native) = "x.cmxa"
         archive(native, plugin) = "x.cmxs"
         exists_if = "x.cma"
        )
        "#);
    }

    #[test]
    fn only_what_is_built_is_promised() {
        let mut byte = library("b", "b");
        byte.compiled.code = Code::Byte;
        let mut native = library("n", "n");
        native.compiled.code = Code::Native;
        let mut syntax = library("s", "s");
        syntax.meta.syntax = true;
        syntax.meta.description = Some("two\nlines".to_owned());
        let mut left_out = library("o", "o");
        left_out.compiled.install = false;
        let metas = metas(&package(vec![byte, native, syntax, left_out]));
        let names: Vec<&str> = metas.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["b", "n", "s"]);
        let all: String = metas.into_iter().map(|(_, text)| text).collect();
        insta::assert_snapshot!(all, @r#"
        # Made from the package's manifest by mbuild
        version = "1.2"
        description = "Says \"p\""
        archive(byte) = "b.cma"
        archive(byte, plugin) = "b.cma"
        exists_if = "b.cma"
        # Made from the package's manifest by mbuild
        version = "1.2"
        description = "Says \"p\""
        archive(byte) = "n.cma"
        archive(byte, plugin) = "n.cma"
        archive(native) = "n.cmxa"
        archive(native, plugin) = "n.cmxs"
        exists_if = "n.cmxa"
        # Made from the package's manifest by mbuild
        version = "1.2"
        description = "two lines"
        archive(syntax, preprocessor) = "s.cma"
        archive(syntax, toploop) = "s.cma"
        archive(syntax, preprocessor, native) = "s.cmxa"
        archive(syntax, preprocessor, native, plugin) = "s.cmxs"
        exists_if = "s.cma"
        "#);
    }
}
