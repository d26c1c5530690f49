//! What files of opam come to on machines that are made up here.

mod files;
mod folders;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::*;
use crate::opam::{self, Machine};

/// The checksum of `abc`.
const ABC: &str = "md5=900150983cd24fb0d6963f7d28e17f72";

/// A machine and a source tree.
struct Made {
    environment: Environment,
    installed: BTreeMap<&'static str, &'static str>,
    programs: Vec<&'static str>,
    files: BTreeMap<&'static str, &'static str>,
    configs: BTreeMap<&'static str, &'static str>,
    /// What opam has installed.
    receipts: BTreeMap<&'static str, &'static str>,
}

impl Default for Made {
    fn default() -> Self {
        let mut environment = Environment::guess();
        environment.set("version", "4.13.1");
        Self {
            environment,
            installed: BTreeMap::from([("lwt", "5.6.1"), ("zip", "1.11"), ("odd", "n/a")]),
            programs: vec!["ocamlfind", "make", "tool"],
            files: BTreeMap::new(),
            configs: BTreeMap::new(),
            receipts: BTreeMap::from([("data", "2.0")]),
        }
    }
}

impl Host for Made {
    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn machine(&self) -> Machine {
        Machine::debian()
    }

    fn installed(&mut self, findlib: &str) -> Option<Installed> {
        let version = Some((*self.installed.get(findlib)?).to_owned());
        Some(Installed { version, directory: format!("/lib/{findlib}") })
    }

    fn in_tree(&mut self, _: &str) -> Option<Installed> {
        None
    }

    fn has_program(&mut self, name: &str) -> bool {
        self.programs.contains(&name)
    }

    fn read(&mut self, path: &str) -> Option<Vec<u8>> {
        self.files.get(path).map(|content| content.as_bytes().to_vec())
    }

    fn list(&mut self, folder: &str) -> Vec<String> {
        let inside = |path: &&str| {
            let name = path.strip_prefix(folder)?.strip_prefix('/')?.split('/').next()?;
            Some(name.to_owned())
        };
        let names: BTreeSet<String> = self.files.keys().filter_map(inside).collect();
        names.into_iter().collect()
    }

    fn has_other_manifest(&mut self) -> bool {
        self.files.contains_key("_oasis")
    }

    fn config(&mut self, package: &str, _shared: &str) -> Option<(String, Vec<u8>)> {
        let content = self.configs.get(package)?;
        Some((format!("/share/{package}.config"), content.as_bytes().to_vec()))
    }

    fn in_switch(&mut self, package: &str, shared: &str) -> Option<Installed> {
        assert_eq!(shared, "/usr/local/share");
        let version = Some((*self.receipts.get(package)?).to_owned());
        Some(Installed { version, ..Installed::default() })
    }

    fn outside(&mut self, path: &str) -> Option<Vec<u8>> {
        (path == "/etc/kept").then(|| b"abc".to_vec())
    }
}

/// A file of opam 2, which says so at its end, so that places are those of the text.
fn manifest(path: &str, text: &str) -> Manifest {
    let content = format!("{text}\nopam-version: \"2.0\"\n").into_bytes();
    let file = opam::parse(path.as_bytes(), &content).unwrap();
    Manifest { path: path.to_owned(), content, file }
}

/// The package of one file; else everything that is wrong. With it comes what is only strange.
fn read(host: &mut Made, path: &str, text: &str) -> (Option<Package>, String) {
    let manifests = [manifest(path, text)];
    let mut said = String::new();
    let mut show = |all: Vec<Diagnostic>| {
        for one in all {
            let _ = writeln!(said, "{one}");
        }
    };
    match package(&manifests, "p.1.0", host, &Choices::default()) {
        Ok((package, warnings)) => {
            show(warnings);
            (Some(package), said)
        }
        Err(wrong) => {
            show(wrong);
            (None, said)
        }
    }
}

