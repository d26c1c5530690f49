//! What is said of a section.

use serde_json::{Map, Value, json};

use super::parts::{data, each, preprocess, rewriter, tools};
use crate::package::{
    Code, Compiled, Depend, Document, DocumentKind, Executable, Inside, Library, Object, Order,
    Section, StepFlags, Test,
};

/// An object with what all sections of its kind have and what only these have.
fn joined(mut all: Value, own: Value) -> Value {
    if let (Value::Object(all), Value::Object(own)) = (&mut all, own) {
        all.extend(own);
    }
    all
}

pub(super) fn section(section: &Section) -> Value {
    match section {
        Section::Library(library) => of_library(library),
        Section::Object(object) => of_object(object),
        Section::Executable(executable) => of_executable(executable),
        Section::Test(test) => of_test(test),
        Section::Document(document) => of_document(document),
    }
}

fn compiled(kind: &str, compiled: &Compiled) -> Value {
    let what = json!({
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
        "depends": each(&compiled.depends, |depend| match depend {
            Depend::Findlib { name, constraint } => json!({ "findlib": name, "version": constraint }),
            Depend::Internal(name) => json!({ "section": name }),
        }),
        "tools": tools(&compiled.tools),
        "c_sources": compiled.c_sources,
        "c_path": compiled.c_path,
        "c_archive": compiled.c_archive,
    });
    joined(what, how(compiled))
}

/// How it is compiled and linked.
fn how(compiled: &Compiled) -> Value {
    json!({
        "c_flags": compiled.c_flags,
        "c_libraries": compiled.c_libraries,
        "dll_libraries": *compiled.dll_libraries,
        "dll_paths": *compiled.dll_paths,
        "byte_flags": compiled.byte_flags,
        "native_flags": &*compiled.native_flags,
        "ocaml_flags": &*compiled.ocaml_flags,
        "link_flags": compiled.link_flags,
        "module_flags": *compiled.module_flags,
        "module_native_flags": *compiled.module_native_flags,
        "module_byte_flags": *compiled.module_byte_flags,
        "steps": steps(&compiled.steps),
        "order": match compiled.order {
            Order::Sorted => "sorted",
            Order::Ready => "ready",
            Order::Listed => "listed",
        },
        "before": each(&compiled.before, |(first, second)| json!({ "first": first, "second": second })),
        "spreads": compiled.spreads,
        "link_order": *compiled.link_order,
        "closed": compiled.closed,
        "dotted": compiled.dotted,
        "annot": compiled.annot,
        "around": compiled.around,
        "folders": compiled.folders,
        "packs": Inside::by_path(&compiled.packs),
        "preprocess": preprocess(&compiled.preprocess),
        "module_preprocess": compiled.module_preprocess.iter()
            .map(|(module, how)| (module.clone(), preprocess(how)))
            .collect::<Map<_, _>>(),
        "rewriters": compiled.rewriters.iter().map(rewriter).collect::<Vec<_>>(),
        "inputs": inputs(compiled),
        "include": compiled.include,
        "data": data(&compiled.data),
        "findlib_files": *compiled.findlib_files,
        "findlib_folder": compiled.findlib_folder,
        "own_folder": compiled.own_folder,
    })
}

fn steps(steps: &StepFlags) -> Value {
    json!({
        "scan": steps.scan,
        "byte_compile": steps.byte_compile,
        "native_compile": steps.native_compile,
        "byte_link": steps.byte_link,
        "native_link": steps.native_link,
    })
}

/// What its steps read beside its sources, and which modules they do not wait for.
fn inputs(compiled: &Compiled) -> Value {
    json!({
        "files": compiled.inputs.files,
        "tools": tools(&compiled.inputs.tools),
        "ignores": *compiled.ignores,
        "module_ignores": *compiled.module_ignores,
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
        "devices": each(&executable.devices, |device| json!({
            "name": device.name,
            "kind": device.kind.name(),
        })),
        "guest": each(&executable.guest, |(name, value)| json!({
            "name": name,
            "value": value,
        })),
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
        "mirror": document.mirror,
        "data": data(&document.data),
    })
}
