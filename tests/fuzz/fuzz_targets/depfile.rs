//! Depfiles: whatever is read has each input once, and no mistake is without a text.
#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use mbuild_rules::{depfile, path};

fuzz_target!(|input: &[u8]| match depfile::parse(b"out.d", input) {
    Ok(depfile) => {
        let mut met = HashSet::new();
        for name in &depfile.inputs {
            assert!(met.insert(name), "an input is there twice");
        }
        for name in depfile.outputs.iter().chain(&depfile.inputs) {
            let canonical = path::canonical(name).into_owned();
            assert_eq!(path::canonical(&canonical), canonical, "canonical is canonical");
        }
    }
    Err(mistake) => {
        mistake.ninja_text();
    }
});
