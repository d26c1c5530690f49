//! From tokens to the syntax tree of the old language; after a mistake it goes on with what follows.

use super::lex::{self, Token};
use super::syntax::{Comparison, Condition, Expression, Form, Kind, Statement, Word};
use crate::suggest;

/// Nothing may be nested deeper.
const DEPTH: usize = 300;

/// Further mistakes than these are not told.
pub(super) const MISTAKES: usize = 100;

/// Words that are no names.
const KEYWORDS: [&str; 19] = [
    "begin", "end", "true", "false", "library", "syntax", "program", "objects", "config",
    "include", "type", "use", "pack", "test", "rules", "if", "then", "else", "not",
];

/// A mistake or a warning: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) at: usize,
    pub(super) message: String,
    pub(super) help: String,
}

/// What a file consists of.
#[derive(Clone, Debug, Default)]
pub(super) struct Parsed {
    pub(super) statements: Vec<Statement>,
    pub(super) errors: Vec<Found>,
    pub(super) warnings: Vec<Found>,
}

/// Reads a file.
pub(super) fn parse(content: &[u8]) -> Parsed {
    let (tokens, bad) = lex::tokens(content);
    let mut parser =
        Parser { content, tokens, at: 0, depth: 0, errors: Vec::new(), warnings: Vec::new() };
    for bad in bad.into_iter().take(MISTAKES) {
        let lex::Bad { at, message, help } = bad;
        parser.errors.push(Found { at, message, help: help.to_owned() });
    }
    let statements = parser.file();
    let Parser { mut errors, warnings, .. } = parser;
    errors.sort_by_key(|found| found.at);
    Parsed { statements, errors, warnings }
}

/// A mistake was found and told.
struct Wrong;

type Result<T> = std::result::Result<T, Wrong>;

struct Parser<'a> {
    content: &'a [u8],
    tokens: Vec<(Token<'a>, usize)>,
    at: usize,
    depth: usize,
    errors: Vec<Found>,
    warnings: Vec<Found>,
}

/// Where statements stand: some may stand at the top only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Top,
    Package,
    Options,
}

