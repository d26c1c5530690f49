//! What packages need: libraries of the project, installed ones, and the folders of either in texts.

use hashbrown::HashSet;

use super::super::project::Description;
use super::super::substitute::substitute;
use super::super::syntax::Kind;
use super::super::value::{Text, Value};
use super::Translator;
use super::names::Role;
use crate::package::{About, Compiled, Depend, Tool};

impl Translator<'_> {
    /// What a package needs: libraries of the project, and installed ones.
    pub(super) fn depends(&mut self, described: &Description, compiled: &mut Compiled) {
        let requires =
            described.options.get("requires").and_then(Value::elements).unwrap_or_default();
        // Lists may be long: whether something is there already is not looked for in the model.
        let mut seen = HashSet::with_capacity(requires.len());
        let mut depends = Vec::with_capacity(requires.len());
        for (name, options) in requires {
            let linked = |default| options.get("tolink").map_or(default, Value::holds);
            let depend = match self.names.role(&name.text) {
                Some(Role::Section(Kind::Library | Kind::Objects)) if linked(true) => {
                    Depend::Internal(name.text.to_string())
                }
                Some(Role::Section(Kind::Program)) => {
                    if seen.insert(name.text.clone()) {
                        compiled.tools.push(Tool::Internal(name.text.to_string()));
                    }
                    continue;
                }
                // A program that is there is found when it is run.
                Some(Role::Installed) if self.names.is_program_there(&name.text) => continue,
                Some(Role::Installed) | None if linked(true) => {
                    let optional = options.get("optional").is_some_and(Value::holds);
                    if optional && self.names.installed(&name.text).is_none() {
                        continue;
                    }
                    Depend::Findlib { name: name.text.to_string(), constraint: None }
                }
                _ => {
                    if options.get("externals_only").is_some_and(Value::holds) {
                        let message =
                            format!("`externals_only` of `{}` is without effect", name.text);
                        let help = "what is not linked is not seen: require it without `tolink`";
                        self.warn(name.place, message, help);
                    }
                    continue;
                }
            };
            self.says(described, About::Depend, &name);
            if seen.insert(name.text.clone()) {
                depends.push(depend);
            }
        }
        compiled.depends = depends.into();
    }

    /// The programs of the project that are needed before a package is preprocessed or compiled.
    pub(super) fn needed_before(&mut self, described: &Description, compiled: &mut Compiled) {
        for option in ["pp_requires", "comp_requires"] {
            let words = described.options.get(option).and_then(Value::words).unwrap_or_default();
            for word in words {
                let name = word.text.split(':').next().unwrap_or_default();
                match self.names.program(name).map(str::to_owned) {
                    Some(program) => {
                        let tool = Tool::Internal(program);
                        compiled.inputs.tool(tool.clone());
                        if !compiled.tools.contains(&tool) {
                            compiled.tools.push(tool);
                        }
                    }
                    // What is there needs no waiting for, and libraries come before those that require them.
                    None if self.names.role(name).is_some() => {}
                    None => {
                        let message = format!("`{option}` names `{name}`, which is no package");
                        self.error(word.place, message, "write `\"NAME:byte\"` of a package");
                    }
                }
            }
        }
    }

    /// A text with what it names of packages replaced.
    pub(super) fn substituted(&mut self, text: &Text) -> String {
        let names = &mut self.names;
        let mut unknown = Vec::new();
        let out = substitute(&text.text, &mut |name| {
            let found = names.value(name);
            if found.is_none() {
                unknown.push(name.to_owned());
            }
            found
        });
        for name in unknown {
            self.error(
                text.place,
                format!("`%{{{name}}}%` is not known"),
                "`%{NAME_SRC_DIR}%` is the folder of a package's sources, `%{NAME_DST_DIR}%/NAME.byte` a program of the project, `%{OCAMLLIB}%` the compiler's library",
            );
        }
        out
    }
}
