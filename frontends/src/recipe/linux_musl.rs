//! The recipe for static programs of Linux: OCaml's native runtime compiled for musl's C library, which
//! Debian has.

use std::path::{Path, PathBuf};

use super::assemble::Parts;
use super::cross::{self, Cross};
use super::processor::Processor;
use super::runtime::{C_FLAGS, Runtime};
use super::sources::{self, link};
use super::{Making, RecipeError};
use crate::ocaml::rules::{Rules, quote};
use crate::target::ToolchainSpec;

const CC: &str = include_str!("../../recipes/linux-musl/cc.sh");

/// Beginnings of the names of files of the host's OCaml that know no C library.
const STDLIB: &[&str] =
    &["stdlib", "camlinternal", "std_exit.", "str.", "bigarray.", "topdirs.", "unix", "threads/"];

/// Libraries whose parts in C are made anew.
const STUBS: [&str; 3] = ["camlstr", "unix", "threadsnat"];

/// Libraries that another processor needs.
const LIBRARIES: [&str; 4] = ["str", "bigarray", "unix", "threads/threads"];

/// What programs are linked with; all but `libc.a` is for the sake of those who name it.
const LIBC: [&str; 10] = [
    "crt1.o",
    "crti.o",
    "crtn.o",
    "libc.a",
    "libm.a",
    "libdl.a",
    "libpthread.a",
    "librt.a",
    "libutil.a",
    "libresolv.a",
];

/// Gathers the sources and writes the rule file.
pub(super) fn prepare(
    making: &mut Making<'_>,
    spec: &ToolchainSpec,
    processor: &'static Processor,
) -> Result<Parts, RecipeError> {
    let runtime = making.runtime(&STUBS, cross::wanted(processor, &LIBRARIES), None)?;
    let cross = making.cross(processor, &runtime.version)?;
    let work = making.work.clone();
    let (include, lib) = (making.musl_include(processor), making.musl_lib(processor));
    // Rules name headers relative to the work folder, so that results are the same for everybody.
    link(&include, &work.join("musl"))?;
    let gcc = processor.tool("gcc");
    let cc_include = making.cc_include(&gcc)?;
    let rule_file = rules(processor, &runtime, cross.as_ref(), &cc_include)?;
    sources::write(&work.join("build.ninja"), &rule_file)?;
    let mut copies =
        vec![(include, "include/musl".to_owned()), (cc_include, "include/cc".to_owned())];
    copies.extend(LIBC.map(|name| (lib.join(name), format!("lib/musl/{name}"))));
    let (cc, script) = (format!("{}-cc", processor.musl()), CC.replace("@cc@", &gcc));
    Ok(Parts {
        texts: vec![rule_file],
        words: vec![format!("OCaml {}", runtime.version), "musl".to_owned()],
        host: making.host.clone(),
        findlib: spec.findlib.clone().unwrap_or_else(|| spec.name.clone()),
        copies,
        cc: (cc, script),
        includes: &[],
        c_flags: C_FLAGS,
        stdlib: STDLIB,
        says: vec![("supports_shared_libraries", "false".to_owned())],
        processor,
    })
}

/// The rules of everything that is compiled.
fn rules(
    processor: &Processor,
    runtime: &Runtime,
    cross: Option<&Cross>,
    cc_include: &Path,
) -> Result<Vec<u8>, RecipeError> {
    let mut rules = Rules::default();
    rules.variable("builddir", ".");
    let cc_include = quote(&cc_include.to_string_lossy());
    let flags = format!("-nostdinc -isystem musl -isystem {cc_include} -pthread -O2 -g");
    let mut all = runtime.add(&mut rules, processor, &flags, "linux", &[], Vec::new());
    if let Some(cross) = cross {
        all.extend(cross.add(&mut rules, processor, &LIBRARIES));
    }
    super::written(rules, all)
}

impl Making<'_> {
    /// The folder of musl's headers.
    pub(super) fn musl_include(&self, processor: &Processor) -> PathBuf {
        self.root(processor).join("usr/include").join(processor.musl())
    }

    /// The folder of musl's libraries.
    pub(super) fn musl_lib(&self, processor: &Processor) -> PathBuf {
        self.root(processor).join("usr/lib").join(processor.musl())
    }

    /// Where packages for a processor are.
    pub(super) fn root(&self, processor: &Processor) -> &Path {
        if processor.is_own() { Path::new("/") } else { &self.foreign }
    }
}
