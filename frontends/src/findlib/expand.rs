//! What a compiler, a linker or a preprocessor has to be told about the packages in use.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::evaluate::{Predicates, words};
use super::index::{Findlib, FindlibError, Installed, is_threads};

/// The kind of code that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Bytecode.
    Byte,
    /// Native code.
    Native,
}

impl Mode {
    /// The predicate of META.
    pub fn predicate(self) -> &'static str {
        match self {
            Mode::Byte => "byte",
            Mode::Native => "native",
        }
    }
}

/// The packages in use, closed over what they require, for one kind of code.
#[derive(Clone, Debug)]
pub struct Use {
    /// Each after what it requires.
    pub packages: Vec<Installed>,
    predicates: Predicates,
    stdlib: PathBuf,
    /// The folders of packages that files of others are named by (`@name/file`).
    named: BTreeMap<String, PathBuf>,
}

impl Use {
    /// Closes over `names`. Threads count as switched on when a package in use needs them, as the
    /// `-thread` flag of the compilers would do.
    pub fn of(findlib: &mut Findlib, names: &[String], mode: Mode) -> Result<Self, FindlibError> {
        let base = Predicates::of([mode.predicate(), "autolink"]);
        let threads = base.clone().with("mt").with("mt_posix");
        let mut packages = findlib.closure(names, &base)?;
        let threaded = packages.iter().any(|package| is_threads(&package.name));
        let mut predicates = base;
        if threaded {
            predicates = threads;
            packages = findlib.closure(names, &predicates)?;
        }
        for package in &packages {
            predicates.add(format!("pkg_{}", package.name));
        }
        for package in &packages {
            if let Some(message) = package.meta.value("error", &predicates) {
                return Err(FindlibError::Refused { name: package.name.clone(), message });
            }
        }
        let mut named = BTreeMap::new();
        let values = packages.iter().flat_map(|package| &package.meta.entries);
        let words = values.flat_map(|entry| words(&entry.value));
        for name in
            words.filter_map(|word| Some(word.strip_prefix('@')?.split('/').next()?.to_owned()))
        {
            if let Some(package) = findlib.package(&name)? {
                named.insert(name, package.dir);
            }
        }
        Ok(Self { packages, predicates, stdlib: findlib.conf.stdlib.clone(), named })
    }

    /// What the packages in use say that their users should know, with the name of each.
    pub fn warnings(&self) -> impl Iterator<Item = (&str, String)> {
        let value = |package: &Installed| package.meta.value("warning", &self.predicates);
        self.packages
            .iter()
            .filter_map(move |package| Some((package.name.as_str(), value(package)?)))
    }

    /// The path of a file of a package: `+x` and `^x` are in the standard library's folder, `@p/x` in that of
    /// package `p`, and the rest is relative to `base`.
    fn path(&self, file: &str, base: &Path) -> PathBuf {
        if let Some(rest) = file.strip_prefix(['+', '^']) {
            return self.stdlib.join(rest);
        }
        let named = file.strip_prefix('@').map(|rest| rest.split_once('/').unwrap_or((rest, "")));
        match named.and_then(|(name, rest)| Some((self.named.get(name)?, rest))) {
            Some((dir, "")) => dir.clone(),
            Some((dir, rest)) => dir.join(rest),
            None => base.join(file),
        }
    }

    /// A word of a preprocessor's command: like a file where it says its folder, itself otherwise.
    fn word(&self, word: &str, base: &Path) -> String {
        if word.starts_with(['+', '^', '@']) || word.starts_with("./") || word.starts_with("../") {
            self.path(word.strip_prefix("./").unwrap_or(word), base).to_string_lossy().into_owned()
        } else {
            word.to_owned()
        }
    }

