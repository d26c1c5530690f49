//! The packages of a tree in its configuration, and each as if it were configured alone.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Configuration, HookInfo, OwnBuildInfo, SectionInfo, hooks_of};
use crate::configure::record::Record;
use crate::configure::turn::prefixes_for;
use crate::ocaml::product::{self, Product};
use crate::ocaml::sources::clean;
use crate::own_build::prefix::{Prefix, folder_of};
use crate::package::Package;
use crate::package::tree::Part;

/// A package of a tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberInfo {
    /// Its name.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Its folder; empty where that is the root of the tree.
    pub folder: String,
    /// Its manifests, with blanks between them.
    pub manifest: String,
    /// The goal of all that is built of it.
    pub goal: String,
    /// The index of its first section.
    pub first: usize,
    /// The names of its sections in its manifest.
    pub names: Vec<String>,
    /// Its installation folders.
    pub folders: BTreeMap<String, String>,
    /// Its shell commands around steps.
    pub hooks: Vec<HookInfo>,
    /// The package's own tool, where that builds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_build: Option<OwnBuildInfo>,
    /// Where it is installed for others of the tree, if they need that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Prefix>,
}

impl MemberInfo {
    /// The indexes of its sections; the file may have been damaged, so they need not be there.
    fn range(&self) -> Range<usize> {
        self.first..self.first.saturating_add(self.names.len())
    }
}

impl Configuration {
    /// The configurations of the packages of a tree, each as if it were alone; of one package its own.
    pub fn packages(&self) -> Vec<Cow<'_, Self>> {
        if self.members.is_empty() {
            return vec![Cow::Borrowed(self)];
        }
        self.members.iter().map(|member| Cow::Owned(self.of_member(member))).collect()
    }

    fn of_member(&self, member: &MemberInfo) -> Self {
        let range = member.range();
        let sections = self.sections_of(member).iter().zip(&member.names);
        let products = self.products.iter().filter(|product| range.contains(&product.section));
        Self {
            format: self.format,
            mbuild: self.mbuild.clone(),
            target: self.target.clone(),
            manifest: member.manifest.clone(),
            package: member.package.clone(),
            version: member.version.clone(),
            choices: self.choices.clone(),
            flags: self.flags.clone(),
            sections: sections
                .map(|(section, name)| SectionInfo { name: name.clone(), ..section.clone() })
                .collect(),
            other_manifests: Vec::new(),
            members: Vec::new(),
            folder: member.folder.clone(),
            of_tree: member.goal.clone(),
            products: products
                .map(|it| Product { section: it.section - member.first, ..it.clone() })
                .collect(),
            folders: member.folders.clone(),
            hooks: member.hooks.clone(),
            next: Vec::new(),
            first: Vec::new(),
            own_build: member.own_build.clone(),
            compiler: self.compiler.clone(),
            record: Record::default(),
        }
    }

    /// The package of a tree that has this name or stands in this folder.
    pub fn member(&self, word: &str) -> Option<&MemberInfo> {
        let folder = clean(word);
        self.members.iter().find(|member| {
            member.package == word || !member.folder.is_empty() && member.folder == folder
        })
    }

    /// The sections of a package of a tree.
    pub fn sections_of(&self, member: &MemberInfo) -> &[SectionInfo] {
        self.sections.get(member.range()).unwrap_or_default()
    }
}

/// The packages of a tree; none where there is one package alone.
pub(in crate::configure) fn members(
    package: &Package,
    parts: &[Part],
    prefixes: &[Prefix],
    target: &str,
) -> Vec<MemberInfo> {
    let own = |at: usize, part: &Part| {
        let folder = folder_of(&format!("_mbuild/{target}"), &part.package.name);
        let prefixes = || prefixes_for(&package.members, prefixes, at);
        part.package.own_build.as_ref().map(|own| OwnBuildInfo::of(own, &folder, prefixes()))
    };
    let all = package.members.iter().zip(parts).enumerate();
    all.map(|(at, (member, part))| MemberInfo {
        own_build: own(at, part),
        prefix: prefixes.get(at).cloned(),
        package: member.name.clone(),
        version: part.package.version.clone(),
        folder: member.folder.clone(),
        manifest: part.manifests.join(" "),
        goal: product::package_goal(&member.name),
        first: member.first,
        names: part.package.sections.iter().map(|it| SectionInfo::of(it).name).collect(),
        folders: part.package.folders.clone(),
        hooks: hooks_of(&part.package, target),
    })
    .collect()
}
