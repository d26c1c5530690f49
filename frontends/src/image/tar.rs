//! Archives with one disk in them, as clouds take it: GNU's older format of tar, which has a kind of file
//! for those with nothing but zeros in places (`Sparse Formats` in the manual of GNU tar).

/// Headers and contents begin at multiples of this.
const BLOCK: usize = 512;

/// An archive with a file of this name that begins with `content` and goes on with zeros up to `size`.
pub(super) fn sparse(name: &str, content: &[u8], size: u64) -> Vec<u8> {
    let mut header = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    let number = |value: u64, digits: usize| format!("{value:0digits$o}");
    let length = content.len() as u64;
    put(0, name.as_bytes());
    put(100, b"0000644");
    put(108, b"0000000");
    put(116, b"0000000");
    put(124, number(length, 11).as_bytes());
    put(136, number(0, 11).as_bytes());
    put(148, b"        ");
    put(156, b"S");
    put(257, b"ustar  ");
    // Where there is content, and how much; nothing at the end says how long the file is.
    put(386, number(0, 11).as_bytes());
    put(398, number(length, 11).as_bytes());
    put(410, number(size, 11).as_bytes());
    put(422, number(0, 11).as_bytes());
    put(483, number(size, 11).as_bytes());
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut out = header.to_vec();
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(BLOCK) + 2 * BLOCK, 0);
    out
}
