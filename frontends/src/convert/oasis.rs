//! `_oasis` from the package model.

use std::fmt::Write as _;

use super::Losses;
use crate::oasis::menhir;
use crate::package::{
    Code, Compiled, Data, Depend, Document, DocumentKind, Executable, Library, MetaFields, Object,
    Package, Preprocess, Section, Step, Test, Tool,
};

/// `_oasis`.
pub(super) fn write(package: &Package, losses: &mut Losses<'_>) -> Vec<(String, String)> {
    let mut out = Text::default();
    out.field("OASISFormat", "0.4");
    out.field("Name", &package.name);
    out.field("Version", &package.version);
    // These have to be there.
    let or =
        |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
    out.field("Synopsis", &or(package.synopsis.trim(), &package.name));
    out.list("Authors", &or_one(&package.authors, "unknown"));
    out.field("License", &or(&package.license, "PROP"));
    out.list("Maintainers", &package.maintainers);
    out.field("Homepage", package.homepage.as_deref().unwrap_or_default());
    out.field("OCamlVersion", package.ocaml.as_deref().unwrap_or_default());
    out.field("FindlibVersion", package.findlib.as_deref().unwrap_or_default());
    out.field("Description", &package.description);
    if package.libraries().any(|library| library.meta.enable) {
        out.field("Plugins", "META (0.4)");
    }
    let templates: Vec<String> =
        package.templates.iter().map(|template| template.from.clone()).collect();
    out.list("FilesAB", &templates);
    for (hook, commands) in &package.hooks {
        let step = match hook.step {
            Step::Configure => "Conf",
            Step::Build => "Build",
            Step::Install => "Install",
            Step::Uninstall => "Uninstall",
            Step::Clean => "Clean",
            Step::Distclean => "Distclean",
            Step::Test | Step::Document => {
                losses.package(true, "commands around the tests and the documentation");
                continue;
            }
        };
        let when = if hook.after { "Post" } else { "Pre" };
        out.field(&format!("{when}{step}Command"), &commands.join("\n"));
    }
    losses.package(!package.made.is_empty(), "sources that are made from the manifest");
    // What is decided for good is no flag any more; these two are asked by mbuild itself.
    let always = [("tests", false), ("docs", true), ("debug", true), ("profile", false)];
    for flag in &package.flags {
        match always.iter().find(|(name, _)| flag.name.eq_ignore_ascii_case(name)) {
            Some((name @ ("tests" | "docs"), default)) if flag.value != *default => {
                out.section("Flag", name);
                out.field("Description", &flag.description);
                out.bool("Default", flag.value);
            }
            Some(_) => {}
            None => {
                let value = if flag.value { "on" } else { "off" };
                losses.package(true, &format!("flag `{}`; it is {value}", flag.name));
            }
        }
    }
    let on = |name: &str| package.flags.iter().any(|flag| flag.name == name && flag.value);
    let (tests, docs) = (on("tests"), on("docs"));
    losses.package(!package.actions.is_empty(), "commands of its own that make files");
    losses.package(package.own_build.is_some(), "that a tool of its own builds it");
    for generate in &package.generate {
        let (Tool::External(tool) | Tool::Internal(tool)) = &generate.tool;
        let implied = match tool.as_str() {
            "menhir" => *generate == menhir(),
            "ocamlmod" | "ocamlify" | "ocamllex" | "ocamlyacc" => true,
            _ => false,
        };
        losses.package(!implied, &format!("how `{tool}` makes sources from `*.{}`", generate.from));
    }
    for (index, section) in package.sections.iter().enumerate() {
        match section {
            Section::Library(it) => out.library(package, it),
            Section::Object(it) => out.object(package, it),
            Section::Executable(it) => out.executable(package, it),
            Section::Test(it) => out.test(it, tests),
            Section::Document(it) => out.document(package, it, docs),
        }
        if let Some(compiled) = section.compiled() {
            losses.section(index, !compiled.build, "the condition that would build it");
            lost(index, compiled, losses);
        }
        if let Section::Document(Document { kind: DocumentKind::Ocamldoc { flags, .. }, .. }) =
            section
        {
            let blanks = flags.iter().any(|flag| flag.contains(' '));
            losses.section(index, blanks, "flags with blanks in them");
        }
        if let Section::Executable(executable) = section {
            losses.section(index, !executable.guest.is_empty(), "what a hypervisor is told");
        }
    }
    vec![("_oasis".to_owned(), out.text)]
}

