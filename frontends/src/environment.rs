//! What a manifest may ask of the machine: the values of `ocamlc -config` and the packages installed.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::process::Command;

/// What is installed under a findlib name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed {
    /// Its version, as its META says.
    pub version: Option<String>,
    /// Its folder.
    pub directory: String,
}

/// The machine that a manifest is read for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    config: BTreeMap<String, String>,
    /// Findlib packages that `$pkg_name` may ask for, by name.
    pub packages: BTreeMap<String, Installed>,
}

impl Environment {
    /// From the text that `ocamlc -config` prints.
    pub fn from_config(text: &str) -> Self {
        let config = text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect();
        Self { config, packages: BTreeMap::new() }
    }

    /// What a compiler on this machine would most likely say, for when there is none yet.
    pub fn guess() -> Self {
        let system = match std::env::consts::OS {
            "macos" => "macosx",
            other => other,
        };
        let architecture = architecture(std::env::consts::ARCH);
        let (os_type, exe) = if cfg!(windows) { ("Win32", ".exe") } else { ("Unix", "") };
        let mut result = Self::default();
        for (name, value) in [
            ("os_type", os_type),
            ("system", system),
            ("architecture", architecture),
            ("ccomp_type", "cc"),
            ("native_compiler", "true"),
            ("ext_exe", exe),
            ("ext_obj", ".o"),
            ("ext_asm", ".s"),
            ("ext_lib", ".a"),
            ("ext_dll", ".so"),
        ] {
            result.set(name, value);
        }
        result
    }

    /// The value of a name that `ocamlc -config` prints; `ocaml_version` is its `version`.
    pub fn get(&self, name: &str) -> Option<&str> {
        let name = if name == "ocaml_version" { "version" } else { name };
        self.config.get(name).map(String::as_str)
    }

    /// Every name and value.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.config.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Sets one value, such as for a target that is not this machine.
    pub fn set(&mut self, name: &str, value: &str) {
        self.config.insert(name.to_owned(), value.to_owned());
    }

    /// Whether a native compiler comes with it.
    pub fn is_native(&self) -> bool {
        // Compilers before 4.10 do not print it; those that have no native compiler name the
        // architecture `none`.
        match self.get("native_compiler") {
            Some(value) => value == "true",
            None => self.get("architecture").is_some_and(|value| value != "none"),
        }
    }

    /// Whether native code can be loaded at run time.
    pub fn native_dynlink(&self) -> bool {
        self.is_native() && self.get("supports_shared_libraries") != Some("false")
    }
}

/// What compilers call a processor that targets call `name`.
pub fn architecture(name: &str) -> &str {
    match name {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "i386",
        other => other,
    }
}

/// Asks a compiler (`ocamlc`) for its configuration.
pub fn probe(compiler: &OsStr) -> io::Result<Environment> {
    let output = Command::new(compiler).arg("-config").output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!(
            "`{} -config` failed: {}",
            compiler.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        )));
    }
    Ok(Environment::from_config(&String::from_utf8_lossy(&output.stdout)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_what_the_compiler_prints() {
        let environment = Environment::from_config(
            "version: 4.13.1\nnative_c_libraries: -lm \nos_type: Unix\next_exe: \n",
        );
        assert_eq!(environment.get("ocaml_version"), Some("4.13.1"));
        assert_eq!(environment.get("native_c_libraries"), Some("-lm"));
        assert_eq!(environment.get("ext_exe"), Some(""));
        assert_eq!(environment.get("system"), None);
        assert!(!environment.is_native());
    }
}
