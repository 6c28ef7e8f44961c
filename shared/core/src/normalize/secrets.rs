//! Which members of a payload are secrets, by their names. They never reach an event.

use crate::json::redact::Rules;

/// The ends of names that hold secrets, in lower case and without separators: names of things that
/// open something or prove an identity, and of URLs that open a file for anybody.
const ENDINGS: [&str; 34] = [
    "token",
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "secret",
    "signature",
    "appsign",
    "devicesign",
    "credential",
    "authorization",
    "authcode",
    "verifycode",
    "verificationcode",
    "accesscode",
    "privatekey",
    "secretkey",
    "accesskey",
    "apikey",
    "authkey",
    "aeskey",
    "localkey",
    "seckey",
    "sessionkey",
    "encryptkey",
    "encryptionkey",
    "psk",
    "jwt",
    "bearer",
    "cookie",
    "otp",
    "ticket",
    "url",
];

/// The same, but only as whole words: `app_sign` and `appSign`, not `design`.
const WORDS: [&str; 3] = ["_sign", "_sig", "_pass"];

/// The words that may follow the name of a secret: plurals, versions, and words for a shape.
const SUFFIXES: [&str; 18] = [
    "s", "v", "list", "array", "map", "value", "val", "info", "data", "text", "string", "str",
    "raw", "pem", "der", "hex", "base", "hash",
];

/// Bounds the time that a long name takes. Numbers count as suffixes.
const MOST_SUFFIXES: usize = 8;

/// `clientToken` ties an answer to its request. It is not a secret.
const ORDINARY: &str = "clienttoken";

/// The rules that remove secrets by their names.
pub(super) const RULES: Rules<'static> = Rules {
    is_secret: &is_secret,
    may_hold_one: &may_hold_one,
};

/// Whether a member of that name holds a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let words = words(name);
    let letters = words.replace('_', "");
    if letters == ORDINARY {
        return false;
    }
    let (mut rest, mut joined) = (&*words, &*letters);
    for _ in 0..MOST_SUFFIXES {
        if WORDS.iter().any(|word| rest.ends_with(word)) || has_ending(joined) {
            return true;
        }
        let shorter = rest.trim_end_matches(|c: char| c == '_' || c.is_ascii_digit());
        let shorter = if shorter == rest {
            let mut suffixes = SUFFIXES.iter();
            suffixes.find_map(|suffix| rest.strip_suffix(suffix))
        } else {
            Some(shorter)
        };
        let Some(shorter) = shorter else {
            return false;
        };
        let gone = rest.get(shorter.len()..).unwrap_or_default();
        let gone = gone.bytes().filter(|byte| *byte != b'_').count();
        joined = joined.get(..joined.len() - gone).unwrap_or_default();
        rest = shorter;
    }
    false
}

/// Whether a name without separators ends as names of secrets do.
fn has_ending(joined: &str) -> bool {
    // Most endings differ in their last byte: checking that first is cheaper.
    let last = joined.as_bytes().last();
    let mut endings = ENDINGS
        .iter()
        .filter(|ending| ending.as_bytes().last() == last);
    endings.any(|ending| joined.ends_with(ending))
}

/// The words of a name in lower case, each after a `_`: `appSign2` gives `_app_sign2`.
fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut before = None;
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_alphanumeric() {
            let begins = before.is_none_or(|before: char| {
                let behind_word = c.is_ascii_uppercase() && before.is_ascii_lowercase();
                let behind_capitals = c.is_ascii_uppercase()
                    && before.is_ascii_uppercase()
                    && chars.peek().is_some_and(char::is_ascii_lowercase);
                let behind_number = before.is_ascii_digit() && !c.is_ascii_digit();
                behind_word || behind_capitals || behind_number
            });
            if begins {
                words.push('_');
            }
            words.push(c.to_ascii_lowercase());
        }
        before = Some(c).filter(char::is_ascii_alphanumeric);
    }
    words
}

