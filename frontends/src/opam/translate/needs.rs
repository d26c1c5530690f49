//! What has to be there: `depends`, `depopts`, and what may not be there: `conflicts`.

use hashbrown::HashSet;

use super::{One, text};
use crate::environment::Installed;
use crate::opam::Wrong;
use crate::opam::formula::{Formula, Needed, formula};
use crate::opam::options;
use crate::opam::variables::{Content, Known};
use crate::package::{OwnBuild, Package, Tool};

/// What a package says of others.
#[derive(Default)]
pub(super) struct Formulas {
    depends: Vec<Formula>,
    depopts: Vec<Formula>,
    conflicts: Vec<Formula>,
}

impl Formulas {
    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Formula> {
        self.depends.iter().chain(&self.depopts).chain(&self.conflicts)
    }
}

impl One<'_> {
    /// What has to be there; the packages of its folder among it, with their places, and what is not there.
    pub(super) fn needs(
        &mut self,
        known: &Known,
        model: &mut Package,
        own: &mut OwnBuild,
        is_sibling: &dyn Fn(&str) -> bool,
    ) -> (Vec<(String, Wrong)>, Vec<String>) {
        let (mut siblings, mut missing) = (Vec::new(), Vec::new());
        let mut known = known.clone();
        known.global.insert("doc".to_owned(), Content::Bool(false));
        let mut needed: Vec<Needed> = Vec::new();
        let Formulas { depends, conflicts, .. } = std::mem::take(&mut self.formulas);
        for formula in depends {
            let is_there = |needed: &Needed| {
                if let Some(has) = options::has(&needed.name, self.host.environment()) {
                    return has;
                }
                let given = self
                    .here
                    .get(&needed.name)
                    .is_none_or(|here| here.is_given() && here.installed.is_none());
                given
                    || known.installed.get(&needed.name).is_some_and(|installed| {
                        version_of(installed).is_none_or(|its| needed.versions.holds(its))
                    })
            };
            needed.extend(formula.needed(&known, &is_there));
        }
        let mut libraries: HashSet<String> = own.packages.iter().cloned().collect();
        for needed in needed {
            if needed.name == known.name {
                let wrong = Wrong::new(needed.at, format!("`{}` needs itself", known.name));
                self.warnings.push(wrong.help("remove it here: nothing is to be there before"));
                continue;
            }
            if needed.name == "ocaml" {
                model.ocaml = model.ocaml.take().or_else(|| needed.versions.constraint());
            }
            if options::has(&needed.name, self.host.environment()) == Some(false) {
                let message = format!("the compiler is not what `{}` says", needed.name);
                let help = "put one that is on PATH, or change `depends` if this one will do";
                self.unfit.push(Wrong::new(needed.at, message).help(help));
                continue;
            }
            let Some(here) = self.here.get(&needed.name) else { continue };
            if is_sibling(&needed.name) {
                let help = "opam installs none of them; leave one of these needs out, or say `{post}` of it";
                siblings.push((needed.name.clone(), Wrong::new(needed.at, "").help(help)));
            } else if here.installed.is_none() && !here.is_given() {
                missing.push(needed.name.clone());
            }
            if let Some(program) = &here.program {
                let tool = Tool::External(program.clone());
                if !own.tools.contains(&tool) {
                    own.tools.push(tool);
                }
            }
            if let Some(library) = &here.library
                && (here.program.is_none() || here.installed.is_some())
                && libraries.insert(library.clone())
            {
                own.packages.push(library.clone());
            }
            let version = here.installed.as_ref().and_then(version_of);
            if let Some(version) = version.filter(|version| !needed.versions.holds(version)) {
                let wanted = needed.versions.constraint().unwrap_or_default();
                let message =
                    format!("`{}` is to be {wanted}, and {version} is installed", needed.name);
                let help = "install another version if the package does not build with this one";
                self.warnings.push(Wrong::new(needed.at, message).help(help));
            }
        }
        self.conflicts(&conflicts, &known, is_sibling);
        (siblings, missing)
    }

    /// The formulas of the package; what is none is a mistake. Nothing of `depopts` has to be there, but it has to
    /// make sense.
    pub(super) fn read_formulas(&mut self) -> Formulas {
        Formulas {
            depends: self.read_field("depends", false),
            depopts: self.read_field("depopts", true),
            conflicts: self.read_field("conflicts", true),
        }
    }

    fn read_field(&mut self, field: &str, any: bool) -> Vec<Formula> {
        let mut found = Vec::new();
        for value in self.manifest.file.fields(field) {
            match formula(value, any) {
                Ok(formula) => {
                    if let Some(at) = formula.together().filter(|_| any && self.is_of_opam_2()) {
                        let message = format!("`{field}` knows no `&`");
                        let help =
                            "it is taken for `|`, as opam takes it: each of these alone counts";
                        self.warnings.push(Wrong::new(at, message).help(help));
                    }
                    found.push(formula);
                }
                Err(wrong) => self.wrong.extend(wrong),
            }
        }
        found
    }

    /// Whether the file is not one of opam 1, which had no `|` in some of its fields.
    fn is_of_opam_2(&self) -> bool {
        let version = self.field("opam-version").and_then(text);
        version.is_some_and(|version| version.starts_with('2'))
    }

    /// Packages that may not be there beside this one, and are.
    fn conflicts(
        &mut self,
        conflicts: &[Formula],
        known: &Known,
        is_sibling: &dyn Fn(&str) -> bool,
    ) {
        for formula in conflicts {
            for excluded in formula.all(known) {
                // A package is no conflict to itself, nor to those that come with it: they replace what is there.
                if excluded.name == known.name || is_sibling(&excluded.name) {
                    continue;
                }
                let version = match excluded.name.as_str() {
                    "ocaml" => self.host.environment().get("ocaml_version").map(str::to_owned),
                    name => {
                        let Some(installed) = known.installed.get(name) else { continue };
                        version_of(installed).map(str::to_owned)
                    }
                };
                let here = self.here.get(&excluded.name);
                // `base-unix` and its like come with the compiler.
                let is_given = options::is_one(&excluded.name)
                    || excluded.name.starts_with("base-")
                    || here.is_none_or(|here| here.is_given() || here.in_tree);
                // What findlib alone knows is no package that opam could be in conflict with, and its version may be
                // counted otherwise.
                let of_opam =
                    if is_given { None } else { self.host.in_switch(&excluded.name, &self.shared) };
                let version = match &of_opam {
                    Some(installed) => version_of(installed).map(str::to_owned),
                    None => version,
                };
                let constraint = excluded.versions.constraint();
                let (meets, shown) = match &version {
                    Some(version) => (excluded.versions.holds(version), format!(" {version}")),
                    // One that does not say its version is held against it only where any is.
                    None => (constraint.is_none(), String::new()),
                };
                if !meets {
                    continue;
                }
                if !is_given && of_opam.is_none() {
                    let name = &excluded.name;
                    let message =
                        format!("`{name}`{shown} is there, and conflicts with this package");
                    let help = format!(
                        "opam has not installed it and does not count it; if the package does not build beside it, remove `{name}`"
                    );
                    self.warnings.push(Wrong::new(excluded.at, message).help(help));
                    continue;
                }
                let message = if options::is_one(&excluded.name) {
                    format!("the compiler is what `{}` says, and that is excluded", excluded.name)
                } else {
                    format!(
                        "`{}`{shown} is installed, and conflicts with this package",
                        excluded.name
                    )
                };
                let help = match constraint {
                    _ if options::is_one(&excluded.name) => {
                        "put another compiler on PATH, or change `conflicts` if this one will do"
                            .to_owned()
                    }
                    Some(constraint) => format!(
                        "remove it or install a version that is not {constraint}; or change `conflicts`, if both get on"
                    ),
                    None => "remove it, or change `conflicts`, if both get on".to_owned(),
                };
                self.unfit.push(Wrong::new(excluded.at, message).help(help));
            }
        }
    }
}

/// The version of something installed, where what it says is one.
fn version_of(installed: &Installed) -> Option<&str> {
    let version = installed.version.as_deref()?;
    let number = version.strip_prefix('v').unwrap_or(version);
    number.starts_with(|first: char| first.is_ascii_digit()).then_some(version)
}
