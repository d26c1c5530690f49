//! Evaluates the newer language, within the budget of its project.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::files::Place;
use super::super::project::{Enough, Project, dirname};
use super::super::substitute::substitute;
use super::super::value::{self, Env, Items, Value};
use super::tree::{Expression, Form, Function, Link, Statement};
use super::{library, parse, primitives};
use crate::suggest;

/// Files may include each other this deeply.
const INCLUDES: usize = 20;

/// The functions of a project's files, and what they keep.
#[derive(Debug, Default)]
pub(in crate::ocp) struct Functions {
    closures: Vec<Closure>,
    /// What `store_set` keeps.
    pub(super) store: Env,
    /// Modules that files offer: the version, and what makes the module.
    pub(super) modules: BTreeMap<String, (String, Module)>,
}

/// A module that may be asked for.
#[derive(Clone, Debug)]
pub(super) enum Module {
    /// It is this value; a function gives it when it is asked for first.
    Offered(Value),
    /// It is being made.
    Making,
    /// It is this value.
    Made(Value),
}

#[derive(Clone, Debug)]
struct Closure {
    function: Rc<Function>,
    env: Env,
    file: u32,
}

/// Why evaluation does not go on with what follows.
pub(super) enum Leave {
    /// The function is left with this value.
    Return(Value),
    /// An exception: its name, what comes with it, and where.
    Raise(&'static str, Value, Place),
    /// An exception of the manifest's own.
    RaiseNamed(String, Value, Place),
    /// The project was given up, which was said.
    Enough,
}

impl From<Enough> for Leave {
    fn from(Enough: Enough) -> Self {
        Self::Enough
    }
}

pub(super) type Result<T> = std::result::Result<T, Leave>;

/// Evaluates the statements of a file, and says what nothing catches.
pub(in crate::ocp) fn run(
    project: &mut Project<'_>,
    functions: &mut Functions,
    file: u32,
    statements: &[Statement],
    env: &mut Env,
) {
    let mut machine = Machine { project, functions, file, includes: Vec::new() };
    match machine.statements(statements, env) {
        Ok(()) | Err(Leave::Return(_) | Leave::Enough) => {}
        Err(Leave::Raise(name, value, place)) => machine.uncaught(name, &value, place),
        Err(Leave::RaiseNamed(name, value, place)) => machine.uncaught(&name, &value, place),
    }
}

pub(super) struct Machine<'a, 'b> {
    pub(super) project: &'a mut Project<'b>,
    pub(super) functions: &'a mut Functions,
    pub(super) file: u32,
    includes: Vec<String>,
}

impl Machine<'_, '_> {
    pub(super) fn place(&self, at: usize) -> Place {
        Place::new(self.file, at)
    }

    /// Says what is wrong where nothing catches an exception.
    fn uncaught(&mut self, name: &str, value: &Value, place: Place) {
        let text = match value {
            Value::Text(text) => text.text.to_string(),
            other => other.shown(),
        };
        let (message, help) = match name {
            "unknown-variable" => {
                let known: Vec<String> =
                    self.project.globals.iter().map(|(name, _)| name.to_owned()).collect();
                let known = known.iter().map(String::as_str).chain(primitives::NAMES);
                let help = suggest::help(&text, known, || {
                    "set it before; files in the folders above may set it as well".to_owned()
                });
                (format!("variable `{text}` has no value"), help)
            }
            "unknown-field" => {
                (format!("there is no field `{text}` in this record"), "set it before".to_owned())
            }
            "type-error" => (text, "look at the values that stand here".to_owned()),
            _ => (
                format!("exception `{name}`: {text}"),
                format!("catch it: `try {{ ... }} catch(\"{name}\", x) {{ ... }}`"),
            ),
        };
        self.project.error(place, message, help);
    }

    /// A value of the wrong kind.
    pub(super) fn wrong<T>(&self, place: Place, wanted: &str, found: &Value) -> Result<T> {
        let message = format!("{}, where {wanted} should be", found.kind());
        Err(Leave::Raise("type-error", Value::text(&message), place))
    }

    fn statements(&mut self, statements: &[Statement], env: &mut Env) -> Result<()> {
        self.project.enter(self.place(0))?;
        let mut done = Ok(());
        for statement in statements {
            done = self.statement(statement, env);
            if done.is_err() {
                break;
            }
        }
        self.project.leave();
        done
    }

