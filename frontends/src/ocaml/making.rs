//! Sources that a program makes from other files: ocamllex, ocamlyacc and what the model declares.
//!
//! Everything made stands in `gen/` of the build directory, under the path it would have in the
//! source tree, and is made once however many sections use it. Where a program reads files beside
//! its source, or writes where that stands, these are copied there as well and the program runs in `gen/`, so that
//! names inside generated code are the same as in the source tree.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::own_build::prefix;
use crate::package::{Action, Generate, INFER, Made, MadeFrom, Package, Reads, Tool, expand};

use super::error::OcamlError;
use super::infer::Grammar;
use super::rules::{Rules, Statement, command, quote, quote_all};
use super::sources::{Sources, clean, folder_of, join, name_of, stem_of};

/// What is made from other files, and the statements for it.
#[derive(Debug)]
pub(super) struct Making {
    how: Vec<Generate>,
    own: Vec<Made>,
    files: Vec<(String, Vec<u8>)>,
    dir: String,
    build_dir: String,
    programs: BTreeMap<String, String>,
    made: BTreeSet<String>,
    grammars: BTreeMap<String, Grammar>,
    /// Folder and name of what actions of the package make.
    outputs: Vec<(String, String)>,
    scripts: String,
}

/// A source that is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MadeSource {
    /// What is made.
    pub(super) path: String,
    /// What it is made from.
    pub(super) from: String,
    /// What names the modules that it will name, where it is made only when these are compiled.
    pub(super) query: Option<String>,
}

impl Making {
    /// `dir` is the build directory; `programs` has the paths of programs of this package by
    /// section name.
    pub(super) fn new(
        package: &Package,
        dir: &str,
        ocamllex: &str,
        ocamlyacc: &str,
        programs: BTreeMap<String, String>,
    ) -> Self {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let mut how = vec![
            Generate {
                from: "mll".into(),
                to: words(&["ml"]),
                tool: Tool::External(ocamllex.to_owned()),
                arguments: words(&["-q", "-o", "${out}", "${in}"]),
                reads: Reads::Place,
                only: Vec::new(),
                inputs: Vec::new(),
                below: String::new(),
            },
            Generate {
                from: "mly".into(),
                to: words(&["ml", "mli"]),
                tool: Tool::External(ocamlyacc.to_owned()),
                arguments: words(&["-b", "${stem}", "${in}"]),
                reads: Reads::Place,
                only: Vec::new(),
                inputs: Vec::new(),
                below: String::new(),
            },
        ];
        how.extend(package.generate.iter().cloned());
        Self {
            how,
            own: package.made.clone(),
            files: Vec::new(),
            dir: join(dir, "gen"),
            build_dir: dir.to_owned(),
            programs,
            made: BTreeSet::new(),
            grammars: BTreeMap::new(),
            outputs: outputs(&package.actions),
            scripts: join(dir, "scripts"),
        }
    }

    /// Adds the headers that the manifest itself stands for; gives back their folders.
    pub(super) fn headers(&mut self, rules: &mut Rules) -> BTreeSet<String> {
        let paths: Vec<String> = self.own.iter().map(|made| made.path.clone()).collect();
        let mut folders = BTreeSet::new();
        for path in paths.iter().filter(|path| path.ends_with(".h")) {
            let made = self.own(rules, folder_of(path), name_of(path));
            folders.extend(made.map(|made| folder_of(&made.path).to_owned()));
        }
        folders
    }

    /// The names of sources in a folder that the manifest itself stands for.
    pub(super) fn own_names(&self, folder: &str) -> impl Iterator<Item = &str> {
        let inside = move |made: &&Made| folder_of(&made.path) == folder;
        let made = self.own.iter().filter(inside).map(|made| name_of(&made.path));
        let outputs = self.outputs.iter().filter(move |(inside, _)| inside == folder);
        made.chain(outputs.map(|(_, name)| name.as_str()))
    }

