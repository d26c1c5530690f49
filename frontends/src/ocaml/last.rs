//! The last link of a program, which each target has its own of: what it adds, reads and checks.

use super::entry;
use super::guest;
use super::link::{Link, Linked};
use super::product::{Product, ProductKind};
use super::rules::{Statement, command, quote, quote_all};
use super::sources::{name_of, stem_of, with_extension};
use crate::package::Section;
use crate::target::{FinalLink, suffix};

impl Link<'_, '_> {
    /// The command of the last link of a program in OCaml.
    pub(super) fn last(
        &self,
        last: &FinalLink,
        start: &str,
        manifest: Option<&String>,
        entry: Option<&String>,
    ) -> String {
        let mut parts = vec![start.to_owned()];
        parts.extend(manifest.map(|object| quote(object)));
        parts.push(quote_all(&last.link.options));
        // The command line goes before what libraries ask for, so one of these may begin the program.
        parts.extend(entry.map(|archive| format!("-cclib {}", quote(archive))));
        parts.push(format!("-o $out {}", self.arguments("$order")));
        command(&parts)
    }

    /// The files of the toolchain that the last link reads.
    fn toolchain_files(&self, last: &FinalLink) -> Vec<String> {
        let toolchain = self.tools.toolchain;
        let Some(prefix) = &toolchain.prefix else { return Vec::new() };
        let stated = last.link.files.iter().map(|file| prefix.join(file));
        let runtime = toolchain.findlib.stdlib.join("libasmrun.a");
        stated
            .chain([runtime])
            .filter(|file| file.is_file())
            .map(|file| file.to_string_lossy().into_owned())
            .collect()
    }

    /// The object that holds a program's device manifest, where the target has such; `None` where the
    /// target does not have a device that the program asks for.
    fn manifest(&mut self, last: &FinalLink) -> Option<Option<String>> {
        let Section::Executable(executable) = self.plan.section else { return Some(None) };
        let Some(how) = &last.link.manifest else { return Some(None) };
        let Some((tool, words)) = how.command.split_first() else { return Some(None) };
        let mut devices = Vec::new();
        for device in &executable.devices {
            let kind = last.device_types.get(&device.kind)?;
            devices.push(serde_json::json!({ "name": device.name, "type": kind }));
        }
        let json = serde_json::json!({
            "type": how.kind,
            "version": 1,
            "devices": devices,
        });
        let json = format!("{json}\n").into_bytes();
        let folder = format!("{}/manifests/{}", self.tools.dir, self.plan.id);
        // Targets that call all devices the same share one.
        let own = |path: &str| path.rsplit_once('/').is_some_and(|(its, _)| its == folder);
        let known = self.files.iter().filter(|(path, _)| own(path));
        let count = known.clone().count();
        let same = known.clone().find(|(_, content)| *content == json);
        let name = match same {
            Some((path, _)) => stem_of(name_of(path)).to_owned(),
            None if count == 0 => "manifest".to_owned(),
            None => format!("manifest-{count}"),
        };
        let file = format!("{folder}/{name}.json");
        let object = format!("{}/{name}.o", self.plan.obj);
        if same.is_none() {
            let source = format!("{}/{name}.c", self.plan.obj);
            let words: Vec<String> = words.iter().map(|word| quote(word)).collect();
            let text =
                format!("{} {}", quote(&self.tools.toolchain.program(tool)), words.join(" "));
            let text = text.replace("'{json}'", "$in").replace("'{c}'", "$out");
            self.rules.rule("manifest", text, "manifest $out", &[]);
            self.compile_c("manifest.c", "");
            self.rules.add(Statement::new("manifest", &source).input(&file));
            self.rules.add(Statement::new("manifest.c", &object).input(source));
            self.files.push((file, json));
        }
        Some(Some(object))
    }

    /// Adds the last link of a program for each target that has the devices it asks for: what `base` says
    /// with the command for the target and the object of its device manifest.
    pub(super) fn last_links(
        &mut self,
        program: &str,
        base: &Statement,
        command: &dyn Fn(&Self, &FinalLink, Option<&String>) -> String,
    ) -> Linked {
        let mut linked = Linked::default();
        for last in self.tools.target.links {
            // A target without a kind of device has no program that asks for one.
            let Some(manifest) = self.manifest(last) else { continue };
            let out = with_extension(program, &last.extension);
            self.files.extend(guest::description(self.plan.section, last, program, &out));
            let target = self.tools.target;
            let suffix = suffix(target.directory, &last.target, target.links.len());
            let suffix = suffix.replace('@', "-");
            // What targets put into something else may be the same program.
            if !linked.linked.contains(&out) {
                let rule = format!("{}.link{suffix}", self.plan.id);
                let text = self.checked(last, command(self, last, manifest.as_ref()));
                self.rules.rule(&rule, text, "link $out", &[]);
                let checked = (!last.check.is_empty()).then(|| format!("{out}.checked"));
                let statement = Statement { rule, outputs: vec![out.clone()], ..base.clone() }
                    .also(checked)
                    .implicit(manifest)
                    .implicit(self.toolchain_files(last));
                self.rules.add(statement);
                linked.linked.push(out.clone());
            }
            let target = (!suffix.is_empty()).then(|| last.target.clone());
            let bootable = self.bootable(last, &out);
            self.images(last, &bootable, target.as_ref());
            let product = Product::of(self.plan.index, ProductKind::Program, &bootable);
            self.products.push(Product { target, ..product });
            linked.programs.push((last.target.clone(), bootable.clone()));
            linked.files.push(bootable);
        }
        linked
    }

    /// The archive with what a program begins with, where the target says that there is one.
    pub(super) fn entry(&mut self) -> Option<String> {
        let text = entry::source(self.tools.target.entry?)?;
        let in_c = self.plan.is_in_c();
        let source = format!("{}/entry/start.c", self.tools.dir);
        let base = source.trim_end_matches(".c").to_owned() + if in_c { "-c" } else { "" };
        let (object, archive) = (format!("{base}.o"), format!("{base}.a"));
        if !self.rules.makes(&archive) {
            self.compile_c("entry.c", "$flags");
            self.rules.rule("entry", "rm -f $out && ar rcs $out $in", "ar $out", &[]);
            let flags = if in_c { "-DIN_C" } else { "" };
            let statement = Statement::new("entry.c", &object).input(&source);
            self.rules.add(statement.bind("flags", flags));
            self.rules.add(Statement::new("entry", &archive).input(object));
            if !self.files.iter().any(|(path, _)| *path == source) {
                self.files.push((source, text.as_bytes().to_vec()));
            }
        }
        Some(archive)
    }

    /// The command of a link with the check of what came out.
    fn checked(&self, last: &FinalLink, link: String) -> String {
        let Some((program, words)) = last.check.split_first() else { return link };
        let program = quote(&self.tools.toolchain.program(program));
        let words = quote_all(words).replace("'{program}'", "$out");
        format!("{link} && {program} {words} > $out.checked")
    }
}
