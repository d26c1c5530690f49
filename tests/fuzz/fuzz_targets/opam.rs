//! opam's files: what is read is translated, conditions come to one answer, and no mistake is without a place and
//! help.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mbuild_frontends::choices::Choices;
use mbuild_frontends::environment::{Environment, Installed};
use mbuild_frontends::opam::{self, Host, Known, Machine, Manifest, read_config, read_install};

#[path = "../mistakes.rs"]
mod mistakes;

/// A folder with nothing else in it, and what installed packages say in their `.config`.
struct Bare(Environment, Vec<u8>);

impl Host for Bare {
    fn environment(&self) -> &Environment {
        &self.0
    }

    fn machine(&self) -> Machine {
        Machine::default()
    }

    fn installed(&mut self, findlib: &str) -> Option<Installed> {
        (findlib.len() % 2 == 0).then(Installed::default)
    }

    fn in_tree(&mut self, name: &str) -> Option<Installed> {
        (name.len() % 5 == 0).then(Installed::default)
    }

    fn has_program(&mut self, _name: &str) -> bool {
        false
    }

    fn read(&mut self, path: &str) -> Option<Vec<u8>> {
        assert!(!path.starts_with('/') && !path.split('/').any(|part| part == ".."), "{path}");
        Some(b"%{prefix}% %{name}%\n".to_vec())
    }

    fn list(&mut self, _folder: &str) -> Vec<String> {
        Vec::new()
    }

    fn has_other_manifest(&mut self) -> bool {
        false
    }

    fn config(&mut self, _package: &str, _shared: &str) -> Option<(String, Vec<u8>)> {
        Some(("p.config".to_owned(), self.1.clone()))
    }

    fn outside(&mut self, path: &str) -> Option<Vec<u8>> {
        assert!(path.starts_with('/'), "{path}");
        None
    }
}

fuzz_target!(|input: &[u8]| {
    if let Ok(listed) = read_install(b"p.install", input) {
        for file in listed {
            assert!(!file.from.starts_with('/') && !file.to.split('/').any(|part| part == ".."));
        }
    }
    if let Ok(config) = read_config(b"p.config", input) {
        let written = config.write();
        let again = read_config(b"p.config", written.as_bytes());
        assert!(again.is_ok_and(|again| again == config), "{written}");
    }
    let text = String::from_utf8_lossy(input);
    assert!(!opam::expand(&text, &Known::default()).contains("%{name}%"), "it is expanded");
    let wrong = match opam::parse(b"opam", input) {
        Ok(file) => {
            let content = input.to_vec();
            let manifests = [Manifest { path: "opam".to_owned(), content, file }];
            let mut host = Bare(Environment::guess(), input.to_vec());
            match opam::package(&manifests, "p.1", &mut host, &Choices::default()) {
                Ok((package, warnings)) => {
                    assert!(package.own_build.is_some(), "its commands build it");
                    warnings
                }
                Err(wrong) => {
                    assert!(!wrong.is_empty(), "something is wrong");
                    wrong
                }
            }
        }
        Err(wrong) => {
            assert!(!wrong.is_empty(), "something is wrong");
            wrong
        }
    };
    mistakes::check(&wrong);
});