    /// The folders for `-I`, without the standard library's: each once, where the last of its packages is.
    pub fn include_dirs(&self) -> Vec<PathBuf> {
        let mut dirs: Vec<PathBuf> = Vec::new();
        let mut known = HashSet::new();
        for package in self.packages.iter().rev() {
            if package.dir != self.stdlib && known.insert(&package.dir) {
                dirs.push(package.dir.clone());
            }
        }
        dirs.reverse();
        dirs
    }

    /// `linkopts` of all packages, those of a package before those of what it requires: a linker takes from
    /// a library what is missing so far.
    pub fn link_options(&self) -> Vec<String> {
        let packages = self.packages.iter().rev();
        let values =
            packages.filter_map(|package| package.meta.value("linkopts", &self.predicates));
        let words =
            |text: String| text.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
        values.flat_map(words).collect()
    }

    /// The archives to link, in order; a bare name where the standard library's folder has it.
    pub fn archives(&self) -> Vec<PathBuf> {
        let mut out = Vec::new();
        let mut known = HashSet::new();
        for package in &self.packages {
            for archive in package.meta.list("archive", &self.predicates) {
                let path = self.path(&archive, &package.dir);
                let path = match path.strip_prefix(&self.stdlib) {
                    Ok(name) if name.components().count() == 1 => name.to_owned(),
                    _ => path,
                };
                if known.insert(path.clone()) {
                    out.push(path);
                }
            }
        }
        out
    }

    /// What the link of a program reads beside the archives, where it is there: the machine code of
    /// each, and what packages have in C. Neither is named on the command line, and either can
    /// change while the archive stays the same.
    pub fn parts(&self) -> Vec<PathBuf> {
        let mut out = Vec::new();
        for archive in self.archives() {
            let archive = self.stdlib.join(archive);
            if archive.extension().is_some_and(|ending| ending == "cmxa") {
                out.push(archive.with_extension("a"));
            }
            // In the folder of the standard library are many that are none of the package's.
            if let Some(stem) = archive.file_stem()
                && archive.parent() == Some(&self.stdlib)
            {
                out.push(archive.with_file_name(format!("lib{}.a", stem.to_string_lossy())));
            }
        }
        out.retain(|path| path.is_file());
        for dir in self.include_dirs() {
            let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
            let mut found: Vec<PathBuf> = entries
                .filter(|entry| {
                    let name = entry.file_name();
                    let name = name.to_string_lossy();
                    name.starts_with("lib") && name.ends_with(".a")
                })
                .map(|entry| entry.path())
                .collect();
            found.sort();
            out.extend(found);
        }
        out.sort();
        out.dedup();
        out
    }

    /// The commands for `-ppx`, each with the options other packages have for it.
    pub fn ppx(&self) -> Vec<String> {
        let mut options: Vec<(String, Vec<String>)> = Vec::new();
        for package in &self.packages {
            let value = package.meta.value("ppxopt", &self.predicates).unwrap_or_default();
            for group in value.split_ascii_whitespace() {
                let mut parts = group.split(',').filter(|part| !part.is_empty());
                let Some(name) = parts.next() else { continue };
                let arguments = parts.map(|part| self.word(part, &package.dir)).collect();
                options.push((name.to_owned(), arguments));
            }
        }
        let mut out = Vec::new();
        for package in &self.packages {
            let Some(value) = package.meta.value("ppx", &self.predicates) else { continue };
            // The program's own folder is meant; its arguments stay as they are.
            let mut command: Vec<String> =
                value.split_ascii_whitespace().map(str::to_owned).collect();
            if let Some(program) = command.first_mut() {
                *program = self.word(program, &package.dir);
            }
            let mine = options.iter().filter(|(name, _)| *name == package.name);
            command.extend(mine.flat_map(|(_, arguments)| arguments.iter().cloned()));
            if !command.is_empty() {
                out.push(command.join(" "));
            }
        }
        out
    }
}

