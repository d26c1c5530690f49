//! What libraries, objects and executables share.

use std::collections::BTreeSet;

use bstr::ByteSlice;

use super::super::ast::Kind;
use super::super::evaluate::Fields;
use super::super::value::Item;
use super::super::variables::is_folder;
use super::{Translator, described, folder};
use crate::package::{About, Code, Compiled, Data, Depend, Package, Preprocess};
use crate::suggest;

impl Translator<'_> {
    pub(super) fn compiled(&mut self, fields: &Fields) -> Compiled {
        let code = match fields.text("CompiledObject") {
            Some("byte" | "bytecode_object") => Code::Byte,
            Some("native" | "native_object") => Code::Native,
            _ => Code::Best,
        };
        self.one_file_name(fields.name.at, &fields.name.text, "section");
        let path = self.inside(fields, "Path");
        if let Some((_, at)) = fields.text_at("Path") {
            self.places.says(About::Path, &path, at);
        }
        for (name, about) in [
            ("Modules", About::Module),
            ("InternalModules", About::Module),
            ("CSources", About::CSource),
            ("MainIs", About::Main),
            ("FindlibExtraFiles", About::Data),
        ] {
            self.sources(fields, name, about, &path);
        }
        for name in ["FindlibName", "FindlibContainers", "FindlibFullName"] {
            let one = fields.text_at(name).map(|(text, at)| (text.to_owned(), at));
            let several = fields.items(name).iter().map(|item| (item.text.clone(), item.at));
            for (text, at) in one.into_iter().chain(several).collect::<Vec<_>>() {
                self.one_file_name(at, &text, "findlib package");
            }
        }
        let data = self.data(fields, &path);
        Compiled {
            name: fields.name.text.clone(),
            path,
            build: fields.bool("Build"),
            install: fields.bool("Install"),
            code,
            depends: self.depends(fields),
            tools: self.tools(fields, ""),
            c_sources: fields.strings("CSources"),
            c_flags: self.expanded_items(fields.items("CCOpt")),
            c_libraries: self.expanded_items(fields.items("CCLib")),
            dll_libraries: self.expanded_items(fields.items("DllLib")),
            dll_paths: self.expanded_items(fields.items("DllPath")),
            byte_flags: self.expanded_items(fields.items("ByteOpt")),
            native_flags: self.expanded_items(fields.items("NativeOpt")),
            data,
            // `_tags` as OASIS writes it begins with `true: annot, bin_annot`.
            annot: true,
            findlib_files: fields.strings("FindlibExtraFiles"),
            findlib_folder: fields
                .is_given("FindlibDirectory")
                .then(|| self.inside(fields, "FindlibDirectory")),
            ..Compiled::default()
        }
    }

    /// A folder of the package.
    pub(super) fn inside(&mut self, fields: &Fields, name: &str) -> String {
        let Some((text, at)) = fields.text_at(name) else { return String::new() };
        let path = folder(text);
        if text.starts_with('/') || path.split('/').any(|part| part == "..") {
            self.error(
                at,
                format!("`{name}` leads out of the package: `{text}`"),
                "name a folder below the one that `_oasis` stands in",
            );
        }
        path
    }

    /// Names that files are called by: what is built and installed is put below folders of ours by them.
    pub(super) fn one_file_name(&mut self, at: usize, name: &str, of: &str) {
        if name.contains('/') || [".", ".."].contains(&name) {
            self.error(
                at,
                format!("the name of a {of} is that of a file, and `{name}` is none"),
                "choose a name without `/`",
            );
        }
    }

    /// Sources are found from `path`, and what is made from them is put below the build folder likewise.
    pub(super) fn sources(&mut self, fields: &Fields, name: &str, about: About, path: &str) {
        let items: Vec<(String, usize)> = if name == "MainIs" {
            fields.text_at(name).map(|(text, at)| (text.to_owned(), at)).into_iter().collect()
        } else {
            fields.items(name).iter().map(|item| (item.text.clone(), item.at)).collect()
        };
        for (text, at) in items {
            let in_c = about == About::Main && text.ends_with(".c");
            self.places.says(if in_c { About::CSource } else { about }, &text, at);
            if text.starts_with('/') || leads_out(path, &text) {
                self.error(
                    at,
                    format!("`{name}` leads out of the package: `{text}`"),
                    "move the file below the folder that `_oasis` stands in",
                );
            }
        }
    }

    /// Files to install, found from the folder `path`.
    pub(super) fn data(&mut self, fields: &Fields, path: &str) -> Vec<Data> {
        self.sources(fields, "DataFiles", About::Data, path);
        let items: Vec<Item> = fields.items("DataFiles").to_vec();
        let mut all = Vec::new();
        for item in items {
            let target = item.argument.as_ref().map(|target| {
                let at = item.at + item.text.len();
                let expanded = self.expanded(target, at);
                // Blanks and a parenthesis stand before it.
                let before = self.manifest.content.get(at..).and_then(|rest| rest.find(target));
                self.below_prefix("DataFiles", &expanded, target, at + before.unwrap_or_default());
                expanded
            });
            all.push(Data { glob: item.text, target });
        }
        all
    }

    /// Refuses a folder to install to that is not below one of the installation folders: these are what the
    /// user decides, and nothing is installed elsewhere.
    pub(super) fn below_prefix(&mut self, field: &str, target: &str, written: &str, at: usize) {
        let named = target.strip_prefix("${").and_then(|rest| rest.split_once('}'));
        let rest = match named {
            Some((folder, rest)) if is_folder(folder) && folder != "destdir" => rest,
            _ => target,
        };
        let joined = named.is_some_and(|_| rest.is_empty() || rest.starts_with('/'));
        let below = if rest.len() < target.len() { joined } else { !target.starts_with('/') };
        if !below || target.starts_with("${destdir}") || leads_out("", rest) {
            self.error(
                at,
                format!("`{field}` installs outside of the prefix: `{written}`"),
                "begin it with `$datadir`, `$sysconfdir` or another installation folder, without `..`",
            );
        }
    }

    fn depends(&mut self, fields: &Fields) -> Vec<Depend> {
        let mut depends: Vec<Depend> = Vec::new();
        let items: Vec<Item> = self
            .package
            .items("BuildDepends")
            .iter()
            .chain(fields.items("BuildDepends"))
            .cloned()
            .collect();
        for item in items {
            let depend = match self.names.section(&item.text).map(str::to_owned) {
                Some(section) => self.internal(fields, &item, section),
                None => self.external(&item),
            };
            match depend {
                Some(depend) if !depends.contains(&depend) => {
                    let (Depend::Findlib { name, .. } | Depend::Internal(name)) = &depend;
                    self.places.says(About::Depend, name, item.at);
                    depends.push(depend);
                }
                _ => {}
            }
        }
        depends
    }

    fn internal(&mut self, fields: &Fields, item: &Item, section: String) -> Option<Depend> {
        if item.argument.is_some() {
            self.error(
                item.at,
                format!(
                    "`{}` is a library of this package and takes no version constraint",
                    item.text
                ),
                format!("write `{}`", item.text),
            );
        }
        if section == fields.name.text && fields.kind != Kind::Executable {
            // Those of the package are given to every section, the one they name among them.
            if fields.items("BuildDepends").iter().any(|own| own.at == item.at) {
                self.error(
                    item.at,
                    format!("library `{section}` depends on itself"),
                    "remove it from its `BuildDepends`",
                );
            }
            return None;
        }
        Some(Depend::Internal(section))
    }

    fn external(&mut self, item: &Item) -> Option<Depend> {
        if let Some(full) = self.names.of_section(&item.text) {
            let found = self
                .manifest
                .message(item.at, format!("`{}` is taken for an installed package", item.text))
                .with_help(format!("the library of that section has the findlib name `{full}`"));
            self.messages.warnings.push(found);
        }
        Some(Depend::Findlib { name: item.text.clone(), constraint: item.argument.clone() })
    }

    /// Sections that use a syntax extension, or a library that does, go through camlp4; libraries
    /// that need each other in a circle are found on the way.
    pub(super) fn syntax_extensions(&mut self, model: &mut Package, sections: &[Fields]) {
        let automatic = !self
            .package
            .items("AlphaFeatures")
            .iter()
            .any(|feature| feature.text == "no_automatic_syntax");
        let built: Vec<Compiled> = model.compiled().cloned().collect();
        let libraries: Vec<_> = built
            .iter()
            .zip(sections.iter().filter(|fields| {
                matches!(fields.kind, Kind::Library | Kind::Object | Kind::Executable)
            }))
            .collect();
        let library = |name: &str| {
            libraries
                .iter()
                .find(|(compiled, fields)| compiled.name == name && fields.kind != Kind::Executable)
        };
        let mut circles = BTreeSet::new();
        let mut with_syntax = BTreeSet::new();
        for (index, (compiled, fields)) in libraries.iter().enumerate() {
            let mut todo = vec![(*compiled, vec![compiled.name.as_str()])];
            let mut seen = BTreeSet::new();
            while let Some((current, path)) = todo.pop() {
                for depend in &current.depends {
                    match depend {
                        Depend::Findlib { name, .. } => {
                            if Preprocess::of_package(name) != Preprocess::None {
                                with_syntax.insert(index);
                            }
                        }
                        Depend::Internal(name) => {
                            if *name == compiled.name && fields.kind != Kind::Executable {
                                let mut members: Vec<_> =
                                    path.iter().map(|name| (*name).to_owned()).collect();
                                let shown = format!("{} -> {name}", path.join(" -> "));
                                members.sort();
                                if circles.insert(members) {
                                    self.messages.errors.push(
                                        self.manifest
                                            .message(
                                                fields.at("BuildDepends"),
                                                format!("libraries depend on each other: {shown}"),
                                            )
                                            .with_help("move what both need into a third library"),
                                    );
                                }
                            } else if seen.insert(name.as_str())
                                && let Some((next, _)) = library(name)
                            {
                                let mut path = path.clone();
                                path.push(name);
                                todo.push((*next, path));
                            }
                        }
                    }
                }
            }
        }
        if !automatic {
            return;
        }
        let sections = model.sections.iter_mut().filter_map(|section| section.compiled_mut());
        for (index, compiled) in sections.enumerate() {
            if with_syntax.contains(&index) {
                compiled.preprocess = Preprocess::Camlp4("camlp4o".to_owned());
            }
        }
    }

    /// The findlib names of libraries of this package that a document shows.
    pub(super) fn own_libraries(&mut self, fields: &Fields, name: &str) -> Vec<String> {
        for item in fields.items(name) {
            if self.names.section(&item.text).is_some() {
                continue;
            }
            let list = || format!("its libraries are {}", suggest::list(self.names.all()));
            let help = suggest::help(&item.text, self.names.all(), list);
            let message = format!(
                "{} shows `{}`, which is no library of the package",
                described(fields),
                item.text
            );
            self.messages.errors.push(self.manifest.message(item.at, message).with_help(help));
        }
        fields.strings(name)
    }
}

/// Whether `text`, from the folder `path` on, goes above the folder that both are in.
pub(super) fn leads_out(path: &str, text: &str) -> bool {
    let mut depth = path.split('/').filter(|part| !part.is_empty()).count();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}
