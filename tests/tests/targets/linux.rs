//! Programs of Linux that bring their C library along.

use mbuild_tests::{Project, Space};

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

#[test]
fn hello_is_a_static_program() {
    let space = Space::new();
    let hello = space.example("hello");
    let target = "x86_64-linux-musl";
    let run = ["run", "--target", target, "--", "musl"];
    let ran = hello.mbuild_with_toolchain(&run).ok();
    assert_eq!(ran.stdout.lines().nth(1), Some("| Hello, musl! |"), "{}", ran.said());
    let program = |path: &str| std::fs::read(hello.path(path)).expect("a program");
    assert!(!is_loaded_by_another(&program(&format!("_mbuild/{target}/bin/hello"))));
    hello.mbuild(&["build"]).ok();
    assert!(is_loaded_by_another(&program("_mbuild/native/bin/hello")));
}

#[test]
fn twenty_checks_of_the_runtime_pass_on_musl() {
    let space = Space::new();
    let stress = space.pristine("tests/fixtures/stress", "stress");
    let run = ["run", "--target", "x86_64-linux-musl", "--", "3"];
    let finished = stress.mbuild_with_toolchain(&run).fails(3);
    assert_eq!(finished.stdout.matches(" ok\n").count(), 20, "{}", finished.said());
    assert!(finished.stdout.ends_with("all is well\n"), "{}", finished.said());
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
    let ran = project.mbuild_with_toolchain(&["run", "--target", "x86_64-linux-musl"]).ok();
    assert_eq!(ran.stdout, "4 9 5 yes ::1 root\n", "{}", ran.said());
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
