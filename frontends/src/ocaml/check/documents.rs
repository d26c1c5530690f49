//! Rules and statements that make documentation, with the commands around it.

use crate::findlib::expand::Use;
use crate::package::{Document, DocumentKind, Section, Tool};

use super::super::mirror;
use super::super::product::{Product, ProductKind};
use super::super::rules::{Statement, command, plain, quote, quote_all, shell};
use super::super::sources::{clean, join};
use super::{Check, around};

/// The scripts before and after something, and what they need.
#[derive(Debug, Default)]
struct Around {
    before: Option<String>,
    after: Option<String>,
    needs: Vec<String>,
}

impl Check<'_, '_> {
    /// A document; gives back what is made, if anything is.
    pub(super) fn document(&mut self, index: usize, document: &Document) -> Option<String> {
        match &document.kind {
            DocumentKind::None => None,
            DocumentKind::Command(text) => Some(self.command(document, text)),
            DocumentKind::Ocamldoc { path, modules, libraries, flags, intro } => {
                let sources = self.documented(path, modules, libraries);
                let around = self.around_pages(document, path);
                self.pages(index, document, &sources, flags, intro.as_deref(), around)
            }
        }
    }

    fn command(&mut self, document: &Document, text: &str) -> String {
        let commands = around(document.before.as_deref(), text, document.after.as_deref());
        let mut programs = self.scripts.named(&commands);
        for tool in &document.tools {
            if let Tool::Internal(name) = tool {
                programs.extend(self.programs.get(name).cloned());
            }
        }
        programs.sort();
        programs.dedup();
        let (dir, mut programs) = match self.own {
            Some((tree, done)) => (tree, vec![done.to_owned()]),
            None => ("", programs),
        };
        let name = plain(&document.name);
        let script = format!("{}/scripts/document-{name}.sh", self.tools.dir);
        let (mut text, mirrored) = self.mirrored(document.mirror.as_deref());
        programs.extend(mirrored);
        text.extend(self.scripts.script(dir, &commands));
        self.files.push((script.clone(), text));
        let out = format!("{}/doc/{name}.done", self.tools.dir);
        self.rules.rule("document", "sh $in && touch $out", "document $out", &[]);
        self.rules.add(
            Statement::new("document", &out)
                .input(script)
                .implicit(programs)
                .bind("mbuild_env", self.environment)
                .bind("mbuild_cache", "off"),
        );
        out
    }

    /// What makes the links of a mirror, where there is one, and what that needs.
    fn mirrored(&mut self, mirror: Option<&str>) -> (Vec<u8>, Vec<String>) {
        let Some(mirror) = mirror.filter(|_| self.own.is_none()).map(clean) else {
            return (Vec::new(), Vec::new());
        };
        let script = self.mirror(&mirror);
        let mut needs = self.built();
        needs.push(script.clone());
        (format!("sh {} || exit 1\n", shell(&script)).into_bytes(), needs)
    }

    /// The scripts that run before and after pages are made in `path`, and what these need.
    fn around_pages(&mut self, document: &Document, path: &str) -> Around {
        let mut around = Around::default();
        let name = plain(&document.name);
        let mirror = document.mirror.as_deref().map(clean);
        for (command, when) in [(&document.before, "before"), (&document.after, "after")] {
            let Some(command) = command else { continue };
            let script = format!("{}/scripts/document-{name}.{when}.sh", self.tools.dir);
            let (mut text, needs) = self.mirrored(mirror.as_deref());
            if let Some(mirror) = mirror.as_deref().filter(|_| when == "after") {
                let pages = format!("{}/doc/{name}", self.tools.dir);
                let links = mirror::pages(mirror, &clean(path), &document.name, &pages);
                text.extend(mirror::script(mirror, &links));
            }
            text.extend(self.scripts.script("", &[command]));
            self.files.push((script.clone(), text));
            around.needs.extend(needs);
            around.needs.extend(self.scripts.named(&[command]));
            around.needs.push(script.clone());
            let place = if when == "before" { &mut around.before } else { &mut around.after };
            *place = Some(script);
        }
        around.needs.sort();
        around.needs.dedup();
        around
    }

