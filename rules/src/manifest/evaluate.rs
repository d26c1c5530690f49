//! What a variable is worth to an action.

use bstr::ByteSlice;

use super::scope::{COMMAND, RULE_VARIABLES, Text};
use super::{ActionId, Manifest};
use crate::lexer::scan;
use crate::path::FileId;
use crate::shell;

/// How the paths of `$in` and `$out` come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quoting {
    /// For the shell.
    Shell,
    /// As they are.
    None,
}

/// The variables of the rule that are being expanded, outermost first.
#[derive(Debug, Default)]
struct Expanding {
    names: Vec<u32>,
    /// The outermost lookup is not recorded, as a circle closes one turn later all the same.
    started: bool,
    cycle: Option<Vec<u32>>,
}

impl Manifest {
    /// A variable as the action sees it, evaluated as Ninja does: the statement's own binding, then
    /// the rule's (expanded in the statement's scope), then the scopes outwards. `$in`, `$out` and
    /// `$in_newline` are shell-quoted. Empty when unset.
    pub fn binding(&self, action: ActionId, name: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        self.evaluate(action, name, Quoting::Shell, &mut out);
        out
    }

    /// As [`Manifest::binding`] with `$in` and `$out` not quoted: for `depfile`, `rspfile`, `dyndep`.
    pub fn path_binding(&self, action: ActionId, name: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        self.evaluate(action, name, Quoting::None, &mut out);
        out
    }

    /// Appends the `command` to `out`, so that one buffer serves all actions.
    pub fn command_into(&self, action: ActionId, out: &mut Vec<u8>) {
        self.evaluate(action, RULE_VARIABLES[COMMAND as usize], Quoting::Shell, out);
    }

    fn evaluate(&self, action: ActionId, name: &[u8], quoting: Quoting, out: &mut Vec<u8>) {
        self.resolve(action, name, quoting, &mut Expanding::default(), out);
    }

    /// As [`Manifest::binding`] for one of the rule variables, without a look at its name.
    pub(crate) fn rule_variable(&self, action: ActionId, name: u32, quoting: Quoting) -> Vec<u8> {
        let mut out = Vec::new();
        self.resolve_name(action, name, quoting, &mut Expanding::default(), &mut out);
        out
    }

    /// The names of a circle of rule variables that the action runs into when it needs some of them.
    pub(crate) fn circle(&self, action: ActionId, needed: &[u32]) -> Option<Vec<u32>> {
        needed.iter().find_map(|name| {
            let mut expanding = Expanding::default();
            self.resolve_name(action, *name, Quoting::Shell, &mut expanding, &mut Vec::new());
            expanding.cycle
        })
    }

    /// What to say of such a circle, and what to do about it.
    pub(crate) fn describe_circle(&self, action: ActionId, circle: &[u32]) -> (String, String) {
        let names: Vec<_> =
            circle.iter().map(|name| self.scopes.name(*name).as_bstr().to_string()).collect();
        let place = self.place(action);
        let help = format!(
            "change rule `{}`, which {}:{} uses, so that its variables do not need each other",
            self.rule_name(self.rule(action)).as_bstr(),
            place.file.as_bstr(),
            place.line
        );
        (format!("cycle in rule variables: {}", names.join(" -> ")), help)
    }

    fn resolve(
        &self,
        action: ActionId,
        name: &[u8],
        quoting: Quoting,
        expanding: &mut Expanding,
        out: &mut Vec<u8>,
    ) {
        match name {
            b"in" => self.list(self.explicit_inputs(action), b' ', quoting, out),
            b"in_newline" => self.list(self.explicit_inputs(action), b'\n', quoting, out),
            b"out" => self.list(self.explicit_outputs(action), b' ', quoting, out),
            _ => {
                if let Some(name) = self.scopes.find_name(name) {
                    self.resolve_name(action, name, quoting, expanding, out);
                }
            }
        }
    }

    fn resolve_name(
        &self,
        action: ActionId,
        name: u32,
        quoting: Quoting,
        expanding: &mut Expanding,
        out: &mut Vec<u8>,
    ) {
        if let Some(start) = expanding.names.iter().position(|open| *open == name) {
            let mut cycle = expanding.names[start..].to_vec();
            cycle.push(name);
            expanding.cycle.get_or_insert(cycle);
            return;
        }
        let row = self.action(action);
        if let Some(text) = self.bound(action, name) {
            out.extend_from_slice(self.scopes.text(text));
            return;
        }
        // A statement that binds nothing has no scope of its own: what its file binds then comes
        // before the rule.
        let mut scope = Some(row.scope);
        if !row.binds {
            if let Some(text) = self.scopes.own(row.scope, name) {
                out.extend_from_slice(self.scopes.text(text));
                return;
            }
            scope = self.scopes.parent(row.scope);
        }
        let Some(raw) = self.scopes.rule_binding(row.rule, name) else {
            if let Some(text) = scope.and_then(|scope| self.scopes.visible(scope, name)) {
                out.extend_from_slice(self.scopes.text(text));
            }
            return;
        };
        // The depth is bounded: every level holds another one of the few rule variables.
        let recorded = expanding.started;
        if recorded {
            expanding.names.push(name);
        }
        expanding.started = true;
        scan::expand(self.scopes.text(raw), out, |name, out| {
            self.resolve(action, name, quoting, expanding, out);
        });
        if recorded {
            expanding.names.pop();
        }
    }

    /// What the statement itself binds to a name; the last binding counts.
    fn bound(&self, action: ActionId, name: u32) -> Option<Text> {
        let row = self.action(action);
        let own = super::slice(&self.bindings, row.bindings, row.binding_count);
        own.iter().rev().find(|(bound, _)| *bound == name).map(|(_, text)| *text)
    }

    fn list(&self, files: &[FileId], separator: u8, quoting: Quoting, out: &mut Vec<u8>) {
        for (at, file) in files.iter().enumerate() {
            if at > 0 {
                out.push(separator);
            }
            match quoting {
                Quoting::Shell => shell::quote_into(self.path(*file), out),
                Quoting::None => out.extend_from_slice(self.path(*file)),
            }
        }
    }
}
