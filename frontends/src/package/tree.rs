//! Several packages in one tree as one package for the generator: what they need of each other is inside of it.

mod needs;
mod renaming;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mbuild_rules::Diagnostic;

pub use needs::Awaited;
use needs::{Offers, circle, levels};
use renaming::{Renaming, section_names};

use super::{About, Depend, Package, Section};
use crate::version::Constraint;

/// A package of a tree, all paths seen from the root of the tree.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its folder; empty where that is the root of the tree.
    pub folder: String,
    /// Its manifests.
    pub manifests: Vec<String>,
    /// The names that packages of others may know it by: its own, and those of all opam's files of its folder.
    pub called: Vec<String>,
    /// The package; the paths of one that its own tool builds are seen from its folder.
    pub package: Arc<Package>,
}

impl Part {
    /// A tool of its own builds it.
    pub fn is_own(&self) -> bool {
        self.package.own_build.is_some()
    }
}

/// The sections of one package among those of all.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// The name of the package.
    pub name: String,
    /// Its folder.
    pub folder: String,
    /// The index of its first section.
    pub first: usize,
    /// How many there are.
    pub count: usize,
    /// The other packages that it needs, by their numbers.
    pub needs: Vec<usize>,
    /// How often it waits for one that its own tool builds.
    pub level: usize,
    /// The package by itself where a tool of its own builds it: its sections have their names among all, and what
    /// others of the tree have for it is not asked for.
    pub own: Option<Box<Package>>,
}

impl Member {
    /// Whether a section of the tree is one of this package's.
    pub fn has(&self, section: usize) -> bool {
        (self.first..self.first + self.count).contains(&section)
    }

    /// Whether a package that it needs is used by it as it is installed, and not from its files.
    pub fn waits_for(&self, other: &Self) -> bool {
        self.own.is_some() || other.own.is_some() || other.level < self.level
    }
}

/// A findlib package that a package of the tree provides.
struct Provided {
    part: usize,
    section: usize,
    version: String,
}

/// All packages as one; else what clashes, each with both places.
pub fn merge(name: &str, parts: &[Part]) -> Result<Package, Vec<Diagnostic>> {
    let mut wrong = Vec::new();
    clashes(parts, &mut wrong);
    let provided = provided(parts);
    let programs = programs(parts);
    let offers = Offers::of(parts);
    let direct = offers.direct(parts);
    wrong.extend(circle(parts, &direct));
    let levels = levels(parts, &direct);
    let names: Vec<Vec<String>> = (0..parts.len()).map(|at| section_names(parts, at)).collect();
    let mut all = Package { name: name.to_owned(), ..Package::default() };
    let (mut ocaml, mut findlib) = (Vec::new(), Vec::new());
    for (at, part) in parts.iter().enumerate() {
        let mut package = Package::clone(&part.package);
        let renaming = Renaming { package: &part.package, names: &names[at], programs: &programs };
        for (index, section) in package.sections.iter_mut().enumerate() {
            renaming.section(index, section);
            let Some(compiled) = section.compiled_mut() else { continue };
            if part.is_own() {
                let elsewhere = |name: &str| offers.library(name).is_none_or(|its| its == at);
                compiled.depends.to_mut().retain(|depend| match depend {
                    Depend::Findlib { name, .. } => elsewhere(name),
                    Depend::Internal(_) => true,
                });
                continue;
            }
            for depend in compiled.depends.to_mut() {
                let Depend::Findlib { name, constraint } = depend else { continue };
                let Some(found) = provided.get(name).filter(|found| found.part != at) else {
                    continue;
                };
                if let Some(constraint) = constraint
                    && !holds(constraint, &found.version)
                {
                    let message = format!(
                        "`{name}` {constraint} is needed, and `{}` has version {}",
                        parts[found.part].manifests.join("`, `"),
                        found.version
                    );
                    let said = Some((About::Depend, name.as_str()));
                    let place = part.package.places.message(index, said, message);
                    wrong.push(place.with_help(
                        "make the two fit: one of a tree goes before one that is installed",
                    ));
                }
                if levels[found.part] == levels[at] {
                    *depend = Depend::Internal(names[found.part][found.section].clone());
                }
            }
        }
        for generate in &mut package.generate {
            renaming.tool(&mut generate.tool);
        }
        for action in &mut package.actions {
            action.tools.iter_mut().for_each(|tool| renaming.tool(tool));
            action.commands.iter_mut().for_each(|command| renaming.command(command));
        }
        let own = package.own_build.take().map(|mut own| {
            own.packages.retain(|name| offers.library(name).is_none_or(|its| its == at));
            own.tools.retain(|tool| offers.tool(tool).is_none_or(|its| its == at));
            own.build.iter_mut().for_each(|command| renaming.text(command));
            let programs = std::mem::take(&mut own.programs).into_iter();
            let renamed = |name: String| renaming.program(|it| it == name).cloned().unwrap_or(name);
            own.programs = programs.map(|(name, path)| (renamed(name), path)).collect();
            Box::new(Package { own_build: Some(own), ..package.clone() })
        });
        all.places.append(all.sections.len(), &package.places);
        all.members.push(Member {
            name: package.name.clone(),
            folder: part.folder.clone(),
            first: all.sections.len(),
            count: package.sections.len(),
            needs: direct[at].clone(),
            level: levels[at],
            own,
        });
        all.sections.append(&mut package.sections);
        all.templates.append(&mut package.templates);
        all.mirrors.append(&mut package.mirrors);
        all.generate.append(&mut package.generate);
        all.made.append(&mut package.made);
        all.bare.append(&mut package.bare);
        all.actions.append(&mut package.actions);
        all.unknown_variables.append(&mut package.unknown_variables);
        all.variables.append(&mut package.variables);
        for flag in package.flags {
            if !all.flags.iter().any(|known| known.name.eq_ignore_ascii_case(&flag.name)) {
                all.flags.push(flag);
            }
        }
        for name in package.opam {
            if !all.opam.contains(&name) {
                all.opam.push(name);
            }
        }
        ocaml.extend(package.ocaml);
        findlib.extend(package.findlib);
    }
    // What one package knows is no mistake because another one does not.
    let known = |name: &String| {
        parts.iter().any(|part| {
            part.package.variables.contains_key(name)
                && !part.package.unknown_variables.contains(name)
        })
    };
    all.unknown_variables.retain(|name| !known(name));
    all.unknown_variables.sort();
    all.unknown_variables.dedup();
    all.awaited = offers.awaited(parts, &levels);
    all.ocaml = together(&ocaml);
    all.findlib = together(&findlib);
    if wrong.is_empty() { Ok(all) } else { Err(wrong) }
}

