//! Variables: what `$name`, `${name}` and `$(name)` stand for in commands, options and templates.

use std::collections::{BTreeMap, BTreeSet};

use super::ast::Manifest;
use super::evaluate::Facts;
use crate::choices::Choices;
use crate::environment::Environment;
use crate::package::variable_name;
use crate::suggest;

/// Installation folders and what they are when the user says nothing.
pub(super) const FOLDERS: [(&str, &str); 19] = [
    ("prefix", "/usr/local"),
    ("exec_prefix", "$prefix"),
    ("bindir", "$exec_prefix/bin"),
    ("sbindir", "$exec_prefix/sbin"),
    ("libexecdir", "$exec_prefix/libexec"),
    ("sysconfdir", "$prefix/etc"),
    ("sharedstatedir", "$prefix/com"),
    ("localstatedir", "$prefix/var"),
    ("libdir", "$exec_prefix/lib"),
    ("datarootdir", "$prefix/share"),
    ("datadir", "$datarootdir"),
    ("infodir", "$datarootdir/info"),
    ("localedir", "$datarootdir/locale"),
    ("mandir", "$datarootdir/man"),
    ("docdir", "$datarootdir/doc/$pkg_name"),
    ("htmldir", "$docdir"),
    ("dvidir", "$docdir"),
    ("pdfdir", "$docdir"),
    ("psdir", "$docdir"),
];

/// Whether a variable is an installation folder.
pub(super) fn is_folder(name: &str) -> bool {
    name == "destdir" || FOLDERS.iter().any(|(folder, _)| *folder == name)
}

/// Variables beyond this, one inside the other, name themselves.
const MAX_DEPTH: usize = 32;

/// Every variable and flag.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    values: BTreeMap<String, String>,
    /// By name in lower case.
    flags: BTreeMap<String, bool>,
    /// Executables of the package, by the name of their variable.
    programs: BTreeMap<String, String>,
    /// Set by the user and by nobody else.
    unknown: BTreeSet<String>,
}

impl Variables {
    /// What is known before the manifest is looked at.
    pub(super) fn new(environment: &Environment, choices: &Choices) -> Self {
        let mut result = Self::default();
        for (name, value) in environment.values() {
            result.set(name, value);
        }
        let windows = matches!(environment.get("os_type"), Some("Win32"));
        let exe = matches!(environment.get("os_type"), Some("Win32" | "Cygwin"));
        if let Some(version) = environment.get("ocaml_version") {
            result.set("ocaml_version", version);
        }
        let truth = |value: bool| if value { "true" } else { "false" };
        for (name, value) in [
            ("rm", if windows { "del" } else { "rm -f" }),
            ("rmdir", if windows { "rd" } else { "rm -rf" }),
            ("suffix_program", if exe { ".exe" } else { "" }),
            ("is_native", truth(environment.is_native())),
            ("native_dynlink", truth(environment.native_dynlink())),
            ("debug", "true"),
            ("profile", "false"),
            ("ocamlbuildflags", ""),
            ("destdir", ""),
            ("ocamlfind", "ocamlfind"),
            ("ocamlc", "ocamlc"),
            ("ocamlopt", "ocamlopt"),
            ("ocamlbuild", "ocamlbuild"),
        ] {
            result.set(name, value);
        }
        for (name, value) in FOLDERS {
            result.set(name, value);
        }
        for (name, installed) in &environment.packages {
            result.set(&format!("pkg_{}", variable_name(name)), &installed.directory);
        }
        if let Some(version) =
            environment.packages.get("findlib").and_then(|findlib| findlib.version.as_deref())
        {
            result.set("findlib_version", version);
        }
        for (name, value) in &choices.variables {
            if result.values.insert(name.clone(), value.clone()).is_none() {
                result.unknown.insert(name.clone());
            }
        }
        result
    }

