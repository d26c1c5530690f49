//! The tags of many files at once: a glob is tried on all of them while it is at hand, and files with the same lines
//! about them are told apart no further.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::names::Names;
use super::{Pattern, Tags};

/// So many words of bits, and files, go together.
const WORDS: usize = 16;
const TOGETHER: usize = WORDS * 64;

/// A set of files among those that go together.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Set([u64; WORDS]);

impl Set {
    const NONE: Self = Self([0; WORDS]);

    /// The first `count` files.
    fn first(count: usize) -> Self {
        let mut set = Self::NONE;
        (0..count).for_each(|file| set.insert(file));
        set
    }

    fn insert(&mut self, file: usize) {
        self.0[file / 64] |= 1 << (file % 64);
    }

    fn has(&self, file: usize) -> bool {
        self.0[file / 64] >> (file % 64) & 1 == 1
    }

    fn with(self, other: &Self, join: fn(u64, u64) -> u64) -> Self {
        let mut both = self;
        both.0.iter_mut().zip(other.0).for_each(|(word, other)| *word = join(*word, other));
        both
    }

    fn and(self, other: &Self) -> Self {
        self.with(other, |a, b| a & b)
    }

    fn or(self, other: &Self) -> Self {
        self.with(other, |a, b| a | b)
    }

    fn without(self, other: &Self) -> Self {
        self.with(other, |a, b| a & !b)
    }

    fn files(&self) -> impl Iterator<Item = usize> + '_ {
        (0..TOGETHER).filter(|file| self.has(*file))
    }
}

/// Different sets, each with a number; the first is empty.
struct Sets {
    all: Vec<Set>,
    known: HashMap<Set, usize>,
}

impl Sets {
    fn number(&mut self, set: Set) -> usize {
        if set == Set::NONE {
            return 0;
        }
        *self.known.entry(set).or_insert_with(|| {
            self.all.push(set);
            self.all.len() - 1
        })
    }
}

/// The tags of each of the files, in the order they were given; those that have the same share them.
pub(super) fn of(tags: &Tags, files: &[&str]) -> Vec<Rc<Vec<usize>>> {
    let mut known: HashSet<Rc<Vec<usize>>> = HashSet::new();
    let mut found = Vec::with_capacity(files.len());
    for files in files.chunks(TOGETHER) {
        let start = found.len();
        found.resize(start + files.len(), Rc::new(Vec::new()));
        for (alike, lines) in classes(tags, files) {
            let given = tags.given(&lines);
            let given = known.get(&given).cloned().unwrap_or_else(|| Rc::new(given));
            known.insert(Rc::clone(&given));
            alike.files().for_each(|file| found[start + file] = Rc::clone(&given));
        }
    }
    found
}

/// Sets of files with the same lines about them, and these lines.
fn classes(tags: &Tags, files: &[&str]) -> Vec<(Set, Vec<usize>)> {
    let all = Set::first(files.len());
    let mut named: HashMap<&str, Set> = HashMap::new();
    for (at, file) in files.iter().enumerate() {
        named.entry(file).or_insert(Set::NONE).insert(at);
    }
    let mut sets = Sets { all: vec![Set::NONE], known: HashMap::new() };
    let mut names = Names::of(files);
    let mut like = |glob: &super::Glob| {
        let mut set = Set::NONE;
        names.fitting(glob, |at| set.insert(at));
        sets.number(set)
    };
    let globs: Vec<usize> = tags.globs.iter().map(&mut like).collect();
    let everything = sets.number(all);
    // Of names that no line has, files are not told apart.
    let mut known: HashMap<&str, usize> = HashMap::new();
    let about: Vec<usize> = (tags.rules.iter())
        .map(|rule| match &rule.pattern {
            Pattern::All(true) => everything,
            Pattern::Exact(name) => named
                .get_key_value(&**name)
                .map_or(0, |(name, set)| *known.entry(name).or_insert_with(|| sets.number(*set))),
            Pattern::Glob(glob) => globs[*glob],
            pattern => {
                let set = fitting(pattern, &all, &named, &|glob| sets.all[globs[glob]]);
                sets.number(set)
            }
        })
        .collect();
    let alike = told_apart(&sets.all, all, files.len());
    let lines = |set: &Set| -> Vec<usize> {
        let Some(one) = set.files().next() else { return Vec::new() };
        let has: Vec<bool> = sets.all.iter().map(|set| set.has(one)).collect();
        (0..about.len()).filter(|line| has[about[*line]]).collect()
    };
    alike.into_iter().map(|set| (set, lines(&set))).collect()
}

