//! From flags and environment to what bounds the commands that run at once: memory, and a jobserver.

use std::os::unix::ffi::OsStrExt;

use mbuild_engine::jobserver::{self, Ignored, Style};
use mbuild_engine::settings::{Jobserver, Memory};

use super::{Environment, parse_size};
use crate::failure::{Failure, Result};

/// How much memory commands may take: what the flag says, else `MBUILD_MEMORY`.
pub(crate) fn memory(flag: Option<Memory>) -> Result<Memory> {
    memory_from(flag, &|name| std::env::var_os(name))
}

fn memory_from(flag: Option<Memory>, environment: Environment<'_>) -> Result<Memory> {
    match (flag, environment("MBUILD_MEMORY").filter(|value| !value.is_empty())) {
        (Some(memory), _) => Ok(memory),
        (None, None) => Ok(Memory::default()),
        (None, Some(value)) => parse_memory(&value.to_string_lossy())
            .map_err(|error| Failure::usage(format!("MBUILD_MEMORY: {error}"))),
    }
}

/// Reads `auto`, `off` or a size.
pub(crate) fn parse_memory(text: &str) -> std::result::Result<Memory, String> {
    match text {
        "auto" => Ok(Memory::Available),
        "off" => Ok(Memory::Unlimited),
        size => parse_size(size)
            .map(Memory::AtMost)
            .map_err(|error| format!("{error}, nor `auto` or `off`")),
    }
}

/// What the command line says about jobs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Jobs {
    /// Their number, or that nothing is to run: whoever says so does not mean somebody else's slots.
    pub(crate) decided: bool,
    /// They are to be shared with the commands.
    pub(crate) server: Option<Style>,
    /// Nothing is to run.
    pub(crate) dry_run: bool,
}

/// The jobserver that `MAKEFLAGS` names, else one of our own when that is wanted by a flag or by
/// `MBUILD_JOBSERVER`; and why what `MAKEFLAGS` names is of no use.
pub(crate) fn jobserver(jobs: Jobs) -> Result<(Jobserver, Option<Ignored>)> {
    jobserver_from(jobs, &|name| std::env::var_os(name))
}

fn jobserver_from(
    jobs: Jobs,
    environment: Environment<'_>,
) -> Result<(Jobserver, Option<Ignored>)> {
    let wanted = match environment("MBUILD_JOBSERVER").filter(|value| !value.is_empty()) {
        None => None,
        Some(value) if value == "off" => None,
        Some(value) if value == "fifo" => Some(Style::Fifo),
        Some(value) if value == "pipe" => Some(Style::Pipe),
        Some(value) => {
            return Err(Failure::usage(format!(
                "MBUILD_JOBSERVER is `{}`, expected `fifo`, `pipe` or `off`",
                value.display()
            )));
        }
    };
    if jobs.dry_run {
        return Ok((Jobserver::None, None));
    }
    let server = jobs.server.or(wanted).map_or(Jobserver::None, Jobserver::Server);
    let flags = environment("MAKEFLAGS").filter(|_| !jobs.decided).unwrap_or_default();
    Ok(match jobserver::find(flags.as_bytes()) {
        Ok(Some(auth)) => (Jobserver::Client(auth), None),
        Ok(None) => (server, None),
        Err(ignored) => (server, Some(ignored)),
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use mbuild_engine::jobserver::Auth;

    use super::*;

    fn with(variables: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
        |name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
    }

    #[test]
    fn memory_is_what_the_flag_says_else_the_variable() {
        let memory = |flag, variables| memory_from(flag, &with(variables)).unwrap();
        assert_eq!(memory(None, &[]), Memory::Available);
        assert_eq!(memory(None, &[("MBUILD_MEMORY", "off")]), Memory::Unlimited);
        let flag = Some(Memory::Available);
        assert_eq!(memory(flag, &[("MBUILD_MEMORY", "off")]), Memory::Available);
        assert_eq!(parse_memory("2G"), Ok(Memory::AtMost(2 << 30)));
        let nonsense = memory_from(None, &with(&[("MBUILD_MEMORY", "lots")]));
        assert_eq!(
            nonsense.unwrap_err().to_string(),
            "MBUILD_MEMORY: `lots` is not a size such as `500M` or `2GiB`, nor `auto` or `off`"
        );
    }

    #[test]
    fn slots_come_from_make_unless_the_number_of_jobs_is_given() {
        const MAKE: &[(&str, &str)] =
            &[("MAKEFLAGS", " -j4 --jobserver-auth=fifo:/f"), ("MBUILD_JOBSERVER", "pipe")];
        let found = |jobs| jobserver_from(jobs, &with(MAKE)).unwrap();
        let client = Jobserver::Client(Auth::Fifo("/f".into()));
        assert_eq!(found(Jobs::default()), (client, None));
        let decided = Jobs { decided: true, ..Jobs::default() };
        assert_eq!(found(decided), (Jobserver::Server(Style::Pipe), None));
        let flag = Jobs { server: Some(Style::Fifo), ..decided };
        assert_eq!(found(flag), (Jobserver::Server(Style::Fifo), None));
        let dry = Jobs { dry_run: true, ..Jobs::default() };
        assert_eq!(found(dry), (Jobserver::None, None));
    }

    #[test]
    fn a_jobserver_of_no_use_is_told_and_nonsense_is_a_usage_error() {
        let found = jobserver_from(
            Jobs::default(),
            &with(&[("MAKEFLAGS", "-j --jobserver-auth=semaphore")]),
        );
        assert_eq!(found.unwrap(), (Jobserver::None, Some(Ignored::Semaphore)));
        let nonsense = jobserver_from(Jobs::default(), &with(&[("MBUILD_JOBSERVER", "yes")]));
        assert_eq!(
            nonsense.unwrap_err().to_string(),
            "MBUILD_JOBSERVER is `yes`, expected `fifo`, `pipe` or `off`"
        );
    }
}
