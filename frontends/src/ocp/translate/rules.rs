//! The rules of a package: files that its own commands make.

use std::collections::BTreeMap;

use super::super::primitives::of_file;
use super::super::project::{self, Description};
use super::super::substitute::substitute;
use super::super::value::{Env, Text, Value};
use super::Translator;
use super::names::with_programs;
use super::options::Options;
use crate::package::{Action, Command, Run, Tool};

/// What the stock tool does itself where a command has one of these names.
const OWN: [&str; 3] = ["%%subst", "%%loaddeps", "%%config_make2ocp"];

/// The rules so far that make several files, by their names: the index of the action.
pub(super) type Unique = BTreeMap<String, usize>;

impl Translator<'_> {
    /// Adds the rules of a package; `unique` has those of all packages that make several files.
    pub(super) fn rules(&mut self, described: &Description, unique: &mut Unique) {
        let rules = described.options.get("build_rules").and_then(Value::elements);
        let targets = described.options.get("build_targets").and_then(Value::words);
        let folder = self.names.expanded(&project::dirname(&described.options));
        let Some(folder) = project::inside("", &folder) else { return };
        let wanted: Vec<String> = targets
            .unwrap_or_default()
            .iter()
            .filter_map(|target| project::inside(&folder, &self.names.expanded(&target.text)))
            .collect();
        for (target, own) in rules.unwrap_or_default() {
            self.rule(described, &folder, &target, &own, unique);
        }
        for action in &mut self.actions {
            action.wanted |= action.outputs.iter().any(|output| wanted.contains(output));
        }
    }

    fn rule(
        &mut self,
        described: &Description,
        folder: &str,
        target: &Text,
        own: &Env,
        unique: &mut Unique,
    ) {
        let globals = self.globals.clone();
        let options = Options::of_file(own, &described.options, &globals);
        let file = self.names.expanded(&target.text);
        let Some(output) = self.output(folder, &file, target) else { return };
        let name = own.get("uniq_rule").and_then(|value| value.joined(" "));
        let known = name.as_ref().and_then(|name| unique.get(name));
        if let Some(action) = known.and_then(|at| self.actions.get_mut(*at)) {
            if !action.outputs.contains(&output) {
                action.outputs.push(output);
            }
            action.wanted |= options.flag("build_target");
            return;
        }
        let mut action = Action {
            folder: folder.to_owned(),
            wanted: options.flag("build_target"),
            outputs: vec![output],
            ..Action::default()
        };
        for more in own.get("more_targets").and_then(Value::words).unwrap_or_default() {
            if let Some(word) = self.word(&more, &file) {
                action.outputs.extend(self.output(folder, &word, &more));
            }
        }
        for source in own.get("sources").and_then(Value::words).unwrap_or_default() {
            let Some(word) = self.word(&source, &file) else { return };
            if let Some(program) = self.built(&word) {
                add(&mut action.tools, Tool::Internal(program));
            } else if !word.starts_with('/') {
                match project::inside(folder, &word) {
                    Some(input) => add(&mut action.inputs, input),
                    None => self.leads_out(source.place, &word),
                }
            }
        }
        let commands = own.get("commands").and_then(Value::elements).unwrap_or_default();
        if commands.is_empty() {
            let message = format!("the rule for `{}` has no commands", target.text);
            self.error(
                target.place,
                message,
                "write `commands = [ { \"program\" \"argument\" } ]`",
            );
            return;
        }
        for (named, options) in commands {
            if !named.text.is_empty() {
                let help = "write a command between braces: `{ \"program\" \"argument\" }`";
                let message = match OWN.contains(&&*named.text) {
                    true => format!("`{}` is not supported", named.text),
                    false => format!("`{}` is no command", named.text),
                };
                self.error(named.place, message, help);
                continue;
            }
            let command = self.command(folder, &file, &options, &mut action, target);
            action.commands.extend(command);
        }
        if action.commands.is_empty() {
            return;
        }
        let mut there = |input: &String| {
            self.tree.exists(input)
                || self.actions.iter().any(|action| action.outputs.contains(input))
        };
        let missing = action.inputs.iter().find(|input| !there(input)).cloned();
        if let Some(input) = missing {
            self.warn(
                target.place,
                format!("`{}` is not made: there is no `{input}`", target.text),
                "write it, or write the rule that makes it above this one",
            );
            return;
        }
        if let Some(name) = name {
            unique.insert(name, self.actions.len());
        }
        self.actions.push(action);
    }

    fn output(&mut self, folder: &str, file: &str, at: &Text) -> Option<String> {
        let found = if file.contains('\u{1}') { None } else { project::inside(folder, file) };
        if found.is_none() {
            self.leads_out(at.place, &at.text);
        }
        found
    }

    /// One command, whose words that are files become inputs.
    fn command(
        &mut self,
        folder: &str,
        file: &str,
        options: &Env,
        action: &mut Action,
        target: &Text,
    ) -> Option<Command> {
        let words = options.get("value").and_then(Value::words).unwrap_or_default();
        let inside = match options.get("chdir").and_then(Value::words).as_deref() {
            Some([chdir]) => {
                let text = self.word(chdir, file)?;
                let found = project::inside(folder, &text);
                if found.is_none() {
                    self.leads_out(chdir.place, &text);
                }
                Some(found?)
            }
            _ => None,
        };
        let runs_in = inside.as_deref().unwrap_or(folder).to_owned();
        let mut run = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let text = self.word(word, file)?;
            if let Some(program) = self.built(&text) {
                add(&mut action.tools, Tool::Internal(program));
            } else if let Some(input) = project::inside(&runs_in, &text)
                && !action.outputs.contains(&input)
                && self.tree.is_file(&input)
            {
                add(&mut action.inputs, input);
            } else if at == 0 && !text.contains('/') {
                match self.names.program(&text).map(str::to_owned) {
                    Some(program) => {
                        run.push(format!("${{{}}}", crate::package::variable_name(&program)));
                        add(&mut action.tools, Tool::Internal(program));
                        continue;
                    }
                    None if action.wanted => add(&mut action.tools, Tool::External(text.clone())),
                    None => {}
                }
            }
            let text = with_programs(&text);
            let Some(text) = text else {
                let message = format!("`{}` names a folder of what is built", word.text);
                self.error(
                    word.place,
                    message,
                    "rules may name the programs of the project, as `%byte_exe( p = \"NAME\" )`",
                );
                return None;
            };
            run.push(text);
        }
        if run.is_empty() {
            let message = format!("a command of the rule for `{}` has no words", target.text);
            self.error(target.place, message, "name the program that is to run");
            return None;
        }
        let mut command = Command { run: Run::Words(run), folder: inside, stdout: None };
        for pipe in ["stdin", "stderr"] {
            if options.get(pipe).is_some() {
                let message = format!("`{pipe}` of a command is not supported");
                self.error(target.place, message, "let a script do it");
            }
        }
        if let Some([stdout]) = options.get("stdout").and_then(Value::words).as_deref() {
            let text = self.word(stdout, file)?;
            let path = self.output(folder, &text, stdout)?;
            // It is named from the package's folder wherever the command runs.
            let prefix = if runs_in.is_empty() { String::new() } else { format!("{runs_in}/") };
            let up = "../".repeat(prefix.matches('/').count());
            command.stdout = Some(match path.strip_prefix(&prefix) {
                Some(below) => below.to_owned(),
                None => format!("{up}{path}"),
            });
        }
        Some(command)
    }

    /// A word of a rule for a file, with what it names replaced.
    fn word(&mut self, word: &Text, file: &str) -> Option<String> {
        let text = substitute(&word.text, &mut |name| of_file(file, name));
        let text = self.substituted(&Text { text: text.into(), ..word.clone() });
        if text.contains(['\n', '\r', '\0']) {
            let help = "remove the line ends";
            self.error(word.place, "a word of a command is one line", help);
            return None;
        }
        // Nothing that looks like a variable of the model is one.
        if text.contains("${") {
            self.error(word.place, format!("`{text}` has `${{` in it"), "let a script do it");
            return None;
        }
        Some(text)
    }

    /// The program of the project that a word is.
    fn built(&self, word: &str) -> Option<String> {
        let program = word.strip_prefix('\u{1}')?.split_once('\u{1}')?.0;
        with_programs(word).map(|_| program.to_owned())
    }
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
