//! What arguments for ocamlbuild and source patterns mean for the model.

use super::super::evaluate::Fields;
use super::super::value::Item;
use super::compiled::leads_out;
use super::split::{comma_words, resplit, split_tags};
use super::{Translator, folder};
use crate::package::{Compiled, Generate, INFER, Package, Preprocess, Reads, Tool};

/// Arguments without a value that change nothing in what is built.
const IGNORED: [&str; 20] = [
    "-use-ocamlfind",
    "-classic-display",
    "-quiet",
    "-no-hygiene",
    "-no-links",
    "-no-sanitize",
    "-no-log",
    "-r",
    "-no-stdlib",
    "-just-plugin",
    "-no-plugin",
    "-ignore-plugin",
    "-documentation",
    "-sanitize",
    "-hygiene",
    "-show-tags",
    "-no-skip",
    "-cache",
    "-keep-going",
    "-byte-plugin",
];

/// Arguments with a value that change nothing in what is built.
const IGNORED_WITH_VALUE: [&str; 11] = [
    "-j",
    "-build-dir",
    "-log",
    "-plugin-tag",
    "-plugin-tags",
    "-install-lib-dir",
    "-install-bin-dir",
    "-ocamlrun",
    "-X",
    "-verbose",
    "-plugin-option",
];

/// The plugin that runs cppo.
const CPPO: &str = "cppo_ocamlbuild";

