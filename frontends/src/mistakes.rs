//! What is said of a file, with a bound: who reads a thousand mistakes of one kind?

use mbuild_rules::Diagnostic;

/// Nobody reads more than this, and each of them counts the lines before it.
const MANY: usize = 100;

/// Messages about a file, and how many more there would be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mistakes {
    all: Vec<Diagnostic>,
    left_out: usize,
    gave_up: bool,
}

impl Mistakes {
    /// Adds one; it is not made where there are too many.
    pub(crate) fn add(&mut self, found: impl FnOnce() -> Diagnostic) {
        if self.all.len() < MANY {
            self.all.push(found());
        } else {
            self.left_out += 1;
        }
    }

    /// How many were added.
    pub(crate) fn count(&self) -> usize {
        self.all.len() + self.left_out
    }

    /// Whether no more would be told.
    pub(crate) fn is_full(&self) -> bool {
        self.all.len() >= MANY
    }

    /// What follows in the file is not looked at.
    pub(crate) fn give_up(&mut self) {
        self.gave_up = true;
    }

    /// Whether none was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All that are told, in the order of the file; the last one says how many are not.
    pub(crate) fn end(mut self, path: &[u8]) -> Vec<Diagnostic> {
        self.all.sort_by_key(|found| (found.line, found.column));
        if self.gave_up || self.left_out > 0 {
            let text = if self.gave_up {
                "there may be more: what follows was not looked at".to_owned()
            } else {
                format!("{} more of these are not shown", self.left_out)
            };
            self.all.push(Diagnostic::about(path, text).with_help("begin with those above"));
        }
        self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_are_told_and_the_others_are_counted() {
        let mut mistakes = Mistakes::default();
        for at in (0..102).rev() {
            mistakes.add(|| Diagnostic::at(b"f", &[b'\n'; 200], at, "x"));
        }
        assert_eq!(mistakes.count(), 102);
        let all = mistakes.end(b"f");
        assert_eq!(all.len(), 101);
        assert_eq!((all[0].line, all[99].line), (3, 102));
        let last = "f: 2 more of these are not shown\n  help: begin with those above";
        assert_eq!(all[100].to_string(), last);
    }
}
