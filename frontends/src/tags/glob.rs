//! Globs of `_tags`: `src/**/*.ml{,i}`.
//!
//! A `_tags` may have more globs than there are files to be told about, so that they are cheap to keep: a glob is its
//! text, and a short program for a machine that follows all ways at once is made of it where it might fit a file. Most
//! fit none.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::ops::Range;

/// Longer globs are not what a person wrote.
const LONGEST: usize = 4096;

/// More alternatives are not tried one by one.
const MOST: usize = 16;

/// Alternatives inside each other beyond this neither.
const DEEPEST: usize = 16;

/// What file names look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    text: Box<str>,
    /// Where in it stands what is somewhere in every name that it fits.
    part: (u32, u32),
}

/// A glob is known by its text.
impl Borrow<str> for Glob {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl Hash for Glob {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

/// A step of the program of a glob.
#[derive(Debug)]
pub(super) enum Step {
    /// This letter.
    Letter(char),
    /// A letter, with `true` also `/`.
    Any(bool),
    /// A letter in one of the ranges, or with `true` in none of them.
    Class(Vec<(char, char)>, bool),
    /// Goes on there.
    Jump(usize),
    /// Goes on at both.
    Fork([usize; 2]),
    /// Goes on at all of these.
    Split(Vec<usize>),
}

impl Step {
    /// Whether it takes a letter.
    pub(super) fn takes(&self, letter: char) -> bool {
        match self {
            Self::Letter(wanted) => letter == *wanted,
            Self::Any(slash) => *slash || letter != '/',
            Self::Class(ranges, negated) => {
                ranges.iter().any(|(a, b)| (*a..=*b).contains(&letter)) != *negated
            }
            Self::Jump(_) | Self::Fork(_) | Self::Split(_) => false,
        }
    }
}

impl Glob {
    /// From the text between `<` and `>`; why it is none is said otherwise.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST && text.chars().count() > LONGEST {
            return Err(format!("it is longer than {LONGEST} letters"));
        }
        let letters: Vec<char> = text.chars().collect();
        steps(&letters)?;
        let part = place_of_longest_part(text);
        Ok(Self { text: text.into(), part: (part.start as u32, part.end as u32) })
    }

    /// What stands somewhere in every name that it fits.
    pub(super) fn part(&self) -> &str {
        &self.text[self.part.0 as usize..self.part.1 as usize]
    }

    /// Globs without braces of which each name that it fits fits one, where these are few and none means anything
    /// else by itself: stars beside others, or at the ends of alternatives, may do.
    pub(super) fn alternatives(&self) -> Option<Vec<String>> {
        if !self.text.contains('{') || self.text.contains('[') {
            return None;
        }
        let mut all = vec![String::new()];
        let mut rest = &*self.text;
        while let Some((before, inside)) = rest.split_once('{') {
            let (inside, after) = inside.split_once('}')?;
            let beside = before.ends_with('*') || after.starts_with(['*', '{']);
            if beside || inside.contains('{') || inside.contains("**") {
                return None;
            }
            if all.len() * (inside.matches(',').count() + 1) > MOST {
                return None;
            }
            let with = |start: &String| {
                let start = format!("{start}{before}");
                inside.split(',').map(move |way| format!("{start}{way}"))
            };
            all = all.iter().flat_map(with).collect();
            rest = after;
        }
        all.iter_mut().for_each(|text| text.push_str(rest));
        Some(all)
    }

    /// Its program: behind the last step it fits.
    pub(super) fn steps(&self) -> Vec<Step> {
        let letters: Vec<char> = self.text.chars().collect();
        // The text was read once, without a mistake.
        steps(&letters).unwrap_or_default()
    }
}

/// The program for a text.
fn steps(text: &[char]) -> Result<Vec<Step>, String> {
    let mut maker = Maker { text, at: 0, steps: Vec::with_capacity(text.len() + 8) };
    maker.sequence(0)?;
    Ok(maker.steps)
}

