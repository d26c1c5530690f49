//! Processors that recipes make toolchains for, and the names that others have for them.

/// A processor.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Processor {
    /// Its name for targets, for GNU's tools and for Rust.
    pub(super) name: &'static str,
    /// Its name for OCaml, which is that of the file in which the runtime's assembly code is.
    pub(super) ocaml: &'static str,
}

const PROCESSORS: [Processor; 1] = [Processor { name: "x86_64", ocaml: "amd64" }];

impl Processor {
    /// The processor of this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        PROCESSORS.iter().find(|it| it.name == name)
    }

    /// What a tool of GNU's is called that works for this processor.
    pub(super) fn tool(&self, name: &str) -> String {
        if self.name == std::env::consts::ARCH {
            name.to_owned()
        } else {
            format!("{}-linux-gnu-{name}", self.name)
        }
    }

    /// What its folders are called where Debian has musl.
    pub(super) fn musl(&self) -> String {
        format!("{}-linux-musl", self.name)
    }
}
