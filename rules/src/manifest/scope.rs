//! Scopes, their variables and their rules, in flat tables.

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::lexer::scan;
use crate::path::Interner;

/// The variables that a `rule` may bind, in the order of their ids in the table of names.
pub(crate) const RULE_VARIABLES: [&[u8]; 11] = [
    b"command",
    b"depfile",
    b"deps",
    b"description",
    b"dyndep",
    b"generator",
    b"msvc_deps_prefix",
    b"pool",
    b"restat",
    b"rspfile",
    b"rspfile_content",
];
pub(crate) const COMMAND: u32 = 0;
pub(crate) const DYNDEP: u32 = 4;
pub(crate) const POOL: u32 = 7;
pub(crate) const RESTAT: u32 = 8;
pub(crate) const RSPFILE: u32 = 9;
pub(crate) const RSPFILE_CONTENT: u32 = 10;

/// No value may grow beyond this: variables that double themselves would fill the memory.
const LONGEST_VALUE: usize = 1 << 28;

/// A piece of the text arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    start: u32,
    end: u32,
}

impl Text {
    pub(crate) const EMPTY: Self = Self { start: 0, end: 0 };
}

/// A value that is larger than anything sensible.
#[derive(Debug)]
pub(crate) struct TooLong;

/// What a `rule` statement binds, by the ids of the names; not expanded.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RuleBindings(pub(crate) [Option<Text>; RULE_VARIABLES.len()]);

#[derive(Clone, Debug)]
struct Rule {
    name: u32,
    scope: u32,
    /// Whether some bindings of the rule name each other in a circle.
    circular: bool,
    bindings: RuleBindings,
}

/// All names, values, scopes and rules.
#[derive(Clone, Debug)]
pub(crate) struct Scopes {
    names: Interner,
    text: Vec<u8>,
    /// The scope around each scope; the top scope is around itself.
    parents: Vec<u32>,
    variables: HashMap<(u32, u32), Text, FxBuildHasher>,
    rules: Vec<Rule>,
    rules_by_name: HashMap<(u32, u32), u32, FxBuildHasher>,
    /// Whether a file binds one of the [`RULE_VARIABLES`], which is rare and costs every lookup.
    binds_rule_variables: bool,
}

impl Scopes {
    /// The scope of the first file.
    pub(crate) const TOP: u32 = 0;
    /// The text `1`, which a dyndep file gives to `restat`.
    pub(crate) const ONE: Text = Text { start: 0, end: 1 };

    pub(crate) fn new() -> Self {
        let mut names = Interner::default();
        for name in RULE_VARIABLES {
            names.intern(name);
        }
        let mut scopes = Self {
            names,
            text: b"1".to_vec(),
            parents: vec![Self::TOP],
            variables: HashMap::default(),
            rules: Vec::new(),
            rules_by_name: HashMap::default(),
            binds_rule_variables: false,
        };
        let phony = scopes.intern(b"phony");
        scopes.add_rule(Self::TOP, phony, RuleBindings::default());
        scopes
    }

    // -- names and text

    pub(crate) fn name(&self, name: u32) -> &[u8] {
        self.names.get(name)
    }

    pub(crate) fn find_name(&self, name: &[u8]) -> Option<u32> {
        self.names.find(name)
    }

    pub(crate) fn intern(&mut self, name: &[u8]) -> u32 {
        self.names.intern(name)
    }

    pub(crate) fn text(&self, text: Text) -> &[u8] {
        &self.text[text.start as usize..text.end as usize]
    }

    /// Keeps a value.
    pub(crate) fn keep(&mut self, value: &[u8]) -> Result<Text, TooLong> {
        let start = self.text.len();
        let end = start + value.len();
        if value.len() > LONGEST_VALUE || u32::try_from(end).is_err() {
            return Err(TooLong);
        }
        self.text.extend_from_slice(value);
        Ok(Text { start: start as u32, end: end as u32 })
    }

    /// Makes room for `times` as much text as there is.
    pub(crate) fn reserve(&mut self, times: usize) {
        self.text.reserve(self.text.len() * times);
    }

    // -- variables

    /// A scope inside `parent`.
    pub(crate) fn add_scope(&mut self, parent: u32) -> u32 {
        self.parents.push(parent);
        (self.parents.len() - 1) as u32
    }

    pub(crate) fn parent(&self, scope: u32) -> Option<u32> {
        (scope != Self::TOP).then(|| self.parents[scope as usize])
    }

    pub(crate) fn set(&mut self, scope: u32, name: u32, value: Text) {
        self.binds_rule_variables |= (name as usize) < RULE_VARIABLES.len();
        self.variables.insert((scope, name), value);
    }

    /// A variable of this very scope.
    pub(crate) fn own(&self, scope: u32, name: u32) -> Option<Text> {
        if (name as usize) < RULE_VARIABLES.len() && !self.binds_rule_variables {
            return None;
        }
        self.variables.get(&(scope, name)).copied()
    }

