//! What `query`, `graph`, `log`, `explain` and `profile` say of builds that were done.

use std::path::Path;
use std::time::{Duration, Instant};

use mbuild_tests::{Project, Space};
use serde_json::Value;

/// Every kind of dependency: `found.h` is known from depfiles only, `late` from a dyndep file.
const KINDS: &str = "\
rule cc
  command = cat $in > $out && echo '$out: found.h' > $out.d
  depfile = $out.d
  deps = gcc
rule ld
  command = cat $in > $out
rule scan
  command = printf 'ninja_dyndep_version = 1\\nbuild prog: dyndep | late\\n' > $out
rule check
  command = test -s $in && touch $out
build gen.h: ld gen.in
build a.o: cc a.c || gen.h
build b.o: cc b.c | flags || gen.h
build late: ld late.in
build deps.dd: scan a.c
build prog: ld a.o b.o || deps.dd |@ checked
  dyndep = deps.dd
build checked: check prog
build other: ld b.o other.in
build all: phony prog other
default all
";

fn kinds(space: &Space) -> Project<'_> {
    let project = space.project("kinds");
    project.write("build.ninja", KINDS);
    for source in ["gen.in", "a.c", "b.c", "flags", "late.in", "other.in", "found.h"] {
        project.write(source, format!("{source}\n"));
    }
    project.mbuild(&["build"]).ok();
    project
}

fn plain(space: &Space) -> Project<'_> {
    let plain = space.example("plain-ninja");
    plain.mbuild(&["build"]).ok();
    plain
}

fn lines(project: &Project<'_>, arguments: &[&str]) -> Vec<String> {
    project.mbuild(arguments).ok().stdout.lines().map(str::to_owned).collect()
}

fn json(project: &Project<'_>, arguments: &[&str]) -> Value {
    serde_json::from_str(&project.mbuild(arguments).ok().stdout).expect("one JSON object")
}

/// Python's parser reads it.
fn assert_is_xml(project: &Project<'_>, path: &Path) {
    let script = "import sys, xml.etree.ElementTree as tree; tree.parse(sys.argv[1])";
    let mut python = project.program("python3");
    python.arguments(&["-c", script]).arguments(&[path]).ok();
}

#[test]
fn dependencies_of_every_kind_are_listed_once() {
    let space = Space::new();
    let project = kinds(&space);
    let mut deps = lines(&project, &["query", "deps", "prog"]);
    deps.sort();
    let needed = [
        "a.c", "a.o", "b.c", "b.o", "deps.dd", "flags", "found.h", "gen.h", "gen.in", "late",
        "late.in",
    ];
    assert_eq!(deps, needed);
    let direct = lines(&project, &["query", "deps", "prog", "--direct"]);
    assert_eq!(direct, ["a.o", "b.o", "late", "deps.dd"]);
    assert_eq!(lines(&project, &["query", "deps", "prog", "--depth", "1"]), direct);
    let validations = lines(&project, &["query", "deps", "prog", "--kind", "validation"]);
    assert_eq!(validations, ["checked"]);
    let found = lines(&project, &["query", "deps", "a.o", "--kind", "discovered,order-only"]);
    assert_eq!(found, ["gen.h", "found.h"]);
}

#[test]
fn what_needs_a_file_is_listed_whoever_told_of_it() {
    let space = Space::new();
    let project = kinds(&space);
    let users = lines(&project, &["query", "rdeps", "found.h"]);
    assert_eq!(users, ["a.o", "b.o", "prog", "other", "checked", "all"]);
    assert_eq!(lines(&project, &["query", "rdeps", "late", "--direct"]), ["prog"]);
    let answer = json(&project, &["query", "rdeps", "late.in", "--json"]);
    assert_eq!(answer["of"], serde_json::json!(["late.in"]));
    let files = answer["files"].as_array().expect("files");
    assert_eq!(files[1]["path"], "prog");
    assert_eq!(files[1]["kind"], "implicit");
    assert_eq!((files[1]["depth"].as_u64(), files[1]["from"].as_str()), (Some(2), Some("late")));
    assert_eq!(files[1]["rule"], "ld");
}

