//! Evaluates expressions of the old language.

use std::rc::Rc;

use super::super::env::Env;
use super::super::files::Place;
use super::super::primitives;
use super::super::project::Enough;
use super::super::scope::Scope;
use super::super::syntax::{Expression, Form, Statement};
use super::super::value::{self, Items, Text, Value};
use super::Evaluator;
use crate::suggest;

impl Evaluator<'_, '_> {
    pub(super) fn variable(&self, name: &str, scope: &Scope<'_>) -> Option<Value> {
        let found = scope.get(name);
        found.or_else(|| self.project.globals.get(name)).cloned()
    }

    /// The value of an expression; what is wrong in it was said and counts as an empty list.
    pub(super) fn expression(
        &mut self,
        expression: &Expression,
        scope: &Scope<'_>,
    ) -> Result<Value, Enough> {
        let place = self.place(expression.at);
        self.project.spend(1, place)?;
        self.project.enter(place)?;
        let found = self.form(&expression.form, expression.at, scope);
        self.project.leave();
        let found = found?;
        if found.depth() > value::DEPTH {
            self.project.too_deep(place);
            return Ok(Value::empty());
        }
        Ok(found)
    }

    fn form(&mut self, form: &Form, at: usize, scope: &Scope<'_>) -> Result<Value, Enough> {
        let place = self.place(at);
        match form {
            Form::Text(text) => Ok(Value::text_at(text.clone(), place)),
            Form::Bool(value) => Ok(Value::Bool(*value)),
            Form::Variable(name) => Ok(self.variable(name, scope).unwrap_or_else(|| {
                self.undefined(name, at, scope);
                Value::empty()
            })),
            Form::List(list) => Ok(Value::List(self.list(list, scope, place)?)),
            Form::Command(words) => {
                let mut command = Env::default();
                command.set("type", Value::text("%list"));
                command.set("value", Value::List(self.list(words, scope, place)?));
                Ok(Value::list([Value::with(Value::text_at("", place), command)]))
            }
            Form::With(inner, options) => {
                let mut value = self.expression(inner, scope)?;
                for options in options {
                    value = self.with_options(&value, options, scope, place)?;
                }
                Ok(value)
            }
            Form::Primitive(name, options) => {
                let mut own = Env::default();
                self.statements(options, &mut own, Some(scope))?;
                primitives::call(self.project, name, place, &Scope::new(&own, Some(scope)), &own)
            }
            Form::Pack(pack) => {
                let mut own = Env::default();
                self.statements(&pack.options, &mut own, Some(scope))?;
                let files = self.list(&pack.files, scope, place)?;
                let place = self.place(pack.module.at);
                let name = Value::with(Value::text_at(pack.module.text.clone(), place), own);
                Ok(primitives::pack(self.project, &name, Value::List(files), place))
            }
        }
    }

    fn list(
        &mut self,
        list: &[Expression],
        scope: &Scope<'_>,
        place: Place,
    ) -> Result<Items, Enough> {
        let mut values = Vec::with_capacity(list.len());
        for expression in list {
            values.push(self.expression(expression, scope)?);
        }
        self.flat(values, place)
    }

    /// Gives each element of a value more options.
    fn with_options(
        &mut self,
        value: &Value,
        options: &[Statement],
        scope: &Scope<'_>,
        place: Place,
    ) -> Result<Value, Enough> {
        let items = match value {
            Value::List(items) => items.clone(),
            other => {
                return self.one_with_options(other, options, scope, place);
            }
        };
        let mut out = Items::default();
        for item in items.iter() {
            out.push(self.one_with_options(item, options, scope, place)?);
        }
        Ok(Value::List(out))
    }

    fn one_with_options(
        &mut self,
        value: &Value,
        options: &[Statement],
        scope: &Scope<'_>,
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
        self.statements(options, &mut own, Some(scope))?;
        Ok(Value::with(value, own))
    }

    /// An expression that has to be one text.
    pub(super) fn text(
        &mut self,
        expression: &Expression,
        scope: &Scope<'_>,
    ) -> Result<Option<Text>, Enough> {
        let value = self.expression(expression, scope)?;
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

    fn undefined(&mut self, name: &str, at: usize, scope: &Scope<'_>) {
        if self.project.messages.is_full() {
            return;
        }
        let known: Vec<Rc<str>> = scope
            .envs()
            .flat_map(Env::iter)
            .chain(self.project.globals.iter())
            .map(|(name, _)| name.clone())
            .collect();
        let help = suggest::help(name, known.iter().map(|name| &**name), || {
            "set it before, or put it in quotes where it is a text; files in the folders above may set it as well"
                .to_owned()
        });
        self.error(at, format!("variable `{name}` has no value"), help);
    }
}
