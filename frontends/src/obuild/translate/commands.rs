//! Sources that the package's own generators make.

use super::super::ast::{Generate, Generator, Target, Word};
use super::{Translator, generated, module_of};
use crate::ocaml::rules::shell;
use crate::ocaml::sources::{clean, folder_of, join, name_of, stem_of};
use crate::package::{Action, Command};

impl Translator<'_, '_> {
    /// What generators make for a target; gives back the folder of those modules that stand in none of its own.
    pub(super) fn made_for(
        &mut self,
        target: &Target,
        path: &str,
        more: &[String],
    ) -> Option<String> {
        let generators = &self.file.project.generators;
        for folder in std::iter::once(path).chain(more.iter().map(String::as_str)) {
            for name in self.machine.names(folder) {
                for generator in generators {
                    let Some(suffix) = &generator.suffix else { continue };
                    let stem = name.strip_suffix(&format!(".{}", suffix.text));
                    if let Some(stem) = stem.filter(|stem| !stem.is_empty()) {
                        self.by_suffix(generator, folder, &name, stem);
                    }
                }
                let own = |it: &Generator| it.suffix.as_ref().is_some_and(|it| it.text == "atd");
                if let Some(stem) =
                    name.strip_suffix(".atd").filter(|_| !generators.iter().any(own))
                {
                    self.by_atdgen(folder, &name, stem);
                }
            }
        }
        let folder = format!("{}/{}", generated::FOLDER, target.file_name());
        for generate in &target.generate {
            let using = generators.iter().find(|it| it.name.text == generate.using.text);
            if let Some(generator) = using {
                self.by_name(generator, generate, &folder);
            }
        }
        (!target.generate.is_empty()).then_some(folder)
    }

    /// A source that has the ending of a generator.
    fn by_suffix(&mut self, generator: &Generator, folder: &str, name: &str, stem: &str) {
        let source = join(folder, name);
        let mut outputs: Vec<String> =
            generator.outputs.iter().map(|output| with_base(&output.text, stem)).collect();
        if outputs.is_empty() {
            outputs.push(format!("{stem}.ml"));
        }
        let outputs = outputs.iter().map(|output| clean(&join(folder, output))).collect();
        let sources = [source];
        let command = command(generator, &sources, &join(folder, stem), None);
        self.generated(generator, command, sources.into(), outputs);
    }

    /// Types in the language of atdgen: up to 0.1.9 `X_t`, `X_j` and `X_v` are made of `x.atd` without a word.
    fn by_atdgen(&mut self, folder: &str, name: &str, stem: &str) {
        let (source, dest) = (join(folder, name), join(folder, stem));
        let kinds: [(&str, &[&str]); 3] =
            [("t", &["-t"]), ("j", &["-j", "-j-std"]), ("v", &["-v"])];
        for (kind, options) in kinds {
            let outputs = ["ml", "mli"].map(|ending| format!("{dest}_{kind}.{ending}"));
            // Some packages come with what it made. Others have such files for something else.
            let module = format!("{stem}_{kind}");
            let wanted = self.is_listed(&module) || self.machine.has_program("atdgen");
            if !wanted || self.machine.is_file(&outputs[0]) {
                continue;
            }
            let words = ["atdgen"].iter().chain(options).copied();
            let words = words.chain([source.as_str(), "-o", &dest]);
            self.action(
                format!("atdgen -{kind} {source}"),
                vec![Command::words(words)],
                vec![source.clone()],
                outputs.into(),
            );
        }
    }

    /// Whether a library of the file lists a module.
    fn is_listed(&self, module: &str) -> bool {
        let mut listed = self.file.project.targets.iter().flat_map(|target| &target.modules);
        listed.any(|listed| listed.text.eq_ignore_ascii_case(module))
    }

