//! What an action is called on one line.

use mbuild_engine::event::ActionInfo;

/// The description, or the command where there is none; on one line.
pub(crate) fn of(action: &ActionInfo<'_>) -> String {
    let bytes = if action.description.is_empty() { action.command } else { action.description };
    one_line(bytes)
}

/// The whole command on one line.
pub(crate) fn command(action: &ActionInfo<'_>) -> String {
    one_line(action.command)
}

fn one_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if text.contains(['\n', '\r', '\t']) {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_description_comes_before_the_command() {
        assert_eq!(of(&samples::action(0, "a.o", "CC a.o")), "CC a.o");
        assert_eq!(of(&samples::action(0, "a.o", "")), "cc -c -o out in");
    }

    #[test]
    fn a_name_has_no_line_ends() {
        let mut action = samples::action(0, "a.o", "");
        action.command = b"one \\\n\ttwo";
        assert_eq!(of(&action), "one \\ two");
    }
}
