//! Rules and statements that scan and compile the modules of a section.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::findlib::expand::Mode;
use crate::package::{Order, Section};

use super::infer::{Grammar, Grammars};
use super::modules::{Module, Source};
use super::options::quote_options;
use super::plan::Plan;
use super::product::{Product, ProductKind, Taken};
use super::rules::{Rules, Statement, command, quote};
use super::scope::Scope;
use super::spec::{Inside, Link, Packed, Scan, Spec, Unit};
use super::standing::{Standing, path_in_tree, place_among_made};
use super::{Options, Tools};

/// What is scanned, each source once for each way of preprocessing it.
#[derive(Debug, Default)]
pub(super) struct Scans {
    /// By source and options.
    known: BTreeMap<(String, String), Scanned>,
    /// By source: how many ways there are already.
    ways: BTreeMap<String, usize>,
}

/// One scan.
#[derive(Debug)]
struct Scanned {
    /// Its output.
    found: String,
    /// A source that cannot be read is an error.
    strict: bool,
    /// What it reads beside the source.
    inputs: BTreeSet<String>,
}

impl Scans {
    /// The output of the scan of a source. A source that may never be compiled is scanned
    /// leniently: when it is compiled after all, the compiler says what is wrong with it.
    fn scan(
        &mut self,
        dir: &str,
        source: &Source,
        options: &str,
        inputs: Option<&str>,
        strict: bool,
    ) -> Scan {
        let Source { path, .. } = source;
        let source = source.scanned();
        let ways = &mut self.ways;
        let scanned =
            self.known.entry((source.to_owned(), options.to_owned())).or_insert_with(|| {
                let way = ways.entry(source.to_owned()).or_default();
                *way += 1;
                let more = if *way == 1 { String::new() } else { format!("-{way}") };
                let path = match source.strip_prefix(&format!("{dir}/gen/")) {
                    Some(made) => format!("gen/{made}"),
                    None => format!("src/{source}"),
                };
                let found = format!("{dir}/scan{more}/{path}");
                Scanned { found, strict: false, inputs: BTreeSet::new() }
            });
        scanned.strict |= strict;
        scanned.inputs.extend(inputs.map(str::to_owned));
        Scan { source: path.clone(), found: scanned.found.clone() }
    }

    /// Adds the statements, when all sections have said what they need.
    pub(super) fn write(&self, tools: &Tools<'_>, rules: &mut Rules) {
        for ((source, options), Scanned { found, strict, inputs }) in &self.known {
            let rule = if *strict { "scan" } else { "scan-leniently" };
            let ocamldep = quote(&tools.toolchain.ocamldep);
            let text = if *strict {
                format!("{ocamldep} -modules $options $in > $out")
            } else {
                format!(
                    "{ocamldep} -modules -allow-approx $options $in > $out 2> /dev/null || : > $out"
                )
            };
            rules.rule(rule, text, "scan $in", &[]);
            rules.add(
                Statement::new(rule, found)
                    .input(source)
                    .implicit(inputs)
                    .bind("options", options.as_str()),
            );
        }
    }
}

/// What compiling the modules of a section needs to know and leaves behind.
pub(super) struct Compile<'a, 'b> {
    pub(super) tools: &'a Tools<'b>,
    pub(super) options: &'a Options,
    pub(super) plans: &'a [Plan<'b>],
    pub(super) plan: &'a Plan<'b>,
    pub(super) rules: &'a mut Rules,
    pub(super) scans: &'a mut Scans,
    pub(super) grammars: &'a Grammars,
    pub(super) products: &'a mut Vec<Product>,
}