impl<'a> Parser<'a> {
    fn token(&self) -> &Token<'a> {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn place(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |(_, at)| *at)
    }

    fn is(&self, word: &str) -> bool {
        matches!(self.token(), Token::Word(found) if *found == word)
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = self.is(word);
        self.at += usize::from(found);
        found
    }

    fn error<T>(
        &mut self,
        at: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Result<T> {
        if self.errors.len() < MISTAKES {
            self.errors.push(Found { at, message: message.into(), help: help.into() });
        }
        Err(Wrong)
    }

    /// What stands here is not what should.
    fn unexpected<T>(&mut self, wanted: &str, help: impl Into<String>) -> Result<T> {
        let found = match self.token() {
            Token::Word(word) => format!("`{word}`"),
            Token::Text(_) => "a text".to_owned(),
            Token::Int(number) => format!("`{number}`"),
            Token::End => "the end of the file".to_owned(),
        };
        self.error(self.place(), format!("{found}, where {wanted} should be"), help)
    }

    fn expect(&mut self, word: &str, help: &str) -> Result<()> {
        if self.accept(word) { Ok(()) } else { self.unexpected(&format!("`{word}`"), help) }
    }

    /// Goes one level deeper for what `inside` reads.
    fn deeper<T>(&mut self, inside: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == DEPTH {
            let help = "give the inner parts names of their own";
            return self.error(self.place(), format!("more than {DEPTH} levels of nesting"), help);
        }
        self.depth += 1;
        let read = inside(self);
        self.depth -= 1;
        read
    }

    fn file(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        loop {
            while self.accept(";") || self.accept(";;") {}
            if *self.token() == Token::End {
                return statements;
            }
            let start = self.at;
            match self.statement(Level::Top) {
                Ok(statement) => statements.push(statement),
                Err(Wrong) => self.recover(start),
            }
            self.depth = 0;
        }
    }

    /// Skips what belongs to a statement with a mistake: to its `end`, or to what begins a line.
    fn recover(&mut self, start: usize) {
        let mistake = self.at;
        self.at = start;
        let mut open = 0usize;
        loop {
            match self.token() {
                Token::End => return,
                _ if open == 0 && self.at > mistake && self.begins_line() => return,
                Token::Word("begin") => open += 1,
                Token::Word("end") => open = open.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
        }
    }

    fn begins_line(&self) -> bool {
        let before = &self.content[..self.place().min(self.content.len())];
        before
            .iter()
            .rev()
            .find(|byte| !matches!(byte, b' ' | b'\t'))
            .is_none_or(|byte| *byte == b'\n')
    }

    fn statements(&mut self, level: Level, ends: &str) -> Result<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            if self.accept(";") || self.accept(";;") {
                continue;
            }
            if self.is(ends) || *self.token() == Token::End {
                return Ok(statements);
            }
            statements.push(self.statement(level)?);
        }
    }

    /// One statement, or several in braces.
    fn branch(&mut self, level: Level) -> Result<Vec<Statement>> {
        if !self.accept("{") {
            return Ok(vec![self.statement(level)?]);
        }
        let inside = self.deeper(|parser| parser.statements(level, "}"))?;
        self.expect("}", "close the braces behind `then` or `else`")?;
        Ok(inside)
    }

    fn statement(&mut self, level: Level) -> Result<Statement> {
        if level != Level::Options && self.accept("begin") {
            return self.deeper(|parser| parser.begun(level));
        }
        if self.accept("if") {
            return self.deeper(|parser| parser.branches(level));
        }
        if self.accept("use") {
            return Ok(Statement::Use(self.text()?));
        }
        self.option()
    }

    fn begun(&mut self, level: Level) -> Result<Statement> {
        const OPEN: &str = "each `begin` needs its own `end`";
        if level == Level::Top {
            if self.accept("config") {
                let name = self.text()?;
                let options = self.statements(Level::Options, "end")?;
                self.expect("end", OPEN)?;
                return Ok(Statement::Config { name, options });
            }
            let kind = match self.token() {
                Token::Word(word) => Kind::of(word),
                _ => None,
            };
            if let Some(kind) = kind {
                self.at += 1;
                let name = self.text()?;
                let body = self.statements(Level::Package, "end")?;
                self.expect("end", OPEN)?;
                return Ok(Statement::Package { kind, name, body });
            }
            if let (Token::Word(word), Some((Token::Text(_), _))) =
                (self.token(), self.tokens.get(self.at + 1))
            {
                let known = Kind::ALL.map(|(keyword, _)| keyword);
                let help = suggest::help(word, known, || {
                    format!("kinds are {}", suggest::list(known.into_iter().chain(["config"])))
                });
                let message = format!("`{word}` is no kind of package");
                return self.error(self.place(), message, help);
            }
        }
        let inside = self.statements(level, "end")?;
        self.expect("end", OPEN)?;
        Ok(Statement::Block(inside))
    }

    fn branches(&mut self, level: Level) -> Result<Statement> {
        const THEN: &str = "write `if CONDITION then ... else ...`";
        if level == Level::Top && self.accept("include") {
            let file = self.text()?;
            self.expect("then", "write `if include \"FILE\" then ... else ...`")?;
            let then = self.branch(level)?;
            let otherwise = if self.accept("else") { self.branch(level)? } else { Vec::new() };
            return Ok(Statement::Include { file, then, otherwise });
        }
        let condition = self.condition()?;
        self.expect("then", THEN)?;
        let then = self.branch(level)?;
        let otherwise = if self.accept("else") { self.branch(level)? } else { Vec::new() };
        Ok(Statement::If { condition, then, otherwise })
    }

    /// `name`, `name = value` or `name += value`.
    fn option(&mut self) -> Result<Statement> {
        const HELP: &str =
            "write `NAME = VALUE`, `NAME += VALUE`, or a package between `begin` and `end`";
        let at = self.place();
        let text = match self.token() {
            Token::Text(text) => text.clone(),
            Token::Word("syntax") => "syntax".to_owned(),
            Token::Word("rules") => "rules".to_owned(),
            Token::Word("pack") => "pack".to_owned(),
            Token::Word("end") => {
                return self.error(
                    at,
                    "this `end` closes nothing",
                    "remove it, or write the `begin` before it",
                );
            }
            Token::Word("else") => {
                return self.error(
                    at,
                    "this `else` belongs to no `if`",
                    "put what stands between `then` and `else` in braces",
                );
            }
            Token::Word(word) if is_name(word) => (*word).to_owned(),
            // The stock tool takes other signs for names.
            Token::Word(word) if is_odd_name(word) => {
                let word = (*word).to_owned();
                self.warnings.push(Found {
                    at,
                    message: format!("`{word}` is taken for the name of an option here"),
                    help: if word == "+" {
                        "write `+=` without a blank to add to what stands before".to_owned()
                    } else {
                        "remove it".to_owned()
                    },
                });
                word
            }
            _ => return self.unexpected("an option", HELP),
        };
        self.at += 1;
        let name = Word { text, at };
        let append = self.is("+=");
        if append || self.is("=") {
            self.at += 1;
            let value = self.expression()?;
            return Ok(Statement::Set { name, append, value });
        }
        Ok(Statement::Set { name, append, value: Expression { at, form: Form::Bool(true) } })
    }

    fn condition(&mut self) -> Result<Condition> {
        let mut any = vec![self.all()?];
        while self.accept("||") {
            any.push(self.all()?);
        }
        Ok(if any.len() == 1 { any.remove(0) } else { Condition::Any(any) })
    }

    fn all(&mut self) -> Result<Condition> {
        let mut all = vec![self.one()?];
        while self.accept("&&") {
            all.push(self.one()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Condition::All(all) })
    }

    fn one(&mut self) -> Result<Condition> {
        let mut not = false;
        while self.accept("not") {
            not = !not;
        }
        let found = if self.accept("(") {
            let inside = self.deeper(Self::condition)?;
            self.expect(")", "close the parentheses of the condition")?;
            inside
        } else {
            let left = self.expression()?;
            let how = match self.token() {
                Token::Word("=") => Some(Comparison::Equal),
                Token::Word("<") => Some(Comparison::Less),
                Token::Word("<=") => Some(Comparison::LessOrEqual),
                Token::Word(">") => Some(Comparison::Greater),
                Token::Word(">=") => Some(Comparison::GreaterOrEqual),
                _ => None,
            };
            match how {
                Some(how) => {
                    self.at += 1;
                    Condition::Compare(how, Box::new((left, self.expression()?)))
                }
                None => Condition::Holds(left),
            }
        };
        Ok(if not { Condition::Not(Box::new(found)) } else { found })
    }

    fn expressions(&mut self, ends: &str) -> Result<Vec<Expression>> {
        let mut list = Vec::new();
        loop {
            if self.accept(";") {
                continue;
            }
            if self.accept(ends) {
                return Ok(list);
            }
            if self.is(",") {
                return self.unexpected(
                    "a value",
                    "values of a list stand beside each other, with nothing or `;` between them",
                );
            }
            if *self.token() == Token::End {
                return self.unexpected(&format!("`{ends}`"), "close the list");
            }
            list.push(self.expression()?);
        }
    }

    /// `( options )`.
    fn options(&mut self) -> Result<Vec<Statement>> {
        self.deeper(|parser| {
            let options = parser.statements(Level::Options, ")")?;
            parser.expect(")", "close the parentheses of the options")?;
            Ok(options)
        })
    }

    fn expression(&mut self) -> Result<Expression> {
        let at = self.place();
        let expression = self.plain()?;
        let mut options = Vec::new();
        while self.accept("(") {
            options.push(self.options()?);
        }
        Ok(if options.is_empty() {
            expression
        } else {
            Expression { at, form: Form::With(Box::new(expression), options) }
        })
    }

    fn plain(&mut self) -> Result<Expression> {
        let at = self.place();
        let form = match self.token() {
            Token::Int(number) => {
                let text = number.to_string();
                self.at += 1;
                Form::Text(text)
            }
            Token::Word(word @ ("true" | "false")) => {
                let value = *word == "true";
                self.at += 1;
                Form::Bool(value)
            }
            Token::Word("[") => {
                self.at += 1;
                Form::List(self.deeper(|parser| parser.expressions("]"))?)
            }
            Token::Word("{") => {
                self.at += 1;
                Form::Command(self.deeper(|parser| parser.expressions("}"))?)
            }
            Token::Word("pack") => {
                self.at += 1;
                self.pack()?
            }
            Token::Word("begin") => {
                self.at += 1;
                self.expect(
                    "(",
                    "as a value, `begin` has options in parentheses before what they are for",
                )?;
                let options = self.options()?;
                let list = self.deeper(|parser| parser.expressions("end"))?;
                Form::With(Box::new(Expression { at, form: Form::List(list) }), vec![options])
            }
            _ => return self.text(),
        };
        Ok(Expression { at, form })
    }

    fn pack(&mut self) -> Result<Form> {
        let at = self.place();
        let text = match self.token() {
            Token::Text(text) => text.clone(),
            Token::Word(word) if is_name(word) => (*word).to_owned(),
            _ => {
                return self
                    .unexpected("the name of a module", "write `pack Module [ \"file.ml\" ]`");
            }
        };
        self.at += 1;
        let options = if self.accept("(") { self.options()? } else { Vec::new() };
        self.expect("[", "write `pack Module [ \"file.ml\" ]`")?;
        let files = self.deeper(|parser| parser.expressions("]"))?;
        Ok(Form::Pack { module: Word { text, at }, options, files })
    }

    /// A text, a variable, or what a primitive gives.
    fn text(&mut self) -> Result<Expression> {
        let at = self.place();
        let form = match self.token() {
            Token::Text(text) => Form::Text(text.clone()),
            Token::Word(word) if is_name(word) => Form::Variable((*word).to_owned()),
            Token::Word("%") => {
                self.at += 1;
                let name = match self.token() {
                    Token::Text(text) => text.clone(),
                    Token::Word("pack") => "pack".to_owned(),
                    Token::Word(word) if is_name(word) => (*word).to_owned(),
                    _ => {
                        return self
                            .unexpected("the name of a primitive", "write `%name( options )`");
                    }
                };
                self.at += 1;
                self.expect("(", "a primitive has options: `%name( options )`")?;
                let form = Form::Primitive(name, self.options()?);
                return Ok(Expression { at, form });
            }
            _ => {
                return self
                    .unexpected("a value", "put texts in quotes, and lists between `[` and `]`");
            }
        };
        self.at += 1;
        Ok(Expression { at, form })
    }
}

