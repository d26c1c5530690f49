//! Made sources are compiled as if they stood in the source tree: from `gen/`, by the path they would have there.
//!
//! The compilers write the path of a source into interfaces and debugging information, so that the digest of an interface
//! depends on where its source was when it was compiled.

use super::modules::Source;
use super::options::quote_options;
use super::plan::Plan;
use super::rules::quote;
use super::sources::{folder_of, name_of, stem_of};

/// The folder that a compiler runs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// What goes before the command.
    pub(super) enter: String,
    /// What goes before a path that is relative to the package root.
    pub(super) up: String,
    /// The source, as a command names it.
    pub(super) source: &'static str,
}

impl Standing {
    /// The package root.
    pub(super) fn root() -> Self {
        Self { source: "$in", ..Self::default() }
    }

    /// The folder of made sources in the build directory `dir`.
    pub(super) fn among_made(dir: &str) -> Self {
        let gen_dir = format!("{dir}/gen");
        Self {
            enter: format!("cd {} &&", quote(&gen_dir)),
            up: "../".repeat(gen_dir.split('/').count()),
            source: "$source",
        }
    }

    /// A path as a command names it that runs here.
    pub(super) fn path(&self, path: &str) -> String {
        if path.starts_with('/') { path.to_owned() } else { format!("{}{path}", self.up) }
    }

    /// A program as a command names it that runs here: one without a folder is looked for on `PATH`.
    pub(super) fn program(&self, program: &str) -> String {
        if program.contains('/') { self.path(program) } else { program.to_owned() }
    }
}

/// The path that a source made from one of another ending would have in the source tree.
pub(super) fn path_in_tree<'a>(source: &'a Source, dir: &str) -> Option<&'a str> {
    let from = source.from.as_deref()?;
    let path = source.path.strip_prefix(dir)?.strip_prefix("/gen/")?;
    let stem = stem_of(name_of(path));
    let ending = name_of(from).strip_prefix(stem)?;
    let beside = folder_of(from) == folder_of(path) && ending.starts_with('.');
    (beside && from != path).then_some(path)
}

/// The path that a source is compiled by among the made ones, where it can be; `own` are the options that it has
/// beside those of its section.
pub(super) fn place_among_made<'s>(
    plan: &Plan<'_>,
    dir: &str,
    source: &'s Source,
    own: [&str; 3],
) -> Option<&'s str> {
    let compiled = plan.compiled;
    let place = path_in_tree(source, dir).filter(|_| !compiled.dotted)?;
    let steps = &compiled.steps;
    let shared: [&[String]; 5] = [
        &compiled.ocaml_flags,
        &compiled.byte_flags,
        &compiled.native_flags,
        &steps.byte_compile,
        &steps.native_compile,
    ];
    let mut shared = shared.into_iter().map(quote_options);
    let anywhere = shared.all(|options| mean_the_same_anywhere(&options))
        && own.into_iter().all(mean_the_same_anywhere);
    anywhere.then_some(place)
}

/// Whether options mean the same in another folder: they name no file relative to the package root, and run no
/// command that might.
fn mean_the_same_anywhere(options: &str) -> bool {
    let anywhere = |word: &str| word.starts_with(['/', '+']) || !word.contains('/');
    let mut words =
        options.split([' ', '\t', '\n', '\'', '"', '=']).filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        let known = match word {
            "-pp" => false,
            "-I" => words.next().is_some_and(|dir| dir.starts_with(['/', '+'])),
            "-ppx" => words.next().is_some_and(|program| program.starts_with('/')),
            word => anywhere(word.strip_prefix("-I").unwrap_or(word)),
        };
        if !known {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(path: &str, from: Option<&str>) -> Option<String> {
        let source = Source { path: path.into(), from: from.map(str::to_owned), query: None };
        path_in_tree(&source, "_mbuild/native").map(str::to_owned)
    }

    #[test]
    fn sources_made_from_what_stands_in_the_tree_have_a_place_there() {
        let place = |from| made("_mbuild/native/gen/src/p.ml", from);
        assert_eq!(place(Some("src/p.mly")), Some("src/p.ml".into()));
        assert_eq!(place(Some("src/p.cppo.ml")), Some("src/p.ml".into()));
        assert_eq!(place(Some("src/p.ml")), None);
        assert_eq!(place(Some("_oasis")), None);
        assert_eq!(place(Some("p.mly")), None);
        assert_eq!(place(None), None);
        assert_eq!(made("src/p.ml", None), None);
    }

    #[test]
    fn options_that_name_files_or_commands_belong_to_a_folder() {
        for anywhere in
            ["", "-g -w +a-4 -safe-string", "-I /x -I +ocamldoc", "-ppx '/x/ppx --as-ppx'"]
        {
            assert!(mean_the_same_anywhere(anywhere), "{anywhere}");
        }
        for here in
            ["-I src", "-Isrc/x", "-pp camlp4o", "-ppx ./x", "-ppx '/x/ppx -conf a/b'", "-I"]
        {
            assert!(!mean_the_same_anywhere(here), "{here}");
        }
    }

    #[test]
    fn commands_among_made_sources_lead_back_to_the_root() {
        let standing = Standing::among_made("_mbuild/native");
        assert_eq!(standing.enter, "cd _mbuild/native/gen &&");
        assert_eq!(standing.path("_mbuild/native/obj"), "../../../_mbuild/native/obj");
        assert_eq!(standing.path("/usr/lib"), "/usr/lib");
        assert_eq!(standing.program("ocamlc.opt"), "ocamlc.opt");
        assert_eq!(standing.program("tools/ocamlc"), "../../../tools/ocamlc");
        assert_eq!(Standing::root().path("x"), "x");
    }
}
