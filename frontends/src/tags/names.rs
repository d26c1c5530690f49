//! Names of files as a tree of letters, so that a glob goes no further into names that begin alike than it fits them.

use super::glob::{Glob, Step};

/// Names to try globs on.
pub(super) struct Names {
    /// Every beginning of a name, each before those that are longer by a letter; the first is empty.
    beginnings: Vec<Beginning>,
    runs: Runs,
    /// What is needed for one glob is used for the next.
    ways: Ways,
}

/// What some names begin with.
struct Beginning {
    /// How many letters it has, and the last of them.
    length: usize,
    letter: char,
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
        let first = Beginning { length: 0, letter: '/', after: 0, names: Vec::new() };
        let mut beginnings = vec![first];
        // The beginnings of the name before.
        let mut open = vec![0];
        for name in order {
            let letters = || names[name].chars();
            let same = open[1..].iter().zip(letters());
            let same = same.take_while(|(at, letter)| beginnings[**at].letter == *letter).count();
            close(&mut beginnings, open.drain(same + 1..));
            for (length, letter) in (1..).zip(letters()).skip(same) {
                open.push(beginnings.len());
                beginnings.push(Beginning { length, letter, after: 0, names: Vec::new() });
            }
            beginnings[open[open.len() - 1]].names.push(name);
        }
        close(&mut beginnings, open.drain(..));
        Self { beginnings, runs: Runs::of(names), ways: Ways::default() }
    }

    /// Tells which names a glob fits.
    pub(super) fn fitting(&mut self, glob: &Glob, mut tell: impl FnMut(usize)) {
        if !self.runs.may_have(glob.part()) {
            return;
        }
        let steps = glob.steps();
        self.ways.begin(&steps);
        let mut at = 0;
        while let Some(beginning) = self.beginnings.get(at) {
            if beginning.length > 0 {
                self.ways.take(&steps, beginning.length, beginning.letter);
            }
            let ways = self.ways.now();
            if ways.contains(&steps.len()) {
                beginning.names.iter().for_each(|name| tell(*name));
            }
            at = if ways.is_empty() { beginning.after } else { at + 1 };
        }
    }
}

/// No more names begin so.
fn close(beginnings: &mut [Beginning], open: impl Iterator<Item = usize>) {
    let after = beginnings.len();
    open.for_each(|at| beginnings[at].after = after);
}

/// The steps that a glob is at after each letter of a beginning.
#[derive(Default)]
struct Ways {
    all: Vec<usize>,
    /// Where those after so many letters begin.
    starts: Vec<usize>,
    /// Which turn came to a step last.
    seen: Vec<usize>,
    turn: usize,
    left: Vec<usize>,
}

impl Ways {
    /// Before the first letter.
    fn begin(&mut self, steps: &[Step]) {
        self.all.clear();
        self.starts.clear();
        self.seen.clear();
        self.seen.resize(steps.len() + 1, 0);
        self.turn = 0;
        self.left.push(0);
        self.reach(steps);
    }

    /// A letter, the one of this number.
    fn take(&mut self, steps: &[Step], number: usize, letter: char) {
        if let Some(start) = self.starts.get(number) {
            self.all.truncate(*start);
            self.starts.truncate(number);
        }
        for at in &self.all[self.starts[number - 1]..] {
            if steps.get(*at).is_some_and(|step| step.takes(letter)) {
                self.left.push(at + 1);
            }
        }
        self.reach(steps);
    }

    /// Adds where the ways that are left wait for a letter, each place once.
    fn reach(&mut self, steps: &[Step]) {
        self.starts.push(self.all.len());
        self.turn += 1;
        while let Some(at) = self.left.pop() {
            if std::mem::replace(&mut self.seen[at], self.turn) == self.turn {
                continue;
            }
            match steps.get(at) {
                Some(Step::Jump(to)) => self.left.push(*to),
                Some(Step::Fork(ways)) => self.left.extend(ways),
                Some(Step::Split(ways)) => self.left.extend(ways),
                _ => self.all.push(at),
            }
        }
    }

    /// Those after the last letter.
    fn now(&self) -> &[usize] {
        &self.all[self.starts.last().copied().unwrap_or_default()..]
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
