//! What is installed and where to: the products of each section, META, data and documentation.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::error::InstallError;
use super::folders::Folders;
use super::glob::glob;
use super::item::Item;
use super::own;
use crate::configure::Configuration;
use crate::files::{self, is_program};
use crate::findlib::write::metas;
use crate::ocaml::product::{Product, ProductKind};
use crate::ocaml::sources::{join, name_of};
use crate::package::{
    About, Code, Compiled, Data, Document, DocumentKind, Executable, Library, Object, Package,
    Section,
};

/// Everything that is installed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Name of the package.
    pub package: String,
    /// Version of the package.
    pub version: String,
    /// The files, in the order in which they are placed.
    pub items: Vec<Item>,
    /// Files that are not built but written before: (path relative to the package root, content).
    pub made: Vec<(String, Vec<u8>)>,
    /// Documents that are left out because they were not made.
    pub left_out: Vec<String>,
    /// The package's own commands have put files where they belong, not below a folder that stands for `/`.
    pub direct: bool,
    /// Files that the package's own commands have changed and that are not the package's.
    pub changed: Vec<PathBuf>,
}

impl Plan {
    /// Every file with its place, relative to `root` where that is below, its mode and its content.
    pub fn listing(&self, root: &Path) -> Result<String, InstallError> {
        let mut text = String::new();
        for item in &self.items {
            let digest = files::digest_of(&item.to).map_err(InstallError::io("read", &item.to))?;
            let to = item.to.strip_prefix(root).unwrap_or(&item.to).display();
            text += &format!("{digest} {:o} {to}\n", item.mode);
        }
        Ok(text)
    }

    /// Refuses where a file is not built.
    pub(super) fn check_built(&self, root: &Path) -> Result<(), InstallError> {
        match self.items.iter().find(|item| !root.join(&item.from).is_file()) {
            Some(item) => Err(InstallError::NotBuilt { path: item.from.clone() }),
            None => Ok(()),
        }
    }

    /// Writes the files that are made for this plan, such as META.
    pub(super) fn write_made(&self, root: &Path) -> Result<(), InstallError> {
        for (path, content) in &self.made {
            let path = root.join(path);
            files::write_if_changed(&path, content).map_err(InstallError::io("write", &path))?;
        }
        Ok(())
    }
}

const PLAIN: u32 = 0o644;
const PROGRAM: u32 = 0o755;

/// Lists everything that a package installs. `package` has to be the package that `configuration`
/// is of; its folders may be others.
pub fn plan(
    root: &Path,
    configuration: &Configuration,
    package: &Package,
    folders: &Folders,
) -> Result<Plan, InstallError> {
    let mut planner = Planner {
        root,
        build_dir: format!("_mbuild/{}/", configuration.target),
        configuration,
        package,
        folders,
        plan: Plan {
            package: package.name.clone(),
            version: package.version.clone(),
            ..Plan::default()
        },
        places: HashMap::new(),
    };
    for (index, section) in package.sections.iter().enumerate() {
        match section {
            Section::Library(library) if installed(&library.compiled) => {
                let files = |dir: &str| own::library_files(root, dir, library);
                planner.own(&library.compiled, &library.findlib, &files)?;
                planner.library(index, library)?;
            }
            Section::Object(object) if installed(&object.compiled) => {
                let files = |dir: &str| own::object_files(root, dir, object);
                planner.own(&object.compiled, &object.findlib, &files)?;
                planner.modules(index, &object.findlib, true)?;
                planner.data(
                    index,
                    &format!("object `{}`", object.compiled.name),
                    &object.compiled,
                )?;
            }
            Section::Executable(executable) if installed(&executable.compiled) => {
                planner.program(index, executable)?;
            }
            Section::Document(document) if document.is_installed() => {
                planner.document(index, document)?;
            }
            _ => {}
        }
    }
    // findlib sees a package as soon as it has its META, so that comes last.
    planner.metas()?;
    Ok(planner.plan)
}

fn installed(compiled: &Compiled) -> bool {
    compiled.build && compiled.install
}

