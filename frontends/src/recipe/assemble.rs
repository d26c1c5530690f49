//! Puts a toolchain together: what was built, headers, the host's standard library and wrappers.

use std::fs;
use std::path::{Path, PathBuf};

use super::compiler::PROGRAM;
use super::processor::Processor;
use super::sources::write;
use super::{Prepared, RecipeError, at};
use crate::files;
use crate::ocaml::rules::shell;
use crate::toolchain::Toolchain;
use crate::toolchain::folder::{self, Folder};

const OCAML: &str = include_str!("../../recipes/ocaml.sh");

/// What goes into a toolchain beside what is built, and what it says of itself.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    /// Texts that it is made of.
    pub(super) texts: Vec<Vec<u8>>,
    /// What it is made of, in words.
    pub(super) words: Vec<String>,
    /// The host's compiler: its standard library, configuration and packages.
    pub(super) host: Toolchain,
    /// Its name for findlib.
    pub(super) findlib: String,
    /// Files and folders, and what they are called in the toolchain.
    pub(super) copies: Vec<(PathBuf, String)>,
    /// The name and the text of the C compiler.
    pub(super) cc: (String, String),
    /// Folders of headers in the toolchain that OCaml programs see and the C compiler does not know.
    pub(super) includes: &'static [&'static str],
    /// How C for OCaml programs is compiled.
    pub(super) c_flags: &'static str,
    /// Beginnings of the names of files of the host's standard library that serve here as well.
    pub(super) stdlib: &'static [&'static str],
    /// What the compilers say of themselves otherwise than those of the host.
    pub(super) says: Vec<(&'static str, String)>,
    /// Whose code it makes.
    pub(super) processor: &'static Processor,
}

impl Parts {
    /// A digest of all that the toolchain is made of.
    pub(super) fn key(&self) -> Result<String, RecipeError> {
        let mut all =
            [OCAML, &self.findlib, &self.cc.0, &self.cc.1, self.c_flags].concat().into_bytes();
        all.extend(self.texts.concat());
        for (path, _) in self.copies.iter().filter(|(path, _)| path.is_file()) {
            all.extend(fs::read(path).map_err(at(path))?);
        }
        for (name, value) in self.host.environment.values() {
            all.extend(format!("{name}: {value}\n").bytes());
        }
        Ok(files::digest(&all)[..12].to_owned())
    }
}

pub(super) fn install(prepared: &Prepared) -> Result<(), RecipeError> {
    let (work, parts) = (&prepared.work, &prepared.parts);
    let to = &prepared.folder.path;
    if to.join(folder::FILE).is_file() {
        return Ok(());
    }
    let home = to.parent().unwrap_or(Path::new("."));
    let made = tempfile::Builder::new().prefix(".new-").tempdir_in(home).map_err(at(home))?;
    let new = made.path();
    copy(&work.join("out"), new)?;
    copy(&work.join("include/caml"), &new.join("lib/ocaml/caml"))?;
    for (from, to) in &parts.copies {
        copy(from, &new.join(to))?;
    }
    let lib = new.join("lib/ocaml");
    standard_library(parts, &lib)?;
    if !parts.processor.is_own() {
        descriptions(parts, &new.join("lib"))?;
    }
    write(&lib.join("ocaml.config"), configuration(parts, to).as_bytes())?;
    write(&new.join("lib/findlib.conf"), findlib(parts, to).as_bytes())?;
    let bin = new.join("bin");
    fs::create_dir_all(&bin).map_err(at(&bin))?;
    let (cc, text) = &parts.cc;
    script(&bin.join(cc), text)?;
    for (name, tool) in tools(parts) {
        let includes = parts.includes.iter().map(|it| format!("-isystem \\\"$top/{it}\\\" "));
        let flags = includes.collect::<String>() + parts.c_flags;
        let text = OCAML.replace("@tool@", &tool).replace("@cc@", cc).replace("@flags@", &flags);
        script(&bin.join(name), &text)?;
    }
    let text = serde_json::to_vec_pretty(&prepared.folder).unwrap_or_default();
    write(&new.join(folder::FILE), &text)?;
    // A folder of `tempfile` is for its owner alone, this one is for everybody who may be here.
    permit(new, 0o755)?;
    match fs::rename(new, to) {
        Ok(()) => {
            let _ = made.keep();
            replace(&prepared.folder)
        }
        // Somebody else was faster.
        Err(_) if to.join(folder::FILE).is_file() => Ok(()),
        Err(error) => Err(at(to)(error)),
    }
}

/// Removes what a toolchain takes the place of: the same one made of older parts.
fn replace(new: &Folder) -> Result<(), RecipeError> {
    let home = new.path.parent().unwrap_or(Path::new("."));
    for old in folder::inside(home) {
        if old.name == new.name && old.ocaml == new.ocaml && old.path != new.path {
            old.remove().map_err(at(&old.path))?;
        }
    }
    Ok(())
}

/// The compilers, and the programs that they are as the shell has them.
fn tools(parts: &Parts) -> Vec<(String, String)> {
    let prefix = parts.cc.0.trim_end_matches("cc");
    let name = |tool: &str| format!("{prefix}{tool}");
    let native = if parts.processor.is_own() {
        parts.host.ocamlopt.as_deref().map(shell)
    } else {
        Some(format!("\"$top/{PROGRAM}\""))
    };
    let native = native.map(|tool| (name("ocamlopt"), tool));
    std::iter::once((name("ocamlc"), shell(&parts.host.ocamlc))).chain(native).collect()
}

