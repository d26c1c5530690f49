//! Toolchains: made, listed, removed; the user's own goes first, and must fit what runs programs.

use std::fs;
use std::path::PathBuf;
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
    let bin = space.project("bin");
    for tool in ["ocamlc.opt", "ocamlopt.opt", "ocamldep.opt", "gcc", "apt-get", "apt-cache", "sh"]
    {
        let found = Command::new("which").arg(tool).output().expect("which runs");
        let found = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        std::os::unix::fs::symlink(found, bin.path(tool)).expect("a link");
    }
    let mut mbuild = mbuild_with_data(&project, "data", &["toolchain", "install", "solo5-spt"]);
    let said = mbuild.env("PATH", bin.dir()).fails(4).stderr;
    assert!(said.contains("missing: program `cargo`, needed by toolchain solo5-x86_64"), "{said}");
    assert!(said.contains("apt-get install -y cargo`, or add `--install`"), "{said}");
}

/// The made toolchain laid out as opam installs ocaml-solo5, without what is mbuild's own in it.
fn as_from_opam(space: &Space) -> PathBuf {
    let made = made();
    let prefix = space.path("opam");
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
    copy("lib/ocaml", "solo5-sysroot/lib/ocaml");
    let text = |path: &str| prefix.join(path).to_string_lossy().into_owned();
    let config = fs::read_to_string(made.join("lib/ocaml/ocaml.config")).expect("a configuration");
    let config = config
        .replace(
            &made.join("lib/ocaml").to_string_lossy().into_owned(),
            &text("solo5-sysroot/lib/ocaml"),
        )
        .replace(&made.to_string_lossy().into_owned(), &prefix.to_string_lossy());
    fs::write(prefix.join("solo5-sysroot/config"), config).expect("a file");
    let sysroot = space.project("opam/solo5-sysroot");
    for tool in ["ocamlc", "ocamlopt"] {
        sysroot.write_script(
            &format!("bin/{tool}"),
            &format!(
                "[ \"$1\" = -config ] && exec cat {config}\nexec {tool}.opt -nostdlib -I {stdlib} \
                 -cc '{cc} -isystem {musl}' \"$@\"\n",
                config = text("solo5-sysroot/config"),
                stdlib = text("solo5-sysroot/lib/ocaml"),
                cc = text("bin/x86_64-solo5-none-static-cc"),
                musl = text("include/musl"),
            ),
        );
    }
    let conf = format!(
        "path(solo5) = \"{0}/lib\"\ndestdir(solo5) = \"{0}/lib\"\nstdlib(solo5) = \"{0}/lib/ocaml\"\n\
         ocamlopt(solo5) = \"{0}/bin/ocamlopt\"\nocamlc(solo5) = \"{0}/bin/ocamlc\"\n\
         ocamlmklib(solo5) = \"ocamlmklib\"\nocamldep(solo5) = \"ocamldep\"\n",
        text("solo5-sysroot")
    );
    fs::create_dir_all(prefix.join("lib/findlib.conf.d")).expect("a folder");
    fs::write(prefix.join("lib/findlib.conf.d/solo5.conf"), conf).expect("a file");
    let main = "destdir=\"/usr/local/lib/ocaml\"\npath=\"/usr/lib/ocaml\"\n";
    fs::write(prefix.join("lib/findlib.conf"), main).expect("a file");
    prefix
}

#[test]
fn a_users_own_toolchain_is_found_and_used() {
    let space = Space::new();
    let prefix = as_from_opam(&space);
    let hello = space.example("hello");
    let run = |hello: &Project| {
        let mut mbuild = mbuild_with_data(hello, "none", &["run", "-q", "--target", "solo5-spt"]);
        mbuild.env("OCAMLFIND_CONF", prefix.join("lib/findlib.conf"));
        mbuild
    };
    let ran = run(&hello).ok();
    assert_eq!(ran.stdout.lines().nth(1), Some("| Hello, world! |"), "{}", ran.said());
    let rules = hello.read("_mbuild/solo5-x86_64/build.ninja");
    assert!(rules.contains("solo5-sysroot/bin/ocamlopt"), "{rules}");

    // The same program under a runner of the next release.
    let bin = space.project("opam/bin");
    bin.remove("solo5-spt");
    bin.write_script(
        "solo5-spt",
        "echo 'solo5-spt tender, version v0.9.1'\necho 'ABI version 2'\n",
    );
    let said = run(&hello).fails(3).stderr;
    assert!(said.contains("is made for version 1 of the ABI, and"), "{said}");
    assert!(said.contains("has version 2"), "{said}");
}

#[test]
fn a_users_toolchain_without_its_c_compiler_is_incomplete() {
    let space = Space::new();
    let prefix = as_from_opam(&space);
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
    let prefix = as_from_opam(&space);
    let hello = space.example("hello");
    let build = ["build", "--target", "solo5-hvt-aarch64"];
    let mut build = hello.mbuild_with_toolchain(&build);
    build.env("OCAMLFIND_CONF", prefix.join("lib/findlib.conf")).ok();
    let rules = hello.read("_mbuild/solo5-aarch64/build.ninja");
    assert!(rules.contains("/bin/aarch64-solo5-none-static-ocamlopt"), "{rules}");
}
