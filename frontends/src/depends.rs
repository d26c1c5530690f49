//! What a package needs that is not there, all of it at once, and what installs it.

pub mod depexts;
pub(crate) mod foreign;

mod c_library;
mod install;
pub(crate) mod known;
mod place;
mod programs;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use mbuild_rules::Diagnostic;

use crate::environment::{Environment, Installed};
use crate::findlib::{Findlib, FindlibError};
use crate::package::{Code, Compiled, Depend, Package, Section, Tool};
use crate::version::Constraint;

pub use c_library::Linker;
pub use foreign::Foreign;
pub use install::{Command, Manager, Plan, System, plan};
pub use known::Providers;
pub(crate) use programs::Programs;

/// What kind of thing is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The OCaml compiler.
    Ocaml,
    /// A C compiler.
    C,
    /// A C library.
    #[serde(rename = "c-library")]
    CLibrary,
    /// A findlib package.
    Findlib,
    /// A program.
    Program,
    /// A file.
    File,
    /// A package of the system, by the name that its own manager has for it.
    System,
}

/// Something a package needs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Need {
    /// What kind of thing.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Which versions will do.
    pub constraint: Option<String>,
    /// The sections that need it, as people call them (`library x`).
    pub by: Vec<String>,
    /// The first of these among the sections of the package, where it is one.
    #[serde(skip)]
    pub section: Option<usize>,
}

/// Something that is not there, or not in a version that will do.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Missing {
    /// What is needed.
    #[serde(flatten)]
    pub need: Need,
    /// The version that is there and will not do.
    pub found: Option<String>,
    /// What provides it.
    pub providers: Providers,
    /// What is said of it where the manifest asks for it.
    #[serde(skip)]
    pub place: Option<Diagnostic>,
}

/// What is there and what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// What is there, with its version.
    pub present: Vec<(Need, Option<String>)>,
    /// What is not.
    pub missing: Vec<Missing>,
    /// What is wrong with META files of packages that are needed; that these are there cannot be said, nor that they
    /// are not.
    #[serde(skip)]
    pub damaged: Vec<Diagnostic>,
    /// What the manifest's reader has said besides, which may say why something is looked for at all.
    #[serde(skip)]
    pub warnings: Vec<Diagnostic>,
}

impl Need {
    fn needed_by_more(&mut self, more: Vec<String>) {
        for by in more {
            if !self.by.contains(&by) {
                self.by.push(by);
            }
        }
    }
}

impl Report {
    fn add_damaged(&mut self, more: Vec<Diagnostic>) {
        let more: Vec<_> = more.into_iter().filter(|it| !self.damaged.contains(it)).collect();
        self.damaged.extend(more);
    }

    /// Takes in another report; what is in both is there once, with all who need it.
    pub fn add(&mut self, other: Self) {
        let same = |one: &Need, other: &Need| {
            (one.kind, &one.name, &one.constraint) == (other.kind, &other.name, &other.constraint)
        };
        for (need, version) in other.present {
            match self.present.iter_mut().find(|(known, _)| same(known, &need)) {
                Some((known, _)) => known.needed_by_more(need.by),
                None => self.present.push((need, version)),
            }
        }
        for missing in other.missing {
            match self.missing.iter_mut().find(|known| same(&known.need, &missing.need)) {
                Some(known) => known.need.needed_by_more(missing.need.by),
                None => self.missing.push(missing),
            }
        }
        self.add_damaged(other.damaged);
    }
}

/// Where to look for what is needed.
pub trait Look {
    /// The version of the OCaml compiler.
    fn ocaml(&mut self) -> Option<String>;
    /// A findlib package; what is wrong with its META, where that cannot be read.
    fn package(&mut self, name: &str) -> Result<Option<Installed>, Vec<Diagnostic>>;
    /// Whether a program can be run.
    fn program(&mut self, name: &str) -> bool;
    /// Whether C programs can be linked with a library, where the linker is told these options.
    fn c_library(&mut self, name: &str, options: &[String]) -> bool;
}

/// The machine we run on.
pub struct Host<'a> {
    /// What the compiler says; `None` when there is none.
    pub environment: Option<&'a Environment>,
    /// Installed packages; `None` when findlib is not set up.
    pub findlib: Option<&'a mut Findlib>,
    /// Who links with C libraries; `None` where that cannot be said.
    pub linker: Option<Linker<'a>>,
}

