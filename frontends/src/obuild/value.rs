//! From the text of a value to what it stands for: lists, words, switches, dependencies.

use super::ast::{Dependency, Stdlib, Switch, Word};
use super::constraint;
use super::messages::Messages;
use super::tree::Value;

/// The items of a list, which have commas between them; empty ones are none.
pub(super) fn list(value: &Value) -> Vec<Word> {
    let mut start = 0;
    let mut items = Vec::new();
    for item in value.text.split(',') {
        items.extend(trimmed(value, item, start));
        start += item.len() + 1;
    }
    items
}

/// The words of a value.
pub(super) fn words(value: &Value) -> Vec<Word> {
    words_of(value, |c| c.is_ascii_whitespace())
}

/// The items of a list that may have blanks or commas between them.
pub(super) fn loose(value: &Value) -> Vec<Word> {
    words_of(value, |c| c.is_ascii_whitespace() || c == ',')
}

fn words_of(value: &Value, between: impl Fn(char) -> bool) -> Vec<Word> {
    let mut start = 0;
    let mut words = Vec::new();
    for word in value.text.split(&between) {
        words.extend(trimmed(value, word, start));
        start += word.len() + 1;
    }
    words
}

/// A part of a value without the blanks around it, where anything is left.
fn trimmed(value: &Value, part: &str, start: usize) -> Option<Word> {
    let text = part.trim();
    let blanks = part.len() - part.trim_start().len();
    (!text.is_empty()).then(|| Word { text: text.to_owned(), at: value.at(start + blanks) })
}

/// Yes or no.
pub(super) fn boolean(value: &Value, messages: &mut Messages<'_>) -> Option<bool> {
    let word = value.word();
    match word.text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        other => {
            let said = format!("`{other}` is neither `true` nor `false`");
            messages.error(word.at, said, "write `true` or `false`");
            None
        }
    }
}

/// Yes, no, or a flag with or without `$` before its name.
pub(super) fn switch(value: &Value) -> Switch {
    let mut word = value.word();
    match word.text.to_ascii_lowercase().as_str() {
        "true" => Switch::Fixed(true),
        "false" => Switch::Fixed(false),
        _ => {
            if word.text.starts_with('$') {
                word.text.remove(0);
                word.at += 1;
            }
            Switch::Flag(word)
        }
    }
}

/// Which standard library.
pub(super) fn stdlib(value: &Value, messages: &mut Messages<'_>) -> Option<Stdlib> {
    let word = value.word();
    match word.text.to_ascii_lowercase().as_str() {
        "none" | "no" => Some(Stdlib::None),
        "standard" => Some(Stdlib::Standard),
        "core" => Some(Stdlib::Core),
        other => {
            let said = format!("`{other}` is no standard library");
            messages.warning(word.at, said, "write `standard`, `core` or `none`");
            None
        }
    }
}

/// Dependencies: `name`, `name (>= 1.0)` or, as before 0.2, `name >= 1.0`.
pub(super) fn dependencies(value: &Value, messages: &mut Messages<'_>) -> Vec<Dependency> {
    list(value).iter().filter_map(|word| dependency(word, messages)).collect()
}

fn dependency(word: &Word, messages: &mut Messages<'_>) -> Option<Dependency> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-+".contains(c);
    let end = word.text.find(|c| !is_name(c)).unwrap_or(word.text.len());
    let (name, rest) = word.text.split_at(end);
    let rest_at = word.at + end + (rest.len() - rest.trim_start().len());
    let rest = rest.trim();
    if name.is_empty() || name.starts_with(['.', '-']) || name.ends_with('.') || name.contains("..")
    {
        let said = format!("`{}` does not begin with the name of a package", word.text);
        messages.error(word.at, said, "write `name` or `name (>= 1.0)`, with commas between them");
        return None;
    }
    let name = Word { text: name.to_owned(), at: word.at };
    if rest.is_empty() {
        return Some(Dependency { name, constraint: None });
    }
    if rest.starts_with(is_name) {
        let said = format!("unexpected `{}` after `{}`", first_word(rest), name.text);
        let help = "write commas between packages, and a version as `name (>= 1.0)`";
        messages.error(rest_at, said, help);
        return None;
    }
    match constraint::read(rest) {
        Ok(constraint) => Some(Dependency { name, constraint: Some(constraint) }),
        Err((at, message)) => {
            messages.error(rest_at + at, message, "write a version as `name (>= 1.0)`");
            None
        }
    }
}

/// The first word of a text.
fn first_word(text: &str) -> &str {
    text.split(|c: char| c.is_whitespace()).next().unwrap_or(text)
}

/// Two modules, the first of which comes before the second: `A -> B`, `A before B`, `A then B`, `A B`.
pub(super) fn before(word: &Word, messages: &mut Messages<'_>) -> Option<(Word, Word)> {
    let place = |part: &str| word.at + (part.as_ptr() as usize - word.text.as_ptr() as usize);
    let one = |part: &str| Word { text: part.to_owned(), at: place(part) };
    let words: Vec<&str> = word.text.split_whitespace().collect();
    match words.as_slice() {
        [first, "->" | "before" | "then", second] | [first, second] => {
            Some((one(first), one(second)))
        }
        _ => {
            let said = format!("`{}` does not say which module comes before which", word.text);
            messages.error(word.at, said, "write `A -> B`: `A` comes before `B`");
            None
        }
    }
}

/// A functor and what it is applied to: `Bindings.Types -> Types_gen`.
pub(super) fn description(value: &Value, messages: &mut Messages<'_>) -> Option<(Word, Word)> {
    let word = value.word();
    let parts: Vec<&str> = word.text.split_whitespace().collect();
    if let [functor, "->", instance] = parts.as_slice() {
        let place = |part: &str| word.at + (part.as_ptr() as usize - word.text.as_ptr() as usize);
        let one = |part: &str| Word { text: part.to_owned(), at: place(part) };
        return Some((one(functor), one(instance)));
    }
    let said = format!("`{}` names no functor and instance", word.text);
    messages.error(word.at, said, "write `Functor.Path -> Instance`");
    None
}
