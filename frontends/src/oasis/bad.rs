//! What is said of bad manifests: the place, the line, what to do.

use crate::choices::Choices;
use crate::environment::Environment;

const HEADER: &str =
    "OASISFormat: 0.4\nName: x\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n";

fn said_with(content: &str, choices: &Choices) -> String {
    let environment = Environment::from_config("version: 4.13.1\nos_type: Unix\nsystem: linux\n");
    let manifest = match super::read(b"_oasis", content.as_bytes()) {
        Ok(manifest) => manifest,
        Err(errors) => {
            return errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        }
    };
    let found = match super::package(&manifest, &environment, choices) {
        Ok((_, warnings)) if warnings.is_empty() => return "nothing".to_owned(),
        Ok((_, warnings)) => {
            warnings.iter().map(|warning| format!("warning: {warning}")).collect::<Vec<_>>()
        }
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    };
    found.join("\n")
}

/// What is said of a manifest with good package fields and `sections`.
fn said(sections: &str) -> String {
    let mut choices = Choices::default();
    choices.flag("tests", true);
    said_with(&format!("{HEADER}{sections}"), &choices)
}

macro_rules! bad {
    ($($name:ident: $sections:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(said($sections));
            }
        )*
    };
}

bad! {
    fields_that_are_not_indented: "Library a\nPath: src\nModules: A\n";
    a_field_that_is_indented_too_deep: "Library a\n  Path: src\n    Modules: A\n";
    a_field_without_colon: "Library a\n  Path src\n";
    a_line_that_starts_with_a_sign: "Library a\n  (Path): src\n";
    a_section_kind_in_small_letters: "library a\n  Path: src\n";
    an_unknown_section_kind: "Libary a\n  Path: src\n";
    a_section_without_name: "Library\n  Path: src\n";
    a_section_name_with_a_dot: "Library a.b\n  Path: src\n";
    a_section_name_without_closing_quote: "Library \"a\n  Path: src\n";
    a_section_name_with_an_unknown_escape: "Library \"a\\q\"\n  Path: src\n";
    a_section_inside_a_section: "Library a\n  Path: src\n  Library b\n    Path: src\n";
    a_conditional_section: "if flag(tests)\n  Library a\n    Path: src\n";
    an_else_without_if: "Library a\n  Path: src\n  else\n    Build: false\n";
    an_else_indented_otherwise: "Library a\n  Path: src\n  if flag(tests)\n    Build: true\n   else\n    Build: false\n";
    an_if_without_test: "Library a\n  Path: src\n  if\n    Build: false\n";
    an_if_without_body: "Library a\n  Path: src\n  if flag(tests)\n  Build: false\n";
    a_value_that_goes_on_with_less_indentation: "Library a\n  Path: src\n  Modules:\n      A,\n    B\n";
    tabs_and_blanks: "Library a\n  Path: src\n\tModules: A\n";
    several_lines_that_are_none: "library a\n  Path: src\nLibrary b\n  Path src\n  Modules: B,\n    C\n   D\n  if flag(\n    Build: false\n  else\n    Build: true\n  Library c\n    Path of\nExecutable\n  else\nTest t\n  if tests && !\n    Run: true\n";
    a_test_that_ends_early: "Library a\n  Path: src\n  Build$: flag(tests) &&\n";
    a_test_without_flag: "Library a\n  Path: src\n  Build$: tests\n";
    a_test_without_closing_parenthesis: "Library a\n  Path: src\n  Build$: (flag(tests) || os_type(Unix)\n";
    a_test_with_a_single_ampersand: "Library a\n  Path: src\n  Build$: flag(tests) & true\n";
    an_unknown_flag: "Flag speed\n  Default: false\nLibrary a\n  Path: src\n  Build$: flag(sped)\n";
    a_flag_that_is_not_declared: "Library a\n  Path: src\n  Build$: flag(lwt)\n";
    an_unknown_test: "Library a\n  Path: src\n  Build$: ostype(Unix)\n";
    an_unknown_field: "Library a\n  Path: src\n  BuildDepend: unix\n";
    an_unknown_field_unlike_all: "Library a\n  Path: src\n  Colour: red\n";
    a_field_of_another_section: "Library a\n  Path: src\n  MainIs: a.ml\n";
    a_field_nearly_of_another_section: "Library a\n  Path: src\n  Module: A\nExecutable b\n  Path: src\n  MainsIs: b.ml\n";
    an_archive_for_a_package: "Library a\n  Path: src\n  BuildDepends: str, unix.cmxa\n";
    modules_with_semicolons: "Library a\n  Path: src\n  Modules: A; B\n";
    a_section_that_goes_on_with_a_value: "Plugins: META (0.4)\n  Library a\n    Path: src\n";
    fields_with_other_signs: "Library a\n  Path = src\n  Modules+ A\n";
    an_if_with_a_capital: "Library a\n  Path: src\n  If flag(tests)\n    Install: false\n";
    a_field_of_the_package_in_a_section: "Library a\n  Path: src\n  FilesAB: a.ml.ab\n";
    an_unknown_field_of_a_known_plugin: "Library a\n  Path: src\n  XMETADescripton: a\n";
    a_field_of_an_unknown_plugin: "Library a\n  Path: src\n  XOther: a\n";
    a_path_that_is_missing: "Library a\n  Modules: A\n";
    a_main_file_that_is_missing: "Executable a\n  Path: src\n";
    a_program_in_c_with_a_library: "Executable a\n  Path: src\n  MainIs: a.c\n  BuildDepends: unix\n";
    a_main_file_without_ending: "Executable a\n  Path: src\n  MainIs: a\n";
    a_title_that_is_missing: "Document a\n  Type: none\n";
    a_boolean_that_is_none: "Library a\n  Path: src\n  Build: yes\n";
    a_test_in_a_plain_boolean: "Library a\n  Path: src\n  Build: flag(tests)\n";
    a_test_for_a_text: "Test a\n  Command$: true\n";
    an_unconditional_field_in_an_if: "Library a\n  Path: src\n  if flag(tests)\n    BuildDepends: unix\n";
    an_unconditional_field_with_a_test: "Library a\n  Path: src\n  Pack$: flag(tests)\n";
    an_addition_to_a_single_value: "Library a\n  Path: src\n  Pack+: true\n";
    a_module_in_small_letters: "Library a\n  Path: src\n  Modules: Foo, bar\n";
    a_module_with_ending: "Library a\n  Path: src\n  Modules: Foo, dir/bar.ml\n";
    modules_without_comma: "Library a\n  Path: src\n  Modules: Foo\n           Bar\n";
    a_comma_at_the_end: "Library a\n  Path: src\n  Modules: Foo, Bar,\n";
    a_module_that_is_no_name: "Library a\n  Path: src\n  Modules: Foo-bar\n";
    a_version_without_parentheses: "Library a\n  Path: src\n  BuildDepends: unix, lwt >= 2.0\n";
    a_version_without_blank: "Library a\n  Path: src\n  BuildDepends: unix, lwt (>=2.0)\n";
    a_version_without_operator: "Library a\n  Path: src\n  BuildDepends: lwt (2.0)\n";
    a_parenthesis_that_is_not_closed: "Library a\n  Path: src\n  BuildDepends: lwt (>= 2.0, unix\n";
    an_unknown_choice: "Library a\n  Path: src\n  CompiledObject: nativ\n";
    a_choice_unlike_all: "Library a\n  Path: src\n  CompiledObject: wasm\n";
    a_dot_in_a_findlib_name: "Library a\n  Path: src\n  FindlibName: a.b\n";
    an_unknown_findlib_parent: "Library core\n  Path: src\nLibrary b\n  Path: src\n  FindlibParent: cor\n";
    a_circle_of_findlib_parents: "Library a\n  Path: src\n  FindlibParent: b\nLibrary b\n  Path: src\n  FindlibParent: a\n";
    two_libraries_of_one_findlib_name: "Library a\n  Path: src\nLibrary b\n  Path: src\n  FindlibName: a\n";
    two_libraries_of_one_name: "Library a\n  Path: src\nLibrary a\n  Path: lib\n";
    a_library_that_needs_itself: "Library a\n  Path: src\n  BuildDepends: a\n";
    libraries_that_need_each_other: "Library a\n  Path: src\n  BuildDepends: b\nLibrary b\n  Path: src\n  BuildDepends: a\n";
    a_version_of_an_own_library: "Library a\n  Path: src\nLibrary b\n  Path: src\n  BuildDepends: a (>= 1.0)\n";
    a_section_name_where_findlib_names_stand: "Library a\n  Path: src\n  FindlibName: b\nLibrary c\n  Path: src\n  BuildDepends: a\n";
    an_unknown_variable: "Test a\n  Command: $tset -x\nExecutable test\n  Path: src\n  MainIs: a.ml\n";
    an_unknown_variable_in_options: "Library a\n  Path: src\n  CCOpt: -O2 $xen_cflags\n";
    a_variable_that_is_not_closed: "Library a\n  Path: src\n  CCOpt: -I$(pkg\n";
    a_quote_that_is_not_closed: "Library a\n  Path: src\n  CCOpt: -O2 '-g\n";
    an_unknown_function: "Library a\n  Path: src\n  CCOpt: $(upper os_type)\n";
    the_folder_of_a_package_that_is_not_installed: "Library a\n  Path: src\n  CCOpt: -I $pkg_lwt\n";
    a_path_out_of_the_package: "Library a\n  Path: ../src\n";
    a_module_out_of_the_package: "Library a\n  Path: src\n  Modules: ../lib/B, ../../C\n  InternalModules: ../../d/D\n";
    a_c_source_out_of_the_package: "Library a\n  Path: src\n  Modules: A\n  CSources: ../c/x.c, ../../x.c, /x.c\n";
    a_main_file_out_of_the_package: "Executable a\n  Path: src\n  MainIs: ../../x.ml\n";
    a_package_named_like_a_path: "Name: ../x\n";
    a_library_named_like_a_path: "Library \"../../x\"\n  Path: src\n  Modules: A\n";
    an_executable_named_like_a_path: "Executable \"../x\"\n  Path: src\n  MainIs: x.ml\n";
    a_template_out_of_the_package: "FilesAB: ../x.ml.ab, /x.ml.ab\n";
    data_out_of_the_package: "Library a\n  Path: src\n  DataFiles: ../../x, /etc/passwd, ../x\n";
    data_for_a_place_outside_of_the_prefix: "Library a\n  Path: src\n  DataFiles: x (../../dd), y (/etc),\n    z ($datadir/../../../z), v ($prefix-x), w ($destdir/etc), a ($datadir/a/../b), b (share/b), c ($docdir)\n";
    a_document_for_a_place_outside_of_the_prefix: "Document api\n  Title: x\n  Type: none\n  InstallDir: $docdir/../../../../api\n  DataFiles: ../x\n";
    a_document_of_what_is_outside_of_the_package: "Document api\n  Title: x\n  Type: ocamlbuild (0.4)\n  XOCamlbuildPath: src\n  XOCamlbuildModules: ../../X\n  XOCamlbuildIntro: /x\n";
    findlib_names_like_paths: "Library a\n  Path: src\n  FindlibName: /x\n  FindlibContainers: y/z\nObject o\n  Path: src\n  FindlibFullName: /x.y\n";
    folders_out_of_the_package: "XOCamlbuildExtraArgs: -I ../x -Is y,/z\n";
    a_build_with_commands: "BuildType: custom (0.4)\nXCustomBuild: make\nXCustomInstall: make install\n";
    fields_without_effect: "XOCamlbuildPluginTags: package(a)\nTest a\n  Command: true\n  XCustom: make test\n";
    an_unknown_plugin: "Plugins: META (0.4), DevFile (0.4)\n";
    a_template_without_ending: "FilesAB: src/conf\n";
    an_unknown_library_in_a_document: "Library core\n  Path: src\nDocument api\n  Title: x\n  Type: ocamlbuild (0.4)\n  XOCamlbuildPath: src\n  XOCamlbuildLibraries: cor\n";
    a_document_without_path: "Document api\n  Title: x\n  Type: ocamlbuild (0.4)\n";
    a_document_without_command: "Document api\n  Title: x\n  Type: custom (0.4)\n";
    an_unknown_argument_for_ocamlbuild: "XOCamlbuildExtraArgs: -use-menhir -frobnicate\n";
    an_argument_for_ocamlbuild_without_value: "XOCamlbuildExtraArgs: -cflags\n";
    an_unknown_tag_for_ocamlbuild: "XOCamlbuildExtraArgs: -tag cppo\n";
    a_flag_declared_twice: "Flag a\n  Default: true\nFlag A\n  Default: false\n";
    a_module_exported_and_internal: "Library a\n  Path: src\n  Modules: A\n  InternalModules: B, A\n";
    a_test_with_a_single_bar_in_an_if: "Library a\n  Path: src\n  if flag(tests) | true\n    Build: false\n";
    a_field_that_a_tab_makes_a_part_of_a_value: "Library a\n\tPath: src\n  Modules: A\nExecutable b\n\tPath: src\n  MainIs: b.ml\n";
    a_value_that_a_tab_ends: "Library a\n  Path: src\n  Modules: A,\n    B,\n\tC\n";
    fields_given_again: "Synopsis: y\nLibrary a\n  Path: src\n  Modules: A\n  Modules: B\n  path: lib\n  if flag(tests)\n    CCOpt: -a\n    CCOpt: -b\n  else\n    CCOpt: -c\n  Build: true\n  if flag(tests)\n    Build: false\n    Install$: flag(tests)\n  Build$: flag(tests)\n  Install: true\n  CCOpt+: -d\n";
    a_version_of_several_words: "Version: 1 or 2\n";
    unknown_features: "AlphaFeatures: ocamlbuild_more_arg\nBetaFeatures: section_object, x\n";
    additions_to_texts_that_are_one: "Synopsis+: y\nDescription+: x\nPreConfCommand+: x\nLibrary a\n  Path+: src\n  XMETARequires+: x\n";
    parentheses_without_a_folder: "Library a\n  Path: src\n  DataFiles: x (), y ( )\n";
    a_findlib_name_in_quotes: "Object a\n  Path: src\n  Modules: A\n  FindlibFullName: x.\"y\"\n";
    a_template_with_another_ending: "FilesAB: src/conf.ml.in, src.d/conf\n";
    many_errors_at_once: "Library a\n  Paht: src\n  Modules: a\nTest t\n  Command: $x\n";
}

