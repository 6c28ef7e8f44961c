use super::{
    capture::{Capture, TimeFrom},
    explanation::Explanation,
};
use crate::documents::Documents;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};
use std::fs;
use thingrelay_core::{signature::sign, staged::MAX_ORIGINAL_BYTES, timestamp::Timestamp};

const TOKEN: &str = "k3J9xQ7pLm2Vt8Wz";
const FORMER: &str = "Zx81mQz0LpW3vB7t";
const OTHER: &str = "pD5rT8yU2iO6aS9f";
const NOW: i64 = 1_750_000_000;
const BODY: &str = r#"{"devicename":"meter-7","productid":"P1","topic":"$thing/up/property/P1/meter-7","seq":12,
    "payload":{"method":"report","params":{"power":41.5}},"timestamp":1750000000}"#;

const SOURCES: &str = r#"
[sources.meters]
platform = "tencent-iot-hub"
tokens = ["k3J9xQ7pLm2Vt8Wz", "Zx81mQz0LpW3vB7t"]
[sources.homes]
platform = "tencent-iot-explorer"
tokens = ["pD5rT8yU2iO6aS9f"]
freshness_seconds = 0
[sources.open]
platform = "tencent-iot-video"
allow_unsigned = true
[sources.doors]
platform = "tencent-iot-hub"
tokens = ["weak"]
[sources.house]
platform = "tuya"
"#;

const TARGETS: &str = r#"
[targets.all]
type = "sqs"
queue_url = "https://sqs.eu-west-1.amazonaws.com/123456789012/all.fifo"
[targets.alerts]
type = "webhook"
url = "https://crm.example.com/events"
filters = [{ exact = { type = "io.thingrelay.alert.v1" } }]
"#;

fn headers(all: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in all {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        map.append(name, HeaderValue::from_str(value).unwrap());
    }
    map
}

/// A push to that source, signed with that token at that time.
fn push(source: &str, token: &str, timestamp: i64) -> Capture {
    let timestamp = timestamp.to_string();
    let signature = sign(token, &timestamp, "abc");
    Capture {
        method: Method::POST,
        path: format!("/{source}"),
        headers: headers(&[
            ("timestamp", &timestamp),
            ("nonce", "abc"),
            ("signature", &signature),
        ]),
        body: Some(BODY.as_bytes().to_vec()),
        time: Some((Timestamp::from_unix_millis(NOW * 1000), TimeFrom::Date)),
        status: None,
    }
}

fn check(mut capture: Capture, echostr: Option<&str>) -> Capture {
    capture.method = Method::GET;
    capture.body = Some(Vec::new());
    let echostr = echostr.map(|echostr| HeaderValue::from_str(echostr).unwrap());
    if let Some(echostr) = echostr {
        capture.headers.insert("echostr", echostr);
    }
    capture
}

fn with(mut capture: Capture, name: &'static str, value: &str) -> Capture {
    let value = HeaderValue::from_str(value).unwrap();
    capture.headers.append(name, value);
    capture
}

fn without(mut capture: Capture, name: &str) -> Capture {
    capture.headers.remove(name);
    capture
}

/// What is told of a request, as text and as JSON. Neither has a token or a signature.
async fn told(capture: &Capture, targets: &str) -> (String, Value) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("relay.toml");
    fs::write(&file, format!("{SOURCES}{targets}")).unwrap();
    let documents = Documents::read(&[file]).unwrap();
    let edge = documents.usable().unwrap();
    let consumer = documents.consumer(&documents.usable().unwrap()).unwrap();
    let explanation = Explanation::of(capture, &edge, &consumer).await;
    let (text, json) = (explanation.to_string(), explanation.to_json());
    let signature = capture.headers.get("signature");
    let signature = signature.and_then(|it| it.to_str().ok()).unwrap_or(TOKEN);
    for secret in [TOKEN, FORMER, OTHER, signature] {
        assert!(!text.contains(secret), "{text}");
        assert!(!json.to_string().contains(secret), "{json}");
    }
    (text, json)
}

