//! Checks a triple: which token signed it, whether it is fresh, and whether it could be an older
//! triple that was split differently.

use super::{
    digest,
    token::Token,
    triple::{Triple, is_nonce, parse_timestamp},
};
use crate::timestamp::Timestamp;
use subtle::ConstantTimeEq;

/// Verifies the requests of a source: one or two tokens and a freshness window.
#[derive(Debug, Clone)]
pub struct Verifier {
    current: Token,
    previous: Option<Token>,
    /// Seconds in both directions; `None` if freshness is not checked.
    window: Option<i64>,
}

/// The result of a successful check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// The token that signed the request.
    pub token: MatchedToken,
}

/// The token that matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchedToken {
    /// The first token.
    Current,
    /// The second token: the sender does not use the new one yet.
    Previous,
}

/// Why a well-formed triple is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// No token of the source matches the signature.
    #[error("no token of this source matches the signature")]
    BadSignature,
    /// The signature is right, but the timestamp is too old or too far in the future.
    #[error(
        "the timestamp is {} s in the {} by this clock",
        skew_seconds.unsigned_abs(),
        if *skew_seconds > 0 { "past" } else { "future" }
    )]
    Stale {
        /// This clock minus the timestamp, in seconds.
        skew_seconds: i64,
    },
    /// The same signature also fits an older triple, which an attacker may have captured.
    #[error("the signature also fits an older timestamp and nonce")]
    Ambiguous,
}

impl Verifier {
    /// The default freshness window of a source, in seconds.
    pub const DEFAULT_WINDOW_SECONDS: u32 = 300;

    /// A window of 0 seconds switches the check of freshness off.
    pub fn new(current: Token, previous: Option<Token>, window_seconds: u32) -> Self {
        let window = (window_seconds > 0).then_some(i64::from(window_seconds));
        Verifier {
            current,
            previous,
            window,
        }
    }

    /// How far a timestamp may be from the clock, in seconds; 0 if freshness is not checked.
    pub fn window_seconds(&self) -> i64 {
        self.window.unwrap_or_default()
    }

    /// The token that signed the triple; `None` if no token of the source did. It says nothing about
    /// freshness.
    pub fn matching(&self, triple: &Triple<'_>) -> Option<MatchedToken> {
        self.find(triple).map(|(_, matched)| matched)
    }

    fn find(&self, triple: &Triple<'_>) -> Option<(&Token, MatchedToken)> {
        if signs(&self.current, triple) {
            return Some((&self.current, MatchedToken::Current));
        }
        let previous = self.previous.as_ref().filter(|token| signs(token, triple));
        previous.map(|token| (token, MatchedToken::Previous))
    }

    /// Checks a triple. The comparison takes the same time wherever the signatures differ.
    ///
    /// # Errors
    /// [`VerifyError`] is final for this triple: the sender has to sign again.
    pub fn verify(&self, triple: &Triple<'_>, now: Timestamp) -> Result<Proof, VerifyError> {
        let (token, matched) = self.find(triple).ok_or(VerifyError::BadSignature)?;
        let Some(window) = self.window else {
            return Ok(Proof { token: matched });
        };
        let skew_seconds = now.unix_seconds().saturating_sub(triple.seconds());
        if skew_seconds.abs() > window {
            return Err(VerifyError::Stale { skew_seconds });
        }
        let oldest = now.unix_seconds().saturating_sub(window);
        if self.is_also_an_older_triple(token, triple, oldest) {
            return Err(VerifyError::Ambiguous);
        }
        Ok(Proof { token: matched })
    }

