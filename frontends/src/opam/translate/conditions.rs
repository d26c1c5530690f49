//! What a package says of where it can be built: `available`, `os` and `ocaml-version` of opam 1, and what its
//! `flags` and `conflict-class` mean here.

use super::{One, text};
use crate::opam::Wrong;
use crate::opam::filter::{Filter, condition};
use crate::opam::formula::versions;
use crate::opam::names;
use crate::opam::tree::{Kind, Value};
use crate::opam::variables::{Content, Known, Variables};
use crate::package::Package;
use crate::suggest;

/// Every flag of opam 2.1.
const FLAGS: [&str; 7] =
    ["avoid-version", "compiler", "conf", "deprecated", "light-uninstall", "plugin", "verbose"];

impl One<'_> {
    /// Checks all of it, and gives the classes of the package with what is to be said where another is of them.
    pub(super) fn conditions(
        &mut self,
        known: &Known,
        model: &mut Package,
    ) -> Vec<(String, Wrong)> {
        self.available(known);
        self.os(known);
        self.ocaml_version(known, model);
        self.flags(known);
        self.conflict_class()
    }

    fn available(&mut self, known: &Known) {
        let Some(value) = self.field("available") else { return };
        let value = match &value.kind {
            Kind::List(values) if values.is_empty() => return,
            Kind::List(values) if values.len() == 1 => &values[0],
            _ => value,
        };
        let filter = match condition(value) {
            Ok(filter) => filter,
            Err(wrong) => {
                self.wrong.extend(wrong);
                return;
            }
        };
        let content = filter.reduce(known);
        match content.as_ref().and_then(Content::truth) {
            Some(true) => {}
            Some(false) => {
                let message = "the package says that it is not for this machine";
                let help = format!(
                    "{}change `available` if it is for it nevertheless",
                    values_of(&filter, known)
                );
                self.unfit.push(Wrong::new(value.span.start, message).help(help));
            }
            None => {
                let message = match content {
                    Some(content) => format!(
                        "whether the package is for this machine is not known: `{}` is neither true nor false",
                        content.text()
                    ),
                    None => "whether the package is for this machine is not known".to_owned(),
                };
                let help = format!("{}it is built as if it were", values_of(&filter, known));
                self.warnings.push(Wrong::new(value.span.start, message).help(help));
            }
        }
    }

    /// `os` of opam 1: one of several names.
    fn os(&mut self, known: &Known) {
        let Some(value) = self.field("os") else { return };
        let values = match &value.kind {
            Kind::List(values) => values.as_slice(),
            _ => std::slice::from_ref(value),
        };
        let os = known.get(None, "os").map(|os| os.text()).unwrap_or_default();
        let mut meant = values.is_empty();
        for value in values {
            match is_os(value, &os) {
                Ok(holds) => meant |= holds,
                Err(wrong) => {
                    self.wrong.push(wrong);
                    return;
                }
            }
        }
        if !meant {
            let message = format!("the package is not for `{os}`");
            let help = "build it on a system that `os` names, or change `os`";
            self.unfit.push(Wrong::new(value.span.start, message).help(help));
        }
    }

    /// `ocaml-version` of opam 1.
    fn ocaml_version(&mut self, known: &Known, model: &mut Package) {
        let Some(value) = self.field("ocaml-version") else { return };
        let versions = match versions(value, known) {
            Ok(versions) => versions,
            Err(wrong) => {
                self.wrong.extend(wrong);
                return;
            }
        };
        if model.ocaml.is_none() {
            model.ocaml = versions.constraint();
        }
        let version = self.host.environment().get("ocaml_version").unwrap_or_default();
        if !version.is_empty() && !versions.holds(version) {
            let wanted = versions.constraint().unwrap_or_default();
            let message = format!("the package is for OCaml {wanted}, and this is {version}");
            let help =
                "put such a compiler on PATH, or change `ocaml-version` if it builds with this one";
            self.unfit.push(Wrong::new(value.span.start, message).help(help));
        }
    }

    fn flags(&mut self, known: &Known) {
        let Some(value) = self.field("flags") else { return };
        let values = value.listed();
        if let Some(other) = values.iter().find(|value| !matches!(value.kind, Kind::Ident(_))) {
            let help = match &other.kind {
                Kind::Text(name) => format!("a flag is a name without quotes: `{name}`"),
                _ => "a flag is a name: `flags: [plugin]`".to_owned(),
            };
            let message = "expected a flag; all of `flags` is left out";
            self.warnings.push(Wrong::new(other.span.start, message).help(help));
            return;
        }
        for value in values {
            let at = value.span.start;
            let Kind::Ident(name) = &value.kind else { continue };
            let has = |field: &str| self.field(field).is_some();
            let said = match name.as_str() {
                "deprecated" => Some((
                    format!("`{}` is deprecated", known.name),
                    "nobody is to begin to use it; `description` may say what does instead",
                )),
                "compiler" => Some((
                    format!("`{}` is a compiler", known.name),
                    "mbuild builds and installs it as any package; put it on PATH to build others with it",
                )),
                "conf" if has("install") || has("remove") => Some((
                    format!(
                        "`{}` only tells of the system, and yet has commands that install",
                        known.name
                    ),
                    "remove the flag `conf`, or `install` and `remove`",
                )),
                // How opam chooses, shows and removes packages is nothing to a build.
                _ => None,
            };
            if !FLAGS.contains(&name.as_str()) {
                let help = suggest::help(name, FLAGS, || "it is left alone".to_owned());
                self.warnings.push(Wrong::new(at, format!("opam has no flag `{name}`")).help(help));
            } else if let Some((message, help)) = said {
                self.warnings.push(Wrong::new(at, message).help(help));
            }
        }
    }

    /// Of a class opam installs one package.
    fn conflict_class(&mut self) -> Vec<(String, Wrong)> {
        let mut classes = Vec::new();
        let Some(value) = self.field("conflict-class") else { return classes };
        for value in value.listed() {
            let at = value.span.start;
            match text(value).filter(|class| names::wrong(class, at).is_none()) {
                Some(class) => {
                    let help =
                        "opam would install one of them; mbuild builds all packages of a folder";
                    classes.push((class, Wrong::new(at, "").help(help)));
                }
                None => {
                    let message =
                        "expected the name of a class; all of `conflict-class` is left out";
                    let help = "a class is a text in quotes, made as the name of a package is";
                    self.warnings.push(Wrong::new(at, message).help(help));
                    return Vec::new();
                }
            }
        }
        classes
    }
}

