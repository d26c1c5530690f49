//! obuild's files: words are where they stand, nothing leads out of the package, no mistake is without help.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mbuild_frontends::obuild::{self, TargetKind, Word};

fuzz_target!(|input: &[u8]| match obuild::read(b"x.obuild", input) {
    Ok(project) => {
        assert!(!project.name.text.is_empty() && !project.version.text.is_empty());
        let plain = std::str::from_utf8(input).is_ok();
        for target in &project.targets {
            let places = target.folders.iter().chain(&target.c_sources).chain(&target.c_folder);
            for word in places.chain([&target.main]) {
                is_inside(word);
            }
            let words = target.modules.iter().chain(&target.flags).chain(&target.c_flags);
            for word in words.filter(|_| plain) {
                let line = word.text.split('\n').next().unwrap_or_default();
                assert!(input[word.at..].starts_with(line.as_bytes()), "a word is where it stands");
            }
            let is_library = target.kind == TargetKind::Library;
            assert!(is_library || target.main.text.ends_with(".ml"), "a program has a main source");
        }
        for mistake in &project.warnings {
            assert!(mistake.help.is_some(), "{mistake}");
        }
    }
    Err(mistakes) => {
        assert!(!mistakes.is_empty(), "something is wrong");
        for mistake in mistakes {
            assert!(mistake.help.is_some(), "{mistake}");
        }
    }
});

/// A path does not leave the package, and no shell finds a command in it.
fn is_inside(path: &Word) {
    assert!(!path.text.starts_with('/') && !path.text.contains("$(") && !path.text.contains('`'));
    let mut depth = 0_i64;
    for part in path.text.split('/') {
        depth += match part {
            "" | "." => 0,
            ".." => -1,
            _ => 1,
        };
        assert!(depth >= 0, "{}", path.text);
    }
}
