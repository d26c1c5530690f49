//! What is installed of packages whose manifest is opam's: by `.install`, by their commands, below which folder.
#![cfg(target_os = "linux")]

use std::fs;

use mbuild_tests::{Space, tree};

const EVERYWHERE: &str = r#"opam-version: "2.0"
lib: ["a" "dir/b" {"sub/b"} "?none"]
lib_root: ["a" {"root/a"}]
libexec: ["a" {"run"}]
libexec_root: ["a" {"root/run"}]
bin: ["a" {"every"}]
sbin: ["a" {"everyd"}]
toplevel: ["a" {"every.top"}]
share: ["a"]
share_root: ["a" {"emacs/a.el"}]
etc: ["a" {"every.conf"}]
doc: ["a" {"README"}]
stublibs: ["a" {"dllevery.so"}]
man: ["every.1" "?none.2"]
misc: ["a" {"${prefix}/there/misc"} "?none" {"/nowhere"}]
"#;

#[test]
fn commands_of_opam_1_install_below_the_prefix() {
    let space = Space::new();
    let project = space.project("old.0.3");
    let manifest = "opam-version: \"1.2\"\nbuild: [[make \"PREFIX=%{prefix}%\"] {ocaml-native}]\n\
        install: [[make \"install\" \"BIN=%{bin}%\" \"SHARE=%{share}%\"]]\nocaml-version: [>= \"3.12\"]\n";
    project.write("opam/opam", manifest).write("opam/descr", "An old one\nIt is old.\n");
    project.write("opam/url", "archive: \"nowhere\"\nchecksum: \"0\"\n");
    project.write(
        "Makefile",
        "all:\n\techo $(PREFIX) > text\ninstall:\n\tmkdir -p $(BIN) $(SHARE)/old\n\tcp text $(SHARE)/old/\n\
         \tprintf '#!/bin/sh\\n' > $(BIN)/old\n\tchmod +x $(BIN)/old\n",
    );
    let said = project.mbuild(&["configure", "--prefix", "/opt/p"]).ok().said();
    assert!(said.contains("configured old 0.3 for native"), "{said}");
    let there = space.path("d");
    project.mbuild(&["install", "--destdir", &there.to_string_lossy()]).ok();
    assert_eq!(tree::files(&space.path("d")), ["opt/p/bin/old", "opt/p/share/old/text"]);
    assert_eq!(fs::read_to_string(there.join("opt/p/share/old/text")).unwrap(), "/opt/p\n");
}

#[test]
fn every_section_of_a_list_is_read_and_written() {
    let space = Space::new();
    let project = space.project("every");
    let there = space.path("there").to_string_lossy().into_owned();
    project.write("every.opam", "version: \"1\"\nbuild: [\"true\"]\n");
    // `misc` names a place in full.
    project.write("every.install", EVERYWHERE.replace("${prefix}", &there));
    project.write("a", "x").write("dir/b", "x").write("every.1", "x");
    project.mbuild(&["install", "--prefix", &there]).ok();
    let installed = [
        "bin/every",
        "etc/every/every.conf",
        "lib/every/a",
        "lib/every/run",
        "lib/every/sub/b",
        "lib/root/a",
        "lib/root/run",
        "lib/stublibs/dllevery.so",
        "lib/toplevel/every.top",
        "sbin/everyd",
        "share/doc/every/README",
        "share/emacs/a.el",
        "share/every/a",
        "share/man/man1/every.1",
        "share/mbuild/every.json",
        "there/misc",
    ];
    assert_eq!(tree::files(&space.path("there")), installed);
    let runs = |path: &str| {
        use std::os::unix::fs::PermissionsExt;
        let path = space.path("there").join(path);
        fs::metadata(path).unwrap().permissions().mode() & 0o111 != 0
    };
    for path in installed {
        let expected = ["bin/every", "sbin/everyd", "lib/every/run", "lib/root/run"];
        let expected = expected.contains(&path) || path == "lib/stublibs/dllevery.so";
        assert_eq!(runs(path), expected, "{path}");
    }
    let tree = "_mbuild/native/own/tree";
    let written = project.read("_mbuild/native/every.install").replace(tree, "TREE");
    let expected = "lib: [
  \"TREE/a\"
  \"TREE/dir/b\" {\"sub/b\"}
]
lib_root: [
  \"TREE/a\" {\"root/a\"}
]
libexec: [
  \"TREE/a\" {\"run\"}
]
libexec_root: [
  \"TREE/a\" {\"root/run\"}
]
stublibs: [
  \"TREE/a\" {\"dllevery.so\"}
]
toplevel: [
  \"TREE/a\" {\"every.top\"}
]
bin: [
  \"TREE/a\" {\"every\"}
]
sbin: [
  \"TREE/a\" {\"everyd\"}
]
share: [
  \"TREE/a\"
]
share_root: [
  \"TREE/a\" {\"emacs/a.el\"}
]
etc: [
  \"TREE/a\" {\"every.conf\"}
]
doc: [
  \"TREE/a\" {\"README\"}
]
man: [
  \"TREE/every.1\" {\"man1/every.1\"}
]
misc: [
  \"TREE/a\" {\"THERE/there/misc\"}
]
";
    assert_eq!(written, expected.replace("THERE", &there));
}

