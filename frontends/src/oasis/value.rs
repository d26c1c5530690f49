//! The types of field values: what a text means, and where each part of it stands.

use super::ast::Text;
use crate::suggest;
use crate::version::Constraint;
use crate::words;

/// What kind of text a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// A text with something in it.
    Filled,
    /// One that `+:` goes on with.
    Phrase,
    /// A text.
    Free,
    /// One line each.
    Lines,
    /// `true`, `false`.
    Bool,
    /// A version.
    Version,
    /// A condition on a version.
    Constraint,
    /// Words between commas, none of them empty.
    List,
    /// Words between commas; empty ones say nothing.
    Sparse,
    /// A findlib package, each with a version constraint in parentheses where one is wanted.
    Depends,
    /// `glob (folder)`, between commas.
    Globs,
    /// `Name (version)`, between commas.
    Plugins,
    /// Module paths between commas.
    Modules,
    /// Words between blanks, quoted as in a shell.
    Options,
    /// Words between blanks.
    Spaces,
    /// A shell command.
    Command,
    /// A shell command that `+:` cannot add to.
    Hook,
    /// One of these, case-insensitive.
    Choice(&'static [&'static str]),
    /// One of these, with a version in parentheses that changes nothing.
    Plugin(&'static [&'static str]),
    /// A findlib name without dots.
    FindlibName,
    /// Findlib names between dots.
    Dotted,
    /// A findlib name with its dots.
    FullName,
    /// The path of an `.ml` or `.c` file.
    MainFile,
}

impl Type {
    /// Whether `+:` can add to such a value.
    pub(super) fn grows(self) -> bool {
        matches!(
            self,
            Self::Phrase
                | Self::Lines
                | Self::List
                | Self::Depends
                | Self::Globs
                | Self::Plugins
                | Self::Modules
                | Self::Options
                | Self::Spaces
                | Self::Command
                | Self::Dotted
        )
    }
}

/// A part of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// The part.
    pub text: String,
    /// What stands in parentheses after it.
    pub argument: Option<String>,
    /// Byte offset in the file.
    pub at: usize,
}

/// A value of some [`Type`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Of [`Type::Bool`].
    Bool(bool),
    /// Of the types that are one text.
    Text(String, usize),
    /// Of the types that have parts.
    Items(Vec<Item>),
}

