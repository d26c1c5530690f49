//! The package model as JSON, in a shape that is documented and stays, and as text for people.

use std::fmt::{self, Write as _};

use serde_json::{Map, Value, json};

use crate::package::{
    Code, Command, Compiled, Data, Depend, Document, DocumentKind, Executable, Generate, How,
    Library, MadeFrom, Object, Order, Package, Preprocess, Reads, Run, Section, Step, Test, Tool,
};

/// The number of the shape; another one when a field goes away or means something else.
pub const SHAPE: u32 = 1;

/// A package, what its manifests are called, and their format. A package may have many sections, so what is said
/// of each is made when it is written.
#[derive(Clone, Copy)]
pub struct Description<'a> {
    /// The package.
    pub package: &'a Package,
    /// The format of its manifests.
    pub format: &'a str,
    /// Its manifests.
    pub manifests: &'a [String],
}

/// A description as one JSON object.
pub struct Json<'a>(pub Description<'a>);

/// The same for people: what is empty or does not hold is left out.
pub struct Text<'a>(pub Description<'a>);

/// Passes JSON on; what terminals take for commands and JSON does not escape by itself, only its texts may hold.
struct Escaped<'f, 'g>(&'f mut fmt::Formatter<'g>);

impl fmt::Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(|c| ('\u{7f}'..='\u{9f}').contains(&c)) {
            let (before, from) = rest.split_at(at);
            let mut letters = from.chars();
            let code = letters.next().map_or(0, u32::from);
            write!(self.0, "{before}\\u{code:04x}")?;
            rest = letters.as_str();
        }
        self.0.write_str(rest)
    }
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let f = &mut Escaped(f);
        let Description { package, format, manifests } = self.0;
        let Value::Object(map) = of_package(package, format, manifests) else { return Ok(()) };
        for (at, (name, value)) in map.iter().enumerate() {
            write!(f, "{}{}:", if at == 0 { '{' } else { ',' }, json!(name))?;
            if name != SECTIONS {
                write!(f, "{value}")?;
                continue;
            }
            f.write_char('[')?;
            for (at, one) in package.sections.iter().enumerate() {
                write!(f, "{}{}", if at == 0 { "" } else { "," }, section(one))?;
            }
            f.write_char(']')?;
        }
        f.write_char('}')
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Description { package, format, manifests } = self.0;
        let mut block = of_all(&of_package(package, format, manifests));
        for one in &package.sections {
            f.write_str(&block)?;
            block = of_one(&section(one));
        }
        f.write_str(block.trim_end())
    }
}

/// The field that holds the sections.
const SECTIONS: &str = "sections";

/// Everything that is known of a package but its sections.
fn of_package(package: &Package, format: &str, manifests: &[String]) -> Value {
    json!({
        "shape": SHAPE,
        "format": format,
        "manifests": manifests,
        "name": package.name,
        "version": package.version,
        "synopsis": package.synopsis,
        "description": package.description,
        "authors": package.authors,
        "maintainers": package.maintainers,
        "license": package.license,
        "homepage": package.homepage,
        "published": package.published,
        "completed_by": package.completed_by,
        "ocaml": package.ocaml,
        "findlib": package.findlib,
        "opam": package.opam,
        "exports": package.exports,
        "flags": package.flags.iter().map(|flag| json!({
            "name": flag.name,
            "description": flag.description,
            "default": flag.default,
            "value": flag.value,
        })).collect::<Vec<_>>(),
        "hooks": package.hooks.iter().map(|(hook, commands)| json!({
            "step": step(hook.step),
            "after": hook.after,
            "commands": commands,
        })).collect::<Vec<_>>(),
        "templates": package.templates.iter().map(|template| json!({
            "from": template.from,
            "to": template.to,
        })).collect::<Vec<_>>(),
        "generators": package.generate.iter().map(generator).collect::<Vec<_>>(),
        "made": package.made.iter().map(|made| {
            let by = match &made.from {
                MadeFrom::Text { .. } => "manifest",
                MadeFrom::Step { step, .. } => *step,
            };
            json!({ "path": made.path, "by": by, "from": made.from.source() })
        }).collect::<Vec<_>>(),
        "actions": package.actions.iter().map(|action| json!({
            "description": action.description,
            "folder": action.folder,
            "inputs": action.inputs,
            "outputs": action.outputs,
            "commands": action.commands.iter().map(command).collect::<Vec<_>>(),
            "tools": tools(&action.tools),
            "wanted": action.wanted,
        })).collect::<Vec<_>>(),
        "own_build": package.own_build.as_ref().map(|own| json!({
            "tool": own.tool,
            "build": own.build,
            "install": own.install,
            "uninstall": own.uninstall,
            "clean": own.clean,
            "variables": own.environment.iter().filter(|change| change.how == How::Set)
                .map(|change| (change.name.clone(), Value::from(change.value.clone())))
                .collect::<Map<_, _>>(),
            "environment": own.environment,
            "lists": own.lists,
            "configs": own.configs,
            "programs": own.programs,
            "packages": own.packages,
        })),
        SECTIONS: null,
        "bare": package.bare.iter().map(|bare| json!({
            "findlib": bare.findlib,
            "folder": bare.folder,
            "version": bare.version,
            "description": bare.description,
        })).collect::<Vec<_>>(),
        "link_order": package.link_order,
        "linked_with": package.linked_with,
        "folders": package.folders,
    })
}

