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
mod reading;
mod receipts;
mod record;
mod setup_ml;
mod templates;
#[cfg(test)]
mod tests;
mod turn;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

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
pub use reading::{Host, Reading, read, read_manifest};
pub use record::{Record, Seen, Stale};
pub use turn::First;

use reading::read_with;
use turn::Turn;

use crate::choices::Choices;
use crate::depends;
use crate::files::{self, Stamp};
use crate::findlib::conf;
use crate::findlib::expand::{Mode, Use};
use crate::ocaml::{
    self, Generated, OcamlError,
    sources::{Sources, names},
};
use crate::opam::Messages;
use crate::package::tree::Part;
use crate::package::{Package, Step};
use crate::target::Target;
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
    /// What the packages have to say before they are built: name and text.
    pub messages: Vec<(String, String)>,
    /// The rule file is another one than before.
    pub changed: bool,
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
    let said = |all: &Messages| {
        let package = all.package().to_owned();
        all.before().into_iter().map(move |text| (package.clone(), text)).collect::<Vec<_>>()
    };
    let messages = reading.messages.values().flatten().flat_map(said).collect();
    Ok(Configured { configuration, warnings, hooks: ran, messages, changed })
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
