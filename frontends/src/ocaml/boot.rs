//! What is made of a linked program so that it boots: its initial file system, and images.

use std::path::PathBuf;

use super::entry;
use super::link::Link;
use super::product::{Product, ProductKind};
use super::rules::{Statement, command, escape, quote};
use super::sources::name_of;
use super::sources::with_extension;
use crate::image::{disk, initramfs};
use crate::target::{FinalLink, ImageFormat};

impl Link<'_, '_> {
    /// What of a linked program boots, where that is not the program itself.
    pub(super) fn bootable(&mut self, last: &FinalLink, program: &str) -> String {
        let (Some(how), Some(kernel)) = (&last.initramfs, &last.kernel) else {
            return program.to_owned();
        };
        let Some(init) = self.first_process(&how.init) else { return program.to_owned() };
        let out = with_extension(program, &how.extension);
        let mut files = vec![
            ("init".to_owned(), PathBuf::from(init)),
            (initramfs::PROGRAM.to_owned(), PathBuf::from(program)),
        ];
        let mut modules = Vec::new();
        for name in &how.modules {
            let inside = format!("lib/modules/{name}.ko");
            modules.push(inside.clone());
            files.push((inside, kernel.module(name)));
        }
        files.extend(how.files.iter().map(|(inside, file)| (inside.clone(), PathBuf::from(file))));
        let inputs = paths(&files);
        let what = initramfs::Description { out: PathBuf::from(&out), files, modules };
        let description = self.described(&out, &what);
        self.step("initramfs", &out, description, inputs);
        out
    }

    /// The images of what boots; nothing builds them unless it is asked for.
    pub(super) fn images(&mut self, last: &FinalLink, bootable: &str, target: Option<&String>) {
        let Some(image) = &last.image else { return };
        let base = format!("{}/image/{}", self.tools.dir, name_of(bootable));
        for format in image.formats.iter().filter(|format| **format != ImageFormat::Initramfs) {
            let out = format!("{base}.{}", format.name());
            let mut files = vec![("program".to_owned(), PathBuf::from(bootable))];
            files.extend(last.kernel.as_ref().map(|kernel| ("kernel".to_owned(), kernel.image())));
            let mut inputs = paths(&files);
            let arguments = arguments_of(&out, *format);
            inputs.push(arguments.clone());
            inputs.extend(image.needs.iter().filter_map(|need| need.file.clone()));
            let what = disk::Description {
                out: PathBuf::from(&out),
                format: *format,
                files,
                loader: image.loader.clone(),
                style: last.arguments,
                arguments: PathBuf::from(arguments),
            };
            let description = self.described(&out, &what);
            self.step("image", &out, description, inputs);
            let product = Product::of(self.plan.index, ProductKind::Image, &out);
            self.products.push(Product { target: target.cloned(), ..product });
        }
    }

    /// The program that a machine begins with, for all programs of the build directory.
    fn first_process(&mut self, name: &str) -> Option<String> {
        let text = entry::source(name)?;
        let out = format!("{}/entry/init-{name}", self.tools.dir);
        if !self.rules.makes(&out) {
            let source = format!("{out}.c");
            let cc = self.tools.toolchain.environment.get("c_compiler").unwrap_or("cc");
            let text_of_rule = command(&[&escape(cc), "-static -Os -s -o $out $in"]);
            self.rules.rule("init", text_of_rule, "cc $out", &[]);
            self.rules.add(Statement::new("init", &out).input(&source));
            self.files.push((source, text.as_bytes().to_vec()));
        }
        Some(out)
    }

    /// Writes the description of what makes `out` beside the rule file.
    fn described<T: serde::Serialize>(&mut self, out: &str, what: &T) -> String {
        let file = format!("{}/descriptions/{}.json", self.tools.dir, name_of(out));
        self.files.push((file.clone(), serde_json::to_vec(what).unwrap_or_default()));
        file
    }

    /// A step of mbuild's own.
    fn step(&mut self, name: &str, out: &str, description: String, inputs: Vec<String>) {
        let text = format!("$mbuild internal {name} $in");
        self.rules.rule(name, text, &format!("{name} $out"), &[]);
        let tool = quote(&format!("mbuild-{name}-1"));
        self.rules.add(
            Statement::new(name, out).input(description).implicit(inputs).bind("mbuild_tool", tool),
        );
    }
}

/// Where the arguments are that an image gives its program: `mbuild image` writes them.
pub fn arguments_of(image: &str, format: ImageFormat) -> String {
    format!("{}.arguments", image.strip_suffix(&format!(".{}", format.name())).unwrap_or(image))
}

fn paths(files: &[(String, PathBuf)]) -> Vec<String> {
    files.iter().map(|(_, file)| file.to_string_lossy().into_owned()).collect()
}
