//! Modules that are made of others: the files of a pack become a flat list, in which each says what it is inside of.

use super::env::Env;
use super::files::Place;
use super::project::Project;
use super::value::{Items, Text, Value};

/// A pack whose files are being listed.
pub(super) struct Packing {
    name: Text,
    options: Env,
    /// The names of the packs around its files, itself the last. Files that it lists share it.
    around: Value,
    /// The names that the last file with some of its own had, and those with the ones around.
    last: Option<(Items, Value)>,
    members: Vec<Value>,
}

impl Packing {
    /// A pack without files, inside of another one or of none.
    pub(super) fn new(name: Text, options: Env, outer: Option<&Self>) -> Self {
        let outer = outer.map_or(&[][..], |outer| outer.around.items());
        let own = Value::text(stem(&name.text));
        let around = Value::list(outer.iter().cloned().chain([own]));
        Self { name, options, around, last: None, members: Vec::new() }
    }

    /// Lists a file; one that says already what it is inside of is inside of that and of this pack. `false`
    /// where the value is no file.
    pub(super) fn add(&mut self, file: &Value, out: &mut Vec<Value>) -> bool {
        let Some((text, options)) = file.element() else { return false };
        let mut options = options.cloned().unwrap_or_default();
        let around = match (options.get("packed"), &self.last) {
            (Some(Value::List(inner)), Some((known, around))) if known.is(inner) => around.clone(),
            (Some(Value::List(inner)), _) => {
                let around = Value::list(self.around.items().iter().chain(inner.iter()).cloned());
                self.last = Some((inner.clone(), around.clone()));
                around
            }
            _ => {
                self.members.push(Value::Text(text.clone()));
                self.around.clone()
            }
        };
        options.set("packed", around);
        out.push(Value::with(Value::Text(text.clone()), options));
        true
    }

    /// The file that stands for the whole of it, behind its own.
    pub(super) fn module(mut self) -> Value {
        self.options.set("pack", Value::list(self.members));
        let text = format!("{}.ml", stem(&self.name.text)).into();
        Value::with(Value::Text(Text { text, ..self.name }), self.options)
    }
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
