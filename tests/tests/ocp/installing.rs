//! What ocp-build links in which order, and where it installs what: a folder and a META for every package.

use mbuild_tests::{Space, tree};

const INSTALLED: [&str; 29] = [
    "bin/byte-only.byte",
    "bin/main",
    "bin/main.byte",
    "lib/META.inner",
    "lib/byte-only/META",
    "lib/empty/META",
    "lib/loose/META",
    "lib/loose/late.cmi",
    "lib/loose/late.cmo",
    "lib/loose/late.cmx",
    "lib/loose/late.o",
    "lib/main/META",
    "lib/sub/inner/first.cmi",
    "lib/sub/inner/first.cmx",
    "lib/sub/inner/inner.a",
    "lib/sub/inner/inner.cma",
    "lib/sub/inner/inner.cmxa",
    "lib/sub/inner/libinner_c.a",
    "lib/sub/inner/second.cmi",
    "lib/sub/inner/second.cmx",
    "lib/sub/inner/third.cmi",
    "lib/sub/inner/third.cmx",
    "lib/zero/META",
    "lib/zero/zero.a",
    "lib/zero/zero.cma",
    "lib/zero/zero.cmi",
    "lib/zero/zero.cmx",
    "lib/zero/zero.cmxa",
    "lib/zero/zero.cmxs",
];

/// The flags of `zero` for linking hold for what is linked with it, `inner` is linked as its modules are ready,
/// and programs of both kinds print the same.
const MANIFEST: &str = r#"
begin library "inner"
  sort = true
  files = [ "third.ml" "second.ml" "first.ml" "inner_c.c" ]
  install_subdir = "sub"
  stubarchive = "inner_c"
  cmxs_plugin = false
  force_link = true
end
begin library "empty" requires = [ "zero" "inner" ] end
begin objects "loose" files = [ "late.ml" ] end
begin library "zero" files = [ "zero.ml" ] force_link = true asmlink = [ "-ccopt" "-DZERO" ] end
begin program "main" files = [ "main.ml" ] requires = [ "loose" "empty" ] link_order = [ ] end
begin program "byte-only" files = [ "only.ml" ] requires = [ "loose" "inner" "zero" ] has_asm = false
  link_order = [ "zero" "loose" "inner" ]
end
begin program "kept" files = [ "main.ml" ] requires = [ "loose" "empty" ] install = false end
"#;

fn project<'a>(space: &'a Space) -> mbuild_tests::Project<'a> {
    let project = space.project("parts");
    project.write("build.ocp", MANIFEST);
    for (file, text) in [
        ("third.ml", "let () = print_string \"third \"\nlet third = First.first + 1\n"),
        ("second.ml", "let () = print_string \"second \"\n"),
        (
            "first.ml",
            "external one : unit -> int = \"inner_one\"\nlet () = print_string \"first \"\nlet first = one ()\n",
        ),
        (
            "inner_c.c",
            "#include <caml/mlvalues.h>\nvalue inner_one(value unit) { return Val_int(1); }\n",
        ),
        ("late.ml", "let () = print_string \"late \"\n"),
        ("zero.ml", "let () = print_string \"zero \"\n"),
        ("main.ml", "let () = Printf.printf \"main %d\\n\" Third.third\n"),
        ("only.ml", "let () = print_endline \"only\"\n"),
    ] {
        project.write(file, text);
    }
    project
}

#[test]
fn libraries_are_linked_by_name_and_modules_as_they_are_ready() {
    let space = Space::new();
    let project = project(&space);
    project.mbuild(&["build"]).ok();
    let said = |name: &str| {
        project.program(project.path(&format!("_mbuild/native/bin/{name}"))).ok().stdout
    };
    // `second` is the first that needs nothing; `empty` brings what it requires.
    assert_eq!(said("main"), "second first third late zero main 2\n");
    assert_eq!(said("main.byte"), said("main"));
    assert_eq!(said("byte-only"), "zero late second first third only\n");
    let rules = project.read("_mbuild/native/build.ninja");
    let linked = |name: &str| {
        let rule = rules.split(&format!("rule {name}\n")).nth(1).unwrap_or_default();
        rule.lines().next().unwrap_or_default().contains("-ccopt -DZERO")
    };
    assert!(linked("executable-main.link") && !linked("executable-main.link-byte"), "{rules}");
    project.is_built();
}

