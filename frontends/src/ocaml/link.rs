//! Rules and statements that link: C stubs, archives, plugins, packs and programs.

use std::path::PathBuf;

use crate::findlib::expand::Mode;
use crate::package::{Compiled, Section};

use super::entry;
use super::options::{quote_each, quote_for_mklib, quote_options};
use super::plan::Plan;
use super::product::{Product, ProductKind};
use super::rules::{Rules, Statement, command, escape, quote, quote_all};
use super::sources::{clean, join, stem_of};
use super::spec::{Archives, Spec};
use super::{Options, Tools};

/// What the sections before one have made for it to link.
#[derive(Clone, Debug, Default)]
pub(super) struct Linked {
    /// The archive or object to name on a command line, by kind of code.
    byte: Vec<String>,
    native: Vec<String>,
    /// Files that the linker reads besides, by kind of code.
    byte_parts: Vec<String>,
    native_parts: Vec<String>,
    /// Everything that is made.
    pub(super) files: Vec<String>,
    /// What came out of links of programs, before targets put it into something else.
    pub(super) linked: Vec<String>,
    /// The programs among it, with the target that each is for.
    pub(super) programs: Vec<(String, String)>,
    /// It has C stubs to load at run time.
    pub(super) shared: bool,
}

/// What linking a section needs to know and leaves behind.
pub(super) struct Link<'a, 'b> {
    pub(super) tools: &'a Tools<'b>,
    pub(super) options: &'a Options,
    pub(super) plans: &'a [Plan<'b>],
    pub(super) plan: &'a Plan<'b>,
    pub(super) spec: &'a mut Spec,
    /// What was made of the sections planned before this one.
    pub(super) linked: &'a [Linked],
    pub(super) rules: &'a mut Rules,
    pub(super) products: &'a mut Vec<Product>,
    /// Files that commands read, to be written beside the rule file.
    pub(super) files: &'a mut Vec<(String, Vec<u8>)>,
    /// Where a program goes, without the ending that a target gives it.
    pub(super) program: Option<String>,
}

/// Names of the stub library of a section: the archive and what is loaded.
struct Stubs {
    archive: String,
    shared: Option<String>,
    /// `-lx_stubs`.
    flag: String,
}

impl Link<'_, '_> {
    /// Adds everything after the objects.
    pub(super) fn section(&mut self) -> Linked {
        if self.plan.is_in_c() {
            return self.c_program();
        }
        let stubs = self.stubs();
        self.folders();
        match self.plan.section {
            Section::Library(_) => self.library(stubs.as_ref()),
            Section::Object(_) => self.object(),
            _ => self.program(stubs.as_ref()),
        }
    }

    pub(super) fn product(&mut self, kind: ProductKind, path: &str) {
        let native = matches!(kind, ProductKind::Cmxa | ProductKind::Archive);
        if native && self.plan.native_inside {
            return;
        }
        self.products.push(Product::of(self.plan.index, kind, path));
    }

