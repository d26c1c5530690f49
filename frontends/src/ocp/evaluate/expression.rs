//! Evaluates expressions of the old language.

use std::rc::Rc;

use super::super::env::Env;
use super::super::files::Place;
use super::super::pack::{Packing, not_a_pack};
use super::super::primitives;
use super::super::project::Enough;
use super::super::scope::Scope;
use super::super::syntax::{Expression, Form, Pack, Statement};
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
            Form::With(with) => {
                let (inner, options) = &**with;
                let mut value = self.expression(inner, scope)?;
                for options in options {
                    value = self.with_options(&value, options, scope, place)?;
                }
                Ok(value)
            }
            Form::Primitive(primitive) => {
                let (name, options) = &**primitive;
                let mut own = Env::default();
                self.statements(options, &mut own, Some(scope))?;
                primitives::call(self.project, name, place, &Scope::new(&own, Some(scope)), &own)
            }
            Form::Pack(pack) => {
                let mut files = Vec::new();
                let packing = self.pack(pack, None, scope, &mut files)?;
                files.extend(packing.map(Packing::module));
                Ok(Value::list(files))
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
        if values.iter().any(|value| matches!(value, Value::List(_))) {
            return self.flat(values, place);
        }
        self.project.spend(1, place)?;
        Ok(values.into_iter().collect())
    }

    /// Lists the files of a pack and of those inside of it, and gives back the pack without its module. What a file is
    /// inside of is known where it is listed, so that it is said once and not at every level.
    fn pack(
        &mut self,
        pack: &Pack,
        around: Option<&Packing>,
        scope: &Scope<'_>,
        files: &mut Vec<Value>,
    ) -> Result<Option<Packing>, Enough> {
        let place = self.place(pack.module.at);
        let mut options = Env::default();
        self.statements(&pack.options, &mut options, Some(scope))?;
        let name = Text::new(pack.module.text.clone(), place);
        let mut packing = Packing::new(self.project.packs.clone(), name, options, around);
        let (start, mut right) = (files.len(), true);
        for expression in &pack.files {
            if let Form::Pack(inner) = &expression.form {
                self.project.enter(place)?;
                let inner = self.pack(inner, Some(&packing), scope, files);
                self.project.leave();
                if let Some(inner) = inner? {
                    self.project.spend(1, place)?;
                    packing.add_pack(inner, files);
                }
                continue;
            }
            let listed = self.expression(expression, scope)?;
            self.project.spend(listed.items().len(), place)?;
            right &= listed.items().iter().all(|file| packing.add(file, files));
        }
        if right {
            return Ok(Some(packing));
        }
        files.truncate(start);
        not_a_pack(self.project, place);
        Ok(None)
    }

    /// Gives each element of a value more options.
    fn with_options(
        &mut self,
        value: &Value,
        options: &[Statement],
        scope: &Scope<'_>,
        place: Place,
    ) -> Result<Value, Enough> {
        let Value::List(items) = value else {
            return self.one_with_options(value, options, scope, place);
        };
        let mut out = Vec::with_capacity(items.len());
        for item in items.iter() {
            out.push(self.one_with_options(item, options, scope, place)?);
        }
        Ok(Value::list(out))
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
            Value::Tuple(items) => match &**items {
                [value, Value::Object(own)] => (value.clone(), own.clone()),
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
            .map(|(name, _)| name)
            .chain(self.project.globals.names())
            .cloned()
            .collect();
        let help = self.project.help_unset(|| {
            suggest::help(name, known.iter().map(|name| &**name), || {
                "set it before, or put it in quotes where it is a text; files in the folders above may set it as well"
                    .to_owned()
            })
        });
        self.error(at, format!("variable `{name}` has no value"), help);
    }
}
