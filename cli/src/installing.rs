//! Installing what a package misses: the exact command first, then the command itself.

use std::os::fd::AsFd;
use std::process::{Command, Stdio};

use mbuild_frontends::depends::{
    self, Host, Kind, Manager, Missing, Need, Plan, Providers, Report, System, plan,
};

use mbuild_frontends::package;

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::session::Session;

/// What would install it, for a message.
pub(crate) fn advice(report: &Report) -> Failure {
    failure(report, &planned(report))
}

fn failure(report: &Report, plan: &Plan) -> Failure {
    let missing: Vec<String> = report.missing.iter().enumerate().map(shown).collect();
    let mut help: Vec<String> =
        plan.left.iter().map(|(missing, advice)| format!("{}: {advice}", missing.need)).collect();
    if !plan.commands.is_empty() {
        let commands: Vec<String> =
            plan.commands.iter().map(|command| format!("`{command}`")).collect();
        help.push(format!("run {}, or add `--install`", commands.join(", then ")));
    }
    Failure::new(Exit::Missing, missing.join("\n"))
        .with_optional_help((!help.is_empty()).then(|| help.join("\n  help: ")))
}

/// What is missing: where the manifest asks for it, else below what was said before.
fn shown((index, missing): (usize, &Missing)) -> String {
    match (&missing.place, index) {
        (Some(place), _) => place.to_string(),
        (None, 0) => format!("missing: {missing}"),
        (None, _) => format!("  missing: {missing}"),
    }
}

/// That there is no compiler, which somebody needs.
pub(crate) fn no_compiler(by: &str) -> Report {
    let package = package::Package::default();
    let mut report =
        depends::report(&package, &mut Host { environment: None, findlib: None, linker: None });
    for missing in &mut report.missing {
        missing.need.by = vec![by.to_owned()];
    }
    report
}

/// The commands that install what is missing on this machine.
pub(crate) fn planned(report: &Report) -> Plan {
    plan(report, &System::detect(), &mut has_package)
}

/// Installs what is missing; each command is shown before it runs.
pub(crate) fn install(report: &Report, session: &mut Session<'_>) -> Result<()> {
    let plan = planned(report);
    if !plan.left.is_empty() {
        return Err(failure(report, &plan));
    }
    for command in &plan.commands {
        session.printer.step("installing:", command);
        let Some((program, arguments)) = command.0.split_first() else { continue };
        let wrong =
            |error: &std::io::Error| Failure::system(format_args!("cannot run `{command}`"), error);
        // Stdout is for the program of `mbuild run`.
        let stderr = std::io::stderr();
        let out = stderr.as_fd().try_clone_to_owned().map_err(|error| wrong(&error))?;
        let status = Command::new(program)
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .stdout(out)
            .status()
            .map_err(|error| wrong(&error))?;
        if !status.success() {
            return Err(Failure::new(Exit::Missing, format!("`{command}` failed ({status})")));
        }
    }
    Ok(())
}

/// Which of some packages of the system are there, as this machine's own manager names them; none are
/// missing where there is no manager to ask.
pub(crate) fn system_packages(wanted: Vec<(String, String)>) -> Report {
    let managers = System::detect().managers;
    let mut report = Report::default();
    for (name, by) in wanted {
        let need = Need {
            kind: Kind::System,
            name: name.clone(),
            constraint: None,
            by: vec![by],
            section: None,
        };
        let (there, providers) = match managers.first() {
            Some(Manager::Apt) => (
                says("dpkg-query", &["-W", "-f", "${db:Status-Status}"], &name, "installed"),
                Providers { apt: vec![name], ..Providers::default() },
            ),
            Some(Manager::Brew) => (
                says("brew", &["list", "--versions"], &name, ""),
                Providers { brew: vec![name], ..Providers::default() },
            ),
            Some(Manager::Opam) | None => (true, Providers::default()),
        };
        if there {
            report.present.push((need, None));
        } else {
            report.missing.push(Missing { need, found: None, providers, place: None });
        }
    }
    report
}

/// Whether a command about a package succeeds and prints what begins so.
fn says(program: &str, arguments: &[&str], name: &str, what: &str) -> bool {
    let output = Command::new(program).args(arguments).arg(name).stdin(Stdio::null()).output();
    output.is_ok_and(|it| it.status.success() && it.stdout.starts_with(what.as_bytes()))
}

/// Whether a package manager knows a package.
fn has_package(manager: Manager, name: &str) -> bool {
    let (program, arguments): (&str, &[&str]) = match manager {
        Manager::Apt => ("apt-cache", &["show", "--no-all-versions"]),
        Manager::Brew => ("brew", &["info"]),
        Manager::Opam => ("opam", &["show", "--field=name"]),
    };
    Command::new(program)
        .args(arguments)
        .arg(name)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
