//! `-t TOOL`: one file for each tool.

mod clean;
mod cleandead;
mod commands;
mod compdb;
mod compdb_targets;
mod deps;
mod graph;
mod inputs;
mod logs;
mod missingdeps;
mod multi_inputs;
mod query;
mod recompact;
mod restat;
mod rules;
mod targets;

use mbuild_engine::Loaded;
use mbuild_engine::lock::Held;
use mbuild_engine::session::hold;

use crate::ninja::arguments::Arguments;
use crate::ninja::engine::engine_settings;
use crate::ninja::graph::View;
use crate::ninja::messages::Streams;
use crate::suggest;

/// A tool.
#[derive(Debug)]
pub(crate) struct Tool {
    /// What it is called.
    pub(crate) name: &'static str,
    about: &'static str,
    /// What it does.
    pub(crate) run: Run,
}

/// When a tool runs, and with what.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Run {
    /// Before any rule file is read.
    WithoutRules(fn(&mut Streams<'_>, &Arguments) -> u8),
    /// With the rule file.
    WithRules(fn(&mut Context<'_, '_>) -> u8),
    /// With the rule file and the dyndep files that are in place.
    WithDyndeps(fn(&mut Context<'_, '_>) -> u8),
    /// With the rule file and what is remembered of earlier builds.
    WithState(fn(&mut Context<'_, '_>, &Loaded) -> u8),
}

/// What a tool works with.
pub(crate) struct Context<'a, 's> {
    /// The command line; `rest` is the tool's own part.
    pub(crate) arguments: &'a Arguments,
    /// The rule file.
    pub(crate) view: View,
    /// Where to write.
    pub(crate) streams: &'a mut Streams<'s>,
}

impl Context<'_, '_> {
    /// Waits for a build that is under way; nothing is to be removed under its hands.
    fn hold(&mut self) -> Result<Option<Held>, u8> {
        if self.arguments.dry_run {
            return Ok(None);
        }
        let line = vec![format!("ninja -t {}", self.arguments.tool.as_deref().unwrap_or_default())];
        let settings =
            engine_settings(self.arguments, line).map_err(|failure| self.streams.fatal(failure))?;
        let dir = mbuild_engine::state_dir(&settings, &self.view.manifest);
        let held = hold(&dir, &settings.command_line, self.streams);
        held.map(Some).map_err(|error| self.streams.error(error))
    }

    /// What is wrong with the tool's options: the message and the tool's usage.
    fn refuse(&mut self, error: Option<String>, usage: &str) -> u8 {
        if let Some(error) = error {
            let _ = writeln!(self.streams.err, "{error}");
        }
        self.streams.bytes(usage.as_bytes());
        1
    }
}

const TOOLS: &[Tool] = &[
    Tool { name: "clean", about: "clean built files", run: Run::WithDyndeps(clean::run) },
    Tool {
        name: "commands",
        about: "list all commands required to rebuild given targets",
        run: Run::WithRules(commands::run),
    },
    Tool {
        name: "inputs",
        about: "list all inputs required to rebuild given targets",
        run: Run::WithRules(inputs::run),
    },
    Tool {
        name: "multi-inputs",
        about: "print one or more sets of inputs required to build targets",
        run: Run::WithRules(multi_inputs::run),
    },
    Tool {
        name: "deps",
        about: "show dependencies stored in the deps log",
        run: Run::WithState(deps::run),
    },
    Tool {
        name: "missingdeps",
        about: "check deps log dependencies on generated files",
        run: Run::WithState(missingdeps::run),
    },
    Tool {
        name: "graph",
        about: "output graphviz dot file for targets",
        run: Run::WithDyndeps(graph::run),
    },
    Tool {
        name: "query",
        about: "show inputs/outputs for a path",
        run: Run::WithDyndeps(query::run),
    },
    Tool {
        name: "targets",
        about: "list targets by their rule or depth in the DAG",
        run: Run::WithRules(targets::run),
    },
    Tool {
        name: "compdb",
        about: "dump JSON compilation database to stdout",
        run: Run::WithRules(compdb::run),
    },
    Tool {
        name: "compdb-targets",
        about: "dump JSON compilation database for a given list of targets to stdout",
        run: Run::WithRules(compdb_targets::run),
    },
    Tool {
        name: "recompact",
        about: "recompacts ninja-internal data structures",
        run: Run::WithRules(recompact::run),
    },
    Tool {
        name: "restat",
        about: "restats all outputs in the build log",
        run: Run::WithoutRules(restat::run),
    },
    Tool { name: "rules", about: "list all rules", run: Run::WithRules(rules::run) },
    Tool {
        name: "cleandead",
        about: "clean built files that are no longer produced by the manifest",
        run: Run::WithState(cleandead::run),
    },
];

/// The tool of this name, or the exit code when there is nothing to run.
pub(crate) fn find(name: &str, streams: &mut Streams<'_>) -> Result<&'static Tool, u8> {
    if name == "list" {
        streams.line("ninja subtools:");
        for tool in TOOLS {
            streams.line(format_args!("{:>11}  {}", tool.name, tool.about));
        }
        return Err(0);
    }
    if let Some(tool) = TOOLS.iter().find(|tool| tool.name == name) {
        return Ok(tool);
    }
    Err(match suggest::nearest(name, TOOLS.iter().map(|tool| tool.name)) {
        Some(near) => streams.fatal(format_args!("unknown tool '{name}', did you mean '{near}'?")),
        None => streams.fatal(format_args!("unknown tool '{name}'")),
    })
}
