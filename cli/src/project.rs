//! What stands in a folder: a package with a manifest, or a rule file that somebody else wrote.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use mbuild_frontends::configure::{
    Configuration, FORMATS, SectionInfo, SectionKind, is_package, manifests,
};
use mbuild_frontends::target::{Catalog, Target};

use crate::building::Rules;
use crate::configuring;
use crate::failure::{Failure, Result};
use crate::session::Session;
use crate::suggest;

/// The name of a rule file that somebody else wrote.
const RULE_FILE: &str = "build.ninja";

/// What is to be built.
pub(crate) enum Project {
    /// A package.
    Package(Box<Package>),
    /// A rule file that CMake or somebody else wrote.
    Foreign(Rules),
}

/// A package, configured for one target.
pub(crate) struct Package {
    /// Its folder.
    pub(crate) root: PathBuf,
    /// What it is built for.
    pub(crate) target: Target,
    /// How it was configured.
    pub(crate) configuration: Configuration,
}

impl Project {
    /// What stands in the current folder; a package is configured when that is needed.
    pub(crate) fn open(
        target_name: Option<&str>,
        install: bool,
        session: &mut Session<'_>,
    ) -> Result<Self> {
        let root = current_folder()?;
        // A rule file is for whatever it is for; a name that nobody knows is a mistake all the same.
        target(target_name)?;
        if has_manifest(&root) {
            let package = configuring::current(root, target_name, install, session)?;
            return Ok(Self::Package(Box::new(package)));
        }
        if root.join(RULE_FILE).is_file() {
            return Ok(Self::Foreign(Rules {
                dir: PathBuf::from("."),
                file: RULE_FILE.into(),
                state_dir: None,
                names: Vec::new(),
            }));
        }
        Err(nothing_here(true))
    }

    /// The same where only a package will do.
    pub(crate) fn package(
        target: Option<&str>,
        install: bool,
        session: &mut Session<'_>,
    ) -> Result<Package> {
        let root = current_folder()?;
        if !has_manifest(&root) {
            return Err(nothing_here(false));
        }
        configuring::current(root, target, install, session)
    }

    /// The rule file.
    pub(crate) fn rules(&self) -> Rules {
        match self {
            Self::Package(package) => package.rules(),
            Self::Foreign(rules) => rules.clone(),
        }
    }

    /// Goals as the rule file names them.
    pub(crate) fn goals(&self, words: &[String]) -> Result<Vec<Vec<u8>>> {
        match self {
            Self::Package(package) if words.is_empty() => Ok(package.everything()),
            Self::Package(package) => package.goals(words),
            Self::Foreign(_) => Ok(words.iter().map(|word| word.clone().into_bytes()).collect()),
        }
    }
}

impl Package {
    /// The rule file of this target.
    pub(crate) fn rules(&self) -> Rules {
        let dir = self.target.dir();
        Rules {
            dir: PathBuf::from("."),
            file: format!("{dir}/{RULE_FILE}").into_bytes(),
            state_dir: Some(PathBuf::from(dir)),
            names: self
                .configuration
                .sections
                .iter()
                .map(|it| &it.name)
                .chain(self.configuration.members.iter().map(|it| &it.package))
                .cloned()
                .collect(),
        }
    }