    /// Splits the hashed string into a token, ten digits and a nonce in each of the six orders, and
    /// tells whether one of the resulting triples is older than the window.
    fn is_also_an_older_triple(&self, matched: &Token, triple: &Triple<'_>, oldest: i64) -> bool {
        let mut parts = [
            matched.bytes(),
            triple.timestamp().as_bytes(),
            triple.nonce().as_bytes(),
        ];
        parts.sort_unstable();
        let mut short = [0; 256];
        let long;
        let hashed = match join(parts, &mut short) {
            Some(hashed) => hashed,
            None => {
                long = parts.concat();
                &long
            }
        };
        [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .any(|token| {
                ORDERS.iter().any(|order| {
                    cut(hashed, token.bytes(), *order).is_some_and(|seconds| seconds < oldest)
                })
            })
    }
}

/// Whether the token gives the triple's signature, compared in constant time.
fn signs(token: &Token, triple: &Triple<'_>) -> bool {
    let expected = digest(
        token.bytes(),
        triple.timestamp().as_bytes(),
        triple.nonce().as_bytes(),
    );
    expected.ct_eq(triple.digest()).into()
}

/// Concatenates the parts in the buffer, if it is long enough.
fn join<'b>(parts: [&[u8]; 3], buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    let mut end = 0;
    for part in parts {
        buffer.get_mut(end..end + part.len())?.copy_from_slice(part);
        end += part.len();
    }
    buffer.get(..end)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Token,
    Timestamp,
    Nonce,
}

const ORDERS: [[Part; 3]; 6] = [
    [Part::Token, Part::Timestamp, Part::Nonce],
    [Part::Token, Part::Nonce, Part::Timestamp],
    [Part::Timestamp, Part::Token, Part::Nonce],
    [Part::Timestamp, Part::Nonce, Part::Token],
    [Part::Nonce, Part::Token, Part::Timestamp],
    [Part::Nonce, Part::Timestamp, Part::Token],
];

