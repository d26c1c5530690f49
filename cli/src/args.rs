//! The command line as clap reads it: plain data, nothing resolved (see `settings` for that).

pub(crate) mod aliases;
pub(crate) mod build;
pub(crate) mod cache;
pub(crate) mod configure;
pub(crate) mod default_command;
pub(crate) mod global;
pub(crate) mod graph;
pub(crate) mod history;
pub(crate) mod image;
pub(crate) mod install;
pub(crate) mod manifest;
pub(crate) mod mistakes;
pub(crate) mod other;
pub(crate) mod query;
pub(crate) mod run;
pub(crate) mod toolchain;

use clap::{Parser, Subcommand};

use crate::exit::Exit;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "mbuild",
    version,
    about = "Builds OCaml packages and any Ninja file, by content: what somebody built before is restored, not built again",
    after_help = "`mbuild` alone is `mbuild build`. A binary called `ninja` that is `mbuild` takes Ninja's own flags.",
    after_long_help = Exit::HELP,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: global::GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read the manifest, look for what it needs and write the rule file
    Configure(configure::ConfigureArgs),
    /// Bring goals up to date (what `mbuild` alone does)
    Build(build::BuildArgs),
    /// Build and run the tests
    Test(run::TestArgs),
    /// Build a program and run it
    Run(run::RunArgs),
    /// Make a file that boots the program: a disk, or what a kernel takes beside it
    Image(image::ImageArgs),
    /// Build and install the package
    Install(install::InstallArgs),
    /// Remove what `mbuild install` installed
    Uninstall(install::UninstallArgs),
    /// Remove what the build made
    Clean(other::CleanArgs),
    /// List the libraries and tools the package needs, and what is missing
    Deps(other::DepsArgs),
    /// Print the package as the manifest describes it
    Describe(manifest::DescribeArgs),
    /// Write the manifest in another format, and say what is lost
    Convert(manifest::ConvertArgs),
    /// Make a small new package
    Init(manifest::InitArgs),
    /// Look at what works on this machine, and say what to do about the rest
    #[command(
        after_help = "Ends with code 0 when the targets that are named work; without a name, when `native` does."
    )]
    Doctor(other::DoctorArgs),
    /// Say why goals were built, or would be
    Explain(other::ExplainArgs),
    /// Ask what needs what, and how
    Query(query::QueryArgs),
    /// Draw the graph
    Graph(graph::GraphArgs),
    /// List past builds: what ran, how long, and why
    Log(history::LogArgs),
    /// Show where the time of a build went
    Profile(history::ProfileArgs),
    /// List the targets, with what each still needs on this machine
    Targets(toolchain::TargetsArgs),
    /// Make, list and remove the compilers of targets
    Toolchain(toolchain::ToolchainArgs),
    /// Look after the machine-wide store
    Cache(cache::CacheArgs),
    /// Print a completion script for a shell
    Completions(other::CompletionsArgs),
    /// Print the manual page
    Man(other::ManArgs),
    /// Take Ninja's own flags, tools and messages
    #[command(disable_help_flag = true, disable_version_flag = true)]
    Ninja(other::NinjaArgs),
    /// Steps of generated rule files
    #[command(hide = true)]
    Internal(other::InternalArgs),
}

impl Command {
    /// The same with the targets that aliases stand for.
    pub(crate) fn settled(mut self) -> Self {
        match &mut self {
            Self::Configure(args) => args.aliases.settle(&mut args.target),
            Self::Clean(args) => args.aliases.settle(&mut args.target),
            Self::Build(build::BuildArgs { flags, .. })
            | Self::Run(run::RunArgs { flags, .. })
            | Self::Test(run::TestArgs { flags, .. })
            | Self::Install(install::InstallArgs { flags, .. }) => {
                flags.aliases.settle(&mut flags.target);
            }
            _ => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_of_every_command() {
        let mut cli = Cli::command().term_width(100);
        cli.build();
        let mut text = cli.render_help().to_string();
        for name in cli.get_subcommands().map(|sub| sub.get_name().to_owned()).collect::<Vec<_>>() {
            if let Some(sub) = cli.find_subcommand_mut(&name) {
                text += &format!("\n==== mbuild {name}\n{}", sub.render_help());
            }
        }
        insta::assert_snapshot!(text);
    }

    #[test]
    fn long_help_shows_the_exit_codes() {
        insta::assert_snapshot!(Cli::command().term_width(100).render_long_help());
    }

    fn mistake(words: &[&str]) -> String {
        match mistakes::parse(words) {
            Ok(cli) => panic!("no mistake in {cli:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn mistakes_come_with_a_suggestion() {
        insta::assert_snapshot!(
            [
                mistake(&["mbuild", "biuld"]),
                mistake(&["mbuild", "build", "--taget", "native"]),
                mistake(&["mbuild", "build", "--frontend", "ocp"]),
                mistake(&["mbuild", "build", "-j", "many"]),
                mistake(&["mbuild", "cache", "stat"]),
                mistake(&["mbuild", "configure", "--override", "prefix"]),
            ]
            .join("----\n")
        );
    }
}
