//! Programs, as native code and as bytecode.

use std::path::PathBuf;

use crate::findlib::expand::Mode;
use crate::package::Section;

use super::super::options::quote_options;
use super::super::product::ProductKind;
use super::super::rules::{Statement, command, plain, quote, quote_all};
use super::super::spec::Archives;
use super::super::standing::Standing;
use super::c_parts::Stubs;
use super::{Link, Linked, link_step};

impl Link<'_, '_> {
    /// What the sections that a program is linked with say for its link.
    fn spread_flags(&self, native: bool) -> String {
        let used = self.plan.uses.iter().map(|at| self.plans[*at].compiled);
        let flags = used.filter(|compiled| compiled.spreads);
        let flags = flags.map(|compiled| quote_options(link_step(compiled, native)));
        command(&flags.collect::<Vec<_>>())
    }

    pub(super) fn program(&mut self, stubs: Option<&Stubs>) -> Linked {
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
        let include =
            plan.includes(self.plans, std::slice::from_ref(&plan.obj), mode, &Standing::root());
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
        let flags =
            if native { &plan.compiled.native_flags[..] } else { &plan.compiled.byte_flags };
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

/// The name of a program's file.
pub(in super::super) fn program_name(section: &str, taken: &[String], dir: &str) -> String {
    let mut path = format!("{dir}/bin/{}", plain(section));
    while taken.contains(&path) {
        path.push('_');
    }
    path
}
