//! The step that makes an OCaml module of a folder: a read-only store that is a part of the program.
//!
//! What the module offers is what `mir-crunch` of mirage-fs 0.4 wrote for Mirari, and with `-nolwt` for
//! programs without Lwt; how it holds the files is its own.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use mbuild_rules::{depfile, reason};

use super::literal::ocaml_string;
use super::main_module::Style;

/// The name of the step.
pub const STEP: &str = "crunch";

/// Its version: another one makes other modules of the same folder.
pub const VERSION: u32 = 1;

/// Why a folder does not become a module.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something cannot be read or written.
    #[error("cannot {verb} `{}`: {}", path.display(), reason(.source))]
    File {
        /// `read` or `write`.
        verb: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// Neither a file nor a folder: reading it might never end.
    #[error("`{}` is neither a file nor a folder: remove it from what is to be stored", .0.display())]
    Odd(PathBuf),
    /// A link to a folder that it is in.
    #[error("`{}` leads back to a folder that it is in: remove it from what is to be stored", .0.display())]
    Endless(PathBuf),
    /// A name that cannot be told to the build.
    #[error("`{}` cannot be named in a depfile: rename it", .0.display())]
    Name(PathBuf),
    /// The words of the step make no sense: another version of mbuild wrote them.
    #[error("unknown words for the step: {0}")]
    Words(String),
}

impl Style {
    /// The word that stands for it in a command.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Lwt => "lwt",
            Self::Plain => "plain",
        }
    }
}

/// Runs the step: `words` are the style, the name of the store, the folder and the module to make. With the
/// module a depfile is made, which names every file and folder that was looked at.
pub fn run(words: &[OsString]) -> Result<(), StoreError> {
    let unknown = || StoreError::Words(words.join(OsStr::new(" ")).to_string_lossy().into_owned());
    let [style, name, folder, output] = words else { return Err(unknown()) };
    let style = [Style::Lwt, Style::Plain].into_iter().find(|known| style == known.word());
    let style = style.ok_or_else(unknown)?;
    let found = files(Path::new(folder))?;
    let names = found.looked_at.iter().map(|path| path.as_os_str().as_bytes());
    let depfile = depfile::write(output.as_bytes(), names)
        .map_err(|name| StoreError::Name(PathBuf::from(OsStr::from_bytes(&name))))?;
    let module = module(style, name.as_bytes(), &found)?;
    let mut beside = output.clone();
    beside.push(".d");
    for (path, content) in [(output, module), (&beside, depfile)] {
        fs::write(path, content).map_err(|source| failed("write", Path::new(path), source))?;
    }
    Ok(())
}

fn failed(verb: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::File { verb, path: path.to_owned(), source }
}

/// What is in a folder.
#[derive(Debug, Default)]
struct Found {
    /// Every file: its name from the folder on, with `/`, and its path; by name.
    files: Vec<(Vec<u8>, PathBuf)>,
    /// Every folder and file, in the order they were met.
    looked_at: Vec<PathBuf>,
}

/// Looks through a folder and what is below, through links too.
fn files(folder: &Path) -> Result<Found, StoreError> {
    let mut found = Found::default();
    let mut left = vec![(Vec::new(), folder.to_owned())];
    while let Some((prefix, dir)) = left.pop() {
        found.looked_at.push(dir.clone());
        let entries = fs::read_dir(&dir).map_err(|source| failed("read", &dir, source))?;
        let mut names = Vec::new();
        for entry in entries {
            names.push(entry.map_err(|source| failed("read", &dir, source))?.file_name());
        }
        names.sort();
        let mut folders = Vec::new();
        for file in names {
            let path = dir.join(&file);
            let kind = fs::metadata(&path).map_err(|source| failed("read", &path, source))?;
            let name = [&prefix[..], file.as_bytes()].concat();
            if kind.is_dir() {
                check_link(&path, &dir)?;
                folders.push(([&name[..], b"/"].concat(), path));
            } else if kind.is_file() {
                found.looked_at.push(path.clone());
                found.files.push((name, path));
            } else {
                return Err(StoreError::Odd(path));
            }
        }
        left.extend(folders.into_iter().rev());
    }
    found.files.sort();
    Ok(found)
}

/// Refuses a link to a folder that has the link below it: that would go on forever.
fn check_link(path: &Path, dir: &Path) -> Result<(), StoreError> {
    if !path.is_symlink() {
        return Ok(());
    }
    let full = |path: &Path| path.canonicalize().map_err(|source| failed("read", path, source));
    if full(dir)?.starts_with(full(path)?) {
        Err(StoreError::Endless(path.to_owned()))
    } else {
        Ok(())
    }
}

/// The module of a store.
fn module(style: Style, name: &[u8], found: &Found) -> Result<Vec<u8>, StoreError> {
    let mut text = Vec::new();
    let mut line = |parts: &[&str]| {
        for part in parts {
            text.extend_from_slice(part.as_bytes());
        }
        text.push(b'\n');
    };
    line(&["(* Made by mbuild from the files of a folder; changes here are lost. *)\n"]);
    line(&["module Internal = struct"]);
    line(&["  let content = function"]);
    for (name, path) in &found.files {
        let content = fs::read(path).map_err(|source| failed("read", path, source))?;
        let (name, rooted) = (ocaml_string(name), ocaml_string(&[b"/", &name[..]].concat()));
        line(&["    | ", &name, " | ", &rooted, " -> Some ", &ocaml_string(&content)]);
    }
    line(&["    | _ -> None\n"]);
    line(&["  let file_list = ["]);
    for (name, _) in &found.files {
        line(&["    ", &ocaml_string(name), ";"]);
    }
    line(&["  ]\n"]);
    line(&["  let size name = match content name with"]);
    line(&["    | Some text -> Some (Int64.of_int (String.length text))"]);
    line(&["    | None -> None"]);
    line(&["end\n"]);
    line(&["let name = ", &ocaml_string(name)]);
    line(&[match style {
        Style::Lwt => LWT,
        Style::Plain => PLAIN,
    }]);
    Ok(text)
}

