//! What variables of opam are on the machine at hand, with the folders that mbuild installs to.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{self, late};
use super::machine::Machine;
use super::options;
use super::reference::Reference;
use crate::environment::{Environment, Installed};
use crate::package::elsewhere;

/// What a variable is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// True or false.
    Bool(bool),
    /// A text.
    Text(String),
    /// Several texts; as one, they have blanks between them.
    List(Vec<String>),
}

impl Content {
    /// As a text.
    pub fn text(&self) -> String {
        match self {
            Self::Bool(holds) => holds.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(all) => all.join(" "),
        }
    }

    /// As a truth; `None` where it is none.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(holds) => Some(*holds),
            Self::Text(text) => text.parse().ok(),
            Self::List(all) => match all.as_slice() {
                [one] => one.parse().ok(),
                _ => None,
            },
        }
    }
}

/// Who knows the values of variables.
pub trait Variables {
    /// A global variable, or one of a package; `None` for the package is the package itself.
    fn get(&self, package: Option<Option<&str>>, name: &str) -> Option<Content>;

    /// What a reference stands for; `None` when it has no value.
    fn resolve(&self, reference: &Reference) -> Option<Content> {
        let get = |package: &Option<String>| self.get(Some(package.as_deref()), &reference.name);
        let value = match reference.packages.as_slice() {
            [] => self.get(None, &reference.name),
            [one] => get(one),
            several => {
                let mut all = Some(true);
                for truth in several.iter().map(|one| get(one).and_then(|value| value.truth())) {
                    if all == Some(false) {
                        break;
                    }
                    if truth != Some(true) {
                        all = truth;
                    }
                }
                all.map(Content::Bool)
            }
        };
        match &reference.texts {
            None => value,
            Some((yes, no)) => {
                let truth = value.and_then(|value| value.truth()).unwrap_or(false);
                Some(Content::Text(if truth { yes } else { no }.clone()))
            }
        }
    }
}

/// The variables of a package that is built here.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Global ones, and those that hold for a while only (`with-test`).
    pub global: BTreeMap<String, Content>,
    /// The package's own name.
    pub name: String,
    /// The package's own version; `None` where nothing says it.
    pub version: Option<String>,
    /// What else the package says of itself.
    pub own: BTreeMap<String, Content>,
    /// Folders by their names (`prefix`, `bindir`, ...).
    pub folders: BTreeMap<String, String>,
    /// What is installed, by the name of its package.
    pub installed: BTreeMap<String, Installed>,
    /// Those of them that are packages of the same tree, and so are not where they will be.
    pub in_tree: BTreeSet<String>,
    /// The variables that installed packages have in their `.config`, by the name of the package.
    pub configs: BTreeMap<String, BTreeMap<String, Content>>,
    /// The compiler.
    pub ocaml: BTreeMap<String, Content>,
    /// What the compiler says of itself.
    pub compiler: Environment,
}

/// Variables of opam 1, and those of the package `ocaml` that they have become.
const OLD: [(&str, &str); 6] = [
    ("ocaml-version", "version"),
    ("ocaml-native", "native"),
    ("ocaml-native-tools", "native-tools"),
    ("ocaml-native-dynlink", "native-dynlink"),
    ("preinstalled", "preinstalled"),
    ("compiler", "compiler"),
];

/// Folders of a switch, by the variable of the model. Where a package has one of its own, it is below.
const FOLDERS: [(&str, &str); 11] = [
    ("prefix", "prefix"),
    ("lib", "libdir"),
    ("bin", "bindir"),
    ("sbin", "sbindir"),
    ("share", "datarootdir"),
    ("etc", "sysconfdir"),
    ("man", "mandir"),
    ("doc", "docroot"),
    ("toplevel", "toplevel"),
    ("stublibs", "stublibs"),
    ("libexec", "libexec"),
];

/// Those of which each package has one of its own.
const APART: [&str; 4] = ["lib", "share", "etc", "doc"];

/// Packages that are the compiler.
const COMPILERS: [&str; 3] = ["ocaml", "ocaml-system", "ocaml-base-compiler"];

impl Known {
    /// What holds on this machine, whatever the compiler.
    pub fn of_machine(machine: &Machine) -> Self {
        let mut known = Self::default();
        for (name, value) in machine.values() {
            known.global.insert(name.to_owned(), Content::Text(value.to_owned()));
        }
        known
    }

