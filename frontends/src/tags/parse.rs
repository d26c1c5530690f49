//! The grammar of `_tags`.

use bstr::ByteSlice;
use mbuild_rules::Diagnostic;

use super::pattern::Pattern;
use super::{Change, Rule, Tag, Tags};
use crate::mistakes::Mistakes;

/// Parentheses inside each other beyond this are not what a person wrote.
const MAX_DEPTH: usize = 32;

/// Reads the lines, those that end in `\` joined with the next.
pub(super) fn tags(path: &[u8], content: &[u8]) -> Result<Tags, Vec<Diagnostic>> {
    let mut tags = Tags::new(path, content);
    let mut wrong = Mistakes::default();
    let mut generated = false;
    let mut pending = Line::default();
    let mut start = 0;
    for raw in content.split_inclusive(|byte| *byte == b'\n') {
        let line = raw.trim_ascii();
        let is_comment = line.starts_with(b"#");
        generated |= is_comment && line.contains_str("OASIS_START");
        let text = raw.strip_suffix(b"\n").unwrap_or(raw);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let text = without_comment(text);
        // A comment is over at the end of its line.
        let joined = text.trim_ascii_end().strip_suffix(b"\\");
        if !generated {
            pending.add(joined.unwrap_or(text), start);
        }
        generated &= !(is_comment && line.contains_str("OASIS_STOP"));
        start += raw.len();
        if joined.is_some() && start < content.len() {
            continue;
        }
        match rule(&mut tags, &pending) {
            Ok(rule) => tags.rules.extend(rule),
            Err(Wrong { at, message, help }) => {
                wrong.add(|| Diagnostic::at(path, content, at, message).with_help(help));
            }
        }
        if wrong.is_full() {
            wrong.give_up();
            break;
        }
        pending.clear();
    }
    if wrong.is_empty() { Ok(tags) } else { Err(wrong.end(path)) }
}

/// A line, perhaps of several lines of the file.
#[derive(Default)]
struct Line {
    text: Vec<u8>,
    /// For each line of the file: where it begins in the text, and in the file.
    pieces: Vec<(usize, usize)>,
}

impl Line {
    fn add(&mut self, text: &[u8], at: usize) {
        self.pieces.push((self.text.len(), at));
        self.text.extend_from_slice(text);
    }

    fn clear(&mut self) {
        self.text.clear();
        self.pieces.clear();
    }

    /// Where a byte of the text stands in the file.
    fn place(&self, offset: usize) -> usize {
        let after = self.pieces.partition_point(|(start, _)| *start <= offset);
        let (start, at) = self.pieces.get(after.saturating_sub(1)).copied().unwrap_or_default();
        at + (offset - start)
    }
}

/// A line up to a comment. ocamlbuild has such as whole lines alone; here a `#` after a blank, outside of quotes and
/// arguments, begins one as well.
fn without_comment(line: &[u8]) -> &[u8] {
    let (mut quoted, mut depth, mut after_blank) = (false, 0_usize, true);
    for (index, byte) in line.iter().enumerate() {
        match byte {
            b'"' if depth == 0 => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth = depth.saturating_sub(1),
            b'#' if !quoted && depth == 0 && after_blank => return &line[..index],
            _ => {}
        }
        after_blank = byte.is_ascii_whitespace();
    }
    line
}

/// What is wrong with a line.
struct Wrong {
    at: usize,
    message: String,
    help: &'static str,
}

/// So much of a glob is shown.
const SHOWN: usize = 100;

const LINE: &str = "a line is `<pattern>: tag, tag`";

fn rule(tags: &mut Tags, line: &Line) -> Result<Option<Rule>, Wrong> {
    if line.text.trim_ascii().is_empty() {
        return Ok(None);
    }
    let start = number(tags.changes.len());
    let mut reader = Reader { line, next: 0, tags };
    let pattern = reader.either(0)?;
    if !reader.take(b':') {
        return Err(reader.wrong("expected `:` after the pattern", LINE));
    }
    loop {
        reader.blanks();
        if reader.peek().is_none() {
            break;
        }
        let (tag, remove, at) = reader.change()?;
        let tag = number(reader.tags.tags.insert_full(tag).0);
        reader.tags.changes.push(Change { at, tag, remove });
        if !reader.take(b',') && reader.peek().is_some() {
            return Err(reader.wrong("expected `,` between two tags", LINE));
        }
    }
    Ok(Some(Rule { pattern, changes: (start, number(tags.changes.len())) }))
}

