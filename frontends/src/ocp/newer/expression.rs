//! Evaluates expressions of the newer language.

use super::super::env::Env;
use super::super::files::Place;
use super::super::value::{self, Value};
use super::machine::{Closure, Leave, Machine, Result};
use super::tree::{Expression, Form, Link};
use super::{names, operators};

impl Machine<'_, '_> {
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
            Form::Text(text) => Ok(Value::text_at(text.clone(), place)),
            Form::Int(number) => Ok(Value::Int(*number)),
            Form::Bool(value) => Ok(Value::Bool(*value)),
            Form::All => Ok(Value::Object(env.clone())),
            Form::Variable(name) => self.variable(name, place, env),
            Form::List(list) => Ok(Value::list(self.values(list, env)?)),
            Form::Tuple(list) => Ok(Value::Tuple(self.values(list, env)?.into())),
            Form::Record(fields) => self.record(fields, env),
            Form::Function(function) => {
                let closure =
                    Closure { function: function.clone(), env: env.clone(), file: self.file };
                self.project.spend(50, place)?;
                self.functions.closures.push(closure);
                let number = u32::try_from(self.functions.closures.len() - 1).unwrap_or(u32::MAX);
                Ok(Value::Function(number))
            }
            Form::Chain(chain) => {
                let (base, links) = &**chain;
                let mut value = self.expression(base, env)?;
                for link in links {
                    value = match link {
                        Link::Field(field) => self.field(&value, field, env)?,
                        Link::Call(arguments, at) => {
                            let values = self.values(arguments, env)?;
                            let at = if links.len() == 1 { expression.at } else { *at };
                            self.call(&value, values, self.place(at), env)?
                        }
                    };
                }
                Ok(value)
            }
            Form::Operators(level) => {
                let (first, more) = &**level;
                let mut value = self.expression(first, env)?;
                for (operator, operand) in more {
                    let operand = self.expression(operand, env)?;
                    value = operators::operator(self, operator, value, &operand, place)?;
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

    fn values(&mut self, list: &[Expression], env: &Env) -> Result<Vec<Value>> {
        let mut values = Vec::with_capacity(list.len());
        for one in list {
            values.push(self.expression(one, env)?);
        }
        Ok(values)
    }

    fn variable(&mut self, name: &str, place: Place, env: &Env) -> Result<Value> {
        if let Some(found) = env.get(name).cloned().or_else(|| self.global(name)) {
            return Ok(found);
        }
        match names::named(name) {
            Some(name) => Ok(Value::Primitive(name)),
            None => Err(Leave::Raise("unknown-variable", Value::text_at(name, place), place)),
        }
    }

    /// The value of a variable that is always there.
    pub(super) fn global(&self, name: &str) -> Option<Value> {
        let found = self.project.globals.get(name).or_else(|| self.functions.globals.get(name));
        found.cloned()
    }

    fn record(&mut self, fields: &[(Expression, Expression)], env: &Env) -> Result<Value> {
        let mut plain = Vec::with_capacity(fields.len());
        // Of plain fields that are there twice, the first holds.
        for (field, value) in fields.iter().rev() {
            let (Form::Variable(name) | Form::Text(name)) = &field.form else { continue };
            plain.push((name.clone(), self.expression(value, env)?));
        }
        let mut record = Env::default();
        record.extend(plain);
        let mut whole = Value::Object(record);
        for (field, value) in fields {
            let Form::Chain(chain) = &field.form else { continue };
            let (base, links) = &**chain;
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
                        Leave::Raise("unknown-field", Value::text_at(name.clone(), place), place)
                    })?;
                }
                Ok(value)
            }
            Value::List(items) => self.item(place, items, &found),
            Value::Tuple(items) => self.item(place, items, &found),
            other => self.wrong(place, "a record or a list", other),
        }
    }

    /// The item with this number.
    fn item(&self, place: Place, items: &[Value], number: &Value) -> Result<Value> {
        let Value::Int(number) = *number else {
            return self.wrong(place, "a number", number);
        };
        let item = usize::try_from(number).ok().and_then(|at| items.get(at)).cloned();
        item.ok_or(Leave::Raise("invalid-list-access", Value::Int(number), place))
    }
}