fn good(host: &mut Made, path: &str, text: &str) -> Package {
    let (package, said) = read(host, path, text);
    assert_eq!(said, "");
    package.unwrap()
}

/// The package of files in one folder, and what is only strange; else everything that is wrong.
fn folder(texts: &[(&str, &str)]) -> Result<(Package, String), String> {
    let all: Vec<Manifest> = texts.iter().map(|(path, text)| manifest(path, text)).collect();
    let shown = |all: Vec<Diagnostic>| -> String {
        all.iter()
            .map(|one| format!("{}: {}\n", String::from_utf8_lossy(&one.file), one.message))
            .collect()
    };
    match package(&all, "f", &mut Made::default(), &Choices::default()) {
        Ok((package, warnings)) => Ok((package, shown(warnings))),
        Err(wrong) => Err(shown(wrong)),
    }
}

#[test]
fn a_machine_that_is_not_meant_is_refused_with_what_it_is() {
    let text = "available: [os = \"macos\" | ocaml:version < \"4.00\" & arch = \"arm32\"]\n\
        os: [\"darwin\" | !\"linux\" \"win32\"]\nocaml-version: [>= \"3.12\" & < \"4.02\"]\n";
    let (package, said) = read(&mut Made::default(), "opam", text);
    assert!(package.is_none());
    insta::assert_snapshot!(said);
}

#[test]
fn a_machine_that_is_meant_is_none_to_speak_of() {
    let text = "available: [os = \"linux\" & ocaml:version >= \"4.02\" & opam-version >= \"2.0\"]\n\
        os: [\"linux\" \"freebsd\"]\nocaml-version: [>= \"3.12\"]\nflags: [plugin avoid-version light-uninstall verbose]\n";
    let package = good(&mut Made::default(), "opam", text);
    assert_eq!(package.ocaml.as_deref(), Some(">= 3.12"));
    for text in ["available: []", "available: true", "os: []", "ocaml-version: []", "flags: conf"] {
        good(&mut Made::default(), "opam", text);
    }
}

#[test]
fn flags_and_conditions_that_matter_are_warnings() {
    let text = "flags: [deprecated compiler conf conff]\ninstall: [make]\navailable: frob:nicate\n";
    let (package, said) = read(&mut Made::default(), "opam", text);
    assert!(package.is_some());
    insta::assert_snapshot!(said);
}

#[test]
fn flags_of_which_one_is_none_are_left_out_as_opam_does() {
    for (text, column, help) in [
        ("\"light-uninstall\"", 8, "a flag is a name without quotes: `light-uninstall`"),
        ("[deprecated \"x\"]", 20, "a flag is a name without quotes: `x`"),
        ("[deprecated 1]", 20, "a flag is a name: `flags: [plugin]`"),
    ] {
        let text = format!("flags: {text}\n");
        let (package, said) = read(&mut Made::default(), "opam", &text);
        assert!(package.is_some());
        let message = format!("opam:1:{column}: expected a flag; all of `flags` is left out\n");
        assert!(said.starts_with(&message) && said.contains(help), "{said}");
        assert!(!said.contains("deprecated`"), "{said}");
    }
}

#[test]
fn what_is_installed_and_conflicts_is_refused() {
    let text = "conflicts: [\"lwt\" {>= \"5.0\"} \"camlzip\" \"odd\" {< \"1\"} \"p\" \"none\" \"ocaml\" {= \"4.13.1\"}\n  \
        \"tool\" {os = \"linux\"} \"make\" {os = \"macos\"} \"lwt\" {< \"5.0\"}]\n";
    let mut host = Made::default();
    host.receipts.extend([("lwt", "5.6.1"), ("camlzip", "1.11"), ("odd", "n/a"), ("tool", "")]);
    let (package, said) = read(&mut host, "opam", text);
    assert!(package.is_none());
    insta::assert_snapshot!(said);
    let text = "conflicts: [\"lwt\" {< \"5.0\"} \"odd\" {< \"1\"} \"p\"]\n";
    good(&mut host, "opam", text);
    // The version that opam says counts, whatever findlib does.
    host.receipts.insert("lwt", "4.9");
    assert!(read(&mut host, "opam", text).1.starts_with("opam:1:13: `lwt` 4.9 is installed"));
}

