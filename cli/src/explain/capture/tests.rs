use super::*;

const CURL: &str = "\
*   Trying 127.0.0.1:9001...
* Connected to 127.0.0.1 (127.0.0.1) port 9001
> POST /meters?x=1 HTTP/1.1\r
> Host: 127.0.0.1:9001\r
> Timestamp: 1750000000\r
> X-Odd: caf\u{e9}\r
> Content-Length: 7\r
> \r
} [7 bytes data]
* upload completely sent off: 7 bytes
< HTTP/1.1 100 Continue\r
< \r
< HTTP/1.1 401 Unauthorized\r
< date: Sun, 15 Jun 2025 15:06:45 GMT\r
< content-length: 2\r
< \r
{ [2 bytes data]
<html>
* Connection #0 left intact
";

fn at(text: &str) -> Timestamp {
    Timestamp::from_platform_text(text, 0).unwrap()
}

fn header_of<'a>(capture: &'a Capture, name: &str) -> Option<&'a str> {
    capture.headers.get(name)?.to_str().ok()
}

#[test]
fn what_curl_prints_is_read_without_the_body() {
    let capture = read(CURL.as_bytes(), None).unwrap();
    assert_eq!(
        (&capture.method, &*capture.path),
        (&Method::POST, "/meters")
    );
    assert_eq!(header_of(&capture, "timestamp"), Some("1750000000"));
    assert_eq!((capture.body, capture.status), (None, Some(401)));
    assert_eq!(
        capture.time,
        Some((at("2025-06-15T15:06:45Z"), TimeFrom::Date))
    );
}

#[test]
fn one_of_several_requests_has_to_be_chosen() {
    let second = "> GET /homes HTTP/2\n> echostr: a\n> \n< HTTP/2 200 \n< \na\n";
    let text = format!("{CURL}{second}");
    let told = read(text.as_bytes(), None).unwrap_err().to_string();
    assert!(told.contains("1: POST /meters, 2: GET /homes"), "{told}");
    let capture = read(text.as_bytes(), Some(2)).unwrap();
    assert_eq!((&capture.method, capture.status), (&Method::GET, Some(200)));
    assert_eq!(capture.body, Some(Vec::new()));
    for entry in [0, 3] {
        let error = read(text.as_bytes(), Some(entry)).unwrap_err();
        assert_eq!(error, CaptureError::NoSuchEntry(entry, 2));
    }
}

#[test]
fn a_request_of_http_has_its_body() {
    let cases: [(&str, Option<&str>); 6] = [
        (
            "POST /m HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
            Some("{}"),
        ),
        ("POST /m HTTP/1.1\nContent-Length: 2\n\n{}\n", Some("{}")),
        ("POST /m HTTP/1.1\nContent-Length: 3\n\n{}\n", Some("{}\n")),
        ("\nPOST /m HTTP/1.1\n\n> {}", Some("> {}")),
        ("POST /m HTTP/1.1\nContent-Length: 2", None),
        ("POST /m HTTP/1.1", Some("")),
    ];
    for (text, body) in cases {
        let capture = read(text.as_bytes(), None).unwrap();
        assert_eq!(capture.body.as_deref(), body.map(str::as_bytes), "{text:?}");
        assert_eq!((capture.time, capture.status), (None, None));
    }
}

#[test]
fn an_entry_of_har_has_its_body_and_its_time() {
    let entry = |post: &str, answer: &str| {
        format!(
            r#"{{"startedDateTime":"2025-06-15T17:06:44.250+02:00","request":{{"method":"POST",
            "url":"https://push.example.org/meters?x=1","headers":[{{"name":":path","value":"/"}},
            {{"name":"Content-Length","value":"2"}},{{"name":"Nonce","value":"abc"}}]{post}}}{answer}}}"#
        )
    };
    let text = r#","postData":{"mimeType":"application/json","text":"{}"}"#;
    let encoded = r#","postData":{"text":"e30=","encoding":"base64"}"#;
    let dated = r#","response":{"status":200,"headers":[{"name":"Date","value":"Sun, 15 Jun 2025 15:06:45 GMT"}]}"#;
    let failed = r#","response":{"status":0,"headers":[]}"#;
    let started = Some((at("2025-06-15T15:06:44.250Z"), TimeFrom::Started));
    let by_date = Some((at("2025-06-15T15:06:45Z"), TimeFrom::Date));
    for (entry, body, time, status) in [
        (entry(text, ""), Some(&b"{}"[..]), started, None),
        (entry(encoded, dated), Some(b"{}"), by_date, Some(200)),
        (entry("", failed), None, started, None),
    ] {
        let file = format!(r#"{{"log":{{"entries":[{entry}]}}}}"#);
        for text in [&entry, &file, &format!("[{entry}]")] {
            let capture = read(text.as_bytes(), None).unwrap();
            assert_eq!(capture.path, "/meters");
            assert_eq!(header_of(&capture, "nonce"), Some("abc"));
            assert_eq!(capture.body.as_deref(), body, "{text}");
            assert_eq!((capture.time, capture.status), (time, status), "{text}");
        }
    }
}

#[test]
fn what_is_no_request_is_refused_and_no_value_is_quoted() {
    let cases = [
        "",
        "hello",
        "{}",
        r#"{"log":{}}"#,
        "> hello\n> \n",
        "POST /m HTTP/1.1\nSignature c259ed29\n\n",
        "POST /m HTTP/1.1\nA B: c259ed29\n\n",
    ];
    for text in cases {
        let error = read(text.as_bytes(), None).unwrap_err();
        assert!(!error.to_string().contains("c259"), "{error}");
    }
}

#[test]
fn a_path_is_taken_of_urls_and_targets() {
    let cases = [
        ("/meters", "/meters"),
        ("/meters?x=1", "/meters"),
        ("meters", "/meters"),
        ("https://a.example/b/meters?x#y", "/b/meters"),
        ("https://a.example", "/"),
        ("/a b", "/a b"),
        ("", "/"),
    ];
    for (target, path) in cases {
        assert_eq!(path_of(target), path, "{target}");
    }
}
