//! Configuring: from a package's folder to a rule file, and whether that has to be done again.
//!
//! [`configure`] finds the manifest, reads it for this machine and the user's choices, has the
//! generator write rules, and leaves `build.ninja` and `configure.json` in `_mbuild/<target>/`,
//! both only when everything is right. [`Configuration::current`] says cheaply whether what was
//! left still holds, and if not, why.

mod chosen;
mod configuration;
mod error;
mod format;
pub mod hooks;
mod layout;
mod members;
mod misnamed;
mod own_tool;
mod record;
mod setup_ml;
mod templates;
#[cfg(test)]
mod tests;
mod turn;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use mbuild_rules::Diagnostic;

pub(crate) use configuration::step_name;
pub use configuration::{
    Compiler, Configuration, FlagValue, HookInfo, MemberInfo, OtherManifest, OwnBuildInfo,
    SectionInfo, SectionKind,
};
pub use error::ConfigureError;
pub use format::{FORMATS, Format, manifests};
pub use layout::is_package;
pub use misnamed::misnamed;
pub use record::{Record, Seen, Stale};

pub use turn::First;

use layout::Found;
use turn::Turn;

use crate::choices::Choices;
use crate::depends;
use crate::environment::Environment;
use crate::files::{self, Stamp};
use crate::findlib::expand::{Mode, Use};
use crate::findlib::{Findlib, conf};
use crate::ocaml::{
    self, Generated, OcamlError,
    sources::{Sources, names},
};
use crate::own_build::prefix::Prefix;
use crate::package::tree::{self, Part};
use crate::package::{Package, Step};
use crate::target::{Target, ToolNames};
use crate::toolchain::Toolchain;

/// What to configure, and how.
pub struct Request<'a> {
    /// The package's folder.
    pub root: &'a Path,
    /// What to build for.
    pub target: &'a Target,
    /// What the user chose; `None` keeps the choices of the last configuration.
    pub choices: Option<Choices>,
    /// The program that rule files call for steps of mbuild's own.
    pub mbuild: &'a Path,
    /// The environment.
    pub variable: &'a dyn Fn(&str) -> Option<OsString>,
}

impl Request<'_> {
    /// What the user chose, or else what held the last time.
    pub fn choices(&self) -> Choices {
        let last = || Configuration::last_choices(self.root, self.target.directory());
        self.choices.clone().or_else(last).unwrap_or_default()
    }
}

/// What configuring gives.
#[derive(Debug)]
pub struct Configured {
    /// The configuration.
    pub configuration: Configuration,
    /// What is strange in the manifest, but not wrong.
    pub warnings: Vec<Diagnostic>,
    /// The commands before and after configuring that ran.
    pub hooks: Vec<hooks::HookRun>,
    /// The rule file is another one than before.
    pub changed: bool,
}

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
    /// The compilers.
    pub toolchain: Toolchain,
    /// What is installed.
    pub findlib: Findlib,
    /// What runs while building, where that is not what is built for.
    pub host: Option<Host>,
    sources: Sources,
}

/// This machine, where it is not what is built for.
pub struct Host {
    /// The compilers.
    pub toolchain: Toolchain,
    /// What is installed.
    pub findlib: Findlib,
}

/// Configures a package. Of a tree in which packages need some that tools of their own build, those are configured
/// whose turn has come once the packages in `built` are: [`Configuration::next`] says what is to be built
/// before it is called again.
pub fn configure(
    request: &Request<'_>,
    built: &BTreeSet<String>,
) -> Result<Configured, ConfigureError> {
    configure_with(request, built, &|reading, turn, sources| {
        let mut input = ocaml::Input {
            package: &reading.package,
            toolchain: &reading.toolchain,
            findlib: &mut reading.findlib,
            sources,
            dir: &request.target.dir(),
            mbuild: request.mbuild,
            options: options(&reading.package),
            target: ocaml::Build::of(request.target),
            prefixes: &reading.prefixes,
            later: &turn.later,
        };
        match &mut reading.host {
            Some(host) => ocaml::generate_cross(&mut input, &host.toolchain, &mut host.findlib),
            None => ocaml::generate(&mut input),
        }
    })
}

/// A generator: from what was read and the source tree to rules.
type Generator<'a> =
    &'a dyn Fn(&mut Reading, &Turn, &mut Sources) -> Result<Generated, Vec<OcamlError>>;