/// Whether a text that is not JSON may hold a secret: it contains the name of a secret and, after
/// that, a sign that a value follows. "Ticket printer" is an ordinary text.
pub(super) fn may_hold_one(text: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if has_escapes(text) || text.contains("PRIVATE KEY") {
        return true;
    }
    let (mut before, mut rest) = ("", text);
    while let Some(start) = rest.find(is_name) {
        let (_, from_name) = rest.split_at(start);
        let end = from_name.find(|c| !is_name(c)).unwrap_or(from_name.len());
        let (name, behind) = from_name.split_at(end);
        // A name can be two words of the text.
        let is_named = is_secret(name) || (is_key(name) && is_secret(&format!("{before}_{name}")));
        if is_named && introduces_a_value(behind) {
            return true;
        }
        (before, rest) = (name, behind);
    }
    false
}

/// Whether the text after a name continues with a value, as in JSON, forms, headers and XML.
fn introduces_a_value(behind: &str) -> bool {
    let is_around = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\');
    let signs = [':', '=', '>', '%', '\u{ff1a}', '\u{ff1d}'];
    behind.trim_start_matches(is_around).starts_with(signs)
}

/// Whether the text has characters that are escaped as in JSON. The names of secrets may be
/// escaped.
fn has_escapes(text: &str) -> bool {
    let mut escapes = text.split("\\u").skip(1);
    escapes.any(|digits| {
        let digits = digits.as_bytes().get(..4);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// The second word of names such as "private key" and "access code".
fn is_key(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word.starts_with("key") || word.starts_with("code")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in [
            "token",
            "Token",
            "resource_token",
            "accessToken",
            "refresh-token",
            "bind_tokens",
            "password",
            "wifi_pwd",
            "DeviceSecret",
            "signature",
            "sign",
            "url",
            "resource_url",
            "uploadUrl",
            "download_urls",
            "localKey",
            "psk",
            "passwords",
            "device_secrets",
            "signatures",
            "api_keys",
            "accessKeys",
            "token1",
            "token_2",
            "url1",
            "url_2",
            "urlList",
            "url_list",
            "TOKEN_LIST",
            "URLs",
            "tokenValue",
            "token_info",
            "signatureV2",
            "signature_v2",
            "privateKeyPem",
            "app_sign",
            "appSign",
            "APPSign",
            "appsign",
            "device_sign",
            "md5Sign",
            "sig",
            "encryptKey",
            "encryptionKey",
            "jwt",
            "bearer",
            "cookie",
            "otp",
            "ticket",
            "verify_code",
            "access_code",
            "pass",
            "wifiPass",
            "token ",
            " token",
            "token\0",
            "to\u{200b}ken",
            "access.token",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "",
            "clientToken",
            "client_token",
            "token_type",
            "signal",
            "signmethod",
            "design",
            "url_count",
            "productKey",
            "key",
            "psk_id",
            "version",
            "s",
            "_1",
            "address",
            "config",
            "compass",
            "bypass",
            "assign",
            "status",
            "sensor1",
            "dataList",
            "publicKey",
            "code",
            "errorCode",
            "interval",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn a_long_name_is_looked_at_in_time() {
        assert!(!is_secret(&"s".repeat(1 << 20)));
        assert!(is_secret(&format!("token{}", "7".repeat(1 << 20))));
    }

    #[test]
    fn a_text_may_hold_a_name_with_its_secret() {
        for text in [
            "token=x",
            r#"{"params":{"token":"x"}"#,
            r#"{"a":1}{"api_keys":[]}"#,
            "{\"url\":1}\0\n",
            r#"{"\u0074oken":1"#,
            "PassWord: x",
            "https://a.example/f?x_sign=x",
            "-----BEGIN PRIVATE KEY-----",
            "access code: 1234",
            "令牌token：x",
        ] {
            assert!(may_hold_one(text), "{text}");
        }
        for text in [
            "",
            "token",
            "app_bind_token",
            "clientToken=7",
            "no signal",
            "Ticket printer 2",
            "Token ring, 3rd floor",
            r"C:\users\meters",
            "design v2.wav",
            r#"{"productKey":"p""#,
        ] {
            assert!(!may_hold_one(text), "{text}");
        }
    }
}
