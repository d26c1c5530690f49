//! What a tag does.

use super::Tag;

/// The effect of a tag on the files, or the section, that have it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Meaning {
    /// Flags for every OCaml command.
    Flags(Vec<String>),
    /// Flags for compiling to native code: the bytecode compiler refuses them.
    Native(Vec<String>),
    /// Flags for links.
    Link(Vec<String>),
    /// A flag for the C compiler.
    C(String),
    /// A flag for linking with C libraries.
    CLibrary(String),
    /// An installed package.
    Package(String),
    /// A library: of this package, by section name, else one that comes with OCaml.
    Library(String),
    /// A camlp4 syntax.
    Syntax(String),
    /// A preprocessor.
    Command(String),
    /// A folder to look for modules in.
    Include(String),
    /// Bytecode programs carry their C parts.
    Custom,
    /// Menhir makes parsers.
    Menhir,
    /// It changes nothing in what is built.
    Nothing,
    /// It is not known.
    Unknown,
}

/// Tags that are a flag of the compilers by their own name, `_` for `-`.
const FLAGS: [&str; 23] = [
    "absname",
    "compat_32",
    "keep_docs",
    "keep_locs",
    "no_alias_deps",
    "no_app_funct",
    "no_keep_docs",
    "no_keep_locs",
    "no_strict_formats",
    "no_strict_sequence",
    "noassert",
    "noautolink",
    "nolabels",
    "nopervasives",
    "nostdlib",
    "opaque",
    "principal",
    "rectypes",
    "safe_string",
    "short_paths",
    "strict_formats",
    "strict_sequence",
    "unsafe",
];

/// Tags that change nothing here: what they turn on is always on, or has no part in a build.
const NOTHING: [&str; 21] = [
    "annot",
    "bin_annot",
    "debug",
    "dtypes",
    "explain",
    "hygienic",
    "include",
    "not_hygienic",
    "ocaml",
    "precious",
    "profile",
    "quiet",
    "traverse",
    "byte",
    "native",
    "compile",
    "link",
    "use_camlp4",
    "use_camlp4_full",
    "manpage",
    "man",
];

/// Tags with a value that are a flag with a value.
const WITH_VALUE: [(&str, &str); 6] = [
    ("warn", "-w"),
    ("warn_error", "-warn-error"),
    ("color", "-color"),
    ("open", "-open"),
    ("ppx", "-ppx"),
    ("ppxopt", "-ppxopt"),
];

/// Other tags without one that mean something.
const ALONE: [&str; 5] = ["custom", "function_sections", "linkall", "thread", "use_menhir"];

/// Other tags with a value.
const WITH_ARGUMENT: [&str; 10] = [
    "package",
    "syntax",
    "pp",
    "I",
    "ccopt",
    "cclib",
    "for-pack",
    "runtime_variant",
    "optimize",
    "inline",
];

/// Libraries that come with OCaml, which `use_NAME` asks for.
const WITH_OCAML: [&str; 8] =
    ["bigarray", "dynlink", "graphics", "num", "ocamlbuild", "str", "threads", "unix"];

/// What a tag does.
pub(super) fn of(tag: &Tag) -> Meaning {
    let name = tag.name.as_str();
    if let Some(argument) = &tag.argument {
        return with_argument(name, argument);
    }
    if FLAGS.contains(&name) || name == "unsafe_string" {
        return Meaning::Flags(vec![format!("-{}", name.replace('_', "-"))]);
    }
    if NOTHING.contains(&name) || name.starts_with("oasis_") {
        return Meaning::Nothing;
    }
    let old = [("warn_error_", "-warn-error"), ("warn_", "-w"), ("O", "-O")];
    if let Some((_, flag, value)) =
        old.iter().find_map(|(start, flag)| Some((start, flag, name.strip_prefix(start)?)))
        && !value.is_empty()
    {
        return match *flag {
            "-O" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                Meaning::Native(vec![format!("-O{value}")])
            }
            "-O" => Meaning::Unknown,
            flag => Meaning::Flags(vec![flag.to_owned(), value.to_owned()]),
        };
    }
    if let Some(package) = name.strip_prefix("pkg_") {
        return Meaning::Package(package.to_owned());
    }
    if let Some(syntax) = name.strip_prefix("syntax_") {
        return Meaning::Syntax(syntax.to_owned());
    }
    match name {
        "function_sections" => Meaning::Native(vec!["-function-sections".to_owned()]),
        "thread" => Meaning::Flags(vec!["-thread".to_owned()]),
        "linkall" => Meaning::Link(vec!["-linkall".to_owned()]),
        "custom" => Meaning::Custom,
        "asm" => Meaning::Nothing,
        "use_menhir" => Meaning::Menhir,
        "camlp4o" | "camlp4r" | "camlp4of" | "camlp4rf" | "camlp4orf" | "camlp4oof" => {
            Meaning::Command(name.to_owned())
        }
        _ => match name.strip_prefix("use_") {
            // A library's own stubs are linked anyway.
            Some(library) if library.ends_with("_stubs") => Meaning::Nothing,
            Some("nums") => Meaning::Package("num".to_owned()),
            Some(library) if WITH_OCAML.contains(&library) => Meaning::Package(library.to_owned()),
            Some(library) => Meaning::Library(library.to_owned()),
            None => Meaning::Unknown,
        },
    }
}

