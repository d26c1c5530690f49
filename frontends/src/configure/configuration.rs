//! What configuring leaves behind: the user's choices, the package's sections and products, and
//! what all of it was made from, in `configure.json` beside the rule file.

mod commands;
mod member;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use commands::HookInfo;
pub(super) use commands::hook;
use commands::hooks_of;
pub(crate) use commands::step_name;
pub use member::MemberInfo;
pub(super) use member::members;

use super::record::{Record, Stale};
use super::turn::First;
use crate::choices::Choices;
use crate::environment::Environment;
use crate::files::Stamp;
use crate::ocaml::product::{self, Product, ProductKind};
use crate::own_build;
use crate::own_build::prefix::Prefix;
use crate::package::tree::Part;
use crate::package::{Change, Device, OwnBuild, Package, Section};
use crate::target::ImageFormat;

/// The version of the format of `configure.json`: another one wherever a field of the same name changes, comes
/// without a default, or goes.
pub(super) const FORMAT: u32 = 4;

/// What programs for the host are for, beside those for a target that is not the host.
const HOST: &str = "host";

/// A package as it was configured for one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    format: u32,
    /// The version of mbuild that made it.
    pub mbuild: String,
    /// The build directory: the target, or what targets of one toolchain share.
    pub target: String,
    /// The manifest, relative to the package root; several with blanks between them.
    pub manifest: String,
    /// Name of the package.
    pub package: String,
    /// Version of the package.
    pub version: String,
    /// What the user chose.
    pub choices: Choices,
    /// The switches of the manifest and what holds.
    pub flags: Vec<FlagValue>,
    /// The sections, in the order of the manifest.
    pub sections: Vec<SectionInfo>,
    /// Manifests of other formats beside those that were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_manifests: Vec<OtherManifest>,
    /// The packages of a tree; none where there is one package, which all of this is of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberInfo>,
    /// What has to be built before the tree can be configured further; nothing when it is to the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<First>,
    /// What has to be built first whenever the tree is: what it makes may ask for another configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first: Vec<First>,
    /// The folder of the package, where this is of one of a tree.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// The goal of all that is built of it, where this is of one of a tree.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub of_tree: String,
    /// What building makes.
    pub products: Vec<Product>,
    /// Installation folders by their variables' names, expanded.
    pub folders: BTreeMap<String, String>,
    /// Shell commands around steps.
    pub hooks: Vec<HookInfo>,
    /// The package's own tool, where that builds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_build: Option<OwnBuildInfo>,
    /// The compiler that was asked.
    pub compiler: Compiler,
    /// What everything was made from.
    pub record: Record,
}

/// A manifest that was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherManifest {
    /// The file, relative to the root.
    pub path: String,
    /// The name of its format.
    pub format: String,
}

/// A switch of the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagValue {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// What the manifest says.
    pub default: bool,
    /// What holds.
    pub value: bool,
}

/// A section of the package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionInfo {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: SectionKind,
    /// The phony goal that builds it.
    pub goal: String,
    /// It is built (a test: run) in this configuration.
    pub build: bool,
    /// It is installed.
    pub install: bool,
    /// The devices that it asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device>,
    /// The name under which findlib knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findlib: Option<String>,
}

/// What a section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum SectionKind {
    Library,
    Object,
    Executable,
    Test,
    Document,
}

/// A package's own tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnBuildInfo {
    /// What messages call it.
    pub tool: String,
    /// Why it has to be that one, where that is not in the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What the user may choose to have mbuild build the package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
    /// The folder in which it builds, relative to the package root.
    pub tree: String,
    /// Its commands install.
    pub installs: bool,
    /// Its commands take back what they have installed.
    pub uninstalls: bool,
    /// Its commands may have written the installation folders into what they have built by the time that they install.
    #[serde(default)]
    pub told_folders: bool,
    /// What changes in the environment that its commands see; variables of installation folders are not
    /// expanded.
    pub environment: Vec<Change>,
    /// Where its commands find other packages of the tree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<Prefix>,
}