impl Translator<'_> {
    /// How sources that are not OCaml become OCaml.
    pub(super) fn generators(&mut self, sections: &[Fields]) -> Vec<Generate> {
        let mut wanted: Vec<&str> = Vec::new();
        let known = generators(&|name| self.tool(name));
        for fields in sections.iter().chain([&*self.package]) {
            let tools = fields.items("BuildTools").iter().map(|item| item.text.as_str());
            wanted.extend(tools);
            let patterns = fields
                .items("InterfacePatterns")
                .iter()
                .chain(fields.items("ImplementationPatterns"));
            for item in patterns {
                let ending = item.text.rsplit_once('.').map_or("", |(_, ending)| ending);
                match known.iter().find(|known| known.from == ending) {
                    Some(known) => wanted.push(match &known.tool {
                        Tool::External(name) | Tool::Internal(name) => name,
                    }),
                    None if matches!(ending, "ml" | "mli") => {}
                    // Some rule of the package's own makes OCaml of it.
                    None => self.own_rules = Some(ending.to_owned()),
                }
            }
        }
        let wanted = |generate: &Generate| match &generate.tool {
            Tool::External(name) | Tool::Internal(name) => {
                name.starts_with("ocamllex")
                    || name.starts_with("ocamlyacc")
                    || wanted.contains(&name.as_str())
            }
        };
        let mut generators: Vec<Generate> =
            known.iter().filter(|generate| wanted(generate)).cloned().collect();
        generators.extend(self.plugins_of_ocamlbuild());
        generators
    }

    /// What plugins of ocamlbuild make, as far as it is known.
    fn plugins_of_ocamlbuild(&mut self) -> Vec<Generate> {
        let Some((tags, at)) = self.package.text_at("XOCamlbuildPluginTags") else {
            return Vec::new();
        };
        let packages: Vec<&str> = tags
            .split(|c: char| c.is_whitespace() || "(),\"'".contains(c))
            .filter(|word| !word.is_empty() && !["package", "pkg"].contains(word))
            .collect();
        let others: Vec<&&str> = packages.iter().filter(|name| **name != CPPO).collect();
        if !others.is_empty() {
            let message =
                format!("`XOCamlbuildPluginTags`: what `{}` does is not known", others[0]);
            self.messages.warnings.add(|| {
                self.manifest.message(at, message).with_help(
                    "`mbuild configure --frontend setup` lets the package's own `setup.ml` build it",
                )
            });
        }
        if !packages.contains(&CPPO) {
            return Vec::new();
        }
        let version = self.variables.expand("OCAML:$ocaml_version").unwrap_or_default();
        ["ml", "mli"]
            .map(|ending| Generate {
                from: format!("cppo.{ending}"),
                to: vec![ending.to_owned()],
                tool: self.tool("cppo"),
                arguments: ["-V", &version, "-o", "${out}", "${in}"].map(str::to_owned).to_vec(),
                reads: Reads::Nothing,
                only: Vec::new(),
                inputs: Vec::new(),
                below: String::new(),
            })
            .to_vec()
    }

    fn tool(&self, name: &str) -> Tool {
        if self.names.is_program(name) {
            Tool::Internal(name.to_owned())
        } else {
            Tool::External(name.to_owned())
        }
    }

    /// Applies `XOCamlbuildExtraArgs`.
    pub(super) fn arguments(&mut self, model: &mut Package) {
        let items = resplit(self.package.items("XOCamlbuildExtraArgs"));
        let mut items = items.iter();
        while let Some(item) = items.next() {
            let name = item.text.as_str();
            if IGNORED.contains(&name) {
                continue;
            }
            if name == "-use-menhir" {
                model.generate.push(menhir(Vec::new()));
                continue;
            }
            let takes_value = IGNORED_WITH_VALUE.contains(&name)
                || matches!(
                    name,
                    "-cflag"
                        | "-cflags"
                        | "-lflag"
                        | "-lflags"
                        | "-docflag"
                        | "-docflags"
                        | "-tag"
                        | "-tags"
                        | "-I"
                        | "-Is"
                        | "-X"
                        | "-Xs"
                        | "-pp"
                        | "-pkg"
                        | "-pkgs"
                        | "-package"
                        | "-menhir"
                        | "-syntax"
                        | "-yaccflag"
                        | "-yaccflags"
                        | "-lexflag"
                        | "-lexflags"
                );
            if !takes_value {
                self.ignored_argument(item);
                continue;
            }
            let Some(value) = items.next() else {
                self.error(
                    item.at,
                    format!("ocamlbuild's `{name}` needs a value"),
                    "write it after the argument, or remove both",
                );
                return;
            };
            let text = self.expanded(&value.text, value.at);
            self.argument(model, item, value, &text);
        }
    }

    fn argument(&mut self, model: &mut Package, item: &Item, value: &Item, text: &str) {
        let each = |model: &mut Package, change: &dyn Fn(&mut Compiled)| {
            for section in &mut model.sections {
                section.compiled_mut().map(change);
            }
        };
        let listed = || comma_words(text);
        match item.text.as_str() {
            "-cflag" => each(model, &|compiled| compiled.ocaml_flags.push(text.to_owned())),
            "-cflags" => each(model, &|compiled| compiled.ocaml_flags.to_mut().extend(listed())),
            "-lflag" => each(model, &|compiled| compiled.link_flags.push(text.to_owned())),
            "-lflags" => each(model, &|compiled| compiled.link_flags.extend(listed())),
            "-I" | "-Is"
                if listed().iter().any(|dir| dir.starts_with('/') || leads_out("", dir)) =>
            {
                self.error(
                    value.at,
                    format!("`{}` leads out of the package: `{text}`", item.text),
                    "name folders below the one that `_oasis` stands in",
                );
            }
            "-I" => each(model, &|compiled| compiled.include.push(folder(text))),
            "-Is" => each(model, &|compiled| {
                compiled.include.extend(listed().iter().map(|dir| folder(dir)));
            }),
            "-pp" => each(model, &|compiled| {
                compiled.preprocess = Preprocess::Command(text.to_owned());
            }),
            "-syntax" => each(model, &|compiled| {
                compiled.preprocess = Preprocess::Camlp4(text.to_owned());
            }),
            "-docflag" => flags_of_documents(model, &[text.to_owned()]),
            "-docflags" => flags_of_documents(model, &listed()),
            "-yaccflag" | "-yaccflags" => flags_of_generator(model, "mly", &listed()),
            "-lexflag" | "-lexflags" => flags_of_generator(model, "mll", &listed()),
            "-menhir" => {
                let mut words = comma_words(text);
                let extra = if words.is_empty() { words } else { words.split_off(1) };
                model.generate.push(menhir(extra));
            }
            "-tag" | "-tags" | "-pkg" | "-pkgs" | "-package" => {
                let package = item.text.starts_with("-p");
                let tags: Vec<String> = split_tags(text)
                    .into_iter()
                    .map(|tag| if package { format!("package({tag})") } else { tag })
                    .collect();
                let line = format!("true: {}\n", tags.join(", "));
                match crate::tags::read(&self.manifest.path, line.as_bytes()) {
                    Ok(read) => {
                        let found = crate::tags::apply(&read, model, &|_| Vec::new());
                        for found in found {
                            self.messages.warnings.add(|| {
                                let placed = self.manifest.message(value.at, found.message);
                                placed.with_help(found.help.unwrap_or_default())
                            });
                        }
                    }
                    Err(all) => {
                        for found in all {
                            self.error(value.at, found.message, found.help.unwrap_or_default());
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn ignored_argument(&mut self, item: &Item) {
        self.messages.warnings.add(|| {
            let message = format!("ocamlbuild's argument `{}` is not known and ignored", item.text);
            self.manifest
                .message(item.at, message)
                .with_help("flags for the compilers stand after `-cflags` and `-lflags`")
        });
    }

    /// Flags for ocamldoc.
    pub(super) fn document_flags(&mut self, fields: &Fields) -> Vec<String> {
        let mut flags = self.expanded_items(fields.items("XOCamlbuildFlags"));
        let items = resplit(fields.items("XOCamlbuildExtraArgs"));
        let mut items = items.iter();
        while let Some(item) = items.next() {
            match (item.text.as_str(), items.clone().next()) {
                ("-docflag", Some(value)) => {
                    flags.push(self.expanded(&value.text, value.at));
                    items.next();
                }
                ("-docflags", Some(value)) => {
                    flags.extend(comma_words(&self.expanded(&value.text, value.at)));
                    items.next();
                }
                (name, _) if IGNORED.contains(&name) => {}
                (name, Some(_)) if IGNORED_WITH_VALUE.contains(&name) => {
                    items.next();
                }
                _ => self.ignored_argument(item),
            }
        }
        flags
    }
}

fn flags_of_documents(model: &mut Package, more: &[String]) {
    for section in &mut model.sections {
        if let crate::package::Section::Document(document) = section
            && let crate::package::DocumentKind::Ocamldoc { flags, .. } = &mut document.kind
        {
            flags.extend(more.iter().cloned());
        }
    }
}

fn flags_of_generator(model: &mut Package, ending: &str, more: &[String]) {
    for generate in model.generate.iter_mut().filter(|generate| generate.from == ending) {
        let before = generate.arguments.split_off(0);
        generate.arguments = more.iter().cloned().chain(before).collect();
    }
}

/// How sources become OCaml by programs that need no more than to be named.
pub(crate) fn standard() -> Vec<Generate> {
    generators(&|name| Tool::External(name.to_owned()))
}

fn generators(tool: &dyn Fn(&str) -> Tool) -> Vec<Generate> {
    let generate =
        |from: &str, to: &[&str], program: &str, arguments: &[&str], reads: Reads| Generate {
            from: from.to_owned(),
            to: to.iter().map(|ending| (*ending).to_owned()).collect(),
            tool: tool(program),
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            reads,
            only: Vec::new(),
            inputs: Vec::new(),
            below: String::new(),
        };
    vec![
        generate("mll", &["ml"], "ocamllex", &["-q", "-o", "${out}", "${in}"], Reads::Place),
        generate("mly", &["ml", "mli"], "ocamlyacc", &["-b${stem}", "${in}"], Reads::Place),
        generate("mod", &["ml"], "ocamlmod", &["-o", "${out}", "${in}"], Reads::Lines),
        generate("mlify", &["ml"], "ocamlify", &["--output", "${out}", "${in}"], Reads::Quoted),
    ]
}

/// Menhir in ocamlyacc's place as ocamlbuild has it: the compiler finds the types that a grammar does not say.
pub(crate) fn menhir(extra: Vec<String>) -> Generate {
    let untyped = extra.iter().any(|word| word == "--only-tokens" || word == "--no-infer");
    let mut generate = plain_menhir(extra);
    if !untyped {
        let before_source = generate.arguments.len() - 1;
        generate.arguments.insert(before_source, INFER.to_owned());
    }
    generate
}

/// The same where all types are said, or menhir needs none: it needs no interface of another module.
pub(crate) fn plain_menhir(extra: Vec<String>) -> Generate {
    let mut arguments = vec!["--base".to_owned(), "${stem}".to_owned()];
    arguments.extend(extra);
    arguments.push("${in}".to_owned());
    Generate {
        from: "mly".to_owned(),
        to: vec!["ml".to_owned(), "mli".to_owned()],
        tool: Tool::External("menhir".to_owned()),
        arguments,
        reads: Reads::Place,
        only: Vec::new(),
        inputs: Vec::new(),
        below: String::new(),
    }
}
