//! Installed packages by name, each META file read at most once, and closures over `requires`.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use hashbrown::{DefaultHashBuilder, HashMap, HashSet};
use indexmap::IndexMap;
use mbuild_rules::Diagnostic;

use super::conf::Conf;
use super::evaluate::{Predicates, words};
use super::meta::Meta;
use crate::encoding;

/// An installed package, or a package inside one.
#[derive(Clone, Debug)]
pub struct Installed {
    /// Its full name (`threads.posix`).
    pub name: String,
    /// The folder of its files.
    pub dir: PathBuf,
    /// What META says.
    pub meta: Rc<Meta>,
}

impl Installed {
    /// The version; packages inside others often have none.
    pub fn version(&self) -> Option<String> {
        self.meta.value("version", &Predicates::default()).filter(|text| !text.is_empty())
    }
}

/// Why a package cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FindlibError {
    /// No META file on the search path has it.
    #[error("the findlib package `{name}` is not installed{}", needed(needed_by))]
    Missing {
        /// The package.
        name: String,
        /// The packages on the way to it, the nearest first.
        needed_by: Vec<String>,
    },
    /// Its META says `error`.
    #[error("the findlib package `{name}` cannot be used here: {message}")]
    Refused {
        /// The package.
        name: String,
        /// What META says.
        message: String,
    },
    /// Packages that need each other.
    #[error("findlib packages need each other: {}", names.join(" -> "))]
    Cycle {
        /// The packages, the first one again at the end.
        names: Vec<String>,
    },
    /// A META file that cannot be read.
    #[error("{}", lines(.0))]
    Broken(Vec<Diagnostic>),
    /// A camlp4 syntax without a preprocessor.
    #[error(
        "no package in use brings a preprocessor for the syntax `{0}`; add `camlp4` to the dependencies"
    )]
    NoPreprocessor(String),
}

