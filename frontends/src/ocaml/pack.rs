//! Rules and statements that pack: the modules of a section, or those inside a folder, become one unit.

use crate::findlib::expand::Mode;
use crate::package::Section;

use super::link::Link;
use super::options::quote_options;
use super::product::{Product, ProductKind};
use super::rules::{Statement, command, quote};
use super::spec;
use super::standing::Standing;

/// A unit that others are packed into.
struct Packing {
    /// Its rule.
    rule: String,
    /// Its files, without ending.
    base: String,
    /// The folder of what is packed, and those around it.
    dirs: Vec<String>,
    /// The unit that it is packed into itself.
    outer: Option<String>,
    /// The scope of what is packed.
    scope: String,
    links: Vec<spec::Link>,
}

impl Link<'_, '_> {
    /// Packs the modules of the section into one unit.
    pub(super) fn pack(&mut self) {
        let plan = self.plan;
        let Some(name) = &plan.pack else { return };
        let base = plan.pack_base();
        self.packing(&Packing {
            rule: format!("{}.pack", plan.id),
            base: base.clone(),
            dirs: vec![plan.unit_dir.clone()],
            outer: None,
            scope: String::new(),
            links: self.spec.links.clone(),
        });
        let pack: [(ProductKind, &str, bool); 5] = [
            (ProductKind::Cmi, "cmi", true),
            (ProductKind::Cmt, "cmt", true),
            (ProductKind::Cmo, "cmo", plan.byte && matches!(plan.section, Section::Object(_))),
            (ProductKind::Cmx, "cmx", plan.native && !plan.native_inside),
            (ProductKind::Object, "o", plan.native && matches!(plan.section, Section::Object(_))),
        ];
        for (kind, ending, wanted) in pack {
            if wanted {
                self.products.push(Product {
                    module: Some(name.clone()),
                    exported: true,
                    ..Product::of(plan.index, kind, format!("{base}.{ending}"))
                });
            }
        }
    }

    /// Packs the modules inside each module that is a folder.
    pub(super) fn folders(&mut self) {
        let mut all = Vec::new();
        for unit in &self.spec.units {
            let Some(inside) = &unit.inside else { continue };
            let base = unit.cmi.trim_end_matches(".cmi").to_owned();
            let mut dirs = vec![base.clone()];
            if self.spec.sees_around {
                // The folder of the objects of each module that it is inside of is around this one.
                let levels = inside.scope.matches('.').count() + 1;
                let outer = std::iter::successors(Some(base.as_str()), |dir| {
                    dir.rsplit_once('/').map(|(outer, _)| outer)
                });
                dirs.extend(outer.skip(1).take(levels).map(str::to_owned));
            }
            let own = self.plan.pack.iter().map(String::as_str);
            let around = own.chain(unit.scope.split('.').filter(|name| !name.is_empty()));
            let around: Vec<&str> = around.collect();
            all.push(Packing {
                rule: format!("{}.{}.pack", self.plan.id, inside.scope.replace('\'', "-")),
                dirs,
                base,
                outer: (!around.is_empty()).then(|| around.join(".")),
                scope: inside.scope.clone(),
                links: inside.links.clone(),
            });
        }
        for packing in &all {
            self.packing(packing);
        }
    }

    /// One action packs for both kinds of code, because both write the unit's compiled interface.
    fn packing(&mut self, packing: &Packing) {
        let plan = self.plan;
        let base = &packing.base;
        let members = || {
            let units = self.spec.units.iter();
            units.filter(|unit| {
                unit.scope == packing.scope && (unit.member || !packing.scope.is_empty())
            })
        };
        let mut parts = Vec::new();
        let mut statement = Statement::new(&packing.rule, format!("{base}.cmi"));
        for native in [false, true] {
            let wanted = if native { plan.native } else { plan.byte };
            let (true, Some(compiler)) = (wanted, self.compiler(native)) else { continue };
            let Some(link) = packing.links.iter().find(|link| link.native == native) else {
                continue;
            };
            let flags =
                if native { &plan.compiled.native_flags[..] } else { &plan.compiled.byte_flags };
            let ending = if native { "cmx" } else { "cmo" };
            let annotate = if native && plan.byte { "" } else { "-bin-annot" };
            let outer = packing.outer.as_ref().filter(|_| native);
            let mode = if native { Mode::Native } else { Mode::Byte };
            parts.push(command(&[
                self.tools.map,
                &format!("{} -pack", quote(compiler)),
                annotate,
                self.debug(),
                &outer.map(|name| format!("-for-pack {}", quote(name))).unwrap_or_default(),
                &quote_options(flags),
                &plan.includes(self.plans, &packing.dirs, mode, &Standing::root()),
                &format!("-o {}", quote(&format!("{base}.{ending}"))),
                &self.arguments(&quote(&link.order)),
            ]));
            statement = statement.also([format!("{base}.{ending}")]);
            if native {
                statement = statement.also([format!("{base}.o")]);
            }
            let objects = members().flat_map(|unit| unit.objects(native));
            statement = statement.implicit(objects).implicit([link.order.clone()]);
        }
        let interfaces = members().map(|unit| &unit.cmi);
        statement = statement.also([format!("{base}.cmt")]).implicit(interfaces);
        self.rules.rule(&packing.rule, parts.join(" && "), "pack $out", &[]);
        self.rules.add(statement);
    }
}
