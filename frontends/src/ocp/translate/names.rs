//! What the names of packages stand for: sections of the project, or what is installed.

use std::rc::Rc;

use hashbrown::HashMap;

use super::super::project::{self, Description};
use super::super::substitute::substitute;
use super::super::syntax::Kind;
use super::super::value::Value;
use super::options::Options;
use super::{Machine, Translator};
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

/// A package that the project builds.
struct Own {
    kind: Kind,
    folder: String,
    version: String,
}

/// A package that the project says is there.
struct There {
    kind: Kind,
    /// What it says that it requires.
    requires: Vec<Rc<str>>,
}

/// The packages that the project names.
pub(super) struct Names<'a> {
    pub(super) machine: &'a mut dyn Machine,
    own: HashMap<Rc<str>, Own>,
    /// Those that the project says are there.
    there: HashMap<Rc<str>, There>,
    /// What the machine has been asked for.
    asked: HashMap<String, Option<Installed>>,
    library: String,
}

impl<'a> Names<'a> {
    /// No names yet; `library` is the folder of the compiler's library.
    pub(super) fn new(machine: &'a mut dyn Machine, library: String) -> Self {
        Self { machine, own: HashMap::new(), there: HashMap::new(), asked: HashMap::new(), library }
    }

    /// What a package of this name is.
    pub(super) fn role(&self, name: &str) -> Option<Role> {
        let own = self.own.get(name).map(|own| Role::Section(own.kind));
        own.or_else(|| self.there.contains_key(name).then_some(Role::Installed))
    }

    /// Whether the project says of a program that it is there.
    pub(super) fn is_program_there(&self, name: &str) -> bool {
        !self.own.contains_key(name)
            && self.there.get(name).is_some_and(|there| there.kind == Kind::Program)
    }

    /// A findlib package, where it is installed.
    pub(super) fn installed(&mut self, name: &str) -> Option<&Installed> {
        if !self.asked.contains_key(name) {
            let found = self.machine.installed(name);
            self.asked.insert(name.to_owned(), found);
        }
        self.asked.get(name)?.as_ref()
    }

    /// What an installed package is linked with: of one that the project describes, that is what the project says.
    pub(super) fn requires(&mut self, name: &str) -> Vec<String> {
        let Some(there) = self.there.get(name) else { return self.machine.requires(name) };
        let installed = there.requires.iter().filter(|need| !self.own.contains_key(*need));
        installed.map(ToString::to_string).collect()
    }

    /// Whether a name is that of a program of the project, its ending for a kind of code aside.
    pub(super) fn program<'n>(&self, name: &'n str) -> Option<&'n str> {
        let stem = [".byte", ".asm"].iter().find_map(|ending| name.strip_suffix(ending));
        let is_program = |name: &&str| {
            matches!(self.role(name), Some(Role::Section(Kind::Program | Kind::Test)))
        };
        stem.filter(is_program).or_else(|| Some(name).filter(is_program))
    }

    /// The version of a package.
    pub(super) fn version(&mut self, name: &str) -> Option<String> {
        match self.own.get(name) {
            Some(own) => Some(own.version.clone()),
            None => self.installed(name)?.version.clone(),
        }
    }

    /// What `%{name}%` stands for.
    pub(super) fn value(&mut self, name: &str) -> Option<String> {
        if name == "OCAMLLIB" {
            return Some(self.library.clone());
        }
        let package = ["_FULL_SRC_DIR", "_FULL_DST_DIR", "_SRC_DIR", "_DST_DIR"];
        let (ending, package) =
            package.iter().find_map(|ending| Some((*ending, name.strip_suffix(ending)?)))?;
        let Some(own) = self.own.get(package) else {
            return Some(self.installed(package)?.directory.clone());
        };
        if ending.ends_with("SRC_DIR") {
            return Some(if own.folder.is_empty() { ".".to_owned() } else { own.folder.clone() });
        }
        // The folder of what is built is known to the generator alone; programs are named as such.
        self.program(package).map(|program| format!("\u{1}{program}\u{1}"))
    }

    /// A text with the folders of packages in it.
    pub(super) fn expanded(&mut self, text: &str) -> String {
        substitute(text, &mut |name| self.value(name))
    }
}

