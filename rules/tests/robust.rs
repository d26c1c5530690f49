//! Nothing that anybody feeds to the parsers makes them panic, and what is written is read back.

#![allow(clippy::unwrap_used)]

use std::borrow::Cow;
use std::io;

use mbuild_rules::parse::{Options, parse};
use mbuild_rules::write::{Build, Writer, escape_path, escape_value};
use mbuild_rules::{ActionId, Diagnostic, FileId, Manifest, depfile, dyndep};
use proptest::prelude::*;

const VALID: &str = "ninja_required_version = 1.5\nx = 1\ny = two $x\npool p\n  depth = 2\n# comment\nrule cc\n  command = cc $x $\n    $flags -c $in -o $out\n  depfile = $out.d\n  rspfile = $out.rsp\n  rspfile_content = $in_newline\nbuild a.o: cc a.c | h.h || gen |@ val\n  x = 3\nbuild b$ b.o b.map | b.lst: cc ./q/../b.c\n  pool = p\nbuild gen: phony dd\nbuild dyn: cc in || dd\n  dyndep = dd\ninclude self\nsubninja other\nbuild val: phony val\ndefault a.o ${x}.o$\n gen\n";

fn try_read(content: &[u8]) -> Result<Manifest, Diagnostic> {
    let mut loader = |path: &[u8]| match path {
        b"input" | b"self" => Ok(content.to_vec()),
        b"other" => Ok(b"y = 3\nbuild sub$y: phony\n".to_vec()),
        _ => Err(io::Error::from_raw_os_error(2)),
    };
    parse(b"input", &mut loader, Options::default())
}

/// Looks at everything there is to see.
fn exercise(content: &[u8]) {
    match try_read(content) {
        Err(mistake) => {
            let shown = (mistake.to_string(), mistake.ninja_text());
            assert!(!shown.0.is_empty() && !shown.1.is_empty());
        }
        Ok(mut manifest) => {
            let mut out = Vec::new();
            for action in manifest.actions() {
                manifest.command_into(action, &mut out);
                manifest.path_binding(action, b"depfile");
                assert!(!manifest.outputs(action).is_empty());
                assert!(manifest.place(action).line > 0);
            }
            manifest.roots();
            let found = dyndep::parse(b"dd", content, &mut manifest);
            assert!(found.is_err() || !content.starts_with(b"build"));
        }
    }
    if let Ok(depfile) = depfile::parse(b"x.d", content) {
        assert!(depfile.inputs.iter().all(|name| !name.is_empty()));
    }
}

#[test]
fn a_file_cut_at_any_byte() {
    for end in 0..=VALID.len() {
        exercise(&VALID.as_bytes()[..end]);
    }
}

#[test]
fn a_dyndep_file_cut_at_any_byte() {
    let rules = b"rule r\n  command = r\nbuild out: r || dd\n  dyndep = dd\n";
    let content = b"ninja_dyndep_version = 1\n# comment\nbuild out | x$ y: dyndep | in $\n  in2\n  restat = 1\n";
    for end in 0..=content.len() {
        let mut manifest = try_read(rules).unwrap();
        let found = dyndep::parse(b"dd", &content[..end], &mut manifest);
        // Only whole lines say anything, and none says something wrong.
        assert!(found.is_err() || content[..end].ends_with(b"\n"), "cut at {end}");
    }
}

#[test]
fn values_that_double_themselves_are_refused_before_they_fill_the_memory() {
    let doubled = "x = $x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x\n".repeat(12);
    let mistake = try_read(format!("x = 1\n{doubled}").as_bytes()).unwrap_err();
    assert_eq!(mistake.message, "the value is too long");
}

fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "build ",
        "rule ",
        "pool ",
        "default ",
        "include self",
        "subninja other",
        "a",
        "b",
        "cc",
        "phony",
        ": ",
        " | ",
        " || ",
        " |@ ",
        "\n",
        "\n  ",
        "\r\n",
        "$",
        "$$",
        "$x",
        "${y}",
        "$\n ",
        "#",
        "\t",
        " = ",
        "command",
        "depth",
        "dyndep",
        "rspfile",
        "$in",
        "$out",
        "1",
        "../",
        "//",
        "\0",
        "é",
        "ninja_dyndep_version = 1\n",
        "x: y\n",
        "\\",
    ])
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(
        any::<u8>()
            .prop_filter("no escape exists", |byte| !matches!(byte, b'|' | b'\n' | b'\r' | 0)),
        1..12,
    )
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(
        any::<u8>().prop_filter("no escape exists", |byte| !matches!(byte, b'\n' | b'\r' | 0)),
        0..200,
    )
}

