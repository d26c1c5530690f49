//! What a status line says: `NINJA_STATUS`, or `--status` with names for the same numbers.

use std::collections::VecDeque;

use bstr::ByteSlice;
use mbuild_rules::template::{self, Part};

/// `NINJA_STATUS` when nobody says otherwise.
const DEFAULT: &str = "[%f/%t] ";

/// What the placeholders of `NINJA_STATUS` are called in `--status`.
const NAMES: [(&str, char); 13] = [
    ("started", 's'),
    ("total", 't'),
    ("running", 'r'),
    ("remaining", 'u'),
    ("finished", 'f'),
    ("rate", 'o'),
    ("current_rate", 'c'),
    ("progress", 'p'),
    ("predicted_progress", 'P'),
    ("elapsed_seconds", 'e'),
    ("elapsed", 'w'),
    ("eta_seconds", 'E'),
    ("eta", 'W'),
];

/// A format that has only known placeholders.
#[derive(Clone, Debug)]
pub(crate) struct Format {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    /// One of the numbers, by its letter in `NINJA_STATUS`.
    Number(char),
    /// The action's description, or its command.
    Description,
}

/// The numbers of a build at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Numbers {
    /// Actions that started.
    pub(crate) started: usize,
    /// Actions that ended.
    pub(crate) finished: usize,
    /// Actions that run.
    pub(crate) running: usize,
    /// Actions that ended or may still run.
    pub(crate) total: usize,
    /// Since the build began.
    pub(crate) time_ms: u64,
    /// What all ended actions took together.
    pub(crate) spent_ms: u64,
    /// Actions a second, lately.
    pub(crate) rate: Option<f64>,
}

impl Format {
    /// Reads `NINJA_STATUS`, which goes before the description; the character after `%` that is not known
    /// is the error.
    pub(crate) fn of_letters(text: Option<&str>) -> Result<Self, char> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut characters = text.unwrap_or(DEFAULT).chars();
        while let Some(character) = characters.next() {
            if character != '%' {
                plain.push(character);
                continue;
            }
            match characters.next() {
                Some('%') => plain.push('%'),
                Some(letter) if NAMES.iter().any(|(_, known)| *known == letter) => {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    pieces.push(Piece::Number(letter));
                }
                Some(letter) => return Err(letter),
                // A lone `%` at the end is shown as nothing.
                None => {}
            }
        }
        pieces.extend([Piece::Text(plain), Piece::Description]);
        Ok(Self { pieces })
    }

    /// Reads `--status`, which has the description only where it says so; what is wrong is the error.
    pub(crate) fn of_names(text: &[u8]) -> Result<Self, String> {
        let parts = template::parse(b"--status", text)
            .map_err(|mistake| format!("invalid --status: {}", mistake.ninja_text()))?;
        let piece = |part: Part| match part {
            Part::Text(text) => Ok(Piece::Text(text.to_str_lossy().into_owned())),
            Part::Variable(name) if name == b"description" => Ok(Piece::Description),
            Part::Variable(name) => {
                let known = NAMES.iter().find(|(known, _)| known.as_bytes() == name);
                known.map(|(_, letter)| Piece::Number(*letter)).ok_or_else(|| {
                    format!("unknown variable '{}' in --status format", name.as_bstr())
                })
            }
        };
        let pieces = parts.into_iter().map(piece).collect::<Result<_, _>>()?;
        Ok(Self { pieces })
    }

    /// The line for these numbers.
    pub(crate) fn render(&self, numbers: &Numbers, description: &str) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out += text,
                Piece::Number(letter) => out += &numbers.value(*letter),
                Piece::Description => out += description,
            }
        }
        out
    }
}

impl Numbers {
    fn value(&self, letter: char) -> String {
        match letter {
            's' => self.started.to_string(),
            't' => self.total.to_string(),
            'r' => self.running.to_string(),
            'u' => self.total.saturating_sub(self.started).to_string(),
            'f' => self.finished.to_string(),
            'o' => rate((self.time_ms > 0).then(|| self.finished as f64 / self.seconds())),
            'c' => rate(self.rate),
            'p' => percent(self.finished as f64, self.total as f64),
            'P' => format!("{:3}%", (100.0 * self.progress()) as i64),
            'e' => format!("{:.3}", self.seconds()),
            'w' => clock(self.seconds(), self.with_hours()),
            'E' => self.left().map_or("?".to_owned(), |left| format!("{left:.3}")),
            'W' => self.left().map_or("?".to_owned(), |left| clock(left, self.with_hours())),
            _ => String::new(),
        }
    }

    fn seconds(&self) -> f64 {
        self.time_ms as f64 / 1e3
    }

    /// How much of the work is done, taking every action still to come for an average one.
    fn progress(&self) -> f64 {
        if self.finished == 0 || self.spent_ms == 0 {
            return 0.0;
        }
        let spent = self.spent_ms as f64;
        let to_come = self.total.saturating_sub(self.finished) as f64;
        spent / (spent + to_come * spent / self.finished as f64)
    }

