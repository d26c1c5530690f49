//! What a stretch of a rule file says word for word, before any name in it is looked up.

use super::mistake::Mistake;
use crate::lexer::{Lexer, Raw, Token};
use crate::path;

/// A stretch of the bytes of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    fn ending_at(end: usize, text: &[u8]) -> Self {
        // No file is larger than a `u32` can say.
        Self { start: (end - text.len()) as u32, end: end as u32 }
    }

    pub(crate) fn of(self, content: &[u8]) -> &[u8] {
        &content[self.start as usize..self.end as usize]
    }
}

/// What has to be done to a path before it can be looked up.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// Nothing: it is canonical, and this is its hash.
    Plain(u32),
    /// It may not be canonical.
    Odd,
    /// It has a `$` in it.
    Expands,
}

/// A path of a `build` statement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadPath {
    pub(crate) text: Span,
    pub(crate) form: Form,
}

/// A variable that a `build` statement binds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadBinding {
    pub(crate) name: Span,
    pub(crate) value: Span,
    /// Whether there is a `$` in the value.
    pub(crate) expands: bool,
}

/// How many paths of each kind a `build` statement has, in the order in which they stand there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) explicit_outputs: u32,
    pub(crate) implicit_outputs: u32,
    pub(crate) explicit: u32,
    pub(crate) implicit: u32,
    pub(crate) order_only: u32,
    pub(crate) validations: u32,
}

impl Counts {
    pub(crate) fn sum(self) -> usize {
        let outputs = self.explicit_outputs + self.implicit_outputs;
        let inputs = self.explicit + self.implicit + self.order_only;
        (outputs + inputs + self.validations) as usize
    }
}

/// A `build` statement; its paths and bindings follow those of the statement before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadBuild {
    /// Where it begins.
    pub(crate) statement: u32,
    /// How many lines of the chunk are before it.
    pub(crate) line: u32,
    pub(crate) rule: Span,
    pub(crate) counts: Counts,
    pub(crate) bindings: u32,
    /// Where what follows begins, which is the place of mistakes in what the statement means. `None` when
    /// the mistake at the end of the chunk is in this statement.
    pub(crate) end: Option<u32>,
}

/// The statements that are few, and are read once more when their turn comes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Other {
    Variable,
    Rule,
    Pool,
    Default,
    Include,
    Subninja,
}

/// A statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Item {
    Build(ReadBuild),
    /// Any other one, and where it begins.
    Other(Other, u32),
}

/// A stretch of a file from the beginning of one statement to that of another, and what was read there.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) items: Vec<Item>,
    pub(crate) paths: Vec<ReadPath>,
    pub(crate) bindings: Vec<ReadBinding>,
    /// How many lines end in it.
    pub(crate) lines: u32,
    /// What is wrong after the items, so that nothing more was read.
    pub(crate) mistake: Option<Mistake>,
    /// Whether the file ends here.
    pub(crate) is_last: bool,
}

impl Chunk {
    /// Makes this a chunk of which nothing was read yet; what it held is forgotten, its memory kept.
    pub(crate) fn start_over(&mut self, start: usize, end: usize) {
        self.start = start;
        self.end = end;
        self.items.clear();
        self.paths.clear();
        self.bindings.clear();
        self.lines = 0;
        self.mistake = None;
        self.is_last = false;
    }

    /// Reads the statements of the chunk in the file that it is of.
    pub(crate) fn read(&mut self, content: &[u8]) {
        let lexer = Lexer::new(content, self.start);
        let mut reader = Reader { lexer, content, counted: self.start, chunk: self };
        self.mistake = reader.statements().err();
    }
}

struct Reader<'a> {
    lexer: Lexer<'a>,
    content: &'a [u8],
    /// Up to where lines were counted.
    counted: usize,
    chunk: &'a mut Chunk,
}

impl<'a> Reader<'a> {
    fn statements(&mut self) -> Result<(), Mistake> {
        loop {
            let token = self.lexer.token();
            let statement = self.lexer.last();
            if token == Token::End {
                self.chunk.is_last = true;
                return Ok(());
            }
            if statement >= self.chunk.end {
                self.count_lines(self.chunk.end);
                return Ok(());
            }
            let other = match token {
                Token::Newline => continue,
                Token::Build => {
                    self.build(statement)?;
                    continue;
                }
                Token::Name => Other::Variable,
                Token::Rule => Other::Rule,
                Token::Pool => Other::Pool,
                Token::Default => Other::Default,
                Token::Include => Other::Include,
                Token::Subninja => Other::Subninja,
                Token::Error => return Err(self.lexer.lexing_mistake()),
                Token::Indent => {
                    return Err(self.lexer.mistake("unexpected indent").help(
                        "only the variables right below `rule`, `build` and `pool` are indented",
                    ));
                }
                token => {
                    let message = format!("unexpected {}", token.describe());
                    return Err(self.lexer.mistake(message));
                }
            };
            self.chunk.items.push(Item::Other(other, statement as u32));
            self.skip(other)?;
        }
    }