/// The interface of a store's module: with one, and the same for all, another page is no reason to compile
/// what uses the module.
pub(super) fn interface(style: Style) -> String {
    let head = "(* Made by mbuild for the files of a folder; changes here are lost. *)\n\n\
                val name : string\n";
    let tail = match style {
        Style::Plain => {
            "val file_list : string list\n\
             val size : string -> int64 option\n\
             val read : string -> string option\n"
        }
        Style::Lwt => {
            "val iter_s : (string -> unit Lwt.t) -> unit Lwt.t\n\
             val size : string -> int64 option Lwt.t\n\
             val read : string -> Cstruct.t Lwt_stream.t option Lwt.t\n\
             val create : OS.Devices.id -> OS.Devices.kv_ro Lwt.t\n"
        }
    };
    format!("{head}{tail}")
}

/// What programs without Lwt use.
const PLAIN: &str = "\
let file_list = Internal.file_list
let size = Internal.size
let read = Internal.content";

/// What programs with Lwt use, and how the store becomes a device of its name.
const LWT: &str = "\
let page_size = 4096

let iter_s f = Lwt_list.iter_s f Internal.file_list

let size file = Lwt.return (Internal.size file)

let read file = match Internal.content file with
  | None -> Lwt.return None
  | Some text ->
    let at = ref 0 in
    let next () =
      let length = min page_size (String.length text - !at) in
      if length <= 0 then Lwt.return None
      else begin
        let page = Cstruct.of_bigarray (OS.Io_page.get 1) in
        Cstruct.blit_from_string text !at page 0 length;
        at := !at + length;
        Lwt.return (Some (Cstruct.sub page 0 length))
      end in
    Lwt.return (Some (Lwt_stream.from next))

let create _ : OS.Devices.kv_ro Lwt.t =
  Lwt.return (object
    method iter_s f = iter_s f
    method read file = read file
    method size file = size file
  end)

let () =
  let plug = Lwt_mvar.create_empty () and unplug = Lwt_mvar.create_empty () in
  let provider = object (self)
    method id = name
    method plug = plug
    method unplug = unplug
    method create ~deps:_ ~cfg:_ id =
      Lwt.bind (create id) (fun store ->
        Lwt.return { OS.Devices.provider = self; id = name; depends = [];
                     node = OS.Devices.KV_RO store })
  end in
  OS.Devices.new_provider provider;
  OS.Main.at_enter (fun () ->
    Lwt_mvar.put plug { OS.Devices.p_id = name; p_dep_ids = []; p_cfg = [] })";

#[cfg(test)]
mod tests {
    use super::*;

    /// The module that is made of files in a folder, and its depfile.
    fn made(style: &str, files: &[(&str, &[u8])]) -> Result<(String, String), StoreError> {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("files");
        fs::create_dir(&folder).unwrap();
        for (name, content) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let output = dir.path().join("filesystem_x.ml");
        run(&[style.into(), "x".into(), folder.into(), output.clone().into()])?;
        let here = dir.path().to_string_lossy().into_owned();
        let read = |path: &Path| fs::read_to_string(path).unwrap().replace(&here, ".");
        Ok((read(&output), read(&output.with_extension("ml.d"))))
    }

    #[test]
    fn a_module_holds_every_file_and_the_depfile_names_it() {
        let files: [(&str, &[u8]); 4] =
            [("b.txt", b"two\n"), ("a b.txt", b""), ("sub/c", b"\xff\"\\"), (".d", b"x")];
        let (module, depfile) = made("plain", &files).unwrap();
        insta::assert_snapshot!(format!("{module}----\n{depfile}"));
    }

    #[test]
    fn programs_with_lwt_have_a_device() {
        insta::assert_snapshot!(made("lwt", &[("a", b"1")]).unwrap().0);
    }

    #[test]
    fn what_cannot_be_stored_is_named() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("in/side")).unwrap();
        symlink("..", dir.path().join("in/side/up")).unwrap();
        let error = files(&dir.path().join("in")).unwrap_err().to_string();
        assert!(error.contains("in/side/up` leads back to a folder that it is in"), "{error}");
        fs::remove_file(dir.path().join("in/side/up")).unwrap();
        symlink("../nowhere", dir.path().join("in/side/lost")).unwrap();
        let error = files(&dir.path().join("in")).unwrap_err().to_string();
        assert!(error.contains("cannot read") && error.contains("in/side/lost`"), "{error}");
        fs::remove_file(dir.path().join("in/side/lost")).unwrap();
        symlink("/dev/null", dir.path().join("in/null")).unwrap();
        let error = files(&dir.path().join("in")).unwrap_err().to_string();
        assert!(error.contains("in/null` is neither a file nor a folder"), "{error}");
        let error = made("plain", &[("a*b", b"")]).unwrap_err().to_string();
        assert!(error.contains("a*b` cannot be named in a depfile"), "{error}");
        let error = run(&["plain".into()]).unwrap_err().to_string();
        assert_eq!(error, "unknown words for the step: plain");
    }
}
