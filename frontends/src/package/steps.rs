//! What a manifest may say of single steps of compiling and linking.

use super::rare::Empty;

/// Flags of single steps, beside those of a whole kind of code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepFlags {
    /// For looking into the sources for what they need.
    pub scan: Vec<String>,
    /// For compiling bytecode and interfaces.
    pub byte_compile: Vec<String>,
    /// For compiling native code.
    pub native_compile: Vec<String>,
    /// For linking bytecode.
    pub byte_link: Vec<String>,
    /// For linking native code.
    pub native_link: Vec<String>,
}

impl Empty for StepFlags {
    const EMPTY: &'static Self = &Self {
        scan: Vec::new(),
        byte_compile: Vec::new(),
        native_compile: Vec::new(),
        byte_link: Vec::new(),
        native_link: Vec::new(),
    };

    fn is_empty(&self) -> bool {
        self == Self::EMPTY
    }
}

/// In which order the modules of a section are linked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Each after those that it needs.
    #[default]
    Sorted,
    /// Each after those that its implementation names; of those that could come next, the one that the manifest
    /// lists first.
    Ready,
    /// As the manifest lists them; a program's main module is the last.
    Listed,
}
