//! Building for another target: what must run while building is built for the host, by a rule file of its
//! own below the build directory, which the main one includes.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::generate_with;
use super::{Build, Generated, Goals, HostPrograms, Input, OcamlError, ProductKind};
use crate::findlib::Findlib;
use crate::package::{Depend, Package, Section, Tool};
use crate::target::{Code, FinalLink};
use crate::toolchain::Toolchain;

/// Writes the rules of a package for a target that is not the host: programs for the target, tools and
/// tests for the host.
pub fn generate(
    input: &mut Input<'_>,
    host: &Toolchain,
    findlib: &mut Findlib,
) -> Result<Generated, Vec<OcamlError>> {
    let package = input.package;
    let members = package.members.iter().filter_map(|member| member.own.as_deref());
    let all = std::iter::once(package).chain(members);
    if let Some(own) = all.filter_map(|package| package.own_build.as_ref()).next() {
        return Err(
            OcamlError::OwnBuild { tool: own.tool.clone(), instead: own.instead.clone() }.into()
        );
    }
    let dir = format!("{}/host", input.dir);
    let mut programs = HostPrograms::default();
    let mut made = Generated::default();
    let (for_host, own) = parts(package);
    if let Some(part) = for_host {
        let link = FinalLink { target: "host".to_owned(), ..FinalLink::default() };
        made = generate_with(
            &mut Input {
                package: &part,
                toolchain: host,
                findlib,
                sources: input.sources,
                dir: &dir,
                mbuild: input.mbuild,
                options: input.options,
                target: Build {
                    directory: "host",
                    code: Code::Any,
                    links: std::slice::from_ref(&link),
                    entry: None,
                    host: true,
                },
                prefixes: input.prefixes,
                later: input.later,
            },
            &HostPrograms::default(),
            Goals::Tests,
        )?;
        let path = format!("{dir}.ninja");
        made.files.push((path.clone(), std::mem::take(&mut made.rule_file)));
        programs.rule_file = Some(path);
        // What is installed is never the host's.
        made.products.retain(|it| matches!(it.kind, ProductKind::Program | ProductKind::Test));
        for product in &mut made.products {
            if let (ProductKind::Program, Some(compiled)) =
                (product.kind, package.sections[product.section].compiled())
            {
                programs.programs.insert(compiled.name.clone(), product.path.clone());
                product.target = Some("host".to_owned());
            }
        }
    }
    let mut generated = generate_with(
        &mut Input {
            package: &own,
            toolchain: input.toolchain,
            findlib: input.findlib,
            sources: input.sources,
            dir: input.dir,
            mbuild: input.mbuild,
            options: input.options,
            target: input.target,
            prefixes: input.prefixes,
            later: input.later,
        },
        &programs,
        Goals::All,
    )?;
    generated.files.extend(made.files);
    generated.warnings.extend(made.warnings);
    generated.products.extend(made.products);
    generated.products.sort_by_key(|product| product.section);
    Ok(generated)
}

/// What of a package is for the host and what for the target; each is the whole package with the rest
/// switched off.
pub fn parts(package: &Package) -> (Option<Package>, Package) {
    (part_for_host(package), part_for_target(package))
}

/// A package without the programs that nothing but a unikernel can be, where something else is made: where
/// no C of ours begins programs, an operating system does.
pub(super) fn without_unikernels<'a>(
    package: &'a Package,
    entry: Option<&str>,
) -> Cow<'a, Package> {
    let only = |section: &Section| match section {
        Section::Executable(executable) => executable.compiled.build && executable.only_unikernel,
        _ => false,
    };
    if entry.is_some() || !package.sections.iter().any(only) {
        return Cow::Borrowed(package);
    }
    let mut part = package.clone();
    for section in part.sections.iter_mut().filter(|section| only(section)) {
        if let Some(compiled) = section.compiled_mut() {
            compiled.build = false;
        }
    }
    Cow::Owned(part)
}

/// Whether a program is one for the target.
fn is_unikernel(section: &Section, tools: &BTreeSet<String>) -> bool {
    let Section::Executable(executable) = section else { return false };
    let compiled = &executable.compiled;
    executable.unikernel.unwrap_or(compiled.install && !tools.contains(&compiled.name))
}

/// The programs of the package that building it runs.
fn tools(package: &Package) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |tools: &[Tool]| {
        for tool in tools {
            if let Tool::Internal(name) = tool {
                names.insert(name.clone());
            }
        }
    };
    for section in &package.sections {
        match section {
            Section::Test(test) if test.run => add(&test.tools),
            Section::Document(document) if document.build => add(&document.tools),
            _ => {
                if let Some(compiled) = section.compiled().filter(|compiled| compiled.build) {
                    add(&compiled.tools);
                    add(&compiled.inputs.tools);
                }
            }
        }
    }
    for generate in &package.generate {
        add(std::slice::from_ref(&generate.tool));
    }
    names
}

/// The package with only those sections that must run while building, and what they use; `None` where
/// nothing must.
fn part_for_host(package: &Package) -> Option<Package> {
    let tools = tools(package);
    let tests = package.sections.iter().any(|it| matches!(it, Section::Test(test) if test.run));
    // Which programs a test runs is not all in its command: helpers stand beside them.
    let mut wanted: BTreeSet<usize> = package
        .sections
        .iter()
        .enumerate()
        .filter(|(_, section)| match section {
            Section::Executable(executable) if executable.compiled.build => {
                let name = &executable.compiled.name;
                tools.contains(name)
                    || tests && (!is_unikernel(section, &tools) || named(package, name))
            }
            _ => false,
        })
        .map(|(at, _)| at)
        .collect();
    if wanted.is_empty() && !tests {
        return None;
    }
    let mut left: Vec<usize> = wanted.iter().copied().collect();
    while let Some(at) = left.pop() {
        let depends = package.sections[at].compiled().map_or(&[][..], |it| &it.depends);
        for depend in depends {
            let Depend::Internal(name) = depend else { continue };
            let found = package.sections.iter().position(|section| {
                !matches!(section, Section::Executable(_))
                    && section.compiled().is_some_and(|it| it.name == *name)
            });
            left.extend(found.filter(|found| wanted.insert(*found)));
        }
    }
    let mut part = package.clone();
    for (at, section) in part.sections.iter_mut().enumerate() {
        if let Section::Document(document) = section {
            document.build = false;
        }
        if let Some(compiled) = section.compiled_mut() {
            compiled.build &= wanted.contains(&at);
        }
    }
    Some(part)
}

/// Whether a test's command names a program.
fn named(package: &Package, program: &str) -> bool {
    let variable = format!("${{{}}}", crate::package::variable_name(program));
    package.sections.iter().any(|section| match section {
        Section::Test(test) => {
            let more = test.before.iter().chain(&test.after);
            test.run && more.chain([&test.command]).any(|text| text.contains(&variable))
        }
        _ => false,
    })
}

/// The package without what is for the host alone.
fn part_for_target(package: &Package) -> Package {
    let tools = tools(package);
    let mut part = package.clone();
    for section in &mut part.sections {
        let unikernel = is_unikernel(section, &tools);
        match section {
            Section::Executable(executable) => executable.compiled.build &= unikernel,
            Section::Test(test) => test.run = false,
            _ => {}
        }
    }
    part
}
