//! Writes rule files in one canonical form that Ninja reads back as the same statements.

use std::borrow::Cow;

use bstr::{BString, ByteSlice};

/// Lines are wrapped between paths before they get longer than this.
const WIDTH: usize = 100;

/// A path or value that the language has no way to write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// Not even an escape exists for one of its bytes, or it is empty.
    #[error(
        "path {0:?} cannot be written to a rule file: rename the file, a path there is not empty and has no `|`, line break or NUL"
    )]
    Path(BString),
    /// A value ends where its line ends.
    #[error("value {0:?} cannot be written to a rule file: a value there has no line break or NUL")]
    Value(BString),
    /// A name of a variable, rule or pool.
    #[error("name {0:?} cannot be written to a rule file: use letters, digits, `_`, `-` and `.`")]
    Name(BString),
}

/// One `build` statement. Paths are literal; values of bindings are in Ninja syntax.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build<'a> {
    /// What the command makes: `$out`.
    pub outputs: Vec<Cow<'a, [u8]>>,
    /// What it makes as well.
    pub implicit_outputs: Vec<Cow<'a, [u8]>>,
    /// The name of the rule.
    pub rule: &'a str,
    /// What the command reads: `$in`.
    pub inputs: Vec<Cow<'a, [u8]>>,
    /// What it reads as well.
    pub implicit_inputs: Vec<Cow<'a, [u8]>>,
    /// What has to be there before, without being read.
    pub order_only: Vec<Cow<'a, [u8]>>,
    /// What is to be built whenever this is.
    pub validations: Vec<Cow<'a, [u8]>>,
    /// Variables of this statement alone.
    pub bindings: Vec<(&'a str, Cow<'a, [u8]>)>,
}

/// A rule file in the making.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    text: Vec<u8>,
    /// Where the line at hand starts.
    line: usize,
    /// The first thing that could not be written.
    refused: Option<Unwritable>,
}

impl Writer {
    /// An empty rule file.
    pub fn new() -> Self {
        Self { text: Vec::new(), line: 0, refused: None }
    }

    /// A comment, line by line; an empty one is a blank line.
    pub fn comment(&mut self, text: &str) -> &mut Self {
        if text.is_empty() {
            self.text.push(b'\n');
        }
        for line in text.lines() {
            self.text.push(b'#');
            if !line.is_empty() {
                self.text.push(b' ');
            }
            // A NUL would end the file for Ninja.
            self.text.extend(line.bytes().filter(|byte| *byte != 0));
            self.text.push(b'\n');
        }
        self
    }

    /// A variable of the file; the value is in Ninja syntax.
    pub fn variable(&mut self, name: &str, value: impl AsRef<[u8]>) -> &mut Self {
        self.binding("", name, value.as_ref());
        self
    }

    /// A pool of so many places.
    pub fn pool(&mut self, name: &str, depth: u32) -> &mut Self {
        self.head("pool", name);
        self.binding("  ", "depth", depth.to_string().as_bytes());
        self
    }

    /// A rule with its bindings in the order given; values are in Ninja syntax.
    pub fn rule<V: AsRef<[u8]>>(&mut self, name: &str, bindings: &[(&str, V)]) -> &mut Self {
        self.head("rule", name);
        for (name, value) in bindings {
            self.binding("  ", name, value.as_ref());
        }
        self
    }

    /// A `build` statement.
    pub fn build(&mut self, build: &Build<'_>) -> &mut Self {
        self.line = self.text.len();
        self.text.extend_from_slice(b"build");
        self.paths("", &build.outputs);
        self.paths("|", &build.implicit_outputs);
        if build.outputs.is_empty() && build.implicit_outputs.is_empty() {
            self.refuse(Unwritable::Path(BString::default()));
        }
        self.text.push(b':');
        self.name(build.rule);
        self.word(build.rule.as_bytes());
        self.paths("", &build.inputs);
        self.paths("|", &build.implicit_inputs);
        self.paths("||", &build.order_only);
        self.paths("|@", &build.validations);
        self.text.push(b'\n');
        for (name, value) in &build.bindings {
            self.binding("  ", name, value);
        }
        self
    }

