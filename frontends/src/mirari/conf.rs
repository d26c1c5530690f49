//! What a `*.conf` file says.

use std::net::Ipv4Addr;

use mbuild_rules::Diagnostic;

/// What a file says, every value checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conf {
    /// What the program does.
    pub main: Main,
    /// How its network interface is set up; `None` where nothing is said.
    pub ip: Option<Ip>,
    /// Where it listens; `None` where nothing is said.
    pub http: Option<Http>,
    /// Folders that become modules.
    pub stores: Vec<Store>,
    /// The findlib packages that it depends on, each once.
    pub depends: Vec<Word>,
    /// The opam packages that these are in, each once.
    pub packages: Vec<Word>,
    /// What `xl` is told of the guest: names and values, as they are.
    pub guest: Vec<(String, String)>,
    /// What is strange, but not wrong.
    pub warnings: Vec<Diagnostic>,
}

/// A word and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// The byte of the file that it begins at.
    pub at: usize,
}

/// The main function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Main {
    /// What it is given.
    pub kind: MainKind,
    /// The function, `Dispatch.t`, perhaps with first arguments.
    pub call: Word,
}

/// What the main function is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MainKind {
    /// Requests: it is the callback of a web server.
    Http,
    /// The manager of interfaces, an interface and its name.
    Ip,
    /// Nothing.
    NoIp,
}

impl MainKind {
    /// The key that says so.
    pub fn key(self) -> &'static str {
        match self {
            Self::Http => "main-http",
            Self::Ip => "main-ip",
            Self::NoIp => "main-noip",
        }
    }
}

impl Main {
    /// The module that the function is in.
    pub fn module(&self) -> &str {
        self.call.text.split('.').next().unwrap_or_default()
    }
}

/// How a network interface is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ip {
    /// By DHCP.
    Dhcp,
    /// By what the file says.
    Static(Static),
}

/// Addresses of a network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Static {
    /// Its own.
    pub address: Ipv4Addr,
    /// Which addresses are reached without a gateway.
    pub netmask: Ipv4Addr,
    /// How others are reached, the preferred first.
    pub gateways: Vec<Ipv4Addr>,
}

/// Where a web server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// The port.
    pub port: u16,
    /// The address; `None` is all that there are.
    pub address: Option<Ipv4Addr>,
}

/// A folder that becomes a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// Its name: the module is `Filesystem_NAME`.
    pub name: String,
    /// The folder, from that of the file on.
    pub folder: Word,
}

impl Store {
    /// The name of the module's file, without ending.
    pub fn stem(&self) -> String {
        format!("filesystem_{}", self.name)
    }
}
