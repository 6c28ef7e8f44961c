//! Does the time of a check tell where a guessed signature is wrong?
//!
//! Checks signatures that are wrong in the first byte only and in the last byte only, in random
//! order, and prints the difference between the two medians. A third group, wrong in the first byte
//! too, shows the noise: its difference to the first group means nothing.
//!
//! `cargo run --release --package thingrelay-core --example signature_timing`

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{hint::black_box, time::Instant};
use thingrelay_core::{
    signature::{Token, Triple, Verifier, sign},
    timestamp::Timestamp,
};

/// The number of timed checks in each group.
const SAMPLES: usize = 1_000_000;

const TOKEN: &str = "Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e";
const SECONDS: &str = "1795233600";
const NONCE: &str = "HdwYqLmRtUxKvBne";

fn main() {
    let verifier = Verifier::new(
        Token::parse(TOKEN).unwrap(),
        None,
        Verifier::DEFAULT_WINDOW_SECONDS,
    );
    let now = Timestamp::from_unix_millis(1_795_233_601_000);
    let signature = sign(TOKEN, SECONDS, NONCE);
    // The three signatures share one place in memory, so that no address favours one of them.
    let wrong = ["first", "last", "noise"].map(|place| {
        let mut bytes = hex::decode(&signature).unwrap();
        let at = if place == "last" { bytes.len() - 1 } else { 0 };
        bytes[at] ^= 0xFF;
        hex::encode(bytes)
    });
    let mut shown = String::with_capacity(40);
    let mut times = [(); 3].map(|()| Vec::with_capacity(SAMPLES));
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    while times.iter().any(|group| group.len() < SAMPLES) {
        // Xorshift: which group is next must not follow from the last one.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let group = usize::try_from(random % 3).unwrap();
        shown.clear();
        shown.push_str(&wrong[group]);
        // Reading the guess comes before: its time depends on the guess, not on the signature.
        let triple = Triple::parse(SECONDS, NONCE, black_box(&shown)).unwrap();
        let began = Instant::now();
        assert!(black_box(verifier.verify(&triple, now)).is_err());
        let took = began.elapsed();
        if times[group].len() < SAMPLES {
            times[group].push(took.as_nanos() as f64);
        }
    }
    let [first, last, noise] = times.map(|mut group| {
        group.sort_unstable_by(f64::total_cmp);
        // The mean of the middle half: a clock of whole nanoseconds hides smaller differences of medians.
        let middle = &group[SAMPLES / 4..SAMPLES * 3 / 4];
        let mean = middle.iter().sum::<f64>() / middle.len() as f64;
        (group[SAMPLES / 2], mean)
    });
    println!("{SAMPLES} checks each, in nanoseconds: median, mean of the middle half");
    for (name, (median, mean)) in [
        ("wrong in the first byte", first),
        ("wrong in the last byte", last),
        ("wrong in the first byte, again", noise),
    ] {
        println!("{name:<32} {median:>6.0} {mean:>9.2}");
    }
    println!(
        "last - first: {:+.0}, {:+.2}; noise: {:+.0}, {:+.2}",
        last.0 - first.0,
        last.1 - first.1,
        noise.0 - first.0,
        noise.1 - first.1
    );
}