#[test]
fn what_findlib_alone_knows_is_in_no_conflict_that_opam_would_see() {
    let text = "conflicts: [\"lwt\" {>= \"5.0\"} \"tool\" \"lwt\" {< \"5.0\"}]\n";
    let (package, said) = read(&mut Made::default(), "opam", text);
    assert!(package.is_some());
    insta::assert_snapshot!(said);
    let mut host = Made::default();
    host.installed.insert("unix", "4.13.1");
    let (package, said) = read(&mut host, "opam", "conflicts: \"base-unix\"\n");
    assert!(package.is_none() && said.contains("`base-unix` 4.13.1 is installed"), "{said}");
}

#[test]
fn options_of_the_compiler_are_packages_that_are_there_or_not() {
    let mut host = Made::default();
    let text = "conflicts: [\"ocaml-option-bytecode-only\"]\n\
        depends: [\"ocaml\" (\"ocaml-option-flambda\" | \"ocaml-option-fp\")]\n\
        build: [[\"tool\" \"flambda\" {ocaml-option-flambda:installed} \"byte\" {!ocaml:native}]]\n";
    let (_, said) = read(&mut host, "opam", text);
    insta::assert_snapshot!(said);
    host.environment.set("with_frame_pointers", "true");
    assert_eq!(good(&mut host, "opam", text).own_build.unwrap().build, ["tool"]);
    host.environment.set("flambda", "true");
    assert_eq!(good(&mut host, "opam", text).own_build.unwrap().build, ["tool flambda"]);
    host.environment.set("native_compiler", "false");
    let (_, said) = read(&mut host, "opam", text);
    insta::assert_snapshot!(said);
}

#[test]
fn one_package_of_a_class_is_there() {
    let read = |name: &str| {
        let text = format!("name: \"{name}\"\nconflict-class: [\"c\"]\n");
        manifest(&format!("{name}.opam"), &text)
    };
    let all = [read("a"), read("b")];
    let (_, warnings) = package(&all, "f", &mut Made::default(), &Choices::default()).unwrap();
    let [one] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert_eq!(one.message, "`a` is of class `c` as well");
    assert_eq!((one.file.as_slice(), one.line, one.column), (b"b.opam".as_slice(), 2, 18));
    for class in ["c", "\"a b\""] {
        let text = format!("conflict-class: [{class}]\n");
        let (package, said) = super::tests::read(&mut Made::default(), "opam", &text);
        assert!(said.starts_with("opam:1:18: expected the name of a class"), "{said}");
        assert!(package.is_some());
    }
}

#[test]
fn what_a_file_calls_itself_has_to_be_a_name() {
    let (package, said) =
        read(&mut Made::default(), "opam", "name: a\nversion: \"1 0\"\nbuild: [\"tool\"]\n");
    assert!(package.is_none());
    insta::assert_snapshot!(said);
}

#[test]
fn a_need_is_a_program_or_a_library_by_the_tables_or_by_what_is_there() {
    let text = "depends: [\"lwt\" {>= \"5.0\"} \"camlzip\" \"ocamlfind\" \"tool\" \"conf-gmp\" \"base-unix\" \"none\" \"ocaml\" {>= \"4.02\"}]\n";
    let package = good(&mut Made::default(), "opam", text);
    let own = package.own_build.unwrap();
    assert_eq!(own.packages, ["lwt", "zip", "unix", "none"]);
    let tools: Vec<_> = own.tools.iter().map(|tool| format!("{tool:?}")).collect();
    assert_eq!(tools, ["External(\"ocamlfind\")", "External(\"tool\")"]);
    assert_eq!(package.ocaml.as_deref(), Some(">= 4.02"));
    let (_, said) =
        read(&mut Made::default(), "opam", "depends: [\"lwt\" {>= \"6\"} \"odd\" {>= \"1\"}]\n");
    let expected = "opam:1:11: `lwt` is to be >= 6, and 5.6.1 is installed";
    assert!(said.starts_with(expected) && said.lines().count() == 4, "{said}");
}