#[test]
fn a_package_without_fields() {
    insta::assert_snapshot!(said_with("Name: x\n", &Choices::default()));
}

#[test]
fn an_unknown_format() {
    insta::assert_snapshot!(said_with(&HEADER.replace("0.4", "1.0"), &Choices::default()));
}

#[test]
fn an_empty_field() {
    insta::assert_snapshot!(said_with(&HEADER.replace("Name: x", "Name:"), &Choices::default()));
}

#[test]
fn an_ocaml_version_that_is_no_constraint() {
    insta::assert_snapshot!(said("OCamlVersion: 4.01\n"));
}

#[test]
fn letters_of_latin_1() {
    let content =
        [HEADER.as_bytes(), b"# Andr\xe9\nMaintainers: D\xe9j\xe0 <x>, $y, Andr\xe9\nHomepage: \n"]
            .concat();
    let manifest = super::read(b"_oasis", &content).unwrap();
    let environment = Environment::from_config("version: 4.13.1\n");
    let errors = super::package(&manifest, &environment, &Choices::default()).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "_oasis:9:10: `Homepage` is empty\n  Homepage: \n           ^\n  help: write a value, or leave the field out"
    );
    insta::assert_snapshot!(manifest.warnings[0].to_string());
    let content = content.strip_suffix(b"Homepage: \n").unwrap();
    let manifest = super::read(b"_oasis", content).unwrap();
    let (package, _) = super::package(&manifest, &environment, &Choices::default()).unwrap();
    assert_eq!(package.maintainers, ["Déjà <x>", "$y", "André"]);
}

