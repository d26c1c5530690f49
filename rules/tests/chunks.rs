//! A file that is read in chunks means the same, to the last byte, as one that is read as a whole.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::io;

use bstr::ByteSlice as _;
use mbuild_rules::parse::{Options, parse, parse_in_chunks};
use mbuild_rules::{Diagnostic, FileId, Manifest, PoolId, RuleId};
use proptest::prelude::*;

/// The file that others include.
const MORE: &str = "v = more\nrule more\n  command = more $v $in\nbuild more/$v: more more.in | $w.h\n\
                    w = set\nbuild more/2: phony more/$v\n";

fn load(content: &[u8], path: &[u8]) -> io::Result<Vec<u8>> {
    match path {
        b"input" => Ok(content.to_vec()),
        b"more" => Ok(MORE.as_bytes().to_vec()),
        b"wrong" => Ok(b"build wrong: phony\nbuild wrong: phony\n".to_vec()),
        _ => Err(io::Error::from_raw_os_error(2)),
    }
}

fn whole(content: &[u8]) -> Result<Manifest, Diagnostic> {
    parse_in_chunks(
        b"input",
        &mut |path: &[u8]| load(content, path),
        Options::default(),
        content.len(),
    )
}

fn in_chunks(content: &[u8], size: usize) -> Result<Manifest, Diagnostic> {
    parse_in_chunks(b"input", &mut |path: &[u8]| load(content, path), Options::default(), size)
}

/// All that can be asked, as text.
fn everything(manifest: &Manifest) -> String {
    let mut out = String::new();
    for at in 0..manifest.file_count() {
        let file = FileId(at as u32);
        let path = manifest.path(file);
        assert_eq!(manifest.find(path), Some(file));
        writeln!(out, "file {} {:?}", path.as_bstr(), manifest.producer(file)).unwrap();
    }
    let pools = (0..manifest.pool_count() as u32).map(PoolId);
    for pool in pools {
        writeln!(out, "{} {}", manifest.pool_name(pool).as_bstr(), manifest.pool_depth(pool))
            .unwrap();
    }
    for rule in (0..manifest.rule_count() as u32).map(RuleId) {
        let name = manifest.rule_name(rule).as_bstr();
        writeln!(out, "{name} {}", manifest.is_top_rule(rule)).unwrap();
        for name in ["command", "depfile", "pool", "dyndep"] {
            writeln!(out, "{:?}", manifest.rule_binding(rule, name.as_bytes())).unwrap();
        }
    }
    for action in manifest.actions() {
        writeln!(
            out,
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            manifest.place(action),
            manifest.rule(action),
            manifest.pool(action),
            manifest.dyndep(action),
            manifest.explicit_outputs(action),
            manifest.implicit_outputs(action),
            manifest.explicit_inputs(action),
            manifest.implicit_inputs(action),
            manifest.order_only_inputs(action),
            manifest.validations(action),
        )
        .unwrap();
        for name in ["command", "description", "v", "mbuild_env"] {
            writeln!(out, "{}", manifest.binding(action, name.as_bytes()).as_bstr()).unwrap();
        }
        writeln!(out, "{}", manifest.path_binding(action, b"depfile").as_bstr()).unwrap();
    }
    for name in ["v", "w", "builddir"] {
        writeln!(out, "{:?}", manifest.variable(name.as_bytes())).unwrap();
    }
    let files = (manifest.defaults(), manifest.roots(), manifest.files_read());
    writeln!(out, "{files:?} {:?}", manifest.warnings()).unwrap();
    out
}

/// What is read in chunks of some sizes is what is read at once, which is given back.
fn same(content: &[u8], sizes: &[usize]) -> Result<Manifest, Diagnostic> {
    let expected = whole(content);
    let text = expected.as_ref().map(everything);
    for size in sizes {
        let found = in_chunks(content, *size);
        let found = found.as_ref().map(everything);
        // `assert_eq` would show megabytes.
        let shown = || {
            let difference = first_difference(found.clone(), text.clone());
            format!("in chunks of {size}: {difference:?}\n{}", content.as_bstr())
        };
        assert!(found == text, "{:.5000}", shown());
    }
    expected
}

/// The first lines that are not the same, or the mistakes.
fn first_difference(
    found: Result<String, &Diagnostic>,
    expected: Result<String, &Diagnostic>,
) -> [String; 2] {
    match (&found, &expected) {
        (Ok(found), Ok(expected)) => {
            let mut pairs = found.lines().zip(expected.lines());
            let pair = pairs.find(|(found, expected)| found != expected).unwrap_or_default();
            [pair.0.to_owned(), pair.1.to_owned()]
        }
        _ => [found, expected]
            .map(|read| read.map_or_else(ToString::to_string, |_| "fine".to_owned())),
    }
}

