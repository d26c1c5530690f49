//! What the names of packages stand for: sections of the project, or what is installed.

use std::collections::{BTreeMap, BTreeSet};

use super::super::project::{self, Description};
use super::super::substitute::substitute;
use super::super::syntax::Kind;
use super::super::value::Value;
use super::Translator;
use super::options::Options;
use crate::environment::Installed;
use crate::package::variable_name;

/// What a package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The project builds it.
    Section(Kind),
    /// It is there already.
    Installed,
}

/// The packages that the project names.
#[derive(Debug, Default)]
pub(super) struct Names {
    roles: BTreeMap<String, Role>,
    /// The folders of sections.
    folders: BTreeMap<String, String>,
    installed: BTreeMap<String, Installed>,
    library: String,
    versions: BTreeMap<String, String>,
}

impl Names {
    /// What a package of this name is.
    pub(super) fn role(&self, name: &str) -> Option<Role> {
        self.roles.get(name).copied()
    }

    /// Whether a name is that of a program of the project, its ending for a kind of code aside.
    pub(super) fn program<'a>(&self, name: &'a str) -> Option<&'a str> {
        let stem = [".byte", ".asm"].iter().find_map(|ending| name.strip_suffix(ending));
        let is_program = |name: &&str| {
            matches!(self.role(name), Some(Role::Section(Kind::Program | Kind::Test)))
        };
        stem.filter(is_program).or_else(|| Some(name).filter(is_program))
    }

    /// The version of a package.
    pub(super) fn version(&self, name: &str) -> Option<String> {
        let installed = || self.installed.get(name)?.version.clone();
        self.versions.get(name).cloned().or_else(installed)
    }

    /// What `%{name}%` stands for.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        if name == "OCAMLLIB" {
            return Some(self.library.clone());
        }
        let package = ["_FULL_SRC_DIR", "_FULL_DST_DIR", "_SRC_DIR", "_DST_DIR"];
        let (ending, package) =
            package.iter().find_map(|ending| Some((*ending, name.strip_suffix(ending)?)))?;
        if let Some(installed) = self.installed.get(package) {
            return Some(installed.directory.clone());
        }
        let folder = self.folders.get(package)?;
        if ending.ends_with("SRC_DIR") {
            return Some(if folder.is_empty() { ".".to_owned() } else { folder.clone() });
        }
        // The folder of what is built is known to the generator alone; programs are named as such.
        self.program(package).map(|program| format!("\u{1}{program}\u{1}"))
    }

    /// A text with the folders of packages in it.
    pub(super) fn expanded(&self, text: &str) -> String {
        substitute(text, &mut |name| self.value(name))
    }
}

/// A text in which the built folder of a program was named: the program itself as a variable.
pub(super) fn with_programs(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1}') {
        out.push_str(before);
        let (program, after) = after.split_once('\u{1}')?;
        let file = after.strip_prefix('/')?.strip_prefix(program)?;
        let after = file.strip_prefix(".byte").or_else(|| file.strip_prefix(".asm"))?;
        out.push_str(&format!("${{{}}}", variable_name(program)));
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

