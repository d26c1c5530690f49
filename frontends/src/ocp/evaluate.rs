//! Evaluates a file of the old language: what it sets, and the packages that it describes.

mod condition;
mod expression;

use std::rc::Rc;

use super::env::Env;
use super::files::Place;
use super::parse;
use super::project::{Description, Enough, Include, Project, dirname};
use super::scope::Scope;
use super::substitute::substitute;
use super::syntax::{Expression, Statement, Word};
use super::value::{Items, Text, Value};
use crate::suggest;

/// Options that stand for several.
const GROUPS: [(&str, &[&str]); 7] = [
    ("o", &["dep", "bytecomp", "bytelink", "asmcomp", "asmlink"]),
    ("oc", &["bytecomp", "bytelink", "asmcomp", "asmlink"]),
    ("byte", &["bytecomp", "bytelink"]),
    ("asm", &["asmcomp", "asmlink"]),
    ("comp", &["bytecomp", "asmcomp"]),
    ("link", &["bytelink", "asmlink"]),
    ("debugflag", &["debugflag", "asmdebug", "bytedebug"]),
];

/// Evaluates a file in the environment of the files above it, and gives back what holds behind it. Each statement
/// goes when it is done: what the next ones give takes its room.
pub(super) fn file(project: &mut Project<'_>, file: u32, env: &Env) -> Env {
    let mut env = env.clone();
    let Some(statements) = project.parsed(file, parse::parse) else { return env };
    let mut evaluator = Evaluator { project, file };
    for statement in statements {
        // Where the budget is spent, that was said.
        if evaluator.statement(&statement, &mut env, None).is_err() {
            break;
        }
    }
    env
}

pub(super) struct Evaluator<'a, 'b> {
    pub(super) project: &'a mut Project<'b>,
    pub(super) file: u32,
}

impl Evaluator<'_, '_> {
    pub(super) fn place(&self, at: usize) -> Place {
        Place::new(self.file, at)
    }

    pub(super) fn error(&mut self, at: usize, message: impl Into<String>, help: impl Into<String>) {
        let place = self.place(at);
        self.project.error(place, message, help);
    }

    fn statements(
        &mut self,
        statements: &[Statement],
        env: &mut Env,
        around: Option<&Scope<'_>>,
    ) -> Result<(), Enough> {
        self.project.enter(self.place(0))?;
        let mut done = Ok(());
        for statement in statements {
            done = self.statement(statement, env, around);
            if done.is_err() {
                break;
            }
        }
        self.project.leave();
        done
    }

    /// Evaluates a statement in `env`, which it may change; `around` has what is looked at besides.
    fn statement(
        &mut self,
        statement: &Statement,
        env: &mut Env,
        around: Option<&Scope<'_>>,
    ) -> Result<(), Enough> {
        match statement {
            Statement::Set { name, append, value } => {
                let found = self.expression(value, &Scope::new(env, around))?;
                self.set(name, *append, &found, env, around)
            }
            Statement::If { condition, then, otherwise } => {
                let holds = self.condition(condition, &Scope::new(env, around))?;
                self.statements(if holds { then } else { otherwise }, env, around)
            }
            Statement::Block(inside) => self.statements(inside, &mut env.clone(), around),
            Statement::Package { kind, name, body } => {
                let name = self.text(name, &Scope::new(env, around))?;
                let mut options = env.clone();
                self.statements(body, &mut options, around)?;
                if let Some(name) = name {
                    let file = self.file;
                    let described = Description { kind: *kind, name, file, options };
                    self.project.descriptions.push(described);
                }
                Ok(())
            }
            Statement::Config { name, options } => {
                if let Some(name) = self.text(name, &Scope::new(env, around))? {
                    self.project.configs.insert(name.text, (self.file, options.clone()));
                }
                Ok(())
            }
            Statement::Use(name) => self.options_by_name(name, env, around),
            Statement::Include { file, then, otherwise } => {
                let at = file.at;
                let Some(name) = self.text(file, &Scope::new(env, around))? else { return Ok(()) };
                match self.include(&name, at, env)? {
                    Some(true) => self.statements(then, env, around),
                    Some(false) => self.statements(otherwise, env, around),
                    None => Ok(()),
                }
            }
        }
    }