#[tokio::test]
async fn each_refusal_is_that_of_the_function_and_has_its_advice() {
    let good = || push("meters", TOKEN, NOW);
    // An older triple, split in another way.
    let nonce = "1600000000ab";
    let resplit = Capture {
        headers: headers(&[
            ("timestamp", &NOW.to_string()),
            ("nonce", nonce),
            ("signature", &sign(TOKEN, &NOW.to_string(), nonce)),
        ]),
        ..good()
    };
    let put = Capture {
        method: Method::PUT,
        ..good()
    };
    let large = Capture {
        body: Some(vec![b' '; MAX_ORIGINAL_BYTES + 1]),
        ..good()
    };
    let cases = [
        (
            push("meter", TOKEN, NOW),
            404,
            "unknown_source",
            "Is meters meant?",
        ),
        (
            push("", TOKEN, NOW),
            404,
            "unknown_source",
            "names no source",
        ),
        (
            push("api/meters", TOKEN, NOW),
            404,
            "unknown_source",
            "--path /meters",
        ),
        (
            push("house", TOKEN, NOW),
            404,
            "unknown_source",
            "come by pulsar",
        ),
        (
            push("doors", TOKEN, NOW),
            503,
            "misconfigured",
            "sources.doors.tokens",
        ),
        (
            Capture {
                headers: HeaderMap::new(),
                ..good()
            },
            400,
            "missing_header",
            "Set the token in the platform's console",
        ),
        (
            without(good(), "nonce"),
            400,
            "missing_header",
            "adds or drops",
        ),
        (
            with(good(), "nonce", "abc"),
            400,
            "repeated_header",
            "adds or drops",
        ),
        (
            with(good(), "x-tc-nonce", "abc"),
            400,
            "mixed_headers",
            "adds or drops",
        ),
        (
            with(without(good(), "nonce"), "nonce", "a b"),
            400,
            "malformed_header",
            "not the platform",
        ),
        (
            push("meters", "another-token-of-nobody", NOW),
            401,
            "bad_signature",
            "sources.meters.tokens",
        ),
        (
            push("meters", OTHER, NOW),
            401,
            "bad_signature",
            "homes (sources.homes.tokens[0])",
        ),
        (push("meters", TOKEN, NOW - 301), 401, "stale", "NTP"),
        (push("meters", TOKEN, NOW + 301), 401, "stale", "NTP"),
        (resplit, 401, "ambiguous_signature", "split in another way"),
        (
            check(good(), None),
            400,
            "missing_echostr",
            "A message is a POST",
        ),
        (
            check(good(), Some("a b")),
            400,
            "malformed_echostr",
            "not the platform",
        ),
        (put, 405, "method_not_allowed", "404"),
        (large, 413, "body_too_large", "16 KB"),
    ];
    for (capture, status, code, advice) in cases {
        let (text, json) = told(&capture, TARGETS).await;
        assert_eq!(json["answer"]["status"], status, "{text}");
        assert_eq!(json["answer"]["code"], code, "{text}");
        assert_eq!(json["message"], Value::Null, "{text}");
        let found = json["advice"].as_str().unwrap_or_default();
        assert!(found.contains(advice), "{text}");
        assert!(
            text.contains(&format!("answer     {status} {code}: ")),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_clocks_are_compared_at_the_time_of_the_call() {
    let cases = [
        (
            0,
            Some(0),
            200,
            "signed at that time; up to 300 s are allowed",
        ),
        (-300, Some(300), 200, "signed 300 s before that time"),
        (
            -412,
            Some(412),
            401,
            "behind, or this one ahead; up to 300 s",
        ),
        (
            412,
            Some(-412),
            401,
            "signed 412 s after that time: the sender's clock is ahead",
        ),
    ];
    for (signed, skew, status, clock) in cases {
        let (text, json) = told(&push("meters", TOKEN, NOW + signed), "").await;
        assert_eq!(json["signature"]["skew_seconds"], json!(skew), "{text}");
        assert_eq!(json["answer"]["status"], status, "{text}");
        assert!(text.contains(clock), "{text}");
    }
    let (text, json) = told(&push("homes", OTHER, NOW - 99_999), "").await;
    assert_eq!(json["answer"]["status"], 200);
    assert!(
        text.contains("which does not matter to this source"),
        "{text}"
    );

    // Nothing says when the call came.
    let unknown = Capture {
        time: None,
        ..push("meters", TOKEN, NOW - 99_999)
    };
    let (text, json) = told(&unknown, "").await;
    assert_eq!(json["answer"]["status"], 200);
    assert_eq!(json["time"]["from"], "assumed");
    assert_eq!(json["signature"]["skew_seconds"], Value::Null);
    assert!(text.contains("the clocks are not judged"), "{text}");
}

#[tokio::test]
async fn the_token_is_named_by_its_place() {
    let unsigned = Capture {
        headers: HeaderMap::new(),
        ..push("open", TOKEN, NOW)
    };
    let prefixed = Capture {
        headers: headers(&[
            ("x-tc-timestamp", &NOW.to_string()),
            ("x-tc-nonce", "abc"),
            ("x-tc-signature", &sign(TOKEN, &NOW.to_string(), "abc")),
        ]),
        ..push("meters", TOKEN, NOW)
    };
    let cases = [
        (
            push("meters", TOKEN, NOW),
            "plain",
            Some(("meters", "sources.meters.tokens[0]")),
            None,
        ),
        (
            push("meters", FORMER, NOW),
            "plain",
            Some(("meters", "sources.meters.tokens[1]")),
            Some("former token of meters"),
        ),
        (
            push("homes", OTHER, NOW),
            "plain",
            Some(("homes", "sources.homes.tokens[0]")),
            None,
        ),
        (
            prefixed,
            "x-tc",
            Some(("meters", "sources.meters.tokens[0]")),
            None,
        ),
        (unsigned, "none", None, None),
    ];
    for (capture, family, signer, advice) in cases {
        let (text, json) = told(&capture, TARGETS).await;
        assert_eq!(
            json["answer"],
            json!({"status": 200, "code": null, "message": null}),
            "{text}"
        );
        assert_eq!(json["signature"]["headers"], family);
        let signers = signer.map(|(source, token)| json!({"source": source, "token": token}));
        let signers: Vec<Value> = signers.into_iter().collect();
        assert_eq!(json["signature"]["signers"], json!(signers));
        let found = json["advice"].as_str();
        assert_eq!(found.is_some(), advice.is_some(), "{text}");
        assert!(
            found
                .unwrap_or_default()
                .contains(advice.unwrap_or_default())
        );
    }
}

#[tokio::test]
async fn an_accepted_message_shows_its_events_and_their_targets() {
    let (text, json) = told(&push("meters", TOKEN, NOW), TARGETS).await;
    let message = &json["message"];
    let [event] = message["events"].as_array().unwrap().as_slice() else {
        panic!("{json}");
    };
    assert_eq!(event["event"]["type"], "io.thingrelay.device.properties.v1");
    assert_eq!(
        event["event"]["id"],
        format!("{}-0", message["id"].as_str().unwrap())
    );
    let targets = event["targets"].as_array().unwrap().iter();
    let takes: Vec<(&str, bool)> = targets
        .map(|it| {
            (
                it["target"].as_str().unwrap(),
                it["takes"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(takes, [("alerts", false), ("all", true)]);
    assert!(
        text.contains("target     all takes it: every event"),
        "{text}"
    );
    assert!(
        text.contains("target     alerts does not take it: events where type is"),
        "{text}"
    );

    let alerts = TARGETS.split_once("[targets.alerts]").unwrap().1;
    let (text, _) = told(
        &push("meters", TOKEN, NOW),
        &format!("[targets.alerts]{alerts}"),
    )
    .await;
    assert!(text.contains("no target takes the event"), "{text}");
}

#[tokio::test]
async fn a_message_may_be_quarantined_or_wait_or_be_unknown() {
    let body = |body: Option<&str>| Capture {
        body: body.map(|body| body.as_bytes().to_vec()),
        ..push("meters", TOKEN, NOW)
    };
    let broken = "[targets.events]\ntype = \"sqs\"\nqueue_url = \"no URL\"\n";
    let cases = [
        (
            body(Some("power=41")),
            TARGETS,
            "quarantined",
            json!("not_json"),
            "goes to quarantine",
        ),
        (
            body(Some("")),
            TARGETS,
            "quarantined",
            json!("not_json"),
            "goes to quarantine",
        ),
        (
            body(Some(BODY)),
            broken,
            "waiting",
            json!("misconfigured"),
            "waits on the staging queue",
        ),
        (
            body(Some(BODY)),
            "",
            "forwarded",
            Value::Null,
            "events takes it",
        ),
    ];
    for (capture, targets, outcome, reason, shown) in cases {
        let (text, json) = told(&capture, targets).await;
        assert_eq!(json["message"]["outcome"], outcome, "{text}");
        assert_eq!(json["message"]["reason"], reason, "{text}");
        assert!(text.contains(shown), "{text}");
    }
    let (text, json) = told(&body(None), TARGETS).await;
    assert_eq!(
        (&json["message"], &json["answer"]["status"]),
        (&Value::Null, &json!(200))
    );
    assert!(text.contains("give it with --body"), "{text}");
}

#[tokio::test]
async fn what_the_capture_contradicts_is_said() {
    let other = Capture {
        status: Some(401),
        ..with(push("meters", TOKEN, NOW), "content-length", "3")
    };
    let (text, json) = told(&other, TARGETS).await;
    assert_eq!(json["captured_status"], 401);
    assert!(text.contains("the capture has 401"), "{text}");
    assert!(text.contains("its Content-Length is 3"), "{text}");
    let same = Capture {
        status: Some(200),
        ..push("meters", TOKEN, NOW)
    };
    let (text, _) = told(&same, TARGETS).await;
    assert!(!text.contains("the capture has"), "{text}");
}

#[tokio::test]
async fn a_url_check_gives_the_echostr() {
    let (text, json) = told(&check(push("meters", TOKEN, NOW), Some("abc")), TARGETS).await;
    assert_eq!(
        (&json["answer"]["status"], &json["message"]),
        (&json!(200), &Value::Null)
    );
    assert!(text.contains("answer     200, the Echostr"), "{text}");
    let odd = r#"{"error":"a","message":"b"}"#;
    let (_, json) = told(&check(push("meters", TOKEN, NOW), Some(odd)), TARGETS).await;
    assert_eq!(json["answer"]["code"], Value::Null);
}
