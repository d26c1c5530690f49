//! How C spells its types: ctypes writes `struct x`, and some headers only know `x`.

use super::Describes;
use crate::ocaml::rules::shell;

/// A command that takes the keyword away before each type of `file` that has a name of its own only.
///
/// The C compiler is asked: a type without its keyword is meant where it has a size, and has none with it.
pub(super) fn command(compiler: &str, describes: &Describes, file: &str) -> String {
    let includes: Vec<String> =
        describes.headers.iter().map(|header| shell(&format!("#include <{header}>"))).collect();
    let flags: Vec<String> = describes.c_flags().iter().map(|flag| shell(flag)).collect();
    let (file, flags, includes) = (shell(file), flags.join(" "), includes.join(" "));
    format!(
        "is() {{ printf '%s\\n' {includes} \"char is[sizeof($1)];\" | {compiler} {flags} -fsyntax-only -x c - 2> /dev/null; }}\n\
         for kind in struct union enum; do\n  \
         for name in $(grep -o \"$kind [A-Za-z_][A-Za-z0-9_]*\" {file} | sort -u | sed 's/^[a-z]* //'); do\n    \
         if ! is \"$kind $name\" && is \"$name\"; then\n      \
         sed \"s/$kind $name\\([^A-Za-z0-9_]\\)/$name\\1/g\" {file} > {file}.new && mv {file}.new {file}\n    \
         fi\n  done\ndone"
    )
}
