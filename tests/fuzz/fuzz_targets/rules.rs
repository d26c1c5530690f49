//! Rule files: whatever is read is read to its end, and what it says can be asked and written again.
#![no_main]

use std::borrow::Cow;
use std::io;

use libfuzzer_sys::fuzz_target;
use mbuild_rules::parse::{Options, parse};
use mbuild_rules::write::{Build, Writer};
use mbuild_rules::{FileId, Manifest};

/// Each use of a variable may double a text: what many come to is a matter of memory, not of correctness.
const USES: usize = 30;

fuzz_target!(|input: &[u8]| {
    // The text after a NUL is a second file, which the first may include.
    let (first, second) = match input.iter().position(|byte| *byte == 0) {
        Some(end) => (&input[..end], &input[end + 1..]),
        None => (input, &b""[..]),
    };
    let mut uses = 0;
    let mut loader = |path: &[u8]| {
        let content = match path {
            b"build.ninja" => first,
            b"more.ninja" => second,
            _ => return Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        uses += content.iter().filter(|byte| **byte == b'$').count();
        if uses > USES { Err(io::Error::other("too many")) } else { Ok(content.to_vec()) }
    };
    let options =
        Options { phony_cycle_is_error: input.len().is_multiple_of(2), ..Options::default() };
    match parse(b"build.ninja", &mut loader, options) {
        Ok(manifest) => {
            look(&manifest);
            write(&manifest);
        }
        Err(mistake) => {
            mistake.ninja_text();
            mistake.to_string();
        }
    }
});

/// Every field of every action can be asked for.
fn look(manifest: &Manifest) {
    let mut command = Vec::new();
    for action in manifest.actions() {
        command.clear();
        manifest.command_into(action, &mut command);
        for name in ["description", "depfile", "rspfile_content", "deps", "pool", "mbuild_env"] {
            manifest.binding(action, name.as_bytes());
        }
        manifest.path_binding(action, b"rspfile");
        manifest.dyndep(action);
        manifest.place(action);
        for output in manifest.outputs(action) {
            assert_eq!(manifest.producer(*output), Some(action));
            assert_eq!(manifest.find(manifest.path(*output)), Some(*output));
        }
    }
    manifest.roots();
}

/// The statements written anew name the same files.
fn write(manifest: &Manifest) {
    let paths = |files: &[FileId]| -> Vec<Cow<'_, [u8]>> {
        files.iter().map(|file| Cow::Borrowed(manifest.path(*file))).collect()
    };
    let mut writer = Writer::new();
    writer.rule("r", &[("command", "r")]);
    let mut written = Vec::new();
    for action in manifest.actions().filter(|action| !manifest.is_phony(*action)) {
        writer.build(&Build {
            outputs: paths(manifest.explicit_outputs(action)),
            implicit_outputs: paths(manifest.implicit_outputs(action)),
            rule: "r",
            inputs: paths(manifest.explicit_inputs(action)),
            implicit_inputs: paths(manifest.implicit_inputs(action)),
            order_only: paths(manifest.order_only_inputs(action)),
            validations: paths(manifest.validations(action)),
            bindings: Vec::new(),
        });
        written.push(action);
    }
    let Ok(text) = writer.finish() else { return };
    let mut loader = |_: &[u8]| Ok(text.clone());
    let again = parse(b"build.ninja", &mut loader, Options::default());
    let again = again.unwrap_or_else(|mistake| panic!("{mistake}"));
    for (before, now) in written.into_iter().zip(again.actions()) {
        let names = |manifest: &Manifest, files: &[FileId]| -> Vec<Vec<u8>> {
            files.iter().map(|file| manifest.path(*file).to_vec()).collect()
        };
        assert_eq!(names(manifest, manifest.outputs(before)), names(&again, again.outputs(now)));
        assert_eq!(names(manifest, manifest.inputs(before)), names(&again, again.inputs(now)));
    }
}
