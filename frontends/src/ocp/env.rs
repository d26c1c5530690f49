//! Variables and their values: environments that cost nothing to pass on, however many variables they have.

use std::rc::Rc;

use rpds::RedBlackTreeMap;

use super::value::Value;

/// Variables and their values. A copy shares everything with its origin until one of them is changed, and
/// then everything but the way to the variable that was.
#[derive(Clone, Debug, Default)]
pub struct Env {
    variables: RedBlackTreeMap<Rc<str>, Value>,
    depth: u32,
}

impl Env {
    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }

    /// Sets a variable.
    pub fn set(&mut self, name: impl Into<Rc<str>>, value: Value) {
        self.depth = self.depth.max(value.depth() + 1);
        self.variables.insert_mut(name.into(), value);
    }

    /// Takes the value of a variable out, for another one that is soon set in its place.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        let value = self.variables.get_mut(name)?;
        Some(std::mem::replace(value, Value::Bool(false)))
    }

    /// Removes a variable.
    pub fn remove(&mut self, name: &str) {
        self.variables.remove_mut(name);
    }

    /// Every variable, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Value)> {
        self.variables.iter()
    }

    /// How many variables there are.
    pub fn len(&self) -> usize {
        self.variables.size()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.variables.is_empty()
    }

    /// How deeply its values are nested, itself among them.
    pub(super) fn depth(&self) -> u32 {
        self.depth
    }
}
