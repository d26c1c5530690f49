//! The grammar of an `_oasis` file: fields, `if` blocks and sections, nested by indentation.

use mbuild_rules::Diagnostic;

use super::ast::{Expr, Field, Kind, Manifest, Operation, Section, Statement, Word};
use super::bytes;
use super::expression::{Fault, Parsed, blanks, describe, expression, name, word};
use super::lex::{self, Line};
use crate::mistakes::Mistakes;
use crate::suggest;

/// `if` blocks inside each other beyond this are not what a person wrote.
const MAX_DEPTH: usize = 64;

/// What the first words of a line announce.
enum Head {
    Section(Kind, Word),
    If(Expr),
    Else(Option<Expr>),
    Set(Word, usize),
    Add(Word, usize),
    /// With what follows and is not read.
    Test(Word, Expr, Option<usize>),
}

/// Reads an `_oasis` file.
pub(super) fn manifest(path: &[u8], content: &[u8]) -> Result<Manifest, Vec<Diagnostic>> {
    let lex::Lines { lines, mixed } = lex::lines(content);
    let (wrong, warnings) = (Mistakes::default(), Mistakes::default());
    let mut reader =
        Reader { path, content, lines: &lines, next: 0, value_indent: None, wrong, warnings };
    if let Some(at) = mixed {
        let help =
            "oasis 0.4.7 and later refuse this: use one kind of blank; a tab counts as one column";
        reader.warn(at, || "tabs and blanks are mixed to indent this file".to_owned(), help);
    }
    reader.encoding();
    let (mut statements, mut sections) = (Vec::new(), Vec::new());
    while let Some(line) = reader.lines.get(reader.next) {
        match reader.head(line) {
            Some(Head::Section(kind, name)) => {
                reader.next += 1;
                let body = reader.block(line.indent, 1, false);
                sections.push(Section { kind, name, statements: body });
            }
            Some(head) => statements.extend(reader.statement(line, head, 0)),
            None => reader.pass(line),
        }
    }
    if !reader.wrong.is_empty() {
        return Err(reader.wrong.end(path));
    }
    let warnings = reader.warnings.end(path);
    let path = path.to_vec();
    Ok(Manifest { path, content: content.to_vec(), statements, sections, warnings })
}

struct Reader<'a> {
    path: &'a [u8],
    content: &'a [u8],
    lines: &'a [Line],
    next: usize,
    /// Indentation of the lines that went on with the last value.
    value_indent: Option<usize>,
    wrong: Mistakes,
    warnings: Mistakes,
}

impl<'a> Reader<'a> {
    /// Says that a file is not UTF-8, at the first place that says something.
    fn encoding(&mut self) {
        if bytes::first(self.content).is_none() {
            return;
        }
        let spans = self.lines.iter().map(|line| lex::bare(self.content, line.span.clone()));
        let mut found = spans.filter_map(|span| {
            let at = bytes::first(&self.content[span.clone()])?;
            Some((span.start + at, span.end))
        });
        if let Some((at, end)) = found.next() {
            let text = bytes::text(&self.content[at..end]);
            let letter = text.chars().next().unwrap_or_default();
            let message = || format!("this is not UTF-8: it is taken for `{letter}` of Latin-1");
            self.warn(
                at,
                message,
                "convert the file to UTF-8, as which all of it is handed on; names of files are looked for in UTF-8, too",
            );
        }
    }

    fn warn(&mut self, at: usize, message: impl FnOnce() -> String, help: &str) {
        let (path, content) = (self.path, self.content);
        self.warnings.add(|| Diagnostic::at(path, content, at, message()).with_help(help));
    }

    /// Every statement that is indented deeper than `parent`.
    fn block(&mut self, parent: usize, depth: usize, conditional: bool) -> Vec<Statement> {
        let mut statements = Vec::new();
        while let Some(line) = self.lines.get(self.next).filter(|line| line.indent > parent) {
            match self.head(line) {
                Some(Head::Section(kind, _)) => {
                    let (what, help) = if conditional {
                        (
                            "be conditional",
                            "move it out of the `if`, and give it `Build$:` with the test",
                        )
                    } else {
                        (
                            "stand inside another section",
                            "start it in the same column as the section above",
                        )
                    };
                    let message = || format!("a `{}` section cannot {what}", kind.keyword());
                    self.error(line.span.start, message, help);
                    // What stands in it is looked at all the same.
                    self.next += 1;
                    if depth <= MAX_DEPTH {
                        self.block(line.indent, depth + 1, conditional);
                    } else {
                        self.pass(line);
                    }
                }
                Some(head) => statements.extend(self.statement(line, head, depth)),
                None => self.pass(line),
            }
        }
        statements
    }

    /// Passes a line that is wrong, and those that would belong to it: what they mean is not known.
    fn pass(&mut self, line: &Line) {
        self.next += 1;
        let tests = |reader: &Self, line: &Line| {
            reader.content[line.span.clone()].starts_with(b"if") || reader.is_else(line)
        };
        let is_test = tests(self, line);
        while let Some(next) = self.lines.get(self.next)
            && (next.indent > line.indent
                || is_test && next.indent == line.indent && self.is_else(next))
        {
            self.next += 1;
        }
        if self.wrong.is_full() {
            self.wrong.give_up();
            self.next = self.lines.len();
        }
    }

