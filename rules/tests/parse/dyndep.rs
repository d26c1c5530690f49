//! The variable `dyndep`.

use mbuild_rules::ActionId;

use crate::{read, refusal};

#[test]
fn a_dyndep_file_is_an_input() {
    let rule = "rule touch\n  command = touch $out\n";
    for inputs in ["dd", "| dd", "|| dd", "|| ./x/../dd"] {
        let manifest = read(&format!("{rule}build result: touch {inputs}\n  dyndep = ./dd\n"));
        assert_eq!(manifest.dyndep(ActionId(0)), manifest.find(b"dd"), "of {inputs:?}");
    }
    let manifest = read(&format!(
        "{rule}  dyndep = $out.dd\nbuild result: touch || result.dd\nbuild no: touch\n  dyndep =\n"
    ));
    assert_eq!(manifest.dyndep(ActionId(0)), manifest.find(b"result.dd"));
    assert_eq!(manifest.dyndep(ActionId(1)), None);
}

#[test]
fn a_dyndep_file_that_is_no_input_is_refused() {
    let rule = "rule touch\n  command = touch $out\n";
    assert_eq!(
        refusal(&format!("{rule}build result: touch\n  dyndep = notin\n")),
        "input:5: dyndep 'notin' is not an input\n"
    );
}
