//! The grammar of `_tags`.

use mbuild_rules::Diagnostic;

use super::{Change, Pattern, Rule, Tag, Tags};

/// Parentheses inside each other beyond this are not what a person wrote.
const MAX_DEPTH: usize = 32;

/// Reads the lines, those that end in `\` joined with the next.
pub(super) fn tags(path: &[u8], content: &[u8]) -> Result<Tags, Diagnostic> {
    let mut rules = Vec::new();
    let mut generated = false;
    let mut pending: Vec<(u8, usize)> = Vec::new();
    let mut start = 0;
    for raw in content.split_inclusive(|byte| *byte == b'\n') {
        let line = raw.trim_ascii();
        if line.starts_with(b"#") && find(line, b"OASIS_START") {
            generated = true;
        }
        let continued = line.ends_with(b"\\");
        if !generated {
            let text = raw.strip_suffix(b"\n").unwrap_or(raw);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            let text = if continued {
                text.trim_ascii_end().strip_suffix(b"\\").unwrap_or(text)
            } else {
                text
            };
            let before = pending.len();
            pending.extend(text.iter().enumerate().map(|(index, byte)| (*byte, start + index)));
            cut_comment(&mut pending, before);
        }
        if line.starts_with(b"#") && find(line, b"OASIS_STOP") {
            generated = false;
        }
        start += raw.len();
        if !continued || start == content.len() {
            rules.extend(rule(path, content, &pending)?);
            pending.clear();
        }
    }
    Ok(Tags { path: path.to_vec(), content: content.to_vec(), rules })
}

fn find(line: &[u8], word: &[u8]) -> bool {
    line.windows(word.len()).any(|window| window == word)
}

/// Cuts a `#` outside of quotes and what follows.
fn cut_comment(line: &mut Vec<(u8, usize)>, from: usize) {
    let mut quoted = false;
    for index in from..line.len() {
        match line.get(index) {
            Some((b'"', _)) => quoted = !quoted,
            Some((b'#', _)) if !quoted => {
                line.truncate(index);
                return;
            }
            _ => {}
        }
    }
}

fn rule(path: &[u8], content: &[u8], line: &[(u8, usize)]) -> Result<Option<Rule>, Diagnostic> {
    if line.iter().all(|(byte, _)| byte.is_ascii_whitespace()) {
        return Ok(None);
    }
    let mut reader = Reader { path, content, line, next: 0 };
    let pattern = reader.either(0)?;
    if !reader.take(b':') {
        return Err(
            reader.wrong("expected `:` after the pattern", "a line is `<pattern>: tag, tag`")
        );
    }
    let mut tags = Vec::new();
    loop {
        reader.blanks();
        if reader.peek().is_none() {
            break;
        }
        tags.push(reader.change()?);
        if !reader.take(b',') && reader.peek().is_some() {
            return Err(
                reader.wrong("expected `,` between two tags", "a line is `<pattern>: tag, tag`")
            );
        }
    }
    Ok(Some(Rule { pattern, tags }))
}

struct Reader<'a> {
    path: &'a [u8],
    content: &'a [u8],
    line: &'a [(u8, usize)],
    next: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.line.get(self.next).map(|(byte, _)| *byte)
    }

    fn at(&self) -> usize {
        let end = || self.line.last().map_or(0, |(_, at)| at + 1);
        self.line.get(self.next).map_or_else(end, |(_, at)| *at)
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

    fn wrong(&self, message: &str, help: &str) -> Diagnostic {
        Diagnostic::at(self.path, self.content, self.at(), message).with_help(help)
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

    fn either(&mut self, depth: usize) -> Result<Pattern, Diagnostic> {
        let mut result = self.both(depth)?;
        while self.operator(b'|', "or") {
            result = Pattern::Or(Box::new(result), Box::new(self.both(depth)?));
        }
        Ok(result)
    }

    fn both(&mut self, depth: usize) -> Result<Pattern, Diagnostic> {
        let mut result = self.single(depth)?;
        while self.operator(b'&', "and") {
            result = Pattern::And(Box::new(result), Box::new(self.single(depth)?));
        }
        Ok(result)
    }

    fn single(&mut self, depth: usize) -> Result<Pattern, Diagnostic> {
        const HELP: &str =
            "a pattern is `\"file\"`, `<glob>`, `true`, `false`, or `not`, `and`, `or` of such";
        self.blanks();
        if depth > MAX_DEPTH || self.line.len() > 4096 {
            return Err(self.wrong("this pattern is too long", "split it into several lines"));
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
                Pattern::glob(&text).map_err(|why| {
                    self.next = before;
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
    fn enclosed(&mut self, close: u8) -> Result<String, Diagnostic> {
        let open = self.next;
        let rest = &self.line[open + 1..];
        let Some(length) = rest.iter().position(|(byte, _)| *byte == close) else {
            let close = char::from(close);
            return Err(
                self.wrong(&format!("this has no closing `{close}`"), "close it on the same line")
            );
        };
        let text: Vec<u8> = rest[..length].iter().map(|(byte, _)| *byte).collect();
        self.next = open + length + 2;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn change(&mut self) -> Result<Change, Diagnostic> {
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
        Ok(Change { tag, remove, at })
    }

    fn argument(&mut self) -> Result<String, Diagnostic> {
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
            Ok(tags) => tags
                .of(file)
                .into_iter()
                .map(|(tag, at)| {
                    assert!(content[at..].trim_start_matches(['-', ' ']).starts_with(&tag.name));
                    match tag.argument {
                        Some(argument) => format!("{}({argument})", tag.name),
                        None => tag.name,
                    }
                })
                .collect(),
            Err(error) => vec![error.to_string()],
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
