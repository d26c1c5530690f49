//! Variables and their values: environments that cost nothing to pass on, however many variables they have.

use std::rc::Rc;

use rpds::RedBlackTreeMap;

use super::value::Value;

/// Up to so many variables are a list, which is smaller than a tree and as quick. Of options of single files, each
/// of which is an environment, there may be a million.
const FEW: usize = 16;

/// Of more variables, up to so many that were set last are a list.
const LAST: usize = 8;

/// Variables and their values. A copy shares everything with its origin until one of them is changed, and
/// then, where they are many, everything but the last changes.
#[derive(Clone, Debug, Default)]
pub struct Env(Variables);

/// A variable, and its value.
pub(super) type Variable = (Rc<str>, Value);

#[derive(Clone, Debug, Default)]
enum Variables {
    #[default]
    None,
    /// In the order of their names, with which these are, and how deeply their values are nested, they themselves
    /// among them.
    Few(Rc<[Variable]>, Marks, u32),
    Many(Rc<Many>),
}

/// Which names a short list may have, by a bit of each: most of the options that are looked for are not there.
#[derive(Clone, Copy, Debug, Default)]
struct Marks(u16);

impl Marks {
    /// The mark of one name, from what names of options differ in.
    fn of(name: &str) -> Self {
        let bytes = name.as_bytes();
        let end = |byte: Option<&u8>| byte.map_or(0, |byte| usize::from(*byte));
        let sum = bytes.len() + 3 * end(bytes.first()) + 5 * end(bytes.last());
        Self(1 << (sum % 16))
    }

    fn of_all(few: &[Variable]) -> Self {
        few.iter().fold(Self::default(), |all, (name, _)| all.and(Self::of(name)))
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn have(self, name: &str) -> bool {
        self.0 & Self::of(name).0 != 0
    }
}

// There may be millions of them.
const _: () = assert!(size_of::<Env>() == 24);

/// More variables. Where others have them as well, a change costs a copy of the list; the tree would cost a copy of the
/// way to the variable, which is longer.
#[derive(Clone, Debug)]
struct Many {
    tree: RedBlackTreeMap<Rc<str>, Value>,
    /// Up to [`LAST`] that were set last, in the order of their names; they go before those of the tree.
    last: Rc<Vec<Variable>>,
    depth: u32,
}

impl Env {
    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match &self.0 {
            Variables::None => None,
            Variables::Few(_, marks, _) if !marks.have(name) => None,
            Variables::Few(few, ..) => among(few, name).map(|at| &few[at].1),
            Variables::Many(many) => match among(&many.last, name) {
                Some(at) => Some(&many.last[at].1),
                None => many.tree.get(name),
            },
        }
    }

    /// Sets a variable.
    pub fn set(&mut self, name: impl Into<Rc<str>>, value: Value) {
        let name = name.into();
        let depth = self.depth().max(value.depth() + 1);
        match &mut self.0 {
            Variables::None => {
                let marks = Marks::of(&name);
                self.0 = Variables::Few(Rc::new([(name, value)]), marks, depth);
            }
            Variables::Few(few, marks, known_depth) => {
                *known_depth = depth;
                *marks = marks.and(Marks::of(&name));
                put(few, (name, value));
                if few.len() > FEW {
                    let tree = few.iter().cloned().collect();
                    self.0 = Variables::Many(Rc::new(Many { tree, last: Rc::default(), depth }));
                }
            }
            Variables::Many(many) => {
                let many = Rc::make_mut(many);
                many.depth = depth;
                many.put((name, value));
            }
        }
    }

