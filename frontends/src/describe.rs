//! The package model as JSON, in a shape that is documented and stays, and as text for people.

mod package;
mod parts;
mod section;
mod text;

use std::fmt::{self, Write as _};

use serde_json::{Value, json};

use crate::package::Package;
use package::{SECTIONS, of_package};
use section::section;
use text::{of_all, of_one};

/// The number of the shape; another one when a field goes away or means something else.
pub const SHAPE: u32 = 1;

/// A package, what its manifests are called, and their format. A package may have many sections, so what is said
/// of each is made when it is written.
#[derive(Clone, Copy)]
pub struct Description<'a> {
    /// The package.
    pub package: &'a Package,
    /// The format of its manifests.
    pub format: &'a str,
    /// Its manifests.
    pub manifests: &'a [String],
}

/// A description as one JSON object.
pub struct Json<'a>(pub Description<'a>);

/// The same for people: what is empty or does not hold is left out.
pub struct Text<'a>(pub Description<'a>);

/// Passes JSON on; what terminals take for commands and JSON does not escape by itself, only its texts may hold.
struct Escaped<'f, 'g>(&'f mut fmt::Formatter<'g>);

impl fmt::Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(|c| ('\u{7f}'..='\u{9f}').contains(&c)) {
            let (before, from) = rest.split_at(at);
            let mut letters = from.chars();
            let code = letters.next().map_or(0, u32::from);
            write!(self.0, "{before}\\u{code:04x}")?;
            rest = letters.as_str();
        }
        self.0.write_str(rest)
    }
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let f = &mut Escaped(f);
        let Description { package, format, manifests } = self.0;
        let Value::Object(map) = of_package(package, format, manifests) else { return Ok(()) };
        for (at, (name, value)) in map.iter().enumerate() {
            write!(f, "{}{}:", if at == 0 { '{' } else { ',' }, json!(name))?;
            if name != SECTIONS {
                write!(f, "{value}")?;
                continue;
            }
            f.write_char('[')?;
            for (at, one) in package.sections.iter().enumerate() {
                write!(f, "{}{}", if at == 0 { "" } else { "," }, section(one))?;
            }
            f.write_char(']')?;
        }
        f.write_char('}')
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Description { package, format, manifests } = self.0;
        let mut block = of_all(&of_package(package, format, manifests));
        for one in &package.sections {
            f.write_str(&block)?;
            block = of_one(&section(one));
        }
        f.write_str(block.trim_end())
    }
}
