//! Housekeeping of the store: statistics, eviction, removal and verification.

use super::Shared;
use super::blobs::Listing;
use super::index::counter;
use super::record::decode_entry;
use super::writer::{count_up, remove};
use crate::digest::{Digest, hash_file};
use rayon::prelude::*;
use rusqlite::{Connection, params};
use rustc_hash::{FxHashMap, FxHashSet};
use std::fs::{self, Metadata};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A blob without an entry may be one whose entry another process is about to write.
const ORPHAN_AGE: Duration = Duration::from_secs(3_600);

/// How full the store is and how it was used.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Stats {
    /// Results of actions.
    pub entries: u64,
    /// Contents in files of their own.
    pub blobs: u64,
    /// Bytes of everything.
    pub bytes: u64,
    /// Results that were restored, ever.
    pub hits: u64,
    /// Results that were asked for and not there, ever.
    pub misses: u64,
    /// Results that were stored, ever.
    pub stored: u64,
    /// Results that were evicted, ever.
    pub evicted: u64,
    /// Results that were found damaged, ever.
    pub damaged: u64,
}

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// Entries that are good.
    pub entries: u64,
    /// Blobs that are good.
    pub blobs: u64,
    /// Entries that were dropped, for they or their blobs were damaged.
    pub dropped_entries: u64,
    /// Blobs that were dropped, for their content is not that of their name.
    pub dropped_blobs: u64,
    /// Entries that were dropped because blobs of theirs are gone.
    pub incomplete_entries: u64,
    /// Files that no entry names, left by processes that were killed, and removed.
    pub orphans: u64,
}

pub(super) fn stats(shared: &Shared) -> rusqlite::Result<Stats> {
    let connection = shared.index.connect()?;
    let count = |table: &str| {
        let count = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        let query = format!("SELECT count(*) FROM {table}");
        connection.query_row(&query, (), count).map(i64::cast_unsigned)
    };
    let stats = Stats {
        entries: count("usage")?,
        blobs: count("blob")?,
        bytes: counter(&connection, "bytes")?,
        hits: counter(&connection, "hits")?,
        misses: counter(&connection, "misses")?,
        stored: counter(&connection, "stored")?,
        evicted: counter(&connection, "evicted")?,
        damaged: counter(&connection, "damaged")?,
    };
    shared.index.give_back(connection);
    Ok(stats)
}

/// An entry as eviction weighs it.
struct Candidate {
    k2: Digest,
    bytes: u64,
    score: f64,
    blobs: Vec<(Digest, u64)>,
}

pub(super) fn gc(shared: &Shared, max_bytes: u64) -> rusqlite::Result<u64> {
    exclusively(shared, |connection| {
        let (mut candidates, damaged) = candidates(connection)?;
        for k2 in damaged {
            remove(connection, &k2)?;
        }
        let mut uses: FxHashMap<Digest, (u64, u32)> = FxHashMap::default();
        let mut total = 0;
        for candidate in &candidates {
            total += candidate.bytes;
            for (digest, size) in &candidate.blobs {
                let (_, count) = uses.entry(*digest).or_insert_with(|| {
                    total += size;
                    (*size, 0)
                });
                *count += 1;
            }
        }
        let before = total;
        candidates
            .sort_by(|one, other| other.score.total_cmp(&one.score).then(one.k2.cmp(&other.k2)));
        let mut evicted = 0;
        for candidate in &candidates {
            if total <= max_bytes {
                break;
            }
            remove(connection, &candidate.k2)?;
            evicted += 1;
            total -= candidate.bytes;
            for (digest, size) in &candidate.blobs {
                if let Some((_, count)) = uses.get_mut(digest) {
                    *count -= 1;
                    if *count == 0 {
                        total -= size;
                        uses.remove(digest);
                    }
                }
            }
        }
        let kept: FxHashSet<Digest> = uses.keys().copied().collect();
        remove_unused_blobs(shared, connection, &kept)?;
        connection.execute_batch(
            "DELETE FROM dependencies WHERE id NOT IN
             (SELECT dependencies FROM usage WHERE dependencies IS NOT NULL)",
        )?;
        set_bytes(connection, total)?;
        count_up(connection, "evicted", evicted)?;
        Ok(before - total)
    })
}

pub(super) fn clear(shared: &Shared) -> rusqlite::Result<u64> {
    exclusively(shared, |connection| {
        let bytes = counter(connection, "bytes")?;
        connection.execute_batch(
            "DELETE FROM entry; DELETE FROM usage; DELETE FROM dependencies; DELETE FROM blob;
             UPDATE counter SET value = 0",
        )?;
        if let Ok(Listing { blobs, strangers }) = shared.blobs.list() {
            blobs.iter().for_each(|(digest, _)| shared.blobs.remove(digest));
            strangers.iter().filter(|path| is_old(fs::metadata(path).ok().as_ref())).for_each(
                |path| {
                    let _ = fs::remove_file(path);
                },
            );
        }
        Ok(bytes)
    })
}

