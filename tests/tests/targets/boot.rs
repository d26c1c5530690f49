//! Programs boot, and only the last link is another one for each target.

use std::process::Command;
use std::time::{Duration, Instant};

use mbuild_tests::{Project, Space, program};

const MANIFEST: &str =
    "OASISFormat: 0.4\nName: p\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n";

fn fixture<'a>(space: &'a Space, name: &str) -> Project<'a> {
    space.pristine(&format!("tests/fixtures/{name}"), name)
}

/// A package with one program of this source.
fn one<'a>(space: &'a Space, source: &str) -> Project<'a> {
    let project = space.project("one");
    let section = "Executable one\n  Path: .\n  MainIs: one.ml\n";
    project.write("_oasis", format!("{MANIFEST}{section}")).write("one.ml", source);
    project
}

#[test]
fn hello_boots_and_gets_its_arguments() {
    let space = Space::new();
    let hello = space.example("hello");
    let run = |arguments: &[&str]| hello.mbuild_with_toolchain(arguments).ok();
    let first = run(&["run", "--target", "solo5-spt"]);
    assert_eq!(first.stdout, "+---------------+\n| Hello, world! |\n+---------------+\n");
    let second = run(&["run", "--target", "solo5-spt", "--", "naïve \\ reader", "more"]);
    assert_eq!(second.stdout.lines().nth(1), Some("| Hello, naïve \\ reader! |"));
    assert_eq!(second.ran(), [""; 0]);
}

#[test]
fn bigarray_is_there_though_unix_is_not() {
    let space = Space::new();
    let source = "let a = Bigarray.(Array1.create int c_layout 3)\n\
                  let () = Bigarray.Array1.fill a 7; print_int a.{2}\n";
    let project = one(&space, source);
    project.edit("_oasis", "MainIs: one.ml\n", "MainIs: one.ml\n  BuildDepends: bigarray\n");
    let ran = project.mbuild_with_toolchain(&["run", "--target", "solo5-spt"]).ok();
    assert_eq!(ran.stdout, "7", "{}", ran.said());
    project.mbuild_with_toolchain(&["build", "--target", "solo5-spt-aarch64"]).ok();
}

#[test]
fn another_abi_is_another_link_and_nothing_else() {
    let space = Space::new();
    let hello = space.example("hello");
    let build = |target: &str| {
        let mut mbuild = hello.mbuild_with_toolchain(&["build", "--target", target]);
        mbuild.env("MBUILD_CACHE", "off").ok().ran()
    };
    assert!(build("solo5-spt").len() > 10);
    for abi in ["hvt", "virtio", "xen", "muen"] {
        let target = format!("solo5-{abi}");
        assert_eq!(build(&target), [format!("_mbuild/solo5-x86_64/bin/hello.{abi}")]);
        let checked = hello.read(&format!("_mbuild/solo5-x86_64/bin/hello.{abi}.checked"));
        assert!(checked.contains(&format!("\"target\": \"{abi}\"")), "{checked}");
    }
    assert_eq!(build("solo5-spt"), [""; 0]);
}

#[test]
fn plain_ninja_makes_the_same_unikernel() {
    let space = Space::new();
    let hello = space.example("hello");
    hello.mbuild_with_toolchain(&["build", "--target", "solo5-spt"]).ok();
    let unikernel = hello.path("_mbuild/solo5-x86_64/bin/hello.spt");
    let ours = std::fs::read(&unikernel).expect("a unikernel");
    std::fs::remove_dir_all(hello.path("_mbuild/solo5-x86_64/obj/executable-hello")).unwrap();
    hello.remove("_mbuild/solo5-x86_64/bin/hello.spt");
    let bin = program::mbuild().parent().expect("a program is in a folder");
    let rule_file = "_mbuild/solo5-x86_64/build.ninja";
    hello.reference_ninja(&["-f", rule_file, "all@solo5-spt"]).path_first(bin).ok();
    assert!(ours == std::fs::read(unikernel).expect("a unikernel"));
}

#[test]
fn twenty_checks_of_the_runtime_pass_on_spt_and_its_status_comes_out() {
    let space = Space::new();
    let stress = fixture(&space, "stress");
    let run = ["run", "--target", "solo5-spt", "--", "3"];
    let finished = stress.mbuild_with_toolchain(&run).fails(3);
    assert_eq!(finished.stdout.matches(" ok\n").count(), 20, "{}", finished.said());
    assert!(finished.stdout.ends_with("all is well\n"), "{}", finished.said());
}

#[test]
fn twenty_checks_of_the_runtime_pass_on_virtio_whose_status_does_not_come_out() {
    let space = Space::new();
    let stress = fixture(&space, "stress");
    let run = ["run", "--target", "solo5-virtio", "--", "3"];
    let finished = stress.mbuild_with_toolchain(&run).ok();
    assert_eq!(
        finished.stdout.matches(" ok\r\n").count() + finished.stdout.matches(" ok\n").count(),
        20,
        "{}",
        finished.said()
    );
    let note = "the exit status of a program does not come out of solo5-virtio";
    assert!(finished.stderr.contains(note), "{}", finished.said());
}