#[test]
fn changes_of_the_environment_keep_their_order_and_operators() {
    let text = "build-env: [[A = \"%{name}% $x\"] [PATH += \"%{prefix}%/b\"] [L =+ \"c\"] [M := \"d\"] [N =: \"e\"] [O =+= \"f\"]]\nsetenv: [CAML_LD_LIBRARY_PATH += \"%{lib}%/stublibs\"]\nbuild: [make]\n";
    let package = good(&mut Made::default(), "opam", text);
    let own = package.own_build.unwrap();
    let shown: Vec<String> = own
        .environment
        .iter()
        .map(|change| format!("{} {:?} {}", change.name, change.how, change.value))
        .collect();
    assert_eq!(
        shown,
        [
            "OPAM_PACKAGE_NAME Set p",
            "OPAM_PACKAGE_VERSION Set 1.0",
            "OPAMCLI Set 2.0",
            "CDPATH Set ",
            "A Set p $x",
            "PATH Before ${prefix}/b",
            "L After c",
            "M BeforeEmpty d",
            "N AfterEmpty e",
            "O Before f",
        ]
    );
    assert_eq!(
        package.exports,
        [Change {
            name: "CAML_LD_LIBRARY_PATH".to_owned(),
            how: crate::package::How::Before,
            value: "${libdir}/stublibs".to_owned(),
        }]
    );
    let wrong = "build-env: [[A > \"x\"] [\"B\" = \"x\"] [C = d] [pkg:E = \"x\"]]\nsetenv: \"x\"\n";
    let (_, said) = read(&mut Made::default(), "opam", wrong);
    insta::assert_snapshot!(said);
}

#[test]
fn variables_that_a_package_leaves_when_it_is_installed_stay_in_what_its_users_have() {
    let value = |text: &str| {
        let text = format!("depends: [\"lwt\"]\nsetenv: [A = \"{text}\"]\nbuild: [make]\n");
        good(&mut Made::default(), "opam", &text).exports[0].value.clone()
    };
    assert_eq!(value("%{_:x}% %{p:y}%/%{name}%"), "%{p:x}% %{p:y}%/p");
    assert_eq!(value("%{_:x?a:b}% 100%% %{lib}%"), "%{p:x?a:b}% 100%% ${libdir}");
    // Those that are known, and those of others.
    assert_eq!(value("%{_:version}% %{_:enable}% %{lwt:x}%"), "1.0 disable ");
    assert_eq!(value("%%{_:x}%"), "%%{_:x}%%");
}

#[test]
fn what_is_no_library_is_there_where_it_was_installed() {
    let text = "depends: [\"data\" {>= \"1\"} (\"data\" {>= \"3\"} | \"lwt\")]\n\
        build: [\"x\" \"%{data:version}%\" \"%{data:lib}%\" \"%{data:share}%\" \"%{data:enable}%\"]\n";
    let package = good(&mut Made::default(), "opam", text);
    let own = package.own_build.unwrap();
    assert_eq!(own.build, ["x 2.0 \"${libdir}\"/data \"${datarootdir}\"/data enable"]);
    assert_eq!(own.packages, ["lwt"]);
}

#[test]
fn a_package_that_needs_itself_is_told_so() {
    let (package, said) = read(&mut Made::default(), "p.opam", "depends: [\"p\" \"lwt\"]\n");
    assert_eq!(package.unwrap().own_build.unwrap().packages, ["lwt"]);
    assert!(said.starts_with("p.opam:1:11: `p` needs itself\n"), "{said}");
}

