//! Programs of Linux that bring their C library along, for this processor and for another, which QEMU
//! emulates.

use mbuild_tests::{Project, Space};

const TARGETS: [&str; 2] = ["x86_64-linux-musl", "aarch64-linux-musl"];

/// A package with one program that needs these findlib packages.
fn one<'a>(space: &'a Space, depends: &str, source: &str) -> Project<'a> {
    let project = space.project("one");
    project
        .write(
            "_oasis",
            format!(
                "OASISFormat: 0.4\nName: p\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n\
                 Executable one\n  Path: .\n  MainIs: one.ml\n  BuildDepends: {depends}\n"
            ),
        )
        .write("one.ml", source);
    project
}

/// Whether an ELF file names a program that loads it.
fn is_loaded_by_another(program: &[u8]) -> bool {
    const INTERPRETER: u32 = 3;
    let number = |at: usize, size: usize| {
        program[at..at + size].iter().rev().fold(0, |all, byte| all << 8 | usize::from(*byte))
    };
    let (table, size, count) = (number(32, 8), number(54, 2), number(56, 2));
    (0..count).any(|at| number(table + at * size, 4) == INTERPRETER as usize)
}

/// The processor of an ELF file.
fn processor(program: &[u8]) -> u16 {
    u16::from_le_bytes([program[18], program[19]])
}

#[test]
fn hello_is_a_static_program() {
    const PROCESSORS: [u16; 2] = [62, 183];
    let space = Space::new();
    let hello = space.example("hello");
    let program = |path: &str| std::fs::read(hello.path(path)).expect("a program");
    for (target, number) in TARGETS.into_iter().zip(PROCESSORS) {
        let run = ["run", "--target", target, "--", "musl \\ more"];
        let ran = hello.mbuild_with_toolchain(&run).ok();
        assert_eq!(ran.stdout.lines().nth(1), Some("| Hello, musl \\ more! |"), "{}", ran.said());
        let program = program(&format!("_mbuild/{target}/bin/hello"));
        assert_eq!((processor(&program), is_loaded_by_another(&program)), (number, false));
    }
    hello.mbuild(&["build"]).ok();
    assert!(is_loaded_by_another(&program("_mbuild/native/bin/hello")));
}

#[test]
fn twenty_checks_of_the_runtime_pass_on_musl() {
    let space = Space::new();
    let stress = space.pristine("tests/fixtures/stress", "stress");
    for target in TARGETS {
        let finished =
            stress.mbuild_with_toolchain(&["run", "--target", target, "--", "3"]).fails(3);
        assert_eq!(finished.stdout.matches(" ok\n").count(), 20, "{}", finished.said());
        assert!(finished.stdout.ends_with("all is well\n"), "{}", finished.said());
    }
}

/// Processes, sockets, users and threads, and a stack without end.
const SYSTEM: &str = r#"
let rec dive n = 1 + dive (n + 1)

let () =
  let squares = Bigarray.(Array1.create int c_layout 4) in
  let here, there = Unix.(socketpair PF_UNIX SOCK_STREAM 0) in
  let lock = Mutex.create () in
  let work i =
    Mutex.lock lock;
    squares.{i} <- i * i;
    Mutex.unlock lock;
    ignore (Unix.write_substring there "x" 0 1) in
  List.iter Thread.join (List.init 4 (Thread.create work));
  let got = Unix.read here (Bytes.create 10) 0 10 in
  let status = match Unix.system "exit 5" with Unix.WEXITED code -> code | _ -> -1 in
  let deep = match dive 0 with _ -> "no" | exception Stack_overflow -> "yes" in
  let address = Unix.(string_of_inet_addr (inet_addr_of_string "::1")) in
  Printf.printf "%d %d %d %s %s %s\n" got squares.{3} status deep address
    (Unix.getpwuid 0).Unix.pw_name
"#;

#[test]
fn the_libraries_of_ocaml_are_there() {
    let space = Space::new();
    let depends = "unix, str, bigarray, threads, threads.posix";
    let project = one(&space, depends, SYSTEM);
    for target in TARGETS {
        let ran = project.mbuild_with_toolchain(&["run", "--target", target]).ok();
        assert_eq!(ran.stdout, "4 9 5 yes ::1 root\n", "{}", ran.said());
    }
}

#[test]
fn a_static_program_loads_no_code() {
    let space = Space::new();
    let project = one(&space, "dynlink", "");
    let build = ["build", "--target", "x86_64-linux-musl"];
    let said = project.mbuild_with_toolchain(&build).fails(4).stderr;
    let message = "executable one needs findlib package `dynlink`, which toolchain `x86_64-linux-musl` does not";
    assert!(said.contains(message), "{said}");
}

#[test]
fn libraries_of_the_host_are_not_for_another_processor() {
    let space = Space::new();
    let project = one(&space, "re", "let () = print_string (Re.Str.(quote \"a.b\"))");
    let build = ["build", "--target", "aarch64-linux-musl"];
    let said = project.mbuild_with_toolchain(&build).fails(4).stderr;
    assert!(said.contains("findlib package `re`, needed by executable one"), "{said}");
    project.mbuild(&["build"]).ok();
}

#[test]
fn modules_are_packed_for_another_processor() {
    let space = Space::new();
    let project = one(&space, "packed", "let () = print_endline Packed.Inner.word");
    let library = "Library packed\n  Path: src\n  Modules: Inner\n  Pack: true\n";
    project.edit("_oasis", "Executable one", &format!("{library}Executable one"));
    project.write("src/inner.ml", "let word = \"inside\"");
    let ran = project.mbuild_with_toolchain(&["run", "--target", "aarch64-linux-musl"]).ok();
    assert_eq!(ran.stdout, "inside\n", "{}", ran.said());
}

#[test]
fn without_an_emulator_the_package_that_has_it_is_named() {
    let space = Space::new();
    let hello = space.example("hello");
    let run = ["run", "--target", "aarch64-linux-musl"];
    hello.mbuild_with_toolchain(&run).ok();
    // All programs of this machine but the emulator.
    let bin = space.project("bin");
    for folder in ["/usr/bin", "/usr/local/bin"] {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with("qemu-") && !bin.path(&name).exists() {
                std::os::unix::fs::symlink(entry.path(), bin.path(&name)).expect("a link");
            }
        }
    }
    let said = hello.mbuild_with_toolchain(&run).env("PATH", bin.dir()).fails(4).stderr;
    assert!(said.contains("there is no `qemu-aarch64-static` to run the program with"), "{said}");
    assert!(said.contains("help: on Debian: `apt-get install qemu-user-static`"), "{said}");
    let mut targets = hello.mbuild_with_toolchain(&["targets"]);
    let targets = targets.env("PATH", bin.dir()).ok().stdout;
    let line = targets.lines().find(|line| line.starts_with("aarch64-linux-musl "));
    let need = "program `qemu-aarch64-static`: `apt-get install -y qemu-user-static`";
    assert!(line.unwrap_or_default().ends_with(need), "{targets}");
}