/// What is wrong with a value.
#[derive(Debug)]
pub(super) struct BadValue {
    /// Byte offset in the file.
    pub at: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

fn bad<T>(at: usize, message: impl Into<String>, help: impl Into<String>) -> Result<T, BadValue> {
    Err(BadValue { at, message: message.into(), help: Some(help.into()) })
}

/// Reads the value of field `name`.
pub(super) fn read(name: &str, kind: Type, text: &Text) -> Result<Value, BadValue> {
    let start = text.place(0);
    let one = |value: String| Ok(Value::Text(value, start));
    match kind {
        Type::Filled | Type::Phrase | Type::Command | Type::Hook => {
            filled(name, text).and_then(one)
        }
        Type::Free | Type::Version => one(text.value.clone()),
        Type::Bool => match text.value.to_ascii_lowercase().as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            other if other.contains('(') => bad(
                start,
                format!("`{name}` is `true` or `false`, not `{}`", text.value),
                format!("for a test write `{name}$: {}`", text.value),
            ),
            _ => bad(
                start,
                format!("`{name}` is `true` or `false`, not `{}`", text.value),
                format!("write `{name}: true` or `{name}: false`"),
            ),
        },
        Type::Constraint => {
            let value = filled(name, text)?;
            match Constraint::parse(&value) {
                Ok(_) => one(value),
                Err(error) => bad(
                    text.place(error.at),
                    error.message,
                    "a constraint looks like `>= 1.0 && < 2`, with blanks between its parts",
                ),
            }
        }
        Type::MainFile => {
            let value = filled(name, text)?;
            if !value.ends_with(".ml") && !value.ends_with(".c") {
                return bad(
                    start,
                    format!("`{name}` names an `.ml` or `.c` file, not `{value}`"),
                    format!(
                        "write `{name}: {value}.ml`, also where the file is made from `.mll` or `.mly`"
                    ),
                );
            }
            one(value)
        }
        Type::Choice(known) => choice(name, known, &text.value, start).and_then(one),
        Type::Plugin(known) => {
            let (plugin, _) = with_argument(&text.value);
            choice(name, known, plugin, start).and_then(one)
        }
        Type::FindlibName => {
            let value = filled(name, text)?;
            if let Some(at) = value.find(['.', '"']) {
                return bad(
                    text.place(at),
                    format!("`{name}` is one part of a findlib name, without `.` and `\"`"),
                    "name the parts before it with `FindlibParent` or `FindlibContainers`",
                );
            }
            one(value)
        }
        Type::Lines => Ok(Value::Items(parts(text, '\n').map(plain).collect())),
        Type::Options => match words::split(&text.value) {
            Ok(words) => Ok(Value::Items(
                words.into_iter().map(|(at, word)| plain((text.place(at), word))).collect(),
            )),
            Err(open) => {
                bad(text.place(open.at), open.to_string(), "close it, or put a `\\` before it")
            }
        },
        Type::Spaces => Ok(Value::Items(
            parts(text, ' ').filter(|(_, part)| !part.is_empty()).map(plain).collect(),
        )),
        Type::Dotted => items(name, text, '.', |_, _| Ok(())),
        Type::List => items(name, text, ',', |_, _| Ok(())),
        Type::Sparse => Ok(Value::Items(
            parts(text, ',').filter(|(_, part)| !part.is_empty()).map(plain).collect(),
        )),
        Type::FullName => items(name, text, '.', |item, at| match item.text.find('"') {
            Some(quote) => bad(
                at + quote,
                format!("`{name}` is a findlib name, without `\"`"),
                "write it without quotes",
            ),
            None => Ok(()),
        }),
        Type::Plugins => items(name, text, ',', argument),
        Type::Globs => items(name, text, ',', |item, at| {
            let written = item.text.len();
            argument(item, at)?;
            if item.argument.as_deref() == Some("") {
                return bad(
                    at + written - 1,
                    format!("no folder stands in the parentheses after `{}`", item.text),
                    "name the folder to install to, or remove the parentheses",
                );
            }
            Ok(())
        }),
        Type::Depends => items(name, text, ',', |item, at| {
            argument(item, at)?;
            depend(item, text)
        }),
        Type::Modules => items(name, text, ',', module),
    }
}

fn filled(name: &str, text: &Text) -> Result<String, BadValue> {
    if text.value.is_empty() {
        return bad(
            text.place(0),
            format!("`{name}` is empty"),
            "write a value, or leave the field out",
        );
    }
    Ok(text.value.clone())
}

fn choice(name: &str, known: &[&str], value: &str, at: usize) -> Result<String, BadValue> {
    if let Some(found) = known.iter().find(|known| known.eq_ignore_ascii_case(value)) {
        return Ok((*found).to_owned());
    }
    let known = known.iter().copied();
    let help =
        suggest::help(value, known.clone(), || format!("known are {}", suggest::list(known)));
    bad(at, format!("`{name}` cannot be `{value}`"), help)
}

/// The parts of a text between separators, trimmed, with their places.
fn parts(text: &Text, separator: char) -> impl Iterator<Item = (usize, String)> {
    let mut offset = 0;
    text.value.split(separator).map(move |part| {
        let trimmed = part.trim_start();
        let at = offset + (part.len() - trimmed.len());
        offset += part.len() + separator.len_utf8();
        (text.place(at), trimmed.trim_end().to_owned())
    })
}

fn plain((at, text): (usize, String)) -> Item {
    Item { text, argument: None, at }
}

fn items(
    name: &str,
    text: &Text,
    separator: char,
    check: impl Fn(&mut Item, usize) -> Result<(), BadValue>,
) -> Result<Value, BadValue> {
    if text.value.trim().is_empty() {
        return Ok(Value::Items(Vec::new()));
    }
    let mut found = Vec::with_capacity(text.value.matches(separator).count() + 1);
    for part in parts(text, separator) {
        let mut item = plain(part);
        if item.text.is_empty() {
            return bad(
                item.at,
                format!("an entry of `{name}` is empty"),
                format!("remove the `{separator}` that nothing follows or precedes"),
            );
        }
        let at = item.at;
        check(&mut item, at)?;
        found.push(item);
    }
    Ok(Value::Items(found))
}

/// `word (argument)`; the argument is `None` without parentheses.
fn with_argument(text: &str) -> (&str, Option<&str>) {
    match text.split_once('(') {
        Some((word, rest)) => (word.trim(), rest.trim_end().strip_suffix(')').map(str::trim)),
        None => (text.trim(), None),
    }
}

