//! Every field of `_oasis`: where it may stand, what it holds, what it is when it is not given.

use std::sync::OnceLock;

use hashbrown::HashMap;

use super::ast::Kind;
use super::value::Type;

/// A field.
#[derive(Debug)]
pub(super) struct Spec {
    /// Its name as the manual writes it.
    pub name: &'static str,
    /// The sections it may stand in.
    pub sections: &'static [Kind],
    /// What it holds.
    pub kind: Type,
    /// It may depend on tests.
    pub conditional: bool,
    /// When it is not given.
    pub absent: Absent,
    /// What becomes of it.
    pub fate: Fate,
}

/// What holds when a field is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// That is an error.
    Required,
    /// This text.
    Default(&'static str),
    /// Nothing.
    Nothing,
}

/// What becomes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is used.
    Used,
    /// It has no part in a build.
    Kept,
    /// It has no effect here, which is said in a warning: why.
    Ignored(&'static str),
}

use Absent::{Default, Nothing, Required};
use Fate::{Ignored, Kept, Used};
use Kind::{Document, Executable, Flag, Library, Object, Package, SourceRepository, Test};
use Type::{
    Bool, Choice, Command, Constraint, Depends, Dotted, Filled, FindlibName, Free, FullName, Globs,
    Hook, Lines, List, MainFile, Modules, Options, Phrase, Plugin, Plugins, Spaces, Sparse,
    Version,
};

const BUILT: &[Kind] = &[Library, Object, Executable];
const BUILT_OR_PACKAGE: &[Kind] = &[Package, Library, Object, Executable];
const OBJECTS: Type = Choice(&["byte", "native", "best"]);
const HOOKED: &[Kind] = &[Test, Document];

const fn field(name: &'static str, sections: &'static [Kind], kind: Type, absent: Absent) -> Spec {
    Spec { name, sections, kind, conditional: false, absent, fate: Used }
}

const fn tested(name: &'static str, sections: &'static [Kind], kind: Type, absent: Absent) -> Spec {
    Spec { conditional: true, ..field(name, sections, kind, absent) }
}

const fn kept(name: &'static str, sections: &'static [Kind], kind: Type, absent: Absent) -> Spec {
    Spec { fate: Kept, ..field(name, sections, kind, absent) }
}

const fn ignored(name: &'static str, sections: &'static [Kind], why: &'static str) -> Spec {
    Spec { fate: Ignored(why), ..tested(name, sections, Hook, Nothing) }
}

const DISTCLEAN: &str = "has no effect: `mbuild clean` runs `XCustomClean` only";
const TEST: &str = "has no effect in a test: `Command` is what runs";

