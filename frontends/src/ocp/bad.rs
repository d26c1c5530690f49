//! What is said of bad projects: the place, the line, what to do, and all of it at once.

use std::collections::BTreeMap;

use super::project::Tree;
use super::{Machine, Project};
use crate::choices::Choices;
use crate::environment::{Environment, Installed};
use crate::package::{Command, Inside, Package, Preprocess};

/// A project of some files, and a machine with `unix`.
pub(super) struct Fake {
    files: BTreeMap<String, Vec<u8>>,
    environment: Environment,
}

impl Fake {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
            .collect();
        let environment = Environment::from_config(
            "version: 4.13.1\nos_type: Unix\nsystem: linux\narchitecture: amd64\nnative_compiler: true\n\
             standard_library: /lib/ocaml\next_obj: .o\next_lib: .a\next_dll: .so\n",
        );
        Self { files, environment }
    }

    /// The model, and the warnings as text; or the errors as text.
    pub(super) fn package(mut self, choices: &Choices) -> Result<(Package, String), String> {
        let environment = self.environment.clone();
        let manifests: Vec<String> =
            self.files.keys().filter(|path| super::is_one(path)).cloned().collect();
        let lines = |all: &[mbuild_rules::Diagnostic]| {
            all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        let mut machine = Self { files: BTreeMap::new(), environment: environment.clone() };
        let mut project = Project::new(&environment, &mut self);
        project.chosen.clone_from(&choices.flags);
        super::read(&mut project, &manifests);
        if !project.messages.errors.is_empty() {
            return Err(lines(&project.messages.errors));
        }
        match super::package(project, &mut machine, choices) {
            Ok((package, warnings)) => Ok((package, lines(&warnings))),
            Err(errors) => Err(lines(&errors)),
        }
    }
}

impl Tree for Fake {
    fn read(&mut self, path: &str) -> Option<Vec<u8>> {
        self.files.get(path).cloned()
    }

    fn names(&mut self, folder: &str) -> Vec<String> {
        let below = self.files.keys().filter_map(|path| {
            let rest = if folder.is_empty() {
                path
            } else {
                path.strip_prefix(folder)?.strip_prefix('/')?
            };
            (!rest.contains('/')).then(|| rest.to_owned())
        });
        below.collect()
    }

    fn is_file(&mut self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    fn exists(&mut self, path: &str) -> bool {
        self.files.keys().any(|file| file == path || file.starts_with(&format!("{path}/")))
    }
}

impl Machine for Fake {
    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn installed(&mut self, package: &str) -> Option<Installed> {
        let known = ["unix", "str", "lwt.syntax"];
        known.contains(&package).then(|| Installed {
            version: Some("4.13.1".to_owned()),
            directory: format!("/lib/ocaml/{package}"),
        })
    }

    fn requires(&mut self, _package: &str) -> Vec<String> {
        Vec::new()
    }
}

fn said(files: &[(&str, &str)]) -> String {
    let mut choices = Choices::default();
    choices.flag("tests", true);
    match Fake::new(files).package(&choices) {
        Ok((_, warnings)) if warnings.is_empty() => "nothing".to_owned(),
        Ok((_, warnings)) => format!("warnings:\n{warnings}"),
        Err(errors) => errors,
    }
}

macro_rules! bad {
    ($($name:ident: $content:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(said(&[("build.ocp", $content)]));
            }
        )*
    };
}

