//! Shell commands that compute their signature when they run, so that they work whenever they are
//! pasted. They run in sh, bash and zsh, and need `curl`, `od`, `date`, `sort`, and `sha1sum` or
//! `openssl`.

use std::borrow::Cow;

/// Sets time, nonce and signature as `$t`, `$n` and `$s`. The nonce begins and ends with a letter,
/// so that no signature is ambiguous; the bytes are sorted as bytes in any locale.
const SIGN: &str = r#"t=$(date +%s); n=n$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')n; s=$(printf '%s\n' "$k" "$t" "$n" | LC_ALL=C sort | tr -d '\n' | { sha1sum 2>/dev/null || openssl sha1 -r; } | cut -c1-40)"#;
const HEADERS: &str = r#"-H "Timestamp: $t" -H "Nonce: $n" -H "Signature: $s""#;

/// A text as one word of a shell.
fn word(text: &str) -> Cow<'_, str> {
    // Only a text with a NUL cannot be a word.
    shlex::try_quote(text).unwrap_or_default()
}

/// The platform's check of a push URL. The command prints the Echostr of the answer.
pub(crate) fn check(url: &str, token: &str) -> String {
    let (url, token) = (word(url), word(token));
    format!(
        r#"(k={token}; {SIGN}; curl -sS {HEADERS} -H "Echostr: echo-$n" -H 'Content-Type: application/json' -w '\n' {url})"#
    )
}

/// A device's report, which differs each time. The command prints the status of the answer.
pub(crate) fn push(url: &str, token: &str) -> String {
    // The sequence number distinguishes two reports of the same second.
    let body = r#"{"devicename":"device-1","productid":"DEMO","topic":"$thing/up/property/DEMO/device-1","seq":'$q',"timestamp":'$t',"payload":{"method":"report","clientToken":"'$n'","params":{"temperature":21.5,"count":'$q'}}}"#;
    let (url, token) = (word(url), word(token));
    format!(
        r#"(k={token}; {SIGN}; q=$(od -An -N4 -tu4 /dev/urandom | tr -d ' '); curl -sS {HEADERS} -H 'Content-Type: application/json' -w '%{{http_code}}\n' -d '{body}' {url})"#
    )
}

/// A push of this body. The command prints the status of the answer.
pub(crate) fn push_body(url: &str, token: &str, body: &str) -> String {
    let (url, token, body) = (word(url), word(token), word(body));
    format!(
        r#"(k={token}; {SIGN}; curl -sS {HEADERS} -H 'Content-Type: application/json' -w '%{{http_code}}\n' --data-raw {body} {url})"#
    )
}
