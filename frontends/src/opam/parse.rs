//! From the words of a file of opam to its syntax tree.

use std::ops::Range;

use bstr::{BString, ByteSlice as _};

use super::fields;
use super::lex::{Lexer, MOST, Token, Wrong};
use super::tree::{Content, File, Item, Kind, Value};

/// Values inside each other beyond this are not what a person wrote.
const DEEPEST: usize = 200;

/// Reads a file. What is wrong comes all at once, in the order of the file; the tree is without it.
pub(super) fn file(content: &[u8]) -> (File, Vec<Wrong>) {
    let mut parser = Parser::new(content);
    let items = parser.items(0);
    (File { items, strange: Vec::new() }, parser.all_wrong())
}

struct Parser<'a> {
    content: &'a [u8],
    lexer: Lexer<'a>,
    token: Token,
    span: Range<usize>,
    /// Where the word before ended.
    before: usize,
    wrong: Vec<Wrong>,
    /// The rest is not worth reading.
    given_up: bool,
}

/// A part that cannot be read; why is in [`Parser::wrong`].
struct Stop;

type Parsed<T> = Result<T, Stop>;

impl<'a> Parser<'a> {
    fn new(content: &'a [u8]) -> Self {
        let mut lexer = Lexer::new(content);
        let (span, token) = lexer.next();
        Self { content, lexer, token, span, before: 0, wrong: Vec::new(), given_up: false }
    }

    fn all_wrong(mut self) -> Vec<Wrong> {
        self.wrong.append(&mut self.lexer.wrong);
        self.wrong.sort_by_key(|wrong| wrong.at);
        if let Some(first) = self.wrong.first() {
            self.wrong.extend(swallowing(self.content, first.at));
            self.wrong.sort_by_key(|wrong| wrong.at);
        }
        self.wrong.truncate(MOST);
        self.wrong
    }

    /// Goes on to the next word and gives the present one.
    fn next(&mut self) -> Token {
        let (span, token) = self.lexer.next();
        self.before = self.span.end;
        self.span = span;
        std::mem::replace(&mut self.token, token)
    }

    fn takes(&mut self, token: &Token) -> bool {
        let takes = self.token == *token;
        if takes {
            self.next();
        }
        takes
    }

    fn fails<T>(&mut self, wrong: Wrong) -> Parsed<T> {
        // What is no word was told by the lexer.
        let told = self.token == Token::Bad || self.token == Token::End && self.lexer.endless;
        if !told && !self.given_up {
            self.wrong.push(wrong);
        }
        Err(Stop)
    }

    /// How the present word is shown.
    fn found(&self) -> String {
        match self.token {
            Token::End => "the end of the file".to_owned(),
            Token::Text(_) => "a text".to_owned(),
            _ => format!("`{}`", String::from_utf8_lossy(&self.content[self.span.clone()])),
        }
    }

    fn expects(&mut self, token: &Token, sign: &str, open: usize) -> Parsed<()> {
        if self.takes(token) {
            return Ok(());
        }
        let opened = String::from_utf8_lossy(&self.content[open..=open]).into_owned();
        let found = self.found();
        let wrong = if self.token == Token::End || self.forgotten() {
            Wrong::new(open, format!("this `{opened}` is not closed"))
        } else {
            Wrong::new(self.span.start, format!("expected `{sign}` and found {found}"))
        };
        self.fails(wrong.help(format!("write `{sign}` where what `{opened}` opened ends")))
    }

    /// Items up to the end of the file or, in a section, its brace.
    fn items(&mut self, depth: usize) -> Vec<Item> {
        let mut items = Vec::new();
        loop {
            match self.token {
                Token::End => return items,
                Token::CloseBrace if depth > 0 => return items,
                _ => match self.item(depth) {
                    Ok(item) => items.push(item),
                    Err(Stop) => {
                        self.recover(depth);
                    }
                },
            }
            if self.wrong.len() + self.lexer.wrong.len() >= MOST {
                // The rest would only say the same again.
                self.give_up();
            }
        }
    }

