//! Installing by behaviour, on small trees with files that look as if they had been built.

mod placing;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::folders::tests::package as named_package;
use super::*;
use crate::choices::Choices;
use crate::configure::{Compiler, Configuration, Record};
use crate::findlib::Conf;
use crate::ocaml::product::{Product, ProductKind};
use crate::package::{
    Code, Compiled, Data, Document, DocumentKind, Executable, Library, MetaFields, Package, Section,
};

/// A package with everything that can be installed.
struct Place {
    dir: tempfile::TempDir,
    package: Package,
    configuration: Configuration,
    folders: Folders,
}

fn compiled(name: &str) -> Compiled {
    Compiled {
        name: name.to_owned(),
        path: "src".to_owned(),
        build: true,
        install: true,
        ..Compiled::default()
    }
}

fn module(kind: ProductKind, path: &str, exported: bool) -> Product {
    let module = Some("M".to_owned());
    Product { module, exported, ..Product::of(0, kind, path) }
}

fn products() -> Vec<Product> {
    use ProductKind::*;
    let mut all = vec![
        module(Interface, "src/a.mli", true),
        module(Cmi, "_mbuild/native/p/a.cmi", true),
        module(Cmti, "_mbuild/native/p/a.cmti", true),
        module(Cmt, "_mbuild/native/p/a.cmt", true),
        module(Cmx, "_mbuild/native/p/a.cmx", true),
        module(Interface, "src/b.ml", false),
        module(Cmi, "_mbuild/native/p/b.cmi", false),
        module(Cmt, "_mbuild/native/p/b.cmt", false),
        module(Cmx, "_mbuild/native/p/b.cmx", false),
    ];
    for (section, kind, path) in [
        (0, Cma, "p/p.cma"),
        (0, Cmxa, "p/p.cmxa"),
        (0, Archive, "p/p.a"),
        (0, Cmxs, "p/p.cmxs"),
        (0, StubArchive, "p/libp_stubs.a"),
        (0, StubShared, "p/dllp_stubs.so"),
        (1, Program, "tool/main.exe"),
        (2, DocFolder, "doc"),
    ] {
        all.push(Product::of(section, kind, format!("_mbuild/native/{path}")));
    }
    all
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut package = named_package(&dir.path().join("usr"));
        package.version = "1.0".to_owned();
        package.synopsis = "A package".to_owned();
        let mut tool = compiled("tool");
        tool.data = vec![Data { glob: "*.txt".to_owned(), target: None }];
        package.sections = vec![
            Section::Library(Library {
                compiled: compiled("p"),
                findlib: "p".to_owned(),
                meta: MetaFields { enable: true, ..MetaFields::default() },
                ..Library::default()
            }),
            Section::Executable(Executable { compiled: tool, ..Executable::default() }),
            Section::Document(Document {
                name: "api".to_owned(),
                build: true,
                install: true,
                kind: DocumentKind::Ocamldoc {
                    path: String::new(),
                    modules: Vec::new(),
                    libraries: Vec::new(),
                    flags: Vec::new(),
                    intro: None,
                },
                target: Some("${htmldir}/api".to_owned()),
                data: vec![Data {
                    glob: "p.1".to_owned(),
                    target: Some("${mandir}/man1".to_owned()),
                }],
                ..Document::default()
            }),
        ];
        let configuration = Configuration::new(
            &package,
            "native",
            &[],
            Choices::default(),
            products(),
            Compiler::default(),
            Record::default(),
        );
        let mut choices = Choices::default();
        choices.variable("prefix", &dir.path().join("usr").to_string_lossy());
        let folders = Folders::of(&package, &choices, &Options::default(), &conf(), &|_| None);
        let place = Self { dir, package, configuration, folders };
        for product in products() {
            if product.kind == ProductKind::DocFolder {
                place.write(&format!("{}/index.html", product.path), "<p>");
                place.write(&format!("{}/style.css", product.path), "p {}");
            } else {
                place.write(&product.path, &product.path);
            }
        }
        place.write("src/one.txt", "1");
        place.write("p.1", ".TH P");
        place
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    fn build_dir(&self) -> PathBuf {
        self.root().join("_mbuild/native")
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn plan(&self) -> Result<Plan, InstallError> {
        plan(&self.root(), &self.configuration, &self.package, &self.folders)
    }

    fn install(&self) -> Result<Report, InstallError> {
        place(&self.root(), &self.build_dir(), &self.plan()?, &self.folders, false)
    }

    fn remove(&self) -> Result<Removed, InstallError> {
        remove(&self.build_dir(), "p", &self.folders, How::KeepChanged)
    }

    /// Installed files below the prefix with what they hold.
    fn installed(&self) -> BTreeMap<String, String> {
        let top = self.dir.path().join("usr");
        let mut files = BTreeMap::new();
        let mut left = vec![top.clone()];
        while let Some(folder) = left.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    left.push(path);
                } else {
                    let name = path.strip_prefix(&top).unwrap().to_string_lossy().into_owned();
                    files.insert(name, fs::read_to_string(&path).unwrap());
                }
            }
        }
        files
    }

    fn names(&self) -> Vec<String> {
        self.installed().into_keys().collect()
    }

    /// A message without the names of temporary folders.
    fn said(&self, error: &InstallError) -> String {
        error.to_string().replace(&*self.dir.path().to_string_lossy(), "")
    }
}

