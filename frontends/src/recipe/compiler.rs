//! OCaml's native compiler for another processor, which the host's compiler makes of OCaml's sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::processor::Processor;
use super::sources::{self, depends_of, words_of};
use super::{Making, RecipeError, at};
use crate::ocaml::rules::{Rules, Statement, quote};
use crate::toolchain::Toolchain;

/// The folders that it is in.
const FOLDERS: [&str; 12] = [
    "utils",
    "parsing",
    "typing",
    "bytecomp",
    "file_formats",
    "lambda",
    "middle_end",
    "middle_end/closure",
    "middle_end/flambda",
    "middle_end/flambda/base_types",
    "asmcomp",
    "driver",
];

/// What the makefile calls its parts, in the order in which they are linked.
const PARTS: [&str; 9] = [
    "UTILS",
    "PARSING",
    "TYPING",
    "LAMBDA",
    "COMP",
    "MIDDLE_END",
    "MIDDLE_END_CLOSURE",
    "MIDDLE_END_FLAMBDA",
    "ASMCOMP",
];
const MAKEFILE: &str = "compilerlibs/Makefile.compilerlibs";

/// Units of which there is one for each processor. Which units these need is not what is written down,
/// which is for one processor alone.
const OF_PROCESSOR: [&str; 6] = ["arch", "proc", "selection", "CSE", "reload", "scheduling"];
const EMIT: &str = "asmcomp/emit";

/// Where the compiler is in the toolchain.
pub(super) const PROGRAM: &str = "libexec/ocamlopt";

/// The units of the compiler.
#[derive(Clone, Debug, Default)]
pub(super) struct Compiler {
    /// In the order in which they are linked.
    units: Vec<String>,
    /// What each file that is compiled needs.
    depends: BTreeMap<String, Vec<String>>,
    /// The host's compiler.
    ocamlopt: String,
}

/// What has to be unpacked of OCaml's sources.
pub(super) fn wanted() -> Vec<String> {
    let more = ["boot/menhir/*", "tools/cvt_emit.mll", "runtime/*.sh", ".depend", MAKEFILE];
    let folders = FOLDERS.iter().map(|folder| format!("{folder}/*"));
    folders.chain(more.map(str::to_owned)).collect()
}

impl Making<'_> {
    /// Reads of what the compiler is made, and writes those of its sources that say for what it compiles.
    pub(super) fn compiler(&self, processor: &Processor) -> Result<Compiler, RecipeError> {
        let ocaml = self.work.join("ocaml");
        let read = |name: &str| {
            let file = ocaml.join(name);
            fs::read_to_string(&file).map_err(at(&file))
        };
        let template = read("utils/config.mlp")?;
        let config = config(&template, &self.host, processor)?;
        sources::write(&ocaml.join("utils/config.ml"), config.as_bytes())?;
        let makefile = read(MAKEFILE)?;
        let mut units = Vec::new();
        for part in PARTS {
            let words = words_of(&makefile, part).ok_or_else(|| {
                RecipeError::Source(format!("`{MAKEFILE}` of OCaml does not say `{part}`"))
            })?;
            units.extend(words.iter().map(|word| word.trim_end_matches(".cmo").to_owned()));
        }
        // Bytecode's, and made by a program of their own.
        units.retain(|unit| unit != "bytecomp/opcodes");
        units.push("driver/optmain".to_owned());
        let ocamlopt = self.host.ocamlopt.clone().ok_or_else(|| RecipeError::Unsupported {
            message: "the native compiler of this machine is what makes one for another".to_owned(),
            help: "install `ocamlopt`".to_owned(),
        })?;
        Ok(Compiler { units, depends: depends_of(&read(".depend")?), ocamlopt })
    }
}