#[test]
fn an_exception_that_nobody_catches_is_told_and_ends_with_two() {
    let space = Space::new();
    let project = one(&space, "let () = failwith \"boom\"");
    let run = project.mbuild_with_toolchain(&["run", "--target", "solo5-spt"]).fails(2);
    assert!(run.said().contains("Fatal error: exception Failure(\"boom\")"), "{}", run.said());
}

#[test]
fn a_crash_ends_with_the_tenders_code() {
    let space = Space::new();
    let project = one(&space, "let rec f n = 1 + f (n + 1)\nlet () = print_int (f 0)");
    project.mbuild_with_toolchain(&["run", "--target", "solo5-spt", "--mem", "64"]).fails(139);
}

#[test]
fn memory_is_what_the_user_gives() {
    let space = Space::new();
    let project = one(&space, "let () = ignore (Sys.opaque_identity (Bytes.create 40_000_000))");
    project.mbuild_with_toolchain(&["run", "--target", "solo5-spt"]).ok();
    let run = ["run", "--target", "solo5-spt", "--mem", "32"];
    let finished = project.mbuild_with_toolchain(&run).fails(2);
    assert!(finished.said().contains("Out_of_memory"), "{}", finished.said());
}

/// Waits until a process runs a program of this name, itself or in a child.
fn until_it_runs(pid: u32, name: &str) {
    let begin = Instant::now();
    let runs = |pid: &str| {
        let comm = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        name.starts_with(comm.trim_end()) && !comm.is_empty()
    };
    loop {
        let pid = pid.to_string();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        let children = children.unwrap_or_default();
        if runs(&pid) || children.split_whitespace().any(runs) {
            return;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "`{name}` never ran");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn an_interrupt_ends_a_guest_that_never_would() {
    use std::os::unix::process::ExitStatusExt;
    for (target, runner) in [("solo5-spt", "solo5-spt"), ("solo5-virtio", "qemu-system-x86_64")] {
        let space = Space::new();
        let project = one(&space, "let () = while true do () done");
        project.mbuild_with_toolchain(&["build", "--target", target]).ok();
        let mut run = project.mbuild_with_toolchain(&["run", "--target", target]);
        let mut mbuild = run.start();
        until_it_runs(mbuild.id(), runner);
        let signal = Command::new("kill").args(["-INT", &mbuild.id().to_string()]).status();
        assert!(signal.is_ok_and(|status| status.success()));
        let status = mbuild.wait().expect("it ends");
        // Where mbuild has become the tender the signal itself ends it, which a shell calls 130 as well.
        let code = status.code().or(status.signal().map(|signal| 128 + signal));
        assert_eq!(code, Some(130), "{target}: {status}");
        // What mbuild started is gone when mbuild is.
        let left = Command::new("pgrep").args(["-f", &project.dir().to_string_lossy()]).output();
        let left = left.map(|found| String::from_utf8_lossy(&found.stdout).into_owned());
        assert_eq!(left.unwrap_or_default(), "", "{target}");
    }
}

#[test]
fn tests_and_tools_of_a_package_run_on_the_host() {
    let space = Space::new();
    let project = space.project("tools");
    // A generator that the package builds itself makes a source of the unikernel.
    let sections = "BuildTools: ocamlify\n\
        Executable ocamlify\n  Path: gen\n  MainIs: ocamlify.ml\n  Install: false\n\
        Library made\n  Path: src\n  Modules: Made\n\
        Executable main\n  Path: bin\n  MainIs: main.ml\n  BuildDepends: made\n\
        Executable check\n  Path: test\n  MainIs: check.ml\n  BuildDepends: made\n  Install: false\n\
        Test check\n  Command: $check\n";
    project
        .write("_oasis", format!("{MANIFEST}{sections}"))
        .write(
            "gen/ocamlify.ml",
            "let () = let out = open_out Sys.argv.(2) in\n\
             output_string out \"let text = \\\"made \\\" ^ Sys.os_type\"; close_out out",
        )
        .write("src/made.mlify", "")
        .write("bin/main.ml", "let () = print_endline Made.text")
        .write("test/check.ml", "let () = assert (Sys.file_exists \"/\"); print_endline Made.text");
    let target = ["--target", "solo5-spt"];
    let with = |words: &[&str]| project.mbuild_with_toolchain(&[words, &target].concat()).ok();
    with(&["configure", "--enable", "tests"]);
    assert!(with(&["test"]).said().contains("1 test passed"));
    assert_eq!(with(&["run"]).stdout, "made Unix\n");
    let built = project.path("_mbuild/solo5-x86_64/host/bin/ocamlify");
    assert!(built.is_file(), "{}", built.display());
    let check = project.mbuild_with_toolchain(&["build", "check", "--target", "solo5-spt"]);
    let mut check = check;
    assert!(check.fails(2).stderr.contains("`check` is no program for target `solo5-spt`"));
}

#[test]
fn bytecode_is_a_target() {
    let space = Space::new();
    let hello = space.example("hello");
    let run = hello.mbuild(&["run", "--target", "bytecode"]).ok();
    assert!(run.stdout.contains("| Hello, world! |"), "{}", run.said());
    let built = std::fs::read(hello.path("_mbuild/bytecode/bin/hello")).expect("a program");
    assert!(built.windows(9).any(|bytes| bytes == b"Caml1999X"), "this is no bytecode");
    assert!(!hello.path("_mbuild/bytecode/obj/library-greet/greet.cmx").exists());
}