fn together(constraints: &[String]) -> Option<String> {
    match constraints {
        [] => None,
        [one] => Some(one.clone()),
        several => {
            let several: Vec<String> = several.iter().map(|it| format!("({it})")).collect();
            Some(several.join(" && "))
        }
    }
}

fn holds(constraint: &str, version: &str) -> bool {
    Constraint::parse(constraint).map_or(true, |constraint| constraint.holds(version))
}

/// What is built and installed has a name that others may know it by.
fn is_public(section: &Section) -> bool {
    section.compiled().is_some_and(|compiled| compiled.build && compiled.install)
}

fn findlib_of(section: &Section) -> Option<&str> {
    match section {
        Section::Library(library) => Some(&library.findlib),
        Section::Object(object) => Some(&object.findlib),
        _ => None,
    }
}

fn sections(parts: &[Part]) -> impl Iterator<Item = (usize, usize, &Section)> {
    parts.iter().enumerate().flat_map(|(at, part)| {
        part.package.sections.iter().enumerate().map(move |(index, section)| (at, index, section))
    })
}

fn provided(parts: &[Part]) -> BTreeMap<String, Provided> {
    let mut provided = BTreeMap::new();
    let ours = |part: usize| !parts[part].is_own();
    for (part, section, found) in sections(parts).filter(|(at, _, it)| ours(*at) && is_public(it)) {
        let Some(name) = findlib_of(found) else { continue };
        let package = &parts[part].package;
        let own = match found {
            Section::Library(library) => library.meta.version.as_ref(),
            _ => None,
        };
        let version = own.unwrap_or(&package.version).clone();
        provided.entry(name.to_owned()).or_insert(Provided { part, section, version });
    }
    provided
}

/// The programs that packages of the tree install and mbuild builds, by name.
fn programs(parts: &[Part]) -> BTreeSet<String> {
    let ours = |part: usize| !parts[part].is_own();
    sections(parts)
        .filter(|(at, _, section)| {
            ours(*at) && matches!(section, Section::Executable(_)) && is_public(section)
        })
        .filter_map(|(_, _, section)| Some(section.compiled()?.name.clone()))
        .collect()
}

