//! What variables are while a package is built, those of installed packages among them.

use std::collections::BTreeMap;

use super::{One, name_of, version_of};
use crate::choices::Choices;
use crate::environment::Installed;
use crate::oasis;
use crate::opam::command::{self, late};
use crate::opam::config::Config;
use crate::opam::formula::Formula;
use crate::opam::here::Here;
use crate::opam::options;
use crate::opam::unknown::{Named, Search};
use crate::opam::variables::{Content, Known};
use crate::opam::{Wrong, read_config, shown};

impl One<'_> {
    /// What variables are while this package is built.
    /// `siblings` are the packages of its folder with their versions.
    pub(super) fn known(
        &mut self,
        folder: &str,
        siblings: &BTreeMap<&str, Option<String>>,
        docs: bool,
        choices: &Choices,
    ) -> Known {
        let tests = self.tests;
        let mut known = Known::of(&self.host.machine(), self.host.environment());
        known.name = name_of(self.manifest, folder);
        known.version = version_of(self.manifest, folder);
        known.folders = command::FOLDERS
            .iter()
            .map(|(name, folder)| ((*name).to_owned(), late(folder)))
            .collect();
        known.global.insert("jobs".to_owned(), Content::Text(late(command::JOBS)));
        for (name, value) in [
            ("with-test", tests),
            ("test", tests),
            ("with-doc", docs),
            ("with-dev-setup", false),
            ("build", true),
            ("post", false),
        ] {
            known.global.insert(name.to_owned(), Content::Bool(value));
        }
        // They come with the compiler, and are asked of without being needed.
        let given = ["base-unix", "base-threads", "base-bigarray"];
        let mut names: Vec<String> = given.map(str::to_owned).to_vec();
        for formula in self.formulas.all() {
            names.extend(formula.names().into_iter().map(str::to_owned));
        }
        let version = known.version.clone().unwrap_or_default();
        let folders =
            oasis::fixed_variables(self.host.environment(), choices, &known.name, &version, true)
                .folders;
        self.shared = folders.get("datarootdir").cloned().unwrap_or_default();
        for name in names {
            if self.here.contains_key(&name) {
                continue;
            }
            if let Some(version) = siblings.get(name.as_str()) {
                // It is built with this one, and needs not be there before.
                let directory = format!("{}/{name}", late("${libdir}"));
                known
                    .installed
                    .insert(name.clone(), Installed { version: version.clone(), directory });
                self.here.insert(name, Here::default());
                continue;
            }
            if options::has(&name, self.host.environment()) == Some(true) {
                known.installed.insert(name.clone(), Installed::default());
            }
            let here = Here::find(&name, &self.shared, self.host);
            if let Some(found) = &here.installed {
                let mut found = found.clone();
                if here.is_given() && found.directory.is_empty() {
                    found.directory = format!("{}/{name}", late("${libdir}"));
                }
                known.installed.insert(name.clone(), found);
                if self.host.in_tree(&name).is_some() {
                    known.in_tree.insert(name.clone());
                }
                if let Some((path, content)) = self.host.config(&name, &self.shared) {
                    known.configs.insert(name.clone(), self.config(&name, &path, &content));
                }
            }
            self.here.insert(name, here);
        }
        known
    }

    /// Says of variables that have no value for anybody.
    pub(super) fn unknown(&mut self, known: &Known) {
        let search = self.search(&self.manifest.content, known);
        let said = self.manifest.file.items.iter().flat_map(|item| search.of_field(item));
        let said: Vec<Wrong> = said.collect();
        drop(search);
        self.warnings.extend(said);
    }

    /// The same of a file in which variables are expanded.
    pub(super) fn unknown_in(&mut self, path: &str, content: &[u8], known: &Known) {
        if let Ok(text) = std::str::from_utf8(content) {
            let said = self.search(content, known).of_file(text);
            self.beside.extend(shown(path.as_bytes(), content, said));
        }
    }

    fn search<'s>(&'s self, content: &'s [u8], known: &'s Known) -> Search<'s> {
        let named = move || {
            let packages = self.formulas.all().flat_map(Formula::packages);
            let names = packages.map(|package| package.name.as_str());
            names.chain(known.installed.keys().map(String::as_str)).collect()
        };
        // Most files ask of no package, and some name a million.
        let named = Named::new(Box::new(named));
        Search { content, known, named }
    }

    /// What the `.config` of an installed package says; one that cannot be read says nothing.
    fn config(&mut self, package: &str, path: &str, content: &[u8]) -> BTreeMap<String, Content> {
        let at = self.place_of(package);
        let config = match read_config(path.as_bytes(), content) {
            Ok(config) => config,
            Err(wrong) => {
                let first = wrong.first().map(|first| format!("{}: {}", first.line, first.message));
                let message =
                    format!("`{path}` cannot be read: line {}", first.unwrap_or_default());
                let help = format!("install `{package}` again; its variables have no values here");
                self.warnings.push(Wrong::new(at, message).help(help));
                Config::default()
            }
        };
        for (file, checksum) in &config.depends {
            let now = self.host.outside(file);
            if now.as_ref().is_some_and(|content| checksum.fits(content)) {
                continue;
            }
            let what = if now.is_some() { "is another one now" } else { "is not there any more" };
            let message = format!("`{package}` was built for `{file}`, which {what}");
            let help = format!("build and install `{package}` again");
            self.warnings.push(Wrong::new(at, message).help(help));
        }
        config.variables
    }

    /// Where the file names a package.
    fn place_of(&self, package: &str) -> usize {
        self.formulas.all().find_map(|formula| formula.place(package)).unwrap_or_default()
    }
}
