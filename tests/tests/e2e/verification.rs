//! `GET /{source}`: the check that a console makes when forwarding is switched on.

use thingrelay_tests::config::{
    CAMERAS_TOKEN, Config, HOMES_TOKEN, METERS_FORMER_TOKEN, METERS_TOKEN,
};
use thingrelay_tests::http::Connection;
use thingrelay_tests::platform::{Family, Platform, Triple};
use thingrelay_tests::process::{Launch, Relay};

async fn relay() -> (Relay, Config) {
    let config = Config::without_targets();
    let relay = Launch::new().config(&config.file()).start().await;
    (relay, config)
}

/// The request is that of the platform's page, line by line. Only the host, the path and the three
/// values that depend on the clock differ.
#[tokio::test]
async fn the_answer_is_the_echostr_and_nothing_else() {
    let (relay, _config) = relay().await;
    let mut connection = Connection::open(relay.address).await.unwrap();
    // The second answer starts directly after the last byte of the first answer.
    for nonce in ["testrance", "IkOaKMDalrAzUTxC"] {
        let now = Triple::now(METERS_TOKEN);
        let triple = Triple::sign(METERS_TOKEN, &now.timestamp, nonce);
        let request = format!(
            "GET /meters HTTP/1.1\r\n\
             Host: {}\r\n\
             User-Agent: Go-http-client/1.1\r\n\
             Content-Type: application/json\r\n\
             Echostr: UPWIAFASvDUFcTEE\r\n\
             Nonce: {nonce}\r\n\
             Signature: {}\r\n\
             Timestamp: {}\r\n\
             Accept-Encoding: gzip\r\n\
             \r\n",
            relay.address, triple.signature, triple.timestamp,
        );
        let answer = connection.exchange(request.as_bytes()).await.unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, b"UPWIAFASvDUFcTEE");
        assert_eq!(answer.header("content-length"), Some("16"));
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("content-encoding"), None);
    }
}

#[tokio::test]
async fn every_source_echoes_whatever_the_grammar_allows_under_both_header_families() {
    let (relay, _config) = relay().await;
    let visible: String = ('!'..='~').collect();
    let longest = "x".repeat(1024);
    let sources = [
        ("meters", METERS_TOKEN),
        ("meters", METERS_FORMER_TOKEN),
        ("homes", HOMES_TOKEN),
        ("cameras", CAMERAS_TOKEN),
    ];
    for (source, token) in sources {
        for family in [Family::Plain, Family::Prefixed] {
            let platform = Platform {
                family,
                ..Platform::new(relay.address, source, token)
            };
            for echostr in ["a", "\"quoted\"", "<script>", &visible, &longest] {
                let answer = platform.check(echostr).await.unwrap();
                let case = format!("{source} {family:?} {echostr}");
                assert_eq!(answer.status, 200, "{case}");
                assert_eq!(answer.body, echostr.as_bytes(), "{case}");
                assert_eq!(
                    answer.header("content-length"),
                    Some(echostr.len().to_string().as_str()),
                    "{case}"
                );
            }
        }
    }
}
