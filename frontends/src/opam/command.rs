//! Commands of `build`, `install` and the like, as the shell gets them.

use super::Wrong;
use bstr::ByteSlice as _;

use super::filter::{self, filter};
use super::reference::Reference;
use super::tree::{Kind, Value};
use super::variables::{Content, Variables};
use crate::package::of_elsewhere;

/// What stands before and after a text that is for the shell to expand: a folder that is known only where the
/// command runs, as the model writes it.
const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';

/// The folders of the model that variables of opam stand for.
pub(super) const FOLDERS: [(&str, &str); 11] = [
    ("prefix", "${prefix}"),
    ("libdir", "${libdir}"),
    ("bindir", "${bindir}"),
    ("sbindir", "${sbindir}"),
    ("datarootdir", "${datarootdir}"),
    ("sysconfdir", "${sysconfdir}"),
    ("mandir", "${mandir}"),
    ("docroot", "${datarootdir}/doc"),
    ("toplevel", "${libdir}/toplevel"),
    ("stublibs", "${libdir}/stublibs"),
    ("libexec", "${libdir}"),
];

/// How many commands may run at once, which is no reason for another result.
pub(super) const JOBS: &str = "$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)";

/// A text that the shell expands.
pub(super) fn late(text: &str) -> String {
    format!("{OPEN}{text}{CLOSE}")
}

fn is_late(text: &str) -> bool {
    text == JOBS || FOLDERS.iter().any(|(_, folder)| *folder == text) || is_elsewhere(text)
}

/// Whether a text is a folder of another package of the tree: where it is already, and not where it will be.
fn is_elsewhere(text: &str) -> bool {
    let name = text.strip_prefix("${").and_then(|text| text.strip_suffix('}'));
    name.is_some_and(|name| of_elsewhere(name).is_some())
}

/// The commands that run where these variables hold, each as its words.
pub(super) fn commands(
    field: &Value,
    variables: &dyn Variables,
) -> Result<Vec<Vec<String>>, Vec<Wrong>> {
    // One command needs no list around it.
    let (values, are_lists) = match &field.kind {
        Kind::List(values) => match values.first().map(|value| &value.bare().kind) {
            Some(Kind::List(_)) => (values.as_slice(), true),
            None => return Ok(Vec::new()),
            Some(_) => (std::slice::from_ref(field), false),
        },
        _ => (std::slice::from_ref(field), false),
    };
    let all = filter::each(values, |value| {
        if are_lists && !matches!(value.bare().kind, Kind::List(_)) {
            let wrong = Wrong::new(value.span.start, "expected a command, as before it");
            let help = "among several commands each is a list: `[make \"all\"]`";
            return Err(vec![wrong.help(help)]);
        }
        command(value, variables)
    })?;
    Ok(all.into_iter().flatten().filter(|words| !words.is_empty()).collect())
}

/// What is said of commands that are one text with blanks in it, the name of a program for opam.
pub(super) fn one_word(field: &Value) -> Vec<Wrong> {
    let values = field.listed();
    let is_command = |value: &Value| matches!(value.bare().kind, Kind::List(_));
    let commands = if values.iter().any(is_command) { values } else { std::slice::from_ref(field) };
    let program = |value: &Value| {
        let word = match &value.bare().kind {
            Kind::List(words) => words.first()?,
            _ => value,
        };
        let Kind::Text(text) = &word.bare().kind else { return None };
        let words: Vec<&str> = text.to_str().ok()?.split(' ').collect();
        let is_path =
            words.first().is_some_and(|first| first.contains('/') || first.contains("%{"));
        if words.len() < 2 || is_path {
            return None;
        }
        let wrong = Wrong::new(word.span.start, format!("a program is called `{text}` here"));
        Some(wrong.help(format!("each argument is a text: `[\"{}\"]`", words.join("\" \""))))
    };
    commands.iter().filter_map(program).collect()
}

fn command(value: &Value, variables: &dyn Variables) -> Result<Option<Vec<String>>, Vec<Wrong>> {
    match &value.kind {
        Kind::Option(inner, condition) => {
            let holds = filter(condition, &value.span).map(|filter| filter.holds(variables));
            // What does not run has to make sense as well.
            let (holds, words) = both(holds, command(inner, variables))?;
            Ok(words.filter(|_| holds))
        }
        Kind::List(values) => {
            if let Some(Value { kind: Kind::Text(program), span }) = values.first()
                && program.is_empty()
            {
                let wrong = Wrong::new(span.start, "this command has no program");
                return Err(vec![wrong.help("the first text of a command is the program")]);
            }
            let words = filter::each(values, |value| argument(value, variables))?;
            Ok(Some(words.into_iter().flatten().collect()))
        }
        _ => argument(value, variables).map(Some),
    }
}