/// Configures a package with this generator.
fn configure_with(
    request: &Request<'_>,
    built: &BTreeSet<String>,
    generate: Generator<'_>,
) -> Result<Configured, ConfigureError> {
    let directory = request.target.directory();
    let last = Configuration::load(request.root, directory).ok();
    let choices = request.choices();
    let mut record = Record::new();
    let mut reading = read_with(request, &choices, last.as_ref())?;
    let own_setup = own_setup(&mut reading)?;
    let kept = request.choices.is_none();
    chosen::check(&reading.package, &choices, kept, own_setup, &mut reading.sources)?;
    check_lacks(&mut reading, request.target)?;
    let mut report = reading.report();
    if !report.damaged.is_empty() {
        return Err(ConfigureError::Wrong(report.damaged));
    }
    if !report.missing.is_empty() {
        report.warnings = reading.warnings;
        return Err(ConfigureError::Missing(Box::new(report)));
    }
    let turn = Turn::of(&reading.package, &reading.prefixes, built);
    reading.findlib.look_first(turn.libraries());
    turn.lead(request.root, &mut reading.package);
    let compiler = Compiler {
        path: reading.toolchain.compiler.to_string_lossy().into_owned(),
        stamp: Stamp::of(&reading.toolchain.compiler),
        config: reading
            .toolchain
            .environment
            .values()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        prefix: reading.toolchain.prefix.clone(),
    };
    let mut ran = Vec::new();
    if own_setup {
        // It runs the commands before and after configuring itself.
        let command = setup_ml::command(&reading.package, &choices);
        let path = (request.variable)("PATH");
        ran.extend(hooks::run(request.root, &[command.into()], path.as_deref())?);
    } else if built.is_empty() {
        ran.extend(hooks_around(request, &reading.parts, Step::Configure, false)?);
    }
    let mut made = Vec::new();
    for part in &reading.parts {
        made.extend(templates::make(request.root, &part.package, &mut reading.sources)?);
    }
    if !own_setup && built.is_empty() {
        // Commands after configuring may make sources, so they go before the folders are looked at.
        ran.extend(hooks_around(request, &reading.parts, Step::Configure, true)?);
    }
    let mut sources = Sources::new(request.root);
    let mut generated = generate(&mut reading, &turn, &mut sources);
    if let Err(errors) = &generated
        && errors.iter().any(OcamlError::is_absent)
    {
        let made_now = hooks_around(request, &reading.parts, Step::Build, false)?;
        if !made_now.is_empty() {
            ran.extend(made_now);
            sources = Sources::new(request.root);
            generated = generate(&mut reading, &turn, &mut sources);
        }
    }
    let generated =
        generated.map_err(|errors| ConfigureError::of_generator(errors, &reading.package))?;
    // What they made beside the manifest is no news either.
    for (folder, _) in reading.sources.folders() {
        record.folder(request.root, folder, &names(&request.root.join(folder)));
    }
    let dir = Configuration::dir(request.root, directory);
    let write = |path: &Path, content: &[u8]| {
        files::write_if_changed(path, content)
            .map_err(|source| ConfigureError::Write { path: path.to_owned(), source })
    };
    for (path, content) in &generated.files {
        write(&request.root.join(path), content)?;
    }
    let rule_file = Configuration::rule_file(request.root, directory);
    let changed = write(&rule_file, &generated.rule_file)?;

    for file in reading.sources.files().chain(sources.files()) {
        record.file(request.root, Path::new(file));
    }
    record.folders(request.root, &sources);
    let outputs = generated.files.iter().map(|(path, _)| path).chain(&made);
    for path in outputs {
        record.file(request.root, Path::new(path));
    }
    if let Ok(path) = rule_file.strip_prefix(request.root) {
        record.file(request.root, path);
    }
    record_machine(&mut record, request, &reading);

    let mut configuration = Configuration::new(
        &reading.package,
        directory,
        &reading.parts,
        choices,
        generated.products,
        compiler,
        record,
    );
    configuration.other_manifests = reading.other_manifests;
    let (parts, prefixes) = (&reading.parts, &reading.prefixes);
    configuration.members = configuration::members(&reading.package, parts, prefixes, directory);
    (configuration.next, configuration.first) = (turn.next, turn.first);
    let path = dir.join("configure.json");
    let json = configuration
        .to_json()
        .map_err(|error| ConfigureError::Write { path: path.clone(), source: error.into() })?;
    write(&path, &json)?;
    let mut warnings = reading.warnings;
    for part in &reading.parts {
        let folder = request.root.join(&part.folder);
        warnings.extend(misnamed::manifests_in(&folder, &part.folder));
    }
    for (folder, _) in sources.folders().filter(|(folder, _)| sources.is_whole(folder)) {
        warnings.extend(misnamed::sources_in(&request.root.join(folder), folder));
    }
    let of_packages = generated.warnings.into_iter().map(|text| Diagnostic::about(b"", text));
    warnings.extend(of_packages);
    Ok(Configured { configuration, warnings, hooks: ran, changed })
}

