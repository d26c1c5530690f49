//! What `ocamlfind` itself says of the packages that are installed here, and of some that are made up.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use super::conf::Conf;
use super::evaluate::{Predicates, words};
use super::expand::{self, Mode, Use};
use super::index::Findlib;

/// Packages with everything that META can say of folders, files and conditions.
const MADE_UP: [(&str, &str); 9] = [
    (
        "a/META",
        "version = \"1\"\nrequires = \"b,c\"\nrequires(mt) += \"d\"\narchive(byte) = \"a.cma\"\narchive(native) = \"a.cmxa\"\n\
      archive(native,plugin) = \"a.cmxs\"\narchive(pkg_d) += \"+more.x ^other.x @b/of_b.x /absolute.x\"\nlinkopts = \"-cclib -Wl,-x\"\n",
    ),
    (
        "b/META",
        "directory = \"sub\"\nppx(-ppx_driver,-custom_ppx) = \"./ppx.exe --as-ppx ./x\"\nppxopt = \"e,./b,-x\"\n\
      archive(byte) = \"b.cma\"\narchive(native) = \"b.cmxa\"\nlinkopts = \"-cclib -lb\"\n\
      package \"in\" ( requires = \"b\" archive(byte) = \"in.cma\" archive(native) = \"in.cmxa\" )\n\
      package \"gone\" ( exists_if = \"none\" package \"more\" ( ) )\n",
    ),
    (
        "META.c",
        "directory = \"elsewhere\"\nrequires = \"e\"\narchive = \"always.x\"\nlinkopts(byte) = \"-custom\"\n",
    ),
    (
        "d/META",
        "directory = \"+\"\nrequires += \"lost\"\narchive(byte) = \"d.cma\"\narchive(native) = \"d.cmxa\"\n",
    ),
    (
        "e/META",
        "directory = \"^threads\"\nppx = \"+ppx_e -a\"\nwarning(native) = \"slow\"\narchive(-native) = \"only.x\"\n",
    ),
    (
        "f/META",
        "exists_if(native) = \"here\"\nexists_if = \"there\"\nrequires = \"a b.in\"\nppxopt = \"b,-of-f e,@b/y\"\n",
    ),
    ("f/here", ""),
    (
        "g/META",
        "requires = \"f threads\"\narchive(byte,mt) = \"g.cma\"\narchive(native,mt,mt_posix) = \"g.cmxa\"\narchive(native) = \"none.cmxa\"\n",
    ),
    ("h/META", "error(pkg_b) = \"not with b\"\nrequires = \"c\"\n"),
];

struct Stock {
    dir: tempfile::TempDir,
    conf: Conf,
}

impl Stock {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in MADE_UP {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        let mut stock = Self { dir, conf: Conf::default() };
        let stdlib = PathBuf::from(stock.says(&["printconf", "stdlib"]).unwrap().trim());
        let path = stock.dir.path().to_owned();
        stock.conf = Conf::read(&stdlib, None, &|name| {
            if name == "OCAMLPATH" { Some(path.clone().into()) } else { std::env::var_os(name) }
        });
        stock
    }

    /// What `ocamlfind` prints; `None` when it fails.
    fn says(&self, arguments: &[&str]) -> Option<String> {
        let output = Command::new("ocamlfind")
            .args(arguments)
            .env("OCAMLPATH", self.dir.path())
            .output()
            .expect("ocamlfind is installed");
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    fn findlib(&self) -> Findlib {
        Findlib::new(self.conf.clone())
    }

    /// Every package that `ocamlfind` knows, those inside others as well.
    fn packages(&self) -> Vec<String> {
        let listed = self.says(&["list"]).unwrap();
        let names: BTreeSet<&str> =
            listed.lines().filter_map(|line| line.split(' ').next()).collect();
        names.into_iter().map(str::to_owned).collect()
    }
}

const SETS: [&[&str]; 8] = [
    &[],
    &["byte"],
    &["native"],
    &["native", "plugin"],
    &["byte", "mt", "mt_posix"],
    &["native", "mt", "mt_posix", "autolink"],
    &["syntax", "preprocessor", "camlp4o", "byte"],
    &["byte", "toploop", "ppx_driver", "pkg_d"],
];

const VARIABLES: [&str; 8] =
    ["version", "description", "requires", "archive", "plugin", "linkopts", "ppx", "ppxopt"];

#[test]
fn values_are_those_of_ocamlfind() {
    let stock = Stock::new();
    let mut findlib = stock.findlib();
    let names = stock.packages();
    let mut compared = 0;
    for set in SETS {
        let predicates = Predicates::of(set.iter().copied());
        for name in VARIABLES {
            let format = format!("%p|%d|%({name})\u{1}");
            let mut arguments = vec!["query", "-separator", "", "-format", &format];
            let text = set.join(",");
            arguments.extend(["-predicates", &text]);
            arguments.extend(names.iter().map(String::as_str));
            let said = stock.says(&arguments).unwrap();
            let seen: String = names
                .iter()
                .map(|package| {
                    let found = findlib.package(package).unwrap().unwrap();
                    let value = found.meta.value(name, &predicates).unwrap_or_default();
                    compared += 1;
                    format!("{package}|{}|{value}\u{1}", found.dir.display())
                })
                .collect();
            assert_eq!(seen, said.trim_end_matches('\n'), "{name} with {set:?}");
        }
    }
    assert!(names.len() > MADE_UP.len() && compared == names.len() * SETS.len() * VARIABLES.len());
}

#[test]
fn what_is_not_there_is_not_there_for_ocamlfind() {
    let stock = Stock::new();
    let mut findlib = stock.findlib();
    for name in ["b.gone", "b.gone.more", "b.none", "none", "f", "b.in"] {
        let there = stock.says(&["query", name]).is_some();
        assert_eq!(findlib.package(name).unwrap().is_some(), there, "{name}");
    }
}

#[test]
fn requirements_come_in_the_order_of_ocamlfind() {
    let stock = Stock::new();
    let mut findlib = stock.findlib();
    for set in SETS {
        let predicates = Predicates::of(set.iter().copied());
        let text = set.join(",");
        for name in stock.packages() {
            let said = stock.says(&["query", "-r", "-p-format", "-predicates", &text, &name]);
            let seen = findlib.closure(std::slice::from_ref(&name), &predicates).ok();
            let seen = seen.map(|all| all.into_iter().map(|it| it.name).collect::<Vec<_>>());
            let said = said.map(|text| words(&text));
            assert_eq!(seen, said, "{name} with {set:?}");
        }
    }
}

/// Words of the command that `ocamlfind` would run: (after `-I`, after `-ppx`, archives, the rest).
fn parted(command: &str) -> [Vec<String>; 4] {
    let mut parts: [Vec<String>; 4] = Default::default();
    let mut words = crate::words::split(command).unwrap().into_iter().map(|(_, word)| word).skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-thread" | "-verbose" => {}
            "-I" => parts[0].extend(words.next()),
            "-ppx" => parts[1].extend(words.next()),
            "-cclib" => parts[3].extend([word, words.next().unwrap_or_default()]),
            word if word.starts_with('-') => parts[3].push(word.to_owned()),
            _ => parts[2].push(word),
        }
    }
    parts
}

