//! What a package of opam is on this machine: a program, a findlib package, or nothing that could be looked for.

use super::translate::Host;
use crate::depends::known;
use crate::environment::Installed;

/// What stands for a package of opam here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Here {
    /// The program that it is.
    pub(super) program: Option<String>,
    /// The findlib package that it is.
    pub(super) library: Option<String>,
    /// What is installed of it.
    pub(super) installed: Option<Installed>,
    /// It is another package of the same tree.
    pub(super) in_tree: bool,
}

impl Here {
    /// Looks for the package; `shared` is the folder for files of all packages that is installed to. One that is not
    /// there is what it would most likely be.
    pub(super) fn find(name: &str, shared: &str, host: &mut dyn Host) -> Self {
        let known = known::in_opam(name);
        if let Some(installed) = host.in_tree(name) {
            let program = known.programs.first().map(|program| (*program).to_owned());
            let library = known.libraries.into_iter().next();
            return Self { program, library, installed: Some(installed), in_tree: true };
        }
        let library = known.libraries.iter().find_map(|library| {
            host.installed(library).map(|installed| (library.clone(), installed))
        });
        let (library, installed) = library.unzip();
        let in_switch = |host: &mut dyn Host| {
            let installed = host.in_switch(name, shared)?;
            Some(Self { installed: Some(installed), ..Self::default() })
        };
        if let Some(likeliest) = known.programs.first() {
            let found = known.programs.iter().find(|program| host.has_program(program));
            if let (None, Some(here)) = (found, in_switch(host)) {
                return here;
            }
            let installed = found.map(|_| installed.unwrap_or_default());
            let program = Some((*found.unwrap_or(likeliest)).to_owned());
            return Self { program, library, installed, in_tree: false };
        }
        if library.is_none() && !known.libraries.is_empty() && host.has_program(name) {
            let installed = Some(Installed::default());
            return Self { program: Some(name.to_owned()), installed, ..Self::default() };
        }
        // Many packages are neither: they have files for all, or have told of the system.
        if let (None, Some(here)) = (&library, in_switch(host)) {
            return here;
        }
        let library = library.or_else(|| known.libraries.into_iter().next());
        Self { program: None, library, installed, in_tree: false }
    }

    /// Whether there is anything that could be looked for: the compiler and marks have nothing.
    pub(super) fn is_given(&self) -> bool {
        self.program.is_none() && self.library.is_none()
    }
}
