//! The projects in `examples/` build, run and pass their tests.

use mbuild_tests::{Space, conformance, program, tree};

#[test]
fn hello_runs() {
    let space = Space::new();
    let hello = space.copy(&program::repository("examples/hello"), "hello");
    let run = hello.mbuild(&["run", "--", "naïve reader"]).ok();
    let frame = "+----------------------+\n| Hello, naïve reader! |\n+----------------------+\n";
    assert!(run.stdout.ends_with(frame), "{}", run.said());
}

#[test]
fn hello_passes_its_test() {
    let space = Space::new();
    let hello = space.copy(&program::repository("examples/hello"), "hello");
    hello.mbuild(&["configure", "--enable", "tests"]).ok();
    let test = hello.mbuild(&["test"]).ok();
    assert!(test.said().contains("greet: 3 checks passed"), "{}", test.said());
}

#[test]
fn plain_ninja_makes_the_same_hello() {
    let space = Space::new();
    let hello = space.copy(&program::repository("examples/hello"), "hello");
    let ours = conformance::outputs_of_mbuild(&hello);
    assert!(ours.len() > 5, "{:?}", tree::names(&ours));
    tree::assert_same(&ours, &conformance::outputs_of_ninja(&hello));
}
