//! Lists that many sections have alike: they share one until one of them changes its own.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A list that its clones share; whoever changes one of them has a list of its own from then on.
pub struct Shared<T>(Option<Arc<Vec<T>>>);

impl<T: Clone> Shared<T> {
    /// The list to change.
    pub fn to_mut(&mut self) -> &mut Vec<T> {
        Arc::make_mut(self.0.get_or_insert_default())
    }

    /// Adds one at the end.
    pub fn push(&mut self, item: T) {
        self.to_mut().push(item);
    }
}

impl<T> Deref for Shared<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_ref().map_or(&[], |list| list.as_slice())
    }
}

// None of these asks anything of what is in the list, as derived ones would.
impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// As a list is shown.
impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// An empty list takes no memory.
impl<T> From<Vec<T>> for Shared<T> {
    fn from(list: Vec<T>) -> Self {
        Self((!list.is_empty()).then(|| Arc::new(list)))
    }
}

impl<T> FromIterator<T> for Shared<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        items.into_iter().collect::<Vec<T>>().into()
    }
}

impl<'a, T> IntoIterator for &'a Shared<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: PartialEq<U>, U, const N: usize> PartialEq<[U; N]> for Shared<T> {
    fn eq(&self, other: &[U; N]) -> bool {
        **self == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_shared_until_one_changes() {
        let mut one: Shared<String> = vec!["a".to_owned()].into();
        let other = one.clone();
        assert_eq!(one.as_ptr(), other.as_ptr());
        one.push("b".to_owned());
        assert_eq!(one, ["a", "b"]);
        assert_eq!(other, ["a"]);
    }

    #[test]
    fn an_empty_list_can_be_added_to() {
        let mut list: Shared<u8> = Vec::new().into();
        assert!(list.is_empty());
        list.to_mut().extend([1, 2]);
        assert_eq!((list.to_vec(), format!("{list:?}")), (vec![1, 2], "[1, 2]".to_owned()));
    }
}
