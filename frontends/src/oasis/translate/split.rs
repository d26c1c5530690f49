//! Takes apart what fields hand on to ocamlbuild: through a shell, and in lists between commas.

use super::super::value::Item;

/// The words that a shell makes of the words of a field: they were given to it as they are, in one line. A quote
/// that the field escapes so opens for the shell, which may hold several of them together.
pub(super) fn resplit(items: &[Item]) -> Vec<Item> {
    let mut line = String::new();
    let mut starts = Vec::with_capacity(items.len());
    for item in items {
        starts.push(line.len());
        line.push_str(&item.text);
        line.push(' ');
    }
    let Ok(words) = crate::words::split(&line) else {
        return items.iter().flat_map(resplit_alone).collect();
    };
    let place = |start: usize| items[starts.partition_point(|at| *at <= start) - 1].at;
    let word = |(start, text)| Item { text, argument: None, at: place(start) };
    words.into_iter().map(word).collect()
}

/// The same of one word, where a quote of another is not closed.
fn resplit_alone(item: &Item) -> Vec<Item> {
    let Ok(words) = crate::words::split(&item.text) else { return vec![item.clone()] };
    let words = words.into_iter();
    words.map(|(_, text)| Item { text, argument: None, at: item.at }).collect()
}

/// Words between commas or blanks, as ocamlbuild reads lists of flags; quotes keep them together.
pub(super) fn comma_words(text: &str) -> Vec<String> {
    let text = text.trim().trim_matches(['\'', '"']);
    let blank: String = text.chars().map(|c| if c == ',' { ' ' } else { c }).collect();
    match crate::words::split(&blank) {
        Ok(words) => {
            words.into_iter().map(|(_, word)| word).filter(|word| !word.is_empty()).collect()
        }
        Err(_) => text.split_whitespace().map(str::to_owned).collect(),
    }
}

/// Tags between commas that stand in no parentheses.
pub(super) fn split_tags(text: &str) -> Vec<String> {
    let text = text.trim().trim_matches(['\'', '"']);
    let (mut tags, mut depth) = (vec![String::new()], 0usize);
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                tags.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(tag) = tags.last_mut() {
            tag.push(c);
        }
    }
    tags.into_iter().map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resplit(words: &[&str]) -> Vec<(String, usize)> {
        let item =
            |(at, text): (usize, &&str)| Item { text: (*text).to_owned(), argument: None, at };
        let items: Vec<Item> = words.iter().enumerate().map(item).collect();
        super::resplit(&items).into_iter().map(|item| (item.text, item.at)).collect()
    }

    fn as_expected(words: &[&str], expected: &[(&str, usize)]) {
        let expected: Vec<(String, usize)> =
            expected.iter().map(|(text, at)| ((*text).to_owned(), *at)).collect();
        assert_eq!(resplit(words), expected);
    }

    #[test]
    fn escaped_quotes_hold_words_together_for_the_shell() {
        let menhir = ["-menhir", "\"menhir", "--external-tokens", "Tokens\"", "-quiet"];
        let together = "menhir --external-tokens Tokens";
        as_expected(&menhir, &[("-menhir", 0), (together, 1), ("-quiet", 4)]);
    }

    #[test]
    fn a_quote_that_is_not_closed_changes_no_other_word() {
        as_expected(&["-cflag", "\"-g", "a b"], &[("-cflag", 0), ("\"-g", 1), ("a", 2), ("b", 2)]);
    }
}
