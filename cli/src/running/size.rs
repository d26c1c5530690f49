//! How much memory a unikernel takes before it does anything: what its file says is loaded.

use std::path::Path;

use crate::args::run::RunArgs;
use crate::failure::{Failure, Result};

const MIB: u64 = 1 << 20;

/// Refuses a guest whose memory ends before its program does: what runs it would call the program
/// invalid.
pub(super) fn check(program: &Path, memory: u64, args: &RunArgs) -> Result<()> {
    let content = std::fs::read(program).map_err(|error| {
        Failure::system(format_args!("cannot read `{}`", program.display()), &error)
    })?;
    let Some(end) = end(&content) else { return Ok(()) };
    if end < memory.saturating_mul(MIB) {
        return Ok(());
    }
    let least = end / MIB + 1;
    let name = program.file_name().unwrap_or_default().display();
    let how = if args.mem.is_some() { "leave `--mem` out, or give" } else { "give" };
    Err(Failure::usage(format!(
        "`{name}` does not fit into {memory} MiB of memory: it takes {least} MiB before it begins"
    ))
    .with_help(format!("{how} it more: `--mem {}`", (4 * least).next_power_of_two())))
}

/// Where the last segment of a 64-bit ELF program ends in memory; `None` for other files.
fn end(content: &[u8]) -> Option<u64> {
    const ELF_64_LITTLE: &[u8] = b"\x7fELF\x02\x01";
    const LOAD: u64 = 1;
    if !content.starts_with(ELF_64_LITTLE) {
        return None;
    }
    let number = |at: u64, size: usize| {
        let at = usize::try_from(at).ok()?;
        let bytes = content.get(at..at.checked_add(size)?)?;
        Some(bytes.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)))
    };
    // The table of segments: where it is, how long each entry is, how many there are.
    let (table, size, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
    let mut end = None;
    for index in 0..count {
        let entry = table.checked_add(index * size)?;
        if number(entry, 4)? == LOAD {
            let (address, length) = (number(entry + 16, 8)?, number(entry + 40, 8)?);
            end = end.max(Some(address.checked_add(length)?));
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF header and segments: their type, address and length.
    fn program(segments: &[(u32, u64, u64)]) -> Vec<u8> {
        let mut header = vec![0; 64];
        header[..6].copy_from_slice(b"\x7fELF\x02\x01");
        header[32] = 64;
        header[54] = 56;
        header[56] = u8::try_from(segments.len()).unwrap();
        for (kind, address, length) in segments {
            let mut entry = vec![0; 56];
            entry[..4].copy_from_slice(&kind.to_le_bytes());
            entry[16..24].copy_from_slice(&address.to_le_bytes());
            entry[40..48].copy_from_slice(&length.to_le_bytes());
            header.extend(entry);
        }
        header
    }

    #[test]
    fn a_program_ends_where_its_last_segment_does() {
        let two = program(&[(1, 0x10_0000, 0x1000), (4, u64::MAX, 9), (1, 0x20_0000, 0x34)]);
        assert_eq!(end(&two), Some(0x20_0034));
        assert_eq!(end(&program(&[])), None);
    }

    #[test]
    fn what_is_no_program_has_no_end() {
        assert_eq!(end(b"#!/bin/sh\n"), None);
        let whole = program(&[(1, 0x10_0000, 0x1000)]);
        assert_eq!(end(&whole[..whole.len() - 20]), None);
        assert_eq!(end(&program(&[(1, u64::MAX, 2)])), None);
    }
}
