//! Puts the modules of packs together, from the flat list in which each says what it is inside of.

use std::rc::Rc;

use hashbrown::HashMap;

use crate::package::{Inside, Packs};

/// The packs of a section while its modules are gone through.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    /// The pack that the last module is inside of, which is still to come, by its name with what it is inside of:
    /// `A.B`. The next one is inside of the same most often, or is the pack.
    last: Option<Rc<str>>,
    /// The modules of that.
    modules: Vec<Inside>,
    /// The modules of other packs that are still to come.
    open: HashMap<Rc<str>, Vec<Inside>>,
    /// The packs that are inside of none.
    done: Packs,
}

impl Gathering {
    /// A name, shared where it is that of a pack which has modules.
    pub(super) fn name(&self, name: &str) -> Rc<str> {
        let last = self.last.as_ref().filter(|last| ***last == *name);
        let open = || (!self.open.is_empty()).then(|| self.open.get_key_value(name)).flatten();
        let known = last.or_else(|| open().map(|(known, _)| known));
        known.map_or_else(|| name.into(), Rc::clone)
    }

    /// Whether a pack has modules.
    pub(super) fn has(&mut self, name: &str) -> bool {
        self.last.as_deref() == Some(name)
            || self.open.contains_key(name)
            || find(&mut self.done, name).is_some_and(|it| !it.is_empty())
    }

    /// Adds a module to the pack that it is inside of; its own stand before it. `name` is the module with what it
    /// is inside of.
    pub(super) fn add(&mut self, scope: &Rc<str>, name: &str, module: String) {
        let modules: Box<[Inside]> = if self.last.as_deref() == Some(name) {
            self.last = None;
            self.modules.drain(..).collect()
        } else if self.open.is_empty() {
            Box::default()
        } else {
            self.open.remove(name).unwrap_or_default().into()
        };
        if !scope.is_empty() {
            self.begin(scope);
            self.modules.push(Inside { name: module.into(), modules });
        } else if !modules.is_empty() {
            self.done.insert(module, modules);
        }
    }

    /// What comes next is inside of this pack.
    fn begin(&mut self, scope: &Rc<str>) {
        if self.last.as_ref().is_some_and(|last| Rc::ptr_eq(last, scope) || last == scope) {
            return;
        }
        self.put_away();
        if !self.open.is_empty() {
            self.modules = self.open.remove(scope).unwrap_or_default();
        }
        self.last = Some(scope.clone());
    }

    /// What comes next is inside of another pack than the last one.
    fn put_away(&mut self) {
        if let Some(last) = self.last.take() {
            self.open.insert(last, std::mem::take(&mut self.modules));
        }
    }

    /// All packs. Modules of a pack that was listed before them are in it as well.
    pub(super) fn finish(mut self) -> Packs {
        self.put_away();
        let mut late: Vec<(Rc<str>, Vec<Inside>)> = self.open.into_iter().collect();
        // A pack comes before those inside of it.
        late.sort_by(|(one, _), (two, _)| one.cmp(two));
        for (name, modules) in late {
            match find(&mut self.done, &name) {
                Some(known) => *known = [std::mem::take(known).into_vec(), modules].concat().into(),
                None => {
                    self.done.insert(name.to_string(), modules.into());
                }
            }
        }
        self.done
    }
}

/// The modules of what has this name, with what it is inside of. Names of modules may have dots as well.
fn find<'a>(packs: &'a mut Packs, name: &str) -> Option<&'a mut Box<[Inside]>> {
    let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
    let first = ends.map(|end| &name[..end]).find(|first| packs.contains_key(*first))?;
    let mut found = packs.get_mut(first)?;
    let mut rest = &name[first.len()..];
    while let Some(path) = rest.strip_prefix('.') {
        let after = |module: &Inside| {
            let after = path.strip_prefix(&*module.name)?;
            (after.is_empty() || after.starts_with('.')).then_some(after)
        };
        let at = found.iter().position(|module| after(module).is_some())?;
        rest = after(&found[at])?;
        found = &mut found[at].modules;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(packs: &Packs) -> String {
        let all = Inside::by_path(packs).into_iter();
        let all = all.map(|(pack, modules)| format!("{pack}: {}", modules.join(" ")));
        all.collect::<Vec<_>>().join(", ")
    }

    fn gathered(modules: &[(&str, &str)]) -> Gathering {
        let mut all = Gathering::default();
        for (scope, module) in modules {
            let name = all.name(&crate::ocp::pack::inside(scope, module));
            all.add(&(*scope).into(), &name, (*module).to_owned());
        }
        all
    }

    #[test]
    fn each_module_is_in_the_pack_that_it_names() {
        let mut all = gathered(&[
            ("A.B", "X"),
            ("A.B", "dir/Y"),
            ("A", "B"),
            ("A", "Z"),
            ("", "A"),
            ("", "Other"),
        ]);
        assert!(all.has("A") && all.has("A.B"));
        assert!(!all.has("A.Z") && !all.has("Other") && !all.has("B"));
        assert_eq!(shown(&all.finish()), "A: B Z, A.B: X dir/Y");
    }

    #[test]
    fn what_comes_late_is_added() {
        let all = gathered(&[
            ("A.b.c", "X"),
            ("A", "b.c"),
            ("", "A"),
            ("A.b.c.D", "Z"),
            ("A.b.c", "Y"),
            ("A", "W"),
            ("No", "V"),
        ]);
        assert_eq!(shown(&all.finish()), "A: b.c W, A.b.c: X Y, A.b.c.D: Z, No: V");
    }
}
