//! What an action runs: its command with everything the rule says about running it.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use bstr::ByteSlice;
use mbuild_rules::{ActionId, Manifest, path};
use rustc_hash::FxHashMap;

use crate::digest::{Digest, Hasher};
use crate::error::shown;
use crate::run::environment::Environment;
use crate::run::tool::{Tool, Tools};
use crate::settings;
use crate::state::record::{MISSING, Short, short};

/// How a command tells what it read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Discovery {
    /// It does not.
    None,
    /// In a depfile that stays.
    Depfile,
    /// In a depfile that is read and removed.
    Gcc,
    /// In lines of its output that begin with this.
    Msvc(Vec<u8>),
    /// The rule asks for a kind that does not exist.
    Unknown(Vec<u8>),
}

impl Discovery {
    /// Adds the kind and what is looked for to a key.
    pub(crate) fn hash_into(&self, hasher: &mut Hasher) {
        match self {
            Self::None => hasher.number(0),
            Self::Depfile => hasher.number(1),
            Self::Gcc => hasher.number(2),
            Self::Msvc(prefix) => hasher.number(3).field(prefix),
            Self::Unknown(kind) => hasher.number(4).field(kind),
        };
    }
}

/// What an action runs.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) command: Vec<u8>,
    /// Path and content of the response file.
    pub(crate) response: Option<(Vec<u8>, Vec<u8>)>,
    /// Empty when there is none.
    pub(crate) depfile: Vec<u8>,
    pub(crate) discovery: Discovery,
    pub(crate) environment: Arc<Environment>,
    /// What stands for the programs in the action key, when the rule says so.
    pub(crate) tool: Vec<u8>,
    pub(crate) generator: bool,
    pub(crate) restat: bool,
    pub(crate) console: bool,
    /// Its outputs may go to the store.
    pub(crate) storable: bool,
}

impl Recipe {
    /// Of the command, of how it tells what it read, and of what stands for its programs.
    pub(crate) fn command_digest(&self) -> Short {
        let mut hasher = Hasher::new("mbuild recipe 1");
        hasher.field(&self.command).field(&self.depfile).field(&self.tool);
        self.discovery.hash_into(&mut hasher);
        short(&hasher.finish())
    }

    pub(crate) fn response_digest(&self) -> Short {
        match &self.response {
            Some((path, content)) => {
                let mut hasher = Hasher::new("mbuild response file 1");
                short(&hasher.field(path).field(content).finish())
            }
            None => MISSING,
        }
    }
}

/// Makes recipes; commands that declare the same variables share an environment.
pub(crate) struct Recipes {
    kind: settings::Environment,
    environments: FxHashMap<Vec<u8>, Arc<Environment>>,
    tools: Arc<Tools>,
}

impl Recipes {
    pub(crate) fn new(kind: settings::Environment, dir: &Path) -> Self {
        Self { kind, environments: FxHashMap::default(), tools: Arc::new(Tools::new(dir)) }
    }

    /// The programs that all commands together run.
    pub(crate) fn all_tools(&self) -> Arc<Tools> {
        Arc::clone(&self.tools)
    }

    /// What an action runs.
    pub(crate) fn of(&mut self, manifest: &Manifest, action: ActionId) -> Recipe {
        let mut command = Vec::new();
        manifest.command_into(action, &mut command);
        let is_set = |name: &[u8]| !manifest.binding(action, name).is_empty();
        let response = manifest.path_binding(action, b"rspfile");
        let response = (!response.is_empty())
            .then(|| (response, manifest.binding(action, b"rspfile_content")));
        let depfile = manifest.path_binding(action, b"depfile");
        let deps = manifest.binding(action, b"deps");
        let discovery = match deps.as_slice() {
            b"" if depfile.is_empty() => Discovery::None,
            b"" => Discovery::Depfile,
            b"gcc" => Discovery::Gcc,
            b"msvc" => {
                let prefix = manifest.binding(action, b"msvc_deps_prefix");
                let usual = b"Note: including file:".as_slice();
                Discovery::Msvc(if prefix.is_empty() { usual.to_vec() } else { prefix })
            }
            _ => Discovery::Unknown(deps),
        };
        let console = manifest.pool(action) == Manifest::CONSOLE_POOL;
        let generator = is_set(b"generator");
        // Where commands see everything, one without inputs may read anything: a clock, a version.
        let counted = manifest.inputs(action).len() - manifest.order_only_inputs(action).len();
        let tells_inputs = self.kind == settings::Environment::Minimal || counted > 0;
        let storable = tells_inputs
            && !console
            && !generator
            && manifest.binding(action, b"mbuild_cache") != b"off";
        Recipe {
            command,
            response,
            depfile,
            discovery,
            environment: self.environment(manifest, action),
            tool: manifest.binding(action, b"mbuild_tool"),
            generator,
            restat: is_set(b"restat"),
            console,
            storable,
        }
    }

