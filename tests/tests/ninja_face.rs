//! The ninja face says and returns what Ninja 1.13.2 does: both run the same invocations side by side.

use std::os::unix::fs::symlink;
use std::path::Path;

use mbuild_tests::{Finished, Project, Space, program};

const RULES: &str = "\
builddir = state
rule cat
  command = cat $in > $out
  description = CAT $out
rule cp
  command = cp $in $out
rule cc
  command = printf '%s: h1 h2\\n' $out > $out.d; cp $in $out
  depfile = $out.d
  deps = gcc
rule rsp
  command = cat $out.rsp > $out
  rspfile = $out.rsp
  rspfile_content = $in_newline
rule generate
  command = touch $out
  generator = 1
rule fail
  command = echo bad; exit 3
rule noisy
  command = printf 'a\\033[31mred\\033[0mb\\n'; touch $out
build mid: cat first.c second | third || fourth
build out: cp mid
build o.o: cc first.c
build response: rsp first.c second
build generated: generate
build everything: phony out o.o
build fail1 fail2: fail first.c
build checked: cp first.c |@ verdict
build verdict: fail checked
build sp$ ace: cp first.c
build loud: noisy first.c
default everything
";

/// What the help has to say of a later Ninja.
const LATER_HELP: &str = "  --status FMT   show progress as FMT says, which may have $variables
                 (for example '[$finished/$total] $description')
";

/// The same folder twice: one for Ninja, one for mbuild.
struct Pair<'a> {
    theirs: Project<'a>,
    ours: Project<'a>,
    face: std::path::PathBuf,
}

impl<'a> Pair<'a> {
    fn new(space: &'a Space, rules: &str) -> Self {
        let tools = space.project("tools");
        let face = tools.path("ninja");
        if !face.exists() {
            symlink(program::mbuild(), &face).expect("a link named ninja");
        }
        let pair = Self { theirs: space.project("theirs"), ours: space.project("ours"), face };
        for project in [&pair.theirs, &pair.ours] {
            project.write("build.ninja", rules);
            for file in ["first.c", "second", "third", "fourth", "h1", "h2"] {
                project.write(file, format!("{file}\n"));
            }
        }
        pair
    }

    fn run(&self, line: &str, variables: &[(&str, &str)]) -> (Finished, Finished) {
        let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
        let run = |project: &Project, program: &Path| {
            let mut invocation = project.program(program);
            invocation.arguments(&words);
            for (name, value) in variables {
                invocation.env(name, value);
            }
            let mut finished = invocation.run();
            for text in [&mut finished.stdout, &mut finished.stderr] {
                *text = neutral(text, project.dir(), program);
            }
            finished
        };
        (run(&self.theirs, program::reference_ninja()), run(&self.ours, &self.face))
    }

    /// Both say the same on both streams, and end with the same code.
    fn same(&self, line: &str) {
        self.same_with(line, &[]);
    }

    fn same_with(&self, line: &str, variables: &[(&str, &str)]) {
        let (theirs, ours) = self.run(line, variables);
        let show = |it: &Finished| format!("ninja {line}\ncode {}\n{}", it.code, it.said());
        assert_eq!(show(&ours), show(&theirs));
    }
}

/// What cannot be the same: the folder, the program's path, its version, addresses.
fn neutral(text: &str, dir: &Path, program: &Path) -> String {
    let mut text = text.replace(&program.display().to_string(), "ninja");
    text = text.replace(&dir.display().to_string(), "DIR");
    text = text.replace("1.13.2.git.kitware.jobserver-pipe-1", "1.13.2");
    text = text.replace(LATER_HELP, "");
    let mut names: Vec<String> = Vec::new();
    let lines = text.split_inclusive('\n').map(|line| match line.starts_with('"') {
        true => numbered(line, &mut names),
        false => line.to_owned(),
    });
    lines.collect()
}

