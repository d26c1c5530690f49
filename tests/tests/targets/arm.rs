//! Unikernels for 64-bit Arm: the tender for Linux runs them under QEMU's user emulation.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use mbuild_tests::{Project, Space, program};

/// A tender that goes without what the emulation does not have, linked of the toolchain's own objects.
fn tender() -> &'static PathBuf {
    static TENDER: OnceLock<PathBuf> = OnceLock::new();
    TENDER.get_or_init(|| {
        let toolchains = program::toolchains();
        let work = toolchains.join("mbuild/toolchains/.work/solo5-aarch64");
        let objects = ["spt", "common"].map(|it| work.join("obj/solo5/tenders").join(it));
        let objects = objects.iter().flat_map(|it| std::fs::read_dir(it).expect("objects"));
        let objects = objects.map(|it| it.expect("an object").path());
        let objects = objects.filter(|it| it.extension().is_some_and(|it| it == "o"));
        let tender = toolchains.join("solo5-spt-without-seccomp");
        let status = Command::new("aarch64-linux-gnu-gcc")
            .args(["-static-pie", "-Wl,--wrap=syscall", "-Wl,-z,noexecstack", "-o"])
            .arg(&tender)
            .arg(program::repository("tests/fixtures/tender/no_seccomp.c"))
            .args(objects)
            .arg("-L")
            .arg(work.join("sysroot/usr/lib/aarch64-linux-gnu"))
            .arg("-lseccomp")
            .status();
        assert!(status.is_ok_and(|status| status.success()), "the tender does not link");
        tender
    })
}

/// Adds a target to a project that runs unikernels under that tender.
fn emulated<'a>(project: &'a Project<'a>) -> &'a Project<'a> {
    let tender = tender().to_string_lossy();
    project.write(
        "mbuild.toml",
        format!(
            "[targets.emulated]\nabout = \"x\"\ntoolchain = \"solo5-aarch64\"\nextension = \"it\"\n\
             emulator = {{ program = \"qemu-aarch64-static\" }}\n\
             check = [\"solo5-elftool\", \"query-abi\", \"{{program}}\"]\n\
             [targets.emulated.link]\noptions = [\"-cclib\", \"-z solo5-abi=spt\"]\n\
             manifest = {{ type = \"solo5.manifest\", \
             command = [\"solo5-elftool\", \"gen-manifest\", \"{{json}}\", \"{{c}}\"] }}\n\
             [targets.emulated.devices.block]\ntype = \"BLOCK_BASIC\"\n\
             options = [\"--block:{{name}}={{value}}\"]\n\
             [targets.emulated.run]\nquiet = \"--solo5:quiet\"\nabi = [\"{tender}\", \"--version\"]\n\
             command = [\"{tender}\", \"--mem={{memory}}\", \"{{devices}}\", \"--\", \"{{program}}\", \
             \"{{line}}\"]\n"
        ),
    )
}

#[test]
fn hello_boots_on_arm_and_another_abi_is_another_link() {
    let space = Space::new();
    let hello = space.example("hello");
    let run = ["run", "--target", "emulated", "--", "naïve \\ reader"];
    let ran = emulated(&hello).mbuild_with_toolchain(&run).ok();
    assert_eq!(ran.stdout.lines().nth(1), Some("| Hello, naïve \\ reader! |"), "{}", ran.said());
    for abi in ["spt", "hvt"] {
        let build = ["build", "--target", &format!("solo5-{abi}-aarch64")];
        let mut build = hello.mbuild_with_toolchain(&build);
        let built = build.env("MBUILD_CACHE", "off").ok().ran();
        assert_eq!(built, [format!("_mbuild/solo5-aarch64/bin/hello.{abi}")]);
        let checked = hello.read(&format!("_mbuild/solo5-aarch64/bin/hello.{abi}.checked"));
        assert!(checked.contains(&format!("\"target\": \"{abi}\"")), "{checked}");
    }
}

#[test]
fn twenty_checks_of_the_runtime_pass_on_arm_and_its_status_comes_out() {
    let space = Space::new();
    let stress = space.pristine("tests/fixtures/stress", "stress");
    let run = ["run", "--target", "emulated", "--", "3"];
    let finished = emulated(&stress).mbuild_with_toolchain(&run).fails(3);
    assert_eq!(finished.stdout.matches(" ok\n").count(), 20, "{}", finished.said());
    assert!(finished.stdout.ends_with("all is well\n"), "{}", finished.said());
}

#[test]
fn what_no_emulator_runs_needs_the_machine_itself() {
    let space = Space::new();
    let hello = space.example("hello");
    for target in ["solo5-spt-aarch64", "solo5-hvt-aarch64"] {
        let said = hello.mbuild_with_toolchain(&["run", "--target", target]).fails(4).stderr;
        let message = format!("programs of `{target}` need a machine with the processor aarch64");
        assert!(said.contains(&message), "{said}");
    }
    let targets = hello.mbuild_with_toolchain(&["targets"]).ok().stdout;
    let line = targets.lines().find(|line| line.starts_with("solo5-spt-aarch64 "));
    let need = "a machine with the processor aarch64";
    assert!(line.unwrap_or_default().ends_with(need), "{targets}");
}