pub(super) fn verify(shared: &Shared) -> rusqlite::Result<Verified> {
    let mut found = Verified::default();
    // The long part first, while others go on: which files are what their names say.
    let Listing { blobs, .. } = shared.blobs.list().unwrap_or_default();
    let bad: FxHashSet<Digest> = blobs
        .par_iter()
        .filter(|(digest, _)| {
            hash_file(&shared.blobs.path(digest)).is_ok_and(|found| found != *digest)
        })
        .map(|(digest, _)| *digest)
        .collect();
    bad.iter().for_each(|digest| shared.blobs.remove(digest));
    found.dropped_blobs = bad.len() as u64;
    found.blobs = blobs.len() as u64 - found.dropped_blobs;
    exclusively(shared, |connection| {
        let (candidates, mut dropped) = candidates(connection)?;
        let mut incomplete = Vec::new();
        let mut kept = FxHashSet::default();
        let mut total = 0;
        for candidate in candidates {
            let blobs = &candidate.blobs;
            if blobs.iter().any(|(digest, _)| bad.contains(digest))
                || !content_is_good(connection, &candidate.k2)?
            {
                dropped.push(candidate.k2);
            } else if blobs.iter().any(|(digest, _)| !shared.blobs.path(digest).exists()) {
                incomplete.push(candidate.k2);
            } else {
                total += candidate.bytes;
                found.entries += 1;
                for (digest, size) in blobs {
                    total += if kept.insert(*digest) { *size } else { 0 };
                }
            }
        }
        for k2 in dropped.iter().chain(&incomplete) {
            remove(connection, k2)?;
        }
        found.dropped_entries = dropped.len() as u64;
        found.incomplete_entries = incomplete.len() as u64;
        found.orphans = remove_unused_blobs(shared, connection, &kept)?;
        set_bytes(connection, total)?;
        count_up(connection, "damaged", dropped.len() as i64)
    })?;
    Ok(found)
}

/// Runs `work` while nobody else writes, then gives free pages back to the file system.
fn exclusively<T>(
    shared: &Shared,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let connection = shared.index.connect()?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let result = work(&connection).and_then(|value| {
        connection.execute_batch("COMMIT")?;
        Ok(value)
    });
    if result.is_ok() {
        connection.execute_batch("PRAGMA incremental_vacuum")?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?;
    } else {
        let _ = connection.execute_batch("ROLLBACK");
    }
    shared.index.give_back(connection);
    result
}

/// All entries, and the keys of those that are damaged.
fn candidates(connection: &Connection) -> rusqlite::Result<(Vec<Candidate>, Vec<Digest>)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (mut candidates, mut damaged) = (Vec::new(), Vec::new());
    let mut query = connection.prepare(
        "SELECT k2, record, bytes, cost_ms, used_at FROM usage JOIN entry ON entry.id = usage.entry",
    )?;
    let mut rows = query.query(())?;
    while let Some(row) = rows.next()? {
        let Some(k2) = Digest::from_slice(row.get_ref(0)?.as_blob()?) else { continue };
        let Some(entry) = decode_entry(&k2, row.get_ref(1)?.as_blob()?, Vec::new()) else {
            damaged.push(k2);
            continue;
        };
        let bytes: u64 = row.get::<_, i64>(2)?.max(0).cast_unsigned();
        let cost_ms: i64 = row.get(3)?;
        let age = now.saturating_sub(row.get::<_, i64>(4)?.max(0).cast_unsigned());
        let blobs = entry.outputs.iter().filter(|output| !output.is_inline());
        let blobs: Vec<_> = blobs.map(|output| (output.digest, output.size)).collect();
        let size = bytes + blobs.iter().map(|(_, size)| size).sum::<u64>();
        let score = size as f64 * (age as f64 + 1.0) / (cost_ms.max(0) as f64 + 1.0);
        candidates.push(Candidate { k2, bytes, score, blobs });
    }
    Ok((candidates, damaged))
}

fn content_is_good(connection: &Connection, k2: &Digest) -> rusqlite::Result<bool> {
    let mut query = connection.prepare_cached("SELECT record, content FROM entry WHERE k2 = ?")?;
    let (record, content): (Vec<u8>, Vec<u8>) =
        query.query_row([k2.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let Some(entry) = decode_entry(k2, &record, content) else { return Ok(false) };
    let mut content = entry.content.as_slice();
    Ok(entry.outputs.iter().filter(|output| output.is_inline()).all(|output| {
        let length = usize::try_from(output.size).unwrap_or(usize::MAX);
        content.split_off(..length).is_some_and(|bytes| Digest::of(bytes) == output.digest)
    }))
}

/// Removes all blobs but `kept`: those in the index at once, strangers when they are old. The result is
/// how many strangers went.
fn remove_unused_blobs(
    shared: &Shared,
    connection: &Connection,
    kept: &FxHashSet<Digest>,
) -> rusqlite::Result<u64> {
    let mut indexed = FxHashSet::default();
    let mut query = connection.prepare("SELECT digest FROM blob")?;
    let mut rows = query.query(())?;
    while let Some(row) = rows.next()? {
        indexed.extend(Digest::from_slice(row.get_ref(0)?.as_blob()?));
    }
    drop(rows);
    for digest in indexed.difference(kept) {
        connection
            .prepare_cached("DELETE FROM blob WHERE digest = ?")?
            .execute(params![digest.as_bytes()])?;
        shared.blobs.remove(digest);
    }
    let Listing { blobs, strangers } = shared.blobs.list().unwrap_or_default();
    let mut orphans = 0;
    for (digest, metadata) in blobs {
        if !kept.contains(&digest) && is_old(Some(&metadata)) {
            shared.blobs.remove(&digest);
            orphans += 1;
        }
    }
    for path in strangers {
        if is_old(fs::metadata(&path).ok().as_ref()) && fs::remove_file(&path).is_ok() {
            orphans += 1;
        }
    }
    Ok(orphans)
}

fn is_old(metadata: Option<&Metadata>) -> bool {
    let modified = metadata.and_then(|metadata| metadata.modified().ok());
    modified.and_then(|time| time.elapsed().ok()).is_some_and(|age| age > ORPHAN_AGE)
}

fn set_bytes(connection: &Connection, bytes: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE counter SET value = ? WHERE name = 'bytes'")?
        .execute([bytes.cast_signed()])?;
    Ok(())
}