/// A line of a graph with its nodes numbered in the order of appearance.
fn numbered(line: &str, names: &mut Vec<String>) -> String {
    let mut parts: Vec<String> = line.split('"').map(str::to_owned).collect();
    let arrow = parts.get(2).is_some_and(|part| part.starts_with(" ->"));
    for at in if arrow { vec![1, 3] } else { vec![1] } {
        let name = parts[at].clone();
        let number = names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        parts[at] = format!("n{number}");
    }
    parts.join("\"")
}

#[test]
fn lists_help_and_mistakes_in_flags() {
    let space = Space::new();
    let pair = Pair::new(&space, RULES);
    for line in [
        "-h",
        "--help",
        "--version",
        "-d list",
        "-w list",
        "-z",
        "--foo",
        "--ver",
        "--quiet=3",
        "-j",
        "-t",
        "-j x",
        "-j -1",
        "-k x",
        "-l x",
        "-d expl",
        "-d zzzzzz",
        "-w foo",
        "-w phonycycle=er",
        "-t cean",
        "-t zzzzzz",
        "-C nowhere",
        "-C nowhere -t rules",
        "-f nothing.ninja",
        "-f nothing.ninja -t rules",
    ] {
        pair.same(line);
    }
}

#[test]
fn the_list_of_tools_lacks_the_web_browser_only() {
    let space = Space::new();
    let pair = Pair::new(&space, RULES);
    let (theirs, ours) = pair.run("-t list", &[]);
    let kept = |line: &&str| !line.trim_start().starts_with("browse ");
    let theirs: Vec<&str> = theirs.stdout.lines().filter(kept).collect();
    assert_eq!(ours.stdout.lines().collect::<Vec<_>>(), theirs);
    assert_eq!(ours.code, 0);
}

#[test]
fn tools_that_read_the_rule_file() {
    let space = Space::new();
    let pair = Pair::new(&space, RULES);
    for line in [
        "-t targets",
        "-t targets all",
        "-t targets rule",
        "-t targets rule cp",
        "-t targets rule none",
        "-t targets depth",
        "-t targets depth 2",
        "-t targets depth 0",
        "-t targets al",
        "-t rules",
        "-t rules -d",
        "-t rules -h",
        "-t rules -z",
        "-t query mid",
        "-t query out everything",
        "-t query first.c",
        "-t query checked fail1",
        "-t query",
        "-t query first.c^",
        "-t query everything^",
        "-t query no/such/file",
        "-t commands",
        "-t commands out response",
        "-t commands -s out everything",
        "-t commands -h",
        "-t commands no/such/file",
        "-t inputs",
        "-t inputs -d out",
        "-t inputs everything checked",
        "-t inputs -0 out",
        "-t inputs -E out",
        "-t inputs --print0 mid",
        "-t inputs --bad",
        "-t multi-inputs out o.o",
        "-t multi-inputs -d : out",
        "-t multi-inputs --delimiter=, -0 mid",
        "-t multi-inputs -h",
        "-t graph",
        "-t graph mid checked",
        "-t compdb none",
        "-t compdb -h",
        "-t compdb-targets",
        "-t compdb-targets first.c",
        "-t compdb-targets no/such/file",
        "ignored -t rules",
        "-C . -t rules",
    ] {
        pair.same(line);
    }
}

/// Later Ninjas, and mbuild, have an entry for every input and none for what checks others only.
#[test]
fn compilation_databases_have_an_entry_for_the_first_input() {
    let space = Space::new();
    let pair = Pair::new(&space, RULES);
    for line in [
        "-t compdb",
        "-t compdb cp cat cp",
        "-t compdb -x rsp",
        "-t compdb-targets everything",
        "-t compdb-targets -x response",
    ] {
        let (theirs, ours) = pair.run(line, &[]);
        let entries = |it: &Finished| -> Vec<serde_json::Value> {
            serde_json::from_str(&it.stdout).expect("a list")
        };
        let mut theirs = entries(&theirs);
        theirs.retain(|entry| entry["output"] != "verdict");
        let mut ours = entries(&ours);
        let inputs = |entry: &serde_json::Value| match entry["output"].as_str() {
            Some("mid") => 4,
            Some("response" | "everything") => 2,
            _ => 1,
        };
        let mut more = 0;
        ours.retain(|entry| {
            let first = more == 0;
            more = if first { inputs(entry) } else { more } - 1;
            first
        });
        assert_eq!(ours, theirs, "ninja {line}");
    }
}