/// What is said of the package as a whole.
fn of_all(value: &Value) -> String {
    let word = |name: &str| value[name].as_str().unwrap_or_default();
    let mut out = format!("{} {}", word("name"), word("version"));
    let synopsis = word("synopsis");
    if !synopsis.is_empty() {
        let _ = write!(out, ": {synopsis}");
    }
    out.push('\n');
    for (name, value) in ordered(value) {
        if !["shape", "name", "version", "synopsis", SECTIONS].contains(&name.as_str()) {
            line(name, value, 1, &mut out);
        }
    }
    out
}

/// What is said of a section.
fn of_one(section: &Value) -> String {
    let of = |name: &str| section[name].as_str().unwrap_or_default();
    let mut out = format!("\n{} `{}`\n", of("kind"), of("name"));
    for (name, value) in ordered(section) {
        if !["kind", "name"].contains(&name.as_str()) {
            line(name, value, 1, &mut out);
        }
    }
    out
}

/// What people look for first.
const FIRST: [&str; 20] = [
    "format",
    "manifests",
    "description",
    "license",
    "build",
    "run",
    "install",
    "path",
    "findlib",
    "main",
    "modules",
    "internal_modules",
    "command",
    "title",
    "depends",
    "tools",
    "code",
    "authors",
    "maintainers",
    "flags",
];

/// The fields of an object in the order in which people read them.
fn ordered(value: &Value) -> Vec<(&String, &Value)> {
    let mut all: Vec<_> = value.as_object().into_iter().flatten().collect();
    let rank = |name: &str| FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len());
    all.sort_by_key(|(name, _)| rank(name));
    all
}

/// What people want to know when it does not hold, too.
const ANSWERED: [&str; 3] = ["build", "install", "run"];

/// The width of names.
const WIDTH: usize = 16;

fn line(name: &str, value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Array(items) if items.is_empty() => {}
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            let separator = if words.iter().any(|word| word.contains([' ', ','])) {
                format!("\n{indent}{:WIDTH$} ", "")
            } else {
                " ".to_owned()
            };
            let _ = writeln!(out, "{indent}{name:WIDTH$} {}", words.join(&separator));
        }
        Value::Array(items) => {
            for item in items.iter().filter_map(Value::as_object) {
                let _ = writeln!(out, "{indent}{name:WIDTH$} {}", fields(item));
            }
        }
        Value::Object(map) if map.values().all(|value| value.is_string() || value.is_array()) => {
            for (key, value) in map {
                line(&format!("{name} {key}"), value, depth, out);
            }
        }
        Value::Object(map) => {
            let _ = writeln!(out, "{indent}{name:WIDTH$} {}", fields(map));
        }
        Value::Null => {}
        Value::Bool(false) if !ANSWERED.contains(&name) => {}
        Value::String(text) if text.is_empty() => {}
        Value::String(text) => {
            let text = text.replace('\n', &format!("\n{indent}{:WIDTH$} ", ""));
            let _ = writeln!(out, "{indent}{name:WIDTH$} {text}");
        }
        other => {
            let _ = writeln!(out, "{indent}{name:WIDTH$} {}", plain(other));
        }
    }
}