/// No file is so large that it has more of anything.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

struct Reader<'a> {
    line: &'a Line,
    next: usize,
    tags: &'a mut Tags,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.line.text.get(self.next).copied()
    }

    fn at(&self) -> usize {
        self.line.place(self.next)
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.next += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.blanks();
        let found = self.peek() == Some(byte);
        self.next += usize::from(found);
        found
    }

    fn wrong(&self, message: &str, help: &'static str) -> Wrong {
        Wrong { at: self.at(), message: message.to_owned(), help }
    }

    /// Whether one of these words is next, whatever follows it.
    fn word(&mut self, words: [&str; 2]) -> bool {
        self.blanks();
        let rest = &self.line.text[self.next..];
        let found = words.iter().find(|word| rest.starts_with(word.as_bytes()));
        self.next += found.map_or(0, |word| word.len());
        found.is_some()
    }

    /// Whether one of the spellings of an operator is next.
    fn operator(&mut self, sign: u8, names: [&str; 2]) -> bool {
        self.take(sign) || self.word(names)
    }

    fn either(&mut self, depth: usize) -> Result<Pattern, Wrong> {
        self.joined(b'|', ["or", "OR"], Pattern::Or, |reader| {
            reader.joined(b'&', ["and", "AND"], Pattern::And, |reader| reader.single(depth))
        })
    }

    /// Patterns between operators.
    fn joined(
        &mut self,
        sign: u8,
        names: [&str; 2],
        join: fn(Box<[Pattern]>) -> Pattern,
        mut part: impl FnMut(&mut Self) -> Result<Pattern, Wrong>,
    ) -> Result<Pattern, Wrong> {
        let first = part(self)?;
        if !self.operator(sign, names) {
            return Ok(first);
        }
        let mut all = vec![first, part(self)?];
        while self.operator(sign, names) {
            all.push(part(self)?);
        }
        Ok(join(all.into()))
    }

    fn single(&mut self, depth: usize) -> Result<Pattern, Wrong> {
        const HELP: &str =
            "a pattern is `\"file\"`, `<glob>`, `true`, `false`, or `not`, `and`, `or` of such";
        self.blanks();
        if depth > MAX_DEPTH {
            return Err(
                self.wrong("this pattern is nested too deeply", "split it into several lines")
            );
        }
        if self.operator(b'~', ["not", "NOT"]) {
            return Ok(Pattern::Not(Box::new(self.single(depth + 1)?)));
        }
        if self.take(b'(') {
            let inner = self.either(depth + 1)?;
            if !self.take(b')') {
                return Err(self.wrong("expected `)`", HELP));
            }
            return Ok(inner);
        }
        match self.peek() {
            Some(b'"') => Ok(Pattern::Exact(self.quoted()?)),
            Some(b'<') => {
                let before = self.next;
                let text = self.enclosed(b'>')?;
                self.tags.glob(&text).map(Pattern::Glob).map_err(|why| {
                    self.next = before;
                    let text: String = text.chars().take(SHOWN).collect();
                    self.wrong(&format!("`{text}` is no pattern for file names: {why}"), HELP)
                })
            }
            _ if self.word(["true", "1"]) => Ok(Pattern::All(true)),
            _ if self.word(["false", "0"]) => Ok(Pattern::All(false)),
            _ => Err(self.wrong("expected a pattern", HELP)),
        }
    }

    /// The text from the byte that is next to `close`.
    fn enclosed(&mut self, close: u8) -> Result<String, Wrong> {
        let open = self.next;
        let rest = &self.line.text[open + 1..];
        let Some(length) = rest.find_byte(close) else {
            let close = char::from(close);
            return Err(
                self.wrong(&format!("this has no closing `{close}`"), "close it on the same line")
            );
        };
        self.next = open + length + 2;
        Ok(String::from_utf8_lossy(&rest[..length]).into_owned())
    }

    /// The text in the quotes that are next, where a backslash takes the meaning from a quote.
    fn quoted(&mut self) -> Result<Box<str>, Wrong> {
        let open = self.next;
        let mut found = Vec::new();
        loop {
            self.next += 1;
            match (self.peek(), self.line.text.get(self.next + 1)) {
                (Some(b'"'), _) => break,
                (Some(b'\\'), Some(escaped @ (b'"' | b'\\'))) => {
                    found.push(*escaped);
                    self.next += 1;
                }
                (Some(byte), _) => found.push(byte),
                (None, _) => {
                    self.next = open;
                    return Err(self.wrong("this has no closing `\"`", "close it on the same line"));
                }
            }
        }
        self.next += 1;
        Ok(text(&found))
    }

    /// A tag, whether it is taken, and where it stands.
    fn change(&mut self) -> Result<(Tag, bool, usize), Wrong> {
        let at = self.at();
        let remove = self.take(b'-');
        // Whatever is not taken is given; the sign for it says no more.
        self.next += usize::from(!remove && self.peek() == Some(b'+'));
        self.blanks();
        let start = self.next;
        if self.part_of_tag().is_empty() {
            return Err(
                self.wrong("expected a tag", "remove the `,` that nothing follows or precedes")
            );
        }
        if self.peek() == Some(b':') {
            self.next += 1;
            if self.part_of_tag().is_empty() {
                return Err(self.wrong(
                    "expected a value after `:`",
                    "a tag is `name`, `name:value` or `name(argument)`",
                ));
            }
        }
        let name = text(&self.line.text[start..self.next]);
        let argument = if self.peek() == Some(b'(') { Some(self.argument()?) } else { None };
        Ok((Tag { name, argument }, remove, at))
    }

    fn part_of_tag(&mut self) -> &[u8] {
        let rest = &self.line.text[self.next..];
        let ends =
            |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'(' | b')' | b':');
        let part = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
        self.next += part.len();
        part
    }

    fn argument(&mut self) -> Result<Box<str>, Wrong> {
        let (open, mut depth) = (self.next, 0usize);
        while let Some(byte) = self.peek() {
            self.next += 1;
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(text(&self.line.text[open + 1..self.next - 1]));
            }
        }
        self.next = open;
        Err(self.wrong("this `(` has no `)`", "close it on the same line"))
    }
}

