//! Arguments of `mbuild cache`.

use clap::{Args, Subcommand};

/// `mbuild cache`.
#[derive(Clone, Debug, Args)]
pub(crate) struct CacheArgs {
    #[command(subcommand)]
    pub(crate) command: CacheCommand,
}

/// What to do with the store.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Say where the store is, how large it is and what it saved
    Stats {
        /// As one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Remove what was not used for longest, until the store is below its limit
    Gc {
        /// Another limit than MBUILD_CACHE_SIZE (`500M`, `2GiB`)
        #[arg(long, value_name = "SIZE", value_parser = crate::settings::parse_size)]
        max_size: Option<u64>,
    },
    /// Remove everything
    Clear,
    /// Read every blob again and remove those that are damaged
    Verify,
}
