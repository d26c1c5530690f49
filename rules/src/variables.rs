//! The variables that mbuild adds to the rule file language; plain Ninja ignores them.

use bstr::ByteSlice;

use crate::parse::suggest::closest;

/// What every name of such a variable starts with.
pub const PREFIX: &[u8] = b"mbuild_";

/// A variable that mbuild understands, on a `build` statement or for a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub name: &'static str,
    /// What a value looks like.
    pub values: &'static str,
    /// All values there are; empty when any text is one. Set to nothing, a variable has its default.
    pub one_of: &'static [&'static str],
    /// What it is worth when nobody sets it.
    pub default: &'static str,
    /// What it does, as one sentence.
    pub meaning: &'static str,
}

/// Names of environment variables that a command sees.
pub const ENV: Variable = Variable {
    name: "mbuild_env",
    values: "names of environment variables, separated by blanks",
    one_of: &[],
    default: "none",
    meaning: "variables that the command sees beside `PATH`, `LANG`, `LC_ALL`, `TZ`, `TMPDIR` and \
              `SOURCE_DATE_EPOCH`, which every command sees; the values are part of the action key. \
              With `*` it sees all others as well, whose values are not",
};

/// An identity for the tool that is run.
pub const TOOL: Variable = Variable {
    name: "mbuild_tool",
    values: "any text",
    one_of: &[],
    default: "the digest of the program",
    meaning: "stands in the action key for the program that the command runs, \
              for tools whose own bytes do not matter",
};

/// Whether the store may be used.
pub const CACHE: Variable = Variable {
    name: "mbuild_cache",
    values: "`on` or `off`",
    one_of: &["on", "off"],
    default: "`on`",
    meaning: "with `off` the result is neither looked up in the store nor put there, \
              for commands with effects beside their outputs",
};

/// What makes an action out of date.
pub const CHECK: Variable = Variable {
    name: "mbuild_check",
    values: "`content` or `mtime`",
    one_of: &["content", "mtime"],
    default: "`content`",
    meaning: "for the whole file only: with `mtime` time stamps decide, as they do for Ninja; \
              the variable `MBUILD_CHECK` of the environment overrides it",
};

/// All of them.
pub const ALL: [Variable; 4] = [ENV, TOOL, CACHE, CHECK];

/// A warning about what is bound above all statements, or on one: a name that means nothing (there), or a
/// value that does.
pub(crate) fn check(name: &[u8], value: &[u8], on_statement: bool) -> Option<String> {
    let Some(known) = ALL.iter().find(|known| known.name.as_bytes() == name) else {
        return unknown(name);
    };
    if on_statement && *known == CHECK {
        return Some(format!("`{}` on a build statement has no effect, set it above", known.name));
    }
    let is_fine = known.one_of.is_empty()
        || value.is_empty()
        || known.one_of.iter().any(|fine| fine.as_bytes() == value);
    let Variable { name, values, default, .. } = known;
    let value = value.as_bstr();
    (!is_fine).then(|| format!("`{name}` is `{value}`, expected {values}; it counts as {default}"))
}

fn unknown(name: &[u8]) -> Option<String> {
    // The prefix is left out, or every name would look like every other.
    let own = name.strip_prefix(PREFIX)?;
    let names = ALL.iter().filter_map(|known| known.name.as_bytes().strip_prefix(PREFIX));
    let slip = closest(own, names);
    let slip = slip.map(|own| format!("did you mean `{}{}`?", PREFIX.as_bstr(), own.as_bstr()));
    let hint = slip.unwrap_or_else(|| {
        let names: Vec<_> = ALL.iter().map(|known| format!("`{}`", known.name)).collect();
        format!("known are {}", names.join(", "))
    });
    Some(format!("unknown variable `{}` has no effect, {hint}", name.as_bstr()))
}