/// Bytes as a text.
fn text(bytes: &[u8]) -> Box<str> {
    String::from_utf8_lossy(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(content: &str, file: &str) -> Vec<String> {
        match tags(b"_tags", content.as_bytes()) {
            Ok(tags) => {
                let shown = |tag: &Tag| match &tag.argument {
                    Some(argument) => format!("{}({argument})", tag.name),
                    None => tag.name.to_string(),
                };
                for change in &tags.changes {
                    let text = content[change.at..].trim_start_matches(['-', ' ']);
                    assert!(text.starts_with(&*tags.tags[change.tag()].name));
                }
                tags.of(file).into_iter().map(|tag| shown(&tags.tags[tag])).collect()
            }
            Err(errors) => errors.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn later_lines_add_and_take() {
        let content = "true: debug, warn(A, B)\n<src/*.ml> and not \"src/b.ml\": thread # c\n\"src/a.ml\": -debug\n";
        assert_eq!(of(content, "src/a.ml"), ["warn(A, B)", "thread"]);
        assert_eq!(of(content, "src/b.ml"), ["debug", "warn(A, B)"]);
    }

    #[test]
    fn what_oasis_wrote_is_left_out() {
        let content = "# OASIS_START\n# DO NOT EDIT\ntrue: a\n# OASIS_STOP\ntrue: b, \\\n  c\n";
        assert_eq!(of(content, "x"), ["b", "c"]);
    }

    #[test]
    fn bad_lines_say_where() {
        assert_eq!(
            of("true: a\nsrc/*.ml: b\n", "x"),
            [
                "_tags:2:1: expected a pattern\n  src/*.ml: b\n  ^\n  help: a pattern is `\"file\"`, `<glob>`, `true`, `false`, or `not`, `and`, `or` of such"
            ]
        );
        assert!(of("<a> b\n", "x")[0].starts_with("_tags:1:5: expected `:` after the pattern"));
        assert!(of("<a: b\n", "x")[0].starts_with("_tags:1:1: this has no closing `>`"));
        assert!(of("<[>: b\n", "x")[0].starts_with("_tags:1:1: `[` is no pattern for file names"));
        assert!(of("true: a b\n", "x")[0].starts_with("_tags:1:9: expected `,` between two tags"));
        assert!(of("true: a(b\n", "x")[0].starts_with("_tags:1:8: this `(` has no `)`"));
        assert!(of("true: a,,b\n", "x")[0].starts_with("_tags:1:9: expected a tag"));
    }
}
