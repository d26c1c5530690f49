//! What can be wrong with a package when its rules are written.

use std::fmt;

use mbuild_rules::Diagnostic;
use mbuild_rules::reason;
use mbuild_rules::write::Unwritable;

use crate::findlib::FindlibError;
use crate::package::{About, Places};

/// The section that something is wrong with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its index in the package.
    pub index: usize,
    /// Its name in messages.
    pub label: String,
}

impl fmt::Display for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.label)
    }
}

/// Why there are no rules.
#[derive(Debug, thiserror::Error)]
pub enum OcamlError {
    /// A module that is named has no source.
    #[error("{section} has a module `{module}` without a source: no {}", either(looked_for))]
    NoSource {
        /// The section.
        section: Subject,
        /// The module as the manifest names it.
        module: String,
        /// The files looked for.
        looked_for: Vec<String>,
        /// A module of that folder with nearly that name.
        near: Option<String>,
        /// The package has rules for another tool, which may make it.
        other_rules: bool,
    },
    /// The folder of a section's sources is not there.
    #[error("{section} has its sources in `{folder}`, and there is no such folder")]
    NoFolder {
        /// The section.
        section: Subject,
        /// The folder.
        folder: String,
    },
    /// A main source that is not there.
    #[error("{section} has no main source: no `{file}`")]
    NoMain {
        /// The section.
        section: Subject,
        /// What the manifest says.
        written: String,
        /// The file looked for.
        file: String,
    },
    /// A C source that is not there.
    #[error("{section} has a C source that is not there: no `{file}`")]
    NoCSource {
        /// The section.
        section: Subject,
        /// What the manifest says.
        written: String,
        /// The file looked for.
        file: String,
    },
    /// A name that tools would hand to a shell as it is.
    #[error(
        "{section} has `{written}`, and `{character}` means something to the shell that `ocamlmklib` starts"
    )]
    ForShell {
        /// The section.
        section: Subject,
        /// What the manifest says: a C source, or the section's own name.
        written: String,
        /// What means something to a shell.
        character: char,
    },
    /// A dependency on a section that is not there or is not built.
    #[error("{section} needs `{needs}`, which this configuration does not build")]
    NoSection {
        /// The section.
        section: Subject,
        /// What it needs.
        needs: String,
    },
    /// Sections that need each other.
    #[error("sections need each other: {}", names.join(" -> "))]
    Cycle {
        /// The sections, the first one again at the end.
        names: Vec<String>,
        /// Their indices in the package.
        sections: Vec<usize>,
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
    #[error("cannot read `{file}`: {}", reason(.source))]
    Read {
        /// The file.
        file: String,
        /// What went wrong.
        source: std::io::Error,
    },
    /// Native code is asked for and there is no native compiler.
    #[error("{section} is native code, and there is no native compiler (`ocamlopt`)")]
    NoNative {
        /// The section.
        section: Subject,
    },
    /// A package that is needed.
    #[error("{section}: {error}")]
    Findlib {
        /// The section.
        section: Subject,
        /// What is wrong with it.
        #[source]
        error: FindlibError,
    },
    /// A version that does not do.
    #[error("{section} needs `{name}` {constraint}, and version {found} is installed")]
    Version {
        /// The section.
        section: Subject,
        /// The package.
        name: String,
        /// What the manifest asks for.
        constraint: String,
        /// What is there.
        found: String,
    },
    /// The package's own tool cannot build for another target.
    #[error("the package is built by its own tool, {tool}, and that builds for this machine alone{}", choice(instead.as_deref()))]
    OwnBuild {
        /// The tool.
        tool: String,
        /// What the user may choose instead.
        instead: Option<String>,
    },
    /// A name that a rule file cannot hold.
    #[error("{0}")]
    Unwritable(#[from] Unwritable),
}

impl OcamlError {
    /// A source is not there, which a command before building may make.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(
            self,
            Self::NoSource { .. }
                | Self::NoFolder { .. }
                | Self::NoMain { .. }
                | Self::NoCSource { .. }
                | Self::NoPart { .. }
        )
    }

    /// The message at its place in the manifest, with what to do; `None` for what no section says.
    pub(crate) fn diagnostic(&self, places: &Places) -> Option<Diagnostic> {
        let (section, said) = self.place()?;
        let message = places.message(section.index, said, self.to_string());
        Some(match self.help() {
            Some(help) => message.with_help(help),
            None => message,
        })
    }

    fn place(&self) -> Option<(&Subject, Option<(About, &str)>)> {
        match self {
            Self::NoSource { section, module, .. } => {
                Some((section, Some((About::Module, module))))
            }
            Self::NoFolder { section, folder } => Some((section, Some((About::Path, folder)))),
            Self::NoMain { section, written, .. } => Some((section, Some((About::Main, written)))),
            Self::NoCSource { section, written, .. } | Self::ForShell { section, written, .. } => {
                Some((section, Some((About::CSource, written))))
            }
            Self::NoSection { section, needs: name } | Self::Version { section, name, .. } => {
                Some((section, Some((About::Depend, name))))
            }
            Self::NoNative { section } | Self::Findlib { section, .. } => Some((section, None)),
            Self::Cycle { .. }
            | Self::NoPart { .. }
            | Self::Read { .. }
            | Self::OwnBuild { .. }
            | Self::Unwritable(_) => None,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::NoSource { near: Some(near), .. } => Some(format!("did you mean `{near}`?")),
            Self::NoSource { other_rules: true, .. } => Some(
                "if a rule in `myocamlbuild.ml` makes it, `mbuild configure --frontend setup` lets ocamlbuild build all of it".to_owned(),
            ),
            Self::NoSource { looked_for, .. } => {
                let first = looked_for.first()?;
                Some(format!("write `{first}`, or leave the module out"))
            }
            Self::NoFolder { .. } => {
                Some("make the folder, or name the one that the sources are in".to_owned())
            }
            Self::NoMain { file, .. } | Self::NoCSource { file, .. } => {
                Some(format!("write `{file}`, or name the file that is meant"))
            }
            Self::ForShell { .. } => Some("give it another name".to_owned()),
            Self::NoSection { needs, .. } => Some(format!(
                "build `{needs}` as well: `Build` of the two has to hold under the same conditions"
            )),
            Self::NoNative { .. } => {
                Some("install `ocamlopt`, or write `CompiledObject: best`".to_owned())
            }
            Self::Findlib { .. }
            | Self::Version { .. }
            | Self::Cycle { .. }
            | Self::NoPart { .. }
            | Self::Read { .. }
            | Self::OwnBuild { .. }
            | Self::Unwritable(_) => None,
        }
    }
}

/// One of several that are found at once.
impl From<OcamlError> for Vec<OcamlError> {
    fn from(error: OcamlError) -> Self {
        vec![error]
    }
}

fn choice(instead: Option<&str>) -> String {
    instead.map(|it| format!("\n  help: with `{it}` mbuild builds it")).unwrap_or_default()
}

fn either(files: &[String]) -> String {
    match files {
        [one] => format!("`{one}`"),
        [first @ .., last] => format!("`{}` or `{last}`", first.join("`, `")),
        [] => "file".to_owned(),
    }
}
