//! What small manifests become in the package model.

use super::*;
use crate::package::{Depend, MadeFrom, Preprocess, Run, Section};

/// A machine as a test wants it.
#[derive(Default)]
struct Fake {
    environment: Environment,
    files: Vec<&'static str>,
}

impl Machine for Fake {
    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn names(&mut self, folder: &str) -> Vec<String> {
        let inside = |file: &&&str| crate::ocaml::sources::folder_of(file) == folder;
        let names = self.files.iter().filter(inside);
        names.map(|file| crate::ocaml::sources::name_of(file).to_owned()).collect()
    }

    fn is_file(&mut self, path: &str) -> bool {
        self.files.contains(&path)
    }

    fn text(&mut self, path: &str) -> Option<String> {
        let parameters =
            if path.contains("two") { "(F : FOREIGN) (T : TYPES)" } else { "(F : FOREIGN)" };
        self.is_file(path).then(|| format!("module Functions {parameters} = struct end\n"))
    }

    fn has_program(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.strip_prefix("bin/") == Some(name))
    }

    fn pkg_config(&mut self, package: &str) -> Option<CPackage> {
        (package == "zlib").then(|| CPackage {
            version: "1.2.13".into(),
            flags: vec!["-DZ".into()],
            libraries: vec!["-lz".into()],
        })
    }
}

