//! `thingrelay check` against correct and faulty endpoints.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    dead_code,
    unreachable_pub
)]

mod endpoint;

use endpoint::{
    Endpoint, Received, Reply, TOKEN, command, everything, raw, refuse, respond, right, stdout,
    thingrelay,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use std::{net::TcpListener, sync::Arc, thread, time::Duration};
use thingrelay_tests::searched::Searched;
use tokio_rustls::rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

const TEXT: &str = "text/plain; charset=utf-8";

/// An endpoint that is correct except for its answer to a correctly signed URL check.
fn echoing(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> String {
    but(move |request| {
        (request.method == "GET" && request.fault().is_none())
            .then(|| Reply::Raw(answer(request.header("echostr"))))
    })
}

/// An endpoint that gives the same answer to every request.
fn always(answer: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> String {
    but(move |_| Some(Reply::Raw(answer())))
}

/// An endpoint that is correct except for some requests.
fn but(answer: impl Fn(&Received) -> Option<Reply> + Send + Sync + 'static) -> String {
    Endpoint::start(move |request| answer(request).unwrap_or_else(|| right(request))).url
}

fn with_slash(url: String) -> String {
    url + "/"
}

fn prefixed(request: &Received) -> bool {
    request.headers.contains_key("x-tc-signature")
}

#[test]
fn a_right_endpoint_is_well_and_gets_no_message_unless_asked() {
    let endpoint = Endpoint::start(right);
    let output = thingrelay(&["check", "url", &endpoint.url, "--token", TOKEN]);
    assert!(output.status.success(), "{}", everything(&output));
    let report = stdout(&output);
    assert!(report.ends_with("No problems.\n"), "{report}");
    let expected = [
        "ok       connection: 127.0.0.1:",
        "ok       URL check: Signature, Timestamp, Nonce signed; the Echostr came back in ",
        "ok       URL check, X-Tc- headers: X-Tc-Signature, ",
        "ok       wrong signature: refused with 401 bad_signature",
        "ok       stale signature: refused with 401 stale",
        "ok       unsigned push: refused with 400 missing_header",
    ];
    for line in expected {
        assert!(report.contains(line), "{line}: {report}");
    }
    let received = endpoint.received();
    assert!(
        received
            .iter()
            .all(|request| request.method == "GET" || request.fault().is_some())
    );
    for request in received.iter().filter(|request| request.method == "GET") {
        assert_eq!(request.header("user-agent"), "Go-http-client/1.1");
        assert_eq!(request.header("content-type"), "application/json");
        assert_eq!(request.header("accept-encoding"), "gzip");
        assert!(!request.headers.contains_key("content-length"));
    }

    let output = command()
        .args(["check", "url", &endpoint.url, "--post"])
        .env("THINGRELAY_TOKEN", TOKEN)
        .searched()
        .unwrap();
    assert!(output.status.success(), "{}", everything(&output));
    assert!(stdout(&output).contains("ok       push: a message of the device thingrelay-check"));
    let received = endpoint.received();
    let pushed: Vec<&Received> = received
        .iter()
        .filter(|request| request.method == "POST" && request.fault().is_none())
        .collect();
    assert_eq!(pushed.len(), 1);
    assert_eq!(pushed[0].json()["devicename"], "thingrelay-check");
}

#[test]
fn a_wrong_answer_to_the_url_check_is_named() {
    let with = |prefix: &'static str, suffix: &'static str| {
        echoing(move |echo| respond(200, TEXT, &format!("{prefix}{echo}{suffix}")))
    };
    let cases: Vec<(String, &[&str])> = vec![
        (with("", "\n"), &["There is a newline after the Echostr."]),
        (with("", "\r\n"), &["There is a newline after the Echostr."]),
        (with("\"", "\""), &["The Echostr is in quotes."]),
        (
            with("\u{feff}", ""),
            &["There is a byte order mark before the Echostr."],
        ),
        (with(" ", ""), &["There is white space around the Echostr."]),
        (
            with("{\"echostr\":\"", "\"}"),
            &["The Echostr is wrapped in JSON."],
        ),
        (
            with("ok ", ""),
            &["The answer contains more than the Echostr: \"ok "],
        ),
        (
            echoing(|echo| respond(200, TEXT, &echo.to_lowercase())),
            &["another case"],
        ),
        (
            echoing(|echo| respond(200, TEXT, &echo[..8])),
            &["The Echostr was cut short."],
        ),
        (
            echoing(|_| respond(200, TEXT, "")),
            &["The body is empty instead of the Echostr."],
        ),
        (
            echoing(|_| respond(200, TEXT, "success")),
            &["came back: \"success\"."],
        ),
        (
            echoing(|_| respond(200, "text/html", "<!DOCTYPE html><p>Welcome")),
            &["A web page came back instead of the Echostr."],
        ),
        (
            echoing(|echo| respond(200, "application/json", echo)),
            &["The Content-Type is application/json."],
        ),
        (
            echoing(|echo| respond(200, "text/plain; charset=gbk", echo)),
            &["The Content-Type is text/plain; charset=gbk."],
        ),
        (
            echoing(|echo| raw(200, "Content-Length: 16\r\n", echo)),
            &["The answer has no Content-Type."],
        ),
        (
            echoing(|echo| {
                let head = "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n";
                raw(200, head, &format!("10\r\n{echo}\r\n0\r\n\r\n"))
            }),
            &["The answer has no Content-Length."],
        ),
        (
            echoing(|_| {
                let head =
                    "Content-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n";
                raw(200, head, "\u{1f}abc")
            }),
            &["The body is compressed (gzip)."],
        ),
        (
            echoing(|echo| respond(200, "application/json", &format!("\"{echo}\""))),
            &[
                "The Echostr is in quotes.",
                "The Content-Type is application/json.",
            ],
        ),
        (
            echoing(|echo| respond(204, TEXT, echo)),
            &["The status is 204 instead of 200."],
        ),
        (
            but(|request| {
                (request.method == "GET" && request.fault().is_none()).then(|| {
                    // The delay is the subject of the test.
                    thread::sleep(Duration::from_millis(1100));
                    right(request)
                })
            }),
            &[
                "The answer took 1",
                "The platform counts slow receivers as failed",
            ],
        ),
    ];
    for (url, expected) in cases {
        let output = thingrelay(&["check", "url", &url, "--token", TOKEN]);
        let report = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{expected:?}: {report}");
        for words in expected {
            assert!(report.contains(words), "{words}: {report}");
        }
        assert!(report.contains("\n         -> "), "{report}");
    }
}

#[test]
fn a_wrong_status_is_named_with_what_to_do() {
    let word = |status: u16, word: &'static str| {
        but(move |request| request.fault().is_none().then(|| refuse(status, word)))
    };
    let moved = "Location: https://push.example.org/new\r\nContent-Length: 0\r\n";
    let late = |head: &'static str| {
        always(move || {
            raw(
                401,
                &format!("{head}Content-Length: 17\r\n"),
                r#"{"error":"stale"}"#,
            )
        })
    };
    let cases: Vec<(String, &[&str])> = vec![
        (
            word(404, "unknown_source"),
            &[
                "refuses with 404 unknown_source",
                "no source \"meters\"",
                "add the source",
            ],
        ),
        (
            word(401, "bad_signature"),
            &["The token is not the one of the source \"meters\""],
        ),
        (
            late("Date: Tue, 08 Jun 2021 10:53:10 GMT\r\n"),
            &[
                "401 stale",
                "The clocks differ: the endpoint's is ",
                "s behind this machine's",
                "NTP",
            ],
        ),
        (
            late(""),
            &["401 stale", "compare this machine's with the endpoint's"],
        ),
        (
            word(400, "missing_header"),
            &["A proxy in front of the endpoint drops request headers"],
        ),
        (
            word(400, "malformed_header"),
            &["adds or changes request headers"],
        ),
        (
            word(503, "staging_unavailable"),
            &["cannot reach its staging queue"],
        ),
        (
            word(503, "misconfigured"),
            &["503 misconfigured", "source \"meters\" are wrong"],
        ),
        (
            word(500, "something_new"),
            &["500 something_new", "Look at the endpoint's log."],
        ),
        (
            always(move || raw(301, moved, "")),
            &[
                "redirects (status 301)",
                "if https://push.example.org/new is right, enter it",
            ],
        ),
        (
            always(|| respond(404, "application/json", r#"{"message":"Not Found"}"#)),
            &["The status is 404", "does not know the path /meters"],
        ),
        (
            with_slash(word(404, "unknown_source")),
            &["404 unknown_source", "Remove the slash at the end"],
        ),
        (
            word(404, "unknown_source").replace("/meters", "//meters"),
            &["404 unknown_source", "two slashes in a row"],
        ),
        (
            word(404, "unknown_source").replace("/meters", "/"),
            &["404 unknown_source", "names no source", "/meters."],
        ),
        (
            word(404, "unknown_source").replace("/meters", ""),
            &["404 unknown_source", "names no source", "/meters."],
        ),
        (
            always(|| respond(404, TEXT, "")).replace("/meters", "//meters"),
            &["The status is 404", "two slashes in a row"],
        ),
        (
            with_slash(always(|| {
                respond(404, "application/json", r#"{"message":"Not Found"}"#)
            })),
            &["The status is 404", "Remove the slash at the end"],
        ),
        (
            always(|| respond(502, "text/html", "<html>Bad Gateway")),
            &["A web page came back, with status 502."],
        ),
        (
            always(|| respond(502, "text/plain", "")),
            &["cannot reach the endpoint"],
        ),
        (
            always(|| respond(403, "text/plain", "")),
            &["forbids the request"],
        ),
        (
            always(|| respond(401, "text/plain", "")),
            &["The signature is not accepted"],
        ),
    ];
    for (url, expected) in cases {
        let output = thingrelay(&["check", "url", &url, "--token", TOKEN, "--post"]);
        let report = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{expected:?}: {report}");
        for words in expected {
            assert!(report.contains(words), "{words}: {report}");
        }
        assert!(
            report.ends_with("\n1 problem.\n"),
            "the same problem counts once: {report}"
        );
        assert!(report.contains("skipped  push: "), "{report}");
    }
}

#[test]
fn what_must_be_refused_and_is_not_is_named() {
    let echo = |request: &Received| Reply::Raw(respond(200, TEXT, request.header("echostr")));
    let accepting = move |word: &'static str| {
        but(move |request| {
            request
                .fault()
                .filter(|fault| fault.1 == word)
                .map(|_| echo(request))
        })
    };
    let refusing = |word: &'static str, status: u16| {
        but(move |request| {
            request
                .fault()
                .filter(|fault| fault.1 == word)
                .map(|_| Reply::Raw(respond(status, TEXT, "")))
        })
    };
    let cases: Vec<(String, &str)> = vec![
        (
            accepting("bad_signature"),
            "problem  wrong signature: A wrong signature is accepted.",
        ),
        (
            accepting("stale"),
            "problem  stale signature: A signature that is an hour old is accepted.",
        ),
        (
            accepting("missing_header"),
            "problem  unsigned push: A push without a signature is",
        ),
        (
            refusing("bad_signature", 500),
            "wrong signature: It is refused with 500, not with 401.",
        ),
        (
            refusing("missing_header", 404),
            "is refused with 404, not with 400 or 401 or 403.",
        ),
        (
            but(|request| prefixed(request).then(|| refuse(400, "missing_header"))),
            "problem  URL check, X-Tc- headers: The endpoint refuses with 400 missing_header.",
        ),
        (
            but(|request| {
                (request.method == "POST" && request.fault().is_none())
                    .then(|| refuse(503, "staging_unavailable"))
            }),
            "problem  push: The endpoint refuses with 503 staging_unavailable.",
        ),
        (
            but(|request| {
                request
                    .fault()
                    .filter(|fault| fault.1 == "bad_signature")
                    .map(|_| {
                        let head = "Date: Tue, 08 Jun 2021 10:53:10 GMT\r\nContent-Length: 0\r\n";
                        Reply::Raw(raw(401, head, ""))
                    })
            }),
            "problem  clock: The endpoint's clock is ",
        ),
    ];
    for (url, expected) in cases {
        let output = thingrelay(&["check", "url", &url, "--token", TOKEN, "--post"]);
        let report = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{expected}: {report}");
        assert!(report.contains(expected), "{expected}: {report}");
        assert!(report.ends_with("\n1 problem.\n"), "{report}");
    }
}

#[test]
fn an_endpoint_that_cannot_be_talked_to_is_named() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let plain = Endpoint::start(|_| Reply::HangUp).url;
    let cases: Vec<(String, &str)> = vec![
        (
            format!("http://127.0.0.1:{port}/meters"),
            "The connection was refused by 127.0.0.1:",
        ),
        (
            "http://no-such-host.invalid/meters".to_owned(),
            "cannot be resolved.",
        ),
        (
            plain.replace("http://", "https://"),
            "problem  connection: ",
        ),
        (plain, "The connection ended before an answer came."),
        (
            Endpoint::start(|_| Reply::Raw(b"SSH-2.0-x\r\n\r\n".to_vec())).url,
            "does not speak HTTP",
        ),
        (
            Endpoint::start(|_| Reply::Silence).url,
            "No answer came within 0.2 s.",
        ),
    ];
    for (url, expected) in cases {
        let output = thingrelay(&["check", "url", &url, "--token", TOKEN, "--timeout", "0.2"]);
        let report = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{expected}: {report}");
        assert!(report.contains(expected), "{expected}: {report}");
    }
}

#[test]
fn a_wrong_token_is_told_from_everything_else_and_no_token_is_shown() {
    let endpoint = Endpoint::start(right);
    let other = "Zq7LmB2xT9vKc4RnW8sJd3Yi";
    let output = thingrelay(&["check", "url", &endpoint.url, "--token", other]);
    assert_eq!(output.status.code(), Some(1));
    let shown = everything(&output);
    assert!(
        shown.contains("The token is not the one of the source \"meters\""),
        "{shown}"
    );
    assert!(!shown.contains(other), "{shown}");
    for header in ["echostr", "nonce"] {
        assert!(
            endpoint
                .received()
                .iter()
                .all(|request| !request.header(header).contains(other))
        );
    }
    let output = thingrelay(&["check", "url", &endpoint.url, "--token", ""]);
    assert_eq!(output.status.code(), Some(1));
    assert!(everything(&output).contains("the token is empty"));
}

#[test]
fn each_help_has_an_example() {
    let commands: [&[&str]; 11] = [
        &["dev"],
        &["pull", "tuya"],
        &["pull", "ckafka"],
        &["send"],
        &["send", "tencent"],
        &["send", "tuya"],
        &["send", "kafka"],
        &["check", "url"],
        &["check", "sources"],
        &["config", "check"],
        &["token"],
    ];
    for words in commands {
        let output = thingrelay(&[words, &["--help"]].concat());
        assert!(output.status.success(), "{words:?}");
        let help = stdout(&output);
        let example = format!("\n  thingrelay {}", words.join(" "));
        assert!(
            help.contains("Example") && help.contains(&example),
            "{help}"
        );
    }
}

#[test]
fn token_prints_as_many_as_asked_for() {
    let output = thingrelay(&["token", "--count", "3"]);
    assert!(output.status.success());
    let text = stdout(&output);
    let tokens: Vec<&str> = text.lines().collect();
    assert_eq!(tokens.len(), 3);
    assert!(tokens.iter().all(|token| token.len() == 32), "{text}");
    assert_ne!(tokens[0], tokens[1]);
}

#[test]
fn certificates_are_checked_as_the_platform_checks_them() {
    let directory = std::env::temp_dir().join(format!("thingrelay-check-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&authority_key).unwrap();
    let authority = Issuer::new(authority, authority_key);
    let trusted = directory.join("trusted.pem");
    std::fs::write(&trusted, root.pem()).unwrap();
    let other = directory.join("other.pem");
    let mut stranger = CertificateParams::new([]).unwrap();
    stranger
        .distinguished_name
        .push(DnType::CommonName, "another authority");
    stranger.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let stranger = stranger.self_signed(&KeyPair::generate().unwrap()).unwrap();
    std::fs::write(&other, stranger.pem()).unwrap();

    let named = |name: &str| CertificateParams::new([name.to_owned()]).unwrap();
    let mut expired = named("localhost");
    expired.not_after = date_time_ymd(2020, 1, 1);
    let mut early = named("localhost");
    early.not_before = date_time_ymd(4000, 1, 1);
    let cases = [
        (named("localhost"), &trusted, "No problems."),
        (
            named("localhost"),
            &other,
            "does not come from a publicly trusted authority.",
        ),
        (
            named("push.example.org"),
            &trusted,
            "The certificate is not for localhost.",
        ),
        (expired, &trusted, "The certificate has expired."),
        (early, &trusted, "The certificate is not valid yet."),
    ];
    for (certificate, authorities, expected) in cases {
        let key = KeyPair::generate().unwrap();
        let certificate = certificate.signed_by(&key, &authority).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let endpoint = Endpoint::start_tls(config, right);
        let run = |args: &[&str]| {
            command()
                .args(args)
                .env("SSL_CERT_FILE", authorities)
                .env_remove("SSL_CERT_DIR")
                .searched()
                .unwrap()
        };
        let output = run(&["check", "url", &endpoint.url, "--token", TOKEN, "--post"]);
        let is_right = expected == "No problems.";
        assert_eq!(output.status.success(), is_right, "{}", everything(&output));
        assert!(
            stdout(&output).contains(expected),
            "{expected}: {}",
            everything(&output)
        );

        let output = run(&[
            "send",
            "tencent",
            &endpoint.url,
            "--token",
            TOKEN,
            "--count",
            "5",
            "--no-retry",
        ]);
        assert_eq!(output.status.success(), is_right, "{}", everything(&output));
    }
    std::fs::remove_dir_all(&directory).unwrap();
}