    fn statement(&mut self, statement: &Statement, env: &mut Env) -> Result<()> {
        match statement {
            Statement::Assign(target, operator, value) => {
                let value = self.expression(value, env)?;
                self.assign(target, *operator, value, env)
            }
            Statement::Do(expression) => self.expression(expression, env).map(|_| ()),
            Statement::Return(value, _) => Err(Leave::Return(match value {
                Some(value) => self.expression(value, env)?,
                None => Value::Object(Env::default()),
            })),
            Statement::Import(value) => match self.expression(value, env)? {
                Value::Object(fields) => {
                    for (name, value) in fields.iter() {
                        self.project.spend(env.cost(), self.place(0))?;
                        env.set(name, value.clone());
                    }
                    Ok(())
                }
                other => self.wrong(self.place(value.at), "a record", &other),
            },
            Statement::Include(file, otherwise) => self.include(file, otherwise, env),
            Statement::If(branches, otherwise) => {
                for (condition, body) in branches {
                    match self.expression(condition, env)? {
                        Value::Bool(true) => return self.statements(body, env),
                        Value::Bool(false) => {}
                        other => return self.wrong(self.place(condition.at), "a boolean", &other),
                    }
                }
                self.statements(otherwise, env)
            }
            Statement::Sequence(inside) => self.statements(inside, env),
            Statement::Block(inside) => self.statements(inside, &mut env.clone()),
            Statement::Try(body, catches) => {
                let before = env.clone();
                let (name, value, place) = match self.statements(body, env) {
                    Err(Leave::Raise(name, value, place)) => (name.to_owned(), value, place),
                    Err(Leave::RaiseNamed(name, value, place)) => (name, value, place),
                    other => return other,
                };
                let Some(catch) = catches.iter().find(|catch| catch.name == name) else {
                    return Err(Leave::RaiseNamed(name, value, place));
                };
                *env = before;
                env.set(&catch.variable, value);
                self.statements(&catch.body, env)
            }
            Statement::For(variable, range, body) => self.each(variable, range, body, env),
        }
    }

    fn each(
        &mut self,
        variable: &str,
        range: &Expression,
        body: &[Statement],
        env: &mut Env,
    ) -> Result<()> {
        let place = self.place(range.at);
        let values = self.expression(range, env)?;
        if let Value::List(items) = &values {
            for item in items.iter() {
                self.project.spend(env.cost(), place)?;
                env.set(variable, item.clone());
                self.statements(body, env)?;
            }
            return Ok(());
        }
        let Value::Tuple(items) = &values else {
            return self.wrong(place, "a list or a range", &values);
        };
        let numbers: Option<Vec<i64>> = items
            .iter()
            .map(|item| match item {
                Value::Int(number) => Some(*number),
                _ => None,
            })
            .collect();
        let (mut number, step, last) = match numbers.as_deref() {
            Some([first, last]) => (*first, 1, *last),
            Some([first, step, last]) => (*first, *step, *last),
            _ => return self.wrong(place, "a list or a range", &values),
        };
        while number <= last {
            self.project.spend(env.cost(), place)?;
            env.set(variable, Value::Int(number));
            self.statements(body, env)?;
            number = number.saturating_add(step);
            if number == i64::MAX {
                break;
            }
        }
        Ok(())
    }

    fn include(&mut self, file: &Expression, otherwise: &[Statement], env: &mut Env) -> Result<()> {
        let place = self.place(file.at);
        let name = match self.expression(file, env)? {
            Value::Text(text) => text.text,
            other => return self.wrong(place, "the name of a file", &other),
        };
        let name = substitute(&name, &mut |name| env.get(name)?.joined(" "));
        let Some(path) = self.project.inside(&dirname(env), &name, place) else { return Ok(()) };
        if self.includes.contains(&path) || self.includes.len() == INCLUDES {
            self.project.error(place, format!("`{name}` includes itself"), "remove one of the two");
            return Ok(());
        }
        let Some(content) = self.project.tree.read(&path) else {
            return self.statements(otherwise, env);
        };
        self.project.spend(content.len(), place)?;
        let (statements, errors) = parse::parse(&content);
        let included = self.project.files.add(&path, content);
        if !errors.is_empty() {
            for found in errors {
                self.project.error(Place::new(included, found.at), found.message, found.help);
            }
            return Ok(());
        }
        let own = std::mem::replace(&mut self.file, included);
        self.includes.push(path);
        let done = self.statements(&statements, env);
        self.includes.pop();
        self.file = own;
        done
    }

    fn assign(
        &mut self,
        target: &Expression,
        operator: Option<&'static str>,
        value: Value,
        env: &mut Env,
    ) -> Result<()> {
        let place = self.place(target.at);
        self.project.spend(env.cost(), place)?;
        let (name, links) = match &target.form {
            Form::Variable(name) => (name, &[][..]),
            Form::Chain(base, links) => match &base.form {
                Form::Variable(name) => (name, links.as_slice()),
                _ => return Ok(()),
            },
            _ => return Ok(()),
        };
        let mut path = Vec::new();
        for link in links {
            let Link::Field(field) = link else { return Ok(()) };
            let found = self.expression(field, env)?;
            path.extend(self.fields(self.place(field.at), &found)?);
        }
        // Out of the environment, so that what nobody else has is changed where it is.
        let whole = env
            .take(name)
            .or_else(|| self.project.globals.get(name).cloned().or_else(|| library::global(name)));
        if whole.is_none() && path.is_empty() && operator.is_some() {
            return Err(Leave::Raise("unknown-variable", Value::text_at(name, place), place));
        }
        let whole = self.with_field(whole, &path, operator, value, place)?;
        if whole.depth() > value::DEPTH {
            return self.too_deep(place);
        }
        env.set(name, whole);
        Ok(())
    }

