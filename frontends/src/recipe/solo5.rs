//! The recipe for Solo5: its bindings, tenders and tools from the crate `solo5-sys`, OCaml's own native
//! runtime compiled for them, and beneath it musl's C library on an operating system that is not there.

use std::path::Path;

use super::assemble::Parts;
use super::cross::{self, Cross};
use super::processor::Processor;
use super::runtime::{C_FLAGS, Runtime, compiler, objects};
use super::sources::{self, link};
use super::{Making, RecipeError};
use crate::ocaml::rules::{Rules, Statement, quote};
use crate::target::ToolchainSpec;

/// The crate, and the version of Solo5 that is in it.
const CRATE: (&str, &str, &str) = ("solo5-sys", "0.1.0", "0.7.2");

/// The bindings, with those of their sources that are in no other's folder.
const BINDINGS: [Binding; 6] = [
    Binding { abi: "stub", on: ALL, sources: "stub/stubs.c" },
    Binding {
        abi: "hvt",
        on: ALL,
        sources: "hvt/start.c CPU COMMON intr.c hvt/platform.c hvt/platform_intr.c hvt/time.c \
            hvt/platform_lifecycle.c hvt/yield.c hvt/tscclock.c hvt/console.c hvt/net.c hvt/block.c",
    },
    Binding {
        abi: "spt",
        on: ALL,
        sources: "spt/start.c COMMON spt/bindings.c spt/block.c spt/net.c spt/platform.c \
            spt/sys_linux_PROCESSOR.c",
    },
    Binding {
        abi: "virtio",
        on: &["x86_64"],
        sources: "virtio/boot.S virtio/start.c CPU COMMON intr.c virtio/platform.c \
            virtio/platform_intr.c virtio/pci.c virtio/serial.c virtio/time.c virtio/virtio_ring.c \
            virtio/virtio_net.c virtio/virtio_blk.c virtio/tscclock.c virtio/clock_subr.c \
            virtio/pvclock.c",
    },
    Binding {
        abi: "muen",
        on: &["x86_64"],
        sources: "muen/start.c CPU COMMON intr.c hvt/platform.c hvt/platform_intr.c hvt/time.c \
            muen/channel.c muen/reader.c muen/writer.c muen/muen-block.c muen/muen-clock.c \
            muen/muen-console.c muen/muen-net.c muen/muen-platform_lifecycle.c muen/muen-yield.c \
            muen/muen-sinfo.c",
    },
    Binding {
        abi: "xen",
        on: &["x86_64"],
        sources: "xen/boot.S xen/start.c CPU COMMON intr.c xen/hypercall_page.S xen/console.c \
            xen/platform.c xen/platform_intr.c xen/evtchn.c xen/time.c xen/pvclock.c xen/stubs.c",
    },
];

/// Processors that have a binding, where all have it.
const ALL: &[&str] = &["x86_64", "aarch64"];

/// What the words in capitals above stand for, beside the name of the processor.
const CPU: &str = "cpu_PROCESSOR.c cpu_vectors_PROCESSOR.S";
const COMMON: &str = "abort.c crt.c printf.c lib.c mem.c exit.c log.c cmdline.c tls.c mft.c";

/// A program: `sources`, and what it is linked with.
struct Program {
    name: &'static str,
    /// It runs where unikernels run, which need not be this machine.
    is_tender: bool,
    sources: &'static str,
    libraries: &'static str,
}

const PROGRAMS: [Program; 3] = [
    Program {
        name: "solo5-elftool",
        is_tender: false,
        sources: "elftool/elftool.c",
        libraries: "",
    },
    Program {
        name: "solo5-spt",
        is_tender: true,
        sources: "tenders/spt/spt_main.c tenders/spt/spt_core.c \
            tenders/spt/spt_launch_PROCESSOR.S tenders/spt/spt_module_net.c \
            tenders/spt/spt_module_block.c TENDER",
        libraries: "-lseccomp",
    },
    Program {
        name: "solo5-hvt",
        is_tender: true,
        sources: "tenders/hvt/hvt_boot_info.c tenders/hvt/hvt_core.c tenders/hvt/hvt_main.c \
            tenders/hvt/hvt_cpu_PROCESSOR.c tenders/hvt/hvt_kvm.c \
            tenders/hvt/hvt_kvm_PROCESSOR.c tenders/hvt/hvt_module_blk.c \
            tenders/hvt/hvt_module_net.c TENDER",
        libraries: "",
    },
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
const MACHINE_H: &str = include_str!("../../recipes/solo5/machine.h");
const S_H: &str = include_str!("../../recipes/solo5/s.h");

const CC: &str = include_str!("../../recipes/solo5/cc.sh");

/// Beginnings of the names of files of the host's standard library that work without a system.
const STDLIB: &[&str] = &["stdlib", "camlinternal", "std_exit.", "str.", "bigarray.", "topdirs."];

struct Binding {
    abi: &'static str,
    on: &'static [&'static str],
    sources: &'static str,
}