impl Compile<'_, '_> {
    /// Adds everything up to the objects; gives back what the ordering step has to know.
    pub(super) fn modules(&mut self) -> Spec {
        let plan = self.plan;
        let mut units = Vec::new();
        let mut left = VecDeque::new();
        let outside = Scope::of(plan);
        self.declare(&outside, &Standing::root());
        self.declare_made(&outside, plan.members.iter().chain(&plan.others));
        for (modules, member) in [(&plan.members, true), (&plan.others, false)] {
            left.extend(modules.iter().map(|module| (outside.clone(), module, member)));
        }
        let own = left.len() - plan.beside;
        while let Some((scope, module, member)) = left.pop_front() {
            if module.inside.is_empty() {
                let beside = scope.path.is_empty() && units.len() >= own;
                units.push(Unit { beside, ..self.module(&scope, module, member) });
                continue;
            }
            let inside = scope.inside(module, !plan.compiled.packs.is_empty());
            self.declare(&inside, &Standing::root());
            self.declare_made(&inside, module.inside.iter());
            units.push(self.folder(&scope, &inside, module, member));
            left.extend(module.inside.iter().map(|module| (inside.clone(), module, member)));
        }
        let at = |name: &String| {
            units.iter().position(|unit| unit.scope.is_empty() && unit.module == *name)
        };
        let before = plan.compiled.before.iter();
        let before = before.filter_map(|(first, second)| Some((at(first)?, at(second)?)));
        let before = before.collect();
        let (obj, base) = (&plan.obj, plan.pack_base());
        let pack = plan.pack.as_ref().map(|module| Packed {
            module: module.clone(),
            cmi: format!("{base}.cmi"),
            native: if plan.native {
                vec![format!("{base}.cmx"), format!("{base}.o")]
            } else {
                Vec::new()
            },
        });
        let spec = Spec {
            section: plan.label.clone(),
            units,
            libraries: plan
                .uses
                .iter()
                .rev()
                .map(|at| format!("{}/modules.json", self.plans[*at].obj))
                .collect(),
            archives: Vec::new(),
            main: plan.main.clone().filter(|_| !plan.links_all()),
            listed: plan.compiled.order == Order::Listed,
            ready: plan.compiled.order == Order::Ready,
            pack,
            opaque: self.options.opaque,
            takes: matches!(plan.section, Section::Library(library) if library.takes),
            sees_around: !plan.compiled.packs.is_empty(),
            before,
            dyndep: format!("{obj}/modules.dd"),
            table: format!("{obj}/modules.json"),
            links: links(plan, obj),
        };
        self.order(&spec);
        spec
    }

    /// The statement of the ordering step.
    fn order(&mut self, spec: &Spec) {
        let file = spec_file(self.tools.dir, &self.plan.id);
        self.rules.rule(
            "order",
            "$mbuild internal ocaml-dyndep $in",
            "order $in",
            &[("restat", "1")],
        );
        let scans =
            spec.units.iter().flat_map(|unit| unit.interface.iter().chain(&unit.implementation));
        let found: Vec<String> = scans.map(|scan| scan.found.clone()).collect();
        self.rules.add(
            Statement::new("order", &spec.dyndep)
                .also([&spec.table])
                .also(spec.orders().map(|link| &link.order))
                .input(file)
                .implicit(found)
                .implicit(&spec.libraries)
                .bind("mbuild_tool", "mbuild-ocaml-dyndep-3"),
        );
    }

