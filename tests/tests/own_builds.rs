//! Packages that are built by a tool of their own: as one action, in a copy of the source tree.
#![cfg(target_os = "linux")]

use std::fs;

use mbuild_tests::{Project, Space, program, tree};

const ARCHIVE: &str = "_mbuild/native/own/made.tar";
const DONE: &str = "_mbuild/native/own/tree.done";

const MANIFEST: &str = "OASISFormat: 0.4
Name: words
Version: 1.0
Synopsis: Words
Authors: Me
License: ISC
ConfType: custom (0.4)
BuildType: custom (0.4)
InstallType: custom (0.4)
XCustomConf: sh configure.sh $prefix
XCustomBuild: make all
XCustomInstall: make install
XCustomUninstall: make uninstall
Executable words
  Path: src
  MainIs: words.ml
Test greets
  Command: $words | grep hello
";

const MAKEFILE: &str = "include Makefile.config
all: src/words lib/META
src/words: src/words.ml
\techo ran >> \"$(COUNT)\"
\tcd src && ocamlc -o words words.ml
lib/META:
\tmkdir -p lib && echo 'version = \"1.0\"' > lib/META
install:
\tmkdir -p $(DESTDIR)$(PREFIX)/bin
\tcp src/words $(DESTDIR)$(PREFIX)/bin/words
\tocamlfind install words lib/META
uninstall:
\trm -f $(PREFIX)/bin/words
";

/// The package, with a file beside it that gets a line each time its commands run.
fn words<'a>(space: &'a Space, name: &str) -> Project<'a> {
    let project = space.project(name);
    project.write("_oasis", MANIFEST);
    let count = space.path("count");
    project.write("Makefile", MAKEFILE.replace("$(COUNT)", &count.to_string_lossy()));
    project.write("configure.sh", "echo \"PREFIX = $1\" > Makefile.config\n");
    project.write("src/words.ml", "let () = print_endline \"hello\"\n");
    project.write("README", "Words\n");
    project
}

/// How often the commands have run.
fn count(space: &Space) -> usize {
    fs::read_to_string(space.path("count")).map_or(0, |text| text.lines().count())
}

#[test]
fn content_decides_whether_the_commands_run() {
    let space = Space::new();
    let project = words(&space, "package");
    let first = project.mbuild(&["build"]).ok();
    assert_eq!(first.ran(), [ARCHIVE, DONE]);
    assert!(first.said().contains("build words with its own tool, make"), "{}", first.said());
    assert_eq!(count(&space), 1);
    assert!(!project.path("src/words").exists(), "the sources are as they were");

    project.touch("src/words.ml").touch("README");
    project.is_built();
    for change in ["README", "src/NEW", ".hidden", "notes.log"] {
        let before = count(&space);
        project.write(change, "other\n");
        project.mbuild(&["build"]).ok();
        assert_eq!(count(&space), before + 1, "after a change to `{change}`");
        assert_eq!(project.read(&format!("_mbuild/native/own/tree/{change}")), "other\n");
    }
    project.remove("src/NEW");
    project.mbuild(&["build"]).ok();
    assert!(!project.path("_mbuild/native/own/tree/src/NEW").exists());
    let before = count(&space);
    project.write(".git/HEAD", "x").write("src/words.ml~", "x").write("_build/x", "x");
    project.mbuild(&["build"]).ok();
    assert_eq!(count(&space), before, "what is no source is no reason");
    project.write("src/words.ml", "let () = print_endline nothing\n");
    let failed = project.mbuild(&["build"]).fails(1);
    assert!(failed.said().contains("Unbound value nothing"), "{}", failed.said());
    let left = "what they left is in `_mbuild/native/own/tree`";
    assert!(failed.said().contains(left), "{}", failed.said());
}

#[test]
fn what_was_made_comes_back_from_the_store_without_the_commands() {
    let space = Space::new();
    let project = words(&space, "package");
    project.mbuild(&["build"]).ok();
    let made = tree::read(&project.path("_mbuild/native/own/tree"), |_| true);
    project.remove_dir("_mbuild");
    let again = project.mbuild(&["build"]).ok();
    assert_eq!((again.restored(), again.ran()), (vec![ARCHIVE.into()], vec![DONE.into()]));
    tree::assert_same(&made, &tree::read(&project.path("_mbuild/native/own/tree"), |_| true));
    // Nothing is left to do for a tool that compares times.
    let mut make = project.program("make");
    make.arguments(&["-C", "_mbuild/native/own/tree", "all"]).ok();
    assert_eq!(count(&space), 1);
    // Another checkout shares it; a file that did not matter is there as this one has it.
    let other = words(&space, "other");
    assert_eq!(other.mbuild(&["build"]).ok().restored(), [ARCHIVE]);
    other.mbuild(&["run", "-q"]).ok();
    assert_eq!(count(&space), 1);
}

