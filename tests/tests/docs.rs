//! Every `console` block of README and the book runs, and prints what it says.
//!
//! A line `$ command` (and `> ` lines that continue it) runs in a copy of the project that the page
//! works on; the lines after it are what it prints, stdout and stderr together. `...` stands for any part of a line, alone on
//! a line for any lines. All blocks of a file run in order in one folder; a line `<!-- dir: PATH -->`
//! starts over in a copy of that folder of the repository. `<!-- dir: PATH on SYSTEM PROCESSOR -->` is for
//! what only that can do, which has a toolchain for unikernels then.

use std::fs;
use std::path::PathBuf;

use mbuild_tests::{Project, Space, program};

/// A command and what it should print.
struct Step {
    line: usize,
    command: String,
    expected: Vec<String>,
}

/// Steps that run in a copy of the same folder.
struct Session {
    dir: String,
    /// The only machine that can do it, empty for any.
    on: String,
    steps: Vec<Step>,
}

fn sessions(text: &str) -> Vec<Session> {
    let mut sessions =
        vec![Session { dir: "examples/hello".to_string(), on: String::new(), steps: Vec::new() }];
    let mut in_block = false;
    for (index, line) in text.lines().enumerate() {
        let session = sessions.last_mut().expect("there is a first");
        if !in_block {
            let dir = line.strip_prefix("<!-- dir: ").and_then(|rest| rest.strip_suffix(" -->"));
            if let Some(dir) = dir {
                let (dir, on) = dir.split_once(" on ").unwrap_or((dir, ""));
                let (dir, on) = (dir.to_string(), on.to_string());
                sessions.push(Session { dir, on, steps: Vec::new() });
            }
            in_block = line == "```console";
        } else if line == "```" {
            in_block = false;
        } else if let Some(command) = line.strip_prefix("$ ") {
            let (command, expected) = (command.to_string(), Vec::new());
            session.steps.push(Step { line: index + 1, command, expected });
        } else if let Some(more) = line.strip_prefix("> ") {
            let step = session.steps.last_mut().expect("a block begins with a command");
            step.command.push('\n');
            step.command.push_str(more);
        } else {
            let step = session.steps.last_mut().expect("a block begins with a command");
            step.expected.push(line.to_string());
        }
    }
    sessions
}

