//! Kernels for virtual machines: taken out of Debian's packages, which are not installed for that.

use std::fs;
use std::path::{Path, PathBuf};

use super::processor::Processor;
use super::sources::{command, run, write};
use super::{FOREIGN, RecipeError, at};
use crate::depends::{Command, foreign};
use crate::target::Kernel;
use crate::toolchain::folder::{self, Folder};

/// Fetches a kernel into its folder.
pub fn fetch(kernel: &Kernel, step: &mut dyn FnMut(&Command)) -> Result<(), RecipeError> {
    let Some(package) = &kernel.spec.package else {
        return Err(RecipeError::NoPackage(kernel.spec.name.clone()));
    };
    if kernel.folder.join(folder::FILE).is_file() {
        return Ok(());
    }
    let home = kernel.folder.parent().filter(|home| home.is_absolute());
    let home = home.ok_or(RecipeError::NoHome)?;
    fs::create_dir_all(home).map_err(at(home))?;
    let made = tempfile::Builder::new().prefix(".new-").tempdir_in(home).map_err(at(home))?;
    let work = made.path();
    let options = apt(kernel, home, step)?;
    let with_options = |program: &str, words: &[&str]| {
        let options = options.iter().map(String::as_str);
        command(
            &std::iter::once(program)
                .chain(options)
                .chain(words.iter().copied())
                .collect::<Vec<_>>(),
        )
    };
    let depends = run(&with_options("apt-cache", &["depends", package]), work)?;
    let package = depended(&String::from_utf8_lossy(&depends)).unwrap_or(package.clone());
    let download = with_options("apt-get", &["download", &package]);
    step(&download);
    run(&download, work)?;
    let archive = named(work, "", ".deb")
        .ok_or_else(|| RecipeError::Source(format!("apt-get left no package `{package}`")))?;
    let inside = work.join("inside");
    run(&command(&["dpkg-deb", "-x", &text(&archive), &text(&inside)]), work)?;

    let new = work.join("kernel");
    fs::create_dir_all(new.join("modules")).map_err(at(&new))?;
    let lacks = |what: &str| RecipeError::Source(format!("package `{package}` has no {what}"));
    let image = named(&inside.join("boot"), "vmlinuz-", "").ok_or_else(|| lacks("kernel"))?;
    fs::copy(&image, new.join("vmlinuz")).map_err(at(&image))?;
    for name in &kernel.spec.modules {
        let file = format!("{name}.ko");
        let found = below(&inside.join("lib/modules"), &file);
        let found = found.ok_or_else(|| lacks(&format!("driver `{name}`")))?;
        fs::copy(&found, new.join("modules").join(file)).map_err(at(&found))?;
    }
    let archive = archive.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let about = Folder {
        path: kernel.folder.clone(),
        name: kernel.spec.name.clone(),
        key: archive.split('_').nth(1).unwrap_or_default().to_owned(),
        ocaml: String::new(),
        recipes: folder::RECIPES,
        parts: vec![archive],
    };
    write(&new.join(folder::FILE), &serde_json::to_vec_pretty(&about).unwrap_or_default())?;
    match fs::rename(&new, &kernel.folder) {
        // Somebody else was faster.
        Err(_) if kernel.folder.join(folder::FILE).is_file() => Ok(()),
        done => done.map_err(at(&kernel.folder)),
    }
}

/// The options of apt for the processor of a kernel; its lists are read where they are not the machine's own.
fn apt(
    kernel: &Kernel,
    home: &Path,
    step: &mut dyn FnMut(&Command),
) -> Result<Vec<String>, RecipeError> {
    let name = kernel.spec.architecture.as_deref().unwrap_or(std::env::consts::ARCH);
    if name == std::env::consts::ARCH {
        // The folder is not for the user that apt would become.
        return Ok(vec!["-o".to_owned(), "APT::Sandbox::User=root".to_owned()]);
    }
    let processor = Processor::named(name).ok_or_else(|| {
        RecipeError::Source(format!("mbuild knows no Debian for the processor {name}"))
    })?;
    let root = home.with_file_name("toolchains").join(FOREIGN).join(processor.debian);
    for folder in ["apt/lists/partial", "apt/cache/archives/partial"] {
        let folder = root.join(folder);
        fs::create_dir_all(&folder).map_err(at(&folder))?;
    }
    let options = foreign::options(&root, processor.debian);
    let words = std::iter::once("apt-get").chain(options.iter().map(String::as_str));
    let update = command(&words.chain(["update"]).collect::<Vec<_>>());
    step(&update);
    run(&update, &root)?;
    Ok(options)
}

/// The kernel's own package, of what apt says that the package with the stable name depends on.
fn depended(said: &str) -> Option<String> {
    let names = said.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
    names.map(str::to_owned).find(|name| name.starts_with("linux-image-"))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The first file in a folder whose name begins and ends like this.
fn named(dir: &Path, start: &str, end: &str) -> Option<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(dir).ok()?.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let fits = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        path.is_file() && name.starts_with(start) && name.ends_with(end)
    };
    paths.into_iter().find(fits)
}

/// The file of this name in a folder or below.
fn below(dir: &Path, name: &str) -> Option<PathBuf> {
    let mut left = vec![dir.to_owned()];
    while let Some(dir) = left.pop() {
        let Ok(entries) = fs::read_dir(&dir) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                left.push(path);
            } else if path.file_name().is_some_and(|its| its == name) {
                return Some(path);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_with_the_kernel_is_found_behind_the_one_with_the_stable_name() {
        let said = "linux-image-cloud-amd64\n  Depends: linux-image-6.1.0-9-cloud-amd64\n";
        assert_eq!(depended(said).as_deref(), Some("linux-image-6.1.0-9-cloud-amd64"));
        assert_eq!(depended("linux-image-6.1.0-9-cloud-amd64\n  Depends: kmod\n"), None);
    }
}
