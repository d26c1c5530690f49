//! The records of the index: entries and sets of dependencies as bytes that vouch for themselves.
//!
//! Numbers are little endian. A record ends with a checksum over its key and all before, so that neither
//! a flipped bit nor a row under another key is ever taken for a result.

use super::{Entry, Output};
use crate::digest::{Digest, Hasher};

const CHECKSUM: usize = 16;

/// The record of an entry; the content of its small outputs is kept beside it.
pub(super) fn encode_entry(entry: &Entry) -> Vec<u8> {
    let mut record = Vec::new();
    put_number(&mut record, entry.cost_ms);
    put_bytes(&mut record, &entry.printed);
    put_number(&mut record, entry.outputs.len() as u64);
    for output in &entry.outputs {
        put_bytes(&mut record, &output.path);
        record.extend_from_slice(output.digest.as_bytes());
        record.extend_from_slice(&output.mode.to_le_bytes());
        put_number(&mut record, output.size);
    }
    seal("mbuild store entry 1", &entry.k2, record)
}

/// The entry of a record; `None` when it is damaged.
pub(super) fn decode_entry(k2: &Digest, record: &[u8], content: Vec<u8>) -> Option<Entry> {
    let mut rest = unseal("mbuild store entry 1", k2, record)?;
    let cost_ms = take_number(&mut rest)?;
    let printed = take_bytes(&mut rest)?.to_vec();
    let count = take_number(&mut rest)?;
    let mut outputs = Vec::new();
    for _ in 0..count {
        let path = take_bytes(&mut rest)?.to_vec();
        let digest = Digest::from_slice(rest.split_off(..Digest::LEN)?)?;
        let mode = u32::from_le_bytes(rest.split_off(..4)?.try_into().ok()?);
        let size = take_number(&mut rest)?;
        outputs.push(Output { path, digest, mode, size });
    }
    Some(Entry { k2: *k2, outputs, printed, cost_ms, content })
}

/// The record of a set of dependencies.
pub(super) fn encode_dependencies(k1: &Digest, paths: &[Vec<u8>]) -> Vec<u8> {
    let mut record = Vec::new();
    put_number(&mut record, paths.len() as u64);
    for path in paths {
        put_bytes(&mut record, path);
    }
    seal("mbuild store dependencies 1", k1, record)
}

/// The set of a record; `None` when it is damaged.
pub(super) fn decode_dependencies(k1: &Digest, record: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut rest = unseal("mbuild store dependencies 1", k1, record)?;
    let count = take_number(&mut rest)?;
    let mut paths = Vec::new();
    for _ in 0..count {
        paths.push(take_bytes(&mut rest)?.to_vec());
    }
    Some(paths)
}

fn checksum(domain: &str, key: &Digest, record: &[u8]) -> [u8; CHECKSUM] {
    let digest = Hasher::new(domain).digest(key).field(record).finish();
    let mut checksum = [0; CHECKSUM];
    checksum.copy_from_slice(&digest.as_bytes()[..CHECKSUM]);
    checksum
}

fn seal(domain: &str, key: &Digest, mut record: Vec<u8>) -> Vec<u8> {
    let checksum = checksum(domain, key, &record);
    record.extend_from_slice(&checksum);
    record
}

fn unseal<'a>(domain: &str, key: &Digest, record: &'a [u8]) -> Option<&'a [u8]> {
    let (record, sum) = record.split_last_chunk::<CHECKSUM>()?;
    (checksum(domain, key, record) == *sum).then_some(record)
}

fn put_number(record: &mut Vec<u8>, number: u64) {
    record.extend_from_slice(&number.to_le_bytes());
}

fn put_bytes(record: &mut Vec<u8>, bytes: &[u8]) {
    put_number(record, bytes.len() as u64);
    record.extend_from_slice(bytes);
}

fn take_number(rest: &mut &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(rest.split_off(..8)?.try_into().ok()?))
}

fn take_bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_number(rest)?).ok()?;
    rest.split_off(..length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        let output = |path: &[u8], size| Output {
            path: path.to_vec(),
            digest: Digest::of(path),
            mode: 0o755,
            size,
        };
        Entry {
            k2: Digest::of(b"key"),
            outputs: vec![output(b"a.o", 3), output(b"b \xff", 1 << 40)],
            printed: b"warning\n".to_vec(),
            cost_ms: 17,
            content: b"abc".to_vec(),
        }
    }

    #[test]
    fn a_record_leads_back_to_the_entry() {
        let record = encode_entry(&entry());
        assert_eq!(decode_entry(&entry().k2, &record, b"abc".to_vec()), Some(entry()));
    }

    #[test]
    fn no_flipped_bit_and_no_cut_is_taken_for_an_entry() {
        let record = encode_entry(&entry());
        for at in 0..record.len() {
            let mut flipped = record.clone();
            flipped[at] ^= 1 << (at % 8);
            assert_eq!(decode_entry(&entry().k2, &flipped, Vec::new()), None);
            assert_eq!(decode_entry(&entry().k2, &record[..at], Vec::new()), None);
        }
        assert_eq!(decode_entry(&Digest::of(b"other key"), &record, Vec::new()), None);
    }

    #[test]
    fn a_record_leads_back_to_the_dependencies() {
        let k1 = Digest::of(b"key");
        let paths = vec![b"a.h".to_vec(), b"sub/b.h".to_vec()];
        let record = encode_dependencies(&k1, &paths);
        assert_eq!(decode_dependencies(&k1, &record), Some(paths));
        assert_eq!(decode_dependencies(&Digest::of(b"other"), &record), None);
        assert_eq!(decode_dependencies(&k1, &encode_dependencies(&k1, &[])), Some(Vec::new()));
    }
}
