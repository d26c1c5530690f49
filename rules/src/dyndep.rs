//! Dyndep files: inputs and outputs of actions that are known only once something else was built.

use bstr::ByteSlice;
use hashbrown::{HashMap, HashSet};
use rustc_hash::FxBuildHasher;

use crate::lexer::scan;
use crate::lexer::{Lexer, Raw, Token};
use crate::parse::mistake::Mistake;
use crate::parse::version;
use crate::path::canonical;
use crate::{ActionId, Diagnostic, FileId, Manifest};

/// What a dyndep file says of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dyndep {
    /// The action.
    pub action: ActionId,
    /// What it makes beside the outputs of its statement.
    pub implicit_outputs: Vec<FileId>,
    /// What it reads beside the inputs of its statement.
    pub implicit_inputs: Vec<FileId>,
    /// Whether its outputs may come out unchanged.
    pub restat: bool,
}

/// Reads the dyndep file `name`; paths that are new to the manifest are interned, nothing else changes.
///
/// # Errors
/// The first mistake, in Ninja's own words, with its place.
pub fn parse(
    name: &[u8],
    content: &[u8],
    manifest: &mut Manifest,
) -> Result<Vec<Dyndep>, Diagnostic> {
    let reader = Reader {
        manifest,
        lexer: Lexer::new(content, 0),
        found: Vec::new(),
        seen: HashSet::default(),
    };
    reader.run().map_err(|mistake| mistake.in_file(name, content))
}

/// Reads a dyndep file and adds what it says to the actions that name it as their `dyndep`, which are
/// returned.
///
/// # Errors
/// The first mistake in the file; an action that the file does not mention or that does not name the
/// file; an output that has another action already. What was said before the mistake has been added.
pub fn load(
    manifest: &mut Manifest,
    file: FileId,
    content: &[u8],
) -> Result<Vec<ActionId>, Diagnostic> {
    let wanting = by_file(manifest).remove(&file).unwrap_or_default();
    load_for(manifest, file, &wanting, content)?;
    Ok(wanting)
}

/// The actions that name each dyndep file, for [`load_for`].
pub fn by_file(
    manifest: &Manifest,
) -> std::collections::HashMap<FileId, Vec<ActionId>, FxBuildHasher> {
    let mut by_file = std::collections::HashMap::<_, Vec<_>, _>::default();
    for action in manifest.actions() {
        if let Some(file) = manifest.dyndep(action) {
            by_file.entry(file).or_default().push(action);
        }
    }
    by_file
}

/// As [`load`], when it is known already which actions name the file.
///
/// # Errors
/// Those of [`load`].
pub fn load_for(
    manifest: &mut Manifest,
    file: FileId,
    wanting: &[ActionId],
    content: &[u8],
) -> Result<(), Diagnostic> {
    let name = manifest.path(file).to_vec();
    let found = parse(&name, content, manifest)?;
    let about = |message: String| Diagnostic::about(b"", message);
    let by_action: HashMap<ActionId, &Dyndep, FxBuildHasher> =
        found.iter().map(|dyndep| (dyndep.action, dyndep)).collect();
    let first_output = |manifest: &Manifest, action: ActionId| {
        let output = manifest.outputs(action).first();
        output.map(|output| manifest.path(*output).as_bstr().to_string()).unwrap_or_default()
    };
    for action in wanting {
        let Some(dyndep) = by_action.get(action) else {
            let output = first_output(manifest, *action);
            let message =
                format!("'{output}' not mentioned in its dyndep file '{}'", name.as_bstr());
            return Err(about(message)
                .with_help(format!("add `build {output}: dyndep` to `{}`", name.as_bstr())));
        };
        let Dyndep { action, implicit_outputs, implicit_inputs, restat } = dyndep;
        manifest.add_dyndep(*action, implicit_outputs, implicit_inputs, *restat).map_err(
            |message| {
                let help = format!("see `{}`: an output belongs to one action", name.as_bstr());
                about(message).with_help(help)
            },
        )?;
    }
    for dyndep in &found {
        if manifest.dyndep(dyndep.action) != Some(file) {
            let output = first_output(manifest, dyndep.action);
            return Err(about(format!(
                "dyndep file '{}' mentions output '{output}' whose build statement does not have a \
                 dyndep binding for the file",
                name.as_bstr()
            ))
            .with_help("give the statement `dyndep` and the file as an input"));
        }
    }
    Ok(())
}

struct Reader<'a> {
    manifest: &'a mut Manifest,
    lexer: Lexer<'a>,
    found: Vec<Dyndep>,
    seen: HashSet<ActionId, FxBuildHasher>,
}