/// The longest part of the text that stands for itself in every name.
pub(super) fn longest_part(text: &str) -> &str {
    &text[place_of_longest_part(text)]
}

fn place_of_longest_part(text: &str) -> Range<usize> {
    let (mut longest, mut start) = (0..0, 0);
    let (mut depth, mut in_class) = (0_usize, false);
    let mut keep = |part: Range<usize>| {
        if part.len() > longest.len() {
            longest = part;
        }
    };
    for (at, c) in text.char_indices() {
        let is_plain = depth == 0 && !in_class && !"*?[{".contains(c);
        // A `/` beside two stars may stand for nothing.
        let beside = text[..at].ends_with('*') || text[at + c.len_utf8()..].starts_with("**");
        if is_plain && !(c == '/' && beside) {
            continue;
        }
        keep(start..at);
        start = at + c.len_utf8();
        match c {
            '[' if !in_class => in_class = true,
            ']' if in_class => in_class = false,
            '{' if !in_class => depth += 1,
            '}' if !in_class => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    keep(start..text.len());
    longest
}

struct Maker<'a> {
    text: &'a [char],
    at: usize,
    steps: Vec<Step>,
}

impl Maker<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    /// Up to the end, or inside braces up to `,` or `}`.
    fn sequence(&mut self, depth: usize) -> Result<(), String> {
        while let Some(c) = self.peek() {
            match c {
                ',' | '}' if depth > 0 => return Ok(()),
                '}' => return Err("no `{` is open before the `}`".to_owned()),
                '*' => self.stars(depth),
                '/' if self.text[self.at..].starts_with(&['/', '*', '*']) => self.folders(),
                '?' => {
                    self.at += 1;
                    self.steps.push(Step::Any(false));
                }
                '[' => self.class()?,
                '{' => self.alternatives(depth)?,
                _ => {
                    self.at += 1;
                    self.steps.push(Step::Letter(c));
                }
            }
        }
        Ok(())
    }

    /// `/**/` is one folder in another, or any number of folders between; `/**` at other places is nothing, or whatever
    /// stands below.
    fn folders(&mut self) {
        if self.text.get(self.at + 3) == Some(&'/') {
            self.at += 4;
            self.steps.push(Step::Letter('/'));
            self.below(false);
        } else {
            self.at += 3;
            self.below(true);
        }
    }

    /// Nothing, or any letters with a `/`: before them, or else behind.
    fn below(&mut self, before: bool) {
        let split = self.steps.len();
        self.steps.push(Step::Jump(split + 1));
        if before {
            self.steps.push(Step::Letter('/'));
        }
        self.any(true);
        if !before {
            self.steps.push(Step::Letter('/'));
        }
        self.steps[split] = Step::Fork([split + 1, self.steps.len()]);
    }

    /// `*` is any letters but `/`; `**` before a `/` is any folders, none as well.
    fn stars(&mut self, depth: usize) {
        let begins = |c: &char| *c == '/' || depth > 0 && matches!(c, '{' | ',');
        let is_first = self.at.checked_sub(1).is_none_or(|before| begins(&self.text[before]));
        let start = self.at;
        while self.peek() == Some('*') {
            self.at += 1;
        }
        let folders = is_first && self.at == start + 2;
        match self.peek() {
            Some('/') if self.at == start + 2 => {
                self.at += 1;
                self.below(false);
            }
            None => self.any(folders),
            Some(',' | '}') if depth > 0 => self.any(folders),
            _ => self.any(false),
        }
    }

    /// Any letters, with `slash` also `/`.
    fn any(&mut self, slash: bool) {
        let split = self.steps.len();
        self.steps.push(Step::Fork([split + 1, split + 3]));
        self.steps.push(Step::Any(slash));
        self.steps.push(Step::Jump(split));
    }

    /// `[a-z_]`, and `[^a-z]` for every other letter.
    fn class(&mut self) -> Result<(), String> {
        self.at += 1;
        let negated = self.peek() == Some('^');
        self.at += usize::from(negated);
        let mut ranges = Vec::new();
        loop {
            let Some(first) = self.peek() else { return Err("`[` is not closed".to_owned()) };
            self.at += 1;
            if first == ']' {
                break;
            }
            let last = match (self.peek(), self.text.get(self.at + 1)) {
                (Some('-'), Some(last)) if *last != ']' => {
                    self.at += 2;
                    *last
                }
                _ => first,
            };
            ranges.push((first, last));
        }
        self.steps.push(Step::Class(ranges, negated));
        Ok(())
    }

    /// `{ml,mli}`.
    fn alternatives(&mut self, depth: usize) -> Result<(), String> {
        if depth >= DEEPEST {
            return Err("its braces are nested too deeply".to_owned());
        }
        let split = self.steps.len();
        self.steps.push(Step::Split(Vec::new()));
        let (mut ways, mut ends) = (Vec::new(), Vec::new());
        loop {
            self.at += 1;
            ways.push(self.steps.len());
            self.sequence(depth + 1)?;
            ends.push(self.steps.len());
            self.steps.push(Step::Jump(self.steps.len()));
            match self.peek() {
                Some(',') => {}
                Some(_) => break,
                None => return Err("`{` is not closed".to_owned()),
            }
        }
        self.at += 1;
        self.steps[split] = Step::Split(ways);
        for end in ends {
            self.steps[end] = Step::Jump(self.steps.len());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::Names;
    use super::*;

    fn fits_one(glob: &Glob, name: &str) -> bool {
        let mut fits = false;
        Names::of(&[name]).fitting(glob, |_| fits = true);
        fits
    }

    #[test]
    fn globs_fit_as_in_ocamlbuild() -> Result<(), String> {
        let cases = [
            ("*.ml", "a.ml", true),
            ("*.ml", "src/a.ml", false),
            ("**/*.ml", "a.ml", true),
            ("**/*.ml", "src/x/a.ml", true),
            ("src/**/a.ml", "src/a.ml", true),
            ("src/**/a.ml", "src/x/y/a.ml", true),
            ("src/**/a.ml", "src/xa.ml", false),
            ("src/**", "src/x/a.ml", true),
            ("src/**", "lib/x/a.ml", false),
            ("src/*.ml{,i}", "src/a.mli", true),
            ("src/*.ml{,i}", "src/a.ml", true),
            ("src/*.ml{,i}", "src/a.mll", false),
            ("src/[a-c]?.ml", "src/bz.ml", true),
            ("src/[^a-c]?.ml", "src/bz.ml", false),
            ("src/[^a-c]?.ml", "src/dz.ml", true),
            ("src?a.ml", "src/a.ml", false),
            ("{src,lib}/**/*", "lib/x/y.c", true),
            ("{src/{a,b},lib}/x.ml", "src/b/x.ml", true),
            ("{src/{a,b},lib}/x.ml", "src/c/x.ml", false),
            ("./src", "src", false),
            ("src/**", "src", true),
            ("src/**/a.ml", "srca.ml", false),
            ("src/**a.ml", "src/x/a.ml", true),
            ("src**/a.ml", "src/x/a.ml", true),
            ("[z-a]", "z", false),
            ("a[]", "a", false),
            ("a[^]", "a/", true),
            ("src", "src", true),
            ("src", "srcs", false),
            ("*é?.ml", "xéà.ml", true),
            ("", "", true),
        ];
        for (glob, file, fits) in cases {
            assert_eq!(fits_one(&Glob::new(glob)?, file), fits, "{glob} {file}");
        }
        Ok(())
    }

    #[test]
    fn what_is_no_glob_is_told() {
        for bad in ["[", "[a", "{a", "{a,b", "a}", &"{".repeat(99), &"a".repeat(9999)] {
            assert!(Glob::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn many_stars_take_no_time() -> Result<(), String> {
        let glob = Glob::new(&"*a".repeat(200))?;
        assert!(!fits_one(&glob, &("a".repeat(2000) + "b")));
        assert!(fits_one(&glob, &"a".repeat(2000)));
        Ok(())
    }
}