impl Look for Host<'_> {
    fn ocaml(&mut self) -> Option<String> {
        self.environment.and_then(|environment| environment.get("ocaml_version")).map(str::to_owned)
    }

    fn package(&mut self, name: &str) -> Result<Option<Installed>, Vec<Diagnostic>> {
        let Some(findlib) = self.findlib.as_mut() else { return Ok(None) };
        let found = match findlib.package(name) {
            Ok(found) => found,
            Err(FindlibError::Broken(wrong)) => return Err(wrong),
            Err(_) => None,
        };
        Ok(found.map(|found| {
            let directory = found.dir.to_string_lossy().into_owned();
            Installed { version: found.version(), directory }
        }))
    }

    fn program(&mut self, name: &str) -> bool {
        find_program(name).is_some()
    }

    fn c_library(&mut self, name: &str, options: &[String]) -> bool {
        self.linker.is_none_or(|linker| linker.has(name, options))
    }
}

/// Where a program is on PATH.
pub fn find_program(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| path.is_file());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// The opam package that has what is needed: for findlib packages by the rule that it has their name, for
/// programs and C libraries only where it is known.
pub(crate) fn opam_package(need: &Need) -> Option<String> {
    let found = match need.kind {
        Kind::Ocaml => known::ocaml(),
        Kind::Findlib => known::findlib(&need.name),
        Kind::Program if known::is_known(&need.name) => known::program(&need.name),
        Kind::CLibrary if known::is_known(&need.name) => known::c_library(&need.name),
        _ => return None,
    };
    found.opam.into_iter().next()
}

/// Everything that the parts of a package that are built need, in the order of the manifest.
pub fn needs(package: &Package) -> Vec<Need> {
    let mut needs = Needs::default();
    let by = format!("package {}", package.name);
    needs.add(Kind::Ocaml, "ocaml", package.ocaml.as_deref(), (&by, None));
    if let Some(constraint) = &package.findlib {
        let by = format!("package {}", package.name);
        needs.add(Kind::Findlib, "findlib", Some(constraint), (&by, None));
    }
    let members = package.members.iter().filter_map(|member| member.own.as_deref());
    for package in std::iter::once(package).chain(members) {
        let Some(own) = &package.own_build else { continue };
        let by = format!("package {}", package.name);
        for tool in &own.tools {
            if let Tool::External(name) = tool {
                needs.add(Kind::Program, name, None, (&by, None));
            }
        }
        for name in &own.packages {
            needs.add(Kind::Findlib, name, None, (&by, None));
        }
    }
    for (index, section) in package.sections.iter().enumerate() {
        let (by, tools) = match section {
            Section::Test(test) if test.run => (format!("test {}", test.name), &test.tools),
            Section::Document(document) if document.build => {
                (format!("document {}", document.name), &document.tools)
            }
            _ => match section.compiled() {
                Some(compiled) if compiled.build => {
                    let kind = match section {
                        Section::Library(_) => "library",
                        Section::Object(_) => "object",
                        _ => "executable",
                    };
                    (format!("{kind} {}", compiled.name), &compiled.tools)
                }
                _ => continue,
            },
        };
        let by = (by.as_str(), Some(index));
        if let Some(compiled) = section.compiled() {
            for depend in &compiled.depends {
                if let Depend::Findlib { name, constraint } = depend {
                    needs.add(Kind::Findlib, name, constraint.as_deref(), by);
                }
            }
            // Native code is assembled and linked by the C compiler.
            if compiled.code != Code::Byte || !compiled.c_sources.is_empty() {
                needs.add(Kind::C, "cc", None, by);
            }
            for library in c_libraries(package, compiled) {
                needs.add(Kind::CLibrary, library, None, by);
            }
        }
        for tool in tools {
            if let Tool::External(name) = tool {
                needs.add(Kind::Program, name, None, by);
            }
        }
    }
    // What they have is there once they are built.
    needs.all.retain(|need| match need.kind {
        Kind::Findlib => !package.awaited.has_library(&need.name),
        Kind::Program => !package.awaited.has_program(&need.name),
        _ => true,
    });
    needs.all
}

/// The C libraries that a section links with, without those that the package makes itself.
fn c_libraries<'a>(package: &'a Package, compiled: &'a Compiled) -> impl Iterator<Item = &'a str> {
    let words = compiled.c_libraries.iter().filter_map(|word| word.strip_prefix("-l"));
    words.filter(|name| {
        let own = |it: &Compiled| Some(it.name.as_str()) == name.strip_suffix("_stubs");
        !name.is_empty() && !package.compiled().any(own)
    })
}

