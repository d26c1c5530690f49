//! `MAKEFLAGS`: where it says that the jobserver is, and how to say it.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// Where the slots are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// In a fifo.
    Fifo(PathBuf),
    /// In a pipe whose two ends were inherited under these numbers.
    Pipe {
        /// The end that slots are taken from.
        read: i32,
        /// The end that they are put back to.
        write: i32,
    },
}

/// Why what `MAKEFLAGS` says about a jobserver is of no use; in Ninja's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ignored {
    /// The two numbers are none.
    #[error("Invalid file descriptor pair [{0}]")]
    NoPair(String),
    /// It is neither a pipe nor a fifo.
    #[error("Semaphore mode is not supported on Posix!")]
    Semaphore,
}

/// The jobserver that a value of `MAKEFLAGS` names; the last one counts.
///
/// # Errors
/// When it names one that cannot be used here.
pub fn find(makeflags: &[u8]) -> Result<Option<Auth>, Ignored> {
    let words = || makeflags.split(|byte| matches!(byte, b' ' | b'\t')).filter(|w| !w.is_empty());
    // The first word has the flags of one letter, unless there are none. With `n` nothing is to be run.
    if words().next().is_some_and(|first| !first.starts_with(b"-") && first.contains(&b'n')) {
        return Ok(None);
    }
    let mut found = Ok(None);
    for word in words() {
        if let Some(value) = word.strip_prefix(b"--jobserver-auth=") {
            found = match (pair(value), value.strip_prefix(b"fifo:")) {
                (Some(pair), _) => Ok(pipe(pair)),
                (None, Some(path)) => {
                    Ok(Some(Auth::Fifo(PathBuf::from(OsString::from_vec(path.to_vec())))))
                }
                (None, None) => Err(Ignored::Semaphore),
            };
        } else if let Some(value) = word.strip_prefix(b"--jobserver-fds=") {
            let no_pair = || Ignored::NoPair(String::from_utf8_lossy(value).into_owned());
            found = Ok(pipe(pair(value).ok_or_else(no_pair)?));
        }
    }
    found
}

fn pair(value: &[u8]) -> Option<(i32, i32)> {
    let (read, write) = std::str::from_utf8(value).ok()?.split_once(',')?;
    Some((read.parse().ok()?, write.parse().ok()?))
}

/// A negative number says that the command may not take part.
fn pipe((read, write): (i32, i32)) -> Option<Auth> {
    (read >= 0 && write >= 0).then_some(Auth::Pipe { read, write })
}

impl Auth {
    /// `MAKEFLAGS` for a command that is to take part, beside what `others` says.
    pub(crate) fn make_flags(&self, jobs: Option<usize>, others: &OsStr) -> OsString {
        let number = jobs.map(|jobs| jobs.to_string()).unwrap_or_default();
        let ours = match self {
            Self::Fifo(path) => {
                let start = format!("-j{number} --jobserver-auth=fifo:").into_bytes();
                [start, path.as_os_str().as_bytes().to_vec()].concat()
            }
            // Makes before 4.2 know the other name only.
            Self::Pipe { read, write } => {
                let pair = format!("{read},{write}");
                format!("-j{number} --jobserver-fds={pair} --jobserver-auth={pair}").into_bytes()
            }
        };
        // Behind `--` are variables. Without flags of one letter there is a blank in front.
        let others = others.as_bytes();
        let end = match others.windows(4).position(|window| window == b" -- ") {
            Some(at) => at,
            None if others.starts_with(b"-- ") => 0,
            None => others.len(),
        };
        let (flags, variables) = others.split_at(end);
        let joint: &[u8] = if variables.is_empty() || variables[0] == b' ' { b"" } else { b" " };
        OsString::from_vec([flags, b" ", &ours, joint, variables].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fifo(path: &str) -> Result<Option<Auth>, Ignored> {
        Ok(Some(Auth::Fifo(path.into())))
    }

    fn pipe(read: i32, write: i32) -> Result<Option<Auth>, Ignored> {
        Ok(Some(Auth::Pipe { read, write }))
    }

    #[test]
    fn each_way_to_name_a_jobserver_is_understood() {
        for (flags, auth) in [
            ("", Ok(None)),
            ("ks -j", Ok(None)),
            (" -j3 --jobserver-auth=fifo:/fifo", fifo("/fifo")),
            ("ks -j3\t--jobserver-auth=3,4", pipe(3, 4)),
            ("--jobserver-fds=5,6 --jobserver-auth=5,6", pipe(5, 6)),
            ("-j --jobserver-fds=7,8", pipe(7, 8)),
            (" -j --jobserver-auth=1,2 --jobserver-auth=fifo:f", fifo("f")),
            (" -j --jobserver-auth=-2,-2", Ok(None)),
            (" -j --jobserver-auth=name", Err(Ignored::Semaphore)),
            (" -j --jobserver-auth=name --jobserver-auth=3,4", pipe(3, 4)),
            (" -j --jobserver-fds=3", Err(Ignored::NoPair("3".into()))),
            (" -j --jobserver-auth 3,4", Ok(None)),
        ] {
            assert_eq!(find(flags.as_bytes()), auth, "{flags:?}");
        }
    }

    #[test]
    fn a_make_that_runs_nothing_lends_no_slots() {
        assert_eq!(find(b"kn -j3 --jobserver-auth=3,4"), Ok(None));
        assert_eq!(find(b" -n --jobserver-auth=3,4"), pipe(3, 4));
    }

    #[test]
    fn what_is_said_is_understood_and_keeps_the_flags_of_others() {
        let auth = Auth::Fifo("/fifo".into());
        for (others, flags) in [
            ("", " -j3 --jobserver-auth=fifo:/fifo"),
            ("ks", "ks -j3 --jobserver-auth=fifo:/fifo"),
            ("k -- CC=cc", "k -j3 --jobserver-auth=fifo:/fifo -- CC=cc"),
            ("-- CC=cc", " -j3 --jobserver-auth=fifo:/fifo -- CC=cc"),
        ] {
            let said = auth.make_flags(Some(3), OsStr::new(others));
            assert_eq!(said, flags);
            assert_eq!(find(said.as_bytes()), Ok(Some(auth.clone())));
        }
        let said = Auth::Pipe { read: 3, write: 4 }.make_flags(None, OsStr::new(""));
        assert_eq!(said, " -j --jobserver-fds=3,4 --jobserver-auth=3,4");
    }
}
