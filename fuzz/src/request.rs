//! Requests to the endpoint: the event of an HTTP API, headers, signature, Echostr.
use std::sync::LazyLock;

use crate::endpoint::{self, Event, RequestError, admit, answer, echo};
use crate::input;
use http::{HeaderMap, Method};
use libfuzzer_sys::arbitrary::{self, Arbitrary, Result, Unstructured};
use serde_json::{Value, json, value::RawValue};
use thingrelay_core::config::EdgeConfig;
use thingrelay_core::signature::{Token, Triple, Verifier, VerifyError, sign};
use thingrelay_core::timestamp::Timestamp;

const CURRENT: &str = "k3J9xQ7pLm2Vt8Wz";
const PREVIOUS: &str = "1750000000-Qw7_x";
const FOREIGN: &str = "Zx81mQz0LpW3vB7t";
const NOW: i64 = 1_750_000_000;
const WINDOW: i64 = 300;

static CONFIG: LazyLock<EdgeConfig> = LazyLock::new(|| {
    let text = format!(
        "[sources.meters]\nplatform = \"tencent-iot-hub\"\ntokens = [\"{CURRENT}\", \"{PREVIOUS}\"]\n\
         [sources.open]\nplatform = \"tencent-iot-video\"\nallow_unsigned = true\n\
         [sources.doors]\nplatform = \"tencent-iot-hub\"\ntokens = [\"weak\"]\n\
         [sources.house]\nplatform = \"tuya\"\n"
    );
    EdgeConfig::usable(&[&text]).unwrap()
});

/// Checks an input.
pub fn check(input: &[u8]) {
    match input.split_first() {
        Some((&input::GENERATED, choices)) => {
            let _ = signed_request(&mut Unstructured::new(choices));
        }
        Some((2, choices)) => {
            let _ = split_again(&mut Unstructured::new(choices));
        }
        _ => any_event(input),
    }
}

/// Any JSON is an event, and what is let in is signed.
fn any_event(input: &[u8]) {
    let is_json = serde_json::from_slice::<&RawValue>(input).is_ok();
    let event = serde_json::from_slice::<Event>(input);
    assert_eq!(event.is_ok(), is_json, "any JSON is an event");
    if let Some((source, request)) = event.ok().and_then(Event::into_call) {
        let _ = judge(&source, request.headers());
    }
}

/// Whether the request is let in, after every check that holds for any request.
fn judge(source: &str, headers: &HeaderMap) -> std::result::Result<(), RequestError> {
    let result = admit(
        &CONFIG,
        source,
        headers,
        Timestamp::from_unix_millis(NOW * 1000),
    );
    let refusal = match &result {
        Ok(admitted) => {
            assert_eq!(admitted.source.name.as_str(), source);
            match source {
                "open" => assert_eq!(admitted.signature, None),
                _ => assert!(
                    source == "meters" && is_signed(headers),
                    "a forged request got in"
                ),
            }
            if let Ok(echo) = echo::echo(headers) {
                assert!(!echo.is_empty() && echo.bytes().all(|byte| byte.is_ascii_graphic()));
            }
            return Ok(());
        }
        Err(refusal) => *refusal,
    };
    let response = answer::refused::<String>(refusal);
    let body: Value = serde_json::from_str(response.body()).expect("a refusal is JSON");
    assert_eq!(body["error"], refusal.code());
    for token in [CURRENT, PREVIOUS] {
        assert!(!response.body().contains(token));
        assert!(!format!("{refusal:?} {:?}", *CONFIG).contains(token));
    }
    assert_eq!(
        endpoint::find(&CONFIG, source).is_none(),
        refusal == RequestError::UnknownSource
    );
    Err(refusal)
}

/// Whether the headers are one fresh triple of a token, by our own count.
fn is_signed(headers: &HeaderMap) -> bool {
    let families = [
        ["Timestamp", "Nonce", "Signature"],
        ["X-Tc-Timestamp", "X-Tc-Nonce", "X-Tc-Signature"],
    ];
    let count = |name: &&str| headers.get_all(*name).iter().count();
    let complete = families.map(|family| family.iter().all(|name| count(name) == 1));
    let empty = families.map(|family| family.iter().all(|name| count(name) == 0));
    let family = match (complete, empty) {
        ([true, _], [_, true]) => families[0],
        ([_, true], [true, _]) => families[1],
        _ => return false,
    };
    let [timestamp, nonce, signature] = family.map(|name| headers[name].to_str().unwrap_or(""));
    let is_fresh = timestamp
        .parse()
        .is_ok_and(|at: i64| (NOW - WINDOW..=NOW + WINDOW).contains(&at));
    let tokens = [CURRENT, PREVIOUS];
    let mut signs = tokens.iter().map(|token| sign(token, timestamp, nonce));
    is_fresh && timestamp.len() == 10 && signs.any(|sign| sign.eq_ignore_ascii_case(signature))
}

