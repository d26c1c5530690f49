//! Which packages of a tree need which of the others, where some of them are built by tools of their own.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use mbuild_rules::Diagnostic;

use super::Part;
use crate::depends::known;
use crate::package::{Depend, Package, Preprocess, Section, Tool};

/// What the packages of a tree have for each other, by the number of the package that has it.
pub(super) struct Offers {
    /// The first parts of findlib names.
    libraries: BTreeMap<String, usize>,
    programs: BTreeMap<String, usize>,
}

/// What packages of a tree have for the others that use them as they are installed. Of those that their own tools
/// build nobody can say it before they are built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Awaited {
    libraries: BTreeSet<String>,
    programs: BTreeSet<String>,
}

impl Awaited {
    /// Whether one of them should have this findlib package.
    pub fn has_library(&self, findlib: &str) -> bool {
        self.libraries.contains(root_of(findlib))
    }

    /// Whether one of them should have this program.
    pub fn has_program(&self, name: &str) -> bool {
        self.programs.contains(name)
    }
}

fn root_of(findlib: &str) -> &str {
    findlib.split('.').next().unwrap_or(findlib)
}

impl Offers {
    /// Those of all packages: what their sections say, and, where a package's own tool knows better, what a
    /// package of that name has.
    pub(super) fn of(parts: &[Part]) -> Self {
        let mut offers = Self { libraries: BTreeMap::new(), programs: BTreeMap::new() };
        for (at, part) in parts.iter().enumerate() {
            for section in part.package.sections.iter().filter(|it| super::is_public(it)) {
                if let Some(findlib) = super::findlib_of(section) {
                    offers.libraries.entry(root_of(findlib).to_owned()).or_insert(at);
                } else if let Some(compiled) = section.compiled() {
                    offers.programs.entry(compiled.name.clone()).or_insert(at);
                }
            }
        }
        for (at, part) in parts.iter().enumerate().filter(|(_, part)| part.is_own()) {
            for name in &part.called {
                let known = known::in_opam(name);
                for findlib in &known.libraries {
                    offers.libraries.entry(root_of(findlib).to_owned()).or_insert(at);
                }
                for program in known.programs.into_iter().chain([name.as_str()]) {
                    offers.programs.entry(program.to_owned()).or_insert(at);
                }
            }
        }
        offers
    }

    /// The package that has a findlib package.
    pub(super) fn library(&self, findlib: &str) -> Option<usize> {
        self.libraries.get(root_of(findlib)).copied()
    }

    /// The package that has the program of a tool; none where it is of the package that runs it.
    pub(super) fn tool(&self, tool: &Tool) -> Option<usize> {
        match tool {
            Tool::External(name) => self.programs.get(name).copied(),
            Tool::Internal(_) => None,
        }
    }

    /// What those have that are used as they are installed.
    pub(super) fn awaited(&self, parts: &[Part], levels: &[usize]) -> Awaited {
        let last = levels.iter().max().copied().unwrap_or_default();
        let own = |at: usize| parts[at].is_own();
        let names = |all: &BTreeMap<String, usize>, is: &dyn Fn(usize) -> bool| {
            let awaited = all.iter().filter(|(_, at)| is(**at));
            awaited.map(|(name, _)| name.clone()).collect()
        };
        Awaited {
            libraries: names(&self.libraries, &|at| own(at) || levels[at] < last),
            programs: names(&self.programs, &own),
        }
    }

    /// The other packages that each needs.
    pub(super) fn direct(&self, parts: &[Part]) -> Vec<Vec<usize>> {
        let all = parts.iter().enumerate().map(|(at, part)| {
            let (libraries, tools) = needed(&part.package);
            let libraries = libraries.into_iter().filter_map(|name| self.library(name));
            let tools = tools.into_iter().filter_map(|tool| self.tool(tool));
            let others: BTreeSet<usize> = libraries.chain(tools).filter(|it| *it != at).collect();
            others.into_iter().collect()
        });
        all.collect()
    }
}

/// The findlib packages and the programs that what is built of a package needs.
fn needed(package: &Package) -> (Vec<&str>, Vec<&Tool>) {
    let (mut libraries, mut tools): (Vec<&str>, Vec<&Tool>) = (Vec::new(), Vec::new());
    for section in &package.sections {
        match section {
            Section::Test(test) if test.run => tools.extend(&test.tools),
            Section::Document(document) if document.build => tools.extend(&document.tools),
            _ => {}
        }
        let Some(compiled) = section.compiled().filter(|it| it.build) else { continue };
        for depend in &compiled.depends {
            if let Depend::Findlib { name, .. } = depend {
                libraries.push(name);
            }
        }
        tools.extend(&compiled.tools);
        tools.extend(compiled.rewriters.iter().map(|rewriter| &rewriter.program));
        for how in compiled.module_preprocess.values().chain([&compiled.preprocess]) {
            if let Preprocess::Program(tool, _) = how {
                tools.push(tool);
            }
        }
    }
    tools.extend(package.generate.iter().map(|generate| &generate.tool));
    tools.extend(package.actions.iter().flat_map(|action| &action.tools));
    if let Some(own) = &package.own_build {
        libraries.extend(own.packages.iter().map(String::as_str));
        tools.extend(&own.tools);
    }
    (libraries, tools)
}

/// How often each package waits for one that its own tool builds, counted along what it needs. Packages of one
/// level are built from each other's files; what is of a lower one is used as it is installed, for what an own
/// tool has built with it refers to that.
pub(super) fn levels(parts: &[Part], direct: &[Vec<usize>]) -> Vec<usize> {
    let mut levels = vec![0; parts.len()];
    // No level is above the number of packages; circles through own tools are refused.
    for _ in parts {
        let next = |at: usize| {
            let below = direct[at].iter().map(|it| levels[*it]).max().unwrap_or_default();
            below + usize::from(parts[at].is_own())
        };
        let new: Vec<usize> = (0..parts.len()).map(next).collect();
        if new == levels {
            break;
        }
        levels = new;
    }
    levels
}

/// Says the shortest circle that a package is in which its own tool builds: that one needs all of the others
/// before, so that nobody could begin. Circles of sections alone are found where these are ordered.
pub(super) fn circle(parts: &[Part], direct: &[Vec<usize>]) -> Option<Diagnostic> {
    let own = parts.iter().enumerate().filter(|(_, part)| part.is_own());
    let circles = own.filter_map(|(at, _)| back_to(at, direct));
    let circle = circles.min_by_key(Vec::len)?;
    let names: Vec<&str> = circle.iter().map(|at| parts[*at].package.name.as_str()).collect();
    let first = &parts[circle[0]];
    let file = first.manifests.first().map_or("", String::as_str);
    let message = format!("packages need each other: {}", names.join(" -> "));
    let help = format!(
        "one of these must do without the one after it: `{}` is built by its own tool, as a whole",
        first.package.name
    );
    Some(Diagnostic::about(file.as_bytes(), message).with_help(help))
}

/// The shortest way from a package back to itself, with it at both ends.
fn back_to(start: usize, direct: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut from: BTreeMap<usize, usize> = BTreeMap::new();
    let mut left = VecDeque::from([start]);
    while let Some(at) = left.pop_front() {
        for next in direct[at].iter().copied() {
            if from.contains_key(&next) {
                continue;
            }
            from.insert(next, at);
            if next != start {
                left.push_back(next);
                continue;
            }
            let mut way = vec![start];
            let mut at = start;
            loop {
                at = *from.get(&at)?;
                way.push(at);
                if at == start {
                    way.reverse();
                    return Some(way);
                }
            }
        }
    }
    None
}
