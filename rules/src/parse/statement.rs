//! The statements of one file, put into the manifest one after the other.

mod build;
pub(super) mod turns;

use bstr::ByteSlice;

use self::turns::Progress;
use super::mistake::Mistake;
use super::suggest::did_you_mean;
use super::version::{self, Verdict};
use super::{Frame, Options};
use crate::Manifest;
use crate::lexer::{Lexer, Raw, Token};
use crate::manifest::scope::{
    COMMAND, RSPFILE, RSPFILE_CONTENT, RULE_VARIABLES, RuleBindings, Text,
};

/// What to do after [`Statements::run`].
pub(crate) enum Next {
    /// The file is done.
    Done,
    /// Read another file, then go on with this one.
    Read {
        path: Vec<u8>,
        /// `subninja`: what it declares stays inside.
        own_scope: bool,
        /// The byte that Ninja names when it cannot be read.
        at: usize,
        /// Where its name stands.
        shown: usize,
    },
}

/// The reader of the statements of one file.
pub(crate) struct Statements<'a> {
    manifest: &'a mut Manifest,
    lexer: Lexer<'a>,
    options: Options,
    content: &'a [u8],
    progress: &'a mut Progress,
    file: u32,
    scope: u32,
    /// Names of variables that were warned of.
    warned: &'a mut Vec<u32>,
    /// The rule of the last `build` statement with its name, as the next one often has the same.
    rule: Option<(&'a [u8], u32)>,
    /// A value that is being made; kept for its memory.
    value: Vec<u8>,
}

impl<'a> Statements<'a> {
    pub(crate) fn new(
        manifest: &'a mut Manifest,
        frame: &'a mut Frame,
        options: Options,
        warned: &'a mut Vec<u32>,
    ) -> Self {
        Self {
            manifest,
            lexer: Lexer::new(&frame.content, 0),
            options,
            content: &frame.content,
            file: frame.file,
            scope: frame.scope,
            progress: &mut frame.progress,
            warned,
            rule: None,
            value: Vec::new(),
        }
    }

    /// The line that byte `at` stands in.
    fn line_of(&self, at: usize) -> usize {
        memchr::memchr_iter(b'\n', &self.content[..at]).count() + 1
    }

    /// Expands and keeps a value as the scope of the file sees it now; a mistake is at byte `at`.
    fn keep(&mut self, raw: Raw<'_>, at: usize) -> Result<Text, Mistake> {
        let kept = if raw.expands {
            self.value.clear();
            let scopes = self.manifest.scopes();
            let expanded = scopes.expand(self.scope, &[], raw.text, &mut self.value);
            expanded.and_then(|()| self.manifest.scopes_mut().keep(&self.value))
        } else {
            self.manifest.scopes_mut().keep(raw.text)
        };
        kept.map_err(|_| too_long(at))
    }

    /// Warns, once for each name, of what is wrong with a variable that is meant for mbuild.
    fn check_variable(&mut self, name: u32, value: Text, on_statement: bool) {
        let scopes = self.manifest.scopes();
        let (text, value) = (scopes.name(name), scopes.text(value));
        if !self.warned.contains(&name)
            && let Some(warning) = crate::variables::check(text, value, on_statement)
        {
            self.manifest.warn(warning);
            self.warned.push(name);
        }
    }

    fn variable(&mut self) -> Result<(), Mistake> {
        self.lexer.unread();
        let (name, raw) = self.lexer.binding()?;
        let value = self.keep(raw, self.lexer.last())?;
        if name == b"ninja_required_version" {
            match version::check(self.manifest.scopes().text(value)) {
                Verdict::Fine => {}
                Verdict::Warn(warning) => self.manifest.warn(warning),
                Verdict::Refuse(message) => {
                    let line = self.line_of(self.lexer.last());
                    let file = self.manifest.files_read()[self.file as usize].as_bstr();
                    return Err(self.lexer.mistake(message).fatal().help(format!(
                        "lower it in {file}:{line} if the file needs nothing newer"
                    )));
                }
            }
        }
        let id = self.manifest.scopes_mut().intern(name);
        if name.starts_with(crate::variables::PREFIX) {
            self.check_variable(id, value, false);
        }
        self.manifest.scopes_mut().set(self.scope, id, value);
        Ok(())
    }

    fn pool(&mut self) -> Result<(), Mistake> {
        let Some(name) = self.lexer.name() else {
            return Err(self.lexer.mistake("expected pool name"));
        };
        self.lexer.expect(Token::Newline)?;
        if self.manifest.find_pool(name).is_some() {
            let message = format!("duplicate pool '{}'", name.as_bstr());
            return Err(self.lexer.mistake(message).help("give one of the two another name"));
        }
        let mut depth = None;
        while self.lexer.peek(Token::Indent) {
            let start = self.lexer.at();
            let (key, raw) = self.lexer.binding()?;
            if key != b"depth" {
                let message = format!("unexpected variable '{}'", key.as_bstr());
                let help = "a pool has a `depth` only";
                return Err(self.lexer.mistake(message).help(help).shown_at(start));
            }
            let value = self.keep(raw, self.lexer.last())?;
            let number = version::leading_number(self.manifest.scopes().text(value));
            let Ok(number) = u32::try_from(number.min(i64::from(i32::MAX))) else {
                let message = "invalid pool depth";
                return Err(self.lexer.mistake(message).help("give a number, 0 for no limit"));
            };
            depth = Some(number);
        }
        let Some(depth) = depth else {
            return Err(self
                .lexer
                .mistake("expected 'depth =' line")
                .help("say how many of the pool's actions may run at the same time"));
        };
        self.manifest.add_pool(name, depth);
        Ok(())
    }

