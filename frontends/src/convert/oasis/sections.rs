//! What the kinds of sections have of their own.

use super::{Writer, text};
use crate::package::{Document, DocumentKind, Executable, Library, Object, Test};

impl Writer<'_, '_> {
    pub(super) fn library(&mut self, it: &Library) {
        self.list("Modules", &it.modules);
        self.list("InternalModules", &it.internal_modules);
        if it.pack {
            self.field("Pack", "true");
        }
        let capital = |name: &str| {
            let mut chars = name.chars();
            chars.next().map(|c| c.to_ascii_uppercase().to_string() + chars.as_str())
        };
        match &it.pack_name {
            Some(name) if it.pack && Some(name) != capital(&it.compiled.name).as_ref() => {
                self.loses(format!("that its one module is called `{name}`"));
            }
            _ => {}
        }
        if it.archive() != it.compiled.name {
            self.loses(format!("that its archives are called `{}`", it.archive()));
        }
        if it.takes {
            self.loses("that modules belong to it which others of its modules name");
        }
        self.findlib_name(&it.compiled.name, &it.findlib);
        let meta = &it.meta;
        let listed = self.package.libraries().any(|library| library.meta.enable);
        self.switch("XMETAEnable", meta.enable || !listed);
        self.field("XMETADescription", meta.description.as_deref().unwrap_or_default());
        if meta.syntax {
            self.field("XMETAType", "syntax");
        }
        match &meta.requires {
            Some(requires) if requires.is_empty() => self.out.push_str("  XMETARequires:\n"),
            Some(requires) => self.list("XMETARequires", requires),
            None => {}
        }
        self.field("XMETAExtraLines", &meta.extra_lines.join("\n"));
        match &meta.version {
            Some(version) if *version != self.package.version => {
                self.loses(format!("that its META has version `{version}`"));
            }
            _ => {}
        }
        if meta.absent {
            self.loses("that there is no META at all");
        }
    }

    /// The longest name of another library that the name begins with is its parent; between them stand
    /// containers.
    fn findlib_name(&mut self, section: &str, findlib: &str) {
        let libraries = self.package.libraries().map(|it| (&it.compiled.name, &it.findlib));
        let inside = |parent: &str| findlib.strip_prefix(parent)?.strip_prefix('.');
        let parent = libraries
            .filter_map(|(name, parent)| Some((name, inside(parent)?)))
            .min_by_key(|(_, rest)| rest.len());
        let (parent, rest) = match parent {
            Some((parent, rest)) => (parent.clone(), rest),
            None => (String::new(), findlib),
        };
        let (containers, name) = rest.rsplit_once('.').unwrap_or(("", rest));
        self.field("FindlibParent", &parent);
        self.field("FindlibContainers", containers);
        if name != section {
            self.field("FindlibName", name);
        }
    }

    pub(super) fn object(&mut self, it: &Object) {
        self.list("Modules", &it.modules);
        if it.findlib != it.compiled.name {
            self.field("FindlibFullName", &it.findlib);
        }
        if it.apart && it.modules.len() > 1 {
            self.loses("that its modules stay apart");
        }
    }

    pub(super) fn executable(&mut self, it: &Executable) {
        self.field("MainIs", &it.main);
        if it.custom {
            self.field("Custom", "true");
        }
        match (it.only_unikernel, it.unikernel) {
            (true, _) => self.field("XMbuildUnikernel", "only"),
            (false, Some(true)) => self.field("XMbuildUnikernel", "true"),
            (false, Some(false)) => self.field("XMbuildUnikernel", "false"),
            (false, None) => {}
        }
        let device = |it: &crate::package::Device| format!("{} ({})", it.name, it.kind.name());
        self.list("XMbuildDevices", &it.devices.iter().map(device).collect::<Vec<_>>());
        if !it.modules.is_empty() {
            let modules = it.modules.join(", ");
            self.loses(format!("that modules are linked which nothing names: {modules}"));
        }
        for (name, value) in &it.guest {
            self.loses(format!("`{name} = {value}` for the hypervisor"));
        }
    }

    pub(super) fn test(&mut self, it: &Test) {
        self.command("Command", if it.command.trim().is_empty() { "true" } else { &it.command });
        self.tools("TestTools", &it.tools);
        self.field("WorkingDirectory", &it.dir);
        self.command("PreCommand", it.before.as_deref().unwrap_or_default());
        self.command("PostCommand", it.after.as_deref().unwrap_or_default());
        self.switch("Run", it.run);
    }

    pub(super) fn document(&mut self, it: &Document) {
        self.required("Title", &it.title, &it.name);
        match &it.kind {
            DocumentKind::None => {}
            DocumentKind::Command(command) => {
                self.field("Type", "custom (0.4)");
                self.command("XCustom", command);
            }
            DocumentKind::Ocamldoc { path, modules, libraries, flags, intro } => {
                self.field("Type", "ocamlbuild (0.4)");
                self.field("XOCamlbuildPath", if path.is_empty() { "." } else { path });
                self.list("XOCamlbuildModules", modules);
                self.list("XOCamlbuildLibraries", libraries);
                self.field("XOCamlbuildIntro", intro.as_deref().unwrap_or_default());
                let words =
                    flags.iter().flat_map(|flag| ["-docflag".to_owned(), text::quoted(flag)]);
                self.words("XOCamlbuildExtraArgs", &words.collect::<Vec<_>>());
            }
        }
        self.switch("Build", it.build);
        self.switch("Install", it.install);
        self.command("InstallDir", it.target.as_deref().unwrap_or_default());
        self.tools("BuildTools", &it.tools);
        self.command("PreCommand", it.before.as_deref().unwrap_or_default());
        self.command("PostCommand", it.after.as_deref().unwrap_or_default());
        self.command("XCustomClean", it.clean.as_deref().unwrap_or_default());
        self.data(&it.data);
    }
}
