//! Options that have a program of the package rewrite its sources, named by where a stock tool leaves the program.

use hashbrown::HashMap;

use super::{Compiled, Executable, Package, Section, Tool};

/// A program of the package that rewrites the syntax tree of sources (`-ppx`), with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewriter {
    /// The program.
    pub program: Tool,
    /// Its arguments, before the files that the compilers add.
    pub arguments: Vec<String>,
}

impl Package {
    /// Takes `-ppx src/rewriter.native`, where that is a program of this package as `ocamlbuild` calls it, for what
    /// it is: the program is built before it is needed, wherever it stands.
    pub fn find_rewriters(&mut self) {
        // Of programs with one name, the first holds.
        let mut programs = HashMap::new();
        for (name, section) in self.executables().flat_map(names_of) {
            programs.entry(name).or_insert(section);
        }
        if programs.is_empty() {
            return;
        }
        for compiled in self.sections.iter_mut().filter_map(Section::compiled_mut) {
            take_rewriters(compiled, &programs);
        }
    }
}

impl Rewriter {
    /// The option for it, which [`Package::find_rewriters`] takes for it.
    pub fn option(&self, package: &Package) -> [String; 2] {
        let program = match &self.program {
            Tool::External(name) => name.clone(),
            Tool::Internal(section) => {
                let mut executables = package.executables();
                let it = executables.find(|executable| executable.compiled.name == *section);
                it.map_or_else(|| section.clone(), |it| format!("{}.native", stem_of(it)))
            }
        };
        let words = std::iter::once(&program).chain(&self.arguments);
        ["-ppx".to_owned(), words.map(String::as_str).collect::<Vec<_>>().join(" ")]
    }
}

/// What `ocamlbuild` calls a program, with its section.
fn names_of(executable: &Executable) -> Vec<(String, String)> {
    let stem = stem_of(executable);
    let name = |ending| (format!("{stem}.{ending}"), executable.compiled.name.clone());
    ["native", "byte"].map(name).to_vec()
}

/// The main source of a program without its ending, relative to the package root.
fn stem_of(executable: &Executable) -> String {
    let stem = executable.main.strip_suffix(".ml").unwrap_or(&executable.main);
    let path = [executable.compiled.path.as_str(), stem].join("/");
    path.trim_start_matches("./").trim_start_matches('/').to_owned()
}

fn take_rewriters(compiled: &mut Compiled, programs: &HashMap<String, String>) {
    let mut found: Vec<Rewriter> = Vec::new();
    let mut take = |flags: &mut Vec<String>| {
        let mut kept = Vec::with_capacity(flags.len());
        let mut words = std::mem::take(flags).into_iter().peekable();
        while let Some(word) = words.next() {
            let rewriter = words.peek().filter(|_| word == "-ppx");
            match rewriter.and_then(|command| rewriter_of(command, programs)) {
                Some(rewriter) => {
                    words.next();
                    if !found.contains(&rewriter) {
                        found.push(rewriter);
                    }
                }
                None => kept.push(word),
            }
        }
        *flags = kept;
    };
    // What is not changed stays shared with other sections.
    let rewrites = |flags: &[String]| flags.iter().any(|word| word == "-ppx");
    for flags in [&mut compiled.ocaml_flags, &mut compiled.native_flags] {
        if rewrites(flags) {
            take(flags.to_mut());
        }
    }
    let steps = compiled.steps.held().into_iter();
    let steps = steps.flat_map(|steps| [&mut steps.byte_compile, &mut steps.native_compile]);
    for flags in [&mut compiled.byte_flags].into_iter().chain(steps) {
        if rewrites(flags) {
            take(flags);
        }
    }
    let own = compiled.name.clone();
    found.retain(|rewriter| rewriter.program != Tool::Internal(own.clone()));
    if !found.is_empty() {
        compiled.rewriters.extend(found);
    }
}

/// The program that a command runs, where it is one of the package.
fn rewriter_of(command: &str, programs: &HashMap<String, String>) -> Option<Rewriter> {
    let mut words = command.split_whitespace();
    let path = words.next()?.trim_start_matches("./").trim_start_matches("_build/");
    let section = programs.get(path)?;
    Some(Rewriter {
        program: Tool::Internal(section.clone()),
        arguments: words.map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(name: &str, path: &str, main: &str, flags: &[&str]) -> Section {
        let compiled = Compiled {
            name: name.into(),
            path: path.into(),
            native_flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            ..Compiled::default()
        };
        Section::Executable(Executable { compiled, main: main.into(), ..Executable::default() })
    }

    #[test]
    fn programs_are_found_by_what_ocamlbuild_calls_them() {
        let flags =
            ["-w", "+a", "-ppx", "./_build/src/rewrite.native -debug", "-ppx", "other", "-g"];
        let sections = vec![
            program("rw", "src", "rewrite.ml", &[]),
            program("main", "bin", "main.ml", &flags),
        ];
        let mut package = Package { sections, ..Package::default() };
        package.find_rewriters();
        let main = package.sections[1].compiled().unwrap();
        assert_eq!(main.native_flags, ["-w", "+a", "-ppx", "other", "-g"]);
        let rewriter =
            Rewriter { program: Tool::Internal("rw".into()), arguments: vec!["-debug".into()] };
        assert_eq!(rewriter.option(&package), ["-ppx", "src/rewrite.native -debug"]);
        assert_eq!(main.rewriters, [rewriter]);
        assert!(package.sections[0].compiled().unwrap().rewriters.is_empty());
    }
}
