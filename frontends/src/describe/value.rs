//! A tree of named values that is text for people and JSON for programs.

use std::fmt::{self, Write as _};

use serde::ser::{Serialize, SerializeMap, Serializer};

/// Lists are shown on one line as long as they are no longer than this.
const LINE: usize = 90;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing is said: `null`.
    Nothing,
    /// Yes or no; people are told only what is not usual.
    Bool {
        /// What holds.
        value: bool,
        /// What usually does.
        usual: bool,
    },
    /// A text.
    Text(String),
    /// Something that people are shown as one text.
    Shown(String, Box<Value>),
    /// Several.
    List(Vec<Value>),
    /// Named values.
    Fields(Vec<(String, Value)>),
    /// Named values under a title, which says as much as the first of them.
    Block {
        /// The title.
        title: String,
        /// How many of the fields it stands for.
        titled: usize,
        /// The fields.
        fields: Vec<(String, Value)>,
    },
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        text.as_ref().map_or(Self::Nothing, Self::from)
    }
}

impl From<&Vec<String>> for Value {
    fn from(texts: &Vec<String>) -> Self {
        Self::list(texts, Self::from)
    }
}

impl Value {
    /// Yes or no, where it is usually `usual`.
    pub(super) fn usually(usual: bool, value: bool) -> Self {
        Self::Bool { value, usual }
    }

    /// The values of several things.
    pub(super) fn list<'a, T: 'a>(
        all: impl IntoIterator<Item = &'a T>,
        value: impl Fn(&'a T) -> Self,
    ) -> Self {
        Self::List(all.into_iter().map(value).collect())
    }

    /// The values of names.
    pub(super) fn map<'a, T: 'a>(
        all: impl IntoIterator<Item = (&'a String, &'a T)>,
        value: impl Fn(&'a T) -> Self,
    ) -> Self {
        Self::Fields(all.into_iter().map(|(name, it)| (name.clone(), value(it))).collect())
    }

    /// Nothing that people would have to be told.
    fn is_usual(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Bool { value, usual } => value == usual,
            Self::Text(text) => text.is_empty(),
            Self::List(all) => all.is_empty(),
            Self::Fields(all) => all.iter().all(|(_, value)| value.is_usual()),
            Self::Shown(..) | Self::Block { .. } => false,
        }
    }

    /// It as one text, where it is one.
    fn one(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Shown(text, _) => Some(text),
            Self::Bool { value, .. } => Some(if *value { "yes" } else { "no" }),
            _ => None,
        }
    }

    /// Its lines, under `name`. Values are no deeper than the model is.
    fn lines(&self, name: &str, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth);
        if self.is_usual() {
            return;
        }
        match self {
            Self::Block { title, titled, fields } => {
                let _ = writeln!(out, "{indent}{title}");
                for (name, value) in fields.iter().skip(*titled) {
                    value.lines(name, depth + 1, out);
                }
            }
            Self::List(all) => {
                let texts: Option<Vec<&str>> = all.iter().map(Self::one).collect();
                match texts {
                    Some(texts) => {
                        let line = texts.join(", ");
                        let apart = texts.len() > 1
                            && (line.len() > LINE || texts.iter().any(|text| text.contains(',')));
                        let text = if apart { texts.join("\n") } else { line };
                        named(name, &text, depth, out);
                    }
                    None => all.iter().for_each(|value| value.lines(name, depth, out)),
                }
            }
            Self::Fields(all) => {
                let _ = writeln!(out, "{indent}{name}:");
                for (name, value) in all {
                    value.lines(name, depth + 1, out);
                }
            }
            _ => named(name, self.one().unwrap_or_default(), depth, out),
        }
    }
}

/// A text under its name, in lines of its own where it has several.
fn named(name: &str, text: &str, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    if text.contains('\n') {
        let _ = writeln!(out, "{indent}{name}:");
        for line in text.trim_end().lines() {
            let _ = writeln!(out, "{}", format!("{indent}  {line}").trim_end());
        }
    } else {
        let _ = writeln!(out, "{indent}{name}: {text}");
    }
}

/// The text for people.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.lines("", 0, &mut out);
        f.write_str(out.trim_end())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_none(),
            Self::Bool { value, .. } => serializer.serialize_bool(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Shown(_, value) => value.serialize(serializer),
            Self::List(all) => serializer.collect_seq(all),
            Self::Fields(fields) | Self::Block { fields, .. } => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// Named values.
macro_rules! fields {
    ($($name:literal: $value:expr),* $(,)?) => {
        vec![$(($name.to_owned(), $crate::describe::Value::from($value))),*]
    };
}
pub(super) use fields;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_what_is_not_usual_and_programs_everything() {
        let long = vec!["x".repeat(60), "y".repeat(60)];
        let value = Value::Block {
            title: "thing one".to_owned(),
            titled: 1,
            fields: fields! {
                "name": "one",
                "absent": Value::Nothing,
                "on": Value::usually(true, true),
                "off_now": Value::usually(true, false),
                "words": &vec!["a".to_owned(), "b".to_owned()],
                "long": &long,
                "text": "two\n\nlines\n",
                "with": Value::Shown("a (b)".to_owned(), Box::new(Value::Fields(fields! { "a": "b" }))),
            },
        };
        insta::assert_snapshot!(value, @r"
        thing one
          off_now: no
          words: a, b
          long:
            xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
            yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
          text:
            two

            lines
          with: a (b)
        ");
        let json = serde_json::to_string(&value).unwrap();
        assert!(json.starts_with(r#"{"name":"one","absent":null,"on":true,"off_now":false,"words":["a","b"],"long":["x"#), "{json}");
        assert!(json.ends_with(r#""text":"two\n\nlines\n","with":{"a":"b"}}"#), "{json}");
    }
}
