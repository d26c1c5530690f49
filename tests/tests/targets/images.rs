//! Images: each format boots by the command that is printed, and the same input is the same file.

use std::fs;
use std::process::Command;

use mbuild_tests::{Project, Space};

use crate::devices;

/// Makes an image, and gives back the command that boots it.
fn made(project: &Project, target: &str, format: &str, more: &[&str]) -> String {
    let words = ["image", "-q", "--target", target, "--format", format];
    let words = [&words[..], more].concat();
    project.mbuild_with_toolchain(&words).ok().stdout
}

/// What a machine prints that is started in the folder of a project, in two minutes at most.
fn booted(project: &Project, command: &str) -> String {
    let mut shell = Command::new("timeout");
    shell.args(["120", "sh", "-c", command]).current_dir(project.dir());
    let output = shell.stdin(std::process::Stdio::null()).output().expect("a shell");
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&said).into_owned()
}

fn boots(target: &str, format: &str) {
    let space = Space::new();
    let hello = space.example("hello");
    let command = made(&hello, target, format, &["-o", "image file", "--", "a  \"b\" \\ $c 'é'"]);
    assert!(command.contains("image file"), "{command}");
    let said = booted(&hello, &command);
    assert!(said.contains("| Hello, a  \"b\" \\ $c 'é'! |"), "{command}\n{said}");
}

#[test]
fn a_disk_boots_a_unikernel() {
    boots("solo5-virtio", "raw");
}

#[test]
fn a_disk_of_qemu_boots_a_unikernel() {
    boots("solo5-virtio", "qcow2");
}

#[test]
fn a_disk_in_an_archive_boots_a_unikernel() {
    boots("solo5-virtio", "tar.gz");
}

#[test]
fn a_disk_boots_linux_with_a_program() {
    boots("microvm", "raw");
}

#[test]
fn a_disk_of_qemu_boots_linux_with_a_program() {
    boots("microvm", "qcow2");
}

#[test]
fn a_disk_in_an_archive_boots_linux_with_a_program() {
    boots("microvm", "tar.gz");
}

#[test]
fn an_initial_file_system_boots_beside_its_kernel() {
    boots("microvm", "initramfs");
}

#[test]
fn an_initial_file_system_boots_beside_its_kernel_on_arm() {
    boots("microvm-aarch64", "initramfs");
}

#[test]
fn clouds_have_other_disks_and_those_boot_as_well() {
    let space = Space::new();
    let hello = space.example("hello");
    let command = made(&hello, "solo5-virtio", "raw", &["-o", "disk", "--", "cloud"]);
    let disk = "'file=disk,format=raw,if=ide'";
    assert!(command.contains(disk), "{command}");
    for (name, device) in [
        ("virtio", "-device virtio-blk,drive=d"),
        ("virtio-scsi", "-device virtio-scsi-pci -device scsi-hd,drive=d"),
        ("NVMe", "-device nvme,drive=d,serial=1"),
    ] {
        let other = format!("file=disk,format=raw,if=none,id=d {device}");
        let said = booted(&hello, &command.replace(disk, &other));
        assert!(said.contains("| Hello, cloud! |"), "{name}: {said}");
    }
}

#[test]
fn a_unikernel_has_its_own_disk_beside_the_one_that_it_boots_from() {
    let space = Space::new();
    let kept = devices::project(&space, "storage (block)");
    kept.write("data", vec![0; 4096]);
    let command = made(&kept, "solo5-virtio", "raw", &["-o", "disk"]);
    assert!(command.contains("-drive 'file=FILE,if=virtio,format=raw'"), "{command}");
    let said = booted(&kept, &command.replace("FILE", "data"));
    assert!(said.contains("kept for later"), "{said}");
    assert_eq!(&kept.read("data").as_bytes()[512..526], b"kept for later");
}

#[test]
fn the_same_input_is_the_same_image_wherever_it_is_made() {
    let image = |format: &str, target: &str| {
        let [one, other] = ["here", "there"].map(|name| {
            // Each has a store of its own, so nothing is taken over.
            let space = Space::new();
            let hello = space.pristine("examples/hello", name);
            made(&hello, target, format, &["-o", "image", "--", "x"]);
            fs::read(hello.path("image")).expect("an image")
        });
        assert!(one == other, "{target} {format}");
        one
    };
    let raw = image("raw", "microvm");
    let qcow2 = image("qcow2", "microvm");
    let tar = image("tar.gz", "solo5-virtio");
    image("initramfs", "microvm");

    // Others read them as they are meant.
    let space = Space::new();
    let project = space.project("p");
    project.write("raw", &raw).write("qcow2", qcow2).write("tar.gz", tar);
    let run = |words: &[&str]| project.program(words[0]).arguments(&words[1..]).ok().stdout;
    run(&["qemu-img", "check", "-q", "-f", "qcow2", "qcow2"]);
    run(&["qemu-img", "compare", "-q", "-f", "raw", "-F", "qcow2", "raw", "qcow2"]);
    let listed = run(&["tar", "-tvzf", "tar.gz"]);
    assert!(listed.contains(" 1073741824 ") && listed.ends_with(" disk.raw\n"), "{listed}");
    assert_eq!(raw.len() % (1 << 20), 0);
    assert_eq!((raw[446], raw[450], &raw[510..512]), (0x80, 0xda, &[0x55, 0xaa][..]));
}

