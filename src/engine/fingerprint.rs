//! A fingerprint of a module's bytes, which is cheap enough to be taken of each module that is loaded.
#![forbid(unsafe_code)]

/// Returns a number that differs for modules that differ by mistake; an attacker can find another module with the same one.
pub fn fingerprint(bytes: &[u8]) -> u64 {
    const PRIMES: [u64; 4] = [0x9e37_79b1_85eb_ca87, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9, 0x85eb_ca77_c2b2_ae63];
    // Four lanes, between which nothing waits.
    let mut lanes = PRIMES;
    let mut blocks = bytes.chunks_exact(32);
    for block in &mut blocks {
        let word = |at: usize| u64::from_le_bytes(block[at..at + 8].try_into().expect("eight bytes"));
        let mixed = |lane: u64, word: u64| (lane ^ word).wrapping_mul(PRIMES[0]).rotate_left(29);
        let [a, b, c, d] = lanes;
        lanes = [mixed(a, word(0)), mixed(b, word(8)), mixed(c, word(16)), mixed(d, word(24))];
    }
    let rest = blocks.remainder().chunks(8).map(word_of);
    let all = lanes.into_iter().chain(rest).chain([bytes.len() as u64]);
    all.fold(0, |hash: u64, word| {
        let mixed = (hash ^ word).wrapping_mul(PRIMES[1]);
        mixed ^ mixed >> 31
    })
}

/// Returns up to eight bytes as a number.
fn word_of(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_and_the_length_count() {
        let mut bytes: Vec<u8> = (0..100).collect();
        let all = fingerprint(&bytes);
        assert_eq!(fingerprint(&bytes), all);
        for index in 0..bytes.len() {
            bytes[index] ^= 1;
            assert_ne!(fingerprint(&bytes), all, "byte {index}");
            bytes[index] ^= 1;
            assert_ne!(fingerprint(&bytes[..index]), all, "length {index}");
        }
        bytes.push(0);
        assert_ne!(fingerprint(&bytes), all);
        assert_ne!(fingerprint(&[]), fingerprint(&[0]));
    }
}