fn lines(all: &[Diagnostic]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn needed(by: &[String]) -> String {
    by.iter().map(|name| format!(", needed by `{name}`")).collect()
}

/// The folder and META of a root package, where there is one; else what is wrong with that META.
type Root = Result<Option<(PathBuf, Rc<Meta>)>, Vec<Diagnostic>>;

/// What is installed for one toolchain.
#[derive(Debug)]
pub struct Findlib {
    /// Where to look.
    pub conf: Conf,
    /// Packages that the toolchain cannot have. What comes with OCaml does without them: `bigarray` is said to
    /// require `unix`, from the time when it mapped files.
    pub lacks: Vec<String>,
    /// The root packages that are there, or should be.
    roots: HashMap<String, Root>,
    /// Every root package that was looked for; a manifest may name a million that are not there.
    looked_for: IndexMap<Box<str>, Looked, DefaultHashBuilder>,
    names: Names,
}

/// Where a root package was looked for.
#[derive(Debug)]
struct Looked {
    /// In how many of the folders of the path.
    folders: usize,
    /// It is in none of them.
    missing: bool,
}

/// The names in the folders of the path, in small letters, as some systems take them for the same.
#[derive(Debug, Default)]
struct Names {
    /// Those in each; where it cannot be listed, anything may be in it.
    folders: Vec<Option<HashSet<OsString>>>,
    /// Those in any of them, where all can be listed.
    all: Option<HashSet<OsString>>,
}

impl Names {
    fn of(path: &[PathBuf]) -> Self {
        let folders: Vec<_> = path.iter().map(|dir| listed(dir)).collect();
        let all = folders.iter().cloned().collect::<Option<Vec<_>>>();
        Self { folders, all: all.map(|all| all.into_iter().flatten().collect()) }
    }
}

impl Findlib {
    /// Nothing is read before it is asked for.
    pub fn new(conf: Conf) -> Self {
        let (roots, looked_for) = (HashMap::new(), IndexMap::default());
        Self { conf, lacks: Vec::new(), roots, looked_for, names: Names::default() }
    }

    /// Looks into these folders before all others from now on.
    pub fn look_first(&mut self, folders: Vec<PathBuf>) {
        for looked in self.looked_for.values_mut() {
            *looked = Looked { folders: looked.folders + folders.len(), missing: false };
        }
        self.conf.path.splice(0..0, folders);
        self.roots.clear();
        self.names = Names::default();
    }

    /// Every path where a META file was looked for.
    pub fn looked_at(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.looked_for.iter().flat_map(|(name, looked)| {
            self.conf.path.iter().take(looked.folders).flat_map(move |dir| {
                [dir.join(&**name).join("META"), dir.join(format!("META.{name}"))]
            })
        })
    }

    /// A package by its full name; `None` when it is not installed.
    pub fn package(&mut self, name: &str) -> Result<Option<Installed>, FindlibError> {
        let mut parts = name.split('.');
        let Some(root) = parts.next().filter(|part| !part.is_empty()) else { return Ok(None) };
        let Some((dir, meta)) = self.root(root)? else { return Ok(None) };
        let mut dir = self.directory(&dir, &meta);
        let mut meta = meta;
        for part in parts {
            if !visible(&dir, &meta) {
                return Ok(None);
            }
            let Some(inner) = meta.package(part).cloned() else { return Ok(None) };
            dir = self.directory(&dir, &inner);
            meta = inner;
        }
        Ok(visible(&dir, &meta).then(|| Installed { name: name.to_owned(), dir, meta }))
    }

    /// The names of the packages inside an installed root package, in the order of its META.
    pub fn inside(&mut self, root: &str) -> Result<Vec<String>, FindlibError> {
        let Some((_, meta)) = self.root(root)? else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        let mut left: Vec<(String, &Meta)> = vec![(root.to_owned(), &*meta)];
        while let Some((name, meta)) = left.pop() {
            for (part, inner) in meta.packages.iter().rev() {
                left.push((format!("{name}.{part}"), inner));
            }
            names.push(name);
        }
        names.remove(0);
        Ok(names)
    }

    /// The packages and all they require under `predicates`, each after what it requires. With threads
    /// (`mt`) all but those that threads need themselves require `threads` as well.
    pub fn closure(
        &mut self,
        names: &[String],
        predicates: &Predicates,
    ) -> Result<Vec<Installed>, FindlibError> {
        let mut done: HashSet<String> = HashSet::new();
        let mut order = Vec::new();
        // Where each package of the stack is in it.
        let mut open: HashMap<String, usize> = HashMap::new();
        for name in names {
            // Each level holds a package and what is left of its requirements.
            let mut stack: Vec<(Installed, Vec<String>)> = Vec::new();
            let mut next = (!done.contains(name)).then(|| name.clone());
            loop {
                if let Some(name) = next.take() {
                    if let Some(at) = open.get(&name) {
                        let mut names: Vec<_> =
                            stack[*at..].iter().map(|(package, _)| package.name.clone()).collect();
                        names.push(name);
                        return Err(FindlibError::Cycle { names });
                    }
                    let Some(package) = self.package(&name)? else {
                        let needed_by =
                            stack.iter().rev().map(|(package, _)| package.name.clone()).collect();
                        return Err(FindlibError::Missing { name, needed_by });
                    };
                    let mut left = package.meta.list("requires", predicates);
                    if predicates.has("mt") && name != "unix" && !is_threads(&name) {
                        left.push("threads".to_owned());
                    }
                    if package.dir == self.conf.stdlib {
                        left.retain(|name| !self.lacks.contains(name));
                    }
                    left.reverse();
                    open.insert(name, stack.len());
                    stack.push((package, left));
                }
                let Some((_, left)) = stack.last_mut() else { break };
                match left.pop() {
                    Some(name) if done.contains(&name) => {}
                    Some(name) => next = Some(name),
                    None => {
                        if let Some((package, _)) = stack.pop() {
                            open.remove(&package.name);
                            done.insert(package.name.clone());
                            order.push(package);
                        }
                    }
                }
            }
        }
        Ok(order)
    }

    /// The META of a root package and the folder it stands for.
    fn root(&mut self, name: &str) -> Result<Option<(PathBuf, Rc<Meta>)>, FindlibError> {
        if let Some(known) = self.roots.get(name) {
            return known.clone().map_err(FindlibError::Broken);
        }
        if self.looked_for.get(name).is_some_and(|looked| looked.missing) {
            return Ok(None);
        }
        let (found, folders) = self.read_root(name);
        let missing = matches!(found, Ok(None));
        if !missing {
            self.roots.insert(name.to_owned(), found.clone());
        }
        let looked = self.looked_for.entry(name.into());
        let looked = looked.or_insert(Looked { folders, missing });
        *looked = Looked { folders: folders.max(looked.folders), missing };
        found.map_err(FindlibError::Broken)
    }

    /// Reads the META of a root package; in how many folders it was looked for.
    fn read_root(&mut self, name: &str) -> (Root, usize) {
        if self.names.folders.is_empty() {
            self.names = Names::of(&self.conf.path);
        }
        let small = [name, &format!("META.{name}")].map(str::to_ascii_lowercase);
        let may_have = |names: &Option<HashSet<OsString>>| {
            // A name may be a path to what is not listed.
            let is_path = name.contains('/');
            let has = |names: &HashSet<OsString>| {
                is_path || small.iter().any(|entry| names.contains(OsStr::new(entry)))
            };
            names.as_ref().is_none_or(has)
        };
        let folders = self.conf.path.len();
        if !may_have(&self.names.all) {
            return (Ok(None), folders);
        }
        for (at, (dir, names)) in self.conf.path.iter().zip(&self.names.folders).enumerate() {
            if !may_have(names) {
                continue;
            }
            let inside = dir.join(name);
            let beside = dir.join(format!("META.{name}"));
            for (path, package) in [(inside.join("META"), &inside), (beside, dir)] {
                if let Ok(content) = std::fs::read(&path) {
                    let found = read_meta(&path, &content, package == dir);
                    let found = found.map(|meta| Some((package.clone(), Rc::new(meta))));
                    // Who repairs a broken one may put another before it, or behind it.
                    let folders = if found.is_ok() { at + 1 } else { folders };
                    return (found, folders);
                }
            }
        }
        (Ok(None), folders)
    }

    /// The folder of a package whose parent has `dir`.
    fn directory(&self, dir: &Path, meta: &Meta) -> PathBuf {
        let value = meta.value("directory", &Predicates::default()).unwrap_or_default();
        match value.strip_prefix(['+', '^']) {
            Some("") => self.conf.stdlib.clone(),
            Some(rest) => self.conf.stdlib.join(rest),
            None if value.is_empty() || value == "." => dir.to_owned(),
            None => dir.join(value),
        }
    }
}

/// Reads the META of a root package, which may stand beside others.
fn read_meta(path: &Path, content: &[u8], beside: bool) -> Result<Meta, Vec<Diagnostic>> {
    let file = path.as_os_str().as_encoded_bytes();
    if let Some(marked) = encoding::marked(file, content) {
        return Err(vec![marked]);
    }
    let meta = Meta::parse(file, content)?;
    if beside && meta.value("directory", &Predicates::default()).is_none() {
        let message = "there is no `directory`, which a META beside others needs";
        let help = "add `directory = \"name\"`, the folder of the package's files";
        return Err(vec![Diagnostic::about(file, message).with_help(help)]);
    }
    Ok(meta)
}

/// The names in a folder, in small letters; one that is not there has none, and many paths have such.
fn listed(dir: &Path) -> Option<HashSet<OsString>> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Some(HashSet::new()),
        Err(_) => return None,
    };
    entries.map(|entry| Some(entry.ok()?.file_name().to_ascii_lowercase())).collect()
}

