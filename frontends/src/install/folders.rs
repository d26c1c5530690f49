//! Where things go: the installation folders of a package, with what the user says on top.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::error::InstallError;
use crate::choices::Choices;
use crate::findlib::Conf;
use crate::package::{self, OwnBuild, Package};

/// The sections of the manual that opam makes folders for.
const SECTIONS: [&str; 9] = ["1", "1M", "2", "3", "4", "5", "6", "7", "9"];

/// What the user says when installing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Install below this folder instead of the configured one.
    pub prefix: Option<PathBuf>,
    /// A folder that stands for `/`, as packagers have it.
    pub destdir: Option<PathBuf>,
}

/// The folders of one installation; all of them include the `destdir`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders {
    /// By their variables' names (`bindir`, `docdir`, ...), without the `destdir`.
    pub named: BTreeMap<String, String>,
    /// Where findlib packages go, with the `destdir`.
    pub libraries: PathBuf,
    /// Shared stubs go here when it exists, else beside the libraries.
    pub stublibs: PathBuf,
    /// The list of folders with shared stubs, when the libraries go where findlib looks for them.
    pub ld_conf: Option<PathBuf>,
    /// What stands for `/`.
    pub destdir: Option<PathBuf>,
}

impl Folders {
    /// The folders of a package that was read with `choices`, a prefix from [`Options`] among them.
    ///
    /// Libraries go, in this order, to `OCAMLFIND_DESTDIR` as it is, to `$libdir` when the user
    /// chose a prefix or `libdir`, or to where findlib's configuration says.
    pub fn of(
        package: &Package,
        choices: &Choices,
        options: &Options,
        conf: &Conf,
        variable: &dyn Fn(&str) -> Option<OsString>,
    ) -> Self {
        let destdir = options
            .destdir
            .clone()
            .or_else(|| package.variables.get("destdir").map(PathBuf::from))
            .filter(|dir| !dir.as_os_str().is_empty());
        let chosen = ["prefix", "exec_prefix", "libdir"]
            .iter()
            .any(|name| choices.variables.contains_key(*name));
        let findlib = variable("OCAMLFIND_DESTDIR").filter(|value| !value.is_empty());
        let mut ld_conf = conf.ldconf.clone().filter(|_| destdir.is_none());
        let libraries = match (findlib, package.folders.get("libdir")) {
            (Some(dir), _) => PathBuf::from(dir),
            (None, Some(libdir)) if chosen => {
                // findlib does not look there, so the runtime need not either.
                ld_conf = None;
                below(destdir.as_deref(), Path::new(libdir))
            }
            _ => below(destdir.as_deref(), &conf.destdir),
        };
        Self {
            named: package.folders.clone(),
            stublibs: libraries.join("stublibs"),
            libraries,
            ld_conf,
            destdir,
        }
    }

    /// The folders below which installing changes something. A package's own commands may change what is there
    /// without the `destdir`, too.
    pub(super) fn changed(&self, own_commands: bool) -> Vec<PathBuf> {
        let prefix = self.named.get("prefix").map(PathBuf::from);
        let real = prefix.clone().filter(|_| own_commands);
        let prefix = prefix.map(|prefix| below(self.destdir.as_deref(), &prefix));
        let list = self.ld_conf.as_deref().and_then(Path::parent).map(Path::to_owned);
        [prefix, real, Some(self.libraries.clone()), list].into_iter().flatten().collect()
    }

    /// The folders that every switch of opam has from the beginning, so that commands for it make none of them; without
    /// the `destdir`.
    pub(super) fn of_switch(&self) -> Vec<PathBuf> {
        let named = |name: &str| self.named.get(name).map(PathBuf::from);
        let prefix = named("prefix").unwrap_or_default();
        let mut folders: Vec<PathBuf> =
            ["bindir", "sbindir"].into_iter().filter_map(named).collect();
        folders.extend(["bin", "sbin", "doc"].map(|name| prefix.join(name)));
        for libraries in named("libdir").into_iter().chain([prefix.join("lib")]) {
            folders.extend(["stublibs", "toplevel"].map(|name| libraries.join(name)));
        }
        for manual in named("mandir").into_iter().chain([prefix.join("man")]) {
            folders.extend(SECTIONS.map(|section| manual.join(format!("man{section}"))));
        }
        folders.retain(|folder| folder.is_absolute());
        folders
    }

    /// The folders of documentation that the commands of a build do not name: what they put there nevertheless is there
    /// by a habit of their own.
    pub(super) fn unasked(&self, own: &OwnBuild) -> Vec<PathBuf> {
        let is_named =
            |text: &str| own.build.iter().chain(&own.install).any(|it| it.contains(text));
        let folders =
            ["${mandir}", "${datarootdir}/doc"].into_iter().filter(|text| !is_named(text));
        folders.filter_map(|text| self.expand(text).ok()).collect()
    }