#[test]
fn a_path_says_how_each_step_is_one() {
    let space = Space::new();
    let project = kinds(&space);
    let path = lines(&project, &["query", "somepath", "all", "found.h"]);
    assert_eq!(path, ["all", "  explicit    prog", "  explicit    a.o", "  discovered  found.h"]);
    let path = lines(&project, &["query", "somepath", "b.o", "gen.in"]);
    assert_eq!(path, ["b.o", "  order-only  gen.h", "  explicit    gen.in"]);
    let path = lines(&project, &["query", "somepath", "all", "checked"]);
    assert_eq!(path, ["all", "  explicit    prog", "  validation  checked"]);
    let none = project.mbuild(&["query", "somepath", "a.o", "prog"]).fails(1);
    assert_eq!(none.stdout, "");
    assert_eq!(none.stderr, "`a.o` does not need `prog`; `prog` needs `a.o`\n");
    let none = project.mbuild(&["query", "somepath", "a.o", "b.o", "--json"]).fails(1);
    let none: Value = serde_json::from_str(&none.stdout).expect("JSON all the same");
    assert_eq!(none["steps"], Value::Null);
}

#[test]
fn what_only_a_goal_needs_is_what_would_go_with_it() {
    let space = Space::new();
    let project = kinds(&space);
    let mut only = lines(&project, &["query", "only", "prog"]);
    only.sort();
    // `b.o` is needed by `other`, and with it `found.h` and `gen.h`; `deps.dd` needs `a.c`.
    assert_eq!(only, ["a.c", "a.o", "deps.dd", "late", "late.in"]);
    assert_eq!(lines(&project, &["query", "only", "other"]), ["other.in"]);
}

#[test]
fn outputs_of_a_rule_are_listed_and_a_slip_is_corrected() {
    let space = Space::new();
    let project = kinds(&space);
    assert_eq!(lines(&project, &["query", "outputs", "cc"]), ["a.o", "b.o"]);
    let answer = json(&project, &["query", "outputs", "cc", "--json"]);
    assert_eq!(answer, serde_json::json!({ "rule": "cc", "outputs": ["a.o", "b.o"] }));
    let wrong = project.mbuild(&["query", "outputs", "chekc"]).fails(2);
    assert!(wrong.stderr.contains("did you mean `check`?"), "{}", wrong.said());
    let wrong = project.mbuild(&["query", "rdeps", "fuond.h"]).fails(2);
    assert!(wrong.stderr.contains("did you mean `found.h`?"), "{}", wrong.said());
    let wrong = project.mbuild(&["graph", "porg"]).fails(2);
    assert!(wrong.stderr.contains("did you mean `prog`?"), "{}", wrong.said());
}

#[test]
fn the_graph_is_drawn_with_what_commands_told_of() {
    let space = Space::new();
    let project = kinds(&space);
    let dot = project.mbuild(&["graph", "prog"]).ok().stdout;
    for part in ["label=\"ld:\\nprog\", penwidth=2", "found.h", "style=dotted", "arrowhead=empty"] {
        assert!(dot.contains(part), "`{part}` in {dot}");
    }
    assert!(!dot.contains("other"), "{dot}");
    let small = project.mbuild(&["graph", "prog", "--depth", "1", "--no-sources"]).ok().stdout;
    assert!(small.contains("cc:\\na.o\\n(1 more)") && !small.contains("gen"), "{small}");

    let said = project.mbuild(&["graph", "--format", "svg", "-o", "graph.svg"]).ok();
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("", "wrote graph.svg\n"));
    assert_is_xml(&project, &project.path("graph.svg"));
    let svg = project.read("graph.svg");
    for part in ["edge discovered", "edge order-only", "edge validation", ">found.h<", ">all<"] {
        assert!(svg.contains(part), "`{part}` in {svg}");
    }
    project.mbuild(&["graph", "-o", "no/such/folder"]).fails(5);
}

#[test]
fn a_picture_of_a_huge_graph_is_refused_with_ways_to_narrow_it() {
    let space = Space::new();
    let project = space.project("huge");
    let mut rules = String::from("rule touch\n  command = touch $out\n");
    for number in 0..1000 {
        rules += &format!("build out{number}: touch\n");
    }
    project.write("build.ninja", rules);
    let refused = project.mbuild(&["graph", "--format", "svg"]).fails(2);
    assert!(refused.stderr.contains("1000 boxes and 0 arrows are too many"), "{}", refused.said());
    assert!(refused.stderr.contains("--depth"), "{}", refused.said());
    assert!(project.mbuild(&["graph"]).ok().stdout.contains("out999"));
    project.mbuild(&["graph", "--format", "svg", "out7"]).ok();
}