/// The programs whose built folders were named in a text.
pub(super) fn programs_in(text: &str) -> impl Iterator<Item = &str> {
    text.split('\u{1}').skip(1).step_by(2)
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
        let mut all: Vec<Description> = Vec::new();
        let mut exist: HashMap<String, bool> = HashMap::new();
        for described in std::mem::take(descriptions) {
            let options = Options::of(&described.options, &self.globals);
            if !options.flag_or("enabled", true) {
                continue;
            }
            let name = described.name.text.clone();
            // Packages that are built go before those that are there.
            if options.flag("generated") || options.flag("installed") {
                let requires = described.options.get("requires").and_then(Value::words);
                let requires = requires.unwrap_or_default().into_iter().map(|need| need.text);
                let there = There { kind: described.kind, requires: requires.collect() };
                self.names.there.insert(name, there);
                continue;
            }
            if self.names.own.contains_key(&name) {
                self.twice(&described, &all);
                continue;
            }
            let folder = self.names.expanded(&project::dirname(&described.options));
            let folder = project::inside("", &folder).unwrap_or_default();
            let exists = folder.is_empty()
                || *exist.entry(folder.clone()).or_insert_with_key(|at| self.tree.exists(at));
            if !exists {
                self.warn(
                    described.name.place,
                    format!("`{name}` is not built: there is no folder `{folder}`"),
                    "make the folder, or set `enabled = false`",
                );
                continue;
            }
            let version = self.version(&described);
            self.names.own.insert(name, Own { kind: described.kind, folder, version });
            all.push(described);
        }
        *descriptions = self.complete(all);
    }

    /// Says that there are two packages of one name.
    fn twice(&mut self, described: &Description, all: &[Description]) {
        // The other one is looked for only where somebody is told of it.
        if self.messages.is_full() {
            return;
        }
        let name = &described.name.text;
        let help = match all.iter().find(|other| other.name.text == *name) {
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
    }

    /// Leaves out the packages that need something which is not there, as the stock tool does; where that
    /// would leave nothing to build, what is missing is an error, and told later.
    fn complete(&mut self, all: Vec<Description>) -> Vec<Description> {
        let indices: HashMap<Rc<str>, usize> =
            all.iter().enumerate().map(|(at, one)| (one.name.text.clone(), at)).collect();
        let mut lacking: Vec<Option<Rc<str>>> = vec![None; all.len()];
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); all.len()];
        let mut left = Vec::new();
        for (at, described) in all.iter().enumerate() {
            let requires = described.options.get("requires").and_then(Value::each);
            for (need, options) in requires.into_iter().flatten() {
                let optional = options.and_then(|options| options.get("optional"));
                if optional.is_some_and(Value::holds) {
                    continue;
                }
                match indices.get(&need.text) {
                    Some(own) => users[*own].push(at),
                    // Programs that are there are no findlib packages.
                    None if self.names.is_program_there(&need.text) => {}
                    None if self.names.installed(&need.text).is_some() => {}
                    None if lacking[at].is_none() => {
                        lacking[at] = Some(need.text.clone());
                        left.push(at);
                    }
                    None => {}
                }
            }
        }
        while let Some(at) = left.pop() {
            for user in std::mem::take(&mut users[at]) {
                if lacking[user].is_none() {
                    lacking[user] = Some(all[at].name.text.clone());
                    left.push(user);
                }
            }
        }
        let counts =
            |described: &Description| matches!(described.kind, Kind::Library | Kind::Program);
        let both = || all.iter().zip(&lacking);
        if !both().any(|(described, lacking)| counts(described) && lacking.is_none()) {
            return all;
        }
        let mut built = Vec::with_capacity(all.len());
        for (described, lacking) in all.into_iter().zip(lacking) {
            let Some(need) = lacking else {
                built.push(described);
                continue;
            };
            let name = &*described.name.text;
            self.names.own.remove(name);
            self.warn(
                described.name.place,
                format!("`{name}` is not built: it needs `{need}`, which is not there"),
                format!("install findlib package `{need}`, or remove it from `requires`"),
            );
        }
        built
    }
}
