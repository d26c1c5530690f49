//! What holds for every section, which `_oasis` says with arguments for ocamlbuild.

use std::collections::BTreeSet;

use super::Writer;
use super::text::quoted;
use crate::package::{Compiled, Depend, Generate, INFER, Preprocess, Reads, Tool};

impl Writer<'_, '_> {
    /// Writes them; whether they say how sources are preprocessed, or nobody has to.
    pub(super) fn arguments(&mut self) -> bool {
        let mut words: Vec<String> = Vec::new();
        for (argument, list) in [
            ("-cflag", (|it| &it.ocaml_flags) as fn(&Compiled) -> &[String]),
            ("-lflag", |it| &it.link_flags),
            ("-I", |it| &it.include),
        ] {
            for value in self.shared(list) {
                words.extend([argument.to_owned(), value]);
            }
        }
        let preprocessed = self.preprocessing(&mut words);
        let mut tools = Vec::new();
        for generate in &self.package.generate {
            self.generator(generate, &mut words, &mut tools);
        }
        self.list("BuildTools", &tools);
        // Words of this field are given to a shell, which takes them apart once more.
        let twice: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        self.words("XOCamlbuildExtraArgs", &twice);
        preprocessed
    }

    /// What all sections that are compiled have alike.
    pub(super) fn shared(&self, list: fn(&Compiled) -> &[String]) -> Vec<String> {
        let mut all = self.package.compiled().map(list);
        let Some(first) = all.next() else { return Vec::new() };
        if all.all(|other| other == first) { first.to_vec() } else { Vec::new() }
    }

    fn preprocessing(&mut self, words: &mut Vec<String>) -> bool {
        let all: Vec<&Compiled> = self.package.compiled().collect();
        let plain = |compiled: &&&Compiled| compiled.preprocess == self.by_itself(compiled);
        if all.iter().filter(plain).count() == all.len() {
            return true;
        }
        let Some(first) = all.first().map(|compiled| &compiled.preprocess) else { return true };
        if all.iter().any(|compiled| compiled.preprocess != *first) {
            return false;
        }
        match first {
            Preprocess::None => self.field("AlphaFeatures", "no_automatic_syntax"),
            Preprocess::Camlp4(syntax) => words.extend(["-syntax".to_owned(), syntax.clone()]),
            Preprocess::Command(command) => words.extend(["-pp".to_owned(), command.clone()]),
            Preprocess::Program(Tool::External(name), arguments) => {
                let command = [std::slice::from_ref(name), arguments].concat().join(" ");
                words.extend(["-pp".to_owned(), command]);
            }
            Preprocess::Program(Tool::Internal(_), _) => return false,
        }
        true
    }

    /// How a section is preprocessed when nothing is said of it: what its packages ask for.
    pub(super) fn by_itself(&self, section: &Compiled) -> Preprocess {
        let mut todo = vec![section];
        let mut seen = BTreeSet::new();
        while let Some(next) = todo.pop() {
            for depend in &next.depends {
                match depend {
                    Depend::Findlib { name, .. } => match Preprocess::of_package(name) {
                        Preprocess::None => {}
                        found => return found,
                    },
                    Depend::Internal(name) if seen.insert(name) => {
                        todo.extend(self.package.compiled().filter(|it| it.name == *name));
                    }
                    Depend::Internal(_) => {}
                }
            }
        }
        Preprocess::None
    }

    /// How sources become OCaml: by programs that every package has, that are tools, or menhir.
    fn generator(&mut self, generate: &Generate, words: &mut Vec<String>, tools: &mut Vec<String>) {
        let (Tool::External(program) | Tool::Internal(program)) = &generate.tool;
        let named = self.package.compiled().any(|it| it.tools.contains(&generate.tool));
        let Some(usual) = usual(generate) else {
            self.loses(format!("how sources ending in `.{}` become OCaml", generate.from));
            return;
        };
        match usual {
            Usual::Always => {}
            Usual::Tool if named || tools.contains(program) => {}
            Usual::Tool => {
                self.lost.remark(format!("`{program}` is written as a tool of every section"));
                tools.push(program.clone());
            }
            Usual::Menhir(more) if more.is_empty() => words.push("-use-menhir".to_owned()),
            Usual::Menhir(more) => {
                let command: Vec<&str> =
                    ["menhir"].into_iter().chain(more.iter().map(String::as_str)).collect();
                words.extend(["-menhir".to_owned(), command.join(" ")]);
            }
        }
    }
}

/// How it comes that a source is made.
enum Usual {
    /// Every package does so.
    Always,
    /// Those that name the program among their tools do.
    Tool,
    /// Menhir, with more arguments.
    Menhir(Vec<String>),
}

fn usual(generate: &Generate) -> Option<Usual> {
    let standard = crate::oasis::generators();
    let same = |known: &&Generate| {
        known.from == generate.from
            && known.to == generate.to
            && known.arguments == generate.arguments
            && known.reads == generate.reads
    };
    if !generate.only.is_empty() {
        return None;
    }
    if let Some(known) = standard.iter().find(same) {
        let always = known.reads == Reads::Place && known.tool == generate.tool;
        return Some(if always { Usual::Always } else { Usual::Tool });
    }
    let arguments = &generate.arguments;
    let mut more = arguments.get(2..arguments.len().checked_sub(1)?)?.to_vec();
    if generate.infers() {
        more.pop();
    }
    let mut known = crate::oasis::menhir_with(more.clone());
    if !generate.infers() {
        known.arguments.retain(|argument| argument != INFER);
    }
    (known == *generate).then_some(Usual::Menhir(more))
}