    /// Whether an action of the package makes this file.
    pub(super) fn is_output(&self, path: &str) -> bool {
        self.outputs.iter().any(|(folder, name)| join(folder, name) == path)
    }

    /// Where what is made stands that has this path in the source tree.
    pub(super) fn place(&self, path: &str) -> String {
        join(&self.dir, &clean(path))
    }

    /// Where files stand that have these paths in the source tree, whether they are there or actions make them.
    pub(super) fn inputs(&self, paths: &[String]) -> Vec<String> {
        let place = |path: &String| {
            if self.is_output(path) { self.place(path) } else { path.clone() }
        };
        paths.iter().map(place).collect()
    }

    /// The folder of the scripts.
    pub(super) fn scripts(&self) -> &str {
        &self.scripts
    }

    /// A file to be written with the rule file.
    pub(super) fn add_file(&mut self, path: &str, content: Vec<u8>) {
        self.files.push((path.to_owned(), content));
    }

    /// The source `folder/name`, where the manifest itself stands for it; adds what makes it.
    pub(super) fn own(
        &mut self,
        rules: &mut Rules,
        folder: &str,
        name: &str,
    ) -> Option<MadeSource> {
        let path = join(folder, name);
        if self.is_output(&path) {
            return Some(MadeSource { path: self.place(&path), from: path, query: None });
        }
        let own = self.own.iter().find(|made| made.path == path)?;
        let out = join(&self.dir, &path);
        if self.made.insert(out.clone()) {
            match &own.from {
                MadeFrom::Text { text, .. } => {
                    self.files.push((out.clone(), text.as_bytes().to_vec()));
                }
                MadeFrom::Step { step, version, arguments, folder } => {
                    rules.rule(
                        &format!("make-{step}"),
                        format!("$mbuild internal {step} $arguments $folder $out"),
                        &format!("{step} $folder"),
                        &[("depfile", "$out.d"), ("deps", "gcc")],
                    );
                    rules.add(
                        Statement::new(format!("make-{step}"), &out)
                            .bind("arguments", quote_all(arguments))
                            .bind("folder", quote(folder))
                            .bind("mbuild_tool", format!("mbuild-{step}-{version}")),
                    );
                }
            }
        }
        Some(MadeSource { path: out, from: own.from.source().to_owned(), query: None })
    }

    /// The sources that are plain text, which are written with the rule file.
    pub(super) fn files(self) -> Vec<(String, Vec<u8>)> {
        self.files
    }

    /// The grammars whose types the compiler finds, by the implementations that they become.
    pub(super) fn grammars(&mut self) -> BTreeMap<String, Grammar> {
        std::mem::take(&mut self.grammars)
    }

    /// The endings of files from which OCaml sources are made.
    pub(super) fn endings(&self) -> impl Iterator<Item = &str> {
        self.how
            .iter()
            .filter(|how| how.to.iter().any(|to| to == "ml" || to == "mli"))
            .map(|how| how.from.as_str())
    }

    fn find(
        &self,
        sources: &mut Sources,
        folder: &str,
        stem: &str,
        ending: &str,
    ) -> Option<Generate> {
        self.how
            .iter()
            .rev()
            .find(|how| {
                let name = format!("{stem}.{}", how.from);
                how.to.iter().any(|to| to == ending)
                    && sources.has(folder, &name)
                    && (how.only.is_empty() || how.only.contains(&join(folder, &name)))
                    && is_below(folder, &how.below)
            })
            .cloned()
    }

