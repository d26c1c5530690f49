//! A package that is configured for one target: its goals and its sections.

use std::borrow::Cow;
use std::path::PathBuf;

use mbuild_frontends::configure::{Configuration, SectionInfo, SectionKind};
use mbuild_frontends::target::Target;

use crate::building::{RULE_FILE, Rules};
use crate::failure::{Failure, Result};
use crate::suggest::{self, list};

/// A package, configured for one target.
pub(crate) struct Package {
    /// Its folder.
    pub(crate) root: PathBuf,
    /// What it is built for.
    pub(crate) target: Target,
    /// How it was configured.
    pub(crate) configuration: Configuration,
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
    pub(crate) fn everything(&self) -> Vec<Vec<u8>> {
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
    pub(crate) fn goals(&self, words: &[String]) -> Result<Vec<Vec<u8>>> {
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

fn switched_off(word: &str) -> Failure {
    Failure::usage(format!("`{word}` is not built in this configuration"))
        .with_help("switch its flag on: `mbuild configure --enable FLAG`")
}
