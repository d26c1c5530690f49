//! Virtual machines: a program with Linux and nothing else, and within such a machine a unikernel under
//! its own monitor, with hardware virtualisation that QEMU emulates.

use mbuild_tests::{Invocation, Project, Space, program};

const MANIFEST: &str =
    "OASISFormat: 0.4\nName: p\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n";

/// A package with one program of this source.
fn one<'a>(space: &'a Space, source: &str) -> Project<'a> {
    let project = space.project("one");
    let section = "Executable one\n  Path: .\n  MainIs: one.ml\n  BuildDepends: unix\n";
    project.write("_oasis", format!("{MANIFEST}{section}")).write("one.ml", source);
    project
}

#[test]
fn a_program_boots_with_linux_and_its_arguments_and_status_are_its_own() {
    let space = Space::new();
    let source = "let () = print_string (String.concat \"|\" (Array.to_list Sys.argv)); \
        Printf.printf \"|%d|%s\" (Unix.getppid ()) (Unix.readlink \"/proc/self/exe\"); exit 201";
    let project = one(&space, source);
    let run = ["run", "-q", "--target", "microvm", "--", "two words", "", "1,2 %41 \"q\" \\ é\n"];
    let finished = project.mbuild_with_toolchain(&run).fails(201);
    assert_eq!(
        finished.stdout,
        "/program|two words||1,2 %41 \"q\" \\ é\n|1|/program",
        "{}",
        finished.said()
    );
    // Another argument is no other build.
    let again = project.mbuild_with_toolchain(&["run", "--target", "microvm"]).fails(201);
    assert_eq!((again.ran(), again.stdout.as_str()), (vec![], "/program|1|/program"));
}

#[test]
fn a_program_that_is_killed_and_a_machine_that_ends_early_are_told_apart() {
    let space = Space::new();
    let project = one(&space, "let () = Unix.kill (Unix.getpid ()) Sys.sigkill");
    project.mbuild_with_toolchain(&["run", "--target", "microvm"]).fails(137);
    let off = "let () = let file = open_out \"/proc/sysrq-trigger\" in output_string file \"o\"; \
        close_out file; Unix.sleep 60";
    project.write("one.ml", off);
    let said = project.mbuild_with_toolchain(&["run", "--target", "microvm"]).fails(1).stderr;
    let message = "the machine of `microvm` ended before its program did";
    assert!(said.contains(message), "{said}");
}

/// The unikernel of a project, made for the monitor that needs hardware virtualisation.
fn unikernel(project: &Project, name: &str) -> String {
    project.mbuild_with_toolchain(&["build", "--target", "solo5-hvt"]).ok();
    let file = project.path(&format!("_mbuild/solo5-x86_64/bin/{name}.hvt"));
    file.to_string_lossy().into_owned()
}

#[test]
fn unikernels_run_under_hvt_on_the_kvm_of_an_emulated_machine() {
    let space = Space::new();
    let hello = unikernel(&space.example("hello"), "hello");
    let stress = unikernel(&space.pristine("tests/fixtures/stress", "stress"), "stress");
    // Starts the real tender for each unikernel, and says how it ended.
    let project = one(
        &space,
        r#"
let tender unikernel words =
  let words = Array.of_list ("/bin/solo5-hvt" :: "--mem=64" :: "--" :: unikernel :: words) in
  let pid = Unix.create_process words.(0) words Unix.stdin Unix.stdout Unix.stdout in
  match Unix.waitpid [] pid with
  | _, Unix.WEXITED status -> Printf.printf "[%s: %d]\n%!" unikernel status
  | _ -> Printf.printf "[%s: killed]\n%!" unikernel

let () =
  tender "/hello.hvt" ["--solo5:quiet"; "KVM"];
  tender "/stress.hvt" ["--solo5:quiet"; "3"]
"#,
    );
    let target = r#"
[targets.with-kvm]
about = "a machine in which KVM works, with the tender and two unikernels"
toolchain = "x86_64-linux-musl"
kernel = "linux-x86_64"

[targets.with-kvm.initramfs]
extension = "with-kvm"
init = "linux"
modules = ["irqbypass", "kvm", "kvm-amd"]

[targets.with-kvm.initramfs.files]
"bin/solo5-hvt" = "@tender@"
"hello.hvt" = "@hello@"
"stress.hvt" = "@stress@"
"lib64/ld-linux-x86-64.so.2" = "/lib64/ld-linux-x86-64.so.2"
"lib/x86_64-linux-gnu/libc.so.6" = "/lib/x86_64-linux-gnu/libc.so.6"

[targets.with-kvm.run]
command = [
  "qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-machine", "q35", "-m", "{memory}",
  "-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio", "{status}",
  "-kernel", "{kernel}", "-initrd", "{program}", "-append",
  "console=ttyS0 quiet loglevel=0 panic=-1 no_timer_check mbuild.status=/dev/ttyS1 mbuild.arguments={line}",
]
arguments = "percent"
status = ["-serial", "file:{file}"]
memory = 256
"#;
    let tender = program::toolchain("solo5-x86_64").join("bin/solo5-hvt");
    let target = target
        .replace("@tender@", &tender.to_string_lossy())
        .replace("@hello@", &hello)
        .replace("@stress@", &stress);
    project.write("mbuild.toml", target);
    let run = project.mbuild_with_toolchain(&["run", "-q", "--target", "with-kvm"]).ok();
    let (first, second) = run.stdout.split_once("[/hello.hvt: 0]\n").unwrap_or_else(|| {
        panic!("hello did not end well: {}", run.said());
    });
    assert!(first.contains("| Hello, KVM! |"), "{first}");
    assert_eq!(second.matches(" ok\n").count(), 20, "{second}");
    assert!(second.ends_with("all is well\n[/stress.hvt: 3]\n"), "{second}");
}

