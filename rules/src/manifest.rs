//! All statements of a rule file, in compact arrays addressed by typed ids.

pub(crate) mod add;
mod evaluate;
pub(crate) mod scope;

use crate::path::{FileId, Interner};
use scope::{Scopes, Text};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The id as an array index.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// A `build` statement.
    ActionId
);
id!(
    /// A `rule` statement; [`Manifest::PHONY`] is the built-in rule without a command.
    RuleId
);
id!(
    /// A `pool` statement; [`Manifest::DEFAULT_POOL`] and [`Manifest::CONSOLE_POOL`] are built in.
    PoolId
);

/// No action, no file.
pub(crate) const NONE: u32 = u32::MAX;

/// All statements of a rule file and of the files it includes.
#[derive(Clone, Debug)]
pub struct Manifest {
    paths: Interner,
    /// The action that makes each file, or [`NONE`]; files that were interned later are missing.
    producers: Vec<u32>,
    scopes: Scopes,
    pools: Vec<Pool>,
    actions: Vec<Action>,
    inputs: Vec<FileId>,
    outputs: Vec<FileId>,
    validations: Vec<FileId>,
    /// What `build` statements bind: the id of the name and the value.
    bindings: Vec<(u32, Text)>,
    defaults: Vec<FileId>,
    files_read: Vec<Vec<u8>>,
    warnings: Vec<String>,
    /// What [`Manifest::number`] gives, when that is not the id.
    numbers: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Pool {
    name: u32,
    depth: u32,
}

/// One `build` statement: ranges of the flat arrays, in the order explicit, implicit, order-only.
#[derive(Clone, Copy, Debug)]
struct Action {
    rule: u32,
    pool: u32,
    /// The scope of the file that the statement stands in.
    scope: u32,
    file: u32,
    line: u32,
    /// The bytes of the statement in its file.
    start: u32,
    end: u32,
    dyndep: u32,
    inputs: u32,
    explicit: u32,
    implicit: u32,
    order_only: u32,
    outputs: u32,
    explicit_outputs: u32,
    implicit_outputs: u32,
    validations: u32,
    validation_count: u32,
    bindings: u32,
    binding_count: u32,
    /// Whether the statement binds anything, which decides what may stand before the rule's bindings.
    binds: bool,
}

const _: () = assert!(size_of::<Action>() == 80);

/// The bytes of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Which of [`Manifest::files_read`] it stands in.
    pub file: u32,
    /// Its first byte.
    pub start: u32,
    /// The first byte after it and after the comments that follow it.
    pub end: u32,
}

/// Where a statement stands, to be named in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The rule file.
    pub file: Vec<u8>,
    /// The line, counted from 1.
    pub line: usize,
}

impl Default for Manifest {
    fn default() -> Self {
        Self::new()
    }
}

impl Manifest {
    /// The rule of statements that only give a name to their inputs.
    pub const PHONY: RuleId = RuleId(0);
    /// No limit (depth 0).
    pub const DEFAULT_POOL: PoolId = PoolId(0);
    /// Depth 1; its actions own the terminal.
    pub const CONSOLE_POOL: PoolId = PoolId(1);

    // -- files

    /// How many paths there are: those of the statements and those interned later.
    pub fn file_count(&self) -> usize {
        self.paths.len()
    }

    /// The canonical path of a file.
    pub fn path(&self, file: FileId) -> &[u8] {
        self.paths.get(file.0)
    }

    /// The id of an already canonical path.
    pub fn find(&self, path: &[u8]) -> Option<FileId> {
        self.paths.find(path).map(FileId)
    }

    /// Interns a canonical path (used for discovered dependencies).
    pub fn intern(&mut self, path: &[u8]) -> FileId {
        FileId(self.paths.intern(path))
    }

    /// The action that makes a file.
    pub fn producer(&self, file: FileId) -> Option<ActionId> {
        let action = *self.producers.get(file.index())?;
        (action != NONE).then_some(ActionId(action))
    }

    // -- actions, in the order of the file

    /// How many actions there are.
    pub fn action_count(&self) -> usize {
        self.actions.len()
    }

    /// Every action, in the order of the file.
    pub fn actions(&self) -> impl ExactSizeIterator<Item = ActionId> + use<> {
        (0..self.actions.len() as u32).map(ActionId)
    }

    fn action(&self, action: ActionId) -> &Action {
        &self.actions[action.index()]
    }

    /// The inputs that `$in` names.
    pub fn explicit_inputs(&self, action: ActionId) -> &[FileId] {
        let row = self.action(action);
        slice(&self.inputs, row.inputs, row.explicit)
    }

    /// The inputs after `|`.
    pub fn implicit_inputs(&self, action: ActionId) -> &[FileId] {
        let row = self.action(action);
        slice(&self.inputs, row.inputs + row.explicit, row.implicit)
    }

    /// The inputs after `||`.
    pub fn order_only_inputs(&self, action: ActionId) -> &[FileId] {
        let row = self.action(action);
        slice(&self.inputs, row.inputs + row.explicit + row.implicit, row.order_only)
    }