/// All of them.
pub(super) const FIELDS: &[Spec] = &[
    field("OASISFormat", &[Package], Version, Required),
    field("Name", &[Package], Phrase, Required),
    field("Version", &[Package], Version, Required),
    field("Synopsis", &[Package], Phrase, Required),
    field("Authors", &[Package], List, Required),
    field("License", &[Package], Filled, Required),
    kept("AlphaFeatures", &[Package], List, Default("")),
    kept("BetaFeatures", &[Package], List, Default("")),
    field("Description", &[Package], Free, Nothing),
    field("Description", &[Flag], Filled, Nothing),
    kept("Copyrights", &[Package], List, Default("")),
    field("Maintainers", &[Package], List, Default("")),
    kept("LicenseFile", &[Package], Filled, Nothing),
    field("OCamlVersion", &[Package], Constraint, Nothing),
    field("FindlibVersion", &[Package], Constraint, Nothing),
    field("Homepage", &[Package], Filled, Nothing),
    kept("BugReports", &[Package], Filled, Nothing),
    kept("Tags", &[Package], List, Default("")),
    kept("Categories", &[Package], List, Default("")),
    field("FilesAB", &[Package], List, Default("")),
    field("Plugins", &[Package], Plugins, Default("")),
    kept("DisableOASISSection", &[Package], List, Default("")),
    field("ConfType", &[Package], Plugin(&["internal", "custom"]), Default("internal")),
    field(
        "BuildType",
        &[Package],
        Plugin(&["ocamlbuild", "custom", "omake", "none"]),
        Default("ocamlbuild"),
    ),
    field(
        "InstallType",
        &[Package],
        Plugin(&["internal", "custom", "omake", "none"]),
        Default("internal"),
    ),
    tested("PreConfCommand", &[Package], Hook, Nothing),
    tested("PostConfCommand", &[Package], Hook, Nothing),
    tested("PreBuildCommand", &[Package], Hook, Nothing),
    tested("PostBuildCommand", &[Package], Hook, Nothing),
    tested("PreInstallCommand", &[Package], Hook, Nothing),
    tested("PostInstallCommand", &[Package], Hook, Nothing),
    tested("PreUninstallCommand", &[Package], Hook, Nothing),
    tested("PostUninstallCommand", &[Package], Hook, Nothing),
    tested("PreCleanCommand", &[Package], Hook, Nothing),
    tested("PostCleanCommand", &[Package], Hook, Nothing),
    tested("PreDistcleanCommand", &[Package], Hook, Nothing),
    tested("PostDistcleanCommand", &[Package], Hook, Nothing),
    // What is built.
    field("Path", BUILT, Filled, Required),
    tested("Build", &[Library, Object, Executable, Document], Bool, Default("true")),
    tested("Install", &[Library, Object, Executable, Document], Bool, Default("true")),
    field("DataFiles", &[Library, Object, Executable, Document], Globs, Default("")),
    field("FindlibExtraFiles", &[Library, Object], List, Default("")),
    field("BuildDepends", BUILT_OR_PACKAGE, Depends, Default("")),
    field("BuildTools", &[Package, Library, Object, Executable, Document], List, Default("")),
    field("CompiledObject", &[Library, Object], OBJECTS, Default("best")),
    field(
        "CompiledObject",
        &[Executable],
        Choice(&["byte", "native", "best", "bytecode_object", "native_object"]),
        Default("byte"),
    ),
    field("InterfacePatterns", &[Package], List, Default("")),
    field("ImplementationPatterns", &[Package], List, Default("")),
    field(
        "InterfacePatterns",
        BUILT,
        List,
        Default("${capitalize_file module}.mli, ${uncapitalize_file module}.mli"),
    ),
    field(
        "ImplementationPatterns",
        BUILT,
        List,
        Default(
            "${capitalize_file module}.ml, ${uncapitalize_file module}.ml, \
             ${capitalize_file module}.mll, ${uncapitalize_file module}.mll, \
             ${capitalize_file module}.mly, ${uncapitalize_file module}.mly",
        ),
    ),
    field("CSources", BUILT, List, Default("")),
    tested("CCOpt", BUILT, Options, Default("")),
    tested("CCLib", BUILT, Options, Default("")),
    tested("DllLib", BUILT, Options, Default("")),
    tested("DllPath", BUILT, Options, Default("")),
    tested("ByteOpt", BUILT, Options, Default("")),
    tested("NativeOpt", BUILT, Options, Default("")),
    field("Modules", &[Library, Object], Modules, Default("")),
    field("InternalModules", &[Library], Modules, Default("")),
    field("Pack", &[Library], Bool, Default("false")),
    field("FindlibParent", &[Library], Filled, Nothing),
    field("FindlibName", &[Library], FindlibName, Nothing),
    field("FindlibContainers", &[Library], Dotted, Default("")),
    field("FindlibDirectory", &[Library, Object], Filled, Nothing),
    field("FindlibFullName", &[Object], FullName, Nothing),
    field("MainIs", &[Executable], MainFile, Required),
    field("Custom", &[Executable], Bool, Default("false")),
    // What is said of flags, tests, documents and repositories.
    tested("Default", &[Flag], Bool, Default("true")),
    field("Type", &[Test], Plugin(&["custom", "none"]), Default("custom")),
    tested("Command", &[Test], Command, Required),
    field("TestTools", &[Test], List, Default("")),
    field("WorkingDirectory", &[Test], Filled, Nothing),
    tested("Run", &[Test], Bool, Default("true")),
    tested("PreCommand", HOOKED, Hook, Nothing),
    tested("PostCommand", HOOKED, Hook, Nothing),
    field("Type", &[Document], Plugin(&["none", "ocamlbuild", "custom", "omake"]), Default("none")),
    field("Title", &[Document], Phrase, Required),
    kept("Authors", &[Document], List, Default("")),
    kept("Abstract", &[Document], Filled, Nothing),
    field(
        "Format",
        &[Document],
        Choice(&["HTML", "Text", "PDF", "PostScript", "Info", "DVI", "Other"]),
        Default("Other"),
    ),
    kept("Index", &[Document], Filled, Nothing),
    field("InstallDir", &[Document], Filled, Nothing),
    kept(
        "Type",
        &[SourceRepository],
        Choice(&["darcs", "git", "svn", "cvs", "hg", "bzr", "arch", "monotone"]),
        Required,
    ),
    kept("Location", &[SourceRepository], Filled, Required),
    kept("Browser", &[SourceRepository], Filled, Nothing),
    kept("Module", &[SourceRepository], Filled, Nothing),
    kept("Branch", &[SourceRepository], Filled, Nothing),
    kept("Tag", &[SourceRepository], Filled, Nothing),
    kept("Subdir", &[SourceRepository], Filled, Nothing),
    // Plugins.
    field("XMETAEnable", &[Library], Bool, Default("true")),
    field("XMETADescription", &[Library], Filled, Nothing),
    field("XMETAType", &[Library], Choice(&["library", "syntax"]), Default("library")),
    field("XMETARequires", &[Library], Sparse, Nothing),
    field("XMETAExtraLines", &[Library], Lines, Nothing),
    field("XOCamlbuildExtraArgs", &[Package], Options, Default("")),
    field("XOCamlbuildPluginTags", &[Package], Filled, Nothing),
    kept("XOCamlbuildPluginTags", &[Document], Filled, Nothing),
    field("XMbuildUnikernel", &[Executable], Choice(&["true", "false", "only"]), Nothing),
    field("XMbuildDevices", &[Executable], Globs, Default("")),
    field("XOCamlbuildPath", &[Document], Filled, Nothing),
    field("XOCamlbuildModules", &[Document], Modules, Default("")),
    field("XOCamlbuildLibraries", &[Document], List, Default("")),
    field("XOCamlbuildIntro", &[Document], Filled, Nothing),
    field("XOCamlbuildFlags", &[Document], Spaces, Default("")),
    field("XOCamlbuildExtraArgs", &[Document], Options, Default("")),
    tested("XCustom", &[Document], Command, Nothing),
    tested("XCustomClean", &[Document], Hook, Nothing),
    ignored("XCustomDistclean", &[Document], DISTCLEAN),
    ignored("XCustom", &[Test], TEST),
    ignored("XCustomClean", &[Test], TEST),
    ignored("XCustomDistclean", &[Test], TEST),
    kept("XStdFilesREADME", &[Package], Bool, Default("true")),
    kept("XStdFilesREADMEFilename", &[Package], Phrase, Default("README.txt")),
    kept("XStdFilesINSTALL", &[Package], Bool, Default("true")),
    kept("XStdFilesINSTALLFilename", &[Package], Phrase, Default("INSTALL.txt")),
    kept("XStdFilesAUTHORS", &[Package], Bool, Default("true")),
    kept("XStdFilesAUTHORSFilename", &[Package], Phrase, Default("AUTHORS.txt")),
    kept("XDevFilesMakefileNoTargets", &[Package], List, Default("")),
    kept("XDevFilesEnableMakefile", &[Package], Bool, Default("true")),
    kept("XDevFilesEnableConfigure", &[Package], Bool, Default("true")),
    tested("XCustomConf", &[Package], Command, Nothing),
    tested("XCustomConfClean", &[Package], Hook, Nothing),
    tested("XCustomConfDistclean", &[Package], Hook, Nothing),
    tested("XCustomBuild", &[Package], Command, Nothing),
    tested("XCustomBuildClean", &[Package], Hook, Nothing),
    tested("XCustomBuildDistclean", &[Package], Hook, Nothing),
    tested("XCustomInstall", &[Package], Command, Nothing),
    tested("XCustomInstallClean", &[Package], Hook, Nothing),
    tested("XCustomInstallDistclean", &[Package], Hook, Nothing),
    tested("XCustomUninstall", &[Package], Command, Nothing),
    tested("XCustomUninstallClean", &[Package], Hook, Nothing),
    tested("XCustomUninstallDistclean", &[Package], Hook, Nothing),
    field("XOMakeExtraArgs", &[Package, Document], Options, Default("")),
    field("XOMakePath", &[Document], Filled, Default(".")),
    kept("XOMakeModules", &[Document], Modules, Default("")),
    kept("XOMakeTexts", &[Document], List, Default("")),
    kept("XOMakeLibraries", &[Document], List, Default("")),
    kept("XOMakeIntro", &[Document], Filled, Nothing),
    kept("XOMakeFlags", &[Document], Spaces, Default("")),
];

