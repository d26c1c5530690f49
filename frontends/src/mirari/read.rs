//! From lines to what they say, with everything that is wrong.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::Ipv4Addr;

use bstr::ByteSlice;
use mbuild_rules::Diagnostic;

use super::conf::{Conf, Http, Ip, Main, MainKind, Static, Store, Word};
use super::lex::{Line, items, lines, stripped};
use super::values;
use crate::mistakes::Mistakes;
use crate::suggest;

/// The keys there are, those with a name of the user's own aside.
const KEYS: [&str; 12] = [
    "ip-use-dhcp",
    "ip-address",
    "ip-netmask",
    "ip-gateway",
    "http-port",
    "http-address",
    "main-http",
    "main-ip",
    "main-noip",
    "depends",
    "packages",
    "compiler",
];

/// What Mirari takes where a file sets up an interface and says nothing else.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const NETMASK: Ipv4Addr = Ipv4Addr::new(255, 255, 255, 0);
const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

/// A key that means something.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key<'a> {
    /// One of [`KEYS`].
    Known(&'static str),
    /// `fs-NAME`.
    Store(&'a str),
    /// `xl-NAME`.
    Guest(&'a str),
}

impl<'a> Key<'a> {
    /// What a key means. The first letter may be a capital where the key has two parts.
    pub(super) fn of(key: &'a [u8]) -> Option<Self> {
        let key = key.to_str().ok()?;
        let known = |key: &str| KEYS.into_iter().find(|known| *known == key).map(Self::Known);
        let Some((prefix, rest)) = key.split_once('-') else { return known(key) };
        let mut letters = prefix.chars();
        let small = letters.next().map(|first| first.to_ascii_lowercase());
        let prefix: String = small.into_iter().chain(letters).collect();
        match prefix.as_str() {
            "fs" => Some(Self::Store(rest)),
            "xl" => Some(Self::Guest(rest)),
            _ => known(&format!("{prefix}-{rest}")),
        }
    }

    /// Nothing but Mirari has such a key.
    pub(super) fn is_mirari_s(&self) -> bool {
        !matches!(self, Self::Known("depends" | "packages" | "compiler"))
    }

    /// May stand in several lines, which are one list.
    fn is_list(&self) -> bool {
        matches!(self, Self::Known("depends" | "packages"))
    }
}

struct Reader<'a> {
    path: &'a [u8],
    content: &'a [u8],
    errors: Mistakes,
    warnings: Vec<Diagnostic>,
    /// What each key of [`KEYS`] says, where that stands, and where the key.
    said: BTreeMap<&'static str, (&'a str, usize, usize)>,
    /// Where other keys stand.
    own: HashMap<Key<'a>, usize>,
    stores: Vec<Store>,
    guest: Vec<(String, String)>,
    depends: Vec<Word>,
    packages: Vec<Word>,
    /// The names in each of these two.
    named: [HashSet<&'a str>; 2],
    /// A main function is named, be it wrongly.
    names_main: bool,
}

pub(super) fn conf(path: &[u8], content: &[u8]) -> Result<Conf, Vec<Diagnostic>> {
    let mut reader = Reader {
        path,
        content,
        errors: Mistakes::default(),
        warnings: Vec::new(),
        said: BTreeMap::new(),
        own: HashMap::new(),
        stores: Vec::new(),
        guest: Vec::new(),
        depends: Vec::new(),
        packages: Vec::new(),
        named: Default::default(),
        names_main: false,
    };
    for line in lines(content) {
        reader.line(&line);
    }
    let main = reader.main();
    let ip = reader.ip(main.as_ref());
    let http = reader.http(main.as_ref());
    match main {
        Some(main) if reader.errors.is_empty() => Ok(Conf {
            main,
            ip,
            http,
            stores: reader.stores,
            depends: reader.depends,
            packages: reader.packages,
            guest: reader.guest,
            warnings: reader.warnings,
        }),
        _ => Err(reader.errors.end(path)),
    }
}

impl<'a> Reader<'a> {
    fn message(
        &self,
        at: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::at(self.path, self.content, at, message).with_help(help)
    }

    fn error(&mut self, at: usize, message: impl Into<String>, help: impl Into<String>) {
        let (path, content) = (self.path, self.content);
        self.errors.add(|| Diagnostic::at(path, content, at, message).with_help(help));
    }

    fn warn(&mut self, at: usize, message: impl Into<String>, help: impl Into<String>) {
        let warning = self.message(at, message, help);
        self.warnings.push(warning);
    }

    fn line(&mut self, line: &Line<'a>) {
        let (key, at, value, value_at) = match line {
            Line::Other { at } => {
                let help =
                    "put a `:` between the two, or begin the line with `#` if it is a comment";
                return self.error(*at, "expected `key: value`", help);
            }
            Line::Entry { key, at, value, value_at } => (*key, *at, *value, *value_at),
        };
        let bare = stripped(key);
        self.names_main |= bare.to_ascii_lowercase().starts_with(b"main-");
        let Some(meaning) = Key::of(bare) else { return self.unknown(key, at) };
        if bare != key {
            return self.blanks(key, at);
        }
        let Ok(value) = value.to_str() else {
            return self.error(value_at, "this is no UTF-8", "write the file in UTF-8");
        };
        if value.is_empty() && !meaning.is_list() {
            let key = key.as_bstr();
            let help = format!("write what `{key}` is, or remove the line");
            return self.error(value_at, format!("`{key}` has no value"), help);
        }
        if let Some(first) = self.place(&meaning).filter(|_| !meaning.is_list()) {
            if self.errors.is_full() {
                return self.error(at, "", "");
            }
            let line = self.content[..first].lines().count() + 1;
            let message = format!("`{}` is there twice", key.as_bstr());
            return self.error(
                at,
                message,
                format!("the first is in line {line}: leave one of them"),
            );
        }
        match &meaning {
            Key::Store(name) => self.store(name, at, (value, value_at)),
            Key::Guest(name) if values::is_setting(name) => {
                self.guest.push(((*name).to_owned(), value.to_owned()));
            }
            Key::Guest(name) => {
                let help = "use letters, digits and `_`";
                self.error(at, format!("`{name}` cannot be a setting of `xl`"), help);
            }
            Key::Known("depends") => {
                let more = self.names(0, (value, value_at));
                self.depends.extend(more);
            }
            Key::Known("packages") => {
                let more = self.names(1, (value, value_at));
                self.packages.extend(more);
            }
            Key::Known("compiler") => {
                let message =
                    "`compiler` has no effect: it chose an opam switch up to Mirari 0.9.2";
                self.warn(
                    at,
                    message,
                    format!("run `opam switch {value}` yourself, and remove it"),
                );
            }
            Key::Known(_) => {}
        }
        match meaning {
            Key::Known(key) => {
                self.said.entry(key).or_insert((value, value_at, at));
            }
            other => {
                self.own.entry(other).or_insert(at);
            }
        }
    }

    /// Where a key stands first.
    fn place(&self, key: &Key<'_>) -> Option<usize> {
        match key {
            Key::Known(key) => self.said.get(key).map(|(.., at)| *at),
            other => self.own.get(other).copied(),
        }
    }

    /// A key with blanks around it is not that key.
    fn blanks(&mut self, key: &[u8], at: usize) {
        let bare = stripped(key);
        let message = format!("there are blanks around the key `{}`", bare.as_bstr());
        // Those behind it are the ones to show where there are none before it.
        let at = if key.starts_with(bare) { at + bare.len() } else { at };
        self.error(at, message, "remove them: Mirari takes them for a part of the key");
    }

    fn unknown(&mut self, key: &[u8], at: usize) {
        if self.errors.is_full() {
            return self.error(at, "", "");
        }
        let name = stripped(key).to_str_lossy();
        let own = ["fs", "xl"].iter().find_map(|prefix| {
            let rest = name.strip_prefix(prefix)?.strip_prefix(['_', '.', ' '])?;
            Some(format!("{prefix}-{rest}"))
        });
        let help = suggest::help(&name, KEYS.into_iter().chain(own.as_deref()), || {
            let known = KEYS.map(|key| format!("`{key}`")).join(", ");
            format!("the keys are {known}, `fs-NAME` and `xl-NAME`")
        });
        let blanks = key.len() - key.trim_start().len();
        self.error(at + blanks, format!("unknown key `{name}`"), help);
    }

    /// The names that a line adds to those there are in a list.
    fn names(&mut self, list: usize, (value, value_at): (&'a str, usize)) -> Vec<Word> {
        let mut more = Vec::new();
        for (offset, name) in items(value) {
            let at = value_at + offset;
            if !values::is_package(name) {
                let help = if name.contains(char::is_whitespace) {
                    "put a comma between two names"
                } else {
                    "names have letters, digits, `_`, `-`, `+` and `.`"
                };
                self.error(at, format!("`{name}` cannot be the name of a package"), help);
            } else if self.named[list].insert(name) {
                more.push(Word { text: name.to_owned(), at });
            }
        }
        more
    }

    fn store(&mut self, name: &str, at: usize, (folder, folder_at): (&str, usize)) {
        if !values::is_part_of_module(name) {
            let message = format!("`Filesystem_{name}` cannot be the name of a module");
            return self.error(at, message, "use letters, digits and `_` after `fs-`");
        }
        if folder.starts_with('/') {
            let message = format!("`{folder}` is not below the folder of this file");
            let help = "name the folder from here on: `../files`";
            return self.error(folder_at, message, help);
        }
        let folder = Word { text: folder.to_owned(), at: folder_at };
        self.stores.push(Store { name: name.to_owned(), folder });
    }

    /// What a key says, and where.
    fn value(&self, key: &'static str) -> Option<Word> {
        let (text, at, _) = self.said.get(key)?;
        Some(Word { text: (*text).to_owned(), at: *at })
    }

    fn main(&mut self) -> Option<Main> {
        let kinds = [MainKind::Http, MainKind::Ip, MainKind::NoIp];
        let said = |kind: &MainKind| {
            let (.., at) = self.said.get(kind.key())?;
            Some((*kind, self.value(kind.key())?, *at))
        };
        let mut found: Vec<_> = kinds.iter().filter_map(said).collect();
        found.sort_by_key(|(.., at)| *at);
        let mut found = found.into_iter();
        let Some((kind, call, _)) = found.next() else {
            if !self.names_main {
                let missing = Diagnostic::about(self.path, "no main function").with_help(
                    "add `main-noip: Module.function`; `main-ip` and `main-http` are for functions that \
                     are given the network, or requests",
                );
                self.errors.add(|| missing);
            }
            return None;
        };
        for (other, _, at) in found {
            let message = format!("there is a main function already: `{}`", kind.key());
            self.error(at, message, format!("leave one of `{}` and `{}`", kind.key(), other.key()));
        }
        if !values::is_call(&call.text) {
            let message = format!("`{}` is no function of a module", call.text);
            self.error(call.at, message, format!("write `{}: Module.function`", kind.key()));
            return None;
        }
        Some(Main { kind, call })
    }

    fn ip(&mut self, main: Option<&Main>) -> Option<Ip> {
        let keys = ["ip-address", "ip-netmask", "ip-gateway"];
        let said: Vec<_> = keys.into_iter().filter(|key| self.value(key).is_some()).collect();
        let dhcp = self.value("ip-use-dhcp");
        if dhcp.is_none() && said.is_empty() {
            if let Some(main) = main.filter(|main| main.kind != MainKind::NoIp) {
                let message = format!("`{}` needs an address", main.kind.key());
                let help =
                    "add `ip-use-dhcp: true`, or `ip-address`, `ip-netmask` and `ip-gateway`";
                self.error(main.call.at, message, help);
            }
            return None;
        }
        if let Some(dhcp) = &dhcp {
            match dhcp.text.as_str() {
                "true" => {
                    for key in said {
                        let at = self.value(key).map_or(0, |word| word.at);
                        let message = format!("`{key}` has no effect beside `ip-use-dhcp: true`");
                        self.warn(at, message, "remove one of the two");
                    }
                    return Some(Ip::Dhcp);
                }
                "false" => {}
                other => {
                    let message = format!("`{other}` is neither `true` nor `false`");
                    self.error(dhcp.at, message, "write `ip-use-dhcp: true` for DHCP");
                }
            }
        }
        let mut address =
            |key: &'static str, read: fn(&str) -> Option<Ipv4Addr>, default, help: &str| {
                let Some(word) = self.value(key) else { return default };
                read(&word.text).unwrap_or_else(|| {
                    let what = key.trim_start_matches("ip-");
                    self.error(word.at, format!("`{}` is no IPv4 {what}", word.text), help);
                    default
                })
            };
        let help = "write four numbers up to 255, such as `10.0.0.2`";
        let own = address("ip-address", values::address, ADDRESS, help);
        let help = "write ones and then zeros, such as `255.255.255.0`";
        let netmask = address("ip-netmask", values::netmask, NETMASK, help);
        let gateways = self.gateways();
        Some(Ip::Static(Static { address: own, netmask, gateways }))
    }

    fn gateways(&mut self) -> Vec<Ipv4Addr> {
        let Some(word) = self.value("ip-gateway") else { return vec![GATEWAY] };
        let mut gateways = Vec::new();
        for (offset, text) in items(&word.text) {
            match values::address(text) {
                Some(gateway) => gateways.push(gateway),
                None => {
                    let help =
                        "write four numbers up to 255, such as `10.0.0.1`; several with commas";
                    self.error(word.at + offset, format!("`{text}` is no IPv4 address"), help);
                }
            }
        }
        gateways
    }

    fn http(&mut self, main: Option<&Main>) -> Option<Http> {
        let (port, address) = (self.value("http-port"), self.value("http-address"));
        let number = port.as_ref().map(|word| {
            values::port(&word.text).unwrap_or_else(|| {
                let help = "write a number from 1 to 65535";
                self.error(word.at, format!("`{}` is no port", word.text), help);
                0
            })
        });
        let place = address.as_ref().map(|word| match word.text.as_str() {
            "*" => None,
            text => {
                let found = values::address(text);
                if found.is_none() {
                    let help = "write an address such as `10.0.0.2`, or `*` for all";
                    self.error(word.at, format!("`{text}` is no IPv4 address"), help);
                }
                found
            }
        });
        if let (Some(port), Some(address)) = (number, place) {
            return Some(Http { port, address });
        }
        let missing = if number.is_none() { "http-port" } else { "http-address" };
        if let Some(main) = main.filter(|main| main.kind == MainKind::Http) {
            let help = "add `http-port: 80` and `http-address: *`, or what else it should be";
            self.error(main.call.at, format!("`main-http` needs `{missing}`"), help);
        } else if let Some(word) = port.or(address) {
            let message = format!("this has no effect without `{missing}`");
            self.warn(word.at, message, "add it, or remove this line");
        }
        None
    }
}
