//! OCaml's native runtime, and the C parts of the libraries that come with OCaml, for another C library
//! than the host's.

use std::fs;
use std::path::{Path, PathBuf};

use super::processor::Processor;
use super::sources::{self, command, run};
use super::{Making, RecipeError, at};
use crate::ocaml::rules::{Rules, Statement};

/// How C for OCaml programs is compiled.
pub(super) const C_FLAGS: &str = "-O2 -fno-strict-aliasing -fwrapv";

/// The C parts of libraries: the name of the archive, the folder, and the makefile's variable with
/// the objects, or the sources.
const LIBRARIES: [(&str, &str, &str); 3] = [
    ("camlstr", "str", "strstubs.c"),
    ("unix", "unix", "COBJS"),
    ("threadsnat", "systhreads", "st_stubs.c"),
];

/// What is made, and of what.
#[derive(Clone, Debug, Default)]
pub(super) struct Runtime {
    /// The version of OCaml.
    pub(super) version: String,
    /// The sources of the runtime in C.
    sources: Vec<String>,
    /// Archives of libraries: name, folder, sources.
    libraries: Vec<(&'static str, &'static str, String)>,
}

impl Making<'_> {
    /// Gathers the sources of the runtime, and of `libraries` (their archives without `lib`); `s_h` is
    /// what the system has, where it is not what the host's has.
    pub(super) fn runtime(
        &mut self,
        libraries: &[&str],
        more: Vec<String>,
        s_h: Option<&str>,
    ) -> Result<Runtime, RecipeError> {
        let version = self.host.environment.get("ocaml_version").unwrap_or_default().to_owned();
        if !matches!(self.host.version(), (4, 12..)) {
            return Err(RecipeError::Unsupported {
                message: format!(
                    "mbuild makes toolchains for OCaml 4.12 to 4.14, and this is OCaml {version}"
                ),
                help: "install one with opam: mbuild finds what findlib knows".to_owned(),
            });
        }
        let work = self.work.clone();
        fs::create_dir_all(&work).map_err(at(&work))?;
        let libraries = LIBRARIES.iter().filter(|(name, ..)| libraries.contains(name));
        let mut wanted = vec![
            "runtime/*.c".to_owned(),
            "runtime/*.h".to_owned(),
            "runtime/*.S".to_owned(),
            "runtime/caml/*.tbl".to_owned(),
            "runtime/Makefile".to_owned(),
        ];
        for (_, folder, _) in libraries.clone() {
            wanted.push(format!("otherlibs/{folder}/*"));
        }
        wanted.extend(more);
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let ocaml = self.ocaml_sources(&version, &wanted)?;
        let build_config = "#define OCAML_STDLIB_DIR \"\"\n#define HOST \"\"\n";
        sources::write(&work.join("include/build_config.h"), build_config.as_bytes())?;
        headers(&self.host.findlib.stdlib, &work.join("include/caml"), s_h)?;
        let listed = |makefile: &str, variable: &str| {
            let file = ocaml.join(makefile);
            let text = fs::read_to_string(&file).map_err(at(&file))?;
            sources::words_of(&text, variable).ok_or_else(|| {
                RecipeError::Source(format!("`{}` does not say `{variable}`", file.display()))
            })
        };
        let runtime = listed("runtime/Makefile", "NATIVE_C_SOURCES")?;
        let runtime = runtime.iter().map(|name| format!("{name}.c")).collect();
        let mut archives = Vec::new();
        for (name, folder, objects) in libraries {
            let text = if objects.ends_with(".c") {
                (*objects).to_owned()
            } else {
                let objects = listed(&format!("otherlibs/{folder}/Makefile"), objects)?;
                let sources = objects.iter().map(|it| it.replace(".o", ".c"));
                sources.collect::<Vec<_>>().join(" ")
            };
            archives.push((*name, *folder, text));
        }
        Ok(Runtime { version, sources: runtime, libraries: archives })
    }

    /// The folder of the C compiler's own headers.
    pub(super) fn cc_include(&self, cc: &str) -> Result<PathBuf, RecipeError> {
        let said = run(&command(&[cc, "-print-file-name=include"]), &self.work)?;
        Ok(PathBuf::from(String::from_utf8_lossy(&said).trim()))
    }
}

