//! Processors that recipes make toolchains for, and the names that others have for them.

/// A processor.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Processor {
    /// Its name for targets, for GNU's tools and for Rust.
    pub(super) name: &'static str,
    /// Its name for OCaml, which is that of the file in which the runtime's assembly code is.
    pub(super) ocaml: &'static str,
    /// Its name for Debian.
    pub(super) debian: &'static str,
    /// Options of the C compiler for code that no operating system helps.
    pub(super) bare: &'static str,
    /// More of them for the code that runs before the processor is set up.
    pub(super) boot: &'static str,
}

const PROCESSORS: [Processor; 2] = [
    Processor {
        name: "x86_64",
        ocaml: "amd64",
        debian: "amd64",
        bare: "-mstack-protector-guard=global",
        boot: "-mno-sse -mno-mmx -mno-aes -mno-avx -mno-red-zone",
    },
    Processor {
        name: "aarch64",
        ocaml: "arm64",
        debian: "arm64",
        bare: "-mno-outline-atomics",
        boot: "",
    },
];

impl Processor {
    /// The processor of this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        PROCESSORS.iter().find(|it| it.name == name)
    }

    /// This machine has it.
    pub(super) fn is_own(&self) -> bool {
        self.name == std::env::consts::ARCH
    }

    /// This machine has the one that Debian calls so.
    pub(super) fn is_own_for_debian(debian: &str) -> bool {
        PROCESSORS.iter().any(|it| it.debian == debian && it.is_own())
    }

    /// What a tool of GNU's is called that works for this processor.
    pub(super) fn tool(&self, name: &str) -> String {
        if self.is_own() { name.to_owned() } else { format!("{}-{name}", self.gnu()) }
    }

    /// What its folders are called where Debian has its libraries.
    pub(super) fn gnu(&self) -> String {
        format!("{}-linux-gnu", self.name)
    }

    /// What its folders are called where Debian has musl.
    pub(super) fn musl(&self) -> String {
        format!("{}-linux-musl", self.name)
    }
}
