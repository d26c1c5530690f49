//! The tests of a package, as commands.

use super::super::env::Env;
use super::super::project::{self, Description};
use super::super::substitute::substitute;
use super::super::syntax::Kind;
use super::super::value::{Text, Value};
use super::Translator;
use super::command::shell_word;
use super::names::{Role, with_programs};
use super::options::Options;
use crate::package::{Section, Test, Tool, variable_name};

impl Translator<'_> {
    /// The tests of a program or of a test: one for each of its `tests`.
    pub(super) fn tests_of(&mut self, described: &Description) -> Vec<Section> {
        let name = described.name.text.to_string();
        let listed = described.options.get("tests").and_then(Value::elements).unwrap_or_default();
        let tests = match (described.kind, listed.is_empty()) {
            (Kind::Test, true) => vec![(described.name.clone(), Env::default())],
            (_, true) => return Vec::new(),
            _ => listed,
        };
        let binary = self.tested(described);
        let mut sections = Vec::new();
        for (test, own) in tests {
            let globals = self.globals.clone();
            let options = Options::of_file(&own, &described.options, &globals);
            if binary.is_none() && options.words("test_cmd").is_empty() {
                self.error(
                    described.name.place,
                    format!("test `{name}` has nothing to run"),
                    "list its sources in `files`, require the program that it tests, or set `test_cmd`",
                );
                break;
            }
            self.begin(described);
            let variants = options.words("test_variants");
            let variants =
                if variants.is_empty() { vec![Text::new("", test.place)] } else { variants };
            let several = test.text != described.name.text;
            let mut commands = Vec::new();
            for variant in &variants {
                commands.extend(self.test_command(
                    described,
                    &test,
                    &own,
                    binary.as_deref(),
                    variant,
                ));
            }
            let section = if several { format!("{name}/{}", test.text) } else { name.clone() };
            sections.push(Section::Test(Test {
                name: section,
                run: true,
                command: commands.join(" && "),
                dir: String::new(),
                tools: binary.iter().map(|program| Tool::Internal(program.clone())).collect(),
                ..Test::default()
            }));
        }
        sections
    }

    /// The program that a package tests: itself, or the one that it requires.
    fn tested(&mut self, described: &Description) -> Option<String> {
        if described.kind == Kind::Program || self.has_files(described) {
            return Some(described.name.text.to_string());
        }
        let requires = described.options.get("requires").and_then(Value::words).unwrap_or_default();
        let is_program =
            |name: &&Text| self.names.role(&name.text) == Some(Role::Section(Kind::Program));
        let mut programs = requires.iter().filter(is_program);
        let first = programs.next().map(|name| name.text.to_string());
        if let Some(second) = programs.next().cloned() {
            self.error(
                second.place,
                format!("test `{}` is of two programs", described.name.text),
                "make a test of each",
            );
        }
        first
    }

    fn test_command(
        &mut self,
        described: &Description,
        test: &Text,
        own: &Env,
        binary: Option<&str>,
        variant: &Text,
    ) -> Option<String> {
        let globals = self.globals.clone();
        let options = Options::of_file(own, &described.options, &globals);
        let folder = self.names.expanded(&project::dirname(&described.options));
        let folder = project::inside("", &folder).unwrap_or_default();
        let kind = if options.flag_or("test_asm", true) { "asm" } else { "byte" };
        let results = "_mbuild/tests".to_owned();
        let names = &mut self.names;
        let mut expand = |text: &str| {
            let known = substitute(text, &mut |name| {
                Some(match name {
                    "variant" => variant.text.to_string(),
                    "kind" => kind.to_owned(),
                    "test" => test.text.to_string(),
                    "binary" => format!("${{{}}}", variable_name(binary?)),
                    "tests" => crate::ocaml::sources::join(&folder, "tests"),
                    "sources" if folder.is_empty() => ".".to_owned(),
                    "sources" => folder.clone(),
                    "results" => results.clone(),
                    other => names.value(other)?,
                })
            });
            with_programs(&known).unwrap_or(known)
        };
        let mut words: Vec<Text> = options.words("test_cmd");
        if words.is_empty() {
            words.push(Text::new("%{binary}%", test.place));
        }
        words.extend(options.words("test_args"));
        let path = |option: &str| {
            options.get(option).and_then(|value| value.joined("/")).filter(|text| !text.is_empty())
        };
        let (stdin, dir) = (path("test_stdin"), path("test_dir"));
        let outputs = [("test_output", ""), ("test_stdout", ""), ("test_stderr", "2")];
        let outputs = outputs.map(|(option, stream)| (path(option), stream));
        let status = options.text("test_exit").unwrap_or_else(|| "0".to_owned());
        let mut command =
            words.iter().map(|word| (word.clone(), expand(&word.text))).collect::<Vec<_>>();
        let (stdin, dir) = (stdin.map(|text| expand(&text)), dir.map(|text| expand(&text)));
        let outputs = outputs.map(|(file, stream)| (file.map(|text| expand(&text)), stream));
        if command.iter().any(|(word, text)| !self.is_literal(word, text)) {
            return None;
        }
        let Ok(status) = status.parse::<u8>() else {
            let message = format!("`test_exit` is no status of a program: `{status}`");
            self.error(test.place, message, "write a number from 0 to 255");
            return None;
        };
        let words: Vec<String> = command.drain(..).map(|(_, text)| shell_word(&text)).collect();
        let mut text = words.join(" ");
        if let Some(stdin) = stdin {
            text += &format!(" < {}", shell_word(&stdin));
        }
        if let Some(dir) = dir.filter(|dir| dir != ".") {
            text = format!("cd {} && {text}", shell_word(&dir));
        }
        if status != 0 {
            text = format!("{{ {text}; [ $? -eq {status} ]; }}");
        }
        for (expected, stream) in outputs {
            let Some(expected) = expected else { continue };
            let expected = shell_word(&expected);
            // What is expected is named from the project's folder, wherever the test runs.
            text = format!(
                "found=$(mktemp) && {{ ( {text} ) {stream}> \"$found\" && cmp \"$found\" \"$root\"/{expected}; failed=$?; rm -f \"$found\"; [ $failed -eq 0 ]; }}"
            );
        }
        Some(format!("( {text} )"))
    }
}
