//! The compilers of a target as this machine has them: the host's, or a cross toolchain of the user's
//! or of mbuild's own making, both found through findlib's configuration.

pub mod folder;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use mbuild_rules::reason;

use crate::environment::{self, Environment};
use crate::findlib::Conf;
use crate::target::{ToolNames, ToolchainSpec};

/// The tools of a target as this machine has them. Commands name those of the host without a folder,
/// so that another compiler first on PATH is a change that the engine sees.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// The bytecode compiler.
    pub ocamlc: String,
    /// The native compiler, where there is one.
    pub ocamlopt: Option<String>,
    /// The scanner of sources.
    pub ocamldep: String,
    /// The lexer generator.
    pub ocamllex: String,
    /// The parser generator.
    pub ocamlyacc: String,
    /// The documentation generator, where there is one.
    pub ocamldoc: Option<String>,
    /// The maker of C stub libraries.
    pub ocamlmklib: String,
    /// What `ocamlc -config` says.
    pub environment: Environment,
    /// Where packages are.
    pub findlib: Conf,
    /// The compiler's file, to notice another one.
    pub compiler: PathBuf,
    /// The folder that a cross toolchain is installed in.
    pub prefix: Option<PathBuf>,
    /// Files and folders that were looked at to find it.
    pub looked_at: Vec<PathBuf>,
}

/// Why there is no toolchain.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// A tool is on no folder of PATH.
    #[error("no `{}` on PATH", names.join("` or `"))]
    Missing {
        /// The names looked for.
        names: Vec<String>,
    },
    /// The compiler does not say what it is.
    #[error("cannot ask `{tool}` for its configuration: {}", reason(.source))]
    Probe {
        /// The compiler.
        tool: String,
        /// What went wrong.
        source: std::io::Error,
    },
    /// A cross toolchain is not installed.
    #[error("toolchain `{name}` is not installed{}", other.as_ref().map(|version| format!(" for OCaml {version}")).unwrap_or_default())]
    NotInstalled {
        /// Its name.
        name: String,
        /// mbuild can make it.
        recipe: bool,
        /// The version of OCaml that it would have to be made for, where there is one for another.
        other: Option<String>,
    },
    /// A cross toolchain that findlib knows has no such program.
    #[error("toolchain `{name}` is incomplete: there is no `{program}` on PATH or in `{}`", bin.display())]
    Incomplete {
        /// Its name.
        name: String,
        /// What it misses.
        program: String,
        /// Its folder of programs.
        bin: PathBuf,
    },
    /// The compilers of a cross toolchain call a program by its name alone.
    #[error("toolchain `{name}` calls `{program}`, which is in `{}` and not on PATH", bin.display())]
    NotOnPath {
        /// Its name.
        name: String,
        /// What it calls.
        program: String,
        /// Its folder of programs.
        bin: PathBuf,
    },
}

/// A compiler that was asked before, with what it said.
pub type Known<'a> = Option<(&'a Path, Environment)>;

type Variables<'a> = &'a dyn Fn(&str) -> Option<OsString>;

impl Toolchain {
    /// Finds the toolchain and asks its compiler for its configuration, unless it is the compiler of
    /// which `known` says that already.
    pub fn probe(
        spec: &ToolchainSpec,
        variable: Variables<'_>,
        known: Known<'_>,
    ) -> Result<Self, ToolchainError> {
        match &spec.findlib {
            None => Self::host(&spec.tools, variable, known),
            Some(findlib) => Self::cross(spec, findlib, variable, known),
        }
    }

    /// The compilers on `PATH`.
    pub fn host(
        tools: &ToolNames,
        variable: Variables<'_>,
        known: Known<'_>,
    ) -> Result<Self, ToolchainError> {
        let path = variable("PATH").unwrap_or_default();
        // The first folder decides, then the order of the names: who puts an `ocamlc` first on PATH
        // means that one, and no `ocamlc.opt` of a later folder.
        let find = |names: &[String]| {
            std::env::split_paths(&path).find_map(|dir| {
                let mut files = names.iter().map(|name| (name.clone(), dir.join(name)));
                files.find(|(_, file)| is_program(file))
            })
        };
        let need = |names: &[String]| {
            find(names).ok_or_else(|| ToolchainError::Missing { names: names.to_vec() })
        };
        let (ocamlc, compiler) = need(&tools.ocamlc)?;
        let environment = asked(&compiler, known)?;
        let stdlib = environment.get("standard_library").unwrap_or("/usr/lib/ocaml").to_owned();
        let findlib = Conf::read(Path::new(&stdlib), None, variable);
        Ok(Self {
            ocamlopt: find(&tools.ocamlopt)
                .map(|(name, _)| name)
                .filter(|_| environment.is_native()),
            ocamldep: need(&tools.ocamldep)?.0,
            // Only packages that use them need the generators: a missing one shows when it runs.
            ocamllex: find(&tools.ocamllex).map_or_else(|| "ocamllex".to_owned(), |(name, _)| name),
            ocamlyacc: find(&tools.ocamlyacc)
                .map_or_else(|| "ocamlyacc".to_owned(), |(name, _)| name),
            ocamldoc: find(&tools.ocamldoc).map(|(name, _)| name),
            ocamlmklib: find(&tools.ocamlmklib)
                .map_or_else(|| "ocamlmklib".to_owned(), |(name, _)| name),
            ocamlc,
            environment,
            findlib,
            compiler,
            prefix: None,
            looked_at: Vec::new(),
        })
    }

