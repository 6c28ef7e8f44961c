//! The real program of the function `verify` behind the HTTP API.

use serde_json::Value;
use thingrelay_tests::cloud::request;
use thingrelay_tests::config::{Config, HOMES_TOKEN, METERS_TOKEN};
use thingrelay_tests::lambda::Function;

#[tokio::test]
async fn the_echostr_comes_back_and_refusals_have_their_word() {
    let config = Config::without_targets();
    let file = config.file();
    let environment = [("THINGRELAY_CONFIG_FILE", file.to_str().unwrap())];
    let verify = Function::start("verify", &environment, 1).await;

    let echostr = [("echostr", "UPWIAFASvDUFcTEE")];
    let answer = request(&verify, "GET", "meters", &echostr, METERS_TOKEN, b"").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, "UPWIAFASvDUFcTEE")
    );
    let header = |name: &str| answer.headers.get(name).and_then(Value::as_str);
    assert_eq!(header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(header("x-content-type-options"), Some("nosniff"));

    let twice = [("echostr", "abc"), ("x-tc-nonce", "abc")];
    let refusals = [
        ("nobody", &echostr[..], METERS_TOKEN, 404, "unknown_source"),
        ("meters", &echostr, HOMES_TOKEN, 401, "bad_signature"),
        ("meters", &[], METERS_TOKEN, 400, "missing_echostr"),
        ("meters", &twice, METERS_TOKEN, 400, "mixed_headers"),
    ];
    for (source, headers, token, status, word) in refusals {
        let answer = request(&verify, "GET", source, headers, token, b"").await;
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(
            (answer.status, body["error"].as_str()),
            (status, Some(word))
        );
    }
}

#[tokio::test]
async fn a_weak_token_disables_its_source_and_no_other() {
    let config = Config::of(&format!(
        "[sources.meters]\nplatform = \"tencent-iot-hub\"\ntokens = [\"{METERS_TOKEN}\"]\n\
         [sources.doors]\nplatform = \"tencent-iot-hub\"\ntokens = [\"tooshort\"]\n"
    ));
    let file = config.file().to_string_lossy().into_owned();
    let verify = Function::start("verify", &[("THINGRELAY_CONFIG_FILE", &file)], 1).await;
    for (source, status) in [("meters", 200), ("doors", 503)] {
        let echostr = [("echostr", "abc")];
        let answer = request(&verify, "GET", source, &echostr, METERS_TOKEN, b"").await;
        assert_eq!(answer.status, status, "{source}: {answer:?}");
    }
    let lines = verify.end().await;
    let told = lines.iter().find(|line| line.contains("misconfigured"));
    let line: Value = serde_json::from_str(told.unwrap()).unwrap();
    assert_eq!(
        (&line["level"], &line["source"]),
        (&"ERROR".into(), &"doors".into())
    );
    let detail = line["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("sources.doors.tokens[0]: is shorter than 16"),
        "{detail}"
    );
    assert!(!lines.iter().any(|line| line.contains("tooshort")));
}
