//! The recipe for Solo5: its bindings, tenders and tools from the crate `solo5-sys`, OCaml's own native
//! runtime compiled for them, and beneath it musl's C library on an operating system that is not there.

use std::fs;
use std::path::{Path, PathBuf};

use super::sources::{self, command, run};
use super::{Making, RecipeError, at};
use crate::files;
use crate::ocaml::rules::{Rules, Statement, quote};

/// The crate, and the version of Solo5 that is in it.
const CRATE: (&str, &str, &str) = ("solo5-sys", "0.1.0", "0.7.2");

/// The bindings, with those of their sources that are in no other's folder.
const BINDINGS: [Binding; 6] = [
    Binding { abi: "stub", sources: "stub/stubs.c" },
    Binding {
        abi: "hvt",
        sources: "hvt/start.c CPU COMMON intr.c hvt/platform.c hvt/platform_intr.c hvt/time.c \
            hvt/platform_lifecycle.c hvt/yield.c hvt/tscclock.c hvt/console.c hvt/net.c hvt/block.c",
    },
    Binding {
        abi: "spt",
        sources: "spt/start.c COMMON spt/bindings.c spt/block.c spt/net.c spt/platform.c \
            spt/sys_linux_x86_64.c",
    },
    Binding {
        abi: "virtio",
        sources: "virtio/boot.S virtio/start.c CPU COMMON intr.c virtio/platform.c \
            virtio/platform_intr.c virtio/pci.c virtio/serial.c virtio/time.c virtio/virtio_ring.c \
            virtio/virtio_net.c virtio/virtio_blk.c virtio/tscclock.c virtio/clock_subr.c \
            virtio/pvclock.c",
    },
    Binding {
        abi: "muen",
        sources: "muen/start.c CPU COMMON intr.c hvt/platform.c hvt/platform_intr.c hvt/time.c \
            muen/channel.c muen/reader.c muen/writer.c muen/muen-block.c muen/muen-clock.c \
            muen/muen-console.c muen/muen-net.c muen/muen-platform_lifecycle.c muen/muen-yield.c \
            muen/muen-sinfo.c",
    },
    Binding {
        abi: "xen",
        sources: "xen/boot.S xen/start.c CPU COMMON intr.c xen/hypercall_page.S xen/console.c \
            xen/platform.c xen/platform_intr.c xen/evtchn.c xen/time.c xen/pvclock.c xen/stubs.c",
    },
];

/// What the words in capitals above stand for.
const CPU: &str = "cpu_x86_64.c cpu_vectors_x86_64.S";
const COMMON: &str = "abort.c crt.c printf.c lib.c mem.c exit.c log.c cmdline.c tls.c mft.c";

/// Programs of the host: their sources and libraries.
const PROGRAMS: [(&str, &str, &str); 3] = [
    ("solo5-elftool", "elftool/elftool.c", ""),
    (
        "solo5-spt",
        "tenders/spt/spt_main.c tenders/spt/spt_core.c tenders/spt/spt_launch_x86_64.S \
         tenders/spt/spt_module_net.c tenders/spt/spt_module_block.c TENDER",
        "-lseccomp",
    ),
    (
        "solo5-hvt",
        "tenders/hvt/hvt_boot_info.c tenders/hvt/hvt_core.c tenders/hvt/hvt_main.c \
         tenders/hvt/hvt_cpu_x86_64.c tenders/hvt/hvt_kvm.c tenders/hvt/hvt_kvm_x86_64.c \
         tenders/hvt/hvt_module_blk.c tenders/hvt/hvt_module_net.c TENDER",
        "",
    ),
];
const TENDER: &str = "tenders/common/elf.c tenders/common/mft.c tenders/common/block_attach.c \
    tenders/common/tap_attach.c";

/// Our part: the operating system that musl and OCaml find.
const UNIKERNEL: [(&str, &str); 5] = [
    ("absent.c", include_str!("../../recipes/solo5/absent.c")),
    ("console.c", include_str!("../../recipes/solo5/console.c")),
    ("init.c", include_str!("../../recipes/solo5/init.c")),
    ("memory.c", include_str!("../../recipes/solo5/memory.c")),
    ("time.c", include_str!("../../recipes/solo5/time.c")),
];
const S_H: &str = include_str!("../../recipes/solo5/s.h");

