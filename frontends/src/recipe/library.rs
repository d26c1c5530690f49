//! OCaml's own libraries, compiled for another processor: their interfaces are those of the host.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::compiler::PROGRAM;
use super::sources::{self, depends_of, link, words_of};
use super::{Making, RecipeError, at};
use crate::ocaml::rules::{Rules, Statement};

/// A library beside the standard library.
struct Library {
    /// The archive, without its ending.
    archive: &'static str,
    /// The folder of its sources below `otherlibs`.
    folder: &'static str,
    /// Its units, each after those that it needs.
    units: &'static [&'static str],
    /// What a program is linked with that uses it.
    options: &'static str,
}

const LIBRARIES: [Library; 4] = [
    Library { archive: "str", folder: "str", units: &["str"], options: "-cclib -lcamlstr" },
    Library { archive: "bigarray", folder: "bigarray", units: &["bigarray"], options: "" },
    Library {
        archive: "unix",
        folder: "unix",
        units: &["unix", "unixLabels"],
        options: "-cclib -lunix",
    },
    Library {
        archive: "threads/threads",
        folder: "systhreads",
        units: &["thread", "mutex", "condition", "event", "threadUnix", "semaphore"],
        options: "-cclib -lthreadsnat -cclib -lpthread",
    },
];

/// The units of the standard library.
#[derive(Clone, Debug, Default)]
pub(super) struct Stdlib {
    /// In the order in which they are linked.
    units: Vec<String>,
    depends: BTreeMap<String, Vec<String>>,
}

/// What has to be unpacked of OCaml's sources, for these libraries by their archives.
pub(super) fn wanted(archives: &[&str]) -> Vec<String> {
    let libraries = LIBRARIES.iter().filter(|it| archives.contains(&it.archive));
    let folders = libraries.map(|it| format!("otherlibs/{}/*", it.folder));
    folders.chain(["stdlib/*", "stdlib/.depend"].map(str::to_owned)).collect()
}

impl Making<'_> {
    /// Reads of what the standard library is made.
    pub(super) fn stdlib(&self, version: &str) -> Result<Stdlib, RecipeError> {
        let folder = self.work.join("ocaml/stdlib");
        let read = |name: &str| {
            let file = folder.join(name);
            fs::read_to_string(&file).map_err(at(&file))
        };
        let system = read("sys.mlp")?.replace("%%VERSION%%", version);
        sources::write(&folder.join("sys.ml"), system.as_bytes())?;
        let names = words_of(&read("StdlibModules")?, "STDLIB_MODULE_BASENAMES");
        self.interfaces()?;
        let names = names.ok_or_else(|| {
            RecipeError::Source("OCaml does not list the units of its standard library".to_owned())
        })?;
        let units = names.iter().map(|name| unit(name)).collect();
        Ok(Stdlib { units, depends: depends_of(&read(".depend")?) })
    }

    /// Links the interfaces of the host's libraries: beside them is code of its processor, which must not
    /// be seen.
    fn interfaces(&self) -> Result<(), RecipeError> {
        for folder in ["", "threads"] {
            let from = self.host.findlib.stdlib.join(folder);
            let to = self.work.join(INTERFACES).join(folder);
            fs::create_dir_all(&to).map_err(at(&to))?;
            for entry in fs::read_dir(&from).map_err(at(&from))?.flatten() {
                let path = entry.path();
                if path.extension().is_some_and(|it| it == "cmi") {
                    link(&path, &to.join(entry.file_name()))?;
                }
            }
        }
        Ok(())
    }
}

/// The unit that all others open.
const STDLIB: &str = "stdlib";

/// Where the interfaces of the host's libraries are, in the folder that is worked in.
const INTERFACES: &str = "interfaces";

/// The name of the unit of a source.
fn unit(source: &str) -> String {
    if source == STDLIB || source.starts_with("camlinternal") {
        return source.to_owned();
    }
    let (first, rest) = source.split_at(1.min(source.len()));
    format!("stdlib__{}{rest}", first.to_uppercase())
}

