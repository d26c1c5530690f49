//! The ordering step: from what `ocamldep` found in the sources to edges and link orders.
//!
//! One step for each section. It reads the [`Spec`] of the section, the output of `ocamldep` for
//! each source and the tables of the libraries used, and makes a dyndep file, a table for the
//! sections that use this one, and the order in which modules are linked.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::order::{reachable, topological};
use super::spec::Spec;

/// Why there is no order.
#[derive(Debug, thiserror::Error)]
pub enum DyndepError {
    /// A file cannot be read or written.
    #[error("cannot {verb} `{file}`: {source}")]
    File {
        /// `read` or `write`.
        verb: &'static str,
        /// The file.
        file: String,
        /// What went wrong.
        source: io::Error,
    },
    /// A file that another step made is damaged.
    #[error("`{file}` is damaged ({source}); `mbuild clean` and build again")]
    Damaged {
        /// The file.
        file: String,
        /// What the reader says.
        source: serde_json::Error,
    },
    /// Modules that need each other.
    #[error("modules of {section} need each other: {}", chain(cycle))]
    Cycle {
        /// The section.
        section: String,
        /// Module and source, the first one again at the end.
        cycle: Vec<(String, String)>,
    },
}

fn chain(cycle: &[(String, String)]) -> String {
    let mut out = String::new();
    for (at, (module, source)) in cycle.iter().enumerate() {
        if at + 1 == cycle.len() {
            out += &format!("`{module}`");
        } else {
            out += &format!("`{module}` ({source}) -> ");
        }
    }
    out
}

/// What other sections see of a library: its modules and what these need.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Table {
    units: Vec<Row>,
}

/// A module in a table. Modules are told apart by the path of their compiled interface.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    module: String,
    cmi: String,
    native: Vec<String>,
    types: Vec<String>,
    code: Vec<String>,
}

/// A module in the graph of one section and the libraries it uses.
#[derive(Debug)]
struct Node {
    module: String,
    cmi: String,
    native: Vec<String>,
    /// What its compiled interface needs.
    types: Vec<usize>,
    /// What its implementation needs.
    code: Vec<usize>,
    /// What its interface needs, where it has one of its own.
    interface: Option<Vec<usize>>,
}

/// Runs the ordering step for the spec in `file`; paths in it are relative to the working folder.
/// Files whose content stays the same are left alone. Gives back what deserves a warning.
pub fn run(file: &Path) -> Result<Vec<String>, DyndepError> {
    let name = file.to_string_lossy();
    let content = read(&name)?;
    let spec: Spec = parse(&name, &content)?;
    let made = order(&spec, &read)?;
    for (path, content) in made.files {
        let known = std::fs::read(&path).ok();
        if known.as_deref() != Some(content.as_slice()) {
            std::fs::write(&path, &content).map_err(|source| DyndepError::File {
                verb: "write",
                file: path,
                source,
            })?;
        }
    }
    Ok(made.warnings)
}

fn read(file: &str) -> Result<Vec<u8>, DyndepError> {
    std::fs::read(file).map_err(|source| DyndepError::File {
        verb: "read",
        file: file.to_owned(),
        source,
    })
}

fn parse<'a, T: Deserialize<'a>>(file: &str, content: &'a [u8]) -> Result<T, DyndepError> {
    serde_json::from_slice(content)
        .map_err(|source| DyndepError::Damaged { file: file.to_owned(), source })
}

/// What the ordering step makes.
#[derive(Debug, Default)]
pub struct Made {
    /// Files with their content.
    pub files: Vec<(String, Vec<u8>)>,
    /// What deserves a warning.
    pub warnings: Vec<String>,
}

/// The ordering step itself; `read` gives the content of a file.
pub fn order(
    spec: &Spec,
    read: &dyn Fn(&str) -> Result<Vec<u8>, DyndepError>,
) -> Result<Made, DyndepError> {
    let graph = Graph::load(spec, read)?;
    let own = 0..spec.units.len();
    let linked = graph.linked(spec)?;
    let mut made = Made::default();
    for at in &linked {
        let unit = &spec.units[*at];
        if spec.main.is_none() && !unit.member && unit.implementation.is_some() {
            made.warnings.push(format!(
                "module `{}` is used by {} but is not one of its modules; add it to them",
                unit.module, spec.section
            ));
        }
    }
    let mut dyndep = String::from("ninja_dyndep_version = 1\n");
    for at in own.clone() {
        graph.edges(spec, at, &mut dyndep);
    }
    for link in &spec.links {
        let mut order = String::new();
        let mut inputs = Vec::new();
        for at in &linked {
            let unit = &spec.units[*at];
            if spec.main.is_none() && !unit.member {
                continue;
            }
            let objects = if link.native {
                unit.native.clone()
            } else {
                unit.byte.clone().into_iter().collect()
            };
            if let Some(object) = objects.first() {
                order.push_str(object);
                order.push('\n');
            }
            inputs.extend(objects);
        }
        if let Some(output) = &link.output {
            statement(output, &inputs, &mut dyndep);
        }
        made.files.push((link.order.clone(), order.into_bytes()));
    }
    made.files.push((spec.dyndep.clone(), dyndep.into_bytes()));
    let table = graph.table(spec);
    let table = serde_json::to_vec(&table)
        .map_err(|source| DyndepError::Damaged { file: spec.table.clone(), source })?;
    made.files.push((spec.table.clone(), table));
    Ok(made)
}

