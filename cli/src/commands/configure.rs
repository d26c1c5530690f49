//! `mbuild configure`: from the manifest to the rule file.

use mbuild_frontends::choices::Choices;
use mbuild_frontends::configure::{MemberInfo, OwnBuildInfo};

use crate::args::build::BuildFlags;
use crate::args::configure::ConfigureArgs;
use crate::configuring;
use crate::exit::Exit;
use crate::failure::Result;
use crate::package::Package;
use crate::project;
use crate::report::text::count;
use crate::session::Session;
use crate::surroundings;
use crate::targets;

/// Configures.
pub(crate) fn run(args: &ConfigureArgs, session: &mut Session<'_>) -> Result<Exit> {
    let target = targets::find(args.target.as_deref())?;
    let root = surroundings::current_folder()?;
    if !project::has_manifest(&root) {
        return Err(project::nothing_here(&root, false));
    }
    let choices = choices(args)?;
    let flags = BuildFlags { install: args.install, ..BuildFlags::default() };
    let package = configuring::anew(root, target, Some(&choices), &flags, session)?;
    say(&package, session);
    Ok(Exit::Success)
}

fn choices(args: &ConfigureArgs) -> Result<Choices> {
    let mut choices = Choices { frontend: args.frontend.clone(), ..Choices::default() };
    for (flags, on) in [(&args.enable, true), (&args.disable, false)] {
        for flag in flags {
            choices.flag(flag, on);
        }
    }
    for (name, value) in &args.overrides {
        choices.variable(name, value);
    }
    if let Some(prefix) = &args.prefix {
        configuring::choose_prefix(&mut choices, prefix)?;
    }
    Ok(choices)
}

/// Who builds a package that mbuild does not, and why.
fn by(own: &OwnBuildInfo) -> String {
    let why = own.why.iter().map(|why| format!(" ({why})"));
    let instead = own.instead.iter().map(|it| format!("; with `{it}` mbuild builds it"));
    let more: String = why.chain(instead).collect();
    format!("its own tool: {}{more}", own.tool)
}

fn say(package: &Package, session: &mut Session<'_>) {
    let configuration = &package.configuration;
    let printer = &mut *session.printer;
    let what = match configuration.members.len() {
        0 => format!("{} {}", configuration.package, configuration.version),
        several => count(several, "package"),
    };
    printer.note(format_args!(
        "configured {what} for {}: {}",
        configuration.target,
        String::from_utf8_lossy(&package.rules().file)
    ));
    for member in &configuration.members {
        let MemberInfo { package, version, manifest, own_build, .. } = member;
        let by = own_build.as_ref().map(|own| format!(", built by {}", by(own)));
        let by = by.unwrap_or_default();
        printer.note(format_args!("  package {package} {version}: {manifest}{by}"));
    }
    if !configuration.other_manifests.is_empty() {
        let manifest = &configuration.manifest;
        let others = configuration.other_manifests.iter();
        let others: Vec<String> =
            others.map(|it| format!("{} (`--frontend {}`)", it.path, it.format)).collect();
        printer.note(format_args!("  read {manifest}, not {}", others.join(", ")));
    }
    if let Some(own) = &configuration.own_build {
        printer.note(format_args!("  built by {}", by(own)));
    }
    for flag in &configuration.flags {
        let value = if flag.value { "on" } else { "off" };
        printer.note(format_args!("  flag {}: {value}", flag.name));
    }
    if session.global.verbose {
        let version = configuration.compiler.config.get("version");
        let version = version.map_or("?", String::as_str);
        printer.note(format_args!("  compiler: {} ({version})", configuration.compiler.path));
        for section in &configuration.sections {
            let value = if section.build { "built" } else { "left out" };
            printer.note(format_args!("  {}: {value}", section.goal));
        }
    }
}
