//! Names of files as a tree of letters, so that a glob goes no further into names that begin alike than it fits them.

use std::collections::{BTreeSet, HashMap};

use super::glob::{Glob, Step, longest_part};

/// Names to try globs on.
pub(super) struct Names {
    /// Every beginning of a name, each before those that are longer by a letter; the first is empty.
    beginnings: Vec<Beginning>,
    /// The letters in them, sorted.
    letters: Vec<char>,
    runs: Runs,
    /// What is needed for one glob is used for the next.
    ways: Ways,
    /// The names that alternatives of globs fit, by their texts: many globs have some alternatives in common.
    known: HashMap<Box<str>, Vec<usize>>,
}

/// What some names begin with.
struct Beginning {
    /// How many letters it has, and the number of the last of them.
    length: usize,
    letter: usize,
    /// The first beginning that does not begin with it.
    after: usize,
    /// The names that are no longer than it.
    names: Vec<usize>,
}

impl Names {
    /// Names, whose indices are told.
    pub(super) fn of(names: &[&str]) -> Self {
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by_key(|name| names[*name]);
        let letters: BTreeSet<char> = names.iter().flat_map(|name| name.chars()).collect();
        let letters: Vec<char> = letters.into_iter().collect();
        let first = Beginning { length: 0, letter: 0, after: 0, names: Vec::new() };
        let mut beginnings = vec![first];
        // The beginnings of the name before.
        let mut open = vec![0];
        for name in order {
            let numbers = || names[name].chars().filter_map(|it| letters.binary_search(&it).ok());
            let same = open[1..].iter().zip(numbers());
            let same = same.take_while(|(at, letter)| beginnings[**at].letter == *letter).count();
            close(&mut beginnings, open.drain(same + 1..));
            for (length, letter) in (1..).zip(numbers()).skip(same) {
                open.push(beginnings.len());
                beginnings.push(Beginning { length, letter, after: 0, names: Vec::new() });
            }
            beginnings[open[open.len() - 1]].names.push(name);
        }
        close(&mut beginnings, open.drain(..));
        Self {
            beginnings,
            letters,
            runs: Runs::of(names),
            ways: Ways::default(),
            known: HashMap::new(),
        }
    }

    /// Tells which names a glob fits, perhaps some of them more than once.
    pub(super) fn fitting(&mut self, glob: &Glob, mut tell: impl FnMut(usize)) {
        if !self.runs.may_have(glob.part()) {
            return;
        }
        let Some(alternatives) = glob.alternatives() else { return self.each(glob, tell) };
        for text in alternatives {
            if !self.runs.may_have(longest_part(&text)) {
                continue;
            }
            if !self.known.contains_key(&*text) {
                let mut names = Vec::new();
                if let Ok(glob) = Glob::new(&text) {
                    self.each(&glob, |name| names.push(name));
                }
                self.known.insert(text.clone().into(), names);
            }
            self.known[&*text].iter().for_each(|name| tell(*name));
        }
    }

    /// Goes through the names with the program of a glob.
    fn each(&mut self, glob: &Glob, mut tell: impl FnMut(usize)) {
        let steps = glob.steps();
        self.ways.begin(&steps, &self.letters);
        let (word, bit) = (steps.len() / 64, 1 << (steps.len() % 64));
        let mut at = 0;
        while let Some(beginning) = self.beginnings.get(at) {
            if beginning.length > 0 {
                self.ways.take(&steps, beginning.length, beginning.letter);
            }
            let ways = self.ways.now();
            if ways[word] & bit != 0 {
                beginning.names.iter().for_each(|name| tell(*name));
            }
            at = if ways.iter().all(|word| *word == 0) { beginning.after } else { at + 1 };
        }
    }
}

/// No more names begin so.
fn close(beginnings: &mut [Beginning], open: impl Iterator<Item = usize>) {
    let after = beginnings.len();
    open.for_each(|at| beginnings[at].after = after);
}