    /// A toolchain that findlib knows: the user's own goes before one that mbuild has made.
    fn cross(
        spec: &ToolchainSpec,
        findlib: &str,
        variable: Variables<'_>,
        known: Known<'_>,
    ) -> Result<Self, ToolchainError> {
        let mut host = Self::host(&ToolNames::default(), variable, None)?;
        let mut looked_at: Vec<PathBuf> = host.findlib.files();
        let stdlib = host.findlib.stdlib.clone();
        let mut conf = Conf::read(&stdlib, Some(findlib), variable);
        if !conf.commands.contains_key("ocamlopt") || is_for_another(spec, &conf, variable) {
            let version = host.environment.get("ocaml_version").unwrap_or_default();
            let installed = folder::all(variable);
            looked_at.extend(folder::home(variable));
            let mut named = installed.iter().filter(|it| it.name == spec.name);
            let Some(folder) = named.clone().find(|it| it.serves(version)) else {
                return Err(ToolchainError::NotInstalled {
                    name: spec.name.clone(),
                    recipe: spec.recipe.is_some(),
                    other: named.next().map(|_| version.to_owned()),
                });
            };
            let file = folder.path.join("lib/findlib.conf");
            conf = Conf::read_file(&stdlib, &file, Some(findlib), variable);
        }
        looked_at.extend(conf.files());
        let prefix = conf.file.as_deref().and_then(Path::parent).and_then(Path::parent);
        let prefix = prefix.unwrap_or(Path::new("/")).to_owned();
        let bin = prefix.join("bin");
        let command = |name: &str| conf.commands.get(name).cloned();
        let incomplete = |program: &str| ToolchainError::Incomplete {
            name: spec.name.clone(),
            program: program.to_owned(),
            bin: bin.clone(),
        };
        let ocamlc = command("ocamlc").ok_or_else(|| incomplete("ocamlc"))?;
        let path = variable("PATH").unwrap_or_default();
        let found = find(&path, Some(&prefix), &ocamlc);
        let compiler = found.ok_or_else(|| incomplete(&ocamlc))?;
        if let Some(cc) = &spec.cc {
            find(&path, Some(&prefix), cc).ok_or_else(|| incomplete(cc))?;
        }
        host.environment = asked(&compiler, known)?;
        let calls = host.environment.get("native_c_compiler").unwrap_or_default();
        let program = calls.split(' ').next().unwrap_or_default().to_owned();
        if on_path(&path, &program).is_none() && is_program(&bin.join(&program)) {
            return Err(ToolchainError::NotOnPath { name: spec.name.clone(), program, bin });
        }
        host.ocamlopt = command("ocamlopt");
        host.ocamlmklib = command("ocamlmklib").unwrap_or(host.ocamlmklib);
        host.ocamldep = command("ocamldep").unwrap_or(host.ocamldep);
        Ok(Self { ocamlc, findlib: conf, compiler, prefix: Some(prefix), looked_at, ..host })
    }

    /// The version as numbers, as far as they go: `4.13.1+x` is 4, 13.
    pub fn version(&self) -> (u32, u32) {
        let text = self.environment.get("ocaml_version").unwrap_or_default();
        let mut numbers =
            text.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or_default());
        (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
    }

    /// How a command names a program: that of the toolchain goes before others on PATH.
    pub fn program(&self, name: &str) -> String {
        let own = self.prefix.as_ref().map(|prefix| prefix.join("bin").join(name));
        let own = own.filter(|file| is_program(file));
        own.map_or_else(|| name.to_owned(), |file| file.to_string_lossy().into_owned())
    }
}

/// Whether the toolchain that findlib has by this name is for another processor: there is one name for all.
fn is_for_another(spec: &ToolchainSpec, conf: &Conf, variable: Variables<'_>) -> bool {
    let path = variable("PATH").unwrap_or_default();
    let compiler = conf.commands.get("ocamlc").and_then(|name| find(&path, None, name));
    let (Some(wanted), Some(compiler)) = (&spec.architecture, compiler) else { return false };
    let said = environment::probe(compiler.as_os_str());
    said.is_ok_and(|it| it.get("architecture") != Some(environment::architecture(wanted)))
}

/// What a compiler says of itself.
fn asked(compiler: &Path, known: Known<'_>) -> Result<Environment, ToolchainError> {
    match known {
        Some((path, environment)) if path == compiler => Ok(environment),
        _ => environment::probe(compiler.as_os_str()).map_err(|source| ToolchainError::Probe {
            tool: compiler.to_string_lossy().into_owned(),
            source,
        }),
    }
}

/// The file of a program: in the folder of a toolchain, else on PATH.
pub fn find(path: &OsStr, prefix: Option<&Path>, name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|file| is_program(file));
    }
    let own = prefix.map(|prefix| prefix.join("bin").join(name)).filter(|file| is_program(file));
    own.or_else(|| on_path(path, name))
}

/// The first executable file of this name in the folders of PATH.
pub fn on_path(path: &OsStr, name: &str) -> Option<PathBuf> {
    std::env::split_paths(path).map(|dir| dir.join(name)).find(|file| is_program(file))
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}
