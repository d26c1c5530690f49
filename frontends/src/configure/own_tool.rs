//! Whether a package of OASIS's is built by mbuild or by its own `setup.ml` and `ocamlbuild`: their authors'
//! code may make files that no manifest tells of.

mod plugin;
mod variables;

pub(super) use plugin::of_plugin;
pub(super) use variables::{Script, scripts};

use super::setup_ml;
use crate::choices::Choices;
use crate::oasis::{OCAMLBUILD, STAGE_SETUP, UNSTAGE_SETUP};
use crate::package::{Code, DocumentKind, OwnBuild, Package, Section, Tool};

/// What ocamlbuild runs as a part of itself.
pub(super) const PLUGIN: &str = "myocamlbuild.ml";

/// The choice of mbuild's own way of building.
const OURS: &str = "--frontend oasis";

/// What hand-written code does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// Nothing that mbuild would not do.
    Nothing,
    /// It changes how documents are made: the first line that does.
    Documents(String),
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

/// The places where a word stands in the code.
fn places_of(code: &str, word: &str) -> Vec<usize> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '\'';
    let starts = code.match_indices(word).filter(|(at, _)| {
        let before = code[..*at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(|c| part(c) || c == '~') && !after.is_some_and(part)
    });
    starts.map(|(at, _)| at).collect()
}

/// The code from each place on where the word stands, up to the next one.
fn words_from<'a>(code: &'a str, word: &str) -> Vec<&'a str> {
    let starts = places_of(code, word);
    let ends = starts.iter().skip(1).copied().chain([code.len()]);
    starts.iter().zip(ends).map(|(start, end)| &code[*start..end]).collect()
}

/// Lets `setup.ml` build the package, with the choices of the user; where it is not there, or what goes with it is not
/// whole, `oasis` makes it.
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
    // It installs those documents that are there, and goes on without those that cannot be made.
    let documents = package
        .sections
        .iter()
        .any(|section| matches!(section, Section::Document(document) if document.is_installed()));
    if documents {
        own.install
            .push(format!("ocaml {} -doc || echo 'documents are left out' >&2", setup_ml::FILE));
    }
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
            document.install = false;
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
}
