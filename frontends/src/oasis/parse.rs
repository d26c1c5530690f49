//! The grammar of an `_oasis` file: fields, `if` blocks and sections, nested by indentation.

use mbuild_rules::Diagnostic;

use super::ast::{Expr, Field, Kind, Manifest, Operation, Section, Statement, Word};
use super::expression::{Fault, Parsed, blanks, describe, expression, name, word};
use super::lex::{self, Line};
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
    Test(Word, Expr),
}

/// Reads an `_oasis` file.
pub(super) fn manifest(path: &[u8], content: &[u8]) -> Result<Manifest, Diagnostic> {
    let lex::Lines { lines, mixed } = lex::lines(content);
    let mut reader = Reader { path, content, lines: &lines, next: 0, value_indent: None };
    let mut warnings = Vec::new();
    if let Some(at) = mixed {
        warnings.push(
            Diagnostic::at(path, content, at, "tabs and blanks are mixed to indent this file")
                .with_help("oasis 0.4.7 and later refuse this: use one kind of blank; a tab counts as one column"),
        );
    }
    let (mut statements, mut sections) = (Vec::new(), Vec::new());
    while let Some(line) = reader.lines.get(reader.next) {
        match reader.head(line)? {
            Head::Section(kind, name) => {
                reader.next += 1;
                let body = reader.block(line.indent, 1, false)?;
                sections.push(Section { kind, name, statements: body });
            }
            head => statements.push(reader.statement(line, head, 0)?),
        }
    }
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
}

impl<'a> Reader<'a> {
    /// Every statement that is indented deeper than `parent`.
    fn block(
        &mut self,
        parent: usize,
        depth: usize,
        conditional: bool,
    ) -> Result<Vec<Statement>, Diagnostic> {
        let mut statements = Vec::new();
        while let Some(line) = self.lines.get(self.next).filter(|line| line.indent > parent) {
            let head = self.head(line)?;
            if let Head::Section(kind, _) = head {
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
                let message = format!("a `{}` section cannot {what}", kind.keyword());
                return Err(self.error(line.span.start, message).with_help(help));
            }
            statements.push(self.statement(line, head, depth)?);
        }
        Ok(statements)
    }

    /// The statement that `head`, on `line`, opens.
    fn statement(
        &mut self,
        line: &'a Line,
        head: Head,
        depth: usize,
    ) -> Result<Statement, Diagnostic> {
        if depth > MAX_DEPTH {
            return Err(self.error(line.span.start, "`if` blocks are nested too deeply"));
        }
        self.next += 1;
        let before = self.value_indent.take();
        match head {
            Head::If(condition) => self.conditional(line, condition, depth),
            Head::Test(name, test) => {
                Ok(Statement::Field(Field { name, operation: Operation::Test(test) }))
            }
            Head::Set(name, at) => {
                let text = self.value(line, at);
                Ok(Statement::Field(Field { name, operation: Operation::Set(text) }))
            }
            Head::Add(name, at) => {
                let text = self.value(line, at);
                Ok(Statement::Field(Field { name, operation: Operation::Add(text) }))
            }
            Head::Else(_) => {
                self.value_indent = before;
                Err(self
                    .error(line.span.start, "`else` without an `if` above it in the same column")
                    .with_help(
                        "indent `else` like its `if`, and indent what stands between deeper",
                    ))
            }
            // Sections were told from statements before.
            Head::Section(kind, _) => {
                let message = format!("a `{}` section cannot stand here", kind.keyword());
                Err(self.error(line.span.start, message))
            }
        }
    }

    fn conditional(
        &mut self,
        line: &'a Line,
        condition: Expr,
        depth: usize,
    ) -> Result<Statement, Diagnostic> {
        let then = self.block(line.indent, depth + 1, true)?;
        if then.is_empty() {
            return Err(self
                .error(line.span.start, "nothing stands under this `if`")
                .with_help("indent what depends on it deeper than the `if`"));
        }
        let mut otherwise = Vec::new();
        if let Some(next) = self.lines.get(self.next).filter(|next| next.indent == line.indent)
            && let Head::Else(condition) = self.head(next)?
        {
            self.next += 1;
            if depth > MAX_DEPTH {
                return Err(self.error(next.span.start, "`else if` follows too often"));
            }
            match condition {
                Some(condition) => otherwise.push(self.conditional(next, condition, depth + 1)?),
                None => {
                    otherwise = self.block(next.indent, depth + 1, true)?;
                    if otherwise.is_empty() {
                        return Err(self
                            .error(next.span.start, "nothing stands under this `else`")
                            .with_help("indent what depends on it deeper than the `else`"));
                    }
                }
            }
        }
        Ok(Statement::If(condition, then, otherwise))
    }

    fn value(&mut self, line: &Line, at: usize) -> super::ast::Text {
        let rest = &self.lines[self.next..];
        let (text, used) = lex::value(self.content, at..line.span.end, line.indent, rest);
        self.value_indent = rest.first().filter(|_| used > 0).map(|line| line.indent);
        self.next += used;
        text
    }

    fn error(&self, at: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::at(self.path, self.content, at, message)
    }

    fn head(&self, line: &Line) -> Result<Head, Diagnostic> {
        let input = &self.content[line.span.clone()];
        match head(line.span.end)(input) {
            Ok((_, head)) => Ok(head),
            Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => {
                let found = self.error(line.span.end - fault.rest, fault.message);
                let help = match (self.value_indent, fault.help) {
                    (Some(indent), _)
                        if line.indent > 0 && line.indent < indent && fault.rest == input.len() =>
                    {
                        Some(format!(
                            "to go on with the value above, indent this line by {indent} columns as its first line"
                        ))
                    }
                    (_, help) => help,
                };
                Err(match help {
                    Some(help) => found.with_help(help),
                    None => found,
                })
            }
            Err(nom::Err::Incomplete(_)) => {
                Err(self.error(line.span.end, "unexpected end of line"))
            }
        }
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
                return nothing(rest, Head::Test(first, test));
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
    if followed && first.chars().next().is_some_and(|first| first.is_ascii_uppercase()) {
        return Fault::at(input, format!("`{first}` is followed by neither `:`, `+:` nor `$:`"))
            .help(format!(
                "a field is `{first}: value`; section kinds are {}",
                suggest::list(keywords)
            ))
            .fail();
    }
    Fault::at(input, format!("`{first}` is followed by neither `:`, `+:` nor `$:`"))
        .help("to go on with the value above, indent the line deeper than its field")
        .fail()
}
