//! Deterministic random bytes.
#![forbid(unsafe_code)]

/// Bytes that depend on the seed only: SplitMix64, which is defined exactly and therefore the same in every version.
pub(super) struct SeededRandom(u64);

impl SeededRandom {
    /// Creates the generator for a seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Fills a buffer with the next bytes; each call begins with a new number.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut number = self.0;
            number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            number ^= number >> 31;
            chunk.copy_from_slice(&number.to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_splitmix64() {
        let mut bytes = [0; 12];
        SeededRandom::new(1_234_567).fill(&mut bytes);
        // The first two outputs that the algorithm's author publishes for this seed.
        assert_eq!(bytes[..8], 6_457_827_717_110_365_317_u64.to_le_bytes());
        assert_eq!(bytes[8..], 3_203_168_211_198_807_973_u64.to_le_bytes()[..4]);
    }
}
