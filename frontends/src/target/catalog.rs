//! All targets there are: the built-in ones, then those of the user and of the project.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use mbuild_rules::{Diagnostic, reason};

use super::project::PROJECT_FILE;
use super::spec::{Code, File, KernelSpec, TargetSpec, ToolchainSpec};
use super::{FinalLink, Kernel, Target};
use crate::files::user_folder;
use crate::suggest;
use crate::toolchain::folder;

/// The targets that come with mbuild, in the order in which they are listed.
const BUILT_IN: [(&str, &str); 17] = [
    ("native.toml", include_str!("../../targets/native.toml")),
    ("bytecode.toml", include_str!("../../targets/bytecode.toml")),
    ("x86_64-linux-musl.toml", include_str!("../../targets/x86_64-linux-musl.toml")),
    ("aarch64-linux-musl.toml", include_str!("../../targets/aarch64-linux-musl.toml")),
    ("solo5-x86_64.toml", include_str!("../../targets/solo5-x86_64.toml")),
    ("solo5-hvt.toml", include_str!("../../targets/solo5-hvt.toml")),
    ("solo5-spt.toml", include_str!("../../targets/solo5-spt.toml")),
    ("solo5-virtio.toml", include_str!("../../targets/solo5-virtio.toml")),
    ("solo5-xen.toml", include_str!("../../targets/solo5-xen.toml")),
    ("solo5-muen.toml", include_str!("../../targets/solo5-muen.toml")),
    ("solo5-aarch64.toml", include_str!("../../targets/solo5-aarch64.toml")),
    ("solo5-hvt-aarch64.toml", include_str!("../../targets/solo5-hvt-aarch64.toml")),
    ("solo5-spt-aarch64.toml", include_str!("../../targets/solo5-spt-aarch64.toml")),
    ("linux-x86_64.toml", include_str!("../../targets/linux-x86_64.toml")),
    ("microvm.toml", include_str!("../../targets/microvm.toml")),
    ("linux-aarch64.toml", include_str!("../../targets/linux-aarch64.toml")),
    ("microvm-aarch64.toml", include_str!("../../targets/microvm-aarch64.toml")),
];

/// All targets and toolchains.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Names in the order in which they were met.
    order: Vec<String>,
    targets: BTreeMap<String, TargetSpec>,
    toolchains: BTreeMap<String, ToolchainSpec>,
    kernels: BTreeMap<String, KernelSpec>,
    /// Where mbuild keeps kernels; empty where there is no place.
    home: PathBuf,
    /// The files of the user that were looked for.
    files: Vec<PathBuf>,
}

impl Catalog {
    /// The target when the user names none.
    pub const DEFAULT: &str = "native";

    /// The built-in targets.
    pub fn built_in() -> Result<Self, Vec<Diagnostic>> {
        let mut catalog = Self::default();
        for (name, text) in BUILT_IN {
            catalog.add(name.as_bytes(), text)?;
        }
        Ok(catalog)
    }

    /// The built-in targets, and what the user and the project in `root` say.
    pub fn load(
        root: &Path,
        variable: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut catalog = Self::built_in()?;
        catalog.home = folder::kernels(variable).unwrap_or_default();
        if let Some(folder) = user_folder(variable, "XDG_CONFIG_HOME", ".config") {
            catalog.add_file(&folder.join("mbuild/config.toml"), None)?;
        }
        catalog.add_file(&root.join(PROJECT_FILE), Some(PROJECT_FILE))?;
        Ok(catalog)
    }

