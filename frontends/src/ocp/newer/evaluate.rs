//! Evaluates the newer language, within the budget of its project.

use std::rc::Rc;

use super::super::env::Env;
use super::super::files::Place;
use super::super::project::{Include, Project, dirname};
use super::super::substitute::substitute;
use super::super::value::Value;
use super::machine::{Functions, Leave, Machine, Result};
use super::names::NAMES;
use super::parse;
use super::tree::{Expression, Statement};
use crate::suggest;

/// Evaluates the statements of a file, and says what nothing catches. Each statement goes when it is done: what the
/// next ones give takes its room.
pub(in crate::ocp) fn run(
    project: &mut Project<'_>,
    functions: &mut Functions,
    file: u32,
    statements: Vec<Statement>,
    env: &mut Env,
) {
    let mut machine = Machine { project, functions, file };
    let done = statements.into_iter().try_for_each(|statement| machine.statement(&statement, env));
    match done {
        Ok(()) | Err(Leave::Return(_) | Leave::Enough) => {}
        Err(Leave::Raise(name, value, place)) => machine.uncaught(name, &value, place),
        Err(Leave::RaiseNamed(name, value, place)) => machine.uncaught(&name, &value, place),
    }
}

impl Machine<'_, '_> {
    /// Says what is wrong where nothing catches an exception.
    fn uncaught(&mut self, name: &str, value: &Value, place: Place) {
        let text = match value {
            Value::Text(text) => text.text.to_string(),
            other => other.shown(),
        };
        let (message, help) = match name {
            "unknown-variable" => {
                let known: Vec<Rc<str>> = self.project.globals.names().cloned().collect();
                let known = known.iter().map(|name| &**name).chain(NAMES);
                let help = self.project.help_unset(|| {
                    suggest::help(&text, known, || {
                        "set it before; files in the folders above may set it as well".to_owned()
                    })
                });
                (format!("variable `{text}` has no value"), help)
            }
            "unknown-field" => {
                let help = self.project.help_unset(|| "set it before".to_owned());
                (format!("there is no field `{text}` in this record"), help)
            }
            "type-error" => (text, "look at the values that stand here".to_owned()),
            _ => (
                format!("exception `{name}`: {text}"),
                format!("catch it: `try {{ ... }} catch(\"{name}\", x) {{ ... }}`"),
            ),
        };
        self.project.error(place, message, help);
    }

    pub(super) fn statements(&mut self, statements: &[Statement], env: &mut Env) -> Result<()> {
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
                        self.project.spend(1, self.place(0))?;
                        env.set(name.clone(), value.clone());
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
                let Some(catch) = catches.iter().find(|catch| *catch.name == name) else {
                    return Err(Leave::RaiseNamed(name, value, place));
                };
                *env = before;
                env.set(catch.variable.clone(), value);
                self.statements(&catch.body, env)
            }
            Statement::For(variable, range, body) => self.each(variable, range, body, env),
        }
    }

    fn each(
        &mut self,
        variable: &Rc<str>,
        range: &Expression,
        body: &[Statement],
        env: &mut Env,
    ) -> Result<()> {
        let place = self.place(range.at);
        let values = self.expression(range, env)?;
        if let Value::List(items) = &values {
            for item in items.iter() {
                self.project.spend(1, place)?;
                env.set(variable.clone(), item.clone());
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
            self.project.spend(1, place)?;
            env.set(variable.clone(), Value::Int(number));
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
        let file = match self.project.include(&dirname(env), &name, place)? {
            Include::File(file) => file,
            Include::Missing => return self.statements(otherwise, env),
            Include::Wrong => return Ok(()),
        };
        let mut done = Ok(());
        if let Some(statements) = self.project.parsed(file, parse::parse) {
            let own = std::mem::replace(&mut self.file, file);
            done = self.statements(&statements, env);
            self.file = own;
        }
        self.project.included();
        done
    }
}
