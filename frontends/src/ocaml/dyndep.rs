//! The ordering step: from what `ocamldep` found in the sources to edges and link orders.
//!
//! One step for each section. It reads the [`Spec`] of the section, the output of `ocamldep` for
//! each source and the tables of the libraries used, and makes a dyndep file, a table for the
//! sections that use this one, and the order in which modules are linked.

mod error;
mod graph;
mod table;
#[cfg(test)]
mod tests;

use std::path::Path;

use serde::Deserialize;

pub use self::error::DyndepError;
use self::graph::{Graph, Part, statement};
use super::spec::{Spec, Unit};

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
    let lets_in = |unit: &Unit| spec.main.is_some() || spec.takes || unit.member;
    for at in &linked {
        let unit = &spec.units[*at];
        if !lets_in(unit) && (unit.implementation.is_some() || unit.inside.is_some()) {
            made.warnings.push(format!(
                "module `{}` is used by {} but is not one of its modules; add it to them",
                unit.module, spec.section
            ));
        }
    }
    let parts = graph.among_archives(spec, &linked);
    let mut dyndep = String::from("ninja_dyndep_version = 1\n");
    for at in own.clone() {
        graph.edges(spec, at, &mut dyndep);
    }
    for link in &spec.links {
        let mut order = String::new();
        let mut inputs = Vec::new();
        for part in &parts {
            let unit = match part {
                Part::Unit(at) => &spec.units[*at],
                Part::Archives(at) => {
                    let archives = spec.archives[*at].of(link.native).iter();
                    order.extend(archives.flat_map(|archive| [archive, "\n"]));
                    continue;
                }
            };
            if !lets_in(unit) {
                continue;
            }
            let objects =
                if unit.implementation.is_none() && unit.inside.is_none() && spec.pack.is_some() {
                    // Without it the pack would name a module that nobody can find.
                    vec![unit.cmi.clone()]
                } else {
                    unit.objects(link.native)
                };
            if let Some(object) = objects.first() {
                order.push_str(object);
                order.push('\n');
            }
            inputs.extend(objects);
        }
        for output in &link.outputs {
            statement(output, &inputs, &mut dyndep);
        }
        made.files.push((link.order.clone(), order.into_bytes()));
    }
    for inside in spec.units.iter().filter_map(|unit| unit.inside.as_ref()) {
        let packed = graph.packed(spec, &inside.scope)?;
        for link in &inside.links {
            let objects = packed.iter().flat_map(|at| {
                // A module without an implementation is packed as its compiled interface.
                let unit = &spec.units[*at];
                let first = unit.objects(link.native).into_iter().next();
                [first.unwrap_or_else(|| unit.cmi.clone()), "\n".to_owned()]
            });
            made.files.push((link.order.clone(), objects.collect::<String>().into_bytes()));
        }
    }
    made.files.push((spec.dyndep.clone(), dyndep.into_bytes()));
    let table = graph.table(spec);
    let table = serde_json::to_vec(&table)
        .map_err(|source| DyndepError::Damaged { file: spec.table.clone(), source })?;
    made.files.push((spec.table.clone(), table));
    Ok(made)
}
