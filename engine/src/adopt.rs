//! Records of what somebody else ran: a generator by hand, or Ninja.

use mbuild_rules::ActionId;

use crate::loaded::Loaded;
use crate::recipe::{Recipe, tool_path};
use crate::run::tool::Tool;
use crate::state::record::{Cost, Entry, Record, Standing, short};

impl Loaded {
    /// A record that the outputs that are there were made from the inputs that are there; it names no
    /// dependencies and no programs.
    pub(crate) fn record_of_present(&mut self, action: ActionId, recipe: &Recipe) -> Record {
        let inputs = self.manifest.inputs(action);
        let counted = inputs.len() - self.manifest.order_only_inputs(action).len();
        let inputs = inputs[..counted].to_vec();
        let outputs = self.manifest.outputs(action).to_vec();
        let mut record = Record::without_proof(Standing::Good, Cost::default());
        record.command = recipe.command_digest();
        record.response = recipe.response_digest();
        record.environment = short(recipe.environment.digest());
        for input in inputs {
            let content = self.content(input);
            record.inputs.push(self.state.entry(input, content, &self.manifest));
        }
        for output in outputs {
            let content = self.own_content(output);
            record.outputs.push(self.state.entry(output, content, &self.manifest));
        }
        record
    }

    /// Entries for the programs that a command runs.
    pub(crate) fn tool_entries(&mut self, tools: &[Tool]) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(tools.len());
        for tool in tools {
            let file = self.manifest.intern(&tool_path(&tool.path));
            let content = short(&tool.digest);
            let before = self.files.content(file);
            if before != Some(content) {
                self.reliance.changed_meanwhile |= before.is_some();
                self.read_now(file);
            }
            entries.push(self.state.entry(file, content, &self.manifest));
        }
        entries
    }
}