    /// Seconds to the end.
    fn left(&self) -> Option<f64> {
        let progress = self.progress();
        (progress > 0.0).then(|| self.seconds() / progress - self.seconds())
    }

    fn with_hours(&self) -> bool {
        self.seconds() >= 3600.0 || self.left().is_some_and(|left| left >= 3600.0)
    }
}

fn rate(rate: Option<f64>) -> String {
    rate.map_or("?".to_owned(), |rate| format!("{rate:.1}"))
}

fn percent(part: f64, whole: f64) -> String {
    let percent = if whole > 0.0 { 100.0 * part / whole } else { 0.0 };
    format!("{:3}%", percent as i64)
}

fn clock(seconds: f64, with_hours: bool) -> String {
    let seconds = seconds as u64;
    if with_hours {
        format!("{}:{:02}:{:02}", seconds / 3600, seconds % 3600 / 60, seconds % 60)
    } else {
        format!("{:02}:{:02}", seconds / 60, seconds % 60)
    }
}

/// Ends of actions a second, over as many as run at once.
pub(crate) struct Rate {
    ends: VecDeque<u64>,
    window: usize,
}

impl Rate {
    /// Over the last `window` actions.
    pub(crate) fn new(window: usize) -> Self {
        Self { ends: VecDeque::new(), window: window.max(1) }
    }

    /// An action ended.
    pub(crate) fn ended(&mut self, time_ms: u64) {
        if self.ends.len() == self.window {
            self.ends.pop_front();
        }
        self.ends.push_back(time_ms);
    }

    /// Actions a second; unknown until two ended at different times.
    pub(crate) fn now(&self) -> Option<f64> {
        let span = self.ends.back()?.saturating_sub(*self.ends.front()?);
        (span > 0).then(|| self.ends.len() as f64 / (span as f64 / 1e3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: Numbers = Numbers {
        started: 4,
        finished: 3,
        running: 1,
        total: 12,
        time_ms: 1500,
        spent_ms: 3000,
        rate: Some(2.25),
    };

    fn shown(format: &str, numbers: &Numbers) -> String {
        Format::of_letters(Some(format)).unwrap().render(numbers, "")
    }

    #[test]
    fn every_placeholder() {
        let default = Format::of_letters(None).unwrap();
        assert_eq!(default.render(&NUMBERS, "CC a.o"), "[3/12] CC a.o");
        assert_eq!(
            shown("%s %t %r %u %f %o %c %p %P %e %w %E %W %%", &NUMBERS),
            "4 12 1 8 3 2.0 2.2  25%  25% 1.500 00:01 4.500 00:04 %"
        );
    }

    #[test]
    fn every_name() {
        for (name, letter) in NAMES {
            let named = Format::of_names(format!("(${{{name}}})").as_bytes()).unwrap();
            let lettered = shown(&format!("(%{letter})"), &NUMBERS);
            assert_eq!(named.render(&NUMBERS, "CC a.o"), lettered, "{name}");
        }
    }

    #[test]
    fn the_description_is_where_a_format_of_names_has_it() {
        let shown =
            |format: &str| Format::of_names(format.as_bytes()).unwrap().render(&NUMBERS, "CC a.o");
        assert_eq!(shown("[$description] $finished"), "[CC a.o] 3");
        assert_eq!(shown("$$ $finished"), "$ 3");
        assert_eq!(shown(""), "");
    }

    #[test]
    fn a_stranger_among_the_names_is_refused() {
        let said = |format: &str| Format::of_names(format.as_bytes()).unwrap_err();
        assert_eq!(said("$finished $nope"), "unknown variable 'nope' in --status format");
        assert!(said("$%f").starts_with("invalid --status: --status:1: "));
    }

    #[test]
    fn nothing_is_known_at_the_start() {
        let numbers = Numbers { total: 3, ..Numbers::default() };
        assert_eq!(shown("%o %c %p %P %e %E %W", &numbers), "? ?   0%   0% 0.000 ? ?");
    }

    #[test]
    fn long_builds_have_hours() {
        let numbers = Numbers { time_ms: 7_384_000, ..NUMBERS };
        assert_eq!(shown("%w %W", &numbers), "2:03:04 6:09:12");
    }

    #[test]
    fn a_stranger_is_refused() {
        assert_eq!(Format::of_letters(Some("%f %q")).map(|_| ()), Err('q'));
        assert_eq!(shown("done %", &NUMBERS), "done ");
    }

    #[test]
    fn the_rate_is_that_of_the_last_few() {
        let mut rate = Rate::new(2);
        rate.ended(0);
        assert_eq!(rate.now(), None);
        rate.ended(1000);
        rate.ended(1500);
        assert_eq!(rate.now(), Some(4.0));
    }
}
