//! The rules of a package: files that its own commands make.

use hashbrown::{HashMap, HashSet};

use super::super::env::Env;
use super::super::primitives::of_file;
use super::super::project::{self, Description};
use super::super::substitute::substitute;
use super::super::value::{Text, Value};
use super::Translator;
use super::names::with_programs;
use super::options::Options;
use crate::package::{Action, Command, Tool};

/// Which action makes what, by index.
#[derive(Default)]
pub(super) struct MadeBy {
    /// By the path of an output.
    outputs: HashMap<String, usize>,
    /// By the name of a rule that several targets share.
    unique: HashMap<String, usize>,
}

impl MadeBy {
    /// Whether an action makes this file.
    pub(super) fn makes(&self, path: &str) -> bool {
        self.outputs.contains_key(path)
    }
}

/// So many files are looked through before one is added.
const SHORT: usize = 8;

/// Adds a file to a list, once. Lists may be long: whether it is there already is looked for in those that are `known`,
/// which are none as long as the list is short.
fn add(list: &mut Vec<String>, known: &mut HashSet<String>, path: String) {
    if list.len() < SHORT {
        if !list.contains(&path) {
            list.push(path);
        }
        return;
    }
    if known.is_empty() {
        known.extend(list.iter().cloned());
    }
    if known.insert(path.clone()) {
        list.push(path);
    }
}

/// A rule on the way to become an action.
pub(super) struct Draft<'a> {
    pub(super) folder: &'a str,
    /// The file that `%{file}%` and the like speak of.
    pub(super) file: &'a str,
    target: &'a Text,
    action: Action,
    inputs: HashSet<String>,
    outputs: HashSet<String>,
}

impl Draft<'_> {
    fn input(&mut self, path: String) {
        add(&mut self.action.inputs, &mut self.inputs, path);
    }

    pub(super) fn output(&mut self, path: String) {
        add(&mut self.action.outputs, &mut self.outputs, path);
    }

    /// Whether it makes this file.
    fn makes(&self, path: &String) -> bool {
        match self.action.outputs.len() {
            ..=SHORT => self.action.outputs.contains(path),
            _ => self.outputs.contains(path),
        }
    }

    fn tool(&mut self, tool: Tool) {
        if !self.action.tools.contains(&tool) {
            self.action.tools.push(tool);
        }
    }
}