    /// Sets a variable.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.unknown.remove(name);
        self.values.insert(name.to_owned(), value.to_owned());
    }

    /// Sets a variable that the user did not set.
    pub(super) fn offer(&mut self, name: &str, value: &str) {
        self.unknown.remove(name);
        self.values.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }

    /// Sets a flag, and the variable of its name.
    pub(super) fn set_flag(&mut self, name: &str, value: bool) {
        self.flags.insert(name.to_ascii_lowercase(), value);
        self.set(name, if value { "true" } else { "false" });
    }

    /// Makes known that the package builds a program.
    pub(super) fn program(&mut self, section: &str) {
        self.programs.insert(variable_name(section), section.to_owned());
    }

    /// Variables that the user set and nobody else.
    pub(super) fn unknown(&self) -> impl Iterator<Item = &String> {
        self.unknown.iter()
    }

    /// Every variable, expanded; those that cannot be are left out.
    pub(super) fn expanded(&self, wanted: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
        let names = self.values.keys().filter(|name| wanted(name));
        names
            .filter_map(|name| Some((name.clone(), self.whole(&format!("${{{name}}}"), 0).ok()?)))
            .collect()
    }

    /// Expands a text completely.
    fn whole(&self, text: &str, depth: usize) -> Result<String, BadVariable> {
        self.expand_with(text, depth, &|_| false)
    }

    /// Expands the variables of a text; installation folders and programs of the package stay, as
    /// `${name}`.
    pub(super) fn expand(&self, text: &str) -> Result<String, BadVariable> {
        self.expand_with(text, 0, &|name| {
            is_folder(name) || self.programs.contains_key(&name.to_ascii_lowercase())
        })
    }

    fn expand_with(
        &self,
        text: &str,
        depth: usize,
        stays: &dyn Fn(&str) -> bool,
    ) -> Result<String, BadVariable> {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(dollar) = rest.find('$') {
            let (before, from) = rest.split_at(dollar);
            if let Some(before) = before.strip_suffix('\\') {
                result.push_str(before);
                result.push('$');
                rest = &from[1..];
                continue;
            }
            result.push_str(before);
            let at = text.len() - from.len();
            let (name, after) =
                reference(&from[1..]).ok_or(BadVariable { at, kind: BadKind::Open })?;
            rest = after;
            if stays(name) {
                let program = name.to_ascii_lowercase();
                let name = if self.programs.contains_key(&program) { &program } else { name };
                result.push_str(&format!("${{{name}}}"));
            } else {
                let value =
                    self.value(name, depth, stays).map_err(|kind| BadVariable { at, kind })?;
                result.push_str(&value);
            }
        }
        result.push_str(rest);
        Ok(result)
    }

    fn value(
        &self,
        name: &str,
        depth: usize,
        stays: &dyn Fn(&str) -> bool,
    ) -> Result<String, BadKind> {
        if depth > MAX_DEPTH {
            return Err(BadKind::Endless(name.to_owned()));
        }
        if let Some((function, argument)) = name.trim().split_once(' ') {
            // A text stands in quotes, and a variable does not.
            let argument = match quoted(argument.trim()) {
                Some(text) => text,
                None => self.value(argument.trim(), depth + 1, stays)?,
            };
            return match function {
                "utoh" if self.values.get("os_type").is_some_and(|os| os == "Win32") => {
                    Ok(argument.replace('/', "\\"))
                }
                "utoh" => Ok(argument),
                "ocaml_escaped" => Ok(ocaml_escaped(&argument)),
                _ => Err(BadKind::Function(function.to_owned())),
            };
        }
        let lower = || self.values.get(&name.to_ascii_lowercase());
        match self.values.get(name).or_else(lower) {
            Some(value) => self
                .expand_with(value, depth + 1, stays)
                .map_err(|_| BadKind::Endless(name.to_owned())),
            None => Err(BadKind::Unknown(name.to_owned())),
        }
    }

    /// What to do about a variable that nothing is known of.
    pub(super) fn help(&self, name: &str) -> String {
        let known = self.values.keys().chain(self.programs.keys()).map(String::as_str);
        if let Some(close) = suggest::close(name, known) {
            return format!("did you mean `${close}`?");
        }
        match name.strip_prefix("pkg_") {
            Some(package) => format!("it is the folder of findlib package `{package}`: install it"),
            None => format!(
                "set it with `--override {name}=VALUE`; for a variable of the shell write `\\${name}`"
            ),
        }
    }
}

impl Facts for Variables {
    fn flag(&self, name: &str) -> Option<bool> {
        let lower = name.to_ascii_lowercase();
        self.flags.get(&lower).copied().or_else(|| self.values.get(&lower)?.parse().ok())
    }

    fn variable(&self, name: &str) -> Option<String> {
        match self.values.get(name) {
            Some(value) => self.whole(value, 0).ok(),
            // A compiler that does not print one of these equals none of its values.
            None => matches!(
                name,
                "os_type" | "system" | "architecture" | "ccomp_type" | "ocaml_version"
            )
            .then(String::new),
        }
    }