    /// Sets several variables, the later ones going before earlier ones of the same name.
    pub(super) fn extend(&mut self, more: Vec<Variable>) {
        let few: &[Variable] = match &self.0 {
            Variables::Few(few, ..) => few,
            _ => &[],
        };
        if more.len() + few.len() > FEW || matches!(self.0, Variables::Many(_)) {
            more.into_iter().for_each(|(name, value)| self.set(name, value));
            return;
        }
        // At once, so that the list is made once.
        let deepest = more.iter().map(|(_, value)| value.depth() + 1).max();
        let depth = self.depth().max(deepest.unwrap_or(0));
        let are_in_order = more.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let all = if few.is_empty() && are_in_order { more } else { merged(few, more) };
        if !all.is_empty() {
            let marks = Marks::of_all(&all);
            self.0 = Variables::Few(all.into(), marks, depth);
        }
    }

    /// Takes the value of a variable out, for another one that is soon set in its place.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.get(name)?;
        let value = match &mut self.0 {
            Variables::None => return None,
            Variables::Few(few, ..) => among(few, name).map(|at| &mut Rc::make_mut(few)[at].1),
            Variables::Many(many) => {
                let many = Rc::make_mut(many);
                match among(&many.last, name) {
                    Some(at) => Some(&mut Rc::make_mut(&mut many.last)[at].1),
                    None => many.tree.get_mut(name),
                }
            }
        };
        value.map(|value| std::mem::replace(value, Value::Bool(false)))
    }

    /// Removes a variable.
    pub fn remove(&mut self, name: &str) {
        match &mut self.0 {
            Variables::None => {}
            Variables::Few(few, ..) => *few = without(few, name),
            Variables::Many(many) => {
                let many = Rc::make_mut(many);
                Rc::make_mut(&mut many.last).retain(|(known, _)| **known != *name);
                many.tree.remove_mut(name);
            }
        }
    }

    /// Every variable, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Value)> {
        let (last, tree) = match &self.0 {
            Variables::None => (&[][..], None),
            Variables::Few(few, ..) => (&**few, None),
            Variables::Many(many) => (&many.last[..], Some(&many.tree)),
        };
        let mut last = last.iter().map(|(name, value)| (name, value)).peekable();
        let mut tree = tree.into_iter().flat_map(RedBlackTreeMap::iter).peekable();
        std::iter::from_fn(move || {
            let Some((name, _)) = last.peek() else { return tree.next() };
            match tree.peek() {
                Some((other, _)) if other < name => tree.next(),
                Some((other, _)) if other == name => {
                    tree.next();
                    last.next()
                }
                _ => last.next(),
            }
        })
    }

    /// How many variables there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Variables::None => 0,
            Variables::Few(few, ..) => few.len(),
            Variables::Many(many) => {
                let more = many.last.iter().filter(|(name, _)| !many.tree.contains_key(name));
                many.tree.size() + more.count()
            }
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How deeply its values are nested, itself among them.
    pub(super) fn depth(&self) -> u32 {
        match &self.0 {
            Variables::None => 0,
            Variables::Few(.., depth) => *depth,
            Variables::Many(many) => many.depth,
        }
    }
}

impl Many {
    /// Sets a variable among the last, which become part of the tree when they are too many.
    fn put(&mut self, variable: Variable) {
        match (place(&self.last, &variable.0), Rc::get_mut(&mut self.last)) {
            (Ok(at), _) => Rc::make_mut(&mut self.last)[at] = variable,
            (Err(at), Some(own)) => own.insert(at, variable),
            (Err(at), None) => {
                let mut copy = Vec::with_capacity(LAST + 1);
                copy.extend_from_slice(&self.last[..at]);
                copy.push(variable);
                copy.extend_from_slice(&self.last[at..]);
                self.last = Rc::new(copy);
            }
        }
        if self.last.len() > LAST {
            for (name, value) in Rc::make_mut(&mut self.last).drain(..) {
                self.tree.insert_mut(name, value);
            }
        }
    }
}

/// Where a variable is in a short list.
fn among(few: &[Variable], name: &str) -> Option<usize> {
    few.iter().position(|(known, _)| **known == *name)
}