/// `exists_if` names files; where none of them is there, neither is the package. The first such entry
/// counts, whatever its predicates.
fn visible(dir: &Path, meta: &Meta) -> bool {
    let entry = meta.entries.iter().find(|entry| entry.name == "exists_if");
    // Whatever it says is below the folder.
    let there = |file: &String| dir.join(file.trim_start_matches('/')).exists();
    entry.is_none_or(|entry| words(&entry.value).iter().any(there))
}

/// Whether a package is that of threads, or one inside it.
pub(super) fn is_threads(name: &str) -> bool {
    name.split('.').next() == Some("threads")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_nobody_sees_are_told_before_what_they_make_of_the_first_entry() {
        let (_dir, mut findlib) = installed(&[("a/META", "\u{feff}version = \"1\"\n")]);
        let Err(FindlibError::Broken(wrong)) = findlib.package("a") else { panic!("it is read") };
        assert_eq!(
            wrong[0].message,
            "this file begins with a byte order mark, which most editors do not show"
        );
    }

    fn installed(files: &[(&str, &str)]) -> (tempfile::TempDir, Findlib) {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        let conf = Conf {
            path: vec![dir.path().to_owned()],
            stdlib: PathBuf::from("/stdlib"),
            ..Conf::default()
        };
        (dir, Findlib::new(conf))
    }

    fn names(packages: &[Installed]) -> Vec<&str> {
        packages.iter().map(|package| package.name.as_str()).collect()
    }

    #[test]
    fn requirements_come_before_what_requires_them() {
        let (_dir, mut findlib) = installed(&[
            ("a/META", "requires = \"b c\"\n"),
            ("b/META", "requires = \"c\"\n"),
            ("META.c", "directory = \"\"\nrequires(x) = \"d\"\n"),
        ]);
        let all = findlib.closure(&["a".into(), "b".into()], &Predicates::default()).unwrap();
        assert_eq!(names(&all), ["c", "b", "a"]);
        let missing = findlib.closure(&["a".into()], &Predicates::of(["x"])).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "the findlib package `d` is not installed, needed by `c`, needed by `b`, needed by `a`"
        );
    }

    #[test]
    fn what_comes_with_ocaml_does_without_what_the_toolchain_lacks() {
        let (_dir, mut findlib) = installed(&[
            ("bigarray/META", "directory = \"^\"\nrequires = \"unix\"\n"),
            ("unix/META", "directory = \"^\"\n"),
            ("lwt/META", "requires = \"bigarray unix\"\n"),
        ]);
        let mut all = |name: &str, lacks: &[&str]| {
            findlib.lacks = lacks.iter().map(|name| (*name).to_owned()).collect();
            let all = findlib.closure(&[name.to_owned()], &Predicates::default()).unwrap();
            all.iter().map(|package| package.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(all("bigarray", &[]), ["unix", "bigarray"]);
        assert_eq!(all("bigarray", &["unix"]), ["bigarray"]);
        assert_eq!(all("lwt", &["unix"]), ["bigarray", "unix", "lwt"]);
    }

    #[test]
    fn packages_inside_take_the_folder_but_no_variables() {
        let (dir, mut findlib) = installed(&[(
            "a/META",
            "version = \"1\"\npackage \"b\" ( directory = \"sub\" package \"c\" ( ) )\n\
             package \"s\" ( directory = \"+threads\" )\n",
        )]);
        let inner = findlib.package("a.b.c").unwrap().unwrap();
        assert_eq!(inner.dir, dir.path().join("a/sub"));
        assert_eq!(inner.version(), None);
        assert_eq!(findlib.package("a.s").unwrap().unwrap().dir, Path::new("/stdlib/threads"));
        assert_eq!(findlib.inside("a").unwrap(), ["a.b", "a.b.c", "a.s"]);
    }

    #[test]
    fn a_package_without_its_files_is_not_installed() {
        let (_dir, mut findlib) = installed(&[
            ("a/META", "exists_if = \"a.cma,a.cmxa\"\n"),
            ("b/META", "exists_if = \"b.cma,b.cmxa\"\n"),
            ("b/b.cmxa", ""),
        ]);
        assert!(findlib.package("a").unwrap().is_none());
        assert!(findlib.package("b").unwrap().is_some());
    }

    #[test]
    fn a_meta_beside_others_says_its_folder() {
        let (dir, mut findlib) = installed(&[("META.c", "version = \"1\"\n")]);
        let file = dir.path().join("META.c");
        assert_eq!(
            findlib.package("c").unwrap_err().to_string(),
            format!(
                "{}: there is no `directory`, which a META beside others needs\n  \
                 help: add `directory = \"name\"`, the folder of the package's files",
                file.display()
            )
        );
    }

    #[test]
    fn packages_that_require_each_other_are_named() {
        let (_dir, mut findlib) =
            installed(&[("a/META", "requires = \"b\"\n"), ("b/META", "requires = \"a\"\n")]);
        let error = findlib.closure(&["a".into()], &Predicates::default()).unwrap_err();
        assert_eq!(error.to_string(), "findlib packages need each other: a -> b -> a");
    }
}
