//! Recipes: how toolchains are made where there is none, from what registries have.
//!
//! [`missing`] says what has to be installed first, [`prepare`] gathers sources in a work folder and
//! writes a rule file there, the engine builds that, and [`install`] puts what came out, in one step,
//! where [`crate::toolchain`] finds it.

mod assemble;
mod compiler;
mod cross;
mod kernel;
mod library;
mod linux_musl;
mod processor;
mod runtime;
mod solo5;
mod sources;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use mbuild_rules::reason;

use self::processor::Processor;
use crate::depends::{self, Command, Foreign, Kind, Missing, Providers, Report};
use crate::ocaml::rules::Rules;
use crate::target::{Need, ToolNames, ToolchainSpec};
use crate::toolchain::folder::{self, Folder};
use crate::toolchain::{Toolchain, ToolchainError, on_path};

pub use kernel::fetch as fetch_kernel;

/// Why a toolchain cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// The toolchain says no recipe, or one that there is not.
    #[error("mbuild has no recipe for toolchain `{0}`")]
    NoRecipe(String),
    /// The kernel is no package's.
    #[error("mbuild does not know where to get kernel `{0}`")]
    NoPackage(String),
    /// The parts do not go together.
    #[error("{message}")]
    Unsupported {
        /// Why not.
        message: String,
        /// What to do.
        help: String,
    },
    /// There is nowhere to put it.
    #[error("there is no place for toolchains: neither XDG_DATA_HOME nor HOME is set")]
    NoHome,
    /// The host has no compiler.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// A command failed.
    #[error("`{command}` failed: {said}")]
    Command {
        /// The command.
        command: String,
        /// What it printed, or why it did not run.
        said: String,
    },
    /// A file or folder cannot be used.
    #[error("cannot use `{}`: {}", path.display(), reason(.source))]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// A source is not what it should be.
    #[error("{0}")]
    Source(String),
}

/// Gives an error the path that it is about.
fn at(path: &Path) -> impl FnOnce(io::Error) -> RecipeError + '_ {
    move |source| RecipeError::File { path: path.to_owned(), source }
}

/// A toolchain in the making.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The folder that is worked in; its rule file is `build.ninja`.
    pub work: PathBuf,
    /// What it is going to be, and where.
    pub folder: Folder,
    parts: assemble::Parts,
}

/// What a recipe works with.
struct Making<'a> {
    host: Toolchain,
    work: PathBuf,
    /// Where packages of other processors are.
    foreign: PathBuf,
    /// Told of each command that takes its time.
    step: &'a mut dyn FnMut(&Command),
}