fn root_of(findlib: &str) -> &str {
    findlib.split('.').next().unwrap_or(findlib)
}

struct Planner<'a> {
    root: &'a Path,
    build_dir: String,
    configuration: &'a Configuration,
    package: &'a Package,
    folders: &'a Folders,
    plan: Plan,
    /// The item that goes to a place.
    places: HashMap<PathBuf, usize>,
}

impl Planner<'_> {
    fn products(&self, section: usize) -> impl Iterator<Item = &Product> + use<'_> {
        self.configuration.products.iter().filter(move |product| product.section == section)
    }

    fn add(&mut self, from: &str, to: PathBuf, mode: u32) -> Result<(), InstallError> {
        self.add_for(from, to, mode, None, false)
    }

    /// `shared` files may be made by several libraries with the same modules; any one will do.
    fn add_for(
        &mut self,
        from: &str,
        to: PathBuf,
        mode: u32,
        library: Option<&str>,
        shared: bool,
    ) -> Result<(), InstallError> {
        if let Some(other) = self.places.get(&to) {
            let first = &self.plan.items[*other].from;
            if shared || first == from {
                return Ok(());
            }
            return Err(InstallError::Twice { to, first: first.clone(), second: from.to_owned() });
        }
        self.places.insert(to.clone(), self.plan.items.len());
        let library = library.map(str::to_owned);
        self.plan.items.push(Item { from: from.to_owned(), to, mode, library });
        Ok(())
    }

    /// The folder that a library or object of this findlib name has to itself.
    fn own_folder(&self, findlib: &str) -> Option<&String> {
        self.package.sections.iter().find_map(|section| match section {
            Section::Library(Library { findlib: name, compiled, .. })
            | Section::Object(Object { findlib: name, compiled, .. })
                if name == findlib =>
            {
                compiled.own_folder.as_ref()
            }
            _ => None,
        })
    }

    /// The folder of a findlib package that has one to itself.
    fn package_folder(&self, findlib: &str) -> Option<&String> {
        let bare = self.package.bare.iter().find(|bare| bare.findlib == findlib);
        bare.map(|bare| &bare.folder).or_else(|| self.own_folder(findlib))
    }

    /// Where the files of a library or object of this findlib name go: each package around it may have a folder
    /// of its own.
    fn findlib_folder(&self, findlib: &str) -> PathBuf {
        if let Some(own) = self.own_folder(findlib) {
            return self.folders.libraries.join(own);
        }
        let mut folder = self.folders.libraries.join(root_of(findlib));
        for end in findlib.match_indices('.').map(|(at, _)| at).chain([findlib.len()]) {
            let section = self.package.sections.iter().find(|section| match section {
                Section::Library(library) => library.findlib == findlib[..end],
                Section::Object(object) => object.findlib == findlib[..end],
                _ => false,
            });
            let compiled = section.and_then(Section::compiled);
            folder.extend(compiled.and_then(|compiled| compiled.findlib_folder.as_ref()));
        }
        folder
    }

    /// The files of a section that the package's own tool has built, where one has.
    fn own(
        &mut self,
        compiled: &Compiled,
        findlib: &str,
        files: &dyn Fn(&str) -> Vec<String>,
    ) -> Result<(), InstallError> {
        let Some(own) = &self.configuration.own_build else { return Ok(()) };
        let library = root_of(findlib);
        let own_dir = self.findlib_folder(findlib);
        for file in files(&join(&own.tree, &compiled.path)) {
            let name = name_of(&file);
            let (dir, mode) = match name.rsplit_once('.') {
                Some((_, "so")) if self.folders.stublibs.is_dir() => {
                    (self.folders.stublibs.clone(), PROGRAM)
                }
                Some((_, "so" | "cmxs")) => (own_dir.clone(), PROGRAM),
                _ => (own_dir.clone(), PLAIN),
            };
            let to = dir.join(name);
            self.add_for(&file, to, mode, Some(library), true)?;
        }
        Ok(())
    }

    fn library(&mut self, index: usize, library: &Library) -> Result<(), InstallError> {
        self.modules(index, &library.findlib, false)?;
        self.data(index, &format!("library `{}`", library.compiled.name), &library.compiled)
    }

    /// The files of a library or object.
    fn modules(&mut self, index: usize, findlib: &str, object: bool) -> Result<(), InstallError> {
        let Some(compiled) = self.package.sections[index].compiled() else { return Ok(()) };
        let (dir, library) = (self.findlib_folder(findlib), root_of(findlib));
        for file in &compiled.findlib_files {
            let section = format!("`{}`", compiled.name);
            let data = Data { glob: file.clone(), target: None };
            for found in self.data_files(index, &section, &compiled.path, &data)? {
                let to = dir.join(name_of(&found));
                self.add_for(&found, to, PLAIN, Some(library), false)?;
            }
        }
        let alone = compiled.own_folder.is_some();
        let products = self.products(index).filter(|product| match product.kind {
            ProductKind::Interface | ProductKind::Cmti | ProductKind::Cmt | ProductKind::Annot
                if alone =>
            {
                false
            }
            _ => self.goes(product, object),
        });
        let products: Vec<Product> =
            products.filter(|product| self.is_in(product)).cloned().collect();
        let apart = compiled.own_folder.is_none() && dir != self.folders.libraries.join(library);
        for product in &products {
            let (dir, mode) = match product.kind {
                // findlib puts what is loaded aside, and has no part in what goes to folders below.
                ProductKind::StubShared if self.folders.stublibs.is_dir() && !apart => {
                    (&self.folders.stublibs, PROGRAM)
                }
                ProductKind::StubShared | ProductKind::Cmxs => (&dir, PROGRAM),
                _ => (&dir, PLAIN),
            };
            let to = dir.join(name_of(&product.path));
            self.add_for(&product.path, to, mode, Some(library), product.module.is_some())?;
        }
        Ok(())
    }

    /// Whether a product of a library or object is installed.
    fn goes(&self, product: &Product, object: bool) -> bool {
        match product.kind {
            // What is made from other files is no text to read.
            ProductKind::Interface => {
                product.exported && !product.path.starts_with(&self.build_dir)
            }
            ProductKind::Cmi => product.exported && !product.packed,
            // `setup.ml` installs none of an object either.
            ProductKind::Cmti | ProductKind::Cmt | ProductKind::Annot => {
                product.exported && !object
            }
            // Of internal modules as well: without it nothing of them is inlined elsewhere.
            ProductKind::Cmx => !product.packed,
            ProductKind::Cmo | ProductKind::Object => object && !product.packed,
            ProductKind::Cma
            | ProductKind::Cmxa
            | ProductKind::Archive
            | ProductKind::Cmxs
            | ProductKind::StubArchive
            | ProductKind::StubShared => true,
            ProductKind::Program
            | ProductKind::Bytecode
            | ProductKind::Image
            | ProductKind::DocFolder
            | ProductKind::Test => false,
        }
    }

    /// Whether building has shown that a product belongs to its section.
    fn is_in(&self, product: &Product) -> bool {
        product.taken.as_ref().is_none_or(|taken| {
            let order = std::fs::read_to_string(self.root.join(&taken.order));
            order.is_ok_and(|order| order.lines().any(|object| object == taken.object))
        })
    }

    fn program(&mut self, index: usize, executable: &Executable) -> Result<(), InstallError> {
        let compiled = &executable.compiled;
        let products: Vec<Product> = self.products(index).cloned().collect();
        for product in &products {
            match product.kind {
                ProductKind::Program => {
                    let windows = product.path.ends_with(".exe");
                    let name = if windows && self.is_windows() {
                        format!("{}.exe", compiled.name)
                    } else {
                        compiled.name.clone()
                    };
                    // Where the bytecode is a program as well, it is never called as the native one is.
                    let name = match executable.bytecode && self.is_byte(compiled) {
                        true => format!("{}.byte", compiled.name),
                        false => name,
                    };
                    let to = self.folders.get("bindir")?.join(name);
                    self.add(&product.path, to, PROGRAM)?;
                }
                ProductKind::Bytecode => {
                    let to = self.folders.get("bindir")?.join(format!("{}.byte", compiled.name));
                    self.add(&product.path, to, PROGRAM)?;
                }
                // Native and custom programs have their C parts inside.
                ProductKind::StubShared if !executable.custom && self.is_byte(compiled) => {
                    let dir = self.folders.get("libdir")?.join(&self.package.name);
                    self.add(&product.path, dir.join(name_of(&product.path)), PROGRAM)?;
                }
                _ => {}
            }
        }
        self.data(index, &format!("executable `{}`", compiled.name), compiled)
    }

    fn is_byte(&self, compiled: &Compiled) -> bool {
        match compiled.code {
            Code::Byte => true,
            Code::Native => false,
            Code::Best => !self.configuration.compiler.environment().is_native(),
        }
    }

    fn is_windows(&self) -> bool {
        let os_type = self.configuration.compiler.config.get("os_type");
        os_type.is_some_and(|os| os == "Win32" || os == "Cygwin")
    }

    fn data(
        &mut self,
        index: usize,
        section: &str,
        compiled: &Compiled,
    ) -> Result<(), InstallError> {
        let own = self.folders.get("datarootdir")?.join(&self.package.name);
        for data in &compiled.data {
            let found = self.data_files(index, section, &compiled.path, data)?;
            self.add_data(&found, data, &own)?;
        }
        Ok(())
    }

    fn add_data(&mut self, found: &[String], data: &Data, own: &Path) -> Result<(), InstallError> {
        let dir = match &data.target {
            Some(target) => self.folders.expand(target)?,
            None => own.to_owned(),
        };
        for file in found {
            let mode = if is_program(&self.root.join(file)) { PROGRAM } else { PLAIN };
            self.add(file, dir.join(name_of(file)), mode)?;
        }
        Ok(())
    }

    fn data_files(
        &self,
        index: usize,
        section: &str,
        folder: &str,
        data: &Data,
    ) -> Result<Vec<String>, InstallError> {
        // Data that a tool of the package's own makes is in its tree, as all other data is.
        let folder = &join(self.configuration.own_tree(), folder);
        let found = glob(self.root, folder, &data.glob);
        if found.is_empty() {
            let glob = join(folder, &data.glob);
            let message = format!("{section} installs `{glob}`, and no file is called so");
            let found =
                self.package.places.message(index, Some((About::Data, &data.glob)), message);
            return Err(found
                .with_help("name files that are there once the package is built")
                .into());
        }
        Ok(found)
    }

    fn document(&mut self, index: usize, document: &Document) -> Result<(), InstallError> {
        let own = match (&document.target, &document.kind) {
            (Some(target), _) => self.folders.expand(target)?,
            (None, DocumentKind::Ocamldoc { .. }) => self.folders.get("htmldir")?,
            (None, _) => self.folders.get("docdir")?,
        };
        let pages: Vec<String> = self
            .products(index)
            .filter(|product| product.kind == ProductKind::DocFolder)
            .map(|product| product.path.clone())
            .collect();
        for folder in &pages {
            let files = ["*.html", "*.css"].map(|pattern| glob(self.root, folder, pattern));
            if files.iter().all(Vec::is_empty) {
                self.plan.left_out.push(document.name.clone());
                return Ok(());
            }
            for file in files.iter().flatten() {
                self.page(file, own.join(name_of(file)))?;
            }
        }
        for data in &document.data {
            let found = self.data_files(index, &format!("document `{}`", document.name), "", data);
            match (found, &document.kind) {
                (Ok(found), _) => self.add_data(&found, data, &own)?,
                // Its command makes them, and was not run.
                (Err(_), DocumentKind::Command(_)) => {
                    self.plan.left_out.push(document.name.clone());
                    return Ok(());
                }
                (Err(error), _) => return Err(error),
            }
        }
        Ok(())
    }

    /// What the author has written into `META` of a findlib package, with `text` where OASIS's marks are in it.
    fn author_meta(&self, name: &str, text: &str) -> Result<Option<Vec<u8>>, InstallError> {
        let libraries = self.package.sections.iter().filter_map(|section| match section {
            Section::Library(library) if root_of(&library.findlib) == name => Some(library),
            _ => None,
        });
        let libraries: Vec<&Library> = libraries.collect();
        let whole = libraries.iter().find(|library| library.findlib == name);
        let Some(library) = whole.or(libraries.first()).filter(|library| library.meta.by_hand)
        else {
            return Ok(None);
        };
        let path = self.root.join(join(&library.compiled.path, "META"));
        if !path.is_file() {
            return Ok(None);
        }
        let theirs = std::fs::read(&path).map_err(InstallError::io("read", &path))?;
        Ok(Some(meta_by_hand(&theirs, text.as_bytes())))
    }

    /// A page of a document. Of several documents that go to one folder the last has the pages that
    /// all of them have, such as `index.html`.
    fn page(&mut self, from: &str, to: PathBuf) -> Result<(), InstallError> {
        let Some(item) = self.places.get(&to).map(|at| &mut self.plan.items[*at]) else {
            return self.add(from, to, PLAIN);
        };
        let mut folders = self
            .configuration
            .products
            .iter()
            .filter(|product| product.kind == ProductKind::DocFolder);
        if folders.any(|folder| item.from.starts_with(&format!("{}/", folder.path))) {
            from.clone_into(&mut item.from);
            return Ok(());
        }
        self.add(from, to, PLAIN)
    }

    fn metas(&mut self) -> Result<(), InstallError> {
        for (name, text) in metas(self.package) {
            let from = format!("{}META.{name}", self.build_dir);
            let to = match self.package_folder(&name) {
                // findlib finds what is not directly among the libraries through a META that is.
                Some(own) if *own != name => self.folders.libraries.join(format!("META.{name}")),
                _ => self.folders.libraries.join(&name).join("META"),
            };
            let text = self.author_meta(&name, &text)?.unwrap_or(text.into_bytes());
            self.plan.made.push((from.clone(), text));
            self.add_for(&from, to, PLAIN, Some(&name), false)?;
        }
        for (index, section) in self.package.sections.iter().enumerate() {
            let Section::Library(library) = section else { continue };
            let name = root_of(&library.findlib);
            if !installed(&library.compiled) || library.meta.enable || library.meta.absent {
                continue;
            }
            let to = self.folders.libraries.join(name).join("META");
            if self.places.contains_key(&to) {
                continue;
            }
            let folder = join(self.configuration.own_tree(), &library.compiled.path);
            let from = join(&folder, "META");
            if !self.root.join(&from).is_file() {
                let message = format!(
                    "library `{}` has no `{from}`, and its manifest says not to make one",
                    library.compiled.name
                );
                let found = self.package.places.message(index, None, message);
                let help = "write the file, or add `META (0.4)` to `Plugins`";
                return Err(found.with_help(help).into());
            }
            self.add_for(&from, to, PLAIN, Some(name), false)?;
        }
        Ok(())
    }
}

/// A `META` that somebody has written: as it is, or with `text` between OASIS's marks.
fn meta_by_hand(theirs: &[u8], text: &[u8]) -> Vec<u8> {
    let is_mark = |line: &[u8], mark: &[u8]| {
        let line = line.trim_ascii().strip_prefix(b"#");
        line.is_some_and(|rest| rest.trim_ascii() == mark)
    };
    let lines: Vec<&[u8]> = theirs.split_inclusive(|byte| *byte == b'\n').collect();
    let Some(start) = lines.iter().position(|line| is_mark(line, b"OASIS_START")) else {
        return theirs.to_owned();
    };
    let stop = lines[start..].iter().position(|line| is_mark(line, b"OASIS_STOP"));
    let after = stop.map_or(lines.len(), |stop| start + stop + 1);
    [&lines[..start].concat(), text, &lines[after..].concat()].concat()
}
