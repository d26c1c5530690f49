//! From lines to blocks with their keys: indentation says what is inside what, and which lines go on.
//!
//! The two dialects differ in lines that are indented deeper than the key before them. Up to 0.1.9 all of
//! them belong to its value; since 0.2 only those without a `:` or `=` do. Here a line begins a key of its
//! own where it looks like one, and the value is no description.

use std::borrow::Cow;

use super::keys::{Key, Kind};
use super::lex::{Line, lines};
use super::messages::Messages;
use crate::suggest;

/// A word with its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// The byte that it begins at.
    pub at: usize,
}

/// A block: what its header says and what stands in it.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) kind: Kind,
    /// The block that it stands in; the file stands in itself.
    pub(super) parent: usize,
    /// The byte that its header begins at.
    pub(super) at: usize,
    /// The words of its header after the first.
    pub(super) arguments: Vec<Word>,
    pub(super) fields: Vec<Field>,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) key: Key,
    /// The byte that the key begins at.
    pub(super) at: usize,
    pub(super) value: Value,
}

/// A value, which may have several lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    /// Its lines, with line ends between them.
    pub(super) text: String,
    /// Where each line begins in the text, and which byte of the file that is.
    starts: Vec<(usize, usize)>,
}

impl Value {
    fn add(&mut self, line: &[u8], at: usize) {
        if !self.starts.is_empty() {
            self.text.push('\n');
        }
        self.starts.push((self.text.len(), at));
        self.text.push_str(&text(line));
    }

    /// The byte of the file that an offset of the text stands for.
    pub(super) fn at(&self, offset: usize) -> usize {
        let line = self.starts.partition_point(|(start, _)| *start <= offset);
        let (start, at) = self.starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        at + (offset - start)
    }

    /// The whole value as one word.
    pub(super) fn word(&self) -> Word {
        let text = self.text.trim();
        let start = self.text.len() - self.text.trim_start().len();
        Word { text: text.to_owned(), at: self.at(start) }
    }
}

/// Bytes as text; names of people were written in many ways.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The value that lines may still be added to.
struct Open {
    block: usize,
    /// Where nobody knows the key, the lines are passed over.
    field: Option<usize>,
    indent: usize,
    is_text: bool,
}

/// Reads the blocks of a file; the first is the file itself.
pub(super) fn blocks(content: &[u8], messages: &mut Messages<'_>) -> Vec<Block> {
    let mut tree = Tree { blocks: Vec::new(), stack: Vec::new(), open: None, messages };
    tree.blocks.push(Block {
        kind: Kind::Project,
        parent: 0,
        at: 0,
        arguments: Vec::new(),
        fields: Vec::new(),
    });
    for line in lines(content) {
        tree.line(&line);
    }
    tree.blocks
}

struct Tree<'a, 'b> {
    blocks: Vec<Block>,
    /// The blocks that a line may stand in below the file, with their indentation.
    stack: Vec<(usize, usize)>,
    open: Option<Open>,
    messages: &'a mut Messages<'b>,
}

impl Tree<'_, '_> {
    fn line(&mut self, line: &Line<'_>) {
        if self.goes_on(line) {
            return;
        }
        self.open = None;
        while self.stack.pop_if(|(_, indent)| *indent >= line.indent).is_some() {}
        let block = self.stack.last().map_or(0, |(block, _)| *block);
        match line.entry() {
            Some((key, value, at)) => self.entry(block, line, key, (value, at)),
            None => self.block(block, line),
        }
    }

    /// Whether a line belongs to the value before it; takes it in.
    fn goes_on(&mut self, line: &Line<'_>) -> bool {
        let Some(open) = self.open.as_ref().filter(|open| line.indent > open.indent) else {
            return false;
        };
        if !open.is_text && self.is_key(open, line) {
            return false;
        }
        let block = &mut self.blocks[open.block];
        if let Some(field) = open.field.and_then(|field| block.fields.get_mut(field)) {
            field.value.add(line.text, line.at);
        }
        true
    }