#[test]
fn builds_and_what_they_say() {
    let space = Space::new();
    let pair = Pair::new(&space, RULES);
    for line in [
        "-n out",
        "-n -v out",
        "-j1",
        "",
        "-C . out",
        "-C . --quiet out",
        "-j1 response generated",
        "-v checked -k1 -j1",
        "fail1",
        "--quiet fail1",
        "-j1 -k 3 fail1 loud",
        "-j1 -k 0 fail2",
        "loud",
        "no/such/file",
        "clean",
        "help",
        "first.c",
        "first.c^",
        "everything^",
    ] {
        pair.same(line);
    }
}

#[test]
fn a_status_format_of_ones_own() {
    let space = Space::new();
    let pair = Pair::new(&space, RULES);
    for format in ["%s/%t/%r/%u/%f %p %% ", "", "[%f/%t|%r] "] {
        pair.same_with("-j1 out", &[("NINJA_STATUS", format)]);
        pair.same("--quiet -t clean");
    }
    pair.same_with("generated", &[("NINJA_STATUS", "%q")]);
}

#[test]
fn colours_go_through_when_forced() {
    let space = Space::new();
    let pair = Pair::new(&space, RULES);
    pair.same_with("loud", &[("CLICOLOR_FORCE", "1")]);
    pair.same_with("fail1", &[("CLICOLOR_FORCE", "1")]);
    pair.same_with("fail1", &[("CLICOLOR_FORCE", "0")]);
}

#[test]
fn cleaning() {
    let space = Space::new();
    let pair = Pair::new(&space, RULES);
    let everything = "everything response generated loud";
    for line in [
        "-t clean",
        "-n -t clean",
        "-v -t clean mid",
        "-t clean -r cp",
        "-t clean -r",
        "-t clean -r none",
        "-t clean none",
        "-t clean -g",
        "-t clean -z",
        "-v -t clean -r cp cat",
        "--quiet -t clean",
    ] {
        pair.same(&format!("-j1 --quiet {everything}"));
        pair.same(line);
    }
}

#[test]
fn tools_that_read_the_state() {
    let space = Space::new();
    let pair = Pair::new(&space, RULES);
    for line in ["-t recompact", "-t restat", "-t cleandead", "-t missingdeps"] {
        pair.same(line);
    }
    pair.same("-j1");
    for line in [
        "-t recompact",
        "-t restat",
        "-t restat out",
        "-t restat -h",
        "-t cleandead",
        "-t missingdeps",
        "-t deps out",
        "-t deps no/such/file",
    ] {
        pair.same(line);
    }
    let (theirs, ours) = pair.run("-t deps", &[]);
    let known = |it: &Finished| {
        let lines = it.stdout.lines().map(|line| match line.split_once(", deps mtime ") {
            Some((start, rest)) => format!("{start} {}", rest.split_once(' ').expect("a mark").1),
            None => line.to_owned(),
        });
        lines.collect::<Vec<_>>()
    };
    assert_eq!(known(&ours), known(&theirs));
    for project in [&pair.theirs, &pair.ours] {
        project.edit("build.ninja", "build out: cp mid\n", "");
        project.edit("build.ninja", "phony out o.o", "phony o.o");
    }
    pair.same("-v -t cleandead");
    assert!(!pair.ours.path("out").exists());
    assert!(pair.ours.path("o.o").exists());
}

