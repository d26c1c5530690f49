//! Configuring by behaviour, with a compiler that only says what it is.
#![cfg(unix)]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::configure::configuration::FORMAT;
use crate::ocaml::product::{Product, ProductKind};
use crate::target::Catalog;

const MANIFEST: &str = "OASISFormat: 0.4
Name: p
Version: 1.0
Synopsis: A package
Authors: Me
License: MIT
FilesAB: src/conf.ml.ab
PreConfCommand: echo before; echo x >> ran
PostConfCommand: echo $bindir
Flag fast
  Description: Faster
  Default: false
Executable tool
  Path: src
  MainIs: main.ml
Test unit
  Command: $tool
";

struct Space {
    dir: tempfile::TempDir,
}

impl Space {
    fn new() -> Self {
        let space = Self { dir: tempfile::tempdir().unwrap() };
        space.write("root/_oasis", MANIFEST);
        space.write("root/src/main.ml", "");
        space.write("root/src/conf.ml.ab", "let version = \"$(pkg_version)\"\n");
        space.write("findlib.conf", "path=\"/nowhere\"\ndestdir=\"/nowhere\"\n");
        for tool in ["ocamldep.opt", "ocamlc.opt"] {
            let line = "echo asked >> \"$0.asked\"; printf 'version: 4.13.1\\nos_type: Unix\\n'";
            space.program(tool, line);
        }
        space
    }

    fn program(&self, name: &str, line: &str) {
        self.install(name, &format!("#!/bin/sh\n{line}\n"));
    }

    /// Another process writes the program: one that another test starts at that moment would inherit a file
    /// that is open here, and keep the program busy.
    fn install(&self, name: &str, content: &str) {
        self.write("made", content);
        fs::create_dir_all(self.path("bin")).unwrap();
        let mut install = std::process::Command::new("install");
        install.args(["-m", "755"]).arg(self.path("made")).arg(self.path("bin").join(name));
        assert!(install.status().unwrap().success());
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        match name {
            "PATH" => {
                let machine = std::env::var_os("PATH").unwrap_or_default();
                let all = std::iter::once(self.path("bin")).chain(std::env::split_paths(&machine));
                Some(std::env::join_paths(all).unwrap())
            }
            "OCAMLFIND_CONF" => Some(self.path("findlib.conf").into_os_string()),
            _ => None,
        }
    }

    fn configure(&self, choices: Option<Choices>) -> Result<Configured, ConfigureError> {
        self.configure_with(choices, &|_, _, sources| {
            let names = sources.list("src").iter().cloned().collect::<Vec<_>>();
            let rule_file = format!("# {}\n", names.join(" ")).into_bytes();
            let program = Product::of(0, ProductKind::Program, "_mbuild/native/src/main");
            Ok(Generated {
                rule_file,
                files: Vec::new(),
                products: vec![program],
                ..Generated::default()
            })
        })
    }

    fn configure_with(
        &self,
        choices: Option<Choices>,
        generate: Generator<'_>,
    ) -> Result<Configured, ConfigureError> {
        let root = self.path("root");
        let request = Request {
            root: &root,
            target: &Catalog::built_in().unwrap().target("native").unwrap(),
            choices,
            mbuild: Path::new("mbuild"),
            variable: &|name| self.variable(name),
        };
        super::configure_with(&request, &BTreeSet::new(), generate)
    }

    fn current(&self) -> Result<Configuration, Stale> {
        Configuration::current(&self.path("root"), "native", &|name| self.variable(name))
    }
}

#[test]
fn a_configuration_says_what_there_is_to_build() {
    let space = Space::new();
    assert_eq!(space.current(), Err(Stale::Never));
    let configured = space.configure(None).unwrap();
    assert!(configured.changed);
    let configuration = space.current().unwrap();
    assert_eq!(configuration, configured.configuration);
    assert_eq!(configuration.package, "p");
    let goals: Vec<&str> =
        configuration.sections.iter().map(|section| section.goal.as_str()).collect();
    assert_eq!(goals, ["exe:tool", "test:unit"]);
    assert_eq!(configuration.program("tool", "native"), Some("_mbuild/native/src/main"));
    assert_eq!(configuration.tests().count(), 0);
    assert_eq!(configuration.folders["bindir"], "/usr/local/bin");
}

#[test]
fn commands_and_templates_are_part_of_configuring() {
    let space = Space::new();
    let configured = space.configure(None).unwrap();
    let said: Vec<_> = configured.hooks.iter().map(|run| run.output.as_slice()).collect();
    assert_eq!(said, [b"before\n".as_slice(), b"/usr/local/bin\n"]);
    assert_eq!(space.read("root/src/conf.ml"), "let version = \"1.0\"\n");
    assert_eq!(space.read("root/_mbuild/native/build.ninja"), "# conf.ml conf.ml.ab main.ml\n");

    space.write("root/src/conf.ml", "let version = \"mine\"\n");
    assert_eq!(space.current(), Err(Stale::Changed("src/conf.ml".to_owned())));
}