bad! {
    an_unknown_kind_of_package: "begin libary \"a\" files = [ \"a.ml\" ] end\n";
    a_package_without_end: "begin library \"a\"\n  files = [ \"a.ml\" ]\n";
    an_end_too_many: "begin library \"a\" files = [ \"a.ml\" ] end\nend\n";
    a_comma_in_a_list: "begin library \"a\" files = [ \"a.ml\", \"b.ml\" ] end\n";
    an_else_without_braces: "if true then x = 1 y = 2 else z = 3\n";
    a_text_without_end: "version = \"1.0\nbegin library \"a\" files = [ \"a.ml\" ] end\n";
    a_comment_without_end: "(* (* *)\nversion = \"1.0\"\n";
    a_letter_that_is_none: "versión = 1\n";
    an_unknown_variable: "ocaml_flags = []\nbegin library \"a\" files = [ \"a.ml\" ] requires = ocaml_flag end\n";
    an_addition_to_nothing: "begin library \"a\" files += [ \"a.ml\" ] end\n";
    a_plus_with_a_blank: "begin library \"a\" files = [ \"a.ml\" ] byte + = [ \"-g\" ] end\n";
    an_unknown_primitive: "x = %strin( strings = [ \"a\" ] )\n";
    a_primitive_without_option: "x = %string( string = \"a\" )\ny = %mem( string = \"a\" )\n";
    values_that_cannot_be_compared: "if ocaml_version >= true then x = 1\n";
    unknown_options_by_name: "begin config \"strict\" a = 1 end\nuse \"strickt\"\n";
    options_that_use_themselves: "begin config \"a\" use \"a\" end\nuse \"a\"\n";
    a_list_that_doubles: concat!("x = [ \"a\" ]\n", "begin config \"b\" x = [ x x ] x = [ x x ] x = [ x x ] x = [ x x ] x = [ x x ] x = [ x x ] end\n",
        "use \"b\" use \"b\" use \"b\" use \"b\" use \"b\" use \"b\"\n");
    an_include_of_what_is_outside: "if include \"../secret.ocpinc\" then {} else {}\nif include \"/etc/passwd\" then {}\n";
    a_folder_outside: "begin library \"a\" dirname = \"../src\" files = [ \"a.ml\" ] end\nbegin library \"b\" dirname = \"/src\" files = [ \"b.ml\" ] end\n";
    sources_outside: "begin library \"a\" files = [ \"../a.ml\" \"/b.ml\" \"x/../../c.c\" ] end\n";
    sources_with_shell_syntax: "begin library \"a\" files = [ \"a;rm.ml\" \"$(x).ml\" \"b c.ml\" \"-o.ml\" \"d`e`.c\" ] end\n";
    a_package_with_shell_syntax: "begin program \"a;reboot\" files = [ \"a.ml\" ] end\nbegin library \"../b\" files = [ \"b.ml\" ] end\n";
    flags_with_shell_syntax: "begin library \"a\" files = [ \"a.ml\" ] comp = [ \"-w $(reboot)\" \"-I `x`\" ] cclib = \"-l$(x)\" pp = [ \"cat\" \"`x`\" ] end\n";
    files_for_texts_outside: "begin library \"a\" files = [ \"a.ml\" (file2string = [ \"../../etc/passwd\" \"none.txt\" ]) ] end\n";
    data_outside: "begin library \"a\" files = [ \"a.ml\" ] data_files = [ \"../x\" \"/etc/passwd\" \"x\" ] end\n";
    two_packages_of_one_name: "begin library \"a\" files = [ \"a.ml\" ] end\nbegin program \"a\" files = [ \"b.ml\" ] end\n";
    a_program_without_files: "begin program \"a\" files = [] end\n";
    an_unknown_ending: "begin library \"a\" files = [ \"a.mlx\" \"b.ml\" ] end\n";
    a_module_listed_twice: "begin library \"a\" files = [ \"a.ml\" \"b.ml\" \"a.mll\" ] end\n";
    files_that_are_none: "begin library \"a\" files = true end\n";
    a_missing_requirement: "begin library \"a\" files = [ \"a.ml\" ] end\nbegin library \"b\" files = [ \"b.ml\" ] requires = [ \"none\" ] end\nbegin program \"c\" files = [ \"c.ml\" ] requires = [ \"b\" ] end\n";
    a_missing_folder: "begin library \"a\" dirname = \"none\" files = [ \"a.ml\" ] end\n";
    an_unknown_syntax: "begin library \"a\" files = [ \"a.ml\" ] syntax = [ \"none\" ] end\n";
    a_pack_of_nothing: "begin library \"a\" files = [ \"a.ml\" pack B [ ] pack C [ \"c.c\" ] ] end\n";
    a_substitution_without_texts: "begin library \"a\" files = [ \"a.ml\" ] build_rules = [ \"b.ml\" ( commands = [ \"%%subst\" ] ) \"c.ml\" ( commands = [ \"%%subst\" ( substitutions = [ \"x\" ] ) ] ) ] end\n";
    a_substitution_in_nothing: "begin library \"a\" files = [ \"a.ml\" ] build_rules = [ \"b.ml\" ( commands = [ \"%%subst\" ( substitutions = [ \"x\" ( with_string = \"y\" ) ] ) ] ) ] end\n";
    a_command_that_is_none: "begin library \"a\" files = [ \"a.ml\" ] build_rules = [ \"b.ml\" ( commands = [ \"%%loaddeps\" \"cp\" ] ) ] end\n";
    a_test_of_nothing: "begin test \"a\" requires = [] end\n";
    a_test_of_two_programs: "begin program \"a\" files = [ \"a.ml\" ] end\nbegin program \"b\" files = [ \"b.ml\" ] end\nbegin test \"c\" requires = [ \"a\" \"b\" ] end\n";
    a_test_with_a_bad_status: "begin test \"a\" files = [ \"a.ml\" ] test_exit = \"one\" end\n";
    an_unknown_folder_in_a_flag: "begin library \"a\" files = [ \"a.ml\" ] comp = [ \"-I\" \"%{none_SRC_DIR}%\" ] end\n";
    the_built_folder_of_a_library: "begin library \"a\" files = [ \"a.ml\" ] comp = [ \"-I\" \"%{b_DST_DIR}%\" ] end\nbegin program \"b\" files = [ \"b.ml\" ] end\n";
}

