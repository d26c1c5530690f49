//! Assignments of the newer language: to variables, and to fields of fields.

use std::rc::Rc;

use super::super::env::Env;
use super::super::files::Place;
use super::super::value::{self, Value};
use super::machine::{Leave, Machine, Result};
use super::operators;
use super::tree::{Expression, Form, Link};

impl Machine<'_, '_> {
    /// Gives a variable, or a field of one, another value.
    pub(super) fn assign(
        &mut self,
        target: &Expression,
        operator: Option<&'static str>,
        value: Value,
        env: &mut Env,
    ) -> Result<()> {
        let place = self.place(target.at);
        self.project.spend(1, place)?;
        let (name, links) = match &target.form {
            Form::Variable(name) => (name, &[][..]),
            Form::Chain(chain) => match &chain.0.form {
                Form::Variable(name) => (name, chain.1.as_slice()),
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
        let whole = env.take(name).or_else(|| self.global(name));
        if whole.is_none() && path.is_empty() && operator.is_some() {
            return Err(Leave::Raise(
                "unknown-variable",
                Value::text_at(name.clone(), place),
                place,
            ));
        }
        let whole = self.with_field(whole, &path, operator, value, place)?;
        if whole.depth() > value::DEPTH {
            return self.too_deep(place);
        }
        env.set(name.clone(), whole);
        Ok(())
    }

    pub(super) fn too_deep<T>(&mut self, place: Place) -> Result<T> {
        self.project.too_deep(place);
        Err(Leave::Enough)
    }

    /// A record with another value in a field, or in a field of a field; with an operator, it is applied to
    /// what is there.
    pub(super) fn with_field(
        &mut self,
        whole: Option<Value>,
        path: &[Rc<str>],
        operator: Option<&'static str>,
        value: Value,
        place: Place,
    ) -> Result<Value> {
        let Some((first, rest)) = path.split_first() else {
            return match (operator, whole) {
                (Some(operator), Some(whole)) => {
                    operators::operator(self, operator, whole, &value, place)
                }
                _ => Ok(value),
            };
        };
        let mut env = match whole {
            None => Env::default(),
            Some(Value::Object(env)) => env,
            Some(other) => return self.wrong(place, "a record", &other),
        };
        self.project.spend(1, place)?;
        let inner = env.take(first);
        if inner.is_none() && rest.is_empty() && operator.is_some() {
            return Err(Leave::Raise("unknown-field", Value::text_at(first.clone(), place), place));
        }
        self.project.enter(place)?;
        let inner = self.with_field(inner, rest, operator, value, place);
        self.project.leave();
        env.set(first.clone(), inner?);
        Ok(Value::Object(env))
    }

    /// The names that a value between brackets stands for.
    pub(super) fn fields(&self, place: Place, value: &Value) -> Result<Vec<Rc<str>>> {
        let one = |value: &Value| match value {
            Value::Text(text) => Ok(text.text.clone()),
            Value::Int(number) => Ok(number.to_string().into()),
            Value::Bool(value) => Ok(value.to_string().into()),
            other => self.wrong(place, "the name of a field", other),
        };
        match value {
            Value::Tuple(items) => items.iter().map(one).collect(),
            other => Ok(vec![one(other)?]),
        }
    }
}
