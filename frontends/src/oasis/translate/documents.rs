//! Tests and documentation.

use super::super::evaluate::Fields;
use super::Translator;
use crate::package::{About, Document, DocumentKind, Package, Section, Test};

/// Where ocamlbuild leaves what it builds.
const OCAMLBUILD_FOLDER: &str = "_build";

/// Whether a test may look for files where ocamlbuild leaves them: it says so, or runs something else
/// than a program by its variable, such as `make`.
fn looks_around(test: &Test) -> bool {
    let in_folder = test.dir.split('/').next() == Some(OCAMLBUILD_FOLDER);
    let says = name_built([Some(&test.command), test.before.as_ref(), test.after.as_ref()]);
    let mut lines = test.command.lines().filter(|line| !line.trim().is_empty());
    in_folder
        || says
        || lines.any(|line| !line.trim_start().trim_start_matches('"').starts_with("${"))
}

/// Whether commands name what ocamlbuild leaves, where it leaves it.
fn name_built<'a>(commands: impl IntoIterator<Item = Option<&'a String>>) -> bool {
    commands.into_iter().flatten().any(|command| {
        [OCAMLBUILD_FOLDER, ".native", ".byte", ".docdir"].iter().any(|name| command.contains(name))
    })
}

impl Translator<'_> {
    /// Links for commands around steps that name what ocamlbuild would leave.
    pub(super) fn mirrors(&self, model: &mut Package) {
        let looking = model.hooks.iter().filter(|(hook, _)| hook.follows_build());
        let commands = looking.flat_map(|(_, commands)| commands);
        if model.own_build.is_none() && name_built(commands.map(Some)) {
            model.mirrors.push(OCAMLBUILD_FOLDER.to_owned());
        }
    }

    pub(super) fn test(&mut self, fields: &Fields) -> Section {
        let mut test = Test {
            name: fields.name.text.clone(),
            run: self.tests && fields.bool("Run"),
            command: self.expanded_field(fields, "Command").unwrap_or_default(),
            before: self.expanded_field(fields, "PreCommand"),
            after: self.expanded_field(fields, "PostCommand"),
            dir: self.inside(fields, "WorkingDirectory"),
            mirror: None,
            tools: self.tools(fields, "TestTools"),
        };
        test.mirror = looks_around(&test).then(|| OCAMLBUILD_FOLDER.to_owned());
        Section::Test(test)
    }

    pub(super) fn document(&mut self, fields: &Fields) -> Section {
        let default = match fields.text("Format") {
            Some("HTML") => "$htmldir",
            Some("PDF") => "$pdfdir",
            Some("PostScript") => "$psdir",
            Some("Info") => "$infodir",
            Some("DVI") => "$dvidir",
            _ => "$docdir",
        };
        let target = self.expanded_field(fields, "InstallDir");
        let written = fields.text_at("InstallDir").map(|(text, at)| (text.to_owned(), at));
        if let (Some(target), Some((written, at))) = (&target, written) {
            self.below_prefix("InstallDir", target, &written, at);
        }
        let target = target.unwrap_or_else(|| self.expanded(default, fields.name.at));
        let mut document = Document {
            name: fields.name.text.clone(),
            title: fields.string("Title"),
            build: self.docs && fields.bool("Build"),
            install: fields.bool("Install"),
            kind: self.document_kind(fields),
            target: Some(target),
            tools: self.tools(fields, ""),
            before: self.expanded_field(fields, "PreCommand"),
            after: self.expanded_field(fields, "PostCommand"),
            clean: self.expanded_field(fields, "XCustomClean"),
            data: self.data(fields, ""),
            mirror: None,
        };
        let made = match &document.kind {
            DocumentKind::Command(command) => Some(command),
            DocumentKind::Ocamldoc { .. } | DocumentKind::None => None,
        };
        if name_built([made, document.before.as_ref(), document.after.as_ref()]) {
            document.mirror = Some(OCAMLBUILD_FOLDER.to_owned());
        }
        Section::Document(document)
    }

    fn document_kind(&mut self, fields: &Fields) -> DocumentKind {
        match fields.text("Type") {
            Some("ocamlbuild") => {
                if !fields.is_given("XOCamlbuildPath") {
                    self.error(
                        fields.name.at,
                        format!("Document `{}` has no `XOCamlbuildPath`", fields.name.text),
                        "add `XOCamlbuildPath: ...`, the folder its modules stand in",
                    );
                }
                let path = self.inside(fields, "XOCamlbuildPath");
                self.sources(fields, "XOCamlbuildModules", About::Module, &path);
                DocumentKind::Ocamldoc {
                    path,
                    modules: fields.strings("XOCamlbuildModules"),
                    libraries: self.own_libraries(fields, "XOCamlbuildLibraries"),
                    flags: self.document_flags(fields),
                    intro: fields
                        .is_given("XOCamlbuildIntro")
                        .then(|| self.inside(fields, "XOCamlbuildIntro")),
                }
            }
            Some("custom") => match self.expanded_field(fields, "XCustom") {
                Some(command) => DocumentKind::Command(command),
                None => {
                    self.error(
                        fields.at("Type"),
                        format!("Document `{}` has no `XCustom`", fields.name.text),
                        "add `XCustom: ...`, the command that makes it",
                    );
                    DocumentKind::None
                }
            },
            Some("omake") => {
                let format = match fields.text("Format") {
                    Some("Text") => "txt",
                    Some("PDF") => "pdf",
                    Some("PostScript") => "ps",
                    Some("Info") => "texi",
                    Some("DVI") => "dvi",
                    _ => "html",
                };
                let folder = self.inside(fields, "XOMakePath");
                let folder = if folder.is_empty() { folder } else { folder + "/" };
                let target = format!("{folder}{}.doc/{format}", fields.name.text);
                DocumentKind::Command(self.omake(&target, fields.items("XOMakeExtraArgs")))
            }
            _ => DocumentKind::None,
        }
    }
}