macro_rules! bad_in_the_newer_language {
    ($($name:ident: $content:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(said(&[("build.ocp2", $content)]));
            }
        )*
    };
}

bad_in_the_newer_language! {
    a_loop_without_end: "function f(x) { for i in (1, 1000000000) { x = i; } }\nf(1);\n";
    a_range_without_step: "for i in (1, 0, 2) { }\n";
    a_function_without_end: "function f(x) { return f(x + 1); }\nOCaml.library(\"a\", { files = [ f(1) ]; });\n";
    functions_that_call_each_other: "function f(g) { return g(g); }\nf(f);\n";
    a_text_that_doubles: "x = \"a\";\nfor i in (1, 100) { x += x; }\n";
    a_list_of_functions_that_doubles: "x = [ function() { } ];\nfor i in (1, 100) { x += x; }\n";
    a_record_that_holds_itself: "x = {};\nfor i in (1, 1000) { x = { y = x }; }\n";
    a_variable_without_value: "OCaml.library(\"a\", ocaml + { files = filez; });\n";
    a_field_that_is_not_there: "x = {};\nprint(x.y);\n";
    an_exception_that_nothing_catches: "try { raise(\"a\", [ 1; true ]); } catch(\"b\", x) { }\n";
    a_condition_that_is_none: "if(1) { }\n";
    values_that_cannot_be_added: "x = true + 1;\n";
    a_division_by_zero: "x = 1 / 0;\n";
    too_many_arguments: "function f(x) { }\nf(1, 2);\n";
    wrong_arguments: "OCaml.library(\"a\");\n";
    a_call_of_no_function: "x = 1;\nx(2);\n";
    a_module_that_is_not_there: "X = module(\"X\");\n";
    a_module_of_a_newer_version: "L = module(\"ocp-build:List\", \"7.0\");\n";
    a_manifest_that_gives_up: "message(\"run ./configure first\");\nexit(2);\n";
    a_file_to_write: "String_write_file(\"x\", \"y\");\n";
    files_outside: "include \"../x\";\ninclude \"/etc/passwd\" else { }\nx = String_read_file(\"../../x\");\ny = Sys_readdir(\"../..\");\n";
    a_statement_without_end: "x = 1\ny = 2;\n";
    a_list_with_commas_and_blanks: "x = [ \"a\" \"b\" ];\n";
    a_block_without_end: "if(true) {\n  x = 1;\n";
}

