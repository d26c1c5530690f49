//! Real files: each is read, and says what is written in it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Dependency, Project, Switch, TargetKind, Word};
use crate::oasis::corpus;

/// Path and content of each file, in the order of the index.
fn files() -> Vec<(String, Vec<u8>)> {
    let folder = corpus::folder();
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let rows = index.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter(|columns| columns[0] == "obuild")
        .map(|columns| (columns[2].to_owned(), std::fs::read(folder.join(columns[2])).unwrap()))
        .collect()
}

fn read(path: &str, content: &[u8]) -> Project {
    super::read(path.as_bytes(), content).unwrap_or_else(|errors| panic!("{}", errors[0]))
}

#[test]
fn every_real_file_is_read() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = |what: &str, many: usize| {
        if many > 0 {
            *counts.entry(what.to_owned()).or_default() += many;
        }
    };
    for (path, content) in files() {
        let project = read(&path, &content);
        assert!(project.warnings.is_empty(), "{}", project.warnings[0]);
        count("files", 1);
        count("flags", project.flags.len());
        count("generators", project.generators.len());
        count("configure scripts", usize::from(project.configure_script.is_some()));
        count("authors", project.authors.len());
        count("extra sources", project.extra_sources.len());
        for target in &project.targets {
            count(&format!("{:?}", target.kind), 1);
            count("libraries inside others", usize::from(target.name.text.contains('.')));
            count("modules", target.modules.len());
            count("folders", target.folders.len());
            count("dependencies", target.depends.len());
            let versions = target.depends.iter().filter(|it| it.constraint.is_some());
            count("dependencies with versions", versions.count());
            count("flags of the compiler", target.flags.len());
            count("preprocessors", usize::from(target.preprocessor.is_some()));
            count("C sources", target.c_sources.len());
            count("bindings of C", usize::from(target.stubs.is_some()));
            count("folders of tests", usize::from(target.run_folder.is_some()));
            for switch in [&target.buildable, &target.installable] {
                count("decided by a flag", usize::from(matches!(switch, Switch::Flag(_))));
                count("not installed", usize::from(*switch == Switch::Fixed(false)));
            }
        }
    }
    let counts: Vec<String> =
        counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    insta::assert_snapshot!(counts.join("\n"));
}

/// All that a file says, in words.
fn shown(path: &str) -> String {
    let (_, content) = files().into_iter().find(|(known, _)| known.ends_with(path)).unwrap();
    let project = read(path, &content);
    let mut out = String::new();
    let mut line = |name: &str, text: String| {
        if !text.is_empty() {
            let _ = writeln!(out, "{name}: {text}");
        }
    };
    let words =
        |words: &[Word]| words.iter().map(|word| word.text.clone()).collect::<Vec<_>>().join(" | ");
    let depends = |depends: &[Dependency]| {
        let one = |it: &Dependency| match &it.constraint {
            Some(constraint) => format!("{} ({constraint})", it.name.text),
            None => it.name.text.clone(),
        };
        depends.iter().map(one).collect::<Vec<_>>().join(" | ")
    };
    line("name", project.name.text);
    line("version", project.version.text);
    line("synopsis", project.synopsis);
    line("description", format!("{:?}", project.description));
    line("license", project.license);
    line("homepage", project.homepage.unwrap_or_default());
    line("authors", project.authors.join(" | "));
    line("extra arguments", words(&project.extra_arguments));
    line("extra sources", words(&project.extra_sources));
    line("configure", project.configure_script.map(|word| word.text).unwrap_or_default());
    line("vendored", words(&project.vendor_folders));
    for flag in &project.flags {
        line("flag", format!("{} = {} {:?}", flag.name.text, flag.default, flag.description));
    }
    for it in &project.generators {
        let suffix = it.suffix.as_ref().map(|word| word.text.as_str());
        let outputs = words(&it.outputs);
        line("generator", format!("{} {suffix:?} {:?} {outputs}", it.name.text, it.command.text));
    }
    for target in &project.targets {
        line(&format!("{:?}", target.kind), target.name.text.clone());
        line("  folders", words(&target.folders));
        line("  modules", words(&target.modules));
        line("  main", target.main.text.clone());
        line("  depends", depends(&target.depends));
        line("  flags", words(&target.flags));
        line("  syntax", if target.syntax { "yes".to_owned() } else { String::new() });
        line("  pp", target.preprocessor.as_ref().map(|it| it.text.clone()).unwrap_or_default());
        line("  C", words(&target.c_sources));
        line("  C folder", target.c_folder.as_ref().map(|it| it.text.clone()).unwrap_or_default());
        line("  C flags", words(&target.c_flags));
        line("  runs in", target.run_folder.as_ref().map(|it| it.text.clone()).unwrap_or_default());
        for (what, switch) in [("built", &target.buildable), ("installed", &target.installable)] {
            if *switch != Switch::default() {
                line(&format!("  {what}"), format!("{switch:?}"));
            }
        }
        if let Some(stubs) = &target.stubs {
            line("  stubs", format!("{stubs:#?}"));
        }
        assert!(target.kind != TargetKind::Library || target.main.text.is_empty());
    }
    out
}

macro_rules! whole {
    ($($name:ident: $path:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(shown($path));
            }
        )*
    };
}

whole! {
    cohttp: "mirage__ocaml-cohttp/cohttp.obuild";
    cstruct: "mirage__ocaml-cstruct/cstruct.obuild";
    obuild_itself: "ocaml-obuild__obuild/obuild.obuild";
    smtp: "vbmithr__ocaml-smtp/smtp.obuild";
    a_parser_with_generators: "tests/full/parser/parser.obuild";
    bindings_of_c: "ctypes_test/ctypes_test.obuild";
    qmp: "xapi-project__ocaml-qmp/qmp.obuild";
    packages_inside: "tests/full/vendored/vendored.obuild";
}
