//! The examples in the sources of OASIS: mbuild installs the files that the stock tool installs.
#![cfg(target_os = "linux")]

use mbuild_tests::{Space, program, tree};

/// Files that only one of the two installs:
/// - `.annot` files only the stock tool, see `debian_packages.rs`;
/// - `.cmt` and `.cmti` files of objects only mbuild: editors want them, as they want those of libraries.
fn installs_the_same(path: &str, with_objects: bool, least: usize) {
    let space = Space::new();
    let source = program::debian_source("oasis").join(path);
    let own = space.copy(&source, "own");
    let prefix = space.path("stock").to_string_lossy().into_owned();
    std::fs::create_dir_all(space.path("stock/lib")).expect("a folder for libraries");
    own.program("oasis").arguments(&["setup"]).ok();
    for step in [&["-configure", "--prefix", &prefix][..], &["-build"], &["-doc"], &["-install"]] {
        let mut setup = own.program("ocaml");
        setup.arguments(&["setup.ml"]).arguments(step);
        setup.env("OCAMLFIND_DESTDIR", space.path("stock/lib")).env("OCAMLFIND_LDCONF", "ignore");
        setup.ok();
    }
    let ours = space.copy(&source, "ours");
    ours.mbuild(&["install", "--prefix", &space.path("prefix").to_string_lossy()]).ok();
    let stock = tree::read(&space.path("stock"), |name| !name.ends_with(".annot"));
    let found = tree::read(&space.path("prefix"), |name| {
        let annotations = name.ends_with(".cmt") || name.ends_with(".cmti");
        let only_ours = with_objects && annotations && !stock.contains_key(name);
        !name.starts_with("share/mbuild/") && !only_ours
    });
    assert!(stock.len() >= least, "{:?}", tree::names(&stock));
    assert_eq!(tree::names(&found), tree::names(&stock));
}

macro_rules! examples {
    ($($name:ident: $path:literal, $objects:literal, $least:literal;)*) => {
        $(
            #[test]
            fn $name() {
                installs_the_same($path, $objects, $least);
            }
        )*
    };
}

// `examples/custom` is a test of `own_builds.rs`; `with-plugin-versionfile` needs a plugin of the stock tool
// to be installed, and is not built by that either.
examples! {
    findlib: "examples/findlib", false, 0;
    flags: "examples/flags", false, 50;
    interdepend_libraries: "examples/interdepend-libraries", false, 0;
    object: "examples/object", true, 13;
    ocamlbuild: "examples/ocamlbuild", false, 9;
    order_matter: "examples/order-matter", false, 0;
    packedlib: "examples/packedlib", false, 15;
    plugin_print_hello: "examples/plugins/oasis-plugin-print-hello", false, 9;
    plugin_versionfile: "examples/plugins/oasis-plugin-versionfile", false, 12;
    simplelib: "examples/simplelib", false, 30;
    syntax_camlp4: "examples/syntax-camlp4", false, 9;
    with_c: "examples/with-c", false, 25;
    with_data: "examples/with-data", false, 20;
    with_interface_module: "examples/with-interface-module", false, 15;
    with_subpackage: "examples/with-subpackage", false, 30;
    with_test: "examples/with-test", false, 0;
    findlib_directory: "test/data/TestPluginInternal/findlib_directory", true, 10;
    findlib_extra_files: "test/data/TestPluginInternal/findlib_extra_files", false, 8;
}
