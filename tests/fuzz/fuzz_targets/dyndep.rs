//! Dyndep files: whatever is added to the statements leaves each output with one action.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mbuild_rules::dyndep;
use mbuild_rules::parse::{Options, parse};

const RULES: &[u8] = b"\
rule r
  command = r $in $out
build out: r in || dd
  dyndep = dd
build other | more: r in out || dd
  dyndep = dd
build plain: r in
";

fuzz_target!(|input: &[u8]| {
    let mut loader = |_: &[u8]| Ok(RULES.to_vec());
    let Ok(mut manifest) = parse(b"build.ninja", &mut loader, Options::default()) else { return };
    let file = manifest.intern(b"dd");
    if let Err(mistake) = dyndep::load(&mut manifest, file, input) {
        mistake.ninja_text();
    }
    for action in manifest.actions() {
        for output in manifest.outputs(action) {
            assert_eq!(manifest.producer(*output), Some(action));
        }
        let mut command = Vec::new();
        manifest.command_into(action, &mut command);
        assert!(!manifest.inputs(action).is_empty());
    }
});