#[test]
fn commands_that_install_among_those_that_build_run_when_installing() {
    let space = Space::new();
    let project = space.project("early");
    let manifest = "opam-version: \"1\"\nversion: \"1\"\nbuild: [\n  [\"ocaml\" \"setup.ml\" \"-configure\" \"--prefix\" prefix]\n  \
        [\"ocaml\" \"setup.ml\" \"-build\"]\n  [\"ocaml\" \"setup.ml\" \"-install\"]\n  [make \"install\" \"SHARE=%{share}%\"]\n]\n";
    project.write("opam", manifest);
    project.write(
        "setup.ml",
        "let () = exit (Sys.command (String.concat \" \" (\"sh ./act\" :: List.tl (Array.to_list Sys.argv))))\n",
    );
    // As OASIS does: it installs to what its own file says last, and hears of no variable.
    project.write(
        "act",
        "case $1 in\n-configure) echo \"prefix=\\\"$3\\\"\" > setup.data;;\n-build) echo x > made;;\n\
         -install) . ./setup.data; mkdir -p $destdir$prefix/bin; cp made $destdir$prefix/bin/early;;\nesac\n",
    );
    project.write("Makefile", "install:\n\tmkdir -p $(SHARE)/early\n\tcp made $(SHARE)/early\n");
    let there = space.path("there").to_string_lossy().into_owned();
    project.mbuild(&["configure", "--prefix", &there]).ok();
    project.mbuild(&["build"]).ok();
    assert_eq!(tree::files(&space.path("there")), [""; 0]);
    project.mbuild(&["install"]).ok();
    let installed = ["bin/early", "share/early/made", "share/mbuild/early.json"];
    assert_eq!(tree::files(&space.path("there")), installed);
    let other = space.path("other").to_string_lossy().into_owned();
    project.mbuild(&["install", "--prefix", &other]).ok();
    assert_eq!(tree::files(&space.path("other")), installed);
    project.mbuild(&["uninstall"]).ok();
    assert_eq!(tree::files(&space.path("there")), [""; 0]);
}