    /// Explicit, implicit and order-only inputs, in this order.
    pub fn inputs(&self, action: ActionId) -> &[FileId] {
        let row = self.action(action);
        slice(&self.inputs, row.inputs, row.explicit + row.implicit + row.order_only)
    }

    /// The files after `|@`.
    pub fn validations(&self, action: ActionId) -> &[FileId] {
        let row = self.action(action);
        slice(&self.validations, row.validations, row.validation_count)
    }

    /// The outputs that `$out` names.
    pub fn explicit_outputs(&self, action: ActionId) -> &[FileId] {
        let row = self.action(action);
        slice(&self.outputs, row.outputs, row.explicit_outputs)
    }

    /// The outputs after `|`.
    pub fn implicit_outputs(&self, action: ActionId) -> &[FileId] {
        let row = self.action(action);
        slice(&self.outputs, row.outputs + row.explicit_outputs, row.implicit_outputs)
    }

    /// Explicit, then implicit outputs.
    pub fn outputs(&self, action: ActionId) -> &[FileId] {
        let row = self.action(action);
        slice(&self.outputs, row.outputs, row.explicit_outputs + row.implicit_outputs)
    }

    /// The rule that the statement names.
    pub fn rule(&self, action: ActionId) -> RuleId {
        RuleId(self.action(action).rule)
    }

    /// Whether the action only gives a name to its inputs.
    pub fn is_phony(&self, action: ActionId) -> bool {
        self.rule(action) == Self::PHONY
    }

    /// The pool that the action runs in.
    pub fn pool(&self, action: ActionId) -> PoolId {
        PoolId(self.action(action).pool)
    }

    /// Where the `build` statement stands.
    pub fn place(&self, action: ActionId) -> Place {
        let row = self.action(action);
        Place { file: self.files_read[row.file as usize].clone(), line: row.line as usize }
    }

    /// The bytes of the `build` statement.
    pub fn span(&self, action: ActionId) -> Span {
        let row = self.action(action);
        Span { file: row.file, start: row.start, end: row.end }
    }

    /// The number of the statement among all `build` statements, from 0: the id, unless only some were read.
    pub fn number(&self, action: ActionId) -> u32 {
        self.numbers.get(action.index()).copied().unwrap_or(action.0)
    }

    /// Says which `build` statements these are, when only some were read.
    pub fn set_numbers(&mut self, numbers: Vec<u32>) {
        self.numbers = numbers;
    }

    /// The dyndep file of an action, when it has one (it is among the inputs as well).
    pub fn dyndep(&self, action: ActionId) -> Option<FileId> {
        let file = self.action(action).dyndep;
        (file != NONE).then_some(FileId(file))
    }

    // -- rules and pools

    /// How many rules there are, the built-in one included.
    pub fn rule_count(&self) -> usize {
        self.scopes.rule_count()
    }

    /// The name of a rule; rules of different scopes may share one.
    pub fn rule_name(&self, rule: RuleId) -> &[u8] {
        self.scopes.rule_name(rule.0)
    }

    /// Whether a rule was declared in the top scope, not in a `subninja` file.
    pub fn is_top_rule(&self, rule: RuleId) -> bool {
        self.scopes.rule_scope(rule.0) == Scopes::TOP
    }

    /// A binding of a rule as it was written, every variable in the form `${name}`.
    pub fn rule_binding(&self, rule: RuleId, name: &[u8]) -> Option<Vec<u8>> {
        self.scopes.rule_binding_source(rule.0, name)
    }

    /// How many pools there are, the two built-in ones included.
    pub fn pool_count(&self) -> usize {
        self.pools.len()
    }

    /// The name of a pool; empty for the default pool.
    pub fn pool_name(&self, pool: PoolId) -> &[u8] {
        self.scopes.name(self.pools[pool.index()].name)
    }

    /// How many of a pool's actions run at the same time; 0 is "no limit".
    pub fn pool_depth(&self, pool: PoolId) -> u32 {
        self.pools[pool.index()].depth
    }

    // -- the file as a whole

    /// A variable of the top scope, such as `builddir`.
    pub fn variable(&self, name: &[u8]) -> Option<&[u8]> {
        self.scopes.lookup(Scopes::TOP, name)
    }

    /// The targets of `default` statements.
    pub fn defaults(&self) -> &[FileId] {
        &self.defaults
    }

    /// The outputs that are no action's input, in the order of the file.
    pub fn roots(&self) -> Vec<FileId> {
        let mut used = vec![false; self.file_count()];
        for action in self.actions() {
            for input in self.inputs(action) {
                used[input.index()] = true;
            }
        }
        let outputs = self.actions().flat_map(|action| self.outputs(action));
        outputs.copied().filter(|output| !used[output.index()]).collect()
    }

    /// Every rule file that was read, the first one first: when one of them changes, all is read again.
    pub fn files_read(&self) -> &[Vec<u8>] {
        &self.files_read
    }

    /// What is worth saying though it is not an error.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

fn slice<T>(all: &[T], start: u32, count: u32) -> &[T] {
    &all[start as usize..start as usize + count as usize]
}
