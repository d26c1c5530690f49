//! Several packages in one folder.

use super::*;

#[test]
fn packages_of_a_folder_that_need_each_other_are_told() {
    let text = |needs: &str| format!("depends: [{needs}]\nbuild: [make \"x\"]\n");
    let all = [
        manifest("a.opam", &text("\"lwt\" \"b\" {>= \"1\"}")),
        manifest("b.opam", &text("\"c\"")),
        manifest("c.opam", &text("\"a\" {build} \"b\" {post}")),
    ];
    let (_, warnings) = package(&all, "f", &mut Made::default(), &Choices::default()).unwrap();
    let said: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_folder_tells_name_and_version_where_nothing_else_does() {
    for (folder, name, version) in [
        ("p", "p", None),
        ("p.1.0", "p", Some("1.0")),
        ("p-q.1.0", "p-q", Some("1.0")),
        ("ocaml-p", "ocaml-p", None),
        ("p-q-1.2", "p-q", Some("1.2")),
        ("p-v0.3", "p", Some("v0.3")),
        ("p.1.0-2", "p", Some("1.0-2")),
    ] {
        assert_eq!(of_folder(folder), (name, version), "{folder}");
    }
}

#[test]
fn of_several_files_for_one_package_one_counts() {
    let texts = [
        ("opam", "name: \"p\"\nbuild: [\"a\"]\n"),
        ("opam/p.opam", "build: [\"b\"]\n"),
        ("p.opam", "build: [\"c\"]\n"),
        ("q.opam/opam", "build: [\"d\"]\n"),
    ];
    let (package, said) = folder(&texts).unwrap();
    assert_eq!(
        (package.name, package.own_build.unwrap().build),
        ("p".into(), vec!["c".into(), "d".into()])
    );
    assert_eq!(
        said,
        "opam/p.opam: is for package `p`, as `p.opam` is, and is left alone\n\
         opam: is for package `p`, as `p.opam` is, and is left alone\n"
    );
}

#[test]
fn packages_of_a_folder_are_built_at_once_where_the_tool_can() {
    let build = "build: [[\"dune\" \"subst\"] [\"dune\" \"build\" \"-p\" name \"-j\" \"2\"] [\"make\" name] [\"make\" name]]\n";
    let (package, said) = folder(&[
        ("p.opam", build),
        ("p-q.opam", &format!("{build}depends: [\"p\" {{= version}}]\n")),
        ("p-own.opam", "build: [[\"dune\" \"build\" \"-p\" name \"@all\"]]\nrun-test: [\"dune\" \"test\" \"-p\" name]\n"),
    ])
    .unwrap();
    assert_eq!(said, "");
    let own = package.own_build.unwrap();
    assert_eq!(
        own.build,
        [
            "dune subst",
            "dune build -p p,p-q -j 2",
            "make p",
            "make p",
            "make p-q",
            "make p-q",
            "dune build -p p-own @all",
        ]
    );
    assert_eq!(own.lists, ["p.install", "p-q.install", "p-own.install"]);
    assert_eq!(own.packages, [""; 0]);
}

#[test]
fn a_package_that_cannot_be_built_here_is_left_out_of_its_folder() {
    let (package, said) = folder(&[
        ("p.opam", "depends: [\"p-used\"]\nbuild: [make \"p\"]\n"),
        ("p-used.opam", "build: [make \"used\"]\n"),
        ("p-gone.opam", "depends: [\"none\" \"lwt\" \"no-more\"]\nbuild: [make \"gone\"]\n"),
        ("p-after.opam", "depends: [\"p-gone\"]\nbuild: [make \"after\"]\n"),
        ("p-other.opam", "available: os = \"win32\"\nbuild: [make \"other\"]\n"),
    ])
    .unwrap();
    assert_eq!(package.own_build.unwrap().build, ["make p", "make used"]);
    insta::assert_snapshot!(said);
    // What the first needs cannot be left out, nor the first itself.
    let wrong =
        folder(&[("p.opam", "depends: [\"p-used\"]\n"), ("p-used.opam", "available: false\n")]);
    assert_eq!(
        wrong.unwrap_err(),
        "p-used.opam: the package says that it is not for this machine\n"
    );
    let (package, said) =
        folder(&[("p.opam", "depends: [\"none\"]\n"), ("p-q.opam", "depends: [\"p\"]\n")]).unwrap();
    assert_eq!(
        (package.own_build.unwrap().packages, said),
        (vec!["none".to_owned()], String::new())
    );
}
