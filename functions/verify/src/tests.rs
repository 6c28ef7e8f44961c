mod shipped;

use super::*;
use lambda_http::http;
use std::collections::HashMap;
use thingrelay_core::{config::EdgeConfig, signature::sign, timestamp::Timestamp};

const TOKEN: &str = "k3J9xQ7pLm2Vt8Wz";
const NOW: i64 = 1_750_000_000;

fn answer_to(source: &str, method: &str, headers: &[(&str, &str)]) -> (u16, String, String) {
    let config = format!(
        "[sources.meters]\nplatform = \"tencent-iot-hub\"\ntokens = [\"{TOKEN}\", \"Zx81mQz0LpW3vB7t\"]\n[sources.open]\nplatform = \"tencent-iot-video\"\nallow_unsigned = true\n\
        [sources.doors]\nplatform = \"tencent-iot-hub\"\ntokens = [\"weak\"]\n"
    );
    let config = EdgeConfig::usable(&[&config]).unwrap();
    let verify = Verify::new(
        Arc::new(CurrentConfig::new(config)),
        Clock::from_fn(|| Timestamp::from_unix_millis(NOW * 1000)),
    );
    let mut request = http::Request::builder()
        .method(method)
        .uri("https://example.com/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let parameters = HashMap::from([("source".to_owned(), vec![source.to_owned()])]);
    let request = request
        .body(Body::Empty)
        .unwrap()
        .with_path_parameters(parameters);
    let response = futures::executor::block_on(verify.handle(request));
    let content_type = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    let body = String::from_utf8(response.body().to_vec()).unwrap();
    (response.status().as_u16(), content_type, body)
}

fn word(body: &str) -> String {
    serde_json::from_str::<serde_json::Value>(body).unwrap()["error"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn a_genuine_check_gets_its_echostr_and_nothing_else() {
    for token in [TOKEN, "Zx81mQz0LpW3vB7t"] {
        let (timestamp, nonce) = (NOW.to_string(), "testrance");
        let signature = sign(token, &timestamp, nonce);
        for prefix in ["", "X-Tc-"] {
            let names = ["Timestamp", "Nonce", "Signature"].map(|name| format!("{prefix}{name}"));
            for echo in ["UPWIAFASvDUFcTEE", "a", "\"<b>,&'", &"e".repeat(1024)] {
                let headers = [
                    (names[0].as_str(), timestamp.as_str()),
                    (&names[1], nonce),
                    (&names[2], &signature),
                    ("Echostr", echo),
                    ("Content-Type", "application/json"),
                ];
                let answer = answer_to("meters", "GET", &headers);
                assert_eq!(
                    answer,
                    (200, "text/plain; charset=utf-8".to_owned(), echo.to_owned())
                );
            }
        }
    }
}

#[test]
fn every_refusal_has_its_status_and_word() {
    let now = NOW.to_string();
    let old = (NOW - 301).to_string();
    let genuine = sign(TOKEN, &now, "n");
    let stale = sign(TOKEN, &old, "n");
    // The reference's pair of well-formed triples that share one hash, at the time of the younger.
    let resplit = sign(TOKEN, "1700000000", "ab1750000000");
    assert_eq!(resplit, sign(TOKEN, "1750000000", "1700000000ab"));
    let shifted = sign(TOKEN, &now, "n");
    let good = |signature: &str| {
        vec![
            ("timestamp".to_owned(), now.clone()),
            ("nonce".to_owned(), "n".to_owned()),
            ("signature".to_owned(), signature.to_owned()),
        ]
    };
    let with = |mut headers: Vec<(String, String)>, name: &str, value: &str| {
        headers.push((name.to_owned(), value.to_owned()));
        headers
    };
    let triple = |t: &str, n: &str, s: &str| {
        vec![
            ("timestamp".to_owned(), t.to_owned()),
            ("nonce".to_owned(), n.to_owned()),
            ("signature".to_owned(), s.to_owned()),
            ("echostr".to_owned(), "e".to_owned()),
        ]
    };
    let cases = [
        (
            "nobody",
            "GET",
            with(good(&genuine), "echostr", "e"),
            404,
            "unknown_source",
        ),
        (
            "doors",
            "GET",
            with(good(&genuine), "echostr", "e"),
            503,
            "misconfigured",
        ),
        (
            "METERS",
            "GET",
            with(good(&genuine), "echostr", "e"),
            404,
            "unknown_source",
        ),
        ("", "GET", Vec::new(), 404, "unknown_source"),
        (
            "meters",
            "GET",
            vec![("echostr".to_owned(), "e".to_owned())],
            400,
            "missing_header",
        ),
        (
            "meters",
            "GET",
            with(good(&genuine), "nonce", "n"),
            400,
            "repeated_header",
        ),
        (
            "meters",
            "GET",
            with(good(&genuine), "x-tc-nonce", "n"),
            400,
            "mixed_headers",
        ),
        (
            "meters",
            "GET",
            triple("yesterday", "n", &genuine),
            400,
            "malformed_header",
        ),
        (
            "meters",
            "GET",
            triple(&now[..9], "0n", &shifted),
            400,
            "malformed_header",
        ),
        (
            "meters",
            "GET",
            triple(&now, "m", &genuine),
            401,
            "bad_signature",
        ),
        ("meters", "GET", triple(&old, "n", &stale), 401, "stale"),
        (
            "meters",
            "GET",
            triple("1750000000", "1700000000ab", &resplit),
            401,
            "ambiguous_signature",
        ),
        ("meters", "GET", good(&genuine), 400, "missing_echostr"),
        (
            "meters",
            "GET",
            with(good(&genuine), "echostr", ""),
            400,
            "malformed_echostr",
        ),
        (
            "meters",
            "GET",
            with(good(&genuine), "echostr", "a b"),
            400,
            "malformed_echostr",
        ),
        (
            "meters",
            "GET",
            with(good(&genuine), "echostr", &"e".repeat(1025)),
            400,
            "malformed_echostr",
        ),
        (
            "meters",
            "GET",
            with(with(good(&genuine), "echostr", "e"), "echostr", "e"),
            400,
            "repeated_header",
        ),
        (
            "meters",
            "POST",
            with(good(&genuine), "echostr", "e"),
            405,
            "method_not_allowed",
        ),
        ("open", "GET", Vec::new(), 400, "missing_echostr"),
    ];
    for (source, method, headers, status, expected) in cases {
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        let (actual, content_type, body) = answer_to(source, method, &headers);
        assert_eq!(
            (actual, word(&body).as_str()),
            (status, expected),
            "{source} {method} {headers:?}"
        );
        assert_eq!(content_type, "application/json");
        assert!(!body.contains(TOKEN));
    }
}
