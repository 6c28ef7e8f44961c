use super::*;
use crate::answering::{CONTENT, next_request};
use crate::ordered::Sender;
use aws_sdk_sqs::config::http::HttpResponse;
use aws_smithy_runtime_api::{
    client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
    client::orchestrator::HttpRequest,
    http::StatusCode,
};
use futures::future::join_all;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use thingrelay_core::message::Fifo;
use tokio::{
    io::{AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// How a server treats calls.
#[derive(Clone, Copy)]
enum Behaviour {
    /// Gives this answer, with the call's own body in the place of `{}`.
    Answer(u16, &'static str),
    /// Fails the first call, and accepts the later ones.
    Recovering,
    /// Accepts the connection and never answers.
    Silent,
    /// Sends the head of an answer and then a byte at a time.
    Trickle,
}

/// A server on this machine that treats every call alike, and the URL of its queue.
async fn queue(behaviour: Behaviour) -> QueueUrl {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    let calls = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let behaviour = match behaviour {
                Behaviour::Recovering if calls.fetch_add(1, Ordering::SeqCst) == 0 => {
                    Behaviour::Answer(503, "")
                }
                Behaviour::Recovering => Behaviour::Answer(200, ACCEPTED),
                other => other,
            };
            // A client that has given up ends the connection, and with it the task.
            tokio::spawn(async move { serve(stream, behaviour).await.unwrap_or_default() });
        }
    });
    QueueUrl::parse(&format!("http://{address}/0/staging.fifo")).expect("a queue")
}

async fn serve(stream: TcpStream, behaviour: Behaviour) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let Some((_, body)) = next_request(&mut stream).await? else {
        return Ok(());
    };
    let mut write = async |text: &str| stream.write_all(text.as_bytes()).await;
    match behaviour {
        Behaviour::Answer(status, answer) => {
            let answer = answer.replace("{}", &String::from_utf8_lossy(&body));
            let length = answer.len();
            write(&format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{answer}"
            ))
            .await
        }
        Behaviour::Silent | Behaviour::Recovering => std::future::pending().await,
        Behaviour::Trickle => {
            write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await?;
            loop {
                write(" ").await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

fn message() -> Message {
    Message {
        body: CONTENT.to_owned(),
        fifo: Some(Fifo {
            group: "g".to_owned(),
            deduplication: "d".to_owned(),
        }),
    }
}

/// The error as it is logged, which is short. Neither the error nor its causes show anything of the
/// message.
fn logged(error: &SendError) -> String {
    let text = error.to_string();
    assert!(text.len() < 600 && !text.contains('\n'), "{text}");
    let mut link: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = link {
        let text = format!("{error} {error:?}");
        assert!(!text.contains(CONTENT), "{text}");
        link = error.source();
    }
    text
}

const ACCEPTED: &str = r#"{"MessageId":"m","MD5OfMessageBody":"x"}"#;
const EMPTY_ID: &str = r#"{"MessageId":"","MD5OfMessageBody":"x"}"#;
const REFUSED: &str =
    r#"{"__type":"com.amazonaws.sqs#InvalidMessageContents","message":"power-of-meter-7"}"#;
const THROTTLED: &str =
    r#"{"__type":"com.amazonaws.sqs#RequestThrottled","message":"Rate\nexceeded"}"#;

#[tokio::test]
async fn only_an_answer_that_names_the_message_is_an_acceptance() {
    let url = queue(Behaviour::Answer(200, ACCEPTED)).await;
    let queue_of = Queue::open(&Aws::anywhere(), url, SendTimeout::Edge).await;
    assert_eq!(queue_of.send(&message()).await, Ok(()));
    for answer in ["", "{}", EMPTY_ID, "<html>{}</html>", "[]", "{}{}", "null"] {
        let url = queue(Behaviour::Answer(200, answer)).await;
        let queue = Queue::open(&Aws::anywhere(), url, SendTimeout::Edge).await;
        let one = queue.send(&message()).await.expect_err(answer);
        assert!(matches!(one, SendError::Transient(_)), "{answer} {one}");
        logged(&one);
        let batch = queue.send_batch(&[&message()]).await;
        let [Err(of_batch)] = batch.as_slice() else {
            panic!("{answer}: {batch:?}");
        };
        assert!(matches!(of_batch, SendError::Transient(_)), "{answer}");
        logged(of_batch);
        assert_eq!(Sender::send_batch(&queue, &[&message()]).await, batch);
    }
}

#[tokio::test]
async fn errors_say_what_is_wrong_and_nothing_of_the_message() {
    let cases = [
        (500, "<h1>{}</h1>", "status 500"),
        (503, "{}", "status 503"),
        (404, "no {}", "status 404"),
        (301, "", "status 301"),
        (400, THROTTLED, "RequestThrottled: Rate exceeded"),
        (400, REFUSED, "InvalidMessageContents"),
    ];
    for (status, answer, expected) in cases {
        let url = queue(Behaviour::Answer(status, answer)).await;
        let queue = Queue::open(&Aws::anywhere(), url, SendTimeout::Edge).await;
        let error = queue.send(&message()).await.expect_err(answer);
        assert!(logged(&error).contains(expected), "{answer}: {error}");
        let of_the_message = answer == REFUSED;
        assert_eq!(matches!(error, SendError::Permanent(_)), of_the_message);
        for result in queue.send_batch(&[&message()]).await {
            // The failure of a whole call is not the fault of one message.
            let error = result.expect_err(answer);
            assert!(matches!(error, SendError::Transient(_)), "{error:?}");
            logged(&error);
        }
    }
}

#[tokio::test]
async fn a_caller_at_the_edge_is_answered_within_three_seconds() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = nobody.local_addr().expect("a bound port");
    drop(nobody);
    let refused = QueueUrl::parse(&format!("http://{address}/0/staging.fifo")).expect("a queue");
    let urls = [
        refused,
        queue(Behaviour::Silent).await,
        queue(Behaviour::Trickle).await,
        queue(Behaviour::Answer(500, "")).await,
        queue(Behaviour::Answer(400, THROTTLED)).await,
    ];
    for url in urls {
        let queue = Queue::open(&Aws::anywhere(), url.clone(), SendTimeout::Edge).await;
        let start = Instant::now();
        let error = queue.send(&message()).await.expect_err("nobody accepts");
        assert!(start.elapsed() < Duration::from_millis(2900), "{url}");
        assert!(matches!(error, SendError::Transient(_)), "{error:?}");
        logged(&error);
    }
}

#[tokio::test]
async fn a_queue_that_is_down_takes_no_retries_from_another() {
    let down = Queue::open(
        &Aws::anywhere(),
        queue(Behaviour::Answer(503, "")).await,
        SendTimeout::Edge,
    )
    .await;
    let message = message();
    // Each uses up two retries, and together they use more than the SDK allows in a row.
    let sends = join_all((0..100).map(|_| down.send(&message))).await;
    assert!(sends.iter().all(Result::is_err));
    let recovering = Queue::open(
        &Aws::anywhere(),
        queue(Behaviour::Recovering).await,
        SendTimeout::Edge,
    )
    .await;
    assert_eq!(recovering.send(&message).await, Ok(()));
}

#[tokio::test]
async fn the_first_send_finds_a_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    let accepted = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&accepted);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve_kept_alive(stream));
        }
    });
    let url = QueueUrl::parse(&format!("http://{address}/000000000000/staging.fifo"));
    let queue = Queue::open(&Aws::anywhere(), url.expect("a URL"), SendTimeout::Edge).await;
    queue.connect().await;
    assert_eq!(accepted.load(Ordering::SeqCst), 1);
    assert_eq!(queue.send(&message()).await, Ok(()));
    assert_eq!(accepted.load(Ordering::SeqCst), 1, "the same connection");
}

