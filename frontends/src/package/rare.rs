//! Parts that few sections have: they take the room of a pointer where there is nothing of them.

use std::collections::{BTreeMap, btree_map};
use std::fmt;
use std::ops::{Deref, DerefMut};

/// Something that is empty most often; then it takes no memory beside its own.
pub struct Rare<T>(Option<Box<T>>);

/// What can be empty.
pub trait Empty: Default + 'static {
    /// It when it is.
    const EMPTY: &'static Self;

    /// Whether it is.
    fn is_empty(&self) -> bool;
}

impl<T: 'static> Empty for Vec<T> {
    const EMPTY: &'static Self = &Self::new();

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl<K: 'static, V: 'static> Empty for BTreeMap<K, V> {
    const EMPTY: &'static Self = &Self::new();

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl<T> Rare<T> {
    /// It to change, where anything was ever put into it.
    pub fn held(&mut self) -> Option<&mut T> {
        self.0.as_deref_mut()
    }
}

impl<T: Empty> Deref for Rare<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::EMPTY)
    }
}

/// What is looked at to be changed takes its room: [`Rare::held`] does without.
impl<T: Empty> DerefMut for Rare<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }
}

// None of these asks anything of what is in it, as derived ones would.
impl<T> Default for Rare<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Clone> Clone for Rare<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// As it is shown without this.
impl<T: Empty + fmt::Debug> fmt::Debug for Rare<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Nothing is what is empty, whether it has room or not.
impl<T: Empty + PartialEq<U>, U: ?Sized> PartialEq<U> for Rare<T> {
    fn eq(&self, other: &U) -> bool {
        **self == *other
    }
}

impl<T: Empty> From<T> for Rare<T> {
    fn from(value: T) -> Self {
        Self((!value.is_empty()).then(|| Box::new(value)))
    }
}

impl<T: Empty + FromIterator<I>, I> FromIterator<I> for Rare<T> {
    fn from_iter<A: IntoIterator<Item = I>>(items: A) -> Self {
        T::from_iter(items).into()
    }
}

impl<'a, T: 'static> IntoIterator for &'a Rare<Vec<T>> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, K: 'static, V: 'static> IntoIterator for &'a Rare<BTreeMap<K, V>> {
    type Item = (&'a K, &'a V);
    type IntoIter = btree_map::Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_takes_no_room() {
        let mut list: Rare<Vec<u8>> = Rare::default();
        assert_eq!(size_of_val(&list), size_of::<usize>());
        assert!(list.is_empty() && list.held().is_none());
        assert!(Rare::from(Vec::<u8>::new()).held().is_none());
        assert!((0..0).collect::<Rare<Vec<u8>>>().held().is_none());
        list.push(1);
        assert_eq!(list.held(), Some(&mut vec![1]));
    }

    #[test]
    fn it_is_used_and_shown_as_what_is_in_it() {
        let mut one: Rare<Vec<u8>> = (1..3).collect();
        let other = one.clone();
        one.push(3);
        assert_eq!((one.iter().sum::<u8>(), (&other).into_iter().count()), (6, 2));
        assert_eq!(one, [1, 2, 3]);
        assert_eq!(other, vec![1, 2]);
        assert_eq!(format!("{one:?} {:?}", Rare::<Vec<u8>>::default()), "[1, 2, 3] []");
        let mut map: Rare<BTreeMap<u8, u8>> = Rare::default();
        assert_eq!(map.get(&1), None);
        map.insert(1, 2);
        assert_eq!(map[&1], 2);
    }

    #[test]
    fn one_with_room_for_nothing_is_as_one_without() {
        let mut roomy: Rare<Vec<u8>> = Rare::default();
        roomy.clear();
        assert!(roomy.held().is_some());
        assert_eq!(roomy, *Rare::<Vec<u8>>::default());
    }
}