/// The steps that a glob is at after each letter of a beginning, as sets of bits: many globs are tried on many names,
/// and most have so few steps that a set is one word.
#[derive(Default)]
struct Ways {
    /// So many words are a set.
    width: usize,
    /// For each of the letters the steps that take it.
    taking: Vec<u64>,
    /// Where the set of those that wait for a letter once a step is come to begins in the next.
    places: Vec<Option<usize>>,
    after: Vec<u64>,
    /// Those after no letter, after one, and so on.
    all: Vec<u64>,
    left: Vec<usize>,
    seen: Vec<bool>,
}

impl Ways {
    /// Before the first letter.
    fn begin(&mut self, steps: &[Step], letters: &[char]) {
        self.width = steps.len() / 64 + 1;
        self.taking.clear();
        self.taking.resize(letters.len() * self.width, 0);
        for (at, step) in steps.iter().enumerate() {
            let set = self.taking.iter_mut().skip(at / 64).step_by(self.width);
            match step {
                Step::Letter(letter) => {
                    if let Ok(letter) = letters.binary_search(letter) {
                        self.taking[letter * self.width + at / 64] |= 1 << (at % 64);
                    }
                }
                Step::Jump(_) | Step::Fork(_) | Step::Split(_) => {}
                Step::Any(_) | Step::Class(..) => {
                    for (word, letter) in set.zip(letters) {
                        *word |= u64::from(step.takes(*letter)) << (at % 64);
                    }
                }
            }
        }
        self.places.clear();
        self.places.resize(steps.len() + 1, None);
        self.after.clear();
        self.all.clear();
        self.all.resize(self.width, 0);
        self.add(steps, 0, 0);
    }

    /// A letter by its number, the one at this place of the beginning.
    fn take(&mut self, steps: &[Step], number: usize, letter: usize) {
        let (before, now) = ((number - 1) * self.width, number * self.width);
        self.all.truncate(now);
        self.all.resize(now + self.width, 0);
        for word in 0..self.width {
            let mut left = self.all[before + word] & self.taking[letter * self.width + word];
            while left != 0 {
                let at = word * 64 + left.trailing_zeros() as usize;
                left &= left - 1;
                self.add(steps, at + 1, now);
            }
        }
    }

    /// Adds those that wait for a letter once this step is come to, to the set that begins there.
    fn add(&mut self, steps: &[Step], at: usize, set: usize) {
        let after = match self.places[at] {
            Some(known) => known,
            None => self.reach(steps, at),
        };
        let after = &self.after[after..after + self.width];
        self.all[set..].iter_mut().zip(after).for_each(|(word, more)| *word |= more);
    }

    fn reach(&mut self, steps: &[Step], at: usize) -> usize {
        let place = self.after.len();
        self.places[at] = Some(place);
        self.after.resize(place + self.width, 0);
        self.seen.clear();
        self.seen.resize(steps.len() + 1, false);
        self.left.push(at);
        while let Some(at) = self.left.pop() {
            if std::mem::replace(&mut self.seen[at], true) {
                continue;
            }
            match steps.get(at) {
                Some(Step::Jump(to)) => self.left.push(*to),
                Some(Step::Fork(ways)) => self.left.extend(ways),
                Some(Step::Split(ways)) => self.left.extend(ways),
                _ => self.after[place + at / 64] |= 1 << (at % 64),
            }
        }
        place
    }

    /// Those after the last letter.
    fn now(&self) -> &[u64] {
        &self.all[self.all.len() - self.width..]
    }
}

/// Which three bytes stand together in some name, and perhaps some more: enough to see of most texts that none has
/// them.
struct Runs(Vec<u64>);

impl Runs {
    /// So many bits tell of a run.
    const BITS: u32 = 16;

