//! How long it takes to check a signed triple. The anchor is SHA-1 alone, over as many bytes.

use criterion::Criterion;
use sha1::{Digest, Sha1};
use std::hint::black_box;
use thingrelay_core::{
    signature::{Token, Triple, Verifier, sign},
    timestamp::Timestamp,
};

const CURRENT: &str = "Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e";
const PREVIOUS: &str = "u8Nf2XkPq6ZrB4vMw9CsEj7GyD3hTa5L";
const SECONDS: &str = "1795233600";
const NONCE: &str = "HdwYqLmRtUxKvBne";

pub(crate) fn benches(criterion: &mut Criterion) {
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
    group.bench_function("anchor", |bencher| {
        let text = [CURRENT, SECONDS, NONCE].concat();
        bencher.iter(|| Sha1::digest(black_box(text.as_bytes())));
    });
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
