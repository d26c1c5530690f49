//! Virtual machines: a program with Linux and nothing else, and within such a machine a unikernel under
//! its own monitor, with hardware virtualisation that QEMU emulates.

use mbuild_tests::{Invocation, Project, Space, program};

const MANIFEST: &str =
    "OASISFormat: 0.4\nName: p\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n";

/// mbuild with kernels, ended when a machine does not end by itself.
fn bounded(project: &Project, words: &[&str]) -> Invocation {
    let mut mbuild = project.program("timeout");
    mbuild.arguments(&["300"]).arguments(&[program::mbuild()]).arguments(words);
    mbuild.env("XDG_DATA_HOME", program::toolchains());
    mbuild
}

/// A package with one program of this source.
fn one<'a>(space: &'a Space, source: &str) -> Project<'a> {
    let project = space.project("one");
    let section = "Executable one\n  Path: .\n  MainIs: one.ml\n  BuildDepends: unix\n";
    project.write("_oasis", format!("{MANIFEST}{section}")).write("one.ml", source);
    project
}

/// A program boots for a target; what it says of the world is all its own.
fn boots(target: &str) {
    let space = Space::new();
    let source = "let () = print_string (String.concat \"|\" (Array.to_list Sys.argv)); \
        Printf.printf \"|%d|%s\" (Unix.getppid ()) (Unix.readlink \"/proc/self/exe\"); exit 201";
    let project = one(&space, source);
    let run = ["run", "-q", "--target", target, "--", "two words", "", "1,2 %41 \"q\" \\ é\n"];
    let finished = bounded(&project, &run).fails(201);
    assert_eq!(
        finished.stdout,
        "/program|two words||1,2 %41 \"q\" \\ é\n|1|/program",
        "{}",
        finished.said()
    );
    // Another argument is no other build.
    let again = bounded(&project, &["run", "--target", target]).fails(201);
    assert_eq!((again.ran(), again.stdout.as_str()), (vec![], "/program|1|/program"));
}

#[test]
fn a_program_boots_with_linux_and_its_arguments_and_status_are_its_own() {
    boots("microvm");
}

#[test]
fn the_same_on_arm() {
    boots("microvm-aarch64");
}

#[test]
fn a_program_that_is_killed_and_a_machine_that_ends_early_are_told_apart() {
    let space = Space::new();
    let project = one(&space, "let () = Unix.kill (Unix.getpid ()) Sys.sigkill");
    bounded(&project, &["run", "--target", "microvm"]).fails(137);
    let off = "let () = let file = open_out \"/proc/sysrq-trigger\" in output_string file \"o\"; \
        close_out file; Unix.sleep 60";
    project.write("one.ml", off);
    let said = bounded(&project, &["run", "--target", "microvm"]).fails(1).stderr;
    let message = "the machine of `microvm` ended before its program did";
    assert!(said.contains(message), "{said}");
}

/// A machine with hardware virtualisation that QEMU emulates.
struct Machine {
    /// The toolchain of what runs in it, and the kernel.
    toolchain: &'static str,
    kernel: &'static str,
    /// What unikernels are built for, and with.
    target: &'static str,
    solo5: &'static str,
    /// Drivers that KVM needs, as TOML.
    modules: &'static str,
    /// The libraries of the tender, as TOML.
    libraries: &'static str,
    /// QEMU for it, as TOML.
    qemu: &'static str,
    /// Its console, and its second port: for Linux, and as TOML for QEMU.
    console: &'static str,
    port: &'static str,
    status: &'static str,
}

