//! Several packages of one folder as one: which of them are built, and their commands one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;

use hashbrown::HashSet;
use mbuild_rules::Diagnostic;

use super::circles::circles;
use super::part::{Part, Step};
use crate::opam::command;
use crate::package::{OwnBuild, Package, Tool};

/// Programs that every shell has.
const SHELL: [&str; 4] = ["sh", "printf", "echo", "test"];

/// Programs that can build several packages of a folder at once, and the options that name them.
const AT_ONCE: [&str; 2] = ["dune", "jbuilder"];
const PACKAGES: [&str; 3] = ["-p", "--only-packages", "--for-release-of-packages"];

/// What the packages of a folder are together: the package, its build, the commands that test it, and what is
/// strange.
pub(super) type Joint = (Package, OwnBuild, Vec<String>, Vec<Diagnostic>);

/// The package that they are, its build, and the commands that test it, with what is strange; else everything
/// that is wrong. The first is the one that the others are parts of.
pub(super) fn join(mut parts: Vec<Part>) -> Result<Joint, Vec<Diagnostic>> {
    let mut warnings = leave_out(&mut parts);
    warnings.extend(circles(&parts));
    let mut model: Option<Package> = None;
    let mut own = OwnBuild { tool: "opam's commands".to_owned(), ..OwnBuild::default() };
    let (mut wrong, mut build, mut running) = (Vec::new(), Joined::default(), Joined::default());
    let mut classes: BTreeMap<String, String> = BTreeMap::new();
    for part in parts {
        let name = part.model.name.clone();
        for (class, mut place) in part.classes {
            if let Some(other) = classes.get(&class) {
                place.message = format!("`{other}` is of class `{class}` as well");
                warnings.push(place);
            } else {
                classes.insert(class, name.clone());
            }
        }
        build.add(&name, part.build);
        running.add(&name, part.running);
        let mut all = [part.wrong, part.unfit].concat();
        // What has no place counts those that are not told.
        all.sort_by_key(|wrong| (wrong.line == 0, wrong.line, wrong.column));
        wrong.append(&mut all);
        warnings.extend(part.warnings);
        own.install.extend(part.own.install);
        own.uninstall.extend(part.own.uninstall);
        own.lists.extend(part.own.lists);
        own.configs.extend(part.own.configs);
        add(&mut own.tools, part.own.tools);
        add(&mut own.packages, part.own.packages);
        add(&mut own.environment, part.own.environment);
        match &mut model {
            Some(model) => {
                model.ocaml = model.ocaml.take().or(part.model.ocaml);
                add(&mut model.exports, part.model.exports);
            }
            None => model = Some(part.model),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    own.build = build.commands();
    // A variable or a path leads to no program that could be looked for.
    let is_name =
        |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '-');
    let programs = own.build.iter().filter_map(|command| command.split(' ').next());
    let programs = programs.filter(is_name).filter(|name| !SHELL.contains(name));
    let programs: Vec<Tool> = programs.map(|name| Tool::External(name.to_owned())).collect();
    add(&mut own.tools, programs);
    Ok((model.unwrap_or_default(), own, running.commands(), warnings))
}

/// Adds what is not there yet.
fn add<T: Eq + Hash>(all: &mut Vec<T>, more: Vec<T>) {
    if more.is_empty() {
        return;
    }
    let mut known: HashSet<&T> = all.iter().collect();
    let is_new: Vec<bool> = more.iter().map(|one| known.insert(one)).collect();
    drop(known);
    all.extend(more.into_iter().zip(is_new).filter_map(|(one, is_new)| is_new.then_some(one)));
}

/// Leaves out packages that cannot be built on this machine, as long as neither the first nor one that it needs
/// is such a one.
fn leave_out(parts: &mut Vec<Part>) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    let mut left: Vec<String> = parts.iter().take(1).map(|part| part.model.name.clone()).collect();
    while let Some(name) = left.pop() {
        let part = parts.iter().find(|part| part.model.name == name);
        if wanted.insert(name) {
            left.extend(part.iter().flat_map(|part| part.siblings().map(str::to_owned)));
        }
    }
    let mut out: BTreeSet<String> = BTreeSet::new();
    loop {
        let why = |part: &Part| -> Option<String> {
            if wanted.contains(&part.model.name) || out.contains(&part.model.name) {
                return None;
            }
            let sibling = part.siblings().find(|name| out.contains(*name));
            let unfit = part.unfit.first().map(|unfit| unfit.message.clone());
            let missing = part.missing.iter().map(String::as_str).chain(sibling);
            let missing = missing.map(|name| format!("`{name}`"));
            let missing: Vec<String> = missing.collect();
            let is = if missing.len() == 1 { "is" } else { "are" };
            unfit
                .or((!missing.is_empty()).then(|| format!("{} {is} not there", missing.join(", "))))
        };
        let found = parts.iter().find_map(|part| Some((part, why(part)?)));
        let Some((part, why)) = found else { break };
        let message = format!("package `{}` is left out: {why}", part.model.name);
        let help = "the others of the folder are built; configure again once it can be built";
        warnings.push(Diagnostic::about(part.path.as_bytes(), message).with_help(help));
        out.insert(part.model.name.clone());
    }
    parts.retain(|part| !out.contains(&part.model.name));
    warnings
}

/// Commands of several packages, each once that all of them say.
#[derive(Default)]
struct Joined {
    /// Each with where it names the package, and the packages that say it.
    steps: Vec<(Step, Option<usize>, Vec<String>)>,
}

impl Joined {
    /// Adds the commands of a package. Packages of one folder say the same commands for all of it; one that says
    /// a command twice means it.
    fn add(&mut self, name: &str, steps: Vec<Step>) {
        let others = self.steps.len();
        for mut step in steps {
            let at = place(&step, name);
            if let (Step::Words(words), Some(at)) = (&mut step, at) {
                words[at].clear();
            }
            let same = self.steps[..others]
                .iter_mut()
                .find(|(known, its, _)| *known == step && *its == at);
            match same {
                Some((_, _, names)) if !names.iter().any(|known| known == name) => {
                    names.push(name.to_owned());
                }
                Some(_) => {}
                None => self.steps.push((step, at, vec![name.to_owned()])),
            }
        }
    }

    fn commands(self) -> Vec<String> {
        let shown = |(step, at, names): (Step, Option<usize>, Vec<String>)| match step {
            Step::Shell(text) => text,
            Step::Words(mut words) => {
                if let Some(at) = at {
                    words[at] = names.join(",");
                }
                command::build(&words)
            }
        };
        self.steps.into_iter().map(shown).collect()
    }
}

/// Where a command that could build several packages at once names this one.
fn place(step: &Step, name: &str) -> Option<usize> {
    let Step::Words(words) = step else { return None };
    let program = words.first()?.rsplit('/').next()?;
    let option = words.iter().position(|word| PACKAGES.contains(&word.as_str()))?;
    let found = words.get(option + 1).is_some_and(|word| word == name);
    (AT_ONCE.contains(&program) && found).then_some(option + 1)
}
