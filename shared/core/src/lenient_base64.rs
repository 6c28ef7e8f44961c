//! Base64 as devices and platforms write it: in either alphabet, with or without line breaks and
//! padding.
//!
//! Anything that no encoder writes is refused, so that few other texts are mistaken for base64:
//! mixed alphabets, bits beyond the last byte, spaces inside.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use memchr::memchr2;
use std::borrow::Cow;

const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);

/// The decoded bytes, if the text is base64.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    let text = if memchr2(b'\r', b'\n', text.as_bytes()).is_some() {
        Cow::Owned(text.replace(['\r', '\n'], ""))
    } else {
        Cow::Borrowed(text)
    };
    let engine = if memchr2(b'-', b'_', text.as_bytes()).is_some() {
        URL_SAFE
    } else {
        STANDARD
    };
    engine.decode(text.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_encoders_is_read_and_no_other() {
        let bytes: &[u8] = &[0xfb, 0xef, 0xff, 0x01, 0x02];
        let cases = [
            ("++//AQI=", Some(bytes)),
            ("--__AQI=", Some(bytes)),
            ("++//AQI", Some(bytes)),
            ("--__AQI", Some(bytes)),
            ("++//\nAQI=", Some(bytes)),
            ("++//\r\nAQI=\r\n", Some(bytes)),
            ("--\n__\nAQ\nI\n", Some(bytes)),
            (" ++//AQI=\t", Some(bytes)),
            ("", Some(&[][..])),
            ("\n", Some(&[][..])),
            ("++__AQI=", None),
            ("++// AQI=", None),
            ("++//AQJ=", None),
            ("++//AQI==", None),
            ("++//A", None),
            ("++//AQ*=", None),
            ("é", None),
        ];
        for (text, expected) in cases {
            assert_eq!(decode(text).as_deref(), expected, "{text:?}");
        }
    }
}