    pub(super) fn debug(&self) -> &'static str {
        if self.options.debug { "-g" } else { "" }
    }

    /// How a command reads a link order.
    pub(super) fn arguments(&self, variable: &str) -> String {
        // `-args` came with OCaml 4.05.
        if self.tools.toolchain.version() >= (4, 5) {
            format!("-args {variable}")
        } else {
            format!("$$(cat {variable})")
        }
    }

    pub(super) fn objects(&self, native: bool) -> Vec<String> {
        let members = self.spec.units.iter().filter(|unit| unit.member && unit.scope.is_empty());
        members.flat_map(|unit| unit.objects(native)).collect()
    }

    pub(super) fn order(&self, native: bool) -> String {
        let link = self.spec.links.iter().find(|link| link.native == native);
        link.map(|link| link.order.clone()).unwrap_or_default()
    }

    /// Compiles the C sources: their objects.
    pub(super) fn c_objects(&mut self) -> Vec<String> {
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
    fn stubs(&mut self) -> Option<Stubs> {
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
    pub(super) fn c_libraries(&self) -> Vec<&str> {
        let all = self.plan.compiled.c_libraries.iter().map(String::as_str);
        let system = self.tools.target.entry.is_none();
        all.filter(|library| system || !entry::OF_C.contains(library)).collect()
    }

    /// Declares a rule that compiles C as the OCaml compilers do.
    pub(super) fn compile_c(&mut self, rule: &str, flags: &str) {
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
    fn c_options(&self, stubs: Option<&Stubs>, native: bool, load: bool) -> String {
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

    fn library(&mut self, stubs: Option<&Stubs>) -> Linked {
        let plan = self.plan;
        if plan.pack.is_some() {
            self.pack();
        }
        let base = plan.archive_base();
        let shared = stubs.is_some_and(|stubs| stubs.shared.is_some());
        let mut linked = Linked { shared, ..Linked::default() };
        if let Some(stubs) = stubs {
            linked.byte_parts.extend(stubs.shared.clone());
            linked.byte_parts.push(stubs.archive.clone());
            linked.native_parts.push(stubs.archive.clone());
        }
        linked.files.extend(linked.byte_parts.clone());
        if plan.byte {
            let cma = format!("{base}.cma");
            self.archive(false, &cma, stubs, None);
            self.product(ProductKind::Cma, &cma);
            linked.files.push(cma.clone());
            linked.byte.push(cma);
        }
        if plan.native {
            let (cmxa, machine) = (format!("{base}.cmxa"), format!("{base}.a"));
            // An archive without members has no machine code.
            let some = !self.objects(true).is_empty();
            self.archive(true, &cmxa, stubs, some.then_some(&machine));
            self.product(ProductKind::Cmxa, &cmxa);
            linked.native.push(cmxa.clone());
            let shown = !plan.native_inside;
            linked.files.extend(shown.then_some(cmxa.clone()));
            if some {
                self.product(ProductKind::Archive, &machine);
                linked.files.extend(shown.then(|| machine.clone()));
                linked.native_parts.push(machine.clone());
            }
            let loads = !matches!(plan.section, Section::Library(library) if library.no_plugin)
                && self.tools.toolchain.environment.native_dynlink();
            if loads && some && !plan.native_inside {
                let cmxs = format!("{base}.cmxs");
                self.plugin(&cmxs, &cmxa, &machine, stubs);
                self.product(ProductKind::Cmxs, &cmxs);
                linked.files.push(cmxs);
            }
        }
        linked
    }

    /// What the section says for links alone.
    fn link_flags(&self, native: bool) -> String {
        let compiled = self.plan.compiled;
        command(&[quote_options(&compiled.link_flags), quote_options(link_step(compiled, native))])
    }

    /// What the sections that a program is linked with say for its link.
    fn spread_flags(&self, native: bool) -> String {
        let used = self.plan.uses.iter().map(|at| self.plans[*at].compiled);
        let flags = used.filter(|compiled| compiled.spreads);
        let flags = flags.map(|compiled| quote_options(link_step(compiled, native)));
        command(&flags.collect::<Vec<_>>())
    }

    fn archive(
        &mut self,
        native: bool,
        out: &str,
        stubs: Option<&Stubs>,
        machine: Option<&String>,
    ) {
        let plan = self.plan;
        let Some(compiler) = self.compiler(native) else { return };
        let flags = if native { &plan.compiled.native_flags } else { &plan.compiled.byte_flags };
        let (objects, order) = self.members(native);
        let members = if plan.pack.is_some() { "$in".to_owned() } else { self.arguments("$order") };
        let text = command(&[
            format!("{} -a", quote(compiler)),
            self.debug().to_owned(),
            quote_options(flags),
            self.link_flags(native),
            self.c_options(stubs, native, true),
            format!("-o $out {members}"),
        ]);
        let rule = format!("{}.{}", plan.id, if native { "cmxa" } else { "cma" });
        let verb = if native { "ocamlopt" } else { "ocamlc" };
        self.rules.rule(&rule, text, &format!("{verb} -a $out"), &[]);
        let mut statement = Statement::new(rule, out).also(machine.cloned());
        if plan.pack.is_some() {
            let (unit, rest) = objects.split_at(1.min(objects.len()));
            statement = statement.inputs(unit.to_vec()).implicit(rest.to_vec());
        } else {
            statement = statement.implicit(objects).implicit([&order]).bind("order", quote(&order));
            if self.spec.takes {
                // What modules name beside those listed is only known from the sources.
                let dyndep = self.spec.dyndep.clone();
                statement = statement.order_only([&dyndep]).bind("dyndep", quote(&dyndep));
                let links = self.spec.links.iter_mut().filter(|link| link.native == native);
                links.for_each(|link| link.outputs = vec![out.to_owned()]);
            }
        }
        self.rules.add(statement);
    }

    /// What an archive holds, and the file that says in which order.
    fn members(&self, native: bool) -> (Vec<String>, String) {
        if self.plan.pack.is_none() {
            return (self.objects(native), self.order(native));
        }
        let base = self.plan.pack_base();
        let endings: &[&str] = if native { &["cmx", "o"] } else { &["cmo"] };
        (endings.iter().map(|ending| format!("{base}.{ending}")).collect(), String::new())
    }

    pub(super) fn compiler(&self, native: bool) -> Option<&str> {
        let toolchain = self.tools.toolchain;
        if native { toolchain.ocamlopt.as_deref() } else { Some(&toolchain.ocamlc) }
    }

    fn plugin(&mut self, out: &str, cmxa: &str, machine: &str, stubs: Option<&Stubs>) {
        let plan = self.plan;
        let Some(compiler) = self.compiler(true) else { return };
        let text = command(&[
            format!("{} -shared -linkall", quote(compiler)),
            self.debug().to_owned(),
            quote_options(&plan.compiled.native_flags),
            self.link_flags(true),
            format!("-I {}", quote(&plan.obj)),
            "-o $out $in".to_owned(),
        ]);
        let rule = format!("{}.cmxs", plan.id);
        self.rules.rule(&rule, text, "ocamlopt -shared $out", &[]);
        self.rules.add(
            Statement::new(rule, out)
                .input(cmxa)
                .implicit([machine])
                .implicit(stubs.map(|stubs| stubs.archive.clone())),
        );
    }

    /// A section without an archive: its objects are linked as they are.
    fn object(&mut self) -> Linked {
        let plan = self.plan;
        let mut linked = Linked::default();
        if plan.pack.is_some() {
            self.pack();
        }
        let (byte, _) = self.members(false);
        let (native, _) = self.members(true);
        if plan.byte {
            linked.byte.clone_from(&byte);
            linked.files.extend(byte);
        }
        if plan.native {
            linked.native = native.iter().filter(|file| file.ends_with(".cmx")).cloned().collect();
            linked.native_parts =
                native.iter().filter(|file| !file.ends_with(".cmx")).cloned().collect();
            linked.files.extend(native);
        }
        linked
    }

    fn program(&mut self, stubs: Option<&Stubs>) -> Linked {
        let plan = self.plan;
        let native = plan.native;
        let (Some(program), Some((text, base))) =
            (self.program.clone(), self.program_link(stubs, native))
        else {
            return Linked::default();
        };
        let entry = self.entry();
        let base = base.implicit(entry.clone());
        let mut linked = self.last_links(&program, &base, &|link, last, manifest| {
            link.last(last, &text, manifest, entry.as_ref())
        });
        for link in &mut self.spec.links {
            link.outputs = if link.native == native { linked.linked.clone() } else { Vec::new() };
        }
        if native && plan.byte {
            linked.files.extend(self.bytecode(&program, stubs));
        }
        let shared = plan.uses.iter().any(|at| self.linked[*at].shared)
            || stubs.is_some_and(|stubs| stubs.shared.is_some());
        let custom = matches!(plan.section, Section::Executable(executable) if executable.custom);
        Linked { shared: shared && !native && !custom, ..linked }
    }

    /// The bytecode of a program as a program beside it.
    fn bytecode(&mut self, program: &str, stubs: Option<&Stubs>) -> Option<String> {
        let (text, base) = self.program_link(stubs, false)?;
        let out = format!("{program}.byte");
        let rule = format!("{}.link-byte", self.plan.id);
        let text = command(&[text, format!("-o $out {}", self.arguments("$order"))]);
        self.rules.rule(&rule, text, "link $out", &[]);
        self.rules.add(Statement { rule, outputs: vec![out.clone()], ..base });
        for link in self.spec.links.iter_mut().filter(|link| !link.native) {
            link.outputs = vec![out.clone()];
        }
        self.product(ProductKind::Bytecode, &out);
        Some(out)
    }

    /// How a program is linked, without what targets add: the beginning of the command, and a statement
    /// without an output.
    fn program_link(&mut self, stubs: Option<&Stubs>, native: bool) -> Option<(String, Statement)> {
        let plan = self.plan;
        let mode = if native { Mode::Native } else { Mode::Byte };
        let compiler = self.compiler(native)?;
        let (custom, as_object) = match plan.section {
            Section::Executable(executable) => {
                (executable.custom && !native && !executable.as_object, executable.as_object)
            }
            _ => (false, false),
        };
        let include = plan.includes(self.plans, std::slice::from_ref(&plan.obj), mode);
        let (mut options, mut archives, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        if let Some(packages) = plan.packages.get(&mode) {
            let text = |path: &PathBuf| path.to_string_lossy().into_owned();
            options = packages.link_options();
            archives.extend(packages.archives().iter().map(text));
            parts.extend(packages.parts().iter().map(text));
        }
        // A library may need what stands beside its modules, which is linked before it then.
        let among = self.spec.units.iter().any(|unit| unit.beside);
        let mut placed = Vec::new();
        for at in &plan.uses {
            let used = &self.linked[*at];
            let (own, more) = if native {
                (&used.native, &used.native_parts)
            } else {
                (&used.byte, &used.byte_parts)
            };
            if among {
                let (byte, native) = (used.byte.clone(), used.native.clone());
                placed.push(Archives { byte, native });
            } else {
                archives.extend(own.iter().cloned());
            }
            parts.extend(own.iter().chain(more).cloned());
        }
        if let Some(stubs) = stubs {
            parts.push(stubs.archive.clone());
            parts.extend(stubs.shared.clone().filter(|_| !native));
        }
        let flags = if native { &plan.compiled.native_flags } else { &plan.compiled.byte_flags };
        let text = command(&[
            if native { String::new() } else { self.tools.map.to_owned() },
            quote(compiler),
            self.debug().to_owned(),
            if custom { "-custom".to_owned() } else { String::new() },
            if as_object { "-output-obj".to_owned() } else { String::new() },
            quote_options(flags),
            self.link_flags(native),
            self.spread_flags(native),
            include,
            quote_all(&options),
            self.c_options(stubs, native, !custom),
            quote_all(&archives),
        ]);
        self.spec.archives = placed;
        let order = self.order(native);
        let dyndep = self.spec.dyndep.clone();
        let base = Statement::default()
            .implicit([&order])
            .implicit(parts)
            .implicit(plan.packages_goal(self.tools.dir))
            .order_only([&dyndep])
            .bind("dyndep", quote(&dyndep))
            .bind("order", quote(&order));
        Some((text, base))
    }
}

/// What a section says for one kind of link.
fn link_step(compiled: &Compiled, native: bool) -> &[String] {
    if native { &compiled.steps.native_link } else { &compiled.steps.byte_link }
}

/// The name of a program's file.
pub(super) fn program_name(section: &str, taken: &[String], dir: &str) -> String {
    let mut path = format!("{dir}/bin/{}", super::rules::plain(section));
    while taken.contains(&path) {
        path.push('_');
    }
    path
}