/// The source that says what a compiler is for, from its template.
fn config(template: &str, host: &Toolchain, processor: &Processor) -> Result<String, RecipeError> {
    let tools = [
        ("ARCH", processor.ocaml.to_owned()),
        ("ARCMD", processor.tool("ar")),
        ("ASM", processor.tool("as")),
        ("CC", processor.tool("gcc")),
        ("MKEXE", processor.tool("gcc")),
        ("PACKLD", format!("{} -r -o ", processor.tool("ld"))),
        ("RANLIBCMD", processor.tool("ranlib")),
        ("HOST", processor.name.to_owned()),
        ("TARGET", processor.name.to_owned()),
    ];
    let fixed = [
        ("ASM_CFI_SUPPORTED", "true"),
        ("AS_HAS_DEBUG_PREFIX_MAP", "true"),
        ("CC_HAS_DEBUG_PREFIX_MAP", "true"),
        ("BYTECCLIBS", "-lm"),
        ("NATIVECCLIBS", "-lm"),
        ("CCOMPTYPE", "cc"),
        ("OUTPUTOBJ", "-o "),
        ("EXT_ASM", ".s"),
        ("EXT_DLL", ".so"),
        ("EXT_LIB", ".a"),
        ("EXT_OBJ", ".o"),
        ("MODEL", "default"),
        ("SYSTEM", "linux"),
        ("SYSTHREAD_SUPPORT", "true"),
        ("PROFINFO_WIDTH", "0"),
        ("WINDOWS_UNICODE", "0"),
        ("WITH_FLAMBDA_INVARIANTS", "false"),
        ("WITH_CMM_INVARIANTS", "false"),
        ("WITH_FRAME_POINTERS", "false"),
        ("WITH_PROFINFO", "false"),
        ("AFL_INSTRUMENT", "false"),
        ("SUPPORTS_SHARED_LIBRARIES", "false"),
    ];
    // What interfaces depend on has to be what it is for the host, whose they are.
    let same = [
        ("FLAMBDA", "flambda"),
        ("FORCE_SAFE_STRING", "safe_string"),
        ("DEFAULT_SAFE_STRING", "default_safe_string"),
        ("FLAT_FLOAT_ARRAY", "flat_float_array"),
        ("FUNCTION_SECTIONS", "function_sections"),
    ];
    // Nothing is found beside it, and no shared library is made.
    let empty = [
        "BINDIR",
        "LIBDIR",
        "EXE",
        "RPATH",
        "MKSHAREDLIBRPATH",
        "MKDLL",
        "MKMAINDLL",
        "OCAMLC_CFLAGS",
        "OCAMLC_CPPFLAGS",
        "OCAMLOPT_CPPFLAGS",
        "FLEXDLL_DIR",
        "FLEXLINK_FLAGS",
        "FLEXLINK_LDFLAGS",
        "FLEXLINK_DLL_LDFLAGS",
    ];
    let mut values: BTreeMap<&str, String> = tools.into();
    values.extend(fixed.map(|(name, value)| (name, value.to_owned())));
    values.extend(
        same.map(|(name, key)| (name, host.environment.get(key).unwrap_or("false").to_owned())),
    );
    values.extend(empty.map(|name| (name, String::new())));
    let mut out = String::new();
    for (at, piece) in template.split("%%").enumerate() {
        match values.get(piece) {
            Some(value) if at % 2 == 1 => out += value,
            _ if at % 2 == 1 => {
                let message =
                    format!("OCaml's configuration asks for `{piece}`, which is not known");
                return Err(RecipeError::Source(message));
            }
            _ => out += piece,
        }
    }
    Ok(out)
}

