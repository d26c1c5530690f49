//! What a package's own commands made or changed, as one archive: a tar file with a head of ours, the same
//! bytes for the same content.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bstr::ByteSlice as _;
use serde::{Deserialize, Serialize};
use tar::{EntryType, Header};

use super::error::{self, OwnBuildError};
use super::tree::{self, Digests, Found, Tree};
use crate::files::any_path::{self, AnyPath};

/// The name of the head; no source can have it, for it is no path below a folder.
const HEAD: &str = "mbuild-head.json";

/// The first entry.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Head {
    /// The folder in which own builds were made, where what came of this one names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) folder: Option<AnyPath>,
    /// Sources that the commands removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "any_path::all")]
    removed: Vec<PathBuf>,
}

/// Writes what is in the tree and was not, or not so, before. What is in `folder` is not the same in another
/// checkout.
pub(super) fn write(
    tree: &Tree,
    before: &Digests,
    folder: &Path,
    output: &Path,
) -> Result<(), OwnBuildError> {
    let now = tree.digests()?;
    let mut head = Head::default();
    head.removed.extend(before.keys().filter(|path| !now.contains_key(*path)).cloned());
    // Whoever is inside of a removed folder goes with it.
    let made: Vec<(&PathBuf, &Found)> =
        now.iter().filter(|(path, found)| before.get(*path) != Some(found)).collect();
    let text = folder.as_os_str().as_encoded_bytes();
    for (path, found) in &made {
        let names_it = match found {
            Found::File(..) => {
                let path = tree.path.join(path);
                let content = fs::read(&path).map_err(error::file("read", &path))?;
                content.find(text).is_some()
            }
            Found::Link(_) | Found::Folder => false,
        };
        if names_it {
            head.folder = Some(AnyPath(folder.to_owned()));
            break;
        }
    }
    let failed = || error::file("write", output);
    let file = File::create(output).map_err(failed())?;
    let mut out = tar::Builder::new(BufWriter::new(file));
    let text = serde_json::to_vec(&head).map_err(|found| failed()(found.into()))?;
    out.append_data(&mut header(EntryType::Regular, text.len() as u64, 0o644), HEAD, &text[..])
        .map_err(failed())?;
    for (path, found) in made {
        let full = tree.path.join(path);
        let name = Path::new("tree").join(path);
        match found {
            Found::File(_, program) => {
                let file = File::open(&full).map_err(error::file("read", &full))?;
                let size = file.metadata().map_err(error::file("read", &full))?.len();
                let mode = if *program { 0o755 } else { 0o644 };
                out.append_data(&mut header(EntryType::Regular, size, mode), name, file)
            }
            Found::Link(target) => {
                let target = inside(tree, path, target);
                out.append_link(&mut header(EntryType::Symlink, 0, 0o777), name, target)
            }
            Found::Folder => {
                out.append_data(&mut header(EntryType::Directory, 0, 0o755), name, io::empty())
            }
        }
        .map_err(failed())?;
    }
    let mut file = out.into_inner().map_err(failed())?;
    file.flush().map_err(failed())
}

fn header(kind: EntryType, size: u64, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(mode);
    header.set_mtime(0);
    header
}

/// What a link names, seen from the link where that is in the tree: tools like to write all of the way.
fn inside(tree: &Tree, link: &Path, target: &Path) -> PathBuf {
    let Ok(rest) = target.strip_prefix(&tree.path) else { return target.to_owned() };
    let above = link.components().count().saturating_sub(1);
    std::iter::repeat_n(Path::new(".."), above).collect::<PathBuf>().join(rest)
}

/// The head of an archive.
pub(super) fn head(path: &Path) -> Result<Head, OwnBuildError> {
    let wrong = || OwnBuildError::Archive(path.to_owned());
    let file = File::open(path).map_err(error::file("read", path))?;
    let mut archive = tar::Archive::new(BufReader::new(file));
    let mut entries = archive.entries().map_err(|_| wrong())?;
    let mut first = entries.next().ok_or_else(wrong)?.map_err(|_| wrong())?;
    let mut text = Vec::new();
    first.read_to_end(&mut text).map_err(|_| wrong())?;
    serde_json::from_slice(&text).map_err(|_| wrong())
}

/// Puts what is in the archive over a copy of the sources. All of it gets one time of change, which is later
/// than that of any source: then no tool that compares them finds anything to do.
pub(super) fn unpack(path: &Path, head: &Head, tree: &Tree) -> Result<(), OwnBuildError> {
    let wrong = || OwnBuildError::Archive(path.to_owned());
    for removed in &head.removed {
        remove(&tree.path.join(removed))?;
    }
    let file = File::open(path).map_err(error::file("read", path))?;
    let mut archive = tar::Archive::new(BufReader::new(file));
    let now = SystemTime::now();
    for entry in archive.entries().map_err(|_| wrong())?.skip(1) {
        let mut entry = entry.map_err(|_| wrong())?;
        let name = entry.path().map_err(|_| wrong())?.into_owned();
        let name = name.strip_prefix("tree").map_err(|_| wrong())?;
        let to = tree.path.join(name);
        if entry.header().entry_type() == EntryType::Directory {
            if to.symlink_metadata().is_ok_and(|data| !data.is_dir()) {
                remove(&to)?;
            }
            fs::create_dir_all(&to).map_err(error::file("make", &to))?;
            continue;
        }
        // A source that was changed is replaced, not written through.
        remove(&to)?;
        entry.set_preserve_mtime(false);
        entry.set_preserve_permissions(true);
        entry.unpack(&to).map_err(error::file("write", &to))?;
        if entry.header().entry_type() == EntryType::Regular {
            tree::set_modified(&to, now).map_err(error::file("write", &to))?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), OwnBuildError> {
    let is_dir = path.symlink_metadata().is_ok_and(|data| data.is_dir());
    let gone = if is_dir { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match gone {
        Err(found) if found.kind() != io::ErrorKind::NotFound => {
            Err(error::file("remove", path)(found))
        }
        _ => Ok(()),
    }
}
