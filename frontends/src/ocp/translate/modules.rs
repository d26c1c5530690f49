//! The modules of a package, from the files that it lists.

use std::hash::BuildHasher as _;
use std::rc::Rc;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::super::env::Env;
use super::super::files::Place;
use super::super::pack::{PACK, inside, is_only_packed, scope_of};
use super::super::project::{self, Description};
use super::super::value::{Text, Value};
use super::Translator;
use super::options::Options;
use super::packs::Gathering;
use crate::ocaml::sources::{clean, join};
use crate::package::About;

/// What the files of a package are.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Modules, in the order of their implementations; those that are made of others among them.
    pub(super) modules: Vec<Listed>,
    /// Grammars and lexers with their options, relative to the project's folder.
    pub(super) generated: Vec<(String, Env)>,
    /// C sources and headers.
    pub(super) c_sources: Vec<String>,
    /// The modules inside of those that are made of others.
    pub(super) packs: Gathering,
    /// The numbers of the modules by the hashes of their names, while they are found.
    numbers: HashTable<u32>,
    hashes: DefaultHashBuilder,
}

/// A module that a package lists.
#[derive(Debug)]
pub(super) struct Listed {
    /// As the model writes it, in what it is inside of: `dir/Foo`, `Pack.dir/Foo`.
    pub(super) name: Rc<str>,
    /// Its file, relative to the package's folder; nothing where it is made of others.
    pub(super) source: Rc<str>,
    /// The options of its file.
    pub(super) options: Env,
    /// Where it is listed.
    pub(super) place: Place,
    /// It is inside of another one.
    inside: bool,
    /// It has no implementation.
    interface: bool,
}

impl Found {
    /// Room for so many modules.
    fn reserve(&mut self, count: usize) {
        self.modules.reserve(count);
        self.numbers.reserve(count, |_| 0);
    }

    /// Whether there is a module of this name.
    fn has(&self, name: &str) -> bool {
        let same = |at: &u32| *self.modules[*at as usize].name == *name;
        self.numbers.find(self.hashes.hash_one(name), same).is_some()
    }

    /// Adds a module; `false` where there is one of its name.
    fn push(&mut self, module: Listed) -> bool {
        let Self { modules, numbers, hashes, .. } = self;
        let hash = |name: &str| hashes.hash_one(name);
        let same = |at: &u32| modules[*at as usize].name == module.name;
        let again = |at: &u32| hash(&modules[*at as usize].name);
        // No manifest lists more than there are such numbers.
        let next = u32::try_from(modules.len()).unwrap_or(u32::MAX);
        match numbers.entry(hash(&module.name), same, again) {
            Entry::Occupied(_) => return false,
            Entry::Vacant(place) => place.insert(next),
        };
        modules.push(module);
        true
    }

    /// The modules that are inside of no other, in the order in which they are linked.
    pub(super) fn outside(self) -> Vec<String> {
        let count = self.modules.iter().filter(|one| !one.inside).count();
        let mut outside = Vec::with_capacity(count);
        let modules = self.modules.into_iter().filter(|one| !one.inside);
        outside.extend(modules.map(|one| one.name.to_string()));
        outside
    }

    /// Takes the main module of a program, the last one that has an implementation.
    pub(super) fn take_main(&mut self) -> Option<Listed> {
        let last = self.modules.iter().rposition(|one| !one.inside && !one.interface)?;
        Some(self.modules.remove(last))
    }
}

