//! A project as it should be: its sources, its actions, and which outputs a goal needs.

use std::collections::BTreeSet;

use mbuild_tests::random::Random;

/// Sources that objects and headers are made from.
pub const SOURCES: usize = 6;
/// Modules, each with a source of its own behind those of the objects.
pub const MODULES: usize = 3;
/// Headers that an action makes.
pub const HEADERS: usize = 2;

/// A source file.
pub struct Source {
    pub name: String,
    pub line: String,
    /// What its text includes.
    pub includes: Vec<Include>,
    /// The modules that it imports, when it is one.
    pub imports: Vec<usize>,
    /// As a module, it comes with another output.
    pub extra: bool,
}

/// What a source may include.
#[derive(Clone, Copy)]
pub enum Include {
    Source(usize),
    Header(usize),
}

/// What an action does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Makes a header from the first line of a source.
    Header,
    /// Compiles; says what it read in a depfile.
    Object { gcc: bool },
    /// Keeps the first line of an object, and writes only what is new (`restat`).
    Filter,
    /// Finds out what a module imports, for a dyndep file.
    Scan,
    /// Joins a module and its imports, which the dyndep file tells.
    Module,
    /// Makes two outputs from a source.
    Split,
    /// Always runs, mostly to the same end.
    Stamp,
    /// Joins its inputs.
    Link,
    /// Joins files that it finds in its response file and knows by a phony name only.
    Group,
    /// Looks at something that is to be built whenever something else is.
    Check,
}

/// An input.
#[derive(Clone, PartialEq, Eq)]
pub enum Input {
    Source(usize),
    Made(String),
}

/// An action.
pub struct Action {
    pub kind: Kind,
    pub outputs: Vec<String>,
    pub tag: u64,
    pub inputs: Vec<Input>,
    pub order_only: Vec<Input>,
    pub validation: Option<String>,
    /// Its statement is in the second rule file.
    pub elsewhere: bool,
}

/// The whole project.
pub struct Model {
    pub sources: Vec<Source>,
    /// Each needs only those before it.
    pub actions: Vec<Action>,
    /// How many names were given to sources.
    pub names: usize,
}

pub fn below(random: &mut Random, end: usize) -> usize {
    random.below(end as u64) as usize
}

impl Action {
    fn new(kind: Kind, outputs: &[String], inputs: Vec<Input>, random: &mut Random) -> Self {
        Self {
            kind,
            outputs: outputs.to_vec(),
            tag: random.below(3),
            inputs,
            order_only: Vec::new(),
            validation: None,
            elsewhere: random.below(4) == 0,
        }
    }

    /// Its output can be joined with others.
    fn is_part(&self) -> bool {
        !matches!(self.kind, Kind::Header | Kind::Scan | Kind::Check)
    }
}

impl Model {
    /// A random one.
    pub fn new(random: &mut Random) -> Self {
        let mut model = Self { sources: Vec::new(), actions: Vec::new(), names: SOURCES + MODULES };
        // Where nothing runs always and no dyndep file is read, later builds look only at what changed.
        let plain = random.below(2) == 0;
        for index in 0..SOURCES + MODULES {
            let mut source = Source {
                name: format!("s{index}"),
                line: format!("source {}", random.below(3)),
                includes: Vec::new(),
                imports: Vec::new(),
                extra: false,
            };
            if let Some(module) = index.checked_sub(SOURCES) {
                source.imports = (0..module).filter(|_| random.below(2) == 0).collect();
            } else {
                source.includes = Self::includes(random, index);
            }
            model.sources.push(source);
        }
        for at in 0..HEADERS {
            model.add(Kind::Header, &[format!("g/{at}")], random);
        }
        for at in 0..5 {
            let gcc = random.below(2) == 0;
            model.add(Kind::Object { gcc }, &[format!("o/{at}")], random);
        }
        for at in 0..if plain { 0 } else { MODULES } {
            let source = vec![Input::Source(SOURCES + at)];
            let scan = Action::new(Kind::Scan, &[format!("m/{at}.dd")], source.clone(), random);
            model.actions.push(scan);
            let module = Action::new(Kind::Module, &[format!("m/{at}")], source, random);
            model.actions.push(module);
        }
        model.add(Kind::Filter, &["f/0".to_owned()], random);
        model.add(Kind::Filter, &["f/1".to_owned()], random);
        model.add(Kind::Split, &["w/0".to_owned(), "w/1".to_owned()], random);
        if !plain && random.below(3) == 0 {
            model.add(Kind::Stamp, &["a/0".to_owned()], random);
        }
        model.add(Kind::Check, &["v/0".to_owned()], random);
        for at in 0..4 {
            model.add_last(at, random);
        }
        model
    }

