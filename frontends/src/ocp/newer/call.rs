//! Calls of functions, whose variables are those that were there when they were written down.

use super::super::env::Env;
use super::super::files::Place;
use super::super::value::Value;
use super::machine::{Leave, Machine, Result};
use super::primitives::{self, Call};

impl Machine<'_, '_> {
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
                let found =
                    primitives::call(self, Call { name, arguments: &arguments, place, env });
                self.project.leave();
                found
            }
            Value::Function(number) => {
                let Some(closure) = self.functions.closures.get(*number as usize).cloned() else {
                    return self.wrong(place, "a function", function);
                };
                let names = &closure.function.arguments;
                let given = arguments.len();
                let mut set = Vec::with_capacity(names.len() + 1);
                if let Some(folder) = env.get("dirname") {
                    set.push((self.functions.dirname.clone(), folder.clone()));
                }
                if let [strict @ .., rest, dots] = names.as_slice()
                    && &**dots == ".."
                    && given >= strict.len()
                {
                    let mut values = arguments.into_iter();
                    set.extend(strict.iter().cloned().zip(values.by_ref()));
                    set.push((rest.clone(), Value::list(values)));
                } else if given == names.len() {
                    set.extend(names.iter().cloned().zip(arguments));
                } else {
                    let message =
                        format!("a function of {} arguments is given {given}", names.len());
                    return Err(Leave::Raise("type-error", Value::text(message), place));
                }
                let mut inner = closure.env;
                inner.extend(set);
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