/// Splits the string in this order. Gives the timestamp if the parts make a valid triple: the token
/// matches, the other parts match their grammar, and sorting gives this order.
fn cut(hashed: &[u8], token: &[u8], order: [Part; 3]) -> Option<i64> {
    let nonce_length = hashed.len().checked_sub(token.len() + 10)?;
    let length = |part| match part {
        Part::Token => token.len(),
        Part::Timestamp => 10,
        Part::Nonce => nonce_length,
    };
    let (first, rest) = hashed.split_at_checked(length(order[0]))?;
    let (second, third) = rest.split_at_checked(length(order[1]))?;
    let pieces = [first, second, third];
    let piece = |part| {
        order
            .iter()
            .zip(pieces)
            .find(|(p, _)| **p == part)
            .map(|(_, piece)| piece)
    };
    let sorted = first <= second && second <= third;
    let well_formed =
        piece(Part::Token)? == token && is_nonce(std::str::from_utf8(piece(Part::Nonce)?).ok()?);
    if !(sorted && well_formed) {
        return None;
    }
    parse_timestamp(std::str::from_utf8(piece(Part::Timestamp)?).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::sign;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(seconds * 1000)
    }

    fn verifier(token: &str) -> Verifier {
        Verifier::new(Token::weak(token), None, 300)
    }

    #[test]
    fn a_verifier_tells_its_window_and_which_token_matches_at_any_time() {
        let both = Verifier::new(Token::weak("new"), Some(Token::weak("old")), 300);
        assert_eq!(both.window_seconds(), 300);
        assert_eq!(
            Verifier::new(Token::weak("new"), None, 0).window_seconds(),
            0
        );
        let cases = [
            ("new", Some(MatchedToken::Current)),
            ("old", Some(MatchedToken::Previous)),
            ("other", None),
        ];
        for (token, expected) in cases {
            let signature = sign(token, "1604458421", "abc");
            let triple = Triple::parse("1604458421", "abc", &signature).expect("in its grammar");
            assert_eq!(both.matching(&triple), expected, "{token}");
        }
    }

    /// Published on the platform's pages. The wrong signatures result from a wrong sort.
    #[test]
    fn published_vectors() {
        let first = "c259ed29ec13ba7c649fe0893007401a36e70453";
        let second = "abb6c316a8134596d825c5a1295bfa6f7657664d";
        let case_insensitive = "d45bc74cb7d7091e8ca65c2b59617689e47b19e9";
        let unsorted = "809587e009993a2fe0c582b607b550d22435961f";
        let cases = [
            ("aaa", "1604458421", "IkOaKMDalrAzUTxC", first, true),
            ("aaaaa", "1623149590", "testrance", second, true),
            (
                "aaa",
                "1604458421",
                "IkOaKMDalrAzUTxC",
                case_insensitive,
                false,
            ),
            ("aaa", "1604458421", "IkOaKMDalrAzUTxC", unsorted, false),
            ("aaaa", "1604458421", "IkOaKMDalrAzUTxC", first, false),
            ("aaa", "1604458422", "IkOaKMDalrAzUTxC", first, false),
            ("aaa", "1604458421", "ikOaKMDalrAzUTxC", first, false),
        ];
        for (token, timestamp, nonce, signature, genuine) in cases {
            let triple = Triple::parse(timestamp, nonce, signature).expect("in its grammar");
            let verdict = verifier(token).verify(&triple, at(triple.seconds()));
            let expected = if genuine {
                Ok(Proof {
                    token: MatchedToken::Current,
                })
            } else {
                Err(VerifyError::BadSignature)
            };
            assert_eq!(verdict, expected, "{token} {timestamp} {nonce}");
            assert_eq!(sign(token, timestamp, nonce) == signature, genuine);
        }
    }

    /// The border between timestamp and nonce is shifted: the hash matches, the grammar refuses.
    #[test]
    fn shifted_borders_are_outside_the_grammar() {
        let signature = sign("aaa", "1604458421", "IkOaKMDalrAzUTxC");
        for (timestamp, nonce) in [
            ("160445842", "1IkOaKMDalrAzUTxC"),
            ("1604458421IkOa", "KMDalrAzUTxC"),
        ] {
            assert_eq!(
                sign("aaa", timestamp, nonce),
                signature,
                "the forgery has the same hash"
            );
            assert!(Triple::parse(timestamp, nonce, &signature).is_err());
        }
    }

    /// Pairs within the grammar that share one hash: the younger is refused, the older is genuine at
    /// its own time.
    #[test]
    fn re_split_triples_are_ambiguous() {
        let cases = [
            (
                "zz",
                ("1700000000", "55551750000000"),
                ("1750000000", "17000000005555"),
            ),
            (
                "k3J9xQ7pLm2Vt8Wz",
                ("1700000000", "ab1750000000"),
                ("1750000000", "1700000000ab"),
            ),
        ];
        for (token, captured, forged) in cases {
            let signature = sign(token, captured.0, captured.1);
            assert_eq!(
                sign(token, forged.0, forged.1),
                signature,
                "the forgery has the same hash"
            );
            let forged = Triple::parse(forged.0, forged.1, &signature).expect("in its grammar");
            assert_eq!(
                verifier(token).verify(&forged, at(1_750_000_000)),
                Err(VerifyError::Ambiguous)
            );
            let captured =
                Triple::parse(captured.0, captured.1, &signature).expect("in its grammar");
            assert!(verifier(token).verify(&captured, at(1_700_000_000)).is_ok());
        }
    }

    /// The signed string can be split otherwise, and no older triple comes of it: the request passes.
    #[test]
    fn what_only_looks_like_an_older_triple_does_no_harm() {
        let cases = [
            // As nonce and timestamp, 17500000009 and 1600000000, in an order that sorting does not give.
            ("zz", "1750000000", "91600000000", 1_750_000_000),
            // With 15 in the place of the token.
            ("zz", "1515151500", "22a", 1_515_151_500),
            // As timestamp and nonce, 1749999700 and 55551750000000, which is fresh itself.
            ("zz", "1750000000", "17499997005555", 1_750_000_000),
        ];
        for (token, timestamp, nonce, now) in cases {
            let signature = sign(token, timestamp, nonce);
            let triple = Triple::parse(timestamp, nonce, &signature).expect("in its grammar");
            assert!(
                verifier(token).verify(&triple, at(now)).is_ok(),
                "{timestamp} {nonce}"
            );
        }
    }

    #[test]
    fn freshness_is_a_window_both_ways_and_zero_switches_it_off() {
        let signature = sign("k3J9xQ7pLm2Vt8Wz", "1700000000", "nonce");
        let triple = Triple::parse("1700000000", "nonce", &signature).expect("in its grammar");
        for (now, window, fresh) in [
            (1_700_000_000, 300, true),
            (1_700_000_300, 300, true),
            (1_700_000_301, 300, false),
            (1_699_999_700, 300, true),
            (1_699_999_699, 300, false),
            (1_700_000_011, 10, false),
            (1_900_000_000, 0, true),
            (0, 0, true),
        ] {
            let verifier = Verifier::new(Token::weak("k3J9xQ7pLm2Vt8Wz"), None, window);
            let expected = if fresh {
                Ok(Proof {
                    token: MatchedToken::Current,
                })
            } else {
                Err(VerifyError::Stale {
                    skew_seconds: now - 1_700_000_000,
                })
            };
            assert_eq!(
                verifier.verify(&triple, at(now)),
                expected,
                "{now} {window}"
            );
        }
    }

    #[test]
    fn the_previous_token_is_live_and_told_apart() {
        let verifier = Verifier::new(
            Token::weak("new-token"),
            Some(Token::weak("old-token")),
            300,
        );
        for (token, expected) in [
            (
                "new-token",
                Ok(Proof {
                    token: MatchedToken::Current,
                }),
            ),
            (
                "old-token",
                Ok(Proof {
                    token: MatchedToken::Previous,
                }),
            ),
            ("any-token", Err(VerifyError::BadSignature)),
        ] {
            let signature = sign(token, "1700000000", "n");
            let triple = Triple::parse("1700000000", "n", &signature).expect("in its grammar");
            assert_eq!(verifier.verify(&triple, at(1_700_000_000)), expected);
        }
    }

    proptest! {
        /// Every genuine triple passes, in every order of the sort, unless its nonce could hold a
        /// timestamp.
        #[test]
        fn what_is_signed_passes(token in "[!-~]{16,40}", seconds in 1_000_000_000i64..9_999_999_999, nonce in "[A-Za-z_-]{1,64}") {
            let timestamp = seconds.to_string();
            let signature = sign(&token, &timestamp, &nonce);
            let triple = Triple::parse(&timestamp, &nonce, &signature).expect("in its grammar");
            prop_assert!(verifier(&token).verify(&triple, at(seconds)).is_ok());
        }

        /// One changed bit anywhere in the signature is a bad signature.
        #[test]
        fn a_flipped_bit_fails(bit in 0usize..160, nonce in "[A-Za-z]{1,64}") {
            let mut digest = digest(b"k3J9xQ7pLm2Vt8Wz", b"1700000000", nonce.as_bytes());
            digest[bit / 8] ^= 1 << (bit % 8);
            let signature = hex::encode(digest);
            let triple = Triple::parse("1700000000", &nonce, &signature).expect("in its grammar");
            prop_assert_eq!(verifier("k3J9xQ7pLm2Vt8Wz").verify(&triple, at(1_700_000_000)), Err(VerifyError::BadSignature));
        }

        /// However a captured string is split, the younger triple never passes.
        #[test]
        fn no_re_split_passes(token in "[0-9a-zA-Z]{16}", old in 1_000_000_000i64..1_700_000_000, filler in "[0-9a-z]{0,20}", young in 1_700_001_000i64..1_800_000_000) {
            // An attacker cannot choose the nonce. The worst case is a nonce that holds the later time.
            for nonce in [format!("{filler}{young}"), format!("{young}{filler}")] {
                let captured = sign(&token, &old.to_string(), &nonce);
                for forged in [format!("{filler}{old}"), format!("{old}{filler}")] {
                    if sign(&token, &young.to_string(), &forged) == captured {
                        let young_text = young.to_string();
                        let triple = Triple::parse(&young_text, &forged, &captured).expect("in its grammar");
                        prop_assert_eq!(verifier(&token).verify(&triple, at(young)), Err(VerifyError::Ambiguous));
                    }
                }
            }
        }
    }
}
