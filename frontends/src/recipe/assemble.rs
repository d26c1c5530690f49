//! Puts a toolchain together: what was built, headers, the host's standard library and wrappers.

use std::fs;
use std::path::{Path, PathBuf};

use super::solo5::{C_FLAGS, MUSL_LIB, Parts, TRIPLE};
use super::sources::write;
use super::{Prepared, RecipeError, at};
use crate::files;
use crate::ocaml::rules::shell;
use crate::toolchain::folder::{self, Folder};

const CC: &str = include_str!("../../recipes/solo5/cc.sh");
const OCAML: &str = include_str!("../../recipes/solo5/ocaml.sh");

/// What decides how a toolchain is put together.
pub(super) const TEXTS: [&str; 2] = [CC, OCAML];

/// Beginnings of the names of files of the host's standard library that work without a system.
const STDLIB: [&str; 6] = ["stdlib", "camlinternal", "std_exit.", "str.", "bigarray.", "topdirs."];

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
    copy(&parts.cc_include, &new.join("include").join(TRIPLE))?;
    copy(&parts.solo5_include, &new.join("include/solo5"))?;
    copy(&parts.musl_include, &new.join("include/musl"))?;
    copy(&work.join("include/caml"), &new.join("lib/ocaml/caml"))?;
    let lib = new.join("lib/ocaml");
    copy_file(&Path::new(MUSL_LIB).join("libc.a"), &lib.join("libc.a"))?;
    // OCaml links with these after its runtime, which needs all of the C library.
    for name in ["libm.a", "libdl.a"] {
        symlink(Path::new("libc.a"), &lib.join(name))?;
    }
    standard_library(&parts.host.findlib.stdlib, &lib)?;
    write(&lib.join("ocaml.config"), configuration(parts, to).as_bytes())?;
    write(&new.join("lib/findlib.conf"), findlib(parts, to).as_bytes())?;
    let cc = new.join(format!("bin/{TRIPLE}-cc"));
    script(&cc, CC, "gcc")?;
    for (name, tool) in tools(parts) {
        script(&new.join("bin").join(name), OCAML, tool)?;
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

/// The host's compilers by the names they get here.
fn tools(parts: &Parts) -> Vec<(&'static str, &str)> {
    let native = parts.host.ocamlopt.as_deref().map(|tool| ("solo5-ocamlopt", tool));
    std::iter::once(("solo5-ocamlc", parts.host.ocamlc.as_str())).chain(native).collect()
}

/// What findlib has to know.
fn findlib(parts: &Parts, to: &Path) -> String {
    let conf = &parts.host.findlib;
    let mut path = vec![to.join("lib")];
    path.extend(conf.path.iter().cloned());
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let joined = path.iter().map(|path| text(path)).collect::<Vec<_>>().join(":");
    let host = conf.path.iter().map(|path| text(path)).collect::<Vec<_>>().join(":");
    let mut out = format!(
        "destdir=\"{}\"\npath=\"{host}\"\ndestdir(solo5)=\"{}\"\npath(solo5)=\"{joined}\"\nstdlib(solo5)=\"{}\"\nldconf(solo5)=\"ignore\"\n",
        text(&conf.destdir),
        text(&to.join("lib")),
        text(&to.join("lib/ocaml")),
    );
    for (name, _) in tools(parts) {
        let tool = name.trim_start_matches("solo5-");
        out += &format!("{tool}(solo5)=\"{}\"\n", text(&to.join("bin").join(name)));
    }
    out
}

/// What the compilers say of themselves: what the host's say, with another C compiler and library.
fn configuration(parts: &Parts, to: &Path) -> String {
    let cc = shell(&to.join(format!("bin/{TRIPLE}-cc")).to_string_lossy());
    let musl = shell(&to.join("include/musl").to_string_lossy());
    let flags = format!("{C_FLAGS} -isystem {musl}");
    let stdlib = to.join("lib/ocaml").to_string_lossy().into_owned();
    let mut out = String::new();
    for (name, value) in parts.host.environment.values() {
        let value = match name {
            "c_compiler" => cc.clone(),
            "ocamlc_cflags" | "ocamlopt_cflags" => flags.clone(),
            "ocamlc_cppflags" | "ocamlopt_cppflags" => String::new(),
            "bytecomp_c_compiler" | "native_c_compiler" => format!("{cc} {flags}"),
            "bytecomp_c_libraries" | "native_c_libraries" => "-lm".to_owned(),
            "standard_library" | "standard_library_default" => stdlib.clone(),
            "system" => "solo5".to_owned(),
            "systhread_supported" | "supports_shared_libraries" => "false".to_owned(),
            _ => value.to_owned(),
        };
        out += &format!("{name}: {value}\n");
    }
    out
}

/// Links to the host's standard library: code in OCaml knows no operating system.
fn standard_library(from: &Path, into: &Path) -> Result<(), RecipeError> {
    for entry in fs::read_dir(from).map_err(at(from))?.flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        let name = name.to_string_lossy();
        let ends = [".cmi", ".cmx", ".cmo", ".cma", ".cmxa", ".a", ".o"];
        if path.is_file()
            && STDLIB.iter().any(|start| name.starts_with(start))
            && ends.iter().any(|end| name.ends_with(end))
        {
            symlink(&path, &into.join(&*name))?;
        }
    }
    Ok(())
}

fn script(path: &Path, text: &str, tool: &str) -> Result<(), RecipeError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let text = text
        .replace("@triple@", TRIPLE)
        .replace("@cc@", tool)
        .replace("@tool@", tool)
        .replace("@name@", &name)
        .replace("@c_flags@", C_FLAGS);
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

/// Copies what is in a folder into another one.
fn copy(from: &Path, to: &Path) -> Result<(), RecipeError> {
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
