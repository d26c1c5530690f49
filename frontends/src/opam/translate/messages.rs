//! What a package has to say to those who build and install it: `messages` and `post-messages`.

use std::collections::BTreeMap;

use super::{Host, Manifest, One};
use crate::choices::Choices;
use crate::opam::command::plain_variables;
use crate::opam::expand;
use crate::opam::filter::{Filter, filter};
use crate::opam::tree::{Kind, Value};
use crate::opam::variables::{Content, Known};

/// What the file of one package has to say.
#[derive(Clone, Debug)]
pub struct Messages {
    before: Vec<Message>,
    after: Vec<Message>,
    known: Known,
}

/// A text, and the conditions that it is said on.
#[derive(Clone, Debug)]
struct Message {
    text: String,
    conditions: Vec<Filter>,
}

impl Messages {
    /// The package.
    pub fn package(&self) -> &str {
        &self.known.name
    }

    /// What is said before anything is built; as with opam, `%{` in it is none.
    pub fn before(&self) -> Vec<String> {
        let said = self.before.iter().filter(|message| message.holds(&self.known));
        said.map(|message| message.text.clone()).collect()
    }

    /// What is said once the package is installed, or could not be built; `own` are the variables that it has left
    /// for others. Folders are written `${name}`.
    pub fn after(&self, success: bool, own: &BTreeMap<String, Content>) -> Vec<String> {
        let mut known = self.known.clone();
        for (name, holds) in [("success", success), ("failure", !success)] {
            known.global.insert(name.to_owned(), Content::Bool(holds));
        }
        known.own.extend(own.iter().map(|(name, value)| (name.clone(), value.clone())));
        let said = self.after.iter().filter(|message| message.holds(&known));
        said.map(|message| plain_variables(&expand(&message.text, &known))).collect()
    }
}

impl Message {
    fn holds(&self, known: &Known) -> bool {
        self.conditions.iter().all(|condition| condition.holds(known))
    }
}

/// What these files, which are read, have to say; files without a word are left out.
pub fn messages<'a>(
    manifests: impl Iterator<Item = &'a Manifest>,
    folder: &str,
    host: &mut dyn Host,
    choices: &Choices,
) -> Vec<Messages> {
    let switch = |name: &str| choices.flags.get(name).copied().unwrap_or(false);
    let mut all = Vec::new();
    for manifest in manifests {
        let read = |field: &str| manifest.file.fields(field).flat_map(read).collect::<Vec<_>>();
        let (before, after) = (read("messages"), read("post-messages"));
        if before.is_empty() && after.is_empty() {
            continue;
        }
        let mut one = One::new(manifest, host, switch("tests"));
        one.formulas = one.read_formulas();
        let known = one.known(folder, &BTreeMap::new(), switch("docs"), choices);
        all.push(Messages { before, after, known });
    }
    all
}

/// The messages of a field. What is none was said of the file.
fn read(field: &Value) -> Vec<Message> {
    let read = |mut value: &Value| {
        let mut conditions = Vec::new();
        while let Kind::Option(inner, condition) = &value.kind {
            conditions.push(filter(condition, &value.span).ok()?);
            value = inner;
        }
        match &value.kind {
            Kind::Text(text) => Some(Message { text: text.to_string(), conditions }),
            _ => None,
        }
    };
    field.listed().iter().filter_map(read).collect()
}
