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
    /// What it is worth when nobody sets it.
    pub default: &'static str,
    /// What it does, as one sentence.
    pub meaning: &'static str,
}

/// Names of environment variables that a command sees.
pub const ENV: Variable = Variable {
    name: "mbuild_env",
    values: "names of environment variables, separated by blanks",
    default: "none",
    meaning: "variables that the command sees beyond the minimal environment; \
              their values are part of the action key",
};

/// An identity for the tool that is run.
pub const TOOL: Variable = Variable {
    name: "mbuild_tool",
    values: "any text",
    default: "the digest of the program",
    meaning: "stands in the action key for the program that the command runs, \
              for tools whose own bytes do not matter",
};

/// Whether the store may be used.
pub const CACHE: Variable = Variable {
    name: "mbuild_cache",
    values: "`on` or `off`",
    default: "`on`",
    meaning: "with `off` the result is neither looked up in the store nor put there, \
              for commands with effects beside their outputs",
};

/// What makes an action out of date.
pub const CHECK: Variable = Variable {
    name: "mbuild_check",
    values: "`content` or `mtime`",
    default: "`content`",
    meaning: "for the whole file only: with `mtime` time stamps decide, as they do for Ninja; \
              the variable `MBUILD_CHECK` of the environment overrides it",
};

/// All of them.
pub const ALL: [Variable; 4] = [ENV, TOOL, CACHE, CHECK];

/// A warning about a name on a `build` statement that counts for the whole file only.
pub(crate) fn check_on_statement(name: &[u8]) -> Option<String> {
    let only = name == CHECK.name.as_bytes();
    only.then(|| format!("`{}` on a build statement has no effect, set it above", name.as_bstr()))
}

/// A warning about a name that starts with [`PREFIX`] but means nothing.
pub(crate) fn check(name: &[u8]) -> Option<String> {
    if !name.starts_with(PREFIX) || ALL.iter().any(|known| known.name.as_bytes() == name) {
        return None;
    }
    // The prefix is left out, or every name would look like every other.
    let own = |name| <[u8]>::strip_prefix(name, PREFIX).unwrap_or(name);
    let slip = closest(own(name), ALL.iter().map(|known| own(known.name.as_bytes())));
    let slip = slip.map(|own| format!("did you mean `{}{}`?", PREFIX.as_bstr(), own.as_bstr()));
    let hint = slip.unwrap_or_else(|| {
        let names: Vec<_> = ALL.iter().map(|known| format!("`{}`", known.name)).collect();
        format!("known are {}", names.join(", "))
    });
    Some(format!("unknown variable `{}` has no effect, {hint}", name.as_bstr()))
}