    /// After a mistake: on to the next field, section, or end of the section that this is in.
    fn recover(&mut self, depth: usize) {
        loop {
            match self.token {
                Token::End => return,
                Token::Ident(_) if self.begins_item() => return,
                Token::CloseBrace if depth > 0 && self.column().is_some() => return,
                _ => self.next(),
            };
        }
    }

    /// How many blanks are before the present word, where nothing else is in its line.
    fn column(&self) -> Option<usize> {
        let before = &self.content[..self.span.start];
        let blanks = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let is_first = matches!(before[..before.len() - blanks].last(), None | Some(b'\n'));
        is_first.then_some(blanks)
    }

    /// Whether the present word looks like the name of a field, or of a section.
    fn begins_item(&self) -> bool {
        let is_field = self.content[self.span.end..].starts_with(b":");
        matches!(self.token, Token::Ident(_))
            && self.column().is_some_and(|column| column == 0 || is_field)
    }

    fn item(&mut self, depth: usize) -> Parsed<Item> {
        let at = self.span.start;
        if self.follows_value() {
            let wrong = Wrong::new(at, format!("{} follows a value", self.found()));
            return self.fails(wrong.help("several values are one list: `[\"a\" \"b\"]`"));
        }
        let Token::Ident(_) = self.token else {
            let wrong = Wrong::new(at, format!("expected a field and found {}", self.found()));
            return self
                .fails(wrong.help("a field is a name, a colon and one value: `name: \"x\"`"));
        };
        let Token::Ident(name) = self.next() else { return Err(Stop) };
        if self.takes(&Token::Colon) {
            if self.token == Token::OpenBrace {
                let open = self.span.start;
                let message = format!("expected the value of `{name}` and found `{{`");
                let wrong = Wrong::new(open, message);
                if !self.opens_section() {
                    let help = "braces stand after a value: `value {condition}`; a condition that is a value has none";
                    return self.fails(wrong.help(help));
                }
                self.wrong.push(wrong.help(format!("a section has no colon: `{name} {{`")));
                return self.section(name, at, None, open, depth);
            }
            if self.forgotten() {
                let wrong = Wrong::new(self.before, format!("`{name}` has no value"));
                return self
                    .fails(wrong.help("a value is a text in quotes, a name, a number or a list"));
            }
            let value = self.either(0)?;
            return Ok(Item { name, at, content: Content::Field(value) });
        }
        let own = match self.token {
            Token::Text(_) => match self.next() {
                Token::Text(text) => Some(text),
                _ => None,
            },
            _ => None,
        };
        let open = self.span.start;
        if self.token != Token::OpenBrace {
            // What is missing is missing after the name, not where the next line begins.
            let place = if self.column().is_some() { self.before } else { self.span.start };
            let found = self.found();
            // `name:value` is one word.
            if let Some((field, _)) = name.split_once(':') {
                let wrong = Wrong::new(at, format!("`{name}` is one name, that of a variable"));
                return self.fails(wrong.help(format!("write `{field}: ` with a blank")));
            }
            let wrong = Wrong::new(place, format!("expected `:` after `{name}` and found {found}"));
            return self
                .fails(wrong.help("a field is a name, a colon and one value: `name: \"x\"`"));
        }
        self.section(name, at, own, open, depth)
    }

    /// Whether this would be one more value of the field before it, and not the next field.
    fn follows_value(&self) -> bool {
        let after = self.content[self.span.end..].trim_start();
        let begins =
            matches!(self.token, Token::Ident(_)) && matches!(after, [b':' | b'{' | b'"', ..]);
        let is_value = matches!(
            self.token,
            Token::Ident(_) | Token::Text(_) | Token::Int(_) | Token::Bool(_) | Token::OpenBracket
        );
        self.before > 0 && self.column().is_none() && is_value && !begins
    }