    fn includes(random: &mut Random, of: usize) -> Vec<Include> {
        let sources = (0..SOURCES).filter(|source| *source != of).map(Include::Source);
        let all: Vec<Include> = sources.chain((0..HEADERS).map(Include::Header)).collect();
        all.into_iter().filter(|_| random.below(4) == 0).collect()
    }

    /// Adds an action with random inputs.
    fn add(&mut self, kind: Kind, outputs: &[String], random: &mut Random) {
        let inputs = self.inputs_for(kind, self.actions.len(), random);
        let action = Action::new(kind, outputs, inputs, random);
        self.actions.push(action);
    }

    /// Adds a join at the end.
    pub fn add_last(&mut self, at: usize, random: &mut Random) {
        let kind = if random.below(3) == 0 { Kind::Group } else { Kind::Link };
        self.add(kind, &[format!("l/{at}")], random);
        self.vary(self.actions.len() - 1, random);
    }

    /// Inputs for an action of this kind that comes after `before` others.
    pub fn inputs_for(&self, kind: Kind, before: usize, random: &mut Random) -> Vec<Input> {
        let source = |random: &mut Random| Input::Source(below(random, SOURCES));
        match kind {
            Kind::Filter | Kind::Check => {
                let objects = |action: &&Action| matches!(action.kind, Kind::Object { .. });
                let objects: Vec<&Action> = self.actions.iter().filter(objects).collect();
                let object = objects[below(random, objects.len())];
                vec![Input::Made(object.outputs[0].clone())]
            }
            Kind::Link | Kind::Group => {
                let parts = self.actions[..before].iter().filter(|action| action.is_part());
                let parts: Vec<&String> = parts.flat_map(|action| &action.outputs).collect();
                let count = 1 + below(random, 4);
                let part = |random: &mut Random| parts[below(random, parts.len())].clone();
                let mut inputs: Vec<Input> =
                    (0..count).map(|_| Input::Made(part(random))).collect();
                inputs.dedup();
                inputs
            }
            _ => vec![source(random)],
        }
    }

    /// Gives an action other edges that its output does not depend on.
    pub fn vary(&mut self, at: usize, random: &mut Random) {
        let earlier: Vec<String> =
            self.actions[..at].iter().flat_map(|action| action.outputs.clone()).collect();
        let count = below(random, 3);
        let order_only = |random: &mut Random| match random.below(4) {
            0 => Input::Source(below(random, SOURCES)),
            _ => Input::Made(earlier[below(random, earlier.len())].clone()),
        };
        self.actions[at].order_only = (0..count).map(|_| order_only(random)).collect();
        let check = random.below(2) == 0;
        self.actions[at].validation = check.then(|| "v/0".to_owned());
    }

    /// Some action makes this now.
    pub fn makes(&self, name: &str) -> bool {
        let extra = |action: &Action| {
            action.kind == Kind::Module
                && self.source_of(action).extra
                && name.strip_suffix(".extra") == Some(&action.outputs[0])
        };
        self.actions.iter().any(|action| action.outputs.iter().any(|o| o == name) || extra(action))
    }

    /// The source that a module is made from.
    pub fn source_of(&self, action: &Action) -> &Source {
        match action.inputs[0] {
            Input::Source(source) => &self.sources[source],
            Input::Made(_) => panic!("a module is made from a source"),
        }
    }

    /// The action runs in every build, or comes after one that does and may look different for it.
    pub fn runs_always(&self, name: &str) -> bool {
        let of = self.actions.iter().find(|action| action.outputs[0] == name);
        of.is_some_and(|action| action.kind == Kind::Stamp)
    }

    /// One to three outputs or phony names.
    pub fn some_goals(&self, random: &mut Random) -> Vec<String> {
        let count = 1 + below(random, 3);
        let goal = |random: &mut Random| match random.below(6) {
            0 => "headers".to_owned(),
            _ => {
                let action = &self.actions[below(random, self.actions.len())];
                action.outputs[below(random, action.outputs.len())].clone()
            }
        };
        (0..count).map(|_| goal(random)).collect()
    }

    /// The outputs that these goals name, all when there are none.
    pub fn outputs_of(&self, goals: &[String]) -> BTreeSet<String> {
        if !goals.is_empty() {
            return goals.iter().cloned().collect();
        }
        let mut all = BTreeSet::new();
        for action in &self.actions {
            all.extend(action.outputs.iter().cloned());
            if action.kind == Kind::Module && self.source_of(action).extra {
                all.insert(format!("{}.extra", action.outputs[0]));
            }
        }
        all
    }
}
