//! What can be wrong with targets and their descriptions, and what is said of it.

use mbuild_tests::Space;

#[test]
fn an_unknown_target_is_a_usage_error() {
    let space = Space::new();
    let hello = space.example("hello");
    let said = |name: &str| hello.mbuild(&["build", "--target", name]).fails(2).stderr;
    assert!(
        said("solo5-sqt")
            .contains("there is no target `solo5-sqt`\n  help: did you mean `solo5-spt`?")
    );
    assert!(
        said("plan9").contains("there is no target `plan9`\n  help: `mbuild targets` lists them")
    );
    let said = hello.mbuild(&["toolchain", "install", "solo5-spr"]).fails(2).stderr;
    assert!(said.contains("there is no target or toolchain `solo5-spr`"), "{said}");
    let said = hello.mbuild(&["toolchain", "install", "native"]).fails(2).stderr;
    assert!(said.contains("mbuild has no recipe for toolchain `native`"), "{said}");
}

#[test]
fn a_mistake_in_mbuild_toml_has_a_place() {
    let space = Space::new();
    let hello = space.example("hello");
    hello.write("mbuild.toml", "[targets.mine]\nabout = \"x\"\ntoolchain = \"natif\"\n");
    let said = hello.mbuild(&["build"]).fails(3).stderr;
    let message = "mbuild.toml:3:13: there is no toolchain `natif`\n  toolchain = \"natif\"\n";
    assert!(said.contains(message), "{said}");
    assert!(said.contains("help: did you mean `native`?"), "{said}");
    assert!(!hello.path("_mbuild").exists());
}

#[test]
fn a_target_of_the_project_runs_programs_its_own_way() {
    let space = Space::new();
    let hello = space.example("hello");
    let description = "[targets.loud]\nabout = \"with a word before\"\ntoolchain = \"native\"\n\
        [targets.loud.run]\ncommand = [\"sh\", \"-c\", \"echo loud {memory}; {program} {line}; exit 7\"]\n\
        success = [7]\ncarries-status = false\n";
    hello.write("mbuild.toml", description);
    let run = hello.mbuild(&["run", "--target", "loud", "--mem", "9", "--", "you"]).ok();
    assert!(run.stdout.starts_with("loud 9\n+-------------+\n| Hello, you! |\n"), "{}", run.said());
    assert!(hello.path("_mbuild/loud/bin/hello").is_file());

    let list = hello.mbuild(&["targets", "--json"]).ok().stdout;
    let list: serde_json::Value = serde_json::from_str(&list).expect("JSON");
    let find = |name: &str| list.as_array().unwrap().iter().find(|it| it["name"] == name).cloned();
    assert_eq!(find("loud").expect("the target")["directory"], "_mbuild/loud");
    assert_eq!(find("native").expect("the target")["needs"], serde_json::json!([]));

    // Another description is another configuration.
    hello.write("mbuild.toml", description.replace("echo loud", "echo LOUD"));
    let run = hello.mbuild(&["run", "--target", "loud"]).ok();
    assert!(run.stdout.starts_with("LOUD 128\n"), "{}", run.said());
}

#[test]
fn a_runner_that_is_not_there_is_named_with_what_has_it() {
    let space = Space::new();
    let hello = space.example("hello");
    hello.write(
        "mbuild.toml",
        "[targets.far]\nabout = \"x\"\ntoolchain = \"native\"\n[targets.far.run]\n\
         command = [\"no-such-machine\", \"{program}\", \"{line}\"]\n\
         needs = [{ program = \"no-such-machine\", apt = \"machines\" }]\n",
    );
    let said = hello.mbuild(&["run", "--target", "far"]).fails(4).stderr;
    assert!(said.contains("there is no `no-such-machine` to run the program with"), "{said}");
    assert!(said.contains("help: on Debian: `apt-get install machines`"), "{said}");
}