    /// Targets to build when none is named.
    pub fn default<P: AsRef<[u8]>>(&mut self, targets: &[P]) -> &mut Self {
        if !targets.is_empty() {
            self.line = self.text.len();
            self.text.extend_from_slice(b"default");
            for target in targets {
                self.path(target.as_ref());
            }
            self.text.push(b'\n');
        }
        self
    }

    /// Another file, read as if it stood here.
    pub fn include(&mut self, path: impl AsRef<[u8]>) -> &mut Self {
        self.reference("include", path.as_ref())
    }

    /// Another file, whose variables and rules stay inside it.
    pub fn subninja(&mut self, path: impl AsRef<[u8]>) -> &mut Self {
        self.reference("subninja", path.as_ref())
    }

    /// The content of the rule file.
    ///
    /// # Errors
    /// The first path, value or name that the language cannot express.
    pub fn finish(self) -> Result<Vec<u8>, Unwritable> {
        match self.refused {
            Some(refused) => Err(refused),
            None => Ok(self.text),
        }
    }

    fn refuse(&mut self, refused: Unwritable) {
        self.refused.get_or_insert(refused);
    }

    fn reference(&mut self, keyword: &str, path: &[u8]) -> &mut Self {
        self.line = self.text.len();
        self.text.extend_from_slice(keyword.as_bytes());
        self.path(path);
        self.text.push(b'\n');
        self
    }

    fn head(&mut self, keyword: &str, name: &str) {
        self.name(name);
        self.text.extend_from_slice(keyword.as_bytes());
        self.text.push(b' ');
        self.text.extend_from_slice(name.as_bytes());
        self.text.push(b'\n');
    }

    fn binding(&mut self, indent: &str, name: &str, value: &[u8]) {
        self.name(name);
        if value.iter().any(|byte| matches!(byte, b'\n' | b'\r' | 0)) {
            self.refuse(Unwritable::Value(value.into()));
        }
        self.text.extend_from_slice(indent.as_bytes());
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(b" =");
        if !value.is_empty() {
            self.text.push(b' ');
            self.text.extend_from_slice(value);
        }
        self.text.push(b'\n');
    }

    fn name(&mut self, name: &str) {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if name.is_empty() || !name.bytes().all(fits) {
            self.refuse(Unwritable::Name(name.into()));
        }
    }

    fn paths(&mut self, separator: &str, paths: &[Cow<'_, [u8]>]) {
        if paths.is_empty() {
            return;
        }
        if !separator.is_empty() {
            self.word(separator.as_bytes());
        }
        for path in paths {
            self.path(path);
        }
    }

    fn path(&mut self, path: &[u8]) {
        if path.is_empty() || path.iter().any(|byte| matches!(byte, b'|' | b'\n' | b'\r' | 0)) {
            self.refuse(Unwritable::Path(path.into()));
        }
        if path.find_byteset(b"$ :").is_none() {
            self.word(path);
        } else {
            self.word(&escape_path(path));
        }
    }

    /// Appends a word to the line at hand, or to a new one when it would get too long.
    fn word(&mut self, word: &[u8]) {
        // The width leaves room for the ` $` at the end of the line.
        if self.text.len() - self.line + word.len() + 3 > WIDTH {
            self.text.extend_from_slice(b" $\n");
            self.line = self.text.len();
            self.text.extend_from_slice(b"    ");
        } else {
            self.text.push(b' ');
        }
        self.text.extend_from_slice(word);
    }
}

/// A literal path in Ninja syntax.
pub fn escape_path(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len() + 8);
    for byte in path {
        if matches!(byte, b'$' | b' ' | b':') {
            out.push(b'$');
        }
        out.push(*byte);
    }
    out
}

/// A literal value in Ninja syntax.
pub fn escape_value(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + 8);
    // Blanks before a value are not part of it.
    if value.first() == Some(&b' ') {
        out.push(b'$');
    }
    for byte in value {
        if *byte == b'$' {
            out.push(b'$');
        }
        out.push(*byte);
    }
    out
}
