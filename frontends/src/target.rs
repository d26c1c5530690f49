//! What is built for: a target as data, and the toolchain that serves it on this machine.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use mbuild_rules::reason;

use crate::environment::{self, Environment};
use crate::findlib::Conf;

/// What we build for, as data: nothing else knows one target from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its name, which is also the name of its build directory.
    pub name: String,
    /// The findlib toolchain (`ocamlfind -toolchain`), where it is not the default one.
    pub findlib_toolchain: Option<String>,
    /// Names of the tools, the preferred first; the first one on PATH is taken.
    pub tools: ToolNames,
}

/// Names under which each tool of a toolchain may be installed, the preferred first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ToolNames {
    pub ocamlc: Vec<String>,
    pub ocamlopt: Vec<String>,
    pub ocamldep: Vec<String>,
    pub ocamllex: Vec<String>,
    pub ocamlyacc: Vec<String>,
    pub ocamldoc: Vec<String>,
    pub ocamlmklib: Vec<String>,
}

impl Target {
    /// This machine.
    pub fn native() -> Self {
        let names = |tool: &str| vec![format!("{tool}.opt"), tool.to_owned()];
        Self {
            name: "native".to_owned(),
            findlib_toolchain: None,
            tools: ToolNames {
                ocamlc: names("ocamlc"),
                ocamlopt: names("ocamlopt"),
                ocamldep: names("ocamldep"),
                ocamllex: names("ocamllex"),
                ocamlyacc: vec!["ocamlyacc".to_owned()],
                ocamldoc: names("ocamldoc"),
                ocamlmklib: vec!["ocamlmklib".to_owned()],
            },
        }
    }

    /// The build directory, relative to the package root.
    pub fn dir(&self) -> String {
        format!("_mbuild/{}", self.name)
    }
}

/// The tools of a target as this machine has them. Commands name them without a folder, so that
/// another compiler first on PATH is a change that the engine sees.
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
}

impl Toolchain {
    /// Finds the tools on `PATH` of `environment` and asks the compiler for its configuration,
    /// unless it is the compiler of which `known` says that already.
    pub fn probe(
        target: &Target,
        variable: &dyn Fn(&str) -> Option<OsString>,
        known: Option<(&Path, Environment)>,
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
        let tools = &target.tools;
        let (ocamlc, compiler) = need(&tools.ocamlc)?;
        let environment = match known {
            Some((path, environment)) if path == compiler => environment,
            _ => environment::probe(OsStr::new(&compiler))
                .map_err(|source| ToolchainError::Probe { tool: ocamlc.clone(), source })?,
        };
        let stdlib = environment.get("standard_library").unwrap_or("/usr/lib/ocaml").to_owned();
        let findlib = Conf::read(Path::new(&stdlib), target.findlib_toolchain.as_deref(), variable);
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
        })
    }

    /// The version as numbers, as far as they go: `4.13.1+x` is 4, 13.
    pub fn version(&self) -> (u32, u32) {
        let text = self.environment.get("ocaml_version").unwrap_or_default();
        let mut numbers =
            text.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or_default());
        (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
    }
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