    fn too_deep<T>(&mut self, place: Place) -> Result<T> {
        let help = "look for a value that holds itself";
        self.project.error(place, "values are nested too deeply here", help);
        Err(Leave::Enough)
    }

    /// A record with another value in a field, or in a field of a field; with an operator, it is applied to
    /// what is there.
    fn with_field(
        &mut self,
        whole: Option<Value>,
        path: &[String],
        operator: Option<&'static str>,
        value: Value,
        place: Place,
    ) -> Result<Value> {
        let Some((first, rest)) = path.split_first() else {
            return match (operator, whole) {
                (Some(operator), Some(whole)) => {
                    primitives::operator(self, operator, whole, &value, place)
                }
                _ => Ok(value),
            };
        };
        let mut env = match whole {
            None => Env::default(),
            Some(Value::Object(env)) => env,
            Some(other) => return self.wrong(place, "a record", &other),
        };
        self.project.spend(env.cost(), place)?;
        let inner = env.take(first);
        if inner.is_none() && rest.is_empty() && operator.is_some() {
            return Err(Leave::Raise("unknown-field", Value::text_at(first, place), place));
        }
        self.project.enter(place)?;
        let inner = self.with_field(inner, rest, operator, value, place);
        self.project.leave();
        env.set(first, inner?);
        Ok(Value::Object(env))
    }

    /// The names that a value between brackets stands for.
    fn fields(&self, place: Place, value: &Value) -> Result<Vec<String>> {
        let one = |value: &Value| match value {
            Value::Text(text) => Ok(text.text.to_string()),
            Value::Int(number) => Ok(number.to_string()),
            Value::Bool(value) => Ok(value.to_string()),
            other => self.wrong(place, "the name of a field", other),
        };
        match value {
            Value::Tuple(items) => items.iter().map(one).collect(),
            other => Ok(vec![one(other)?]),
        }
    }

    pub(super) fn expression(&mut self, expression: &Expression, env: &Env) -> Result<Value> {
        let place = self.place(expression.at);
        self.project.spend(1, place)?;
        self.project.enter(place)?;
        let found = self.form(expression, env);
        self.project.leave();
        let found = found?;
        if found.depth() > value::DEPTH {
            return self.too_deep(place);
        }
        Ok(found)
    }

    fn form(&mut self, expression: &Expression, env: &Env) -> Result<Value> {
        let place = self.place(expression.at);
        match &expression.form {
            Form::Text(text) => Ok(Value::text_at(text, place)),
            Form::Int(number) => Ok(Value::Int(*number)),
            Form::Bool(value) => Ok(Value::Bool(*value)),
            Form::All => Ok(Value::Object(env.clone())),
            Form::Variable(name) => self.variable(name, place, env),
            Form::List(list) => {
                let mut items = Items::default();
                for one in list {
                    items.push(self.expression(one, env)?);
                }
                Ok(Value::List(items))
            }
            Form::Tuple(list) => {
                let mut items = Items::default();
                for one in list {
                    items.push(self.expression(one, env)?);
                }
                Ok(Value::Tuple(items))
            }
            Form::Record(fields) => self.record(fields, env),
            Form::Function(function) => {
                let closure =
                    Closure { function: function.clone(), env: env.clone(), file: self.file };
                self.project.spend(50, place)?;
                self.functions.closures.push(closure);
                let number = u32::try_from(self.functions.closures.len() - 1).unwrap_or(u32::MAX);
                Ok(Value::Function(number))
            }
            Form::Chain(base, links) => {
                let mut value = self.expression(base, env)?;
                for link in links {
                    value = match link {
                        Link::Field(field) => self.field(&value, field, env)?,
                        Link::Call(arguments, at) => {
                            let mut values = Vec::with_capacity(arguments.len());
                            for argument in arguments {
                                values.push(self.expression(argument, env)?);
                            }
                            let at = if links.len() == 1 { expression.at } else { *at };
                            self.call(&value, values, self.place(at), env)?
                        }
                    };
                }
                Ok(value)
            }
            Form::Operators(first, more) => {
                let mut value = self.expression(first, env)?;
                for (operator, operand) in more {
                    let operand = self.expression(operand, env)?;
                    value = primitives::operator(self, operator, value, &operand, place)?;
                }
                Ok(value)
            }
            Form::Not(times, inner) => match self.expression(inner, env)? {
                Value::Bool(value) => Ok(Value::Bool(value ^ (times % 2 == 1))),
                Value::Int(value) if times % 2 == 1 => Ok(Value::Int(value.wrapping_neg())),
                Value::Int(value) => Ok(Value::Int(value)),
                other => self.wrong(place, "a boolean or a number", &other),
            },
        }
    }

