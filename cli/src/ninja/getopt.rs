//! The option syntax of `getopt_long`: flags and operands in any order, long names cut short.

use std::collections::VecDeque;

/// Which options there are.
pub(crate) struct Options {
    /// One letter each, with `:` after it when it takes a value.
    pub(crate) short: &'static str,
    /// Name, whether it takes a value, and the letter it stands for.
    pub(crate) long: &'static [(&'static str, bool, char)],
}

/// Reads words one option at a time.
pub(crate) struct Reader {
    program: String,
    options: &'static Options,
    words: VecDeque<Vec<u8>>,
    /// What is left of a word such as `-nv`.
    cluster: VecDeque<u8>,
    operands: Vec<Vec<u8>>,
}

/// An option and its value, empty when it takes none; or what is wrong with the word.
pub(crate) type Option_ = Result<(char, Vec<u8>), String>;

impl Reader {
    /// Starts with the word after the program's name, which messages begin with.
    pub(crate) fn new(program: &str, options: &'static Options, words: &[Vec<u8>]) -> Self {
        Self {
            program: program.to_owned(),
            options,
            words: words.to_vec().into(),
            cluster: VecDeque::new(),
            operands: Vec::new(),
        }
    }

    /// The next option; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<Option_> {
        loop {
            if let Some(letter) = self.cluster.pop_front() {
                return Some(self.short(letter as char));
            }
            let word = self.words.pop_front()?;
            if word == b"--" {
                self.operands.extend(self.words.drain(..));
            } else if let Some(long) = word.strip_prefix(b"--") {
                return Some(self.long(&String::from_utf8_lossy(long)));
            } else if word.len() > 1 && word[0] == b'-' {
                self.cluster = word[1..].iter().copied().collect();
            } else {
                self.operands.push(word);
            }
        }
    }

    /// The words that are no options; after the end.
    pub(crate) fn operands(self) -> Vec<Vec<u8>> {
        self.operands
    }

    /// All words after the last option, when reading stops early.
    pub(crate) fn rest(self) -> Vec<Vec<u8>> {
        self.words.into()
    }

    fn short(&mut self, letter: char) -> Option_ {
        let known = self.options.short.find(letter).filter(|_| letter != ':');
        let Some(at) = known else {
            return Err(format!("{}: invalid option -- '{letter}'", self.program));
        };
        if !self.options.short[at + 1..].starts_with(':') {
            return Ok((letter, Vec::new()));
        }
        if !self.cluster.is_empty() {
            return Ok((letter, self.cluster.drain(..).collect()));
        }
        match self.words.pop_front() {
            Some(value) => Ok((letter, value)),
            None => Err(format!("{}: option requires an argument -- '{letter}'", self.program)),
        }
    }

    fn long(&mut self, word: &str) -> Option_ {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let exact = self.options.long.iter().find(|option| option.0 == name);
        let near: Vec<_> =
            self.options.long.iter().filter(|option| option.0.starts_with(name)).collect();
        let option = match (exact, near.as_slice()) {
            (Some(option), _) => option,
            (None, [option]) => option,
            (None, []) => {
                return Err(format!("{}: unrecognized option '--{name}'", self.program));
            }
            (None, several) => {
                let names: Vec<_> =
                    several.iter().map(|option| format!("'--{}'", option.0)).collect();
                return Err(format!(
                    "{}: option '--{name}' is ambiguous; possibilities: {}",
                    self.program,
                    names.join(" ")
                ));
            }
        };
        let (name, takes_value, letter) = *option;
        match (takes_value, value) {
            (false, None) => Ok((letter, Vec::new())),
            (true, Some(value)) => Ok((letter, value.as_bytes().to_vec())),
            (false, Some(_)) => {
                Err(format!("{}: option '--{name}' doesn't allow an argument", self.program))
            }
            (true, None) => match self.words.pop_front() {
                Some(value) => Ok((letter, value)),
                None => Err(format!("{}: option '--{name}' requires an argument", self.program)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: Options = Options {
        short: "nC:t:",
        long: &[("version", false, 'V'), ("verbose", false, 'v'), ("delimiter", true, 'd')],
    };

    fn read(line: &str) -> (Vec<String>, Vec<String>) {
        let words: Vec<Vec<u8>> =
            line.split_whitespace().map(|word| word.as_bytes().to_vec()).collect();
        let mut reader = Reader::new("ninja", &OPTIONS, &words);
        let mut seen = Vec::new();
        while let Some(option) = reader.next() {
            seen.push(match option {
                Ok((letter, value)) => format!("{letter}{}", String::from_utf8_lossy(&value)),
                Err(error) => error,
            });
        }
        let operands = reader.operands();
        (seen, operands.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect())
    }

    #[test]
    fn options_and_operands_mix() {
        let (options, operands) = read("a -nC dir b -Cdir2 --verb -- -n");
        assert_eq!(options, ["n", "Cdir", "Cdir2", "v"]);
        assert_eq!(operands, ["a", "b", "-n"]);
    }

    #[test]
    fn long_options_take_values() {
        assert_eq!(read("--delimiter=x --del y").0, ["dx", "dy"]);
    }

    #[test]
    fn mistakes_are_named_as_the_library_does() {
        insta::assert_snapshot!(
            read("-z --foo --ver --verbose=3 --delimiter").0.join("\n"),
            @r"
        ninja: invalid option -- 'z'
        ninja: unrecognized option '--foo'
        ninja: option '--ver' is ambiguous; possibilities: '--version' '--verbose'
        ninja: option '--verbose' doesn't allow an argument
        ninja: option '--delimiter' requires an argument
        "
        );
        assert_eq!(read("-C").0, ["ninja: option requires an argument -- 'C'"]);
    }

    #[test]
    fn what_follows_a_stop_is_left_alone() {
        let words: Vec<Vec<u8>> = [&b"a"[..], b"-t", b"clean", b"-g"].map(<[u8]>::to_vec).to_vec();
        let mut reader = Reader::new("ninja", &OPTIONS, &words);
        assert_eq!(reader.next(), Some(Ok(('t', b"clean".to_vec()))));
        assert_eq!(reader.rest(), [b"-g".to_vec()]);
    }
}
