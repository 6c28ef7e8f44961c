//! Message bodies with placeholders.

use bytes::Bytes;
use std::io::Write;

/// A body in which `{device}`, `{product}`, `{seq}`, `{timestamp}`, `{number}` (or `{n}`) and
/// `{random}` are filled in for each message. Other braces stay as they are, so that JSON needs no
/// escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
}

/// The values of the placeholders for one message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    /// `{device}`: the device's name.
    pub(crate) device: &'a str,
    /// `{product}`: the product's id.
    pub(crate) product: &'a str,
    /// `{seq}`: a number that no other message of the run has.
    pub(crate) seq: u64,
    /// `{timestamp}`: Unix seconds.
    pub(crate) timestamp: u64,
    /// `{number}` and `{n}`: the running number of the device's messages, from 1.
    pub(crate) n: u64,
    /// `{random}`: a random whole number.
    pub(crate) random: u32,
}

#[cfg(test)]
impl Fields<'_> {
    pub(super) const EXAMPLE: Fields<'static> = Fields {
        device: "device-0001",
        product: "P",
        seq: 42,
        timestamp: 1_700_000_000,
        n: 3,
        random: 7,
    };
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(Vec<u8>),
    Device,
    Product,
    Seq,
    Timestamp,
    N,
    Random,
}

const PLACEHOLDERS: [(&[u8], Piece); 7] = [
    (b"{device}", Piece::Device),
    (b"{product}", Piece::Product),
    (b"{seq}", Piece::Seq),
    (b"{timestamp}", Piece::Timestamp),
    (b"{n}", Piece::N),
    (b"{number}", Piece::N),
    (b"{random}", Piece::Random),
];

impl Template {
    /// Finds the placeholders. Any bytes are a valid template.
    pub(crate) fn parse(body: &[u8]) -> Template {
        let mut pieces = Vec::new();
        let mut literal = Vec::new();
        let mut rest = body;
        while let Some((&first, tail)) = rest.split_first() {
            let found = PLACEHOLDERS.iter().find(|(name, _)| rest.starts_with(name));
            match found {
                Some((name, piece)) => {
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                    }
                    pieces.push(piece.clone());
                    rest = rest.get(name.len()..).unwrap_or_default();
                }
                None => {
                    literal.push(first);
                    rest = tail;
                }
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Template { pieces }
    }

    /// The body of one message.
    pub(crate) fn fill(&self, fields: &Fields<'_>) -> Bytes {
        let mut body = Vec::with_capacity(512);
        for piece in &self.pieces {
            // Writing to memory cannot fail.
            let _ = match piece {
                Piece::Literal(literal) => body.write_all(literal),
                Piece::Device => body.write_all(fields.device.as_bytes()),
                Piece::Product => body.write_all(fields.product.as_bytes()),
                Piece::Seq => write!(body, "{}", fields.seq),
                Piece::Timestamp => write!(body, "{}", fields.timestamp),
                Piece::N => write!(body, "{}", fields.n),
                Piece::Random => write!(body, "{}", fields.random),
            };
        }
        Bytes::from(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FIELDS: Fields<'static> = Fields {
        device: "d-1",
        product: "P",
        seq: 7,
        timestamp: 1_700_000_000,
        n: 3,
        random: 9,
    };

    #[test]
    fn placeholders_are_filled_and_other_braces_stay() {
        let cases = [
            (r#"{"a":{n}}"#, r#"{"a":3}"#),
            (r#"{"t":"{product}/{device}"}"#, r#"{"t":"P/d-1"}"#),
            ("{seq}{timestamp}{random}", "717000000009"),
            ("{{n}}", "{3}"),
            ("{number}{number", "3{number"),
            ("{unknown}{", "{unknown}{"),
            ("", ""),
        ];
        for (template, expected) in cases {
            assert_eq!(
                Template::parse(template.as_bytes()).fill(&FIELDS),
                expected,
                "{template}"
            );
        }
    }

    proptest! {
        #[test]
        fn bytes_without_placeholders_are_left_as_they_are(
            body in proptest::collection::vec(any::<u8>(), 0..200)
        ) {
            let has_placeholder = PLACEHOLDERS
                .iter()
                .any(|(name, _)| body.windows(name.len()).any(|window| window == *name));
            prop_assume!(!has_placeholder);
            prop_assert_eq!(Template::parse(&body).fill(&FIELDS), body);
        }
    }
}
