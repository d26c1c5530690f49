//! The sections of a package.

use super::tool;
use super::value::{Value, fields};
use crate::package::{
    Code, Compiled, Data, Depend, Device, Document, DocumentKind, Executable, Library, Object,
    Order, Preprocess, Section, Test,
};

/// A section: `kind` and `name`, then what it shares with others, then its own.
pub(super) fn section(section: &Section) -> Value {
    let (kind, name, more) = match section {
        Section::Library(it) => ("library", &it.compiled.name, library(it)),
        Section::Object(it) => ("object", &it.compiled.name, object(it)),
        Section::Executable(it) => ("executable", &it.compiled.name, executable(it)),
        Section::Test(it) => ("test", &it.name, test(it)),
        Section::Document(it) => ("document", &it.name, document(it)),
    };
    let mut fields = fields! { "kind": kind, "name": name };
    fields.extend(section.compiled().map(compiled).unwrap_or_default());
    fields.extend(more);
    Value::Block { title: format!("{kind} {name}"), titled: 2, fields }
}

/// Named values.
type Fields = Vec<(String, Value)>;

fn compiled(it: &Compiled) -> Fields {
    let code = match it.code {
        Code::Byte => "byte",
        Code::Native => "native",
        Code::Best => "best",
    };
    let flags =
        |flags: &std::collections::BTreeMap<String, Vec<String>>| Value::map(flags, Value::from);
    let before = |(first, then): &(String, String)| {
        let fields = fields! { "first": first, "then": then };
        Value::Shown(format!("{first} before {then}"), Box::new(Value::Fields(fields)))
    };
    fields! {
        "path": &it.path,
        "build": Value::usually(true, it.build),
        "install": Value::usually(true, it.install),
        "code": code,
        "depends": Value::list(&it.depends, depend),
        "tools": Value::list(&it.tools, tool),
        "preprocess": preprocess(&it.preprocess),
        "c_path": &it.c_path,
        "c_sources": &it.c_sources,
        "c_flags": &it.c_flags,
        "c_libraries": &it.c_libraries,
        "dll_libraries": &it.dll_libraries,
        "dll_paths": &it.dll_paths,
        "ocaml_flags": &it.ocaml_flags,
        "byte_flags": &it.byte_flags,
        "native_flags": &it.native_flags,
        "link_flags": &it.link_flags,
        "byte_compile_flags": &it.steps.byte_compile,
        "native_compile_flags": &it.steps.native_compile,
        "byte_link_flags": &it.steps.byte_link,
        "native_link_flags": &it.steps.native_link,
        "module_flags": flags(&it.module_flags),
        "module_byte_flags": flags(&it.module_byte_flags),
        "module_native_flags": flags(&it.module_native_flags),
        "module_preprocess": Value::map(&it.module_preprocess, preprocess),
        "include": &it.include,
        "folders_are_modules": Value::usually(false, it.folders),
        "only_listed": Value::usually(false, it.closed),
        "linked_as_listed": Value::usually(false, it.order == Order::Listed),
        "before": Value::list(&it.before, before),
        "data": Value::list(&it.data, data),
    }
}

fn depend(depend: &Depend) -> Value {
    let (name, constraint, internal) = match depend {
        Depend::Findlib { name, constraint } => (name, constraint, false),
        Depend::Internal(name) => (name, &None, true),
    };
    let text = match (internal, constraint) {
        (true, _) => format!("{name} (own)"),
        (_, Some(constraint)) => format!("{name} ({constraint})"),
        (_, None) => name.clone(),
    };
    let internal = Value::usually(false, internal);
    let fields = fields! { "name": name, "internal": internal, "constraint": constraint };
    Value::Shown(text, Box::new(Value::Fields(fields)))
}

fn preprocess(how: &Preprocess) -> Value {
    let words = match how {
        Preprocess::None => return Value::Nothing,
        Preprocess::Camlp4(syntax) => fields! { "camlp4": syntax },
        Preprocess::Command(command) => fields! { "command": command },
        Preprocess::Program(program, arguments) => {
            fields! { "program": tool(program), "arguments": arguments }
        }
    };
    let text = match how {
        Preprocess::None => String::new(),
        Preprocess::Camlp4(syntax) => format!("camlp4 with {syntax}"),
        Preprocess::Command(command) => command.clone(),
        Preprocess::Program(program, arguments) => {
            let (crate::package::Tool::External(name) | crate::package::Tool::Internal(name)) =
                program;
            format!("{name} {}", arguments.join(" ")).trim_end().to_owned()
        }
    };
    Value::Shown(text, Box::new(Value::Fields(words)))
}

