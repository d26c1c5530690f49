//! What happens to the sources before they are built: patches, and files in which variables are expanded.

use super::{One, text, texts};
use crate::ocaml::sources::join;
use crate::opam::checksum::{Checksum, checksums, differs};
use crate::opam::command;
use crate::opam::install_list::is_inside;
use crate::opam::interpolate::expand_with;
use crate::opam::tree::{Item, Kind, Value, fields};
use crate::opam::variables::Known;
use crate::opam::{Wrong, parse, parse_filter};

impl One<'_> {
    /// Commands before all others: files that are put into the tree, patches, and files in which variables are
    /// expanded.
    pub(super) fn prepare(&mut self, known: &Known) -> Vec<String> {
        let mut added = Vec::new();
        let mut commands = self.extra_files(&mut added);
        self.extra_sources(&mut added);
        let (substs, patches) = (self.files("substs", known), self.files("patches", known));
        let is_patch = |path: &str| patches.iter().any(|(patch, ..)| patch == path);
        for (path, at, _) in substs.iter().filter(|(path, ..)| is_patch(path)) {
            commands.extend(self.subst(path, *at, known, &added));
        }
        for (path, at, holds) in &patches {
            if !self.is_inside(path, *at) || !*holds {
                continue;
            }
            let made = added.contains(path) || substs.iter().any(|(subst, ..)| subst == path);
            if !made && self.host.read(path).is_none() {
                let wrong = Wrong::new(*at, format!("patch `{path}` is not there"));
                self.wrong.push(wrong.help("put it beside the sources"));
                continue;
            }
            commands.push(format!("patch -p1 -i {}", command::quoted(path, "")));
            self.not_expanded_after(path, *at, &substs, &added);
        }
        for (path, at, _) in substs.iter().filter(|(path, ..)| !is_patch(path)) {
            commands.extend(self.subst(path, *at, known, &added));
        }
        commands
    }

    /// A file as it is in the tree once opam's own files, `added`, are put there.
    fn in_tree(&mut self, path: &str, added: &[String]) -> Option<Vec<u8>> {
        let is_added = added.iter().any(|name| name == path);
        let beside = join(&self.beside_folder(), path);
        let added = is_added.then(|| self.host.read(&beside)).flatten();
        added.or_else(|| self.host.read(path))
    }

    /// Where opam keeps files beside its own.
    fn beside_folder(&self) -> String {
        let folder = self.manifest.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        join(folder, "files")
    }

    /// Refuses a patch of what variables are expanded in: that is read while configuring, before any patch.
    fn not_expanded_after(
        &mut self,
        patch: &str,
        at: usize,
        substs: &[(String, usize, bool)],
        added: &[String],
    ) {
        let Some(text) = self.in_tree(patch, added) else { return };
        for line in text.split(|byte| *byte == b'\n') {
            let Some(file) = line.strip_prefix(b"+++ ") else { continue };
            let file = String::from_utf8_lossy(file);
            let file = file.split('\t').next().unwrap_or_default().trim_end();
            let patched = file.split_once('/').map_or(file, |(_, inside)| inside);
            if substs.iter().any(|(path, ..)| patched.strip_suffix(".in") == Some(path)) {
                let message = format!(
                    "patch `{patch}` changes `{patched}`, in which variables are expanded before"
                );
                let help = "apply it to the sources, and leave it out here";
                self.wrong.push(Wrong::new(at, message).help(help));
            }
        }
    }

    /// The files of a field, with their places and whether they are meant here.
    fn files(&mut self, field: &str, known: &Known) -> Vec<(String, usize, bool)> {
        let Some(value) = self.field(field) else { return Vec::new() };
        let mut found = Vec::new();
        for value in value.listed() {
            let (inner, holds) = match &value.kind {
                Kind::Option(inner, condition) => {
                    let filter = parse_filter(condition, &value.span);
                    let filter = filter.map_err(|wrong| self.wrong.extend(wrong));
                    (inner.as_ref(), filter.is_ok_and(|filter| filter.holds(known)))
                }
                _ => (value, true),
            };
            let at = value.span.start;
            match text(inner) {
                Some(name) => found.push((name, at, holds)),
                None => {
                    let wrong = Wrong::new(at, "expected a file");
                    let help = format!("a file is a text in quotes: `{field}: [\"name\"]`");
                    self.wrong.push(wrong.help(help));
                }
            }
        }
        found
    }

    /// The commands that put files that opam keeps beside its own into the tree; `added` are their names.
    fn extra_files(&mut self, added: &mut Vec<String>) -> Vec<String> {
        let beside = self.beside_folder();
        let mut commands = Vec::new();
        let mut put = |name: &str, added: &mut Vec<String>| {
            if added.iter().any(|known| known == name) {
                return;
            }
            let (from, to) = (join(&beside, name), command::quoted(name, ""));
            let make = match name.rsplit_once('/') {
                Some((folder, _)) => format!("mkdir -p {} && ", command::quoted(folder, "")),
                None => String::new(),
            };
            commands.push(format!("{make}cp {} {to}", command::quoted(&from, "")));
            added.push(name.to_owned());
        };
        for (name, at, wanted) in self.named_files() {
            if !self.is_inside(&name, at) {
                continue;
            }
            let path = join(&beside, &name);
            let (content, is_beside) = match self.host.read(&path) {
                Some(content) => (Some(content), true),
                None => (self.host.read(&name), false),
            };
            let Some(content) = content else {
                let message = format!("`{name}` is not there");
                let help = format!("put it into the folder `{beside}`, as opam has it");
                self.warnings.push(Wrong::new(at, message).help(help));
                continue;
            };
            let help = "take the file that belongs to this manifest, or change the checksum";
            let path = if is_beside { &path } else { &name };
            self.wrong.extend(differs(path, at, &content, &wanted, help));
            if is_beside {
                put(&name, added);
            }
        }
        // opam takes all of them, named or not, where its file has a folder of its own.
        if beside.contains('/') {
            let mut left = vec![beside.clone()];
            while let Some(folder) = left.pop() {
                for path in self.host.list(&folder).into_iter().map(|name| join(&folder, &name)) {
                    if self.host.read(&path).is_none() {
                        left.push(path);
                    } else if let Some(name) = path.strip_prefix(&format!("{beside}/")) {
                        put(name, added);
                    }
                }
            }
        }
        commands
    }

    /// The files of `extra-files`, with their places and checksums.
    fn named_files(&mut self) -> Vec<(String, usize, Vec<Checksum>)> {
        let Some(value) = self.field("extra-files") else { return Vec::new() };
        let pairs = match &value.kind {
            Kind::List(values) if values.iter().all(|it| matches!(it.kind, Kind::List(_))) => {
                values.as_slice()
            }
            _ => std::slice::from_ref(value),
        };
        let mut found = Vec::new();
        for pair in pairs {
            let parts = match &pair.kind {
                Kind::List(parts) => parts.as_slice(),
                _ => &[],
            };
            let [name @ Value { kind: Kind::Text(_), span }, wanted] = parts else {
                let wrong = Wrong::new(pair.span.start, "expected a file and its checksum");
                self.wrong.push(wrong.help("it is written `[\"name\" \"md5=...\"]`"));
                continue;
            };
            match checksums(wanted) {
                Ok(wanted) => found.push((text(name).unwrap_or_default(), span.start, wanted)),
                Err(wrong) => self.wrong.push(wrong),
            }
        }
        found
    }

    /// Checks the files that opam would fetch besides the sources; mbuild fetches nothing.
    fn extra_sources(&mut self, added: &mut Vec<String>) {
        for (Item { at, .. }, name, items) in self.sections("extra-source") {
            let at = *at;
            let Some(name) = name else {
                let wrong = Wrong::new(at, "this source has no name");
                self.wrong.push(wrong.help("write `extra-source \"FILE\" { ... }`"));
                continue;
            };
            let from = fields(items, "src").flat_map(texts).next().unwrap_or_default();
            let wanted: Result<Vec<_>, _> = fields(items, "checksum").map(checksums).collect();
            let wanted = match wanted {
                Ok(wanted) => wanted.concat(),
                Err(wrong) => {
                    self.wrong.push(wrong);
                    continue;
                }
            };
            if !self.is_inside(&name, at) {
                continue;
            }
            match self.in_tree(&name, added) {
                Some(content) => {
                    let help = match from.as_str() {
                        "" => "take the file that belongs to this manifest".to_owned(),
                        from => format!("take the file from {from}"),
                    };
                    self.wrong.extend(differs(&name, at, &content, &wanted, &help));
                    added.push(name);
                }
                None => {
                    let wrong = Wrong::new(
                        at,
                        format!("`{name}` is not there, and mbuild fetches nothing"),
                    );
                    let help = match from.as_str() {
                        "" => "put it beside the manifest".to_owned(),
                        from => format!("put it beside the manifest: it comes from {from}"),
                    };
                    self.wrong.push(wrong.help(help));
                }
            }
        }
    }

    fn is_inside(&mut self, path: &str, at: usize) -> bool {
        let inside = is_inside(path);
        if !inside {
            let wrong = Wrong::new(at, format!("`{path}` leads out of the package"));
            self.wrong.push(wrong.help("paths are relative, without `..`"));
        }
        inside
    }

    /// The command that makes `path` of `path.in`, with the variables in it expanded. In a file that opam could
    /// read values are in texts, and quotes in them have a backslash.
    fn subst(&mut self, path: &str, at: usize, known: &Known, added: &[String]) -> Option<String> {
        if !self.is_inside(path, at) {
            return None;
        }
        let from = format!("{path}.in");
        let Some(content) = self.in_tree(&from, added) else {
            let wrong = Wrong::new(at, format!("`{from}` is not there"));
            self.wrong.push(wrong.help(format!("`{path}` is made of it")));
            return None;
        };
        self.unknown_in(&from, &content, known);
        let is_opam = parse(from.as_bytes(), &content).is_ok();
        let escaped = |value: String| match is_opam {
            true => value.replace('\\', "\\\\").replace('"', "\\\""),
            false => value,
        };
        let text = expand_with(&String::from_utf8_lossy(&content), known, escaped);
        let (text, path) = (command::quoted(&text, ""), command::quoted(path, ""));
        Some(format!("printf %s {text} > {path}"))
    }
}