    /// The source `folder/stem.ending`, made from what stands beside it; adds what makes it.
    pub(super) fn make(
        &mut self,
        sources: &mut Sources,
        rules: &mut Rules,
        folder: &str,
        stem: &str,
        ending: &str,
    ) -> Result<Option<MadeSource>, OcamlError> {
        let Some(first) = self.find(sources, folder, stem, ending) else { return Ok(None) };
        let from = join(folder, &format!("{stem}.{}", first.from));
        let path = join(&self.dir, &join(folder, &format!("{stem}.{ending}")));
        let query = first.infers().then(|| join(&self.dir, &query(folder, stem)));
        let mut left = VecDeque::from([(folder.to_owned(), stem.to_owned(), first)]);
        while let Some((folder, stem, how)) = left.pop_front() {
            let out = join(&self.dir, &join(&folder, &format!("{stem}.{}", how.to[0])));
            if !self.made.insert(out) {
                continue;
            }
            if how.reads == Reads::Nothing {
                self.plain(rules, &folder, &stem, &how);
            } else {
                left.extend(self.beside(sources, rules, &folder, &stem, &how)?);
            }
        }
        Ok(Some(MadeSource { path, from, query }))
    }

    /// The name of the rule of one way to make sources.
    fn rule_name(&self, how: &Generate) -> String {
        let name = format!("make-{}", how.from);
        if how.only.is_empty() && how.below.is_empty() {
            return name;
        }
        let at = self.how.iter().position(|known| known == how).unwrap_or_default();
        format!("{name}-{at}")
    }

    /// A program that reads its source alone: it runs in the package root.
    fn plain(&self, rules: &mut Rules, folder: &str, stem: &str, how: &Generate) {
        let name = self.rule_name(how);
        let arguments = arguments(how, "$in", "$out");
        let (program, needs) = self.program(&how.tool, "");
        rules.rule(&name, command(&[program, arguments]), &format!("make-{} $in", how.from), &[]);
        let source = join(folder, &format!("{stem}.{}", how.from));
        let made = |ending: &String| join(&self.dir, &join(folder, &format!("{stem}.{ending}")));
        rules.add(
            Statement::new(name, made(&how.to[0]))
                .also(how.to[1..].iter().map(made))
                .input(source)
                .implicit(needs)
                .implicit(self.inputs(&how.inputs))
                .bind("stem", quote(&join(&self.dir, &join(folder, stem)))),
        );
    }

    /// A program that reads files beside its source, or says where that stands: they are copied and it runs among
    /// the copies. Gives back what else has to be made.
    fn beside(
        &mut self,
        sources: &mut Sources,
        rules: &mut Rules,
        folder: &str,
        stem: &str,
        how: &Generate,
    ) -> Result<Vec<(String, String, Generate)>, OcamlError> {
        let name = self.rule_name(how);
        let up = "../".repeat(self.dir.split('/').count());
        let (program, needs) = self.program(&how.tool, &up);
        let (dir, arguments) = (quote(&self.dir), arguments(how, "$source", "$target"));
        let run = |more: &str| format!("cd {dir} && {}", command(&[&program, more, &arguments]));
        let description = format!("make-{} $source", how.from);
        let source = join(folder, &format!("{stem}.{}", how.from));
        let names = if how.reads == Reads::Place {
            Vec::new()
        } else {
            let content = sources.read(&source);
            let wrong = |error| OcamlError::Read { file: source.clone(), source: error };
            how.reads.names(&content.map_err(wrong)?)
        };
        let mut parts = Vec::new();
        let mut more = Vec::new();
        for part in names {
            let part = join(folder, &String::from_utf8_lossy(&part));
            let part = clean(&part);
            let (beside, file) = (folder_of(&part).to_owned(), name_of(&part).to_owned());
            if sources.has(&beside, &file) {
                self.copy(rules, &part);
            } else {
                let (stem, ending) = (stem_of(&file), file.rsplit('.').next().unwrap_or_default());
                match self.find(sources, &beside, stem, ending) {
                    Some(how) => more.push((beside, stem.to_owned(), how)),
                    None => {
                        return Err(OcamlError::NoPart { source_file: source, file: part });
                    }
                }
            }
            parts.push(join(&self.dir, &part));
        }
        self.copy(rules, &source);
        let made = |ending: &String| join(&self.dir, &join(folder, &format!("{stem}.{ending}")));
        let statement = Statement::new(name.as_str(), made(&how.to[0]))
            .also(how.to[1..].iter().map(made))
            .input(join(&self.dir, &source))
            .implicit(parts)
            .implicit(needs)
            .bind("source", quote(&source))
            .bind("target", quote(&join(folder, &format!("{stem}.{}", how.to[0]))))
            .bind("stem", quote(&join(folder, stem)));
        if !how.infers() {
            rules.rule(&name, run(""), &description, &[]);
            rules.add(statement);
            return Ok(more);
        }
        let asked = format!("{name}-query");
        rules.rule(&asked, run("--infer-write-query $query"), &description, &[]);
        let query = query(folder, stem);
        let (out, answered) = (made(&how.to[0]), join(&self.dir, &query));
        let asking = Statement {
            rule: asked,
            outputs: vec![answered.clone()],
            implicit_outputs: Vec::new(),
            ..statement.clone()
        };
        rules.add(asking.bind("query", quote(&query)));
        let command = run("--infer-read-reply $reply");
        self.grammars.insert(out, Grammar { query: answered, command, statement });
        Ok(more)
    }