/// The model of manifests, each with its path, and the flags that are turned on.
fn translated(
    manifests: &[(&str, &str)],
    files: &[&'static str],
    on: &[&str],
) -> Result<Package, String> {
    let file = |(path, content): &(&str, &str)| {
        let content = format!("name: p\nversion: 1.2\nobuild-ver: 1\n{content}").into_bytes();
        let project = super::super::read(path.as_bytes(), &content).unwrap();
        let folder = crate::ocaml::sources::folder_of(path).to_owned();
        File { path: (*path).to_owned(), folder, content, project }
    };
    let manifests: Vec<File> = manifests.iter().map(file).collect();
    let mut choices = Choices::default();
    on.iter().for_each(|flag| {
        choices.flag(flag, true);
    });
    let machine = &mut Fake { files: files.to_vec(), ..Fake::default() };
    let said = |errors: Vec<Diagnostic>| {
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    package(&manifests, machine, &choices).map(|(package, _)| package).map_err(said)
}

fn one(content: &str, files: &[&'static str], on: &[&str]) -> Package {
    translated(&[("p.obuild", content)], files, on).unwrap()
}

#[test]
fn libraries_inside_others_have_findlib_names_and_archives_of_their_own() {
    let package = one(
        "library p\n  modules: a, B.C, b\n  src-dir: lib, more\n  sub x\n    modules: X\n    build-deps: p, unix (>= 1), unix\n    pack: true\n",
        &[],
        &[],
    );
    let shown: Vec<_> = package
        .libraries()
        .map(|it| {
            let own = &it.compiled;
            let modules = it.modules.join(" ");
            let depends = &own.depends;
            format!(
                "{} {} {modules} {} {:?} {depends:?}",
                it.findlib, own.name, own.path, own.include
            )
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
    let takes: Vec<_> = package.libraries().map(|it| (it.takes, it.pack)).collect();
    assert_eq!(takes, [(true, false), (false, true)]);
}

#[test]
fn tests_examples_and_benchmarks_are_built_when_asked_for() {
    let content = "executable e\n  main: e.ml\ntest t\n  main: t.ml\n  run-dir: data\n  run-params: a b, c\n  runopt: -x\n\
                   example x\n  main: x.ml\nbench b\n  main: b.ml\n";
    let built = |on: &[&str]| {
        let package = one(content, &[], on);
        let programs = package.executables().filter(|it| it.compiled.build);
        programs.map(|it| it.compiled.name.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(built(&[]), "e");
    assert_eq!(built(&["tests"]), "e test-t");
    assert_eq!(built(&["examples", "benchs"]), "e example-x bench-b");
    let package = one(content, &[], &["tests"]);
    let test = package.sections.iter().find_map(|section| match section {
        Section::Test(test) => Some(test),
        _ => None,
    });
    let test = test.unwrap();
    assert_eq!((test.command.as_str(), test.dir.as_str()), ("${test_t} 'a b' c -x", "data"));
    let installed: Vec<_> = package.executables().map(|it| it.compiled.install).collect();
    assert_eq!(installed, [true, false, false, false]);
}

#[test]
fn flags_decide_what_is_built() {
    let content = "flag lwt\n  default: true\nflag x\nlibrary a\n  modules: A\n  buildable: $lwt\n  installable: x\n";
    let built = |on: &[&str]| {
        let package = one(content, &[], on);
        package.libraries().map(|it| (it.compiled.build, it.compiled.install)).collect::<Vec<_>>()
    };
    assert_eq!(built(&[]), [(true, false)]);
    assert_eq!(built(&["x"]), [(true, true)]);
    let package = one(content, &[], &[]);
    let MadeFrom::Text { text, .. } = &package.made[0].from else { panic!("no text") };
    insta::assert_snapshot!(text);
    // obuild compiles with `-g` when it is asked to.
    let debug = |on: &[&str]| {
        let package = one(content, &[], on);
        package.flags.iter().any(|flag| flag.name == "debug" && flag.value)
    };
    assert_eq!((debug(&[]), debug(&["debug"])), (false, true));
}

#[test]
fn c_sources_come_with_folders_flags_and_what_pkg_config_says() {
    let content = "library a\n  modules: A\n  src-dir: lib\n  c-sources: x.c\n  c-flags: -O2\n  c-libs: m -lrt\n  c-libpaths: /opt/lib\n  c-pkgs: zlib (>= 1.2)\n";
    let compiled = |content: &str, files: &[&'static str]| {
        let package = one(content, files, &[]);
        let it = package.libraries().next().unwrap().compiled.clone();
        (it.c_path, it.c_sources, it.c_flags.join(" "), it.c_libraries.join(" "))
    };
    let libraries = "-L/opt/lib -lm -lrt -lz".to_owned();
    let sources = vec!["x.c".to_owned()];
    assert_eq!(
        compiled(content, &["lib/x.c"]),
        (None, sources.clone(), "-O2 -Ilib -DZ".to_owned(), libraries.clone())
    );
    // Before 0.2 they stood in the folder of the file.
    assert_eq!(
        compiled(content, &["x.c"]),
        (Some(String::new()), sources.clone(), "-O2 -I. -DZ".to_owned(), libraries.clone())
    );
    assert_eq!(
        compiled(&format!("{content}  c-dir: c\n"), &[]),
        (Some("c".to_owned()), sources, "-O2 -Ic -DZ".to_owned(), libraries)
    );
    let wrong = "library a\n  modules: A\n  c-pkgs: zlib (>= 2), nothing\n";
    insta::assert_snapshot!(translated(&[("p.obuild", wrong)], &[], &[]).unwrap_err());
}

#[test]
fn what_holds_for_some_modules_goes_to_them() {
    let package = one(
        "ocaml-extra-args: -w A\nexecutable e\n  main: e.ml\n  pp: p4r\n  oflags: -g\n  extra-deps: b -> C\n  per B c.d\n    oflags: -w -9\n    pp: cpp -P\n    build-deps: str\n",
        &[],
        &[],
    );
    let it = &package.executables().next().unwrap().compiled;
    assert_eq!(it.ocaml_flags, ["-g", "-w", "A"]);
    assert_eq!(it.link_flags, ["-g"]);
    assert_eq!(it.preprocess, Preprocess::Camlp4("camlp4r".into()));
    assert_eq!(it.before, [("B".into(), "C".into())]);
    let keys: Vec<_> = it.module_flags.keys().collect();
    assert_eq!(keys, ["B", "C.D"]);
    assert_eq!(it.module_preprocess["B"], Preprocess::Command("cpp -P".into()));
    assert_eq!(it.depends.len(), 1);
}

#[test]
fn generators_make_what_stands_in_the_folders_and_what_blocks_ask_for() {
    let package = one(
        "generator yacc\n  suffix: .mly\n  command: yacc -b ${dest} ${src}\n  outputs: ${base}.ml, ${base}.mli\n\
         generator embed\n  command: sh ./tool.sh -o ${dest}.ml ${sources}\n\
         executable e\n  main: e.ml\n  src-dir: src\n  generate Assets\n    from: data/*.txt, one\n    using: embed\n    args: --all\n",
        &["src/p.mly", "src/e.ml", "tool.sh", "data/b c.txt", "data/a.txt", "data/.x.txt", "one"],
        &[],
    );
    insta::assert_snapshot!(format!("{:#?}", package.actions));
    let include = &package.executables().next().unwrap().compiled.include;
    assert_eq!(*include, ["obuild-generated/e", "obuild-generated"]);
    let wrong = "generator g\n  command: x\nlibrary a\n  modules: A\n  generate B\n    from: x/*.y\n    using: g\n";
    insta::assert_snapshot!(translated(&[("p.obuild", wrong)], &[], &[]).unwrap_err());
}

#[test]
fn types_of_atdgen_are_made_unless_the_package_does_it_itself() {
    let content = "library l\n  modules: A_t, A_j\n  src-dir: lib\n";
    let made = |content: &str, files: &[&'static str]| {
        let package = one(content, files, &[]);
        let commands = package.actions.into_iter().flat_map(|action| action.commands);
        commands
            .filter_map(|command| match command.run {
                Run::Words(words) if words[0] != "mkdir" => Some(words.join(" ")),
                Run::Shell(text) => Some(text),
                Run::Words(_) => None,
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        made(content, &["lib/a.atd", "lib/a_j.ml", "bin/atdgen"]),
        ["atdgen -t lib/a.atd -o lib/a", "atdgen -v lib/a.atd -o lib/a"]
    );
    // Without the program only what a library lists is missed.
    let two = ["atdgen -t lib/a.atd -o lib/a", "atdgen -j -j-std lib/a.atd -o lib/a"];
    assert_eq!(made(content, &["lib/a.atd", "lib/other.atd"]), two);
    let own = "generator mine\n  suffix: atd\n  command: mine ${src}\n";
    assert_eq!(made(&format!("{own}{content}"), &["lib/a.atd"]), ["mine lib/a.atd"]);
}

#[test]
fn packages_inside_give_libraries_that_are_not_installed() {
    let vendored = "library v\n  modules: V\n  src-dir: src\nexecutable tool\n  main: tool.ml\n";
    let files = [
        ("p.obuild", "executable e\n  main: e.ml\n  build-deps: v\n"),
        ("vendor/v/v.obuild", vendored),
    ];
    let package = translated(&files, &[], &[]).unwrap();
    let library = package.libraries().next().unwrap();
    assert_eq!((library.compiled.path.as_str(), library.compiled.install), ("vendor/v/src", false));
    assert_eq!(package.executables().count(), 1);
    let program = package.executables().next().unwrap();
    assert_eq!(program.compiled.depends, [Depend::Internal("v".into())]);
}

#[test]
fn generators_are_those_of_all_packages() {
    let vendored =
        "generator theirs\n  suffix: txt\n  command: make ${src}\nlibrary v\n  modules: V\n";
    let own = "executable e\n  main: e.ml\n  build-deps: v\n  generate A\n    from: a.x\n    using: theirs\n";
    let files = [("p.obuild", own), ("vendor/v/v.obuild", vendored)];
    let package = translated(&files, &["one.txt", "vendor/v/two.txt"], &[]).unwrap();
    let outputs: Vec<_> = package.actions.iter().flat_map(|action| &action.outputs).collect();
    assert_eq!(outputs, ["one.ml", "obuild-generated/e/a.ml", "vendor/v/two.ml"]);
    let wrong = own.replace("theirs", "thers");
    let files = [("p.obuild", wrong.as_str()), ("vendor/v/v.obuild", vendored)];
    insta::assert_snapshot!(translated(&files, &[], &[]).unwrap_err());
}

#[test]
fn bindings_of_c_are_written_by_programs_of_the_package() {
    let content = "library l\n  modules: Bindings, C\n  src-dir: lib\n  c-sources: x.c\n  build-deps: ctypes\n  cstubs\n    \
                   external-library-name: l\n    type-description: Bindings.Types -> T\n    \
                   function-description: Bindings.Functions -> F\n    headers: string.h, l.h\n    \
                   concurrency: lwt-jobs\n    errno: return\n";
    let files = ["lib/bindings.ml", "lib/x.c", "lib/l.h"];
    let package = one(content, &files, &[]);
    let programs: Vec<_> = package
        .executables()
        .map(|it| format!("{} of {} in {:?}", it.compiled.name, it.main, it.compiled.include))
        .collect();
    let made: Vec<_> = package
        .made
        .iter()
        .filter_map(|made| match &made.from {
            MadeFrom::Text { text, .. } => Some(format!("{}:\n{text}", made.path)),
            MadeFrom::Step { .. } => None,
        })
        .collect();
    let actions: Vec<_> = package
        .actions
        .iter()
        .map(|action| {
            let commands = action.commands.iter().map(|command| match &command.run {
                Run::Shell(text) => text.clone(),
                Run::Words(words) => format!("{} > {:?}", words.join(" "), command.stdout),
            });
            let commands: Vec<_> = commands.collect();
            format!("{:?} -> {:?}\n{}", action.inputs, action.outputs, commands.join("\n"))
        })
        .collect();
    let library = package.libraries().next().unwrap();
    let own = format!(
        "{:?} {:?} {:?}",
        library.modules, library.compiled.c_sources, library.compiled.c_flags
    );
    insta::assert_snapshot!([programs, made, actions, vec![own]].concat().join("\n"));
}

#[test]
fn functors_of_functions_may_have_the_types_as_well() {
    let entry = |bindings: &str, more: &str| {
        let content = format!(
            "library l\n  modules: L\n  src-dir: {bindings}\n  cstubs\n    external-library-name: l\n{more}"
        );
        let file: &'static str = if bindings == "two" { "two/b.ml" } else { "one/b.ml" };
        let package = one(&content, &[file], &[]);
        let made = package.made.iter().find(|made| made.path.ends_with("/c.ml")).unwrap();
        let MadeFrom::Text { text, .. } = &made.from else { panic!("no text") };
        text.to_string()
    };
    let (types, functions) =
        ("    type-description: B.T -> X\n", "    function-description: B.Functions -> Y\n");
    assert_eq!(
        entry("two", &format!("{types}{functions}")),
        "module Types = B.T (Types_generated)\nmodule C_Functions = B.Functions (L_generated) (Types)\n"
    );
    assert_eq!(
        entry("one", &format!("{types}{functions}")),
        "module Types = B.T (Types_generated)\nmodule C_Functions = B.Functions (L_generated)\n"
    );
    assert_eq!(
        entry("two", functions),
        "module Types = Types_generated\nmodule C_Functions = B.Functions (L_generated)\n"
    );
    assert_eq!(entry("two", ""), "module Types = Types_generated\nmodule Functions = struct end\n");
}