#[test]
fn what_names_its_folder_is_made_again_in_another_checkout() {
    let space = Space::new();
    let project = words(&space, "package");
    let keep = "src/words: src/words.ml\n\techo $(CURDIR) > where\n";
    project.edit("Makefile", "src/words: src/words.ml\n", keep);
    project.mbuild(&["build"]).ok();
    let other = words(&space, "other");
    other.edit("Makefile", "src/words: src/words.ml\n", keep);
    assert_eq!(other.mbuild(&["build"]).ok().restored(), [ARCHIVE]);
    let own = other.path("_mbuild/native/own/tree");
    assert_eq!(other.read("_mbuild/native/own/tree/where").trim(), own.to_string_lossy());
    assert_eq!(count(&space), 2);
    // In its own folder the archive is as good as new.
    project.remove_dir("_mbuild");
    assert_eq!(project.mbuild(&["build"]).ok().restored(), [ARCHIVE]);
    assert_eq!(count(&space), 2);
}

#[test]
fn tests_run_where_it_was_built() {
    let space = Space::new();
    let project = words(&space, "package");
    let configured = project.mbuild(&["configure", "--enable", "tests"]).ok();
    assert!(configured.said().contains("built by its own tool: make"), "{}", configured.said());
    assert!(project.mbuild(&["test"]).ok().said().contains("1 test passed"));
    project.edit("src/words.ml", "hello", "good day");
    assert!(project.mbuild(&["test"]).fails(1).said().contains("of 1 test, 1 failed"));
}

#[test]
fn what_the_commands_install_can_be_taken_back() {
    let space = Space::new();
    let project = words(&space, "package");
    let prefix = space.path("prefix").to_string_lossy().into_owned();
    project.mbuild(&["configure", "--prefix", &prefix]).ok();
    project.mbuild(&["install"]).ok();
    let names =
        |place: &str| tree::read(&space.path(place), |_| true).into_keys().collect::<Vec<String>>();
    let installed = ["bin/words", "lib/words/META", "share/mbuild/words.json"];
    assert_eq!(names("prefix"), installed);
    let again = project.mbuild(&["install"]).ok();
    assert!(again.said().contains("2 unchanged"), "{}", again.said());
    project.mbuild(&["uninstall"]).ok();
    assert!(!space.path("prefix").exists(), "{:?}", names("prefix"));
    // A packager's folder stands before all of it.
    let destdir = space.path("packager").to_string_lossy().into_owned();
    project.mbuild(&["install", "--destdir", &destdir]).ok();
    let inside = format!("packager{prefix}");
    assert_eq!(names(&inside), ["bin/words", "lib/words/META"]);
}