/// The host's headers of the runtime; which of the functions of a system there are may be another answer.
fn headers(stdlib: &Path, into: &Path, s_h: Option<&str>) -> Result<(), RecipeError> {
    let from = stdlib.join("caml");
    for entry in fs::read_dir(&from).map_err(at(&from))?.flatten() {
        let content = fs::read(entry.path()).map_err(at(&entry.path()))?;
        let own = s_h.filter(|_| entry.file_name() == "s.h").map_or(&content[..], str::as_bytes);
        sources::write(&into.join(entry.file_name()), own)?;
    }
    Ok(())
}

impl Runtime {
    /// Adds the rules `runtime`, which compiles with `cc` and its `flags`, and `archive`, and with them
    /// `libasmrun.a` of everything but `without`, of `more` objects besides, and of the libraries' C
    /// parts. `system` is OCaml's name for it. Gives back what is made.
    pub(super) fn add(
        &self,
        rules: &mut Rules,
        processor: &Processor,
        flags: &str,
        system: &str,
        without: &[&str],
        mut more: Vec<String>,
    ) -> Vec<String> {
        let ocaml = processor.ocaml;
        let flags = format!(
            "{flags} -fno-strict-aliasing -fwrapv -w -DCAML_NAME_SPACE -DCAML_INTERNALS \
             -DNATIVE_CODE -DTARGET_{ocaml} -DMODEL_default -D_GNU_SOURCE -I include -I include/caml"
        );
        compiler(rules, "runtime", &processor.tool("gcc"), &flags);
        let ar = processor.tool("ar");
        rules.rule("archive", format!("rm -f $out && {ar} rcsD $out $in"), "ar $out", &[]);
        let system = format!("-DSYS_{system}");
        let own = self.sources.iter().filter(|it| !without.contains(&it.as_str()));
        let own = own.map(String::as_str).collect::<Vec<_>>().join(" ");
        more.extend(objects(rules, "runtime", "ocaml/runtime/", &own, &system));
        let assembly = format!("ocaml/runtime/{ocaml}.S");
        let object = format!("obj/{assembly}.o");
        // There is one for each way of calling functions, and ours is everywhere that of Linux.
        rules.add(Statement::new("runtime", &object).input(assembly).bind("flags", "-DSYS_linux"));
        more.push(object);
        let mut archives = vec![("asmrun", more)];
        for (name, folder, sources) in &self.libraries {
            let folder = format!("ocaml/otherlibs/{folder}/");
            archives.push((name, objects(rules, "runtime", &folder, sources, &system)));
        }
        let made = archives.into_iter().map(|(name, parts)| {
            let out = format!("out/lib/ocaml/lib{name}.a");
            rules.add(Statement::new("archive", &out).inputs(parts));
            out
        });
        made.collect()
    }
}

/// Declares a rule that compiles C.
pub(super) fn compiler(rules: &mut Rules, name: &str, cc: &str, flags: &str) {
    let text =
        format!("{cc} {flags} $flags -fdebug-prefix-map=$$PWD=. -MD -MF $out.d -c -o $out $in");
    rules.rule(name, text, "cc $in", &[("depfile", "$out.d"), ("deps", "gcc")]);
}

/// Compiles sources, each once, and names their objects.
pub(super) fn objects(
    rules: &mut Rules,
    rule: &str,
    folder: &str,
    sources: &str,
    flags: &str,
) -> Vec<String> {
    let mut objects = Vec::new();
    for source in sources.split_whitespace() {
        let (source, object) = (format!("{folder}{source}"), format!("obj/{folder}{source}.o"));
        if !rules.makes(&object) {
            let flags = if source.ends_with(".S") { "-DASM_FILE" } else { flags };
            rules.add(Statement::new(rule, &object).input(source).bind("flags", flags));
        }
        objects.push(object);
    }
    objects
}
