//! Mirari's files: what is read is said again by the main module, and no mistake is without a place and help.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mbuild_frontends::mirari::{self, MainKind, Style};

fuzz_target!(|input: &[u8]| match mirari::read(b"x.conf", input) {
    Ok(conf) => {
        let main = conf.main_module("x.conf", Style::Lwt);
        assert!(main.contains(&conf.main.call.text), "the main function is called");
        for word in conf.depends.iter().chain(&conf.packages).chain([&conf.main.call]) {
            assert!(
                input[word.at..].starts_with(word.text.as_bytes()),
                "a word is where it stands"
            );
        }
        assert!(conf.main.kind == MainKind::NoIp || conf.ip.is_some(), "the network is set up");
        assert!(
            conf.main.kind != MainKind::Http || conf.http.is_some(),
            "it is known where to listen"
        );
        assert!(mirari::is_one(input), "who has a main function is one of Mirari's");
    }
    Err(mistakes) => {
        assert!(!mistakes.is_empty(), "something is wrong");
        for mistake in mistakes {
            assert!(mistake.help.is_some(), "{mistake}");
        }
    }
});