/// Libraries that another processor needs.
const LIBRARIES: [&str; 2] = ["str", "bigarray"];

/// Gathers the sources and writes the rule file.
pub(super) fn prepare(
    making: &mut Making<'_>,
    spec: &ToolchainSpec,
    processor: &'static Processor,
) -> Result<Parts, RecipeError> {
    let wanted = cross::wanted(processor, &LIBRARIES);
    let runtime = making.runtime(&["camlstr"], wanted, Some(S_H))?;
    let cross = making.cross(processor, &runtime.version)?;
    let work = making.work.clone();
    let solo5 = making.crate_sources(CRATE.0, CRATE.1)?.join("solo5");
    let (include, lib) = (making.musl_include(processor), making.musl_lib(processor));
    // Rules name sources relative to the work folder, so that results are the same for everybody.
    link(&solo5, &work.join("solo5"))?;
    link(&include, &work.join("musl"))?;
    link(making.root(processor), &work.join("sysroot"))?;
    for (name, text) in UNIKERNEL {
        sources::write(&work.join("unikernel").join(name), text.as_bytes())?;
    }
    let version_h = format!("#define SOLO5_VERSION \"v{}\"\n", CRATE.2);
    sources::write(&work.join("include/version.h"), version_h.as_bytes())?;
    let machine = MACHINE_H.replace("@machine@", &processor.name.to_uppercase());
    sources::write(&work.join("include/machine.h"), machine.as_bytes())?;
    let gcc = processor.tool("gcc");
    let cc_include = making.cc_include(&gcc)?;
    let rule_file = rules(processor, &runtime, cross.as_ref(), &cc_include)?;
    sources::write(&work.join("build.ninja"), &rule_file)?;
    let triple = triple(processor);
    let script =
        CC.replace("@triple@", &triple).replace("@cc@", &gcc).replace("@bare@", processor.bare);
    // OCaml links with these names after its runtime, which needs all of the C library, which needs what
    // the processor does not do itself.
    let libraries = work.join("libraries");
    sources::write(&libraries, b"GROUP ( libc.a -lgcc )\n")?;
    let mut texts = vec![rule_file];
    texts.extend(UNIKERNEL.map(|(_, text)| text.as_bytes().to_vec()));
    Ok(Parts {
        texts,
        words: vec![
            format!("Solo5 {}", CRATE.2),
            format!("OCaml {}", runtime.version),
            "musl".to_owned(),
        ],
        host: making.host.clone(),
        findlib: spec.findlib.clone().unwrap_or_else(|| spec.name.clone()),
        copies: vec![
            (cc_include, format!("include/{triple}")),
            (solo5.join("include"), "include/solo5".to_owned()),
            (include, "include/musl".to_owned()),
            (lib.join("libc.a"), "lib/ocaml/libc.a".to_owned()),
            (libraries.clone(), "lib/ocaml/libm.a".to_owned()),
            (libraries, "lib/ocaml/libdl.a".to_owned()),
        ],
        cc: (format!("{triple}-cc"), script),
        includes: &["include/musl"],
        c_flags: C_FLAGS,
        stdlib: STDLIB,
        says: vec![
            ("system", "solo5".to_owned()),
            ("systhread_supported", "false".to_owned()),
            ("supports_shared_libraries", "false".to_owned()),
        ],
        processor,
    })
}

/// The name of Solo5's tools and folders for a processor.
fn triple(processor: &Processor) -> String {
    format!("{}-solo5-none-static", processor.name)
}