/// The modules of a section, then those of the libraries it uses.
struct Graph {
    nodes: Vec<Node>,
    own: usize,
}

impl Graph {
    fn load(
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
                types: Vec::new(),
                code: Vec::new(),
                interface: None,
            })
            .collect();
        let mut names: HashMap<String, usize> = HashMap::new();
        for (at, unit) in spec.units.iter().enumerate() {
            names.entry(unit.module.clone()).or_insert(at);
        }
        let mut rows: Vec<(usize, Row)> = Vec::new();
        for library in &spec.libraries {
            let table: Table = parse(library, &read(library)?)?;
            for row in table.units {
                let at = nodes.len();
                names.entry(row.module.clone()).or_insert(at);
                nodes.push(Node {
                    module: row.module.clone(),
                    cmi: row.cmi.clone(),
                    native: row.native.clone(),
                    types: Vec::new(),
                    code: Vec::new(),
                    interface: None,
                });
                rows.push((at, row));
            }
        }
        let paths: HashMap<String, usize> =
            nodes.iter().enumerate().map(|(at, node)| (node.cmi.clone(), at)).collect();
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
                    .filter_map(|name| names.get(name).copied())
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
        Ok(Self { nodes, own })
    }

    fn is_own(&self, at: usize) -> bool {
        at < self.own
    }

    /// The modules of this section that are linked, in link order.
    fn linked(&self, spec: &Spec) -> Result<Vec<usize>, DyndepError> {
        let starts: Vec<usize> = match &spec.main {
            Some(main) => {
                spec.units.iter().position(|unit| unit.module == *main).into_iter().collect()
            }
            None => (0..self.own).filter(|at| spec.units[*at].member).collect(),
        };
        let own = |list: &[usize]| list.iter().copied().filter(|at| self.is_own(*at)).collect();
        let types = |at: usize| -> Vec<usize> { own(&self.nodes[at].types) };
        let code = |at: usize| -> Vec<usize> { own(&self.nodes[at].code) };
        let both = |at: usize| -> Vec<usize> {
            let mut all = types(at);
            all.extend(code(at));
            all
        };
        let used = reachable(&starts, &both);
        topological(&used, &types).map_err(|cycle| self.cycle(spec, &cycle, false))?;
        // An interface may name a module whose implementation is linked later: such edges only
        // break ties.
        match topological(&starts, &both) {
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
    fn edges(&self, spec: &Spec, at: usize, out: &mut String) {
        let (unit, node) = (&spec.units[at], &self.nodes[at]);
        if let Some(mentioned) = &node.interface {
            let read = self.interfaces(mentioned);
            let read: Vec<&str> = self.paths(&read, at);
            statement(&unit.cmi, &read, out);
        }
        if unit.implementation.is_none() {
            return;
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
    fn table(&self, spec: &Spec) -> Table {
        let keys = |list: &[usize]| list.iter().map(|at| self.nodes[*at].cmi.clone()).collect();
        let Some(pack) = &spec.pack else {
            let rows = self.nodes[..self.own].iter().map(|node| Row {
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
fn statement<S: AsRef<str>>(output: &str, inputs: &[S], out: &mut String) {
    out.push_str("build ");
    escape(output, out);
    out.push_str(": dyndep");
    if !inputs.is_empty() {
        out.push_str(" |");
    }
    let mut seen = BTreeSet::new();
    for input in inputs {
        if seen.insert(input.as_ref()) {
            out.push(' ');
            escape(input.as_ref(), out);
        }
    }
    out.push('\n');
}

fn escape(path: &str, out: &mut String) {
    for c in path.chars() {
        if matches!(c, '$' | ' ' | ':') {
            out.push('$');
        }
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::super::spec::{Link, Scan, Unit};
    use super::*;

    /// A module with what its implementation and its interface mention.
    fn unit(module: &str, implementation: bool, interface: bool) -> Unit {
        let base = module.to_lowercase();
        let scan =
            |ext: &str| Scan { source: format!("{base}.{ext}"), found: format!("{base}.{ext}.d") };
        Unit {
            module: module.to_owned(),
            member: true,
            interface: interface.then(|| scan("mli")),
            implementation: implementation.then(|| scan("ml")),
            cmi: format!("o/{base}.cmi"),
            byte: implementation.then(|| format!("o/{base}.cmo")),
            native: if implementation {
                vec![format!("o/{base}.cmx"), format!("o/{base}.o")]
            } else {
                Vec::new()
            },
        }
    }

    fn spec(units: Vec<Unit>, main: Option<&str>) -> Spec {
        Spec {
            section: "library `l`".into(),
            units,
            main: main.map(str::to_owned),
            dyndep: "dd".into(),
            table: "table".into(),
            links: vec![Link {
                native: true,
                order: "order".into(),
                output: main.map(|_| "bin/main".to_owned()),
            }],
            ..Spec::default()
        }
    }

    fn made(spec: &Spec, found: &[(&str, &str)]) -> Result<String, DyndepError> {
        let read = |file: &str| {
            let text = found.iter().find(|(name, _)| *name == file).map_or("", |(_, text)| text);
            Ok(if file.ends_with(".d") { format!("x: {text}\n") } else { text.to_owned() }
                .into_bytes())
        };
        let made = order(spec, &read)?;
        let text = |name: &str| {
            let (_, content) = made.files.iter().find(|(file, _)| file == name).unwrap();
            String::from_utf8(content.clone()).unwrap()
        };
        Ok(format!("{}order: {}", text("dd"), text("order").replace('\n', " ")))
    }

    #[test]
    fn compiled_interfaces_are_closed_over_and_code_follows_code() {
        let spec =
            spec(vec![unit("C", true, false), unit("B", true, true), unit("A", true, true)], None);
        let found = [("c.ml.d", "B List"), ("b.mli.d", "A"), ("b.ml.d", "A"), ("a.ml.d", "Unix")];
        insta::assert_snapshot!(made(&spec, &found).unwrap(), @r"
        ninja_dyndep_version = 1
        build o/c.cmo: dyndep | o/b.cmi o/a.cmi
        build o/c.cmx: dyndep | o/b.cmi o/a.cmi o/c.cmi o/b.cmx o/a.cmx
        build o/b.cmi: dyndep | o/a.cmi
        build o/b.cmo: dyndep | o/a.cmi o/b.cmi
        build o/b.cmx: dyndep | o/a.cmi o/b.cmi o/a.cmx
        build o/a.cmi: dyndep
        build o/a.cmo: dyndep | o/a.cmi
        build o/a.cmx: dyndep | o/a.cmi
        order: o/a.cmx o/b.cmx o/c.cmx
        ");
    }

    #[test]
    fn a_program_links_only_what_its_main_module_reaches() {
        let spec = spec(
            vec![unit("Main", true, false), unit("Unused", true, false), unit("Used", true, false)],
            Some("Main"),
        );
        let found = [("main.ml.d", "Used"), ("unused.ml.d", "Main")];
        let made = made(&spec, &found).unwrap();
        assert!(
            made.contains("build bin/main: dyndep | o/used.cmx o/used.o o/main.cmx o/main.o\n")
        );
        assert!(made.ends_with("order: o/used.cmx o/main.cmx "));
    }

    #[test]
    fn an_interface_may_name_a_module_that_is_linked_later() {
        let spec = spec(vec![unit("A", true, true), unit("B", true, true)], None);
        let made = made(&spec, &[("a.ml.d", "B"), ("b.mli.d", "A")]).unwrap();
        assert!(made.ends_with("order: o/b.cmx o/a.cmx "), "{made}");
    }

    #[test]
    fn modules_that_need_each_other_are_named_with_their_sources() {
        let with = spec(vec![unit("A", true, true), unit("B", true, true)], None);
        let error = made(&with, &[("a.ml.d", "B"), ("b.ml.d", "A")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "modules of library `l` need each other: `A` (a.ml) -> `B` (b.ml) -> `A`"
        );
        let error = made(&with, &[("a.mli.d", "B"), ("b.mli.d", "A")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "modules of library `l` need each other: `A` (a.mli) -> `B` (b.mli) -> `A`"
        );
    }

    #[test]
    fn a_cycle_that_nothing_reaches_is_no_error() {
        let spec = spec(
            vec![unit("Main", true, false), unit("X", true, false), unit("Y", true, false)],
            Some("Main"),
        );
        assert!(made(&spec, &[("x.ml.d", "Y"), ("y.ml.d", "X")]).is_ok());
    }

    #[test]
    fn modules_of_other_libraries_bring_what_they_need() {
        let table = r#"{"units":[
            {"module":"L","cmi":"l/l.cmi","native":["l/l.cmx"],"types":[],"code":["l/k.cmi"]},
            {"module":"K","cmi":"l/k.cmi","native":["l/k.cmx"],"types":[],"code":[]}]}"#;
        let mut spec = spec(vec![unit("A", true, false)], None);
        spec.libraries.push("l/table".into());
        let made = made(&spec, &[("a.ml.d", "L"), ("l/table", table)]).unwrap();
        assert!(made.contains("build o/a.cmo: dyndep | l/l.cmi\n"));
        assert!(made.contains("build o/a.cmx: dyndep | l/l.cmi o/a.cmi l/l.cmx l/k.cmx\n"));
    }
}
