//! How sources that are not OCaml become OCaml.

use super::Tool;

/// How one kind of source becomes OCaml.
///
/// What it makes stands beside the source, with the source's name and another ending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generate {
    /// Ending of the source without the dot (`mll`, `mod`).
    pub from: String,
    /// Endings of what is made (`ml`, or `ml` and `mli`); the first is `${out}`.
    pub to: Vec<String>,
    /// The program that does it.
    pub tool: Tool,
    /// Its arguments. `${in}` is the source, `${out}` the first file made, `${stem}` that without
    /// its ending.
    pub arguments: Vec<String>,
    /// Which more files the program reads.
    pub reads: Reads,
    /// Files that it reads for every source, relative to the package root.
    pub inputs: Vec<String>,
    /// The sources that it holds for, relative to the package root; none are all with that ending.
    pub only: Vec<String>,
    /// The folder below which it holds, relative to the package root; empty is everywhere.
    pub below: String,
}

/// The argument by which a program asks for types.
pub const INFER: &str = "--infer";

impl Generate {
    /// Whether the program wants to know the types of what it makes before it makes it (menhir): it says what the
    /// compiler is to look at, and is told what that has found.
    pub fn infers(&self) -> bool {
        self.arguments.iter().any(|argument| argument == INFER)
    }
}

/// Which files a program reads that its command line does not name. Names are relative to the
/// source's folder, and each may itself be made from another source: then the source and all that
/// it names have to stand together in the build folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reads {
    /// None.
    #[default]
    Nothing,
    /// None, but what it makes says where the source stands and where itself (ocamllex, ocamlyacc, menhir): both
    /// are to be said as if it stood in the source tree.
    Place,
    /// One name on each line of the source (ocamlmod).
    Lines,
    /// The quoted name at the end of each line of the source (ocamlify).
    Quoted,
}

impl Reads {
    /// The names in `content`, in order.
    pub fn names(self, content: &[u8]) -> Vec<Vec<u8>> {
        let lines = content.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        match self {
            Self::Nothing | Self::Place => Vec::new(),
            Self::Lines => lines.filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect(),
            Self::Quoted => lines
                .filter_map(|line| {
                    let (_, quoted) = line
                        .strip_suffix(b"\"")?
                        .split_at(line.iter().position(|b| *b == b'"')? + 1);
                    Some(quoted.to_vec())
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_a_generator_reads_are_found_in_its_source() {
        assert_eq!(Reads::Lines.names(b"A.ml\r\n\n B.ml\n"), [b"A.ml".to_vec(), b"B.ml".to_vec()]);
        assert_eq!(Reads::Quoted.names(b"VarString a  \"A b.ml\"\nx\n"), [b"A b.ml".to_vec()]);
        assert!(Reads::Nothing.names(b"A.ml").is_empty());
        assert!(Reads::Place.names(b"A.ml").is_empty());
    }
}
