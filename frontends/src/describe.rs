//! What a package is, as its model says: for `mbuild describe`.
//!
//! Programs read it as JSON, whose shape is part of what mbuild promises (`docs/src/describe.md`): fields
//! are added, and never removed or given another meaning. Every field is there, whatever it holds.

mod sections;
mod value;

use std::collections::BTreeMap;

use crate::package::{
    Action, Command, Flag, Generate, Hook, Made, MadeFrom, OwnBuild, Package, Run, Step, Template,
    Tool,
};
pub use value::Value;
use value::fields;

/// What a package is; with the format of its manifests, and these.
pub fn describe(package: &Package, format: &str, manifests: &Vec<String>) -> Value {
    let title = format!("package {} {}", package.name, package.version);
    let fields = fields! {
        "name": &package.name,
        "version": &package.version,
        "format": format,
        "manifests": manifests,
        "synopsis": &package.synopsis,
        "description": &package.description,
        "authors": &package.authors,
        "maintainers": &package.maintainers,
        "license": &package.license,
        "homepage": &package.homepage,
        "ocaml": &package.ocaml,
        "findlib": &package.findlib,
        "opam": &package.opam,
        "flags": Value::list(&package.flags, flag),
        "hooks": hooks(&package.hooks),
        "templates": Value::list(&package.templates, template),
        "generate": Value::list(&package.generate, generate),
        "made": Value::list(&package.made, made),
        "actions": Value::list(&package.actions, action),
        "own_build": package.own_build.as_ref().map_or(Value::Nothing, own_build),
        "folders": Value::map(&package.folders, Value::from),
        "sections": Value::list(&package.sections, sections::section),
    };
    Value::Block { title: title.trim_end().to_owned(), titled: 2, fields }
}

fn flag(flag: &Flag) -> Value {
    let switch = |on| if on { "on" } else { "off" };
    let default = if flag.value == flag.default { "" } else { ", not as by default" };
    let about = if flag.description.is_empty() { "" } else { ": " };
    let title = format!(
        "flag {} is {}{default}{about}{}",
        flag.name,
        switch(flag.value),
        flag.description.replace('\n', " ")
    );
    let fields = fields! {
        "name": &flag.name,
        "description": &flag.description,
        "default": Value::usually(false, flag.default),
        "value": Value::usually(false, flag.value),
    };
    Value::Block { title, titled: fields.len(), fields }
}

fn hooks(hooks: &BTreeMap<Hook, Vec<String>>) -> Value {
    let hook = |(hook, commands): (&Hook, &Vec<String>)| {
        let step = match hook.step {
            Step::Configure => "configure",
            Step::Build => "build",
            Step::Test => "test",
            Step::Document => "document",
            Step::Install => "install",
            Step::Uninstall => "uninstall",
            Step::Clean => "clean",
            Step::Distclean => "distclean",
        };
        let when = if hook.after { "after" } else { "before" };
        let fields = fields! { "step": step, "when": when, "commands": commands };
        Value::Block { title: format!("hook {when} {step}"), titled: 2, fields }
    };
    Value::List(hooks.iter().map(hook).collect())
}

fn template(template: &Template) -> Value {
    let fields = fields! { "from": &template.from, "to": &template.to };
    let text = format!("{} -> {}", template.from, template.to);
    Value::Shown(text, Box::new(Value::Fields(fields)))
}

fn generate(generate: &Generate) -> Value {
    let title = format!("generator of .{} from .{}", generate.to.join(" and ."), generate.from);
    let fields = fields! {
        "from": &generate.from,
        "to": &generate.to,
        "tool": tool(&generate.tool),
        "arguments": &generate.arguments,
        "only": &generate.only,
    };
    Value::Block { title, titled: 2, fields }
}

fn made(made: &Made) -> Value {
    let (text, step) = match &made.from {
        MadeFrom::Text { text, .. } => (Value::from(text), Value::Nothing),
        MadeFrom::Step { step, .. } => (Value::Nothing, Value::from(*step)),
    };
    let source = made.from.source();
    let fields = fields! { "path": &made.path, "from": source, "text": text, "step": step };
    Value::Block { title: format!("source {} made from {source}", made.path), titled: 2, fields }
}

fn action(action: &Action) -> Value {
    let what = action.description.clone().unwrap_or_else(|| action.outputs.join(" "));
    let fields = fields! {
        "description": &action.description,
        "outputs": &action.outputs,
        "inputs": &action.inputs,
        "folder": &action.folder,
        "commands": Value::list(&action.commands, command),
        "tools": Value::list(&action.tools, tool),
        "wanted": Value::usually(false, action.wanted),
    };
    Value::Block { title: format!("action {what}"), titled: 1, fields }
}

fn command(command: &Command) -> Value {
    let (shell, words) = match &command.run {
        Run::Shell(text) => (Value::from(text), Value::Nothing),
        Run::Words(words) => (Value::Nothing, Value::from(words)),
    };
    let mut text = match &command.run {
        Run::Shell(text) => text.clone(),
        Run::Words(words) => words.join(" "),
    };
    if let Some(file) = &command.stdout {
        text += &format!(" > {file}");
    }
    if let Some(folder) = &command.folder {
        text = format!("cd {folder} && {text}");
    }
    let (folder, stdout) = (&command.folder, &command.stdout);
    let fields = fields! { "shell": shell, "words": words, "folder": folder, "stdout": stdout };
    Value::Shown(text, Box::new(Value::Fields(fields)))
}

fn own_build(own: &OwnBuild) -> Value {
    let fields = fields! {
        "tool": &own.tool,
        "why": &own.why,
        "variables": Value::map(&own.variables, Value::from),
        "build": &own.build,
        "install": &own.install,
        "uninstall": &own.uninstall,
        "clean": &own.clean,
        "tools": Value::list(&own.tools, tool),
        "programs": Value::map(&own.programs, Value::from),
        "packages": &own.packages,
    };
    Value::Block { title: format!("built by {}", own.tool), titled: 1, fields }
}

/// A program: on `PATH`, or a section of the package.
fn tool(tool: &Tool) -> Value {
    let (name, internal) = match tool {
        Tool::External(name) => (name, false),
        Tool::Internal(name) => (name, true),
    };
    let text = if internal { format!("{name} (own)") } else { name.clone() };
    let fields = fields! { "name": name, "internal": Value::usually(false, internal) };
    Value::Shown(text, Box::new(Value::Fields(fields)))
}