#[test]
fn mistakes_in_rule_files() {
    for rules in [
        "build a: nothing\n",
        "rule r\n  command = x\n  unknown = y\n",
        "rule r\n  command = touch $out\nbuild a: r missing\n",
        "rule r\n  command = touch $out\nbuild a: r b\nbuild b: r a\n",
        "rule r\n  command = touch $out\nbuild a: r\nbuild a: r\n",
        "include nothing.ninja\n",
        "ninja_required_version = 99.0\n",
        "build a: phony a\nbuild b: phony a\n",
        "rule r\n\tcommand = x\n",
        "",
    ] {
        let space = Space::new();
        let pair = Pair::new(&space, rules);
        for line in ["", "a", "-w phonycycle=err", "-t rules"] {
            pair.same(line);
        }
    }
}

#[test]
fn console_commands_own_the_terminal() {
    let space = Space::new();
    let rules = "\
rule console
  command = echo hi; touch $out
  pool = console
rule plain
  command = echo $out; touch $out
build a1: console
build a2: plain | a1
";
    let pair = Pair::new(&space, rules);
    pair.same("-j4");
}

#[test]
fn a_signal_to_a_command_is_an_interrupt() {
    for signal in ["INT", "TERM", "HUP"] {
        let space = Space::new();
        let rules = format!("rule r\n  command = kill -{signal} $$$$\nbuild a: r\n");
        let pair = Pair::new(&space, &rules);
        pair.same("a");
    }
}

#[test]
fn explanations_name_what_is_missing() {
    let space = Space::new();
    let pair = Pair::new(&space, RULES);
    pair.same("-d explain mid");
    pair.same("-d explain mid");
    for project in [&pair.theirs, &pair.ours] {
        project.remove("mid");
    }
    pair.same("-d explain mid");
    for project in [&pair.theirs, &pair.ours] {
        project.edit("build.ninja", "cat $in > $out", "cat $in >$out");
    }
    pair.same("-d explain mid");
}

#[test]
fn a_rule_file_that_makes_itself_is_read_again() {
    let space = Space::new();
    let rules = "\
rule configure
  command = cp $in $out
  generator = 1
rule touch
  command = touch $out
build build.ninja: configure template
build a: touch
";
    let pair = Pair::new(&space, rules);
    for project in [&pair.theirs, &pair.ours] {
        project.write("template", rules);
    }
    pair.same("-j1");
    pair.same("");
    for project in [&pair.theirs, &pair.ours] {
        std::thread::sleep(std::time::Duration::from_millis(20));
        project.edit("template", "build a: touch", "build b: touch\nbuild a: touch");
    }
    pair.same("b");
    for project in [&pair.theirs, &pair.ours] {
        std::thread::sleep(std::time::Duration::from_millis(20));
        project.edit("template", "build b: touch\n", "# nothing new\n");
    }
    pair.same("a");
    for project in [&pair.theirs, &pair.ours] {
        std::thread::sleep(std::time::Duration::from_millis(20));
        project.edit("build.ninja", "cp $in $out", "echo no; exit 4");
        project.edit("template", "# nothing new\n", "# more\n");
    }
    pair.same("a");
}

/// `script` gives a program a terminal; that of other systems has other flags.
#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_one_line_is_written_over() {
    let space = Space::new();
    let pair = Pair::new(&space, RULES);
    let run = |project: &Project, program: &Path, line: &str| {
        let command = format!("stty cols 40; exec {} {line}", program.display());
        let mut script = project.program("script");
        script.arguments(&["-qec", &command, "/dev/null"]).env("TERM", "xterm");
        let finished = script.run();
        (finished.code, neutral(&finished.stdout, project.dir(), program))
    };
    for line in ["-j1", "-j1 loud fail1", "-j1 -v generated loud", "-j1 response", "-j1 generated"]
    {
        let theirs = run(&pair.theirs, program::reference_ninja(), line);
        assert_eq!(run(&pair.ours, &pair.face, line), theirs, "ninja {line}");
    }
}