/// The host's compiler.
fn host(variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Toolchain, ToolchainError> {
    Toolchain::host(&ToolNames::default(), variable, None)
}

/// A way of making toolchains.
type Recipe =
    fn(&mut Making<'_>, &ToolchainSpec, &'static Processor) -> Result<assemble::Parts, RecipeError>;

/// The recipe of a toolchain, and the processor that it is for.
fn recipe(spec: &ToolchainSpec) -> Result<(Recipe, &'static Processor), RecipeError> {
    let recipe: Recipe = match spec.recipe.as_deref() {
        Some("solo5") => solo5::prepare,
        Some("linux-musl") => linux_musl::prepare,
        _ => return Err(RecipeError::NoRecipe(spec.name.clone())),
    };
    let processor = spec.architecture.as_deref().unwrap_or(std::env::consts::ARCH);
    match Processor::named(processor) {
        Some(processor) => Ok((recipe, processor)),
        None => Err(RecipeError::NoRecipe(spec.name.clone())),
    }
}

/// Whether a recipe works on this machine.
pub fn supported(spec: &ToolchainSpec) -> Result<(), RecipeError> {
    let (_, processor) = recipe(spec)?;
    made_on(processor, std::env::consts::OS, std::env::consts::ARCH)
}

/// The processor for which Debian has compilers for all others.
const CROSS_FROM: &str = "x86_64";

/// Sources and cross compilers are Debian's.
fn made_on(made: &Processor, system: &str, processor: &str) -> Result<(), RecipeError> {
    if system == "linux" && (processor == made.name || processor == CROSS_FROM) {
        return Ok(());
    }
    let mut on = vec![made.name, CROSS_FROM];
    on.dedup();
    Err(RecipeError::Unsupported {
        message: format!(
            "mbuild makes this toolchain on Linux for {}, and this is {system} on {processor}",
            on.join(" or ")
        ),
        help: "install one with opam: mbuild finds what findlib knows".to_owned(),
    })
}

/// What a toolchain is made of and is not there.
pub fn missing(
    spec: &ToolchainSpec,
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Report, ToolchainError> {
    let host = host(variable)?;
    let version = host.environment.get("ocaml_version").unwrap_or_default();
    let path = variable("PATH").unwrap_or_default();
    let home = folder::home(variable).unwrap_or_default();
    Ok(needs(&spec.sources, &format!("toolchain {}", spec.name), version, &path, &home))
}

/// Where packages of other processors are, in the folder of all toolchains: a folder for each.
const FOREIGN: &str = ".debian";

/// Which of some programs and files are there; `home` is the folder of all toolchains.
pub fn needs(needs: &[Need], by: &str, ocaml: &str, path: &std::ffi::OsStr, home: &Path) -> Report {
    let mut report = Report::default();
    for need in needs {
        let (kind, name) = match (&need.program, &need.file) {
            (Some(program), _) => (Kind::Program, program.clone()),
            (None, Some(file)) => (Kind::File, file.replace("{ocaml}", ocaml)),
            (None, None) => continue,
        };
        let other = need.architecture.as_ref().filter(|it| !Processor::is_own_for_debian(it));
        let foreign = other.map(|it| home.join(FOREIGN).join(it));
        let there = match (kind, &foreign) {
            (Kind::File, None) => Path::new(&name).exists(),
            (Kind::File, Some(root)) => root.join(name.trim_start_matches('/')).exists(),
            _ => on_path(path, &name).is_some(),
        };
        let entry =
            depends::Need { kind, name, constraint: None, by: vec![by.to_owned()], section: None };
        if there {
            report.present.push((entry, None));
        } else {
            let mut providers = Providers::default();
            match (&need.apt, &need.architecture, foreign) {
                (Some(package), Some(architecture), Some(root)) => {
                    let (package, architecture) = (package.clone(), architecture.clone());
                    providers.foreign = Some(Foreign { package, architecture, root });
                }
                (package, ..) => providers.apt.extend(package.clone()),
            }
            report.missing.push(Missing { need: entry, found: None, providers, place: None });
        }
    }
    report
}

/// The folder that a toolchain is made in.
pub fn work_folder(
    spec: &ToolchainSpec,
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
    Some(folder::home(variable)?.join(".work").join(&spec.name))
}

/// Gathers the sources of a toolchain and writes the rules that build it.
pub fn prepare(
    spec: &ToolchainSpec,
    variable: &dyn Fn(&str) -> Option<OsString>,
    step: &mut dyn FnMut(&Command),
) -> Result<Prepared, RecipeError> {
    let home = folder::home(variable).ok_or(RecipeError::NoHome)?;
    let work = work_folder(spec, variable).ok_or(RecipeError::NoHome)?;
    let (recipe, processor) = recipe(spec)?;
    let foreign = home.join(FOREIGN).join(processor.debian);
    let mut making = Making { host: host(variable)?, work, foreign, step };
    let parts = recipe(&mut making, spec, processor)?;
    let key = parts.key()?;
    let folder = Folder {
        path: home.join(format!("{}-{key}", spec.name)),
        name: spec.name.clone(),
        key,
        ocaml: making.host.environment.get("ocaml_version").unwrap_or_default().to_owned(),
        recipes: folder::RECIPES,
        parts: parts.words.clone(),
    };
    Ok(Prepared { work: making.work, folder, parts })
}

/// Puts a toolchain that was built in its place.
pub fn install(prepared: &Prepared) -> Result<(), RecipeError> {
    assemble::install(prepared)
}

/// The rule file of a toolchain: all that is `made` is built by default.
fn written(mut rules: Rules, made: Vec<String>) -> Result<Vec<u8>, RecipeError> {
    rules.phony("all", made);
    rules.build_by_default("all");
    rules.write().map_err(|error| RecipeError::Source(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_machines_are_refused_with_words() {
        let processor = Processor::named("x86_64").unwrap();
        assert!(made_on(processor, "linux", "x86_64").is_ok());
        let error = made_on(processor, "macos", "aarch64").unwrap_err().to_string();
        assert!(error.ends_with("on Linux for x86_64, and this is macos on aarch64"), "{error}");
        let processor = Processor::named("aarch64").unwrap();
        assert!(made_on(processor, "linux", "x86_64").is_ok());
        let error = made_on(processor, "linux", "riscv64").unwrap_err().to_string();
        assert!(error.contains("on Linux for aarch64 or x86_64, and this is linux"), "{error}");
    }
}