#[test]
fn what_a_machine_needs_and_is_not_there_is_named_before_anything_is_built() {
    let space = Space::new();
    let hello = space.example("hello");
    let said = |mut mbuild: Invocation| mbuild.fails(4).stderr;
    let with = |words: &[&str]| hello.mbuild_with_toolchain(words);

    hello.write("mbuild.toml", "[kernels.linux-x86_64]\nabout = \"x\"\nfile = \"/no/kernel\"\n");
    let run = said(with(&["run", "--target", "microvm"]));
    assert!(run.contains("kernel `linux-x86_64` is not there: `/no/kernel`"), "{run}");
    hello.write(
        "mbuild.toml",
        "[kernels.linux-other]\nabout = \"x\"\npackage = \"x\"\n\
        [targets.other]\nabout = \"x\"\ntoolchain = \"native\"\nkernel = \"linux-other\"\n\
        run.command = [\"true\", \"{program}\", \"{line}\"]\n",
    );
    let run = said(with(&["run", "--target", "other"]));
    let message = "kernel `linux-other` is not installed\n  help: run `mbuild toolchain install other`, or add `--install`";
    assert!(run.contains(message), "{run}");
    let targets = with(&["targets"]).ok().stdout;
    let line = targets.lines().find(|line| line.starts_with("other ")).unwrap_or_default();
    let need = "kernel linux-other: `mbuild toolchain install other`";
    assert!(line.ends_with(need), "{targets}");
    hello.write(
        "mbuild.toml",
        "[targets.other]\nabout = \"x\"\ntoolchain = \"native\"\nkernel = \"linux-x86\"\n",
    );
    let build = with(&["build"]).fails(3).stderr;
    assert!(build.contains("mbuild.toml:4:10: there is no kernel `linux-x86`"), "{build}");
    assert!(build.contains("help: did you mean `linux-x86_64`?"), "{build}");

    hello.write(
        "mbuild.toml",
        "[targets.other]\nabout = \"x\"\ntoolchain = \"native\"\nkernel = \"linux-x86_64\"\n\
        initramfs = { extension = \"i\", init = \"linux\", modules = [\"floppy\"] }\n\
        run.command = [\"true\", \"{program}\", \"{line}\"]\n",
    );
    let run = said(with(&["run", "--target", "other"]));
    assert!(run.contains("kernel `linux-x86_64` is installed without driver `floppy`"), "{run}");

    // Without QEMU.
    hello.remove("mbuild.toml");
    let bin = space.project("bin");
    for tool in ["ocamlc.opt", "ocamlopt.opt", "ocamldep.opt", "ocamlmklib", "gcc", "sh"] {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path).map(|dir| dir.join(tool)).find(|it| it.is_file());
        std::os::unix::fs::symlink(found.expect("a tool"), bin.path(tool)).expect("a link");
    }
    let mut run = with(&["run", "--target", "microvm"]);
    run.env("PATH", bin.dir());
    let run = said(run);
    assert!(run.contains("there is no `qemu-system-x86_64` to run the program with"), "{run}");
    assert!(run.contains("help: on Debian: `apt-get install qemu-system-x86`"), "{run}");
    assert!(!hello.path("_mbuild/x86_64-linux-musl/bin").exists(), "it was built all the same");
}