    /// The packages of a tree, or those that are named, each as if it were alone with its number among all;
    /// of a package that is no tree, that one.
    pub(crate) fn parts(&self, words: &[String]) -> Result<Vec<(usize, Self)>> {
        let all = self.configuration.packages();
        let whole = words.is_empty();
        let mut wanted = Vec::new();
        for word in words {
            let called = |it: &Cow<'_, Configuration>| match self.configuration.member(word) {
                Some(member) => it.package == member.package,
                None => self.configuration.members.is_empty() && it.package == *word,
            };
            let Some(at) = all.iter().position(called) else {
                let names = || all.iter().map(|it| it.package.as_str());
                let help = suggest::help(word, names(), || {
                    list(names()).map_or_else(String::new, |names| format!("there is {names}"))
                });
                return Err(Failure::usage(format!("there is no package `{word}`")).with_help(help));
            };
            wanted.push(at);
        }
        let parts = all.into_iter().enumerate().filter(|(at, _)| whole || wanted.contains(at));
        let part = |(at, configuration): (usize, Cow<'_, Configuration>)| {
            let (root, target) = (self.root.clone(), self.target.clone());
            (at, Self { root, target, configuration: configuration.into_owned() })
        };
        Ok(parts.map(part).collect())
    }

    /// The goals of all that is built for the target; none where that is what is built anyway.
    fn everything(&self) -> Vec<Vec<u8>> {
        match self.target.suffix() {
            suffix if suffix.is_empty() => Vec::new(),
            suffix => vec![format!("all{suffix}").into_bytes()],
        }
    }

    /// The goal of a section: of a program, that for the target.
    pub(crate) fn goal(&self, section: &SectionInfo) -> Result<Vec<u8>> {
        if section.kind != SectionKind::Executable {
            return Ok(section.goal.clone().into_bytes());
        }
        let (name, target) = (&section.name, &self.target);
        if self.configuration.program(name, &target.name).is_some() {
            return Ok(format!("{}{}", section.goal, target.suffix()).into_bytes());
        }
        let absent = section.devices.iter().find(|it| !target.devices.contains_key(&it.kind));
        Err(match absent {
            Some(device) => Failure::usage(format!(
                "`{name}` has the {} device `{}`, and target `{}` has none such",
                device.kind.name(),
                device.name,
                target.name
            ))
            .with_help("`mbuild targets` lists others, for `--target`"),
            None => Failure::usage(format!("`{name}` is no program for target `{}`", target.name))
                .with_help("it says `XMbuildUnikernel: false` (or `only`, and the target has an operating system), is not installed, or is a tool of the build"),
        })
    }

    /// Goals as the rule file names them: a section's name stands for all that is built of it.
    fn goals(&self, words: &[String]) -> Result<Vec<Vec<u8>>> {
        let mut goals = Vec::new();
        for word in words {
            // A package is all that is built of it, a library of the same name among that.
            if let Some(member) = self.configuration.member(word) {
                goals.push(format!("{}{}", member.goal, self.target.suffix()).into_bytes());
                continue;
            }
            let called = |section: &&SectionInfo| section.name == *word || section.goal == *word;
            let sections: Vec<_> = self.configuration.sections.iter().filter(called).collect();
            if sections.is_empty() {
                goals.push(word.clone().into_bytes());
                continue;
            }
            let built: Vec<_> = sections.into_iter().filter(|section| section.build).collect();
            if built.is_empty() {
                return Err(switched_off(word));
            }
            for section in built {
                goals.push(self.goal(section)?);
            }
        }
        Ok(goals)
    }

    /// The sections of one kind that are built, or those of them that are named.
    pub(crate) fn chosen(&self, kind: SectionKind, words: &[String]) -> Result<Vec<&SectionInfo>> {
        let of_kind: Vec<_> = self.configuration.sections(kind).collect();
        if words.is_empty() {
            return Ok(of_kind.into_iter().filter(|section| section.build).collect());
        }
        if let [word] = words
            && let Some(member) = self.configuration.member(word)
        {
            let of_member = self.configuration.sections_of(member).iter();
            return Ok(of_member.filter(|it| it.kind == kind && it.build).collect());
        }
        let find = |word: &String| {
            let called = |section: &&&SectionInfo| section.name == *word || section.goal == *word;
            let Some(section) = of_kind.iter().find(called) else {
                let what = if kind == SectionKind::Test { "test" } else { "program" };
                let known = || of_kind.iter().map(|section| section.name.as_str());
                let help = match suggest::nearest(word, known()) {
                    Some(near) => Some(format!("did you mean `{near}`?")),
                    None => list(known()).map(|names| match of_kind.len() {
                        1 => format!("there is {names}"),
                        _ => format!("there are {names}"),
                    }),
                };
                let message = format!("there is no {what} `{word}`");
                return Err(Failure::usage(message).with_optional_help(help));
            };
            if section.build { Ok(*section) } else { Err(switched_off(word)) }
        };
        words.iter().map(find).collect()
    }
}

/// `a`, `b` and `c`; nothing for nothing.
pub(crate) fn list<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let last = names.pop()?;
    if names.is_empty() { Some(last) } else { Some(format!("{} and {last}", names.join(", "))) }
}

/// All targets, with those that the user and the project in the current folder describe.
pub(crate) fn catalog() -> Result<Catalog> {
    Catalog::load(&current_folder()?, &configuring::variable).map_err(|wrong| {
        let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        Failure::wrong(wrong.join("\n"))
    })
}

/// The target of this name.
pub(crate) fn target(name: Option<&str>) -> Result<Target> {
    find(&catalog()?, name.unwrap_or(Catalog::DEFAULT))
}

/// The target of this name in a catalog.
pub(crate) fn find(catalog: &Catalog, name: &str) -> Result<Target> {
    catalog.target(name).ok_or_else(|| {
        let list = || "`mbuild targets` lists them".to_owned();
        let help = suggest::help(name, catalog.names(), list);
        Failure::usage(format!("there is no target `{name}`")).with_help(help)
    })
}

/// The current folder in full.
pub(crate) fn current_folder() -> Result<PathBuf> {
    std::env::current_dir()
        .map_err(|error| Failure::system("cannot tell the current folder", &error))
}

/// A manifest of some format stands in the folder.
pub(crate) fn has_manifest(root: &Path) -> bool {
    is_package(root)
}

/// There is nothing to build.
pub(crate) fn nothing_here(foreign: bool) -> Failure {
    let mut looked_for = manifests(FORMATS.iter());
    if foreign {
        looked_for.push(RULE_FILE);
    }
    let looked_for = list(looked_for.into_iter()).unwrap_or_default();
    Failure::wrong(format!("there is nothing to build here: looked for {looked_for}"))
        .with_help("go to the folder of a package, or name it with `-C DIR`")
}

fn switched_off(word: &str) -> Failure {
    Failure::usage(format!("`{word}` is not built in this configuration"))
        .with_help("switch its flag on: `mbuild configure --enable FLAG`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_as_people_do() {
        assert_eq!(list([].into_iter()), None);
        assert_eq!(list(["a"].into_iter()).as_deref(), Some("`a`"));
        assert_eq!(list(["a", "b", "c"].into_iter()).as_deref(), Some("`a`, `b` and `c`"));
    }

    #[test]
    fn an_unknown_target_comes_with_a_near_one() {
        let catalog = Catalog::built_in().unwrap();
        let message = |name| find(&catalog, name).unwrap_err().to_string();
        assert_eq!(message("natve"), "there is no target `natve`\n  help: did you mean `native`?");
        assert_eq!(
            message("plan9-on-mips"),
            "there is no target `plan9-on-mips`\n  help: `mbuild targets` lists them"
        );
        assert_eq!(find(&catalog, "native").unwrap().name, "native");
    }
}
