//! What libraries, objects and executables share.

use std::rc::Rc;

use bstr::ByteSlice;
use hashbrown::{HashMap, HashSet};

use super::super::ast::Kind;
use super::super::evaluate::Fields;
use super::super::value::Item;
use super::super::variables::is_folder;
use super::{Translator, described, folder};
use crate::package::{About, Code, Compiled, Data, Depend, Package, Preprocess, Shared};
use crate::suggest;

/// So many libraries of a circle are named.
const NAMED: usize = 10;

/// What is said of libraries that need each other; the last one is the first again.
fn circular(circle: &[&str]) -> String {
    let shown = match circle.split_last() {
        Some((last, before)) if before.len() > NAMED => {
            let more = before.len() - NAMED;
            format!("{} -> ({more} more) -> {last}", before[..NAMED].join(" -> "))
        }
        _ => circle.join(" -> "),
    };
    format!("libraries depend on each other: {shown}")
}

/// What the package needs for all its sections, which those share that say nothing of it themselves.
pub(super) struct OfAll {
    depends: Shared<Depend>,
    /// Where that is said.
    list: usize,
    /// The sections among it.
    internal: HashSet<String>,
}

impl OfAll {
    fn new(depends: &Shared<Depend>, list: usize) -> Self {
        let internal = depends.iter().filter_map(|depend| match depend {
            Depend::Internal(name) => Some(name.clone()),
            Depend::Findlib { .. } => None,
        });
        Self { depends: depends.clone(), list, internal: internal.collect() }
    }
}

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
            c_libraries: self.c_libraries(fields),
            dll_libraries: self.expanded_items(fields.items("DllLib")).into(),
            dll_paths: self.expanded_items(fields.items("DllPath")).into(),
            byte_flags: self.expanded_items(fields.items("ByteOpt")),
            native_flags: self.expanded_items(fields.items("NativeOpt")).into(),
            data,
            // `_tags` as OASIS writes it begins with `true: annot, bin_annot`.
            annot: true,
            // `setup.ml` looks for what it installs in that way, though not for what it builds.
            sources_as_listed: true,
            findlib_files: fields.strings("FindlibExtraFiles").into(),
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

    fn depends(&mut self, fields: &Fields) -> Shared<Depend> {
        let own = fields.items("BuildDepends");
        let may_share = own.is_empty();
        if may_share
            && let Some(of_all) = &self.of_all
            && !of_all.internal.contains(&fields.name.text)
        {
            self.places.says_list(of_all.list);
            return of_all.depends.clone();
        }
        let before = (self.messages.count(), self.places.count());
        let package = Rc::clone(&self.package);
        let shared = package.items("BuildDepends");
        let mut depends: Vec<Depend> = Vec::with_capacity(own.len() + shared.len());
        let mut known = HashSet::with_capacity(depends.capacity());
        let mut left_out = false;
        let shared = shared.iter().map(|item| (item, false));
        for (item, own) in shared.chain(own.iter().map(|it| (it, true))) {
            let depend = match self.names.section(&item.text).map(str::to_owned) {
                Some(section) => self.internal(fields, item, own, section),
                None => self.external(item),
            };
            left_out |= depend.is_none();
            let Some(depend) = depend else { continue };
            let (name, version) = match &depend {
                Depend::Findlib { name, .. } => (name, item.argument.as_deref()),
                Depend::Internal(name) => (name, None),
            };
            if known.insert((item.text.as_str(), version)) {
                self.places.says(About::Depend, name, item.at);
                depends.push(depend);
            }
        }
        let depends = Shared::from(depends);
        // What is wrong with it is told of every section.
        if may_share && !left_out && before.0 == self.messages.count() {
            let list = self.places.list(before.1);
            self.of_all.get_or_insert_with(|| OfAll::new(&depends, list));
        }
        depends
    }

    /// `own` says that the section names it, and not the package for all of them.
    fn internal(
        &mut self,
        fields: &Fields,
        item: &Item,
        own: bool,
        section: String,
    ) -> Option<Depend> {
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
            if own {
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
            self.messages.warnings.add(|| {
                self.manifest
                    .message(item.at, format!("`{}` is taken for an installed package", item.text))
                    .with_help(format!("the library of that section has the findlib name `{full}`"))
            });
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
        let is_compiled = |fields: &&Fields| {
            matches!(fields.kind, Kind::Library | Kind::Object | Kind::Executable)
        };
        let built: Vec<_> = model.compiled().zip(sections.iter().filter(is_compiled)).collect();
        // Of several with one name the first is meant.
        let libraries: HashMap<&str, usize> = built
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, (_, fields))| fields.kind != Kind::Executable)
            .map(|(index, (compiled, _))| (compiled.name.as_str(), index))
            .collect();
        let mut with_syntax = vec![false; built.len()];
        // What is open is on the way from the section that was begun with.
        let mut state = vec![State::New; built.len()];
        let mut circles = HashSet::new();
        for start in 0..built.len() {
            let mut way = vec![(start, built[start].0.depends.iter())];
            if state[start] != State::New {
                continue;
            }
            state[start] = State::Open;
            while let Some((at, left)) = way.last_mut() {
                let at = *at;
                let next = match left.next() {
                    None => {
                        state[at] = State::Done;
                        way.pop();
                        if let Some((user, _)) = way.last() {
                            with_syntax[*user] |= with_syntax[at];
                        }
                        continue;
                    }
                    Some(Depend::Findlib { name, .. }) => {
                        with_syntax[at] |= Preprocess::of_package(name) != Preprocess::None;
                        continue;
                    }
                    Some(Depend::Internal(name)) => libraries.get(name.as_str()).copied(),
                };
                let Some(next) = next else { continue };
                match state[next] {
                    State::New => {
                        state[next] = State::Open;
                        way.push((next, built[next].0.depends.iter()));
                    }
                    State::Done => with_syntax[at] |= with_syntax[next],
                    State::Open => {
                        let circle = way.iter().map(|(at, _)| *at).skip_while(|at| *at != next);
                        let circle: Vec<usize> = circle.chain([next]).collect();
                        let mut members = circle.clone();
                        members.sort_unstable();
                        members.dedup();
                        if circles.insert(members) {
                            let at = built[next].1.at("BuildDepends");
                            self.messages.errors.add(|| {
                                let names = circle.iter().map(|at| built[*at].0.name.as_str());
                                let circle: Vec<&str> = names.collect();
                                self.manifest
                                    .message(at, circular(&circle))
                                    .with_help("move what both need into a third library")
                            });
                        }
                    }
                }
            }
        }
        drop(libraries);
        if !automatic {
            return;
        }
        let sections = model.sections.iter_mut().filter_map(|section| section.compiled_mut());
        for (compiled, with_syntax) in sections.zip(with_syntax) {
            if with_syntax {
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
            self.messages.errors.add(|| {
                let list = || format!("its libraries are {}", suggest::list(self.names.all()));
                let help = suggest::help(&item.text, self.names.all(), list);
                let message = format!(
                    "{} shows `{}`, which is no library of the package",
                    described(fields),
                    item.text
                );
                self.manifest.message(item.at, message).with_help(help)
            });
        }
        fields.strings(name)
    }
}

/// How far a section was looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
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

#[cfg(test)]
mod tests {
    #[test]
    fn of_a_long_circle_the_first_libraries_are_named() {
        let circle: Vec<String> = (0..13).map(|n| format!("l{}", n % 12)).collect();
        let circle: Vec<&str> = circle.iter().map(String::as_str).collect();
        let expected = "libraries depend on each other: l0 -> l1 -> l2 -> l3 -> l4 -> l5 -> l6 -> l7 -> l8 -> l9 -> \
                        (2 more) -> l0";
        assert_eq!(super::circular(&circle), expected);
        let expected = "libraries depend on each other: l0 -> l1 -> l0";
        assert_eq!(super::circular(&["l0", "l1", "l0"]), expected);
    }
}