    /// The same for those that are made, where there are any.
    fn declare_made<'m>(&mut self, scope: &Scope, modules: impl Iterator<Item = &'m Module>) {
        let dir = self.tools.dir;
        let mut sources =
            modules.flat_map(|module| module.interface.iter().chain(&module.implementation));
        if sources.any(|source| path_in_tree(source, dir).is_some()) {
            self.declare(scope, &Standing::among_made(dir));
        }
    }

    /// The rules that compile the modules of this section that are in one scope.
    fn declare(&mut self, scope: &Scope, standing: &Standing) {
        let (plan, toolchain) = (self.plan, self.tools.toolchain);
        let ocamlc = quote(&standing.program(&toolchain.ocamlc));
        let id = &rule_prefix(scope, standing);
        let common = self.common(scope, Mode::Byte, standing);
        let start = command(&[standing.enter.as_str(), self.tools.map]);
        let byte = |annot: &str| command(&[&start, &ocamlc, "-c", annot, "-bin-annot", &common]);
        self.rules.rule(&format!("{id}.mli"), byte(""), "ocamlc $in", &[]);
        if plan.byte {
            self.rules.rule(&format!("{id}.byte"), byte(self.annot(false)), "ocamlc $in", &[]);
        }
        if let (true, Some(ocamlopt)) = (plan.native, &toolchain.ocamlopt) {
            // One command only may write a module's annotations.
            let annotate = if plan.byte { "" } else { "-bin-annot" };
            let native = command(&[
                &start,
                &quote(&standing.program(ocamlopt)),
                "-c",
                self.annot(true),
                annotate,
                &self.common(scope, Mode::Native, standing),
            ]);
            self.rules.rule(&format!("{id}.native"), native, "ocamlopt $in", &[]);
        }
    }

    /// The flag for `.annot` files, of the one command that writes them: for native code where there is any,
    /// since the compiler counts local functions differently with it.
    fn annot(&self, native: bool) -> &'static str {
        let wanted = self.plan.compiled.annot && self.tools.toolchain.version() < (5, 0);
        let natively = self.plan.native && !self.plan.native_inside;
        if wanted && native == natively { "-annot" } else { "" }
    }

    /// What every compilation of one kind of code is told.
    fn common(&self, scope: &Scope, mode: Mode, standing: &Standing) -> String {
        let compiled = self.plan.compiled;
        let (flags, step) = match mode {
            Mode::Byte => (&compiled.byte_flags[..], &compiled.steps.byte_compile),
            Mode::Native => (&compiled.native_flags[..], &compiled.steps.native_compile),
        };
        let pack = scope.pack.as_ref().map(|name| format!("-for-pack {}", quote(name)));
        command(&[
            if self.options.debug { "-g".to_owned() } else { String::new() },
            if self.options.opaque { "-opaque".to_owned() } else { String::new() },
            pack.unwrap_or_default(),
            quote_options(&compiled.ocaml_flags),
            quote_options(flags),
            quote_options(step),
            self.plan.includes(self.plans, &scope.dirs(), mode, standing),
            format!("$preprocess $flags -o {}$out", standing.up),
            format!("{}{}", if compiled.dotted { "./" } else { "" }, standing.source),
        ])
    }

    /// A module that is a folder: its unit is packed when everything has been compiled.
    fn folder(&mut self, scope: &Scope, inside: &Scope, module: &Module, member: bool) -> Unit {
        let plan = self.plan;
        let native = ["cmx", "o"].map(|ending| format!("{}.{ending}", inside.dir));
        if member && plan.main.is_none() && scope.path.is_empty() {
            self.module_products(module, member);
        }
        Unit {
            module: module.name.clone(),
            member,
            scope: scope.path.clone(),
            cmi: format!("{}.cmi", inside.dir),
            byte: plan.byte.then(|| format!("{}.cmo", inside.dir)),
            native: if plan.native { native.to_vec() } else { Vec::new() },
            inside: Some(Inside { scope: inside.path.clone(), links: links(plan, &inside.dir) }),
            ..Unit::default()
        }
    }

    fn module(&mut self, scope: &Scope, module: &Module, member: bool) -> Unit {
        let plan = self.plan;
        let base = format!("{}/{}", scope.dir, module.base);
        let file = |ending: &str| format!("{base}.{ending}");
        let preprocess = plan.preprocess(&scope.name_of(module)).to_owned();
        let strict = member;
        let dir = self.tools.dir;
        let options = command(&[preprocess.as_str(), &quote_options(&plan.compiled.steps.scan)]);
        let reads = plan.inputs_goal(dir).filter(|_| !options.is_empty());
        let mut scan =
            |source: &Source| self.scans.scan(dir, source, &options, reads.as_deref(), strict);
        let mut unit = Unit {
            module: module.name.clone(),
            member,
            beside: false,
            scope: scope.path.clone(),
            inside: None,
            interface: module.interface.as_ref().map(&mut scan),
            implementation: module.implementation.as_ref().map(&mut scan),
            cmi: file("cmi"),
            byte: None,
            native: Vec::new(),
            infers: None,
            ignores: plan.ignores(&scope.name_of(module)).to_vec(),
        };
        let dyndep = format!("{}/modules.dd", plan.obj);
        let own = |flags: &BTreeMap<String, Vec<String>>| {
            flags.get(&scope.name_of(module)).map(|flags| quote_options(flags)).unwrap_or_default()
        };
        let flags = own(&plan.compiled.module_flags);
        let native_flags = own(&plan.compiled.module_native_flags);
        let byte_flags = own(&plan.compiled.module_byte_flags);
        let root = Standing::root();
        let dir = self.tools.dir;
        let among_made = Standing::among_made(dir);
        let statement = |kind: &str, ending: &str, source: &Source, extra: &str| {
            let standing = place_among_made(plan, dir, source, [&preprocess, &flags, extra]);
            let (standing, place) = match standing {
                Some(place) => (&among_made, place),
                None => (&root, ""),
            };
            Statement::new(format!("{}.{kind}", rule_prefix(scope, standing)), file(ending))
                .input(&source.path)
                .implicit(plan.packages_goal(self.tools.dir))
                .order_only([&dyndep])
                .bind("dyndep", quote(&dyndep))
                .bind("preprocess", &preprocess)
                .bind("flags", command(&[extra, &flags]))
                .bind("source", if place.is_empty() { String::new() } else { quote(place) })
        };
        if let Some(source) = &module.implementation
            && let Some(grammar) = self.grammars.of(&source.path, plan.index)
        {
            unit.infers = Some(source.path.clone());
            let made = grammar
                .statement
                .clone()
                .implicit([&grammar.query])
                .implicit(plan.packages_goal(dir))
                .order_only([&dyndep])
                .bind("dyndep", quote(&dyndep))
                .bind("preprocess", &preprocess)
                .bind("flags", command(&[&byte_flags, &flags]));
            let made = self.inferred(scope, grammar, made);
            self.rules.add(made);
        }
        if let Some(source) = &module.interface {
            self.rules.add(statement("mli", "cmi", source, &byte_flags).also([file("cmti")]));
        }
        if let Some(source) = &module.implementation {
            // The compilers look for an interface beside the source, which is the wrong place for
            // made sources and for objects elsewhere: with this suffix they find the source itself
            // and use the compiled interface.
            let has_interface = if module.interface.is_some() { "-intf-suffix .ml" } else { "" };
            if plan.byte {
                let mut byte =
                    statement("byte", "cmo", source, &command(&[has_interface, &byte_flags]));
                if module.interface.is_none() {
                    byte = byte.also([file("cmi")]);
                }
                if !self.annot(false).is_empty() {
                    byte = byte.also([file("annot")]);
                }
                self.rules.add(byte.also([file("cmt")]));
                unit.byte = Some(file("cmo"));
            }
            if plan.native {
                let suffix = if plan.byte { "-intf-suffix .ml" } else { has_interface };
                let extra = command(&[suffix, &native_flags]);
                let mut native = statement("native", "cmx", source, &extra).also([file("o")]);
                if !plan.byte {
                    if module.interface.is_none() {
                        native = native.also([file("cmi")]);
                    }
                    native = native.also([file("cmt")]);
                }
                if !self.annot(true).is_empty() {
                    native = native.also([file("annot")]);
                }
                self.rules.add(native);
                unit.native = vec![file("cmx"), file("o")];
            }
        }
        let takes = matches!(plan.section, Section::Library(library) if library.takes);
        if (member || takes) && plan.main.is_none() && scope.path.is_empty() {
            self.module_products(module, member);
        }
        unit
    }

    /// The rule and the statement that make a source of a grammar among the modules of a scope.
    fn inferred(&mut self, scope: &Scope, grammar: &Grammar, made: Statement) -> Statement {
        let compiled = self.plan.compiled;
        let rule = format!("{}.{}", scope.id, made.rule);
        let types = format!("{}.types", grammar.query);
        let ask = command(&[
            &quote(&self.tools.toolchain.ocamlc),
            "-i",
            &quote_options(&compiled.ocaml_flags),
            &quote_options(&compiled.byte_flags),
            &quote_options(&compiled.steps.byte_compile),
            &self.plan.includes(self.plans, &scope.dirs(), Mode::Byte, &Standing::root()),
            "$preprocess $flags -w -a $query > $types",
        ]);
        let text = format!("{ask} && {}", grammar.command);
        self.rules.rule(&rule, text, "infer $source", &[]);
        let reply = types.strip_prefix(&format!("{}/gen/", self.tools.dir)).unwrap_or(&types);
        let (reply, query) = (quote(reply), quote(&grammar.query));
        let made = Statement { rule, ..made };
        let made = made.bind("query", query).bind("reply", reply).bind("types", quote(&types));
        made.also([types])
    }

    fn module_products(&mut self, module: &Module, member: bool) {
        let plan = self.plan;
        let base = format!("{}/{}", plan.unit_dir, module.base);
        let internal = match plan.section {
            Section::Library(library) => library.internal_modules.contains(&module.written),
            _ => false,
        };
        // Where nobody lists it, building shows whether it belongs to the library.
        let order = if plan.byte { "byte" } else { "native" };
        let taken = (!member).then(|| Taken {
            order: format!("{}/{order}.order", plan.obj),
            object: format!("{base}.{}", if plan.byte { "cmo" } else { "cmx" }),
        });
        let annot = self.annot(true) != self.annot(false);
        let mut product = |kind: ProductKind, path: String| {
            self.products.push(Product {
                taken: taken.clone(),
                module: Some(module.name.clone()),
                exported: !internal,
                packed: plan.pack.is_some(),
                ..Product::of(plan.index, kind, path)
            });
        };
        if let Some(source) = module.interface.as_ref().or(module.implementation.as_ref())
            && (!plan.compiled.sources_as_listed
                || module.is_called_as_listed(&plan.compiled.path, &source.path))
        {
            product(ProductKind::Interface, source.path.clone());
        }
        product(ProductKind::Cmi, format!("{base}.cmi"));
        if module.interface.is_some() {
            product(ProductKind::Cmti, format!("{base}.cmti"));
        }
        if module.implementation.is_some() || !module.inside.is_empty() {
            product(ProductKind::Cmt, format!("{base}.cmt"));
            if annot && module.inside.is_empty() {
                product(ProductKind::Annot, format!("{base}.annot"));
            }
            let object = matches!(plan.section, Section::Object(_));
            if object && plan.byte {
                product(ProductKind::Cmo, format!("{base}.cmo"));
            }
            if plan.native && !plan.native_inside {
                product(ProductKind::Cmx, format!("{base}.cmx"));
                if object {
                    product(ProductKind::Object, format!("{base}.o"));
                }
            }
        }
    }
}

/// What the names of the rules of a scope begin with.
fn rule_prefix(scope: &Scope, standing: &Standing) -> String {
    let id = &scope.id;
    if standing.enter.is_empty() { id.clone() } else { format!("{id}.made") }
}

/// The orders in which the units in a folder of objects are linked, for each kind of code.
fn links(plan: &Plan<'_>, dir: &str) -> Vec<Link> {
    let links = [(plan.byte, false, "byte"), (plan.native, true, "native")];
    let links = links.into_iter().filter(|(wanted, ..)| *wanted).map(|(_, native, name)| Link {
        native,
        order: format!("{dir}/{name}.order"),
        outputs: Vec::new(),
    });
    links.collect()
}

/// The file with what the ordering step of a section has to know.
pub(super) fn spec_file(dir: &str, id: &str) -> String {
    format!("{dir}/sections/{id}.json")
}
