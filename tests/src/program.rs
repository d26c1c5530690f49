//! Where the programs and sources are that the tests work with.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder that cargo builds this very test into, `target/debug` as a rule.
fn profile_dir() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    let dir = test.ancestors().find(|dir| dir.join("deps").is_dir());
    dir.expect("cargo puts tests below `deps`").to_path_buf()
}

fn target_dir() -> PathBuf {
    profile_dir().parent().expect("a profile's folder is in the target folder").to_path_buf()
}

/// The `mbuild` of the same profile as the running test; built first, so it is never stale. An
/// installed one is tested when `MBUILD_TEST_PROGRAM` names it.
pub fn mbuild() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(installed) = std::env::var_os("MBUILD_TEST_PROGRAM") {
            return PathBuf::from(installed);
        }
        let profile = profile_dir();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--package", "mbuild-cli", "--manifest-path"]);
        cargo.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"));
        cargo.arg("--target-dir").arg(target_dir());
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        let status = cargo.status().expect("cargo runs");
        assert!(status.success(), "`cargo build --package mbuild-cli` failed");
        profile.join("mbuild")
    })
}

/// The toolchains and kernels that tests share.
const TOOLCHAINS: [&str; 6] = [
    "solo5-x86_64",
    "x86_64-linux-musl",
    "solo5-aarch64",
    "aarch64-linux-musl",
    "linux-x86_64",
    "linux-aarch64",
];

/// A data folder with the toolchains that tests share, made once by the `mbuild` under test. What they are
/// made of comes from registries the first time, as `tests/run` has them.
pub fn toolchains() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = target_dir().join("toolchains");
        for name in TOOLCHAINS {
            let mut install = Command::new(mbuild());
            install.args(["-q", "toolchain", "install", "--install", name]);
            install.env("XDG_DATA_HOME", &folder).env("MBUILD_CACHE_DIR", folder.join("store"));
            install.env_remove("MBUILD_EVENTS").env_remove("XDG_CONFIG_HOME");
            let output = install.output().expect("mbuild runs");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "there is no toolchain `{name}`\n{said}");
        }
        folder
    })
}

/// The folder of a toolchain that tests share.
pub fn toolchain(name: &str) -> PathBuf {
    let folder = toolchains().join("mbuild/toolchains");
    let entries = std::fs::read_dir(&folder).expect("the toolchains").flatten();
    let start = format!("{name}-");
    let mut found = entries.map(|it| it.path()).filter(|path| {
        path.file_name().is_some_and(|its| its.to_string_lossy().starts_with(&start))
    });
    found.next().unwrap_or_else(|| panic!("no toolchain `{name}` in `{}`", folder.display()))
}

/// The reference: Ninja 1.13.2, which `tests/run` installs below the target folder.
pub fn reference_ninja() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let ninja = target_dir().join("tools/bin/ninja");
        let version = Command::new(&ninja).arg("--version").output();
        let version = version.map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
        assert!(
            version.as_ref().is_ok_and(|version| version.starts_with("1.13.2")),
            "no ninja 1.13.2 in `{}`; `tests/run` installs it",
            ninja.display(),
        );
        ninja
    })
}

/// The unpacked Debian source package that `tests/debian-sources` fetched.
pub fn debian_source(name: &str) -> PathBuf {
    let dir = target_dir().join("debian-sources").join(name);
    assert!(dir.is_dir(), "no Debian source `{name}`; `tests/debian-sources` fetches it");
    dir
}

/// A file or folder of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a folder in it").join(path)
}
