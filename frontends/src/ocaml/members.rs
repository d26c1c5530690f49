//! The packages of a tree that tools of their own build, beside those that the generator builds: both as
//! installed packages for those that look for such.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::own_build::prefix::{self, PREFIX, Prefix};
use crate::package::tree::Member;
use crate::package::{Package, Section};

use super::Input;
use super::check::Checked;
use super::error::OcamlError;
use super::order::reachable;
use super::own::{Own, environment};
use super::product::{Product, package_goal};
use super::rules::{Rules, Statement, escape, quote};

/// The packages of a tree.
pub(super) struct Members<'a> {
    package: &'a Package,
    prefixes: &'a [Prefix],
    /// Those that are left for later.
    later: &'a BTreeSet<usize>,
}

/// A package without the sections of those of a tree that the generator has nothing to do with now.
pub(super) fn ours<'a>(package: Cow<'a, Package>, later: &BTreeSet<usize>) -> Cow<'a, Package> {
    let others: Vec<&Member> = package
        .members
        .iter()
        .enumerate()
        .filter_map(|(at, member)| (member.own.is_some() || later.contains(&at)).then_some(member))
        .collect();
    if others.is_empty() {
        return package;
    }
    let mut part = package.as_ref().clone();
    for (index, section) in part.sections.iter_mut().enumerate() {
        if !others.iter().any(|member| member.has(index)) {
            continue;
        }
        match section {
            Section::Test(test) => test.run = false,
            Section::Document(document) => document.build = false,
            _ => {
                if let Some(compiled) = section.compiled_mut() {
                    compiled.build = false;
                }
            }
        }
    }
    Cow::Owned(part)
}

impl<'a> Members<'a> {
    pub(super) fn of(
        package: &'a Package,
        prefixes: &'a [Prefix],
        later: &'a BTreeSet<usize>,
    ) -> Self {
        Self { package, prefixes, later }
    }

    fn is_own(&self, at: usize) -> bool {
        self.package.members[at].own.is_some()
    }

    /// What some packages need, and what these need, in turn.
    fn needed(&self, starts: &[usize]) -> Vec<usize> {
        let needs = |at: usize| self.package.members[at].needs.clone();
        let first: Vec<usize> = starts.iter().flat_map(|at| needs(*at)).collect();
        reachable(&first, &needs)
    }

    /// The numbers of those that are not left for later and that a tool of their own builds, or not.
    fn some(&self, own: bool) -> Vec<usize> {
        let all = 0..self.package.members.len();
        all.filter(|at| self.is_own(*at) == own && !self.later.contains(at)).collect()
    }

    fn prefixes(&self, of: &[usize]) -> Vec<&'a Prefix> {
        of.iter().filter_map(|at| self.prefixes.get(*at)).collect()
    }

    /// The private prefixes in which the commands of packages find things that the generator builds.
    pub(super) fn of_ours(&self) -> Vec<&'a Prefix> {
        let mut own = self.needed(&self.some(false));
        own.retain(|at| self.is_own(*at));
        self.prefixes(&own)
    }

    /// Adds the rules of those that their own tools build, and of all prefixes that somebody needs. Gives back
    /// their tests and documents, and what says that each is built.
    pub(super) fn add(
        &self,
        input: &mut Input<'_>,
        rules: &mut Rules,
        files: &mut Vec<(String, Vec<u8>)>,
        products: &mut Vec<Product>,
    ) -> Result<(Checked, BTreeMap<usize, String>), Vec<OcamlError>> {
        let (mut checked, mut done) = (Checked::default(), BTreeMap::new());
        let mut served: BTreeSet<usize> = BTreeSet::new();
        for at in self.some(true) {
            let member = &self.package.members[at];
            let Some(package) = member.own.as_deref() else { continue };
            let Some(own) = &package.own_build else { continue };
            let needed = self.needed(&[at]);
            let made = Own {
                package,
                own,
                at: &member.folder,
                first: member.first,
                folder: prefix::folder_of(input.dir, &member.name),
                prefixes: self.prefixes(&needed),
            }
            .add(input, rules, files, products)?;
            served.extend(needed);
            checked.add(made.checked);
            done.insert(at, made.done);
        }
        // Those that are left for later need them as well: they wait for what is in there.
        let members = &self.package.members;
        for (at, member) in members.iter().enumerate().filter(|(_, it)| it.own.is_none()) {
            let awaited = self.needed(&[at]).into_iter();
            served.extend(awaited.filter(|other| member.waits_for(&members[*other])));
        }
        // What is installed refers to what it needs, wherever that is.
        let all: Vec<usize> = served.iter().copied().collect();
        served.extend(self.needed(&all));
        for at in served.into_iter().filter(|at| !self.later.contains(at)) {
            let (member, prefix) = (&self.package.members[at], &self.prefixes[at]);
            let command = format!("$mbuild --quiet internal {PREFIX} $target $name $out");
            // Commands that know of no other folder than the real ones are watched there, one at a time.
            rules.pool(PREFIX, 1);
            let pool = [("pool", PREFIX)];
            rules.rule(PREFIX, command, "install $name for others of the tree", &pool);
            let built = done.get(&at).cloned().unwrap_or_else(|| package_goal(&member.name));
            let own = member.own.as_ref().and_then(|package| package.own_build.as_ref());
            rules.add(
                Statement::new(PREFIX, prefix.done())
                    .implicit([built, format!("{}/configure.json", input.dir)])
                    .bind("target", escape(input.target.directory))
                    .bind("name", quote(&member.name))
                    .bind("mbuild_env", own.map(environment).unwrap_or_default())
                    .bind("mbuild_cache", "off"),
            );
        }
        Ok((checked, done))
    }
}
