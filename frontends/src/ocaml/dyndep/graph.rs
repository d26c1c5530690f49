//! The modules of a section and of the libraries it uses, and what each needs.

use std::collections::{BTreeSet, HashMap};

use mbuild_rules::write::escape_path;

use super::super::order::{reachable, ready, topological};
use super::super::spec::{Spec, Unit};
use super::table::{Row, Table};
use super::{DyndepError, parse};

/// A module in the graph of one section and the libraries it uses.
#[derive(Debug)]
struct Node {
    module: String,
    cmi: String,
    native: Vec<String>,
    /// The library that it is of, by its place in the order of links.
    library: Option<usize>,
    /// What its compiled interface needs.
    types: Vec<usize>,
    /// What its implementation needs.
    code: Vec<usize>,
    /// What its interface needs, where it has one of its own.
    interface: Option<Vec<usize>>,
}

/// The modules of a section, then those of the libraries it uses.
pub(super) struct Graph {
    nodes: Vec<Node>,
    own: usize,
}

/// What is linked at one place of a link order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// A module of the section.
    Unit(usize),
    /// What there is of a library, by its place in the spec.
    Archives(usize),
}

/// A scope, and those around it where they are seen, the nearest first.
fn around(scope: &str, seen: bool) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(scope), move |inner| {
        let outer = || inner.rsplit_once('.').map_or("", |(outer, _)| outer);
        (seen && !inner.is_empty()).then(outer)
    })
}

