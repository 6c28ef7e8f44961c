//! What never leaves: members of a payload that are secrets by their names.

/// The ends of names that hold secrets, in lower case and without `_` and `-`: what lets in, what
/// proves who somebody is, and URLs that open files for anybody who has them.
const ENDINGS: [&str; 23] = [
    "token",
    "tokens",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "signature",
    "credential",
    "credentials",
    "authorization",
    "authcode",
    "privatekey",
    "secretkey",
    "accesskey",
    "apikey",
    "authkey",
    "aeskey",
    "localkey",
    "seckey",
    "psk",
    "url",
    "urls",
];

/// `clientToken` ties an answer to its request, and opens nothing.
const ORDINARY: [&str; 1] = ["clienttoken"];

/// Whether a member of that name holds a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let name: String = name
        .chars()
        .filter(|c| !matches!(c, '_' | '-'))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let ends = || ENDINGS.iter().any(|ending| name.ends_with(ending));
    !ORDINARY.contains(&&*name) && (name == "sign" || ends())
}

/// Whether a text that is no JSON may hold a secret with its name.
pub(super) fn may_hold_one(text: &str) -> bool {
    let text = text.to_ascii_lowercase().replace(['_', '-'], "");
    // A name can be escaped.
    text.contains("\\u") || text.contains("sign") || ENDINGS.iter().any(|it| text.contains(it))
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
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
