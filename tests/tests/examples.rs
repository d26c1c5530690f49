//! The projects in `examples/` build, run and pass their tests.

use mbuild_tests::{Space, conformance, tree};

#[test]
fn hello_runs() {
    let space = Space::new();
    let hello = space.example("hello");
    let run = hello.mbuild(&["run", "--", "naïve reader"]).ok();
    let frame = "+----------------------+\n| Hello, naïve reader! |\n+----------------------+\n";
    assert!(run.stdout.ends_with(frame), "{}", run.said());
}

#[test]
fn hello_passes_its_test() {
    let space = Space::new();
    let hello = space.example("hello");
    hello.mbuild(&["configure", "--enable", "tests"]).ok();
    let test = hello.mbuild(&["test"]).ok();
    assert!(test.said().contains("1 test passed"), "{}", test.said());
    assert_eq!(hello.read("_mbuild/native/test/greet.log"), "greet: 3 checks passed\n");
}

#[test]
fn plain_ninja_makes_the_same_hello() {
    let space = Space::new();
    let hello = space.example("hello");
    let ours = conformance::outputs_of_mbuild(&hello);
    assert!(ours.len() > 5, "{:?}", tree::names(&ours));
    tree::assert_same(&ours, &conformance::outputs_of_ninja(&hello));
}

#[test]
fn console_draws_a_wave_and_says_how_it_is_called() {
    let space = Space::new();
    let console = space.example("console");
    let wave = console.mbuild(&["run", "-q", "--", "9"]).ok().stdout;
    let columns: Vec<usize> = wave.lines().map(str::len).collect();
    assert_eq!(columns, [17, 28, 33, 28, 17, 6, 1, 6, 17], "{wave}");
    let refused = console.mbuild(&["run", "-q", "--", "-1"]).fails(2);
    assert_eq!(
        (refused.stdout.as_str(), refused.stderr.as_str()),
        ("", "usage: console [LINES]\n")
    );
    // A comment in a header is a reason to compile and none to link.
    console.edit("wave.h", "columns from 1. */", "columns from one. */");
    let ran = console.mbuild(&["build"]).ok();
    assert_eq!(ran.ran().len(), 2, "{:?}", ran.ran());
}

#[test]
fn plain_ninja_makes_the_same_console() {
    let space = Space::new();
    let console = space.example("console");
    let ours = conformance::outputs_of_mbuild(&console);
    assert!(ours.len() > 2, "{:?}", tree::names(&ours));
    tree::assert_same(&ours, &conformance::outputs_of_ninja(&console));
}

#[test]
fn ping_passes_its_test_without_a_network() {
    let space = Space::new();
    let ping = space.example("ping");
    ping.mbuild(&["configure", "--enable", "tests"]).ok();
    let test = ping.mbuild(&["test"]).ok();
    assert!(test.said().contains("1 test passed"), "{}", test.said());
    assert_eq!(ping.read("_mbuild/native/test/answer.log"), "answer: 5 frames\n");
}

#[test]
fn a_comment_in_a_header_compiles_and_does_not_link() {
    let space = Space::new();
    let plain = space.example("plain-ninja");
    assert_eq!(plain.mbuild(&["ninja"]).ok().ran(), ["greet.o", "hello", "main.o"]);
    assert_eq!(plain.program(plain.path("hello")).ok().stdout, "Hello, plain Ninja!\n");

    plain.edit("greet.h", "/* Says hello. */", "/* Greets. */");
    let comment = plain.mbuild(&["ninja"]).ok();
    assert_eq!(comment.ran(), ["greet.o", "main.o"]);
    assert_eq!(comment.cut_off(), ["hello"]);
}

#[test]
fn plain_ninja_makes_the_same_plain_ninja() {
    let space = Space::new();
    let plain = space.example("plain-ninja");
    plain.mbuild(&["ninja"]).ok();
    let outputs = |name: &str| !name.contains(".ninja") && !name.starts_with(".mbuild");
    let ours = tree::read(plain.dir(), outputs);
    for output in ["greet.o", "hello", "main.o"] {
        plain.remove(output);
    }
    plain.reference_ninja(&[]).ok();
    tree::assert_same(&ours, &tree::read(plain.dir(), outputs));
}

#[test]
fn the_site_lists_its_pages_and_shows_them() {
    let space = Space::new();
    let site = space.example("static-site");
    let list =
        "index.html        155 bytes\nposts/first.html   86 bytes\nstyle.css          22 bytes\n";
    assert_eq!(site.mbuild(&["run"]).ok().stdout, list);
    let pages = site.mbuild(&["run", "--", "index.html", "/style.css"]).ok().stdout;
    assert_eq!(pages, site.read("pages/index.html") + &site.read("pages/style.css"));
    let said = site.mbuild(&["run", "--", "none.html"]).fails(1).stderr;
    assert!(said.ends_with("there is no page `none.html`\n"), "{said}");
}