    /// The names of all targets.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.order.iter().map(String::as_str)
    }

    /// The names of all toolchains.
    pub fn toolchains(&self) -> impl Iterator<Item = &ToolchainSpec> {
        self.toolchains.values()
    }

    /// The kernel of this name.
    pub fn kernel(&self, name: &str) -> Option<Kernel> {
        let spec = self.kernels.get(name)?.clone();
        let folder = self.home.join(&spec.name);
        Some(Kernel { spec, folder })
    }

    /// The target of this name.
    pub fn target(&self, name: &str) -> Option<Target> {
        let spec = self.targets.get(name)?;
        let toolchain = self.toolchains.get(spec.toolchain.get_ref())?.clone();
        let code = spec.code.unwrap_or(toolchain.code);
        let mut target = Target {
            name: name.to_owned(),
            about: spec.about.clone(),
            toolchain,
            code,
            devices: spec.devices.clone(),
            run: spec.run.clone(),
            emulator: spec.emulator.clone(),
            by_hand: spec.by_hand.clone(),
            kernel: spec.kernel.as_ref().and_then(|name| self.kernel(name.get_ref())),
            image: spec.image.clone(),
            files: self.files.clone(),
            links: Vec::new(),
        };
        target.links = self.links(&target);
        Some(target)
    }

    /// The last links of all targets with the same build directory.
    fn links(&self, target: &Target) -> Vec<FinalLink> {
        let mut links = Vec::new();
        for name in &self.order {
            let Some(spec) = self.targets.get(name) else { continue };
            let shares = !target.toolchain.is_host()
                && *spec.toolchain.get_ref() == target.toolchain.name
                && spec.code.unwrap_or(target.toolchain.code) == target.code;
            if *name == target.name || shares {
                links.push(FinalLink {
                    target: name.clone(),
                    extension: spec.extension.clone(),
                    link: spec.link.clone(),
                    check: spec.check.clone(),
                    device_types: spec
                        .devices
                        .iter()
                        .map(|(kind, devices)| (*kind, devices.kind.clone()))
                        .collect(),
                    kernel: spec.kernel.as_ref().and_then(|name| self.kernel(name.get_ref())),
                    initramfs: spec.initramfs.clone(),
                    image: spec.image.clone(),
                    arguments: spec.run.as_ref().map(|run| run.arguments).unwrap_or_default(),
                });
            }
        }
        links
    }

    /// Another target that shares a build directory with this one and would link programs to the same file,
    /// but to something else.
    fn in_the_way(&self, name: &str, target: &TargetSpec) -> Option<&str> {
        let toolchain = self.toolchains.get(target.toolchain.get_ref())?;
        let code = |spec: &TargetSpec| spec.code.unwrap_or(toolchain.code);
        let mut others = self.targets.iter().filter(|(other, spec)| {
            *other != name
                && spec.toolchain.get_ref() == target.toolchain.get_ref()
                && code(spec) == code(target)
                && spec.extension == target.extension
                && (&spec.link, &spec.check) != (&target.link, &target.check)
        });
        let (other, _) = others.next().filter(|_| !toolchain.is_host())?;
        Some(other)
    }

    fn add_file(&mut self, path: &Path, shown: Option<&str>) -> Result<(), Vec<Diagnostic>> {
        self.files.push(path.to_owned());
        let name = shown.map_or_else(|| path.to_string_lossy().into_owned(), str::to_owned);
        match std::fs::read(path) {
            Ok(content) => match String::from_utf8(content) {
                Ok(text) => self.add(name.as_bytes(), &text),
                Err(error) => {
                    let at = error.utf8_error().valid_up_to();
                    let content = error.as_bytes();
                    let message = "this is no UTF-8";
                    Err(vec![Diagnostic::at(name.as_bytes(), content, at, message)])
                }
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(vec![Diagnostic::about(
                name.as_bytes(),
                format!("cannot be read: {}", reason(&error)),
            )]),
        }
    }

    /// Adds what a file describes; a name that is there already gets the new meaning.
    fn add(&mut self, file: &[u8], text: &str) -> Result<(), Vec<Diagnostic>> {
        let at =
            |offset: usize, message: String| Diagnostic::at(file, text.as_bytes(), offset, message);
        let found: File = toml::from_str(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            vec![at(offset, error.message().lines().collect::<Vec<_>>().join(", "))]
        })?;
        for (name, mut toolchain) in found.toolchains {
            toolchain.name.clone_from(&name);
            self.toolchains.insert(name, toolchain);
        }
        for (name, mut kernel) in found.kernels {
            kernel.name.clone_from(&name);
            self.kernels.insert(name, kernel);
        }
        let mut wrong = Vec::new();
        if file != PROJECT_FILE.as_bytes()
            && let Some(said) = found.packages.first().or(found.frontend.as_ref())
        {
            let message = "only a project can say this of its packages";
            let help = format!("write it into the `{PROJECT_FILE}` of the project");
            wrong.push(at(said.span().start, message.to_owned()).with_help(help));
        }
        for (name, target) in found.targets {
            let toolchain = target.toolchain.get_ref();
            let offset = target.toolchain.span().start;
            match self.toolchains.get(toolchain) {
                None => {
                    let known = self.toolchains.keys().map(String::as_str);
                    let list = || format!("there are {}", suggest::list(known.clone()));
                    let help = suggest::help(toolchain, known.clone(), list);
                    let message = format!("there is no toolchain `{toolchain}`");
                    wrong.push(at(offset, message).with_help(help));
                }
                Some(found) if found.code == Code::Native && target.code == Some(Code::Byte) => {
                    let message = format!("toolchain `{toolchain}` makes native code only");
                    wrong.push(at(offset, message).with_help("leave `code` out"));
                }
                Some(_) => {}
            }
            if let Some(kernel) = &target.kernel
                && !self.kernels.contains_key(kernel.get_ref())
            {
                let known = self.kernels.keys().map(String::as_str);
                let list = || format!("there are {}", suggest::list(known.clone()));
                let help = suggest::help(kernel.get_ref(), known.clone(), list);
                let message = format!("there is no kernel `{}`", kernel.get_ref());
                wrong.push(at(kernel.span().start, message).with_help(help));
            }
            if !fits(&name) {
                let message = format!("`{name}` cannot be the name of a target");
                let help = "use letters, digits, `_`, `-` and `.`";
                wrong.push(at(offset, message).with_help(help));
            }
            if let Some(other) = self.in_the_way(&name, &target) {
                let message = format!("`{name}` and `{other}` link the same file in two ways");
                let help = "give one of them another `extension`";
                wrong.push(at(offset, message).with_help(help));
            }
            if !self.order.contains(&name) {
                self.order.push(name.clone());
            }
            self.targets.insert(name, target);
        }
        for name in self.toolchains.keys().filter(|name| !fits(name)) {
            let message = format!("`{name}` cannot be the name of a toolchain");
            wrong.push(at(0, message).with_help("use letters, digits, `_`, `-` and `.`"));
        }
        for name in self.kernels.keys().filter(|name| !fits(name)) {
            let message = format!("`{name}` cannot be the name of a kernel");
            wrong.push(at(0, message).with_help("use letters, digits, `_`, `-` and `.`"));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

/// Names are those of folders and parts of goals.
fn fits(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Result<Catalog, String> {
        let mut catalog = Catalog::built_in().unwrap();
        catalog.add(b"mbuild.toml", text).map_err(|errors| errors[0].to_string())?;
        Ok(catalog)
    }

    #[test]
    fn built_in_targets_are_sound() {
        let catalog = Catalog::built_in().unwrap();
        for name in catalog.names() {
            let target = catalog.target(name).unwrap();
            assert!(target.links.iter().any(|link| link.target == name), "{name}");
            if let Some(run) = &target.run {
                let command = run.command.join(" ");
                assert!(command.contains("{program}") && command.contains("{line}"), "{name}");
                assert_eq!(command.contains("{devices}"), !target.devices.is_empty(), "{name}");
            }
        }
        assert_eq!(catalog.target(Catalog::DEFAULT).unwrap().dir(), "_mbuild/native");
    }

    #[test]
    fn targets_of_one_toolchain_share_their_directory_and_know_each_others_links() {
        let catalog = Catalog::built_in().unwrap();
        let [spt, hvt] = ["solo5-spt", "solo5-hvt"].map(|name| catalog.target(name).unwrap());
        assert_eq!(spt.dir(), "_mbuild/solo5-x86_64");
        assert_eq!((spt.dir(), &spt.links), (hvt.dir(), &hvt.links));
        assert_eq!(spt.suffix(), "@solo5-spt");
        let native = catalog.target("native").unwrap();
        assert_eq!((native.links.len(), native.suffix()), (1, String::new()));
        assert_eq!(catalog.target("bytecode").unwrap().dir(), "_mbuild/bytecode");
    }

    #[test]
    fn users_add_their_own() {
        let text = "[targets.tiny]\nabout = \"x\"\ntoolchain = \"solo5-x86_64\"\nextension = \"t\"\n\
            [targets.tiny.run]\ncommand = [\"mine\", \"{program}\", \"{line}\"]\nmemory = 8\n";
        let catalog = with(text).unwrap();
        let tiny = catalog.target("tiny").unwrap();
        assert_eq!(tiny.run.as_ref().unwrap().memory, 8);
        assert!(tiny.run.unwrap().carries_status);
        assert!(catalog.target("solo5-spt").unwrap().links.iter().any(|it| it.target == "tiny"));
    }

    #[test]
    fn mistakes_have_a_place() {
        let mistake = |text: &str| with(text).unwrap_err();
        insta::assert_snapshot!(
            [
                mistake("[targets.x]\nabout = \"x\"\ntoolchain = \"solo5-x86\"\n"),
                mistake("[targets.x]\nabout = \"x\"\ntoolchain = \"native\"\nextensoin = \"x\"\n"),
                mistake("[targets.x]\nabout = \"x\"\n"),
                mistake("[targets.x]\nabout = \"x\"\ntoolchain = \"native\"\ncode = \"fast\"\n"),
                mistake("[targets.\"a/b\"]\nabout = \"x\"\ntoolchain = \"native\"\n"),
                mistake("[targets.x\n"),
                mistake("[targets.x]\nabout = 3\ntoolchain = \"native\"\n"),
                mistake(
                    "[targets.x]\nabout = \"x\"\ntoolchain = \"solo5-x86_64\"\ncode = \"byte\"\n"
                ),
                mistake(
                    "[targets.x]\nabout = \"x\"\ntoolchain = \"solo5-x86_64\"\nextension = \"spt\"\n"
                ),
                mistake("[kernels.\"a/b\"]\nabout = \"x\"\n"),
                mistake(
                    "[targets.x]\nabout = \"x\"\ntoolchain = \"native\"\nimage.formats = [\"iso\"]\n"
                ),
            ]
            .join("\n")
        );
    }
}
