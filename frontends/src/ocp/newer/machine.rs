//! The state of evaluating the newer language, and how evaluation is left.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::env::Env;
use super::super::files::Place;
use super::super::project::{Enough, Project};
use super::super::value::Value;
use super::tree::Function;

/// The functions of a project's files, and what they keep.
#[derive(Debug)]
pub(in crate::ocp) struct Functions {
    pub(super) closures: Vec<Closure>,
    /// The variable with a file's folder, which every call sets: they share its name.
    pub(super) dirname: Rc<str>,
    /// The option with the words of a command, in the same way.
    pub(super) value: Rc<str>,
    /// What files of this language may name besides.
    pub(super) globals: Env,
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

impl Functions {
    /// Those of no file yet: files may name these.
    pub(in crate::ocp) fn new(globals: Env) -> Self {
        let (closures, store, modules) = Default::default();
        let (dirname, value) = ("dirname".into(), "value".into());
        Self { closures, dirname, value, globals, store, modules }
    }
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

/// A function, and what it sees.
#[derive(Clone, Debug)]
pub(super) struct Closure {
    pub(super) function: Rc<Function>,
    pub(super) env: Env,
    pub(super) file: u32,
}

pub(super) struct Machine<'a, 'b> {
    pub(super) project: &'a mut Project<'b>,
    pub(super) functions: &'a mut Functions,
    pub(super) file: u32,
}

impl Machine<'_, '_> {
    pub(super) fn place(&self, at: usize) -> Place {
        Place::new(self.file, at)
    }

    /// A value of the wrong kind.
    pub(super) fn wrong<T>(&self, place: Place, wanted: &str, found: &Value) -> Result<T> {
        let message = format!("{}, where {wanted} should be", found.kind());
        Err(Leave::Raise("type-error", Value::text(message), place))
    }
}
