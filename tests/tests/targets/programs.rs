//! The unikernels of `examples/` do what they are there for, seen from outside.

use std::fs;

use mbuild_tests::{Finished, Project, Space};

#[test]
fn a_program_in_c_draws_the_same_wave_on_every_target() {
    let space = Space::new();
    let console = space.example("console");
    let run = |target: &str, words: &[&str]| {
        let run = [&["run", "--target", target], words].concat();
        console.mbuild_with_toolchain(&run).run()
    };
    let wave = run("native", &["--", "3"]).stdout;
    assert_eq!(wave.lines().map(str::len).collect::<Vec<_>>(), [17, 28, 33], "{wave}");
    for target in ["solo5-spt", "solo5-virtio"] {
        let ran = run(target, &["--", "3"]);
        assert_eq!((ran.code, ran.stdout.replace('\r', "")), (0, wave.clone()), "{}", ran.said());
    }
    let refused = run("solo5-spt", &["--", "three"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, "usage: console [LINES]\n"));

    // Nothing of OCaml is in it, and it is compiled once.
    assert!(!console.path("_mbuild/solo5-x86_64/sections").exists());
    let other = run("solo5-hvt", &["--dry-run"]);
    assert!(other.stderr.contains("link _mbuild/solo5-x86_64/bin/console.hvt"), "{}", other.said());
    assert!(!other.stderr.contains("cc "), "{}", other.said());
}

#[test]
fn a_program_in_c_may_begin_at_solo5_itself() {
    let space = Space::new();
    let bare = space.project("bare");
    let begin = "#include \"solo5.h\"\n\
        int solo5_app_main(const struct solo5_start_info *info)\n\
        {\n  (void)info;\n  solo5_console_write(\"bare\\n\", 5);\n  return 7;\n}\n";
    bare.write(
        "_oasis",
        "OASISFormat: 0.4\nName: bare\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n\
         Executable bare\n  Path: .\n  MainIs: bare.c\n  XMbuildUnikernel: only\n",
    );
    bare.write("bare.c", begin);
    let run = ["run", "--target", "solo5-spt"];
    assert_eq!(bare.mbuild_with_toolchain(&run).fails(7).stdout, "bare\n");

    // A crash and an abort have the tender's own codes.
    bare.edit("bare.c", "return 7;", "return *(volatile int *)8;");
    bare.mbuild_with_toolchain(&run).fails(139);
    bare.edit("bare.c", "return *(volatile int *)8;", "solo5_abort();");
    bare.mbuild_with_toolchain(&run).fails(255);
}

fn kv(kv: &Project, target: &str, words: &[&str]) -> Finished {
    let run = ["run", "-q", "--target", target, "--block", "storage=disk", "--"];
    kv.mbuild_with_toolchain(&[&run, words].concat()).run()
}

#[test]
fn what_is_put_on_a_disk_is_there_in_the_next_run() {
    let space = Space::new();
    let project = space.example("kv");
    let run = |target: &str, words: &[&str]| {
        let ran = kv(&project, target, words);
        (ran.code, ran.stdout.replace('\r', ""))
    };
    const SECTOR: usize = 512;
    project.write("disk", vec![0; 3 * SECTOR]);
    let done = (0, String::new());
    assert_eq!(run("solo5-spt", &["list"]), done);
    assert_eq!(run("solo5-spt", &["put", "colour", "deep blue"]), done);
    // Another machine with the same disk.
    assert_eq!(run("solo5-virtio", &["put", "size", "7"]), done);
    assert_eq!(run("solo5-spt", &["get", "colour"]), (0, "deep blue\n".into()));
    assert_eq!(run("solo5-virtio", &["get", "size"]), (0, "7\n".into()));
    assert_eq!(run("solo5-spt", &["put", "size", "8"]), done);
    assert_eq!(run("solo5-spt", &["list"]), (0, "colour = deep blue\nsize = 8\n".into()));

    let disk = fs::read(project.path("disk")).expect("the disk");
    assert_eq!(&disk[..19], b"\x00\x06\x00\x09colourdeep blue");
    assert_eq!(&disk[SECTOR..SECTOR + 9], b"\x00\x04\x00\x01size8");
    assert!(disk[2 * SECTOR..].iter().all(|byte| *byte == 0));

    let absent = (1, "kv: there is no `weight`\n".into());
    assert_eq!(run("solo5-spt", &["get", "weight"]), absent);
    assert_eq!(run("solo5-spt", &["remove", "weight"]), absent);
    assert_eq!(run("solo5-spt", &["remove", "colour"]), done);
    assert_eq!(run("solo5-spt", &["list"]), (0, "size = 8\n".into()));
    assert_eq!(run("solo5-spt", &["put", "a", "1"]), done);
    assert_eq!(run("solo5-spt", &["put", "b", "2"]), done);
    assert_eq!(run("solo5-spt", &["put", "c", "3"]), (1, "kv: the device is full\n".into()));
    let long = "x".repeat(SECTOR);
    let refused = (1, "kv: a key and its value have 508 letters at most\n".into());
    assert_eq!(run("solo5-spt", &["put", "a", &long]), refused);
}

#[test]
fn a_program_that_only_a_unikernel_can_be_is_no_program_of_this_machine() {
    let space = Space::new();
    let project = space.example("kv");
    assert_eq!(project.mbuild(&["build"]).ok().ran(), [""; 0]);
    let said = project.mbuild(&["run"]).fails(2).stderr;
    let message = "`kv` has the block device `storage`, and target `native` has none such\n  \
        help: `mbuild targets` lists others, for `--target`";
    assert!(said.contains(message), "{said}");
}

#[test]
fn a_program_in_c_without_its_sources_or_with_libraries_of_ocaml_is_refused() {
    let space = Space::new();
    let project = space.example("console");
    project.remove("console.c");
    let said = project.mbuild(&["build"]).fails(3).stderr;
    assert!(said.contains("_oasis:11:13: "), "{said}");
    assert!(said.contains("`console.c`"), "{said}");
    project.edit("_oasis", "CCLib:    -lm", "BuildDepends: str");
    let said = project.mbuild(&["build"]).fails(3).stderr;
    assert!(said.contains("_oasis:13:17: a program in C cannot use `str`\n"), "{said}");
}
