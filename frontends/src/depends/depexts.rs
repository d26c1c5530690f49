//! Packages of the system that a package's `opam` file asks for (`depexts`), in the syntax of opam 1.2
//! and 2; of everything else in the file only the strings and brackets are looked at.

use std::collections::BTreeMap;
use std::path::Path;

use mbuild_rules::{Diagnostic, reason};

use crate::ocaml::sources::names;
use crate::version::Constraint;

/// How deep lists and parentheses go in a file that makes sense.
const DEEPEST: usize = 16;

/// What filters may ask of the machine (`os`, `os-distribution`, `os-family`, `os-version`, `arch`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine(BTreeMap<&'static str, String>);

impl Machine {
    /// The machine we run on.
    pub fn detect() -> Self {
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        Self::of(std::env::consts::OS, std::env::consts::ARCH, &release)
    }

    /// From the names that Rust has for system and processor, and the text of `os-release`.
    fn of(os: &str, arch: &str, release: &str) -> Self {
        let said = |name: &str| {
            let line = release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.map(|value| value.trim_matches('"').to_owned()).filter(|value| !value.is_empty())
        };
        // On macOS opam takes the package manager for the distribution.
        let brew = (os == "macos").then(|| "homebrew".to_owned());
        let distribution = brew.or_else(|| said("ID")).unwrap_or_else(|| os.to_owned());
        let like = said("ID_LIKE").and_then(|like| like.split(' ').next().map(str::to_owned));
        let arch = if arch == "aarch64" { "arm64" } else { arch };
        Self(BTreeMap::from([
            ("os", os.to_owned()),
            ("arch", arch.to_owned()),
            ("os-family", like.unwrap_or_else(|| distribution.clone())),
            ("os-distribution", distribution),
            ("os-version", said("VERSION_ID").unwrap_or_default()),
        ]))
    }
}

/// The packages of the system that the opam files in `root` ask for on this machine, with the file.
pub fn read(root: &Path, machine: &Machine) -> Result<Vec<(String, String)>, Diagnostic> {
    let mut found: Vec<(String, String)> = Vec::new();
    for name in names(root) {
        if name != "opam" && !name.ends_with(".opam") {
            continue;
        }
        let own = root.join(&name).is_dir();
        let name = if own { format!("{name}/opam") } else { name };
        let content = match std::fs::read(root.join(&name)) {
            Ok(content) => content,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                let message = format!("cannot be read: {}", reason(&error));
                return Err(Diagnostic::about(name.as_bytes(), message));
            }
        };
        let text = String::from_utf8_lossy(&content);
        let packages = packages(&text, machine).map_err(|(at, message)| {
            Diagnostic::at(name.as_bytes(), text.as_bytes(), at, message)
        })?;
        for package in packages {
            if !found.iter().any(|(known, _)| *known == package) {
                found.push((package, name.clone()));
            }
        }
    }
    Ok(found)
}

/// What is wrong, and at which byte.
type Wrong = (usize, String);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Text(String),
    Word(String),
    Symbol(&'static str),
}

const SYMBOLS: [&str; 15] =
    ["!=", "<=", ">=", "=", "<", ">", "!", "&", "|", "[", "]", "{", "}", "(", ")"];

/// The packages that `depexts` names on this machine.
fn packages(text: &str, machine: &Machine) -> Result<Vec<String>, Wrong> {
    let tokens = lex(text)?;
    let Some(start) = tokens.iter().position(|(_, token)| *token == Token::Word("depexts:".into()))
    else {
        return Ok(Vec::new());
    };
    let mut reader = Reader { tokens: &tokens[start + 1..], end: text.len(), machine };
    reader.symbol("[")?;
    let mut packages = Vec::new();
    while !reader.takes("]") {
        let mut texts = Vec::new();
        let old = reader.entry(&mut texts, 0)?;
        let wanted = if reader.takes("{") {
            let wanted = reader.either(0)?;
            reader.symbol("}")?;
            wanted
        } else {
            old
        };
        if wanted {
            packages.extend(texts);
        }
    }
    Ok(packages)
}