/// What the variables of a condition are here, each once.
fn values_of(filter: &Filter, known: &Known) -> String {
    let mut said: Vec<String> = Vec::new();
    for reference in filter.references() {
        let name = match reference.packages.as_slice() {
            [] => reference.name.clone(),
            packages => {
                let packages: Vec<&str> =
                    packages.iter().map(|name| name.as_deref().unwrap_or("_")).collect();
                format!("{}:{}", packages.join("+"), reference.name)
            }
        };
        let one = match known.resolve(&reference) {
            Some(Content::Text(text)) if text.is_empty() => format!("`{name}` is empty"),
            Some(content) => format!("`{name}` is {}", content.text()),
            None => format!("`{name}` has no value"),
        };
        if !said.contains(&one) {
            said.push(one);
        }
    }
    if said.is_empty() { String::new() } else { format!("here {}; ", said.join(", ")) }
}

/// Whether a system is meant.
fn is_os(value: &Value, os: &str) -> Result<bool, Wrong> {
    Ok(match &value.kind {
        Kind::Text(name) => crate::opam::machine::system(&name.to_string()) == os,
        Kind::Not(inner) => !is_os(inner, os)?,
        Kind::And(values) | Kind::Group(values) => {
            values.iter().try_fold(true, |all, value| Ok(is_os(value, os)? && all))?
        }
        Kind::Or(values) => {
            values.iter().try_fold(false, |any, value| Ok(is_os(value, os)? || any))?
        }
        _ => {
            return Err(Wrong::new(value.span.start, "expected the name of a system")
                .help("systems are texts in quotes: `os: [\"linux\" \"darwin\"]`"));
        }
    })
}