type Paths = Vec<Vec<u8>>;

fn cows(paths: &[Vec<u8>]) -> Vec<Cow<'_, [u8]>> {
    paths.iter().map(|path| Cow::Borrowed(&path[..])).collect()
}

fn canonical(paths: &[Vec<u8>]) -> Paths {
    paths.iter().map(|path| mbuild_rules::path::canonical(path).into_owned()).collect()
}

fn read_back(manifest: &Manifest, files: &[FileId]) -> Paths {
    files.iter().map(|file| manifest.path(*file).to_vec()).collect()
}

proptest! {
    #[test]
    fn arbitrary_bytes(content in prop::collection::vec(any::<u8>(), 0..200)) {
        exercise(&content);
    }

    #[test]
    fn arbitrary_pieces(pieces in prop::collection::vec(piece(), 0..40)) {
        exercise(pieces.concat().as_bytes());
    }

    #[test]
    fn a_valid_file_with_a_piece_put_in(at in 0..VALID.len(), piece in piece()) {
        let content = [&VALID.as_bytes()[..at], piece.as_bytes(), &VALID.as_bytes()[at..]].concat();
        exercise(&content);
    }

    #[test]
    fn what_is_written_is_read_back(
        outputs in prop::collection::vec(path(), 1..4),
        inputs in prop::collection::vec(prop::collection::vec(path(), 0..12), 4),
        text in value(),
    ) {
        let mut seen = Vec::new();
        let outputs: Paths = outputs
            .into_iter()
            .filter(|output| {
                let canonical = mbuild_rules::path::canonical(output).into_owned();
                !seen.contains(&canonical) && { seen.push(canonical); true }
            })
            .collect();
        let (explicit, implicit) = outputs.split_at(1);
        let escaped = escape_value(&text);
        let mut writer = Writer::new();
        writer.comment("a comment\n\nof three lines").variable("v", &escaped).pool("p", 3);
        writer.rule("r", &[("command", "run $w"), ("pool", "p")]);
        writer.build(&Build {
            outputs: cows(explicit),
            implicit_outputs: cows(implicit),
            rule: "r",
            inputs: cows(&inputs[0]),
            implicit_inputs: cows(&inputs[1]),
            order_only: cows(&inputs[2]),
            validations: cows(&inputs[3]),
            bindings: vec![("w", Cow::Borrowed(&escaped[..]))],
        });
        writer.default(explicit);
        let manifest = try_read(&writer.finish().unwrap()).unwrap();
        let action = ActionId(0);
        prop_assert_eq!(manifest.variable(b"v").unwrap(), &text[..]);
        prop_assert_eq!(read_back(&manifest, manifest.explicit_outputs(action)), canonical(explicit));
        prop_assert_eq!(read_back(&manifest, manifest.implicit_outputs(action)), canonical(implicit));
        prop_assert_eq!(read_back(&manifest, manifest.explicit_inputs(action)), canonical(&inputs[0]));
        prop_assert_eq!(read_back(&manifest, manifest.implicit_inputs(action)), canonical(&inputs[1]));
        prop_assert_eq!(read_back(&manifest, manifest.order_only_inputs(action)), canonical(&inputs[2]));
        prop_assert_eq!(read_back(&manifest, manifest.validations(action)), canonical(&inputs[3]));
        prop_assert_eq!(read_back(&manifest, manifest.defaults()), canonical(explicit));
        prop_assert_eq!(manifest.binding(action, b"command"), [b"run ", &text[..]].concat());
        prop_assert_eq!(manifest.pool_depth(manifest.pool(action)), 3);
    }

    #[test]
    fn escaped_paths_are_one_path(path in path()) {
        let text = [b"build x: phony ", &escape_path(&path)[..], b"\n"].concat();
        let manifest = try_read(&text).unwrap();
        let expected = canonical(&[path]);
        let found = read_back(&manifest, manifest.inputs(ActionId(0)));
        // A phony action that names itself is the one exception.
        prop_assert!(found == expected || expected == [b"x".to_vec()]);
    }
}
