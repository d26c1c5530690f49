//! `mbuild man`: the manual pages.

use clap::CommandFactory;
use clap_mangen::Man;

use crate::args::{Cli, other::ManArgs};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::session::Session;

/// Prints the page of `mbuild`, or writes all pages to a folder.
pub(crate) fn run(args: &ManArgs, session: &mut Session<'_>) -> Result<Exit> {
    match &args.dir {
        None => {
            let mut page = Vec::new();
            Man::new(Cli::command()).render(&mut page)?;
            session.printer.bytes(&page)?;
        }
        Some(dir) => {
            let wrong = |error: &std::io::Error| {
                Failure::system(format_args!("cannot write pages to `{}`", dir.display()), error)
            };
            std::fs::create_dir_all(dir).map_err(|error| wrong(&error))?;
            clap_mangen::generate_to(Cli::command(), dir).map_err(|error| wrong(&error))?;
        }
    }
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_flags_and_exit_codes() {
        let mut page = Vec::new();
        Man::new(Cli::command()).render(&mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains(".SH OPTIONS") && page.contains("Exit codes:"), "{page}");
    }
}
