//! The syntax tree of the newer language; chains are flat, so that long ones are not deep.

use std::rc::Rc;

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ocp) enum Statement {
    /// `a.b = value`, or with an operator `a.b += value`.
    Assign(Expression, Option<&'static str>, Expression),
    /// A call for what it does.
    Do(Expression),
    /// `return value`.
    Return(Option<Expression>, usize),
    /// `import record`: its fields become variables.
    Import(Expression),
    /// `include "file" else ...`.
    Include(Expression, Vec<Statement>),
    /// `if(a) ... else if(b) ... else ...`.
    If(Vec<(Expression, Vec<Statement>)>, Vec<Statement>),
    /// `{ ... }`.
    Sequence(Vec<Statement>),
    /// `begin ... end`: what is set inside holds inside.
    Block(Vec<Statement>),
    /// `try { ... } catch("name", x) { ... }`.
    Try(Vec<Statement>, Vec<Catch>),
    /// `for x in list { ... }`.
    For(Rc<str>, Expression, Vec<Statement>),
}

/// What follows an exception.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ocp) struct Catch {
    pub(super) name: Rc<str>,
    pub(super) variable: Rc<str>,
    pub(super) body: Vec<Statement>,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ocp) struct Expression {
    pub(super) at: usize,
    pub(super) form: Form,
}

// There may be millions of them.
const _: () = assert!(size_of::<Expression>() == 32);

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ocp) enum Form {
    Text(Rc<str>),
    Int(i64),
    Bool(bool),
    Variable(Rc<str>),
    /// `.`: every variable.
    All,
    List(Box<[Expression]>),
    Tuple(Box<[Expression]>),
    /// `{ a = 1; b.c = 2 }`.
    Record(Box<[(Expression, Expression)]>),
    Function(Rc<Function>),
    /// `a.b[c](d)`.
    Chain(Box<(Expression, Vec<Link>)>),
    /// `a + b - c`: operators of one level.
    Operators(Box<(Expression, Vec<(&'static str, Expression)>)>),
    /// `! a`, how many times.
    Not(usize, Box<Expression>),
}

/// What stands behind a value.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ocp) enum Link {
    /// `.name` or `[ index ]`.
    Field(Expression),
    /// `( arguments )`.
    Call(Box<[Expression]>, usize),
}

/// A function.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ocp) struct Function {
    pub(super) arguments: Vec<Rc<str>>,
    pub(super) body: Vec<Statement>,
}
