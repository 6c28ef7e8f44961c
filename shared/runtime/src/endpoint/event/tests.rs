use super::*;
use serde_json::{Value, json};

fn read(event: &str) -> Option<Call> {
    let event: Event = serde_json::from_str(event).unwrap();
    event.into_call()
}

fn headers(event: &Value) -> Vec<(String, String)> {
    let (_, request) = read(&event.to_string()).unwrap();
    let headers = request.headers().iter();
    let mut headers: Vec<_> = headers
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        })
        .collect();
    headers.sort();
    headers
}

/// An odd query, host or forwarding header from a stranger makes no difference.
fn with(changes: Value) -> Value {
    let mut event = json!({
        "version": "2.0",
        "rawPath": "/meters/a b",
        "rawQueryString": "q=<b>&x=%zz",
        "queryStringParameters": {"q": 7},
        "cookies": ["a=\u{1}b", 3],
        "headers": {
            "host": "a b/c:d",
            "x-forwarded-proto": "https,http://",
            "bad name\n": "x",
            "user-agent": null,
            "nonce": "abc",
        },
        "requestContext": {"http": {"method": "POST", "path": 7}, "timeEpoch": "now", "stage": []},
        "pathParameters": {"source": "meters", "other": 1},
        "stageVariables": 5,
        "body": "{\"a\":1}",
        "isBase64Encoded": false,
    });
    for (name, value) in changes.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

#[test]
fn a_request_is_read_whatever_else_stands_in_the_event() {
    let version_1 = json!({
        "version": "1.0",
        "httpMethod": "POST",
        "requestContext": {"stage": "$default", "identity": {}},
    });
    let cases = [
        (json!({}), "meters", &b"{\"a\":1}"[..]),
        (version_1, "meters", b"{\"a\":1}"),
        (
            json!({"body": null, "isBase64Encoded": null}),
            "meters",
            b"",
        ),
        (
            json!({"body": "AP8=", "isBase64Encoded": true}),
            "meters",
            b"\x00\xff",
        ),
        (
            json!({"body": "a\u{0}\"\\\u{1F600}"}),
            "meters",
            "a\0\"\\\u{1F600}".as_bytes(),
        ),
        (json!({"pathParameters": null}), "", b"{\"a\":1}"),
        (
            json!({"pathParameters": {"source": "a\nb"}}),
            "a\nb",
            b"{\"a\":1}",
        ),
        (json!({"headers": null}), "meters", b"{\"a\":1}"),
    ];
    for (changes, source, body) in cases {
        let found = read(&with(changes.clone()).to_string());
        let (found_source, request) = found.unwrap_or_else(|| panic!("{changes}"));
        assert_eq!(found_source, source, "{changes}");
        assert_eq!(request.body(), body, "{changes}");
        assert_eq!(request.method(), Method::POST, "{changes}");
    }
}

#[test]
fn what_is_not_a_request_is_told_from_one() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let unknown_deep = format!("{{\"x\":{deep}}}");
    let texts = [
        "null",
        "{}",
        "[]",
        "[1,{}]",
        "7",
        "\"text\"",
        "true",
        &deep,
        &unknown_deep,
        r#"{"warmer":true}"#,
        r#"{"version":"0","id":"1","detail-type":"Scheduled Event","source":"aws.events","detail":{}}"#,
        r#"{"headers":{},"requestContext":{"connectionId":"c=","eventType":"CONNECT"}}"#,
        r#"{"Records":[{"messageId":"m"}]}"#,
        r#"{"httpMethod":"\ud800"}"#,
        r#"{"httpMethod":"POST","httpMethod":"GET"}"#,
    ];
    for text in texts {
        assert!(read(text).is_none(), "{text:.80}");
    }
    let changes = [
        json!({"requestContext": {"http": {"method": "P ST"}}}),
        json!({"requestContext": {"http": {"method": ""}}}),
        json!({"requestContext": {"http": {"method": 1}}}),
        json!({"requestContext": "x"}),
        json!({"body": {"a": 1}}),
        json!({"body": "%%%", "isBase64Encoded": true}),
        json!({"body": "AP8", "isBase64Encoded": true}),
        json!({"isBase64Encoded": "yes"}),
        json!({"headers": ["nonce", "abc"]}),
        json!({"headers": {"nonce": 7}}),
        json!({"pathParameters": "meters"}),
        json!({"pathParameters": {"source": 7}}),
    ];
    for change in changes {
        assert!(
            read(&with(change.clone()).to_string()).is_none(),
            "{change}"
        );
    }
}

#[test]
fn the_headers_that_are_used_are_kept_as_they_came() {
    let of = |headers: Value| self::headers(&with(json!({ "headers": headers })));
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let cases = [
        (
            json!({"Nonce": "a", "accept": "*/*"}),
            vec![pair("nonce", "a")],
        ),
        (json!({"nonce": "a,a"}), vec![pair("nonce", "a,a")]),
        (
            json!({"nonce": "a", "Nonce": "b"}),
            vec![pair("nonce", "a"), pair("nonce", "b")],
        ),
        (json!({"nonce": "a\nb\u{7f}"}), vec![pair("nonce", "a b ")]),
        (
            json!({"echostr": "\u{e9}"}),
            vec![pair("echostr", "\u{e9}")],
        ),
        (
            json!({"x-tc-nonce": "a", "x-tc-timestamp": "1", "x-tc-signature": "", "echostr": "e"}),
            vec![
                pair("echostr", "e"),
                pair("x-tc-nonce", "a"),
                pair("x-tc-signature", ""),
                pair("x-tc-timestamp", "1"),
            ],
        ),
    ];
    for (given, expected) in cases {
        assert_eq!(of(given.clone()), expected, "{given}");
    }
    let all = json!({
        "headers": {"nonce": "b"},
        "multiValueHeaders": {"nonce": ["a", "b"], "accept": ["x"]},
    });
    let expected = vec![pair("nonce", "a"), pair("nonce", "b")];
    assert_eq!(headers(&with(all)), expected);
    let last = json!({"headers": {"nonce": "b"}, "multiValueHeaders": {}});
    assert_eq!(headers(&with(last)), [pair("nonce", "b")]);
}