/// Where Debian has musl.
const MUSL_INCLUDE: &str = "/usr/include/x86_64-linux-musl";
pub(super) const MUSL_LIB: &str = "/usr/lib/x86_64-linux-musl";

/// The name of Solo5's tools and folders for this processor.
pub(super) const TRIPLE: &str = "x86_64-solo5-none-static";

/// How C for OCaml programs is compiled.
pub(super) const C_FLAGS: &str = "-O2 -fno-strict-aliasing -fwrapv";

struct Binding {
    abi: &'static str,
    sources: &'static str,
}

/// What goes into the toolchain beside what is built.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) key: String,
    pub(super) words: Vec<String>,
    /// Solo5's headers.
    pub(super) solo5_include: PathBuf,
    /// The C compiler's own headers.
    pub(super) cc_include: PathBuf,
    pub(super) musl_include: PathBuf,
    /// The host's compiler: its standard library, configuration and packages.
    pub(super) host: crate::toolchain::Toolchain,
}

/// Its tools are compiled by the host's compiler and run on the host's kernel.
pub(super) fn supported(system: &str, processor: &str) -> Result<(), RecipeError> {
    if (system, processor) == ("linux", "x86_64") {
        return Ok(());
    }
    Err(RecipeError::Unsupported {
        message: format!(
            "mbuild makes this toolchain on Linux for x86_64, and this is {system} on {processor}"
        ),
        help: "install ocaml-solo5 with opam: mbuild finds it".to_owned(),
    })
}

/// Gathers the sources and writes the rule file.
pub(super) fn prepare(making: &mut Making<'_>) -> Result<Parts, RecipeError> {
    let version = making.host.environment.get("ocaml_version").unwrap_or_default().to_owned();
    match making.host.version() {
        (4, 12..) => {}
        _ => {
            return Err(RecipeError::Unsupported {
                message: format!(
                    "Solo5 {} goes with OCaml 4.12 to 4.14, and this is OCaml {version}",
                    CRATE.2
                ),
                help: "install ocaml-solo5 with opam: mbuild finds it".to_owned(),
            });
        }
    }
    let work = making.work.clone();
    fs::create_dir_all(&work).map_err(at(&work))?;
    let solo5 = making.crate_sources(CRATE.0, CRATE.1)?.join("solo5");
    // Rules name sources relative to the work folder, so that results are the same for everybody.
    link(&solo5, &work.join("solo5"))?;
    let wanted = [
        "runtime/*.c",
        "runtime/*.h",
        "runtime/*.S",
        "runtime/caml/*.tbl",
        "runtime/Makefile",
        "otherlibs/str/strstubs.c",
    ];
    let ocaml = making.ocaml_sources(&version, &wanted)?;
    for (name, text) in UNIKERNEL {
        sources::write(&work.join("unikernel").join(name), text.as_bytes())?;
    }
    let version_h = format!("#define SOLO5_VERSION \"v{}\"\n", CRATE.2);
    sources::write(&work.join("include/version.h"), version_h.as_bytes())?;
    let build_config = "#define OCAML_STDLIB_DIR \"\"\n#define HOST \"solo5\"\n";
    sources::write(&work.join("include/build_config.h"), build_config.as_bytes())?;
    caml_headers(&making.host.findlib.stdlib, &work.join("include/caml"))?;
    let include = run(&command(&["gcc", "-print-file-name=include"]), &work)?;
    let cc_include = PathBuf::from(String::from_utf8_lossy(&include).trim());
    let makefile = ocaml.join("runtime/Makefile");
    let text = fs::read_to_string(&makefile).map_err(at(&makefile))?;
    let runtime = sources::words_of(&text, "NATIVE_C_SOURCES").ok_or_else(|| {
        RecipeError::Source(format!("`{}` does not list the native runtime", makefile.display()))
    })?;
    let rule_file = rules(&runtime, &cc_include)?;
    sources::write(&work.join("build.ninja"), &rule_file)?;
    let libc = Path::new(MUSL_LIB).join("libc.a");
    let mut all = rule_file;
    for (_, text) in UNIKERNEL {
        all.extend(text.as_bytes());
    }
    all.extend(super::assemble::TEXTS.iter().flat_map(|text| text.bytes()));
    all.extend(fs::read(&libc).map_err(at(&libc))?);
    for (name, value) in making.host.environment.values() {
        all.extend(format!("{name}: {value}\n").bytes());
    }
    Ok(Parts {
        key: files::digest(&all)[..12].to_owned(),
        words: vec![format!("Solo5 {}", CRATE.2), format!("OCaml {version}"), "musl".to_owned()],
        solo5_include: solo5.join("include"),
        cc_include,
        musl_include: PathBuf::from(MUSL_INCLUDE),
        host: making.host.clone(),
    })
}