    /// What holds on this machine for this compiler.
    pub fn of(machine: &Machine, environment: &Environment) -> Self {
        let mut known = Self { compiler: environment.clone(), ..Self::of_machine(machine) };
        let text = |value: &str| Content::Text(value.to_owned());
        for (name, value) in
            [("opam-version", "2.1.0"), ("make", "make"), ("jobs", "1"), ("switch", "mbuild")]
        {
            known.global.insert(name.to_owned(), text(value));
        }
        let exe = environment.get("ext_exe").unwrap_or_default();
        known.global.insert("exe".to_owned(), text(exe));
        let version = environment.get("ocaml_version");
        if let Some(version) = version {
            known.global.insert("sys-ocaml-version".to_owned(), text(version));
            known.ocaml.insert("version".to_owned(), text(version));
            known.ocaml.insert("compiler".to_owned(), text("system"));
        }
        for (name, key) in [
            ("sys-ocaml-arch", "architecture"),
            ("sys-ocaml-cc", "ccomp_type"),
            ("sys-ocaml-libc", "libc"),
            ("sys-ocaml-system", "system"),
        ] {
            if let Some(value) = environment.get(key) {
                known.global.insert(name.to_owned(), text(value));
            }
        }
        for (name, holds) in [
            ("native", environment.is_native()),
            ("native-tools", environment.is_native()),
            ("native-dynlink", environment.native_dynlink()),
            ("preinstalled", true),
            ("installed", version.is_some()),
        ] {
            known.ocaml.insert(name.to_owned(), Content::Bool(holds));
        }
        known
    }

    /// A folder, with that of the package below it where `own` names one.
    fn folder(&self, name: &str, own: Option<&str>) -> Option<Content> {
        let (_, key) = FOLDERS.iter().find(|(known, _)| *known == name)?;
        let base = self.folders.get(*key)?;
        Some(Content::Text(match own {
            Some(package) if APART.contains(&name) => format!("{base}/{package}"),
            _ => base.clone(),
        }))
    }

    /// A folder of another package of the tree.
    fn folder_in_tree(&self, name: &str, package: &str) -> Option<Content> {
        let (_, key) = FOLDERS.iter().find(|(known, _)| *known == name)?;
        let (_, text) = command::FOLDERS.iter().find(|(known, _)| known == key)?;
        let (base, below) = text.strip_prefix("${")?.split_once('}')?;
        let folder = late(&elsewhere(package, base)) + below;
        Some(Content::Text(if APART.contains(&name) {
            format!("{folder}/{package}")
        } else {
            folder
        }))
    }

    /// A variable of the package itself.
    fn of_self(&self, name: &str) -> Option<Content> {
        if let Some(found) = self.own.get(name) {
            return Some(found.clone());
        }
        match name {
            "name" => Some(Content::Text(self.name.clone())),
            "version" => self.version.clone().map(Content::Text),
            // It is about to be.
            "installed" | "pinned" | "dev" => Some(Content::Bool(false)),
            _ => self.folder(name, Some(&self.name)),
        }
    }

    fn of_package(&self, package: &str, name: &str) -> Option<Content> {
        if package == self.name {
            return self.of_self(name);
        }
        if COMPILERS.contains(&package)
            && let Some(found) = self.ocaml.get(name)
        {
            return Some(found.clone());
        }
        if let Some(found) = self.configs.get(package).and_then(|config| config.get(name)) {
            return Some(found.clone());
        }
        let installed = self.installed.get(package);
        match (name, installed) {
            ("installed", installed) => {
                let option = options::has(package, &self.compiler);
                Some(Content::Bool(option.unwrap_or(installed.is_some())))
            }
            ("pinned" | "dev", _) => Some(Content::Bool(false)),
            ("name", Some(_)) => Some(Content::Text(package.to_owned())),
            ("version", Some(installed)) => installed.version.clone().map(Content::Text),
            (_, Some(_)) if self.in_tree.contains(package) => self.folder_in_tree(name, package),
            ("lib", Some(installed)) => Some(Content::Text(installed.directory.clone())),
            (_, Some(_)) => self.folder(name, Some(package)),
            (_, None) => None,
        }
    }
}

