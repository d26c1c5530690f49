//! Which findlib packages are syntax extensions of camlp4.

use super::Preprocess;

/// Packages that are syntax extensions though their names do not end in `syntax`.
const SYNTAX: [&str; 10] = [
    "camlp4.exceptiontracer",
    "camlp4.extend",
    "camlp4.foldgenerator",
    "camlp4.listcomprehension",
    "camlp4.locationstripper",
    "camlp4.macro",
    "camlp4.mapgenerator",
    "camlp4.metagenerator",
    "camlp4.profiler",
    "camlp4.quotations.o",
];

impl Preprocess {
    /// What sources of old need that use this package: camlp4 where it is a syntax extension.
    pub fn of_package(name: &str) -> Self {
        if name.ends_with("syntax") || SYNTAX.contains(&name) {
            Self::Camlp4("camlp4o".to_owned())
        } else {
            Self::None
        }
    }
}
