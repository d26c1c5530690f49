//! Programs without OCaml: the C compiler that OCaml would link with links them.

use super::entry;
use super::link::{Link, Linked};
use super::options::quote_options;
use super::rules::{Statement, command, escape, quote, quote_all};
use crate::target::FinalLink;
use crate::words;

impl Link<'_, '_> {
    /// Compiles and links a program in C.
    pub(super) fn c_program(&mut self) -> Linked {
        let Some(program) = self.program.clone() else { return Linked::default() };
        let objects = self.c_objects();
        let entry = self.entry();
        let base = Statement::default().inputs(objects).implicit(entry.clone());
        self.last_links(&program, &base, &|link, last, manifest| {
            link.c_link(last, manifest, entry.as_ref())
        })
    }

    fn c_link(
        &self,
        last: &FinalLink,
        manifest: Option<&String>,
        entry: Option<&String>,
    ) -> String {
        let toolchain = self.tools.toolchain;
        let get = |name: &str| toolchain.environment.get(name).unwrap_or_default();
        let compiler = match get("native_c_compiler") {
            "" => get("c_compiler"),
            compiler => compiler,
        };
        let mut parts = vec![
            escape(compiler.trim()),
            self.debug().to_owned(),
            "-o $out $in".to_owned(),
            manifest.map(|object| quote(object)).unwrap_or_default(),
            quote_all(&for_c(&last.link.options)),
        ];
        // After the program's own objects, so that one of these may begin the program.
        parts.extend(entry.map(|archive| quote(archive)));
        if entry.is_some() {
            parts.push(format!("-L{}", quote(&toolchain.findlib.stdlib.to_string_lossy())));
            parts.push(entry::C_LIBRARIES.to_owned());
        }
        parts.push(quote_options(&self.c_libraries()));
        if entry.is_some() {
            parts.push(escape(get("native_c_libraries")));
        }
        command(&parts)
    }
}

/// What the options of the OCaml compiler tell the C compiler that links for it.
fn for_c(options: &[String]) -> Vec<String> {
    let mut for_c = Vec::new();
    let mut left = options.iter();
    while let Some(option) = left.next() {
        if let ("-cclib" | "-ccopt", Some(text)) = (option.as_str(), left.as_slice().first()) {
            for_c.extend(words::split(text).unwrap_or_default().into_iter().map(|(_, word)| word));
            left.next();
        }
    }
    for_c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_c_compiler_gets_what_ocaml_would_hand_on() {
        let options = ["-g", "-cclib", "-z solo5-abi=spt", "-ccopt", "-static", "-cclib"];
        let options = options.map(str::to_owned);
        assert_eq!(for_c(&options), ["-z", "solo5-abi=spt", "-static"]);
    }
}
