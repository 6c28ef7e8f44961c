//! The triple in either family of headers.
//!
//! `Signature`, `Timestamp`, `Nonce` for rule forwarding and data synchronisation;
//! `X-Tc-Signature`, `X-Tc-Timestamp`, `X-Tc-Nonce` for custom push. Either family is taken from
//! any platform, a mixture of the two never.

use super::triple::{MalformedTriple, Triple};

/// The un-prefixed family, in lower case.
const PLAIN: [&str; 3] = ["timestamp", "nonce", "signature"];
/// The family of custom push, in lower case.
const PREFIXED: [&str; 3] = ["x-tc-timestamp", "x-tc-nonce", "x-tc-signature"];

/// Why the headers hold no triple.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// A header of the family is absent, or all are.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// A header came more than once, or as a list (an HTTP API joins repeated headers by commas).
    #[error("the header {0} is repeated")]
    Repeated(&'static str),
    /// Headers of both families.
    #[error("headers of both families are present")]
    Mixed,
    /// A value outside its grammar.
    #[error("{0}")]
    Malformed(MalformedTriple),
}

/// The values of one header, as an HTTP library gives them.
pub trait Headers {
    /// The values of the header of that lower-case name, in the order in which they came.
    fn values<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]>;
}

/// Reads the triple.
pub fn read<H: Headers>(headers: &H) -> Result<Triple<'_>, HeaderError> {
    let has = |names: [&'static str; 3]| {
        names
            .iter()
            .any(|name| headers.values(name).next().is_some())
    };
    let [timestamp, nonce, signature] = match (has(PLAIN), has(PREFIXED)) {
        (true, true) => return Err(HeaderError::Mixed),
        (false, true) => PREFIXED,
        (_, false) => PLAIN,
    };
    let timestamp = single(headers, timestamp, MalformedTriple::Timestamp)?;
    let nonce = single(headers, nonce, MalformedTriple::Nonce)?;
    let signature = single(headers, signature, MalformedTriple::Signature)?;
    Triple::parse(timestamp, nonce, signature).map_err(HeaderError::Malformed)
}

fn single<'a, H: Headers>(
    headers: &'a H,
    name: &'static str,
    malformed: MalformedTriple,
) -> Result<&'a str, HeaderError> {
    let mut values = headers.values(name);
    let value = values.next().ok_or(HeaderError::Missing(name))?;
    if values.next().is_some() || value.contains(&b',') {
        return Err(HeaderError::Repeated(name));
    }
    std::str::from_utf8(value).map_err(|_| HeaderError::Malformed(malformed))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Headers for Vec<(&'static str, &'static str)> {
        fn values<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
            self.iter()
                .filter(move |(n, _)| *n == name)
                .map(|(_, v)| v.as_bytes())
        }
    }

    const S: &str = "c259ed29ec13ba7c649fe0893007401a36e70453";

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
            (vec![], Err(HeaderError::Missing("timestamp"))),
            (vec![t, n], Err(HeaderError::Missing("signature"))),
            (vec![xt, xs], Err(HeaderError::Missing("x-tc-nonce"))),
            (vec![t, n, s, xt], Err(HeaderError::Mixed)),
            (vec![t, n, xs], Err(HeaderError::Mixed)),
            (vec![t, n, n, s], Err(HeaderError::Repeated("nonce"))),
            (
                vec![t, ("nonce", "abc,abc"), s],
                Err(HeaderError::Repeated("nonce")),
            ),
            (
                vec![("timestamp", "160445842"), n, s],
                Err(HeaderError::Malformed(MalformedTriple::Timestamp)),
            ),
            (
                vec![("timestamp", "16044584210"), n, s],
                Err(HeaderError::Malformed(MalformedTriple::Timestamp)),
            ),
            (
                vec![("timestamp", "+604458421"), n, s],
                Err(HeaderError::Malformed(MalformedTriple::Timestamp)),
            ),
            (
                vec![("timestamp", "１604458"), n, s],
                Err(HeaderError::Malformed(MalformedTriple::Timestamp)),
            ),
            (
                vec![t, ("nonce", ""), s],
                Err(HeaderError::Malformed(MalformedTriple::Nonce)),
            ),
            (
                vec![t, ("nonce", "a b"), s],
                Err(HeaderError::Malformed(MalformedTriple::Nonce)),
            ),
            (
                vec![t, ("nonce", "a\u{80}"), s],
                Err(HeaderError::Malformed(MalformedTriple::Nonce)),
            ),
            (
                vec![t, n, ("signature", "c259")],
                Err(HeaderError::Malformed(MalformedTriple::Signature)),
            ),
            (
                vec![t, n, ("signature", "")],
                Err(HeaderError::Malformed(MalformedTriple::Signature)),
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
            Err(MalformedTriple::Nonce)
        );
        assert!(Triple::parse("1604458421", "abc", &S.to_uppercase()).is_ok());
    }
}
