//! Statements for the commands with which a package makes single files.

use crate::package::{Action, Command, Run, Tool};

use super::error::OcamlError;
use super::making::Making;
use super::rules::{Rules, Statement, escape, plain, shell};
use super::script::Scripts;
use super::sources::{Sources, clean, join, name_of};

impl Making {
    /// Adds what every action makes; gives back what of it is wanted for itself.
    pub(super) fn actions(
        &mut self,
        actions: &[Action],
        sources: &mut Sources,
        rules: &mut Rules,
        scripts: &Scripts<'_>,
    ) -> Result<Vec<String>, OcamlError> {
        let mut wanted = Vec::new();
        for (number, action) in actions.iter().enumerate() {
            let outputs: Vec<String> =
                action.outputs.iter().map(|output| self.place(output)).collect();
            let Some((first, others)) = outputs.split_first() else { continue };
            let mut inputs = Vec::new();
            for input in &action.inputs {
                let input = clean(input);
                if !self.is_output(&input) {
                    if !sources.root().join(&input).is_file() {
                        let source_file = named(action);
                        return Err(OcamlError::NoPart { source_file, file: input });
                    }
                    self.copy(rules, &input);
                }
                inputs.push(self.place(&input));
            }
            let texts: Vec<String> =
                action.commands.iter().map(|command| self.text(action, command)).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let mut programs = scripts.named(&texts);
            for tool in &action.tools {
                if let Tool::Internal(name) = tool {
                    programs.extend(scripts.path(name));
                }
            }
            programs.sort();
            programs.dedup();
            let script = join(
                self.scripts(),
                &format!("action-{number}-{}.sh", plain(name_of(&action.outputs[0]))),
            );
            self.add_file(&script, scripts.script("", &texts));
            rules.rule("action", "sh $in", "$what", &[]);
            rules.add(
                Statement::new("action", first)
                    .also(others.iter().cloned())
                    .input(script)
                    .implicit(inputs)
                    .implicit(programs)
                    .implicit(scripts.done())
                    .bind("what", escape(&named(action))),
            );
            if action.wanted {
                wanted.extend(outputs);
            }
        }
        Ok(wanted)
    }

    /// A command as the script has it: it goes to its folder among the copies first.
    fn text(&self, action: &Action, command: &Command) -> String {
        let folder = command.folder.as_ref().unwrap_or(&action.folder);
        let folder = self.place(&clean(folder));
        let folder = format!("\"$root\"/{}", shell(folder.trim_end_matches('/')));
        let run = match &command.run {
            Run::Shell(text) => text.trim_end().to_owned(),
            Run::Words(words) => {
                words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
            }
        };
        let pipes = [("<", &command.stdin), (">", &command.stdout), ("2>", &command.stderr)];
        let pipes: String = pipes
            .into_iter()
            .filter_map(|(sign, file)| Some(format!(" {sign} {}", shell(file.as_ref()?))))
            .collect();
        let run = if pipes.is_empty() { run } else { format!("{{ {run}\n}}{pipes}") };
        format!("mkdir -p {folder} && cd {folder} || exit 1\n{run}\n")
    }
}

/// A word; one that is nothing but a variable may become a program of the package, which is quoted where it
/// is put in.
fn quoted(word: &str) -> String {
    let inner = word.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    match inner {
        Some(name) if !name.contains(['$', '{', '}']) => word.to_owned(),
        _ => shell(word),
    }
}

/// What messages call an action.
fn named(action: &Action) -> String {
    action.description.clone().unwrap_or_else(|| format!("make {}", action.outputs.join(" ")))
}
