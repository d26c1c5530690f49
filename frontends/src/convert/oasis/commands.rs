//! Commands around the steps, and those of a build that the package does itself.

use super::Writer;
use crate::package::{Hook, OwnBuild, Step};

/// The fields of commands that configure and build, in the order in which they run, for so many of them.
const BUILD: [&[&str]; 5] = [
    &["XCustomBuild"],
    &["PreBuildCommand", "XCustomBuild"],
    &["PreBuildCommand", "XCustomBuild", "PostBuildCommand"],
    &["PreConfCommand", "PreBuildCommand", "XCustomBuild", "PostBuildCommand"],
    &["PreConfCommand", "PostConfCommand", "PreBuildCommand", "XCustomBuild", "PostBuildCommand"],
];

impl Writer<'_, '_> {
    pub(super) fn hooks(&mut self) {
        for (Hook { step, after }, commands) in &self.package.hooks {
            let step = match step {
                Step::Configure => "Conf",
                Step::Build => "Build",
                Step::Install => "Install",
                Step::Uninstall => "Uninstall",
                Step::Clean => "Clean",
                Step::Distclean => "Distclean",
                Step::Test | Step::Document => {
                    self.loses(format!("commands around a step: `{}`", commands.join("; ")));
                    continue;
                }
            };
            let name = format!("{}{step}Command", if *after { "Post" } else { "Pre" });
            match commands.as_slice() {
                [first, own] if name == "PreConfCommand" => {
                    self.command(&name, first);
                    self.field("ConfType", "custom (0.4)");
                    self.command("XCustomConf", own);
                }
                all => self.command(&name, &joined(all)),
            }
        }
    }

    pub(super) fn own_build(&mut self) {
        let Some(own) = &self.package.own_build else { return };
        let OwnBuild { build, install, uninstall, clean, environment, .. } = own;
        for name in environment.iter().map(|change| &change.name) {
            self.loses(format!("variable `{name}` of the environment of its commands"));
        }
        for file in &own.lists {
            self.loses(format!("that `{file}` lists what is installed"));
        }
        if own.tool != crate::oasis::OCAMLBUILD {
            self.field("BuildType", if build.is_empty() { "none (0.4)" } else { "custom (0.4)" });
        }
        match BUILD.get(build.len().wrapping_sub(1)) {
            Some(names) => {
                for (name, command) in names.iter().zip(build) {
                    self.command(name, command);
                }
            }
            None => self.command("XCustomBuild", &joined(build)),
        }
        if !install.is_empty() {
            self.field("InstallType", "custom (0.4)");
            self.command("XCustomInstall", &joined(install));
            self.command("XCustomUninstall", &joined(uninstall));
        }
        if !build.is_empty() {
            self.command("XCustomBuildClean", &joined(clean));
        }
    }
}

/// Commands of which the first that fails is the last, as one.
fn joined(commands: &[String]) -> String {
    match commands {
        [one] => one.clone(),
        all => all.iter().map(|text| format!("({text})")).collect::<Vec<_>>().join(" && "),
    }
}
