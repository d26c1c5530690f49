//! `_tags` files: what is read is applied to a small package, and mistakes have a place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mbuild_frontends::package::{Compiled, Executable, Library, Package, Section};
use mbuild_frontends::tags;

fuzz_target!(|input: &[u8]| {
    match tags::read(b"_tags", input) {
        Ok(read) => {
            let mut package = package();
            let list = |folder: &str| match folder {
                "src" => vec!["a.ml".to_owned(), "b.ml".to_owned(), "b.mli".to_owned()],
                _ => Vec::new(),
            };
            for warning in tags::apply(&read, &mut package, &list) {
                assert!(warning.help.is_some(), "{warning}");
            }
            assert_eq!(package.sections.len(), 2);
        }
        Err(mistakes) => {
            assert!(mistakes.first().is_some_and(|mistake| mistake.line > 0));
            assert!(mistakes.iter().all(|mistake| mistake.help.is_some()));
        }
    }
});

fn package() -> Package {
    let compiled = |name: &str, path: &str| Compiled {
        name: name.to_owned(),
        path: path.to_owned(),
        build: true,
        ..Compiled::default()
    };
    let library = Library {
        compiled: compiled("x", "src"),
        modules: vec!["A".to_owned(), "B".to_owned()],
        findlib: "x".to_owned(),
        ..Library::default()
    };
    let program = Executable {
        compiled: compiled("p", "bin"),
        main: "p.ml".to_owned(),
        ..Executable::default()
    };
    let sections = vec![Section::Library(library), Section::Executable(program)];
    Package { sections, ..Package::default() }
}