/// Answers a GET with 404, as SQS does, and a POST with acceptance, on one connection.
async fn serve_kept_alive(stream: TcpStream) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some((first, _)) = next_request(&mut stream).await? {
        let (status, body) = if first.starts_with("GET / ") {
            ("404 Not Found", "<UnknownOperationException/>")
        } else {
            ("200 OK", ACCEPTED)
        };
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

#[tokio::test]
async fn connecting_ahead_holds_nothing_up_for_long() {
    let begun = Instant::now();
    let silent = Queue::open(
        &Aws::anywhere(),
        queue(Behaviour::Silent).await,
        SendTimeout::Edge,
    )
    .await;
    silent.connect().await;
    let trickle = queue(Behaviour::Trickle).await;
    Queue::open(&Aws::anywhere(), trickle, SendTimeout::Edge)
        .await
        .connect()
        .await;
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    let closed = QueueUrl::parse("http://127.0.0.1:9/0/q").expect("a URL");
    Queue::open(&Aws::anywhere(), closed, SendTimeout::Edge)
        .await
        .connect()
        .await;
}

/// Accepts every message, and notes its address.
#[derive(Debug, Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl HttpConnector for Notes {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.0.lock().unwrap().push(request.uri().to_owned());
        let ok = StatusCode::try_from(200).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(ok, ACCEPTED.into())))
    }
}

/// The URL decides the endpoint, whatever variant the environment asks for.
#[tokio::test]
async fn the_host_of_the_url_decides_and_not_the_environments_variants() {
    let hosts = [
        "sqs.eu-west-1.amazonaws.com",
        "sqs-fips.us-east-1.amazonaws.com",
        "sqs.eu-west-1.api.aws",
        "eu-west-1.queue.amazonaws.com",
        "vpce-0a1b-2c3d.sqs.eu-west-1.vpce.amazonaws.com",
    ];
    for host in hosts {
        let notes = Notes::default();
        let config = aws_config::SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(aws_sdk_sqs::config::SharedCredentialsProvider::new(
                Credentials::new("id", "key", None, None, "test"),
            ))
            .use_fips(true)
            .use_dual_stack(true)
            .build();
        let aws = Aws::through(SharedHttpConnector::new(notes.clone()), config);
        let url = QueueUrl::parse(&format!("https://{host}/123456789012/q")).unwrap();
        let queue = Queue::open(&aws, url, SendTimeout::Edge).await;
        assert_eq!(queue.send(&message()).await, Ok(()), "{host}");
        assert_eq!(*notes.0.lock().unwrap(), [format!("https://{host}/")]);
    }
}