/// A manifest with something of everything, and letters of several bytes.
const RICH: &str = "OASISFormat: 0.3\nName: é\nVersion: 1~ß\nSynopsis: x # y\nAuthors: Ü,\n  ö\nLicense: ISC\n\
    Description:\n  a\n  .\n   b é\nFilesAB: a.ml.ab\nXOCamlbuildExtraArgs: -cflags '-w +a' -tag \"warn(A)\"\n\
    Flag \"é x\"\n  Default$: !flag(tests) && (os_type(Unix) || true)\n\
    Library a\n  Path: src\n  Modules: A, é/B\n  BuildDepends: unix (>= 1.0 && < 2),\n   b.é\n  CCOpt: -I'é é' $(utoh prefix) ${é}\n\
    \x20 if flag(\"é x\")\n    Build: false\n  else if system(\"é\")\n    CCLib+: -lé\n  else\n    Install$: false\n\
    Test t\n  Command: $a \\$é $prefix\n  Run$: flag(docs)\n";

#[test]
fn damaged_manifests_are_answered() {
    let environment = Environment::from_config("version: 4.13.1\nos_type: Unix\n");
    let mut choices = Choices::default();
    choices.flag("tests", true);
    let answers = |content: &[u8]| match super::read(b"_oasis", content) {
        Ok(manifest) => match super::package(&manifest, &environment, &choices) {
            Ok(_) => 0,
            Err(errors) => errors.iter().filter(|error| error.to_string().is_empty()).count(),
        },
        Err(errors) => errors.iter().filter(|it| it.line == 0 || it.column == 0).count(),
    };
    let rich = RICH.as_bytes();
    for at in 0..rich.len() {
        assert_eq!(answers(&rich[..at]), 0, "cut at {at}");
        for byte in [b'\n', b'"', b'(', b'$', 0xff] {
            let mut damaged = rich.to_vec();
            damaged[at] = byte;
            assert_eq!(answers(&damaged), 0, "byte {byte} at {at}");
        }
    }
}

#[test]
fn a_manifest_of_ten_megabytes_is_read() {
    let section = "Library library-with-a-long-name\n  Path: src\n  if flag(tests) && os_type(Unix)\n    \
                   CCOpt: -O2 -g\n  else\n    Build: false\n  Modules: One,\n    Two,\n    dir/Three\n  \
                   BuildDepends: unix (>= 1.0 && < 2), str\n";
    let count = 10_000_000 / section.len() + 1;
    let content = format!("{HEADER}{}", section.repeat(count));
    assert!(content.len() > 10_000_000);
    let manifest = super::read(b"_oasis", content.as_bytes()).unwrap();
    assert_eq!(manifest.sections.len(), count);
}
