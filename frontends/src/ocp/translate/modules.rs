//! The modules of a package, from the files that it lists.

use std::collections::BTreeMap;

use super::super::project::{self, Description};
use super::super::syntax::Kind;
use super::super::value::{Env, Text, Value};
use super::Translator;
use super::options::Options;
use crate::ocaml::sources::join;
use crate::package::About;

/// What the files of a package are.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Modules as the model writes them, in the order of their implementations.
    pub(super) modules: Vec<String>,
    /// The file of each, relative to the package's folder.
    pub(super) sources: BTreeMap<String, String>,
    /// The options of each.
    pub(super) options: BTreeMap<String, Env>,
    /// Grammars and lexers with their options, relative to the project's folder.
    pub(super) generated: Vec<(String, Env)>,
    /// C sources and headers.
    pub(super) c_sources: Vec<String>,
    /// The module that all of them become.
    pub(super) pack: Option<String>,
}

impl Translator<'_> {
    /// The modules of a package whose sources stand in `path`.
    pub(super) fn modules(&mut self, described: &Description, path: &str) -> Found {
        let mut found = Found::default();
        let mut interfaces: Vec<(String, Text, Env)> = Vec::new();
        let listed = described.options.get("files");
        let files = listed.map_or(Some(Vec::new()), Value::elements);
        let Some(files) = files else {
            let place = described.name.place;
            let kind = listed.map_or("nothing", Value::kind);
            let message =
                format!("`files` of `{}` is no list of files, but {kind}", described.name.text);
            self.error(place, message, "write `files = [ \"a.ml\" \"b.ml\" ]`");
            return found;
        };
        let mut packs: Vec<(String, Text)> = Vec::new();
        let mut outside: Option<Text> = None;
        for (file, own) in files {
            let options = Options::of_file(&own, &described.options, &self.globals);
            let subdir =
                options.get("subdir").and_then(|value| value.joined("/")).unwrap_or_default();
            let written = if subdir.is_empty() {
                file.text.to_string()
            } else {
                format!("{subdir}/{}", file.text)
            };
            if let Some(members) = own.get("pack").filter(|members| members.holds()) {
                let stem = file.text.strip_suffix(".ml").unwrap_or(&file.text);
                let module = capitalized(stem.rsplit('/').next().unwrap_or(stem));
                let deeper = own.get("packed").is_some_and(Value::holds);
                if deeper || members.words().is_none() {
                    self.nested(&file);
                } else {
                    packs.push((module, file.clone()));
                }
                continue;
            }
            if !own.get("packed").is_some_and(Value::holds) {
                outside.get_or_insert(file.clone());
            }
            let Some(full) = project::inside(path, &written) else {
                self.leads_out(file.place, &written);
                continue;
            };
            let written = crate::ocaml::sources::clean(&written);
            let (stem, ending) = match written.rsplit_once('.') {
                Some((stem, ending)) if !ending.contains('/') => (stem, ending),
                _ => (written.as_str(), ""),
            };
            if !self.is_module_file(&file, stem) {
                continue;
            }
            match ending {
                "c" | "h" => {
                    self.says(described, About::CSource, &file);
                    found.c_sources.push(written);
                }
                "ml" | "mll" | "mly" | "" => {
                    let module = module_of(stem);
                    if self.makes(described, &file, &full, &own)
                        || ending == "ml"
                        || ending.is_empty()
                    {
                    } else {
                        found.generated.push((full.clone(), own.clone()));
                    }
                    let source =
                        if ending == "ml" { written.clone() } else { format!("{stem}.ml") };
                    self.add(described, &mut found, &module, source, &file, own);
                }
                "mli" => interfaces.push((module_of(stem), file, own)),
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
        for (module, file, own) in interfaces {
            if !found.sources.contains_key(&module) {
                let source = file.text.to_string();
                self.add(described, &mut found, &module, source, &file, own);
                // A program's main module is the last that has an implementation.
                if described.kind != Kind::Library && described.kind != Kind::Objects {
                    found.modules.rotate_right(1);
                }
            }
        }
        self.packs(described, &mut found, &packs, outside.as_ref());
        found
    }

    fn nested(&mut self, file: &Text) {
        self.error(
            file.place,
            "packs inside packs are not supported",
            "make a library of each that is a pack of its own",
        );
    }

    /// One pack that holds everything is a packed library.
    fn packs(
        &mut self,
        described: &Description,
        found: &mut Found,
        packs: &[(String, Text)],
        outside: Option<&Text>,
    ) {
        let Some((module, file)) = packs.first() else { return };
        if packs.len() > 1 || outside.is_some() || described.kind != Kind::Library {
            let message = format!("pack `{module}` is not all that `{}` is", described.name.text);
            self.error(
                file.place,
                message,
                "let a library be one pack and nothing else, and require it where it is used",
            );
            return;
        }
        found.pack = Some(module.clone());
    }

    fn add(
        &mut self,
        described: &Description,
        found: &mut Found,
        module: &str,
        source: String,
        file: &Text,
        own: Env,
    ) {
        if found.sources.contains_key(module) {
            self.warn(
                file.place,
                format!("module `{module}` is listed twice"),
                "leave it where it is linked in the right order",
            );
            return;
        }
        let at = Text { text: module.into(), ..file.clone() };
        self.says(described, About::Module, &at);
        self.says(described, About::Main, &Text { text: source.as_str().into(), ..file.clone() });
        found.modules.push(module.to_owned());
        found.sources.insert(module.to_owned(), source);
        found.options.insert(module.to_owned(), own);
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

/// The module of a file, as the model writes it: `dir/foo` becomes `dir/Foo`.
fn module_of(stem: &str) -> String {
    match stem.rsplit_once('/') {
        Some((folder, name)) => join(folder, &capitalized(name)),
        None => capitalized(stem),
    }
}

pub(in crate::ocp) fn capitalized(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + chars.as_str())
        .unwrap_or_default()
}
