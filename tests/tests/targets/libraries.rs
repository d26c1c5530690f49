//! Libraries for another target: installed where the user says, and used by other packages from there.

use mbuild_tests::{Project, Space};

const MANIFEST: &str =
    "OASISFormat: 0.4\nName: p\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n";

/// A library with C in it, and a program of its own.
fn library(space: &Space) -> Project<'_> {
    let project = space.project("library");
    project
        .write(
            "_oasis",
            format!(
                "{MANIFEST}Plugins: META (0.4)\nLibrary size\n  Path: src\n  Modules: Size\n  CSources: size_stubs.c\n\
                 Executable sizes\n  Path: bin\n  MainIs: sizes.ml\n  BuildDepends: size\n"
            ),
        )
        .write("src/size.ml", "external of_long : unit -> int = \"size_of_long\"\n")
        .write(
            "src/size_stubs.c",
            "#include <caml/mlvalues.h>\nvalue size_of_long(value u) { return Val_int(sizeof(long)); }\n",
        )
        .write("bin/sizes.ml", "let () = print_int (Size.of_long ())\n");
    project
}

#[test]
fn a_library_for_another_target_is_installed_and_used() {
    let space = Space::new();
    let library = library(&space);
    let user = space.project("user");
    let section = "Executable user\n  Path: .\n  MainIs: user.ml\n  BuildDepends: size\n";
    user.write("_oasis", format!("{MANIFEST}{section}"))
        .write("user.ml", "let () = Printf.printf \"%d bytes\\n\" (Size.of_long ())\n");
    for target in ["aarch64-linux-musl", "x86_64-linux-musl", "solo5-spt"] {
        let prefix = space.path(&format!("for-{target}"));
        let prefix = prefix.to_string_lossy();
        let install = ["install", "--target", target, "--prefix", &prefix];
        library.mbuild_with_toolchain(&install).ok();
        let mut run = user.mbuild_with_toolchain(&["run", "--target", target]);
        run.env("OCAMLPATH", format!("{prefix}/lib"));
        assert_eq!(run.ok().stdout, "8 bytes\n", "{target}");
    }
    // One program of those that the targets of the toolchain have.
    let program = std::fs::read(space.path("for-solo5-spt/bin/sizes")).expect("a program");
    let built = library.path("_mbuild/solo5-x86_64/bin/sizes.spt");
    assert!(program == std::fs::read(built).expect("a program"));
}

/// The archive `size.cmxa` is the same before and after, and so are all interfaces.
#[test]
fn a_library_that_changed_in_c_alone_is_linked_again() {
    let space = Space::new();
    let library = library(&space);
    let user = space.project("user");
    let section = "Executable user\n  Path: .\n  MainIs: user.ml\n  BuildDepends: size\n  \
                   CompiledObject: native\n";
    user.write("_oasis", format!("{MANIFEST}{section}"))
        .write("user.ml", "let () = print_int (Size.of_long ())\n");
    let prefix = space.path("prefix");
    let prefix = prefix.to_string_lossy();
    let again = || {
        library.mbuild(&["install", "--prefix", &prefix]).ok();
        let mut run = user.mbuild(&["run"]);
        run.env("OCAMLPATH", format!("{prefix}/lib")).ok().stdout
    };
    assert_eq!(again(), "8");
    library.edit("src/size_stubs.c", "sizeof(long)", "3");
    assert_eq!(again(), "3");
}
