//! From manifests to rule files: readers of every format, one package model, one generator.
//!
//! `oasis` and `mirari` (and later `opam`, `obuild`, ...) read a format and translate it to the [`package`]
//! model; `ocaml` writes rule files from the model and knows no format; `findlib` reads and writes
//! META. A reader never talks to the generator.

pub mod choices;
pub mod configure;
pub mod convert;
pub mod depends;
pub mod describe;
mod encoding;
pub mod environment;
pub mod files;
pub mod findlib;
pub mod image;
pub mod install;
pub mod mirari;
mod mistakes;
pub mod oasis;
pub mod obuild;
pub mod ocaml;
pub mod ocp;
pub mod opam;
pub mod own_build;
pub mod package;
pub mod recipe;
pub mod suggest;
pub mod tags;
pub mod target;
pub mod toolchain;
pub mod version;
pub mod words;
