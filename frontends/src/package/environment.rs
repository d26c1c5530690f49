//! What a package changes in the environment that its commands run in.

use std::ffi::{OsStr, OsString};

use serde::{Deserialize, Serialize};

/// One change of one variable.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Change {
    /// The variable.
    pub name: String,
    /// How it changes.
    pub how: How,
    /// What it changes to, or what is put to it; may hold variables as [`super::Package`] says.
    pub value: String,
}

/// How a variable of the environment changes; parts of a list have colons between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// It is the value.
    Set,
    /// It is the value where it is not set, or empty.
    Default,
    /// The value is put before the list that it is.
    Before,
    /// The value is put after the list that it is.
    After,
    /// As [`Self::Before`]; of a list that was empty an empty part stays, which programs take for
    /// their own default.
    BeforeEmpty,
    /// As [`Self::After`], with an empty part in the same way.
    AfterEmpty,
}

impl Change {
    /// A variable that is this value.
    pub fn set(name: &str, value: impl Into<String>) -> Self {
        Self { name: name.to_owned(), how: How::Set, value: value.into() }
    }

    /// The command of the shell that makes the change; `value` is a word of the shell.
    pub fn shell(&self, value: &str) -> String {
        let name = &self.name;
        match self.how {
            How::Set => format!("export {name}={value}"),
            How::Default => format!("[ -n \"${name}\" ] || export {name}={value}"),
            How::Before => format!("export {name}={value}\"${{{name}:+:${name}}}\""),
            How::After => format!("export {name}=\"${{{name}:+${name}:}}\"{value}"),
            How::BeforeEmpty => format!("export {name}={value}:\"${name}\""),
            How::AfterEmpty => format!("export {name}=\"${name}\":{value}"),
        }
    }

    /// The variable after the change, with its value fully expanded to `value`.
    pub fn apply(&self, value: &OsStr, before: Option<&OsStr>) -> OsString {
        let before = before.unwrap_or_default();
        let joined = |first: &OsStr, second: &OsStr| {
            let mut joined = first.to_owned();
            joined.push(":");
            joined.push(second);
            joined
        };
        match self.how {
            How::Set => value.to_owned(),
            How::Default | How::Before | How::After if before.is_empty() => value.to_owned(),
            How::Default => before.to_owned(),
            How::Before | How::BeforeEmpty => joined(value, before),
            How::After | How::AfterEmpty => joined(before, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_shell_makes_the_same_changes() {
        for (how, of_nothing, of_a_list) in [
            (How::Set, "a b", "a b"),
            (How::Default, "a b", "x:y"),
            (How::Before, "a b", "a b:x:y"),
            (How::After, "a b", "x:y:a b"),
            (How::BeforeEmpty, "a b:", "a b:x:y"),
            (How::AfterEmpty, ":a b", "x:y:a b"),
        ] {
            let change = Change { name: "LIST".to_owned(), how, value: "a b".to_owned() };
            for (before, expected) in
                [(None, of_nothing), (Some(""), of_nothing), (Some("x:y"), of_a_list)]
            {
                assert_eq!(
                    change.apply(OsStr::new("a b"), before.map(OsStr::new)),
                    *expected,
                    "{how:?} {before:?}"
                );
                let script = format!("{}; printf %s \"$LIST\"", change.shell("'a b'"));
                let mut shell = Command::new("sh");
                shell.args(["-c", &script]).env_remove("LIST");
                if let Some(before) = before {
                    shell.env("LIST", before);
                }
                let out = shell.output().unwrap().stdout;
                assert_eq!(String::from_utf8(out).unwrap(), expected, "{script}");
            }
        }
    }
}