/// What the format has no words for.
fn lost(index: usize, compiled: &Compiled, losses: &mut Losses<'_>) {
    let of_package = compiled.depends.iter().any(|depend| match depend {
        Depend::Findlib { name, .. } => Preprocess::of_package(name) == compiled.preprocess,
        Depend::Internal(_) => false,
    });
    let preprocess = compiled.preprocess != Preprocess::None && !of_package;
    losses.section(index, preprocess, "the preprocessor");
    losses.section(
        index,
        !compiled.module_preprocess.is_empty(),
        "preprocessors of single modules",
    );
    let flags = !compiled.module_flags.is_empty() || !compiled.module_native_flags.is_empty();
    losses.section(index, flags, "flags of single modules");
    losses.section(index, !compiled.link_flags.is_empty(), "flags for the link alone");
    losses.section(index, !compiled.include.is_empty(), "more folders with modules");
}

fn or_one(list: &[String], other: &str) -> Vec<String> {
    if list.is_empty() { vec![other.to_owned()] } else { list.to_vec() }
}

/// The manifest so far.
#[derive(Default)]
struct Text {
    text: String,
    /// Fields are those of a section.
    inside: bool,
}

impl Text {
    fn section(&mut self, keyword: &str, name: &str) {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        let quote = if name.chars().all(plain) { "" } else { "\"" };
        let _ = writeln!(self.text, "\n{keyword} {quote}{name}{quote}");
        self.inside = true;
    }

    /// A field, where it says something. Lines after the first are indented, and a dot stands for an
    /// empty one.
    fn field(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let indent = if self.inside { "  " } else { "" };
        let _ = write!(self.text, "{indent}{name}:");
        for (at, line) in value.lines().enumerate() {
            let line = if line.trim().is_empty() && at > 0 { "." } else { line };
            let before = if at == 0 { " ".to_owned() } else { format!("\n{indent}  ") };
            let _ = write!(self.text, "{before}{line}");
        }
        self.text.push('\n');
    }

    fn option(&mut self, name: &str, value: Option<&str>) {
        self.field(name, value.unwrap_or_default());
    }

    fn bool(&mut self, name: &str, value: bool) {
        self.field(name, if value { "true" } else { "false" });
    }

    fn list(&mut self, name: &str, values: &[String]) {
        self.field(name, &values.join(", "));
    }