    pub(super) fn copy(&mut self, rules: &mut Rules, path: &str) {
        let copy = join(&self.dir, path);
        if self.made.insert(copy.clone()) {
            rules.rule("copy", "cp $in $out", "copy $in", &[]);
            rules.add(Statement::new("copy", copy).input(path));
        }
    }

    /// The program as a command names it, and what has to be built for it.
    pub(super) fn program(&self, tool: &Tool, up: &str) -> (String, Vec<String>) {
        match tool {
            Tool::External(name) => match prefix::done_of(&self.build_dir, name) {
                Some(done) => (quote(&format!("{up}{name}")), vec![done]),
                None => (quote(name), Vec::new()),
            },
            Tool::Internal(section) => match self.programs.get(section) {
                Some(path) => (quote(&format!("{up}{path}")), vec![path.clone()]),
                None => (quote(section), Vec::new()),
            },
        }
    }
}

/// Whether a folder is this one or inside of it.
fn is_below(folder: &str, outer: &str) -> bool {
    let inside = clean(folder).strip_prefix(outer).map(str::to_owned);
    outer.is_empty() || inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What the compiler looks at for the types of a grammar, found from the folder of made sources.
fn query(folder: &str, stem: &str) -> String {
    join(folder, &format!("{stem}.infer.ml"))
}

/// The arguments with the rule's own variables in place of the model's.
fn arguments(how: &Generate, source: &str, target: &str) -> String {
    let replace = |argument: &String| {
        // The names of variables must not be quoted, the rest of an argument may have to be.
        let text = expand(argument, |name| match name {
            "in" => Some("\u{1}".to_owned()),
            "out" => Some("\u{2}".to_owned()),
            "stem" => Some("\u{3}".to_owned()),
            _ => None,
        });
        let mut out = String::new();
        for piece in text.split_inclusive(['\u{1}', '\u{2}', '\u{3}']) {
            let literal = piece.trim_end_matches(['\u{1}', '\u{2}', '\u{3}']);
            if !literal.is_empty() {
                out += &quote(literal);
            }
            match piece.chars().last() {
                Some('\u{1}') => out += source,
                Some('\u{2}') => out += target,
                Some('\u{3}') => out += "$stem",
                _ => {}
            }
        }
        out
    };
    how.arguments
        .iter()
        .filter(|argument| *argument != INFER)
        .map(replace)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The folder and name of each output, relative to the package root.
fn outputs(actions: &[Action]) -> Vec<(String, String)> {
    let all = actions.iter().flat_map(|action| &action.outputs);
    let split = |path: String| (folder_of(&path).to_owned(), name_of(&path).to_owned());
    all.map(|output| split(clean(output))).collect()
}
