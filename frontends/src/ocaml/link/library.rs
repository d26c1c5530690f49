//! Archives of libraries, and the plugins that are loaded of them.

use crate::package::Section;

use super::super::options::quote_options;
use super::super::product::ProductKind;
use super::super::rules::{Statement, command, quote};
use super::c_parts::Stubs;
use super::{Link, Linked};

impl Link<'_, '_> {
    pub(super) fn library(&mut self, stubs: Option<&Stubs>) -> Linked {
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

    fn archive(
        &mut self,
        native: bool,
        out: &str,
        stubs: Option<&Stubs>,
        machine: Option<&String>,
    ) {
        let plan = self.plan;
        let Some(compiler) = self.compiler(native) else { return };
        let flags =
            if native { &plan.compiled.native_flags[..] } else { &plan.compiled.byte_flags };
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
}