/// Whether the package's `setup.ml` does more than its manifest says; what it is made of is
/// recorded.
fn own_setup(reading: &mut Reading) -> Result<bool, ConfigureError> {
    // A package's own tool is asked for all that it does.
    // In a tree such a `setup.ml` was refused.
    let alone = reading.package.own_build.is_none() && reading.package.members.is_empty();
    if !alone || !reading.sources.has("", setup_ml::FILE) {
        return Ok(false);
    }
    let content = format::read(&mut reading.sources, setup_ml::FILE)?;
    let Some(code) = setup_ml::own_code(&String::from_utf8_lossy(&content)) else {
        return Ok(false);
    };
    for file in setup_ml::uses(&code) {
        format::read(&mut reading.sources, &file)?;
    }
    Ok(true)
}

/// Refuses what a toolchain cannot have, which no installation would help.
fn check_lacks(reading: &mut Reading, target: &Target) -> Result<(), ConfigureError> {
    let lacks = &target.toolchain.lacks;
    if lacks.is_empty() {
        return Ok(());
    }
    for need in depends::needs(&ocaml::parts(&reading.package).1) {
        if need.kind != depends::Kind::Findlib {
            continue;
        }
        // What is not installed at all is reported with everything else that is missing.
        let names = std::slice::from_ref(&need.name);
        let used = Use::of(&mut reading.findlib, names, Mode::Native);
        let used = used.map(|used| used.packages).unwrap_or_default();
        let mut all = names.iter().chain(used.iter().map(|package| &package.name));
        if let Some(package) = all.find(|name| lacks.contains(name)) {
            let by = need.by.join(", ");
            return Err(ConfigureError::Lacks {
                package: package.clone(),
                by: if *package == need.name {
                    by
                } else {
                    format!("`{}`, needed by {by},", need.name)
                },
                toolchain: target.toolchain.name.clone(),
            });
        }
    }
    Ok(())
}

/// How code is generated: `--disable-debug` leaves out what debuggers need.
fn options(package: &Package) -> ocaml::Options {
    let debug = package.variables.get("debug").is_none_or(|value| value != "false");
    ocaml::Options { debug, ..ocaml::Options::default() }
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

fn read_with(
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
    let machine = (&toolchain.environment, &mut findlib);
    let (parts, warnings) = members::read(request.root, found, choices, machine, &mut sources)?;
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

fn record_machine(record: &mut Record, request: &Request<'_>, reading: &Reading) {
    let Toolchain { compiler, findlib: conf, looked_at, .. } = &reading.toolchain;
    record.program_file(compiler);
    for name in &request.target.toolchain.tools.ocamlc {
        record.program(name, request.variable);
    }
    for file in &request.target.files {
        record.file(request.root, file.strip_prefix(request.root).unwrap_or(file));
    }
    if request.target.links.iter().any(|link| link.kernel.is_some()) {
        // Kernels are kept in the user's data folder.
        record.variable("XDG_DATA_HOME", request.variable);
    }
    for name in conf::VARIABLES {
        // These two say where packages are installed to, which is asked when installing.
        if !matches!(name, "OCAMLFIND_DESTDIR" | "OCAMLFIND_LDCONF") {
            record.variable(name, request.variable);
        }
    }
    // findlib reads `findlib.conf.d/*.conf` after its file.
    for path in conf.files().iter().chain(looked_at) {
        if !path.is_dir() {
            record.file(request.root, path);
            continue;
        }
        let inside = names(path);
        for file in inside.iter().map(|name| path.join(name)).filter(|file| file.is_file()) {
            record.file(request.root, &file);
        }
        record.folder(request.root, &path.to_string_lossy(), &inside);
    }
    for path in reading.findlib.looked_at() {
        record.file(request.root, &path);
    }
    if let Some(host) = &reading.host {
        record.program_file(&host.toolchain.compiler);
        for path in host.findlib.looked_at() {
            record.file(request.root, &path);
        }
    }
}

/// Runs the commands before or after a step, of every package.
fn hooks_around(
    request: &Request<'_>,
    parts: &[Part],
    step: Step,
    after: bool,
) -> Result<Vec<hooks::HookRun>, ConfigureError> {
    let path = (request.variable)("PATH");
    let mut ran = Vec::new();
    for Part { folder, package, .. } in parts {
        let expanded = |command: &String| {
            let folder = |name: &str| package.folders.get(name).cloned();
            OsString::from(crate::package::expand(command, folder))
        };
        let commands = configuration::hook(package, step, after);
        let commands: Vec<OsString> = commands.iter().map(expanded).collect();
        ran.extend(hooks::run(&request.root.join(folder), &commands, path.as_deref())?);
    }
    Ok(ran)
}
