//! Toolchains: made, listed, removed; the user's own goes first, and must fit what runs programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mbuild_tests::{Invocation, Project, Space, program};

/// mbuild with a data folder of its own, where cargo still finds what it has.
fn mbuild_with_data(project: &Project, data: &str, words: &[&str]) -> Invocation {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let mut mbuild = project.mbuild(words);
    mbuild.env("XDG_DATA_HOME", project.path(data));
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        mbuild.env(name, std::env::var_os(name).unwrap_or_else(|| home.join(folder).into()));
    }
    mbuild
}

/// The toolchain for unikernels that tests share.
fn made() -> PathBuf {
    let folder = program::toolchains().join("mbuild/toolchains");
    let entries = fs::read_dir(&folder).expect("the toolchains").flatten();
    let named = |it: &PathBuf| it.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut made = entries.map(|it| it.path()).filter(|it| named(it).starts_with("solo5-x86_64-"));
    made.next().unwrap_or_else(|| panic!("no toolchain in `{}`", folder.display()))
}

#[test]
fn a_toolchain_is_made_listed_restored_from_the_store_and_removed() {
    let space = Space::new();
    let project = space.project("p");
    let run = |data: &str, words: &[&str]| {
        mbuild_with_data(&project, data, &[&["toolchain"], words].concat()).ok()
    };
    let first = run("data", &["install", "solo5-spt"]);
    let made = first.ran().len();
    assert!(made > 140, "{made} actions");
    assert!(first.stderr.contains("fetching: cargo metadata"), "{}", first.stderr);
    assert_eq!(run("data", &["install", "solo5-hvt"]).ran().len(), 0);

    let list = run("data", &["list"]).stdout;
    assert!(list.contains("solo5-x86_64  Solo5 0.7.2, OCaml "), "{list}");
    let json: serde_json::Value =
        serde_json::from_str(&run("data", &["list", "--json"]).stdout).expect("JSON");
    let folder = json[0]["folder"].as_str().expect("a folder").to_owned();
    assert!(PathBuf::from(&folder).join("bin/solo5-spt").is_file(), "{folder}");

    // Somewhere else nothing is made again.
    let second = run("other", &["install", "solo5-spt"]);
    assert_eq!((second.ran().len(), second.restored().len()), (0, made));

    run("data", &["remove", "solo5-spt"]);
    assert!(!PathBuf::from(folder).exists());
    assert!(run("data", &["list"]).stderr.contains("mbuild has made no toolchain"));
    let again = mbuild_with_data(&project, "data", &["toolchain", "remove", "solo5-spt"]).fails(2);
    assert!(again.stderr.contains("mbuild has made no toolchain `solo5-x86_64`"));
}

#[test]
fn install_makes_the_toolchain_that_a_run_needs() {
    let space = Space::new();
    let hello = space.example("hello");
    let run = ["run", "--install", "--target", "solo5-spt"];
    let run = mbuild_with_data(&hello, "data", &run).ok();
    assert_eq!(run.stdout.lines().nth(1), Some("| Hello, world! |"), "{}", run.said());
    assert!(run.stderr.contains("making: toolchain solo5-x86_64"), "{}", run.stderr);
}

#[test]
fn without_a_toolchain_the_command_that_makes_it_is_named() {
    let space = Space::new();
    let hello = space.example("hello");
    let said =
        mbuild_with_data(&hello, "none", &["build", "--target", "solo5-hvt"]).fails(4).stderr;
    assert!(said.contains("toolchain `solo5-x86_64` is not installed"), "{said}");
    assert!(
        said.contains("run `mbuild toolchain install solo5-hvt`, or add `--install`"),
        "{said}"
    );
    let targets = mbuild_with_data(&hello, "none", &["targets"]).ok().stdout;
    let line = targets.lines().find(|line| line.starts_with("solo5-spt ")).unwrap_or_default();
    let need = "toolchain solo5-x86_64: `mbuild toolchain install solo5-spt`";
    assert!(line.ends_with(need), "{targets}");
}

#[test]
fn what_a_toolchain_is_made_of_is_named_where_it_is_missing() {
    let space = Space::new();
    let project = space.project("p");
    // All programs but cargo.
    let bin = crate::only(&space, &["gcc", "apt-get", "apt-cache", "sh"]);
    let mut mbuild = mbuild_with_data(&project, "data", &["toolchain", "install", "solo5-spt"]);
    let said = mbuild.env("PATH", bin.dir()).fails(4).stderr;
    assert!(said.contains("missing: program `cargo`, needed by toolchain solo5-x86_64"), "{said}");
    assert!(said.contains("apt-get install -y cargo`, or add `--install`"), "{said}");
}

