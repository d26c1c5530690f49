//! What the author's code in `myocamlbuild.ml` does besides what OASIS put there: ocamlbuild runs it as a part of
//! itself, and mbuild only looks for the calls that can change what is built.

use super::{Does, PLUGIN, mentions, places_of, words_from};
use crate::configure::setup_ml;
use crate::package::Generate;

/// The options of ocamlbuild that are about nothing but ocamlbuild itself.
const ITS_OWN: [&str; 6] =
    ["make_links", "use_ocamlfind", "hygiene", "sanitize", "classic_display", "catch_errors"];

/// What the author's code in `myocamlbuild.ml` does; `generate` is how mbuild makes OCaml of other sources.
pub(in crate::configure) fn of_plugin(content: &str, generate: &[Generate]) -> Does {
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
    match of_calls(code) {
        Does::Builds(line) => builds(&format!("`{line}`")),
        other => other,
    }
}

/// What the calls do that hang flags and files on tags: the first line that says more than how documents look,
/// else the first one that says that.
fn of_calls(code: &str) -> Does {
    // Tags of nothing but a folder of documents.
    let (documents, others): (Vec<usize>, Vec<usize>) =
        places_of(code, "tag_file").into_iter().partition(|at| {
            let file = code[*at..].split('"').nth(1);
            file.is_some_and(|file| file.contains(".docdir/"))
        });
    let tags: Vec<&str> = documents.iter().flat_map(|at| listed(&code[*at..])).collect();
    let mut found: Vec<(usize, bool)> = others.into_iter().map(|at| (at, false)).collect();
    for word in ["flag", "pflag", "flag_and_dep", "dep", "pdep"] {
        for at in places_of(code, word) {
            let rest = code[at + word.len()..].trim_start();
            if rest.starts_with('[') {
                let about = listed(rest).any(|tag| tag == "doc" || tags.contains(&tag));
                found.push((at, about));
            } else if is_argument(rest) {
                found.push((at, false));
            }
        }
    }
    found.extend(places_of(code, "ocaml_lib").into_iter().map(|at| (at, false)));
    let options = places_of(code, "Options").into_iter().filter(|at| {
        let rest = code[at + "Options".len()..].strip_prefix('.');
        !rest.is_some_and(|rest| ITS_OWN.iter().any(|name| rest.starts_with(name)))
    });
    found.extend(options.map(|at| (at, false)));
    let first = |documents: bool| {
        let at = found.iter().filter(|call| call.1 == documents).map(|call| call.0).min()?;
        let start = code[..at].rfind('\n').map_or(0, |end| end + 1);
        code[start..].lines().next().map(|line| line.trim().to_owned())
    };
    match (first(false), first(true)) {
        (Some(line), _) => Does::Builds(line),
        (None, Some(line)) => Does::Documents(line),
        (None, None) => Does::Nothing,
    }
}

/// Whether what follows a name is an argument, which makes it a call.
fn is_argument(rest: &str) -> bool {
    let word: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    rest.starts_with(['(', '@'])
        || !word.is_empty()
            && !["in", "with", "then", "else", "and", "when"].contains(&word.as_str())
}

/// The strings of the list that stands next.
fn listed(code: &str) -> impl Iterator<Item = &str> {
    let inside = code.split_once('[').map_or("", |(_, inside)| inside);
    inside.split(']').next().unwrap_or_default().split('"').skip(1).step_by(2)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Tool;

    const OASIS: &str = "(* OASIS_START *)\nlet package_default = 1;;\n(* OASIS_STOP *)\n";

    #[test]
    fn code_of_a_plugin_that_makes_files_is_a_reason() {
        let mlify = Generate {
            from: "mlify".into(),
            to: vec!["ml".into()],
            tool: Tool::External("ocamlify".into()),
            arguments: Vec::new(),
            reads: Default::default(),
            only: Vec::new(),
            inputs: Vec::new(),
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
            Does::Builds("`myocamlbuild.ml` has `flag [\"c\"] (A \"-cc\")`".into())
        );
        assert_eq!(of("(* rule *) let rules = 1"), Does::Nothing);
        // Without OASIS's part all of it is the author's.
        let all = of_plugin("rule \"v\" ~prod:\"a.ml\" f", &[]);
        assert_eq!(all, Does::Builds("`myocamlbuild.ml` has a rule for `a.ml`".into()));
    }

    #[test]
    fn only_what_changes_documents_is_left_to_mbuild() {
        let of = |code: &str| of_plugin(&format!("{OASIS}{code}"), &[]);
        let documents =
            "dep [\"doc\"; \"ocaml\"] [\"intro\"];\n  flag [\"doc\"] & S[A\"-t\"; A\"x\"]";
        assert_eq!(of(documents), Does::Documents("dep [\"doc\"; \"ocaml\"] [\"intro\"];".into()));
        let tagged =
            "tag_file \"api.docdir/index.html\" [\"api\"];\nflag [\"api\"] & A\"-short-functors\"";
        assert_eq!(of(tagged), Does::Documents("flag [\"api\"] & A\"-short-functors\"".into()));
        let builds = |line: &str| Does::Builds(format!("`myocamlbuild.ml` has `{line}`"));
        assert_eq!(
            of(&format!("{documents};\nflag tags (A \"-g\")")),
            builds("flag tags (A \"-g\")")
        );
        assert_eq!(of("tag_file \"a.ml\" [\"x\"]"), builds("tag_file \"a.ml\" [\"x\"]"));
        assert_eq!(of("Options.ocamlc := A \"x\""), builds("Options.ocamlc := A \"x\""));
        assert_eq!(of("Options.make_links := false"), Does::Nothing);
        assert_eq!(of("let cnv flag = [A flag] in mark_tag_used \"tests\""), Does::Nothing);
    }
}
