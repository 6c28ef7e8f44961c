//! The name of a device in an event's `subject`.

/// `{product}/{device}`. The part before the `/` is empty if the message names no product.
///
/// `/` and `%` in a name, and the characters that CloudEvents forbids in a string, are
/// percent-encoded as UTF-8. So a subject has exactly one `/`, no two devices share a subject, and
/// decoding both sides of the `/` gives the names back.
pub fn subject(product: Option<&str>, device: &str) -> String {
    let product = product.unwrap_or_default();
    let mut subject = String::with_capacity(product.len() + 1 + device.len());
    push_encoded(&mut subject, product);
    subject.push('/');
    push_encoded(&mut subject, device);
    subject
}

fn push_encoded(out: &mut String, name: &str) {
    let mut utf8 = [0; 4];
    for character in name.chars() {
        if !is_encoded(character) {
            out.push(character);
            continue;
        }
        for byte in character.encode_utf8(&mut utf8).bytes() {
            out.push('%');
            for digit in [byte >> 4, byte & 0xF] {
                let digit = char::from_digit(digit.into(), 16).unwrap_or('0');
                out.push(digit.to_ascii_uppercase());
            }
        }
    }
}

/// Control characters and the characters that Unicode calls noncharacters, besides `/` and `%`.
///
/// Source: <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#type-system>.
fn is_encoded(character: char) -> bool {
    matches!(character, '/' | '%' | '\u{FDD0}'..='\u{FDEF}')
        || character.is_control()
        || u32::from(character) & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(name: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = name.as_bytes();
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            if *byte == b'%' {
                let (digits, after) = rest.split_at(2);
                bytes.extend(hex::decode(digits).unwrap());
                rest = after;
            } else {
                bytes.push(*byte);
            }
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_would_mislead_is_encoded_and_names_stay_readable() {
        let cases = [
            (Some("QX7METERPN"), "meter-7", "QX7METERPN/meter-7"),
            (None, "meter-7", "/meter-7"),
            (Some("a/b"), "c", "a%2Fb/c"),
            (Some("a"), "b/c", "a/b%2Fc"),
            (Some("a%2Fb"), "c", "a%252Fb/c"),
            (Some("p"), "ü 电表 $x:y?#", "p/ü 电表 $x:y?#"),
            (Some("p"), "a\0b\n\u{7f}", "p/a%00b%0A%7F"),
            (Some("p"), "\u{85}\u{9f}\u{a0}", "p/%C2%85%C2%9F\u{a0}"),
            (
                Some("p"),
                "\u{fffe}\u{ffff}\u{fffd}",
                "p/%EF%BF%BE%EF%BF%BF\u{fffd}",
            ),
            (
                Some("p"),
                "\u{fdd0}\u{1fffe}\u{10ffff}",
                "p/%EF%B7%90%F0%9F%BF%BE%F4%8F%BF%BF",
            ),
        ];
        for (product, device, expected) in cases {
            assert_eq!(subject(product, device), expected);
        }
    }

    proptest! {
        #[test]
        fn both_names_come_back(product in proptest::option::of("[a/%é\\x00\u{FFFE}]{1,4}"), device in any::<String>()) {
            let subject = subject(product.as_deref(), &device);
            let (before, after) = subject.split_once('/').unwrap();
            prop_assert_eq!(decoded(before), product.unwrap_or_default());
            prop_assert_eq!(decoded(after), device);
            prop_assert!(!subject.chars().any(char::is_control));
        }
    }
}
