//! Options from the manifest, for the shell of the rule file and for the one that compilers start.
//!
//! OASIS lets an option have a command in backticks, whose output it stands for; that is the only
//! way for one to run something. The OCaml compilers hand what follows `-ccopt` and `-cclib` to a
//! shell of their own, so what could run something there is made text as well.

use super::rules::{escape, shell};

/// Options, each as the shell and the rule file want it.
pub(super) fn quote_options<S: AsRef<str>>(options: &[S]) -> String {
    let mut for_c = false;
    let mut out = Vec::new();
    for option in whole(options) {
        out.push(if for_c { quote_c_option(&option) } else { one(&option) });
        for_c = is_for_c(&option);
    }
    out.join(" ")
}

/// The value of `-ccopt` or `-cclib`; what it runs is run by the compiler's shell, so that all of the
/// output belongs to the option.
fn quote_c_option(value: &str) -> String {
    escape(&shell(&if runs(value) { value.to_owned() } else { harmless(value) }))
}

/// The same option for each of several values.
pub(super) fn quote_each<S: AsRef<str>>(option: &str, values: &[S]) -> String {
    let pairs = values.iter().flat_map(|value| [option, value.as_ref()]);
    quote_options(&pairs.collect::<Vec<_>>())
}

/// Options for `ocamlmklib`, which hands on all of them.
pub(super) fn quote_for_mklib(options: &[&str]) -> String {
    let options = whole(options).into_iter();
    let handed = |option: String| if runs(&option) { option } else { harmless(&option) };
    options.map(|option| one(&handed(option))).collect::<Vec<_>>().join(" ")
}

/// Puts together again what is between backticks: in the manifest blanks part options there, too.
fn whole<S: AsRef<str>>(options: &[S]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut open: Option<Vec<&str>> = None;
    for option in options.iter().map(AsRef::as_ref) {
        let ticks = option.matches('`').count();
        match &mut open {
            Some(parts) => {
                // Each part of the command has become a value of its own.
                if !is_for_c(option) {
                    parts.push(option);
                }
                if ticks % 2 == 1 {
                    out.push(parts.join(" "));
                    open = None;
                }
            }
            None if ticks % 2 == 1 => open = Some(vec![option]),
            None => out.push(option.to_owned()),
        }
    }
    out.extend(open.into_iter().flatten().map(str::to_owned));
    out
}

fn is_for_c(option: &str) -> bool {
    matches!(option, "-ccopt" | "-cclib")
}

fn one(option: &str) -> String {
    escape(&if runs(option) { option.to_owned() } else { shell(option) })
}

/// The author asks the shell to run a command.
fn runs(option: &str) -> bool {
    option.matches('`').count() > 1
}

/// Text for a shell in which blanks and quotes part words, and nothing runs a command.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quoted = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quoted, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quoted = None,
            (_, '\\') if quoted != Some('\'') => {
                out.push(c);
                // At the end of the text it would escape what follows it.
                out.push(chars.next().unwrap_or('\\'));
                continue;
            }
            (None | Some('"'), '$' | '`') | (None, ';' | '&' | '|' | '<' | '>' | '(' | ')') => {
                out.push('\\');
            }
            (None, '\'' | '"') => quoted = Some(c),
            (None, '\n') => {
                out.push(' ');
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    // An open quote would go on in what follows.
    out.extend(quoted);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_backticks_run_commands() {
        assert_eq!(quote_options(&["-I", "`where x`", "a b"]), "-I `where x` 'a b'");
        assert_eq!(quote_options(&["-w", "$(x)", ";y", "`"]), "-w '$$(x)' ';y' '`'");
    }

    #[test]
    fn what_goes_on_to_another_shell_is_text_there_too() {
        let c = |value: &str| harmless(value);
        assert_eq!(c("-L/x -lm"), "-L/x -lm");
        assert_eq!(c("-DX='a b'"), "-DX='a b'");
        assert_eq!(c("x; y && z | $(a) > b"), r"x\; y \&\& z \| \$\(a\) \> b");
        assert_eq!(c(r"-Wl,-rpath,\$ORIGIN"), r"-Wl,-rpath,\$ORIGIN");
        assert_eq!(c(r#""$(a)" '$b;' "#), r#""\$(a)" '$b;' "#);
        assert_eq!(c("a\nb"), "a b");
        assert_eq!((c("'a").as_str(), c("a\\").as_str()), ("'a'", r"a\\"));
        assert_eq!(quote_options(&["-ccopt", "-la;b", "c;d"]), r"-ccopt '-la\;b' 'c;d'");
        assert_eq!(quote_each("-cclib", &["`a", "b`", ";"]), r"-cclib '`a b`' -cclib '\;'");
        assert_eq!(quote_for_mklib(&["`a", "b`", "-lz;c", "`"]), r"`a b` '-lz\;c' '\`'");
        assert_eq!(quote_c_option("`pkg-config --libs x`"), "'`pkg-config --libs x`'");
    }
}