impl Translator<'_> {
    /// The modules of a package whose sources stand in `path`.
    pub(super) fn modules(&mut self, described: &Description, path: &str) -> Found {
        let mut found = Found::default();
        let mut interfaces: Vec<(Text, Rc<str>, String, Env)> = Vec::new();
        let nothing = Value::empty();
        let listed = described.options.get("files").unwrap_or(&nothing);
        let Some(files) = listed.each() else {
            let place = described.name.place;
            let message = format!(
                "`files` of `{}` is no list of files, but {}",
                described.name.text,
                listed.kind()
            );
            self.error(place, message, "write `files = [ \"a.ml\" \"b.ml\" ]`");
            return found;
        };
        let own_folder = Options::of(&described.options, &self.globals)
            .get("subdir")
            .and_then(|value| value.joined("/"))
            .unwrap_or_default();
        let makes = Options::of(&described.options, &self.globals);
        let makes = makes.flag("ocp2ml") || !makes.words("file2string").is_empty();
        let count = listed.items().len();
        found.reserve(count);
        let none = Env::default();
        for (file, own) in files {
            let own = own.unwrap_or(&none);
            let subdir = own.get("subdir").and_then(|value| value.joined("/"));
            let written = join(subdir.as_deref().unwrap_or(&own_folder), &file.text);
            let scope = scope_of(own);
            let is_pack = own.get(PACK).is_some_and(Value::holds);
            let own = if is_only_packed(own) { &none } else { own };
            if is_pack {
                self.packed(described, &mut found, file, &scope, own.clone());
                continue;
            }
            let Some(full) = project::inside(path, &written) else {
                self.leads_out(file.place, &written);
                continue;
            };
            let written = clean(&written);
            let (stem, ending) = match written.rsplit_once('.') {
                Some((stem, ending)) if !ending.contains('/') => (stem, ending),
                _ => (written.as_str(), ""),
            };
            if !self.is_module_file(file, stem) {
                continue;
            }
            match ending {
                "c" | "h" => {
                    self.says(described, About::CSource, file);
                    found.c_sources.push(written);
                }
                "ml" | "mll" | "mly" | "" => {
                    let made =
                        (makes || !own.is_empty()) && self.makes(described, file, &full, own);
                    if !made && ending.starts_with("ml") && ending != "ml" {
                        found.generated.push((full, own.clone()));
                    }
                    let source = if ending == "ml" && *file.text == written {
                        file.text.clone()
                    } else {
                        format!("{stem}.ml").into()
                    };
                    let module = module_of(stem);
                    let name = inside(&scope, &module);
                    let listed = (module, name, source, own.clone());
                    self.add(described, &mut found, file, &scope, listed);
                }
                "mli" => {
                    interfaces.push((file.clone(), scope, stem.to_owned(), own.clone()));
                }
                _ => {
                    let message = format!("`{}` is no kind of source that is known", file.text);
                    self.error(
                        file.place,
                        message,
                        "sources end in `.ml`, `.mli`, `.mll`, `.mly`, `.c` or `.h`",
                    );
                }
            }
        }
        for (file, scope, stem, own) in interfaces {
            let module = module_of(&stem);
            let name = inside(&scope, &module);
            if !found.has(&name) {
                let source = format!("{stem}.mli").into();
                self.add(described, &mut found, &file, &scope, (module, name, source, own));
                if let Some(last) = found.modules.last_mut() {
                    last.interface = true;
                }
            }
        }
        found
    }

    /// A module that is made of others, which stand before it.
    fn packed(
        &mut self,
        described: &Description,
        found: &mut Found,
        file: &Text,
        scope: &Rc<str>,
        own: Env,
    ) {
        let stem = file.text.strip_suffix(".ml").unwrap_or(&file.text);
        let stem = stem.rsplit('/').next().unwrap_or(stem);
        if !self.is_module_file(file, stem) {
            return;
        }
        let module = module_of(stem);
        let name = inside(scope, &module);
        if !found.packs.has(&name) {
            let message = format!("pack `{name}` has no modules");
            self.error(file.place, message, "name files of it: `pack Module [ \"file.ml\" ]`");
            return;
        }
        if scope.matches('.').count() > PACKS {
            let message = format!("more than {PACKS} packs inside each other");
            self.error(file.place, message, "put modules into fewer packs");
            return;
        }
        self.add(described, found, file, scope, (module, name, Rc::default(), own));
    }

    /// Adds a module, given with its name in what it is inside of, its file, and the options of that.
    fn add(
        &mut self,
        described: &Description,
        found: &mut Found,
        file: &Text,
        scope: &Rc<str>,
        (module, name, source, options): (String, String, Rc<str>, Env),
    ) {
        let name = found.packs.name(&name);
        let inside = !scope.is_empty();
        let place = file.place;
        let listed =
            Listed { name: name.clone(), source, options, place, inside, interface: false };
        if !found.push(listed) {
            self.warn(
                file.place,
                format!("module `{name}` is listed twice"),
                "leave it where it is linked in the right order",
            );
            return;
        }
        self.says_of(described, About::Module, &module, file.place);
        found.packs.add(scope, &name, module);
    }

    /// Whether a file can be that of a module: its name becomes part of commands and of other names.
    fn is_module_file(&mut self, file: &Text, stem: &str) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-'.+".contains(c);
        let good = stem.split('/').all(|part| !part.is_empty() && part.chars().all(plain))
            && !stem.starts_with('-');
        if !good {
            self.error(
                file.place,
                format!("`{}` cannot be the name of a source", file.text),
                "use letters, digits, `_` and `-`, and `/` between folders",
            );
        }
        good
    }
}

/// Packs inside each other beyond this are an error.
const PACKS: usize = 30;

/// The module of a file, as the model writes it: `dir/foo` becomes `dir/Foo`.
fn module_of(stem: &str) -> String {
    match stem.rsplit_once('/') {
        Some((folder, name)) => join(folder, &capitalized(name)),
        None => capitalized(stem),
    }
}

pub(in crate::ocp) fn capitalized(name: &str) -> String {
    let mut out = name.to_owned();
    // Names may begin with any letter; those beyond ASCII stay as they are.
    if let Some(first) = out.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    out
}
