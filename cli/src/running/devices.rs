//! The devices that a program asks for and what the user gives for them.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use mbuild_frontends::configure::SectionInfo;
use mbuild_frontends::package::Device;
use mbuild_frontends::target::{DeviceKind, Target};

use super::words::filled;
use crate::args::run::RunArgs;
use crate::failure::{Failure, Result};
use crate::suggest;
use crate::suggest::list;

/// The runner's words for all devices of a program.
pub(super) fn devices(
    target: &Target,
    section: &SectionInfo,
    args: &RunArgs,
) -> Result<Vec<OsString>> {
    let given = args.net.iter().map(|given| (DeviceKind::Net, given));
    let given = given.chain(args.block.iter().map(|given| (DeviceKind::Block, given)));
    let given: Vec<(DeviceKind, &(String, String))> = given.collect();
    for (at, (kind, (name, value))) in given.iter().enumerate() {
        let before = given[..at].iter().find(|(its, (first, _))| its == kind && first == name);
        if let Some((_, (_, first))) = before {
            let kind = kind.name();
            return Err(Failure::usage(format!(
                "the {kind} device `{name}` is given twice: `{first}` and `{value}`"
            ))
            .with_help(format!("leave one `--{kind} {name}=...` out")));
        }
        if !section.devices.iter().any(|it| it.name == *name && it.kind == *kind) {
            return Err(unknown(section, *kind, name));
        }
    }
    let mut words = Vec::new();
    for device in &section.devices {
        let Some(how) = target.devices.get(&device.kind) else { continue };
        let kind = device.kind.name();
        let mut same = section.devices.iter().filter(|it| it.kind == device.kind);
        if how.most.is_some_and(|most| same.clone().count() > most) {
            let names = list(same.by_ref().map(|it| it.name.as_str())).unwrap_or_default();
            let most = how.most.unwrap_or_default();
            let message = format!("target `{}` has {most} {kind} device: {names}", target.name);
            return Err(Failure::usage(message));
        }
        let attached =
            given.iter().find(|(its, (name, _))| *its == device.kind && *name == device.name);
        let Some((_, (_, value))) = attached else {
            return Err(not_attached(section, device));
        };
        check(device, value)?;
        let values: [(&str, &OsStr); 2] =
            [("name", device.name.as_ref()), ("value", value.as_ref())];
        words.extend(how.options.iter().map(|word| filled(word, &values)));
    }
    Ok(words)
}

fn not_attached(section: &SectionInfo, device: &Device) -> Failure {
    let (kind, name) = (device.kind.name(), &device.name);
    let what = match device.kind {
        DeviceKind::Net => "TAP",
        DeviceKind::Block => "FILE",
    };
    Failure::usage(format!(
        "`{}` has the {kind} device `{name}`, which is not attached",
        section.name
    ))
    .with_help(format!("add `--{kind} {name}={what}`"))
}

fn unknown(section: &SectionInfo, kind: DeviceKind, name: &str) -> Failure {
    let own = || section.devices.iter().filter(|it| it.kind == kind).map(|it| it.name.as_str());
    let help = match suggest::nearest(name, own()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None => list(own()).map(|names| format!("it has {names}")),
    };
    let kind = kind.name();
    Failure::usage(format!("`{}` has no {kind} device `{name}`", section.name))
        .with_optional_help(help)
}

/// Whether what the user gives for a device is there.
fn check(device: &Device, value: &str) -> Result<()> {
    match device.kind {
        DeviceKind::Block if !Path::new(value).exists() => Err(Failure::wrong(format!(
            "there is no file `{value}` for the block device `{}`",
            device.name
        ))
        .with_help(format!("make one: `truncate -s 1M {value}`"))),
        DeviceKind::Block if Path::new(value).is_dir() => Err(Failure::wrong(format!(
            "`{value}` is a folder, and the block device `{}` needs a file",
            device.name
        ))),
        DeviceKind::Net if !has_interface(value) => Err(Failure::wrong(format!(
            "there is no network interface `{value}` for the net device `{}`",
            device.name
        ))
        .with_help(format!("make one, as root: `ip tuntap add {value} mode tap`"))),
        _ => Ok(()),
    }
}

/// Whether there is a network interface of this name where we are; where Linux does not say which there
/// are, what runs the program does.
fn has_interface(name: &str) -> bool {
    // `/sys` may be that of another network namespace.
    let Ok(all) = std::fs::read_to_string("/proc/net/dev") else { return true };
    all.lines().filter_map(|line| line.split_once(':')).any(|(its, _)| its.trim() == name)
}
