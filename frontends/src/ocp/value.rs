//! Values of both languages.

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::ops::Deref;
use std::rc::Rc;

use super::env::Env;
use super::files::Place;
use super::quote::quoted;
use crate::version;

/// No value may be nested deeper.
pub(super) const DEPTH: u32 = 200;

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A number; the old language has texts for them.
    Int(i64),
    /// A text.
    Text(Text),
    /// A list.
    List(Items),
    /// Several values that belong together, such as a file and its options.
    Tuple(Together),
    /// Options.
    Object(Env),
    /// A function of a manifest: its number.
    Function(u32),
    /// A function that is always there.
    Primitive(&'static str),
}

/// A text that knows where it was written.
#[derive(Clone, Debug)]
pub struct Text {
    /// The text.
    pub text: Rc<str>,
    /// It is a version, and compared as one.
    pub version: bool,
    /// Where it was written.
    pub place: Place,
}

/// The items of a list.
#[derive(Clone, Debug, Default)]
pub struct Items {
    items: Rc<Vec<Value>>,
    depth: u32,
}

/// The items of a tuple, which nobody adds to: it takes no more than they do, as there may be a million pairs of a
/// file and its options.
#[derive(Clone, Debug)]
pub struct Together {
    items: Rc<[Value]>,
    depth: u32,
}

/// Values of kinds that cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incomparable;

impl Deref for Items {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.items
    }
}

impl Deref for Together {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.items
    }
}

impl Items {
    /// Adds an item; costs nothing beyond where nobody else has the list.
    pub fn push(&mut self, item: Value) {
        self.depth = self.depth.max(item.depth() + 1);
        Rc::make_mut(&mut self.items).push(item);
    }

    /// Adds the items of another list, which are moved where nobody else has that.
    pub(super) fn append(&mut self, other: Self) {
        self.depth = self.depth.max(other.depth);
        let items = Rc::make_mut(&mut self.items);
        match Rc::try_unwrap(other.items) {
            Ok(mut own) => items.append(&mut own),
            Err(shared) => items.extend_from_slice(&shared),
        }
    }

    /// Whether others have the list as well, so that it has to be copied for a change.
    pub fn is_shared(&self) -> bool {
        Rc::strong_count(&self.items) > 1
    }
}

impl FromIterator<Value> for Items {
    fn from_iter<T: IntoIterator<Item = Value>>(items: T) -> Self {
        let items: Vec<Value> = items.into_iter().collect();
        Self { depth: depth_of(&items), items: Rc::new(items) }
    }
}

// There may be millions of them.
const _: () = assert!(size_of::<Value>() == 32);

impl<T: Into<Rc<[Value]>>> From<T> for Together {
    fn from(items: T) -> Self {
        let items = items.into();
        Self { depth: depth_of(&items), items }
    }
}

/// How deeply a value with these items is nested.
fn depth_of(items: &[Value]) -> u32 {
    items.iter().map(Value::depth).max().unwrap_or(0) + 1
}

impl Text {
    /// A text as it stands in a file.
    pub fn new(text: impl Into<Rc<str>>, place: Place) -> Self {
        Self { text: text.into(), version: false, place }
    }
}