struct Reader<'a> {
    tokens: &'a [(usize, Token)],
    end: usize,
    machine: &'a Machine,
}

impl Reader<'_> {
    fn at(&self) -> usize {
        self.tokens.first().map_or(self.end, |(at, _)| *at)
    }

    fn takes(&mut self, symbol: &str) -> bool {
        let takes = matches!(self.tokens.first(), Some((_, Token::Symbol(its))) if *its == symbol);
        if takes {
            self.tokens = &self.tokens[1..];
        }
        takes
    }

    fn symbol(&mut self, symbol: &str) -> Result<(), Wrong> {
        if self.takes(symbol) { Ok(()) } else { Err((self.at(), format!("expected `{symbol}`"))) }
    }

    fn text(&mut self) -> Option<String> {
        let Some((_, Token::Text(text))) = self.tokens.first() else { return None };
        self.tokens = &self.tokens[1..];
        Some(text.clone())
    }

    /// A package, a list of such, or opam 1.2's two lists: what the machine must be called, and packages.
    /// Gives back whether the machine is called so.
    fn entry(&mut self, texts: &mut Vec<String>, depth: usize) -> Result<bool, Wrong> {
        if depth > DEEPEST {
            return Err((self.at(), "this is too deep".to_owned()));
        }
        if let Some(text) = self.text() {
            texts.push(text);
            return Ok(true);
        }
        self.symbol("[")?;
        let mut lists: Vec<Vec<String>> = Vec::new();
        while !self.takes("]") {
            match self.text() {
                Some(text) => texts.push(text),
                None => {
                    let mut list = Vec::new();
                    self.entry(&mut list, depth + 1)?;
                    lists.push(list);
                }
            }
        }
        let mut lists = lists.into_iter();
        let Some(called) = lists.next() else { return Ok(true) };
        texts.extend(lists.flatten());
        let names = &self.machine.0;
        Ok(called.iter().all(|name| names.values().any(|value| value == name)))
    }

    fn either(&mut self, depth: usize) -> Result<bool, Wrong> {
        let mut holds = self.both(depth)?;
        while self.takes("|") {
            holds |= self.both(depth)?;
        }
        Ok(holds)
    }

    fn both(&mut self, depth: usize) -> Result<bool, Wrong> {
        let mut holds = self.one(depth)?;
        while self.takes("&") {
            holds &= self.one(depth)?;
        }
        Ok(holds)
    }

    fn one(&mut self, depth: usize) -> Result<bool, Wrong> {
        if depth > DEEPEST {
            return Err((self.at(), "this is too deep".to_owned()));
        }
        if self.takes("!") {
            return Ok(!self.one(depth + 1)?);
        }
        if self.takes("(") {
            let holds = self.either(depth + 1)?;
            self.symbol(")")?;
            return Ok(holds);
        }
        let Some((_, Token::Word(word))) = self.tokens.first() else {
            return Err((self.at(), "expected a variable such as `os-distribution`".to_owned()));
        };
        // What we know nothing of, such as whether a package of opam is installed, does not hold.
        let value = self.machine.0.get(word.as_str()).cloned();
        let alone = word == "true";
        self.tokens = &self.tokens[1..];
        let operators = ["!=", "<=", ">=", "=", "<", ">"];
        let Some(operator) = operators.into_iter().find(|operator| self.takes(operator)) else {
            return Ok(alone);
        };
        let at = self.at();
        let wanted = self.text().ok_or((at, "expected a text".to_owned()))?;
        let Some(value) = value else { return Ok(false) };
        Ok(match operator {
            "=" => value == wanted,
            "!=" => value != wanted,
            _ => Constraint::parse(&format!("{operator} {wanted}"))
                .is_ok_and(|constraint| constraint.holds(&value)),
        })
    }
}

