//! Modules that are made of others: the files of a pack become a flat list, in which each says what it is inside of.

use std::rc::Rc;

use super::env::Env;
use super::files::Place;
use super::project::Project;
use super::translate::capitalized;
use super::value::{Items, Text, Value};
use crate::ocaml::sources::name_of;

/// A pack whose files are being listed.
pub(super) struct Packing {
    name: Text,
    options: Env,
    /// The modules that its files are inside of, itself the last: `A.B`.
    scope: String,
    /// The options of a file that has none of its own. Files share them, whatever their number.
    inside: Env,
    /// What the last file that was inside of others had, and that with what is around it.
    last: Option<(Items, Value)>,
    /// Something is in it, beside what is in packs inside of it.
    has_members: bool,
}

impl Packing {
    /// A pack without files, inside of another one or of none.
    pub(super) fn new(name: Text, options: Env, outer: Option<&Self>) -> Self {
        let scope = inside(outer.map_or("", |outer| &outer.scope), &module_of(&name.text));
        let mut inside = Env::default();
        inside.set(PACKED, scope_value(&scope));
        Self { name, options, scope, inside, last: None, has_members: false }
    }

    /// Lists a file; one that says already what it is inside of is inside of that and of this pack. `false`
    /// where the value is no file.
    pub(super) fn add(&mut self, file: &Value, out: &mut Vec<Value>) -> bool {
        let Some((text, options)) = file.element() else { return false };
        let text = Value::Text(text.clone());
        let Some(mut options) = options.filter(|options| !options.is_empty()).cloned() else {
            self.has_members = true;
            out.push(Value::with(text, self.inside.clone()));
            return true;
        };
        let around = match (options.get(PACKED), &self.last) {
            (Some(Value::List(inner)), Some((known, around))) if known.is(inner) => around.clone(),
            (Some(Value::List(inner)), _) => {
                let around = scope_value(&inside(&self.scope, &scope_of(&options)));
                self.last = Some((inner.clone(), around.clone()));
                around
            }
            _ => {
                self.has_members = true;
                scope_value(&self.scope)
            }
        };
        options.set(PACKED, around);
        out.push(Value::with(text, options));
        true
    }

    /// The file that stands for the whole of it, behind its own.
    pub(super) fn module(mut self) -> Value {
        self.options.set("pack", Value::Bool(self.has_members));
        let text = format!("{}.ml", stem(&self.name.text)).into();
        Value::with(Value::Text(Text { text, ..self.name }), self.options)
    }
}

/// The option of a file that says which modules it is inside of. Where a pack set it, it is a list of one text
/// for all of them, which costs the same at every level.
const PACKED: &str = "packed";

fn scope_value(scope: &str) -> Value {
    Value::list([Value::text(scope)])
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
    if scope.is_empty() { module.to_owned() } else { format!("{scope}.{module}") }
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
        let mut packing = Packing::new(name.clone(), options.clone(), None);
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