/// The files among the words of preprocessor commands, such as rewriters and syntax extensions:
/// another version of them makes other code. Names without a folder are looked for in `-I` folders.
pub fn files_of(commands: &[Vec<String>]) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = Vec::new();
    for words in commands {
        let folders = words.windows(2).filter(|pair| pair[0] == "-I").map(|pair| &pair[1]);
        let folders: Vec<&String> = folders.collect();
        for word in words {
            let beside = folders.iter().map(|folder| Path::new(folder).join(word));
            let mut places = std::iter::once(PathBuf::from(word)).chain(beside);
            if let Some(file) = places.find(|file| file.is_absolute() && file.is_file())
                && !out.contains(&file)
            {
                out.push(file);
            }
        }
    }
    out
}

/// The command for `-pp` with a camlp4 syntax (`camlp4o`, `camlp4r`) and the syntax extensions
/// among the packages.
pub fn camlp4(
    findlib: &mut Findlib,
    names: &[String],
    syntax: &str,
) -> Result<Vec<String>, FindlibError> {
    let predicates = Predicates::of(["preprocessor", "syntax", syntax]);
    // Libraries that are linked into what is made have no part in the preprocessor: it may bring
    // another copy of the same modules, as `camlp4` does those of `dynlink`.
    let mut extensions = Vec::new();
    for name in names {
        let Some(package) = findlib.package(name)? else { continue };
        if !package.meta.list("archive", &predicates).is_empty() {
            extensions.push(name.clone());
        }
    }
    let mut packages = findlib.closure(&extensions, &predicates)?;
    if preprocessor(&packages, &predicates).is_none() && findlib.package("camlp4")?.is_some() {
        extensions.insert(0, "camlp4".to_owned());
        packages = findlib.closure(&extensions, &predicates)?;
    }
    let Some(program) = preprocessor(&packages, &predicates) else {
        return Err(FindlibError::NoPreprocessor(syntax.to_owned()));
    };
    let mut command: Vec<String> = program.split_ascii_whitespace().map(str::to_owned).collect();
    let mut arguments = Vec::new();
    let mut dirs: Vec<PathBuf> = Vec::new();
    for package in &packages {
        // It runs as bytecode, whatever it makes.
        let value = package.meta.value("archive", &predicates.clone().with("byte"));
        arguments.extend(words(&value.unwrap_or_default()));
        if package.dir != findlib.conf.stdlib && !dirs.contains(&package.dir) {
            dirs.push(package.dir.clone());
        }
    }
    for dir in dirs {
        command.push("-I".to_owned());
        command.push(dir.to_string_lossy().into_owned());
    }
    command.append(&mut arguments);
    Ok(command)
}

