//! Who makes and who uses each file, in compressed rows over the ids of the rule file.

mod view;

use mbuild_rules::{ActionId, FileId, Manifest};

pub use view::View;

const NONE: u32 = u32::MAX;

/// The graph of a [`Manifest`]: producers and consumers by file.
///
/// Inputs and outputs of an action stay in the manifest; this is the other direction. Validations
/// are no inputs and are not in it.
pub struct Graph {
    producer: Vec<u32>,
    offsets: Vec<u32>,
    consumers: Vec<ActionId>,
}

impl Graph {
    /// Computes the graph of all actions.
    pub fn new(manifest: &Manifest) -> Self {
        let files = manifest.file_count();
        let mut producer = vec![NONE; files];
        let mut offsets = vec![0_u32; files + 1];
        for action in actions(manifest) {
            for output in manifest.outputs(action) {
                producer[output.index()] = action.0;
            }
            for input in manifest.inputs(action) {
                offsets[input.index() + 1] += 1;
            }
        }
        let mut sum = 0;
        for offset in &mut offsets {
            sum += *offset;
            *offset = sum;
        }
        let mut next = offsets.clone();
        let mut consumers = vec![ActionId(0); sum as usize];
        for action in actions(manifest) {
            for input in manifest.inputs(action) {
                let at = &mut next[input.index()];
                consumers[*at as usize] = action;
                *at += 1;
            }
        }
        Self { producer, offsets, consumers }
    }

    /// The action that makes `file`; files that came to be known after the graph have none.
    pub fn producer(&self, file: FileId) -> Option<ActionId> {
        match self.producer.get(file.index()) {
            Some(&NONE) | None => None,
            Some(&action) => Some(ActionId(action)),
        }
    }

    /// The actions that name `file` as an input of any kind, in the order of the rule file; an
    /// action that names it twice is there twice.
    pub fn consumers(&self, file: FileId) -> &[ActionId] {
        let at = file.index();
        if at + 1 >= self.offsets.len() {
            return &[];
        }
        &self.consumers[self.offsets[at] as usize..self.offsets[at + 1] as usize]
    }

    /// The graph of actions as petgraph's algorithms want to see it.
    pub fn view<'a>(&'a self, manifest: &'a Manifest) -> View<'a> {
        View::new(self, manifest)
    }

    /// The outputs that nothing uses, in the order of the rule file.
    pub fn roots(&self, manifest: &Manifest) -> Vec<FileId> {
        actions(manifest)
            .flat_map(|action| manifest.outputs(action).iter().copied())
            .filter(|output| self.consumers(*output).is_empty())
            .collect()
    }
}

/// All actions, in the order of the rule file.
pub(crate) fn actions(manifest: &Manifest) -> impl DoubleEndedIterator<Item = ActionId> + use<> {
    (0..u32::try_from(manifest.action_count()).unwrap_or(u32::MAX)).map(ActionId)
}

#[cfg(test)]
mod tests {
    use mbuild_rules::parse::{Options, parse};
    use petgraph::algo::{kosaraju_scc, toposort};
    use petgraph::visit::{Dfs, Reversed};

    use super::*;

    fn manifest(rules: &str) -> Manifest {
        let rules = format!("rule r\n  command = r\n{rules}");
        let mut loader = |_: &[u8]| Ok(rules.clone().into_bytes());
        parse(b"build.ninja", &mut loader, Options::default()).unwrap()
    }

    #[test]
    fn producers_consumers_and_roots_are_those_of_the_statements() {
        let manifest = manifest("build a b: r in\nbuild c: r a a | b || in\nbuild d: r in |@ c\n");
        let graph = Graph::new(&manifest);
        let file = |path: &str| manifest.find(path.as_bytes()).unwrap();
        assert_eq!(graph.producer(file("b")), Some(ActionId(0)));
        assert_eq!(graph.producer(file("in")), None);
        assert_eq!(graph.consumers(file("a")), [ActionId(1), ActionId(1)]);
        assert_eq!(graph.consumers(file("in")), [ActionId(0), ActionId(1), ActionId(2)]);
        assert_eq!(graph.consumers(FileId(1000)), []);
        assert_eq!(graph.roots(&manifest), [file("c"), file("d")]);
    }

    #[test]
    fn algorithms_of_petgraph_run_on_it() {
        let manifest =
            manifest("build c: r b\nbuild b: r a\nbuild a: r in\nbuild x: r y\nbuild y: r x\n");
        let graph = Graph::new(&manifest);
        let view = graph.view(&manifest);
        assert!(toposort(view, None).is_err());
        let mut sizes: Vec<usize> = kosaraju_scc(view).iter().map(Vec::len).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 1, 1, 2]);
        let mut found = Vec::new();
        let mut dfs = Dfs::new(view, ActionId(2));
        while let Some(action) = dfs.next(view) {
            found.push(action);
        }
        assert_eq!(found, [ActionId(2), ActionId(1), ActionId(0)]);
        let reversed = Reversed(view);
        let mut dfs = Dfs::new(reversed, ActionId(1));
        let needed = std::iter::from_fn(|| dfs.next(reversed)).count();
        assert_eq!(needed, 2);
    }

    #[test]
    fn a_chain_of_any_length_can_be_sorted() {
        let mut rules = String::new();
        for index in 0..200_000 {
            rules += &format!("build {index}: r {}\n", index + 1);
        }
        let manifest = manifest(&rules);
        let graph = Graph::new(&manifest);
        let sorted = toposort(graph.view(&manifest), None).unwrap();
        assert_eq!(sorted.first(), Some(&ActionId(199_999)));
        assert_eq!(sorted.last(), Some(&ActionId(0)));
    }
}
