//! From what is missing to the exact commands that install it on the present system.

use std::fmt;
use std::path::Path;

use super::foreign::{self, Foreign};
use super::{Missing, Providers, Report, find_program};

/// A package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Manager {
    /// Debian and what comes from it.
    Apt,
    /// Homebrew.
    Brew,
    /// opam.
    Opam,
}

impl Manager {
    /// Its command.
    pub fn command(self) -> &'static str {
        match self {
            Self::Apt => "apt-get",
            Self::Brew => "brew",
            Self::Opam => "opam",
        }
    }

    fn of(self, providers: &Providers) -> &[String] {
        match self {
            Self::Apt => &providers.apt,
            Self::Brew => &providers.brew,
            Self::Opam => &providers.opam,
        }
    }
}

/// What the present system installs packages with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// Managers that are there, the system's own first.
    pub managers: Vec<Manager>,
    /// We are allowed to install for everybody.
    pub root: bool,
    /// apt knows which packages there are.
    pub lists: bool,
}

impl System {
    /// Looks at the machine we run on.
    pub fn detect() -> Self {
        let managers = [Manager::Apt, Manager::Brew, Manager::Opam];
        let managers =
            managers.into_iter().filter(|manager| find_program(manager.command()).is_some());
        let lists = std::fs::read_dir("/var/lib/apt/lists").is_ok_and(|entries| {
            entries.flatten().any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
        });
        Self { managers: managers.collect(), root: is_root(Path::new("/proc/self/status")), lists }
    }
}

/// Whether our effective user is root; where the system does not say so in `/proc`, no.
fn is_root(status: &Path) -> bool {
    let status = std::fs::read_to_string(status).unwrap_or_default();
    let users = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    users.and_then(|users| users.split_whitespace().nth(1)) == Some("0")
}

/// A command, its program first.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Command(pub Vec<String>);

impl fmt::Display for Command {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.0.iter().enumerate() {
            let blank = if index > 0 { " " } else { "" };
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.+/:@".contains(c);
            if !word.is_empty() && word.chars().all(plain) {
                write!(out, "{blank}{word}")?;
            } else {
                write!(out, "{blank}'{}'", word.replace('\'', "'\\''"))?;
            }
        }
        Ok(())
    }
}

/// How to install what is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Plan {
    /// Commands, to run in this order.
    pub commands: Vec<Command>,
    /// What no command here installs, with what might be done.
    pub left: Vec<(Missing, String)>,
}

/// The commands for a report. `available` says whether a manager has a package of that name; it is
/// asked only where the manager can know.
pub fn plan(
    report: &Report,
    system: &System,
    available: &mut dyn FnMut(Manager, &str) -> bool,
) -> Plan {
    let mut plan = Plan::default();
    let mut wanted: Vec<(Manager, Vec<String>)> =
        system.managers.iter().map(|manager| (*manager, Vec::new())).collect();
    let mut others: Vec<&Foreign> = Vec::new();
    for missing in &report.missing {
        let mut done = false;
        if let Some(foreign) = &missing.providers.foreign
            && system.managers.contains(&Manager::Apt)
        {
            others.push(foreign);
            done = true;
        }
        for (manager, names) in &mut wanted {
            // A package of the system that is too old is no newer when installed again.
            if missing.found.is_some() && *manager != Manager::Opam {
                continue;
            }
            let candidates = manager.of(&missing.providers);
            let knows = *manager != Manager::Apt || system.lists;
            let chosen = candidates.iter().find(|name| !knows || available(*manager, name));
            let Some(name) = chosen else { continue };
            let name = match (&missing.need.constraint, *manager) {
                (Some(constraint), Manager::Opam) if !constraint.contains(['(', '|', '&']) => {
                    format!("{name}{}", constraint.replace(' ', ""))
                }
                _ => name.clone(),
            };
            if !names.contains(&name) {
                names.push(name);
            }
            done = true;
            break;
        }
        if !done {
            plan.left.push((missing.clone(), advice(missing, system)));
        }
    }
    for (manager, mut names) in wanted {
        if names.is_empty() {
            continue;
        }
        names.sort();
        let mut command = Vec::new();
        if manager == Manager::Apt && !system.root {
            command.push("sudo".to_owned());
        }
        if manager == Manager::Apt && !system.lists {
            let update = command.iter().cloned().chain(["apt-get".to_owned(), "update".to_owned()]);
            plan.commands.push(Command(update.collect()));
        }
        command.extend([manager.command().to_owned(), "install".to_owned()]);
        if manager != Manager::Brew {
            command.push("-y".to_owned());
        }
        command.extend(names);
        plan.commands.push(Command(command));
    }
    plan.commands.extend(foreign::commands(&others));
    plan
}

fn advice(missing: &Missing, system: &System) -> String {
    if let Some(found) = &missing.found {
        return format!("version {found} is installed; a newer one may be had with opam");
    }
    match (missing.providers.opam.first(), system.managers.contains(&Manager::Opam)) {
        (Some(name), false) => format!("install opam, then `opam install {name}`"),
        _ => "install it by hand, and put it where findlib or PATH lead".to_owned(),
    }
}
