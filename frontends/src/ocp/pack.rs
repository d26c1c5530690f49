//! Modules that are made of others: the files of a pack become a flat list, in which each says what it is inside of.

use std::rc::Rc;

use super::env::{Env, Variable};
use super::files::Place;
use super::project::Project;
use super::translate::capitalized;
use super::value::{Text, Value};
use crate::ocaml::sources::name_of;

/// A pack whose files are being listed.
pub(super) struct Packing {
    names: Names,
    name: Text,
    options: Env,
    /// The modules that its files are inside of, itself the last: `A.B`. Files share it, whatever their number.
    scope: Rc<str>,
    /// The options of a file that has none of its own, once there is one.
    inside: Option<Env>,
    /// What the last file that was inside of others had, and that with what is around it.
    last: Option<(Rc<str>, Rc<str>)>,
    /// Something is in it, beside what is in packs inside of it.
    has_members: bool,
}

/// The option of a file that says which modules it is inside of. Where a pack set it, it is one text for all of
/// them, which costs the same at every level.
const PACKED: &str = "packed";

/// The option of the file that stands for a pack.
pub(super) const PACK: &str = "pack";

/// The names of the options that packs set, which all of them share.
#[derive(Clone, Debug)]
pub(super) struct Names {
    packed: Rc<str>,
    pack: Rc<str>,
}

impl Default for Names {
    fn default() -> Self {
        Self { packed: PACKED.into(), pack: PACK.into() }
    }
}

impl Packing {
    /// A pack without files, inside of another one or of none.
    pub(super) fn new(names: Names, name: Text, options: Env, outer: Option<&Self>) -> Self {
        let scope = inside(outer.map_or("", |outer| &outer.scope), &module_of(&name.text)).into();
        Self { names, name, options, scope, inside: None, last: None, has_members: false }
    }

    /// Lists a file; one that says already what it is inside of is inside of that and of this pack. `false`
    /// where the value is no file.
    pub(super) fn add(&mut self, file: &Value, out: &mut Vec<Value>) -> bool {
        let Some((text, options)) = file.element() else { return false };
        let text = Value::Text(text.clone());
        let Some(mut options) = options.filter(|options| !options.is_empty()).cloned() else {
            self.has_members = true;
            let inside = self.inside.get_or_insert_with(|| {
                let mut inside = Env::default();
                inside.set(self.names.packed.clone(), Value::text(self.scope.clone()));
                inside
            });
            out.push(Value::with(text, inside.clone()));
            return true;
        };
        let around = match (options.get(PACKED), &self.last) {
            (Some(Value::Text(inner)), Some((known, around))) if Rc::ptr_eq(known, &inner.text) => {
                around.clone()
            }
            (Some(packed @ (Value::Text(_) | Value::List(_))), _) if packed.holds() => {
                let around: Rc<str> = inside(&self.scope, &scope_of(&options)).into();
                self.last = match packed {
                    Value::Text(inner) => Some((inner.text.clone(), around.clone())),
                    _ => None,
                };
                around
            }
            _ => {
                self.has_members = true;
                self.scope.clone()
            }
        };
        options.set(self.names.packed.clone(), Value::text(around));
        out.push(Value::with(text, options));
        true
    }

    /// Lists a pack inside of this one, behind its own files.
    pub(super) fn add_pack(&mut self, inner: Self, out: &mut Vec<Value>) {
        if inner.options.get(PACKED).is_some() {
            let module = inner.module();
            self.add(&module, out);
            return;
        }
        self.has_members = true;
        let scope = Value::text(self.scope.clone());
        out.push(inner.module_with(Some((self.names.packed.clone(), scope))));
    }

    /// The file that stands for the whole of it, behind its own.
    pub(super) fn module(self) -> Value {
        self.module_with(None)
    }

    /// The same with one more option.
    fn module_with(mut self, packed: Option<Variable>) -> Value {
        let mut options = Vec::with_capacity(2);
        options.push((self.names.pack, Value::Bool(self.has_members)));
        options.extend(packed);
        self.options.extend(options);
        let text = [stem(&self.name.text), ".ml"].concat().into();
        Value::with(Value::Text(Text { text, ..self.name }), self.options)
    }
}

/// Whether a file has no other options than those that packs set.
pub(super) fn is_only_packed(options: &Env) -> bool {
    options.iter().all(|(name, _)| [PACK, PACKED].contains(&&**name))
}

/// The modules that a file with these options is inside of: `A.B`.
pub(super) fn scope_of(options: &Env) -> Rc<str> {
    let around = options.get(PACKED).map_or(&[][..], Value::items);
    let is_scope =
        |text: &str| !text.contains('/') && text.starts_with(|c: char| !c.is_ascii_lowercase());
    match around {
        [] => Rc::default(),
        [Value::Text(one)] if is_scope(&one.text) => one.text.clone(),
        several => {
            let names = several.iter().filter_map(|name| Some(module_of(&name.element()?.0.text)));
            names.collect::<Vec<_>>().join(".").into()
        }
    }
}

/// A module inside of others.
pub(super) fn inside(scope: &str, module: &str) -> String {
    if scope.is_empty() { module.to_owned() } else { [scope, ".", module].concat() }
}

/// The module that a pack is, as it is written: `sub/m.ml` and `M`.
fn module_of(name: &str) -> String {
    capitalized(name_of(stem(name)))
}

/// The files of a module that is made of others, then the module itself.
pub(super) fn pack(
    project: &mut Project<'_>,
    module: &Value,
    files: &Value,
    place: Place,
) -> Value {
    if let Some([(name, options)]) = module.elements().as_deref() {
        let names = project.packs.clone();
        let mut packing = Packing::new(names, name.clone(), options.clone(), None);
        let mut out = Vec::with_capacity(files.items().len() + 1);
        if files.items().iter().all(|file| packing.add(file, &mut out)) {
            out.push(packing.module());
            return Value::list(out);
        }
    }
    not_a_pack(project, place);
    Value::empty()
}

/// Says that a pack is none.
pub(super) fn not_a_pack(project: &mut Project<'_>, place: Place) {
    project.error(
        place,
        "a pack needs the name of one module, and a list of files",
        "write `pack Module [ \"file.ml\" ]`",
    );
}

/// `pack "sub/m.ml"` and `pack M` name the same way.
fn stem(name: &str) -> &str {
    name.strip_suffix(".ml").unwrap_or(name)
}
