//! The syntax tree of the old language, with the byte offset of everything that can be wrong later.

use std::rc::Rc;

/// A word with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// The text.
    pub text: Rc<str>,
    /// Byte offset.
    pub at: usize,
}

/// Which kind of package a description is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A library.
    Library,
    /// A program.
    Program,
    /// A program that is a test, or a test of another program.
    Test,
    /// Modules without an archive.
    Objects,
    /// A syntax extension.
    Syntax,
    /// Nothing but rules.
    Rules,
}

impl Kind {
    /// Every kind with its keyword.
    pub const ALL: [(&'static str, Self); 6] = [
        ("library", Self::Library),
        ("program", Self::Program),
        ("test", Self::Test),
        ("objects", Self::Objects),
        ("syntax", Self::Syntax),
        ("rules", Self::Rules),
    ];

    /// The kind of a keyword.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(keyword, _)| *keyword == word).map(|(_, kind)| kind)
    }

    /// The keyword.
    pub fn keyword(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, kind)| *kind == self).map_or("", |(keyword, _)| keyword)
    }
}

/// A statement; options of an expression are statements as well.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Statement {
    /// `begin library "x" ... end`.
    Package {
        /// What it is.
        kind: Kind,
        /// Its name.
        name: Expression,
        /// What holds for it alone.
        body: Vec<Statement>,
    },
    /// `begin config "x" ... end`: options by a name, for `use`.
    Config {
        /// Its name.
        name: Expression,
        /// The options.
        options: Rc<Vec<Statement>>,
    },
    /// `begin ... end`: what is set inside holds inside.
    Block(Vec<Statement>),
    /// `if ... then ... else ...`.
    If {
        /// What is asked.
        condition: Condition,
        /// What follows where it holds.
        then: Vec<Statement>,
        /// What follows where it does not.
        otherwise: Vec<Statement>,
    },
    /// `if include "x" then ... else ...`.
    Include {
        /// The file.
        file: Expression,
        /// What follows when it was read.
        then: Vec<Statement>,
        /// What follows where there is none.
        otherwise: Vec<Statement>,
    },
    /// `use "x"`.
    Use(Expression),
    /// `name = value`, or `name += value`.
    Set {
        /// The variable.
        name: Word,
        /// Added to what it has.
        append: bool,
        /// The value.
        value: Expression,
    },
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    /// `a || b`.
    Any(Vec<Condition>),
    /// `a && b`.
    All(Vec<Condition>),
    /// `not a`.
    Not(Box<Condition>),
    /// A value that is neither false, nor an empty list, nor missing.
    Holds(Expression),
    /// Two values compared.
    Compare(Comparison, Box<(Expression, Expression)>),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub(super) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expression {
    /// Byte offset.
    pub at: usize,
    /// What it is.
    pub form: Form,
}

// There may be millions of them.
const _: () = assert!(size_of::<Expression>() == 32);

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    /// A text, or a number, which is one as well.
    Text(Rc<str>),
    /// `true` or `false`.
    Bool(bool),
    /// The value of a variable.
    Variable(Rc<str>),
    /// `[ a b ]`.
    List(Box<[Expression]>),
    /// `{ a b }`: a command.
    Command(Box<[Expression]>),
    /// `a ( options )`, for each of its elements, several times.
    With(Box<(Expression, Vec<Vec<Statement>>)>),
    /// `%name ( options )`.
    Primitive(Box<(Rc<str>, Vec<Statement>)>),
    /// `pack M ( options ) [ files ]`.
    Pack(Box<Pack>),
}

/// A module made of others.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pack {
    /// The module.
    pub module: Word,
    /// Its options.
    pub options: Vec<Statement>,
    /// What it is made of.
    pub files: Box<[Expression]>,
}
