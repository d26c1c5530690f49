//! Where names are looked up: an environment, and those around it.

use super::env::Env;
use super::value::Value;

/// An environment inside others.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    env: &'a Env,
    around: Option<&'a Scope<'a>>,
}

impl<'a> Scope<'a> {
    /// An environment inside of what is around it.
    pub(super) fn new(env: &'a Env, around: Option<&'a Scope<'a>>) -> Self {
        Self { env, around }
    }

    /// The value that a name has here: the innermost.
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.envs().find_map(|env| env.get(name))
    }

    /// The environments, the innermost first.
    pub(super) fn envs(&self) -> impl Iterator<Item = &'a Env> {
        let mut next = Some(*self);
        std::iter::from_fn(move || {
            let scope = next?;
            next = scope.around.copied();
            Some(scope.env)
        })
    }
}
