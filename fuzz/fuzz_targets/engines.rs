#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| libvm_fuzz_targets::engines(data));
