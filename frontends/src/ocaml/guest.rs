//! What a hypervisor is told of a program: a file beside it, where the target says so.

use super::sources::with_extension;
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::package::{Compiled, Executable};
    use crate::target::{Guest, Link};

    #[test]
    fn what_the_manifest_says_takes_the_place_of_what_is_usual() {
        let settings = BTreeMap::from([("type".to_owned(), "\"pvh\"".to_owned())]);
        let guest = Some(Guest { extension: "xl".to_owned(), settings });
        let link = Link { guest, ..Link::default() };
        let xen = FinalLink { link, ..FinalLink::default() };
        let say = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let program = |guest| {
            let compiled = Compiled { name: "a\"b".to_owned(), ..Compiled::default() };
            Section::Executable(Executable { compiled, guest, ..Executable::default() })
        };
        let text = |guest, last: &FinalLink| {
            let (path, text) = description(&program(guest), last, "bin/ab", "bin/ab.xen")?;
            Some((path, String::from_utf8(text).unwrap()))
        };
        let usual = "name = \"a\\\"b\"\nkernel = \"bin/ab.xen\"\ntype = \"pvh\"\n";
        assert_eq!(text(vec![], &xen), Some(("bin/ab.xl".to_owned(), usual.to_owned())));
        let (_, own) = text(vec![say("memory", "1"), say("type", "'pv'")], &xen).unwrap();
        assert!(own.ends_with("ab.xen\"\nmemory = 1\ntype = 'pv'\n"), "{own}");
        assert_eq!(text(vec![], &FinalLink::default()), None);
    }
}