impl Reader<'_> {
    fn run(mut self) -> Result<Vec<Dyndep>, Mistake> {
        let mut has_version = false;
        loop {
            match self.lexer.token() {
                Token::Build if has_version => self.build()?,
                Token::Name if !has_version => {
                    self.version()?;
                    has_version = true;
                }
                Token::End if has_version => return Ok(self.found),
                Token::Build | Token::End => return Err(self.version_expected()),
                Token::Newline => {}
                Token::Error => return Err(self.lexer.lexing_mistake()),
                other => {
                    let message = format!("unexpected {}", other.describe());
                    return Err(self.lexer.mistake(message));
                }
            }
        }
    }

    fn version_expected(&self) -> Mistake {
        let mistake = self.lexer.mistake("expected 'ninja_dyndep_version = ...'");
        mistake.help("a dyndep file starts with `ninja_dyndep_version = 1`")
    }

    fn version(&mut self) -> Result<(), Mistake> {
        self.lexer.unread();
        let (name, raw) = self.lexer.binding()?;
        if name != b"ninja_dyndep_version" {
            return Err(self.version_expected());
        }
        let version = expand(raw);
        if version::numbers(&version) == (1, 0) {
            return Ok(());
        }
        let message = format!("unsupported 'ninja_dyndep_version = {}'", version.as_bstr());
        Err(self.lexer.mistake(message).help("the one version there is is `1`"))
    }

    fn build(&mut self) -> Result<(), Mistake> {
        let action = self.action()?;
        if !self.lexer.path()?.text.is_empty() {
            return Err(self
                .lexer
                .mistake("explicit outputs not supported")
                .help("name one output, then `|`, then those that are new"));
        }
        let outputs = self.list_after(Token::Pipe)?;
        self.lexer.expect(Token::Colon)?;
        if self.lexer.name() != Some(b"dyndep") {
            let mistake = self.lexer.mistake("expected build command name 'dyndep'");
            return Err(mistake.help("a statement is `build OUTPUT: dyndep | INPUT ...`"));
        }
        if !self.lexer.path()?.text.is_empty() {
            let mistake = self.lexer.mistake("explicit inputs not supported");
            return Err(mistake.help("write `|` before the inputs"));
        }
        let inputs = self.list_after(Token::Pipe)?;
        if self.lexer.peek(Token::PipePipe) {
            return Err(self.lexer.mistake("order-only inputs not supported"));
        }
        self.lexer.expect(Token::Newline)?;
        let mut restat = false;
        if self.lexer.peek(Token::Indent) {
            let (key, raw) = self.lexer.binding()?;
            if key != b"restat" {
                return Err(self.lexer.mistake("binding is not 'restat'"));
            }
            restat = !expand(raw).is_empty();
        }
        let implicit_inputs = self.files(&inputs)?;
        let implicit_outputs = self.files(&outputs)?;
        self.found.push(Dyndep { action, implicit_outputs, implicit_inputs, restat });
        Ok(())
    }

    /// The action of the output that a statement starts with.
    fn action(&mut self) -> Result<ActionId, Mistake> {
        let raw = self.lexer.path()?;
        if raw.text.is_empty() {
            return Err(self.lexer.mistake("expected path"));
        }
        let path = expand(raw);
        if path.is_empty() {
            return Err(self.lexer.mistake("empty path"));
        }
        let path = canonical(&path);
        let producer = self.manifest.find(&path).and_then(|file| self.manifest.producer(file));
        let Some(action) = producer else {
            let message = format!("no build statement exists for '{}'", path.as_bstr());
            let help = "only actions of the rule file can have more inputs and outputs";
            return Err(self.lexer.mistake(message).help(help));
        };
        if !self.seen.insert(action) {
            let message = format!("multiple statements for '{}'", path.as_bstr());
            let help = "say everything about an action in one statement";
            return Err(self.lexer.mistake(message).help(help));
        }
        Ok(action)
    }

    fn list_after(&mut self, token: Token) -> Result<Vec<Vec<u8>>, Mistake> {
        let mut paths = Vec::new();
        if self.lexer.peek(token) {
            loop {
                let raw = self.lexer.path()?;
                if raw.text.is_empty() {
                    break;
                }
                paths.push(expand(raw));
            }
        }
        Ok(paths)
    }

    fn files(&mut self, paths: &[Vec<u8>]) -> Result<Vec<FileId>, Mistake> {
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            if path.is_empty() {
                return Err(self.lexer.mistake("empty path"));
            }
            files.push(self.manifest.intern(&canonical(path)));
        }
        Ok(files)
    }
}

/// A dyndep file has no variables: they are all empty.
fn expand(raw: Raw<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    scan::expand(raw.text, &mut out, |_, _| {});
    out
}
