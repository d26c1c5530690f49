//! OASIS packages, unmodified from Debian: mbuild does what their own `setup.ml` does.
#![cfg(target_os = "linux")]

use std::path::Path;

use mbuild_tests::{Project, Space, program, tree};

/// A package, and what is known about it.
struct Package {
    name: &'static str,
    /// The last lines of its tests' own report, the same from mbuild as from `setup.ml`; nothing
    /// when it has no test that compiles with OCaml 4.13.
    report: &'static [&'static str],
    tests_pass: bool,
    /// A program for each library: compiler, findlib package, an expression that needs it.
    users: &'static [(&'static str, &'static str, &'static str)],
}

const OCAMLIFY: Package = Package { name: "ocamlify", report: &[], tests_pass: true, users: &[] };

const OCAMLMOD: Package =
    Package { name: "ocamlmod", report: &["Ran: 1 tests in:", "OK"], tests_pass: true, users: &[] };

const EXPECT: Package = Package {
    name: "ocaml-expect",
    // One test counts on what `Unix` did before OCaml 4.12 about a program that does not exist.
    report: &["Ran: 8 tests in:", "FAILED: Cases: 8 Tried: 8 Errors: 1 Failures: 0"],
    tests_pass: false,
    users: &[
        ("ocamlopt", "expect", "Expect.spawn"),
        ("ocamlopt", "expect.str", "ExpectStr.expect"),
        ("ocamlopt", "expect.pcre", "ExpectPcre.expect"),
    ],
};

const OASIS: Package = Package {
    name: "oasis",
    report: &[],
    tests_pass: true,
    users: &[
        ("ocamlopt", "oasis", "OASISVersion.version_of_string"),
        ("ocamlopt", "oasis.base", "BaseEnv.var_expand"),
        ("ocamlopt", "oasis.builtin-plugins", "OASISBuiltinPlugins.init"),
        ("ocamlopt", "oasis.dynrun", "OASISDynRun.setup"),
        ("ocamlc", "oasis.cli", "CLIPager.open_out"),
        ("ocamlopt", "plugin-loader", "PluginLoader.init"),
    ],
};

fn works_like_its_own_setup(package: &Package) {
    let space = Space::new();
    let source = program::debian_source(package.name);

    let own = space.copy(&source, "own");
    let tests = if package.report.is_empty() { "--disable-tests" } else { "--enable-tests" };
    let own_prefix = space.path("own-prefix");
    let setup = |step: &[&str]| {
        let mut ocaml = own.program("ocaml");
        ocaml.arguments(&["setup.ml"]).arguments(step);
        ocaml.env("OCAMLFIND_DESTDIR", own_prefix.join("lib")).env("OCAMLFIND_LDCONF", "ignore");
        ocaml
    };
    std::fs::create_dir_all(own_prefix.join("lib")).expect("a folder for libraries");
    setup(&["-configure", tests, "--prefix", &own_prefix.to_string_lossy()]).ok();
    setup(&["-build"]).ok();
    setup(&["-doc"]).ok();
    setup(&["-install"]).ok();

    let ours = space.copy(&source, "ours");
    let prefix = space.path("prefix");
    let switch = if package.report.is_empty() { "--disable" } else { "--enable" };
    ours.mbuild(&["configure", switch, "tests"]).ok();
    ours.mbuild(&["build"]).ok();
    if !package.report.is_empty() {
        let test = ours.mbuild(&["test"]).fails(i32::from(!package.tests_pass));
        for line in package.report {
            assert!(test.said().contains(line), "no `{line}`\n{}", test.said());
        }
        let own_test = setup(&["-test"]).fails(i32::from(!package.tests_pass));
        for line in package.report {
            assert!(own_test.said().contains(line), "no `{line}`\n{}", own_test.said());
        }
    }

    ours.mbuild(&["install", "--prefix", &prefix.to_string_lossy()]).ok();
    assert_installed(package, &prefix, &own_prefix);
    libraries_have_users(package, &space.project("users"), &prefix);

    ours.mbuild(&["uninstall", "--prefix", &prefix.to_string_lossy()]).ok();
    assert!(!prefix.exists(), "`uninstall` left {:?}", tree::names(&tree::read(&prefix, |_| true)));
}

/// The same files are installed, but for the list of what was installed, from which `mbuild uninstall` works;
/// `setup.ml` keeps its own in the source folder.
fn assert_installed(package: &Package, ours: &Path, own: &Path) {
    let list = format!("share/mbuild/{}.json", package.name);
    let mut ours = tree::read(ours, |_| true);
    assert!(ours.remove(&list).is_some(), "no `{list}` in {:?}", tree::names(&ours));
    let own = tree::read(own, |_| true);
    assert_eq!(tree::names(&ours), tree::names(&own));
}

fn libraries_have_users(package: &Package, project: &Project, prefix: &Path) {
    for (compiler, library, value) in package.users {
        project.write("user.ml", format!("let () = ignore {value}\n"));
        let mut ocamlfind = project.program("ocamlfind");
        ocamlfind.arguments(&[compiler, "-package", library, "-linkpkg", "user.ml", "-o", "user"]);
        ocamlfind.env("OCAMLPATH", prefix.join("lib")).ok();
        let mut query = project.program("ocamlfind");
        query.arguments(&["query", library]).env("OCAMLPATH", prefix.join("lib"));
        let place = query.ok().stdout;
        assert!(place.starts_with(&*prefix.to_string_lossy()), "`{library}` is from {place}");
    }
}

fn plain_ninja_makes_the_same_bytes(package: &Package) {
    let space = Space::new();
    let project = space.copy(&program::debian_source(package.name), "package");
    let ours = mbuild_tests::conformance::outputs_of_mbuild(&project);
    let reference = mbuild_tests::conformance::outputs_of_ninja(&project);
    tree::assert_same(&ours, &reference);
}

#[test]
fn ocamlify_works_like_its_own_setup() {
    works_like_its_own_setup(&OCAMLIFY);
}

#[test]
fn ocamlmod_works_like_its_own_setup() {
    works_like_its_own_setup(&OCAMLMOD);
}

#[test]
fn expect_works_like_its_own_setup() {
    works_like_its_own_setup(&EXPECT);
}

#[test]
fn oasis_works_like_its_own_setup() {
    works_like_its_own_setup(&OASIS);
}

#[test]
fn plain_ninja_makes_the_same_ocamlify() {
    plain_ninja_makes_the_same_bytes(&OCAMLIFY);
}

#[test]
fn plain_ninja_makes_the_same_ocamlmod() {
    plain_ninja_makes_the_same_bytes(&OCAMLMOD);
}

#[test]
fn plain_ninja_makes_the_same_expect() {
    plain_ninja_makes_the_same_bytes(&EXPECT);
}

#[test]
fn plain_ninja_makes_the_same_oasis() {
    plain_ninja_makes_the_same_bytes(&OASIS);
}