impl Translator<'_> {
    /// Adds the rules of a package.
    pub(super) fn rules(&mut self, described: &Description) {
        let rules = described.options.get("build_rules").and_then(Value::elements);
        let targets = described.options.get("build_targets").and_then(Value::words);
        if rules.is_none() && targets.is_none() {
            return;
        }
        let folder = self.names.expanded(&project::dirname(&described.options));
        let Some(folder) = project::inside("", &folder) else { return };
        for (target, own) in rules.unwrap_or_default() {
            self.rule(described, &folder, &target, &own);
        }
        for target in targets.unwrap_or_default() {
            let path = project::inside(&folder, &self.names.expanded(&target.text));
            let action = path.and_then(|path| self.made_by.outputs.get(&path));
            if let Some(action) = action.and_then(|at| self.actions.get_mut(*at)) {
                action.wanted = true;
            }
        }
    }

    fn rule(&mut self, described: &Description, folder: &str, target: &Text, own: &Env) {
        let wanted = Options::of_file(own, &described.options, &self.globals).flag("build_target");
        let file = self.names.expanded(&target.text);
        let Some(output) = self.output(folder, &file, target) else { return };
        let name = own.get("uniq_rule").and_then(|value| value.joined(" "));
        let known = name.as_ref().and_then(|name| self.made_by.unique.get(name)).copied();
        if let Some((at, action)) = known.and_then(|at| Some((at, self.actions.get_mut(at)?))) {
            action.wanted |= wanted;
            if self.made_by.outputs.get(&output) != Some(&at) {
                action.outputs.push(output.clone());
                self.made_by.outputs.insert(output, at);
            }
            return;
        }
        let mut draft = Draft {
            folder,
            file: &file,
            target,
            action: Action { folder: folder.to_owned(), wanted, ..Action::default() },
            inputs: HashSet::new(),
            outputs: HashSet::new(),
        };
        draft.output(output);
        for more in own.get("more_targets").and_then(Value::words).unwrap_or_default() {
            if let Some(word) = self.word(&more, &file)
                && let Some(output) = self.output(folder, &word, &more)
            {
                draft.output(output);
            }
        }
        if self.sources(described, own, &mut draft).is_none() {
            return;
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
            let command = match &*named.text {
                "" => self.command(&options, &mut draft),
                _ => self.own_command(described, &named, &options, own, &mut draft),
            };
            draft.action.commands.extend(command);
        }
        let action = draft.action;
        if action.commands.is_empty() {
            return;
        }
        let outputs = &self.made_by.outputs;
        let tree = &mut self.tree;
        let missing =
            action.inputs.iter().find(|path| !outputs.contains_key(*path) && !tree.exists(path));
        if let Some(input) = missing.cloned() {
            self.warn(
                target.place,
                format!("`{}` is not made: there is no `{input}`", target.text),
                "write it, or write the rule that makes it above this one",
            );
            return;
        }
        if let Some(name) = name {
            self.made_by.unique.insert(name, self.actions.len());
        }
        for output in &action.outputs {
            self.made_by.outputs.entry(output.clone()).or_insert(self.actions.len());
        }
        self.actions.push(action);
    }

    /// The files that a rule needs besides those that its commands name.
    fn sources(&mut self, described: &Description, own: &Env, draft: &mut Draft<'_>) -> Option<()> {
        let options = Options::of_file(own, &described.options, &self.globals);
        let more = [options.words("rule_sources"), options.words("more_deps")].concat();
        let listed = own.get("sources").and_then(Value::words).unwrap_or_default();
        for source in listed.into_iter().chain(more) {
            let word = self.word(&source, draft.file)?;
            if let Some(program) = self.built(&word) {
                draft.tool(Tool::Internal(program));
            } else if !word.starts_with('/') {
                match project::inside(draft.folder, &word) {
                    Some(input) => draft.input(input),
                    None => self.leads_out(source.place, &word),
                }
            }
        }
        Some(())
    }

    pub(super) fn output(&mut self, folder: &str, file: &str, at: &Text) -> Option<String> {
        let found = if file.contains('\u{1}') { None } else { project::inside(folder, file) };
        if found.is_none() {
            self.leads_out(at.place, &at.text);
        }
        found
    }

    /// One command, whose words that are files become inputs.
    fn command(&mut self, options: &Env, draft: &mut Draft<'_>) -> Option<Command> {
        let (folder, file, target) = (draft.folder, draft.file, draft.target);
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
                draft.tool(Tool::Internal(program));
            } else if let Some(input) = project::inside(&runs_in, &text)
                && !draft.makes(&input)
                && self.tree.is_file(&input)
            {
                draft.input(input);
            } else if at == 0 && !text.contains('/') {
                match self.names.program(&text).map(str::to_owned) {
                    Some(program) => {
                        run.push(format!("${{{}}}", crate::package::variable_name(&program)));
                        draft.tool(Tool::Internal(program));
                        continue;
                    }
                    None if draft.action.wanted => draft.tool(Tool::External(text.clone())),
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
        let mut command = Command { folder: inside, ..Command::words(run) };
        if let Some([stdin]) = options.get("stdin").and_then(Value::words).as_deref() {
            let text = self.word(stdin, file)?;
            let Some(path) = project::inside(folder, &text) else {
                self.leads_out(stdin.place, &text);
                return None;
            };
            command.stdin = Some(seen_from(&runs_in, &path));
            if !draft.makes(&path) {
                draft.input(path);
            }
        }
        // Pipes are named from the package's folder wherever the command runs.
        for (option, pipe) in [("stdout", &mut command.stdout), ("stderr", &mut command.stderr)] {
            if let Some([file_of]) = options.get(option).and_then(Value::words).as_deref() {
                let text = self.word(file_of, file)?;
                let path = self.output(folder, &text, file_of)?;
                *pipe = Some(seen_from(&runs_in, &path));
            }
        }
        Some(command)
    }

    /// A text of a rule for a file, with what it names replaced.
    pub(super) fn filled(&mut self, word: &Text, file: &str) -> String {
        if !word.text.contains('%') {
            return word.text.to_string();
        }
        let text = substitute(&word.text, &mut |name| of_file(file, name));
        self.substituted(&Text { text: text.into(), ..word.clone() })
    }

    /// A word of a rule for a file, with what it names replaced.
    pub(super) fn word(&mut self, word: &Text, file: &str) -> Option<String> {
        let text = self.filled(word, file);
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
    pub(super) fn built(&self, word: &str) -> Option<String> {
        let program = word.strip_prefix('\u{1}')?.split_once('\u{1}')?.0;
        with_programs(word).map(|_| program.to_owned())
    }
}

/// A path relative to the project's folder, as a command names it that runs in another one.
pub(super) fn seen_from(folder: &str, path: &str) -> String {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    match path.strip_prefix(&prefix) {
        Some(below) => below.to_owned(),
        None => format!("{}{path}", "../".repeat(prefix.matches('/').count())),
    }
}
