//! Disks in QEMU's format `qcow2`, version 2 (`docs/interop/qcow2.txt` of QEMU's sources).
//!
//! Clusters that hold nothing but zeros are left out. The file is: header, table of tables of contents
//! (L1), tables of contents (L2), table of reference counts, reference counts, contents.

/// The size of clusters as a power of two, QEMU's own choice.
const BITS: u32 = 16;
const CLUSTER: usize = 1 << BITS;
/// Entries of eight bytes in a cluster.
const ENTRIES: usize = CLUSTER / 8;
/// Reference counts of two bytes in a cluster.
const COUNTS: usize = CLUSTER / 2;
/// This cluster is used by nobody else, so it may be written in place.
const OWN: u64 = 1 << 63;
/// Length of the header of version 2.
const HEADER: usize = 72;

/// The disk with this content, of a length that is a multiple of the sector's.
pub(super) fn disk(content: &[u8]) -> Vec<u8> {
    let clusters: Vec<&[u8]> = content.chunks(CLUSTER).collect();
    let used: Vec<bool> =
        clusters.iter().map(|cluster| cluster.iter().any(|byte| *byte != 0)).collect();
    let tables = clusters.len().div_ceil(ENTRIES);
    let l1 = (tables * 8).div_ceil(CLUSTER);
    let data = used.iter().filter(|used| **used).count();
    // The counts count themselves.
    let fixed = 1 + l1 + tables + data;
    let (mut blocks, mut block_tables) = (1, 1);
    while blocks * COUNTS < fixed + blocks + block_tables {
        blocks += 1;
        block_tables = (blocks * 8).div_ceil(CLUSTER);
    }
    let l1_at = 1;
    let l2_at = l1_at + l1;
    let count_table_at = l2_at + tables;
    let counts_at = count_table_at + block_tables;
    let data_at = counts_at + blocks;
    let total = data_at + data;

    let mut out = vec![0; total * CLUSTER];
    header(&mut out, content.len(), tables, l1_at, count_table_at, block_tables);
    for table in 0..tables {
        put(&mut out, l1_at * CLUSTER + table * 8, OWN | offset(l2_at + table));
    }
    let filled = clusters.iter().enumerate().zip(&used).filter(|(_, used)| **used);
    for (place, ((number, cluster), _)) in (data_at..).zip(filled) {
        put(&mut out, l2_at * CLUSTER + number * 8, OWN | offset(place));
        out[place * CLUSTER..][..cluster.len()].copy_from_slice(cluster);
    }
    for block in 0..blocks {
        put(&mut out, count_table_at * CLUSTER + block * 8, offset(counts_at + block));
    }
    for cluster in 0..total {
        out[counts_at * CLUSTER + cluster * 2 + 1] = 1;
    }
    out
}

fn header(
    out: &mut [u8],
    size: usize,
    tables: usize,
    l1_at: usize,
    count_table_at: usize,
    block_tables: usize,
) {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
    let mut bytes = Vec::with_capacity(HEADER);
    bytes.extend_from_slice(b"QFI\xfb");
    bytes.extend_from_slice(&2_u32.to_be_bytes());
    // No disk below this one: an offset and a length.
    bytes.extend_from_slice(&[0; 12]);
    bytes.extend_from_slice(&BITS.to_be_bytes());
    bytes.extend_from_slice(&(size as u64).to_be_bytes());
    // No encryption.
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&number(tables));
    bytes.extend_from_slice(&offset(l1_at).to_be_bytes());
    bytes.extend_from_slice(&offset(count_table_at).to_be_bytes());
    bytes.extend_from_slice(&number(block_tables));
    // No snapshots: how many, and where.
    bytes.extend_from_slice(&[0; 12]);
    out[..bytes.len()].copy_from_slice(&bytes);
}

fn offset(cluster: usize) -> u64 {
    (cluster * CLUSTER) as u64
}

fn put(out: &mut [u8], at: usize, value: u64) {
    out[at..at + 8].copy_from_slice(&value.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(disk: &[u8], at: usize) -> u64 {
        u64::from_be_bytes(disk[at..at + 8].try_into().unwrap())
    }

    #[test]
    fn what_is_written_is_found_again_and_zeros_take_no_room() {
        let mut content = vec![0; 40 * CLUSTER];
        content[3 * CLUSTER + 7] = 1;
        content[39 * CLUSTER..].fill(9);
        let disk = disk(&content);
        assert_eq!(disk.len() / CLUSTER, 1 + 1 + 1 + 1 + 1 + 2);
        assert_eq!(read(&disk, 24), content.len() as u64);
        let l1 = usize::try_from(read(&disk, 40)).unwrap();
        let l2 = usize::try_from(read(&disk, l1) & !OWN).unwrap();
        for (number, expected) in content.chunks(CLUSTER).enumerate() {
            let at = usize::try_from(read(&disk, l2 + number * 8) & !OWN).unwrap();
            let found = if at == 0 { &[0; CLUSTER][..] } else { &disk[at..at + CLUSTER] };
            assert!(found == expected, "cluster {number}");
        }
    }
}
