//! Where packages are installed: `findlib.conf`, `OCAMLPATH`, `OCAMLFIND_CONF` and their kin.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::evaluate::Predicates;
use super::meta::Meta;

/// What findlib's configuration says for one toolchain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conf {
    /// The configuration file, where there is one.
    pub file: Option<PathBuf>,
    /// Folders with packages; the first one that has a package wins.
    pub path: Vec<PathBuf>,
    /// Where packages are installed.
    pub destdir: PathBuf,
    /// The folder of the standard library.
    pub stdlib: PathBuf,
    /// The `ld.conf` that lists the folders of shared stubs.
    pub ldconf: Option<PathBuf>,
    /// The programs of a cross toolchain (`ocamlopt(solo5)`), by the names they have without it.
    pub commands: BTreeMap<String, String>,
}

/// The environment variable that names the switch of opam at work.
pub const SWITCH: &str = "OPAM_SWITCH_PREFIX";

/// The environment variables that decide; nothing else of the environment is looked at.
pub const VARIABLES: [&str; 7] = [
    "OCAMLFIND_CONF",
    "OCAMLFIND_TOOLCHAIN",
    "OCAMLPATH",
    "OCAMLFIND_DESTDIR",
    "OCAMLFIND_LDCONF",
    "OCAMLLIB",
    SWITCH,
];

