#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| thingrelay_fuzz::settings::check(input));