#[derive(Arbitrary, Debug)]
enum Change<'a> {
    Drop(u8),
    Repeat(u8),
    Replace(u8, &'a str),
    Insert(&'a str, &'a str),
    Comma(u8),
    Move,
}

/// A request signed by a token, and then perhaps changed.
fn signed_request(choices: &mut Unstructured<'_>) -> Result<()> {
    let source = *choices.choose(&["meters", "open", "doors", "house", "none", "", "METERS"])?;
    let token = *choices.choose(&[CURRENT, PREVIOUS, FOREIGN])?;
    let at = NOW + i64::from(i16::arbitrary(choices)?) / 32;
    let timestamp = at.to_string();
    let mut nonce = <&str>::arbitrary(choices)?.to_owned();
    nonce.retain(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_'));
    nonce.truncate(64);
    if nonce.is_empty() {
        nonce.push('n');
    }
    let signature = sign(token, &timestamp, &nonce);
    let is_prefixed = bool::arbitrary(choices)?;
    let prefix = if is_prefixed { "X-Tc-" } else { "" };
    let mut headers: Vec<(String, String)> = [
        ("Timestamp", timestamp),
        ("Nonce", nonce.clone()),
        ("Signature", signature),
    ]
    .map(|(name, value)| (format!("{prefix}{name}"), value))
    .into();
    if bool::arbitrary(choices)? {
        headers
            .iter_mut()
            .for_each(|(name, _)| name.make_ascii_lowercase());
    }
    let changes = Vec::<Change<'_>>::arbitrary(choices)?;
    // A change may double a value.
    for change in changes.iter().take(6) {
        let length = headers.len().max(1);
        let at = |index: u8| usize::from(index) % length;
        match change {
            Change::Drop(index) if !headers.is_empty() => _ = headers.remove(at(*index)),
            Change::Repeat(index) if !headers.is_empty() => {
                headers.push(headers[at(*index)].clone())
            }
            Change::Replace(index, value) if !headers.is_empty() => {
                headers[at(*index)].1 = (*value).to_owned()
            }
            Change::Comma(index) if !headers.is_empty() => {
                let value = headers[at(*index)].1.clone();
                headers[at(*index)].1 = format!("{value},{value}");
            }
            Change::Insert(name, value) => headers.push(((*name).to_owned(), (*value).to_owned())),
            // A digit of the timestamp becomes one of the nonce.
            Change::Move if headers.len() >= 2 => {
                if let Some(digit) = headers[0].1.pop() {
                    headers[1].1.insert(0, digit);
                }
            }
            _ => {}
        }
    }
    let is_base64 = bool::arbitrary(choices)?;
    let is_version_one = bool::arbitrary(choices)?;
    let body = choices.bytes(choices.len())?;
    let text = String::from_utf8_lossy(body);
    let (sent, body) = match is_base64 {
        true => (
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD, body),
            body,
        ),
        false => (text.clone().into_owned(), text.as_bytes()),
    };
    let event = event(source, &headers, &sent, is_base64, is_version_one);
    let event: Event = serde_json::from_str(&event).expect("any JSON is an event");
    let (named, request) = event.into_call().expect("a request of an HTTP API");
    assert_eq!(named, source);
    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.body(), body);
    let judged = judge(&named, request.headers());
    if changes.is_empty() && source == "meters" {
        let expected = reference(&[CURRENT, PREVIOUS], token, &at.to_string(), &nonce, WINDOW);
        let expected = expected.map_err(RequestError::from);
        assert_eq!(judged, expected);
    }
    Ok(())
}

