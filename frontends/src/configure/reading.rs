//! Reading: from a package's folder to what its manifests say, on this machine and with the user's choices.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use mbuild_rules::Diagnostic;

use super::configuration::{Compiler, Configuration, OtherManifest};
use super::error::ConfigureError;
use super::layout::{self, Found};
use super::members::{self, Members};
use super::receipts::Receipts;
use super::{Request, format};
use crate::choices::Choices;
use crate::depends;
use crate::environment::Environment;
use crate::files::Stamp;
use crate::findlib::{Findlib, conf};
use crate::ocaml::{self, sources::Sources};
use crate::opam::Messages;
use crate::own_build::prefix::Prefix;
use crate::package::Package;
use crate::package::tree::{self, Part};
use crate::target::ToolNames;
use crate::toolchain::Toolchain;

/// A package as its manifest says, for one machine and one set of choices; or all those of a tree.
pub struct Reading {
    /// The package; of a tree all of them as one, else the only part.
    pub package: Arc<Package>,
    /// The name of the manifests' format; of a tree the names of all.
    pub format: String,
    /// Each package by itself, with paths from the root.
    pub parts: Vec<Part>,
    /// The private prefixes of the packages of a tree, in their order.
    pub prefixes: Vec<Prefix>,
    /// Manifests of other formats beside those that were read.
    pub other_manifests: Vec<OtherManifest>,
    /// What is strange in the manifest, but not wrong.
    pub warnings: Vec<Diagnostic>,
    /// What the files of opam of the packages have to say, by the folders of these.
    pub messages: BTreeMap<String, Vec<Messages>>,
    /// The compilers.
    pub toolchain: Toolchain,
    /// What is installed.
    pub findlib: Findlib,
    /// What runs while building, where that is not what is built for.
    pub host: Option<Host>,
    /// What was read, to be recorded.
    pub(super) sources: Sources,
}

/// This machine, where it is not what is built for.
pub struct Host {
    /// The compilers.
    pub toolchain: Toolchain,
    /// What is installed.
    pub findlib: Findlib,
}

/// Reads a package's manifest without configuring it: what `install` and `deps` need. The compiler
/// is not asked again when the last configuration knows it.
pub fn read(request: &Request<'_>) -> Result<Reading, ConfigureError> {
    let last = Configuration::load(request.root, request.target.directory()).ok();
    read_with(request, &request.choices(), last.as_ref())
}

/// The same for the one manifest of this name in the package's folder, whatever others are there.
pub fn read_manifest(request: &Request<'_>, name: &str) -> Result<Reading, ConfigureError> {
    let mut sources = Sources::new(request.root);
    let format = format::of_manifest(request.root, name, &mut sources)?;
    let found = Found::new(request.root, "", format, vec![name.to_owned()], None, None);
    read_as(request, &request.choices(), None, vec![found], sources)
}

pub(super) fn read_with(
    request: &Request<'_>,
    choices: &Choices,
    last: Option<&Configuration>,
) -> Result<Reading, ConfigureError> {
    let mut sources = Sources::new(request.root);
    let found = layout::find(request.root, choices.frontend.as_deref(), &mut sources)?;
    read_as(request, choices, last, found, sources)
}

/// Reads the packages that were found.
fn read_as(
    request: &Request<'_>,
    choices: &Choices,
    last: Option<&Configuration>,
    found: Vec<Found>,
    mut sources: Sources,
) -> Result<Reading, ConfigureError> {
    let known = last.map(|last| &last.compiler).and_then(known_compiler);
    let toolchain = Toolchain::probe(&request.target.toolchain, request.variable, known)?;
    let host = if request.target.toolchain.is_host() {
        None
    } else {
        let toolchain = Toolchain::host(&ToolNames::default(), request.variable, None)?;
        let findlib = Findlib::new(toolchain.findlib.clone());
        Some(Host { toolchain, findlib })
    };
    let mut findlib = Findlib::new(toolchain.findlib.clone());
    findlib.lacks.clone_from(&request.target.toolchain.lacks);
    let formats: BTreeSet<&str> = found.iter().map(|found| found.format.name).collect();
    let format = formats.into_iter().collect::<Vec<_>>().join(" ");
    let other_manifests = found.iter().flat_map(|found| found.others.clone()).collect();
    let mut receipts = Receipts::new((request.variable)(conf::SWITCH));
    let machine = members::Machine {
        environment: &toolchain.environment,
        findlib: &mut findlib,
        receipts: &mut receipts,
    };
    let Members { parts, warnings, messages } =
        members::read(request.root, found, choices, machine, &mut sources)?;
    let package = match parts.as_slice() {
        [only] if only.folder.is_empty() => Arc::clone(&only.package),
        several => {
            let name = request.root.file_name().unwrap_or_default().to_string_lossy();
            Arc::new(tree::merge(&name, several).map_err(ConfigureError::Wrong)?)
        }
    };
    let prefix = |part: &Part| Prefix::of(&request.target.dir(), part, choices, &toolchain.findlib);
    let prefixes = match package.members.is_empty() {
        true => Vec::new(),
        false => parts.iter().map(prefix).collect(),
    };
    Ok(Reading {
        package,
        format,
        parts,
        prefixes,
        other_manifests,
        warnings,
        messages,
        toolchain,
        findlib,
        host,
        sources,
    })
}

impl Reading {
    /// The manifests, relative to the root.
    pub fn manifests(&self) -> Vec<String> {
        self.parts.iter().flat_map(|part| part.manifests.iter().cloned()).collect()
    }

    /// What the package needs and what of it is not there, all at once.
    pub fn report(&mut self) -> depends::Report {
        let root = self.sources.root().to_owned();
        let own = &self.toolchain;
        // What a cross compiler links with is nothing that this machine could install.
        let linker = self.host.is_none().then(|| linker_of(own, &root));
        let environment = Some(&own.environment);
        let look = &mut depends::Host { environment, findlib: Some(&mut self.findlib), linker };
        let Some(host) = &mut self.host else { return depends::report(&self.package, look) };
        let (for_host, for_target) = ocaml::parts(&self.package);
        let mut report = depends::report(&for_target, look);
        let shared = &host.toolchain.findlib.path;
        if !own.findlib.path.iter().any(|folder| shared.contains(folder)) {
            // It has packages of its own alone: what is installed for the host is nothing to it.
            for missing in &mut report.missing {
                if missing.need.kind == depends::Kind::Findlib {
                    missing.providers = depends::Providers::default();
                }
            }
        }
        if let Some(part) = for_host {
            let environment = Some(&host.toolchain.environment);
            let linker = Some(linker_of(&host.toolchain, &root));
            let look = &mut depends::Host { environment, findlib: Some(&mut host.findlib), linker };
            report.add(depends::report(&part, look));
        }
        report
    }
}

/// How a toolchain links.
fn linker_of<'a>(toolchain: &'a Toolchain, root: &'a Path) -> depends::Linker<'a> {
    let get = |name: &str| toolchain.environment.get(name).filter(|text| !text.is_empty());
    let compiler = get("native_c_compiler").or_else(|| get("c_compiler")).unwrap_or("cc");
    depends::Linker { compiler, root, stdlib: &toolchain.findlib.stdlib }
}

/// A compiler that is the very file that was asked before.
fn known_compiler(compiler: &Compiler) -> Option<(&Path, Environment)> {
    let path = Path::new(&compiler.path);
    (compiler.stamp.is_some() && Stamp::of(path) == compiler.stamp)
        .then(|| (path, compiler.environment()))
}