    fn variable(&mut self, name: &str, place: Place, env: &Env) -> Result<Value> {
        let found = env.get(name).or_else(|| self.project.globals.get(name)).cloned();
        let found = found.or_else(|| library::global(name));
        if let Some(found) = found {
            return Ok(found);
        }
        match primitives::named(name) {
            Some(name) => Ok(Value::Primitive(name)),
            None => Err(Leave::Raise("unknown-variable", Value::text_at(name, place), place)),
        }
    }

    fn record(&mut self, fields: &[(Expression, Expression)], env: &Env) -> Result<Value> {
        let mut record = Env::default();
        // Of plain fields that are there twice, the first holds.
        for (field, value) in fields.iter().rev() {
            let (Form::Variable(name) | Form::Text(name)) = &field.form else { continue };
            let value = self.expression(value, env)?;
            record.set(name, value);
        }
        let mut whole = Value::Object(record);
        for (field, value) in fields {
            let Form::Chain(base, links) = &field.form else { continue };
            let mut path = match &base.form {
                Form::Variable(name) | Form::Text(name) => vec![name.clone()],
                _ => continue,
            };
            for link in links {
                let Link::Field(name) = link else { continue };
                let found = self.expression(name, env)?;
                path.extend(self.fields(self.place(name.at), &found)?);
            }
            let value = self.expression(value, env)?;
            whole = self.with_field(Some(whole), &path, None, value, self.place(field.at))?;
        }
        Ok(whole)
    }

    fn field(&mut self, value: &Value, field: &Expression, env: &Env) -> Result<Value> {
        let place = self.place(field.at);
        let found = self.expression(field, env)?;
        match value {
            Value::Object(_) => {
                let mut value = value.clone();
                for name in self.fields(place, &found)? {
                    let Value::Object(env) = &value else {
                        return self.wrong(place, "a record", &value);
                    };
                    let inner = env.get(&name).cloned();
                    value = inner.ok_or_else(|| {
                        Leave::Raise("unknown-field", Value::text_at(&name, place), place)
                    })?;
                }
                Ok(value)
            }
            Value::List(items) | Value::Tuple(items) => {
                let Value::Int(number) = found else {
                    return self.wrong(place, "a number", &found);
                };
                let item = usize::try_from(number).ok().and_then(|at| items.get(at)).cloned();
                item.ok_or(Leave::Raise("invalid-list-access", Value::Int(number), place))
            }
            other => self.wrong(place, "a record or a list", other),
        }
    }

    /// Calls a function; it sees the caller's folder.
    pub(super) fn call(
        &mut self,
        function: &Value,
        arguments: Vec<Value>,
        place: Place,
        env: &Env,
    ) -> Result<Value> {
        self.project.spend(1, place)?;
        match function {
            Value::Primitive(name) => {
                self.project.enter(place)?;
                let found = primitives::call(self, name, &arguments, place, env);
                self.project.leave();
                found
            }
            Value::Function(number) => {
                let Some(closure) = self.functions.closures.get(*number as usize).cloned() else {
                    return self.wrong(place, "a function", function);
                };
                let mut inner = closure.env;
                self.project.spend(inner.cost(), place)?;
                if let Some(folder) = env.get("dirname") {
                    inner.set("dirname", folder.clone());
                }
                let names = &closure.function.arguments;
                let given = arguments.len();
                if let [strict @ .., rest, dots] = names.as_slice()
                    && dots == ".."
                    && given >= strict.len()
                {
                    let mut values = arguments.into_iter();
                    for name in strict {
                        if let Some(value) = values.next() {
                            inner.set(name, value);
                        }
                    }
                    inner.set(rest, Value::list(values));
                } else if given == names.len() {
                    for (name, value) in names.iter().zip(arguments) {
                        inner.set(name, value);
                    }
                } else {
                    let message =
                        format!("a function of {} arguments is given {given}", names.len());
                    return Err(Leave::Raise("type-error", Value::text(&message), place));
                }
                let own = std::mem::replace(&mut self.file, closure.file);
                let done = self.statements(&closure.function.body, &mut inner);
                self.file = own;
                match done {
                    Ok(()) => Ok(Value::Object(Env::default())),
                    Err(Leave::Return(value)) => Ok(value),
                    Err(other) => Err(other),
                }
            }
            other => self.wrong(place, "a function", other),
        }
    }
}