    fn rule(&mut self) -> Result<(), Mistake> {
        let statement = self.lexer.last();
        let Some(name) = self.lexer.name() else {
            return Err(self.lexer.mistake("expected rule name"));
        };
        self.lexer.expect(Token::Newline)?;
        if self.manifest.scopes().own_rule(self.scope, name).is_some() {
            let message = format!("duplicate rule '{}'", name.as_bstr());
            let help = if name == b"phony" {
                "`phony` is built in, give the rule another name"
            } else {
                "give one of the two another name"
            };
            return Err(self.lexer.mistake(message).help(help).shown_at(statement));
        }
        let mut bindings = RuleBindings::default();
        while self.lexer.peek(Token::Indent) {
            let start = self.lexer.at();
            let (key, raw) = self.lexer.binding()?;
            let Some(slot) = RULE_VARIABLES.iter().position(|name| *name == key) else {
                let message = format!("unexpected variable '{}'", key.as_bstr());
                let help = did_you_mean(key, RULE_VARIABLES).unwrap_or_else(|| {
                    "set other variables on the `build` statement or for the whole file".to_owned()
                });
                return Err(self.lexer.mistake(message).help(help).shown_at(start));
            };
            let kept = self.manifest.scopes_mut().keep(raw.text);
            bindings.0[slot] = Some(kept.map_err(|_| too_long(self.lexer.last()))?);
        }
        // For Ninja a rule always has these two, if only empty ones: no file-level variable of that
        // name shows through.
        let is_empty = |slot: &mut Option<Text>| {
            let text = *slot.get_or_insert(Text::EMPTY);
            self.manifest.scopes().text(text).is_empty()
        };
        let [rspfile, content] =
            [RSPFILE, RSPFILE_CONTENT].map(|slot| is_empty(&mut bindings.0[slot as usize]));
        if rspfile != content {
            let message = "rspfile and rspfile_content need to be both specified";
            return Err(self.lexer.mistake(message).shown_at(statement));
        }
        if is_empty(&mut bindings.0[COMMAND as usize]) {
            let help = match self.content.get(self.lexer.last()) {
                Some(b'\t') => "indent the lines below with spaces, not with tabs",
                _ => "say what the rule runs: `  command = ...`",
            };
            let mistake = self.lexer.mistake("expected 'command =' line");
            return Err(mistake.help(help).shown_at(statement));
        }
        let name = self.manifest.scopes_mut().intern(name);
        self.manifest.scopes_mut().add_rule(self.scope, name, bindings);
        self.rule = None;
        Ok(())
    }

    fn default(&mut self) -> Result<(), Mistake> {
        let mut start = self.lexer.at();
        let mut raw = self.lexer.path()?;
        if raw.text.is_empty() {
            return Err(self.lexer.mistake("expected target name"));
        }
        while !raw.text.is_empty() {
            let mut path = std::mem::take(&mut self.value);
            path.clear();
            let expanded = self.manifest.scopes().expand(self.scope, &[], raw.text, &mut path);
            expanded.map_err(|_| too_long(self.lexer.last()))?;
            if path.is_empty() {
                return Err(self.lexer.mistake("empty path"));
            }
            let canonical = crate::path::canonical(&path);
            let file = self.manifest.find(&canonical);
            if file.is_none() && self.options.excerpt {
                self.value = path;
                start = self.lexer.at();
                raw = self.lexer.path()?;
                continue;
            }
            let Some(file) = file else {
                let message = format!("unknown target '{}'", canonical.as_bstr());
                let help = "name a file of a `build` statement further up";
                return Err(self.lexer.mistake(message).help(help).shown_at(start));
            };
            self.manifest.add_default(file);
            self.value = path;
            start = self.lexer.at();
            raw = self.lexer.path()?;
        }
        self.lexer.expect(Token::Newline)
    }

    fn include(&mut self, own_scope: bool) -> Result<Next, Mistake> {
        let shown = self.lexer.at();
        let raw = self.lexer.path()?;
        let at = self.lexer.last();
        let mut path = Vec::new();
        let expanded = self.manifest.scopes().expand(self.scope, &[], raw.text, &mut path);
        expanded.map_err(|_| too_long(self.lexer.last()))?;
        self.progress.open_line = Some(self.lexer.at());
        Ok(Next::Read { path, own_scope, at, shown })
    }
}

fn too_long(at: usize) -> Mistake {
    Mistake::new(at, "the value is too long")
        .help("look for a variable that repeats itself again and again")
}
