//! How long it takes to check a signed triple.

#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use thingrelay_core::{
    signature::{Token, Triple, Verifier, sign},
    timestamp::Timestamp,
};

const CURRENT: &str = "Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e";
const PREVIOUS: &str = "u8Nf2XkPq6ZrB4vMw9CsEj7GyD3hTa5L";
const SECONDS: &str = "1795233600";
const NONCE: &str = "HdwYqLmRtUxKvBne";

fn benches(criterion: &mut Criterion) {
    let now = Timestamp::from_unix_millis(1_795_233_601_000);
    let token = |text| Token::parse(text).unwrap();
    let one = Verifier::new(token(CURRENT), None, Verifier::DEFAULT_WINDOW_SECONDS);
    let two = Verifier::new(
        token(CURRENT),
        Some(token(PREVIOUS)),
        Verifier::DEFAULT_WINDOW_SECONDS,
    );
    let signature = sign(CURRENT, SECONDS, NONCE);
    let mut group = criterion.benchmark_group("signature");
    for (name, verifier) in [("one_token", &one), ("two_tokens", &two)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let triple =
                    Triple::parse(black_box(SECONDS), black_box(NONCE), black_box(&signature));
                verifier.verify(&triple.unwrap(), now).unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(checking, benches);
criterion_main!(checking);