#[test]
fn what_commands_put_right_where_it_belongs_is_found_there() {
    let space = Space::new();
    let project = words(&space, "package");
    let install = "install:\n\tmkdir $(PREFIX)/share/words\n\techo x > $(PREFIX)/share/words/data\n\
        \tmkdir -p $(PREFIX)/bin\n\tcp src/words $(PREFIX)/bin/words\n\tln -s words $(PREFIX)/bin/more\n\
        \techo more >> $(PREFIX)/share/index\n";
    let makefile = project.read("Makefile");
    let (before, rest) = makefile.split_once("install:").unwrap();
    let (_, after) = rest.split_once("uninstall:").unwrap();
    project.write("Makefile", format!("{before}{install}uninstall:{after}"));
    let prefix = space.path("prefix");
    fs::create_dir_all(prefix.join("share")).unwrap();
    fs::write(prefix.join("share/index"), "others\n").unwrap();
    let names =
        |place: &str| tree::read(&space.path(place), |_| true).into_keys().collect::<Vec<String>>();
    project.mbuild(&["configure", "--prefix", &prefix.to_string_lossy()]).ok();
    let installed =
        ["bin/more", "bin/words", "share/index", "share/mbuild/words.json", "share/words/data"];
    // `mkdir` fails where the folder is there already: what was installed is removed before.
    for _ in 0..2 {
        let said = project.mbuild(&["install"]).ok().said();
        assert!(said.contains("installed words: 3 files, 0 unchanged, 0 removed"), "{said}");
        let changed = format!("have changed `{}/share/index`, which is not", prefix.display());
        assert!(said.contains(&changed), "{said}");
        assert_eq!(names("prefix"), installed);
    }
    project.mbuild(&["uninstall"]).ok();
    assert_eq!(names("prefix"), ["share/index"]);
    // Nothing of it stays there when it is to be installed elsewhere.
    let destdir = space.path("packager");
    project.mbuild(&["install", "--destdir", &destdir.to_string_lossy()]).ok();
    assert_eq!(names("prefix"), ["share/index"]);
    let inside = format!("packager{}", prefix.display());
    assert_eq!(names(&inside), ["bin/more", "bin/words", "share/words/data"]);
    // Nor when one of the commands fails.
    project.edit("Makefile", "\tln -s words", "\tfalse\n\tln -s words");
    assert_ne!(project.mbuild(&["install"]).run().code, 0);
    assert_eq!(names("prefix"), ["share/index"]);
}

#[test]
fn what_stays_of_an_installation_that_failed_is_said_with_the_mistake() {
    let space = Space::new();
    let project = words(&space, "package");
    // Whose files these are cannot be said, with a list that is none.
    let install =
        "\tmkdir -p $(PREFIX)/share/mbuild\n\techo none > $(PREFIX)/share/mbuild/x.json\n\tfalse\n";
    project.edit("Makefile", "\tmkdir -p $(DESTDIR)$(PREFIX)/bin\n", install);
    let prefix = space.path("prefix");
    project.mbuild(&["configure", "--prefix", &prefix.to_string_lossy()]).ok();
    let failed = project.mbuild(&["install"]).run();
    assert_eq!(failed.code, 1, "{}", failed.said());
    let list = prefix.join("share/mbuild/x.json");
    let warning = format!(
        "what the commands had installed before they failed may still be there: `{}` is no receipt",
        list.display()
    );
    let (told, mistake) =
        (failed.stderr.find(&warning), failed.stderr.find("`make install` failed"));
    assert!(told.is_some() && told < mistake, "{}", failed.stderr);
    assert!(list.exists());
}

#[test]
fn commands_that_install_elsewhere_install_and_uninstall_by_themselves() {
    let space = Space::new();
    let project = words(&space, "package");
    let elsewhere = space.path("elsewhere").to_string_lossy().into_owned();
    let makefile = project.read("Makefile").replace("\tocamlfind install words lib/META\n", "");
    let makefile = makefile.replace("$(DESTDIR)$(PREFIX)", "$(PREFIX)");
    project.write("Makefile", makefile.replace("$(PREFIX)", &elsewhere));
    let prefix = space.path("prefix").to_string_lossy().into_owned();
    project.mbuild(&["configure", "--prefix", &prefix]).ok();
    let installed = project.mbuild(&["install"]).ok();
    let said = "installed words by its own commands: what they installed is in none of the folders that are known";
    assert!(installed.said().contains(said), "{}", installed.said());
    assert!(space.path("elsewhere/bin/words").exists());
    let removed = project.mbuild(&["uninstall"]).ok();
    assert!(removed.said().contains("uninstalled words by its own commands"), "{}", removed.said());
    assert!(!space.path("elsewhere/bin/words").exists());
}

#[test]
fn plain_ninja_builds_it_too() {
    let space = Space::new();
    let project = words(&space, "package");
    project.mbuild(&["configure"]).ok();
    project.reference_ninja(&["-f", "_mbuild/native/build.ninja"]).ok();
    let words = project.path("_mbuild/native/own/tree/src/words");
    assert_eq!(project.program(&words).ok().stdout, "hello\n");
    let again = project.reference_ninja(&["-f", "_mbuild/native/build.ninja"]).ok();
    assert_eq!(again.stdout, "ninja: no work to do.\n");
}

#[test]
fn it_is_not_built_for_another_target() {
    let space = Space::new();
    let project = words(&space, "package");
    let refused =
        project.mbuild_with_toolchain(&["build", "--target", "solo5-hvt"]).fails(3).stderr;
    let said = "built by its own tool, make, and that builds for this machine alone";
    assert!(refused.contains(said), "{refused}");
}