impl Value {
    /// A text without a place.
    pub fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(Text::new(text, Place::default()))
    }

    /// A text that stands at a place.
    pub fn text_at(text: impl Into<Rc<str>>, place: Place) -> Self {
        Self::Text(Text::new(text, place))
    }

    /// A list.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(items.into_iter().collect())
    }

    /// An empty list.
    pub fn empty() -> Self {
        Self::List(Items::default())
    }

    /// A list of texts without places.
    pub fn texts<S: AsRef<str>>(texts: &[S]) -> Self {
        Self::list(texts.iter().map(|text| Self::text(text.as_ref())))
    }

    /// A value with options.
    pub fn with(value: Self, options: Env) -> Self {
        Self::Tuple([value, Self::Object(options)].into())
    }

    /// How deeply it is nested.
    pub fn depth(&self) -> u32 {
        match self {
            Self::List(items) => items.depth,
            Self::Tuple(items) => items.depth,
            Self::Object(env) => env.depth(),
            _ => 0,
        }
    }

    /// What it is, as messages name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Object(_) => "a record",
            Self::Function(_) | Self::Primitive(_) => "a function",
        }
    }

    /// Whether it counts as true where a condition is asked.
    pub fn holds(&self) -> bool {
        match self {
            Self::Bool(value) => *value,
            Self::List(items) => !items.is_empty(),
            _ => true,
        }
    }

    /// The text that it is, and the options of that where it has some.
    pub(super) fn element(&self) -> Option<(&Text, Option<&Env>)> {
        match self {
            Self::Text(text) => Some((text, None)),
            Self::Tuple(items) => match &**items {
                [Self::Text(text), Self::Object(env)] => Some((text, Some(env))),
                _ => None,
            },
            _ => None,
        }
    }

    /// What it consists of: a value that is no list is a list of itself.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => &items.items,
            other => std::slice::from_ref(other),
        }
    }

    /// Its elements where they are, each with the options that it has; `None` where one of them is no text.
    pub(super) fn each(&self) -> Option<impl Iterator<Item = (&Text, Option<&Env>)>> {
        let items = self.items();
        let right = items.iter().all(|item| item.element().is_some());
        right.then(|| items.iter().filter_map(Self::element))
    }

    /// Its elements with their options.
    pub fn elements(&self) -> Option<Vec<(Text, Env)>> {
        let with = |options: Option<&Env>| options.cloned().unwrap_or_default();
        let mut elements = Vec::with_capacity(self.items().len());
        elements.extend(self.each()?.map(|(text, options)| (text.clone(), with(options))));
        Some(elements)
    }

    /// Its elements as texts.
    pub fn words(&self) -> Option<Vec<Text>> {
        let mut words = Vec::with_capacity(self.items().len());
        words.extend(self.each()?.map(|(text, _)| text.clone()));
        Some(words)
    }

    /// One text: the words of a list with blanks between them.
    pub fn joined(&self, between: &str) -> Option<String> {
        let words: Vec<&str> = self.each()?.map(|(text, _)| &*text.text).collect();
        Some(words.join(between))
    }

    /// The text, where it is one or a list of one.
    fn single(&self) -> Option<&Text> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(items) if items.len() == 1 => match &items[0] {
                Self::Text(text) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether two values are the same; a list of one text is that text.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bool(one), Self::Bool(two)) => one == two,
            (Self::Int(one), Self::Int(two)) => one == two,
            (Self::List(one), Self::List(two)) => all_same(one, two),
            (Self::Tuple(one), Self::Tuple(two)) => all_same(one, two),
            (Self::Object(one), Self::Object(two)) => {
                one.len() == two.len()
                    && one
                        .iter()
                        .zip(two.iter())
                        .all(|(one, two)| one.0 == two.0 && one.1.same(two.1))
            }
            (Self::Function(one), Self::Function(two)) => one == two,
            (Self::Primitive(one), Self::Primitive(two)) => one == two,
            _ => match (self.single(), other.single()) {
                (Some(one), Some(two)) => one.text == two.text,
                _ => false,
            },
        }
    }

    /// Which of two values is the greater one; versions are compared as such.
    pub fn compare(&self, other: &Self) -> Result<Ordering, Incomparable> {
        if let (Some(one), Some(two)) = (self.single(), other.single()) {
            return Ok(if one.version || two.version {
                version::compare(&one.text, &two.text)
            } else {
                one.text.cmp(&two.text)
            });
        }
        match (self, other) {
            (Self::Bool(one), Self::Bool(two)) => Ok(one.cmp(two)),
            (Self::Int(one), Self::Int(two)) => Ok(one.cmp(two)),
            (Self::List(one), Self::List(two)) => compare_all(one, two),
            (Self::Tuple(one), Self::Tuple(two)) if one.len() == two.len() => compare_all(one, two),
            (Self::Object(one), Self::Object(two)) => {
                let names = one.iter().zip(two.iter()).all(|(one, two)| one.0 == two.0);
                if one.len() != two.len() || !names {
                    return Err(Incomparable);
                }
                for ((_, one), (_, two)) in one.iter().zip(two.iter()) {
                    match one.compare(two)? {
                        Ordering::Equal => {}
                        other => return Ok(other),
                    }
                }
                Ok(Ordering::Equal)
            }
            _ => Err(Incomparable),
        }
    }

    /// As it is shown to people.
    pub fn shown(&self) -> String {
        let mut out = String::new();
        self.show(&mut out);
        out
    }

    fn show(&self, out: &mut String) {
        let all = |items: &[Self], out: &mut String, between: &str| {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(between);
                }
                item.show(out);
            }
        };
        let _ = match self {
            Self::Bool(value) => write!(out, "{value}"),
            Self::Int(value) => write!(out, "{value}"),
            Self::Text(text) => write!(out, "{}", quoted(text.text.as_bytes())),
            Self::List(items) => {
                out.push('[');
                all(items, out, "; ");
                out.push(']');
                Ok(())
            }
            Self::Tuple(items) => {
                all(items, out, ", ");
                Ok(())
            }
            Self::Object(env) => {
                out.push('{');
                for (name, value) in env.iter() {
                    let _ = write!(out, " {name} = ");
                    value.show(out);
                    out.push(';');
                }
                out.push_str(" }");
                Ok(())
            }
            Self::Function(_) => write!(out, "function(...)"),
            Self::Primitive(name) => write!(out, "{name}"),
        };
    }
}

fn all_same(one: &[Value], two: &[Value]) -> bool {
    one.len() == two.len() && one.iter().zip(two).all(|(one, two)| one.same(two))
}

fn compare_all(one: &[Value], two: &[Value]) -> Result<Ordering, Incomparable> {
    for (one, two) in one.iter().zip(two) {
        match one.compare(two)? {
            Ordering::Equal => {}
            other => return Ok(other),
        }
    }
    Ok(one.len().cmp(&two.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_versions_and_other_texts_as_texts() {
        let version = Value::Text(Text { version: true, ..Text::new("4.02.1", Place::default()) });
        assert_eq!(version.compare(&Value::text("4.2")), Ok(Ordering::Greater));
        assert_eq!(version.compare(&Value::text("4.13.1")), Ok(Ordering::Less));
        assert_eq!(Value::text("4.2").compare(&Value::text("4.13")), Ok(Ordering::Greater));
        assert_eq!(Value::texts(&["1"]).compare(&Value::text("1")), Ok(Ordering::Equal));
        assert_eq!(Value::text("1").compare(&Value::Int(1)), Err(Incomparable));
        assert!(Value::texts(&["a"]).same(&Value::text("a")));
        assert!(!Value::empty().same(&Value::text("a")));
    }

    #[test]
    fn values_are_shown_as_the_newer_language_writes_them() {
        let mut env = Env::default();
        env.set("b", Value::texts(&["c"]));
        let pair = Value::with(Value::text("a"), env);
        assert_eq!(pair.shown(), r#""a", { b = ["c"]; }"#);
        assert_eq!(pair.depth(), 3);
    }
}