fn conf() -> Conf {
    Conf { destdir: PathBuf::from("/findlib"), ..Conf::default() }
}

const INSTALLED: [&str; 18] = [
    "bin/tool",
    "lib/p/META",
    "lib/p/a.cmi",
    "lib/p/a.cmt",
    "lib/p/a.cmti",
    "lib/p/a.cmx",
    "lib/p/a.mli",
    "lib/p/b.cmx",
    "lib/p/dllp_stubs.so",
    "lib/p/libp_stubs.a",
    "lib/p/p.a",
    "lib/p/p.cma",
    "lib/p/p.cmxa",
    "lib/p/p.cmxs",
    "share/doc/p/api/index.html",
    "share/doc/p/api/style.css",
    "share/man/man1/p.1",
    "share/mbuild/p.json",
];

#[test]
fn everything_goes_to_its_place() {
    let place = Place::new();
    let report = place.install().unwrap();
    let mut expected: Vec<&str> = INSTALLED.to_vec();
    expected.push("share/p/one.txt");
    assert_eq!(place.names(), expected);
    assert!(report.files.iter().all(|file| file.change == Change::New));
    assert_eq!(place.installed()["bin/tool"], "_mbuild/native/tool/main.exe");
    assert!(place.installed()["lib/p/META"].contains("exists_if = \"p.cma\""));
}

#[cfg(unix)]
#[test]
fn only_programs_and_shared_objects_may_be_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    place.install().unwrap();
    let programs: Vec<String> = place
        .names()
        .into_iter()
        .filter(|name| {
            let path = place.dir.path().join("usr").join(name);
            match fs::metadata(path).unwrap().permissions().mode() & 0o777 {
                0o755 => true,
                0o644 => false,
                other if name.ends_with(".json") => other == 0o755,
                other => panic!("{name} has {other:o}"),
            }
        })
        .collect();
    assert_eq!(programs, ["bin/tool", "lib/p/dllp_stubs.so", "lib/p/p.cmxs"]);
}

#[test]
fn nothing_is_installed_when_something_is_not_built() {
    let place = Place::new();
    fs::remove_file(place.root().join("_mbuild/native/p/p.cmxa")).unwrap();
    let error = place.install().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`_mbuild/native/p/p.cmxa` is not built: run `mbuild build` first"
    );
    assert!(place.names().is_empty());
}

#[test]
fn documents_that_were_not_made_are_left_out() {
    let place = Place::new();
    fs::remove_dir_all(place.root().join("_mbuild/native/doc")).unwrap();
    assert_eq!(place.plan().unwrap().left_out, ["api"]);
    place.install().unwrap();
    assert!(!place.names().iter().any(|name| name.contains("doc")));
}

#[test]
fn data_that_is_not_there_is_an_error() {
    let place = Place::new();
    fs::remove_file(place.root().join("src/one.txt")).unwrap();
    assert_eq!(
        place.plan().unwrap_err().to_string(),
        "executable `tool` installs `src/*.txt`, and no file is called so\n  help: name files that are \
         there once the package is built"
    );
}

#[test]
fn two_files_do_not_become_one() {
    let mut place = Place::new();
    place.write("other/one.txt", "2");
    if let Some(tool) = place.package.sections[1].compiled_mut() {
        tool.data.push(Data { glob: "../other/one.txt".to_owned(), target: None });
    }
    let error = place.plan().unwrap_err();
    assert_eq!(
        place.said(&error),
        "both `src/one.txt` and `other/one.txt` would be installed as `/usr/share/p/one.txt`"
    );
}

#[test]
fn what_an_author_has_written_into_meta_stays() {
    let mut place = Place::new();
    place.write("src/META", "version = \"mine\"\n");
    let meta = |place: &Place| {
        let made = place.plan().unwrap().made;
        String::from_utf8(made[0].1.clone()).unwrap()
    };
    assert!(meta(&place).contains("version = \"1.0\""), "not every format minds it");
    let written = meta(&place);
    let Section::Library(library) = &mut place.package.sections[0] else { unreachable!() };
    library.meta.by_hand = true;
    assert_eq!(meta(&place), "version = \"mine\"\n");
    place.write(
        "src/META",
        "# mine\n# OASIS_START\n# DO NOT EDIT (digest: 0)\nold\n# OASIS_STOP\n\nmore = \"1\"\n",
    );
    assert_eq!(meta(&place), format!("# mine\n{written}\nmore = \"1\"\n"));
}