/// `...` matches any part of a line.
fn line_matches(expected: &str, line: &str) -> bool {
    let mut parts = expected.split("...");
    let Some(mut rest) = parts.next().and_then(|first| line.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// `...` alone on a line matches any lines.
fn output_matches(expected: &[String], output: &[&str]) -> bool {
    match expected.split_first() {
        None => output.is_empty(),
        Some((first, rest)) if first == "..." => {
            (0..=output.len()).any(|skip| output_matches(rest, &output[skip..]))
        }
        Some((first, rest)) => output.split_first().is_some_and(|(line, more)| {
            line_matches(first, line.trim_end()) && output_matches(rest, more)
        }),
    }
}

/// Where commands of a page run: mbuild first on `PATH`, in a copy of the session's folder.
fn run(project: &Project, command: &str, with_toolchain: bool) -> String {
    let bin = program::mbuild().parent().expect("a program is in a folder");
    let script = format!("exec 2>&1\n{command}");
    let mut shell = project.program("bash");
    shell.arguments(&["-c", &script]).path_first(bin);
    if with_toolchain {
        shell.env("XDG_DATA_HOME", program::toolchains());
    }
    shell.run().stdout
}

fn check(page: &str) -> usize {
    let text = fs::read_to_string(program::repository(page)).expect("a page");
    let mut checked = 0;
    for session in sessions(&text) {
        let here = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
        if session.steps.is_empty() || !session.on.is_empty() && session.on != here {
            continue;
        }
        let space = Space::new();
        let project = space.pristine(&session.dir, "project");
        for step in session.steps {
            let output = run(&project, &step.command, !session.on.is_empty());
            let lines: Vec<&str> = output.lines().collect();
            assert!(
                output_matches(&step.expected, &lines),
                "{page}:{}: `{}` printed\n{output}\nand not\n{}",
                step.line,
                step.command,
                step.expected.join("\n"),
            );
            checked += 1;
        }
    }
    checked
}

fn pages() -> Vec<String> {
    let folder = fs::read_dir(program::repository("docs/src")).expect("the book");
    let names = folder.map(|entry| entry.expect("an entry").path());
    let pages = names.filter(|path: &PathBuf| path.extension().is_some_and(|ext| ext == "md"));
    let name = |path: PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut pages: Vec<String> =
        pages.filter_map(name).map(|name| format!("docs/src/{name}")).collect();
    pages.sort();
    pages
}

#[test]
fn examples_of_the_readme_run() {
    assert!(check("README.md") > 0);
}

#[test]
fn examples_of_the_book_run() {
    let checked: usize = pages().iter().map(|page| check(page)).sum();
    assert!(checked > 0);
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = fs::read_to_string(program::repository("docs/src/SUMMARY.md")).expect("summary");
    for page in pages() {
        let name = page.trim_start_matches("docs/src/");
        assert!(name == "SUMMARY.md" || summary.contains(&format!("({name})")), "{name}");
    }
    for link in summary.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(program::repository("docs/src").join(link).is_file(), "no page `{link}`");
    }
}

/// Every `FILE::NAME` in the inventory of behaviours, with the file it means.
fn tests_of_the_inventory() -> Vec<(String, PathBuf, String)> {
    let text = fs::read_to_string(program::repository("docs/src/conformance.md"));
    let text = text.expect("the page on conformance");
    let folders = [
        ("conformance/", "tests/tests/conformance/"),
        ("engine/src/", "engine/src/"),
        ("engine/", "engine/tests/behaviour/"),
        ("rules/src/", "rules/src/"),
        ("rules/", "rules/tests/"),
        ("cli/src/", "cli/src/"),
        ("logs/", "tests/tests/ninja_logs/"),
        ("", "tests/tests/"),
    ];
    let quoted = text.split('`').skip(1).step_by(2);
    let named = quoted.filter_map(|name| Some((name, name.split_once("::")?)));
    let place = |(name, (file, test)): (&str, (&str, &str))| {
        let (short, long) = folders.iter().find(|(short, _)| file.starts_with(short))?;
        let path = format!("{long}{}.rs", &file[short.len()..]);
        Some((name.to_owned(), program::repository(&path), format!("fn {test}()")))
    };
    named.filter_map(place).collect()
}

#[test]
fn every_test_of_the_inventory_is_there() {
    let tests = tests_of_the_inventory();
    assert!(tests.len() > 150, "{} tests", tests.len());
    for (name, file, function) in tests {
        let text = fs::read_to_string(&file).unwrap_or_default();
        assert!(text.contains(&function), "there is no `{name}` in `{}`", file.display());
    }
}

#[test]
fn every_case_of_conformance_is_in_the_inventory() {
    let tests = tests_of_the_inventory();
    for entry in fs::read_dir(program::repository("tests/tests/conformance")).expect("the tests") {
        let path = entry.expect("an entry of a folder").path();
        let text = fs::read_to_string(&path).expect("a test file");
        for case in text.split("#[test]\nfn ").skip(1) {
            let name = format!("fn {}()", case.split('(').next().expect("a name"));
            let listed = tests.iter().any(|(_, file, test)| *file == path && *test == name);
            assert!(listed, "`{name}` of `{}` is not in the inventory", path.display());
        }
    }
}

#[test]
fn every_dependency_has_a_row() {
    let manifest = fs::read_to_string(program::repository("Cargo.toml")).expect("the workspace");
    let page = fs::read_to_string(program::repository("docs/src/dependencies.md")).expect("a page");
    let table = manifest.split("[workspace.dependencies]\n").nth(1).expect("its dependencies");
    let table = table.split("\n[").next().expect("the table");
    let names = table.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name);
    let mut wanted: Vec<String> =
        names.filter(|name| !name.starts_with("mbuild-")).map(|name| format!("`{name}`")).collect();
    wanted.sort();
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let mut rows: Vec<String> =
        rows.filter_map(|row| row.split('|').nth(1)).map(|name| name.trim().to_string()).collect();
    rows.sort();
    assert_eq!(rows, wanted);
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let manifest = |path: &str| {
        let manifest = fs::read_to_string(program::repository(path).join("Cargo.toml"));
        manifest.unwrap_or_else(|error| panic!("`{path}`: {error}"))
    };
    let forbids = |manifest: &str| manifest.contains("\nunsafe_code = \"forbid\"\n");
    let workspace = manifest("");
    assert!(forbids(&workspace));
    let members = workspace.split("members = [").nth(1).and_then(|rest| rest.split(']').next());
    for member in members.expect("the members").split(", ") {
        let manifest = manifest(member.trim_matches('"'));
        assert!(manifest.contains("[lints]\nworkspace = true\n") || forbids(&manifest), "{member}");
    }
}

#[test]
fn dots_match_anything() {
    assert!(line_matches("built ... in ... s", "built 12 actions in 1.2 s"));
    assert!(!line_matches("built ... in ... s", "built 12 actions"));
    assert!(!line_matches("exact", "exactly"));
    let expected = ["a", "...", "d"].map(String::from);
    assert!(output_matches(&expected, &["a", "b", "c", "d"]));
    assert!(!output_matches(&expected, &["a", "b", "c"]));
}
