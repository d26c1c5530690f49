//! Whether a package of OASIS's is built by mbuild or by its own `setup.ml` and `ocamlbuild`: their authors'
//! code may make files that no manifest tells of.

use super::setup_ml;
use crate::choices::Choices;
use crate::oasis::{OCAMLBUILD, STAGE_SETUP, UNSTAGE_SETUP};
use crate::package::{Code, DocumentKind, Generate, OwnBuild, Package, Section, Tool};

/// What ocamlbuild runs as a part of itself.
pub(super) const PLUGIN: &str = "myocamlbuild.ml";

/// The choice of mbuild's own way of building.
const OURS: &str = "--frontend oasis";

/// What hand-written code does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// Nothing that mbuild would not do.
    Nothing,
    /// It may change how things are made: the first line that may.
    Perhaps(String),
    /// It makes or installs what mbuild could not: why.
    Builds(String),
}

/// What the author's code in `setup.ml` does besides configuring.
pub(super) fn of_setup(content: &str) -> Does {
    let Some(code) = setup_ml::own_code(content) else { return Does::Nothing };
    // Everything that OASIS does is a field of this record, or in the way that is set up.
    if mentions(&code, "var_define") {
        return Does::Builds("`setup.ml` has variables of its own".to_owned());
    }
    let replaced = ["build", "doc", "install"].iter().find(|field| assigns(&code, field));
    match replaced {
        Some(field) if mentions(&code, "setup_t") => {
            Does::Builds(format!("`setup.ml` has a `{field}` of its own"))
        }
        _ => Does::Nothing,
    }
}

/// The variables that the author's code in `setup.ml` may define: every name in it that is a text.
pub(super) fn variables_of_setup(content: &str) -> Vec<String> {
    let code = setup_ml::own_code(content).unwrap_or_default();
    let name = |text: &&str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let defined = words_from(&code, "var_define");
    let texts = defined.iter().flat_map(|rest| rest.split('"').skip(1).step_by(2));
    texts.filter(name).map(str::to_owned).collect()
}

/// What the author's code in `myocamlbuild.ml` does; `generate` is how mbuild makes OCaml of other sources.
pub(super) fn of_plugin(content: &str, generate: &[Generate]) -> Does {
    let Some(code) = setup_ml::own_code(content) else {
        // Without OASIS's marks nothing in it is OASIS's.
        if content.contains("OASIS_START") {
            return Does::Nothing;
        }
        return of_rules(&setup_ml::without_comments(content), generate);
    };
    of_rules(&code, generate)
}

fn of_rules(code: &str, generate: &[Generate]) -> Does {
    let builds = |what: &str| Does::Builds(format!("`{PLUGIN}` has {what}"));
    if mentions(code, "copy_rule") {
        return builds("a rule that copies");
    }
    let known = |file: &str| {
        let ending = file.strip_prefix("%.").unwrap_or_default();
        let ending = ending.strip_suffix(".depends").unwrap_or(ending);
        ["mll", "mly"].contains(&ending) || generate.iter().any(|how| how.from == ending)
    };
    for rule in words_from(code, "rule") {
        let needs = labelled(rule, &["~dep:", "~deps:"]);
        if needs.is_empty() || !needs.iter().all(|file| known(file)) {
            let made = labelled(rule, &["~prod:", "~prods:"]);
            let what =
                made.first().map_or("rules".to_owned(), |file| format!("a rule for `{file}`"));
            return builds(&what);
        }
    }
    let calls = ["flag", "pflag", "dep", "ocaml_lib", "tag_file", "Options", "ocaml_pp"];
    let line = code
        .lines()
        .find(|line| calls.iter().any(|word| mentions(line, word)) && !line.contains("~dep"));
    line.map_or(Does::Nothing, |line| Does::Perhaps(line.trim().to_owned()))
}

/// Whether `name = ` stands somewhere as an assignment of a record.
fn assigns(code: &str, name: &str) -> bool {
    words_from(code, name).iter().any(|rest| {
        let rest = rest[name.len()..].trim_start();
        rest.starts_with('=') && !rest.starts_with("==")
    })
}

/// Whether a word stands in the code.
fn mentions(code: &str, word: &str) -> bool {
    !words_from(code, word).is_empty()
}

/// The code from each place on where the word stands, up to the next one.
fn words_from<'a>(code: &'a str, word: &str) -> Vec<&'a str> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '\'';
    let starts: Vec<usize> = code
        .match_indices(word)
        .filter(|(at, _)| {
            let before = code[..*at].chars().next_back();
            let after = code[at + word.len()..].chars().next();
            !before.is_some_and(|c| part(c) || c == '~') && !after.is_some_and(part)
        })
        .map(|(at, _)| at)
        .collect();
    let ends = starts.iter().skip(1).copied().chain([code.len()]);
    starts.iter().zip(ends).map(|(start, end)| &code[*start..end]).collect()
}

/// The strings that stand after labels, one or a list of them.
fn labelled(code: &str, labels: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for label in labels {
        for (at, _) in code.match_indices(label) {
            let rest = code[at + label.len()..].trim_start();
            let (rest, list) = match rest.strip_prefix('[') {
                Some(inside) => (inside.split(']').next().unwrap_or_default(), true),
                None => (rest, false),
            };
            let strings = rest.split('"').skip(1).step_by(2).map(str::to_owned);
            if list {
                found.extend(strings);
            } else if rest.starts_with('"') {
                found.extend(strings.take(1));
            }
        }
    }
    found
}

