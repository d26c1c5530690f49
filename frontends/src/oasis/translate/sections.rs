//! Libraries, objects and programs: what each says beyond what all that is compiled says.

use hashbrown::HashSet;

use super::super::evaluate::Fields;
use super::Translator;
use crate::package::{Device, Executable, Library, MetaFields, Object, Section};
use crate::target::DeviceKind;

/// The longest name that a device may have in Solo5's manifests.
const LONGEST_DEVICE: usize = 67;

impl Translator<'_> {
    pub(super) fn library(&mut self, fields: &Fields) -> Section {
        let compiled = self.compiled(fields);
        let name = &fields.name.text;
        let findlib = self.names.of_section(name).unwrap_or(name).to_owned();
        let containers = self.names.containers(&findlib);
        let modules = fields.strings("Modules");
        let internal_modules = fields.strings("InternalModules");
        let internal = fields.items("InternalModules");
        let listed = modules.iter().filter(|_| !internal.is_empty());
        let exported: HashSet<&String> = listed.collect();
        for item in internal {
            if exported.contains(&item.text) {
                self.messages.warnings.add(|| {
                    self.manifest
                        .message(item.at, format!("module `{}` is in `Modules` as well", item.text))
                        .with_help("leave it in one of the two")
                });
            }
        }
        drop(exported);
        let meta_listed = self
            .package
            .items("Plugins")
            .iter()
            .any(|plugin| plugin.text.eq_ignore_ascii_case("META"));
        let meta = MetaFields {
            absent: false,
            by_hand: true,
            version: None,
            enable: meta_listed && fields.bool("XMETAEnable"),
            description: fields.text("XMETADescription").map(str::to_owned),
            syntax: fields.text("XMETAType") == Some("syntax"),
            requires: fields.is_given("XMETARequires").then(|| fields.strings("XMETARequires")),
            extra_lines: fields.strings("XMETAExtraLines"),
        };
        let pack = fields.bool("Pack");
        Section::Library(Library {
            compiled,
            modules,
            internal_modules,
            pack,
            takes: false,
            no_plugin: false,
            pack_name: None,
            archive: None,
            findlib,
            containers,
            meta,
        })
    }

    pub(super) fn object(&mut self, fields: &Fields) -> Section {
        let compiled = self.compiled(fields);
        let name = &fields.name.text;
        let findlib = self.names.of_section(name).unwrap_or(name).to_owned();
        let modules = fields.strings("Modules");
        Section::Object(Object { compiled, modules, apart: false, findlib })
    }

    pub(super) fn executable(&mut self, fields: &Fields) -> Section {
        let mut compiled = self.compiled(fields);
        let main = fields.string("MainIs");
        if main.ends_with(".c") {
            self.all_in_c(fields);
            if !compiled.c_sources.contains(&main) {
                compiled.c_sources.insert(0, main.clone());
            }
        }
        let unikernel = fields.text("XMbuildUnikernel");
        let as_object = fields.text("CompiledObject").is_some_and(|it| it.ends_with("_object"));
        // It is for whoever links it, not for those who look for programs.
        compiled.install &= !as_object;
        // ocamlbuild links whatever it finds in a folder that it looks into.
        compiled.around = true;
        Section::Executable(Executable {
            compiled,
            main,
            modules: Vec::new(),
            bytecode: false,
            custom: fields.bool("Custom"),
            as_object,
            unikernel: unikernel.map(|text| text != "false"),
            only_unikernel: unikernel == Some("only"),
            devices: self.devices(fields),
            guest: Vec::new(),
        })
    }

    /// A program without OCaml has no libraries of OCaml either.
    fn all_in_c(&mut self, fields: &Fields) {
        if let Some(item) = fields.items("BuildDepends").first() {
            let (at, name) = (item.at, item.text.clone());
            self.error(
                at,
                format!("a program in C cannot use `{name}`"),
                "name C libraries with `CCLib`, or let `MainIs` be an `.ml` file with its C parts in `CSources`",
            );
        }
    }

    /// The devices that a program asks for.
    fn devices(&mut self, fields: &Fields) -> Vec<Device> {
        let mut devices: Vec<Device> = Vec::new();
        for item in fields.items("XMbuildDevices").to_vec() {
            let kind = [DeviceKind::Net, DeviceKind::Block]
                .into_iter()
                .find(|kind| item.argument.as_deref() == Some(kind.name()));
            let plain = |c: char| c.is_ascii_alphanumeric();
            let name = &item.text;
            let (message, help) = if kind.is_none() {
                (
                    format!("device `{name}` needs a kind"),
                    format!("write `{name} (net)` or `{name} (block)`"),
                )
            } else if name.is_empty() || name.len() > LONGEST_DEVICE || !name.chars().all(plain) {
                let help = format!("use letters and digits, {LONGEST_DEVICE} at most");
                (format!("`{name}` cannot be the name of a device"), help)
            } else if devices.iter().any(|device| device.name == *name) {
                (format!("there are two devices `{name}`"), "rename one of them".to_owned())
            } else {
                devices.extend(kind.map(|kind| Device { name: name.clone(), kind }));
                continue;
            };
            self.error(item.at, message, help);
        }
        devices
    }
}
