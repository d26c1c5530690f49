//! Rules and statements that link: C stubs, archives, plugins, packs and programs.

mod c_parts;
mod library;
mod program;

use crate::package::{Compiled, Section};

use super::options::quote_options;
use super::plan::Plan;
use super::product::{Product, ProductKind};
use super::rules::{Rules, command};
use super::spec::Spec;
use super::{Options, Tools};
pub(super) use program::program_name;

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
            Section::Object(_) => self.object(stubs),
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

    /// What the section says for links alone.
    fn link_flags(&self, native: bool) -> String {
        let compiled = self.plan.compiled;
        command(&[quote_options(&compiled.link_flags), quote_options(link_step(compiled, native))])
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

    /// A section without an archive: its objects are linked as they are, and its C parts stand beside them.
    fn object(&mut self, stubs: Option<c_parts::Stubs>) -> Linked {
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
        if let Some(stubs) = stubs {
            linked.files.push(stubs.archive);
            linked.files.extend(stubs.shared);
        }
        linked
    }
}

/// What a section says for one kind of link.
fn link_step(compiled: &Compiled, native: bool) -> &[String] {
    if native { &compiled.steps.native_link } else { &compiled.steps.byte_link }
}