#[test]
fn of_two_documents_in_one_folder_the_last_has_its_pages() {
    let mut place = Place::new();
    let again = place.package.sections[2].clone();
    place.package.sections.push(again);
    let folder = "_mbuild/native/doc-again";
    place.configuration.products.push(Product::of(3, ProductKind::DocFolder, folder));
    place.write(&format!("{folder}/index.html"), "<p>again");
    let plan = place.plan().unwrap();
    let page = |name: &str| {
        let mut items = plan.items.iter().filter(|item| item.to.ends_with(name));
        let from = items.next().map(|item| item.from.clone());
        assert_eq!(items.count(), 0, "{name}");
        from
    };
    assert_eq!(page("index.html"), Some("_mbuild/native/doc-again/index.html".into()));
    assert_eq!(page("style.css"), Some("_mbuild/native/doc/style.css".into()));
}

#[test]
fn shared_stubs_go_to_the_common_folder_when_there_is_one() {
    let place = Place::new();
    let stublibs = place.dir.path().join("usr/lib/stublibs");
    fs::create_dir_all(&stublibs).unwrap();
    place.install().unwrap();
    assert!(stublibs.join("dllp_stubs.so").is_file());
    assert_eq!(fs::read_to_string(stublibs.join("dllp_stubs.so.owner")).unwrap(), "p\n");
    place.remove().unwrap();
    assert_eq!(fs::read_dir(&stublibs).unwrap().count(), 0);
}

#[test]
fn only_bytecode_programs_need_their_c_parts_beside() {
    for (code, custom, beside) in
        [(Code::Byte, false, true), (Code::Byte, true, false), (Code::Native, false, false)]
    {
        let mut place = Place::new();
        if let Section::Executable(tool) = &mut place.package.sections[1] {
            tool.compiled.code = code;
            tool.custom = custom;
        }
        let stub = Product::of(1, ProductKind::StubShared, "_mbuild/native/tool/dlltool_stubs.so");
        place.write(&stub.path, "");
        place.configuration.products.push(stub);
        place.package.name = "q".to_owned();
        place.install().unwrap();
        let name = "lib/q/dlltool_stubs.so".to_owned();
        assert_eq!(place.names().contains(&name), beside, "{code:?} {custom}");
    }
}

#[test]
fn opam_is_told_the_same() {
    let place = Place::new();
    insta::assert_snapshot!(opam_file(&place.plan().unwrap(), &place.folders), @r#"
    lib: [
      "src/a.mli"
      "_mbuild/native/p/a.cmi"
      "_mbuild/native/p/a.cmti"
      "_mbuild/native/p/a.cmt"
      "_mbuild/native/p/a.cmx"
      "_mbuild/native/p/b.cmx"
      "_mbuild/native/p/p.cma"
      "_mbuild/native/p/p.cmxa"
      "_mbuild/native/p/p.a"
      "_mbuild/native/p/libp_stubs.a"
      "_mbuild/native/META.p" {"META"}
    ]
    libexec: [
      "_mbuild/native/p/p.cmxs"
    ]
    stublibs: [
      "_mbuild/native/p/dllp_stubs.so"
    ]
    bin: [
      "_mbuild/native/tool/main.exe" {"tool"}
    ]
    share: [
      "src/one.txt"
    ]
    doc: [
      "_mbuild/native/doc/index.html" {"api/index.html"}
      "_mbuild/native/doc/style.css" {"api/style.css"}
    ]
    man: [
      "p.1" {"man1/p.1"}
    ]
    "#);
}

#[test]
fn opam_is_told_where_commands_put_what_nobody_told_them_to() {
    let place = Place::new();
    let mut plan = place.plan().unwrap();
    plan.items.retain(|item| item.from.ends_with("p.1") || item.from.ends_with("index.html"));
    let prefix = place.folders.get("prefix").unwrap();
    let mut below = plan.items[0].clone();
    (below.from, below.to) = ("q.1".into(), prefix.join("man/man1/q.1"));
    plan.items.push(below);
    let own = |build: &str| crate::package::OwnBuild {
        build: vec![build.to_owned()],
        ..crate::package::OwnBuild::default()
    };
    let (share, none) = (prefix.join("share"), Vec::<PathBuf>::new());
    let unasked = |build| place.folders.unasked(&own(build));
    assert_eq!(unasked("make"), [share.join("man"), share.join("doc")]);
    assert_eq!(unasked("make \"${mandir}\""), [share.join("doc")]);
    assert_eq!(unasked("make \"${mandir}\" \"${datarootdir}/doc\"/p"), none);
    plan.unasked = plan.items.iter().map(|item| item.from.clone()).collect();
    insta::assert_snapshot!(opam_file(&plan, &place.folders), @r#"
    share_root: [
      "_mbuild/native/doc/index.html" {"doc/p/api/index.html"}
      "p.1" {"man/man1/p.1"}
    ]
    man: [
      "q.1" {"man1/q.1"}
    ]
    "#);
}