impl Stdlib {
    /// Adds what makes the standard library and the libraries of these archives, with the cross compiler
    /// and the interfaces of the host. Gives back what is made.
    pub(super) fn add(&self, rules: &mut Rules, archives: &[&str]) -> Vec<String> {
        // How each unit is compiled is known to a script of OCaml's own.
        let text = format!(
            "cd ocaml/stdlib && AWK=awk && eval ../../out/{PROGRAM} `sh ./Compflags $unit.cmx` -w -a \
             -nostdlib -I ../../out/lib/ocaml -I ../../{INTERFACES} -o ../../out/lib/ocaml/$unit.cmx -c $source"
        );
        rules.rule("stdlib", text, "ocamlopt $source", &[]);
        let text = format!(
            "out/{PROGRAM} -w -a -nolabels -nostdlib -I out/lib/ocaml -I out/lib/ocaml/threads \
             -I {INTERFACES} -I {INTERFACES}/threads -o $out -c $in"
        );
        rules.rule("library", text, "ocamlopt $in", &[]);
        let text = format!("out/{PROGRAM} -nostdlib -a -o $out $in $options");
        rules.rule("library.cmxa", text, "ocamlopt -a $out", &[]);
        let program = format!("out/{PROGRAM}");
        let object = |unit: &str| format!("out/lib/ocaml/{unit}.cmx");
        let units = self.units.iter().map(String::as_str);
        let mut before = BTreeSet::new();
        for unit in units.chain(["std_exit"]) {
            let needs = self.depends.get(&format!("{unit}.cmx")).into_iter().flatten();
            let (mut source, mut objects) = (format!("{unit}.ml"), Vec::new());
            // What everything opens is not written down.
            if before.contains(STDLIB) {
                objects.push(object(STDLIB));
            }
            before.insert(unit);
            for need in needs {
                if need.ends_with(".ml") {
                    source.clone_from(need);
                } else if let Some(name) = need.strip_suffix(".cmx").filter(|it| *it != STDLIB) {
                    objects.push(object(name));
                }
            }
            rules.add(
                Statement::new("stdlib", object(unit))
                    .also([format!("out/lib/ocaml/{unit}.o")])
                    .implicit([format!("ocaml/stdlib/{source}"), program.clone()])
                    .implicit(objects)
                    .bind("unit", unit)
                    .bind("source", source),
            );
        }
        let mut made = vec![object("std_exit")];
        let objects = self.units.iter().map(|unit| object(unit)).collect();
        made.extend(archive(rules, STDLIB, objects, ""));
        for library in LIBRARIES.iter().filter(|it| archives.contains(&it.archive)) {
            let folder = library.archive.rsplit_once('/').map_or("", |(folder, _)| folder);
            let mut objects: Vec<String> = Vec::new();
            for name in library.units {
                let out = object(Path::new(folder).join(name).to_string_lossy().as_ref());
                // Threads need what processes need.
                let needs = made.iter().filter(|it| it.ends_with(".cmxa")).cloned();
                rules.add(
                    Statement::new("library", &out)
                        .also([out.replace(".cmx", ".o")])
                        .input(format!("ocaml/otherlibs/{}/{name}.ml", library.folder))
                        .implicit(needs)
                        .implicit(objects.clone()),
                );
                objects.push(out);
            }
            let options = format!("-linkall {}", library.options);
            made.extend(archive(rules, library.archive, objects, &options));
        }
        made
    }
}

/// Adds an archive of units, and gives back its two files.
fn archive(rules: &mut Rules, name: &str, objects: Vec<String>, options: &str) -> [String; 2] {
    let [cmxa, machine] = ["cmxa", "a"].map(|ending| format!("out/lib/ocaml/{name}.{ending}"));
    rules.add(
        Statement::new("library.cmxa", &cmxa)
            .also([machine.clone()])
            .inputs(objects)
            .implicit([format!("out/{PROGRAM}")])
            .bind("options", options.trim()),
    );
    [cmxa, machine]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_comes_after_the_one_that_all_open() {
        let stdlib = Stdlib {
            units: ["camlinternalAtomic", "stdlib", "stdlib__Char"].map(str::to_owned).to_vec(),
            depends: depends_of("stdlib__Char.cmx : char.ml stdlib__Char.cmi\n"),
        };
        let mut rules = Rules::default();
        stdlib.add(&mut rules, &[]);
        let text = String::from_utf8(rules.write().unwrap()).unwrap().replace(" $\n    ", " ");
        let program = format!("out/{PROGRAM}");
        for line in [
            format!("stdlib | ocaml/stdlib/camlinternalAtomic.ml {program}\n"),
            format!("stdlib | ocaml/stdlib/char.ml {program} out/lib/ocaml/stdlib.cmx\n"),
            format!("stdlib | ocaml/stdlib/std_exit.ml {program} out/lib/ocaml/stdlib.cmx\n"),
        ] {
            assert!(text.contains(&line), "{line}\n{text}");
        }
    }

    #[test]
    fn units_are_named_as_ocaml_does() {
        assert_eq!(unit("arrayLabels"), "stdlib__ArrayLabels");
        assert_eq!(unit("stdlib"), "stdlib");
        assert_eq!(unit("camlinternalOO"), "camlinternalOO");
    }
}
