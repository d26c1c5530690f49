//! What a hypervisor is told of a program: a file beside it, where the target says so.

use super::last::with_extension;
use crate::package::Section;
use crate::target::FinalLink;

/// The description of a program as a guest: its path, and what it says. `program` is its file for the target,
/// `base` that without the target's ending.
pub(super) fn description(
    section: &Section,
    last: &FinalLink,
    base: &str,
    program: &str,
) -> Option<(String, Vec<u8>)> {
    let (guest, Section::Executable(executable)) = (last.link.guest.as_ref()?, section) else {
        return None;
    };
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let usual = [
        ("name", quoted(&executable.compiled.name)),
        // From the package's folder on, as all paths are.
        ("kernel", quoted(program)),
    ];
    let usual = usual.iter().map(|(name, value)| (*name, value.as_str()));
    let usual =
        usual.chain(guest.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let own = &executable.guest;
    let usual = usual.filter(|(name, _)| own.iter().all(|(known, _)| known != name));
    let own = own.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let lines: Vec<String> =
        usual.chain(own).map(|(name, value)| format!("{name} = {value}\n")).collect();
    Some((with_extension(base, &guest.extension), lines.concat().into_bytes()))
}
