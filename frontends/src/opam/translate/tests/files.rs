//! Files that come beside the sources: extra ones, patches, what is published where.

use super::*;

#[test]
fn files_besides_the_sources_are_those_that_are_meant() {
    let files = [
        ("opam/files/fix.patch", "abc"),
        ("opam/files/sub/more", "abd"),
        ("opam/files/own.patch", "x"),
        ("here", "abd"),
        ("fetched.patch", "abd"),
    ];
    let host = || Made { files: BTreeMap::from(files), ..Made::default() };
    let text = format!(
        "extra-files: [[\"fix.patch\" \"{ABC}\"] [\"sub/more\" \"{ABC}\"] [\"here\" \"{ABC}\"] [\"none\" \"{ABC}\"] [\"../x\" \"{ABC}\"] [\"y\"] [\"z\" \"md5=0\"]]\n\
         extra-source \"fetched.patch\" {{\n  src: \"ftp://there/a\"\n  checksum: [\"{ABC}\"]\n}}\nextra-source \"gone\" {{ src: \"ftp://there/b\" }}\n\
         extra-source {{ src: \"c\" }}\n"
    );
    let (package, said) = read(&mut host(), "opam/opam", &text);
    assert!(package.is_none());
    insta::assert_snapshot!(said);

    let text = format!(
        "extra-files: [\"fix.patch\" \"{ABC}\"]\npatches: [\"fix.patch\" \"own.patch\" \"fetched.patch\"]\n\
         extra-source \"fetched.patch\" {{ src: \"a\" }}\nbuild: [make]\n"
    );
    let package = good(&mut host(), "opam/opam", &text);
    assert_eq!(
        package.own_build.unwrap().build,
        [
            "cp opam/files/fix.patch fix.patch",
            "cp opam/files/own.patch own.patch",
            "mkdir -p sub && cp opam/files/sub/more sub/more",
            "patch -p1 -i fix.patch",
            "patch -p1 -i own.patch",
            "patch -p1 -i fetched.patch",
            "make",
        ]
    );
    let (_, said) = read(&mut host(), "opam", &format!("extra-files: [\"none\" \"{ABC}\"]\n"));
    assert!(said.starts_with("opam:1:15: `none` is not there\n"), "{said}");
    assert!(said.contains("help: put it into the folder `files`, as opam has it"), "{said}");
}

#[test]
fn files_that_opam_keeps_are_expanded_and_checked_as_those_of_the_tree() {
    let files = [
        ("opam/files/find.ml.in", "let v = \"%{version}%\"\n"),
        ("find.ml.in", "old"),
        ("opam/files/fetched", "abc"),
    ];
    let mut host = Made { files: BTreeMap::from(files), ..Made::default() };
    let text = format!(
        "version: \"3\"\nsubsts: [\"find.ml\"]\nextra-source \"fetched\" {{ src: \"a\" checksum: \"{ABC}\" }}\nbuild: [\"ocaml\" \"find.ml\"]\n"
    );
    let package = good(&mut host, "opam/opam", &text);
    let expanded = "printf %s 'let v = \"3\"\n' > find.ml";
    let put = ["cp opam/files/fetched fetched", "cp opam/files/find.ml.in find.ml.in"];
    assert_eq!(package.own_build.unwrap().build, [put[0], put[1], expanded, "ocaml find.ml"]);
}

#[test]
fn a_patch_of_a_file_in_which_variables_are_expanded_is_refused() {
    let patch = "--- a/x.ml.in\t2010\n+++ b/x.ml.in\t2011\n@@ -1 +1 @@\n-a\n+b\n";
    let files = BTreeMap::from([("fix.patch", patch), ("x.ml.in", "a\n")]);
    let mut host = Made { files, ..Made::default() };
    let text = "patches: [\"fix.patch\"]\nsubsts: [\"x.ml\"]\n";
    let (package, said) = read(&mut host, "opam", text);
    let message =
        "opam:1:11: patch `fix.patch` changes `x.ml.in`, in which variables are expanded before\n";
    assert!(package.is_none() && said.starts_with(message), "{said}");
}

#[test]
fn where_sources_are_published_is_told_and_their_checksum_is_a_variable() {
    let text = format!(
        "url {{\n  src: \"ftp://a/x.tgz\"\n  mirrors: [\"ftp://b/x.tgz\"]\n  checksum: [\"{ABC}\" \"md5=1\"]\n}}\nbuild: [make _:hash]\n"
    );
    let (package, said) = read(&mut Made::default(), "opam", &text);
    assert_eq!(package.unwrap().published, ["ftp://a/x.tgz", "ftp://b/x.tgz"]);
    assert!(said.starts_with("opam:4:53: this is no checksum"), "{said}");

    let titled = format!("url \"x\" {{\n  src: \"ftp://a/x.tgz\"\n  checksum: \"{ABC}\"\n}}\n");
    let (package, said) = read(&mut Made::default(), "opam", &titled);
    assert_eq!(package.unwrap().published, [""; 0]);
    assert!(said.starts_with("opam:1:1: `url` has no title"), "{said}");

    let files = BTreeMap::from([(
        "opam/url",
        "archive: \"ftp://a/y.tgz\"\nchecksum: \"900150983cd24fb0d6963f7d28e17f72\"\n",
    )]);
    let mut host = Made { files, ..Made::default() };
    let package = good(&mut host, "opam/opam", "build: [make _:hash]\n");
    assert_eq!(package.published, ["ftp://a/y.tgz"]);
    assert_eq!(package.own_build.unwrap().build, [format!("make {ABC}")]);
    for (content, message) in [
        ("archive: [\n", "opam/url:1:10: this `[` is not closed"),
        ("archive: \"a\"\nchecksum: \"0\"\n", "opam/url:2:11: this is no checksum"),
    ] {
        host.files.insert("opam/url", content);
        let (package, said) = read(&mut host, "opam/opam", "build: [make]\n");
        assert!(package.is_some() && said.starts_with(message), "{said}");
    }
}
