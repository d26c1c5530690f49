//! The syntax tree of a file of opam, with the place of every part.

use std::ops::Range;

use bstr::BString;

use super::lex::Wrong;

/// A file: its fields and sections in their order, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// What stands in it.
    pub items: Vec<Item>,
    /// What is strange in it, and in nobody's way.
    pub(super) strange: Vec<Wrong>,
}

/// A field or a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The name of the field, or the kind of the section.
    pub name: String,
    /// The byte that the name begins at.
    pub at: usize,
    /// What it holds.
    pub content: Content,
}

/// What a field or section holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// `name: value`.
    Field(Value),
    /// `kind "name" { ... }`.
    Section {
        /// Its own name, which most have not.
        name: Option<BString>,
        /// What stands in it.
        items: Vec<Item>,
    },
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The bytes of the file that it is.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

impl Value {
    /// The values of a list; one alone needs none.
    pub(super) fn listed(&self) -> &[Value] {
        match &self.kind {
            Kind::List(values) => values,
            _ => std::slice::from_ref(self),
        }
    }

    /// It without the conditions on it.
    pub(super) fn bare(&self) -> &Value {
        let mut value = self;
        while let Kind::Option(inner, _) = &value.kind {
            value = inner;
        }
        value
    }
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true`.
    Bool(bool),
    /// `-12`.
    Int(i64),
    /// `"text"`, with nothing escaped any more.
    Text(BString),
    /// `name`, `package:name`, `a+b:name`.
    Ident(String),
    /// `[a b]`.
    List(Vec<Value>),
    /// `(a)`.
    Group(Vec<Value>),
    /// `a {b}`.
    Option(Box<Value>, Vec<Value>),
    /// `a >= b`.
    Relation(Relation, Box<Value>, Box<Value>),
    /// `>= b`.
    Prefix(Relation, Box<Value>),
    /// `a & b & c`: two values or more.
    And(Vec<Value>),
    /// `a | b | c`: two values or more.
    Or(Vec<Value>),
    /// `!a`.
    Not(Box<Value>),
    /// `?a`.
    Defined(Box<Value>),
    /// `NAME += "text"`; the plain `=` is a relation.
    Update(Update, Box<Value>, Box<Value>),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Relation {
    Equal,
    NotEqual,
    GreaterEqual,
    Greater,
    LessEqual,
    Less,
}

impl Relation {
    /// As it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::GreaterEqual => ">=",
            Self::Greater => ">",
            Self::LessEqual => "<=",
            Self::Less => "<",
        }
    }

    /// Whether it holds where two things are ordered so.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::GreaterEqual => order.is_ge(),
            Self::Greater => order.is_gt(),
            Self::LessEqual => order.is_le(),
            Self::Less => order.is_lt(),
        }
    }

    /// What holds where this does not.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::GreaterEqual => Self::Less,
            Self::Greater => Self::LessEqual,
            Self::LessEqual => Self::Greater,
            Self::Less => Self::GreaterEqual,
        }
    }
}

/// How a variable of the environment changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// `+=`: put before.
    Before,
    /// `=+`: put after.
    After,
    /// `=+=`: put where it was before, else before.
    Again,
    /// `:=`: put before, and a colon stays where there was nothing.
    BeforeColon,
    /// `=:`: put after, and a colon stays where there was nothing.
    AfterColon,
}

impl Update {
    /// As it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Before => "+=",
            Self::After => "=+",
            Self::Again => "=+=",
            Self::BeforeColon => ":=",
            Self::AfterColon => "=:",
        }
    }
}

impl File {
    /// The values of all fields of this name.
    pub fn fields<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Value> {
        fields(&self.items, name)
    }
}

/// The values of all fields of this name among `items`.
pub fn fields<'a>(items: &'a [Item], name: &str) -> impl Iterator<Item = &'a Value> {
    items.iter().filter(move |item| item.name == name).filter_map(|item| match &item.content {
        Content::Field(value) => Some(value),
        Content::Section { .. } => None,
    })
}