/// The rules of everything that is compiled.
fn rules(
    processor: &Processor,
    runtime: &Runtime,
    cross: Option<&Cross>,
    cc_include: &Path,
) -> Result<Vec<u8>, RecipeError> {
    let mut rules = Rules::default();
    let triple = triple(processor);
    let cc_include = quote(&cc_include.to_string_lossy());
    rules.variable("builddir", ".");
    rules.variable(
        "target",
        format!(
            "-nostdinc {} -isystem {cc_include} -I solo5/include -ffreestanding \
             -fstack-protector-strong -fno-pie -O2 -g",
            processor.bare
        ),
    );
    let gcc = processor.tool("gcc");
    let mut c = |name: &str, flags: &str| compiler(&mut rules, name, &gcc, flags);
    // Early boot code must not use registers that nobody has set up.
    c(
        "bindings",
        &format!(
            "$target -I include -std=c11 {} -D__SOLO5_BINDINGS__ \
             -D__XEN_INTERFACE_VERSION__=__XEN_LATEST_INTERFACE_VERSION__ \
             -DSSP_GUARD_SYMBOL=__stack_chk_guard -DSSP_FAIL_SYMBOL=__stack_chk_fail",
            processor.boot
        ),
    );
    c("unikernel", "$target -isystem musl -std=c11 -Wall -Wextra -D_GNU_SOURCE");
    let host = "-fstack-protector-strong -std=c11 -O2 -g -I solo5/include -I include";
    compiler(&mut rules, "host", "gcc", host);
    let link = "-Wl,-z,noexecstack -o $out $in $libraries";
    rules.rule("host.link", format!("gcc {link}"), "link $out", &[]);
    // A tender for another machine finds no libraries there.
    let (sysroot, options) = match processor.is_own() {
        true => (String::new(), String::new()),
        false => (
            " -isystem sysroot/usr/include".to_owned(),
            format!("-static-pie -L sysroot/usr/lib/{} ", processor.gnu()),
        ),
    };
    compiler(&mut rules, "tender", &gcc, &format!("{host}{sysroot}"));
    rules.rule("tender.link", format!("{gcc} {options}{link}"), "link $out", &[]);
    let (ld, objcopy) = (processor.tool("ld"), processor.tool("objcopy"));
    let text = format!(
        "{ld} -r -z noexecstack -o $out $in && {objcopy} -w -G 'solo5_*' -G '_start*' \
         -G __stack_chk_guard -G __stack_chk_fail $out"
    );
    rules.rule("partial", text, "ld $out", &[]);
    rules.rule("copy", "cp $in $out", "copy $out", &[]);
    let mut all = Vec::new();
    for binding in BINDINGS.iter().filter(|it| it.on.contains(&processor.name)) {
        let text = binding.sources.replace("CPU", CPU).replace("COMMON", COMMON);
        let text = text.replace("PROCESSOR", processor.name);
        let objects = objects(&mut rules, "bindings", "solo5/bindings/", &text, "");
        let out = format!("out/lib/{triple}/solo5_{}.o", binding.abi);
        rules.add(Statement::new("partial", &out).inputs(objects));
        let script = format!("out/lib/{triple}/solo5_{}.lds", binding.abi);
        let from = format!("solo5/bindings/solo5_{}.lds", binding.abi);
        rules.add(Statement::new("copy", &script).input(from));
        all.extend([out, script]);
    }
    for program in PROGRAMS {
        let text = program.sources.replace("TENDER", TENDER).replace("PROCESSOR", processor.name);
        let (rule, flags) = match program.is_tender {
            true => ("tender", ""),
            false if processor.is_own() => ("host", ""),
            false => ("host", "-include machine.h"),
        };
        let objects = objects(&mut rules, rule, "solo5/", &text, flags);
        let out = format!("out/bin/{}", program.name);
        let link = format!("{rule}.link");
        rules.add(Statement::new(link, &out).inputs(objects).bind("libraries", program.libraries));
        all.push(out);
    }
    let ours = UNIKERNEL.map(|(name, _)| name).join(" ");
    let ours = objects(&mut rules, "unikernel", "unikernel/", &ours, "");
    // Programs begin in Solo5, which calls what starts OCaml.
    let flags = "$target -isystem musl";
    all.extend(runtime.add(&mut rules, processor, flags, "unknown", &["main.c"], ours));
    if let Some(cross) = cross {
        all.extend(cross.add(&mut rules, processor, &LIBRARIES));
    }
    super::written(rules, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_is_compiled_once() {
        let processor = Processor::named("x86_64").unwrap();
        let rules = rules(processor, &Runtime::default(), None, Path::new("/cc")).unwrap();
        let text = String::from_utf8(rules).unwrap();
        assert_eq!(text.matches("build obj/solo5/bindings/abort.c.o:").count(), 1);
    }
}