#[test]
fn the_newer_language_describes_as_the_old_one() {
    let newer = "List = module(\"ocp-build:List\", \"1.0\"); OCaml = module(\"ocp-build:OCaml\");\n\
        stems = List.map(function(x) { return x + \".ml\"; }, '[ a b ]);\n\
        f = Features_get(\"fast\", true);\n\
        OCaml.library(\"lib\", ocaml + { files = stems; requires = [ \"unix\" ]; version = \"2\"; });\n\
        OCaml.program(\"prog\", { files = '[ m.ml { bytecomp = [ \"-w\"; \"A\" ] } ]; requires = 'lib;\n\
          build_rules = OCaml.make([ \"m.ml\"; \"n.ml\" ], [], [ [ \"sh\"; \"gen.sh\" ] ]); });\n\
        if(f.enabled) { OCaml.objects(\"o\", { files = [ \"o.ml\" ]; }); }\n";
    let files = [("build.ocp2", newer), ("gen.sh", "")];
    let (package, warnings) = Fake::new(&files).package(&Choices::default()).unwrap();
    assert_eq!(warnings, "");
    assert_eq!(package.version, "2");
    assert_eq!(package.sections.len(), 3);
    let program = package.executables().next().unwrap();
    assert_eq!(program.main, "m.ml");
    assert_eq!(program.compiled.module_byte_flags["M"], ["-w", "A"]);
    assert_eq!(package.actions[0].outputs, ["m.ml", "n.ml"]);
    assert_eq!(package.actions[0].inputs, ["gen.sh"]);
    assert!(package.flags.iter().any(|flag| flag.name == "fast" && flag.default));
    let mut choices = Choices::default();
    choices.flag("fast", false);
    let (package, _) = Fake::new(&files).package(&choices).unwrap();
    assert_eq!(package.sections.len(), 2);
}

#[test]
fn packs_stand_beside_modules_and_inside_of_packs() {
    let files = [(
        "build.ocp",
        "begin library \"a\" files = [ \"before.ml\" pack Outer (asmcomp = []) [ \"x.ml\" (bytecomp = [ \"-w\" \"A\" ])\n\
         pack Inner [ \"sub/y.ml\" ] \"z.mli\" ] \"after.ml\" ] end\n\
         begin program \"p\" files = [ pack Box [ \"x.ml\" ] \"main.ml\" ] end\n",
    )];
    let (package, warnings) = Fake::new(&files).package(&Choices::default()).unwrap();
    assert_eq!(warnings, "");
    let library = package.libraries().next().unwrap();
    assert_eq!(library.modules, ["Before", "Outer", "After"]);
    let packs: Vec<String> = Inside::by_path(&library.compiled.packs)
        .iter()
        .map(|(name, all)| format!("{name}: {}", all.join(" ")))
        .collect();
    assert_eq!(packs, ["Outer: X Inner Z", "Outer.Inner: sub/Y"]);
    assert_eq!(library.compiled.module_byte_flags["Outer.X"], ["-w", "A"]);
    assert!(library.compiled.module_byte_flags["Outer.Inner.sub/Y"].is_empty());
    let program = package.executables().next().unwrap();
    assert_eq!((program.main.as_str(), &program.modules[..]), ("main.ml", &["Box".to_owned()][..]));
}

#[test]
fn programs_that_are_there_are_no_packages() {
    let files = [(
        "build.ocp",
        "begin program \"camlp4o\" generated = true end\n\
         begin library \"a\" files = [ \"a.ml\" ] requires = [ \"camlp4o\" ] pp = [ \"camlp4o\" ] end\n",
    )];
    let (package, warnings) = Fake::new(&files).package(&Choices::default()).unwrap();
    assert_eq!(warnings, "");
    let library = package.libraries().next().unwrap();
    assert!(library.compiled.depends.is_empty());
    assert_eq!(library.compiled.preprocess, Preprocess::Command("camlp4o".to_owned()));
}

