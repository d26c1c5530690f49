//! Devices: declared in the manifest, given on the command line, used by the program.

use mbuild_tests::{Project, Space};

/// Writes a sector, reads it back, and prints what it has read.
const STUBS: &str = r#"
#include <string.h>
#include <caml/alloc.h>
#include <caml/mlvalues.h>
#include "solo5.h"

value block_round_trip(value text)
{
  static unsigned char sector[512];
  solo5_handle_t device;
  struct solo5_block_info info;
  if (solo5_block_acquire("storage", &device, &info) != SOLO5_R_OK) return caml_copy_string("none");
  memset(sector, 0, sizeof sector);
  strncpy((char *)sector, String_val(text), sizeof sector - 1);
  if (solo5_block_write(device, 512, sector, sizeof sector) != SOLO5_R_OK) return caml_copy_string("write");
  memset(sector, 0, sizeof sector);
  if (solo5_block_read(device, 512, sector, sizeof sector) != SOLO5_R_OK) return caml_copy_string("read");
  return caml_copy_string((char *)sector);
}
"#;

pub(super) fn project<'a>(space: &'a Space, devices: &str) -> Project<'a> {
    let project = space.project("kept");
    project
        .write(
            "_oasis",
            format!(
                "OASISFormat: 0.4\nName: kept\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n\
                 Executable kept\n  Path: .\n  MainIs: kept.ml\n  CSources: kept_stubs.c\n  \
                 XMbuildUnikernel: true\n  XMbuildDevices: {devices}\n"
            ),
        )
        .write("kept_stubs.c", STUBS)
        .write(
            "kept.ml",
            "external round_trip : string -> string = \"block_round_trip\"\n\
             let () = print_endline (round_trip \"kept for later\")\n",
        );
    project
}

#[test]
fn what_is_written_to_a_block_device_is_in_its_file() {
    for target in ["solo5-spt", "solo5-virtio"] {
        let space = Space::new();
        let project = project(&space, "storage (block)");
        project.write("disk", vec![0; 4096]);
        let run = ["run", "--target", target, "--block", "storage=disk"];
        let run = project.mbuild_with_toolchain(&run).ok();
        assert_eq!(run.stdout.trim_end(), "kept for later", "{}", run.said());
        assert_eq!(&project.read("disk").as_bytes()[512..526], b"kept for later");
    }
}

#[test]
fn what_is_wrong_with_devices_is_said_before_the_start() {
    let space = Space::new();
    let project = project(&space, "storage (block), service (net)");
    project.write("disk", vec![0; 4096]).write("folder/in-it", "");
    let said = |code: i32, more: &[&str]| {
        let run = [&["run", "--target", "solo5-spt"], more].concat();
        project.mbuild_with_toolchain(&run).fails(code).stderr
    };
    let cases = [
        (
            2,
            vec![],
            "`kept` has the block device `storage`, which is not attached\n  help: add `--block storage=FILE`",
        ),
        (
            2,
            vec!["--block", "storage=disk"],
            "`kept` has the net device `service`, which is not attached\n  help: add `--net service=TAP`",
        ),
        (
            2,
            vec!["--block", "storag=disk"],
            "`kept` has no block device `storag`\n  help: did you mean `storage`?",
        ),
        (
            2,
            vec!["--net", "storage=disk"],
            "`kept` has no net device `storage`\n  help: it has `service`",
        ),
        (
            3,
            vec!["--block", "storage=none"],
            "there is no file `none` for the block device `storage`\n  help: make one: `truncate -s 1M none`",
        ),
        (
            3,
            vec!["--block", "storage=disk", "--net", "service=tap98765"],
            "there is no network interface `tap98765` for the net device `service`\n  help: make one, as root: `ip tuntap add tap98765 mode tap`",
        ),
        (
            2,
            vec!["--block", "storage=disk", "--block", "storage=other"],
            "the block device `storage` is given twice: `disk` and `other`\n  help: leave one `--block storage=...` out",
        ),
        (
            3,
            vec!["--block", "storage=folder"],
            "`folder` is a folder, and the block device `storage` needs a file",
        ),
        (2, vec!["--mem", "0"], "invalid value '0' for '--mem <MIB>'"),
        (2, vec!["--block", "storage"], "expected the name of a device, `=`, and what it is"),
    ];
    for (code, more, message) in cases {
        let said = said(code, &more);
        assert!(said.contains(message), "{more:?}: {said}");
    }
    assert!(!project.path("_mbuild/solo5-x86_64/bin").exists(), "it was built all the same");
}

#[test]
fn a_target_without_such_devices_has_no_such_program() {
    let space = Space::new();
    let project = project(&space, "storage (block)");
    let build = ["build", "kept", "--target", "solo5-xen"];
    let said = project.mbuild_with_toolchain(&build).fails(2).stderr;
    let message = "`kept` has the block device `storage`, and target `solo5-xen` has none such";
    assert!(said.contains(message), "{said}");
}

#[test]
fn programs_of_the_host_have_no_devices() {
    let space = Space::new();
    let hello = space.example("hello");
    let said = hello.mbuild(&["run", "--mem", "64"]).fails(2).stderr;
    assert!(said.contains("programs of `native` run as they are, without --mem"), "{said}");
}

#[test]
fn mistakes_in_the_manifest_have_a_place() {
    let cases = [
        (
            "storage",
            "device `storage` needs a kind\n",
            "write `storage (net)` or `storage (block)`",
        ),
        ("a (disk)", "device `a` needs a kind\n", "write `a (net)` or `a (block)`"),
        (
            "a-b (net)",
            "`a-b` cannot be the name of a device\n",
            "use letters and digits, 67 at most",
        ),
        ("a (net), a (block)", "there are two devices `a`\n", "rename one of them"),
    ];
    for (devices, message, help) in cases {
        let space = Space::new();
        let project = project(&space, devices);
        let said = project.mbuild(&["build"]).fails(3).stderr;
        assert!(said.contains("_oasis:12:"), "{said}");
        assert!(said.contains(message) && said.contains(help), "{said}");
    }
}
