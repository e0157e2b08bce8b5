//! The processor that code is compiled for.
#![forbid(unsafe_code)]

/// Returns a number for what this processor has beyond its architecture: a bit for each extension that the compiler uses.
#[cfg(target_arch = "x86_64")]
pub fn features() -> u64 {
    macro_rules! detected {
        ($($name:tt)*) => { [$(is_x86_feature_detected!($name)),*] };
    }
    number(&detected!("cmpxchg16b" "sse3" "ssse3" "sse4.1" "sse4.2" "popcnt" "avx" "avx2" "fma" "avxvnni" "bmi1" "bmi2" "lzcnt"
        "avx512bitalg" "avx512dq" "avx512f" "avx512vl" "avx512vbmi" "avx512vnni"))
}

/// Returns a number for what this processor has beyond its architecture: a bit for each extension that the compiler uses.
#[cfg(target_arch = "aarch64")]
pub fn features() -> u64 {
    macro_rules! detected {
        ($($name:tt)*) => { [$(std::arch::is_aarch64_feature_detected!($name)),*] };
    }
    number(&detected!("lse" "paca" "fp16" "dotprod" "i8mm"))
}

/// Returns 0: what processors of this architecture have is compared when code is loaded.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub fn features() -> u64 {
    0
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn number(found: &[bool]) -> u64 {
    found.iter().fold(0, |all, &found| all << 1 | u64::from(found))
}