impl Translator<'_> {
    /// Settles what every name stands for, and leaves the packages that are to be built.
    pub(super) fn names(&mut self, descriptions: &mut Vec<Description>) {
        self.names.library =
            self.globals.get("OCAMLLIB").and_then(|value| value.joined("")).unwrap_or_default();
        self.installed(descriptions);
        let mut all: Vec<Description> = Vec::new();
        for described in std::mem::take(descriptions) {
            let options = Options::of(&described.options, &self.globals);
            if !options.flag_or("enabled", true) {
                continue;
            }
            let name = described.name.text.to_string();
            let there = options.flag("generated") || options.flag("installed");
            if there {
                self.names.roles.entry(name).or_insert(Role::Installed);
                continue;
            }
            if let Some(Role::Section(_)) = self.names.role(&name) {
                // The other one is looked for only where somebody is told of it.
                if self.messages.is_full() {
                    continue;
                }
                let help = match all.iter().find(|other| other.name.text == described.name.text) {
                    Some(other) => {
                        let place = self.files.message(other.name.place, "");
                        let file = String::from_utf8_lossy(&place.file).into_owned();
                        format!(
                            "the first is at {file}:{}: rename one, or let conditions choose",
                            place.line
                        )
                    }
                    None => "rename one of them".to_owned(),
                };
                let message = format!("there are two packages `{name}`");
                self.error(described.name.place, message, help);
                continue;
            }
            let folder = self.names.expanded(&project::dirname(&described.options));
            if let Some(folder) = project::inside("", &folder)
                && !folder.is_empty()
                && !self.tree.exists(&folder)
            {
                self.warn(
                    described.name.place,
                    format!("`{name}` is not built: there is no folder `{folder}`"),
                    "make the folder, or set `enabled = false`",
                );
                continue;
            }
            let folder = project::inside("", &folder).unwrap_or_default();
            self.names.folders.insert(name.clone(), folder);
            self.names.versions.insert(name.clone(), self.version(&described));
            self.names.roles.insert(name, Role::Section(described.kind));
            all.push(described);
        }
        *descriptions = self.complete(all);
    }

    /// Asks for every package that something names.
    fn installed(&mut self, descriptions: &[Description]) {
        let mut names: BTreeSet<String> = BTreeSet::new();
        for described in descriptions {
            for option in ["requires", "syntax", "pp_requires"] {
                let words = described.options.get(option).and_then(Value::words);
                names.extend(words.unwrap_or_default().iter().map(|word| word.text.to_string()));
            }
            // Options name packages inside of texts as well.
            let mut left: Vec<&Value> = described.options.iter().map(|(_, value)| value).collect();
            while let Some(value) = left.pop() {
                match value {
                    Value::Text(text) if text.text.contains("%{") => {
                        substitute(&text.text, &mut |name| {
                            let (package, _) = name.split_once("_FULL_").or_else(|| {
                                name.strip_suffix("_DIR").and_then(|name| name.rsplit_once('_'))
                            })?;
                            names.insert(package.to_owned());
                            None
                        });
                    }
                    Value::List(items) | Value::Tuple(items) => left.extend(items.iter()),
                    Value::Object(env) => left.extend(env.iter().map(|(_, value)| value)),
                    _ => {}
                }
            }
        }
        for name in names {
            if let Some(found) = self.machine.installed(&name) {
                self.names.installed.insert(name, found);
            }
        }
    }

    /// Leaves out the packages that need something which is not there, as the stock tool does; where that
    /// would leave nothing to build, what is missing is an error, and told later.
    fn complete(&mut self, all: Vec<Description>) -> Vec<Description> {
        let mut lacking: BTreeMap<String, String> = BTreeMap::new();
        loop {
            let before = lacking.len();
            for described in &all {
                let name = described.name.text.to_string();
                if lacking.contains_key(&name) {
                    continue;
                }
                let requires = described.options.get("requires").and_then(Value::elements);
                for (need, options) in requires.unwrap_or_default() {
                    let there = match self.names.role(&need.text) {
                        Some(Role::Section(_)) => !lacking.contains_key(&*need.text),
                        Some(Role::Installed) | None => {
                            self.names.installed.contains_key(&*need.text)
                        }
                    };
                    if !there && !options.get("optional").is_some_and(Value::holds) {
                        lacking.insert(name.clone(), need.text.to_string());
                        break;
                    }
                }
            }
            if lacking.len() == before {
                break;
            }
        }
        let counts =
            |described: &&Description| matches!(described.kind, Kind::Library | Kind::Program);
        let some =
            all.iter().filter(counts).any(|described| !lacking.contains_key(&*described.name.text));
        if !some {
            return all;
        }
        let (out, built): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|described| lacking.contains_key(&*described.name.text));
        for described in out {
            let name = &*described.name.text;
            let need = &lacking[name];
            self.names.roles.remove(name);
            self.warn(
                described.name.place,
                format!("`{name}` is not built: it needs `{need}`, which is not there"),
                format!("install findlib package `{need}`, or remove it from `requires`"),
            );
        }
        built
    }
}
