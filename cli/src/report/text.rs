//! Text on a terminal: how wide it is and how to make it fit.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns a text without escape sequences takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most `columns`, with `...` in the middle where something had to go.
///
/// The end of a command tells more than its middle: it is where the file name stands.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(3) else { return ".".repeat(columns) };
    let head = prefix(text.chars(), room / 2);
    let tail: String = prefix(text.chars().rev(), room - width(&head)).chars().rev().collect();
    format!("{head}...{tail}")
}

/// The first characters that fit in `columns`.
fn prefix(characters: impl Iterator<Item = char>, columns: usize) -> String {
    let mut used = 0;
    characters
        .take_while(|character| {
            used += character.width().unwrap_or(0);
            used <= columns
        })
        .collect()
}

/// A duration for people: `0.2 s`, `12.0 s`, `3 min 07 s`, `2 h 03 min`.
pub(crate) fn duration(ms: u64) -> String {
    let tenths = (ms + 50) / 100;
    let seconds = tenths / 10;
    if seconds < 60 {
        format!("{}.{} s", seconds, tenths % 10)
    } else if seconds < 3600 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else {
        format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60)
    }
}

/// A duration for columns, in milliseconds when it is short: `47 ms`, `12.0 s`.
pub(crate) fn brief(ms: u64) -> String {
    if ms < 1000 { format!("{ms} ms") } else { duration(ms) }
}

/// `1 action`, `2 actions`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays() {
        assert_eq!(fit("abcdef", 6), "abcdef");
    }

    #[test]
    fn the_middle_goes_first() {
        assert_eq!(fit("01234567890123456789", 10), "012...6789");
        assert_eq!(fit("01234567890123456789", 19), "01234567...23456789");
        assert_eq!(fit("abcdef", 2), "..");
        assert_eq!(fit("abcdef", 0), "");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(width("日本"), 4);
        assert_eq!(fit("日本日本日本日本", 9), "日...日本");
        assert!(width(&fit("日本日本日本日本", 10)) <= 10);
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(duration(0), "0.0 s");
        assert_eq!(duration(1249), "1.2 s");
        assert_eq!(duration(59_960), "1 min 00 s");
        assert_eq!(duration(187_000), "3 min 07 s");
        assert_eq!(duration(7_380_000), "2 h 03 min");
        assert_eq!([brief(47), brief(1249)], ["47 ms", "1.2 s"]);
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(count(1, "action"), "1 action");
        assert_eq!(count(0, "action"), "0 actions");
    }
}