fn argument(value: &Value, variables: &dyn Variables) -> Result<Vec<String>, Vec<Wrong>> {
    match &value.kind {
        Kind::Option(inner, condition) => {
            let holds = filter(condition, &value.span).map(|filter| filter.holds(variables));
            let (holds, words) = both(holds, argument(inner, variables))?;
            Ok(if holds { words } else { Vec::new() })
        }
        Kind::Text(text) => Ok(vec![super::expand(&text.to_str_lossy(), variables)]),
        Kind::Ident(name) => Ok(match variables.resolve(&Reference::parse(name)) {
            Some(Content::List(all)) => all,
            Some(other) => vec![other.text()],
            None => vec![String::new()],
        }),
        _ => Err(vec![
            Wrong::new(value.span.start, "expected an argument of a command")
                .help("an argument is a text in quotes or a variable, with a condition in braces"),
        ]),
    }
}

/// Both, or what is wrong with either.
fn both<A, B>(a: Result<A, Vec<Wrong>>, b: Result<B, Vec<Wrong>>) -> Result<(A, B), Vec<Wrong>> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(a), Err(b)) => Err([b, a].concat()),
        (Err(wrong), Ok(_)) | (Ok(_), Err(wrong)) => Err(wrong),
    }
}

/// A command for the shell.
pub(super) fn build(words: &[String]) -> String {
    joined(words, "")
}

/// Words of the shell, with blanks between them.
fn joined(words: &[String], before: &str) -> String {
    let length: usize = words.iter().map(|word| word.len() + 1).sum();
    let mut result = String::with_capacity(length);
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            result.push(' ');
        }
        if !word.is_empty() && is_plain(word) {
            result += word;
        } else {
            result += &quoted(word, before);
        }
    }
    result
}

/// A command for the shell that installs. One that names a folder is given the one below `DESTDIR`, and
/// is not told of that any more; any other has to heed `DESTDIR` itself.
pub(super) fn install(words: &[String]) -> String {
    let mut folders: Vec<&str> = words.iter().flat_map(|word| late_parts(word)).collect();
    folders.retain(|part| *part != JOBS && !is_elsewhere(part));
    folders.sort_unstable();
    folders.dedup();
    // dune only writes lists of what is to be installed, and files for them below `DESTDIR`, or, where that is
    // not set, in the tree, which is the place for them.
    if words.iter().any(|word| word == "--create-install-files") {
        return format!("unset DESTDIR; {}", build(words));
    }
    if folders.is_empty() {
        return build(words);
    }
    // Those of opam are always there.
    let folders: Vec<String> = folders.iter().map(|folder| format!("\"$stage{folder}\"")).collect();
    let folders = folders.join(" ");
    let words = joined(words, "$stage");
    format!("stage=$DESTDIR; unset DESTDIR; mkdir -p {folders} && {words}")
}

/// Whether a command installs: `make install`, `ocaml setup.ml -install`, `ocamlfind install x`.
pub(super) fn installs(words: &[String]) -> bool {
    let is_word = |word: &str| {
        let plain = word.trim_start_matches('-');
        let names = ["install", "reinstall", "libinstall"];
        names.contains(&plain) || plain == word && word.starts_with("install-")
    };
    words.iter().skip(1).any(|word| is_word(word))
}

/// The texts in a word that the shell expands.
fn late_parts(word: &str) -> impl Iterator<Item = &str> {
    word.split(OPEN)
        .skip(1)
        .filter_map(|part| part.split_once(CLOSE))
        .map(|(text, _)| text)
        .filter(|text| is_late(text))
}

/// A text with the folders in it as the model writes them.
pub(super) fn plain_variables(text: &str) -> String {
    text.split(OPEN).enumerate().fold(String::new(), |result, (index, part)| {
        match part.split_once(CLOSE) {
            Some((folder, rest)) if index > 0 && is_late(folder) => result + folder + rest,
            _ => result + part,
        }
    })
}

/// A word of the shell; folders have `before` before them.
pub(super) fn quoted(word: &str, before: &str) -> String {
    let mut result = String::new();
    for (index, part) in word.split(OPEN).enumerate() {
        let (text, rest) = match part.split_once(CLOSE) {
            Some((text, rest)) if index > 0 && is_late(text) => (Some(text), rest),
            _ => (None, part),
        };
        match text {
            Some(text) if text == JOBS || is_elsewhere(text) => result += &format!("\"{text}\""),
            Some(folder) => result += &format!("\"{before}{folder}\""),
            None if index > 0 => result.push_str(&plain(&OPEN.to_string())),
            None => {}
        }
        if !rest.is_empty() {
            result += &plain(rest);
        }
    }
    if result.is_empty() { "''".to_owned() } else { result }
}

/// Whether the shell takes a text as it is.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./=:+,@%".contains(&byte))
}

