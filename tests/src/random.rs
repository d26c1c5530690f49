//! Random numbers that a failed test can repeat: the seed is printed.

/// A SplitMix64 sequence.
pub struct Random(u64);

impl Random {
    /// Another sequence in each run; set `MBUILD_TEST_SEED` to repeat one.
    pub fn new() -> Self {
        let given = std::env::var("MBUILD_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            now.map_or(1, |now| u64::from(now.subsec_nanos()))
        });
        println!("repeat with MBUILD_TEST_SEED={seed}");
        Self(seed)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

impl Default for Random {
    fn default() -> Self {
        Self::new()
    }
}