    /// The folder of a variable, with the `destdir`.
    pub fn get(&self, name: &str) -> Result<PathBuf, InstallError> {
        self.expand(&format!("${{{name}}}"))
    }

    /// A folder that a manifest names (`${docdir}/x`), with the `destdir`; relative ones are below
    /// the prefix.
    pub fn expand(&self, target: &str) -> Result<PathBuf, InstallError> {
        let known = package::expand(target, |name| self.named.get(name).cloned());
        if let Some((_, rest)) = known.split_once("${") {
            let name = rest.split('}').next().unwrap_or(rest).to_owned();
            return Err(InstallError::NoFolder { target: target.to_owned(), name });
        }
        let prefix = self.named.get("prefix").map_or("/usr/local", String::as_str);
        Ok(below(self.destdir.as_deref(), &Path::new(prefix).join(known)))
    }

    /// Where receipts of everything installed below this prefix are kept.
    pub(super) fn receipts(&self) -> Result<PathBuf, InstallError> {
        Ok(self.get("datarootdir")?.join("mbuild"))
    }

    /// The same without the `destdir`.
    pub(super) fn real_receipts(&self) -> Result<PathBuf, InstallError> {
        Self { named: self.named.clone(), ..Self::default() }.receipts()
    }
}

/// A path as it is when `destdir` stands for `/`.
fn below(destdir: Option<&Path>, path: &Path) -> PathBuf {
    match destdir {
        Some(destdir) => destdir.join(path.strip_prefix("/").unwrap_or(path)),
        None => path.to_owned(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A package with the folders OASIS has below a prefix.
    pub(in crate::install) fn package(prefix: &Path) -> Package {
        let mut package = Package { name: "p".to_owned(), ..Package::default() };
        let prefix = prefix.to_string_lossy();
        for (name, value) in [
            ("prefix", ""),
            ("bindir", "/bin"),
            ("libdir", "/lib"),
            ("datarootdir", "/share"),
            ("datadir", "/share"),
            ("mandir", "/share/man"),
            ("docdir", "/share/doc/p"),
            ("htmldir", "/share/doc/p"),
        ] {
            package.folders.insert(name.to_owned(), format!("{prefix}{value}"));
        }
        package
    }

    fn conf() -> Conf {
        Conf {
            destdir: PathBuf::from("/findlib"),
            ldconf: Some(PathBuf::from("/stdlib/ld.conf")),
            ..Conf::default()
        }
    }

    fn folders(choices: &Choices, options: &Options, findlib: Option<&str>) -> Folders {
        let variable =
            |name: &str| findlib.filter(|_| name == "OCAMLFIND_DESTDIR").map(OsString::from);
        Folders::of(&package(Path::new("/usr")), choices, options, &conf(), &variable)
    }

    #[test]
    fn libraries_go_where_findlib_finds_them_unless_the_user_says_otherwise() {
        let mut chosen = Choices::default();
        chosen.variable("prefix", "/usr");
        let nothing = Options::default();
        let libraries = |choices: &Choices, findlib| folders(choices, &nothing, findlib).libraries;
        assert_eq!(libraries(&Choices::default(), None), Path::new("/findlib"));
        assert_eq!(libraries(&chosen, None), Path::new("/usr/lib"));
        assert_eq!(libraries(&chosen, Some("/d")), Path::new("/d"));
        assert_eq!(folders(&chosen, &nothing, None).ld_conf, None);
        let to_findlib = folders(&Choices::default(), &nothing, None);
        assert_eq!(to_findlib.ld_conf, Some(PathBuf::from("/stdlib/ld.conf")));
    }

    #[test]
    fn a_destdir_stands_before_everything_but_what_is_complete() {
        let options = Options { destdir: Some(PathBuf::from("/stage")), prefix: None };
        let all = folders(&Choices::default(), &options, None);
        assert_eq!(all.libraries, Path::new("/stage/findlib"));
        assert_eq!(all.get("bindir").unwrap(), Path::new("/stage/usr/bin"));
        assert_eq!(all.ld_conf, None);
        assert_eq!(folders(&Choices::default(), &options, Some("/x")).libraries, Path::new("/x"));
    }

    #[test]
    fn targets_may_name_folders_and_are_below_the_prefix() {
        let all = folders(&Choices::default(), &Options::default(), None);
        assert_eq!(all.expand("${docdir}/x").unwrap(), Path::new("/usr/share/doc/p/x"));
        assert_eq!(all.expand("etc").unwrap(), Path::new("/usr/etc"));
        assert_eq!(
            all.expand("${nodir}/x").unwrap_err().to_string(),
            "cannot tell where `${nodir}/x` is: no folder is called `nodir`"
        );
    }
}