    /// The plans and sources of what a document shows.
    fn documented(
        &self,
        path: &str,
        modules: &[String],
        libraries: &[String],
    ) -> Vec<(usize, String)> {
        let mut sources: Vec<(usize, String)> = Vec::new();
        let path = clean(path);
        for (at, plan) in self.plans.iter().enumerate() {
            let (whole, internal) = match plan.section {
                Section::Library(library) => {
                    (libraries.contains(&library.findlib), &library.internal_modules[..])
                }
                _ => (false, &[][..]),
            };
            for module in &plan.members {
                let Some(source) = module.interface.as_ref().or(module.implementation.as_ref())
                else {
                    continue;
                };
                let shown = whole && !internal.contains(&module.written);
                let folder = clean(&plan.compiled.path);
                let named =
                    modules.iter().any(|name| join(&path, name) == join(&folder, &module.written));
                if (shown || named) && !sources.iter().any(|(_, known)| *known == source.path) {
                    sources.push((at, source.path.clone()));
                }
            }
        }
        sources
    }

    fn pages(
        &mut self,
        index: usize,
        document: &Document,
        sources: &[(usize, String)],
        flags: &[String],
        intro: Option<&str>,
        around: Around,
    ) -> Option<String> {
        let ocamldoc = self.tools.toolchain.ocamldoc.as_deref()?;
        let name = plain(&document.name);
        let folder = format!("{}/doc/{name}", self.tools.dir);
        let mut include: Vec<String> = Vec::new();
        let mut interfaces = Vec::new();
        let mut preprocess = "";
        let mut used: Vec<usize> = sources.iter().map(|(at, _)| *at).collect();
        used.dedup();
        for at in used {
            let plan = &self.plans[at];
            preprocess = &plan.preprocess;
            let own = std::iter::once(plan.unit_dir.clone());
            let theirs = plan.uses.iter().rev().map(|at| self.plans[*at].obj.clone());
            let packages = plan.packages.values().next().map(Use::include_dirs);
            let packages = packages.unwrap_or_default();
            let packages = packages.iter().map(|dir| dir.to_string_lossy().into_owned());
            for dir in own.chain(theirs).chain(packages) {
                let option = format!("-I {}", quote(&dir));
                if !include.contains(&option) {
                    include.push(option);
                }
            }
            for at in plan.uses.iter().copied().chain([at]) {
                let plan = &self.plans[at];
                let units = plan.members.iter();
                interfaces.extend(units.map(|unit| format!("{}/{}.cmi", plan.unit_dir, unit.base)));
            }
        }
        let title = if document.title.is_empty() { &document.name } else { &document.title };
        let intro_option = intro.map(|file| format!("-intro {}", quote(file)));
        let folder_quoted = quote(&folder);
        let run = |script: &Option<String>| script.as_ref().map(|it| format!("sh {}", quote(it)));
        let made = format!(
            "rm -rf {folder_quoted} && mkdir -p {folder_quoted} && {}",
            command(&[
                format!("{} -html -d {folder_quoted}", quote(ocamldoc)),
                format!("-t {}", quote(title)),
                quote_all(flags),
                intro_option.unwrap_or_default(),
                preprocess.to_owned(),
                include.join(" "),
                "$in".to_owned(),
            ])
        );
        let steps = [run(&around.before), Some(made), run(&around.after)];
        let text = steps.into_iter().flatten().collect::<Vec<_>>().join(" && ");
        let rule = format!("document-{name}");
        self.rules.rule(&rule, text, "ocamldoc $out", &[]);
        let out = format!("{folder}/index.html");
        interfaces.sort();
        interfaces.dedup();
        let commands = around.before.is_some() || around.after.is_some();
        // The other pages are named after what is inside modules, which only ocamldoc knows.
        self.rules.add(
            Statement::new(rule, &out)
                .inputs(sources.iter().map(|(_, path)| path))
                .implicit(interfaces)
                .implicit(intro)
                .implicit(around.needs)
                .bind("mbuild_env", if commands { self.environment } else { "" })
                .bind("mbuild_cache", "off"),
        );
        self.products.push(Product::of(index, ProductKind::DocFolder, folder));
        Some(out)
    }
}
