//! What a tag does.

use std::borrow::Cow;

use super::Tag;

/// The effect of a tag on the files, or the section, that have it; a file may have a million tags, whose texts
/// are not copied.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Meaning<'a> {
    /// Flags for every OCaml command.
    Flags(Words<'a>),
    /// Flags for compiling to native code: the bytecode compiler refuses them.
    Native(Words<'a>),
    /// Flags for links.
    Link(Words<'a>),
    /// A flag for the C compiler.
    C(&'a str),
    /// A flag for linking with C libraries.
    CLibrary(&'a str),
    /// An installed package.
    Package(&'a str),
    /// A library: of this package, by section name, else one that comes with OCaml.
    Library(&'a str),
    /// A camlp4 syntax.
    Syntax(&'a str),
    /// A preprocessor.
    Command(&'a str),
    /// A folder to look for modules in.
    Include(&'a str),
    /// Bytecode programs carry their C parts.
    Custom,
    /// Menhir makes parsers.
    Menhir,
    /// It changes nothing in what is built.
    Nothing,
    /// It is not known.
    Unknown,
}

/// A flag, perhaps with a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Words<'a>(Cow<'a, str>, Option<&'a str>);

impl<'a> Words<'a> {
    /// A word.
    pub(super) fn one(word: &'a str) -> Self {
        Self(Cow::Borrowed(word), None)
    }

    fn two(flag: &'a str, value: &'a str) -> Self {
        Self(Cow::Borrowed(flag), Some(value))
    }

    fn made(word: String) -> Self {
        Self(Cow::Owned(word), None)
    }

    /// The words.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        [&*self.0].into_iter().chain(self.1)
    }
}

impl<'a> Meaning<'a> {
    /// The flags for every OCaml command.
    pub(super) fn flags(&self) -> Option<&Words<'a>> {
        match self {
            Self::Flags(words) => Some(words),
            _ => None,
        }
    }

    /// The flags for native code alone.
    pub(super) fn native(&self) -> Option<&Words<'a>> {
        match self {
            Self::Native(words) => Some(words),
            _ => None,
        }
    }
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
pub(super) fn of(tag: &Tag) -> Meaning<'_> {
    let name = &*tag.name;
    if let Some(argument) = &tag.argument {
        return with_argument(name, argument);
    }
    if FLAGS.contains(&name) || name == "unsafe_string" {
        return Meaning::Flags(Words::made(format!("-{}", name.replace('_', "-"))));
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
                Meaning::Native(Words::made(format!("-O{value}")))
            }
            "-O" => Meaning::Unknown,
            flag => Meaning::Flags(Words::two(flag, value)),
        };
    }
    if let Some(package) = name.strip_prefix("pkg_") {
        return Meaning::Package(package);
    }
    if let Some(syntax) = name.strip_prefix("syntax_") {
        return Meaning::Syntax(syntax);
    }
    match name {
        "function_sections" => Meaning::Native(Words::one("-function-sections")),
        "thread" => Meaning::Flags(Words::one("-thread")),
        "linkall" => Meaning::Link(Words::one("-linkall")),
        "custom" => Meaning::Custom,
        "asm" => Meaning::Nothing,
        "use_menhir" => Meaning::Menhir,
        "camlp4o" | "camlp4r" | "camlp4of" | "camlp4rf" | "camlp4orf" | "camlp4oof" => {
            Meaning::Command(name)
        }
        _ => match name.strip_prefix("use_") {
            // A library's own stubs are linked anyway.
            Some(library) if library.ends_with("_stubs") => Meaning::Nothing,
            Some("nums") => Meaning::Package("num"),
            Some(library) if WITH_OCAML.contains(&library) => Meaning::Package(library),
            Some(library) => Meaning::Library(library),
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

fn with_argument<'a>(name: &str, argument: &'a str) -> Meaning<'a> {
    match name {
        "package" => Meaning::Package(argument),
        "syntax" => Meaning::Syntax(argument),
        "pp" => Meaning::Command(argument),
        "I" => Meaning::Include(argument),
        "ccopt" => Meaning::C(argument),
        "cclib" => Meaning::CLibrary(argument),
        // Members of a pack are compiled for it anyway.
        "for-pack" => Meaning::Nothing,
        "runtime_variant" => Meaning::Link(Words::two("-runtime-variant", argument)),
        "optimize" => Meaning::Native(Words::made(format!("-O{argument}"))),
        "inline" => Meaning::Native(Words::two("-inline", argument)),
        _ => match WITH_VALUE.iter().find(|(known, _)| *known == name) {
            Some((_, flag)) => Meaning::Flags(Words::two(flag, argument)),
            None => Meaning::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> Tag {
        let (name, argument) = match text.split_once('(') {
            Some((name, rest)) => (name, Some(rest.trim_end_matches(')').into())),
            None => (text, None),
        };
        Tag { name: name.into(), argument }
    }

    #[test]
    fn tags_are_flags_packages_or_nothing() {
        let words = |flags: &[&'static str]| match *flags {
            [flag, value] => Words::two(flag, value),
            _ => Words::one(flags[0]),
        };
        let flags = |flags: &[&'static str]| Meaning::Flags(words(flags));
        let native = |flags: &[&'static str]| Meaning::Native(words(flags));
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
            ("pkg_lwt.unix", Meaning::Package("lwt.unix")),
            ("package(lwt)", Meaning::Package("lwt")),
            ("use_unix", Meaning::Package("unix")),
            ("use_core", Meaning::Library("core")),
            ("use_libx_stubs", Meaning::Nothing),
            ("syntax_camlp4o", Meaning::Syntax("camlp4o")),
            ("pp(cppo -n)", Meaning::Command("cppo -n")),
            ("for-pack(X)", Meaning::Nothing),
            ("cppo_V_OCAML", Meaning::Unknown),
            ("Other", Meaning::Unknown),
        ] {
            assert_eq!(of(&tag(text)), meaning, "{text}");
        }
    }
}