#[test]
fn texts_are_put_in_the_place_of_names() {
    let files = [
        (
            "build.ocp",
            "version = \"2\"\nbegin library \"a\" files = [ \"a.ml\" ] build_rules = [ \"a.ml\" ( commands = [\n\
             \"%%subst\" ( from_file = \"%{basename}%.tpl\" substitutions = [ \"v\" ( with_string = version ) \"w\" (with_string = \"${x}\") ] ) ] ) ] end\n",
        ),
        ("a.tpl", "let a = \"%{v}% %{u}% 100%% ${x} %{w}%\"\n"),
    ];
    let (package, warnings) = Fake::new(&files).package(&Choices::default()).unwrap();
    assert_eq!(warnings, "");
    let text = "printf %s 'let a = \"2 %{u}% 100% $''{x} $''{x}\"\n' > a.ml";
    assert_eq!(package.actions[0].commands, [Command::shell(text)]);
    assert_eq!(package.actions[0].outputs, ["a.ml"]);
}

#[test]
fn every_mistake_of_every_file_is_told() {
    let files = [
        ("build.ocp", "x = y\nbegin library \"a\" files = [ z ] end\n"),
        ("src/build.ocp", "begin library \"b\"\n  files = [ \"b.ml\" ]]\nend\nx += w\n"),
    ];
    insta::assert_snapshot!(said(&files));
}

#[test]
fn a_file_that_includes_itself() {
    let files = [
        ("build.ocp", "if include \"a.inc\" then {}\n"),
        ("a.inc", "if include \"b.inc\" then {}\n"),
        ("b.inc", "if include \"a.inc\" then {}\n"),
    ];
    insta::assert_snapshot!(said(&files));
}

/// Most projects of ocp-build's authors have their `configure` make such files.
#[test]
fn a_file_that_is_included_and_has_to_be_made_first() {
    let older = [
        (
            "build.ocp",
            "if include \"autoconf/config.ocpgen\" then {} else {}\nversion = package_version\n",
        ),
        ("autoconf/config.ocpgen.in", "package_version = \"@VERSION@\"\n"),
    ];
    let newer = [
        (
            "build.ocp2",
            "include \"config.ocp2gen\";\nocaml.version = autoconf.package_version;\nx = y;\n",
        ),
        ("config.ocp2gen.in", "autoconf = { package_version = \"@VERSION@\" };\n"),
    ];
    insta::assert_snapshot!(format!("{}\n{}", said(&older), said(&newer)));
}

/// A project with something of everything.
const RICH: &str = r#"comp += [ "-g" ] (* é *)
begin config "c" sort = true end
if include "x.inc" then {} else { v = "é\065\n" }
begin library "lib.é" use "c" files = [ "a.ml" (pp = "cat" nopervasives) pack M (asmcomp = []) [ "b.ml" ] ] end
begin program "p" files = %subst_ext( files = [ "x.in" ] to_ext = ".ml" )
  if not (ocaml_version >= "4.0" || v = [ "x" ]) && os_type then has_asm = false else { byte += [ "%{p_SRC_DIR}%" ] }
  build_rules = [ "t" ( commands = [ { "cp" %byte_exe(p="p") } (stdout = "o") ] ) ]
end
begin test "t" requires = [ "p" (tolink = false) ] test_args = [ "%{test}%" ] tests = [ 1 2 ] end
"#;

#[test]
fn damaged_projects_are_answered() {
    let answered = |content: &[u8]| {
        let text = String::from_utf8_lossy(content);
        match Fake::new(&[("build.ocp", &text)]).package(&Choices::default()) {
            Ok(_) => true,
            Err(errors) => !errors.is_empty(),
        }
    };
    for at in 0..RICH.len() {
        assert!(answered(&RICH.as_bytes()[..at]), "cut at {at}");
        for byte in [b'\n', b'"', b'(', b'}', b'%', 0xff] {
            let mut damaged = RICH.as_bytes().to_vec();
            damaged[at] = byte;
            assert!(answered(&damaged), "byte {byte} at {at}");
        }
    }
}