#[test]
fn a_setup_that_is_made_when_building_installs_below_the_destdir_too() {
    let space = Space::new();
    let project = space.project("made");
    let manifest = "opam-version: \"1.2\"\nversion: \"1\"\nbuild: [\n  [\"cp\" \"setup.in\" \"setup.ml\"]\n  \
        [\"ocaml\" \"setup.ml\" \"-configure\" \"--prefix\" prefix]\n]\n\
        install: [\"ocaml\" \"setup.ml\" \"-install\"]\n";
    project.write("opam", manifest);
    project.write(
        "setup.in",
        "let () = exit (Sys.command (String.concat \" \" (\"sh ./act\" :: List.tl (Array.to_list Sys.argv))))\n",
    );
    project.write(
        "act",
        "case $1 in\n-configure) echo \"prefix=\\\"$3\\\"\" > setup.data;;\n\
         -install) . ./setup.data; mkdir -p $destdir$prefix/bin; cp act $destdir$prefix/bin/made;;\nesac\n",
    );
    project.write("made.install", "share: [\"setup.data\"]\n");
    let there = space.path("there").to_string_lossy().into_owned();
    project.mbuild(&["configure", "--prefix", &there]).ok();
    for _ in 0..2 {
        project.mbuild(&["install", "--destdir", &space.path("d").to_string_lossy()]).ok();
        assert_eq!(tree::files(&space.path("there")), [""; 0]);
        let below = there.trim_start_matches('/');
        let installed = ["bin/made", "share/made/setup.data"].map(|it| format!("{below}/{it}"));
        assert_eq!(tree::files(&space.path("d")), installed);
        // What it was told of a folder that stands for `/` is not what is installed.
        let data = fs::read_to_string(space.path("d").join(&installed[1])).unwrap();
        assert_eq!(data, format!("prefix=\"{there}\"\n"));
    }
}

#[test]
fn what_commands_put_right_below_the_prefix_is_installed_and_removed() {
    let space = Space::new();
    let project = space.project("below");
    let there = space.path("there");
    project.write(
        "below.opam",
        "opam-version: \"2.0\"\nversion: \"1\"\nbuild: [\"true\"]\ninstall: [\"sh\" \"put\"]\n",
    );
    // They know of the prefix from elsewhere, and heed no variable.
    let folders = "man/man1 doc/below include info";
    let put = format!(
        "cd {} || exit 1\nfor folder in {folders}; do mkdir -p $folder; echo x >$folder/below; done\n",
        there.display()
    );
    project.write("put", put);
    fs::create_dir(&there).unwrap();
    let prefix = there.to_string_lossy();
    project.mbuild(&["install", "--prefix", &prefix]).ok();
    let installed = [
        "doc/below/below",
        "include/below",
        "info/below",
        "man/man1/below",
        "share/mbuild/below.json",
    ];
    assert_eq!(tree::files(&there), installed);
    project.mbuild(&["uninstall", "--prefix", &prefix]).ok();
    assert_eq!(tree::files(&there), [""; 0]);
}

#[test]
fn commands_find_the_folders_of_a_switch() {
    let space = Space::new();
    let project = space.project("folders");
    let there = space.path("there");
    let prefix = there.to_string_lossy();
    project.write(
        "folders.opam",
        "opam-version: \"2.0\"\nversion: \"1\"\nbuild: [\"true\"]\n\
         install: [[\"sh\" \"put\" \"%{prefix}%\" \"sbin\" \"man/man3\"] [\"sh\" \"known\"]]\n",
    );
    project.write("put", "cp put $1/$2/named && cp put $1/$3/named.3\n");
    // Those of the prefix itself for who knows it from elsewhere.
    let known = format!("cd '{prefix}' && echo x > bin/known && echo x > lib/stublibs/dllx.so\n");
    project.write("known", known);
    project.mbuild(&["install", "--prefix", &prefix]).ok();
    let installed = [
        "bin/known",
        "lib/stublibs/dllx.so",
        "man/man3/named.3",
        "sbin/named",
        "share/mbuild/folders.json",
    ];
    assert_eq!(tree::files(&there), installed);
    let mut folders: Vec<_> =
        fs::read_dir(&there).unwrap().map(|it| it.unwrap().file_name()).collect();
    folders.sort();
    assert_eq!(folders, ["bin", "lib", "man", "sbin", "share"]);
}

