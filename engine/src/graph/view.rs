//! petgraph's traits over our arrays, so that its algorithms run on them without a copy.
//!
//! petgraph's `tarjan_scc` and `depth_first_search` recurse and must not be used here: a chain of
//! 200,000 actions is an ordinary graph. `toposort`, `kosaraju_scc`, `Dfs`, `Bfs` and `Topo` do not.

use fixedbitset::FixedBitSet;
use mbuild_rules::{ActionId, FileId, Manifest};
use petgraph::Direction;
use petgraph::visit::{
    GraphBase, GraphRef, IntoNeighbors, IntoNeighborsDirected, IntoNodeIdentifiers,
    NodeCompactIndexable, NodeCount, NodeIndexable, VisitMap, Visitable,
};

use super::Graph;

/// Actions as nodes; an edge goes from the action that makes a file to each that uses it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    graph: &'a Graph,
    manifest: &'a Manifest,
}

impl<'a> View<'a> {
    pub(super) fn new(graph: &'a Graph, manifest: &'a Manifest) -> Self {
        Self { graph, manifest }
    }
}

/// The neighbours of one action in one direction; one that is so for two reasons comes twice.
pub struct Neighbors<'a> {
    graph: &'a Graph,
    direction: Direction,
    files: std::slice::Iter<'a, FileId>,
    row: std::slice::Iter<'a, ActionId>,
}

impl Iterator for Neighbors<'_> {
    type Item = ActionId;

    fn next(&mut self) -> Option<ActionId> {
        loop {
            if let Some(action) = self.row.next() {
                return Some(*action);
            }
            let file = *self.files.next()?;
            match self.direction {
                Direction::Outgoing => self.row = self.graph.consumers(file).iter(),
                Direction::Incoming => {
                    if let Some(action) = self.graph.producer(file) {
                        return Some(action);
                    }
                }
            }
        }
    }
}

impl GraphBase for View<'_> {
    type NodeId = ActionId;
    type EdgeId = (ActionId, ActionId);
}

impl GraphRef for View<'_> {}

impl<'a> IntoNeighbors for View<'a> {
    type Neighbors = Neighbors<'a>;

    fn neighbors(self, action: ActionId) -> Neighbors<'a> {
        self.neighbors_directed(action, Direction::Outgoing)
    }
}

impl<'a> IntoNeighborsDirected for View<'a> {
    type NeighborsDirected = Neighbors<'a>;

    fn neighbors_directed(self, action: ActionId, direction: Direction) -> Neighbors<'a> {
        let files = match direction {
            Direction::Outgoing => self.manifest.outputs(action),
            Direction::Incoming => self.manifest.inputs(action),
        };
        Neighbors { graph: self.graph, direction, files: files.iter(), row: [].iter() }
    }
}

impl NodeCount for View<'_> {
    fn node_count(&self) -> usize {
        self.manifest.action_count()
    }
}

impl NodeIndexable for View<'_> {
    fn node_bound(&self) -> usize {
        self.manifest.action_count()
    }

    fn to_index(&self, action: ActionId) -> usize {
        action.index()
    }

    fn from_index(&self, index: usize) -> ActionId {
        ActionId(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

impl NodeCompactIndexable for View<'_> {}

/// All actions, in the order of the rule file.
pub struct Nodes(std::ops::Range<u32>);

impl Iterator for Nodes {
    type Item = ActionId;

    fn next(&mut self) -> Option<ActionId> {
        self.0.next().map(ActionId)
    }
}

impl IntoNodeIdentifiers for View<'_> {
    type NodeIdentifiers = Nodes;

    fn node_identifiers(self) -> Nodes {
        Nodes(0..u32::try_from(self.manifest.action_count()).unwrap_or(u32::MAX))
    }
}

/// The actions that an algorithm has met.
#[derive(Clone)]
pub struct Visited(FixedBitSet);

impl VisitMap<ActionId> for Visited {
    fn visit(&mut self, action: ActionId) -> bool {
        !self.0.put(action.index())
    }

    fn is_visited(&self, action: &ActionId) -> bool {
        self.0.contains(action.index())
    }

    fn unvisit(&mut self, action: ActionId) -> bool {
        let met = self.0.contains(action.index());
        self.0.set(action.index(), false);
        met
    }
}

impl Visitable for View<'_> {
    type Map = Visited;

    fn visit_map(&self) -> Visited {
        Visited(FixedBitSet::with_capacity(self.manifest.action_count()))
    }

    fn reset_map(&self, map: &mut Visited) {
        map.0.clear();
        map.0.grow(self.manifest.action_count());
    }
}
