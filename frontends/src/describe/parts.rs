//! What is said of things that both packages and sections have.

use serde_json::{Value, json};

use crate::package::{Command, Data, Generate, Preprocess, Reads, Rewriter, Run, Step, Tool};

pub(super) fn step(step: Step) -> &'static str {
    crate::configure::step_name(step)
}

pub(super) fn generator(generate: &Generate) -> Value {
    json!({
        "from": generate.from,
        "to": generate.to,
        "tool": tool(&generate.tool),
        "arguments": generate.arguments,
        "only": generate.only,
        "below": generate.below,
        "reads": match generate.reads {
            Reads::Nothing => None,
            Reads::Place => Some("place"),
            Reads::Lines => Some("lines"),
            Reads::Quoted => Some("quoted"),
        },
    })
}

pub(super) fn command(command: &Command) -> Value {
    let (shell, words) = match &command.run {
        Run::Shell(text) => (Some(text), None),
        Run::Words(words) => (None, Some(words)),
    };
    json!({
        "shell": shell,
        "words": words,
        "folder": command.folder,
        "stdin": command.stdin,
        "stdout": command.stdout,
        "stderr": command.stderr,
    })
}

/// `{"program": NAME}` on PATH, or `{"section": NAME}` of the package.
pub(super) fn tool(tool: &Tool) -> Value {
    match tool {
        Tool::External(name) => json!({ "program": name }),
        Tool::Internal(name) => json!({ "section": name }),
    }
}

pub(super) fn tools(all: &[Tool]) -> Vec<Value> {
    all.iter().map(tool).collect()
}

pub(super) fn data(all: &[Data]) -> Vec<Value> {
    all.iter().map(|data| json!({ "files": data.glob, "to": data.target })).collect()
}

pub(super) fn preprocess(how: &Preprocess) -> Value {
    match how {
        Preprocess::None => Value::Null,
        Preprocess::Camlp4(syntax) => json!({ "camlp4": syntax }),
        Preprocess::Command(command) => json!({ "command": command }),
        Preprocess::Program(program, arguments) => {
            json!({ "tool": tool(program), "arguments": arguments })
        }
    }
}

pub(super) fn rewriter(rewriter: &Rewriter) -> Value {
    json!({ "tool": tool(&rewriter.program), "arguments": rewriter.arguments })
}

/// What is said of each of several things.
pub(super) fn each<T>(all: impl IntoIterator<Item = T>, one: impl Fn(T) -> Value) -> Vec<Value> {
    all.into_iter().map(one).collect()
}