/// Makes `name` lead to `to`.
fn link(to: &Path, name: &Path) -> Result<(), RecipeError> {
    if fs::read_link(name).is_ok_and(|now| now == to) {
        return Ok(());
    }
    match fs::remove_file(name) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(at(name)(error)),
        _ => {}
    }
    std::os::unix::fs::symlink(to, name).map_err(at(name))
}

/// The host's headers of the runtime, with our own answers to what the system has.
fn caml_headers(stdlib: &Path, into: &Path) -> Result<(), RecipeError> {
    let from = stdlib.join("caml");
    for entry in fs::read_dir(&from).map_err(at(&from))?.flatten() {
        let content = fs::read(entry.path()).map_err(at(&entry.path()))?;
        let own = if entry.file_name() == "s.h" { S_H.as_bytes() } else { &content };
        sources::write(&into.join(entry.file_name()), own)?;
    }
    Ok(())
}

/// The rules of everything that is compiled.
fn rules(runtime: &[String], cc_include: &Path) -> Result<Vec<u8>, RecipeError> {
    let mut rules = Rules::default();
    let cc_include = quote(&cc_include.to_string_lossy());
    rules.variable("builddir", ".");
    rules.variable(
        "target",
        format!(
            "-nostdinc -mstack-protector-guard=global -isystem {cc_include} -I solo5/include \
         -ffreestanding -fstack-protector-strong -fno-pie -O2 -g"
        ),
    );
    rules.variable("musl", format!("-isystem {}", quote(MUSL_INCLUDE)));
    let compile = |flags: &str| {
        format!("gcc {flags} $flags -fdebug-prefix-map=$$PWD=. -MD -MF $out.d -c -o $out $in")
    };
    let mut c = |name: &str, flags: &str| {
        rules.rule(name, compile(flags), "cc $in", &[("depfile", "$out.d"), ("deps", "gcc")]);
    };
    // Early boot code must not use registers that nobody has set up.
    c(
        "bindings",
        "$target -I include -std=c11 -mno-sse -mno-mmx -mno-aes -mno-avx -mno-red-zone \
        -D__SOLO5_BINDINGS__ -D__XEN_INTERFACE_VERSION__=__XEN_LATEST_INTERFACE_VERSION__ \
        -DSSP_GUARD_SYMBOL=__stack_chk_guard -DSSP_FAIL_SYMBOL=__stack_chk_fail",
    );
    c("host", "-fstack-protector-strong -std=c11 -O2 -g -I solo5/include -I include");
    c(
        "runtime",
        "$target $musl -fno-strict-aliasing -fwrapv -w -DCAML_NAME_SPACE \
        -DCAML_INTERNALS -DNATIVE_CODE -DTARGET_amd64 -DMODEL_default -D_GNU_SOURCE -I include \
        -I include/caml",
    );
    c("unikernel", "$target $musl -std=c11 -Wall -Wextra -D_GNU_SOURCE");
    rules.rule(
        "partial",
        "ld -r -z noexecstack -o $out $in && objcopy -w -G 'solo5_*' -G '_start*' -G __stack_chk_guard \
         -G __stack_chk_fail $out",
        "ld $out",
        &[],
    );
    rules.rule("copy", "cp $in $out", "copy $out", &[]);
    rules.rule("program", "gcc -Wl,-z,noexecstack -o $out $in $libraries", "link $out", &[]);
    rules.rule("archive", "rm -f $out && ar rcsD $out $in", "ar $out", &[]);
    let mut all = Vec::new();
    for binding in BINDINGS {
        let text = binding.sources.replace("CPU", CPU).replace("COMMON", COMMON);
        let objects = objects(&mut rules, "bindings", "solo5/bindings/", &text);
        let out = format!("out/lib/{TRIPLE}/solo5_{}.o", binding.abi);
        rules.add(Statement::new("partial", &out).inputs(objects));
        let script = format!("out/lib/{TRIPLE}/solo5_{}.lds", binding.abi);
        let from = format!("solo5/bindings/solo5_{}.lds", binding.abi);
        rules.add(Statement::new("copy", &script).input(from));
        all.extend([out, script]);
    }
    for (name, text, libraries) in PROGRAMS {
        let objects = objects(&mut rules, "host", "solo5/", &text.replace("TENDER", TENDER));
        let out = format!("out/bin/{name}");
        rules.add(Statement::new("program", &out).inputs(objects).bind("libraries", libraries));
        all.push(out);
    }
    let ours = UNIKERNEL.map(|(name, _)| name).join(" ");
    let mut parts = objects(&mut rules, "unikernel", "unikernel/", &ours);
    // Programs begin in Solo5, which calls what starts OCaml.
    let names: Vec<String> =
        runtime.iter().filter(|name| *name != "main").map(|name| format!("{name}.c")).collect();
    parts.extend(objects(&mut rules, "runtime", "ocaml/runtime/", &names.join(" ")));
    let start = "obj/ocaml/runtime/amd64.S.o";
    rules.add(
        Statement::new("runtime", start)
            .input("ocaml/runtime/amd64.S")
            .bind("flags", "-DSYS_linux"),
    );
    parts.push(start.to_owned());
    let strings = objects(&mut rules, "runtime", "ocaml/otherlibs/str/", "strstubs.c");
    for (name, parts) in [("asmrun", parts), ("camlstr", strings)] {
        let out = format!("out/lib/ocaml/lib{name}.a");
        rules.add(Statement::new("archive", &out).inputs(parts));
        all.push(out);
    }
    rules.phony("all", all);
    rules.build_by_default("all");
    rules.write().map_err(|error| RecipeError::Source(error.to_string()))
}

