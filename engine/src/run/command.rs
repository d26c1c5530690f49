//! Command lines: the split into words of those that need no shell.

/// The words of a command line that a shell would run as one program with these arguments; `None` when
/// only a shell knows what it means.
///
/// Taken as plain: letters, digits, `_@%+=:,./-`, bytes above 127, blanks between words, text in
/// quotes, and a backslash before another character. All else that means something to a shell (`$`,
/// `*`, `>`, `~`, a line break ...) needs one, and so do assignments, keywords and builtins in front.
pub fn words(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b' ' | b'\t' => words.extend(word.take()),
            b'\'' => quoted(&mut bytes, word.get_or_insert_default())?,
            b'"' => double_quoted(&mut bytes, word.get_or_insert_default())?,
            b'\\' => match bytes.next()? {
                b'\n' | 0 => return None,
                escaped => word.get_or_insert_default().push(escaped),
            },
            // In the first word it makes an assignment of it.
            b'=' if words.is_empty() => return None,
            _ if plain(byte) => word.get_or_insert_default().push(byte),
            _ => return None,
        }
    }
    words.extend(word);
    let program = words.first()?;
    if program.is_empty() || is_builtin(program) || is_keyword(program) {
        None
    } else {
        Some(words)
    }
}

fn quoted(bytes: &mut impl Iterator<Item = u8>, word: &mut Vec<u8>) -> Option<()> {
    loop {
        match bytes.next()? {
            b'\'' => return Some(()),
            0 => return None,
            byte => word.push(byte),
        }
    }
}

fn double_quoted(bytes: &mut impl Iterator<Item = u8>, word: &mut Vec<u8>) -> Option<()> {
    loop {
        match bytes.next()? {
            b'"' => return Some(()),
            b'$' | b'`' | 0 => return None,
            b'\\' => match bytes.next()? {
                b'\n' | 0 => return None,
                escaped @ (b'$' | b'`' | b'"' | b'\\') => word.push(escaped),
                other => word.extend([b'\\', other]),
            },
            byte => word.push(byte),
        }
    }
}

/// It stands for itself in an unquoted word.
fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || b"_@%+=:,./-".contains(&byte)
}

/// A command that the shell itself carries out, be there a program of this name or not.
pub(crate) fn is_builtin(word: &[u8]) -> bool {
    const BUILTINS: [&[u8]; 60] = [
        b".",
        b":",
        b"[",
        b"alias",
        b"bg",
        b"bind",
        b"break",
        b"builtin",
        b"caller",
        b"cd",
        b"command",
        b"compgen",
        b"complete",
        b"continue",
        b"declare",
        b"dirs",
        b"disown",
        b"echo",
        b"enable",
        b"eval",
        b"exec",
        b"exit",
        b"export",
        b"false",
        b"fc",
        b"fg",
        b"getopts",
        b"hash",
        b"help",
        b"history",
        b"jobs",
        b"kill",
        b"let",
        b"local",
        b"logout",
        b"popd",
        b"printf",
        b"pushd",
        b"pwd",
        b"read",
        b"readonly",
        b"return",
        b"set",
        b"shift",
        b"shopt",
        b"source",
        b"suspend",
        b"test",
        b"times",
        b"trap",
        b"true",
        b"type",
        b"typeset",
        b"ulimit",
        b"umask",
        b"unalias",
        b"unset",
        b"wait",
        b"mapfile",
        b"readarray",
    ];
    BUILTINS.contains(&word)
}

/// A word that begins, joins or ends parts of the shell's grammar.
pub(crate) fn is_keyword(word: &[u8]) -> bool {
    const KEYWORDS: [&[u8]; 20] = [
        b"!",
        b"case",
        b"coproc",
        b"do",
        b"done",
        b"elif",
        b"else",
        b"esac",
        b"fi",
        b"for",
        b"function",
        b"if",
        b"in",
        b"select",
        b"then",
        b"time",
        b"until",
        b"while",
        b"{",
        b"}",
    ];
    KEYWORDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn split(line: &str) -> Option<Vec<String>> {
        let words = words(line.as_bytes())?;
        Some(words.into_iter().map(|word| String::from_utf8(word).unwrap()).collect())
    }

    #[test]
    fn plain_commands_need_no_shell() {
        assert_eq!(
            split("cc -c  a.c\t-o a.o "),
            Some(vec!["cc", "-c", "a.c", "-o", "a.o"].map_into())
        );
        assert_eq!(split("cc -DX=1 -I../é"), Some(vec!["cc", "-DX=1", "-I../é"].map_into()));
        assert_eq!(split(r#"cc 'a b'"c d"\ e"#), Some(vec!["cc", "a bc d e"].map_into()));
        assert_eq!(split(r#"cc "" '' "\"\x""#), Some(vec!["cc", "", "", "\"\\x"].map_into()));
        assert_eq!(split(r"cc '$HOME' '*' \$x"), Some(vec!["cc", "$HOME", "*", "$x"].map_into()));
    }

    #[test]
    fn what_only_a_shell_understands_needs_one() {
        for line in [
            "",
            "  ",
            "cc > log",
            "a && b",
            "a | b",
            "a; b",
            "a &",
            "cc $x",
            "cc \"$x\"",
            "cc `x`",
            "cc *.c",
            "cc ?",
            "cc [a]",
            "cc ~/x",
            "X=1 cc",
            "cd x",
            "echo a",
            "if x",
            "(a)",
            "a #b",
            "a\nb",
            "a\\\nb",
            "cc 'open",
            "cc \"open",
            "cc \\",
            "'echo' a",
            "! a",
            "a {b,c}",
            "''",
            "cc \"a\\\nb\"",
            "a^b",
        ] {
            assert_eq!(split(line), None, "{line:?}");
        }
    }

    #[test]
    fn the_words_are_those_that_a_shell_finds() {
        for line in [
            r"env printf %s\\n a b",
            r#"env printf "%s\n" "a\"b" 'c"d' e\'f "g'h" \\ "\\" "\a""#,
            "env printf '%s\n' 'two\nlines' -- a=b %x +y @z",
            "env printf %s: é '' \"\" x",
        ] {
            let words = split(line).unwrap();
            let direct = Command::new(&words[0]).args(&words[1..]).output().unwrap();
            let shell = Command::new("/bin/sh").arg("-c").arg(line).output().unwrap();
            assert_eq!(direct, shell, "{line}");
        }
    }

    trait MapInto {
        fn map_into(self) -> Vec<String>;
    }

    impl MapInto for Vec<&str> {
        fn map_into(self) -> Vec<String> {
            self.into_iter().map(str::to_owned).collect()
        }
    }
}
