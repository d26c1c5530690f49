//! Decides for each section what it is made of, before any of its rules are written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::findlib::expand::{self, Mode, Use};
use crate::findlib::{Findlib, FindlibError};
use crate::package::{Code, Compiled, Depend, Library, Package, Preprocess, Section};
use crate::target;
use crate::toolchain::Toolchain;
use crate::version::Constraint;

use super::error::{OcamlError, Subject};
use super::modules::{Finder, Module};
use super::order::topological;
use super::rules::{command, quote, quote_all};
use super::sources::{clean, join};

/// A section that is compiled, with everything settled.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    /// The section.
    pub(super) section: &'a Section,
    /// Its index in the package.
    pub(super) index: usize,
    /// What it shares with others.
    pub(super) compiled: &'a Compiled,
    /// Its name in paths and rules: `library-re`.
    pub(super) id: String,
    /// Its name in messages.
    pub(super) label: String,
    /// The folder of its objects.
    pub(super) obj: String,
    /// The folder of its modules' objects; another one where these are packed.
    pub(super) unit_dir: String,
    /// The unit that its modules are packed into.
    pub(super) pack: Option<String>,
    /// Its modules.
    pub(super) members: Vec<Module>,
    /// Modules that its own may name although it does not list them.
    pub(super) others: Vec<Module>,
    /// Its main module, for a program.
    pub(super) main: Option<String>,
    /// It has bytecode.
    pub(super) byte: bool,
    /// It has native code.
    pub(super) native: bool,
    /// Its native code is only there for programs of this package: the manifest wants bytecode.
    pub(super) native_inside: bool,
    /// The plans of the sections it uses, each after those that it uses.
    pub(super) uses: Vec<usize>,
    /// The installed packages in use, for each kind of code.
    pub(super) packages: BTreeMap<Mode, Use>,
    /// The names of installed packages asked for, through the sections it uses as well.
    pub(super) externals: Vec<String>,
    /// Options of the preprocessor, in Ninja syntax.
    pub(super) preprocess: String,
    /// The same for modules where they differ, by module as written.
    pub(super) module_preprocess: BTreeMap<String, String>,
    /// Files that the preprocessors consist of.
    pub(super) preprocess_files: Vec<String>,
    /// These, and the archives of the installed packages in use.
    pub(super) package_files: BTreeSet<String>,
}

impl Plan<'_> {
    /// The preprocessor's options for a module.
    pub(super) fn preprocess(&self, module: &str) -> &str {
        self.module_preprocess.get(module).unwrap_or(&self.preprocess)
    }

    /// The files of the installed packages it uses, as one goal, where there are any: a goal of
    /// nothing is never up to date.
    pub(super) fn packages_goal(&self, dir: &str) -> Option<String> {
        (!self.package_files.is_empty()).then(|| format!("{dir}/packages/{}", self.id))
    }

    /// `-I` for a folder of its own, for those of the sections it uses, for packages.
    pub(super) fn includes(&self, plans: &[Plan<'_>], own: &str, mode: Mode) -> String {
        let mut dirs = vec![own.to_owned()];
        dirs.extend(self.uses.iter().rev().map(|at| plans[*at].obj.clone()));
        if let Some(packages) = self.packages.get(&mode) {
            let include = packages.include_dirs();
            dirs.extend(include.iter().map(|dir| dir.to_string_lossy().into_owned()));
        }
        dirs.iter().map(|dir| format!("-I {}", quote(dir))).collect::<Vec<_>>().join(" ")
    }

    /// The files of the unit that the modules are packed into, without ending.
    pub(super) fn pack_base(&self) -> String {
        // The compilers take the module's name from the file's.
        let name = match self.section {
            Section::Library(Library { pack_name: Some(name), .. }) => {
                super::modules::spellings(name)[0].clone()
            }
            _ => self.compiled.name.clone(),
        };
        format!("{}/{}", self.obj, plain(&name))
    }

    /// Its modules are linked whether something needs them or not.
    pub(super) fn links_all(&self) -> bool {
        match self.section {
            Section::Executable(executable) => !executable.modules.is_empty(),
            _ => true,
        }
    }

    /// It is a program without OCaml.
    pub(super) fn is_in_c(&self) -> bool {
        matches!(self.section, Section::Executable(executable) if executable.is_in_c())
    }

    /// It has C sources, which become a library of stubs.
    pub(super) fn c_files(&self) -> Vec<&str> {
        c_files(self.compiled).collect()
    }
}

