//! Evaluates a file of the old language: what it sets, and the packages that it describes.

use super::files::Place;
use super::parse;
use super::primitives;
use super::project::{Description, Enough, Project, dirname};
use super::substitute::substitute;
use super::syntax::{Comparison, Condition, Expression, Form, Statement, Word};
use super::value::{self, Env, Items, Text, Value};
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

/// Files may include each other this deeply.
const INCLUDES: usize = 20;

/// Reads a file that was found or included; `None` where it is wrong, which is said.
fn parsed(project: &mut Project<'_>, file: u32) -> Option<Vec<Statement>> {
    let parse::Parsed { statements, errors, warnings } = parse::parse(project.files.content(file));
    for found in warnings {
        project.warn(Place::new(file, found.at), found.message, found.help);
    }
    let right = errors.is_empty();
    for found in errors {
        project.error(Place::new(file, found.at), found.message, found.help);
    }
    right.then_some(statements)
}

/// Evaluates a file in the environment of the files above it, and gives back what holds behind it.
pub(super) fn file(project: &mut Project<'_>, file: u32, env: &Env) -> Env {
    let mut env = env.clone();
    let Some(statements) = parsed(project, file) else { return env };
    let mut evaluator = Evaluator { project, file, includes: Vec::new() };
    // Where the budget is spent, that was said.
    let _ = evaluator.statements(&statements, &mut env, &[]);
    env
}

