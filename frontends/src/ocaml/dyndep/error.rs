//! Why there is no order.

use std::io;

use mbuild_rules::reason;

/// Why there is no order.
#[derive(Debug, thiserror::Error)]
pub enum DyndepError {
    /// A file cannot be read or written.
    #[error("cannot {verb} `{file}`: {}", reason(.source))]
    File {
        /// `read` or `write`.
        verb: &'static str,
        /// The file.
        file: String,
        /// What went wrong.
        source: io::Error,
    },
    /// A file that another step made is damaged.
    #[error("`{file}` is damaged ({source}); `mbuild clean` and build again")]
    Damaged {
        /// The file.
        file: String,
        /// What the reader says.
        source: serde_json::Error,
    },
    /// Modules that need each other.
    #[error("modules of {section} need each other: {}", chain(cycle))]
    Cycle {
        /// The section.
        section: String,
        /// Module and source, the first one again at the end.
        cycle: Vec<(String, String)>,
    },
}

fn chain(cycle: &[(String, String)]) -> String {
    let mut out = String::new();
    for (at, (module, source)) in cycle.iter().enumerate() {
        if at + 1 == cycle.len() {
            out += &format!("`{module}`");
        } else {
            out += &format!("`{module}` ({source}) -> ");
        }
    }
    out
}