impl OwnBuildInfo {
    /// Of a build whose files go to `folder`.
    fn of(own: &OwnBuild, folder: &str, prefixes: Vec<Prefix>) -> Self {
        Self {
            tool: own.tool.clone(),
            why: own.why.clone(),
            instead: own.instead.clone(),
            tree: own_build::tree_of(folder),
            installs: !own.install.is_empty() || !own.lists.is_empty(),
            uninstalls: !own.uninstall.is_empty(),
            told_folders: !own.lists.is_empty()
                && (!own.install.is_empty() || own.build.iter().any(|it| it.contains("${"))),
            environment: own.environment.clone(),
            prefixes,
        }
    }
}

/// The compiler and what it says of itself, so that it is asked once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compiler {
    /// Its file.
    pub path: String,
    /// The file's stamp.
    pub stamp: Option<Stamp>,
    /// What `ocamlc -config` prints.
    pub config: BTreeMap<String, String>,
    /// The folder that a cross toolchain is installed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<PathBuf>,
}

impl Compiler {
    /// What it says, to ask single values of.
    pub fn environment(&self) -> Environment {
        let mut environment = Environment::default();
        for (name, value) in &self.config {
            environment.set(name, value);
        }
        environment
    }
}

impl Configuration {
    /// From everything that was found out; of a tree the members are still to be added.
    pub(crate) fn new(
        package: &Package,
        target: &str,
        parts: &[Part],
        choices: Choices,
        products: Vec<Product>,
        compiler: Compiler,
        record: Record,
    ) -> Self {
        Self {
            format: FORMAT,
            mbuild: env!("CARGO_PKG_VERSION").to_owned(),
            target: target.to_owned(),
            manifest: parts
                .iter()
                .flat_map(|part| &part.manifests)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(" "),
            package: package.name.clone(),
            version: package.version.clone(),
            choices,
            flags: package
                .flags
                .iter()
                .map(|flag| FlagValue {
                    name: flag.name.clone(),
                    description: flag.description.clone(),
                    default: flag.default,
                    value: flag.value,
                })
                .collect(),
            sections: package.sections.iter().map(SectionInfo::of).collect(),
            other_manifests: Vec::new(),
            members: Vec::new(),
            next: Vec::new(),
            first: Vec::new(),
            folder: String::new(),
            of_tree: String::new(),
            products,
            folders: package.folders.clone(),
            hooks: hooks_of(package, target),
            own_build: package.own_build.as_ref().map(|own| {
                let folder = own_build::folder_of(&format!("_mbuild/{target}"));
                OwnBuildInfo::of(own, &folder, Vec::new())
            }),
            compiler,
            record,
        }
    }

    /// The folder of a target below a package root.
    pub fn dir(root: &Path, target: &str) -> PathBuf {
        root.join("_mbuild").join(target)
    }

    /// Where a configuration is kept.
    pub fn path(root: &Path, target: &str) -> PathBuf {
        Self::dir(root, target).join("configure.json")
    }

    /// Where the rule file is.
    pub fn rule_file(root: &Path, target: &str) -> PathBuf {
        Self::dir(root, target).join("build.ninja")
    }

    /// The last configuration for a target, whether or not it still holds.
    pub fn load(root: &Path, target: &str) -> Result<Self, Stale> {
        let content = fs::read(Self::path(root, target)).map_err(|_| Stale::Never)?;
        let found: Self = serde_json::from_slice(&content).map_err(|_| Stale::OtherVersion)?;
        if found.format != FORMAT { Err(Stale::OtherVersion) } else { Ok(found) }
    }

    /// What the user chose when a target was configured the last time, whichever version of mbuild did that:
    /// no other part has to be as it is today.
    pub fn last_choices(root: &Path, target: &str) -> Option<Choices> {
        #[derive(Deserialize)]
        struct Kept {
            choices: Choices,
        }
        let content = fs::read(Self::path(root, target)).ok()?;
        serde_json::from_slice(&content).ok().map(|Kept { choices }| choices)
    }

