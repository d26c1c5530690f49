//! Odd META files, each beside what `ocamlfind` itself makes of it.

use std::path::Path;
use std::process::Command;

use super::conf::Conf;
use super::evaluate::Predicates;
use super::index::Findlib;

/// Contents of META files with everything in them that a careless or a hostile writer may leave there.
fn files() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = [
        &b""[..],
        b"# nothing but a comment",
        b"version = \"1\"",
        b"version = \"1\"\r\narchive = \"a b\"\r\n",
        b"version = \"1\rx\"\rarchive = \"a\"\r",
        b"\xef\xbb\xbfversion = \"1\"\n",
        b"version = \"1\0x\"\n",
        b"version = \"1\"\n\0",
        b"version = \"1\"\n\x0carchive = \"a\"\n",
        b"version = \"1\"\n\x0barchive = \"a\"\n",
        b"version = \"\xe9 \xff\"\n# \xe9\n",
        b"v\xe9rsion = \"1\"\n",
        b"version = \"1\n2\"\n",
        b"version = \"1\\\n2\"\n",
        b"version = \"1\\n2\"\n",
        b"version = \"1\\\"2\\\\3\"\n",
        b"version = \"1\\t\"\n",
        b"version='1'\n",
        b"version = \"1\";\narchive = \"a\"\n",
        b"version = \"1\" archive = \"a\"\n",
        b"version\n#x\n=\n#y\n\"1\"\n",
        b"version (mt) = \"1\"\n",
        b"version() = \"1\"\n",
        b"version(mt,) = \"1\"\n",
        b"version(mt mt_posix) = \"1\"\n",
        b"version(-mt) = \"1\"\n",
        b"version(- mt) = \"1\"\n",
        b"version(--mt) = \"1\"\n",
        b"version(-mt,mt) = \"1\"\n",
        b"version(a.b) = \"1\"\nversion = \"2\"\n",
        b"version(nobody_knows) = \"1\"\nversion = \"2\"\n",
        b"version = \"1\"\nversion = \"2\"\n",
        b"version(mt) = \"1\"\nversion(mt,mt) = \"2\"\n",
        b"version += \"1\"\n",
        b"version + = \"1\"\n",
        b"version =+ \"1\"\n",
        b"version == \"1\"\n",
        b"version = \"1\" \"2\"\n",
        b"version = 1\n",
        b"ver-sion = \"1\"\n",
        b"1version = \"1\"\nversion = \"2\"\n",
        b"Version = \"1\"\n",
        b".version = \"1\"\n",
        b"version. = \"1\"\n",
        b"_ = \"1\"\n",
        b"package = \"1\"\n",
        b"package(mt) = \"1\"\n",
        b"package \"in\" ()\n",
        b"package \"in\" (\n",
        b"package \"in\" )\n",
        b")\n",
        b"package in ()\n",
        b"package \"in\" ( version = \"2\" ) version = \"1\"\n",
        b"package \"\" ( version = \"2\" ) version = \"1\"\n",
        b"package \"a b\" ( version = \"2\" ) version = \"1\"\n",
        b"package \"a/b\" ( version = \"2\" ) version = \"1\"\n",
        b"package \"a.b\" ( version = \"2\" ) version = \"1\"\n",
        b"package \"in\" () package \"in\" ()\n",
        b"package \"in\" (\nversion = \"2\"\nversion = \"3\"\n)\n",
        b"package \"in\" ( requires = \"odd\" )\nrequires = \"odd.in\"\n",
        b"requires = \"odd\"\n",
        b"requires = \"none\"\n",
        b"requires = \"  ,unix,,  str \t\n\"\n",
        b"requires = \"unix;str\"\n",
        b"requires = \"unix\0\"\n",
        b"requires = \"../odd\"\n",
        b"requires = \".\"\n",
        b"requires = \"unix.\"\n",
        b"requires = \".unix\"\n",
        b"directory = \"nowhere\"\nversion = \"1\"\n",
        b"directory = \"..\"\nversion = \"1\"\n",
        b"directory = \"./\"\nversion = \"1\"\n",
        b"directory = \"/\"\nversion = \"1\"\n",
        b"directory = \"+\"\nversion = \"1\"\n",
        b"directory = \"^\"\nversion = \"1\"\n",
        b"directory = \"+unix\"\nversion = \"1\"\n",
        b"directory = \"sub/\"\nversion = \"1\"\n",
        b"directory(mt) = \"sub\"\nversion = \"1\"\n",
        b"directory += \"sub\"\nversion = \"1\"\n",
        b"exists_if = \"\"\nversion = \"1\"\n",
        b"exists_if = \"none\"\nversion = \"1\"\n",
        b"exists_if = \"none, META\"\nversion = \"1\"\n",
        b"exists_if = \"none META\"\nversion = \"1\"\n",
        b"exists_if = \"/etc/passwd\"\nversion = \"1\"\n",
        b"exists_if = \"../odd/META\"\nversion = \"1\"\n",
        b"exists_if = \"+stdlib.cma\"\nversion = \"1\"\n",
        b"exists_if += \"none\"\nversion = \"1\"\n",
        b"exists_if(mt) = \"none\"\nversion = \"1\"\n",
        b"exists_if = \"META\"\nexists_if(mt) = \"none\"\nversion = \"1\"\n",
        b"error = \"no\"\nversion = \"1\"\n",
        b"error(native) = \"no\"\nversion = \"1\"\n",
        b"error(pkg_odd) = \"no\"\nversion = \"1\"\n",
        b"error = \"\"\nversion = \"1\"\n",
        b"warning = \"old\"\nversion = \"1\"\n",
        b"deprecated = \"old\"\nbrowse_interfaces = \" Unit name: A \"\nversion = \"1\"\n",
        b"version = \"1\"\n\nx0 = \nx1 = \n",
        b"x0 = \nversion = \"1\"\n",
        b"version\n",
        b"version = \"1\"\nversion(mt)\n",
        b"version = \"1\"\narchive = \"a\n",
        b"version = \"1\"\narchive = \"a\\",
        b"version = \"1\"\npackage\n",
        b"version = \"1\"\npackage \"in\"\n",
        b"version = \"1\"\npackage \"in\" ( ( ) )\n",
        b"version = \"1\"\npackage \"in\" ( version = \"2\" ) )\n",
        b"version = \"1\"\n(mt) = \"2\"\n",
        b"version = \"1\"\n= \"2\"\n",
        b"version = \"1\"\n-mt = \"2\"\n",
        b"version = \"1\"\n@x@\n",
        b"version = \"1\"\n@x = \"2\"\n",
        b"version = \"@VERSION@\"\n",
        b"version(mt)(byte) = \"1\"\n",
        b"version(mt,byte) = \"1\"\nversion(byte,mt) = \"2\"\n",
        b"version(mt,byte) = \"1\"\nversion(mt) = \"2\"\nversion(byte) = \"3\"\n",
        b"version(mt) = \"2\"\nversion(byte) = \"3\"\n",
        b"version(-native) = \"2\"\nversion(byte) = \"3\"\n",
        b"version(byte,-native,-x) = \"2\"\nversion(byte,mt) = \"3\"\n",
        b"version += \"1\"\nversion = \"2\"\nversion += \"3\"\n",
        b"version = \"1\"\nversion(mt) += \"2\"\nversion(native) += \"3\"\n",
        b"version = \"1\"\nversion(mt) += \"2\"\nversion(mt) += \"2\"\n",
        b"version = \"1\"\nversion(mt) = \"2\"\nversion += \"3\"\n",
        b"version(\n# one\nmt\n,\n# two\nbyte)\n=\n# three\n\"1\"\n",
        b"version(mt# one\n) = \"1\"\n",
        b"version = # \"0\"\n\"1\"\n",
        b"version = \"1#2\"\n",
        b"version = \"\"\"1\"\n",
        b"version = \"1\"archive = \"a\"requires = \"\"\n",
        b"version=\"1\"package\"in\"(version=\"2\")archive=\"a\"\n",
        b"packages \"in\" ()\nversion = \"1\"\n",
        b"Package \"in\" ()\nversion = \"1\"\n",
        b"package \"in\" ()\npackage \"in2\" (package \"in\" (version = \"1\"))\nversion = \"1\"\n",
        b"package \"\\\"\" ()\nversion = \"1\"\n",
        b"package \"\xff\" ()\nversion = \"1\"\n",
        b"package \"-\" ()\nversion = \"1\"\n",
        b"version += \"1\" \"2\"\n",
        b"version =\xc2\xa0\"1\"\n",
        b"version = \xe2\x80\x9c1\xe2\x80\x9d\n",
        b"version => \"1\"\n",
        b"version := \"1\"\n",
        b"version: \"1\"\n",
        b"version -= \"1\"\n",
        b"archive(byte) = \"a\"\narchive(byte,mt) = \"b\"\narchive(byte,mt,x) = \"c\"\n",
        b"requires = \"unix\"\nrequires(mt) = \"str\"\nrequires(byte) += \"unix\"\n",
        b"requires = \"unix\\n\"\n",
        b"requires = \"UNIX\"\n",
        b"requires = \"str str unix str\"\n",
        b"version = \"1\"\n(* no comment *)\n",
        b"// none\nversion = \"1\"\n",
        b"version = \"1\"\n##\n#\n",
        b"\t\r\n \n",
        b"version = \"1\"\n\x1a",
        b"archive(byte) = \"a.cma,b.cma  a.cma\"\nlinkopts = \"-cclib  -lx,y\"\n",
    ]
    .map(<[u8]>::to_vec)
    .to_vec();
    let long = "x".repeat(1_000_000);
    all.push(format!("version = \"{long}\"\n").into_bytes());
    all.push(format!("# {long}\nversion = \"1\"\n").into_bytes());
    all.push(format!("{long} = \"1\"\nversion = \"1\"\n").into_bytes());
    let deep = 60;
    all.push(["package \"p\" (".repeat(deep), ")".repeat(deep)].concat().into_bytes());
    all
}

