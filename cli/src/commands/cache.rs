//! `mbuild cache`: how full the machine-wide store is, and keeping it small and sound.

use mbuild_engine::settings::StoreSettings;
use mbuild_engine::store::{Notice, Stats, Store, StoreError, Verified};

use crate::args::cache::{CacheArgs, CacheCommand};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::printer::Printer;
use crate::report::text::count;
use crate::session::Session;
use crate::settings::{show_size, store_place};

/// Does one of them.
pub(crate) fn run(args: &CacheArgs, session: &mut Session<'_>) -> Result<Exit> {
    let place = store_place()?;
    let store = Store::open(&place).map_err(|error| refused(&error))?;
    let exit = dispatch(&args.command, &place, &store, session.printer)?;
    for notice in store.finish() {
        match notice {
            Notice::Repaired { what, detail } => {
                session.printer.warning(format_args!("repaired {what}: {detail}"));
            }
            Notice::Disabled { reason } => session.printer.warning(reason),
        }
    }
    Ok(exit)
}

fn dispatch(
    command: &CacheCommand,
    place: &StoreSettings,
    store: &Store,
    printer: &mut Printer,
) -> Result<Exit> {
    match command {
        CacheCommand::Stats { json: true } => {
            let mut value = serde_json::json!(store.stats().map_err(|error| refused(&error))?);
            value["dir"] = place.dir.to_string_lossy().into();
            value["max_bytes"] = place.max_bytes.into();
            printer.result(value)?;
        }
        CacheCommand::Stats { json: false } => {
            printer.result(stats(place, &store.stats().map_err(|error| refused(&error))?))?;
        }
        CacheCommand::Gc { max_size } => {
            let freed =
                store.gc(max_size.unwrap_or(place.max_bytes)).map_err(|error| refused(&error))?;
            printer.result(format_args!("freed {}", show_size(freed)))?;
        }
        CacheCommand::Clear => {
            let freed = store.clear().map_err(|error| refused(&error))?;
            printer.result(format_args!("freed {}", show_size(freed)))?;
        }
        CacheCommand::Verify => {
            let verified = store.verify().map_err(|error| refused(&error))?;
            printer.result(found(&verified))?;
            if is_damaged(&verified) {
                return Ok(Exit::Failed);
            }
        }
    }
    Ok(Exit::Success)
}

fn refused(error: &StoreError) -> Failure {
    Failure::new(Exit::System, error.to_string())
        .with_help("set MBUILD_CACHE_DIR to another folder, or MBUILD_CACHE=off to build without")
}

fn stats(place: &StoreSettings, stats: &Stats) -> String {
    let asked = stats.hits + stats.misses;
    let rate = (100 * stats.hits).checked_div(asked);
    let rate = rate.map(|rate| format!(" ({rate}%)")).unwrap_or_default();
    format!(
        "\
folder    {}
size      {} of {}
results   {}
contents  {}
restored  {} of {asked} asked for{rate}
stored    {}
evicted   {}
damaged   {}",
        place.dir.display(),
        show_size(stats.bytes),
        show_size(place.max_bytes),
        stats.entries,
        stats.blobs,
        stats.hits,
        stats.stored,
        stats.evicted,
        stats.damaged,
    )
}

fn is_damaged(found: &Verified) -> bool {
    found.dropped_entries + found.dropped_blobs + found.incomplete_entries > 0
}

fn found(found: &Verified) -> String {
    let number =
        |number: u64, what: &str| count(usize::try_from(number).unwrap_or(usize::MAX), what);
    let mut text =
        format!("good: {}, {}", number(found.entries, "result"), number(found.blobs, "content"));
    for (lost, what) in [
        (found.dropped_blobs, number(found.dropped_blobs, "damaged content")),
        (found.dropped_entries, number(found.dropped_entries, "damaged result")),
        (found.incomplete_entries, number(found.incomplete_entries, "incomplete result")),
        (found.orphans, number(found.orphans, "file") + " that nothing names"),
    ] {
        if lost > 0 {
            text += &format!("\nremoved: {what}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let place = StoreSettings { dir: "/home/me/.cache/mbuild".into(), max_bytes: 10 << 30 };
        let used = Stats {
            entries: 12,
            blobs: 30,
            bytes: 5 << 20,
            hits: 3,
            misses: 9,
            stored: 12,
            ..Stats::default()
        };
        insta::assert_snapshot!(stats(&place, &used));
        assert!(stats(&place, &Stats::default()).contains("restored  0 of 0 asked for\n"));
    }

    #[test]
    fn damage_is_listed() {
        let good = Verified { entries: 1, blobs: 2, ..Verified::default() };
        assert_eq!(found(&good), "good: 1 result, 2 contents");
        assert!(!is_damaged(&good));
        let bad = Verified { dropped_blobs: 1, incomplete_entries: 2, orphans: 1, ..good };
        assert_eq!(
            found(&bad),
            "good: 1 result, 2 contents\nremoved: 1 damaged content\nremoved: 2 incomplete results\nremoved: 1 file that nothing names"
        );
        assert!(is_damaged(&bad));
    }
}
