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
mod record;
mod setup_ml;
mod templates;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::Path;

use mbuild_rules::Diagnostic;

pub use configuration::{Compiler, Configuration, FlagValue, HookInfo, SectionInfo, SectionKind};
pub use error::ConfigureError;
pub use format::{FORMATS, Format};
pub use record::{Record, Seen, Stale};

use crate::choices::Choices;
use crate::depends;
use crate::environment::Environment;
use crate::files::{self, Stamp};
use crate::findlib::{Findlib, conf};
use crate::ocaml::{
    self, Generated, OcamlError,
    sources::{Sources, names},
};
use crate::package::{Package, Step};
use crate::target::{Target, Toolchain};

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

/// A package as its manifest says, for one machine and one set of choices.
pub struct Reading {
    /// The package.
    pub package: Package,
    /// The manifest, relative to the package root.
    pub manifest: String,
    /// What is strange in the manifest, but not wrong.
    pub warnings: Vec<Diagnostic>,
    /// The compilers.
    pub toolchain: Toolchain,
    /// What is installed.
    pub findlib: Findlib,
    sources: Sources,
}

/// Configures a package.
pub fn configure(request: &Request<'_>) -> Result<Configured, ConfigureError> {
    configure_with(request, &|reading, sources| {
        ocaml::generate(&mut ocaml::Input {
            package: &reading.package,
            toolchain: &reading.toolchain,
            findlib: &mut reading.findlib,
            sources,
            dir: &request.target.dir(),
            mbuild: request.mbuild,
            options: options(&reading.package),
        })
    })
}

/// A generator: from what was read and the source tree to rules.
type Generator<'a> = &'a dyn Fn(&mut Reading, &mut Sources) -> Result<Generated, Vec<OcamlError>>;

/// Configures a package with this generator.
fn configure_with(
    request: &Request<'_>,
    generate: Generator<'_>,
) -> Result<Configured, ConfigureError> {
    let last = Configuration::load(request.root, &request.target.name).ok();
    let choices = match &request.choices {
        Some(choices) => choices.clone(),
        None => last.as_ref().map(|last| last.choices.clone()).unwrap_or_default(),
    };
    let mut record = Record::new();
    let mut reading = read_with(request, &choices, last.as_ref())?;
    let own_setup = own_setup(&mut reading)?;
    let kept = request.choices.is_none();
    chosen::check(&reading.package, &choices, kept, own_setup, &mut reading.sources)?;
    check_needs(&mut reading)?;
    let compiler = Compiler {
        path: reading.toolchain.compiler.to_string_lossy().into_owned(),
        stamp: Stamp::of(&reading.toolchain.compiler),
        config: reading
            .toolchain
            .environment
            .values()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    };
    let mut ran = Vec::new();
    if own_setup {
        // It runs the commands before and after configuring itself.
        let command = setup_ml::command(&reading.package, &choices);
        let path = (request.variable)("PATH");
        ran.extend(hooks::run(request.root, &[command], path.as_deref())?);
    } else {
        ran.extend(hooks_around(request, &reading.package, false)?);
    }
    let made = templates::make(request.root, &reading.package, &mut reading.sources)?;
    if !own_setup {
        // Commands after configuring may make sources, so they go before the folders are looked at.
        ran.extend(hooks_around(request, &reading.package, true)?);
    }
    // What they made beside the manifest is no news either.
    for (folder, _) in reading.sources.folders() {
        record.folder(request.root, folder, &names(&request.root.join(folder)));
    }
    let mut sources = Sources::new(request.root);
    let generated = generate(&mut reading, &mut sources)
        .map_err(|errors| ConfigureError::of_generator(errors, &reading.package))?;
    let dir = Configuration::dir(request.root, &request.target.name);
    let write = |path: &Path, content: &[u8]| {
        files::write_if_changed(path, content)
            .map_err(|source| ConfigureError::Write { path: path.to_owned(), source })
    };
    for (path, content) in &generated.files {
        write(&request.root.join(path), content)?;
    }
    let rule_file = Configuration::rule_file(request.root, &request.target.name);
    let changed = write(&rule_file, &generated.rule_file)?;

    for file in reading.sources.files().chain(sources.files()) {
        record.file(request.root, Path::new(file));
    }
    for (folder, names) in sources.folders() {
        record.folder(request.root, folder, names);
    }
    let outputs = generated.files.iter().map(|(path, _)| path).chain(&made);
    for path in outputs {
        record.file(request.root, Path::new(path));
    }
    if let Ok(path) = rule_file.strip_prefix(request.root) {
        record.file(request.root, path);
    }
    record_machine(&mut record, request, &reading);

    let configuration = Configuration::new(
        &reading.package,
        &request.target.name,
        &reading.manifest,
        choices,
        generated.products,
        compiler,
        record,
    );
    let path = dir.join("configure.json");
    let json = configuration
        .to_json()
        .map_err(|error| ConfigureError::Write { path: path.clone(), source: error.into() })?;
    write(&path, &json)?;
    Ok(Configured { configuration, warnings: reading.warnings, hooks: ran, changed })
}