/// The names that a tag like this one, with an argument or without, may have.
pub(super) fn names(tag: &Tag) -> impl Iterator<Item = &'static str> {
    let (with, without): (&[&str], &[&str]) = match tag.argument {
        Some(_) => (&WITH_ARGUMENT, &[]),
        None => (&FLAGS, &ALONE),
    };
    let values = WITH_VALUE.iter().filter(|_| tag.argument.is_some()).map(|(name, _)| *name);
    with.iter().chain(without).copied().chain(values)
}

fn with_argument(name: &str, argument: &str) -> Meaning {
    let argument = argument.to_owned();
    match name {
        "package" => Meaning::Package(argument),
        "syntax" => Meaning::Syntax(argument),
        "pp" => Meaning::Command(argument),
        "I" => Meaning::Include(argument),
        "ccopt" => Meaning::C(argument),
        "cclib" => Meaning::CLibrary(argument),
        // Members of a pack are compiled for it anyway.
        "for-pack" => Meaning::Nothing,
        "runtime_variant" => Meaning::Link(vec!["-runtime-variant".to_owned(), argument]),
        "optimize" => Meaning::Native(vec![format!("-O{argument}")]),
        "inline" => Meaning::Native(vec!["-inline".to_owned(), argument]),
        _ => match WITH_VALUE.iter().find(|(known, _)| *known == name) {
            Some((_, flag)) => Meaning::Flags(vec![(*flag).to_owned(), argument]),
            None => Meaning::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_text(text: &str) -> Meaning {
        let (name, argument) = match text.split_once('(') {
            Some((name, rest)) => (name, Some(rest.trim_end_matches(')').to_owned())),
            None => (text, None),
        };
        of(&Tag { name: name.to_owned(), argument })
    }

    #[test]
    fn tags_are_flags_packages_or_nothing() {
        let flags =
            |flags: &[&str]| Meaning::Flags(flags.iter().map(|flag| (*flag).to_owned()).collect());
        let native =
            |flags: &[&str]| Meaning::Native(flags.iter().map(|flag| (*flag).to_owned()).collect());
        for (text, meaning) in [
            ("safe_string", flags(&["-safe-string"])),
            ("warn(+a-4)", flags(&["-w", "+a-4"])),
            ("warn_error_A", flags(&["-warn-error", "A"])),
            ("warn_A", flags(&["-w", "A"])),
            ("thread", flags(&["-thread"])),
            ("O3", native(&["-O3"])),
            ("optimize(3)", native(&["-O3"])),
            ("inline(10)", native(&["-inline", "10"])),
            ("function_sections", native(&["-function-sections"])),
            ("pkg_lwt.unix", Meaning::Package("lwt.unix".to_owned())),
            ("package(lwt)", Meaning::Package("lwt".to_owned())),
            ("use_unix", Meaning::Package("unix".to_owned())),
            ("use_core", Meaning::Library("core".to_owned())),
            ("use_libx_stubs", Meaning::Nothing),
            ("syntax_camlp4o", Meaning::Syntax("camlp4o".to_owned())),
            ("pp(cppo -n)", Meaning::Command("cppo -n".to_owned())),
            ("for-pack(X)", Meaning::Nothing),
            ("cppo_V_OCAML", Meaning::Unknown),
            ("Other", Meaning::Unknown),
        ] {
            assert_eq!(of_text(text), meaning, "{text}");
        }
    }
}