impl Compiler {
    /// Adds what makes the compiler, and gives back its file.
    pub(super) fn add(&self, rules: &mut Rules, processor: &Processor) -> String {
        let ocamlopt = quote(&self.ocamlopt);
        let include = FOLDERS.map(|folder| format!("-I ocaml/{folder}")).join(" ");
        rules.variable("compiler", include);
        rules.rule("source", "$make", "make $out", &[]);
        let compile = format!("{ocamlopt} -w -a $compiler -c $in");
        rules.rule("compiler", compile, "ocamlopt $in", &[]);
        rules.rule("compiler.link", format!("{ocamlopt} -o $out $in"), "link $out", &[]);
        self.made_sources(rules, processor);
        let listed: BTreeSet<&str> = self.units.iter().map(String::as_str).collect();
        let has_interface =
            |unit: &str| self.depends.contains_key(&format!("{unit}.cmi")) || unit == EMIT;
        let mut interfaces = BTreeSet::new();
        let mut left: Vec<String> = Vec::new();
        let mut objects: Vec<String> = Vec::new();
        for unit in &self.units {
            let mut needs = self.needs(&format!("{unit}.cmx"), &mut left);
            let own = unit.strip_prefix("asmcomp/").is_some_and(|it| OF_PROCESSOR.contains(&it));
            if own || unit == EMIT {
                needs.extend(objects.iter().cloned());
            }
            needs.sort();
            needs.dedup();
            let object = format!("ocaml/{unit}.cmx");
            let mut made = vec![format!("ocaml/{unit}.o")];
            if !has_interface(unit) {
                made.push(format!("ocaml/{unit}.cmi"));
            }
            let source = format!("ocaml/{unit}.ml");
            rules.add(Statement::new("compiler", &object).also(made).input(source).implicit(needs));
            objects.push(object);
        }
        while let Some(interface) = left.pop() {
            let unit = interface.trim_end_matches(".cmi");
            let implied = listed.contains(unit) && !has_interface(unit);
            if implied || !interfaces.insert(interface.clone()) {
                continue;
            }
            let needs = self.needs(&interface, &mut left);
            rules.add(
                Statement::new("compiler", format!("ocaml/{interface}"))
                    .input(format!("ocaml/{unit}.mli"))
                    .implicit(needs),
            );
        }
        let program = format!("out/{PROGRAM}");
        rules.add(Statement::new("compiler.link", &program).inputs(objects));
        program
    }

    /// What a file needs; the interfaces among it have to be compiled.
    fn needs(&self, file: &str, interfaces: &mut Vec<String>) -> Vec<String> {
        let needs = self.depends.get(file).into_iter().flatten();
        // What is written down has the units of one processor.
        let needs = needs.filter(|it| !it.starts_with("asmcomp/x86_"));
        needs
            .map(|it| {
                // Interfaces are written down for bytecode alone.
                let it = it.replace(".cmo", ".cmx");
                // Of units that are not part of the compiler the interface is enough.
                let it = match it.strip_suffix(".cmx") {
                    Some(unit) if !self.units.iter().any(|known| known == unit) => {
                        format!("{unit}.cmi")
                    }
                    _ => it,
                };
                if it.ends_with(".cmi") {
                    interfaces.push(it.clone());
                }
                format!("ocaml/{it}")
            })
            .collect()
    }

