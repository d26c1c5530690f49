//! One package of a folder: what it is, what it needs, and its commands.

use std::collections::BTreeMap;

use mbuild_rules::Diagnostic;

use super::One;
use crate::choices::Choices;
use crate::oasis::{STAGE_SETUP, UNSTAGE_SETUP};
use crate::opam::{Wrong, command, fields, format, shown};
use crate::package::{OwnBuild, Package};

/// A command of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// For the shell.
    Shell(String),
    /// A program and its arguments.
    Words(Vec<String>),
}

/// A package, as its file says it.
#[derive(Default)]
pub(super) struct Part {
    /// Its file.
    pub(super) path: String,
    /// What it is.
    pub(super) model: Package,
    /// What its commands need and leave; those that build are [`Self::build`].
    pub(super) own: OwnBuild,
    /// The commands that build.
    pub(super) build: Vec<Step>,
    /// The commands that test.
    pub(super) running: Vec<Step>,
    /// The packages of its folder that it needs, with what is said where they are closes a circle.
    pub(super) siblings: Vec<(String, Diagnostic)>,
    /// What it needs and is not there.
    pub(super) missing: Vec<String>,
    /// The classes that it is of, with their places.
    pub(super) classes: Vec<(String, Diagnostic)>,
    /// What is wrong.
    pub(super) wrong: Vec<Diagnostic>,
    /// Why it cannot be built on this machine.
    pub(super) unfit: Vec<Diagnostic>,
    /// What is only strange.
    pub(super) warnings: Vec<Diagnostic>,
}

impl Part {
    /// The names of the packages of its folder that it needs.
    pub(super) fn siblings(&self) -> impl Iterator<Item = &str> {
        self.siblings.iter().map(|(name, _)| name.as_str())
    }
}

impl One<'_> {
    /// The package.
    pub(super) fn part(
        mut self,
        folder: &str,
        siblings: &BTreeMap<&str, Option<String>>,
        docs: bool,
        choices: &Choices,
    ) -> Part {
        let mut part = Part { path: self.manifest.path.clone(), ..Part::default() };
        self.warnings = fields::strange(&self.manifest.file);
        self.warnings.extend(self.manifest.file.strange.iter().cloned());
        self.warnings.extend(format::missing(&self.manifest.file));
        self.called();
        self.formulas = self.read_formulas();
        let mut known = self.known(folder, siblings, docs, choices);
        self.unknown(&known);
        let (model, own) = (&mut part.model, &mut part.own);
        model.published = self.published(&mut known);
        model.name.clone_from(&known.name);
        model.version = known.version.clone().unwrap_or_else(|| "dev".to_owned());
        self.metadata(model);
        if model.synopsis.is_empty() {
            model.synopsis.clone_from(&model.name);
        }
        let is_sibling = |name: &str| siblings.contains_key(name) && name != known.name;
        let siblings;
        (siblings, part.missing) = self.needs(&known, model, own, &is_sibling);
        let classes = self.conditions(&known, model);
        self.not_by_itself();
        part.build.extend(self.prepare(&known).into_iter().map(Step::Shell));
        let words = |commands: Vec<Vec<String>>| commands.into_iter().map(Step::Words);
        // opam 1 had no field for commands that install: they are the last of those that build.
        let mut building = self.commands(&["build"], &known);
        let first = building.iter().position(|words| command::installs(words));
        let installing = building.split_off(first.unwrap_or(building.len()));
        part.build.extend(words(building));
        if docs {
            part.build.extend(words(self.commands(&["build-doc"], &known)));
        }
        part.running.extend(words(self.commands(&["run-test", "build-test"], &known)));
        let shell = |commands: Vec<Vec<String>>, shown: fn(&[String]) -> String| {
            commands.iter().map(|words| shown(words)).collect()
        };
        let installing = [installing, self.commands(&["install"], &known)].concat();
        own.install = shell(installing, command::install);
        // OASIS's `setup.ml` may be made by the commands that build: what it leaves tells that it was run.
        if !own.install.is_empty() {
            own.install.insert(0, format!("[ ! -f setup.data ] || {{ {STAGE_SETUP}; }}"));
            own.install.push(format!("[ ! -f setup.own ] || {UNSTAGE_SETUP}"));
        }
        own.uninstall = shell(self.commands(&["remove"], &known), command::build);
        own.lists.push(format!("{}.install", known.name));
        own.configs.push(format!("{}.config", known.name));
        own.environment = self.environment("build-env", &known);
        model.exports = self.environment("setenv", &known);
        let said = |mut all: Vec<_>| {
            all.sort_by_key(|wrong: &crate::opam::Wrong| wrong.at);
            shown(self.manifest.path.as_bytes(), &self.manifest.content, all)
        };
        part.wrong = said(self.wrong);
        part.unfit = said(self.unfit);
        part.warnings = said(self.warnings);
        part.warnings.append(&mut self.beside);
        let placed = |all: Vec<(String, Wrong)>| {
            let (names, wrong): (Vec<String>, Vec<Wrong>) = all.into_iter().unzip();
            let places = wrong.into_iter().flat_map(|wrong| said(vec![wrong]));
            names.into_iter().zip(places).collect()
        };
        part.siblings = placed(siblings);
        part.classes = placed(classes);
        part
    }
}
