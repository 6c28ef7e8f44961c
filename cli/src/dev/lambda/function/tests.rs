use super::*;
use crate::{dev::printer::Style, output::colour::Colour};
use aws_lambda_events::sqs::SqsMessage;
use http::StatusCode;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    fs::OpenOptions,
    sync::{Mutex as StdMutex, PoisonError},
    time::Duration,
};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// The most time that a test waits.
const LIMIT: Duration = Duration::from_secs(30);

type Script = dyn Fn(&str, &Value) -> Option<(u16, String)> + Send + Sync;

/// An emulator with scripted answers, by function and event; `None` means that no answer ever
/// comes.
struct Emulator {
    url: EmulatorUrl,
    invoked: Arc<StdMutex<Vec<String>>>,
    _serving: AbortOnDropHandle<()>,
}

impl Emulator {
    async fn start(
        script: impl Fn(&str, &Value) -> Option<(u16, String)> + Send + Sync + 'static,
    ) -> Emulator {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Emulator::serve(listener, Arc::new(script))
    }

    fn serve(listener: TcpListener, script: Arc<Script>) -> Emulator {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let invoked: Arc<StdMutex<Vec<String>>> = Arc::default();
        let known = Arc::clone(&invoked);
        let serving = async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (script, known) = (Arc::clone(&script), Arc::clone(&known));
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(&script, &known, request));
                    let connection = http1::Builder::new();
                    let _ = connection
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        };
        Emulator {
            url: url.parse().unwrap(),
            invoked,
            _serving: AbortOnDropHandle::new(tokio::spawn(serving)),
        }
    }

    /// The functions in the order in which they were invoked.
    fn invoked(&self) -> Vec<String> {
        let invoked = self.invoked.lock();
        invoked.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn answer(
    script: &Arc<Script>,
    known: &StdMutex<Vec<String>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    assert_eq!(request.method(), "POST");
    let path = request.uri().path().to_owned();
    let function = path
        .strip_prefix("/2015-03-31/functions/")
        .and_then(|rest| rest.strip_suffix("/invocations"))
        .unwrap();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let event = serde_json::from_slice(&body).unwrap();
    known.lock().unwrap().push(function.to_owned());
    let Some((status, body)) = script(function, &event) else {
        return std::future::pending().await;
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    Ok(response)
}

fn consumer(url: &EmulatorUrl) -> EmulatedFunction {
    let style = Style::Readable(Colour::Off);
    let null = OpenOptions::new().write(true).open("/dev/null").unwrap();
    let printer = Printer::start(null.into(), style, CancellationToken::new()).unwrap();
    EmulatedFunction::consumer(url, Arc::new(printer)).unwrap()
}

fn batch(ids: &[&str]) -> SqsEvent {
    let mut event = SqsEvent::default();
    for id in ids {
        let mut record = SqsMessage::default();
        record.message_id = Some((*id).to_owned());
        record.event_source_arn = Some("arn:aws:sqs:us-east-1:0:staging.fifo".to_owned());
        event.records.push(record);
    }
    event
}

fn soon() -> Instant {
    Instant::now() + LIMIT
}

fn failures(response: &SqsBatchResponse) -> Vec<&str> {
    let failures = response.batch_item_failures.iter();
    failures
        .map(|failure| failure.item_identifier.as_str())
        .collect()
}

#[tokio::test]
async fn a_batch_is_posted_as_lambda_hands_it_over_and_failures_come_back() {
    let emulator = Emulator::start(|function, event| {
        assert_eq!(function, "consumer");
        let records = event["Records"].as_array().unwrap();
        assert_eq!(
            records[0]["eventSourceARN"],
            "arn:aws:sqs:us-east-1:0:staging.fifo"
        );
        let last = &records.last().unwrap()["messageId"];
        Some((
            200,
            json!({"batchItemFailures": [{"itemIdentifier": last}]}).to_string(),
        ))
    })
    .await;
    let consumer = consumer(&emulator.url);
    let response = consumer.invoke(batch(&["a", "b"]), soon()).await.unwrap();
    assert_eq!(failures(&response), ["b"]);
}

#[test]
fn answers_mean_what_they_mean_to_aws() {
    let cases: [(&str, Result<Vec<&str>, ()>); 10] = [
        ("", Ok(vec![])),
        (" \n", Ok(vec![])),
        ("null", Ok(vec![])),
        ("{}", Ok(vec![])),
        (r#"{"batchItemFailures":null}"#, Ok(vec![])),
        (r#"{"batchItemFailures":[],"more":1}"#, Ok(vec![])),
        (
            r#"{"batchItemFailures":[{"itemIdentifier":"a"}]}"#,
            Ok(vec!["a"]),
        ),
        (
            r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
            Ok(vec![""]),
        ),
        (r#"{"batchItemFailures":7}"#, Err(())),
        ("no JSON", Err(())),
    ];
    for (body, expected) in cases {
        let response = read(body.as_bytes());
        let found = response.as_ref().map(failures).map_err(|_| ());
        assert_eq!(found, expected, "{body}");
    }
}

#[tokio::test]
async fn what_goes_wrong_fails_the_batch_and_the_function_is_asked_before_the_next() {
    let error = r#"{"errorType":"Runtime.ExitError","errorMessage":"it has ended"}"#;
    let cases = [
        (Some((500, error)), "it has ended", State::Answering),
        (Some((404, "{}")), "no function consumer", State::Unsure),
        (Some((503, "")), "503", State::Unsure),
        (None, "no answer within", State::Unsure),
    ];
    for (wrong, word, expected) in cases {
        let script = move |_: &str, event: &Value| {
            let is_batch = !event["Records"].as_array().is_some_and(Vec::is_empty);
            match (is_batch, event.get("Records")) {
                (true, Some(_)) => wrong.map(|(status, body)| (status, body.to_owned())),
                _ => Some((200, "{}".to_owned())),
            }
        };
        let emulator = Emulator::start(script).await;
        let consumer = consumer(&emulator.url);
        let state = consumer.state();
        assert_eq!(*state.borrow(), State::Starting);
        timeout(LIMIT, consumer.ready()).await.unwrap();
        assert_eq!(*state.borrow(), State::Answering);
        assert_eq!(emulator.invoked(), ["consumer", "verify", "push"]);

        let deadline = Instant::now() + Duration::from_millis(300);
        let failed = consumer.invoke(batch(&["a"]), deadline).await.unwrap_err();
        assert!(failed.to_string().contains(word), "{failed}");
        assert_eq!(*state.borrow(), expected, "{word}");

        timeout(LIMIT, consumer.ready()).await.unwrap();
        assert_eq!(*state.borrow(), State::Answering);
        let asked = emulator.invoked().split_off(4);
        match expected {
            State::Unsure => assert_eq!(asked, ["consumer"], "{word}"),
            _ => assert!(asked.is_empty(), "{word}: {asked:?}"),
        }
    }
}

#[tokio::test]
async fn an_emulator_that_comes_later_is_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let consumer = Arc::new(consumer(&format!("http://{address}").parse().unwrap()));
    let waiting = Arc::clone(&consumer);
    let ready = tokio::spawn(async move { waiting.ready().await });
    // Nothing listens there, so the function cannot be ready.
    let failed = consumer.invoke(batch(&["a"]), soon()).await.unwrap_err();
    assert!(failed.to_string().contains("refused"), "{failed}");
    assert!(!ready.is_finished());
    let listener = TcpListener::bind(address).await.unwrap();
    let emulator = Emulator::serve(
        listener,
        Arc::new(|_: &str, _: &Value| Some((200, String::new()))),
    );
    timeout(LIMIT, ready).await.unwrap().unwrap();
    assert_eq!(emulator.invoked(), ["consumer", "verify", "push"]);
}

#[tokio::test]
async fn one_of_many_that_wait_asks() {
    let emulator = Emulator::start(|_, _| Some((200, String::new()))).await;
    let consumer = Arc::new(consumer(&emulator.url));
    let waiting = (0..8).map(|_| {
        let consumer = Arc::clone(&consumer);
        tokio::spawn(async move { consumer.ready().await })
    });
    for waiting in waiting.collect::<Vec<_>>() {
        timeout(LIMIT, waiting).await.unwrap().unwrap();
    }
    assert_eq!(emulator.invoked(), ["consumer", "verify", "push"]);
}