    /// The statement that `head`, on `line`, opens; `None` where it is wrong.
    fn statement(&mut self, line: &'a Line, head: Head, depth: usize) -> Option<Statement> {
        if depth > MAX_DEPTH {
            let help = "declare flags whose `Default$` holds the tests";
            self.error(line.span.start, || "`if` blocks are nested too deeply".to_owned(), help);
            self.pass(line);
            return None;
        }
        self.next += 1;
        let before = self.value_indent.take();
        match head {
            Head::If(condition) => self.conditional(line, condition, depth),
            Head::Test(name, test, ignored) => {
                if let Some(at) = ignored {
                    let sign = char::from(self.content[at]);
                    self.warn(
                        at,
                        || format!("this `{sign}` and what follows it are ignored"),
                        &format!(
                            "oasis read no further up to 0.4.6, and later refuses this: write `{sign}{sign}` to join tests, or remove what follows"
                        ),
                    );
                }
                Some(Statement::Field(Field { name, operation: Operation::Test(Box::new(test)) }))
            }
            Head::Set(name, at) => {
                let text = self.value(line, at);
                Some(Statement::Field(Field { name, operation: Operation::Set(text) }))
            }
            Head::Add(name, at) => {
                let text = self.value(line, at);
                Some(Statement::Field(Field { name, operation: Operation::Add(text) }))
            }
            Head::Else(_) => {
                self.value_indent = before;
                let message = || "`else` without an `if` above it in the same column".to_owned();
                let help = "indent `else` like its `if`, and indent what stands between deeper";
                self.error(line.span.start, message, help);
                self.block(line.indent, depth + 1, true);
                None
            }
            // Sections were told from statements before.
            Head::Section(..) => None,
        }
    }

    fn conditional(&mut self, line: &'a Line, condition: Expr, depth: usize) -> Option<Statement> {
        let then = self.body(line, "if", depth);
        let mut otherwise = Some(Vec::new());
        if let Some(next) = self.lines.get(self.next).filter(|next| next.indent == line.indent)
            && self.is_else(next)
        {
            let Some(head) = self.head(next) else {
                self.pass(next);
                return None;
            };
            self.next += 1;
            if depth > MAX_DEPTH {
                let help = "declare flags whose `Default$` holds the tests";
                self.error(next.span.start, || "`else if` follows too often".to_owned(), help);
                self.pass(next);
                return None;
            }
            otherwise = match head {
                Head::Else(Some(condition)) => {
                    self.conditional(next, condition, depth + 1).map(|inner| vec![inner])
                }
                _ => self.body(next, "else", depth),
            };
        }
        Some(Statement::If(Box::new(condition), then?, otherwise?))
    }

    /// What stands under an `if` or `else`; `None` where that is nothing.
    fn body(&mut self, line: &'a Line, word: &str, depth: usize) -> Option<Vec<Statement>> {
        let before = (self.next, self.wrong.count());
        let body = self.block(line.indent, depth + 1, true);
        if body.is_empty() && before == (self.next, self.wrong.count()) {
            let message = || format!("nothing stands under this `{word}`");
            let help = format!("indent what depends on it deeper than the `{word}`");
            self.error(line.span.start, message, help);
            return None;
        }
        Some(body)
    }

    /// Whether a line goes on with the `if` above it.
    fn is_else(&self, line: &Line) -> bool {
        let text = &self.content[line.span.clone()];
        let rest = text.strip_prefix(b"else").map(<[u8]>::trim_ascii_start);
        rest.is_some_and(|rest| !rest.starts_with(b":") && !rest.starts_with(b"+:"))
            && matches!(text.get(4), None | Some(b' ' | b'\t' | b'#'))
    }

    fn value(&mut self, line: &Line, at: usize) -> super::ast::Text {
        let rest = &self.lines[self.next..];
        let (text, used) = lex::value(self.content, at..line.span.end, line.indent, rest);
        self.value_indent = rest.first().filter(|_| used > 0).map(|line| line.indent);
        self.next += used;
        text
    }

    /// Whether a tab stands before a line or before the one above it.
    fn is_tabbed(&self, line: &Line) -> bool {
        let above = self.next.checked_sub(1).and_then(|at| self.lines.get(at));
        above.into_iter().chain([line]).any(|line| {
            self.content[line.span.start - line.indent..line.span.start].contains(&b'\t')
        })
    }

    fn error(&mut self, at: usize, message: impl FnOnce() -> String, help: impl Into<String>) {
        let (path, content) = (self.path, self.content);
        self.wrong.add(|| Diagnostic::at(path, content, at, message()).with_help(help));
    }