/// What findlib has to know.
fn findlib(parts: &Parts, to: &Path) -> String {
    let (conf, toolchain) = (&parts.host.findlib, &parts.findlib);
    let mut path = vec![to.join("lib")];
    // What is installed for the host is in the code of its processor.
    path.extend(conf.path.iter().filter(|_| parts.processor.is_own()).cloned());
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let joined = path.iter().map(|path| text(path)).collect::<Vec<_>>().join(":");
    let host = conf.path.iter().map(|path| text(path)).collect::<Vec<_>>().join(":");
    let mut out = format!("destdir=\"{}\"\npath=\"{host}\"\n", text(&conf.destdir));
    let values = [
        ("destdir", text(&to.join("lib"))),
        ("path", joined),
        ("stdlib", text(&to.join("lib/ocaml"))),
        ("ldconf", "ignore".to_owned()),
    ];
    for (name, value) in values {
        out += &format!("{name}({toolchain})=\"{value}\"\n");
    }
    for (name, _) in tools(parts) {
        let tool = name.rsplit('-').next().unwrap_or_default();
        let path = text(&to.join("bin").join(&name));
        out += &format!("{tool}({toolchain})=\"{path}\"\n");
    }
    out
}

/// What the compilers say of themselves: what the host's say, with another C compiler and library.
fn configuration(parts: &Parts, to: &Path) -> String {
    let inside = |path: &str| shell(&to.join(path).to_string_lossy());
    let cc = inside(&format!("bin/{}", parts.cc.0));
    let includes = parts.includes.iter().map(|it| format!(" -isystem {}", inside(it)));
    let flags = parts.c_flags.to_owned() + &includes.collect::<String>();
    let stdlib = to.join("lib/ocaml").to_string_lossy().into_owned();
    let mut out = String::new();
    for (name, value) in parts.host.environment.values() {
        let own = parts.says.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str());
        let value = match name {
            "c_compiler" => cc.clone(),
            "ocamlc_cflags" | "ocamlopt_cflags" => flags.clone(),
            "ocamlc_cppflags" | "ocamlopt_cppflags" => String::new(),
            "bytecomp_c_compiler" | "native_c_compiler" => format!("{cc} {flags}"),
            "bytecomp_c_libraries" | "native_c_libraries" => "-lm".to_owned(),
            "standard_library" | "standard_library_default" => stdlib.clone(),
            "architecture" => parts.processor.ocaml.to_owned(),
            "asm" => parts.processor.tool("as"),
            "ranlib" => parts.processor.tool("ranlib"),
            "native_pack_linker" => format!("{} -r -o ", parts.processor.tool("ld")),
            _ => own.unwrap_or(value).to_owned(),
        };
        out += &format!("{name}: {value}\n");
    }
    out
}

/// Descriptions of the packages that come with OCaml: they hold nothing but what the libraries are
/// called.
fn descriptions(parts: &Parts, into: &Path) -> Result<(), RecipeError> {
    for dir in &parts.host.findlib.path {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let to = into.join(entry.file_name()).join("META");
            match fs::read_to_string(entry.path().join("META")) {
                Ok(text) if text.contains("[distributed with") && !to.exists() => {
                    write(&to, text.as_bytes())?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Links to the host's standard library: code in OCaml knows no operating system, and interfaces know no
/// processor either.
fn standard_library(parts: &Parts, into: &Path) -> Result<(), RecipeError> {
    let stdlib = &parts.host.findlib.stdlib;
    let ends: &[&str] = if parts.processor.is_own() {
        &[".cmi", ".cmx", ".cmo", ".cma", ".cmxa", ".a", ".o"]
    } else {
        &[".cmi", ".cmo", ".cma"]
    };
    let folders = parts.stdlib.iter().filter_map(|start| start.strip_suffix('/'));
    for folder in folders.chain([""]) {
        let from = stdlib.join(folder);
        for entry in fs::read_dir(&from).map_err(at(&from))?.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let wanted = !folder.is_empty() || parts.stdlib.iter().any(|it| name.starts_with(it));
            if wanted && entry.path().is_file() && ends.iter().any(|end| name.ends_with(end)) {
                let link = into.join(folder).join(&*name);
                fs::create_dir_all(into.join(folder)).map_err(at(&link))?;
                // What has no interface of its own was compiled with it.
                if !link.exists() {
                    symlink(&entry.path(), &link)?;
                }
            }
        }
    }
    Ok(())
}

fn script(path: &Path, text: &str) -> Result<(), RecipeError> {
    files::replace(path, text.as_bytes(), Some(0o755)).map_err(at(path))
}

fn symlink(to: &Path, name: &Path) -> Result<(), RecipeError> {
    std::os::unix::fs::symlink(to, name).map_err(at(name))
}

fn permit(path: &Path, mode: u32) -> Result<(), RecipeError> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(at(path))
}

fn copy_file(from: &Path, to: &Path) -> Result<(), RecipeError> {
    fs::copy(from, to).map(|_| ()).map_err(at(from))
}

/// Copies a file, or what is in a folder into another one.
fn copy(from: &Path, to: &Path) -> Result<(), RecipeError> {
    if from.is_file() {
        let folder = to.parent().unwrap_or(to);
        fs::create_dir_all(folder).map_err(at(folder))?;
        return copy_file(from, to);
    }
    let mut left: Vec<(PathBuf, PathBuf)> = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = left.pop() {
        fs::create_dir_all(&to).map_err(at(&to))?;
        for entry in fs::read_dir(&from).map_err(at(&from))? {
            let entry = entry.map_err(at(&from))?;
            let (path, into) = (entry.path(), to.join(entry.file_name()));
            if path.is_dir() {
                left.push((path, into));
            } else {
                copy_file(&path, &into)?;
            }
        }
    }
    Ok(())
}
