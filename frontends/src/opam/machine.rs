//! What opam calls the machine: its system, distribution and processor.

use std::collections::BTreeMap;

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
    pub(crate) fn of(os: &str, arch: &str, release: &str) -> Self {
        let said = |name: &str| {
            let line = release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            let value = line.map(|value| value.trim_matches(['"', '\'']).to_ascii_lowercase());
            value.filter(|value| !value.is_empty())
        };
        // On macOS opam takes the package manager for the distribution.
        let brew = (os == "macos").then(|| "homebrew".to_owned());
        let distribution = brew.or_else(|| said("ID")).unwrap_or_else(|| os.to_owned());
        let like = said("ID_LIKE").and_then(|like| like.split(' ').next().map(str::to_owned));
        let family = match os {
            "freebsd" | "openbsd" | "netbsd" | "dragonfly" => "bsd".to_owned(),
            _ => like.unwrap_or_else(|| distribution.clone()),
        };
        Self(BTreeMap::from([
            ("os", os.to_owned()),
            ("arch", processor(arch).to_owned()),
            ("os-family", family),
            ("os-distribution", distribution),
            ("os-version", said("VERSION_ID").unwrap_or_default()),
        ]))
    }

    /// Names and values.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Whether something of it is called so; files of opam 1 do not say what.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.0.values().any(|value| value == system(name) || value == processor(name))
    }

    /// Debian 12 on a usual processor.
    #[cfg(test)]
    pub(super) fn debian() -> Self {
        Self::of("linux", "x86_64", "ID=debian\nVERSION_ID=\"12\"\n")
    }
}

/// What opam calls a processor.
pub(super) fn processor(name: &str) -> &str {
    match name {
        "x86" | "i386" | "i486" | "i586" | "i686" => "x86_32",
        "amd64" => "x86_64",
        "aarch64" => "arm64",
        "arm" | "armv6l" | "armv7l" => "arm32",
        "powerpc64" | "ppc64le" => "ppc64",
        "powerpc" | "ppc" => "ppc32",
        other => other,
    }
}

/// What opam calls a system; opam 1 had other names.
pub(super) fn system(name: &str) -> &str {
    match name {
        "darwin" | "osx" => "macos",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_have_the_names_that_opam_has_for_them() {
        let value = |machine: &Machine, name: &str| machine.0[name].clone();
        let ubuntu = "ID=ubuntu\nID_LIKE='debian x'\nVERSION_ID=\"24.04\"\n";
        let ubuntu = Machine::of("linux", "aarch64", ubuntu);
        assert_eq!(value(&ubuntu, "os-family"), "debian");
        assert_eq!(value(&ubuntu, "os-distribution"), "ubuntu");
        assert_eq!(value(&ubuntu, "arch"), "arm64");
        let mac = Machine::of("macos", "x86_64", "");
        assert_eq!(value(&mac, "os-distribution"), "homebrew");
        assert!(mac.is("osx") && mac.is("homebrew") && mac.is("amd64") && !mac.is("linux"));
        assert_eq!(value(&Machine::of("freebsd", "x86", ""), "os-family"), "bsd");
    }
}