#[test]
fn cleaning_leaves_nothing_of_it() {
    let space = Space::new();
    let project = words(&space, "package");
    project.edit(
        "_oasis",
        "XCustomBuild: make all\n",
        "XCustomBuild: make all\nXCustomBuildClean: echo cleaned; pwd\n",
    );
    project.mbuild(&["build"]).ok();
    let cleaned = project.mbuild(&["clean"]).ok();
    let tree = project.path("_mbuild/native/own/tree");
    assert!(cleaned.said().contains(&format!("cleaned\n{}", tree.display())), "{}", cleaned.said());
    assert!(!project.path("_mbuild/native/own").exists());
}

/// The example of the stock tool: its own commands build, and what its sections name is installed.
#[test]
fn the_example_of_oasis_installs_what_its_own_setup_installs() {
    let space = Space::new();
    let source = program::debian_source("oasis").join("examples/custom");
    let [own, ours] = ["own", "ours"].map(|name| {
        let project = space.copy(&source, name);
        // Debian has `extlib` by another name.
        project.edit("_oasis", " extlib", " unix");
        project
    });
    let prefix = |name: &str| space.path(name).to_string_lossy().into_owned();
    fs::create_dir_all(space.path("stock/lib")).expect("a folder for libraries");
    own.program("oasis").arguments(&["setup"]).ok();
    for step in ["-configure", "-build", "-install"] {
        let mut setup = own.program("ocaml");
        setup.arguments(&["setup.ml", step]);
        if step == "-configure" {
            setup.arguments(&["--prefix", &prefix("stock")]);
        }
        setup.env("OCAMLFIND_DESTDIR", space.path("stock/lib")).env("OCAMLFIND_LDCONF", "ignore");
        setup.ok();
    }
    ours.mbuild(&["install", "--prefix", &prefix("prefix")]).ok();
    let theirs = tree::read(&space.path("stock"), |_| true);
    let mut found = tree::read(&space.path("prefix"), |_| true);
    assert!(found.remove("share/mbuild/simplelib.json").is_some());
    assert_eq!(tree::names(&found), tree::names(&theirs));
}

const PLUGIN: &str = "OASISFormat: 0.4
Name: signs
Version: 1.0
Synopsis: Signs
Authors: Me
License: ISC
Plugins: META (0.4)
BuildTools: ocamlbuild
Library signs
  Path: src
  Modules: Sign
Executable show
  Path: bin
  MainIs: show.ml
  BuildDepends: signs
  CompiledObject: best
Test show
  Command: $show | grep here
";

/// A package in which a rule of its author's makes a module.
fn signs<'a>(space: &'a Space, name: &str) -> Project<'a> {
    let project = space.project(name);
    project.write("_oasis", PLUGIN);
    project.write("src/sign.txt", "# here\n");
    project.write("bin/show.ml", "let () = print_string Sign.text\n");
    let rule = "(* OASIS_START *)\n(* OASIS_STOP *)\nopen Ocamlbuild_plugin;;\n\
        dispatch (fun hook -> dispatch_default hook; match hook with\n\
        | After_rules ->\n\
          rule \"texts\" ~dep:\"%.txt\" ~prod:\"%.ml\" (fun env _ ->\n\
            Echo ([\"let text = {|\"; Ocamlbuild_plugin.read_file (env \"%.txt\"); \"|}\"], env \"%.ml\"))\n\
        | _ -> ());;\n";
    project.write("myocamlbuild.ml", rule);
    project
}

#[test]
fn a_rule_of_the_authors_in_ocamlbuild_is_run_by_ocamlbuild() {
    let space = Space::new();
    let project = signs(&space, "package");
    let configured = project.mbuild(&["configure", "--enable", "tests"]).ok();
    let said = "built by its own tool: ocaml setup.ml (`myocamlbuild.ml` has a rule for `%.ml`); \
                with `--frontend oasis` mbuild builds it";
    assert!(configured.said().contains(said), "{}", configured.said());
    assert!(project.mbuild(&["test"]).ok().said().contains("1 test passed"));
    assert_eq!(project.mbuild(&["run", "-q"]).ok().stdout, "# here\n");
    project.is_built();
    let prefix = space.path("prefix").to_string_lossy().into_owned();
    project.mbuild(&["install", "--prefix", &prefix]).ok();
    for file in ["bin/show", "lib/signs/META", "lib/signs/signs.cmxa", "lib/signs/sign.cmi"] {
        assert!(space.path("prefix").join(file).exists(), "no {file}");
    }
    project.mbuild(&["uninstall", "--prefix", &prefix]).ok();
    assert!(!space.path("prefix").exists());
    // What it made is kept like everything else.
    project.remove_dir("_mbuild");
    project.mbuild(&["configure", "--enable", "tests"]).ok();
    assert_eq!(project.mbuild(&["build"]).ok().restored(), [ARCHIVE]);
}