    fn flags(&self) -> Vec<String> {
        self.flags.keys().cloned().collect()
    }

    fn variables(&self) -> Vec<String> {
        ["flag", "os_type", "system", "architecture", "ccomp_type", "ocaml_version"]
            .map(str::to_owned)
            .into_iter()
            .chain(self.values.keys().cloned())
            .collect()
    }
}

/// What is wrong with a variable in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadVariable {
    /// Byte offset of its `$` in the text.
    pub at: usize,
    /// What is wrong.
    pub kind: BadKind,
}

/// How a variable can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BadKind {
    /// Its parenthesis is not closed, or nothing follows the `$`.
    Open,
    /// There is no such variable.
    Unknown(String),
    /// There is no such function.
    Function(String),
    /// Its value names itself or something unknown.
    Endless(String),
}

impl BadKind {
    /// What is wrong, and what to do.
    pub(super) fn words(&self, variables: &Variables) -> (String, String) {
        match self {
            Self::Open => (
                "this `$` is followed by no complete variable".to_owned(),
                "write `$name`, `${name}` or `$(name)`; `\\$` is a dollar sign".to_owned(),
            ),
            Self::Unknown(name) => (format!("unknown variable `${name}`"), variables.help(name)),
            Self::Function(name) => (
                format!("unknown function `{name}`"),
                "known are `$(utoh path)` and `$(ocaml_escaped text)`".to_owned(),
            ),
            Self::Endless(name) => (
                format!("the value of `${name}` cannot be expanded"),
                format!("set it with `--override {name}=VALUE` to a text without variables"),
            ),
        }
    }
}

/// What a string of OCaml in quotes says.
fn quoted(text: &str) -> Option<String> {
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut result = String::with_capacity(inside.len());
    let mut rest = inside.chars();
    while let Some(next) = rest.next() {
        result.push(match next {
            '\\' => match rest.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                same @ ('\\' | '"' | '\'' | ' ') => same,
                _ => return None,
            },
            '"' => return None,
            other => other,
        });
    }
    Some(result)
}

/// As OCaml writes a string's inside.
fn ocaml_escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'"' => result.push_str("\\\""),
            b'\\' => result.push_str("\\\\"),
            b'\n' => result.push_str("\\n"),
            b'\t' => result.push_str("\\t"),
            b'\r' => result.push_str("\\r"),
            8 => result.push_str("\\b"),
            b' '..=b'~' => result.push(char::from(byte)),
            other => result.push_str(&format!("\\{other:03}")),
        }
    }
    result
}

/// The name that follows a `$`, and the rest.
fn reference(text: &str) -> Option<(&str, &str)> {
    let first = text.chars().next()?;
    let close = match first {
        '(' => ')',
        '{' => '}',
        _ => {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
            return (end > 0).then(|| text.split_at(end));
        }
    };
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        if c == first {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some((&text[1..at], &text[at + 1..]));
            }
        }
    }
    None
}

/// Expands a template (`FilesAB`): every variable that `values` has.
pub fn expand_template(
    path: &[u8],
    content: &[u8],
    values: &BTreeMap<String, String>,
) -> Result<Vec<u8>, mbuild_rules::Diagnostic> {
    // Templates may hold any bytes, so each byte is a letter here.
    let letters = |text: &[u8]| text.iter().map(|byte| char::from(*byte)).collect::<String>();
    let values = values.iter().map(|(name, value)| (name.clone(), letters(value.as_bytes())));
    let variables = Variables { values: values.collect(), ..Variables::default() };
    let text = letters(content);
    match variables.whole(&text, 0) {
        // Every letter was a byte before.
        Ok(expanded) => Ok(expanded.chars().filter_map(|c| u8::try_from(c).ok()).collect()),
        Err(bad) => {
            let (message, help) = bad.kind.words(&variables);
            let at = text[..bad.at].chars().count();
            Err(mbuild_rules::Diagnostic::at(path, content, at, message).with_help(help))
        }
    }
}

/// Where a variable of a text that stands in a manifest is wrong.
pub(super) fn diagnose(
    manifest: &Manifest,
    variables: &Variables,
    place: usize,
    bad: &BadVariable,
) -> mbuild_rules::Diagnostic {
    let (message, help) = bad.kind.words(variables);
    manifest.message(place, message).with_help(help)
}