impl Graph {
    pub(super) fn load(
        spec: &Spec,
        read: &dyn Fn(&str) -> Result<Vec<u8>, DyndepError>,
    ) -> Result<Self, DyndepError> {
        let own = spec.units.len();
        let mut nodes: Vec<Node> = spec
            .units
            .iter()
            .map(|unit| Node {
                module: unit.module.clone(),
                cmi: unit.cmi.clone(),
                native: unit.native.clone(),
                library: None,
                types: Vec::new(),
                code: Vec::new(),
                interface: None,
            })
            .collect();
        // Modules see those beside them, and all libraries.
        let mut beside: HashMap<(&str, &str), usize> = HashMap::new();
        for (at, unit) in spec.units.iter().enumerate() {
            beside.entry((&unit.scope, &unit.module)).or_insert(at);
        }
        let mut names: HashMap<String, usize> = HashMap::new();
        let mut rows: Vec<(usize, Row)> = Vec::new();
        for (place, library) in spec.libraries.iter().rev().enumerate().rev() {
            let table: Table = parse(library, &read(library)?)?;
            for row in table.units {
                let at = nodes.len();
                names.entry(row.module.clone()).or_insert(at);
                nodes.push(Node {
                    module: row.module.clone(),
                    cmi: row.cmi.clone(),
                    native: row.native.clone(),
                    library: Some(place),
                    types: Vec::new(),
                    code: Vec::new(),
                    interface: None,
                });
                rows.push((at, row));
            }
        }
        // A library has what it does not list compiled as well; the section's own goes before that.
        let known = spec.units.iter().enumerate().filter(|(_, unit)| unit.beside);
        let known: HashMap<&str, usize> =
            known.map(|(at, unit)| (unit.module.as_str(), at)).collect();
        let paths: HashMap<String, usize> = nodes
            .iter()
            .enumerate()
            .map(|(at, node)| {
                let own = node.library.and_then(|_| known.get(node.module.as_str()));
                (node.cmi.clone(), own.copied().unwrap_or(at))
            })
            .collect();
        for (at, row) in rows {
            let known =
                |list: &[String]| list.iter().filter_map(|cmi| paths.get(cmi).copied()).collect();
            nodes[at].types = known(&row.types);
            nodes[at].code = known(&row.code);
        }
        for (at, unit) in spec.units.iter().enumerate() {
            let found = |scan: &str| -> Result<Vec<usize>, DyndepError> {
                Ok(words(&read(scan)?)
                    .iter()
                    .filter(|name| !unit.ignores.contains(name))
                    .filter_map(|name| {
                        let mut scopes = around(&unit.scope, spec.sees_around);
                        let own = scopes.find_map(|scope| beside.get(&(scope, name.as_str())));
                        own.or_else(|| names.get(name)).copied()
                    })
                    .filter(|other| *other != at)
                    .collect())
            };
            if let Some(scan) = &unit.implementation {
                nodes[at].code = found(&scan.found)?;
            }
            if let Some(scan) = &unit.interface {
                nodes[at].interface = Some(found(&scan.found)?);
            }
            nodes[at].types = nodes[at].interface.clone().unwrap_or_else(|| nodes[at].code.clone());
        }
        for (first, second) in &spec.before {
            if let Some(node) = nodes.get_mut(*second).filter(|_| *first < own) {
                node.code.push(*first);
            }
        }
        // A pack needs what the modules in it need of others. Those in it come after it.
        let mut inside: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, unit) in spec.units.iter().enumerate() {
            inside.entry(&unit.scope).or_default().push(at);
        }
        for (at, unit) in spec.units.iter().enumerate().rev() {
            let Some(packed) = unit.inside.as_ref().and_then(|it| inside.get(it.scope.as_str()))
            else {
                continue;
            };
            let scope = unit.inside.as_ref().map_or("", |inside| &inside.scope);
            let is_outside = |at: &usize| {
                let other = spec.units.get(*at).filter(|_| *at < own);
                other.is_none_or(|other| {
                    let rest = other.scope.strip_prefix(scope);
                    rest.is_none_or(|rest| !rest.is_empty() && !rest.starts_with('.'))
                })
            };
            let outside = |edges: &dyn Fn(&Node) -> &Vec<usize>| -> Vec<usize> {
                let all: BTreeSet<usize> =
                    packed.iter().flat_map(|at| edges(&nodes[*at]).iter().copied()).collect();
                all.into_iter().filter(is_outside).collect()
            };
            let (types, code) = (outside(&|node| &node.types), outside(&|node| &node.code));
            nodes[at].types = types;
            nodes[at].code = code;
        }
        Ok(Self { nodes, own })
    }

    fn is_own(&self, at: usize) -> bool {
        at < self.own
    }

    /// The modules of this section that are linked, in link order.
    pub(super) fn linked(&self, spec: &Spec) -> Result<Vec<usize>, DyndepError> {
        let starts: Vec<usize> = match &spec.main {
            Some(main) => {
                let main: Vec<usize> =
                    spec.units.iter().position(|unit| unit.module == *main).into_iter().collect();
                // Libraries may need what stands beside their modules.
                let needed = reachable(&main, &|at| self.nodes[at].code.clone());
                let beside = |at: &usize| spec.units.get(*at).is_some_and(|unit| unit.beside);
                needed.into_iter().filter(beside).chain(main).collect()
            }
            None => {
                let outside = |at: &usize| spec.units[*at].scope.is_empty();
                (0..self.own).filter(|at| spec.units[*at].member).filter(outside).collect()
            }
        };
        self.ordered(spec, &starts)
    }

    /// The modules in link order with the archives of libraries among them. What libraries need of what stands
    /// beside their modules comes, with what it needs itself, as early as it can: after the last library
    /// that it needs. All others come after the archives.
    pub(super) fn among_archives(&self, spec: &Spec, linked: &[usize]) -> Vec<Part> {
        let own = |at: usize| -> Vec<usize> {
            self.nodes[at].code.iter().copied().filter(|at| self.is_own(*at)).collect()
        };
        let all = reachable(linked, &|at| self.nodes[at].code.clone());
        let theirs: Vec<usize> =
            all.into_iter().filter(|at| self.nodes[*at].library.is_some()).collect();
        let theirs = reachable(&theirs, &|at| self.nodes[at].code.clone());
        let beside = theirs.into_iter().filter(|at| self.is_own(*at));
        let early: BTreeSet<usize> =
            reachable(&beside.collect::<Vec<_>>(), &own).into_iter().collect();
        let mut at_place: Vec<Vec<usize>> = vec![Vec::new(); spec.archives.len() + 1];
        for at in linked.iter().filter(|at| early.contains(at)) {
            let needed = reachable(&[*at], &|at| self.nodes[at].code.clone());
            let last = needed.iter().filter_map(|at| self.nodes[*at].library).max();
            let place = last.map_or(0, |library| library + 1).min(spec.archives.len());
            at_place[place].push(*at);
        }
        let mut parts = Vec::new();
        for (place, units) in at_place.into_iter().enumerate() {
            parts.extend(place.checked_sub(1).map(Part::Archives));
            parts.extend(units.into_iter().map(Part::Unit));
        }
        let late = linked.iter().copied().filter(|at| !early.contains(at));
        parts.extend(late.map(Part::Unit));
        parts
    }

    /// The modules of a scope, in the order in which they are packed.
    pub(super) fn packed(&self, spec: &Spec, scope: &str) -> Result<Vec<usize>, DyndepError> {
        let starts: Vec<usize> =
            (0..self.own).filter(|at| spec.units[*at].scope == scope).collect();
        self.ordered(spec, &starts)
    }

    /// Modules of this section with those that they need, each after what it needs.
    fn ordered(&self, spec: &Spec, starts: &[usize]) -> Result<Vec<usize>, DyndepError> {
        let own = |list: &[usize]| list.iter().copied().filter(|at| self.is_own(*at)).collect();
        let types = |at: usize| -> Vec<usize> { own(&self.nodes[at].types) };
        let code = |at: usize| -> Vec<usize> { own(&self.nodes[at].code) };
        // In turns as ocamlbuild takes them, by the paths of their objects, so that modules run their effects in its
        // order.
        let both = |at: usize| -> Vec<usize> {
            let mut all = code(at);
            all.extend(types(at));
            // It knows of no order that a manifest gives, and of no folders, which have no source.
            if spec.before.is_empty() && all.iter().all(|at| object(&spec.units[*at]).is_some()) {
                all.sort_by_cached_key(|at| (object(&spec.units[*at]), *at));
            }
            all.dedup();
            all
        };
        let used = reachable(starts, &both);
        topological(&used, &types).map_err(|cycle| self.cycle(spec, &cycle, false))?;
        // An interface may name a module whose implementation is linked later: such edges only
        // break ties.
        if spec.listed {
            return Ok(starts.to_vec());
        }
        if spec.ready {
            return ready(starts, &code)
                .or_else(|_| topological(&used, &code))
                .map_err(|cycle| self.cycle(spec, &cycle, true));
        }
        match topological(starts, &both) {
            Ok(order) => Ok(order),
            Err(_) => topological(&used, &code).map_err(|cycle| self.cycle(spec, &cycle, true)),
        }
    }

    fn cycle(&self, spec: &Spec, cycle: &[usize], code: bool) -> DyndepError {
        let cycle = cycle
            .iter()
            .map(|at| {
                let unit = &spec.units[*at];
                let half = if code { &unit.implementation } else { &unit.interface };
                let half = half.as_ref().or(unit.implementation.as_ref());
                let source = half.map(|scan| scan.source.clone()).unwrap_or_default();
                (unit.module.clone(), source)
            })
            .collect();
        DyndepError::Cycle { section: spec.section.clone(), cycle }
    }

    /// The compiled interfaces that are read when `starts` are mentioned.
    fn interfaces(&self, starts: &[usize]) -> Vec<usize> {
        reachable(starts, &|at| self.nodes[at].types.clone())
    }

    /// Adds the statements of one module to the dyndep file.
    pub(super) fn edges(&self, spec: &Spec, at: usize, out: &mut String) {
        let (unit, node) = (&spec.units[at], &self.nodes[at]);
        if let Some(mentioned) = &node.interface {
            let read = self.interfaces(mentioned);
            let read: Vec<&str> = self.paths(&read, at);
            statement(&unit.cmi, &read, out);
        }
        if unit.implementation.is_none() {
            return;
        }
        if let Some(source) = &unit.infers {
            statement(source, &self.paths(&self.interfaces(&node.code), at), out);
        }
        let mut starts = node.code.clone();
        if node.interface.is_some() {
            starts.push(at);
        }
        let interfaces = self.interfaces(&starts);
        let mut read: Vec<&str> = if node.interface.is_some() {
            interfaces.iter().map(|at| self.nodes[*at].cmi.as_str()).collect()
        } else {
            self.paths(&interfaces, at)
        };
        if let Some(byte) = &unit.byte {
            statement(byte, &read, out);
        }
        let Some(native) = unit.native.first() else { return };
        if node.interface.is_none() && unit.byte.is_some() {
            read.push(&unit.cmi);
        }
        if !spec.opaque {
            let code = reachable(&node.code, &|at| self.nodes[at].code.clone());
            let code = code.iter().filter(|other| **other != at);
            read.extend(code.filter_map(|at| self.nodes[*at].native.first()).map(String::as_str));
        }
        statement(native, &read, out);
    }

    /// The compiled interfaces of modules, without the module's own.
    fn paths(&self, modules: &[usize], own: usize) -> Vec<&str> {
        modules.iter().filter(|at| **at != own).map(|at| self.nodes[*at].cmi.as_str()).collect()
    }

    /// What other sections see of this one.
    pub(super) fn table(&self, spec: &Spec) -> Table {
        let keys = |list: &[usize]| list.iter().map(|at| self.nodes[*at].cmi.clone()).collect();
        let Some(pack) = &spec.pack else {
            let units = self.nodes[..self.own].iter().zip(&spec.units);
            let outside = units.filter(|(_, unit)| unit.scope.is_empty());
            let rows = outside.map(|(node, _)| Row {
                module: node.module.clone(),
                cmi: node.cmi.clone(),
                native: node.native.iter().take(1).cloned().collect(),
                types: keys(&node.types),
                code: keys(&node.code),
            });
            return Table { units: rows.collect() };
        };
        let outside = |edges: &dyn Fn(&Node) -> &Vec<usize>| -> Vec<usize> {
            let all: BTreeSet<usize> = self.nodes[..self.own]
                .iter()
                .flat_map(|node| edges(node).iter().copied())
                .collect();
            all.into_iter().filter(|at| !self.is_own(*at)).collect()
        };
        let row = Row {
            module: pack.module.clone(),
            cmi: pack.cmi.clone(),
            native: pack.native.iter().take(1).cloned().collect(),
            types: keys(&outside(&|node| &node.types)),
            code: keys(&outside(&|node| &node.code)),
        };
        Table { units: vec![row] }
    }
}