/// Only `setup.ml` reads back what a script has put into its file of variables.
#[test]
fn scripts_that_change_the_variables_of_setup_have_setup_build() {
    let space = Space::new();
    let project = space.project("package");
    project.write(
        "_oasis",
        format!(
            "{}PostConfCommand: sh ./etc/vars.sh\nLibrary signs\n  Path: src\n  Modules: Sign\n  CSources: sign_stubs.c\n  CCOpt: $SIGN_FLAGS\n\
             Executable show\n  Path: bin\n  MainIs: show.ml\n  BuildDepends: signs\n  CompiledObject: best\n",
            PLUGIN.split_once("Library").expect("sections").0
        ),
    );
    project.write("etc/vars.sh", "echo 'SIGN_FLAGS=\"-DSIGN=42\"' >> setup.data\n");
    project.write("src/sign.ml", "external sign : unit -> int = \"sign\"\n");
    project.write(
        "src/sign_stubs.c",
        "#include <caml/mlvalues.h>\nvalue sign(value unit) { (void)unit; return Val_int(SIGN); }\n",
    );
    project.write("bin/show.ml", "let () = print_int (Sign.sign ())\n");
    let said = project.mbuild(&["configure"]).ok().said();
    let expected =
        "built by its own tool: ocaml setup.ml (`etc/vars.sh` puts variables into `setup.data`)";
    assert!(said.contains(expected), "{said}");
    assert_eq!(project.mbuild(&["run", "-q"]).ok().stdout, "42");
}

#[test]
fn the_user_decides_who_builds() {
    let space = Space::new();
    let project = signs(&space, "package");
    let ours = project.mbuild(&["configure", "--frontend", "oasis"]).fails(3);
    assert!(ours.stderr.contains("has a module `Sign` without a source"), "{}", ours.stderr);
    // What a plugin changes of documents matters little: that is said, and both ways are named.
    let plugin = |call: &str| {
        format!(
            "(* OASIS_START *)\n(* OASIS_STOP *)\nopen Ocamlbuild_plugin;;\n\
             dispatch (fun hook -> dispatch_default hook;\n  if hook = After_rules then\n    {call});;\n"
        )
    };
    project.write("myocamlbuild.ml", plugin("flag [\"ocaml\"; \"doc\"] (A \"-short-paths\")"));
    project.write("src/sign.ml", "let text = \"# there\\n\"\n");
    let unsure = project.mbuild(&["run", "-q"]).ok();
    assert_eq!(unsure.stdout, "# there\n");
    assert!(unsure.stderr.contains("changes how documents are made"), "{}", unsure.stderr);
    assert!(!project.path("_mbuild/native/own").exists());
    // Other flags decide what is made.
    project.write("myocamlbuild.ml", plugin("flag [\"ocaml\"; \"compile\"] (A \"-opaque\")"));
    let flagged = project.mbuild(&["configure"]).ok();
    let said = "built by its own tool: ocaml setup.ml (`myocamlbuild.ml` has \
                `flag [\"ocaml\"; \"compile\"] (A \"-opaque\"));;`)";
    assert!(flagged.said().contains(said), "{}", flagged.said());
    let ours = project.mbuild(&["configure", "--frontend", "oasis"]).ok();
    assert!(!ours.said().contains("own tool"), "{}", ours.said());
    let theirs = project.mbuild(&["configure", "--frontend", "setup"]).ok();
    let said = "built by its own tool: ocaml setup.ml (chosen by `--frontend setup`)";
    assert!(theirs.said().contains(said), "{}", theirs.said());
    assert_eq!(project.mbuild(&["run", "-q"]).ok().stdout, "# there\n");
    assert!(project.path("_mbuild/native/own/tree/_build/src/sign.cmi").exists());
}

