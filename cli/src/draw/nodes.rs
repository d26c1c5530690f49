//! The graph as it is drawn: a box for each action with its outputs, one for each source, and one arrow
//! between two boxes however many files connect them.

use std::collections::{BTreeMap, HashMap};

use mbuild_engine::query::links::{Kind, Links};
use mbuild_engine::query::walk::Follow;
use mbuild_rules::{ActionId, FileId};

/// What is drawn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drawing {
    /// The boxes, the goals first and then the nearest.
    pub(crate) nodes: Vec<Node>,
    /// The arrows.
    pub(crate) edges: Vec<Edge>,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// The rule; `None` is a file that no action makes.
    pub(crate) rule: Option<String>,
    /// It only gives a name to what it needs.
    pub(crate) phony: bool,
    /// It is asked for.
    pub(crate) goal: bool,
    /// The outputs, or the source.
    pub(crate) files: Vec<String>,
    /// How many files it needs that are left out.
    pub(crate) hidden: usize,
}

/// An arrow from what is needed to what needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    /// What is needed, as a place in the list of boxes.
    pub(crate) from: usize,
    /// What needs it.
    pub(crate) to: usize,
    /// How; of several kinds the first.
    pub(crate) kind: Kind,
}

impl Drawing {
    /// What `goals` need; sources that the same actions need in the same way share a box.
    pub(crate) fn new(
        links: &Links<'_>,
        goals: &[FileId],
        follow: Follow<'_>,
        sources: bool,
    ) -> Self {
        let (manifest, graph) = (links.loaded().manifest(), links.loaded().graph());
        let name = |file: &FileId| text(manifest.path(*file));
        let mut drawing = Self::default();
        let mut place: HashMap<ActionId, usize> = HashMap::new();
        let mut actions = Vec::new();
        let mut uses: HashMap<FileId, Uses> = HashMap::new();
        let mut in_order = Vec::new();
        let found = links.deps(goals, follow);
        for file in goals.iter().copied().chain(found.iter().map(|found| found.file)) {
            let goal = goals.contains(&file);
            let Some(action) = graph.producer(file) else {
                if (sources || goal) && uses.insert(file, Uses::new()).is_none() {
                    in_order.push(file);
                }
                continue;
            };
            if place.contains_key(&action) {
                continue;
            }
            place.insert(action, actions.len());
            actions.push(action);
            drawing.nodes.push(Node {
                rule: Some(text(manifest.rule_name(manifest.rule(action)))),
                phony: manifest.is_phony(action),
                goal,
                files: manifest.outputs(action).iter().map(name).collect(),
                hidden: 0,
            });
        }
        for (to, action) in actions.into_iter().enumerate() {
            let mut kinds: BTreeMap<usize, Kind> = BTreeMap::new();
            for (file, kind) in links.needs(action).filter(|need| follow.kinds.contains(&need.1)) {
                let maker = graph.producer(file).and_then(|maker| place.get(&maker));
                match (maker, uses.get_mut(&file)) {
                    (Some(from), _) if *from == to => {}
                    (Some(from), _) => {
                        let known = kinds.entry(*from).or_insert(kind);
                        *known = kind.min(*known);
                    }
                    (None, Some(uses)) => uses.push((to, kind)),
                    (None, None) if sources || graph.producer(file).is_some() => {
                        drawing.nodes[to].hidden += 1;
                    }
                    (None, None) => {}
                }
            }
            drawing.edges.extend(kinds.into_iter().map(|(from, kind)| Edge { from, to, kind }));
        }
        drawing.add_sources(in_order.into_iter().map(|file| {
            (name(&file), goals.contains(&file), uses.remove(&file).unwrap_or_default())
        }));
        drawing
    }

    fn add_sources(&mut self, sources: impl Iterator<Item = (String, bool, Uses)>) {
        let mut boxes: HashMap<Uses, usize> = HashMap::new();
        for (name, goal, uses) in sources {
            if let Some(shared) = boxes.get(&uses).filter(|_| !goal) {
                self.nodes[*shared].files.push(name);
                continue;
            }
            let from = self.nodes.len();
            self.nodes.push(Node { rule: None, phony: false, goal, files: vec![name], hidden: 0 });
            for (at, (to, kind)) in uses.iter().enumerate() {
                // A file that one statement names twice is one arrow.
                if !uses[..at].iter().any(|before| before.0 == *to) {
                    self.edges.push(Edge { from, to: *to, kind: *kind });
                }
            }
            if !goal {
                boxes.insert(uses, from);
            }
        }
    }
}

/// Which boxes need a source, and how.
type Uses = Vec<(usize, Kind)>;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
pub(crate) mod samples {
    //! Hand-made graphs.

    use super::*;

    /// Two objects of one header, a program, and a name for it.
    pub(crate) fn program() -> Drawing {
        let node = |rule: Option<&str>, file: &str| Node {
            rule: rule.map(str::to_owned),
            phony: rule == Some("phony"),
            goal: file == "all",
            files: vec![file.to_owned()],
            hidden: 0,
        };
        let edge = |from, to, kind| Edge { from, to, kind };
        Drawing {
            nodes: vec![
                node(Some("phony"), "all"),
                node(Some("link"), "hello"),
                node(Some("cc"), "main.o"),
                node(Some("cc"), "greet.o"),
                node(None, "main.c"),
                node(None, "greet.c"),
                node(None, "a \"<b>\" & c.h"),
            ],
            edges: vec![
                edge(1, 0, Kind::Explicit),
                edge(2, 1, Kind::Explicit),
                edge(3, 1, Kind::Explicit),
                edge(4, 2, Kind::Explicit),
                edge(5, 3, Kind::Explicit),
                edge(6, 2, Kind::Discovered),
                edge(6, 3, Kind::Discovered),
                edge(6, 0, Kind::OrderOnly),
            ],
        }
    }
}
