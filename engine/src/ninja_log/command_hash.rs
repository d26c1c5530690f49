//! The hash by which `.ninja_log` knows a command: rapidhash, first version, with its usual seed.

const SEED: u64 = 0xbdd8_9aa9_8270_4029;
const SECRET: [u64; 3] = [0x2d35_8dcc_aa6c_78a5, 0x8bb8_4b93_962e_acc9, 0x4b33_a62e_d433_d4a3];
/// How much each round of a long text takes: two words for each secret.
const ROUND: usize = 48;

/// The hash of a command with the content of its response file, which Ninja counts as part of it.
pub(crate) fn command_hash(command: &[u8], response: &[u8]) -> u64 {
    if response.is_empty() {
        return rapidhash(command);
    }
    let mut whole = command.to_vec();
    whole.extend_from_slice(b";rspfile=");
    whole.extend_from_slice(response);
    rapidhash(&whole)
}

fn rapidhash(text: &[u8]) -> u64 {
    let length = text.len() as u64;
    let mut seed = SEED ^ mix(SEED ^ SECRET[0], SECRET[1]) ^ length;
    let (a, b) = match text {
        [] => (0, 0),
        [_] | [_, _] | [_, _, _] => {
            let byte = |at: usize| u64::from(text[at]);
            (byte(0) << 56 | byte(text.len() / 2) << 32 | byte(text.len() - 1), 0)
        }
        _ if text.len() <= 16 => {
            let last = text.len() - 4;
            // Texts of at least half the size are read in four pieces, smaller ones in two, twice.
            let inner = if text.len() >= 8 { 4 } else { 0 };
            let pair = |first, second| word32(text, first) << 32 | word32(text, second);
            (pair(0, last), pair(inner, last - inner))
        }
        _ => {
            let rest = long(text, &mut seed);
            let end = text.len();
            if rest > 16 {
                let at = end - rest;
                seed = mix(word(text, at) ^ SECRET[2], word(text, at + 8) ^ seed ^ SECRET[1]);
                if rest > 32 {
                    seed = mix(word(text, at + 16) ^ SECRET[2], word(text, at + 24) ^ seed);
                }
            }
            (word(text, end - 16), word(text, end - 8))
        }
    };
    let (a, b) = multiply(a ^ SECRET[1], b ^ seed);
    mix(a ^ SECRET[0] ^ length, b ^ SECRET[1])
}

/// Takes whole rounds off a text of more than one; gives back how much is left.
fn long(text: &[u8], seed: &mut u64) -> usize {
    let mut rest = text;
    if rest.len() <= ROUND {
        return rest.len();
    }
    let mut lanes = [*seed; 3];
    while rest.len() >= ROUND {
        for (index, lane) in lanes.iter_mut().enumerate() {
            let at = index * 16;
            *lane = mix(word(rest, at) ^ SECRET[index], word(rest, at + 8) ^ *lane);
        }
        rest = &rest[ROUND..];
    }
    *seed = lanes[0] ^ lanes[1] ^ lanes[2];
    rest.len()
}

fn multiply(a: u64, b: u64) -> (u64, u64) {
    let product = u128::from(a) * u128::from(b);
    (product as u64, (product >> 64) as u64)
}

fn mix(a: u64, b: u64) -> u64 {
    let (low, high) = multiply(a, b);
    low ^ high
}

fn word(text: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&text[at..at + 8]);
    u64::from_le_bytes(bytes)
}

fn word32(text: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&text[at..at + 4]);
    u64::from(u32::from_le_bytes(bytes))
}