    /// Evaluates the options that have a name.
    fn options_by_name(
        &mut self,
        name: &Expression,
        env: &mut Env,
        around: Option<&Scope<'_>>,
    ) -> Result<(), Enough> {
        let at = name.at;
        let Some(name) = self.text(name, &Scope::new(env, around))? else { return Ok(()) };
        let Some((file, options)) = self.project.configs.get(&name.text).cloned() else {
            let known: Vec<Rc<str>> = self.project.configs.keys().cloned().collect();
            let help = suggest::help(&name.text, known.iter().map(|name| &**name), || {
                format!("describe it above with `begin config \"{}\" ... end`", name.text)
            });
            self.error(at, format!("there are no options called `{}`", name.text), help);
            return Ok(());
        };
        let own = std::mem::replace(&mut self.file, file);
        let done = self.statements(&options, env, around);
        self.file = own;
        done
    }

    /// Evaluates another file in this environment; `false` where there is none, and nothing where it cannot
    /// be included, which was said.
    fn include(&mut self, name: &Text, at: usize, env: &mut Env) -> Result<Option<bool>, Enough> {
        let name = self.substituted(&name.text, env);
        let place = self.place(at);
        let file = match self.project.include(&dirname(env), &name, place)? {
            Include::File(file) => file,
            Include::Missing => return Ok(Some(false)),
            Include::Wrong => return Ok(None),
        };
        if name.ends_with(".ocp") {
            self.project.warn(
                place,
                format!("`{name}` is read once more on its own, as it ends in `.ocp`"),
                "give files for `include` another ending, such as `.ocpinc`",
            );
        }
        let mut done = Ok(());
        if let Some(statements) = self.project.parsed(file, parse::parse) {
            let own = std::mem::replace(&mut self.file, file);
            done = self.statements(&statements, env, None);
            self.file = own;
        }
        self.project.included();
        done.map(|()| Some(true))
    }

    /// A text with the values of plain variables in it.
    fn substituted(&self, text: &str, env: &Env) -> String {
        substitute(text, &mut |name| {
            let value = env.get(name).or_else(|| self.project.globals.get(name))?;
            value.joined(" ")
        })
    }

    fn set(
        &mut self,
        name: &Word,
        append: bool,
        value: &Value,
        env: &mut Env,
        around: Option<&Scope<'_>>,
    ) -> Result<(), Enough> {
        let place = self.place(name.at);
        let group = GROUPS.iter().find(|(group, _)| **group == *name.text);
        let Some((_, names)) = group else {
            return self.set_one(name.text.clone(), append, value, env, around, place);
        };
        for name in *names {
            self.set_one((*name).into(), append, value, env, around, place)?;
        }
        Ok(())
    }

    fn set_one(
        &mut self,
        name: Rc<str>,
        append: bool,
        value: &Value,
        env: &mut Env,
        around: Option<&Scope<'_>>,
        place: Place,
    ) -> Result<(), Enough> {
        self.project.spend(1, place)?;
        if !append {
            env.set(name, value.clone());
            return Ok(());
        }
        let before = match env.take(&name) {
            Some(own) => Some(own),
            None => around
                .and_then(|scope| scope.get(&name))
                .or_else(|| self.project.globals.get(&name))
                .cloned(),
        };
        let before = before.unwrap_or_else(|| {
            self.project.error(
                place,
                format!("`{name}` has no value yet that something could be added to"),
                format!("write `{name} = ...` here, or set it before"),
            );
            Value::empty()
        });
        let sum = self.flat([before, value.clone()], place)?;
        env.set(name, Value::List(sum));
        Ok(())
    }

    /// One list of several values, the items of those that are lists in their place.
    fn flat(
        &mut self,
        values: impl IntoIterator<Item = Value>,
        place: Place,
    ) -> Result<Items, Enough> {
        let mut all = Items::default();
        for value in values {
            match value {
                // The first list goes on where it is.
                Value::List(items) if all.is_empty() => {
                    if items.is_shared() {
                        self.project.spend(items.len(), place)?;
                    }
                    all = items;
                }
                Value::List(items) => {
                    self.project.spend(items.len(), place)?;
                    all.append(items);
                }
                other => all.push(other),
            }
        }
        self.project.spend(1, place)?;
        Ok(all)
    }
}
