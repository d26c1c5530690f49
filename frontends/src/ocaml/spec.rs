//! What the ordering step of a section has to know; written beside the rule file as JSON.

use serde::{Deserialize, Serialize};

/// The modules of one section and the files that the ordering step makes for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// The section as messages name it: library `re`.
    pub section: String,
    /// Its modules, members in the order of the manifest.
    pub units: Vec<Unit>,
    /// The tables of the libraries of this package that it uses, in the order names are looked up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub libraries: Vec<String>,
    /// The archives of these libraries, each with those of bytecode and of native code, where they stand among the
    /// modules; else all stand before these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub archives: Vec<Archives>,
    /// The main module of a program; a library has none and links its members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub main: Option<String>,
    /// The members are linked in this order, each of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub listed: bool,
    /// Each after those that its implementation names; of those that could be next, the first of these members.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ready: bool,
    /// The unit that all members are packed into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<Packed>,
    /// Implementations do not depend on other implementations (`-opaque`).
    #[serde(default)]
    pub opaque: bool,
    /// Modules that members name belong to it like members.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub takes: bool,
    /// Modules inside of others see those around them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sees_around: bool,
    /// Units that come before others, by index.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<(usize, usize)>,
    /// The dyndep file to make.
    pub dyndep: String,
    /// The table to make, for sections that use this one.
    pub table: String,
    /// The link orders to make.
    pub links: Vec<Link>,
}

impl Spec {
    /// Every order that is made: those of links and those of packs.
    pub fn orders(&self) -> impl Iterator<Item = &Link> {
        let inside = self.units.iter().filter_map(|unit| unit.inside.as_ref());
        self.links.iter().chain(inside.flat_map(|inside| &inside.links))
    }
}

/// What is linked of a library.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archives {
    /// In bytecode.
    pub byte: Vec<String>,
    /// In native code.
    pub native: Vec<String>,
}

impl Archives {
    /// Those for one kind of code.
    pub fn of(&self, native: bool) -> &[String] {
        if native { &self.native } else { &self.byte }
    }
}

/// A module of the section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its name.
    pub module: String,
    /// It belongs to the section for certain; others only when something needs them.
    pub member: bool,
    /// It stands beside the modules of a library, which may need it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside: bool,
    /// The module that it is inside of (`A.B`), empty outside of all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// What it is packed from, where it is a folder; units inside come after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<Inside>,
    /// Its interface, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<Scan>,
    /// Its implementation, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implementation: Option<Scan>,
    /// Its compiled interface.
    pub cmi: String,
    /// Its bytecode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub byte: Option<String>,
    /// Its native code: what is linked, then what comes with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub native: Vec<String>,
    /// Its implementation as a file that is made when the interfaces are there that it names, by this section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub infers: Option<String>,
    /// Modules that it does not wait for, though its sources name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignores: Vec<String>,
}

impl Unit {
    /// What is linked of it, and what comes with that.
    pub fn objects(&self, native: bool) -> Vec<String> {
        if native { self.native.clone() } else { self.byte.clone().into_iter().collect() }
    }
}

/// A module that is made of the modules inside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inside {
    /// The scope of those: the module with all that it is inside of.
    pub scope: String,
    /// In which order they are packed.
    pub links: Vec<Link>,
}

/// A source and what `ocamldep -modules` said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// The source.
    pub source: String,
    /// The file with the output of `ocamldep`.
    pub found: String,
}

/// The unit that a packed library becomes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    /// Its name.
    pub module: String,
    /// Its compiled interface.
    pub cmi: String,
    /// Its native code.
    pub native: Vec<String>,
}

/// A link order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Native code, not bytecode.
    pub native: bool,
    /// The file to make: a path on each line.
    pub order: String,
    /// The outputs of links whose inputs are only known from the sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<String>,
}