fn event(
    source: &str,
    headers: &[(String, String)],
    body: &str,
    is_base64: bool,
    is_version_one: bool,
) -> String {
    let mut names: Vec<&String> = headers.iter().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    let values = |name: &String| -> Vec<&String> {
        headers
            .iter()
            .filter(|(other, _)| other == name)
            .map(|(_, value)| value)
            .collect()
    };
    let mut event = json!({
        "pathParameters": {"source": source}, "body": body, "isBase64Encoded": is_base64,
    });
    if is_version_one {
        event["httpMethod"] = "POST".into();
        let all = names
            .iter()
            .map(|name| ((*name).clone(), json!(values(name))));
        event["multiValueHeaders"] = Value::Object(all.collect());
        let last = names
            .iter()
            .map(|name| ((*name).clone(), json!(values(name).last())));
        event["headers"] = Value::Object(last.collect());
    } else {
        event["version"] = "2.0".into();
        event["requestContext"] = json!({"http": {"method": "POST", "path": "/x"}});
        // An HTTP API joins the values of a header with commas.
        let joined = names.iter().map(|name| {
            let values: Vec<&str> = values(name).iter().map(|value| value.as_str()).collect();
            ((*name).clone(), json!(values.join(",")))
        });
        event["headers"] = Value::Object(joined.collect());
    }
    event.to_string()
}

/// What the check of a signature must say, by trying every way to split the hashed string.
fn reference(
    tokens: &[&str],
    token: &str,
    timestamp: &str,
    nonce: &str,
    window: i64,
) -> std::result::Result<(), VerifyError> {
    let signature = sign(token, timestamp, nonce);
    if !tokens
        .iter()
        .any(|token| sign(token, timestamp, nonce) == signature)
    {
        return Err(VerifyError::BadSignature);
    }
    if window == 0 {
        return Ok(());
    }
    let skew_seconds = NOW - timestamp.parse::<i64>().unwrap();
    if skew_seconds.abs() > window {
        return Err(VerifyError::Stale { skew_seconds });
    }
    let mut parts = [token, timestamp, nonce];
    parts.sort_unstable();
    let hashed = parts.concat();
    let is_timestamp =
        |part: &str| part.len() == 10 && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_nonce = |part: &str| Triple::parse("1234567890", part, &signature).is_ok();
    for first in 0..=hashed.len() {
        for second in first..=hashed.len() {
            let pieces = [&hashed[..first], &hashed[first..second], &hashed[second..]];
            if !pieces.is_sorted() {
                continue;
            }
            for (t, s, n) in [
                (0, 1, 2),
                (0, 2, 1),
                (1, 0, 2),
                (1, 2, 0),
                (2, 0, 1),
                (2, 1, 0),
            ] {
                let (token, stamp, nonce) = (pieces[t], pieces[s], pieces[n]);
                if tokens.contains(&token)
                    && is_timestamp(stamp)
                    && is_nonce(nonce)
                    && stamp.parse::<i64>().unwrap() < NOW - window
                {
                    return Err(VerifyError::Ambiguous);
                }
            }
        }
    }
    Ok(())
}

/// Tokens, timestamp and nonce of a few characters, so that what is hashed can often be split in
/// several ways.
fn split_again(choices: &mut Unstructured<'_>) -> Result<()> {
    let mut text = |most: usize, alphabet: &[u8]| -> Result<String> {
        let length = choices.int_in_range(1..=most)?;
        let mut text = String::new();
        for _ in 0..length {
            text.push(char::from(*choices.choose(alphabet)?));
        }
        Ok(text)
    };
    let current = format!("174{}", text(24, b"0123457-")?);
    let previous = format!("{}{current}", text(12, b"1750-x_")?);
    let nonce = text(64, b"0123457-_x")?;
    let at = NOW + choices.int_in_range(-400..=400)?;
    let window = *choices.choose(&[0, 1, WINDOW])?;
    let (Ok(one), Ok(two)) = (Token::parse(&current), Token::parse(&previous)) else {
        return Ok(());
    };
    let verifier = Verifier::new(one, Some(two), window as u32);
    let timestamp = at.to_string();
    for token in [&current, &previous] {
        let signature = sign(token, &timestamp, &nonce);
        let triple = Triple::parse(&timestamp, &nonce, &signature).expect("a triple");
        let verified = verifier.verify(&triple, Timestamp::from_unix_millis(NOW * 1000));
        let expected = reference(&[&current, &previous], token, &timestamp, &nonce, window);
        assert_eq!(
            verified.map(|_| ()),
            expected,
            "{current} {previous} {timestamp} {nonce}"
        );
    }
    Ok(())
}
