//! Collects rules and statements and writes the rule file, rules first.

use std::collections::BTreeMap;

use mbuild_rules::write::{Build, Unwritable, Writer, escape_value};

/// A `build` statement in the making.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) rule: String,
    pub(crate) outputs: Vec<String>,
    pub(crate) implicit_outputs: Vec<String>,
    pub(crate) inputs: Vec<String>,
    pub(crate) implicit: Vec<String>,
    pub(crate) order_only: Vec<String>,
    pub(crate) bindings: Vec<(&'static str, String)>,
}

/// The content of a rule file.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    variables: Vec<(String, String)>,
    pools: Vec<(String, u32)>,
    rules: BTreeMap<String, Vec<(&'static str, String)>>,
    statements: Vec<Statement>,
    default: Vec<String>,
    included: Option<String>,
}

impl Statement {
    pub(crate) fn new(rule: impl Into<String>, output: impl Into<String>) -> Self {
        Self { rule: rule.into(), outputs: vec![output.into()], ..Self::default() }
    }

    pub(crate) fn also<S: Into<String>>(mut self, outputs: impl IntoIterator<Item = S>) -> Self {
        self.implicit_outputs.extend(outputs.into_iter().map(Into::into));
        self
    }

    pub(crate) fn input(mut self, input: impl Into<String>) -> Self {
        self.inputs.push(input.into());
        self
    }

    pub(crate) fn inputs<S: Into<String>>(mut self, inputs: impl IntoIterator<Item = S>) -> Self {
        self.inputs.extend(inputs.into_iter().map(Into::into));
        self
    }

    pub(crate) fn implicit<S: Into<String>>(mut self, inputs: impl IntoIterator<Item = S>) -> Self {
        self.implicit.extend(inputs.into_iter().map(Into::into));
        self
    }

    pub(crate) fn order_only<S: Into<String>>(
        mut self,
        inputs: impl IntoIterator<Item = S>,
    ) -> Self {
        self.order_only.extend(inputs.into_iter().map(Into::into));
        self
    }

    /// A variable of the statement; the value is in Ninja syntax. An empty one is left out.
    pub(crate) fn bind(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.bindings.push((name, value));
        }
        self
    }
}

impl Rules {
    pub(crate) fn variable(&mut self, name: &str, value: impl Into<String>) {
        self.variables.push((name.to_owned(), value.into()));
    }

    pub(crate) fn pool(&mut self, name: &str, depth: u32) {
        if !self.pools.iter().any(|(known, _)| known == name) {
            self.pools.push((name.to_owned(), depth));
        }
    }

    /// Declares a rule; the same name again keeps the first.
    pub(crate) fn rule(
        &mut self,
        name: &str,
        command: impl Into<String>,
        description: &str,
        more: &[(&'static str, &str)],
    ) {
        self.rules.entry(name.to_owned()).or_insert_with(|| {
            let mut bindings =
                vec![("command", command.into()), ("description", description.to_owned())];
            bindings.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
            bindings
        });
    }

    /// Whether a statement has this output first.
    pub(crate) fn makes(&self, output: &str) -> bool {
        self.statements
            .iter()
            .any(|statement| statement.outputs.first().is_some_and(|it| it == output))
    }

    pub(crate) fn add(&mut self, statement: Statement) {
        self.statements.push(statement);
    }

    /// A name for several files.
    pub(crate) fn phony<S: Into<String>>(
        &mut self,
        name: impl Into<String>,
        inputs: impl IntoIterator<Item = S>,
    ) {
        self.add(Statement::new("phony", name).inputs(inputs));
    }

    /// Another rule file, whose variables and rules stay in it.
    pub(crate) fn include_of_its_own(&mut self, path: Option<String>) {
        self.included = path;
    }

    pub(crate) fn build_by_default(&mut self, name: &str) {
        self.default.push(name.to_owned());
    }

    pub(crate) fn write(&self) -> Result<Vec<u8>, Unwritable> {
        let mut out = Writer::new();
        out.comment("Written by mbuild from the package's manifest; changes here are lost.");
        out.comment("");
        out.variable("ninja_required_version", "1.10");
        for (name, value) in &self.variables {
            out.variable(name, value);
        }
        for (name, depth) in &self.pools {
            out.comment("");
            out.pool(name, *depth);
        }
        for (name, bindings) in &self.rules {
            out.comment("");
            out.rule(name, bindings);
        }
        out.comment("");
        for statement in &self.statements {
            let bytes = |list: &[String]| {
                list.iter().map(|path| path.clone().into_bytes().into()).collect::<Vec<_>>()
            };
            out.build(&Build {
                outputs: bytes(&statement.outputs),
                implicit_outputs: bytes(&statement.implicit_outputs),
                rule: &statement.rule,
                inputs: bytes(&statement.inputs),
                implicit_inputs: bytes(&statement.implicit),
                order_only: bytes(&statement.order_only),
                validations: Vec::new(),
                bindings: statement
                    .bindings
                    .iter()
                    .map(|(name, value)| (*name, value.clone().into_bytes().into()))
                    .collect(),
            });
        }
        if let Some(path) = &self.included {
            out.subninja(path);
        }
        out.default(&self.default);
        out.finish()
    }
}

/// An argument as the shell and the rule file want it.
pub(crate) fn quote(argument: &str) -> String {
    escape(&shell(argument))
}

/// An argument as the shell wants it.
pub(crate) fn shell(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+=./,:@%^".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', "'\\''"))
    }
}

/// Text as a value of the rule file.
pub(crate) fn escape(text: &str) -> String {
    String::from_utf8_lossy(&escape_value(text.as_bytes())).into_owned()
}

/// Several arguments, each quoted.
pub(crate) fn quote_all<S: AsRef<str>>(arguments: &[S]) -> String {
    arguments.iter().map(|argument| quote(argument.as_ref())).collect::<Vec<_>>().join(" ")
}

/// Parts of a command with one blank between those that are not empty.
pub(crate) fn command<S: AsRef<str>>(parts: &[S]) -> String {
    parts.iter().map(AsRef::as_ref).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A name with everything replaced that paths, rules and shells could stumble over.
pub(crate) fn plain(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_reach_the_command_as_they_are() {
        assert_eq!(quote("-I/usr/lib"), "-I/usr/lib");
        assert_eq!(quote("a b"), "'a b'");
        assert_eq!(quote("it's $x"), r"'it'\''s $$x'");
        assert_eq!(quote("`x`; y"), "'`x`; y'");
        assert_eq!(quote(""), "''");
    }
}