    /// A module that a block asks a generator for.
    fn by_name(&mut self, generator: &Generator, generate: &Generate, folder: &str) {
        let mut sources = Vec::new();
        for from in &generate.from {
            let path = self.place(&from.text);
            if !path.contains('*') {
                sources.push(path);
                continue;
            }
            let (inside, pattern) = (folder_of(&path).to_owned(), name_of(&path).to_owned());
            let fits = globset::Glob::new(&pattern).map(|glob| glob.compile_matcher());
            let mut found: Vec<String> = self.machine.names(&inside);
            found.retain(|name| {
                !name.starts_with('.') && fits.as_ref().is_ok_and(|fits| fits.is_match(name))
            });
            if found.is_empty() {
                let said = format!("no file is called `{}`", from.text);
                self.messages.error(from.at, said, "name files that are there");
            }
            sources.extend(found.iter().map(|name| join(&inside, name)));
        }
        if sources.is_empty() {
            return;
        }
        let dest = join(folder, &module_of(&generate.module.text).to_lowercase());
        let mut outputs = vec![format!("{dest}.ml")];
        if generator.outputs.iter().any(|output| output.text.ends_with(".mli")) {
            outputs.push(format!("{dest}.mli"));
        }
        let command = command(generator, &sources, &dest, generate.arguments.as_ref());
        self.generated(generator, command, sources, outputs);
    }

    /// What a generator makes.
    fn generated(
        &mut self,
        generator: &Generator,
        text: String,
        mut inputs: Vec<String>,
        outputs: Vec<String>,
    ) {
        // Scripts of the package that the command runs are read as well.
        for word in generator.command.text.split_whitespace() {
            let file = self.place(word.trim_matches(['\'', '"']));
            if !word.contains('$') && !inputs.contains(&file) && self.machine.is_file(&file) {
                inputs.push(file);
            }
        }
        let what = format!("{} {}", generator.name.text, inputs[0]);
        self.action(what, vec![Command::shell(text)], inputs, outputs);
    }

    /// Adds commands that make files, unless these are made already.
    pub(super) fn action(
        &mut self,
        what: String,
        commands: Vec<Command>,
        inputs: Vec<String>,
        outputs: Vec<String>,
    ) {
        if self.package.actions.iter().any(|known| known.outputs == outputs) {
            return;
        }
        // The folders of what is made have to be there.
        let mut folders: Vec<&str> = outputs.iter().map(|output| folder_of(output)).collect();
        folders.retain(|folder| !folder.is_empty());
        folders.sort_unstable();
        folders.dedup();
        let mut all = Vec::new();
        if !folders.is_empty() {
            let mut words = vec!["mkdir", "-p"];
            words.extend(folders);
            all.push(Command::words(words));
        }
        all.extend(commands);
        self.package.actions.push(Action {
            description: Some(what),
            commands: all,
            inputs,
            outputs,
            ..Action::default()
        });
    }
}

/// A name with that of the source in place of `${base}`.
fn with_base(text: &str, base: &str) -> String {
    text.replace("${base}", base)
}

/// The command of a generator, whose variables are paths from the package root on.
fn command(
    generator: &Generator,
    sources: &[String],
    dest: &str,
    arguments: Option<&Word>,
) -> String {
    let first = sources.first().map_or("", String::as_str);
    let folder = |path: &str| match folder_of(path) {
        "" => ".".to_owned(),
        folder => folder.to_owned(),
    };
    let all: Vec<String> = sources.iter().map(|source| shell(source)).collect();
    let values = [
        ("src", shell(first)),
        ("dest", shell(dest)),
        ("base", shell(stem_of(name_of(first)))),
        ("srcdir", shell(&folder(first))),
        ("destdir", shell(&folder(dest))),
        ("sources", all.join(" ")),
    ];
    let mut text = generator.command.text.clone();
    if let Some(arguments) = arguments {
        text = format!("{text} {}", arguments.text);
    }
    crate::package::expand(&text, |name| {
        values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    })
}
