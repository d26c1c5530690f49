//! What a toolchain for another processor has more than one for this machine's: a compiler of its own, and
//! all of OCaml's libraries compiled by it.

use super::compiler::{self, Compiler};
use super::library::{self, Stdlib};
use super::processor::Processor;
use super::{Making, RecipeError};
use crate::ocaml::rules::Rules;

/// The compiler and the libraries.
#[derive(Clone, Debug, Default)]
pub(super) struct Cross {
    compiler: Compiler,
    stdlib: Stdlib,
}

/// What has to be unpacked of OCaml's sources; nothing where the host's compiler serves.
pub(super) fn wanted(processor: &Processor, libraries: &[&str]) -> Vec<String> {
    if processor.is_own() {
        return Vec::new();
    }
    [compiler::wanted(), library::wanted(libraries)].concat()
}

impl Making<'_> {
    /// Reads of what they are made; `None` where the host's compiler serves.
    pub(super) fn cross(
        &self,
        processor: &Processor,
        version: &str,
    ) -> Result<Option<Cross>, RecipeError> {
        if processor.is_own() {
            return Ok(None);
        }
        Ok(Some(Cross { compiler: self.compiler(processor)?, stdlib: self.stdlib(version)? }))
    }
}

impl Cross {
    /// Adds what makes them, and gives back what is made.
    pub(super) fn add(
        &self,
        rules: &mut Rules,
        processor: &Processor,
        libraries: &[&str],
    ) -> Vec<String> {
        let mut made = vec![self.compiler.add(rules, processor)];
        made.extend(self.stdlib.add(rules, libraries));
        made
    }
}