/// The real tender runs the greeting and the twenty checks of the runtime in a machine, in one go.
fn unikernels_run_under_hvt(machine: &Machine) {
    let space = Space::new();
    let unikernel = |project: &Project, name: &str| {
        project.mbuild_with_toolchain(&["build", "--target", machine.target]).ok();
        let file = project.path(&format!("_mbuild/{}/bin/{name}.hvt", machine.solo5));
        file.to_string_lossy().into_owned()
    };
    let hello = unikernel(&space.example("hello"), "hello");
    let stress = unikernel(&space.pristine("tests/fixtures/stress", "stress"), "stress");
    // Starts the tender for each unikernel, and says how it ended.
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
    let tender = program::toolchain(machine.solo5).join("bin/solo5-hvt");
    let target = format!(
        r#"
[targets.with-kvm]
about = "a machine in which KVM works, with the tender and two unikernels"
toolchain = "{toolchain}"
kernel = "{kernel}"

[targets.with-kvm.initramfs]
extension = "with-kvm"
init = "linux"
modules = {modules}

[targets.with-kvm.initramfs.files]
"bin/solo5-hvt" = "{tender}"
"hello.hvt" = "{hello}"
"stress.hvt" = "{stress}"
{libraries}

[targets.with-kvm.run]
command = [
  {qemu}, "-accel", "tcg", "-m", "{{memory}}", "-nodefaults", "-no-reboot", "-display", "none",
  "-serial", "stdio", "{{status}}", "-kernel", "{{kernel}}", "-initrd", "{{program}}", "-append",
  "{console} quiet loglevel=0 panic=-1 mbuild.status={port} mbuild.arguments={{line}}",
]
emulates = true
arguments = "percent"
status = {status}
memory = 256
"#,
        toolchain = machine.toolchain,
        kernel = machine.kernel,
        modules = machine.modules,
        tender = tender.display(),
        libraries = machine.libraries,
        qemu = machine.qemu,
        console = machine.console,
        port = machine.port,
        status = machine.status,
    );
    project.write("mbuild.toml", target);
    let run = bounded(&project, &["run", "-q", "--target", "with-kvm"]).ok();
    let (first, second) = run.stdout.split_once("[/hello.hvt: 0]\n").unwrap_or_else(|| {
        panic!("hello did not end well: {}", run.said());
    });
    assert!(first.contains("| Hello, KVM! |"), "{first}");
    assert_eq!(second.matches(" ok\n").count(), 20, "{second}");
    assert!(second.ends_with("all is well\n[/stress.hvt: 3]\n"), "{second}");
}

#[test]
fn unikernels_run_under_hvt_on_the_kvm_of_an_emulated_machine() {
    unikernels_run_under_hvt(&Machine {
        toolchain: "x86_64-linux-musl",
        kernel: "linux-x86_64",
        target: "solo5-hvt",
        solo5: "solo5-x86_64",
        modules: r#"["irqbypass", "kvm", "kvm-amd"]"#,
        libraries: "\"lib64/ld-linux-x86-64.so.2\" = \"/lib64/ld-linux-x86-64.so.2\"\n\
            \"lib/x86_64-linux-gnu/libc.so.6\" = \"/lib/x86_64-linux-gnu/libc.so.6\"",
        qemu: r#""qemu-system-x86_64", "-cpu", "max", "-machine", "q35""#,
        console: "console=ttyS0 no_timer_check",
        port: "/dev/ttyS1",
        status: r#"["-serial", "file:{file}"]"#,
    });
}

#[test]
fn unikernels_run_under_hvt_on_the_kvm_of_an_emulated_machine_for_arm() {
    unikernels_run_under_hvt(&Machine {
        toolchain: "aarch64-linux-musl",
        kernel: "linux-aarch64",
        target: "solo5-hvt-aarch64",
        solo5: "solo5-aarch64",
        modules: "[]",
        libraries: "",
        qemu: "\"qemu-system-aarch64\", \"-cpu\", \"cortex-a57\", \
            \"-machine\", \"virt,virtualization=on,gic-version=3\"",
        console: "console=ttyAMA0",
        port: "/dev/ttyS0",
        status: r#"["-chardev", "file,id=status,path={file}", "-device", "pci-serial,chardev=status"]"#,
    });
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

    // What a kernel comes from.
    let kernel = "[kernels.linux-other]\nabout = \"x\"\n";
    hello.write("mbuild.toml", kernel);
    let install = ["toolchain", "install", "linux-other"];
    let unknown = hello.mbuild_with_toolchain(&install).fails(2).stderr;
    let message = "mbuild does not know where to get kernel `linux-other`\n  help: say so in \
        `mbuild.toml`: `[kernels.linux-other]` with `package` or `file`";
    assert!(unknown.contains(message), "{unknown}");
    hello.write("mbuild.toml", format!("{kernel}package = \"no-such-kernel\"\n"));
    let absent = hello.mbuild_with_toolchain(&install).fails(1).stderr;
    assert!(absent.contains("depends no-such-kernel` failed: "), "{absent}");

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