fn argument(item: &mut Item, at: usize) -> Result<(), BadValue> {
    if !item.text.contains('(') {
        return Ok(());
    }
    let (word, argument) = with_argument(&item.text);
    let Some(argument) = argument else {
        return bad(
            at + item.text.find('(').unwrap_or_default(),
            "this `(` has no `)` at the end of the entry",
            if item.text.contains(')') && item.text.contains('\n') {
                "entries are separated by `,`; the next line is deeper than the field and belongs to the entry: indent what is no part of it as the field is"
            } else {
                "entries are separated by `,`; inside the parentheses none may stand"
            },
        );
    };
    (item.text, item.argument) = (word.to_owned(), Some(argument.to_owned()));
    Ok(())
}

fn depend(item: &Item, text: &Text) -> Result<(), BadValue> {
    if item.text.split('.').any(str::is_empty) || item.text.contains(['"', ' ', '\t', '\n']) {
        let help = if item.text.contains(['<', '>', '=']) {
            "a version constraint stands in parentheses: `name (>= 1.0)`"
        } else {
            "entries are separated by `,`"
        };
        let shown = item.text.split('\n').next().unwrap_or_default();
        return bad(item.at, format!("`{shown}` is no findlib package name"), help);
    }
    let archive = [".cma", ".cmxa", ".cmxs"].iter().find_map(|end| item.text.strip_suffix(end));
    if let Some(package) = archive {
        return bad(
            item.at,
            format!("`{}` is an archive, not a findlib package", item.text),
            format!("write the package that it belongs to, such as `{package}`"),
        );
    }
    let Some(constraint) = &item.argument else { return Ok(()) };
    let Err(error) = Constraint::parse(constraint) else { return Ok(()) };
    let place = (0..=text.value.len())
        .find(|offset| text.place(*offset) == item.at)
        .and_then(|start| text.value.get(start..)?.find(constraint.as_str()).map(|at| start + at));
    bad(
        place.map_or(item.at, |place| text.place(place + error.at)),
        error.message,
        "a constraint looks like `(>= 1.0 && < 2)`, with blanks between its parts",
    )
}

fn module(item: &mut Item, at: usize) -> Result<(), BadValue> {
    let (folder, name) = item.text.rsplit_once('/').unwrap_or(("", &item.text));
    if folder.contains([' ', '\n']) {
        return bad(
            at,
            format!("the folder of module `{}` holds a blank", item.text),
            "entries are separated by `,`",
        );
    }
    let start = item.text.len() - name.len();
    if let Some(blank) = name.find([' ', '\t', '\n']) {
        return bad(
            at,
            format!("`{}` are several modules", name.replace('\n', " ")),
            match name[..blank].strip_suffix(';') {
                Some(first) => format!("put a `,` after `{first}` in place of `;`"),
                None => format!("put a `,` after `{}`", &name[..blank]),
            },
        );
    }
    if let Some(stem) =
        [".ml", ".mli", ".mll", ".mly"].iter().find_map(|end| name.strip_suffix(end))
    {
        return bad(
            at + start,
            format!("`{name}` is a file, not a module"),
            format!("write `{}`", capitalized(stem)),
        );
    }
    if name.starts_with(|first: char| first.is_ascii_lowercase()) {
        return bad(
            at + start,
            format!("module `{name}` starts with a small letter"),
            format!("write `{}`; the file may still be `{name}.ml`", capitalized(name)),
        );
    }
    let fits = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.starts_with(|first: char| first.is_ascii_uppercase());
    if !fits {
        return bad(
            at + start,
            format!("`{name}` is no module name"),
            "a module name starts with a capital letter and holds letters, digits and `_`",
        );
    }
    Ok(())
}

/// With a capital first letter.
pub(super) fn capitalized(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => first.to_ascii_uppercase().to_string() + chars.as_str(),
        None => String::new(),
    }
}

/// `old` with `new` added, as `+:` does.
pub(super) fn grown(old: Value, new: Value) -> Value {
    match (old, new) {
        (Value::Items(mut old), Value::Items(new)) => {
            old.extend(new);
            Value::Items(old)
        }
        (Value::Text(mut old, at), Value::Text(new, _)) => {
            old.push(' ');
            old.push_str(&new);
            Value::Text(old, at)
        }
        (_, new) => new,
    }
}