/// What is needed, each once.
#[derive(Default)]
struct Needs {
    all: Vec<Need>,
    /// Where each is among them.
    known: BTreeMap<(Kind, String), usize>,
    /// Who needs which of them.
    by: HashSet<(usize, String)>,
}

impl Needs {
    /// `by` is who needs it, and which of the package's sections that is.
    fn add(
        &mut self,
        kind: Kind,
        name: &str,
        constraint: Option<&str>,
        (by, section): (&str, Option<usize>),
    ) {
        let constraint = constraint.map(str::to_owned);
        let at = *self.known.entry((kind, name.to_owned())).or_insert(self.all.len());
        let is_news = self.by.insert((at, by.to_owned()));
        let Some(need) = self.all.get_mut(at) else {
            let (name, by) = (name.to_owned(), vec![by.to_owned()]);
            self.all.push(Need { kind, name, constraint, by, section });
            return;
        };
        if is_news {
            need.by.push(by.to_owned());
        }
        need.constraint = match (need.constraint.take(), constraint) {
            (Some(old), Some(new)) if old != new => {
                let part =
                    |text: String| if text.contains('|') { format!("({text})") } else { text };
                Some(format!("{} && {}", part(old), part(new)))
            }
            (old, new) => old.or(new),
        };
    }
}

/// Looks for everything that a package needs.
pub fn report(package: &Package, look: &mut dyn Look) -> Report {
    let mut report = Report::default();
    let built = package.compiled().filter(|compiled| compiled.build);
    let folders: Vec<String> = built
        .flat_map(|compiled| &compiled.c_libraries)
        .filter(|word| word.starts_with("-L"))
        .cloned()
        .collect();
    for need in needs(package) {
        let (there, version) = match need.kind {
            Kind::Ocaml => {
                let version = look.ocaml();
                (version.is_some(), version)
            }
            Kind::C => (look.program("cc") || look.program("gcc") || look.program("clang"), None),
            Kind::Findlib => match look.package(&need.name) {
                Ok(Some(installed)) => (true, installed.version),
                Ok(None) => (false, None),
                Err(wrong) => {
                    report.add_damaged(wrong);
                    continue;
                }
            },
            Kind::Program => (look.program(&need.name), None),
            Kind::CLibrary => (look.c_library(&need.name, &folders), None),
            Kind::File => (Path::new(&need.name).exists(), None),
            Kind::System => (false, None),
        };
        let fits = match (&need.constraint, &version) {
            // What does not say its version cannot be held against it.
            (Some(constraint), Some(version)) => {
                Constraint::parse(constraint).map_or(true, |constraint| constraint.holds(version))
            }
            _ => true,
        };
        if there && fits {
            report.present.push((need, version));
            continue;
        }
        let providers = match need.kind {
            Kind::Ocaml => known::ocaml(),
            Kind::C => known::c_compiler(),
            Kind::CLibrary => known::c_library(&need.name),
            Kind::Findlib => {
                let mut providers = known::findlib(&need.name);
                let more = package.opam.iter().filter(|name| !providers.opam.contains(name));
                let more: Vec<String> = more.cloned().collect();
                providers.opam.extend(more);
                providers
            }
            Kind::Program => known::program(&need.name),
            Kind::File | Kind::System => Providers::default(),
        };
        let mut missing = Missing { need, found: version, providers, place: None };
        if report.missing.len() < place::MANY {
            missing.place = place::of(package, &missing);
        }
        report.missing.push(missing);
    }
    report
}

impl std::fmt::Display for Need {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            Kind::Ocaml => write!(out, "the OCaml compiler")?,
            Kind::C => write!(out, "a C compiler")?,
            Kind::CLibrary => write!(out, "C library `{}`", self.name)?,
            Kind::Findlib => write!(out, "findlib package `{}`", self.name)?,
            Kind::Program => write!(out, "program `{}`", self.name)?,
            Kind::File => write!(out, "file `{}`", self.name)?,
            Kind::System => write!(out, "system package `{}`", self.name)?,
        }
        if let Some(constraint) = &self.constraint {
            write!(out, " ({constraint})")?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Missing {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.need)?;
        if let Some(found) = &self.found {
            write!(out, ", but {found} is installed")?;
        }
        write!(out, ", needed by {}", self.need.by.join(", "))
    }
}