impl Variables for Known {
    fn get(&self, package: Option<Option<&str>>, name: &str) -> Option<Content> {
        match package {
            Some(None) => self.of_self(name),
            Some(Some(package)) => self.of_package(package, name),
            None => {
                if let Some(found) = self.global.get(name) {
                    return Some(found.clone());
                }
                if let Some((_, now)) = OLD.iter().find(|(old, _)| *old == name) {
                    return self.ocaml.get(*now).cloned();
                }
                // What is not the switch's may be the package's: `name`, `version`, `pinned`, `dev`.
                self.folder(name, None).or_else(|| self.of_self(name))
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Variables that are just what is said, packages with a colon.
    pub(in crate::opam) struct Known(BTreeMap<String, Content>);

    impl Variables for Known {
        fn get(&self, package: Option<Option<&str>>, name: &str) -> Option<Content> {
            let full = match package {
                None => name.to_owned(),
                Some(package) => format!("{}:{name}", package.unwrap_or("_")),
            };
            self.0.get(&full).cloned()
        }
    }

    pub(in crate::opam) fn known(all: &[(&str, Content)]) -> Known {
        Known(all.iter().map(|(name, content)| ((*name).to_owned(), content.clone())).collect())
    }

    #[test]
    fn a_variable_of_several_packages_is_true_of_all() {
        let text = |text: &str| Content::Text(text.to_owned());
        let variables = known(&[
            ("t:x", Content::Bool(true)),
            ("s:x", text("true")),
            ("f:x", Content::Bool(false)),
            ("m:x", text("maybe")),
        ]);
        let value = |name: &str| variables.resolve(&Reference::parse(name));
        for (name, expected) in [
            ("t+s:x", Some(true)),
            ("t+f:x", Some(false)),
            ("f+none:x", Some(false)),
            ("none+f:x", Some(false)),
            ("t+none:x", None),
            ("none+t:x", None),
            ("t+m:x", None),
        ] {
            assert_eq!(value(name), expected.map(Content::Bool), "{name}");
        }
    }

    fn here() -> super::Known {
        let mut environment = Environment::from_config(
            "version: 4.13.1\narchitecture: amd64\nsystem: linux\nccomp_type: cc\n\
             native_compiler: true\next_exe: \n",
        );
        environment.set("supports_shared_libraries", "true");
        let mut known = super::Known::of(&Machine::debian(), &environment);
        known.name = "p".to_owned();
        known.version = Some("1.2".to_owned());
        for (name, folder) in [("prefix", "/usr"), ("libdir", "/usr/lib"), ("docroot", "/usr/doc")]
        {
            known.folders.insert(name.to_owned(), folder.to_owned());
        }
        let lwt = Installed { version: Some("5.0".to_owned()), directory: "/l/lwt".to_owned() };
        known.installed.insert("lwt".to_owned(), lwt);
        known
    }

    #[test]
    fn the_machine_the_package_and_its_needs_have_variables() {
        let known = here();
        let value = |name: &str| known.resolve(&Reference::parse(name)).map(|value| value.text());
        for (name, expected) in [
            ("os", "linux"),
            ("os-family", "debian"),
            ("arch", "x86_64"),
            ("sys-ocaml-version", "4.13.1"),
            ("prefix", "/usr"),
            ("lib", "/usr/lib"),
            ("_:lib", "/usr/lib/p"),
            ("p:lib", "/usr/lib/p"),
            ("doc", "/usr/doc"),
            ("_:doc", "/usr/doc/p"),
            ("name", "p"),
            ("version", "1.2"),
            ("pinned", "false"),
            ("lwt:version", "5.0"),
            ("lwt:lib", "/l/lwt"),
            ("lwt:installed", "true"),
            ("lwt:enable", "enable"),
            ("react:installed", "false"),
            ("ocaml:version", "4.13.1"),
            ("ocaml:native", "true"),
            ("ocaml-version", "4.13.1"),
            ("ocaml-native", "true"),
            ("ocaml-native-dynlink", "true"),
            ("preinstalled", "true"),
        ] {
            assert_eq!(value(name).as_deref(), Some(expected), "{name}");
        }
        for name in ["react:version", "bin", "with-test", "_:nothing", "nothing", "lwt:x"] {
            assert_eq!(value(name), None, "{name}");
        }
    }
}