/// Whether the package's `setup.ml` does more than its manifest says; what it is made of is
/// recorded.
fn own_setup(reading: &mut Reading) -> Result<bool, ConfigureError> {
    if !reading.sources.has("", setup_ml::FILE) {
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

/// Says everything that is missing at once, before the generator stumbles on the first.
fn check_needs(reading: &mut Reading) -> Result<(), ConfigureError> {
    let mut host = depends::Host {
        environment: Some(&reading.toolchain.environment),
        findlib: Some(&mut reading.findlib),
    };
    let report = depends::report(&reading.package, &mut host);
    if report.missing.is_empty() { Ok(()) } else { Err(ConfigureError::Missing(Box::new(report))) }
}

/// How code is generated: `--disable-debug` leaves out what debuggers need.
fn options(package: &Package) -> ocaml::Options {
    let debug = package.variables.get("debug").is_none_or(|value| value != "false");
    ocaml::Options { debug, ..ocaml::Options::default() }
}

/// Reads a package's manifest without configuring it: what `install` and `deps` need. The compiler
/// is not asked again when the last configuration knows it.
pub fn read(request: &Request<'_>) -> Result<Reading, ConfigureError> {
    let last = Configuration::load(request.root, &request.target.name).ok();
    let choices = match &request.choices {
        Some(choices) => choices.clone(),
        None => last.as_ref().map(|last| last.choices.clone()).unwrap_or_default(),
    };
    read_with(request, &choices, last.as_ref())
}

fn read_with(
    request: &Request<'_>,
    choices: &Choices,
    last: Option<&Configuration>,
) -> Result<Reading, ConfigureError> {
    let mut sources = Sources::new(request.root);
    let (format, manifest) = format::find(request.root, &mut sources)?;
    let known = last.map(|last| &last.compiler).and_then(known_compiler);
    let toolchain = Toolchain::probe(request.target, request.variable, known)?;
    let mut findlib = Findlib::new(toolchain.findlib.clone());
    let mut environment = toolchain.environment.clone();
    let format::Read { package, warnings } = (format.read)(&mut format::Reading {
        manifest: &manifest,
        environment: &mut environment,
        choices,
        findlib: &mut findlib,
        sources: &mut sources,
    })?;
    Ok(Reading { package, manifest, warnings, toolchain, findlib, sources })
}

/// A compiler that is the very file that was asked before.
fn known_compiler(compiler: &Compiler) -> Option<(&Path, Environment)> {
    let path = Path::new(&compiler.path);
    (compiler.stamp.is_some() && Stamp::of(path) == compiler.stamp)
        .then(|| (path, compiler.environment()))
}

fn record_machine(record: &mut Record, request: &Request<'_>, reading: &Reading) {
    let Toolchain { compiler, findlib: conf, .. } = &reading.toolchain;
    record.program_file(compiler);
    for name in &request.target.tools.ocamlc {
        record.program(name, request.variable);
    }
    for name in conf::VARIABLES {
        // These two say where packages are installed to, which is asked when installing.
        if !matches!(name, "OCAMLFIND_DESTDIR" | "OCAMLFIND_LDCONF") {
            record.variable(name, request.variable);
        }
    }
    if let Some(file) = &conf.file {
        record.file(request.root, file);
        // findlib reads `findlib.conf.d/*.conf` after it.
        let mut more = file.clone().into_os_string();
        more.push(".d");
        let folder = Path::new(&more);
        let inside = names(folder);
        for name in &inside {
            record.file(request.root, &folder.join(name));
        }
        record.folder(request.root, &folder.to_string_lossy(), &inside);
    }
    for (path, _) in reading.findlib.looked_at() {
        record.file(request.root, path);
    }
}

fn hooks_around(
    request: &Request<'_>,
    package: &Package,
    after: bool,
) -> Result<Vec<hooks::HookRun>, ConfigureError> {
    let commands: Vec<String> = configuration::hook(package, Step::Configure, after)
        .iter()
        .map(|command| crate::package::expand(command, |name| package.folders.get(name).cloned()))
        .collect();
    Ok(hooks::run(request.root, &commands, (request.variable)("PATH").as_deref())?)
}