pub(super) struct Evaluator<'a, 'b> {
    pub(super) project: &'a mut Project<'b>,
    pub(super) file: u32,
    includes: Vec<String>,
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
        around: &[&Env],
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
        around: &[&Env],
    ) -> Result<(), Enough> {
        match statement {
            Statement::Set { name, append, value } => {
                let found = self.expression(value, &with(env, around))?;
                self.set(name, *append, &found, env, around)
            }
            Statement::If { condition, then, otherwise } => {
                let holds = self.condition(condition, &with(env, around))?;
                self.statements(if holds { then } else { otherwise }, env, around)
            }
            Statement::Block(inside) => self.statements(inside, &mut env.clone(), around),
            Statement::Package { kind, name, body } => {
                let name = self.text(name, &with(env, around))?;
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
                if let Some(name) = self.text(name, &with(env, around))? {
                    let named = (self.file, options.clone());
                    self.project.configs.insert(name.text.to_string(), named);
                }
                Ok(())
            }
            Statement::Use(name) => {
                let at = name.at;
                let Some(name) = self.text(name, &with(env, around))? else { return Ok(()) };
                let Some((file, options)) = self.project.configs.get(&*name.text).cloned() else {
                    let known: Vec<String> = self.project.configs.keys().cloned().collect();
                    let help = suggest::help(&name.text, known.iter().map(String::as_str), || {
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
            Statement::Include { file, then, otherwise } => {
                let at = file.at;
                let Some(name) = self.text(file, &with(env, around))? else { return Ok(()) };
                if self.include(&name, at, env)? {
                    self.statements(then, env, around)
                } else {
                    self.statements(otherwise, env, around)
                }
            }
        }
    }

    /// Evaluates another file in this environment, where there is such a file.
    fn include(&mut self, name: &Text, at: usize, env: &mut Env) -> Result<bool, Enough> {
        let name = self.substituted(&name.text, env);
        let (place, folder) = (self.place(at), dirname(env));
        let Some(path) = self.project.inside(&folder, &name, place) else { return Ok(false) };
        if self.includes.contains(&path) || self.includes.len() == INCLUDES {
            self.error(at, format!("`{name}` includes itself"), "remove one of the two");
            return Ok(false);
        }
        let Some(content) = self.project.tree.read(&path) else { return Ok(false) };
        if name.ends_with(".ocp") {
            self.project.warn(
                place,
                format!("`{name}` is read once more on its own, as it ends in `.ocp`"),
                "give files for `include` another ending, such as `.ocpinc`",
            );
        }
        self.project.spend(content.len(), place)?;
        let file = self.project.files.add(&path, content);
        let Some(statements) = parsed(self.project, file) else { return Ok(true) };
        let own = std::mem::replace(&mut self.file, file);
        self.includes.push(path);
        let done = self.statements(&statements, env, &[]);
        self.includes.pop();
        self.file = own;
        done.map(|()| true)
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
        around: &[&Env],
    ) -> Result<(), Enough> {
        let place = self.place(name.at);
        let one = [name.text.as_str()];
        let group = GROUPS.iter().find(|(group, _)| *group == name.text);
        for name in group.map_or(&one[..], |(_, names)| names) {
            self.project.spend(env.cost(), place)?;
            if !append {
                env.set(name, value.clone());
                continue;
            }
            let before = match env.take(name) {
                Some(own) => Some(own),
                None => around
                    .iter()
                    .find_map(|env| env.get(name))
                    .or_else(|| self.project.globals.get(name))
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
        }
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
                    items.iter().for_each(|item| all.push(item.clone()));
                }
                other => all.push(other),
            }
        }
        self.project.spend(1, place)?;
        Ok(all)
    }

    fn condition(&mut self, condition: &Condition, envs: &[&Env]) -> Result<bool, Enough> {
        self.project.enter(self.place(0))?;
        let found = self.asked(condition, envs);
        self.project.leave();
        found
    }

    fn asked(&mut self, condition: &Condition, envs: &[&Env]) -> Result<bool, Enough> {
        match condition {
            Condition::Any(all) => {
                for one in all {
                    if self.condition(one, envs)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Condition::All(all) => {
                for one in all {
                    if !self.condition(one, envs)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Condition::Not(inner) => Ok(!self.condition(inner, envs)?),
            Condition::Holds(expression) => {
                // What has no value is false, and no mistake.
                if let Form::Variable(name) = &expression.form
                    && self.variable(name, envs).is_none()
                {
                    return Ok(false);
                }
                Ok(self.expression(expression, envs)?.holds())
            }
            Condition::Compare(how, both) => {
                let (left, right) = (&both.0, &both.1);
                let one = self.expression(left, envs)?;
                let two = self.expression(right, envs)?;
                if *how == Comparison::Equal {
                    return Ok(one.same(&two));
                }
                let Ok(order) = one.compare(&two) else {
                    let message = format!("{} cannot be compared with {}", one.kind(), two.kind());
                    self.error(
                        left.at,
                        message,
                        "compare a text with a text, such as `ocaml_version >= \"4.01\"`",
                    );
                    return Ok(false);
                };
                Ok(match how {
                    Comparison::Equal => order.is_eq(),
                    Comparison::Less => order.is_lt(),
                    Comparison::LessOrEqual => order.is_le(),
                    Comparison::Greater => order.is_gt(),
                    Comparison::GreaterOrEqual => order.is_ge(),
                })
            }
        }
    }

    fn variable(&self, name: &str, envs: &[&Env]) -> Option<Value> {
        let found = envs.iter().find_map(|env| env.get(name));
        found.or_else(|| self.project.globals.get(name)).cloned()
    }

    /// The value of an expression; what is wrong in it was said and counts as an empty list.
    pub(super) fn expression(
        &mut self,
        expression: &Expression,
        envs: &[&Env],
    ) -> Result<Value, Enough> {
        let place = self.place(expression.at);
        self.project.spend(1, place)?;
        self.project.enter(place)?;
        let found = self.form(&expression.form, expression.at, envs);
        self.project.leave();
        let found = found?;
        if found.depth() > value::DEPTH {
            self.error(
                expression.at,
                "values are nested too deeply here",
                "look for a value that holds itself",
            );
            return Ok(Value::empty());
        }
        Ok(found)
    }

    fn form(&mut self, form: &Form, at: usize, envs: &[&Env]) -> Result<Value, Enough> {
        let place = self.place(at);
        match form {
            Form::Text(text) => Ok(Value::text_at(text, place)),
            Form::Bool(value) => Ok(Value::Bool(*value)),
            Form::Variable(name) => Ok(self.variable(name, envs).unwrap_or_else(|| {
                self.undefined(name, at, envs);
                Value::empty()
            })),
            Form::List(list) => Ok(Value::List(self.list(list, envs, place)?)),
            Form::Command(words) => {
                let mut command = Env::default();
                command.set("type", Value::text("%list"));
                command.set("value", Value::List(self.list(words, envs, place)?));
                Ok(Value::list([Value::with(Value::text_at("", place), command)]))
            }
            Form::With(inner, options) => {
                let mut value = self.expression(inner, envs)?;
                for options in options {
                    value = self.with_options(&value, options, envs, place)?;
                }
                Ok(value)
            }
            Form::Primitive(name, options) => {
                let mut own = Env::default();
                self.statements(options, &mut own, envs)?;
                primitives::call(self, name, at, &own, envs)
            }
            Form::Pack { module, options, files } => {
                let mut own = Env::default();
                self.statements(options, &mut own, envs)?;
                let files = self.list(files, envs, place)?;
                let name = Value::with(Value::text_at(&module.text, self.place(module.at)), own);
                let place = self.place(module.at);
                Ok(primitives::pack(self.project, &name, &Value::List(files), place))
            }
        }
    }

    fn list(&mut self, list: &[Expression], envs: &[&Env], place: Place) -> Result<Items, Enough> {
        let mut values = Vec::with_capacity(list.len());
        for expression in list {
            values.push(self.expression(expression, envs)?);
        }
        self.flat(values, place)
    }

    /// Gives each element of a value more options.
    fn with_options(
        &mut self,
        value: &Value,
        options: &[Statement],
        envs: &[&Env],
        place: Place,
    ) -> Result<Value, Enough> {
        let items = match value {
            Value::List(items) => items.clone(),
            other => {
                return self.one_with_options(other, options, envs, place);
            }
        };
        let mut out = Items::default();
        for item in items.iter() {
            out.push(self.one_with_options(item, options, envs, place)?);
        }
        Ok(Value::List(out))
    }

    fn one_with_options(
        &mut self,
        value: &Value,
        options: &[Statement],
        envs: &[&Env],
        place: Place,
    ) -> Result<Value, Enough> {
        self.project.spend(1, place)?;
        let (value, mut own) = match value {
            Value::Tuple(items) => match (items.get(0), items.get(1), items.len()) {
                (Some(value), Some(Value::Object(own)), 2) => (value.clone(), own.clone()),
                _ => (value.clone(), Env::default()),
            },
            other => (other.clone(), Env::default()),
        };
        self.statements(options, &mut own, envs)?;
        Ok(Value::with(value, own))
    }

    /// An expression that has to be one text.
    fn text(&mut self, expression: &Expression, envs: &[&Env]) -> Result<Option<Text>, Enough> {
        let value = self.expression(expression, envs)?;
        match value.elements().as_deref() {
            Some([(text, _)]) => Ok(Some(text.clone())),
            // That a variable has no value was said.
            Some([]) if matches!(expression.form, Form::Variable(_)) => Ok(None),
            _ => {
                let message = format!("{}, where one text should be", value.kind());
                self.error(expression.at, message, "write a text in quotes");
                Ok(None)
            }
        }
    }

    fn undefined(&mut self, name: &str, at: usize, envs: &[&Env]) {
        if self.project.messages.is_full() {
            return;
        }
        let known: Vec<String> = envs
            .iter()
            .flat_map(|env| env.iter())
            .chain(self.project.globals.iter())
            .map(|(name, _)| name.to_owned())
            .collect();
        let help = suggest::help(name, known.iter().map(String::as_str), || {
            "set it before, or put it in quotes where it is a text; files in the folders above may set it as well"
                .to_owned()
        });
        self.error(at, format!("variable `{name}` has no value"), help);
    }
}

/// The environments that names are looked up in.
fn with<'a>(env: &'a Env, around: &[&'a Env]) -> Vec<&'a Env> {
    let mut envs = vec![env];
    envs.extend(around);
    envs
}