/// What `ocamlfind` prints; `None` when it fails.
fn says(folder: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("ocamlfind")
        .args(arguments)
        .env("OCAMLPATH", folder)
        .output()
        .expect("ocamlfind is installed");
    output.status.success().then_some(output.stdout)
}

/// The folder, some values, and all that is required.
const FORMAT: &str = "%d|%(version)|%(archive)|%(requires)\u{1}";

#[test]
fn odd_files_are_to_us_what_they_are_to_ocamlfind() {
    let stdlib = says(Path::new(""), &["printconf", "stdlib"]).unwrap();
    let stdlib = String::from_utf8(stdlib).unwrap();
    let (mut different, mut good, mut bad) = (String::new(), 0, 0);
    for content in files() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("odd")).unwrap();
        std::fs::write(dir.path().join("odd/META"), &content).unwrap();
        let path = dir.path().to_owned();
        let conf = Conf::read(Path::new(stdlib.trim()), None, &|name| {
            if name == "OCAMLPATH" { Some(path.clone().into()) } else { std::env::var_os(name) }
        });
        let mut findlib = Findlib::new(conf);
        let set = Predicates::of(["byte", "mt"]);
        let query = ["query", "-separator", "", "-predicates", "byte,mt", "-format", FORMAT, "odd"];
        let theirs =
            says(dir.path(), &query).map(|text| String::from_utf8_lossy(&text).into_owned());
        let theirs = theirs.map(|text| text.trim_end_matches('\n').to_owned());
        let ours = findlib.package("odd").ok().flatten().map(|found| {
            let value = |name| found.meta.value(name, &set).unwrap_or_default();
            let [version, archive, requires] = ["version", "archive", "requires"].map(value);
            format!("{}|{version}|{archive}|{requires}\u{1}", found.dir.display())
        });
        let all = ["query", "-r", "-p-format", "-predicates", "byte,mt", "odd"];
        let their_all =
            says(dir.path(), &all).map(|text| String::from_utf8_lossy(&text).into_owned());
        let their_all = their_all.map(|text| super::evaluate::words(&text));
        let our_all = findlib.closure(&["odd".to_owned()], &set).ok();
        let our_all = our_all.map(|all| all.into_iter().map(|it| it.name).collect::<Vec<_>>());
        *(if theirs.is_some() { &mut good } else { &mut bad }) += 1;
        if (&ours, &our_all) != (&theirs, &their_all) {
            let shown = String::from_utf8_lossy(&content[..content.len().min(80)]).into_owned();
            different += &format!(
                "{shown:?}\n  ours   {ours:?} {our_all:?}\n  theirs {theirs:?} {their_all:?}\n"
            );
        }
    }
    assert!(different.is_empty(), "{different}");
    assert_eq!((good, bad), (88, 68));
}
