//! The command `%%subst` of rules: a file with texts in the place of the names in it.

use std::collections::HashMap;

use super::super::env::Env;
use super::super::project::{self, Description};
use super::super::substitute::substitute;
use super::super::value::{Text, Value};
use super::Translator;
use super::options::Options;
use super::rules::{Draft, seen_from};
use crate::ocaml::rules::shell;
use crate::package::Command;

/// What the stock tool does itself where a command has one of these names.
const REFUSED: [&str; 2] = ["%%loaddeps", "%%config_make2ocp"];

impl Translator<'_> {
    /// A command that is no program.
    pub(super) fn own_command(
        &mut self,
        described: &Description,
        named: &Text,
        options: &Env,
        own: &Env,
        draft: &mut Draft<'_>,
    ) -> Option<Command> {
        if &*named.text == "%%subst" {
            return self.subst(described, named, options, own, draft);
        }
        let message = match REFUSED.contains(&&*named.text) {
            true => format!("`{}` is not supported", named.text),
            false => format!("`{}` is no command", named.text),
        };
        let help = "write a command between braces: `{ \"program\" \"argument\" }`";
        self.error(named.place, message, help);
        None
    }

    /// Writes a file with every `%{name}%` of another one replaced that is among the substitutions. What
    /// stands in the source tree is read at once, and again when it changes.
    fn subst(
        &mut self,
        described: &Description,
        named: &Text,
        options: &Env,
        own: &Env,
        draft: &mut Draft<'_>,
    ) -> Option<Command> {
        let globals = self.globals.clone();
        let around = Options::of_file(own, &described.options, &globals);
        let option = |name: &str| options.get(name).or_else(|| around.get(name));
        let path = |name: &str, default: String| {
            let text = option(name).and_then(|value| value.joined("/")).unwrap_or(default);
            Text::new(text, named.place)
        };
        let to = path("to_file", draft.file.to_owned());
        let from = path("from_file", format!("{}.in", draft.file));
        let (to_path, from_path) = (self.word(&to, draft.file)?, self.word(&from, draft.file)?);
        let to_path = self.output(draft.folder, &to_path, &to)?;
        let Some(from_path) = project::inside(draft.folder, &from_path) else {
            self.leads_out(named.place, &from_path);
            return None;
        };
        let Some(listed) = option("substitutions").and_then(Value::elements) else {
            let help =
                "write `\"%%subst\" ( substitutions = [ \"name\" ( with_string = \"text\" ) ] )`";
            self.error(named.place, "`%%subst` has no `substitutions`", help);
            return None;
        };
        let mut texts: HashMap<String, String> = HashMap::new();
        for (name, its) in listed {
            let with = its.get("with_string").or_else(|| option("with_string"));
            let Some(with) = with.and_then(|value| value.joined(" ")) else {
                let message = format!("`{}` has no `with_string`", name.text);
                let help = format!("write `\"{}\" ( with_string = \"text\" )`", name.text);
                self.error(name.place, message, help);
                return None;
            };
            let with = self.filled(&Text::new(with, name.place), draft.file);
            texts.insert(name.text.to_string(), with);
        }
        let Some(content) = self.tree.read(&from_path) else {
            let message = format!("there is no file `{from_path}`");
            self.error(named.place, message, "write it: what rules make cannot be read here");
            return None;
        };
        let content = String::from_utf8(content).ok().filter(|text| !text.contains('\0'));
        let Some(content) = content else {
            let help = "let a program of yours replace what is in it";
            self.error(named.place, format!("`{from_path}` is no text"), help);
            return None;
        };
        let text = substitute(&content, &mut |name| texts.get(name).cloned());
        let name = seen_from(draft.folder, &to_path);
        draft.output(to_path);
        // Nothing that looks like a variable of the model is one.
        let text = shell(&text).replace("${", "$''{");
        Some(Command::shell(format!("printf %s {text} > {}", shell(&name))))
    }
}
