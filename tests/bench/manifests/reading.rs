//! The whole way from files to the package model, timed, and its first part; nothing of what is read is printed.

use std::path::Path;
use std::time::Instant;

use mbuild_frontends::choices::Choices;
use mbuild_frontends::configure::{ConfigureError, Request, read};
use mbuild_frontends::findlib::expand::{Mode, Use};
use mbuild_frontends::findlib::{Conf, Findlib};
use mbuild_frontends::opam;
use mbuild_frontends::target::Catalog;

use crate::parsing;
use crate::shape::{Read, Shape};

/// Reads a folder so often and prints how many microseconds it took, and to parse the manifest alone.
pub(crate) fn times(shape: &Shape, folder: &Path, rounds: usize) {
    for _ in 0..rounds {
        let start = Instant::now();
        match shape.read {
            Read::Package => assert!(package(folder).is_ok(), "it is right"),
            Read::Mistakes => {
                assert!(matches!(package(folder), Err(ConfigureError::Wrong(_))), "it is wrong");
            }
            Read::Installed => assert!(installed(folder).is_ok(), "it is right"),
            Read::BadMeta => assert!(installed(folder).is_err()),
            Read::List => {
                let content = std::fs::read(folder.join("p.install")).expect("a list");
                assert!(
                    !opam::read_install(b"p.install", &content).expect("it is right").is_empty()
                );
            }
        }
        let read = start.elapsed();
        println!("{} {}", read.as_micros(), parsing::time(shape.format, folder).as_micros());
    }
}

/// Reads the manifest of a package, with everything beside it.
fn package(folder: &Path) -> Result<mbuild_frontends::configure::Reading, ConfigureError> {
    let target = Catalog::built_in().expect("targets").target(Catalog::DEFAULT).expect("native");
    read(&Request {
        root: folder,
        target: &target,
        choices: Some(Choices::default()),
        mbuild: Path::new("mbuild"),
        variable: &|name| std::env::var_os(name),
    })
}

/// Finds the package `big` with all that it needs, as a build does; how many packages that are.
fn installed(folder: &Path) -> Result<usize, String> {
    let conf = Conf { path: vec![folder.to_owned()], ..Conf::default() };
    let used = Use::of(&mut Findlib::new(conf), &["big".to_owned()], Mode::Native);
    let used = used.map_err(|error| error.to_string())?;
    let archives = used.archives();
    Ok(used.packages.len() + archives.len() + used.link_options().len())
}