fn preprocessor(packages: &[Installed], predicates: &Predicates) -> Option<String> {
    packages
        .iter()
        .rev()
        .find_map(|package| package.meta.value("preprocessor", predicates))
        .filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::conf::Conf;
    use super::*;

    fn installed(files: &[(&str, &str)]) -> (tempfile::TempDir, Findlib) {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = dir.path().join(name).join("META");
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        let conf = Conf {
            path: vec![dir.path().to_owned()],
            stdlib: dir.path().join("stdlib"),
            ..Conf::default()
        };
        (dir, Findlib::new(conf))
    }

    fn strings(paths: &[PathBuf]) -> Vec<&str> {
        paths.iter().map(|path| path.to_str().unwrap()).collect()
    }

    #[test]
    fn threads_are_linked_when_a_package_needs_them() {
        let (dir, mut findlib) = installed(&[
            ("unix", "directory = \"+\"\narchive(byte) = \"unix.cma\"\n"),
            (
                "threads",
                "directory = \"+\"\nrequires(mt,mt_posix) = \"threads.posix\"\n\
                 package \"posix\" ( requires = \"unix\" directory = \"+threads\" archive(byte,mt,mt_posix) = \"threads.cma\" )\n",
            ),
            ("a", "requires = \"threads\"\narchive(byte) = \"a.cma\"\nlinkopts = \"-cclib -lx\"\n"),
        ]);
        let used = Use::of(&mut findlib, &["a".into()], Mode::Byte).unwrap();
        let threads = dir.path().join("stdlib/threads");
        let a = dir.path().join("a");
        assert_eq!(used.include_dirs(), [threads.clone(), a.clone()]);
        let archives = [PathBuf::from("unix.cma"), threads.join("threads.cma"), a.join("a.cma")];
        assert_eq!(strings(&used.archives()), strings(&archives));
        assert_eq!(used.link_options(), ["-cclib", "-lx"]);
    }

    #[test]
    fn machine_code_and_c_are_parts_of_a_link() {
        let (dir, mut findlib) = installed(&[
            ("num", "directory = \"+\"\narchive(native) = \"nums.cmxa\"\n"),
            ("a", "requires = \"num\"\narchive(native) = \"a.cmxa\"\n"),
        ]);
        let there = ["stdlib/nums.a", "stdlib/libnums.a", "stdlib/libasmrun.a", "a/a.a"];
        std::fs::create_dir(dir.path().join("stdlib")).unwrap();
        for name in there.iter().chain(&["a/liba_stubs.a", "a/libz.so", "a/other.a"]) {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        let used = Use::of(&mut findlib, &["a".into()], Mode::Native).unwrap();
        let parts = ["a/a.a", "a/liba_stubs.a", "stdlib/libnums.a", "stdlib/nums.a"];
        assert_eq!(used.parts(), parts.map(|name| dir.path().join(name)));
    }

    #[test]
    fn rewriters_get_the_options_of_other_packages() {
        let (dir, mut findlib) = installed(&[
            ("ppx_d", "ppx(-ppx_driver,-custom_ppx) = \"./ppx_d -x\"\n"),
            ("d_show", "requires = \"ppx_d\"\nppxopt(-ppx_driver) = \"ppx_d,./show.cma\"\n"),
        ]);
        let used = Use::of(&mut findlib, &["d_show".into()], Mode::Native).unwrap();
        let root = dir.path().display();
        assert_eq!(used.ppx(), [format!("{root}/ppx_d/ppx_d -x {root}/d_show/show.cma")]);
    }

    #[test]
    fn rewriters_and_extensions_are_files_of_their_command() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["ppx", "pa_x.cma"] {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        let root = dir.path().to_str().unwrap().to_owned();
        let words = |text: String| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let commands = [
            words(format!("camlp4 -I {root} -parser o pa_x.cma none.cma")),
            words(format!("{root}/ppx --as-ppx")),
        ];
        assert_eq!(files_of(&commands), [dir.path().join("pa_x.cma"), dir.path().join("ppx")]);
    }

    #[test]
    fn a_syntax_brings_its_preprocessor_and_extensions() {
        let (dir, mut findlib) = installed(&[
            (
                "camlp4",
                "archive(syntax,preprocessor,camlp4o) = \"-parser o\"\npreprocessor = \"camlp4\"\n",
            ),
            (
                "x",
                "requires = \"camlp4\"\nrequires(syntax,preprocessor) = \"camlp4 y\"\n\
                 archive(syntax,preprocessor) = \"pa_x.cma\"\n",
            ),
            ("y", "archive(byte) = \"y.cma\"\n"),
            ("lib", "requires = \"camlp4 y\"\narchive(byte) = \"camlp4lib.cma\"\n"),
        ]);
        let command = camlp4(&mut findlib, &["x".into()], "camlp4o").unwrap().join(" ");
        let root = dir.path().display();
        let folders = format!("-I {root}/camlp4 -I {root}/y -I {root}/x");
        assert_eq!(command, format!("camlp4 {folders} -parser o y.cma pa_x.cma"));
        // A library for programs that handle syntax trees is none of the preprocessor's.
        let command = camlp4(&mut findlib, &["lib".into()], "camlp4o").unwrap().join(" ");
        assert_eq!(command, format!("camlp4 -I {root}/camlp4 -parser o"));
    }
}