#[test]
fn past_builds_are_listed_and_one_is_told_in_full() {
    let space = Space::new();
    let plain = plain(&space);
    plain.edit("greet.h", "/* Says hello. */", "/* Greets. */");
    plain.mbuild(&["build", "-j", "2"]).ok();
    plain.mbuild(&["build"]).ok();
    let log = lines(&plain, &["log"]);
    assert_eq!(log.len(), 3, "a build with nothing to do is not kept: {log:?}");
    assert!(log[1].ends_with("ok       mbuild build -j 2"), "{log:?}");

    let builds = json(&plain, &["log", "--json"]);
    let newest = &builds["builds"][0];
    assert_eq!(newest["build"], 2);
    assert_eq!(newest["jobs"], 2);
    assert_eq!(newest["outcome"], "ok");
    assert_eq!((newest["ran"].as_u64(), newest["cut_off"].as_u64()), (Some(2), Some(1)));
    assert!(newest["wall_ms"].as_u64().is_some_and(|wall| wall > 0), "{newest}");

    let last = plain.mbuild(&["log", "-1"]).ok().stdout;
    assert!(last.contains("2 jobs, 2 ran, 1 cut off"), "{last}");
    assert!(last.contains("input `greet.h` changed") && !last.contains("hello\n"), "{last}");
    let first = json(&plain, &["log", "1", "--json"]);
    let runs = first["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 3);
    let link = runs.iter().find(|run| run["output"] == "hello").expect("the link");
    let object = runs.iter().find(|run| run["output"] == link["after"]).expect("an object");
    assert!(link["ready_ms"].as_u64() >= object["end_ms"].as_u64(), "{first}");
    assert_eq!(link["reasons"][0]["why"], "never_ran");

    let wrong = plain.mbuild(&["log", "7"]).fails(2);
    assert!(wrong.stderr.contains("the last one is 2"), "{}", wrong.said());
}

#[test]
fn a_build_that_still_runs_is_listed_as_unfinished() {
    let space = Space::new();
    let project = space.project("project");
    project.write("build.ninja", "rule slow\n  command = sleep 2; touch $out\nbuild out: slow\n");
    let mut invocation = project.mbuild(&["build"]);
    let mut build = invocation.start();
    let begun = Instant::now();
    while lines(&project, &["log"]).len() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the build is not listed");
    }
    let log = json(&project, &["log", "--json"]);
    assert_eq!(log["builds"][0]["outcome"], Value::Null);
    assert!(lines(&project, &["log"])[1].contains("unfinished"));
    assert!(build.wait().expect("it ends").success());
    assert_eq!(json(&project, &["log", "--json"])["builds"][0]["outcome"], "ok");
}

#[test]
fn what_came_from_the_store_is_counted_apart() {
    let space = Space::new();
    let plain = plain(&space);
    for output in ["greet.o", "main.o", "hello"] {
        plain.remove(output);
    }
    plain.mbuild(&["build"]).ok();
    let newest = json(&plain, &["log", "--limit", "1", "--json"])["builds"][0].clone();
    assert_eq!((newest["ran"].as_u64(), newest["restored"].as_u64()), (Some(0), Some(3)));
    let svg = plain.mbuild(&["profile"]).ok().stdout;
    assert!(svg.contains("3 restored") && svg.contains("store"), "{svg}");
}

#[test]
fn the_slowest_and_the_most_rebuilt_are_found_with_their_reasons() {
    let space = Space::new();
    let project = space.project("project");
    project.write(
        "build.ninja",
        "rule slow\n  command = sleep 0.2 && cat $in > $out\nrule cp\n  command = cat $in > $out\n\
         build slow: slow slow.in\nbuild often: cp often.in\n",
    );
    project.write("slow.in", "").write("often.in", "");
    for edit in ["1", "2", "3"] {
        project.write("often.in", edit);
        project.mbuild(&["build"]).ok();
    }
    let slowest = lines(&project, &["log", "--slowest", "--limit", "1"]);
    assert!(slowest.len() == 2 && slowest[1].ends_with(" 1  slow"), "{slowest:?}");
    let of_one = lines(&project, &["log", "1", "--slowest", "--limit", "1"]);
    assert!(of_one.iter().any(|line| line.ends_with("slow")), "{of_one:?}");
    let often = project.mbuild(&["log", "--most-rebuilt"]).ok().stdout;
    assert!(often.contains("2 x input `often.in` changed"), "{often}");
    assert!(!often.contains("slow"), "{often}");
    let often = json(&project, &["log", "--most-rebuilt", "--json"]);
    let action = &often["most_rebuilt"][0];
    assert_eq!((action["output"].as_str(), action["runs"].as_u64()), (Some("often"), Some(3)));
    assert_eq!(action["reasons"][0]["count"], 2);
    assert_eq!(action["reasons"][0]["reason"]["path"], "often.in");
}