#[test]
fn messages_are_said_where_they_hold() {
    let text = "depends: [\"lwt\"]\nmessages: [\"all %{os}%\" \"here\" {os = \"linux\" & lwt:installed} \"there\" {os = \"macos\"}]\n\
        post-messages: [\"to %{lib}%, %{_:x}%\" {success} \"bad\" {failure} \"own\" {p:on}]\n";
    let manifests = [manifest("p.opam", text), manifest("q.opam", "name: \"q\"\n")];
    let mut host = Made::default();
    let all = messages(manifests.iter(), "p", &mut host, &Choices::default());
    let [only] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(only.package(), "p");
    assert_eq!(only.before(), ["all %{os}%", "here"]);
    let own = |on| {
        let x = ("x".to_owned(), Content::Text("y".to_owned()));
        BTreeMap::from([x, ("on".to_owned(), Content::Bool(on))])
    };
    assert_eq!(only.after(true, &own(true)), ["to ${libdir}, y", "own"]);
    assert_eq!(only.after(false, &own(false)), ["bad"]);
    let one = [manifest("p.opam", "messages: \"a\"\n")];
    assert_eq!(messages(one.iter(), "p", &mut host, &Choices::default())[0].before(), ["a"]);
}

#[test]
fn what_calls_mbuild_needs_another_manifest() {
    let text = "build: [[make] [\"/x/mbuild\" \"build\"] {with-test}]\ninstall: [\"mbuild\" {os = \"linux\"} \"install\"]\n";
    let (package, said) = read(&mut Made::default(), "opam", text);
    let message = "opam:1:17: this runs mbuild, which finds nothing here but this file\n";
    assert!(package.is_none() && said.starts_with(message), "{said}");
    let (_, said) = read(&mut Made::default(), "opam", "install: \"mbuild\"\n");
    assert!(said.starts_with("opam:1:10: this runs mbuild"), "{said}");
    let mut host = Made { files: BTreeMap::from([("_oasis", "")]), ..Made::default() };
    assert_eq!(good(&mut host, "opam", text).own_build.unwrap().build, ["make"]);
}

#[test]
fn installed_packages_have_the_variables_of_their_config() {
    let config = format!(
        "opam-version: \"2.0\"\nfile-depends: [[\"/etc/kept\" \"{ABC}\"]]\nvariables {{ native: true flags: [\"a b\" \"c\"] lib: \"/own\" }}\n"
    );
    let config: &'static str = Box::leak(config.into_boxed_str());
    let mut host = Made { configs: BTreeMap::from([("lwt", config)]), ..Made::default() };
    let text = "depends: [\"lwt\"]\nbuild: [[make lwt:flags \"%{lwt:lib}%\"] {lwt:native} [make \"x\"] {!lwt:native}]\n";
    let package = good(&mut host, "opam", text);
    assert_eq!(package.own_build.unwrap().build, ["make 'a b' c /own"]);

    for config in [
        "opam-version: \"2.0\"\nfile-depends: [[\"/etc/kept\" \"md5=00000000000000000000000000000000\"] [\"/gone\" \"md5=00000000000000000000000000000000\"]]\n",
        "opam-version: \"2.0\"\n\nvariables { a: b }\n",
    ] {
        host.configs.insert("lwt", config);
        let (package, said) = read(&mut host, "opam", text);
        assert!(package.is_some());
        insta::assert_snapshot!(said);
    }
}

#[test]
fn how_many_mistakes_are_not_told_is_said_last() {
    let text = format!("substs: [{}]\n", "\"../x\" ".repeat(105));
    let wrong = folder(&[("p.opam", &text)]).unwrap_err();
    assert_eq!(wrong.lines().count(), 101);
    assert_eq!(wrong.lines().last(), Some("p.opam: 5 more of these are not shown"), "{wrong}");
}
