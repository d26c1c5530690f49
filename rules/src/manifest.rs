//! All statements of a rule file, in compact arrays addressed by typed ids.

use crate::path::FileId;

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
    /// A `rule` statement; `Manifest::PHONY` is the built-in rule without a command.
    RuleId
);
id!(
    /// A `pool` statement; `Manifest::DEFAULT_POOL` and `Manifest::CONSOLE_POOL` are built in.
    PoolId
);

/// All statements of a rule file and of the files it includes.
pub struct Manifest {}

/// Where a statement stands, to be named in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The rule file.
    pub file: Vec<u8>,
    /// The line, counted from 1.
    pub line: usize,
}

/// How deep a pool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolDepth(pub u32);

#[allow(clippy::todo, missing_docs, unused_variables)]
impl Manifest {
    pub const PHONY: RuleId = RuleId(0);
    /// No limit (depth 0).
    pub const DEFAULT_POOL: PoolId = PoolId(0);
    /// Depth 1; its actions own the terminal.
    pub const CONSOLE_POOL: PoolId = PoolId(1);

    // -- files
    pub fn file_count(&self) -> usize {
        todo!()
    }
    pub fn path(&self, file: FileId) -> &[u8] {
        todo!()
    }
    /// The id of an already canonical path.
    pub fn find(&self, path: &[u8]) -> Option<FileId> {
        todo!()
    }
    /// Interns a canonical path (used for discovered dependencies).
    pub fn intern(&mut self, path: &[u8]) -> FileId {
        todo!()
    }

    // -- actions, in the order of the file
    pub fn action_count(&self) -> usize {
        todo!()
    }
    pub fn explicit_inputs(&self, action: ActionId) -> &[FileId] {
        todo!()
    }
    pub fn implicit_inputs(&self, action: ActionId) -> &[FileId] {
        todo!()
    }
    pub fn order_only_inputs(&self, action: ActionId) -> &[FileId] {
        todo!()
    }
    /// Explicit, implicit and order-only inputs, in this order.
    pub fn inputs(&self, action: ActionId) -> &[FileId] {
        todo!()
    }
    pub fn validations(&self, action: ActionId) -> &[FileId] {
        todo!()
    }
    pub fn explicit_outputs(&self, action: ActionId) -> &[FileId] {
        todo!()
    }
    pub fn implicit_outputs(&self, action: ActionId) -> &[FileId] {
        todo!()
    }
    /// Explicit, then implicit outputs.
    pub fn outputs(&self, action: ActionId) -> &[FileId] {
        todo!()
    }
    pub fn rule(&self, action: ActionId) -> RuleId {
        todo!()
    }
    pub fn rule_name(&self, rule: RuleId) -> &[u8] {
        todo!()
    }
    pub fn pool(&self, action: ActionId) -> PoolId {
        todo!()
    }
    pub fn pool_name(&self, pool: PoolId) -> &[u8] {
        todo!()
    }
    /// 0 is "no limit".
    pub fn pool_depth(&self, pool: PoolId) -> u32 {
        todo!()
    }
    pub fn place(&self, action: ActionId) -> Place {
        todo!()
    }
    /// The dyndep file of an action, when it has one (it is among the inputs as well).
    pub fn dyndep(&self, action: ActionId) -> Option<FileId> {
        todo!()
    }

    /// A variable as the action sees it, evaluated as Ninja does: the statement's own binding, then
    /// the rule's (expanded in the statement's scope), then the scopes outwards. `$in`, `$out` and
    /// `$in_newline` are shell-quoted. Empty when unset.
    pub fn binding(&self, action: ActionId, name: &[u8]) -> Vec<u8> {
        todo!()
    }
    /// As [`Manifest::binding`] with `$in` and `$out` not quoted: for `depfile`, `rspfile`, `dyndep`.
    pub fn path_binding(&self, action: ActionId, name: &[u8]) -> Vec<u8> {
        todo!()
    }
    /// Appends the `command` to `out`, so that one buffer serves all actions.
    pub fn command_into(&self, action: ActionId, out: &mut Vec<u8>) {
        todo!()
    }

    // -- the file as a whole
    /// A variable of the top scope, such as `builddir`.
    pub fn variable(&self, name: &[u8]) -> Option<&[u8]> {
        todo!()
    }
    /// The targets of `default` statements.
    pub fn defaults(&self) -> &[FileId] {
        todo!()
    }
    /// Every rule file that was read, the first one first: when one of them changes, all is read again.
    pub fn files_read(&self) -> &[Vec<u8>] {
        todo!()
    }
    /// What is worth saying though it is not an error.
    pub fn warnings(&self) -> &[String] {
        todo!()
    }

    // -- dyndep
    /// Adds what a dyndep file says of one action (after which `inputs` and `outputs` include it).
    ///
    /// # Errors
    /// The reason, when an output already has another action.
    pub fn add_dyndep(
        &mut self,
        action: ActionId,
        implicit_outputs: &[FileId],
        implicit_inputs: &[FileId],
        restat: bool,
    ) -> Result<(), String> {
        todo!()
    }
}
