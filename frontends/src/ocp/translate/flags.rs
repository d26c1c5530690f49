//! Flags of single steps and of single modules, preprocessors, and the programs that make sources.

use super::super::env::Env;
use super::super::project::Description;
use super::super::value::{Text, Value};
use super::Translator;
use super::command::shell_words;
use super::modules::Found;
use super::names::{programs_in, with_programs};
use super::options::Options;
use crate::oasis;
use crate::package::{Compiled, Depend, Generate, Preprocess, Reads, StepFlags, Tool};

impl Translator<'_> {
    /// Everything that is said to compilers and linkers.
    pub(super) fn flags(
        &mut self,
        described: &Description,
        found: &Found,
        compiled: &mut Compiled,
    ) {
        let none = Env::default();
        let mut own = |translator: &mut Self, option, env: &Env| {
            translator.step_flags(described, option, env, compiled)
        };
        let mut steps = StepFlags {
            scan: own(self, "dep", &none),
            byte_compile: own(self, "bytecomp", &none),
            native_compile: own(self, "asmcomp", &none),
            byte_link: own(self, "bytelink", &none),
            native_link: own(self, "asmlink", &none),
        };
        let options = Options::of(&described.options, &self.globals);
        if options.flag("force_link") || options.flag("is_toplevel") {
            compiled.link_flags.push("-linkall".to_owned());
        }
        // A module's own options stand in the place of the package's.
        let kinds = [("bytecomp", "bytedebug", false), ("asmcomp", "asmdebug", true)];
        for (option, debug, native) in kinds {
            let own_options = [option, debug, "debug", "nopervasives"];
            let differs = |env: &Env| own_options.iter().any(|option| env.get(option).is_some());
            if !found.modules.iter().any(|module| differs(&module.options)) {
                continue;
            }
            for module in found.modules.iter().filter(|module| !module.source.is_empty()) {
                let flags = self.step_flags(described, option, &module.options, compiled);
                let all = if native {
                    &mut *compiled.module_native_flags
                } else {
                    &mut *compiled.module_byte_flags
                };
                all.insert(module.name.to_string(), flags);
            }
            if native {
                steps.native_compile.clear();
            } else {
                steps.byte_compile.clear();
            }
        }
        compiled.steps = steps.into();
        self.preprocessors(described, found, compiled);
        let options = Options::of(&described.options, &self.globals);
        let (c_flags, c_libraries) =
            ([options.words("ccopt"), options.words("cflags")].concat(), options.words("cclib"));
        // Both are texts for the C compiler, which takes them apart.
        for (words, out) in
            [(c_flags, &mut compiled.c_flags), (c_libraries, &mut compiled.c_libraries)]
        {
            for word in words {
                if let Some(flag) = self.flag(&word, None) {
                    out.extend(flag.split_ascii_whitespace().map(str::to_owned));
                }
            }
        }
    }

    /// The flags of one step, for a module with options of its own.
    fn step_flags(
        &mut self,
        described: &Description,
        option: &str,
        own: &Env,
        compiled: &mut Compiled,
    ) -> Vec<String> {
        let options = Options::of_file(own, &described.options, &self.globals);
        let words = options.words(option);
        let mut flags: Vec<String> = Vec::new();
        let kind = if option.starts_with("byte") { "bytedebug" } else { "asmdebug" };
        let of_compiler = option != "dep";
        let debug = of_compiler && (options.flag("debug") || options.flag(kind));
        if debug && !words.iter().any(|word| &*word.text == "-g") {
            flags.push("-g".to_owned());
        }
        if of_compiler && options.flag("nopervasives") {
            flags.push("-nopervasives".to_owned());
        }
        let links = option.ends_with("link");
        for word in words {
            flags.extend(self.flag(&word, (!links).then_some(&mut *compiled)));
        }
        for pair in flags.windows(2).filter(|pair| ["-pp", "-ppx"].contains(&pair[0].as_str())) {
            self.read_by_command(pair[1].split_ascii_whitespace(), compiled);
        }
        flags
    }

    /// A flag with the folders of packages in it; where it is one for compiling, it may name programs.
    fn flag(&mut self, word: &Text, compiled: Option<&mut Compiled>) -> Option<String> {
        let expanded = self.substituted(word);
        let text = with_programs(&expanded).filter(|_| !expanded.contains("${"));
        match (text, compiled) {
            (Some(text), _) if !text.contains("${") => self.is_literal(word, &text).then_some(text),
            (Some(text), Some(compiled)) => {
                self.named_programs(&expanded, compiled);
                self.is_literal(word, &text).then_some(text)
            }
            _ => {
                let message =
                    format!("`{}` names what is built here, which flags cannot", word.text);
                self.error(word.place, message, "let `pp` name programs of the project");
                None
            }
        }
    }

    /// The programs of the project that a text names are there before anything is compiled.
    fn named_programs(&mut self, text: &str, compiled: &mut Compiled) {
        for program in programs_in(text) {
            compiled.inputs.tool(Tool::Internal(program.to_owned()));
        }
    }

    /// The stock tool runs no shell, so nothing in a word may mean something to one.
    pub(super) fn is_literal(&mut self, word: &Text, text: &str) -> bool {
        let bad = text.contains('`') || text.contains("$(") || text.contains(['\n', '\r', '\0']);
        if bad {
            self.error(
                word.place,
                format!("`{}` would run a command of its own", text.escape_debug()),
                "nothing but the program and its words is run: remove backquotes, `$(` and line ends",
            );
        }
        !bad
    }

    /// The modules that others do not wait for though they name them.
    pub(super) fn ignored(
        &mut self,
        described: &Description,
        found: &Found,
        compiled: &mut Compiled,
    ) {
        let words = |env: &Env| -> Option<Vec<String>> {
            let words = env.get("nodeps").and_then(Value::words)?;
            Some(words.iter().map(|word| word.text.to_string()).collect())
        };
        compiled.ignores = words(&described.options).unwrap_or_default().into();
        for module in found.modules.iter().filter(|module| !module.options.is_empty()) {
            if let Some(ignores) = words(&module.options) {
                compiled.module_ignores.insert(module.name.to_string(), ignores);
            }
        }
    }

    fn preprocessors(&mut self, described: &Description, found: &Found, compiled: &mut Compiled) {
        let none = Env::default();
        compiled.preprocess = self.preprocess(described, &none, compiled);
        for module in &found.modules {
            let own = &module.options;
            if ["pp", "syntax", "ppflags"].iter().any(|option| own.get(option).is_some()) {
                let how = self.preprocess(described, own, compiled);
                if how != compiled.preprocess {
                    compiled.module_preprocess.insert(module.name.to_string(), how);
                }
            }
        }
    }

    /// How sources are preprocessed that have these options of their own.
    fn preprocess(
        &mut self,
        described: &Description,
        own: &Env,
        compiled: &mut Compiled,
    ) -> Preprocess {
        let options = Options::of_file(own, &described.options, &self.globals);
        let mut words = options.words_for("pp", "ml");
        let (syntaxes, options_words) = (options.words("syntax"), options.words("ppflags"));
        if words.is_empty() {
            let Some(syntax) = syntaxes.first() else { return Preprocess::None };
            let Some(flags) = self.literal_words(&options_words, compiled) else {
                return Preprocess::None;
            };
            if let Some(second) = syntaxes.get(1) {
                let help = "make a `syntax` package that requires both";
                self.error(second.place, "only one syntax can be used for a file", help);
                return Preprocess::None;
            }
            return self.syntax(syntax, &flags, compiled);
        }
        words.extend(options_words);
        let Some(mut text) = self.literal_words(&words, compiled) else { return Preprocess::None };
        let program = &words[0];
        match self.names.program(&text[0]).or_else(|| self.names.program(program_of(&program.text)))
        {
            Some(section) => {
                let tool = Tool::Internal(section.to_owned());
                if !compiled.tools.contains(&tool) {
                    compiled.tools.push(tool.clone());
                }
                Preprocess::Program(tool, text.split_off(1))
            }
            // What it is given may be a program of the project.
            None if text[1..].iter().any(|word| word.contains("${")) => {
                let arguments = text.split_off(1);
                Preprocess::Program(Tool::External(text.swap_remove(0)), arguments)
            }
            None => Preprocess::Command(shell_words(&text)),
        }
    }

    /// Words of a preprocessor's command with what they name replaced, unless one of them is wrong, which is said.
    /// The files and programs that they name are there before anything is compiled.
    fn literal_words(&mut self, words: &[Text], compiled: &mut Compiled) -> Option<Vec<String>> {
        let mut all = Vec::new();
        for word in words {
            let expanded = self.substituted(word);
            let text = with_programs(&expanded).filter(|_| !expanded.contains("${"));
            let Some(text) = text else {
                let message = format!("`{}` names a file that is built here", word.text);
                self.error(word.place, message, "name a program of the project by its name");
                return None;
            };
            if !self.is_literal(word, &text) {
                return None;
            }
            self.named_programs(&expanded, compiled);
            all.push(text);
        }
        self.read_by_command(&all, compiled);
        Some(all)
    }

    /// The preprocessor of a syntax extension: one of the project, or camlp4 with an installed package.
    fn syntax(&mut self, syntax: &Text, flags: &[String], compiled: &mut Compiled) -> Preprocess {
        let name = syntax.text.to_string();
        if let Some(how) = self.own_syntax(syntax, flags, compiled) {
            return how;
        }
        let found = [name.clone(), format!("{name}.syntax")]
            .into_iter()
            .find(|name| self.names.installed(name).is_some());
        let Some(name) = found else {
            self.error(
                syntax.place,
                format!("syntax `{name}` is no installed package"),
                "install it, or name the preprocessor with `pp`",
            );
            return Preprocess::None;
        };
        let depend = Depend::Findlib { name, constraint: None };
        if !compiled.depends.contains(&depend) {
            compiled.depends.push(depend);
        }
        Preprocess::Camlp4("camlp4o".to_owned())
    }

    /// The programs that make sources, where a package names others than the compiler's own.
    pub(super) fn generators(&mut self, described: &Description, found: &Found) {
        for (file, own) in &found.generated {
            let options = Options::of_file(own, &described.options, &self.globals);
            let grammar = file.ends_with(".mly");
            let option = if grammar { "ocamlyacc" } else { "ocamllex" };
            let words = options.words(option);
            let texts: Vec<String> = words.iter().map(|word| word.text.to_string()).collect();
            let Some(program) = texts.first() else { continue };
            let more = format!("{option}_deps");
            let reads = options.get(&more).is_some_and(Value::holds);
            if texts.len() == 1 && program.trim_end_matches(".opt") == option && !reads {
                continue;
            }
            if !words.iter().all(|word| self.is_literal(word, &word.text.clone())) {
                continue;
            }
            let extra = texts[1..].to_vec();
            let tool = match self.names.program(program) {
                Some(section) => Tool::Internal(section.to_owned()),
                None => Tool::External(program.clone()),
            };
            let inputs = self.read_by_generator(described, own, &more);
            let mut generate = if grammar {
                let mut generate = oasis::menhir();
                let at = generate.arguments.len() - 1;
                generate.arguments.splice(at..at, extra);
                if program.trim_end_matches(".opt") == "ocamlyacc" {
                    generate.arguments[0] = "-b".to_owned();
                }
                generate
            } else {
                let quiet = program.trim_end_matches(".opt") == option;
                let quiet = quiet.then(|| "-q".to_owned());
                let end = ["-o", "${out}", "${in}"].map(str::to_owned);
                Generate {
                    from: "mll".to_owned(),
                    to: vec!["ml".to_owned()],
                    tool: tool.clone(),
                    arguments: quiet.into_iter().chain(extra).chain(end).collect(),
                    reads: Reads::Place,
                    only: Vec::new(),
                    inputs: Vec::new(),
                    below: String::new(),
                }
            };
            (generate.tool, generate.inputs) = (tool, inputs);
            let same = |known: &&mut Generate| {
                (&known.from, &known.tool, &known.arguments, &known.inputs)
                    == (&generate.from, &generate.tool, &generate.arguments, &generate.inputs)
            };
            match self.generate.iter_mut().find(same) {
                Some(known) => known.only.push(file.clone()),
                None => {
                    generate.only.push(file.clone());
                    self.generate.push(generate);
                }
            }
        }
    }
}

/// The program of a word that names it with its folder.
fn program_of(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}
