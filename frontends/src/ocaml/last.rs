//! The last link of a program, which each target has its own of: what it adds, reads and checks.

use super::entry;
use super::link::Link;
use super::rules::{Statement, command, quote, quote_all};
use super::sources::{name_of, stem_of};
use crate::package::Section;
use crate::target::FinalLink;

impl Link<'_, '_> {
    /// The command of the last link of a program.
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
        if let Some((program, words)) = last.check.split_first() {
            let program = quote(&self.tools.toolchain.program(program));
            let words = quote_all(words).replace("'{program}'", "$out");
            parts.push(format!("&& {program} {words} > $out.checked"));
        }
        command(&parts)
    }

    /// The files of the toolchain that the last link reads.
    pub(super) fn toolchain_files(&self, last: &FinalLink) -> Vec<String> {
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
    pub(super) fn manifest(&mut self, last: &FinalLink) -> Option<Option<String>> {
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

    /// The archive with what a program begins with, where the target says that there is one.
    pub(super) fn entry(&mut self) -> Option<String> {
        let text = entry::source(self.tools.target.entry?)?;
        let base = format!("{}/entry/start", self.tools.dir);
        let (source, object, archive) =
            (format!("{base}.c"), format!("{base}.o"), format!("{base}.a"));
        if !self.rules.makes(&archive) {
            self.compile_c("entry.c", "");
            self.rules.rule("entry", "rm -f $out && ar rcs $out $in", "ar $out", &[]);
            self.rules.add(Statement::new("entry.c", &object).input(&source));
            self.rules.add(Statement::new("entry", &archive).input(object));
            self.files.push((source, text.as_bytes().to_vec()));
        }
        Some(archive)
    }
}

/// The file of a program for a target.
pub(super) fn with_extension(program: &str, extension: &str) -> String {
    if extension.is_empty() { program.to_owned() } else { format!("{program}.{extension}") }
}
