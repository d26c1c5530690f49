//! A program of each kind builds with the modules that Mirari's main modules ask for, and does what it should.
//!
//! Those modules are in `tests/fixtures/mirari/mirage`, over Lwt, which Debian has.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use mbuild_tests::{Invocation, Project, Running, Space};

/// How long a program may take to be built and to listen.
const PATIENCE: Duration = Duration::from_secs(60);

/// The folder of findlib packages in which the modules are installed.
fn modules(space: &Space) -> PathBuf {
    let mirage = space.pristine("tests/fixtures/mirari/mirage", "mirage");
    let prefix = space.path("prefix");
    mirage.mbuild(&["install", "-q", "--prefix", &prefix.to_string_lossy()]).ok();
    prefix.join("lib")
}

fn fixture<'a>(space: &'a Space, name: &str) -> Project<'a> {
    space.pristine(&format!("tests/fixtures/mirari/{name}"), name)
}

fn run(project: &Project, modules: &PathBuf, words: &[&str]) -> Invocation {
    let mut run = project.mbuild(words);
    run.env("OCAMLPATH", modules);
    run
}

/// A port of the loopback that nobody listens on.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}

/// What is answered to `text`, once somebody listens.
fn ask(port: u16, text: &str) -> String {
    let begin = Instant::now();
    let mut stream = loop {
        match TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            Ok(stream) => break stream,
            Err(error) => assert!(begin.elapsed() < PATIENCE, "nobody listens: {error}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit of time");
    stream.write_all(text.as_bytes()).expect("it listens");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

fn ends_well(mut program: Running) {
    let status = program.wait().expect("it ends");
    assert!(status.success(), "{status}");
}

#[test]
fn a_program_without_network_runs_in_lwt() {
    let space = Space::new();
    let modules = modules(&space);
    let heads = fixture(&space, "noip");
    let ran = run(&heads, &modules, &["run"]).ok();
    assert_eq!(ran.stdout, "Heads\nTails\nFinished\n");
    let main = heads.read("_mbuild/native/gen/mirari_heads.ml");
    assert!(main.contains("let main () = Heads.main ()\n"), "{main}");
}

#[test]
fn a_program_with_an_address_gets_its_interface() {
    let space = Space::new();
    let modules = modules(&space);
    let echo = fixture(&space, "ip");
    let port = free_port();
    let mut invocation = run(&echo, &modules, &["run", "--unix"]);
    let running = invocation.env("ECHO_PORT", port.to_string()).start();
    let answer = ask(port, "who is there?\n");
    let expected = "lo 10.0.0.2/255.255.255.0 via 10.0.0.1, 10.0.0.254: who is there?\n";
    assert_eq!(answer, expected);
    ends_well(running);
}

#[test]
fn a_web_server_answers_out_of_its_store() {
    let space = Space::new();
    let modules = modules(&space);
    fixture(&space, "site");
    let www = fixture(&space, "http");
    let port = free_port();
    www.edit("www.conf", "http-port: 8080", &format!("http-port: {port}"));
    let mut invocation = run(&www, &modules, &["run", "--socket"]);
    let running = invocation.start();
    let get = |path: &str| {
        let answer = ask(port, &format!("GET {path} HTTP/1.0\r\n\r\n"));
        let (header, body) = answer.split_once("\r\n\r\n").expect("an answer of HTTP");
        (header.lines().next().unwrap_or_default().to_owned(), body.to_owned())
    };
    let page = |text: &str| ("HTTP/1.0 200".to_owned(), text.to_owned());
    assert_eq!(get("/index.html"), page("<p>The first page</p>\n"));
    assert_eq!(get("/sub/page.html"), page("<p>Further down</p>\n"));
    assert_eq!(get("/other.html").0, "HTTP/1.0 404");
    assert_eq!(get("/stop").1, "stopped\n");
    ends_well(running);

    // A page that is longer than what the store gives at once, after an edit.
    let long = "0123456789".repeat(1000);
    std::fs::write(space.path("site/pages/long.txt"), &long).expect("a page");
    let running = invocation.start();
    assert_eq!(get("/long.txt"), page(&long));
    get("/stop");
    ends_well(running);
}

#[test]
fn a_program_whose_modules_are_not_installed_says_which() {
    let space = Space::new();
    let heads = fixture(&space, "noip");
    let said = heads.mbuild(&["build"]).fails(4).stderr;
    assert!(said.contains("findlib package `mirage`, needed by executable heads"), "{said}");
    assert!(!heads.path("_mbuild/native/build.ninja").exists());
}

#[test]
fn the_main_module_has_the_types_that_mirari_s_has() {
    let space = Space::new();
    let modules = modules(&space);
    let heads = fixture(&space, "noip");
    heads.write("heads.ml", "let main () = print_endline \"no promise\"\n");
    let said = run(&heads, &modules, &["build"]).fails(1).stderr;
    assert!(said.contains("mirari_heads.ml") && said.contains("unit Lwt.t"), "{said}");
}