/// How releases of ocaml-solo5 lie in a folder of opam.
#[derive(Clone, Copy, Debug)]
enum Layout {
    /// 0.8.x: a sysroot of its own, Solo5's C compiler.
    Old,
    /// 1.x: the sysroot in `lib`, a C compiler of its own that adds the C library.
    New,
}

/// The made toolchain laid out as opam installs ocaml-solo5, without what is mbuild's own in it.
fn as_from_opam(space: &Space, layout: Layout) -> PathBuf {
    let made = made();
    let prefix = space.path("opam");
    let (sysroot, ending, cc) = match layout {
        Layout::Old => ("solo5-sysroot", "", "x86_64-solo5-none-static-cc"),
        Layout::New => ("lib/ocaml-solo5", ".opt", "x86_64-solo5-ocaml-gcc"),
    };
    let copy = |from: &str, to: &str| {
        let to = prefix.join(to);
        fs::create_dir_all(to.parent().expect("a folder")).expect("folders");
        let status = Command::new("cp").arg("-a").arg(made.join(from)).arg(&to).status();
        assert!(status.is_ok_and(|status| status.success()), "cannot copy `{from}`");
    };
    copy("include", "include");
    copy("lib/x86_64-solo5-none-static", "lib/x86_64-solo5-none-static");
    for tool in ["x86_64-solo5-none-static-cc", "solo5-elftool", "solo5-spt"] {
        copy(&format!("bin/{tool}"), &format!("bin/{tool}"));
    }
    copy("lib/ocaml", &format!("{sysroot}/lib/ocaml"));
    let text = |path: &str| prefix.join(path).to_string_lossy().into_owned();
    let (stdlib, musl) = (text(&format!("{sysroot}/lib/ocaml")), text("include/musl"));
    let opam = space.project("opam");
    if let Layout::New = layout {
        opam.write_script(
            &format!("bin/{cc}"),
            &format!(
                "link=-lm\nfor word do case $word in -c | -S | -E) link= ;; esac; done\n\
                 exec x86_64-solo5-none-static-cc -isystem {musl} \"$@\" ${{link:+-L{stdlib} -lm}}\n"
            ),
        );
    }
    // Programs of the toolchain are called by their names, as opam's PATH has them.
    let flags = if let Layout::Old = layout { format!(" -isystem {musl}") } else { String::new() };
    let config = fs::read_to_string(made.join("lib/ocaml/ocaml.config")).expect("a configuration");
    let config = config.lines().map(|line| match line.split_once(": ") {
        Some((name @ ("c_compiler" | "bytecomp_c_compiler" | "native_c_compiler"), _)) => {
            format!("{name}: {cc} -O2{flags}\n")
        }
        Some((name @ ("ocamlc_cflags" | "ocamlopt_cflags"), _)) => format!("{name}: -O2{flags}\n"),
        Some((name @ ("standard_library" | "standard_library_default"), _)) => {
            format!("{name}: {stdlib}\n")
        }
        Some(("native_c_libraries", _)) if matches!(layout, Layout::New) => {
            "native_c_libraries: \n".to_owned()
        }
        _ => format!("{line}\n"),
    });
    opam.write(&format!("{sysroot}/config"), config.collect::<String>());
    for tool in ["ocamlc", "ocamlopt"] {
        opam.write_script(
            &format!("{sysroot}/bin/{tool}{ending}"),
            &format!(
                "[ \"$1\" = -config ] && exec cat {config}\nexec {tool}.opt -nostdlib -I {stdlib} \
                 -cc '{cc}{flags}' \"$@\"\n",
                config = text(&format!("{sysroot}/config")),
            ),
        );
    }
    let path = match layout {
        Layout::Old => text(&format!("{sysroot}/lib")),
        Layout::New => format!("{stdlib}:{}:{}", text(&format!("{sysroot}/lib")), text("lib")),
    };
    let conf = format!(
        "path(solo5) = \"{path}\"\ndestdir(solo5) = \"{0}/lib\"\nstdlib(solo5) = \"{stdlib}\"\n\
         ocamlopt(solo5) = \"{0}/bin/ocamlopt{ending}\"\nocamlc(solo5) = \"{0}/bin/ocamlc{ending}\"\n\
         ocamlmklib(solo5) = \"ocamlmklib\"\nocamldep(solo5) = \"ocamldep\"\n",
        text(sysroot)
    );
    opam.write("lib/findlib.conf.d/solo5.conf", conf);
    opam.write("lib/findlib.conf", "destdir=\"/usr/local/lib/ocaml\"\npath=\"/usr/lib/ocaml\"\n");
    prefix
}

/// mbuild as in a shell after `eval $(opam env)`.
fn after_opam_env(project: &Project, prefix: &Path, words: &[&str]) -> Invocation {
    let mut mbuild = project.mbuild_with_toolchain(words);
    mbuild.env("OPAM_SWITCH_PREFIX", prefix).path_first(&prefix.join("bin"));
    mbuild
}

