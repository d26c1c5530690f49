//! The words of a runner's command: its placeholders filled in, the program's arguments as one of them.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use mbuild_frontends::image::disk::percent;
use mbuild_frontends::target::{Arguments, Runner, Target};

use crate::failure::{Failure, Result};

/// What placeholders of a command stand for.
pub(crate) struct Words<'a> {
    pub(crate) memory: &'a str,
    pub(crate) program: &'a OsStr,
    pub(crate) line: &'a OsStr,
    pub(crate) kernel: &'a OsStr,
    pub(crate) devices: &'a [OsString],
    pub(crate) status: &'a [OsString],
}

impl Words<'_> {
    /// A command with its placeholders filled in.
    pub(crate) fn fill(&self, command: &[String]) -> Vec<OsString> {
        let values: [(&str, &OsStr); 4] = [
            ("memory", self.memory.as_ref()),
            ("program", self.program),
            ("line", self.line),
            ("kernel", self.kernel),
        ];
        let mut out = Vec::new();
        for word in command {
            match word.as_str() {
                "{devices}" => out.extend_from_slice(self.devices),
                "{status}" => out.extend_from_slice(self.status),
                word => out.push(filled(word, &values)),
            }
        }
        out
    }
}

/// A word with its placeholders filled in.
pub(crate) fn filled(word: &str, values: &[(&str, &OsStr)]) -> OsString {
    let mut out = OsString::new();
    let mut rest = word;
    'word: while !rest.is_empty() {
        for (name, value) in values {
            if let Some(after) = rest.strip_prefix(&format!("{{{name}}}")) {
                out.push(value);
                rest = after;
                continue 'word;
            }
        }
        let next = rest.char_indices().skip(1).find(|(_, c)| *c == '{');
        let (text, after) = rest.split_at(next.map_or(rest.len(), |(at, _)| at));
        out.push(text);
        rest = after;
    }
    out
}

/// The arguments of the program as one word: blanks in them, and what keeps those, with a backslash.
pub(crate) fn line(
    target: &Target,
    runner: &Runner,
    arguments: &[OsString],
    verbose: bool,
) -> Result<OsString> {
    let line = joined(runner, arguments, verbose);
    match runner.longest {
        Some(longest) if line.len() > longest => Err(Failure::usage(format!(
            "the arguments take {} bytes, and `{}` has room for {longest}",
            line.len(),
            target.name
        ))),
        _ => Ok(line),
    }
}

fn joined(runner: &Runner, arguments: &[OsString], verbose: bool) -> OsString {
    if runner.arguments == Arguments::Percent {
        return percent(arguments.iter().map(|word| word.as_bytes())).into();
    }
    let quiet = runner.quiet.iter().filter(|_| !verbose).map(|word| word.as_bytes().to_vec());
    let words = arguments.iter().map(|word| {
        let special = |byte: &u8| matches!(byte, b' ' | b'"' | b'\\');
        word.as_bytes().iter().fold(Vec::new(), |mut out, byte| {
            if special(byte) {
                out.push(b'\\');
            }
            out.push(*byte);
            out
        })
    });
    let words: Vec<Vec<u8>> = quiet.chain(words).collect();
    OsStr::from_bytes(&words.join(&b' ')).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_become_one_word_that_keeps_them_apart() {
        let runner = Runner {
            command: Vec::new(),
            quiet: Some("-q".into()),
            memory: 1,
            success: vec![0],
            carries_status: true,
            abi: Vec::new(),
            needs: Vec::new(),
            arguments: Arguments::Blanks,
            longest: None,
            status: Vec::new(),
            emulates: false,
        };
        let arguments = ["a b", "c\\\"d"].map(OsString::from);
        assert_eq!(joined(&runner, &arguments, false), r#"-q a\ b c\\\"d"#);
        assert_eq!(joined(&runner, &[], true), "");
        let runner = Runner { arguments: Arguments::Percent, ..runner };
        assert_eq!(joined(&runner, &arguments, false), "a%20b,c%5C%22d,");
    }

    #[test]
    fn placeholders_are_filled_wherever_they_stand() {
        let values: [(&str, &OsStr); 2] = [("name", "n".as_ref()), ("value", "{name}".as_ref())];
        assert_eq!(filled("--net:{name}={value}", &values), "--net:n={name}");
        assert_eq!(filled("{other}", &values), "{other}");
        assert_eq!(filled("", &values), "");
        assert_eq!(filled("é{name}{", &values), "én{");
    }
}
