//! The `rule` statement.

use mbuild_rules::ActionId;
use mbuild_rules::parse::Options;

use crate::{CAT, binding, command, read, try_files};

#[test]
fn a_rule_makes_commands() {
    let manifest = read(&format!(
        "{CAT}rule date\n  command = date > $out\nbuild result: cat in_1.cc in-2.O\n"
    ));
    assert_eq!(manifest.rule_count(), 3);
    assert_eq!(manifest.rule_name(manifest.rule(ActionId(0))), b"cat");
    assert_eq!(command(&manifest, 0), "cat in_1.cc in-2.O > result");
    assert_eq!(
        manifest.rule_binding(manifest.rule(ActionId(0)), b"command").unwrap(),
        b"cat ${in} > ${out}"
    );
    assert_eq!(manifest.rule_binding(manifest.rule(ActionId(0)), b"depfile"), None);
}

#[test]
fn a_rule_may_bind_every_rule_variable() {
    let names = [
        "command",
        "depfile",
        "deps",
        "description",
        "dyndep",
        "generator",
        "msvc_deps_prefix",
        "pool",
        "restat",
        "rspfile",
        "rspfile_content",
    ];
    let lines: String = names.iter().map(|name| format!("  {name} = a\n")).collect();
    let manifest = read(&format!("rule cat\n{lines}"));
    assert_eq!(manifest.rule_count(), 2);
}

#[test]
fn response_files() {
    let manifest = read(
        "rule cat_rsp\n  command = cat $rspfile > $out\n  rspfile = $rspfile\n  rspfile_content = $in\n\nbuild out: cat_rsp in\n  rspfile=out.rsp\n",
    );
    assert_eq!(command(&manifest, 0), "cat out.rsp > out");
    assert_eq!(binding(&manifest, 0, "rspfile_content"), "in");
}

#[test]
fn no_response_file_shows_through_a_rule_without_one() {
    let manifest = read("rspfile = x\nrule r\n  command = r [$rspfile]\nbuild a: r\n  x = 1\n");
    assert_eq!(command(&manifest, 0), "r []");
}

#[test]
fn inputs_one_per_line() {
    let manifest = read(
        "rule cat_rsp\n  command = cat $in_newline > $out\nbuild out: cat_rsp in in2 sp$ ace\n",
    );
    assert_eq!(command(&manifest, 0), "cat in\nin2\n'sp ace' > out");
}

#[test]
fn rule_variables_that_need_each_other_are_refused() {
    let circle = "rule r\n  command = $depfile\n  depfile = $rspfile_content$description\n  description = $command\n";
    let mistake =
        try_files(&[("input", &format!("{circle}build a: r\n"))], Options::default()).unwrap_err();
    assert!(mistake.is_fatal());
    insta::assert_snapshot!(mistake, @r"
    cycle in rule variables: depfile -> description -> command -> depfile
      help: change rule `r`, which input:5 uses, so that its variables do not need each other
    ");
    assert_eq!(read(circle).rule_count(), 2);
    assert_eq!(command(&read(&format!("{circle}build a: r\n  description = x\n")), 0), "x");
}