#[test]
fn shared_stubs_belong_to_the_library_that_their_installer_names() {
    let space = Space::new();
    let project = space.project("stubs");
    let manifest = "version: \"1\"\nbuild: [\"true\"]\ninstall: [\"sh\" \"put\"]\n";
    project.write("stubs.opam", manifest);
    project.write("put", "cd $OCAMLFIND_DESTDIR/stublibs && echo x | tee dlla.so dllb.so && echo stubs.a > dlla.so.owner\n");
    let there = space.path("there");
    project.mbuild(&["install", "--prefix", &there.to_string_lossy()]).ok();
    let stubs = ["dlla.so", "dlla.so.owner", "dllb.so"];
    assert_eq!(tree::files(&space.path("there/lib/stublibs")), stubs);
    let owner = there.join("lib/stublibs/dlla.so.owner");
    assert_eq!(fs::read_to_string(owner).unwrap(), "stubs.a\n");
    project.mbuild(&["uninstall", "--prefix", &there.to_string_lossy()]).ok();
    assert_eq!(tree::files(&space.path("there")), [""; 0]);
}

#[test]
fn a_list_of_another_name_is_taken_where_it_is_the_only_one() {
    let space = Space::new();
    let project = space.project("ocaml-greet-1.2");
    project.write(
        "opam",
        "build: [\"sh\" \"-c\" \"echo $OPAM_PACKAGE_NAME $OPAM_PACKAGE_VERSION > a\"]\n",
    );
    project.write("greet.install", "lib: [\"a\"]\n");
    let there = space.path("there").to_string_lossy().into_owned();
    project.mbuild(&["install", "--prefix", &there]).ok();
    assert_eq!(tree::files(&space.path("there")), ["lib/greet/a", "share/mbuild/ocaml-greet.json"]);
    assert_eq!(fs::read_to_string(space.path("there/lib/greet/a")).unwrap(), "ocaml-greet 1.2\n");
    project.write("more.install", "lib: [\"a\"]\n");
    let said = project.mbuild(&["install", "--prefix", &there]).run();
    assert_ne!(said.code, 0);
    let expected =
        "greet.install: is there beside `more.install`, and `ocaml-greet.install` is not";
    assert!(said.stderr.contains(expected), "{}", said.stderr);
}

#[test]
fn commands_that_ask_findlib_where_to_install_are_told_of_the_prefix() {
    let space = Space::new();
    let project = space.project("asks");
    project.write(
        "asks.opam",
        "version: \"1\"\nbuild: [\"sh\" \"-c\" \"echo folder=$OCAMLFIND_DESTDIR > conf\"]\n\
         install: [\"sh\" \"-c\" \". ./conf; mkdir -p $folder/asks; cp conf $folder/asks/META\"]\n",
    );
    let there = space.path("there");
    project.mbuild(&["configure", "--prefix", &there.to_string_lossy()]).ok();
    project.mbuild(&["install"]).ok();
    assert_eq!(tree::files(&space.path("there")), ["lib/asks/META", "share/mbuild/asks.json"]);
    let told = format!("folder={}/lib\n", there.display());
    assert_eq!(fs::read_to_string(there.join("lib/asks/META")).unwrap(), told);
    project.mbuild(&["uninstall"]).ok();
    // A prefix that is said when installing is none too late, and the other choices hold.
    project.mbuild(&["configure", "--enable", "docs", "--prefix", "/nowhere"]).ok();
    project.mbuild(&["install", "--prefix", &there.to_string_lossy()]).ok();
    assert_eq!(fs::read_to_string(there.join("lib/asks/META")).unwrap(), told);
    let choices = project.mbuild(&["describe"]).ok().stdout;
    assert!(choices.contains("name: docs, value: yes"), "{choices}");
    assert!(choices.contains("folders prefix   /nowhere"), "{choices}");
    project.mbuild(&["uninstall", "--prefix", &there.to_string_lossy()]).ok();
    project.mbuild(&["configure", "--prefix", &there.to_string_lossy()]).ok();
    // What the user says of it holds.
    let other = space.path("other");
    let destdir = other.to_string_lossy().into_owned();
    project.mbuild(&["install"]).env("OCAMLFIND_DESTDIR", &destdir).ok();
    assert_eq!(tree::files(&space.path("other")), ["asks/META"]);
    assert_eq!(tree::files(&space.path("there")), ["share/mbuild/asks.json"]);
}