    /// A variable of this scope or of one around it.
    pub(crate) fn visible(&self, scope: u32, name: u32) -> Option<Text> {
        let mut scope = Some(scope);
        while let Some(at) = scope {
            if let Some(text) = self.own(at, name) {
                return Some(text);
            }
            scope = self.parent(at);
        }
        None
    }

    pub(crate) fn lookup(&self, scope: u32, name: &[u8]) -> Option<&[u8]> {
        let text = self.visible(scope, self.find_name(name)?)?;
        Some(self.text(text))
    }

    /// Appends a value, expanded as far as this scope knows; `own` are bindings that come first.
    pub(crate) fn expand(
        &self,
        scope: u32,
        own: &[(u32, Text)],
        raw: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), TooLong> {
        let mut too_long = false;
        scan::expand(raw, out, |name, out| {
            let Some(name) = self.find_name(name) else { return };
            let bound = own.iter().rev().find(|(bound, _)| *bound == name).map(|(_, text)| *text);
            let Some(text) = bound.or_else(|| self.visible(scope, name)) else { return };
            if out.len() > LONGEST_VALUE {
                too_long = true;
            } else {
                out.extend_from_slice(self.text(text));
            }
        });
        if too_long { Err(TooLong) } else { Ok(()) }
    }

    // -- rules

    /// A rule of this very scope.
    pub(crate) fn own_rule(&self, scope: u32, name: &[u8]) -> Option<u32> {
        self.rules_by_name.get(&(scope, self.find_name(name)?)).copied()
    }

    /// A rule of this scope or of one around it.
    pub(crate) fn visible_rule(&self, scope: u32, name: &[u8]) -> Option<u32> {
        let name = self.find_name(name)?;
        let mut scope = Some(scope);
        while let Some(at) = scope {
            if let Some(rule) = self.rules_by_name.get(&(at, name)) {
                return Some(*rule);
            }
            scope = self.parent(at);
        }
        None
    }

    /// The names of all rules that a statement in this scope may name.
    pub(crate) fn visible_rule_names(&self, scope: u32) -> Vec<&[u8]> {
        let mut visible = vec![scope];
        while let Some(parent) = visible.last().and_then(|scope| self.parent(*scope)) {
            visible.push(parent);
        }
        let rules = self.rules.iter().filter(|rule| visible.contains(&rule.scope));
        rules.map(|rule| self.name(rule.name)).collect()
    }

    pub(crate) fn add_rule(&mut self, scope: u32, name: u32, bindings: RuleBindings) {
        let rule = self.rules.len() as u32;
        let circular = self.is_circular(&bindings);
        self.rules.push(Rule { name, scope, circular, bindings });
        self.rules_by_name.insert((scope, name), rule);
    }

    /// Whether bindings name each other in a circle, so that only a variable of an action can break it.
    fn is_circular(&self, bindings: &RuleBindings) -> bool {
        let mut reach = [0_u16; RULE_VARIABLES.len()];
        for (from, text) in bindings.0.iter().enumerate() {
            let Some(text) = text else { continue };
            scan::expand(self.text(*text), &mut Vec::new(), |name, _| {
                if let Some(to) = RULE_VARIABLES.iter().position(|variable| *variable == name) {
                    reach[from] |= 1 << to;
                }
            });
        }
        for through in 0..reach.len() {
            for from in 0..reach.len() {
                if reach[from] & (1 << through) != 0 {
                    reach[from] |= reach[through];
                }
            }
        }
        reach.iter().enumerate().any(|(at, reach)| reach & (1 << at) != 0)
    }

    pub(crate) fn rule_count(&self) -> usize {
        self.rules.len()
    }

    pub(crate) fn rule_name(&self, rule: u32) -> &[u8] {
        self.name(self.rules[rule as usize].name)
    }

    pub(crate) fn rule_scope(&self, rule: u32) -> u32 {
        self.rules[rule as usize].scope
    }

    pub(crate) fn rule_is_circular(&self, rule: u32) -> bool {
        self.rules[rule as usize].circular
    }

    /// Whether nothing but a statement's own bindings can give its action a pool or a dyndep file, so that
    /// nobody has to ask for them.
    pub(crate) fn rule_is_plain(&self, rule: u32) -> bool {
        let Rule { circular, bindings, .. } = &self.rules[rule as usize];
        let binds = |name: u32| bindings.0[name as usize].is_some();
        !self.binds_rule_variables && !circular && !binds(POOL) && !binds(DYNDEP)
    }

    /// What a rule binds to a name, not expanded.
    pub(crate) fn rule_binding(&self, rule: u32, name: u32) -> Option<Text> {
        *self.rules[rule as usize].bindings.0.get(name as usize)?
    }

    /// As [`Scopes::rule_binding`], with escapes resolved and variables as `${name}`.
    pub(crate) fn rule_binding_source(&self, rule: u32, name: &[u8]) -> Option<Vec<u8>> {
        let text = self.rule_binding(rule, self.find_name(name)?)?;
        let mut out = Vec::new();
        scan::expand(self.text(text), &mut out, |name, out| {
            out.extend_from_slice(b"${");
            out.extend_from_slice(name);
            out.push(b'}');
        });
        Some(out)
    }
}