impl Conf {
    /// Reads the configuration. `stdlib` is what the compiler says, `environment` gives a
    /// variable's value, `toolchain` picks the variables of a cross toolchain (`path(windows)`).
    pub fn read(
        stdlib: &Path,
        toolchain: Option<&str>,
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Self {
        let toolchain = toolchain
            .map(str::to_owned)
            .or_else(|| environment("OCAMLFIND_TOOLCHAIN")?.into_string().ok());
        Self::of(stdlib, file(stdlib, environment), toolchain.as_deref(), environment)
    }

    /// Reads this configuration file, whatever the environment names.
    pub fn read_file(
        stdlib: &Path,
        file: &Path,
        toolchain: Option<&str>,
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Self {
        Self::of(stdlib, Some(file.to_owned()), toolchain, environment)
    }

    fn of(
        stdlib: &Path,
        file: Option<PathBuf>,
        toolchain: Option<&str>,
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Self {
        let Values { values, commands } = values(file.as_deref(), toolchain);
        let value = |name: &str| values.get(name).filter(|text| !text.is_empty());
        let mut path: Vec<PathBuf> = environment("OCAMLPATH")
            .map(|text| std::env::split_paths(&text).filter(|dir| dir != Path::new("")).collect())
            .unwrap_or_default();
        match value("path") {
            Some(text) => path.extend(std::env::split_paths(text)),
            None => path.push(stdlib.to_owned()),
        }
        let stdlib = value("stdlib").map_or_else(|| stdlib.to_owned(), PathBuf::from);
        let destdir = environment("OCAMLFIND_DESTDIR")
            .map(PathBuf::from)
            .or_else(|| value("destdir").map(PathBuf::from))
            .unwrap_or_else(|| stdlib.clone());
        let ldconf = environment("OCAMLFIND_LDCONF")
            .map(PathBuf::from)
            .or_else(|| value("ldconf").map(PathBuf::from))
            .unwrap_or_else(|| stdlib.join("ld.conf"));
        let ldconf = (ldconf != Path::new("ignore")).then_some(ldconf);
        Self { file, path, destdir, stdlib, ldconf, commands }
    }

    /// The configuration file and the folder of those that are read after it.
    pub fn files(&self) -> Vec<PathBuf> {
        let more = self.file.iter().map(|file| beside(file));
        self.file.iter().cloned().chain(more).collect()
    }
}

/// The folder of the files that are read after a configuration file.
fn beside(file: &Path) -> PathBuf {
    file.with_file_name(format!("{}.d", file.file_name().unwrap_or_default().to_string_lossy()))
}

/// The configuration file: named, in one of the usual places, or where `ocamlfind` says.
fn file(stdlib: &Path, environment: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(named) = environment("OCAMLFIND_CONF").filter(|text| !text.is_empty()) {
        return Some(PathBuf::from(named));
    }
    let switch = environment(SWITCH).map(PathBuf::from);
    let known = switch
        .map(|prefix| prefix.join("lib/findlib.conf"))
        .into_iter()
        .chain(stdlib.parent().map(|dir| dir.join("findlib.conf")))
        .chain(
            ["/etc/findlib.conf", "/etc/ocamlfind.conf", "/usr/local/etc/findlib.conf"]
                .map(PathBuf::from),
        );
    known.into_iter().find(|path| path.is_file()).or_else(ask)
}

/// Asks `ocamlfind` itself; only where none of the usual places has a file.
fn ask() -> Option<PathBuf> {
    let output =
        Command::new("ocamlfind").args(["printconf", "conf"]).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let path = PathBuf::from(text.trim());
    path.is_file().then_some(path)
}

/// What a configuration says.
#[derive(Default)]
struct Values {
    values: BTreeMap<String, String>,
    /// Programs, where it has them for the toolchain that was asked for.
    commands: BTreeMap<String, String>,
}

/// Programs that a configuration may name.
const COMMANDS: [&str; 5] = ["ocamlc", "ocamlopt", "ocamldep", "ocamlmklib", "ocamldoc"];

/// The variables of the file and of `findlib.conf.d/*.conf` beside it.
fn values(file: Option<&Path>, toolchain: Option<&str>) -> Values {
    let mut found = Values::default();
    let Some(file) = file else { return found };
    let mut files = vec![file.to_owned()];
    let mut added: Vec<PathBuf> = std::fs::read_dir(beside(file))
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    added.retain(|path| path.extension().is_some_and(|ext| ext == "conf"));
    added.sort();
    files.append(&mut added);
    let predicates = Predicates::of(toolchain);
    for file in files {
        let Ok(content) = std::fs::read(&file) else { continue };
        let Ok(meta) = Meta::parse(file.as_os_str().as_encoded_bytes(), &content) else { continue };
        for entry in &meta.entries {
            let Some(value) = meta.value(&entry.name, &predicates) else { continue };
            let own = entry.predicates.iter().any(|it| Some(it.name.as_str()) == toolchain);
            if own && COMMANDS.contains(&entry.name.as_str()) {
                found.commands.insert(entry.name.clone(), value.clone());
            }
            found.values.insert(entry.name.clone(), value);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_goes_before_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("findlib.conf");
        std::fs::write(&file, "destdir=\"/d\"\npath=\"/a:/b\"\npath(cross)=\"/x\"\n").unwrap();
        let environment = |name: &str| match name {
            "OCAMLFIND_CONF" => Some(file.clone().into_os_string()),
            "OCAMLPATH" => Some("/mine:".into()),
            _ => None,
        };
        let conf = Conf::read(Path::new("/lib/ocaml"), None, &environment);
        assert_eq!(conf.path, ["/mine", "/a", "/b"].map(PathBuf::from));
        assert_eq!(conf.destdir, Path::new("/d"));
        assert_eq!(conf.ldconf, Some(PathBuf::from("/lib/ocaml/ld.conf")));
        let cross = Conf::read(Path::new("/lib/ocaml"), Some("cross"), &environment);
        assert_eq!(cross.path, ["/mine", "/x"].map(PathBuf::from));
    }

    #[test]
    fn programs_are_those_of_the_toolchain_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("findlib.conf");
        std::fs::write(&file, "path=\"/a\"\nocamlopt=\"ocamlopt.opt\"\n").unwrap();
        std::fs::create_dir(dir.path().join("findlib.conf.d")).unwrap();
        let more = "ocamlopt(cross)=\"/x/ocamlopt\"\nstdlib(cross)=\"/x/lib\"\n";
        std::fs::write(dir.path().join("findlib.conf.d/cross.conf"), more).unwrap();
        let read = |toolchain| Conf::read_file(Path::new("/lib"), &file, toolchain, &|_| None);
        let cross = read(Some("cross"));
        assert_eq!(
            cross.commands.into_iter().collect::<Vec<_>>(),
            [("ocamlopt".into(), "/x/ocamlopt".into())]
        );
        assert_eq!(cross.stdlib, Path::new("/x/lib"));
        assert!(read(Some("other")).commands.is_empty() && read(None).commands.is_empty());
    }
}
