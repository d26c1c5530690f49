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

/// A line up to a `#` outside of quotes.
fn without_comment(line: &[u8]) -> &[u8] {
    let mut quoted = false;
    for (index, byte) in line.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'#' if !quoted => return &line[..index],
            _ => {}
        }
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
    let mut reader = Reader { line, next: 0, tags };
    let pattern = reader.either(0)?;
    if !reader.take(b':') {
        return Err(reader.wrong("expected `:` after the pattern", LINE));
    }
    let mut changes = Vec::new();
    loop {
        reader.blanks();
        if reader.peek().is_none() {
            break;
        }
        let (tag, remove, at) = reader.change()?;
        changes.push(Change { tag: reader.tags.place(tag), remove, at });
        if !reader.take(b',') && reader.peek().is_some() {
            return Err(reader.wrong("expected `,` between two tags", LINE));
        }
    }
    Ok(Some(Rule { pattern, tags: changes }))
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

    fn word(&mut self) -> String {
        self.blanks();
        let mut word = Vec::new();
        while let Some(byte) =
            self.peek().filter(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        {
            word.push(byte);
            self.next += 1;
        }
        String::from_utf8_lossy(&word).into_owned()
    }

    /// Whether one of two spellings of an operator is next.
    fn operator(&mut self, sign: u8, name: &str) -> bool {
        if self.take(sign) {
            return true;
        }
        let before = self.next;
        let found = self.word() == name;
        if !found {
            self.next = before;
        }
        found
    }

    fn either(&mut self, depth: usize) -> Result<Pattern, Wrong> {
        self.joined(b'|', "or", Pattern::Or, |reader| {
            reader.joined(b'&', "and", Pattern::And, |reader| reader.single(depth))
        })
    }

    /// Patterns between operators.
    fn joined(
        &mut self,
        sign: u8,
        name: &str,
        join: fn(Vec<Pattern>) -> Pattern,
        mut part: impl FnMut(&mut Self) -> Result<Pattern, Wrong>,
    ) -> Result<Pattern, Wrong> {
        let first = part(self)?;
        if !self.operator(sign, name) {
            return Ok(first);
        }
        let mut all = vec![first, part(self)?];
        while self.operator(sign, name) {
            all.push(part(self)?);
        }
        Ok(join(all))
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
        if self.operator(b'~', "not") {
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
            Some(b'"') => {
                Ok(Pattern::Exact(self.enclosed(b'"')?.trim_start_matches("./").to_owned()))
            }
            Some(b'<') => {
                let before = self.next;
                let text = self.enclosed(b'>')?;
                self.tags.glob(&text).map(Pattern::Glob).map_err(|why| {
                    self.next = before;
                    let text: String = text.chars().take(SHOWN).collect();
                    self.wrong(&format!("`{text}` is no pattern for file names: {why}"), HELP)
                })
            }
            _ => {
                let before = self.next;
                match self.word().as_str() {
                    "true" | "1" => Ok(Pattern::All(true)),
                    "false" | "0" => Ok(Pattern::All(false)),
                    _ => {
                        self.next = before;
                        Err(self.wrong("expected a pattern", HELP))
                    }
                }
            }
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

    /// A tag, whether it is taken, and where it stands.
    fn change(&mut self) -> Result<(Tag, bool, usize), Wrong> {
        let at = self.at();
        let remove = self.take(b'-');
        self.blanks();
        let mut name = Vec::new();
        let ends =
            |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'(' | b')' | b':');
        while let Some(byte) = self.peek().filter(|byte| !ends(*byte)) {
            name.push(byte);
            self.next += 1;
        }
        if name.is_empty() {
            return Err(
                self.wrong("expected a tag", "remove the `,` that nothing follows or precedes")
            );
        }
        let argument = if self.peek() == Some(b'(') { Some(self.argument()?) } else { None };
        let tag = Tag { name: String::from_utf8_lossy(&name).into_owned(), argument };
        Ok((tag, remove, at))
    }

    fn argument(&mut self) -> Result<String, Wrong> {
        let open = self.next;
        let (mut text, mut depth) = (Vec::new(), 0usize);
        while let Some(byte) = self.peek() {
            self.next += 1;
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(String::from_utf8_lossy(&text[1..]).trim().to_owned());
            }
            text.push(byte);
        }
        self.next = open;
        Err(self.wrong("this `(` has no `)`", "close it on the same line"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(content: &str, file: &str) -> Vec<String> {
        match tags(b"_tags", content.as_bytes()) {
            Ok(tags) => {
                let shown = |tag: &Tag| match &tag.argument {
                    Some(argument) => format!("{}({argument})", tag.name),
                    None => tag.name.clone(),
                };
                for change in tags.rules.iter().flat_map(|rule| &rule.tags) {
                    let text = content[change.at..].trim_start_matches(['-', ' ']);
                    assert!(text.starts_with(&tags.tags[change.tag].name));
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