    /// The environment that an action's command sees.
    pub(crate) fn environment(
        &mut self,
        manifest: &Manifest,
        action: ActionId,
    ) -> Arc<Environment> {
        let declared = manifest.binding(action, b"mbuild_env");
        if let Some(environment) = self.environments.get(&declared) {
            return Arc::clone(environment);
        }
        let names: Vec<&[u8]> = declared.fields().collect();
        let environment = Arc::new(Environment::new(self.kind, &names));
        self.environments.insert(declared, Arc::clone(&environment));
        environment
    }

    /// What rules have said so far that their commands see, with the digest of what that is.
    pub(crate) fn declared(&self) -> Vec<(Vec<u8>, Digest)> {
        let all = self.environments.iter();
        let mut all: Vec<_> = all.map(|(text, seen)| (text.clone(), *seen.digest())).collect();
        all.sort_unstable();
        all
    }

    /// The programs that an action's command runs; none when the rule names what stands for them.
    pub(crate) fn tools(
        &self,
        manifest: &Manifest,
        action: ActionId,
        recipe: &Recipe,
    ) -> Vec<Tool> {
        let outputs = manifest.outputs(action).iter().map(|&output| manifest.path(output));
        tools_of(&self.tools, recipe, &outputs.collect::<Vec<_>>())
    }
}

/// The programs that the command of an action with these outputs runs; none when the rule names what
/// stands for them.
///
/// What the command makes itself and then runs, such as a test program at the end of its link, is a
/// result: it says nothing of what the command depends on.
pub(crate) fn tools_of<P: AsRef<[u8]>>(tools: &Tools, recipe: &Recipe, outputs: &[P]) -> Vec<Tool> {
    if !recipe.tool.is_empty() {
        return Vec::new();
    }
    let mut found = tools.of(&recipe.command, &recipe.environment);
    found.retain(|tool| !outputs.iter().any(|output| tools.is_at(tool, output.as_ref())));
    found
}

/// The path of a program as rule files spell paths.
pub(crate) fn tool_path(tool: &Path) -> Vec<u8> {
    path::canonical(tool.as_os_str().as_bytes()).into_owned()
}

/// Which words went and which came, each in its order.
pub(crate) fn changed_words(before: &[u8], now: &[u8]) -> (Vec<String>, Vec<String>) {
    if before.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let mut balance: FxHashMap<&[u8], i64> = FxHashMap::default();
    for word in before.fields() {
        *balance.entry(word).or_default() += 1;
    }
    for word in now.fields() {
        *balance.entry(word).or_default() -= 1;
    }
    let mut pick = |text: &'_ [u8], sign: i64| -> Vec<String> {
        let mut words = Vec::new();
        for word in text.fields() {
            let left = balance.iter_mut().find(|(known, _)| **known == word).map(|(_, left)| left);
            if let Some(left) = left
                && *left * sign > 0
            {
                *left -= sign;
                words.push(shown(word));
            }
        }
        words
    };
    let removed = pick(before, 1);
    let added = pick(now, -1);
    (removed, added)
}

/// Names and digests of values, to find later which variable changed.
pub(crate) fn pack_variables(variables: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut packed = Vec::new();
    for (name, value) in variables {
        packed.extend_from_slice(&short(&Digest::of(value)));
        packed.extend_from_slice(name);
        packed.push(b'=');
    }
    packed
}

/// The first variable that is not what [`pack_variables`] saw.
pub(crate) fn changed_variable(before: &[u8], now: &[(Vec<u8>, Vec<u8>)]) -> String {
    let mut known: FxHashMap<&[u8], &[u8]> = FxHashMap::default();
    let mut rest = before;
    while let Some((value, tail)) = rest.split_at_checked(16) {
        let Some(end) = tail.find_byte(b'=') else { break };
        known.insert(&tail[..end], value);
        rest = &tail[end + 1..];
    }
    for (name, value) in now {
        if known.remove(name.as_slice()) != Some(short(&Digest::of(value)).as_slice()) {
            return shown(name);
        }
    }
    known.into_keys().min().map(shown).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_command_is_told_by_its_words() {
        let (removed, added) = changed_words(b"cc -O0 -c a.c -c", b"cc -O2 -g -c a.c -c");
        assert_eq!(removed, ["-O0"]);
        assert_eq!(added, ["-O2", "-g"]);
        assert_eq!(changed_words(b"", b"cc"), (vec![], vec![]));
    }

    #[test]
    fn a_changed_variable_is_told_by_its_name() {
        let variable = |name: &str, value: &str| (name.into(), value.into());
        let before = pack_variables(&[variable("A", "1"), variable("B", "2")]);
        let now = |variables: &[(Vec<u8>, Vec<u8>)]| changed_variable(&before, variables);
        assert_eq!(now(&[variable("A", "1"), variable("B", "3")]), "B");
        assert_eq!(now(&[variable("A", "1")]), "B");
        assert_eq!(now(&[variable("A", "1"), variable("B", "2"), variable("C", "")]), "C");
    }
}