    fn of(names: &[&str]) -> Self {
        let mut runs = Self(vec![0; 1 << (Self::BITS - 6)]);
        for run in names.iter().flat_map(|name| name.as_bytes().windows(3)) {
            let (word, bit) = Self::place(run);
            runs.0[word] |= bit;
        }
        runs
    }

    /// The word and the bit of it that stand for a run.
    fn place(run: &[u8]) -> (usize, u64) {
        let number = run.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        let hash = number.wrapping_mul(0x9e37_79b1) >> (32 - Self::BITS);
        ((hash >> 6) as usize, 1 << (hash & 63))
    }

    fn may_have(&self, text: &str) -> bool {
        text.as_bytes().windows(3).all(|run| {
            let (word, bit) = Self::place(run);
            self.0[word] & bit != 0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitting(glob: &str, names: &mut Names) -> Vec<usize> {
        let mut found = Vec::new();
        names.fitting(&Glob::new(glob).unwrap(), |name| found.push(name));
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn each_name_is_told_wherever_it_stands_in_the_tree() {
        let all = ["src/a.ml", "b", "src/a.mli", "", "src/a.ml", "src/ab/c.ml", "sré", "src"];
        let mut names = Names::of(&all);
        assert_eq!(fitting("src/*.ml{,i}", &mut names), [0, 2, 4]);
        assert_eq!(fitting("**/*", &mut names), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(fitting("*", &mut names), [1, 3, 6, 7]);
        assert_eq!(fitting("", &mut names), [3]);
        assert_eq!(fitting("src/a*/*", &mut names), [5]);
        assert_eq!(fitting("s{rc,ré}", &mut names), [6, 7]);
        assert_eq!(fitting("srcs", &mut names), [0; 0]);
        assert_eq!(fitting("*", &mut Names::of(&[])), [0; 0]);
    }

    #[test]
    fn alternatives_are_tried_by_themselves_where_they_mean_the_same() {
        let all = ["a/x.ml", "a/x.mli", "a/b/x.ml", "b/x.ml", "a/x", "ax.ml"];
        let mut names = Names::of(&all);
        // Each twice: what was found is known the second time.
        for _ in 0..2 {
            assert_eq!(fitting("{a,b}/x.ml{,i}", &mut names), [0, 1, 3]);
            assert_eq!(fitting("a/{x*,*.ml}", &mut names), [0, 1, 4]);
            assert_eq!(fitting("**/{x,y}.{ml,c}", &mut names), [0, 2, 3]);
            assert_eq!(fitting("{a/**,b}/x.ml", &mut names), [0, 2, 3]);
            assert_eq!(fitting("a{/b/,/}*.ml", &mut names), [0, 2]);
            assert_eq!(fitting("{a/,a}{b/x,x}.ml", &mut names), [0, 2, 5]);
            assert_eq!(fitting("{a,{b,c}}/x.ml", &mut names), [0, 3]);
            assert_eq!(fitting("{[{]a,b}/x.ml", &mut names), [3]);
        }
        let split = |text: &str| Glob::new(text).unwrap().alternatives();
        assert_eq!(split("{a,b}/x.ml{,i}").unwrap(), ["a/x.ml", "a/x.mli", "b/x.ml", "b/x.mli"]);
        for whole in ["a", "{a/**,b}", "{a*}{*b}", "*{a,b}", "{a,b}*", "{a,{b,c}}", "[{]{a}"] {
            assert_eq!(split(whole), None, "{whole}");
        }
        assert_eq!(split("{a,b}/{c,d}/{e,f}/{g,h}/{i,j}"), None);
    }

    #[test]
    fn a_text_that_no_name_has_is_seen() {
        let runs = Runs::of(&["src/module12.ml", "a"]);
        for part in ["", "s", "2.", "src/module12.ml", "module"] {
            assert!(runs.may_have(part), "{part}");
        }
        for part in ["modules", "12.mli", "module7"] {
            assert!(!runs.may_have(part), "{part}");
        }
    }
}
