//! `mbuild doctor`: what works is told from what does not, by trying.

use mbuild_tests::{Finished, Project, Space};
use serde_json::Value;

/// The findings about `what` in an area.
fn findings<'a>(all: &'a Value, area: &str, what: &str) -> Vec<&'a Value> {
    let all = all["findings"].as_array().expect("findings");
    all.iter().filter(|it| it["area"] == area && it["what"] == what).collect()
}

fn json(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout).expect("JSON")
}

#[test]
fn the_compilers_of_this_machine_work() {
    let space = Space::new();
    let project = space.project("empty");
    let text = project.mbuild(&["doctor", "native", "bytecode"]).ok().stdout;
    assert!(text.starts_with("machine\n  ok     folder: it can be written"), "{text}");
    let ran = "  ok     program: one with floating point was built and ran\n";
    assert_eq!(text.matches(ran).count(), 2, "{text}");
    assert!(text.ends_with("\nnative works\nbytecode works\n"), "{text}");
    let all = json(&project.mbuild(&["doctor", "native", "--json"]).ok());
    assert_eq!(all["works"], true);
    assert_eq!(findings(&all, "native", "program")[0]["help"], Value::Null);
    // Nothing is left where it looked.
    assert_eq!(std::fs::read_dir(project.dir()).expect("the folder").count(), 0);
}

#[test]
fn without_a_compiler_it_says_what_installs_one() {
    let space = Space::new();
    let project = space.project("empty");
    let mut doctor = project.mbuild(&["doctor", "native", "--json"]);
    let all = json(&doctor.env("PATH", space.path("nowhere")).fails(4));
    assert_eq!(all["works"], false);
    let needs = findings(&all, "native", "need");
    assert!(needs.iter().any(|it| it["found"] == "the OCaml compiler is not there"), "{all}");
    let mut doctor = project.mbuild(&["doctor", "native"]);
    let text = doctor.env("PATH", space.path("nowhere")).fails(4).stdout;
    assert!(text.ends_with("\nnative does not work\n"), "{text}");
}

#[test]
fn what_is_wrong_with_the_machine_is_told_and_does_not_count() {
    let space = Space::new();
    let project = space.project("empty");
    let mut doctor = project.mbuild(&["doctor", "native", "--json"]);
    doctor
        .env("MBUILD_CACHE_DIR", "/dev/null/store")
        .env("MAKEFLAGS", "--jobserver-auth=fifo:/none");
    let all = json(&doctor.ok());
    let store = findings(&all, "machine", "store")[0];
    assert_eq!(store["found"], "`/dev/null/store` cannot be written: Not a directory");
    assert_eq!(store["help"], "name another folder with `MBUILD_CACHE_DIR`");
    let server = findings(&all, "machine", "jobserver")[0];
    assert_eq!(server["found"], "`MAKEFLAGS` names `/none`, which is no fifo");
    assert_eq!((&store["ok"], &server["ok"]), (&Value::Bool(false), &Value::Bool(false)));
}

#[test]
fn an_unknown_target_is_a_usage_error() {
    let space = Space::new();
    let said = space.project("empty").mbuild(&["doctor", "natve"]).fails(2).stderr;
    assert_eq!(said, "error: there is no target `natve`\n  help: did you mean `native`?\n");
}

/// A target whose programs run by this shell command.
fn with_target<'a>(space: &'a Space, run: &str) -> Project<'a> {
    let project = space.project("own");
    let target = format!(
        "[targets.own]\nabout = \"x\"\ntoolchain = \"native\"\n\
         [targets.own.run]\ncommand = [\"sh\", \"-c\", '{run}', \"{{program}}\", \"{{line}}\"]\n"
    );
    project.write("mbuild.toml", target);
    project
}

#[test]
fn a_program_that_dies_is_told_with_its_last_words() {
    let space = Space::new();
    let project = with_target(&space, "echo no such instruction; exit 1");
    let all = json(&project.mbuild(&["doctor", "own", "--json"]).fails(4));
    let program = findings(&all, "own", "program")[0];
    assert_eq!(program["found"], "one with floating point does not run: no such instruction");
}

#[test]
fn a_program_that_never_ends_is_ended() {
    let space = Space::new();
    let project = with_target(&space, "sleep 4321.5");
    let all = json(&project.mbuild(&["doctor", "own", "--json"]).fails(4));
    let program = findings(&all, "own", "program")[0];
    let found = "one with floating point does not run: it was not done after 20 s";
    assert_eq!(program["found"], found);
    let left = std::process::Command::new("pgrep").args(["-f", "^sleep 4321.5"]).output();
    assert_eq!(left.expect("pgrep runs").stdout, b"");
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn guests_are_found_to_run_by_running_one() {
    let space = Space::new();
    let console = space.example("console");
    let targets = ["solo5-spt", "solo5-virtio", "solo5-xen", "solo5-hvt"];
    let words = [&["doctor", "--json"], targets.as_slice()].concat();
    let all = json(&console.mbuild_with_toolchain(&words).run());
    for target in &targets[..3] {
        assert_eq!(findings(&all, target, "program")[0]["ok"], true, "{all}");
    }
    // A KVM that cannot add fractions cannot draw a wave either, and who has none has no such guest.
    let wave =
        console.mbuild_with_toolchain(&["run", "-q", "--target", "solo5-hvt", "--", "1"]).run();
    let runs = findings(&all, "solo5-hvt", "program").iter().any(|it| it["ok"] == true);
    assert_eq!(runs, wave.code == 0, "{all}\n{}", wave.said());
    assert_eq!(all["works"], runs);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_target_without_its_toolchain_is_told_with_what_makes_it() {
    let space = Space::new();
    let project = space.project("empty");
    let all = json(&project.mbuild(&["doctor", "solo5-spt", "--json"]).fails(4));
    let need = findings(&all, "solo5-spt", "need")[0];
    assert_eq!(need["found"], "toolchain solo5-x86_64 is not there");
    assert_eq!(need["help"], "run `mbuild toolchain install solo5-spt`");
    assert!(findings(&all, "solo5-spt", "program").is_empty());
}