    /// Sources that are made of others.
    fn made_sources(&self, rules: &mut Rules, processor: &Processor) {
        let mut make = |out: &str, from: &[&str], how: &str| {
            let out = format!("ocaml/{out}");
            let from: Vec<String> = from.iter().map(|it| format!("ocaml/{it}")).collect();
            let how = how.replace("OUT", &out).replace("$in", &from.join(" "));
            rules.add(Statement::new("source", out).inputs(from).bind("make", how));
        };
        for ending in ["ml", "mli"] {
            let own = "sed s/MenhirLib/CamlinternalMenhirLib/g $in > OUT";
            let parser = format!("boot/menhir/parser.{ending}");
            make(&format!("parsing/parser.{ending}"), &[&parser], own);
            let library = format!("boot/menhir/menhirLib.{ending}");
            let name = format!("parsing/camlinternalMenhirLib.{ending}");
            make(&name, &[&library], "cp $in OUT");
            let domain = format!("utils/domainstate.{ending}");
            let expand = "gcc -E -P -I ocaml/runtime/caml $in > OUT";
            make(&domain, &[&format!("{domain}.c")], expand);
        }
        make("parsing/lexer.ml", &["parsing/lexer.mll"], "ocamllex -q -o OUT $in");
        make(
            "lambda/runtimedef.ml",
            &["lambda/generate_runtimedef.sh", "runtime/caml/fail.h"],
            "(cd ocaml/runtime && sh ./gen_primitives.sh) > ocaml/runtime/primitives && \
             sh $in ocaml/runtime/primitives > OUT",
        );
        for unit in OF_PROCESSOR {
            let from = format!("asmcomp/{}/{unit}.ml", processor.ocaml);
            make(&format!("asmcomp/{unit}.ml"), &[&from], "cp $in OUT");
        }
        make("tools/cvt_emit.ml", &["tools/cvt_emit.mll"], "ocamllex -q -o OUT $in");
        let link = format!("{} -w -a -o OUT $in", quote(&self.ocamlopt));
        make("tools/cvt_emit", &["tools/cvt_emit.ml"], &link);
        let emit = format!("asmcomp/{}/emit.mlp", processor.ocaml);
        make(
            &format!("{EMIT}.ml"),
            &[&emit, "tools/cvt_emit"],
            &format!("ocaml/tools/cvt_emit < ocaml/{emit} > OUT"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    fn host() -> Toolchain {
        Toolchain {
            ocamlc: String::new(),
            ocamlopt: None,
            ocamldep: String::new(),
            ocamllex: String::new(),
            ocamlyacc: String::new(),
            ocamldoc: None,
            ocamlmklib: String::new(),
            environment: Environment::from_config("flambda: true\n"),
            findlib: crate::findlib::Conf::default(),
            compiler: std::path::PathBuf::new(),
            prefix: None,
            looked_at: Vec::new(),
        }
    }

    #[test]
    fn a_compiler_knows_what_it_is_for() {
        let processor = Processor::named("aarch64").unwrap();
        let filled = |template: &str| config(template, &host(), processor);
        let text =
            "let arch = \"%%ARCH%%\" and flambda = %%FLAMBDA%% and dir = [%%FLEXDLL_DIR%%]\n";
        let expected = "let arch = \"arm64\" and flambda = true and dir = []\n";
        assert_eq!(filled(text).unwrap(), expected);
        let error = filled("%%NEW%%").unwrap_err().to_string();
        assert_eq!(error, "OCaml's configuration asks for `NEW`, which is not known");
    }

    #[test]
    fn units_of_a_processor_come_after_all_before_them() {
        let text = "asmcomp/arch.cmx : asmcomp/x86_proc.cmx utils/misc.cmi\n\
                    utils/misc.cmx : utils/misc.cmi\nutils/misc.cmi :\n";
        let compiler = Compiler {
            units: ["utils/misc", "utils/own", "asmcomp/arch"].map(str::to_owned).to_vec(),
            depends: depends_of(text),
            ocamlopt: "ocamlopt.opt".to_owned(),
        };
        let mut rules = Rules::default();
        compiler.add(&mut rules, Processor::named("aarch64").unwrap());
        let text = String::from_utf8(rules.write().unwrap()).unwrap();
        for line in [
            "build ocaml/utils/misc.cmi: compiler ocaml/utils/misc.mli\n",
            "build ocaml/utils/misc.cmx | ocaml/utils/misc.o: compiler ocaml/utils/misc.ml | ocaml/utils/misc.cmi\n",
            "build ocaml/utils/own.cmx | ocaml/utils/own.o ocaml/utils/own.cmi: compiler ocaml/utils/own.ml\n",
            "compiler ocaml/asmcomp/arch.ml | ocaml/utils/misc.cmi ocaml/utils/misc.cmx ocaml/utils/own.cmx\n",
        ] {
            assert!(text.replace(" $\n    ", " ").contains(line), "{line}\n{text}");
        }
    }
}
