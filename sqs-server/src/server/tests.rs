//! Conversations with a running server, byte for byte over a socket.

mod ended_receives;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::*;

/// Longer than anything here takes, so that a test that hangs fails.
const DEADLINE: Duration = Duration::from_secs(10);

/// The longest body that is read.
const MAXIMUM_BODY: usize = 8 * 1024 * 1024;

struct Answer {
    status: u16,
    head: String,
    body: Value,
}

async fn memory() -> Server {
    Server::start(Options::default()).await.unwrap()
}

fn request(action: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         X-Amz-Target: AmazonSQS.{action}\r\nContent-Type: application/x-amz-json-1.0\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

async fn call(server: &Server, action: &str, body: Value) -> Answer {
    ask(server, &request(action, &body)).await
}

async fn ask(server: &Server, request: &[u8]) -> Answer {
    timeout(DEADLINE, async {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_ascii_lowercase(),
            body: serde_json::from_str(body).unwrap(),
        }
    })
    .await
    .unwrap()
}

/// Creates a queue and returns its URL.
async fn create(server: &Server, name: &str, attributes: Value) -> String {
    let answer = call(
        server,
        "CreateQueue",
        json!({"QueueName": name, "Attributes": attributes}),
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["QueueUrl"].as_str().unwrap().to_owned()
}

async fn send(server: &Server, url: &str, group: &str, body: &str) -> Value {
    let answer = call(
        server,
        "SendMessage",
        json!({"QueueUrl": url, "MessageBody": body, "MessageGroupId": group}),
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

async fn receive(server: &Server, url: &str, wait: u32) -> Vec<Value> {
    let request = json!({
        "QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": wait,
        "MessageSystemAttributeNames": ["All"],
    });
    let answer = call(server, "ReceiveMessage", request).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let messages = answer.body["Messages"].as_array().cloned();
    messages.unwrap_or_default()
}

fn bodies(messages: &[Value]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message["Body"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_message_goes_through_a_fifo_queue() {
    let server = memory().await;
    let fifo = json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"});
    let url = create(&server, "a.fifo", fifo).await;
    assert_eq!(url, format!("{}/000000000000/a.fifo", server.endpoint()));
    let first = send(&server, &url, "g", "one").await;
    let again = send(&server, &url, "g", "one").await;
    assert_eq!(first["MessageId"], again["MessageId"]);
    assert_eq!(first["SequenceNumber"], again["SequenceNumber"]);
    assert_eq!(first["SequenceNumber"].as_str().unwrap().len(), 20);
    let monitor = server.monitor();
    assert_eq!(monitor.sent("a.fifo"), Some(2));
    assert_eq!(server.duplicates("a.fifo"), Some(1));
    send(&server, &url, "g", "two").await;
    let messages = receive(&server, &url, 0).await;
    assert_eq!(bodies(&messages), ["one", "two"]);
    assert_eq!(messages[0]["Attributes"]["MessageGroupId"], "g");
    assert_eq!(messages[0]["Attributes"]["ApproximateReceiveCount"], "1");
    send(&server, &url, "g", "three").await;
    assert!(receive(&server, &url, 0).await.is_empty());
    let depth = Depth {
        visible: 1,
        in_flight: 2,
        delayed: 0,
    };
    assert_eq!(server.depth("a.fifo"), Some(depth));
    let entries: Vec<Value> = messages
        .iter()
        .enumerate()
        .map(|(id, message)| json!({"Id": id.to_string(), "ReceiptHandle": message["ReceiptHandle"]}))
        .collect();
    let deleted = call(
        &server,
        "DeleteMessageBatch",
        json!({"QueueUrl": url, "Entries": entries}),
    )
    .await;
    assert_eq!(deleted.body["Successful"].as_array().unwrap().len(), 2);
    assert_eq!(bodies(&receive(&server, &url, 0).await), ["three"]);
}

#[tokio::test]
async fn errors_have_the_names_of_both_protocols() {
    let server = memory().await;
    let answer = call(
        &server,
        "SendMessage",
        json!({"QueueUrl": "http://x/0/absent"}),
    )
    .await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body["__type"], "com.amazonaws.sqs#QueueDoesNotExist");
    let header = "x-amzn-query-error: aws.simplequeueservice.nonexistentqueue;sender";
    assert!(answer.head.contains(header), "{}", answer.head);
}

#[tokio::test]
async fn a_waiting_receive_is_woken_by_a_send() {
    let server = memory().await;
    let url = create(&server, "q", json!({})).await;
    let began = Instant::now();
    let (messages, _) = tokio::join!(receive(&server, &url, 20), async {
        wait_for_waiting_receive(&server, "q").await;
        send(&server, &url, "g", "now").await
    });
    assert_eq!(bodies(&messages), ["now"]);
    assert!(began.elapsed() < DEADLINE);
}

#[tokio::test]
async fn a_test_moves_the_time_of_waits_timeouts_and_delays() {
    let clock = Clock::default();
    let options = Options {
        clock: clock.clone(),
        ..Options::default()
    };
    let server = Server::start(options).await.unwrap();
    let url = create(&server, "q", json!({"VisibilityTimeout": "43200"})).await;
    send(&server, &url, "g", "again").await;
    assert_eq!(bodies(&receive(&server, &url, 0).await), ["again"]);
    let hour = Duration::from_secs(3600);
    let (messages, ()) = tokio::join!(receive(&server, &url, 20), async {
        wait_for_waiting_receive(&server, "q").await;
        clock.advance(hour);
    });
    assert!(
        messages.is_empty(),
        "the wait is over, and eleven hours are left"
    );
    let (messages, ()) = tokio::join!(receive(&server, &url, 20), async {
        wait_for_waiting_receive(&server, "q").await;
        clock.advance(hour * 11);
    });
    assert_eq!(bodies(&messages), ["again"]);
    clock.advance(hour * 24 * 4);
    let expired = Lost {
        expired: 1,
        dropped: 0,
    };
    assert_eq!(server.monitor().lost("q"), Some(expired));
    assert_eq!(server.depth("q"), Some(Depth::default()));
}

/// The wall clock is set back and forward while the server runs.
#[tokio::test]
async fn the_wall_clock_decides_nothing() {
    let wall = Arc::new(std::sync::atomic::AtomicU64::new(1_800_000_000_000));
    let shown = Arc::clone(&wall);
    let clock = Clock::with_wall(move || shown.load(std::sync::atomic::Ordering::SeqCst));
    let options = Options {
        clock: clock.clone(),
        ..Options::default()
    };
    let server = Server::start(options).await.unwrap();
    let url = create(&server, "q", json!({"VisibilityTimeout": "30"})).await;
    for moved in [1_700_000_000_000, 1_900_000_000_000] {
        send(&server, &url, "g", "again").await;
        let first = receive(&server, &url, 0).await;
        assert_eq!(bodies(&first), ["again"], "not expired");
        wall.store(moved, std::sync::atomic::Ordering::SeqCst);
        assert!(receive(&server, &url, 0).await.is_empty());
        clock.advance(Duration::from_secs(30));
        let second = receive(&server, &url, 0).await;
        assert_eq!(bodies(&second), ["again"], "its timeout ended");
        let delete = json!({"QueueUrl": url, "ReceiptHandle": second[0]["ReceiptHandle"]});
        assert_eq!(call(&server, "DeleteMessage", delete).await.status, 200);
        send(&server, &url, "g", "now").await;
        let now = receive(&server, &url, 0).await;
        assert_eq!(now[0]["Attributes"]["SentTimestamp"], moved.to_string());
        let delete = json!({"QueueUrl": url, "ReceiptHandle": now[0]["ReceiptHandle"]});
        call(&server, "DeleteMessage", delete).await;
    }
}

#[tokio::test]
async fn a_receive_whose_client_is_gone_takes_nothing() {
    let server = memory().await;
    let url = create(&server, "q", json!({})).await;
    let mut gone = TcpStream::connect(server.address).await.unwrap();
    let wanted = json!({"QueueUrl": url, "WaitTimeSeconds": 20});
    gone.write_all(&request("ReceiveMessage", &wanted))
        .await
        .unwrap();
    wait_for_waiting_receive(&server, "q").await;
    drop(gone);
    eventually(|| server.monitor.broker.waiting("q") == 0).await;
    send(&server, &url, "g", "kept").await;
    assert_eq!(bodies(&receive(&server, &url, 0).await), ["kept"]);
}

/// A page that makes one of its own names point here cannot use a browser to read the queues.
#[tokio::test]
async fn a_foreign_host_is_refused() {
    let options = Options {
        hosts: vec!["host.docker.internal".to_owned()],
        ..Options::default()
    };
    let server = Server::start(options).await.unwrap();
    for (host, status) in [
        ("evil.example", 403),
        ("127.0.0.1.evil.example:9324", 403),
        ("127.0.0.1:9324", 200),
        ("host.docker.internal", 200),
    ] {
        let request = request("ListQueues", &json!({}));
        let request = String::from_utf8(request).unwrap();
        let request = request.replace("Host: localhost", &format!("Host: {host}"));
        let answer = ask(&server, request.as_bytes()).await;
        assert_eq!(answer.status, status, "{host}");
        if status == 403 {
            let said = answer.body["message"].as_str().unwrap();
            assert!(said.contains(host) && said.contains("localhost"), "{said}");
        }
    }
}

#[tokio::test]
async fn a_client_that_closes_its_writing_side_gets_its_answer() {
    let server = memory().await;
    let url = create(&server, "q", json!({})).await;
    let receive = json!({"QueueUrl": url, "WaitTimeSeconds": 20});
    for (action, body) in [("ListQueues", json!({})), ("ReceiveMessage", receive)] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(&request(action, &body)).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = String::new();
        let read = timeout(DEADLINE, stream.read_to_string(&mut answer)).await;
        read.unwrap().unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{action}: {answer}");
    }
}

async fn within(connections: usize, body_timeout: Duration) -> Server {
    let limits = Limits {
        connections,
        body_timeout,
    };
    Server::start_within(limits, Options::default())
        .await
        .unwrap()
}

#[tokio::test]
async fn idle_connections_give_way() {
    let server = within(3, BODY_TIMEOUT).await;
    let mut idle = Vec::new();
    for _ in 0..12 {
        idle.push(TcpStream::connect(server.address).await.unwrap());
    }
    assert_eq!(call(&server, "ListQueues", json!({})).await.status, 200);
    // A connection at work does not give way, and does not delay the others.
    let url = create(&server, "q", json!({})).await;
    let (messages, sent) = tokio::join!(receive(&server, &url, 20), async {
        wait_for_waiting_receive(&server, "q").await;
        for _ in 0..12 {
            idle.push(TcpStream::connect(server.address).await.unwrap());
        }
        send(&server, &url, "g", "now").await
    });
    assert_eq!(bodies(&messages), ["now"]);
    assert!(sent["MessageId"].is_string());
}

/// The head of a request whose body does not come.
const HALF_SENT: &[u8] = b"POST / HTTP/1.1\r\nHost: localhost\r\n\
    X-Amz-Target: AmazonSQS.ListQueues\r\nContent-Length: 9\r\n\r\n{";

#[tokio::test]
async fn a_body_that_does_not_come_closes_its_connection() {
    let server = within(3, Duration::from_millis(50)).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(HALF_SENT).await.unwrap();
    let closed = timeout(DEADLINE, stream.read_u8()).await.unwrap();
    assert!(closed.is_err());
}

#[tokio::test]
async fn requests_are_judged_before_their_bodies_come() {
    let server = memory().await;
    let long = MAXIMUM_BODY + 1;
    for (head, status) in [
        ("GET / HTTP/1.1\r\nHost: localhost".to_owned(), 405),
        ("POST / HTTP/1.1\r\nHost: localhost".to_owned(), 400),
        ("POST / HTTP/1.1\r\nHost: evil.example".to_owned(), 403),
        (
            format!(
                "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.ListQueues\r\n\
                 Content-Length: {long}"
            ),
            413,
        ),
    ] {
        let length = if head.contains("Length") {
            ""
        } else {
            "\r\nContent-Length: 9"
        };
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let request = format!("{head}{length}\r\n\r\n{{");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        let read = timeout(DEADLINE, stream.read_exact(&mut answer)).await;
        read.unwrap().unwrap();
        let expected = format!("HTTP/1.1 {status}");
        assert_eq!(String::from_utf8_lossy(&answer), expected, "{head}");
    }
}

#[tokio::test]
async fn a_request_has_one_host() {
    let server = memory().await;
    let own = "Host: localhost\r\n";
    for (version, hosts, status) in [
        ("1.1", own.to_owned(), 200),
        ("1.1", format!("{own}{own}"), 400),
        ("1.1", format!("{own}Host: evil.example\r\n"), 400),
        ("1.1", String::new(), 400),
        ("1.0", String::new(), 200),
        ("1.0", format!("{own}{own}"), 400),
    ] {
        let request = String::from_utf8(request("ListQueues", &json!({}))).unwrap();
        let request = request.replace("HTTP/1.1", &format!("HTTP/{version}"));
        let request = request.replace(own, &hosts);
        let answer = ask(&server, request.as_bytes()).await;
        assert_eq!(
            answer.status, status,
            "{version} {hosts:?}: {}",
            answer.body
        );
    }
}

#[tokio::test]
async fn half_sent_requests_do_not_delay_the_end() {
    let server = memory().await;
    let mut half_sent = Vec::new();
    for request in [HALF_SENT, &HALF_SENT[..20]] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        half_sent.push(stream);
    }
    // The answers come in the order of arrival, so the server has seen the other requests.
    call(&server, "ListQueues", json!({})).await;
    let began = Instant::now();
    server.stop().await;
    assert!(began.elapsed() < STOP_WAIT, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_bounded_queue_keeps_the_latest_and_counts_what_it_drops() {
    let server = memory().await;
    let monitor = server.monitor();
    monitor.bound(
        "q",
        Bound {
            messages: 3,
            bytes: 10,
        },
    );
    let url = create(&server, "q", json!({})).await;
    let dropped = |dropped| {
        Some(Lost {
            expired: 0,
            dropped,
        })
    };
    for body in ["1", "2", "3", "4"] {
        send(&server, &url, "g", body).await;
    }
    assert_eq!(server.monitor().lost("q"), dropped(1));
    send(&server, &url, "g", "nine byte").await;
    assert_eq!(bodies(&receive(&server, &url, 0).await), ["4", "nine byte"]);
    assert_eq!(server.monitor().lost("q"), dropped(3));
    // Messages in flight are not dropped.
    for body in ["5", "6"] {
        send(&server, &url, "g", body).await;
    }
    assert_eq!(server.depth("q").unwrap().in_flight, 2);
    assert_eq!(server.monitor().lost("q"), dropped(5));
}

#[tokio::test]
async fn a_group_behind_the_window_waits_for_a_deletion() {
    let options = Options {
        window: 3,
        ..Options::default()
    };
    let server = Server::start(options).await.unwrap();
    let fifo = json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"});
    let url = create(&server, "q.fifo", fifo).await;
    for body in ["1", "2", "3"] {
        send(&server, &url, "backlog", body).await;
    }
    let found = receive(&server, &url, 0).await;
    assert_eq!(bodies(&found), ["1", "2", "3"]);
    send(&server, &url, "other", "4").await;
    assert!(receive(&server, &url, 0).await.is_empty());
    let waiting = receive(&server, &url, 20);
    let delete = async {
        let receipt = found[0]["ReceiptHandle"].clone();
        let document = json!({"QueueUrl": url, "ReceiptHandle": receipt});
        call(&server, "DeleteMessage", document).await
    };
    // The deletion wakes the receive that waits.
    let (found, _) = tokio::join!(waiting, delete);
    assert_eq!(bodies(&found), ["4"]);
}

#[tokio::test]
async fn the_signals_of_queues_that_are_gone_are_forgotten() {
    let server = memory().await;
    for number in 0..20 {
        let url = create(&server, &format!("q{number}"), json!({})).await;
        let (messages, deleted) = tokio::join!(receive(&server, &url, 0), async {
            call(&server, "DeleteQueue", json!({"QueueUrl": url})).await
        });
        assert!(messages.is_empty());
        assert_eq!(deleted.status, 200);
    }
    assert_eq!(server.monitor.broker.signals(), 0);
}

#[tokio::test]
async fn stopping_answers_waiting_receives() {
    let server = memory().await;
    let url = create(&server, "q", json!({})).await;
    let address = server.address;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let wanted = json!({"QueueUrl": url, "WaitTimeSeconds": 20});
    stream
        .write_all(&request("ReceiveMessage", &wanted))
        .await
        .unwrap();
    wait_for_waiting_receive(&server, "q").await;
    timeout(DEADLINE, server.stop()).await.unwrap();
    let mut answer = String::new();
    timeout(DEADLINE, stream.read_to_string(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(TcpStream::connect(address).await.is_err());
}

async fn on_disk(directory: &std::path::Path) -> Server {
    let options = Options {
        data: Some(directory.to_owned()),
        ..Options::default()
    };
    Server::start(options).await.unwrap()
}

#[tokio::test]
async fn queues_keep_their_urls_when_the_server_starts_on_another_port() {
    let directory = tempfile::tempdir().unwrap();
    let first = on_disk(directory.path()).await;
    let url = create(&first, "q", json!({"VisibilityTimeout": "7"})).await;
    send(&first, &url, "g", "kept").await;
    first.stop().await;
    let second = on_disk(directory.path()).await;
    assert_eq!(bodies(&receive(&second, &url, 0).await), ["kept"]);
    let wanted = json!({"QueueUrl": url, "AttributeNames": ["VisibilityTimeout"]});
    let answer = call(&second, "GetQueueAttributes", wanted).await;
    assert_eq!(
        answer.body,
        json!({"Attributes": {"VisibilityTimeout": "7"}})
    );
}

/// A copy of a running server's file is what the end of its process would leave.
#[tokio::test]
async fn what_was_acknowledged_survives_the_end_of_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let server = Arc::new(on_disk(directory.path()).await);
    let fifo = json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"});
    let url = create(&server, "q.fifo", fifo).await;
    // Concurrent sends share transactions.
    let mut senders = tokio::task::JoinSet::new();
    for group in 0..8 {
        let (server, url) = (Arc::clone(&server), url.clone());
        senders.spawn(async move {
            for number in 0..5 {
                send(
                    &server,
                    &url,
                    &group.to_string(),
                    &format!("{group}-{number}"),
                )
                .await;
            }
        });
    }
    senders.join_all().await;
    let (server, url) = (&*server, url.as_str());
    let received = receive(server, url, 0).await;
    let gone = received[0]["Body"].as_str().unwrap().to_owned();
    let delete = json!({"QueueUrl": url, "ReceiptHandle": received[0]["ReceiptHandle"]});
    assert_eq!(call(server, "DeleteMessage", delete).await.status, 200);

    let image = tempfile::tempdir().unwrap();
    let file = "queues.redb";
    std::fs::copy(directory.path().join(file), image.path().join(file)).unwrap();
    let after = on_disk(image.path()).await;
    let mut found: Vec<String> = Vec::new();
    while let messages = receive(&after, url, 0).await
        && !messages.is_empty()
    {
        found.extend(bodies(&messages).into_iter().map(str::to_owned));
        for message in messages {
            let delete = json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]});
            assert_eq!(call(&after, "DeleteMessage", delete).await.status, 200);
        }
    }
    for group in 0..8 {
        let prefix = format!("{group}-");
        let of_group: Vec<&String> = found.iter().filter(|id| id.starts_with(&prefix)).collect();
        let expected: Vec<String> = (0..5)
            .map(|number| format!("{group}-{number}"))
            .filter(|id| *id != gone)
            .collect();
        assert_eq!(of_group, expected.iter().collect::<Vec<_>>());
    }
    send(&after, url, "0", "0-4").await;
    assert_eq!(after.duplicates("q.fifo"), Some(1), "its id is still known");
}

#[tokio::test]
async fn a_directory_in_use_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let server = on_disk(directory.path()).await;
    let options = Options {
        data: Some(directory.path().to_owned()),
        ..Options::default()
    };
    match Server::start(options.clone()).await {
        Err(StartError::DataLocked(path)) => assert!(path.starts_with(directory.path())),
        other => panic!("{other:?}"),
    }
    drop(server);
    Server::start(options).await.unwrap();
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let server = memory().await;
    let options = Options {
        listen: server.address,
        ..Options::default()
    };
    match Server::start(options).await {
        Err(StartError::AddressInUse(address)) => assert_eq!(address, server.address),
        other => panic!("{other:?}"),
    }
}

async fn wait_for_waiting_receive(server: &Server, name: &str) {
    eventually(|| server.monitor.broker.waiting(name) > 0).await;
}

async fn eventually(condition: impl Fn() -> bool) {
    timeout(DEADLINE, async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}