#[test]
fn what_a_unikernel_cannot_have_is_refused() {
    let space = Space::new();
    let project = space.project("p");
    project.write(
        "_oasis",
        "OASISFormat: 0.4\nName: p\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n\
         Executable p\n  Path: .\n  MainIs: p.ml\n  BuildDepends: unix\n",
    );
    project.write("p.ml", "let () = print_int (Unix.getpid ())");
    let said = project.mbuild_with_toolchain(&["build", "--target", "solo5-spt"]).fails(4).stderr;
    let message =
        "executable p needs findlib package `unix`, which toolchain `solo5-x86_64` does not have";
    assert!(said.contains(message), "{said}");
    project.mbuild(&["build"]).ok();

    // The same for what a package needs that the package needs.
    project.edit("_oasis", "BuildDepends: unix", "BuildDepends: batteries");
    let said = project.mbuild_with_toolchain(&["build", "--target", "solo5-spt"]).fails(4).stderr;
    assert!(
        said.contains("`batteries`, needed by executable p, needs findlib package `"),
        "{said}"
    );
}

#[test]
fn what_mbuild_does_not_run_comes_with_what_does() {
    let space = Space::new();
    let hello = space.example("hello");
    let said = hello.mbuild_with_toolchain(&["run", "--target", "solo5-xen"]).fails(2).stderr;
    assert!(said.contains("mbuild does not run programs of `solo5-xen`"), "{said}");
    assert!(said.contains("help: build it, and give it to Xen: `xl create -c` the file"), "{said}");
    let said = hello.mbuild_with_toolchain(&["install", "--target", "solo5-spt"]).fails(2).stderr;
    assert!(said.contains("target `solo5-spt` is not for this machine"), "{said}");
    assert!(
        said.contains("with `--prefix` its libraries go where OCAMLPATH may lead to"),
        "{said}"
    );
}

#[test]
fn memory_that_the_program_alone_would_fill_is_too_little() {
    let space = Space::new();
    let hello = space.example("hello");
    let run = ["run", "-q", "--target", "solo5-spt", "--mem", "1"];
    let said = hello.mbuild_with_toolchain(&run).fails(2).stderr;
    assert_eq!(
        said,
        "error: `hello.spt` does not fit into 1 MiB of memory: it takes 2 MiB before it begins\n  \
         help: leave `--mem` out, or give it more: `--mem 8`\n"
    );
}

#[test]
fn without_qemu_the_package_that_has_it_is_named() {
    let space = Space::new();
    let hello = space.example("hello");
    let bin = crate::only(&space, &["cat", "gcc", "sh"]);
    let mut run = hello.mbuild_with_toolchain(&["run", "--target", "solo5-virtio"]);
    let said = run.env("PATH", bin.dir()).fails(4).stderr;
    assert_eq!(
        said,
        "error: there is no `qemu-system-x86_64` to run the program with\n  \
         help: on Debian: `apt-get install qemu-system-x86`\n"
    );
}

#[test]
fn of_two_programs_one_has_to_be_named() {
    let space = Space::new();
    let project = space.project("p");
    let section = |name: &str| format!("Executable {name}\n  Path: .\n  MainIs: {name}.c\n");
    project.write(
        "_oasis",
        format!(
            "OASISFormat: 0.4\nName: p\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n{}{}",
            section("one"),
            section("two")
        ),
    );
    for (name, status) in [("one", 1), ("two", 2)] {
        project.write(&format!("{name}.c"), format!("int main(void) {{ return {status}; }}\n"));
    }
    for target in ["native", "solo5-spt"] {
        let run = |words: &[&str]| {
            let run = [&["run", "-q", "--target", target], words].concat();
            project.mbuild_with_toolchain(&run)
        };
        assert_eq!(
            run(&[]).fails(2).stderr,
            "error: the package has several programs\n  help: name one of `one` and `two`\n"
        );
        run(&["two"]).fails(2);
        run(&["one"]).fails(1);
        let said = run(&["tow"]).fails(2).stderr;
        assert_eq!(said, "error: there is no program `tow`\n  help: did you mean `two`?\n");
    }
}