/// The files that a pattern fits.
fn fitting(
    pattern: &Pattern,
    all: &Set,
    named: &HashMap<&str, Set>,
    like: &dyn Fn(usize) -> Set,
) -> Set {
    let each = |inner: &Pattern| fitting(inner, all, named, like);
    match pattern {
        Pattern::All(true) => *all,
        Pattern::All(false) => Set::NONE,
        Pattern::Exact(name) => named.get(&**name).copied().unwrap_or(Set::NONE),
        Pattern::Glob(glob) => like(*glob),
        Pattern::Not(inner) => all.without(&each(inner)),
        Pattern::And(parts) => parts.iter().fold(*all, |set, part| set.and(&each(part))),
        Pattern::Or(parts) => parts.iter().fold(Set::NONE, |set, part| set.or(&each(part))),
    }
}

/// Files that are in the same sets, for all files.
fn told_apart(sets: &[Set], all: Set, count: usize) -> Vec<Set> {
    let mut alike = vec![all];
    for set in sets {
        if alike.len() == count {
            break;
        }
        for at in 0..alike.len() {
            let (inside, outside) = (alike[at].and(set), alike[at].without(set));
            if inside != Set::NONE && outside != Set::NONE {
                alike[at] = inside;
                alike.push(outside);
            }
        }
    }
    alike
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn many_files_have_the_tags_that_each_has_alone() {
        let content = "true: a, b\n<src/*.ml> or \"x/7.ml\": c\n<**/*1*.ml> and not <x/**>: -a, d\n\"x/8.ml\": e\n\
                       not (<x/1?.ml> | \"src/3.ml\") & <**/*.ml>: f\nfalse: g\n<**/9*>: -b\n";
        let tags = read(b"_tags", content.as_bytes()).unwrap();
        let names: Vec<String> = (0..TOGETHER)
            .flat_map(|n| [format!("src/{n}.ml"), format!("x/{n}.ml"), format!("x/{n}.mli")])
            .collect();
        let files: Vec<&str> = names.iter().map(String::as_str).collect();
        let found = of(&tags, &files);
        assert_eq!(found.len(), files.len());
        for (file, found) in files.iter().zip(&found) {
            assert_eq!(**found, tags.of(file), "{file}");
        }
        let shown = |file: &str| -> String {
            let at = files.iter().position(|known| *known == file).unwrap();
            found[at].iter().map(|tag| &*tags.tags[*tag].name).collect()
        };
        let wanted = [
            ("src/2.ml", "abcf"),
            ("src/3.ml", "abc"),
            ("src/1.ml", "bcdf"),
            ("x/7.ml", "abcf"),
            ("x/8.ml", "abef"),
            ("x/15.ml", "ab"),
            ("x/9.mli", "a"),
            ("src/91.ml", "cdf"),
        ];
        for (file, wanted) in wanted {
            assert_eq!(shown(file), wanted, "{file}");
        }
        let different: HashSet<*const Vec<usize>> = found.iter().map(Rc::as_ptr).collect();
        let lists: HashSet<&Vec<usize>> = found.iter().map(|found| &**found).collect();
        assert_eq!(different.len(), lists.len());
        assert!(lists.len() > 8, "{}", lists.len());
    }

    #[test]
    fn no_files_have_no_tags() {
        let tags = read(b"_tags", b"true: a\n").unwrap();
        assert!(of(&tags, &[]).is_empty());
    }
}