#[test]
fn every_package_has_a_folder_and_a_meta_and_compiled_files_alone() {
    let space = Space::new();
    let project = project(&space);
    let prefix = space.path("there");
    project.mbuild(&["install", "-q", "--prefix", &prefix.to_string_lossy()]).ok();
    let installed = tree::read(&prefix, |path| !path.starts_with("share"));
    assert_eq!(tree::names(&installed), INSTALLED);
    let meta = |path: &str| std::fs::read_to_string(prefix.join(path)).expect("META");
    assert_eq!(
        meta("lib/META.inner"),
        "# Made from the package's manifest by mbuild\n\
         version = \"0.1-alpha\"\n\
         description = \"inner\"\n\
         directory = \"sub/inner\"\n\
         archive(byte) = \"inner.cma\"\n\
         plugin(byte) = \"inner.cma\"\n\
         archive(native) = \"inner.cmxa\"\n\
         exists_if = \"inner.cma\"\n"
    );
    assert_eq!(
        meta("lib/main/META"),
        "# Made from the package's manifest by mbuild\nversion = \"0.1-alpha\"\ndescription = \"main\"\n"
    );
    // Both programs stand alone, with the C parts inside.
    for name in ["main", "main.byte"] {
        let ran = project.program(prefix.join("bin").join(name)).ok();
        assert_eq!(ran.stdout, "second first third late zero main 2\n");
    }
    let user = space.project("user");
    user.write("b.ocp", "begin program \"u\" files = [ \"u.ml\" ] requires = [ \"inner\" ] end\n");
    user.write("u.ml", "let () = print_int Third.third\n");
    user.mbuild(&["build"]).env("OCAMLPATH", prefix.join("lib")).ok();
    for name in ["u", "u.byte"] {
        let ran = user.program(user.path(&format!("_mbuild/native/bin/{name}"))).ok();
        assert_eq!(ran.stdout, "second first third 2");
    }
    project.mbuild(&["uninstall", "-q", "--prefix", &prefix.to_string_lossy()]).ok();
    assert!(!prefix.join("lib").exists() && !prefix.join("bin").exists());
}

/// The project says that `bigarray` is there and requires nothing, whatever its META says; `unix` comes before
/// what is called after `bigarray`, which needs it.
#[test]
fn packages_that_are_there_require_what_the_project_says() {
    let space = Space::new();
    let project = space.project("there");
    project.write(
        "build.ocp",
        "begin library \"bigarray\" generated = true end\n\
         begin library \"one\" files = [ \"one.ml\" ] requires = [ \"bigarray\" ] end\n",
    );
    project.write(
        "sub/build.ocp",
        "begin library \"two\" files = [ \"two.ml\" ] requires = [ \"str\" \"unix\" ] end\n",
    );
    project.write("one.ml", "let one = 1\n").write("sub/two.ml", "let two = 2\n");
    let install = |folder: &str| {
        let prefix = space.path(folder);
        project.mbuild(&["install", "-q", "--prefix", &prefix.to_string_lossy()]).ok();
        prefix
    };
    let requires = |prefix: &std::path::Path, name: &str| {
        let meta = std::fs::read_to_string(prefix.join(format!("lib/{name}/META"))).expect("META");
        meta.lines().find(|line| line.starts_with("requires")).map(str::to_owned)
    };
    let first = install("first");
    assert_eq!(requires(&first, "one").as_deref(), Some("requires = \"bigarray\""));
    assert_eq!(requires(&first, "two").as_deref(), Some("requires = \"str unix\""));
    project.write("build.ocp", "");
    let second = install("second");
    assert_eq!(requires(&second, "two").as_deref(), Some("requires = \"unix str\""));
}
