//! The examples in the sources of OASIS: mbuild installs the files that the stock tool installs.
#![cfg(target_os = "linux")]

use mbuild_tests::{Space, program, tree};

fn installs_the_same(path: &str, least: usize) {
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
    let stock = tree::read(&space.path("stock"), |_| true);
    let found = tree::read(&space.path("prefix"), |name| !name.starts_with("share/mbuild/"));
    assert!(stock.len() >= least, "{:?}", tree::names(&stock));
    assert_eq!(tree::names(&found), tree::names(&stock));
}

macro_rules! examples {
    ($($name:ident: $path:literal, $least:literal;)*) => {
        $(
            #[test]
            fn $name() {
                installs_the_same($path, $least);
            }
        )*
    };
}

// `examples/custom` is a test of `own_builds.rs`; `with-plugin-versionfile` needs a plugin of the stock tool
// to be installed, and is not built by that either.
examples! {
    findlib: "examples/findlib", 0;
    flags: "examples/flags", 50;
    interdepend_libraries: "examples/interdepend-libraries", 0;
    object: "examples/object", 13;
    ocamlbuild: "examples/ocamlbuild", 9;
    order_matter: "examples/order-matter", 0;
    packedlib: "examples/packedlib", 15;
    plugin_print_hello: "examples/plugins/oasis-plugin-print-hello", 9;
    plugin_versionfile: "examples/plugins/oasis-plugin-versionfile", 12;
    simplelib: "examples/simplelib", 30;
    syntax_camlp4: "examples/syntax-camlp4", 9;
    with_c: "examples/with-c", 25;
    with_data: "examples/with-data", 20;
    with_interface_module: "examples/with-interface-module", 15;
    with_subpackage: "examples/with-subpackage", 30;
    with_test: "examples/with-test", 0;
    findlib_directory: "test/data/TestPluginInternal/findlib_directory", 10;
    findlib_extra_files: "test/data/TestPluginInternal/findlib_extra_files", 8;
}
