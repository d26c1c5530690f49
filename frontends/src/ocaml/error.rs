//! What can be wrong with a package when its rules are written.

use mbuild_rules::write::Unwritable;

use crate::findlib::FindlibError;

/// Why there are no rules.
#[derive(Debug, thiserror::Error)]
pub enum OcamlError {
    /// A module that is named has no source.
    #[error("{section} has a module `{module}` without a source: no {}{}", either(looked_for), foreign(*other_rules))]
    NoSource {
        /// The section as messages name it.
        section: String,
        /// The module as the manifest names it.
        module: String,
        /// The files looked for.
        looked_for: Vec<String>,
        /// The package has rules for another tool, which may make it.
        other_rules: bool,
    },
    /// A main source that is not there.
    #[error("{section} has no main source: no {}", either(looked_for))]
    NoMain {
        /// The section as messages name it.
        section: String,
        /// The files looked for.
        looked_for: Vec<String>,
    },
    /// A C source that is not there.
    #[error("{section} has a C source that is not there: no `{file}`")]
    NoCSource {
        /// The section as messages name it.
        section: String,
        /// The file.
        file: String,
    },
    /// A dependency on a section that is not there or is not built.
    #[error("{section} needs `{needs}`, which this configuration does not build")]
    NoSection {
        /// The section as messages name it.
        section: String,
        /// What it needs.
        needs: String,
    },
    /// Sections that need each other.
    #[error("sections need each other: {}", names.join(" -> "))]
    Cycle {
        /// The sections, the first one again at the end.
        names: Vec<String>,
    },
    /// A file that a generator reads and that nothing makes.
    #[error("`{source_file}` names `{file}`, which is neither there nor made from another source")]
    NoPart {
        /// The source that names it.
        source_file: String,
        /// The file.
        file: String,
    },
    /// A source that cannot be read.
    #[error("cannot read `{file}`: {source}")]
    Read {
        /// The file.
        file: String,
        /// What went wrong.
        source: std::io::Error,
    },
    /// Native code is asked for and there is no native compiler.
    #[error("{section} is native code, and there is no native compiler (`ocamlopt`)")]
    NoNative {
        /// The section as messages name it.
        section: String,
    },
    /// A package that is needed.
    #[error("{section}: {error}")]
    Findlib {
        /// The section as messages name it.
        section: String,
        /// What is wrong with it.
        #[source]
        error: FindlibError,
    },
    /// A version that does not do.
    #[error("{section} needs `{name}` {constraint}, and version {found} is installed")]
    Version {
        /// The section as messages name it.
        section: String,
        /// The package.
        name: String,
        /// What the manifest asks for.
        constraint: String,
        /// What is there.
        found: String,
    },
    /// A name that a rule file cannot hold.
    #[error("{0}")]
    Unwritable(#[from] Unwritable),
}

fn foreign(other_rules: bool) -> &'static str {
    if other_rules {
        "; if a rule in `myocamlbuild.ml` makes it, let a command after configuring make it"
    } else {
        ""
    }
}

fn either(files: &[String]) -> String {
    match files {
        [one] => format!("`{one}`"),
        [first @ .., last] => format!("`{}` or `{last}`", first.join("`, `")),
        [] => "file".to_owned(),
    }
}