    /// Whether what follows the brace at hand is a section: nothing, or something that begins as a field does.
    fn opens_section(&self) -> bool {
        let mut ahead = Lexer::new(&self.content[self.span.end..]);
        match (ahead.next().1, ahead.next().1) {
            (Token::CloseBrace, _) => true,
            (Token::Ident(_), next) => matches!(next, Token::Colon | Token::OpenBrace),
            _ => false,
        }
    }

    /// A section from its brace on.
    fn section(
        &mut self,
        name: String,
        at: usize,
        own: Option<BString>,
        open: usize,
        depth: usize,
    ) -> Parsed<Item> {
        if depth >= DEEPEST {
            return self.too_deep(open);
        }
        self.next();
        let items = self.items(depth + 1);
        self.expects(&Token::CloseBrace, "}", open)?;
        Ok(Item { name, at, content: Content::Section { name: own, items } })
    }

    fn too_deep<T>(&mut self, at: usize) -> Parsed<T> {
        let help = format!("values may be in each other {DEEPEST} times");
        let stop = self.fails(Wrong::new(at, "this is too deep").help(help));
        self.give_up();
        stop
    }

    /// Passes everything that is left.
    fn give_up(&mut self) {
        self.given_up = true;
        while self.token != Token::End {
            self.next();
        }
    }

    /// `a | b | c`. Most values are in no chain, and many are in each other.
    fn either(&mut self, depth: usize) -> Parsed<Value> {
        let first = self.one(depth)?;
        if !matches!(self.token, Token::And | Token::Or) {
            return Ok(first);
        }
        let first = self.both(depth, first)?;
        self.chain(depth, first, &Token::Or, Kind::Or, |parser, depth| {
            let first = parser.one(depth)?;
            parser.both(depth, first)
        })
    }

    /// `a & b & c`, which binds tighter.
    fn both(&mut self, depth: usize, first: Value) -> Parsed<Value> {
        self.chain(depth, first, &Token::And, Kind::And, Self::one)
    }

    fn chain(
        &mut self,
        depth: usize,
        first: Value,
        sign: &Token,
        kind: fn(Vec<Value>) -> Kind,
        part: fn(&mut Self, usize) -> Parsed<Value>,
    ) -> Parsed<Value> {
        if self.token != *sign {
            return Ok(first);
        }
        let start = first.span.start;
        let mut all = vec![first];
        while self.takes(sign) {
            all.push(part(self, depth)?);
        }
        // There may be many chains.
        all.shrink_to_fit();
        Ok(Value { span: start..self.before, kind: kind(all) })
    }

    /// One value with the braces after it.
    fn one(&mut self, depth: usize) -> Parsed<Value> {
        let start = self.span.start;
        if depth >= DEEPEST {
            return self.too_deep(start);
        }
        // `!a {b}` is `!(a {b})`.
        let prefix: Option<fn(Box<Value>) -> Kind> = match self.token {
            Token::Not => Some(Kind::Not),
            Token::Defined => Some(Kind::Defined),
            _ => None,
        };
        if let Some(kind) = prefix {
            self.next();
            let value = self.one(depth + 1)?;
            return Ok(Value { span: start..self.before, kind: kind(Box::new(value)) });
        }
        let mut value = self.bare(depth)?;
        let mut count = depth;
        while self.token == Token::OpenBrace {
            count += 1;
            let open = self.span.start;
            if count >= DEEPEST {
                return self.too_deep(open);
            }
            self.next();
            let inside = self.values(count, &Token::CloseBrace, "}", open)?;
            let kind = Kind::Option(Box::new(value), inside);
            value = Value { span: start..self.before, kind };
        }
        Ok(value)
    }

