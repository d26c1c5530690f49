//! What a library or an object installs: its modules, archives and C parts, in the folder of its findlib package.

use super::{PLAIN, PROGRAM, Planner, root_of};
use crate::install::error::InstallError;
use crate::ocaml::product::{Product, ProductKind};
use crate::ocaml::sources::{join, name_of};
use crate::package::{Compiled, Data, Library};

impl Planner<'_> {
    /// The files of a section that the package's own tool has built, where one has.
    pub(super) fn own(
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

    pub(super) fn library(&mut self, index: usize, library: &Library) -> Result<(), InstallError> {
        self.modules(index, &library.findlib, false)?;
        self.data(index, &format!("library `{}`", library.compiled.name), &library.compiled)
    }

    /// The files of a library or object.
    pub(super) fn modules(
        &mut self,
        index: usize,
        findlib: &str,
        object: bool,
    ) -> Result<(), InstallError> {
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
}