/// A file of many actions with all that may stand between them.
fn large(actions: usize) -> String {
    let mut text = String::from(
        "ninja_required_version = 1.5\nbuilddir = out\nv = first\nrule cc\n  command = cc $flags $v -c $in -o $out\n  \
         depfile = $out.d\npool few\n  depth = 3\nrule ln\n  command = ln $in\n  pool = $pool_of\n# comment\n\n",
    );
    for at in 0..actions {
        let dir = at / 50;
        write!(
            text,
            "build obj/{dir}/{at}.o: cc src/{dir}/{at}.c | inc/./{dir}.h || gen/{}",
            at % 9
        )
        .unwrap();
        text += match at % 11 {
            0 => "\n  flags = -O2 $v\n  # not the end\n  description = CC $$ $v\n",
            1 => " $\n    more/../$v.h |@ check\n  v = own\n",
            2 => "\r\n  mbuild_env = A B\r\n",
            3 => "\n\n",
            4 => "\n# a comment\n#and $\nz = 1\n",
            5 => "\n  pool = few\n",
            _ => "\n",
        };
        if at % 97 == 0 {
            writeln!(text, "v = value {at}\nw = $v and $w$\n").unwrap();
            text.truncate(text.len() - 1);
            text += "  more\n";
        }
        if at % 50 == 49 {
            writeln!(text, "build lib/{dir}.a | lib/{dir}.map: ln obj/{dir}/{at}.o || dd{dir}\n  dyndep = ./dd{dir}").unwrap();
            writeln!(
                text,
                "build $builddir/{dir}: phony lib/{dir}.a $builddir/{dir}\ndefault lib/{dir}.a"
            )
            .unwrap();
        }
        if at % 500 == 499 {
            let shown = at.to_string();
            text +=
                &"rule own_N\n  command = own N\nbuild own/N: own_N obj/N\n".replace('N', &shown);
        }
        if at == actions / 2 {
            text += "subninja more\npool_of = few\n";
        }
    }
    text
}

#[test]
fn a_large_file_is_the_same_in_chunks_of_any_size() {
    let text = large(20_000);
    assert!(text.len() > 1_500_000);
    let manifest = same(text.as_bytes(), &[300, 10_000, 1 << 16]).unwrap();
    assert_eq!(manifest.files_read().len(), 2);
    assert!(manifest.action_count() > 20_000);
    // What everybody calls takes chunks as well.
    let usual = parse(b"input", &mut |path: &[u8]| load(text.as_bytes(), path), Options::default());
    assert_eq!(everything(&usual.unwrap()), everything(&manifest));
}

#[test]
fn a_mistake_anywhere_is_told_with_the_same_words_and_places() {
    let text = large(600);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut told = Vec::new();
    for (turn, wrong) in WRONG.iter().enumerate() {
        let at = (turn * 7919) % lines.len();
        let content = [&lines[..at], &["\n", *wrong], &lines[at..]].concat().concat();
        let read = same(content.as_bytes(), &[1, 500]);
        told.extend(read.err().map(|mistake| mistake.message));
    }
    // The end of the file is no mistake, nor is a line that goes on with the next one.
    assert!(told.len() + 3 >= WRONG.len(), "{told:?}");
}

const WRONG: [&str; 26] = [
    "build obj/0/0.o: cc x\n",
    "build a a: cc x\n",
    "build new: unknown x\n",
    "build new: unknown $x $[\n",
    "build new: cc $[\n",
    "build new: cc\n  v = $[\n",
    "build new: cc\n  pool = none\n",
    "build new: cc\n  dyndep = none\n",
    "build new$none: cc $none\n",
    "build: cc\n",
    "build new\n",
    "build new: cc\n\tv = 1\n",
    "   v = 1\n",
    "v\n",
    "v = $\n",
    "rule cc\n  command = x\n",
    "rule wrong\n  commando = x\n  $[\n",
    "rule wrong\n",
    "pool few\n  depth = 1\n",
    "pool wrong\n  depth = -1\n",
    "default obj/11/599.o\n",
    "default none\n",
    "include none\n",
    "include wrong\n",
    "ninja_required_version = 9\n",
    "\0",
];

#[test]
fn what_is_after_an_include_is_read_once_the_file_was() {
    let text = "include more\nbuild a$v: more b$w\nsubninja more$x\nbuild c$v: more\n";
    for content in [text.to_owned(), text.replace("$x", "")] {
        same(content.as_bytes(), &[1, 20]).err();
    }
    let line = "include more x\nbuild a: phony\n";
    assert_eq!(
        same(line.as_bytes(), &[1]).unwrap_err().message,
        "expected newline, got identifier"
    );
}

fn line() -> impl Strategy<Value = &'static str> {
    let right = prop::sample::select(vec![
        "v = 1\n",
        "w = $v$w\n",
        "rule r\n  command = r $v $in\n",
        "rule s\n  command = s\n  dyndep = $out.dd\n",
        "pool p\n  depth = 2\n",
        "build $v: r a\n",
        "build b$w c: r ./a//b $\n  | d || e |@ f\n  v = 3\n",
        "build d: phony d b\n",
        "build e: s e.dd\n",
        "build f: r\n  pool = p\n",
        "build $\ng: r $\nh\n",
        "build h: r\n# no\n  v = 9\n",
        "default b c\n",
        "default $v\n",
        "include more\n",
        "subninja more\n",
        "# comment\n",
        "# comment $\n",
        "\n",
        "  \n",
        "\r\n",
        "v = a$\r\n",
        "mbuild_speed = 1\n",
    ]);
    let wrong = prop::sample::select(WRONG.to_vec());
    prop_oneof![20 => right, 1 => wrong]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_files_are_the_same(lines in prop::collection::vec(line(), 0..30), size in 0_usize..60) {
        same(lines.concat().as_bytes(), &[size]).err();
    }

    #[test]
    fn random_bytes_in_a_file_are_the_same(
        lines in prop::collection::vec(line(), 0..12),
        bytes in prop::collection::vec(prop::sample::select(b" \n\r$#:|=\0\tab"), 1..6),
        at in 0.0..1.0,
    ) {
        let mut text = lines.concat().into_bytes();
        let at = (text.len() as f64 * at) as usize;
        text.splice(at..at, bytes);
        same(&text, &[1]).err();
    }
}