/// What two packages of the tree cannot both have.
fn clashes(parts: &[Part], wrong: &mut Vec<Diagnostic>) {
    for (at, part) in parts.iter().enumerate() {
        let name = &part.package.name;
        if let Some(first) = parts[..at].iter().find(|other| other.package.name == *name) {
            let file = part.manifests.first().map_or(&[][..], |file| file.as_bytes());
            let message = format!(
                "package `{name}` is in the tree twice: here and in `{}`",
                first.manifests.join("`, `")
            );
            wrong.push(
                Diagnostic::about(file, message)
                    .with_help("give one of them another name, or build them apart"),
            );
        }
    }
    let mut taken: BTreeMap<(&str, String), (usize, usize)> = BTreeMap::new();
    for (part, index, section) in sections(parts) {
        let Some(compiled) = section.compiled().filter(|compiled| compiled.build) else { continue };
        let mut names: Vec<(&str, String)> = Vec::new();
        if let Some(findlib) = findlib_of(section) {
            // META of a findlib package is in one package.
            let root = findlib.split('.').next().unwrap_or(findlib);
            if compiled.install {
                names.push(("findlib package", root.to_owned()));
            }
            // One mistake is said once.
            if !compiled.install || root != compiled.name {
                names.push(("library", compiled.name.clone()));
            }
        } else if compiled.install {
            names.push(("program", compiled.name.clone()));
        }
        for key in names {
            let (first, its) = *taken.entry(key.clone()).or_insert((part, index));
            if first == part {
                continue;
            }
            let (what, name) = key;
            let text = |other: usize| {
                let folder = parts[other].manifests.join("`, `");
                format!("{what} `{name}` is in `{folder}` as well")
            };
            let places = |part: usize| &parts[part].package.places;
            wrong.push(places(first).message(its, None, text(part)));
            wrong.push(
                places(part)
                    .message(index, None, text(first))
                    .with_help("give one of them another name, or leave one of the packages out"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::{Compiled, Executable, Library, Places, Test};

    fn part(name: &str, sections: Vec<Section>) -> Part {
        let manifest = format!("{name}/_oasis");
        let mut places = Places::new(manifest.as_bytes(), b"one\ntwo\n");
        for (at, _) in sections.iter().enumerate() {
            places.section(at * 4);
        }
        let package = Package {
            name: name.to_owned(),
            version: "1.5".to_owned(),
            sections,
            places,
            folders: [("docdir".to_owned(), format!("/doc/{name}"))].into(),
            ..Package::default()
        };
        let called = vec![name.to_owned()];
        let (folder, manifests) = (name.to_owned(), vec![manifest]);
        Part { folder, manifests, called, package: Arc::new(package) }
    }

    fn compiled(name: &str, install: bool, depends: Vec<Depend>) -> Compiled {
        let depends = depends.into();
        Compiled { name: name.to_owned(), build: true, install, depends, ..Compiled::default() }
    }

    fn library(name: &str, findlib: &str, depends: Vec<Depend>) -> Section {
        Section::Library(Library {
            compiled: compiled(name, true, depends),
            findlib: findlib.to_owned(),
            ..Library::default()
        })
    }

    fn program(name: &str) -> Section {
        let compiled = compiled(name, false, Vec::new());
        Section::Executable(Executable { compiled, ..Executable::default() })
    }

    fn test(command: &str) -> Section {
        let (name, command) = ("main".to_owned(), command.to_owned());
        Section::Test(Test { name, command, run: true, ..Test::default() })
    }

    fn needs(name: &str, constraint: Option<&str>) -> Vec<Depend> {
        let constraint = constraint.map(str::to_owned);
        vec![Depend::Findlib { name: name.to_owned(), constraint }]
    }

    #[test]
    fn what_packages_need_of_each_other_is_inside() {
        let a = part("a", vec![library("one", "a.one", Vec::new())]);
        let b = part("b", vec![library("two", "b", needs("a.one", Some(">= 1.2")))]);
        let all = merge("t", &[a, b]).unwrap();
        let depends = &all.sections[1].compiled().unwrap().depends;
        assert_eq!(*depends, [Depend::Internal("one".to_owned())]);
        assert_eq!((all.members[1].first, all.members[1].count), (1, 1));
    }

    #[test]
    fn names_that_nobody_else_knows_may_be_the_same() {
        let own = |name| part(name, vec![program("run"), test("${run} ${docdir}")]);
        let all = merge("t", &[own("a"), own("b")]).unwrap();
        let names: Vec<&str> = all.sections.iter().map(renaming::name_of).collect();
        assert_eq!(names, ["a.run", "a.main", "b.run", "b.main"]);
        let commands: Vec<&str> = all
            .sections
            .iter()
            .filter_map(|it| match it {
                Section::Test(test) => Some(test.command.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(commands, ["${a_run} /doc/a", "${b_run} /doc/b"]);
    }

    #[test]
    fn clashes_and_versions_are_said_at_their_places() {
        let a = part("a", vec![library("x", "x.a", Vec::new())]);
        let b = part("b", vec![library("y", "x.b", needs("x.a", Some(">= 2")))]);
        let wrong = merge("t", &[a, b]).unwrap_err();
        let texts: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "a/_oasis:1:1: findlib package `x` is in `b/_oasis` as well\n  one\n  ^",
                "b/_oasis:1:1: findlib package `x` is in `a/_oasis` as well\n  one\n  ^\n  help: give one of them another name, or leave one of the packages out",
                "b/_oasis:1:1: `x.a` >= 2 is needed, and `a/_oasis` has version 1.5\n  one\n  ^\n  help: make the two fit: one of a tree goes before one that is installed",
            ]
        );
    }
}