#[test]
fn a_users_own_toolchain_goes_before_the_one_that_mbuild_has_made() {
    for (layout, ocamlopt) in [
        (Layout::Old, "opam/solo5-sysroot/bin/ocamlopt"),
        (Layout::New, "opam/lib/ocaml-solo5/bin/ocamlopt.opt"),
    ] {
        let space = Space::new();
        let prefix = as_from_opam(&space, layout);
        let run = ["run", "-q", "--target", "solo5-spt"];
        let hello = space.example("hello");
        let ran = after_opam_env(&hello, &prefix, &run).ok();
        assert_eq!(ran.stdout.lines().nth(1), Some("| Hello, world! |"), "{}", ran.said());
        let hello_said = ran.stdout;
        let rules = hello.read("_mbuild/solo5-x86_64/build.ninja");
        assert!(rules.contains(ocamlopt), "{layout:?}: {rules}");
        // A program in C, whose C library comes in another way in each of them.
        let console = space.example("console");
        let ran = after_opam_env(&console, &prefix, &run).ok();
        assert_eq!(ran.stdout.lines().count(), 8, "{layout:?}: {}", ran.said());
        let doctor = ["doctor", "--json", "solo5-spt"];
        let said = after_opam_env(&hello, &prefix, &doctor).ok().stdout;
        assert!(said.contains(&format!("in `{}`", prefix.display())), "{said}");
        // The same by a configuration that is named.
        let mut named = mbuild_with_data(&hello, "none", &run);
        named
            .env("OCAMLFIND_CONF", prefix.join("lib/findlib.conf"))
            .path_first(&prefix.join("bin"));
        assert_eq!(named.ok().stdout, hello_said);
        assert_eq!(hello.read("_mbuild/solo5-x86_64/build.ninja"), rules, "{layout:?}");
    }
}

#[test]
fn a_users_toolchain_that_is_not_on_path_is_told_before_it_fails() {
    for (layout, cc) in
        [(Layout::Old, "x86_64-solo5-none-static-cc"), (Layout::New, "x86_64-solo5-ocaml-gcc")]
    {
        let space = Space::new();
        let prefix = as_from_opam(&space, layout);
        let hello = space.example("hello");
        let mut build = mbuild_with_data(&hello, "none", &["build", "--target", "solo5-spt"]);
        let said = build.env("OCAMLFIND_CONF", prefix.join("lib/findlib.conf")).fails(4).stderr;
        let bin = prefix.join("bin");
        assert_eq!(
            said,
            format!(
                "error: toolchain `solo5-x86_64` calls `{cc}`, which is in `{0}` and not on PATH\n  \
                 help: run `eval $(opam env)`, or put `{0}` on PATH\n",
                bin.display()
            )
        );
    }
}

#[test]
fn packages_of_the_host_are_not_offered_to_a_toolchain_with_packages_of_its_own() {
    let space = Space::new();
    let project = space.project("p");
    project.write(
        "_oasis",
        "OASISFormat: 0.4\nName: p\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n\
         Executable p\n  Path: .\n  MainIs: p.ml\n  BuildDepends: str\n",
    );
    project.write("p.ml", "let () = assert (Str.quote \".\" = \"\\\\.\")");
    let prefix = as_from_opam(&space, Layout::Old);
    let build = ["build", "--target", "solo5-spt"];
    let said = after_opam_env(&project, &prefix, &build).fails(4).stderr;
    assert_eq!(
        said,
        "error: _oasis:10:17: missing: findlib package `str`, needed by executable p\n    BuildDepends: str\n                  ^\n  \
         help: findlib package `str`: install it by hand, and put it where findlib or PATH lead\n"
    );
    project.mbuild_with_toolchain(&build).ok();
}

/// Makes everything that this toolchain links a guest of Solo5 0.8 and later: the note in its bindings.
fn second_generation(prefix: &Path) {
    let bindings = prefix.join("lib/x86_64-solo5-none-static/solo5_spt.o");
    let mut content = fs::read(&bindings).expect("the bindings");
    // The owner, then the target (spt is 2) and the version.
    let first = b"Solo5\0\0\0\x02\0\0\0\x01\0\0\0";
    let places: Vec<usize> =
        (0..content.len() - first.len()).filter(|at| content[*at..].starts_with(first)).collect();
    assert_eq!(places.len(), 1, "notes of the ABI");
    content[places[0] + 12] = 2;
    fs::write(bindings, content).expect("the bindings");
}