/// The file as texts, words (a field has its colon) and symbols.
fn lex(text: &str) -> Result<Vec<(usize, Token)>, Wrong> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let at = text.len() - rest.len();
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        if first == '#' {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if let Some(comment) = rest.strip_prefix("(*") {
            let end = comment.find("*)").ok_or((at, "this comment is not closed".to_owned()))?;
            rest = &comment[end + 2..];
        } else if let Some(long) = rest.strip_prefix("\"\"\"") {
            let end = long.find("\"\"\"").ok_or((at, "this text is not closed".to_owned()))?;
            tokens.push((at, Token::Text(long[..end].to_owned())));
            rest = &long[end + 3..];
        } else if first == '"' {
            let (content, after) =
                string(&rest[1..]).ok_or((at, "this text is not closed".to_owned()))?;
            tokens.push((at, Token::Text(content)));
            rest = after;
        } else if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            tokens.push((at, Token::Symbol(symbol)));
            rest = &rest[symbol.len()..];
        } else {
            let part = |c: char| c.is_alphanumeric() || "-_+:%?.~,".contains(c);
            let end = rest.find(|c| !part(c)).unwrap_or(rest.len()).max(first.len_utf8());
            tokens.push((at, Token::Word(rest[..end].to_owned())));
            rest = &rest[end..];
        }
    }
}

/// A text up to its closing quote, and what comes after that.
fn string(rest: &str) -> Option<(String, &str)> {
    let mut content = String::new();
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((content, &rest[at + 1..])),
            '\\' => content.push(chars.next()?.1),
            c => content.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEBIAN: &str = "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\nVERSION_ID=\"12\"\n";
    const UBUNTU: &str = "ID=ubuntu\nID_LIKE=\"debian\"\nVERSION_ID=\"24.04\"\n";

    const NEW: &str = r#"opam-version: "2.0"
synopsis: "depexts: [ is not here ]" # depexts: [ nor here
depends: [ "ocaml" {>= "4.02"} ]
depexts: [
  ["libgmp-dev" "zlib1g-dev"] {os-family = "debian"}
  ["gmp"] {os-distribution = "homebrew" & os = "macos"}
  "perl" {os = "linux" & !(arch = "s390x" | os-version < "10")}
  ["never"] {os-distribution = "debian" & conf-gmp:installed}
  ["new-debian"] {os-distribution = "debian" & os-version >= "12"}
]
build: [make]
"#;

    fn on(text: &str, os: &str, release: &str) -> Result<Vec<String>, Wrong> {
        packages(text, &Machine::of(os, "x86_64", release))
    }

    #[test]
    fn each_system_gets_its_own() {
        assert_eq!(
            on(NEW, "linux", DEBIAN).unwrap(),
            ["libgmp-dev", "zlib1g-dev", "perl", "new-debian"]
        );
        assert_eq!(on(NEW, "linux", UBUNTU).unwrap(), ["libgmp-dev", "zlib1g-dev", "perl"]);
        assert_eq!(on(NEW, "macos", "").unwrap(), ["gmp"]);
        assert_eq!(on("opam-version: \"2.0\"\n", "linux", DEBIAN).unwrap(), [""; 0]);
    }

    #[test]
    fn files_of_opam_1_are_read_too() {
        let old =
            "depexts: [ [[\"debian\"] [\"libev-dev\"]] [[\"homebrew\" \"macos\"] [\"libev\"]] ]";
        assert_eq!(on(old, "linux", DEBIAN).unwrap(), ["libev-dev"]);
        assert_eq!(on(old, "macos", "").unwrap(), ["libev"]);
    }

    #[test]
    fn mistakes_have_a_place() {
        let wrong = |text: &str| on(text, "linux", DEBIAN).unwrap_err();
        assert_eq!(wrong("depexts: \"x\""), (9, "expected `[`".to_owned()));
        assert_eq!(wrong("depexts: [\"x\" {os = }]"), (20, "expected a text".to_owned()));
        assert_eq!(wrong("depexts: [[\"x\""), (14, "expected `[`".to_owned()));
        assert_eq!(wrong("x: \"y"), (3, "this text is not closed".to_owned()));
        assert!(wrong(&format!("depexts: {}", "[".repeat(100))).1.contains("too deep"));
        let deep = format!("depexts: [\"x\" {{{}", "!".repeat(100));
        assert!(wrong(&deep).1.contains("too deep"));
    }
}