    /// Words that a shell would split so again.
    fn words(&mut self, name: &str, values: &[String]) {
        let word = |word: &String| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "_-+=.,:/@%^${}()".contains(c);
            if !word.is_empty() && word.chars().all(plain) {
                word.clone()
            } else {
                format!("'{}'", word.replace('\'', "'\\''"))
            }
        };
        self.field(name, &values.iter().map(word).collect::<Vec<_>>().join(" "));
    }

    fn data(&mut self, data: &[Data]) {
        let one = |data: &Data| match &data.target {
            Some(target) => format!("{} ({target})", data.glob),
            None => data.glob.clone(),
        };
        self.list("DataFiles", &data.iter().map(one).collect::<Vec<_>>());
    }

    fn tools(&mut self, name: &str, tools: &[Tool]) {
        let names = tools.iter().map(|(Tool::External(name) | Tool::Internal(name))| name.clone());
        self.list(name, &names.collect::<Vec<_>>());
    }

    /// What all that is compiled says.
    fn compiled(&mut self, package: &Package, compiled: &Compiled, default: Code) {
        self.field("Path", if compiled.path.is_empty() { "." } else { &compiled.path });
        if !compiled.build {
            self.bool("Build", false);
        }
        if !compiled.install {
            self.bool("Install", false);
        }
        if compiled.code != default {
            let code = match compiled.code {
                Code::Byte => "byte",
                Code::Native => "native",
                Code::Best => "best",
            };
            self.field("CompiledObject", code);
        }
        let depends = compiled.depends.iter().map(|depend| match depend {
            Depend::Findlib { name, constraint: Some(constraint) } => {
                format!("{name} ({constraint})")
            }
            Depend::Findlib { name, constraint: None } => name.clone(),
            Depend::Internal(name) => findlib_name(package, name).unwrap_or(name).to_owned(),
        });
        self.list("BuildDepends", &depends.collect::<Vec<_>>());
        self.tools("BuildTools", &compiled.tools);
        self.list("CSources", &compiled.c_sources);
        self.words("CCOpt", &compiled.c_flags);
        self.words("CCLib", &compiled.c_libraries);
        self.words("DllLib", &compiled.dll_libraries);
        self.words("DllPath", &compiled.dll_paths);
        for (name, own) in
            [("ByteOpt", &compiled.byte_flags), ("NativeOpt", &compiled.native_flags)]
        {
            self.words(name, &[compiled.ocaml_flags.as_slice(), own].concat());
        }
        self.data(&compiled.data);
    }

    fn library(&mut self, package: &Package, library: &Library) {
        self.section("Library", &library.compiled.name);
        self.compiled(package, &library.compiled, Code::Best);
        self.list("Modules", &library.modules);
        self.list("InternalModules", &library.internal_modules);
        if library.pack {
            self.bool("Pack", true);
        }
        self.findlib(package, library);
        self.meta(package, &library.meta);
    }

    /// The findlib name: that of the nearest library above, the containers between, its own.
    fn findlib(&mut self, package: &Package, library: &Library) {
        let full = &library.findlib;
        let above = package.libraries().filter(|other| {
            full.strip_prefix(&other.findlib).is_some_and(|rest| rest.starts_with('.'))
        });
        let parent = above.max_by_key(|other| other.findlib.len());
        let rest = parent.map_or(full.as_str(), |parent| &full[parent.findlib.len() + 1..]);
        let (containers, own) = rest.rsplit_once('.').unwrap_or(("", rest));
        if own != library.compiled.name {
            self.field("FindlibName", own);
        }
        self.option("FindlibParent", parent.map(|parent| parent.compiled.name.as_str()));
        self.field("FindlibContainers", containers);
    }

    fn meta(&mut self, package: &Package, meta: &MetaFields) {
        if !meta.enable && package.libraries().any(|library| library.meta.enable) {
            self.bool("XMETAEnable", false);
        }
        self.option("XMETADescription", meta.description.as_deref());
        if meta.syntax {
            self.field("XMETAType", "syntax");
        }
        if let Some(requires) = &meta.requires {
            self.list("XMETARequires", requires);
        }
        self.field("XMETAExtraLines", &meta.extra_lines.join("\n"));
    }

    fn object(&mut self, package: &Package, object: &Object) {
        self.section("Object", &object.compiled.name);
        self.compiled(package, &object.compiled, Code::Best);
        self.list("Modules", &object.modules);
        if object.findlib != object.compiled.name {
            self.field("FindlibFullName", &object.findlib);
        }
    }

    fn executable(&mut self, package: &Package, executable: &Executable) {
        self.section("Executable", &executable.compiled.name);
        self.field("MainIs", &executable.main);
        if executable.custom {
            self.bool("Custom", true);
        }
        self.compiled(package, &executable.compiled, Code::Byte);
        let unikernel = executable.unikernel.map(|yes| if yes { "true" } else { "false" });
        self.option(
            "XMbuildUnikernel",
            if executable.only_unikernel { Some("only") } else { unikernel },
        );
        let devices =
            executable.devices.iter().map(|it| format!("{} ({})", it.name, it.kind.name()));
        self.list("XMbuildDevices", &devices.collect::<Vec<_>>());
    }

    fn test(&mut self, test: &Test, switched_on: bool) {
        self.section("Test", &test.name);
        self.field("Command", &test.command);
        self.option("PreCommand", test.before.as_deref());
        self.option("PostCommand", test.after.as_deref());
        self.field("WorkingDirectory", &test.dir);
        self.tools("TestTools", &test.tools);
        if switched_on && !test.run {
            self.bool("Run", false);
        }
    }

    fn document(&mut self, package: &Package, document: &Document, switched_on: bool) {
        self.section("Document", &document.name);
        self.field(
            "Title",
            if document.title.is_empty() { &document.name } else { &document.title },
        );
        match &document.kind {
            DocumentKind::None => {}
            DocumentKind::Ocamldoc { path, modules, libraries, flags, intro } => {
                self.field("Type", "ocamlbuild (0.4)");
                self.field("XOCamlbuildPath", if path.is_empty() { "." } else { path });
                self.list("XOCamlbuildModules", modules);
                let libraries: Vec<String> = libraries
                    .iter()
                    .map(|name| findlib_name(package, name).unwrap_or(name).to_owned())
                    .collect();
                self.list("XOCamlbuildLibraries", &libraries);
                let whole: Vec<&str> =
                    flags.iter().map(String::as_str).filter(|flag| !flag.contains(' ')).collect();
                self.field("XOCamlbuildFlags", &whole.join(" "));
                self.option("XOCamlbuildIntro", intro.as_deref());
            }
            DocumentKind::Command(command) => {
                self.field("Type", "custom (0.4)");
                self.field("XCustom", command);
            }
        }
        self.option("InstallDir", document.target.as_deref());
        if switched_on && !document.build {
            self.bool("Build", false);
        }
        if !document.install {
            self.bool("Install", false);
        }
        self.tools("BuildTools", &document.tools);
        self.option("PreCommand", document.before.as_deref());
        self.option("PostCommand", document.after.as_deref());
        self.option("XCustomClean", document.clean.as_deref());
        self.data(&document.data);
    }
}

/// The findlib name of a section.
fn findlib_name<'a>(package: &'a Package, section: &str) -> Option<&'a str> {
    package.sections.iter().find_map(|candidate| match candidate {
        Section::Library(it) if it.compiled.name == section => Some(it.findlib.as_str()),
        Section::Object(it) if it.compiled.name == section => Some(it.findlib.as_str()),
        _ => None,
    })
}