fn data(data: &Data) -> Value {
    let text = match &data.target {
        Some(target) => format!("{} -> {target}", data.glob),
        None => data.glob.clone(),
    };
    let fields = fields! { "glob": &data.glob, "target": &data.target };
    Value::Shown(text, Box::new(Value::Fields(fields)))
}

fn library(it: &Library) -> Fields {
    let requires = it.meta.requires.as_ref().map_or(Value::Nothing, Value::from);
    fields! {
        "findlib": &it.findlib,
        "containers": &it.containers,
        "modules": &it.modules,
        "internal_modules": &it.internal_modules,
        "takes_others": Value::usually(false, it.takes),
        "pack": Value::usually(false, it.pack),
        "pack_name": &it.pack_name,
        "archive": it.archive(),
        "meta": Value::Fields(fields! {
            "enable": Value::usually(true, it.meta.enable),
            "absent": Value::usually(false, it.meta.absent),
            "version": &it.meta.version,
            "description": &it.meta.description,
            "syntax": Value::usually(false, it.meta.syntax),
            "requires": requires,
            "extra_lines": &it.meta.extra_lines,
        }),
    }
}

fn object(it: &Object) -> Fields {
    fields! {
        "findlib": &it.findlib,
        "modules": &it.modules,
        "apart": Value::usually(false, it.apart),
    }
}

fn executable(it: &Executable) -> Fields {
    let device = |device: &Device| {
        let kind = device.kind.name();
        let fields = fields! { "name": &device.name, "kind": kind };
        Value::Shown(format!("{} ({kind})", device.name), Box::new(Value::Fields(fields)))
    };
    let guest = |(name, value): &(String, String)| {
        let fields = fields! { "name": name, "value": value };
        Value::Shown(format!("{name} = {value}"), Box::new(Value::Fields(fields)))
    };
    let unikernel = match (it.only_unikernel, it.unikernel) {
        (true, _) => Value::from("only"),
        (false, Some(true)) => Value::from("true"),
        (false, Some(false)) => Value::from("false"),
        (false, None) => Value::Nothing,
    };
    fields! {
        "main": &it.main,
        "modules": &it.modules,
        "custom": Value::usually(false, it.custom),
        "unikernel": unikernel,
        "devices": Value::list(&it.devices, device),
        "guest": Value::list(&it.guest, guest),
    }
}

fn test(it: &Test) -> Fields {
    fields! {
        "run": Value::usually(true, it.run),
        "command": &it.command,
        "before": &it.before,
        "after": &it.after,
        "folder": &it.dir,
        "tools": Value::list(&it.tools, tool),
    }
}

fn document(it: &Document) -> Fields {
    let (path, modules, libraries, flags, intro, command) = match &it.kind {
        DocumentKind::Ocamldoc { path, modules, libraries, flags, intro } => {
            let lists = [modules, libraries, flags].map(Value::from);
            let [modules, libraries, flags] = lists;
            (Value::from(path), modules, libraries, flags, Value::from(intro), Value::Nothing)
        }
        DocumentKind::Command(command) => {
            let list = || Value::List(Vec::new());
            (Value::Nothing, list(), list(), list(), Value::Nothing, Value::from(command))
        }
        DocumentKind::None => {
            let list = || Value::List(Vec::new());
            (Value::Nothing, list(), list(), list(), Value::Nothing, Value::Nothing)
        }
    };
    let made_by = match &it.kind {
        DocumentKind::Ocamldoc { .. } => Value::from("ocamldoc"),
        DocumentKind::Command(_) => Value::from("command"),
        DocumentKind::None => Value::Nothing,
    };
    fields! {
        "title": &it.title,
        "build": Value::usually(true, it.build),
        "install": Value::usually(true, it.install),
        "made_by": made_by,
        "path": path,
        "modules": modules,
        "libraries": libraries,
        "flags": flags,
        "intro": intro,
        "command": command,
        "target": &it.target,
        "tools": Value::list(&it.tools, tool),
        "before": &it.before,
        "after": &it.after,
        "clean": &it.clean,
        "data": Value::list(&it.data, data),
    }
}