#[test]
fn omake_builds_tests_and_installs() {
    let space = Space::new();
    let project = space.project("package");
    let omake =
        "BuildType: omake (0.4)\nInstallType: omake (0.4)\nXOMakeExtraArgs: \"PREFIX=$prefix\"\n";
    let own = "ConfType: custom (0.4)\nBuildType: custom (0.4)\nInstallType: custom (0.4)\n\
        XCustomConf: sh configure.sh $prefix\nXCustomBuild: make all\nXCustomInstall: make install\n\
        XCustomUninstall: make uninstall\n";
    project.write("_oasis", MANIFEST.replace(own, omake));
    project.write("OMakeroot", "open build/OCaml\nDefineCommandVars()\n.SUBDIRS: .\n");
    project.write(
        "OMakefile",
        "USE_OCAMLFIND = true\nNATIVE_ENABLED = true\nBYTE_ENABLED = true\n\n\
         .SUBDIRS: src\n    OCamlLibrary(saying, saying)\n    OCamlProgram(words, words saying)\n\n\
         .PHONY: build install uninstall\n\nbuild: src/words src/saying.cma\n\n\
         install:\n    mkdir -p $(DESTDIR)$(PREFIX)/bin\n    cp src/words $(DESTDIR)$(PREFIX)/bin/words\n    \
         ocamlfind install saying META src/saying.cma src/saying.cmi\n",
    );
    project.write("META", "version = \"1.0\"\n");
    project.write("src/saying.ml", "let it = \"hello\"\n");
    project.write("src/words.ml", "let () = print_endline Saying.it\n");
    let said = project.mbuild(&["configure", "--enable", "tests"]).ok().said();
    assert!(said.contains("built by its own tool: omake\n"), "{said}");
    assert_eq!(project.mbuild(&["build"]).ok().ran(), [ARCHIVE, DONE]);
    assert!(project.mbuild(&["test"]).ok().said().contains("1 test passed"));
    project.is_built();
    let prefix = space.path("prefix");
    let there = ["--prefix", &prefix.to_string_lossy()];
    project.mbuild(&[&["install"], &there[..]].concat()).ok();
    let installed = tree::read(&prefix, |_| true);
    assert_eq!(
        tree::names(&installed),
        [
            "bin/words",
            "lib/saying/META",
            "lib/saying/saying.cma",
            "lib/saying/saying.cmi",
            "share/mbuild/words.json"
        ]
    );
    project.mbuild(&[&["uninstall"], &there[..]].concat()).ok();
    assert!(!prefix.exists());
    // What OMake knows of its last run is in the archive as well: nothing is left to do for it.
    project.remove_dir("_mbuild");
    assert_eq!(project.mbuild(&["build"]).ok().restored(), [ARCHIVE]);
    let again = "cd _mbuild/native/own/tree && omake build PREFIX=/usr/local";
    let again = project.program("sh").arguments(&["-c", again]).ok();
    assert!(!again.stdout.contains("+ ocamlfind"), "{}", again.stdout);
}

/// As with `setup.ml` itself: what cannot be documented can be installed.
#[test]
fn documents_that_cannot_be_made_are_left_out_of_an_installation() {
    let space = Space::new();
    let project = signs(&space, "package");
    let document = "Document api\n  Title: Signs\n  Type: ocamlbuild (0.4)\n  BuildTools: ocamldoc\n  XOCamlbuildLibraries: signs\n";
    project.write("_oasis", format!("{PLUGIN}{document}  XOCamlbuildPath: src\n"));
    let prefix = space.path("prefix").to_string_lossy().into_owned();
    project.mbuild(&["install", "--prefix", &prefix]).ok();
    assert!(space.path("prefix/share/doc/signs/index.html").exists());
    // No rule of ocamlbuild makes such a module.
    project.write(
        "_oasis",
        format!("{PLUGIN}{document}  XOCamlbuildPath: src\n  XOCamlbuildModules: Nothing\n"),
    );
    project.mbuild(&["build", "doc"]).fails(1);
    let installed = project.mbuild(&["install", "--prefix", &prefix]).ok();
    assert!(installed.said().contains("documents are left out"), "{}", installed.said());
    assert!(!space.path("prefix/share/doc/signs/index.html").exists());
    assert!(space.path("prefix/lib/signs/signs.cmxa").exists());
}
