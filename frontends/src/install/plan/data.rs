//! Data of sections, and documents with their pages.

use std::path::{Path, PathBuf};

use super::{PLAIN, PROGRAM, Planner};
use crate::files::is_program;
use crate::install::error::InstallError;
use crate::install::glob::glob;
use crate::ocaml::product::ProductKind;
use crate::ocaml::sources::{join, name_of};
use crate::package::{About, Compiled, Data, Document, DocumentKind};

impl Planner<'_> {
    pub(super) fn data(
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

    pub(super) fn data_files(
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

    pub(super) fn document(
        &mut self,
        index: usize,
        document: &Document,
    ) -> Result<(), InstallError> {
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
        if folders.any(|folder| item.from.starts_with(&folder.path)) {
            item.from = PathBuf::from(from);
            return Ok(());
        }
        self.add(from, to, PLAIN)
    }
}