/// The field of that name in such a section; names are case-insensitive.
pub(super) fn find(section: Kind, name: &str) -> Option<&'static Spec> {
    named(name).iter().find(|spec| spec.sections.contains(&section)).copied()
}

/// The fields of that name, which different sections may have.
fn named(name: &str) -> &'static [&'static Spec] {
    static ALL: OnceLock<HashMap<String, Vec<&Spec>>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let mut all: HashMap<String, Vec<&Spec>> = HashMap::new();
        for spec in FIELDS {
            all.entry(spec.name.to_ascii_lowercase()).or_default().push(spec);
        }
        all
    });
    all.get(&name.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
}

/// The fields of such a section.
pub(super) fn of(section: Kind) -> impl Iterator<Item = &'static Spec> {
    FIELDS.iter().filter(move |spec| spec.sections.contains(&section))
}

/// The fields that such a section has to have.
pub(super) fn required(section: Kind) -> impl Iterator<Item = &'static Spec> {
    static ALL: OnceLock<Vec<&Spec>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        FIELDS.iter().filter(|spec| matches!(spec.absent, Absent::Required)).collect()
    });
    all.iter().copied().filter(move |spec| spec.sections.contains(&section))
}

/// The sections that know a field of that name.
pub(super) fn sections_with(name: &str) -> Vec<&'static str> {
    let fields = named(name);
    let knows = |kind: &Kind| fields.iter().any(|spec| spec.sections.contains(kind));
    [Package]
        .iter()
        .chain(&Kind::SECTIONS)
        .filter(|kind| knows(kind))
        .map(|kind| kind.keyword())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_section_knows_a_field_twice() {
        for kind in [Package].iter().chain(&Kind::SECTIONS) {
            let mut names: Vec<_> = of(*kind).map(|spec| spec.name.to_ascii_lowercase()).collect();
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count, "{kind:?}");
        }
    }

    #[test]
    fn defaults_are_values_of_their_type() {
        for spec in FIELDS {
            if let Default(text) = spec.absent {
                let text = super::super::ast::Text { value: text.to_owned(), pieces: vec![(0, 0)] };
                assert!(
                    super::super::value::read(spec.name, spec.kind, &text).is_ok(),
                    "{}",
                    spec.name
                );
            }
        }
    }

    #[test]
    fn the_book_says_what_becomes_of_each_field() {
        let book = include_str!("../../../docs/src/oasis.md");
        for spec in FIELDS {
            assert!(book.contains(&format!("`{}`", spec.name)), "{}", spec.name);
        }
    }
}