#[test]
fn nothing_is_written_when_something_is_wrong() {
    let space = Space::new();
    space.configure(None).unwrap();
    let before = space.read("root/_mbuild/native/configure.json");
    let error = space
        .configure_with(None, &|_, _, _| {
            let section = ocaml::Subject { index: 0, label: "executable `tool`".to_owned() };
            Err(OcamlError::NoNative { section }.into())
        })
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "_oasis:13:12: executable `tool` is native code, and there is no native compiler (`ocamlopt`)\n  \
         Executable tool\n             ^\n  \
         help: install `ocamlopt`, or write `CompiledObject: best`"
    );
    space.write("root/_oasis", &MANIFEST.replace("echo before", "exit 2"));
    let error = space.configure(None).unwrap_err().to_string();
    assert!(error.contains("failed (exit status: 2)"), "{error}");
    assert_eq!(space.read("root/_mbuild/native/configure.json"), before);

    space.write("root/_oasis", "Name: p\n");
    assert!(matches!(space.configure(None), Err(ConfigureError::Wrong(_))));
    fs::remove_file(space.path("root/_oasis")).unwrap();
    let error = space.configure(None).unwrap_err().to_string();
    assert!(
        error.ends_with(": looked for `_oasis`, `*.obuild`, `*.ocp`, `*.conf`, `*.opam`"),
        "{error}"
    );
}

#[test]
fn the_rule_file_keeps_its_time_when_it_stays_the_same() {
    let space = Space::new();
    space.configure(None).unwrap();
    let rule_file = space.path("root/_mbuild/native/build.ninja");
    let before = Stamp::of(&rule_file);
    space.write("root/_oasis", &format!("{MANIFEST}\n# a comment\n"));
    assert_eq!(space.current(), Err(Stale::Changed("_oasis".to_owned())));
    let configured = space.configure(None).unwrap();
    assert!(!configured.changed);
    assert_eq!(Stamp::of(&rule_file), before);
    assert!(space.current().is_ok());
}

#[test]
fn choices_are_kept_until_the_user_chooses_again() {
    let space = Space::new();
    let mut choices = Choices::default();
    choices.flag("fast", true).flag("tests", true).variable("prefix", "/opt");
    space.configure(Some(choices)).unwrap();
    space.write("root/src/new.ml", "");
    assert_eq!(space.current(), Err(Stale::Folder("src".to_owned())));
    let again = space.configure(None).unwrap().configuration;
    assert_eq!(again.folders["bindir"], "/opt/bin");
    assert!(again.flags.iter().any(|flag| flag.name == "fast" && flag.value && !flag.default));
    assert_eq!(again.tests().count(), 1);
    let fresh = space.configure(Some(Choices::default())).unwrap().configuration;
    assert_eq!(fresh.folders["bindir"], "/usr/local/bin");
    assert_eq!(fresh.tests().count(), 0);
}

#[test]
fn the_compiler_is_asked_once_and_again_when_it_changes() {
    let space = Space::new();
    let asked = || space.read("bin/ocamlc.opt.asked").lines().count();
    space.configure(None).unwrap();
    space.configure(None).unwrap();
    assert_eq!(asked(), 1);
    let content = space.read("bin/ocamlc.opt").replace("4.13.1", "4.14.0");
    space.install("ocamlc.opt", &content);
    let compiler = space.path("bin/ocamlc.opt").to_string_lossy().into_owned();
    assert_eq!(space.current(), Err(Stale::Program(compiler)));
    let configured = space.configure(None).unwrap();
    assert_eq!(configured.configuration.compiler.config["version"], "4.14.0");
    assert_eq!(asked(), 2);
}

#[test]
fn what_findlib_is_told_counts() {
    let space = Space::new();
    space.configure(None).unwrap();
    space.write("findlib.conf.d/cross.conf", "path(cross)=\"/x\"\n");
    let folder = space.path("findlib.conf.d").to_string_lossy().into_owned();
    assert_eq!(space.current(), Err(Stale::Come(folder)));
    space.configure(None).unwrap();
    assert!(space.current().is_ok());
    space.write("findlib.conf.d/cross.conf", "path(cross)=\"/y\"\n");
    let file = space.path("findlib.conf.d/cross.conf").to_string_lossy().into_owned();
    assert_eq!(space.current(), Err(Stale::Changed(file)));
}

#[test]
fn a_configuration_that_cannot_be_read_is_made_again() {
    let space = Space::new();
    space.configure(None).unwrap();
    space.write("root/_mbuild/native/configure.json", "{\"format\":");
    assert_eq!(space.current(), Err(Stale::OtherVersion));
    space.configure(None).unwrap();
    fs::remove_file(space.path("root/_mbuild/native/build.ninja")).unwrap();
    assert_eq!(space.current(), Err(Stale::Gone("_mbuild/native/build.ninja".to_owned())));
}

