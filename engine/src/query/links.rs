//! The graph of files as questions see it: every kind of dependency in both directions, those that
//! commands discovered included.

use mbuild_rules::{ActionId, FileId};
use serde::Serialize;

use crate::error::Error;
use crate::goal::suggestions;
use crate::loaded::Loaded;
use crate::state::record::Standing;

/// How an action hangs on a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An input that `$in` names.
    Explicit,
    /// An input after `|`, or one that a dyndep file added.
    Implicit,
    /// An input after `||`: it has to be there first, its content does not matter.
    OrderOnly,
    /// An input that the command told of when it ran last (a depfile).
    Discovered,
    /// A file after `|@`: it is built along, and the action does not wait for it.
    Validation,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Explicit, Self::Implicit, Self::OrderOnly, Self::Discovered, Self::Validation];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Explicit => "explicit",
            Self::Implicit => "implicit",
            Self::OrderOnly => "order-only",
            Self::Discovered => "discovered",
            Self::Validation => "validation",
        }
    }
}

/// The dependencies of all actions, by kind. Dyndep files count as far as they are loaded.
pub struct Links<'a> {
    loaded: &'a Loaded,
    /// By action: where its row of discovered files begins.
    found_at: Vec<usize>,
    found: Vec<FileId>,
    /// By file: where its row of users begins.
    users_at: Vec<usize>,
    users: Vec<(ActionId, Kind)>,
}

impl<'a> Links<'a> {
    /// Looks through all actions and what is recorded of them.
    pub fn new(loaded: &'a Loaded) -> Self {
        let manifest = &loaded.manifest;
        let mut found_at = vec![0];
        let mut found = Vec::new();
        for action in manifest.actions() {
            loaded.add_discovered(action, &mut found);
            found_at.push(found.len());
        }
        let mut links = Self { loaded, found_at, found, users_at: Vec::new(), users: Vec::new() };
        let mut at = vec![0; manifest.file_count() + 1];
        for action in manifest.actions() {
            links.needs(action).for_each(|(file, _)| at[file.index() + 1] += 1);
        }
        let mut sum = 0;
        for place in &mut at {
            sum += *place;
            *place = sum;
        }
        let mut next = at.clone();
        let mut users = vec![(ActionId(0), Kind::Explicit); sum];
        for action in manifest.actions() {
            for (file, kind) in links.needs(action) {
                users[next[file.index()]] = (action, kind);
                next[file.index()] += 1;
            }
        }
        links.users_at = at;
        links.users = users;
        links
    }

    /// The build directory that this is the graph of.
    pub fn loaded(&self) -> &'a Loaded {
        self.loaded
    }

    /// What an action needs: its inputs in the order of the statement, then what it discovered, then
    /// its validations.
    pub fn needs(&self, action: ActionId) -> impl Iterator<Item = (FileId, Kind)> {
        let manifest = &self.loaded.manifest;
        let row = self.found_at[action.index()]..self.found_at[action.index() + 1];
        let lists = [
            (manifest.explicit_inputs(action), Kind::Explicit),
            (manifest.implicit_inputs(action), Kind::Implicit),
            (manifest.order_only_inputs(action), Kind::OrderOnly),
            (&self.found[row], Kind::Discovered),
            (manifest.validations(action), Kind::Validation),
        ];
        lists.into_iter().flat_map(|(files, kind)| files.iter().map(move |file| (*file, kind)))
    }

    /// The actions that need a file, in the order of the rule file.
    pub fn users(&self, file: FileId) -> &[(ActionId, Kind)] {
        match (self.users_at.get(file.index()), self.users_at.get(file.index() + 1)) {
            (Some(start), Some(end)) => &self.users[*start..*end],
            _ => &[],
        }
    }

    /// The outputs that no action needs, in the order of the rule file.
    pub fn roots(&self) -> impl Iterator<Item = FileId> {
        let manifest = &self.loaded.manifest;
        let outputs = manifest.actions().flat_map(|action| manifest.outputs(action));
        outputs.copied().filter(|output| self.users(*output).is_empty())
    }

    /// The files that words name: as goals do, or as a discovered dependency is called.
    ///
    /// # Errors
    /// A word that is no file of the graph, with those that have nearly that name.
    pub fn find(&self, words: &[Vec<u8>]) -> Result<Vec<FileId>, Error> {
        let known =
            |file| self.loaded.graph.producer(file).is_some() || !self.users(file).is_empty();
        let find = |word: &Vec<u8>| match self.loaded.resolve(std::slice::from_ref(word)) {
            Ok(files) => Ok(files),
            Err(Error::UnknownGoal { goal, .. }) => {
                let suggestions = suggestions(&self.loaded.manifest, known, word);
                Err(Error::UnknownGoal { goal, suggestions })
            }
            Err(error) => Err(error),
        };
        let found: Result<Vec<Vec<FileId>>, Error> = words.iter().map(find).collect();
        Ok(found?.into_iter().flatten().collect())
    }
}

impl Loaded {
    /// What an action discovered in its last good run, but what its statement names as well.
    fn add_discovered(&self, action: ActionId, to: &mut Vec<FileId>) {
        let Some(first) = self.manifest.outputs(action).first() else { return };
        let Some(last) = self.state.last_view(*first) else { return };
        if last.standing() != Standing::Good || last.deps().len() == 0 || !self.discovers(action) {
            return;
        }
        let declared = self.manifest.inputs(action);
        let files = last.deps().filter_map(|entry| self.state.file(entry.row));
        to.extend(files.filter(|file| !declared.contains(file)));
    }
}