/// The fields of a small object in one line.
fn fields(map: &Map<String, Value>) -> String {
    let known = map.iter().filter(|(_, value)| {
        let empty = value.as_str().is_some_and(str::is_empty);
        !empty && !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty())
    });
    known.map(|(name, value)| format!("{name}: {}", plain(value))).collect::<Vec<_>>().join(", ")
}

fn plain(value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

fn step(step: Step) -> &'static str {
    crate::configure::step_name(step)
}

fn generator(generate: &Generate) -> Value {
    json!({
        "from": generate.from,
        "to": generate.to,
        "tool": tool(&generate.tool),
        "arguments": generate.arguments,
        "only": generate.only,
        "below": generate.below,
        "reads": match generate.reads {
            Reads::Nothing => None,
            Reads::Lines => Some("lines"),
            Reads::Quoted => Some("quoted"),
        },
    })
}

fn command(command: &Command) -> Value {
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
fn tool(tool: &Tool) -> Value {
    match tool {
        Tool::External(name) => json!({ "program": name }),
        Tool::Internal(name) => json!({ "section": name }),
    }
}

fn tools(all: &[Tool]) -> Vec<Value> {
    all.iter().map(tool).collect()
}

fn data(all: &[Data]) -> Vec<Value> {
    all.iter().map(|data| json!({ "files": data.glob, "to": data.target })).collect()
}

fn preprocess(how: &Preprocess) -> Value {
    match how {
        Preprocess::None => Value::Null,
        Preprocess::Camlp4(syntax) => json!({ "camlp4": syntax }),
        Preprocess::Command(command) => json!({ "command": command }),
        Preprocess::Program(program, arguments) => {
            json!({ "tool": tool(program), "arguments": arguments })
        }
    }
}

/// An object with what all sections of its kind have and what only these have.
fn joined(mut all: Value, own: Value) -> Value {
    if let (Value::Object(all), Value::Object(own)) = (&mut all, own) {
        all.extend(own);
    }
    all
}

fn section(section: &Section) -> Value {
    match section {
        Section::Library(library) => of_library(library),
        Section::Object(object) => of_object(object),
        Section::Executable(executable) => of_executable(executable),
        Section::Test(test) => of_test(test),
        Section::Document(document) => of_document(document),
    }
}

fn compiled(kind: &str, compiled: &Compiled) -> Value {
    json!({
        "kind": kind,
        "name": compiled.name,
        "path": compiled.path,
        "build": compiled.build,
        "install": compiled.install,
        "code": match compiled.code {
            Code::Byte => "byte",
            Code::Native => "native",
            Code::Best => "best",
        },
        "depends": compiled.depends.iter().map(|depend| match depend {
            Depend::Findlib { name, constraint } => json!({ "findlib": name, "version": constraint }),
            Depend::Internal(name) => json!({ "section": name }),
        }).collect::<Vec<_>>(),
        "tools": tools(&compiled.tools),
        "c_sources": compiled.c_sources,
        "c_path": compiled.c_path,
        "c_archive": compiled.c_archive,
        "c_flags": compiled.c_flags,
        "c_libraries": compiled.c_libraries,
        "dll_libraries": compiled.dll_libraries,
        "dll_paths": compiled.dll_paths,
        "byte_flags": compiled.byte_flags,
        "native_flags": compiled.native_flags,
        "ocaml_flags": compiled.ocaml_flags,
        "link_flags": compiled.link_flags,
        "module_flags": compiled.module_flags,
        "module_native_flags": compiled.module_native_flags,
        "module_byte_flags": compiled.module_byte_flags,
        "steps": {
            "byte_compile": compiled.steps.byte_compile,
            "native_compile": compiled.steps.native_compile,
            "byte_link": compiled.steps.byte_link,
            "native_link": compiled.steps.native_link,
        },
        "order": match compiled.order {
            Order::Sorted => "sorted",
            Order::Ready => "ready",
            Order::Listed => "listed",
        },
        "before": compiled.before.iter()
            .map(|(first, second)| json!({ "first": first, "second": second }))
            .collect::<Vec<_>>(),
        "spreads": compiled.spreads,
        "link_order": compiled.link_order,
        "closed": compiled.closed,
        "dotted": compiled.dotted,
        "annot": compiled.annot,
        "around": compiled.around,
        "folders": compiled.folders,
        "packs": compiled.packs,
        "preprocess": preprocess(&compiled.preprocess),
        "module_preprocess": compiled.module_preprocess.iter()
            .map(|(module, how)| (module.clone(), preprocess(how)))
            .collect::<Map<_, _>>(),
        "include": compiled.include,
        "data": data(&compiled.data),
        "findlib_files": compiled.findlib_files,
        "findlib_folder": compiled.findlib_folder,
        "own_folder": compiled.own_folder,
    })
}

fn of_library(library: &Library) -> Value {
    let meta = &library.meta;
    let own = json!({
        "modules": library.modules,
        "internal_modules": library.internal_modules,
        "takes": library.takes,
        "pack": library.pack,
        "pack_name": library.pack_name,
        "archive": library.archive,
        "no_plugin": library.no_plugin,
        "findlib": library.findlib,
        "containers": library.containers,
        "meta": {
            "write": meta.enable,
            "absent": meta.absent,
            "by_hand": meta.by_hand,
            "version": meta.version,
            "description": meta.description,
            "syntax": meta.syntax,
            "requires": meta.requires,
            "extra_lines": meta.extra_lines,
        },
    });
    joined(compiled("library", &library.compiled), own)
}

fn of_object(object: &Object) -> Value {
    let own = json!({
        "modules": object.modules,
        "apart": object.apart,
        "findlib": object.findlib,
    });
    joined(compiled("object", &object.compiled), own)
}

fn of_executable(executable: &Executable) -> Value {
    let own = json!({
        "main": executable.main,
        "modules": executable.modules,
        "as_object": executable.as_object,
        "bytecode": executable.bytecode,
        "custom": executable.custom,
        "unikernel": executable.unikernel,
        "only_unikernel": executable.only_unikernel,
        "devices": executable.devices.iter().map(|device| json!({
            "name": device.name,
            "kind": device.kind.name(),
        })).collect::<Vec<_>>(),
        "guest": executable.guest.iter().map(|(name, value)| json!({
            "name": name,
            "value": value,
        })).collect::<Vec<_>>(),
    });
    joined(compiled("executable", &executable.compiled), own)
}

fn of_test(test: &Test) -> Value {
    json!({
        "kind": "test",
        "name": test.name,
        "run": test.run,
        "command": test.command,
        "before": test.before,
        "after": test.after,
        "dir": test.dir,
        "mirror": test.mirror,
        "tools": tools(&test.tools),
    })
}

fn of_document(document: &Document) -> Value {
    let made = match &document.kind {
        DocumentKind::None => json!({ "by": "nothing" }),
        DocumentKind::Ocamldoc { path, modules, libraries, flags, intro } => json!({
            "by": "ocamldoc",
            "path": path,
            "modules": modules,
            "libraries": libraries,
            "flags": flags,
            "intro": intro,
        }),
        DocumentKind::Command(command) => json!({ "by": "command", "command": command }),
    };
    json!({
        "kind": "document",
        "name": document.name,
        "title": document.title,
        "build": document.build,
        "install": document.install,
        "made": made,
        "to": document.target,
        "tools": tools(&document.tools),
        "before": document.before,
        "after": document.after,
        "clean": document.clean,
        "data": data(&document.data),
    })
}