/// A text that the shell takes as it is, and in which the model finds no variable.
pub(crate) fn plain(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''").replace("${", "$''{"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opam::variables::tests::known;

    fn read(text: &str) -> Result<Vec<String>, String> {
        let content = format!("x: {text}");
        let file = crate::opam::parse(b"opam", content.as_bytes()).map_err(|e| e[0].to_string())?;
        let variables = known(&[
            ("make", Content::Text("make".into())),
            ("prefix", Content::Text(late("${prefix}"))),
            ("jobs", Content::Text(late(JOBS))),
            ("many", Content::List(vec!["a b".into(), "c".into()])),
            ("with-test", Content::Bool(false)),
            ("on", Content::Bool(true)),
        ]);
        let all = commands(file.fields("x").next().unwrap(), &variables);
        let all = all.map_err(|wrong| {
            let shown = wrong.iter().map(|wrong| format!("{}: {}", wrong.at, wrong.message));
            shown.collect::<Vec<_>>().join("\n")
        })?;
        Ok(all.iter().map(|words| install(words)).collect())
    }

    #[test]
    fn commands_and_arguments_have_conditions() {
        let text = r#"[
            ["./configure" "--prefix" prefix "--tests" {with-test} "--on" {on & !with-test}] {on}
            [make "test"] {with-test}
            [make many none "-j%{none}%"]
            ["x" {with-test}]
        ]"#;
        assert_eq!(
            read(text).unwrap(),
            [
                "stage=$DESTDIR; unset DESTDIR; mkdir -p \"$stage${prefix}\" && ./configure --prefix \"$stage${prefix}\" --on",
                "make 'a b' c '' -j"
            ]
        );
    }

    #[test]
    fn a_command_that_makes_lists_makes_them_in_the_tree() {
        assert_eq!(
            read(r#"["dune" "install" "-p" "x" "--create-install-files" "x"]"#).unwrap(),
            ["unset DESTDIR; dune install -p x --create-install-files x"]
        );
    }

    #[test]
    fn one_command_needs_no_list_around_it() {
        assert_eq!(read("[make \"all\"]").unwrap(), ["make all"]);
        assert_eq!(read("make").unwrap(), ["make"]);
        assert_eq!(read("[make {on} \"a\" {with-test}]").unwrap(), ["make"]);
        assert_eq!(read("[make \"all\"] {with-test}").unwrap(), [""; 0]);
        assert_eq!(read("[]").unwrap(), [""; 0]);
    }

    #[test]
    fn the_shell_finds_nothing_of_its_own_in_arguments() {
        assert_eq!(
            read(r#"["a;b" "$(c)" "`d`" "it's" "${prefix}" "e\nf" "\001${x}\002" "-j%{jobs}%"]"#)
                .unwrap(),
            [
                "'a;b' '$(c)' '`d`' 'it'\\''s' '$''{prefix}' 'e\nf' '\u{1}''$''{x}\u{2}' -j\"$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)\""
            ]
        );
    }

    #[test]
    fn commands_that_install_are_told() {
        let told = |text: &str| {
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            installs(&words)
        };
        for text in [
            "make install",
            "make PREFIX=/x install-bin",
            "ocaml setup.ml -install",
            "ocamlfind install p META",
        ] {
            assert!(told(text), "{text}");
        }
        for text in [
            "make",
            "install x",
            "dune build @install",
            "dune build p.install",
            "./configure --install-dir=/x",
            "make uninstall",
        ] {
            assert!(!told(text), "{text}");
        }
    }

    #[test]
    fn a_command_in_one_text_is_told() {
        let told = |text: &str| -> Vec<String> {
            let content = format!("x: {text}");
            let file = crate::opam::parse(b"opam", content.as_bytes()).unwrap();
            let wrong = one_word(file.fields("x").next().unwrap());
            wrong.into_iter().map(|it| format!("{}: {}", it.at, it.help.unwrap())).collect()
        };
        let all = "3: each argument is a text: `[\"make\" \"all\"]`";
        assert_eq!(told("\"make all\""), [all]);
        let places = told("[[\"make all\"] {x} [\"a\"] [\"b c\" {y} \"d\"]]");
        assert_eq!(places.len(), 2, "{places:?}");
        for right in ["make", "[make \"a b\"]", "[\"/a b/c\"]", "[[\"%{lib}%/a b\" \"c d\"]]", "[]"]
        {
            assert_eq!(told(right), [""; 0], "{right}");
        }
    }

    #[test]
    fn what_is_no_argument_has_a_place() {
        assert_eq!(read("[make [\"a\"]]").unwrap_err(), "9: expected an argument of a command");
        assert_eq!(read("[[make] {on} make]").unwrap_err(), "16: expected a command, as before it");
        assert_eq!(read("[[make a=b]]").unwrap_err(), "10: expected an argument of a command");
        assert_eq!(read("[[\"\" \"a\"]]").unwrap_err(), "5: this command has no program");
        assert_eq!(
            read("[[make 1 \"a\" {[b]} {c d}] make]").unwrap_err(),
            "10: expected an argument of a command\n17: this is no condition\n\
             25: expected one condition and found two\n29: expected a command, as before it"
        );
    }
}