/// Compiles sources, each once, and names their objects.
fn objects(rules: &mut Rules, rule: &str, folder: &str, sources: &str) -> Vec<String> {
    let mut objects = Vec::new();
    for source in sources.split_whitespace() {
        let (source, object) = (format!("{folder}{source}"), format!("obj/{folder}{source}.o"));
        if !rules.makes(&object) {
            let flags = match (rule, source.ends_with(".S")) {
                ("runtime", _) => "-DSYS_unknown",
                (_, true) => "-DASM_FILE",
                _ => "",
            };
            rules.add(Statement::new(rule, &object).input(source).bind("flags", flags));
        }
        objects.push(object);
    }
    objects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_machines_are_refused_with_words() {
        assert!(supported("linux", "x86_64").is_ok());
        let error = supported("macos", "aarch64").unwrap_err().to_string();
        assert!(error.ends_with("on Linux for x86_64, and this is macos on aarch64"), "{error}");
    }

    #[test]
    fn every_object_is_compiled_once() {
        let rules = rules(&["alloc".to_owned(), "main".to_owned()], Path::new("/cc")).unwrap();
        let text = String::from_utf8(rules).unwrap();
        let compiled = |object: &str| text.matches(&format!("build {object}:")).count();
        assert_eq!(compiled("obj/solo5/bindings/abort.c.o"), 1);
        assert_eq!(compiled("obj/ocaml/runtime/alloc.c.o"), 1);
        assert_eq!(compiled("obj/ocaml/runtime/main.c.o"), 0);
    }
}
