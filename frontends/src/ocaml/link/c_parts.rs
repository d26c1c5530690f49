//! C sources: their objects, the library that they become, and what links are told of it.

use crate::findlib::expand::Mode;

use super::super::entry;
use super::super::options::{quote_each, quote_for_mklib, quote_options};
use super::super::product::ProductKind;
use super::super::rules::{Statement, command, escape, quote};
use super::super::sources::{clean, join, stem_of};
use super::Link;

/// Names of the stub library of a section: the archive and what is loaded.
pub(super) struct Stubs {
    pub(super) archive: String,
    pub(super) shared: Option<String>,
    /// `-lx_stubs`.
    flag: String,
}

impl Link<'_, '_> {
    /// Compiles the C sources: their objects.
    pub(in super::super) fn c_objects(&mut self) -> Vec<String> {
        let (plan, toolchain) = (self.plan, self.tools.toolchain);
        let compiled = plan.compiled;
        let mut include: Vec<String> = Vec::new();
        if let Some(packages) = plan.packages.get(&Mode::Byte) {
            let dirs = packages.include_dirs();
            include.extend(dirs.iter().map(|dir| dir.to_string_lossy().into_owned()));
        }
        include.push(toolchain.findlib.stdlib.to_string_lossy().into_owned());
        include.extend(self.tools.headers.iter().cloned());
        let include: Vec<String> = include.iter().map(|dir| format!("-I{}", quote(dir))).collect();
        let rule = format!("{}.c", plan.id);
        self.compile_c(&rule, &command(&[quote_options(&compiled.c_flags), include.join(" ")]));
        let mut objects = Vec::new();
        for source in plan.c_files() {
            let file = self.tools.source(&clean(&join(compiled.c_folder(), source)));
            // C objects stand apart: `x.c` and `x.ml` would both become `x.o`.
            let object = format!("{}/c/{}.o", plan.obj, stem_of(source));
            self.rules.add(
                Statement::new(&rule, &object)
                    .input(file)
                    .implicit(plan.packages_goal(self.tools.dir)),
            );
            objects.push(object);
        }
        objects
    }

    /// Makes a library of the C sources.
    pub(super) fn stubs(&mut self) -> Option<Stubs> {
        let (plan, toolchain) = (self.plan, self.tools.toolchain);
        if plan.c_files().is_empty() {
            return None;
        }
        let compiled = plan.compiled;
        let objects = self.c_objects();
        let own = compiled.c_archive.clone();
        let name = own.unwrap_or_else(|| format!("{}_stubs", compiled.name));
        let archive = format!("{}/lib{name}.a", plan.obj);
        let can_load = compiled.c_archive.is_none()
            && toolchain.environment.get("supports_shared_libraries") != Some("false");
        let shared = can_load.then(|| format!("{}/dll{name}.so", plan.obj));
        let text = command(&[
            quote(&toolchain.ocamlmklib),
            if self.options.debug { "-g".to_owned() } else { String::new() },
            // Asked for both kinds, it fails where one of them cannot be made.
            if can_load { String::new() } else { "-custom".to_owned() },
            format!("-o {}", quote(&format!("{}/{name}", plan.obj))),
            "$in".to_owned(),
            quote_for_mklib(&self.c_libraries()),
        ]);
        let rule = format!("{}.stubs", plan.id);
        self.rules.rule(&rule, text, "ocamlmklib $out", &[]);
        self.rules.add(Statement::new(rule, &archive).also(shared.clone()).inputs(objects));
        self.product(ProductKind::StubArchive, &archive);
        if let Some(shared) = &shared {
            self.product(ProductKind::StubShared, shared);
        }
        Some(Stubs { archive, shared, flag: format!("-l{name}") })
    }

    /// The C libraries that the section asks for.
    pub(in super::super) fn c_libraries(&self) -> Vec<&str> {
        let all = self.plan.compiled.c_libraries.iter().map(String::as_str);
        let system = self.tools.target.entry.is_none();
        all.filter(|library| system || !entry::OF_C.contains(library)).collect()
    }

    /// Declares a rule that compiles C as the OCaml compilers do.
    pub(in super::super) fn compile_c(&mut self, rule: &str, flags: &str) {
        let get = |name: &str| self.tools.toolchain.environment.get(name).unwrap_or_default();
        let compiler = match get("bytecomp_c_compiler") {
            "" => format!("{} {}", get("c_compiler"), get("ocamlc_cflags")),
            compiler => compiler.to_owned(),
        };
        let text = command(&[
            escape(compiler.trim()).as_str(),
            self.debug(),
            flags,
            if self.tools.map.is_empty() { "" } else { "-fdebug-prefix-map=$$PWD=." },
            "-MD -MF $out.d -c -o $out $in",
        ]);
        self.rules.rule(rule, text, "cc $in", &[("depfile", "$out.d"), ("deps", "gcc")]);
    }

    /// What a section's C parts ask of every link it is part of.
    pub(super) fn c_options(&self, stubs: Option<&Stubs>, native: bool, load: bool) -> String {
        let compiled = self.plan.compiled;
        let mut options = Vec::new();
        if let Some(stubs) = stubs {
            // What cannot be loaded is part of every program.
            if !native && compiled.c_archive.is_some() {
                options.push("-custom".to_owned());
            }
            if !native && load && stubs.shared.is_some() {
                options.push(quote_each("-dllib", &[&stubs.flag]));
            }
            options.push(quote_each("-cclib", &[&stubs.flag]));
        }
        options.push(quote_each("-cclib", &self.c_libraries()));
        if !native {
            options.push(quote_each("-dllib", &compiled.dll_libraries));
            options.push(quote_each("-dllpath", &compiled.dll_paths));
        }
        command(&options)
    }
}