#[test]
fn both_generations_of_the_abi_are_known_and_do_not_mix() {
    let space = Space::new();
    let prefix = as_from_opam(&space, Layout::New);
    let hello = space.example("hello");
    let run = || after_opam_env(&hello, &prefix, &["run", "-q", "--target", "solo5-spt"]);
    let refused = |made: u32, has: u32| {
        let said = run().fails(3).stderr;
        let (program, tender) =
            (hello.path("_mbuild/solo5-x86_64/bin/hello.spt"), prefix.join("bin/solo5-spt"));
        assert_eq!(
            said,
            format!(
                "error: `{}` is made for version {made} of the ABI, and `{}` has version {has}\n  \
                 help: use the runner and the toolchain of the same release\n",
                program.display(),
                tender.display()
            )
        );
    };
    run().ok();
    second_generation(&prefix);
    refused(2, 1);
    // The tender of the next generation.
    let bin = space.project("opam/bin");
    bin.remove("solo5-spt");
    bin.write_script(
        "solo5-spt",
        "[ \"$1\" = --version ] || exec echo 'the next generation'\n\
         echo 'solo5-spt tender, version v0.9.1'\necho 'ABI version 2'\n",
    );
    assert_eq!(run().ok().stdout, "the next generation\n");
    fs::copy(
        made().join("lib/x86_64-solo5-none-static/solo5_spt.o"),
        prefix.join("lib/x86_64-solo5-none-static/solo5_spt.o"),
    )
    .expect("the bindings");
    refused(1, 2);
}

#[test]
fn a_users_toolchain_without_its_c_compiler_is_incomplete() {
    let space = Space::new();
    let prefix = as_from_opam(&space, Layout::Old);
    fs::remove_file(prefix.join("bin/x86_64-solo5-none-static-cc")).expect("a file");
    let hello = space.example("hello");
    let mut mbuild = mbuild_with_data(&hello, "none", &["build", "--target", "solo5-spt"]);
    let said = mbuild.env("OCAMLFIND_CONF", prefix.join("lib/findlib.conf")).fails(4).stderr;
    let message =
        "toolchain `solo5-x86_64` is incomplete: there is no `x86_64-solo5-none-static-cc`";
    assert!(said.contains(message), "{said}");
}

/// A data folder with the packages of another processor, and nothing else, that others have.
fn with_foreign_packages(project: &Project, data: &str) {
    let shared = program::toolchains().join("mbuild/toolchains/.debian");
    let home = project.path(data).join("mbuild/toolchains");
    fs::create_dir_all(&home).expect("folders");
    std::os::unix::fs::symlink(shared, home.join(".debian")).expect("a link");
}

#[test]
fn toolchains_for_another_processor_come_out_of_the_store() {
    let space = Space::new();
    let project = space.project("p");
    with_foreign_packages(&project, "data");
    for name in ["aarch64-linux-musl", "solo5-aarch64"] {
        let mut install = mbuild_with_data(&project, "data", &["toolchain", "install", name]);
        install.env("MBUILD_CACHE_DIR", program::toolchains().join("store"));
        let finished = install.ok();
        assert_eq!(finished.ran(), [""; 0], "{name}");
        assert!(finished.restored().len() > 600, "{name}: {}", finished.restored().len());
    }
    let hello = space.example("hello");
    let mut run =
        mbuild_with_data(&hello, "../p/data", &["run", "-q", "--target", "aarch64-linux-musl"]);
    assert_eq!(run.ok().stdout.lines().nth(1), Some("| Hello, world! |"));
}

#[test]
fn packages_of_another_processor_are_fetched_without_root() {
    let space = Space::new();
    let project = space.project("p");
    let install = ["toolchain", "install", "solo5-aarch64"];
    let said = mbuild_with_data(&project, "data", &install).fails(4).stderr;
    for file in ["/usr/lib/aarch64-linux-musl/libc.a", "/usr/include/seccomp.h"] {
        let message = format!("missing: file `{file}`, needed by toolchain solo5-aarch64");
        assert!(said.contains(&message), "{said}");
    }
    let root = project.path("data/mbuild/toolchains/.debian/arm64");
    let root = root.to_string_lossy();
    assert!(said.contains(&format!("'Dir::State={root}/apt'")), "{said}");
    assert!(said.contains(" 'APT::Architecture=arm64' "), "{said}");
    assert!(said.contains(" download musl-dev libseccomp-dev`, then `find "), "{said}");
    assert!(!said.contains("sudo"), "{said}");
}

#[test]
fn a_users_toolchain_for_one_processor_is_not_taken_for_another() {
    let space = Space::new();
    let prefix = as_from_opam(&space, Layout::Old);
    let hello = space.example("hello");
    let build = ["build", "--target", "solo5-hvt-aarch64"];
    let mut build = hello.mbuild_with_toolchain(&build);
    build.env("OCAMLFIND_CONF", prefix.join("lib/findlib.conf")).ok();
    let rules = hello.read("_mbuild/solo5-aarch64/build.ninja");
    assert!(rules.contains("/bin/aarch64-solo5-none-static-ocamlopt"), "{rules}");
}