/// Lets `setup.ml` build the package, with the choices of the user; where it is not there, `oasis` makes it.
pub(super) fn by_setup(
    package: &mut Package,
    choices: &Choices,
    has_setup: bool,
    native: bool,
    why: &str,
    optional: bool,
) {
    let mut own = OwnBuild {
        tool: "ocaml setup.ml".to_owned(),
        why: Some(why.to_owned()),
        instead: optional.then(|| OURS.to_owned()),
        ..OwnBuild::default()
    };
    let mut tools = vec!["ocaml", "ocamlfind"];
    if !has_setup {
        tools.push("oasis");
        own.build.push("oasis setup".to_owned());
    }
    own.build.push(setup_ml::command(package, choices));
    own.build.push(format!("ocaml {} -build", setup_ml::FILE));
    let install = format!("ocaml {} -install", setup_ml::FILE);
    own.install.push(format!("{STAGE_SETUP} && {install} && {UNSTAGE_SETUP}"));
    if package.own_build.as_ref().is_none_or(|theirs| theirs.tool == OCAMLBUILD) {
        tools.push(OCAMLBUILD);
    }
    own.tools = tools.into_iter().map(|tool| Tool::External(tool.to_owned())).collect();
    for executable in package.executables() {
        let compiled = &executable.compiled;
        let native = match compiled.code {
            Code::Native => true,
            Code::Best => native,
            Code::Byte => false,
        };
        let stem = executable.main.strip_suffix(".ml").unwrap_or(&executable.main);
        let ending = if native { "native" } else { "byte" };
        let parts = ["_build", &compiled.path, &format!("{stem}.{ending}")].map(str::to_owned);
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        own.programs.insert(compiled.name.clone(), parts.join("/"));
    }
    if let Some(theirs) = package.own_build.take() {
        if !theirs.programs.is_empty() {
            own.programs = theirs.programs;
        }
        own.tools.extend(theirs.tools);
    }
    for section in &mut package.sections {
        if let Section::Document(document) = section
            && !matches!(document.kind, DocumentKind::None)
        {
            document.kind = DocumentKind::Command(format!("ocaml {} -doc", setup_ml::FILE));
            (document.before, document.after) = (None, None);
        }
    }
    // It does all of this itself, in the copy of the source tree.
    package.hooks.clear();
    package.templates.clear();
    package.unknown_variables.clear();
    package.own_build = Some(own);
}

#[cfg(test)]
mod tests {
    use super::*;

    const OASIS: &str = "(* OASIS_START *)\nlet package_default = 1;;\n(* OASIS_STOP *)\n";

    #[test]
    fn code_of_a_setup_that_only_configures_is_no_reason() {
        let of = |code: &str| of_setup(&format!("{OASIS}{code}\nlet () = setup ();;\n"));
        assert_eq!(of(""), Does::Nothing);
        assert_eq!(of("#use \"deps.ml\";;\nlet build = 1"), Does::Nothing);
        assert_eq!(of("let setup_t = { setup_t with BaseSetup.configure = mine }"), Does::Nothing);
        assert_eq!(
            of("let setup_t = { setup_t with\n  BaseSetup.build =\n  mine }"),
            Does::Builds("`setup.ml` has a `build` of its own".into())
        );
        assert_eq!(of("(* setup_t with build = mine *)"), Does::Nothing);
        let code =
            "let () = BaseEnv.var_define\n  ~short_desc:(fun () -> \"how fast\") \"speed\" f";
        assert_eq!(of(code), Does::Builds("`setup.ml` has variables of its own".into()));
        assert_eq!(variables_of_setup(&format!("{OASIS}{code}")), ["speed"]);
    }

    #[test]
    fn code_of_a_plugin_that_makes_files_is_a_reason() {
        let mlify = Generate {
            from: "mlify".into(),
            to: vec!["ml".into()],
            tool: Tool::External("ocamlify".into()),
            arguments: Vec::new(),
            reads: Default::default(),
            only: Vec::new(),
            below: String::new(),
        };
        let of = |code: &str| of_plugin(&format!("{OASIS}{code}"), std::slice::from_ref(&mlify));
        assert_eq!(of("Ocamlbuild_plugin.dispatch dispatch_default;;"), Does::Nothing);
        let known = "rule \"x\" ~prod:\"%.ml\" ~deps:[\"%.mlify\"; \"%.mlify.depends\"]\n f";
        assert_eq!(of(known), Does::Nothing);
        assert_eq!(
            of(&format!("{known}\nrule \"b\" ~dep:\"%.bar\" ~prod:\"%.ml\" g")),
            Does::Builds("`myocamlbuild.ml` has a rule for `%.ml`".into())
        );
        assert_eq!(
            of("rule \"v\" ~prod:\"src/version.ml\" f"),
            Does::Builds("`myocamlbuild.ml` has a rule for `src/version.ml`".into())
        );
        assert_eq!(
            of("let () =\n  flag [\"c\"] (A \"-cc\")"),
            Does::Perhaps("flag [\"c\"] (A \"-cc\")".into())
        );
        assert_eq!(of("(* rule *) let rules = 1"), Does::Nothing);
        // Without OASIS's part all of it is the author's.
        let all = of_plugin("rule \"v\" ~prod:\"a.ml\" f", &[]);
        assert_eq!(all, Does::Builds("`myocamlbuild.ml` has a rule for `a.ml`".into()));
    }
}
