//! `_oasis` files: what is read is decided and translated for two machines, and no mistake is without a place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mbuild_frontends::choices::Choices;
use mbuild_frontends::environment::Environment;
use mbuild_frontends::oasis;
use mbuild_frontends::package::Package;

/// What every manifest has, so that what follows is decided and not only read.
const HEADER: &[u8] =
    b"OASISFormat: 0.4\nName: x\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n";

const MACHINES: [&str; 2] = [
    "version: 4.13.1\nos_type: Unix\nsystem: linux\nnative_compiler: true\n",
    "version: 5.1.0\nos_type: Win32\nsystem: mingw\nnative_compiler: false\n",
];

fuzz_target!(|input: &[u8]| {
    whole(input);
    whole(&[HEADER, input].concat());
});

fn whole(content: &[u8]) {
    let manifest = match oasis::read(b"_oasis", content) {
        Ok(manifest) => manifest,
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "something is wrong");
            return mistakes.iter().for_each(|it| placed(content, it.line, it.column));
        }
    };
    let _ = oasis::packages_named(&manifest);
    for (machine, on) in MACHINES.into_iter().zip([true, false]) {
        let mut choices = Choices::default();
        choices.flag("tests", on).variable("prefix", "/opt");
        match oasis::package(&manifest, &Environment::from_config(machine), &choices) {
            Ok((package, _)) => consistent(&package, content),
            Err(mistakes) => {
                assert!(!mistakes.is_empty(), "something is wrong");
                for mistake in mistakes {
                    assert!(!mistake.message.is_empty());
                    placed(content, mistake.line, mistake.column);
                }
            }
        }
    }
}

/// A place is in the file, or there is none.
fn placed(content: &[u8], line: usize, column: usize) {
    let lines: Vec<&[u8]> = content.split(|byte| *byte == b'\n').collect();
    assert!(line <= lines.len(), "line {line} of {}", lines.len());
    if line > 0 {
        assert!(column <= lines[line - 1].len() + 1, "{line}:{column}");
    }
}

/// What the translation promises.
fn consistent(package: &Package, content: &[u8]) {
    for (name, value) in &package.folders {
        assert!(!value.contains(&format!("${{{name}}}")), "`{name}` is fully expanded");
    }
    for compiled in package.compiled() {
        assert!(!compiled.path.split('/').any(|part| part == ".."), "{}", compiled.path);
        assert!(!compiled.name.contains('/'), "{}", compiled.name);
    }
    let _ = oasis::expand_template(b"x.ab", content, &package.variables);
}