#[test]
fn a_goal_is_explained_in_a_build_of_long_ago() {
    let space = Space::new();
    let plain = plain(&space);
    plain.edit("greet.c", "Hello", "Welcome");
    plain.mbuild(&["build"]).ok();
    plain.edit("main.c", "plain Ninja", "Ninja");
    plain.mbuild(&["build"]).ok();
    let explained = |words: &[&str]| {
        let words = [&["explain"], words].concat();
        plain.mbuild(&words).ok().stdout
    };
    let two_ago = explained(&["hello", "--build", "-2"]);
    assert_eq!(two_ago, explained(&["hello", "--build", "2"]));
    assert!(two_ago.starts_with("build 2, "), "{two_ago}");
    assert!(two_ago.contains("  input `greet.c` changed\nhello ran in "), "{two_ago}");
    assert!(two_ago.contains("  input `greet.o` changed\n"), "{two_ago}");
    assert!(!two_ago.contains("main"), "{two_ago}");
    let not_then = explained(&["main.o", "--build", "2"]);
    assert!(not_then.contains("main.o did not run in it; it ran last in build 3, "), "{not_then}");
    assert!(explained(&["--build", "1"]).contains("main.o ran in "));
    assert!(explained(&["main.o"]).contains("main.o ran "));
    plain.mbuild(&["explain", "hello", "--build", "0"]).fails(2);
}

#[test]
fn a_profile_shows_slots_and_the_critical_path() {
    let space = Space::new();
    let project = space.project("project");
    project.write(
        "build.ninja",
        "time = 0.05\nrule work\n  command = sleep $time && touch $out\n\
         build long: work\n  time = 0.4\nbuild name: phony long\nbuild end: work name short\n\
         build short: work\nbuild short2: work\n",
    );
    project.mbuild(&["build", "-j2"]).ok();
    project.mbuild(&["profile", "-o", "profile.svg"]).ok();
    assert_is_xml(&project, &project.path("profile.svg"));
    let svg = project.read("profile.svg");
    for part in [
        ">slot 1<",
        ">slot 2<",
        ">critical<",
        ">running<",
        ">ready<",
        "4 \u{d7} work",
        "in 2 actions",
    ] {
        assert!(svg.contains(part), "`{part}` in {svg}");
    }
    assert!(!svg.contains(">slot 3<") && !svg.contains("<script"), "{svg}");

    let trace = json(&project, &["profile", "-1", "--format", "chrome"]);
    let events = trace["traceEvents"].as_array().expect("events");
    let span = |name: &str| {
        let found = events.iter().find(|event| event["ph"] == "X" && event["name"] == name);
        found.unwrap_or_else(|| panic!("no span `{name}` in {trace}"))
    };
    assert!(span("long")["dur"].as_u64().is_some_and(|time| time >= 400_000), "{trace}");
    assert_eq!(span("end")["args"]["waited_for"], "long");
    let critical = |name: &str| span(name)["args"]["critical"] == true;
    assert_eq!(["long", "end", "short", "short2"].map(critical), [true, true, false, false]);
    let slots: Vec<_> = ["long", "short"].map(|name| span(name)["tid"].clone()).into();
    assert_ne!(slots[0], slots[1]);
}

#[test]
fn what_ninja_s_face_built_can_be_asked_about_and_where_nothing_was_there_is_no_answer() {
    let space = Space::new();
    let plain = space.example("plain-ninja");
    assert_eq!(plain.mbuild(&["log"]).ok().stderr, "nothing was built here yet\n");
    assert_eq!(json(&plain, &["log", "--json"]), serde_json::json!({ "builds": [] }));
    let none = plain.mbuild(&["profile"]).fails(2);
    assert!(none.stderr.contains("nothing was built here yet"), "{}", none.said());
    plain.mbuild(&["ninja"]).ok();
    assert!(lines(&plain, &["log"])[1].ends_with("ok       mbuild ninja"));
    let way = lines(&plain, &["query", "somepath", "hello", "greet.h"]);
    assert_eq!(way, ["hello", "  explicit    main.o", "  discovered  greet.h"]);
}

#[test]
fn sections_of_a_package_are_goals_of_questions() {
    let space = Space::new();
    let hello = space.example("hello");
    hello.mbuild(&["build"]).ok();
    let path = lines(&hello, &["query", "somepath", "hello", "src/greet.ml"]);
    assert_eq!(path[0], "exe:hello");
    assert_eq!(path.last().map(String::as_str), Some("  explicit    src/greet.ml"));
    let affected = lines(&hello, &["query", "rdeps", "src/greet_stubs.c"]);
    assert!(affected.contains(&"exe:hello".to_owned()), "{affected:?}");
    hello.mbuild(&["graph", "hello", "--format", "svg", "-o", "graph.svg"]).ok();
    assert_is_xml(&hello, &hello.path("graph.svg"));
    let log = hello.mbuild(&["log", "-1"]).ok().stdout;
    assert!(log.contains("15 ran"), "{log}");
}
