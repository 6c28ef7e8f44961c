//! Commands for a shell that sign themselves when they run, so that they work whenever they are
//! pasted: in sh, bash and zsh, with `curl`, `od`, `date`, `sort`, and `sha1sum` or `openssl`.

/// Signs: time, nonce and signature as `$t`, `$n` and `$s`. The nonce begins and ends with a
/// letter, so that no signature is ambiguous; the bytes are sorted as bytes, whatever the locale.
const SIGN: &str = r#"t=$(date +%s); n=n$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')n; s=$(printf '%s\n' "$k" "$t" "$n" | LC_ALL=C sort | tr -d '\n' | { sha1sum 2>/dev/null || openssl sha1 -r; } | cut -c1-40)"#;
const HEADERS: &str = r#"-H "Timestamp: $t" -H "Nonce: $n" -H "Signature: $s""#;

/// The platform's check of a push URL. It prints the Echostr that comes back.
pub(crate) fn check(url: &str, token: &str) -> String {
    format!(
        r#"(k={token}; {SIGN}; curl -sS {HEADERS} -H "Echostr: echo-$n" -H 'Content-Type: application/json' -w '\n' {url})"#
    )
}

/// A device's report, another one each time. It prints the status of the answer.
pub(crate) fn push(url: &str, token: &str) -> String {
    // The sequence number tells two reports of one second apart.
    let body = r#"{"devicename":"device-1","productid":"DEMO","topic":"$thing/up/property/DEMO/device-1","seq":'$q',"timestamp":'$t',"payload":{"method":"report","clientToken":"'$n'","params":{"temperature":21.5,"count":'$q'}}}"#;
    format!(
        r#"(k={token}; {SIGN}; q=$(od -An -N4 -tu4 /dev/urandom | tr -d ' '); curl -sS {HEADERS} -H 'Content-Type: application/json' -w '%{{http_code}}\n' -d '{body}' {url})"#
    )
}