    fn bare(&mut self, depth: usize) -> Parsed<Value> {
        let start = self.span.start;
        let kind = match self.token {
            Token::OpenBracket => {
                self.next();
                Kind::List(self.values(depth + 1, &Token::CloseBracket, "]", start)?)
            }
            Token::OpenParenthesis => {
                self.next();
                Kind::Group(self.values(depth + 1, &Token::CloseParenthesis, ")", start)?)
            }
            Token::Relation(relation) => {
                self.next();
                Kind::Prefix(relation, Box::new(self.atom()?))
            }
            _ => {
                let left = self.atom()?;
                match self.token {
                    Token::Relation(relation) => {
                        self.next();
                        Kind::Relation(relation, Box::new(left), Box::new(self.atom()?))
                    }
                    Token::Update(update) => {
                        self.next();
                        Kind::Update(update, Box::new(left), Box::new(self.atom()?))
                    }
                    _ => return Ok(left),
                }
            }
        };
        Ok(Value { span: start..self.before, kind })
    }

    /// Values up to a closing sign.
    fn values(
        &mut self,
        depth: usize,
        close: &Token,
        sign: &str,
        open: usize,
    ) -> Parsed<Vec<Value>> {
        let mut values: Vec<Value> = Vec::new();
        while self.token != *close {
            match self.token {
                Token::End | Token::CloseBrace | Token::CloseBracket | Token::CloseParenthesis => {
                    break;
                }
                _ => {
                    let value = self.either(depth)?;
                    if values.is_empty() {
                        // There may be many that hold one value each.
                        values.reserve_exact(1);
                    }
                    values.push(value);
                }
            }
            if self.forgotten() {
                break;
            }
        }
        self.expects(close, sign, open)?;
        Ok(values)
    }

    /// Whether a field begins here, so that something before it was not closed.
    fn forgotten(&self) -> bool {
        self.begins_item() && self.content[self.span.end..].starts_with(b":")
    }

    /// A text, name, number or truth.
    fn atom(&mut self) -> Parsed<Value> {
        let span = self.span.clone();
        let is_atom = matches!(
            self.token,
            Token::Text(_) | Token::Ident(_) | Token::Int(_) | Token::Bool(_) | Token::Bad
        );
        if !is_atom {
            // What is missing is missing after what is there, not where the next field begins.
            let ends = self.token == Token::End || self.forgotten();
            let place = if ends { self.before } else { span.start };
            let wrong = Wrong::new(place, format!("expected a value and found {}", self.found()));
            let help = match self.token {
                Token::Relation(_) | Token::Update(_) => {
                    "what compares is one of `=`, `!=`, `<`, `<=`, `>`, `>=`"
                }
                Token::And | Token::Or if self.before == span.start => {
                    "`and` is one `&`, and `or` is one `|`"
                }
                _ => "a value is a text in quotes, a name, a number or a list",
            };
            return self.fails(wrong.help(help));
        }
        let kind = match self.next() {
            Token::Text(text) => Kind::Text(text),
            Token::Ident(name) => Kind::Ident(name),
            Token::Int(int) => Kind::Int(int),
            Token::Bool(bool) => Kind::Bool(bool),
            // It was told; what is around it can still be read.
            _ => Kind::List(Vec::new()),
        };
        Ok(Value { span, kind })
    }
}

/// What is said of the last text before a mistake that takes along the line in which a field begins: most likely it was
/// to end before, and what is wrong is only what comes of that.
fn swallowing(content: &[u8], mistake: usize) -> Option<Wrong> {
    let mut lexer = Lexer::new(content);
    let mut last = None;
    loop {
        let (span, token) = lexer.next();
        if token == Token::End || span.start >= mistake {
            break;
        }
        if matches!(token, Token::Text(_))
            && let Some(line) = fields::in_text(&content[span.clone()])
        {
            last = Some((span.start, line));
        }
    }
    let (at, field) = last?;
    let wrong =
        Wrong::new(at, format!("this text goes on over the line that begins with `{field}:`"));
    Some(wrong.help("write its last `\"` where it ends, if that line is a field"))
}