/// Whether a word can name an option or a variable.
fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && !KEYWORDS.contains(&word)
}

/// Signs with a meaning of their own are not among the names that the stock tool makes of others.
fn is_odd_name(word: &str) -> bool {
    const SIGNS: [&str; 18] = [
        "[", "]", ";", "(", ")", "{", "}", "=", "+=", "!", "<", ">", ">=", "<=", "&&", "||", "%",
        "'",
    ];
    !KEYWORDS.contains(&word) && !SIGNS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(content: &str) -> Vec<(usize, String)> {
        let parsed = parse(content.as_bytes());
        parsed.errors.into_iter().map(|found| (found.at, found.message)).collect()
    }

    #[test]
    fn a_file_of_everything_is_read() {
        let text = r#"
            comp += [ "-g" ; "-w" "A" ]; byte
            begin config "c" strict = true; use "d" if a then { b } else c = 1 end
            if include "x.ocp2" then { } else { y = false }
            begin installed = true begin library "unix" end end
            begin program %string(strings = [ "a" "b" ])
              files = [ "a.ml" (pp = "x" file2string = [ "y" ]) pack M (a) [ "b.ml" ]
                        begin (nopervasives) "c.ml" end ]
              if not (os_type = "Win32") && ocaml_version >= "4.0" || x then files += [ "d.ml" ]
              else if y < 3 then { z }
              syntax = "s"; rules = []; pack = 1
              build_rules = [ "t" (commands = [ { "cp" "a" "b" } (stdout = "x") ]) ]
            end"#;
        assert_eq!(errors(text), []);
        assert_eq!(parse(text.as_bytes()).statements.len(), 6);
    }

    #[test]
    fn every_mistake_is_told_once() {
        let text = "begin library files = [] end\nx = ]\nbegin program \"b\" files = [ \"a\", ] end\n\
                    begin libary \"c\" end\ny = 1\nend\nbegin test \"z\"\n";
        let found = errors(text);
        let lines: Vec<usize> =
            found.iter().map(|(at, _)| text[..*at].matches('\n').count() + 1).collect();
        assert_eq!(lines, [1, 2, 3, 4, 6, 8], "{found:?}");
    }

    #[test]
    fn nesting_has_a_limit_and_long_chains_have_none() {
        let deep = |open: &str, times: usize| format!("x = {}", open.repeat(times));
        assert_eq!(errors(&deep("[ ", 100_000))[0].1, "more than 300 levels of nesting");
        assert_eq!(errors(&deep("begin () ", 100_000))[0].1, "more than 300 levels of nesting");
        let chain = format!("x = \"a\" {}", "(b) ".repeat(100_000));
        assert_eq!(errors(&chain), []);
        let chain = format!("if {} a {} then b", "not ".repeat(99_999), "&& a || a ".repeat(9_999));
        assert_eq!(errors(&chain), []);
    }
}