/// The same of a variable that may not be there: then, where it would be.
fn place(few: &[Variable], name: &Rc<str>) -> Result<usize, usize> {
    few.binary_search_by(|(known, _)| known.cmp(name))
}

/// Sets a variable in a list, which is copied where others have it or where it becomes longer.
fn put(few: &mut Rc<[Variable]>, variable: Variable) {
    match place(few, &variable.0) {
        Ok(at) => Rc::make_mut(few)[at] = variable,
        Err(at) => {
            let (before, after) = few.split_at(at);
            let before = before.iter().cloned().chain([variable]);
            *few = before.chain(after.iter().cloned()).collect();
        }
    }
}

/// A list with more variables, the later ones going before earlier ones of the same name.
fn merged(few: &[Variable], more: Vec<Variable>) -> Vec<Variable> {
    let mut all = Vec::with_capacity(few.len() + more.len());
    all.extend_from_slice(few);
    for (name, value) in more {
        match place(&all, &name) {
            Ok(at) => all[at].1 = value,
            Err(at) => all.insert(at, (name, value)),
        }
    }
    all
}

fn without(few: &[Variable], name: &str) -> Rc<[Variable]> {
    few.iter().filter(|(known, _)| **known != *name).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and values as they are listed.
    fn shown(env: &Env) -> String {
        let all = env.iter().map(|(name, value)| format!("{name}={}", value.shown()));
        all.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn variables_are_in_the_order_of_their_names_however_many_they_are() {
        let mut env = Env::default();
        let mut names: Vec<String> = (0..60).map(|n| format!("v{}", n * 7 % 60)).collect();
        for (count, name) in names.clone().iter().enumerate() {
            env.set(name.as_str(), Value::Int(1));
            let before = env.clone();
            env.set(name.as_str(), Value::Int(2));
            assert_eq!(before.get(name).map(Value::shown).as_deref(), Some("1"));
            assert_eq!(env.get(name).map(Value::shown).as_deref(), Some("2"));
            assert_eq!((env.len(), before.len()), (count + 1, count + 1));
        }
        names.sort();
        let all: Vec<String> = names.iter().map(|name| format!("{name}=2")).collect();
        assert_eq!(shown(&env), all.join(" "));
        assert!(env.get("v").is_none() && env.take("v").is_none());
    }

    #[test]
    fn several_are_set_as_one_after_the_other() {
        let int = |name: &str, value| (Rc::from(name), Value::Int(value));
        let mut env = Env::default();
        env.extend(Vec::new());
        assert!(env.is_empty());
        env.extend(vec![int("b", 1), int("a", 2), int("b", 3)]);
        assert_eq!((shown(&env).as_str(), env.depth()), ("a=2 b=3", 1));
        env.extend(vec![int("c", 4), ("a".into(), Value::list([Value::Int(5)]))]);
        assert_eq!((shown(&env).as_str(), env.depth()), ("a=[5] b=3 c=4", 2));
        env.extend((0..FEW).map(|n| int(&format!("v{n}"), 6)).collect());
        env.extend(vec![int("a", 7)]);
        assert_eq!((env.len(), env.depth()), (FEW + 3, 2));
        assert!(shown(&env).starts_with("a=7 b=3 c=4 v0=6"));
    }

    #[test]
    fn what_is_removed_or_taken_stays_in_copies() {
        for count in [1, FEW + 1, FEW + 2, 3 * FEW] {
            let mut env = Env::default();
            (0..count).for_each(|n| env.set(format!("v{n}"), Value::list([Value::Int(1)])));
            assert_eq!((env.depth(), Env::default().depth()), (2, 0));
            let (mut removed, mut taken) = (env.clone(), env.clone());
            removed.remove("v0");
            assert_eq!(taken.take("v0").map(|value| value.shown()).as_deref(), Some("[1]"));
            assert_eq!((env.len(), removed.len(), taken.len()), (count, count - 1, count));
            assert!(removed.get("v0").is_none() && env.get("v0").is_some());
        }
    }
}