#[test]
fn an_image_is_an_action_of_the_build() {
    let space = Space::new();
    let hello = space.example("hello");
    let ran = |format: &str, more: &[&str]| {
        let words = ["image", "--target", "solo5-virtio", "--format", format];
        hello.mbuild_with_toolchain(&[&words[..], more].concat()).ok().ran()
    };
    let image = |format: &str| format!("_mbuild/solo5-x86_64/image/hello.virtio.{format}");
    assert!(ran("raw", &[]).contains(&image("raw")));
    assert_eq!(ran("raw", &[]), [""; 0]);
    assert_eq!(ran("qcow2", &[]), [image("qcow2")]);
    assert_eq!(ran("raw", &["--", "another", "argument"]), [image("raw")]);
    hello.edit("bin/hello.ml", "\"world\"", "\"moon\"");
    assert!(ran("raw", &[]).contains(&image("raw")));
    // Nobody else makes images.
    let mut build = hello.mbuild_with_toolchain(&["build", "--target", "solo5-virtio"]);
    assert_eq!(build.ok().ran(), [""; 0]);
}

#[test]
fn what_has_no_image_comes_with_what_has() {
    let space = Space::new();
    let hello = space.example("hello");
    let said =
        |words: &[&str]| hello.mbuild_with_toolchain(&[&["image"], words].concat()).fails(2).stderr;
    let native = said(&["--format", "raw"]);
    assert!(native.contains("there are no images of `native`\n  help: there are images of `"));
    for target in ["solo5-virtio", "microvm"] {
        assert!(native.contains(&format!("`{target}`")), "{native}");
    }
    let virtio = said(&["--format", "initramfs", "--target", "solo5-virtio"]);
    let message =
        "`solo5-virtio` has no image `initramfs`\n  help: it has `raw`, `qcow2` and `tar.gz`";
    assert!(virtio.contains(message), "{virtio}");
    let arm = said(&["--format", "raw", "--target", "microvm-aarch64"]);
    let message = "`microvm-aarch64` has no image `raw`\n  help: it has `initramfs`";
    assert!(arm.contains(message), "{arm}");
    let format = said(&["--format", "vmdk"]);
    assert!(format.contains("[possible values: raw, qcow2, tar.gz, initramfs]"), "{format}");
    let line = ["--format", "raw", "--target", "solo5-virtio", "--", "a\nb"];
    let line = said(&line);
    assert!(
        line.contains("no argument of an image of `solo5-virtio` can have a line break"),
        "{line}"
    );
    let long = "x".repeat(1801);
    let long = said(&["--format", "raw", "--target", "microvm", "--", &long]);
    assert!(
        long.contains("the arguments take 1802 bytes, and `microvm` has room for 1800"),
        "{long}"
    );
    assert!(
        !hello.path("_mbuild/solo5-x86_64/bin/hello.virtio").exists(),
        "it was built all the same"
    );
}

#[test]
fn what_disks_are_made_with_is_named_where_it_is_missing() {
    let space = Space::new();
    let hello = space.example("hello");
    let bin = space.project("bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    for tool in [
        "ocamlc.opt",
        "ocamlopt.opt",
        "ocamldep.opt",
        "ocamlmklib",
        "gcc",
        "sh",
        "cat",
        "apt-get",
        "apt-cache",
    ] {
        let found = std::env::split_paths(&path).map(|dir| dir.join(tool)).find(|it| it.is_file());
        std::os::unix::fs::symlink(found.expect("a tool"), bin.path(tool)).expect("a link");
    }
    let words = ["image", "--target", "solo5-virtio", "--format", "raw"];
    let said = hello.mbuild_with_toolchain(&words).env("PATH", bin.dir()).fails(4).stderr;
    let message = "missing: program `grub-mkimage`, needed by images of solo5-virtio";
    assert!(said.contains(message), "{said}");
    assert!(said.contains("apt-get install -y grub-common`, or add `--install`"), "{said}");
    assert!(
        !hello.path("_mbuild/solo5-x86_64/bin/hello.virtio").exists(),
        "it was built all the same"
    );
    let words = ["image", "--target", "solo5-virtio", "--format", "raw", "-o", "no/such/folder"];
    let said = hello.mbuild_with_toolchain(&words).fails(5).stderr;
    assert!(said.contains("cannot write `no/such/folder`: "), "{said}");
}