#[test]
fn command_lines_are_those_of_ocamlfind() {
    let stock = Stock::new();
    let mut findlib = stock.findlib();
    let mut compared = 0;
    let mut lists: Vec<Vec<String>> = stock.packages().into_iter().map(|name| vec![name]).collect();
    for list in
        [&["str", "threads"][..], &["g", "str", "num"], &["lwt.unix", "re", "str"], &["h", "b"]]
    {
        lists.push(list.iter().map(|name| (*name).to_owned()).collect());
    }
    for (mode, compiler) in [(Mode::Byte, "ocamlc"), (Mode::Native, "ocamlopt")] {
        for names in &lists {
            let used = Use::of(&mut findlib, names, mode);
            let threads = used.as_ref().is_ok_and(|used| {
                used.packages.iter().any(|package| package.name.starts_with("threads"))
            });
            let joined = names.join(",");
            let mut arguments = vec![compiler, "-only-show", "-linkpkg", "-package", &joined];
            if threads {
                arguments.push("-thread");
            }
            let said = stock.says(&arguments);
            assert_eq!(used.is_ok(), said.is_some(), "{names:?}: {:?}", used.err());
            let (Ok(used), Some(said)) = (used, said) else { continue };
            let stdlib = &stock.conf.stdlib;
            let text = |path: &PathBuf| path.to_string_lossy().into_owned();
            // `-thread` has the compilers look into this folder; mbuild names it.
            let threads = text(&stdlib.join("threads"));
            let include = used.include_dirs();
            let seen = [
                include.iter().map(text).filter(|folder| *folder != threads).collect(),
                used.ppx(),
                // A bare name is a file of the standard library.
                used.archives().iter().map(|archive| text(&stdlib.join(archive))).collect(),
                used.link_options(),
            ];
            let mut said = parted(&said.replace("/./", "/"));
            // This file is made for the occasion and holds what was linked.
            said[2].retain(|file| !file.contains("findlib_initl"));
            assert_eq!(seen, said, "{compiler} {names:?}");
            compared += 1;
        }
    }
    assert!(compared > lists.len(), "{compared}");
}

#[test]
fn preprocessors_are_those_of_ocamlfind() {
    let stock = Stock::new();
    let mut findlib = stock.findlib();
    for names in [&["camlp4"][..], &["camlp4", "camlp4.macro"], &["camlp4.listcomprehension"]] {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let seen = expand::camlp4(&mut findlib, &names, "camlp4o").unwrap().join(" ");
        let joined = names.join(",");
        let arguments = ["ocamlc", "-only-show", "-syntax", "camlp4o", "-package", &joined];
        let said = stock.says(&arguments).unwrap();
        let words: Vec<String> =
            crate::words::split(&said).unwrap().into_iter().map(|(_, word)| word).collect();
        let at = words.iter().position(|word| word == "-pp").unwrap();
        let own = crate::words::split(&words[at + 1]).unwrap();
        let own: Vec<String> = own.into_iter().map(|(_, word)| word).collect();
        // Packages of one folder have it named again by each.
        let folder = format!(" -I {}", findlib.conf.stdlib.join("camlp4").display());
        let own = own.join(" ").replace(&folder.repeat(2), &folder);
        assert_eq!(seen, own, "{names:?}");
    }
}