#[test]
fn what_was_chosen_outlives_the_format_of_the_configuration() {
    let space = Space::new();
    let mut choices = Choices::default();
    choices.flag("fast", true).variable("prefix", "/opt/p");
    space.configure(Some(choices.clone())).unwrap();
    let path = "root/_mbuild/native/configure.json";
    let now = fs::read_to_string(space.path(path)).unwrap();
    let format = format!("{{\"format\":{FORMAT},");
    assert!(now.starts_with(&format), "{now}");
    for other in [
        now.replace(&format, "{\"format\":3,"),
        now.replace(&format, "{\"format\":99,").replace("\"products\"", "\"things\""),
        "{\"choices\":{\"flags\":{\"fast\":true},\"variables\":{\"prefix\":\"/opt/p\"},\"more\":1}}"
            .to_owned(),
    ] {
        space.write(path, &other);
        assert_eq!(space.current(), Err(Stale::OtherVersion), "{other}");
        assert_eq!(space.configure(None).unwrap().configuration.choices, choices, "{other}");
        assert!(space.current().is_ok());
    }
    // Parts of it that are not there are none.
    space.write(path, "{\"choices\":{}}");
    assert_eq!(space.configure(None).unwrap().configuration.choices, Choices::default());
}

#[test]
fn code_in_setup_ml_runs_in_place_of_the_commands() {
    let space = Space::new();
    space.write("root/setup.ml", "(* OASIS_START *)\n(* OASIS_STOP *)\nlet () = setup ();;\n");
    assert_eq!(space.configure(None).unwrap().hooks.len(), 2);

    let own = "(* OASIS_START *)\n(* OASIS_STOP *)\n#use \"own.ml\";;\nlet () = setup ();;\n";
    space.write("root/setup.ml", own);
    space.write("root/own.ml", "");
    space.program("ocaml", "echo \"$@\"; touch src/made.ml");
    let mut choices = Choices::default();
    choices.flag("fast", true);
    let configured = space.configure(Some(choices)).unwrap();
    let said: Vec<_> = configured.hooks.iter().map(|run| run.output.as_slice()).collect();
    assert_eq!(said, [b"setup.ml -configure --enable-fast\n"]);
    assert!(space.read("root/_mbuild/native/build.ninja").contains("made.ml"));
    assert!(space.current().is_ok());
    space.write("root/own.ml", "changed");
    assert_eq!(space.current(), Err(Stale::Changed("own.ml".to_owned())));
}

#[test]
fn commands_around_other_steps_get_folders_and_programs() {
    let space = Space::new();
    let manifest = MANIFEST.replace("Flag fast", "PreInstallCommand: $tool -d $docdir\nFlag fast");
    space.write("root/_oasis", &manifest);
    let configuration = space.configure(None).unwrap().configuration;
    assert_eq!(
        configuration.hooks(&space.path("root"), Step::Install, false, None),
        ["_mbuild/native/src/main -d /usr/local/share/doc/p"]
    );
    assert!(configuration.hooks(&space.path("root"), Step::Install, true, None).is_empty());
}

#[test]
fn what_the_package_does_not_have_cannot_be_chosen() {
    let space = Space::new();
    let said = |choices: &Choices| space.configure(Some(choices.clone())).unwrap_err().to_string();
    assert_eq!(
        said(Choices::default().flag("fasst", true)),
        "the package has no flag `fasst`\n  help: did you mean `fast`?"
    );
    assert_eq!(
        said(Choices::default().flag("colour", false)),
        "the package has no flag `colour`\n  \
         help: it has `fast`, `tests`, `docs`, `debug` and `profile`"
    );
    assert_eq!(
        said(Choices::default().variable("bindr", "/x")),
        "the package has no variable `bindr`\n  help: did you mean `bindir`?"
    );
    assert_eq!(
        said(Choices::default().variable("anything", "1")),
        "the package has no variable `anything`\n  \
         help: the manual lists the variables; others have to be in the manifest"
    );
    assert!(!space.path("root/_mbuild").exists());
}

#[test]
fn variables_that_only_a_template_names_can_be_chosen() {
    let space = Space::new();
    space.write("root/src/conf.ml.ab", "let x = \"$(colour)\"\n");
    space.configure(Some(Choices::default().variable("colour", "red").clone())).unwrap();
    assert_eq!(space.read("root/src/conf.ml"), "let x = \"red\"\n");
    space.write("root/src/conf.ml.ab", "let x = 1\n");
    assert_eq!(
        space.configure(None).unwrap_err().to_string(),
        "the package has no variable `colour`, which it was configured with; run `mbuild configure` \
         to choose anew\n  help: the manual lists the variables; others have to be in the manifest"
    );
}

#[test]
fn packages_of_a_damaged_configuration_have_no_sections() {
    let space = Space::new();
    space.configure(None).unwrap();
    let path = "root/_mbuild/native/configure.json";
    let mut json: serde_json::Value = serde_json::from_str(&space.read(path)).unwrap();
    json["members"] = serde_json::json!([{
        "package": "p", "version": "1", "folder": "p", "manifest": "p/_oasis", "goal": "pkg:p",
        "first": usize::MAX, "names": ["x"], "folders": {}, "hooks": [],
    }]);
    space.write(path, &json.to_string());
    let configuration = Configuration::load(&space.path("root"), "native").unwrap();
    let packages = configuration.packages();
    assert_eq!((packages.len(), packages[0].sections.len()), (1, 0));
}
