//! Reads a rule file and everything it includes into a [`Manifest`].

mod ahead;
pub(crate) mod chunk;
pub(crate) mod mistake;
mod statement;
pub(crate) mod suggest;
pub(crate) mod version;

use std::io;

use bstr::ByteSlice;

use crate::manifest::scope::{RULE_VARIABLES, Scopes};
use crate::{Diagnostic, Manifest, reason};
use ahead::Ahead;
use mistake::Mistake;
use statement::turns::Progress;
use statement::{Next, Statements};

/// Files may include themselves for ever; nobody nests deeper than this on purpose.
const DEEPEST: usize = 200;

/// Gives the parser the content of files.
pub trait Loader {
    /// The whole content of `path`.
    ///
    /// # Errors
    /// Whatever reading gave; its text follows `loading 'path': ` in the message.
    fn load(&mut self, path: &[u8]) -> io::Result<Vec<u8>>;
}

impl<F: FnMut(&[u8]) -> io::Result<Vec<u8>>> Loader for F {
    fn load(&mut self, path: &[u8]) -> io::Result<Vec<u8>> {
        self(path)
    }
}

/// What Ninja lets its user choose about reading.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// A phony action that names itself as input is an error (`-w phonycycle=err`), not a warning:
    /// the input is kept, so that whoever looks for cycles finds one.
    pub phony_cycle_is_error: bool,
    /// Only some of the `build` statements are there, so that `default` may name files of others.
    pub excerpt: bool,
}

/// A file that is being read.
struct Frame {
    path: Vec<u8>,
    content: Vec<u8>,
    progress: Progress,
    /// The id among the files that were read.
    file: u32,
    scope: u32,
}

/// Reads the rule file `path` and everything it includes.
///
/// # Errors
/// The first mistake, in Ninja's own words, with its place.
pub fn parse(
    path: &[u8],
    loader: &mut dyn Loader,
    options: Options,
) -> Result<Manifest, Diagnostic> {
    parse_in_chunks(path, loader, options, Ahead::SIZE)
}

/// As [`parse`] with another size of the chunks in which large files are read, which makes no difference but in
/// time: tests use small ones.
///
/// # Errors
/// As those of [`parse`].
pub fn parse_in_chunks(
    path: &[u8],
    loader: &mut dyn Loader,
    options: Options,
    size: usize,
) -> Result<Manifest, Diagnostic> {
    let mut manifest = Manifest::new();
    let mut total = 0;
    let mut warned = Vec::new();
    let content = load(path, loader, &mut total).map_err(|(message, help)| {
        let mut diagnostic = Diagnostic::about(b"", message);
        diagnostic.help = help.map(String::into_boxed_str);
        diagnostic
    })?;
    let mut frames = vec![Frame::new(path.to_vec(), content, size, Scopes::TOP, &mut manifest)];
    while let Some(frame) = frames.last_mut() {
        let mut statements = Statements::new(&mut manifest, frame, options, &mut warned);
        let next =
            statements.run().map_err(|mistake| mistake.in_file(&frame.path, &frame.content))?;
        let Next::Read { path, own_scope, at, shown } = next else {
            frames.pop();
            continue;
        };
        let scope = frame.scope;
        let content = load(&path, loader, &mut total)
            .and_then(|content| check_depth(&frames, &path).map(|()| content));
        let content = match content {
            Ok(content) => content,
            Err((message, help)) => {
                let mistake = Mistake::new(at, message).help_if(help).shown_at(shown);
                let Some(frame) = frames.last() else { break };
                return Err(mistake.in_file(&frame.path, &frame.content));
            }
        };
        let scope = if own_scope { manifest.scopes_mut().add_scope(scope) } else { scope };
        frames.push(Frame::new(path, content, size, scope, &mut manifest));
    }
    check_circles(&manifest)?;
    Ok(manifest)
}

impl Frame {
    fn new(
        path: Vec<u8>,
        content: Vec<u8>,
        size: usize,
        scope: u32,
        manifest: &mut Manifest,
    ) -> Self {
        let file = manifest.add_file_read(&path);
        Self { path, content, progress: Progress::new(size), file, scope }
    }
}

type Refusal = (String, Option<String>);

fn load(path: &[u8], loader: &mut dyn Loader, total: &mut usize) -> Result<Vec<u8>, Refusal> {
    let content = loader
        .load(path)
        .map_err(|error| (format!("loading '{}': {}", path.as_bstr(), reason(&error)), None))?;
    *total += content.len();
    if u32::try_from(*total).is_err() {
        let message = format!("loading '{}': rule files of more than 4 GiB", path.as_bstr());
        return Err((message, Some("check for a file that includes itself".to_owned())));
    }
    Ok(content)
}

fn check_depth(frames: &[Frame], path: &[u8]) -> Result<(), Refusal> {
    if frames.len() < DEEPEST {
        return Ok(());
    }
    let message = format!("loading '{}': files include each other too deeply", path.as_bstr());
    let Some(start) = frames.iter().rposition(|frame| frame.path == path) else {
        return Err((message, Some(format!("at most {DEEPEST} files may be nested"))));
    };
    let mut names: Vec<String> =
        frames[start..].iter().map(|frame| frame.path.as_bstr().to_string()).collect();
    names.push(path.as_bstr().to_string());
    Err((message, Some(format!("take one of these out of the circle: {}", names.join(" -> ")))))
}

/// Ninja finds a circle when it needs the value; here nobody has to look for one later.
fn check_circles(manifest: &Manifest) -> Result<(), Diagnostic> {
    for action in manifest.actions() {
        if !manifest.scopes().rule_is_circular(manifest.rule(action).0) {
            continue;
        }
        let all: Vec<u32> = (0..RULE_VARIABLES.len() as u32).collect();
        if let Some(circle) = manifest.circle(action, &all) {
            let (message, help) = manifest.describe_circle(action, &circle);
            return Err(Diagnostic::about(b"", message).into_fatal().with_help(help));
        }
    }
    Ok(())
}
