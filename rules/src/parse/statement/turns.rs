//! Takes turns between reading chunks ahead and putting what was read into the manifest.

use super::{Next, Statements};
use crate::lexer::{Lexer, Token};
use crate::parse::ahead::Ahead;
use crate::parse::chunk::{Chunk, Item, Other, ReadBinding, ReadBuild, ReadPath};
use crate::parse::mistake::Mistake;

/// What has to outlive [`Statements`] when they stop to have another file read.
#[derive(Debug)]
pub(in crate::parse) struct Progress {
    ahead: Ahead,
    /// The chunks that are being put into the manifest, the one at hand and those after it.
    now: Vec<Chunk>,
    at: Place,
    /// Those after them, when they were read already; else old ones, for their memory.
    next: Vec<Chunk>,
    is_ahead: bool,
    /// The line on which the chunk at hand starts.
    pub(super) line: u32,
    /// Where an `include` or `subninja` was just done, so that its line has to end.
    pub(super) open_line: Option<usize>,
}

/// The next statement among those that were read.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    chunk: usize,
    item: usize,
    path: usize,
    binding: usize,
}

impl Progress {
    pub(in crate::parse) fn new(size: usize) -> Self {
        Self {
            ahead: Ahead::new(size),
            now: Vec::new(),
            at: Place::default(),
            next: Vec::new(),
            is_ahead: false,
            line: 1,
            open_line: None,
        }
    }

    /// The bindings of the next statement.
    pub(super) fn bindings_of<'c>(
        &mut self,
        chunk: &'c Chunk,
        build: &ReadBuild,
    ) -> &'c [ReadBinding] {
        let start = self.at.binding;
        self.at.binding += build.bindings as usize;
        &chunk.bindings[start..self.at.binding]
    }

    /// The paths of the next statement.
    pub(super) fn paths_of<'c>(&mut self, chunk: &'c Chunk, build: &ReadBuild) -> &'c [ReadPath] {
        let start = self.at.path;
        self.at.path += build.counts.sum();
        &chunk.paths[start..self.at.path]
    }
}

impl Statements<'_> {
    /// Goes through statements up to the end of the file or to one that wants another file.
    pub(crate) fn run(&mut self) -> Result<Next, Mistake> {
        if let Some(at) = self.progress.open_line.take() {
            self.lexer = Lexer::new(self.content, at);
            self.lexer.expect(Token::Newline)?;
        }
        if self.progress.ahead.is_long(self.content) {
            // From here on all is done by the threads of the pool.
            return rayon::scope(|_| self.chunks());
        }
        self.chunks()
    }

    /// Puts the chunks that were read into the manifest while the next ones are read.
    fn chunks(&mut self) -> Result<Next, Mistake> {
        let content = self.content;
        loop {
            let mut now = std::mem::take(&mut self.progress.now);
            let mut next = std::mem::take(&mut self.progress.next);
            let mut ahead = self.progress.ahead;
            if self.progress.at.chunk == now.len() {
                self.progress.at = Place::default();
                if std::mem::take(&mut self.progress.is_ahead) {
                    std::mem::swap(&mut now, &mut next);
                } else {
                    ahead.read(content, &mut now);
                }
            }
            let stop = if self.progress.is_ahead || ahead.is_done(content) {
                self.put(&now)
            } else {
                let (stop, ()) = rayon::join(|| self.put(&now), || ahead.read(content, &mut next));
                self.progress.is_ahead = true;
                stop
            };
            self.progress.ahead = ahead;
            self.progress.now = now;
            self.progress.next = next;
            if let Some(next) = stop? {
                return Ok(next);
            }
        }
    }

    /// Puts what was read into the manifest, up to its end or to a statement that wants another file.
    fn put(&mut self, chunks: &[Chunk]) -> Result<Option<Next>, Mistake> {
        while let Some(chunk) = chunks.get(self.progress.at.chunk) {
            while let Some(item) = chunk.items.get(self.progress.at.item) {
                self.progress.at.item += 1;
                match item {
                    Item::Build(build) => self.build(chunk, build)?,
                    Item::Other(other, at) => {
                        self.lexer = Lexer::new(self.content, *at as usize);
                        self.lexer.token();
                        if let Some(next) = self.other(*other)? {
                            return Ok(Some(next));
                        }
                    }
                }
            }
            if let Some(mistake) = &chunk.mistake {
                return Err(mistake.clone());
            }
            if chunk.is_last {
                return Ok(Some(Next::Done));
            }
            if self.file == 0 && chunk.start == 0 {
                // The rest of the first file is likely to be of the same kind.
                self.manifest.reserve(self.content.len() / chunk.end);
            }
            self.progress.line += chunk.lines;
            let chunk = self.progress.at.chunk + 1;
            self.progress.at = Place { chunk, ..Place::default() };
        }
        Ok(None)
    }

    /// Reads a statement, whose first word was read already, and puts it into the manifest.
    fn other(&mut self, other: Other) -> Result<Option<Next>, Mistake> {
        match other {
            Other::Variable => self.variable()?,
            Other::Rule => self.rule()?,
            Other::Pool => self.pool()?,
            Other::Default => self.default()?,
            Other::Include => return self.include(false).map(Some),
            Other::Subninja => return self.include(true).map(Some),
        }
        Ok(None)
    }
}
