//! Reads the triple from either set of headers.
//!
//! `Signature`, `Timestamp`, `Nonce` for rule forwarding and data synchronisation;
//! `X-Tc-Signature`, `X-Tc-Timestamp`, `X-Tc-Nonce` for custom push. Any platform may send either
//! set, but not a mixture of the two.

use super::triple::{Triple, TripleError};
use http::HeaderMap;

/// The headers without prefix.
pub const PLAIN: [&str; 3] = ["Timestamp", "Nonce", "Signature"];
/// The headers of custom push.
pub const PREFIXED: [&str; 3] = ["X-Tc-Timestamp", "X-Tc-Nonce", "X-Tc-Signature"];

/// Why the headers give no triple.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// One header of the set is missing, or all are.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// A header is repeated, or is a list (an HTTP API joins repeated headers with commas).
    #[error("the header {0} is repeated")]
    Repeated(&'static str),
    /// Headers of both sets are present.
    #[error("headers with and without X-Tc- are mixed")]
    Mixed,
    /// A value does not match its grammar.
    #[error("the header {0} is malformed: {1}")]
    Malformed(&'static str, #[source] TripleError),
}

/// The headers of a request, whatever the HTTP library.
pub trait Headers {
    /// The values of the header with that name, in their order.
    fn values<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]>;
}

impl Headers for HeaderMap {
    fn values<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        self.get_all(name).iter().map(|value| value.as_bytes())
    }
}

/// Reads the triple.
pub fn read<H: Headers>(headers: &H) -> Result<Triple<'_>, HeaderError> {
    let has = |names: [&'static str; 3]| {
        names
            .iter()
            .any(|name| headers.values(name).next().is_some())
    };
    let family = match (has(PLAIN), has(PREFIXED)) {
        (true, true) => return Err(HeaderError::Mixed),
        (false, true) => PREFIXED,
        (_, false) => PLAIN,
    };
    let [timestamp, nonce, signature] = family;
    Triple::parse(
        single(headers, timestamp, TripleError::Timestamp)?,
        single(headers, nonce, TripleError::Nonce)?,
        single(headers, signature, TripleError::Signature)?,
    )
    .map_err(|malformed| {
        let name = match malformed {
            TripleError::Timestamp => timestamp,
            TripleError::Nonce => nonce,
            TripleError::Signature => signature,
        };
        HeaderError::Malformed(name, malformed)
    })
}

fn single<'a, H: Headers>(
    headers: &'a H,
    name: &'static str,
    malformed: TripleError,
) -> Result<&'a str, HeaderError> {
    let mut values = headers.values(name);
    let value = values.next().ok_or(HeaderError::Missing(name))?;
    if values.next().is_some() || value.contains(&b',') {
        return Err(HeaderError::Repeated(name));
    }
    std::str::from_utf8(value).map_err(|_| HeaderError::Malformed(name, malformed))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Headers for Vec<(&'static str, &'static str)> {
        fn values<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
            self.iter()
                .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
                .map(|(_, v)| v.as_bytes())
        }
    }

    const S: &str = "c259ed29ec13ba7c649fe0893007401a36e70453";

    #[test]
    fn the_headers_of_a_request_are_read_in_either_case() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("Timestamp", "1604458421"),
            ("NONCE", "abc"),
            ("signature", S),
        ] {
            let name: http::HeaderName = name.parse().expect("a name");
            headers.insert(name, value.parse().expect("a value"));
        }
        let triple = read(&headers).expect("a triple");
        assert_eq!((triple.seconds(), triple.nonce()), (1_604_458_421, "abc"));
        headers.append("nonce", "abd".parse().expect("a value"));
        assert_eq!(read(&headers).unwrap_err(), HeaderError::Repeated("Nonce"));
    }

    #[test]
    fn each_way_in_which_headers_go_wrong_has_its_error() {
        let (t, n, s) = (
            ("timestamp", "1604458421"),
            ("nonce", "abc"),
            ("signature", S),
        );
        let (xt, xn, xs) = (
            ("x-tc-timestamp", "1604458421"),
            ("x-tc-nonce", "abc"),
            ("x-tc-signature", S),
        );
        type Case<'a> = (Vec<(&'a str, &'a str)>, Result<(), HeaderError>);
        let cases: Vec<Case<'_>> = vec![
            (vec![t, n, s], Ok(())),
            (vec![xs, xn, xt], Ok(())),
            (vec![], Err(HeaderError::Missing("Timestamp"))),
            (vec![t, n], Err(HeaderError::Missing("Signature"))),
            (vec![xt, xs], Err(HeaderError::Missing("X-Tc-Nonce"))),
            (vec![t, n, s, xt], Err(HeaderError::Mixed)),
            (vec![t, n, xs], Err(HeaderError::Mixed)),
            (vec![t, n, n, s], Err(HeaderError::Repeated("Nonce"))),
            (
                vec![t, ("nonce", "abc,abc"), s],
                Err(HeaderError::Repeated("Nonce")),
            ),
            (
                vec![("timestamp", "160445842"), n, s],
                Err(HeaderError::Malformed("Timestamp", TripleError::Timestamp)),
            ),
            (
                vec![("timestamp", "16044584210"), n, s],
                Err(HeaderError::Malformed("Timestamp", TripleError::Timestamp)),
            ),
            (
                vec![("timestamp", "+604458421"), n, s],
                Err(HeaderError::Malformed("Timestamp", TripleError::Timestamp)),
            ),
            (
                vec![("timestamp", "１604458"), n, s],
                Err(HeaderError::Malformed("Timestamp", TripleError::Timestamp)),
            ),
            (
                vec![t, ("nonce", ""), s],
                Err(HeaderError::Malformed("Nonce", TripleError::Nonce)),
            ),
            (
                vec![t, ("nonce", "a b"), s],
                Err(HeaderError::Malformed("Nonce", TripleError::Nonce)),
            ),
            (
                vec![t, ("nonce", "a\u{80}"), s],
                Err(HeaderError::Malformed("Nonce", TripleError::Nonce)),
            ),
            (
                vec![xt, ("x-tc-nonce", "a b"), xs],
                Err(HeaderError::Malformed("X-Tc-Nonce", TripleError::Nonce)),
            ),
            (
                vec![t, n, ("signature", "c259")],
                Err(HeaderError::Malformed("Signature", TripleError::Signature)),
            ),
            (
                vec![t, n, ("signature", "")],
                Err(HeaderError::Malformed("Signature", TripleError::Signature)),
            ),
        ];
        for (headers, expected) in cases {
            assert_eq!(read(&headers).map(|_| ()), expected, "{headers:?}");
        }
        let longest = "n".repeat(64);
        assert!(Triple::parse("1604458421", &longest, S).is_ok());
        let too_long = "n".repeat(65);
        assert_eq!(
            Triple::parse("1604458421", &too_long, S),
            Err(TripleError::Nonce)
        );
        assert!(Triple::parse("1604458421", "abc", &S.to_uppercase()).is_ok());
    }
}
