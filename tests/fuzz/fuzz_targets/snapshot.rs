//! Snapshots and the links beside them: bytes that are damaged, and bodies that are wrong behind the right digest.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mbuild_engine::fuzzing;

fuzz_target!(|input: &[u8]| {
    fuzzing::not_a_snapshot(input);
    fuzzing::snapshot(input);
    fuzzing::not_links(input);
    fuzzing::links(input);
});
