//! Whether a C library can be linked with: by linking with it, for only the linker knows where it looks.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::words;

/// Who links.
#[derive(Clone, Copy, Debug)]
pub struct Linker<'a> {
    /// The C compiler with its options, as `ocamlc -config` names it.
    pub compiler: &'a str,
    /// The folder of the package, which options may be relative to.
    pub root: &'a Path,
    /// The folder with OCaml's own C libraries.
    pub stdlib: &'a Path,
}

impl Linker<'_> {
    /// Whether an empty program links with this library; true where nobody can say, because there is no
    /// compiler.
    pub(super) fn has(&self, library: &str, options: &[String]) -> bool {
        self.link(&[format!("-l{library}")], options).unwrap_or(true)
            || !self.link(&[], options).unwrap_or(false)
    }

    /// Links; `None` when the compiler does not run.
    fn link(&self, libraries: &[String], options: &[String]) -> Option<bool> {
        let words = words::split(self.compiler).ok()?;
        let mut words = words.into_iter().map(|(_, word)| word);
        let out = tempfile::tempdir().ok()?;
        let mut child = Command::new(words.next()?)
            .args(words)
            .args(["-x", "c", "-", "-o"])
            .arg(out.path().join("program"))
            .args(options)
            .arg("-L")
            .arg(self.stdlib)
            .args(libraries)
            .current_dir(self.root)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        // When nobody reads it, the exit code says so.
        let _ = child.stdin.take()?.write_all(b"int main(void) { return 0; }\n");
        Some(child.wait().ok()?.success())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_can_say_is_taken_to_be_there() {
        let linker = |compiler| Linker { compiler, root: Path::new("/"), stdlib: Path::new("/") };
        assert!(linker("/no/such/compiler").has("z", &[]));
        assert!(linker("false").has("z", &[]));
    }
}