/// The module names in a line that `ocamldep -modules` prints: `a.ml: Foo List`.
fn words(content: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(content);
    let names = text.rsplit_once(':').map_or("", |(_, names)| names);
    names.split_ascii_whitespace().map(str::to_owned).collect()
}

/// Adds a statement to a dyndep file.
pub(super) fn statement<S: AsRef<str>>(output: &str, inputs: &[S], out: &mut String) {
    out.push_str("build ");
    out.push_str(&escaped(output));
    out.push_str(": dyndep");
    if !inputs.is_empty() {
        out.push_str(" |");
    }
    let mut seen = BTreeSet::new();
    for input in inputs {
        if seen.insert(input.as_ref()) {
            out.push(' ');
            out.push_str(&escaped(input.as_ref()));
        }
    }
    out.push('\n');
}

fn escaped(path: &str) -> String {
    String::from_utf8_lossy(&escape_path(path.as_bytes())).into_owned()
}

/// The path that ocamlbuild has for a module's object: beside the source, and that of a made one beside what it is made
/// of.
fn object(unit: &Unit) -> Option<String> {
    let source = unit.implementation.as_ref().or(unit.interface.as_ref())?.source.as_str();
    let made = source.strip_prefix("_mbuild/").and_then(|rest| rest.split_once("/gen/"));
    let source = made.map_or(source, |(_, source)| source);
    let stem = source.rsplit_once('.').map_or(source, |(stem, _)| stem);
    Some(format!("{stem}.cmo"))
}