/// What the plans are made from.
pub(super) struct Planner<'a, 'b> {
    pub(super) package: &'a Package,
    pub(super) toolchain: &'b Toolchain,
    pub(super) findlib: &'b mut Findlib,
    pub(super) finder: Finder<'b>,
    pub(super) dir: &'b str,
    /// Sources that are not there.
    pub(super) missing: Vec<OcamlError>,
    /// Which kinds of code there are, whatever the manifest says.
    pub(super) code: target::Code,
}

/// The modules of a section.
#[derive(Debug, Default)]
struct Found {
    members: Vec<Module>,
    others: Vec<Module>,
    main: Option<String>,
}

/// The name of a section as messages and paths use it: (kind, name).
pub(super) fn kind(section: &Section) -> (&'static str, &str) {
    match section {
        Section::Library(library) => ("library", &library.compiled.name),
        Section::Object(object) => ("object", &object.compiled.name),
        Section::Executable(executable) => ("executable", &executable.compiled.name),
        Section::Test(test) => ("test", &test.name),
        Section::Document(document) => ("document", &document.name),
    }
}

/// A name with everything replaced that paths, rules and shells could stumble over.
pub(super) fn plain(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '_' })
        .collect()
}

impl<'a> Planner<'a, '_> {
    /// The plans of all sections that are built, each after those that it uses; else every source that is
    /// missing, or the first of other mistakes.
    pub(super) fn plans(&mut self) -> Result<Vec<Plan<'a>>, Vec<OcamlError>> {
        let built: Vec<(usize, &'a Section)> = self
            .package
            .sections
            .iter()
            .enumerate()
            .filter(|(_, section)| section.compiled().is_some_and(|compiled| compiled.build))
            .collect();
        let mut by_name: HashMap<&str, usize> = HashMap::new();
        for (at, (_, section)) in built.iter().enumerate() {
            if !matches!(section, Section::Executable(_)) {
                by_name.entry(kind(section).1).or_insert(at);
            }
        }
        let mut direct: Vec<Vec<usize>> = Vec::new();
        for (index, section) in &built {
            let mut needs = Vec::new();
            for depend in section.compiled().map_or(&[][..], |compiled| &compiled.depends) {
                let Depend::Internal(name) = depend else { continue };
                match by_name.get(name.as_str()) {
                    Some(at) => needs.push(*at),
                    None => {
                        let section = subject(*index, section);
                        return Err(OcamlError::NoSection { section, needs: name.clone() }.into());
                    }
                }
            }
            direct.push(needs);
        }
        let starts: Vec<usize> = (0..built.len()).collect();
        let order = topological(&starts, &|at| direct[at].clone()).map_err(|cycle| {
            let names = cycle.iter().map(|at| kind(built[*at].1).1.to_owned()).collect();
            let sections = cycle.iter().map(|at| built[*at].0).collect();
            OcamlError::Cycle { names, sections }
        })?;
        let mut code = Vec::new();
        for (index, section) in &built {
            code.push(self.code(*index, section)?);
        }
        // Native programs may use libraries that the manifest wants as bytecode only.
        let mut inside = vec![false; built.len()];
        for at in order.iter().rev() {
            if code[*at].1 || inside[*at] {
                for need in &direct[*at] {
                    inside[*need] |= !code[*need].1;
                }
            }
        }
        let mut place = vec![0; built.len()];
        let mut ids = BTreeSet::new();
        let mut plans: Vec<Plan<'a>> = Vec::new();
        for at in order {
            place[at] = plans.len();
            let needs: Vec<usize> = direct[at].iter().map(|need| place[*need]).collect();
            let uses = topological(&needs, &|at| plans[at].uses.clone()).unwrap_or_default();
            plans.push(self.plan(built[at], uses, &plans, &mut ids, (code[at], inside[at]))?);
        }
        if self.missing.is_empty() { Ok(plans) } else { Err(std::mem::take(&mut self.missing)) }
    }

    fn plan(
        &mut self,
        (index, section): (usize, &'a Section),
        uses: Vec<usize>,
        plans: &[Plan<'a>],
        ids: &mut BTreeSet<String>,
        ((byte, native), inside): ((bool, bool), bool),
    ) -> Result<Plan<'a>, OcamlError> {
        let native = native || inside;
        let (kind, name) = kind(section);
        let subject = subject(index, section);
        let compiled = section.compiled().ok_or_else(|| OcamlError::NoSection {
            section: subject.clone(),
            needs: name.to_owned(),
        })?;
        let mut id = format!("{kind}-{}", plain(name));
        while !ids.insert(id.clone()) {
            id.push('_');
        }
        let obj = format!("{}/obj/{id}", self.dir);
        let pack = match section {
            Section::Library(library) if library.pack => {
                let name = library.pack_name.as_deref().unwrap_or(name);
                Some(super::modules::capitalized(name))
            }
            Section::Object(object) if object.modules.len() > 1 && !object.apart => {
                Some(super::modules::capitalized(name))
            }
            _ => None,
        };
        let unit_dir = if pack.is_some() { format!("{obj}/pack") } else { obj.clone() };
        let Found { members, others, main } = self.modules(section, &subject, &uses, plans)?;
        let externals = self.externals(compiled, &subject, &uses, plans)?;
        let wrong = |error| OcamlError::Findlib { section: subject.clone(), error };
        let mut packages = BTreeMap::new();
        for (mode, wanted) in [(Mode::Byte, true), (Mode::Native, native)] {
            if wanted {
                let used = Use::of(self.findlib, &externals, mode).map_err(wrong)?;
                packages.insert(mode, used);
            }
        }
        let mut commands = Vec::new();
        let mut built = Vec::new();
        let mut settle = |how: &Preprocess| {
            if let Preprocess::Program(tool, arguments) = how {
                let (program, needs) = self.finder.making.program(tool, "");
                built.extend(needs);
                let text = command(&[program, quote_all(arguments)]);
                return Ok(format!("-pp '{}'", text.replace('\'', "'\\''")));
            }
            self.preprocess(how, &externals, &packages, &mut commands).map_err(wrong)
        };
        let preprocess = settle(&compiled.preprocess)?;
        let mut module_preprocess = BTreeMap::new();
        for (module, how) in &compiled.module_preprocess {
            module_preprocess.insert(module.clone(), settle(how)?);
        }
        let preprocess_files: Vec<String> = expand::files_of(&commands)
            .iter()
            .map(|file| file.to_string_lossy().into_owned())
            .chain(built)
            .collect();
        let stdlib = &self.toolchain.findlib.stdlib;
        let archives = packages.values().flat_map(Use::archives);
        let archives = archives.map(|archive| stdlib.join(archive)).filter(|file| file.is_file());
        let package_files = archives
            .map(|file| file.to_string_lossy().into_owned())
            .chain(preprocess_files.iter().cloned())
            .collect();
        Ok(Plan {
            section,
            index,
            compiled,
            id,
            label: subject.label,
            obj,
            unit_dir,
            pack,
            members,
            others,
            main,
            byte,
            native,
            native_inside: inside,
            uses,
            packages,
            externals,
            preprocess,
            module_preprocess,
            preprocess_files,
            package_files,
        })
    }

    /// The modules that a section lists, those it may name besides, and its main module.
    fn modules(
        &mut self,
        section: &Section,
        subject: &Subject,
        uses: &[usize],
        plans: &[Plan<'_>],
    ) -> Result<Found, OcamlError> {
        let Some(compiled) = section.compiled() else { return Ok(Found::default()) };
        let path = clean(&compiled.path);
        self.finder.nested = compiled.folders;
        let mut members: Vec<Module> = Vec::new();
        let mut folders: Vec<String> = Vec::new();
        let mut main = None;
        let listed: Vec<&String> = match section {
            Section::Library(library) => {
                library.modules.iter().chain(&library.internal_modules).collect()
            }
            Section::Object(object) => object.modules.iter().collect(),
            Section::Executable(executable) => executable.modules.iter().collect(),
            _ => Vec::new(),
        };
        let root = self.finder.sources.root().to_owned();
        let main_only = matches!(section, Section::Executable(_));
        if (main_only || !listed.is_empty()) && !root.join(&path).is_dir() {
            // Each of its sources is missing then; it is said once.
            let section = subject.clone();
            self.missing.push(OcamlError::NoFolder { section, folder: compiled.path.clone() });
            return Ok(Found::default());
        }
        let archive = c_files(compiled).next().map(|_| compiled.name.as_str());
        for written in c_files(compiled).chain(archive) {
            if let Some(character) = written.chars().find(|c| for_shell(*c)) {
                let (section, written) = (subject.clone(), written.to_owned());
                self.missing.push(OcamlError::ForShell { section, written, character });
            }
        }
        for written in c_files(compiled) {
            let file = clean(&join(compiled.c_folder(), written));
            if !self.finder.making.is_output(&file) && !root.join(&file).exists() {
                let (section, written) = (subject.clone(), written.to_owned());
                self.missing.push(OcamlError::NoCSource { section, written, file });
            }
        }
        for written in listed {
            let found = self.finder.module(subject, &path, &compiled.include, written);
            let Some(module) = self.there(found)? else { continue };
            if !members.iter().any(|known| known.name == module.name) {
                members.push(module);
            }
            let dir = written.rsplit_once('/').map_or("", |(dir, _)| dir);
            folders.push(clean(&join(&path, dir)));
        }
        if let Section::Executable(executable) = section {
            if executable.is_in_c() {
                return Ok(Found::default());
            }
            let found = self.finder.main(subject, &path, &compiled.include, &executable.main);
            if let Some((folder, module)) = self.there(found)? {
                main = Some(module.name.clone());
                members.push(module);
                folders.push(folder);
                folders.push(path);
            }
        }
        folders.extend(compiled.include.iter().map(|folder| clean(folder)));
        if compiled.closed {
            return Ok(Found { members, others: Vec::new(), main });
        }
        let mut seen: BTreeSet<String> = members.iter().map(|module| module.name.clone()).collect();
        let theirs: BTreeSet<&str> =
            uses.iter().flat_map(|at| &plans[*at].members).flat_map(Module::sources).collect();
        let names: BTreeSet<&str> = uses
            .iter()
            .flat_map(|at| &plans[*at].members)
            .map(|module| module.name.as_str())
            .collect();
        let mut others = Vec::new();
        let mut visited = BTreeSet::new();
        for folder in folders {
            if !visited.insert(folder.clone()) {
                continue;
            }
            for module in self.finder.folder(&folder) {
                // A module of a library goes before a folder that happens to be called so.
                let known = module.sources().iter().any(|source| theirs.contains(source))
                    || !module.inside.is_empty() && names.contains(module.name.as_str());
                if !known && seen.insert(module.name.clone()) {
                    others.push(module);
                }
            }
        }
        Ok(Found { members, others, main })
    }

    /// What was found; what is missing is kept, so that all of it is said at once.
    fn there<T>(&mut self, found: Result<T, OcamlError>) -> Result<Option<T>, OcamlError> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(error @ (OcamlError::NoSource { .. } | OcamlError::NoMain { .. })) => {
                self.missing.push(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Which kinds of code a section has: (bytecode, native).
    fn code(&self, index: usize, section: &Section) -> Result<(bool, bool), OcamlError> {
        if matches!(section, Section::Executable(executable) if executable.is_in_c()) {
            return Ok((false, false));
        }
        let can = self.toolchain.ocamlopt.is_some();
        let wanted = section.compiled().map(|compiled| compiled.code).unwrap_or_default();
        let wanted = match self.code {
            target::Code::Any => wanted,
            target::Code::Byte => Code::Byte,
            target::Code::Native => Code::Native,
        };
        let native = match wanted {
            Code::Byte => false,
            Code::Native if !can => {
                return Err(OcamlError::NoNative { section: subject(index, section) });
            }
            Code::Native | Code::Best => can,
        };
        let program = matches!(section, Section::Executable(_));
        let native_only = self.code == target::Code::Native;
        Ok((!native || !program && !native_only, native))
    }

    /// The installed packages that a section asks for, with those of the sections it uses.
    fn externals(
        &mut self,
        compiled: &Compiled,
        subject: &Subject,
        uses: &[usize],
        plans: &[Plan<'_>],
    ) -> Result<Vec<String>, OcamlError> {
        let mut names: Vec<String> = Vec::new();
        for depend in &compiled.depends {
            let Depend::Findlib { name, constraint } = depend else { continue };
            self.check(subject, name, constraint.as_deref())?;
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        for at in uses {
            for name in &plans[*at].externals {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        Ok(names)
    }

    /// Whether the version that is installed does.
    fn check(
        &mut self,
        subject: &Subject,
        name: &str,
        constraint: Option<&str>,
    ) -> Result<(), OcamlError> {
        let wrong = |error| OcamlError::Findlib { section: subject.clone(), error };
        let installed = self.findlib.package(name).map_err(wrong)?.ok_or_else(|| {
            wrong(FindlibError::Missing { name: name.to_owned(), needed_by: Vec::new() })
        })?;
        let Some(constraint) = constraint else { return Ok(()) };
        let Some(found) = installed.version() else { return Ok(()) };
        if holds(constraint, &found) {
            Ok(())
        } else {
            Err(OcamlError::Version {
                section: subject.clone(),
                name: name.to_owned(),
                constraint: constraint.to_owned(),
                found,
            })
        }
    }

    /// The options of the preprocessor: the section's own and what the packages bring with them.
    fn preprocess(
        &mut self,
        how: &Preprocess,
        externals: &[String],
        packages: &BTreeMap<Mode, Use>,
        commands: &mut Vec<Vec<String>>,
    ) -> Result<String, FindlibError> {
        let program = match how {
            // Programs of the package are settled where their paths are known.
            Preprocess::None | Preprocess::Program(..) => String::new(),
            Preprocess::Command(text) => format!("-pp {}", quote(text)),
            Preprocess::Camlp4(syntax) => {
                let command = expand::camlp4(self.findlib, externals, syntax)?;
                let text = format!("-pp {}", quote(&command.join(" ")));
                commands.push(command);
                text
            }
        };
        let rewriters = packages.get(&Mode::Byte).map(Use::ppx).unwrap_or_default();
        commands.extend(rewriters.iter().map(|text| text.split(' ').map(str::to_owned).collect()));
        let rewriters: Vec<String> =
            rewriters.into_iter().flat_map(|text| ["-ppx".to_owned(), text]).collect();
        Ok(command(&[program, quote_all(&rewriters)]))
    }
}

/// The C sources of a section without the headers among them.
fn c_files(compiled: &Compiled) -> impl Iterator<Item = &str> {
    let c = compiled.c_sources.iter().map(String::as_str);
    c.filter(|file| !file.ends_with(".h") && !file.ends_with(".H"))
}

/// Whether a character means something to a shell. `ocamlmklib` quotes no file names.
fn for_shell(c: char) -> bool {
    c.is_ascii() && !c.is_ascii_alphanumeric() && !"_-+./,:@%=^~".contains(c)
}

/// A section as messages name it.
fn subject(index: usize, section: &Section) -> Subject {
    let (kind, name) = kind(section);
    Subject { index, label: format!("{kind} `{name}`") }
}

/// Whether a version fulfils a constraint; readers have refused those that make no sense.
fn holds(constraint: &str, version: &str) -> bool {
    Constraint::parse(constraint).map_or(true, |constraint| constraint.holds(version))
}
