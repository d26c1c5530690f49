//! The tags that all modules of a section have, and those that only some have.

use std::collections::HashMap;
use std::rc::Rc;

/// Who has what. Many modules have the same list, which is gone through once.
pub(super) struct Shared {
    /// How many modules have each tag.
    having: Vec<usize>,
    modules: usize,
    /// The tags of a list that not all have.
    others: HashMap<*const Vec<usize>, Vec<usize>>,
}

impl Shared {
    /// From the tags of each module, of so many.
    pub(super) fn of(tagged: &[Rc<Vec<usize>>], count: usize) -> Self {
        let mut lists: HashMap<*const Vec<usize>, (&Vec<usize>, usize)> = HashMap::new();
        for own in tagged {
            lists.entry(Rc::as_ptr(own)).or_insert((own, 0)).1 += 1;
        }
        let mut having = vec![0; count];
        for (own, modules) in lists.values() {
            own.iter().for_each(|tag| having[*tag] += modules);
        }
        let mut shared = Self { having, modules: tagged.len(), others: HashMap::new() };
        for (list, (own, _)) in lists {
            let others = own.iter().copied().filter(|tag| !shared.has(*tag)).collect();
            shared.others.insert(list, others);
        }
        shared
    }

    pub(super) fn has(&self, tag: usize) -> bool {
        self.having[tag] == self.modules
    }

    /// The tags of a module that not all have.
    pub(super) fn others(&self, own: &Rc<Vec<usize>>) -> &[usize] {
        self.others.get(&Rc::as_ptr(own)).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_not_all_have_is_told_of_each() {
        let (one, other) = (Rc::new(vec![3, 0, 1]), Rc::new(vec![0, 2]));
        let tagged = [Rc::clone(&one), Rc::clone(&other), Rc::clone(&one)];
        let shared = Shared::of(&tagged, 4);
        assert_eq!([0, 1, 2, 3].map(|tag| shared.has(tag)), [true, false, false, false]);
        assert_eq!((shared.others(&one), shared.others(&other)), (&[3, 1][..], &[2][..]));
        assert!(Shared::of(&[Rc::clone(&one)], 4).others(&one).is_empty());
    }
}
