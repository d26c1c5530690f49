//! What a section needs from installed packages: their names, versions and preprocessors.

use std::collections::BTreeMap;

use crate::findlib::FindlibError;
use crate::findlib::expand::{self, Mode, Use};
use crate::ocaml::error::{OcamlError, Subject};
use crate::ocaml::rules::{command, quote, quote_all, shell};
use crate::package::{Compiled, Depend, Preprocess};
use crate::version::Constraint;

use super::{Plan, Planner};

/// What camlp4 loads for a section.
pub(super) struct Extensions {
    /// The installed packages.
    packages: Vec<String>,
    /// The bytecode archives of the package's own, in the order in which they are loaded.
    pub(super) archives: Vec<String>,
}

impl Extensions {
    /// Of a section that asks for these installed packages, and for these sections before it.
    pub(super) fn of(plans: &[Plan<'_>], loads: &[usize], externals: &[String]) -> Self {
        let mut packages = externals.to_vec();
        for name in loads.iter().flat_map(|at| &plans[*at].externals) {
            if !packages.contains(name) {
                packages.push(name.clone());
            }
        }
        let archives = loads.iter().map(|at| format!("{}.cma", plans[*at].archive_base()));
        Self { packages, archives: archives.collect() }
    }
}

impl Planner<'_, '_> {
    /// The installed packages that a section asks for, with those of the sections it uses.
    pub(super) fn externals(
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
    pub(super) fn preprocess(
        &mut self,
        how: &Preprocess,
        extensions: &Extensions,
        packages: &BTreeMap<Mode, Use>,
        commands: &mut Vec<Vec<String>>,
    ) -> Result<String, FindlibError> {
        let program = match how {
            // Programs of the package are settled where their paths are known.
            Preprocess::None | Preprocess::Program(..) => String::new(),
            Preprocess::Command(text) => format!("-pp {}", quote(text)),
            Preprocess::Camlp4(syntax) => {
                let command = expand::camlp4(self.findlib, &extensions.packages, syntax)?;
                // The compilers hand it to a shell.
                let own = extensions.archives.iter().map(|archive| shell(archive));
                let words: Vec<String> = command.iter().cloned().chain(own).collect();
                let text = format!("-pp {}", quote(&words.join(" ")));
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

/// Whether a version fulfils a constraint; readers have refused those that make no sense.
fn holds(constraint: &str, version: &str) -> bool {
    Constraint::parse(constraint).map_or(true, |constraint| constraint.holds(version))
}
