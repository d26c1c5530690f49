//! Inputs and outputs that only a dyndep file knows.

use crate::harness::Space;

const NOTHING: [&str; 0] = [];

/// A dyndep file that says this of `out`.
fn says(outputs: &str, inputs: &str) -> String {
    let bar = |list: &str| if list.is_empty() { String::new() } else { format!(" | {list}") };
    format!("ninja_dyndep_version = 1\nbuild out{}: dyndep{}\n", bar(outputs), bar(inputs))
}

#[test]
fn a_dyndep_file_that_is_there_adds_inputs_and_outputs() {
    let space = Space::new(
        "rule both\n  command = touch out out.imp\nbuild out: both || dd\n  dyndep = dd\n\
         build in: touch\nbuild user: cat out.imp\n",
    );
    space.write("dd", &says("out.imp", "in"));
    assert_eq!(space.ran(&["out"]), ["in", "out"]);
    assert_eq!(space.ran(&["out"]), NOTHING);
    assert_eq!(space.ran(&["out", "user"]), ["user"]);
    space.remove("out.imp");
    assert_eq!(space.ran(&["out", "user"]), ["out"]);
}

#[test]
fn a_dyndep_file_is_made_and_then_loaded() {
    let space = Space::new(
        "rule cp\n  command = cp $in $out\nbuild dd: cp dd-in\nbuild out: touch || dd\n\
         \x20 dyndep = dd\nbuild in: cat src\nbuild end: cat out\n",
    );
    space.write("dd-in", &says("", "in"));
    space.write("src", "1");
    let happened = space.build(&["end"]);
    assert_eq!(happened.ran, ["dd", "in", "out", "end"]);
    assert_eq!(happened.planned, [3, 4]);
    assert_eq!(space.ran(&["end"]), NOTHING);
    space.write("src", "2");
    assert_eq!(space.build(&["end"]).ran, ["in", "out"]);
    space.write("dd-in", &format!("{}# no change\n", says("", "in")));
    let happened = space.build(&["end"]);
    assert_eq!(happened.ran, ["dd"]);
    assert_eq!(space.ran(&["end"]), NOTHING);
}

#[test]
fn a_dyndep_file_that_is_made_may_take_inputs_away() {
    let space = Space::new(
        "rule cp\n  command = cp $in $out\nbuild dd: cp dd-in\nbuild out: touch || dd\n\
         \x20 dyndep = dd\nbuild in: cat src\n",
    );
    space.write("dd-in", &says("", "in"));
    space.write("src", "1");
    space.ran(&["out"]);
    space.write("dd-in", &says("", ""));
    space.write("src", "2");
    assert_eq!(space.ran(&["out"]), ["dd", "out"]);
}

#[test]
fn a_dyndep_file_may_come_from_a_file_that_another_one_tells_of() {
    let space = Space::new(
        "rule cp\n  command = cp $src $out\nbuild dd1: cp\n  src = dd1-in\nbuild dd0: cp || dd1\n\
         \x20 src = dd0-in\n  dyndep = dd1\nbuild out: touch || dd0\n  dyndep = dd0\n\
         build in: touch\nbuild in0: touch\n",
    );
    space.write("dd1-in", "ninja_dyndep_version = 1\nbuild dd0: dyndep | in0\n");
    space.write("dd0-in", &says("", "in"));
    assert_eq!(space.ran(&["out"]), ["dd1", "in0", "dd0", "in", "out"]);
    assert_eq!(space.ran(&["out"]), NOTHING);
}

#[test]
fn mistakes_of_dyndep_files_have_the_words_of_ninja() {
    let space = Space::new("build out: touch || dd\n  dyndep = dd\nbuild in: cat out\n");
    let missing = "'dd', needed by 'out', missing and no known rule to make it";
    let error = space.error(&["out"]);
    assert!(error == missing || error == "loading 'dd': No such file or directory", "{error}");
    space.write("dd", "build out: dyndep\n");
    assert!(space.error(&["out"]).starts_with("dd:1"), "{}", space.error(&["out"]));
    space.write("dd", &says("", "in"));
    assert_eq!(space.error(&["out"]), "dependency cycle: out -> in -> out");
}

#[test]
fn a_mistake_in_a_dyndep_file_that_was_just_made_stops_the_build() {
    let space = Space::new(
        "build dd: cat dd-in\nbuild out: touch || dd\n  dyndep = dd\nbuild in: cat out\n\
         build out-twice: touch\n",
    );
    space.write("dd-in", "nothing of the kind\n");
    assert!(space.error(&["out"]).starts_with("dd:1"));
    assert!(space.exists("dd") && !space.exists("out"));
    space.write("dd-in", &says("", "in"));
    assert_eq!(space.error(&["out"]), "dependency cycle: out -> in -> out");
    space.write("dd-in", &says("out-twice", ""));
    assert!(space.error(&["out"]).contains("multiple rules generate out-twice"));
}

#[test]
fn a_dry_run_does_not_wait_for_dyndep_files() {
    let mut space = Space::new(
        "build dd: cat dd-in\nbuild out: touch || dd\n  dyndep = dd\nbuild end: cat out\n",
    );
    space.write("dd-in", &says("", ""));
    space.settings.dry_run = true;
    assert_eq!(space.ran(&["end"]), ["dd", "out", "end"]);
}

#[test]
fn many_dyndep_files_settle_in_one_build() {
    let mut rules = String::from("rule cp\n  command = cp $in $out\n");
    let mut all = String::from("build all: phony");
    for library in 0..20 {
        rules += &format!(
            "build {library}.dd: cp {library}.in\nbuild {library}.out: touch || {library}.dd\n\
             \x20 dyndep = {library}.dd\n"
        );
        all += &format!(" {library}.out");
    }
    let mut space = Space::new(&format!("{rules}{all}\n"));
    space.settings.jobs = Some(4);
    for library in 0..20 {
        let inputs = if library == 0 { String::new() } else { format!(" | {}.out", library - 1) };
        space.write(
            &format!("{library}.in"),
            &format!("ninja_dyndep_version = 1\nbuild {library}.out: dyndep{inputs}\n"),
        );
    }
    let ran = space.ran(&["all"]);
    assert_eq!(ran.len(), 40);
    let outputs: Vec<&String> = ran.iter().filter(|name| name.ends_with(".out")).collect();
    let in_order: Vec<String> = (0..20).map(|library| format!("{library}.out")).collect();
    assert_eq!(outputs, in_order.iter().collect::<Vec<_>>());
    assert_eq!(space.ran(&["all"]), NOTHING);
}

#[test]
fn dyndep_files_that_are_ready_together_are_loaded_into_one_plan() {
    let mut rules = String::new();
    for at in 0..20 {
        rules += &format!("build dd{at}: cat dd{at}-in\n");
        rules += &format!("build out{at}: touch || dd{at}\n  dyndep = dd{at}\n");
    }
    let space = Space::new(&rules);
    for at in 0..20 {
        let said = format!("ninja_dyndep_version = 1\nbuild out{at}: dyndep | extra{at}\n");
        space.write(&format!("dd{at}-in"), &said);
        space.write(&format!("extra{at}"), "");
    }
    let ran = space.ran(&[]);
    assert_eq!(ran.len(), 40);
    assert_eq!(space.ran(&[]), [""; 0]);
    space.write("extra7", "1");
    assert_eq!(space.ran(&[]), ["out7"]);
}