    /// The last configuration for a target where it still holds, else why it does not.
    pub fn current(
        root: &Path,
        target: &str,
        variable: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Stale> {
        let found = Self::load(root, target)?;
        if found.mbuild != env!("CARGO_PKG_VERSION") {
            return Err(Stale::OtherVersion);
        }
        found.record.check(root, variable)?;
        Ok(found)
    }

    /// What the file holds.
    pub(super) fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut text = serde_json::to_vec(self)?;
        text.push(b'\n');
        Ok(text)
    }

    /// The sections of one kind.
    pub fn sections(&self, kind: SectionKind) -> impl Iterator<Item = &SectionInfo> {
        self.sections.iter().filter(move |section| section.kind == kind)
    }

    /// The tests that run in this configuration.
    pub fn tests(&self) -> impl Iterator<Item = &SectionInfo> {
        self.sections(SectionKind::Test).filter(|section| section.build)
    }

    /// The built file of an executable for a target, relative to the package root.
    pub fn program(&self, name: &str, target: &str) -> Option<&str> {
        let index = self.sections.iter().position(|section| {
            section.kind == SectionKind::Executable && section.build && section.name == name
        })?;
        let own = |product: &&Product| {
            product.section == index
                && product.kind == ProductKind::Program
                && product.target.as_deref().is_none_or(|its| its == target)
        };
        self.products.iter().find(own).map(|product| product.path.as_str())
    }

    /// The image of an executable for a target, relative to the package root.
    pub fn image(&self, name: &str, target: &str, format: ImageFormat) -> Option<&str> {
        let program = self.program(name, target)?;
        if format == ImageFormat::Initramfs {
            return Some(program);
        }
        let section = self.products.iter().find(|product| product.path == program)?.section;
        let ending = format!(".{}", format.name());
        let own = |product: &&Product| {
            product.section == section
                && product.kind == ProductKind::Image
                && product.target.as_deref().is_none_or(|its| its == target)
                && product.path.ends_with(&ending)
        };
        self.products.iter().find(own).map(|product| product.path.as_str())
    }

    /// The tree that the package's own tool has built, relative to the root; empty where mbuild builds it.
    pub fn own_tree(&self) -> &str {
        self.own_build.as_ref().map_or("", |own| &own.tree)
    }

    /// The first product of a section of one kind.
    pub fn product(&self, section: usize, kind: ProductKind) -> Option<&Product> {
        self.products.iter().find(|product| product.section == section && product.kind == kind)
    }

    /// What has to be built before everything can be installed: all that is built, and of the
    /// documents those that are installed.
    pub fn install_goals(&self) -> Vec<String> {
        let documents = self.sections(SectionKind::Document).filter(|section| section.install);
        let all = if self.of_tree.is_empty() { "all" } else { &self.of_tree };
        std::iter::once(all.to_owned())
            .chain(documents.map(|section| section.goal.clone()))
            .collect()
    }
}

impl SectionInfo {
    fn of(section: &Section) -> Self {
        let (name, kind, build, install, findlib) = match section {
            Section::Library(library) => {
                let compiled = &library.compiled;
                let findlib = Some(library.findlib.clone());
                (&compiled.name, SectionKind::Library, compiled.build, compiled.install, findlib)
            }
            Section::Object(object) => {
                let compiled = &object.compiled;
                let findlib = Some(object.findlib.clone());
                (&compiled.name, SectionKind::Object, compiled.build, compiled.install, findlib)
            }
            Section::Executable(executable) => {
                let compiled = &executable.compiled;
                (&compiled.name, SectionKind::Executable, compiled.build, compiled.install, None)
            }
            Section::Test(test) => (&test.name, SectionKind::Test, test.run, false, None),
            Section::Document(document) => {
                (&document.name, SectionKind::Document, document.build, document.install, None)
            }
        };
        Self {
            name: name.clone(),
            kind,
            goal: product::goal(section),
            build,
            install: install && build,
            devices: match section {
                Section::Executable(executable) => executable.devices.clone(),
                _ => Vec::new(),
            },
            findlib,
        }
    }
}