    fn count_lines(&mut self, to: usize) {
        let lines = memchr::memchr_iter(b'\n', &self.content[self.counted..to]).count();
        self.chunk.lines += lines as u32;
        self.counted = to;
    }

    /// Goes to the end of a statement. A mistake found here is found again, and told better, by whoever
    /// reads the statement.
    fn skip(&mut self, other: Other) -> Result<(), Mistake> {
        match other {
            Other::Variable => {
                self.lexer.unread();
                self.lexer.binding()?;
                return Ok(());
            }
            Other::Rule | Other::Pool => {
                self.lexer.name();
                self.lexer.expect(Token::Newline)?;
                while self.lexer.peek(Token::Indent) {
                    self.lexer.binding()?;
                }
                return Ok(());
            }
            Other::Default => while !self.lexer.path()?.text.is_empty() {},
            Other::Include | Other::Subninja => {
                self.lexer.path()?;
            }
        }
        self.lexer.expect(Token::Newline)
    }

    fn build(&mut self, statement: usize) -> Result<(), Mistake> {
        let mut counts = Counts {
            explicit_outputs: self.paths()?,
            implicit_outputs: self.paths_after(Token::Pipe)?,
            ..Counts::default()
        };
        if counts.explicit_outputs + counts.implicit_outputs == 0 {
            let mistake = self.lexer.mistake("expected path");
            return Err(mistake.help("a statement is `build OUTPUT: RULE INPUT ...`"));
        }
        self.lexer.expect(Token::Colon)?;
        let Some(rule) = self.lexer.name() else {
            return Err(self.lexer.mistake("expected build command name"));
        };
        let rule = Span::ending_at(self.lexer.last() + rule.len(), rule);
        self.count_lines(statement);
        let (line, first) = (self.chunk.lines, self.chunk.bindings.len());
        let read = self.inputs(&mut counts).and_then(|()| self.bindings());
        let bindings = (self.chunk.bindings.len() - first) as u32;
        let end = read.is_ok().then(|| self.lexer.last() as u32);
        let statement = statement as u32;
        let build = ReadBuild { statement, line, rule, counts, bindings, end };
        self.chunk.items.push(Item::Build(build));
        read
    }

    /// Reads what follows the name of the rule, to the end of the line.
    fn inputs(&mut self, counts: &mut Counts) -> Result<(), Mistake> {
        counts.explicit = self.paths()?;
        counts.implicit = self.paths_after(Token::Pipe)?;
        counts.order_only = self.paths_after(Token::PipePipe)?;
        counts.validations = self.paths_after(Token::PipeAt)?;
        self.lexer.expect(Token::Newline)
    }

    fn bindings(&mut self) -> Result<(), Mistake> {
        while self.lexer.peek(Token::Indent) {
            let start = self.lexer.at();
            let (name, Raw { text, expands }) = self.lexer.binding()?;
            self.chunk.bindings.push(ReadBinding {
                name: Span::ending_at(start + name.len(), name),
                value: Span::ending_at(self.lexer.last(), text),
                expands,
            });
        }
        Ok(())
    }

    fn paths_after(&mut self, token: Token) -> Result<u32, Mistake> {
        if self.lexer.peek(token) { self.paths() } else { Ok(0) }
    }

    /// Reads paths up to something else; how many there are.
    fn paths(&mut self) -> Result<u32, Mistake> {
        let before = self.chunk.paths.len();
        loop {
            let Raw { text, expands } = self.lexer.path()?;
            if text.is_empty() {
                return Ok((self.chunk.paths.len() - before) as u32);
            }
            let form = if expands {
                Form::Expands
            } else if path::is_canonical(text) {
                Form::Plain(path::hash(text))
            } else {
                Form::Odd
            };
            // What was read last is the byte after the path.
            let text = Span::ending_at(self.lexer.last(), text);
            self.chunk.paths.push(ReadPath { text, form });
        }
    }
}