    /// Whether a line that could belong to an open value is a key of its own: one that the block has, and where
    /// the open one is known, another one, or a mistyped one. `DX = 1` is none, for flags are written so.
    fn is_key(&self, open: &Open, line: &Line<'_>) -> bool {
        let Some((key, ..)) = line.entry() else { return false };
        let name = text(key);
        let is_word = |name: &str| {
            name.starts_with(|first: char| first.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
        };
        self.blocks[open.block].kind.key(&name).is_some()
            || open.field.is_some() && (Key::is_name(&name) || line.has_colon() && is_word(&name))
    }

    fn entry(&mut self, at: usize, line: &Line<'_>, key: &[u8], value: (&[u8], usize)) {
        let name = text(key);
        let block = &mut self.blocks[at];
        let kind = block.kind;
        let found = kind.key(&name);
        let field = found.map(|key| {
            let mut field = Field { key, at: line.at, value: Value::default() };
            if !value.0.is_empty() {
                field.value.add(value.0, value.1);
            } else if !kind.is_text(key) {
                // Its value stands on the lines below, but that it is empty is said here.
                field.value.starts.push((0, value.1));
            }
            block.fields.push(field);
            block.fields.len() - 1
        });
        let is_text = found.is_some_and(|key| kind.is_text(key));
        self.open = Some(Open { block: at, field, indent: line.indent, is_text });
        if found.is_some() || kind == Kind::Unknown {
            return;
        }
        if kind.inside(&name).is_some() {
            let help = format!("write `{name} NAME` without `:`, and what belongs to it below");
            self.messages.error(line.at, format!("`{name}` is a block, not a key"), help);
            return;
        }
        // The block before it, which it would be in if it were indented.
        let before = self.blocks.last().filter(|before| before.kind.key(&name).is_some());
        self.messages.warning_with(line.at, || {
            let help = suggest::help(&name, kind.keys(), || match before {
                Some(before) => {
                    format!("indent it to say it of the `{}` before it", before.kind.name())
                }
                None => format!("{} has {}", kind.label(), suggest::list(kind.first_keys())),
            });
            (format!("unknown key `{name}`"), help)
        });
    }

    fn block(&mut self, parent: usize, line: &Line<'_>) {
        let mut words = line.words().map(|(word, at)| Word { text: text(word).into_owned(), at });
        let Some(first) = words.next() else { return };
        let inside = self.blocks[parent].kind;
        let kind = inside.inside(&first.text);
        if kind.is_none() && inside != Kind::Unknown {
            self.messages.warning_with(line.at, || {
                let help = suggest::help(&first.text, inside.blocks(), || {
                    let names: Vec<_> = inside.blocks().collect();
                    if names.is_empty() {
                        format!("{} has keys only, and a key has a `:`", inside.label())
                    } else {
                        let known = suggest::list(names);
                        format!("{} has blocks {known}, and a key has a `:`", inside.label())
                    }
                });
                (format!("unknown block `{}`, which is passed over", first.text), help)
            });
        }
        self.stack.push((self.blocks.len(), line.indent));
        self.blocks.push(Block {
            kind: kind.unwrap_or(Kind::Unknown),
            parent,
            at: line.at,
            arguments: words.collect(),
            fields: Vec::new(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every block with its header and fields, and what is said.
    fn shown(content: &str) -> String {
        let mut messages = Messages::new(b"x.obuild", content.as_bytes());
        let blocks = blocks(content.as_bytes(), &mut messages);
        let mut out = Vec::new();
        for block in &blocks {
            let words: Vec<_> = block.arguments.iter().map(|word| word.text.as_str()).collect();
            out.push(format!("{:?} in {}: {}", block.kind, block.parent, words.join(" ")));
            for field in &block.fields {
                out.push(format!("  {:?} = {:?}", field.key, field.value.text));
            }
        }
        match messages.end() {
            Ok(all) | Err(all) => out.extend(all.iter().map(ToString::to_string)),
        }
        out.join("\n")
    }

    #[test]
    fn values_go_on_as_both_dialects_have_it() {
        insta::assert_snapshot!(shown(
            "description:\n  one: two\n  .\n  License: three\nextra-srcs: a\n     , b\n\n  # no\n  , c\n\
             Library x\n  Modules: A,\n    B\n      src-dir: lib\n  oflags:\n    -w +a\n    -ccopt -DX=1\n"
        ), @r#"
        Project in 0: 
          Description = "one: two\n.\nLicense: three"
          ExtraSrcs = "a\n, b\n, c"
        Library in 0: x
          Modules = "A,\nB"
          SrcDir = "lib"
          Oflags = "\n-w +a\n-ccopt -DX=1"
        "#);
    }

    #[test]
    fn a_line_that_looks_like_a_key_is_none_of_the_value_before_it() {
        insta::assert_snapshot!(shown(
            "license: ISC\n  homepage: x\nsynopsis: a\n  b\n  c : d\nobuild-ver: 1\n  modules = X\n\
             flag f\n  description: x\n    default: true\nlibrary z\n  build-deps: a,\n    b = 1.0\n  c-flags:\n    D=1\n  c-dir: c\n    rnu-dir: y\n"
        ));
    }

    #[test]
    fn blocks_stand_inside_each_other_as_they_are_indented() {
        insta::assert_snapshot!(shown(
            "library a\n  sub b\n    sub c\n      modules: C\n    per X Y\n     pp: p4o\n    modules: B\n  pack: true\nexecutable d\n main: d.ml\n"
        ), @r#"
        Project in 0: 
        Library in 0: a
          Pack = "true"
        Library in 1: b
          Modules = "B"
        Library in 2: c
          Modules = "C"
        Per in 2: X Y
          Pp = "p4o"
        Executable in 0: d
          MainIs = "d.ml"
        "#);
    }

    #[test]
    fn what_nobody_knows_is_shown_and_passed_over() {
        insta::assert_snapshot!(shown(
            "nmae: x\n  more: y\nlibary z\n  modules: A\n  sub q\n    x: y\nflag f\n  sub x\nlibrary: z\n"
        ), @"
        Project in 0: 
        Unknown in 0: z
        Unknown in 1: q
        Flag in 0: f
        Unknown in 3: x
        x.obuild:1:1: unknown key `nmae`
          nmae: x
          ^
          help: did you mean `name`?
        x.obuild:3:1: unknown block `libary`, which is passed over
          libary z
          ^
          help: did you mean `library`?
        x.obuild:8:3: unknown block `sub`, which is passed over
            sub x
            ^
          help: a block `flag` has keys only, and a key has a `:`
        x.obuild:9:1: `library` is a block, not a key
          library: z
          ^
          help: write `library NAME` without `:`, and what belongs to it below
        ");
        insta::assert_snapshot!(shown(
            "nmae: x\nlibary z\nexecutable e\n  sub z\n  x: y\nflag f\n  a\n"
        ));
    }
}