    /// What a line announces; that it is wrong is told.
    fn head(&mut self, line: &Line) -> Option<Head> {
        let input = &self.content[line.span.clone()];
        let fault = match head(line.span.end)(input) {
            Ok((_, head)) => return Some(head),
            Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => fault,
            Err(nom::Err::Incomplete(_)) => Fault::at(&[], "unexpected end of line"),
        };
        let help = match (self.value_indent, fault.help) {
            (Some(indent), _)
                if line.indent > 0 && line.indent < indent && fault.rest == input.len() =>
            {
                let tab = if self.is_tabbed(line) { "; a tab is one column" } else { "" };
                format!(
                    "to go on with the value above, indent this line by {indent} columns as its first line{tab}"
                )
            }
            (_, Some(help)) => help,
            (_, None) => "remove it, or write a comment after `#`".to_owned(),
        };
        self.error(line.span.end - fault.rest, || fault.message, help);
        None
    }
}

/// The head of a line that ends at offset `end` of the file.
fn head(end: usize) -> impl Fn(&[u8]) -> Parsed<'_, Head> {
    move |input| {
        let Ok((rest, first)) = word(end)(input) else {
            return Fault::at(input, format!("{} at the start of a line", describe(input)))
                .help(
                    "a line is a field (`Name: value`), a section (`Library name`), `if` or `else`",
                )
                .fail();
        };
        let (rest, ()) = blanks(rest)?;
        match rest {
            [b':', ..] => return Ok((&[], Head::Set(first, end - rest.len() + 1))),
            [b'+', b':', ..] => return Ok((&[], Head::Add(first, end - rest.len() + 2))),
            [b'$', b':', after @ ..] => {
                let (rest, test) = expression(end)(after)?;
                if let [b'|' | b'&', ..] = rest {
                    return Ok((&[], Head::Test(first, test, Some(end - rest.len()))));
                }
                return nothing(rest, Head::Test(first, test, None));
            }
            _ => {}
        }
        match first.text.as_str() {
            "if" => {
                let (rest, test) = expression(end)(rest)?;
                nothing(rest, Head::If(test))
            }
            "else" => {
                let Ok((after, Word { text, .. })) = word(end)(rest) else {
                    return nothing(rest, Head::Else(None));
                };
                if text != "if" {
                    return nothing(rest, Head::Else(None));
                }
                let (rest, test) = expression(end)(after)?;
                nothing(rest, Head::Else(Some(test)))
            }
            keyword => match Kind::SECTIONS.into_iter().find(|kind| kind.keyword() == keyword) {
                Some(kind) => {
                    let Ok((rest, name)) = name(end)(rest) else {
                        return match name(end)(rest) {
                            Err(nom::Err::Failure(fault)) => fault.fail(),
                            _ => Fault::at(
                                rest,
                                format!("expected the name of the `{keyword}` section"),
                            )
                            .help(format!("write `{keyword} name`, or `{keyword} \"a name\"`"))
                            .fail(),
                        };
                    };
                    nothing(rest, Head::Section(kind, name)).map_err(|found| {
                        found.map(|fault| {
                            fault.help("a name with other characters than letters, digits, `-` and `_` stands in quotes")
                        })
                    })
                }
                None => unknown(input, rest, keyword),
            },
        }
    }
}

/// Nothing but a comment may follow.
fn nothing(rest: &[u8], head: Head) -> Parsed<'_, Head> {
    let (rest, ()) = blanks(rest)?;
    match rest {
        [] | [b'#', ..] => Ok((rest, head)),
        [b'&' | b'|' | b'=', ..] => {
            Fault::at(rest, describe(rest)).help("tests are joined with `&&` and `||`").fail()
        }
        _ => Fault::at(rest, describe(rest)).fail(),
    }
}

fn unknown<'a>(input: &'a [u8], rest: &'a [u8], first: &str) -> Parsed<'a, Head> {
    let keywords = Kind::SECTIONS.map(Kind::keyword);
    let followed = matches!(rest, [byte, ..] if *byte == b'"' || byte.is_ascii_alphanumeric());
    if let Some(close) = suggest::close(first, keywords).filter(|_| followed) {
        return Fault::at(input, format!("unknown section kind `{first}`"))
            .help(format!("did you mean `{close}`? section kinds are case-sensitive"))
            .fail();
    }
    let neither = format!("`{first}` is followed by neither `:`, `+:` nor `$:`");
    if let Some(keyword) = ["if", "else"].iter().find(|it| it.eq_ignore_ascii_case(first)) {
        return Fault::at(input, neither)
            .help(format!("write `{keyword}`, in small letters"))
            .fail();
    }
    if followed && first.chars().next().is_some_and(|first| first.is_ascii_uppercase()) {
        return Fault::at(input, neither)
            .help(format!(
                "a field is `{first}: value`; section kinds are {}",
                suggest::list(keywords)
            ))
            .fail();
    }
    if let [sign @ (b'=' | b'+' | b'$'), ..] = rest {
        let sign = if *sign == b'=' { String::new() } else { char::from(*sign).to_string() };
        return Fault::at(input, neither).help(format!("write `{first}{sign}: value`")).fail();
    }
    Fault::at(input, neither)
        .help("to go on with the value above, indent the line deeper than its field")
        .fail()
}
