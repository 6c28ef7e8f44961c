//! The broker behaves like Tuya's.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use thingrelay_tests::deadline::within;
use thingrelay_tests::pulsar::socket::Socket;
use thingrelay_tests::pulsar::{Outgoing, Project, Pulsar, Topic};
use thingrelay_tests::tuya::Access;

const LIMIT: Duration = Duration::from_secs(30);

const PASSWORD: &str = "0123456789abcdef";

fn message(device: usize, count: usize) -> Outgoing {
    Outgoing {
        key: format!("device-{device}"),
        em: Some("aes_gcm"),
        payload: format!("{count}").into_bytes(),
    }
}

fn consumer(id: &str, topic: Topic) -> String {
    let name = topic.name();
    format!("consumer/persistent/{id}/out/{name}/{id}-sub?subscriptionType=Failover")
}

/// Receives `count` messages and acknowledges them. The caller keeps the connection until the
/// broker has received all acknowledgements: closing it would overtake the last of them.
async fn consume(pulsar: &Pulsar, id: &str, topic: Topic, count: usize) -> (Vec<Value>, Socket) {
    let credentials = [("username", id), ("password", PASSWORD)];
    let socket = Socket::connect(pulsar, &consumer(id, topic), &credentials).await;
    let mut socket = socket.expect("a consumer is let in");
    let mut frames = Vec::new();
    within(LIMIT, "messages", async {
        while frames.len() < count {
            let frame = socket.next().await;
            socket.feed(&json!({"messageId": frame["messageId"]})).await;
            socket.flush().await;
            frames.push(frame);
        }
    })
    .await;
    (frames, socket)
}

fn by_key(frames: &[Value]) -> BTreeMap<String, Vec<usize>> {
    let mut counts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for frame in frames {
        let key = frame["key"].as_str().expect("a key").to_owned();
        let payload = frame["payload"].as_str().expect("a payload");
        let payload = BASE64.decode(payload).expect("base64");
        let count = String::from_utf8(payload).expect("text").parse();
        counts
            .entry(key)
            .or_default()
            .push(count.expect("a number"));
    }
    counts
}

#[tokio::test]
async fn messages_come_with_their_key_and_properties_in_order_of_the_key() {
    let pulsar = Pulsar::shared().await;
    let id = Access::fresh().id;
    let project = Project::create(pulsar, &id, PASSWORD).await;
    for topic in Topic::ALL {
        let messages: Vec<Outgoing> = (0..200).map(|n| message(n % 20, n / 20)).collect();
        project.produce(topic, &messages).await;
        assert_eq!(project.backlog(topic).await.messages, 200);
        let (frames, socket) = consume(pulsar, &id, topic, 200).await;
        for frame in &frames {
            assert_eq!(frame["properties"]["em"], "aes_gcm", "{frame}");
            assert!(frame["publishTime"].is_string(), "{frame}");
        }
        let counts = by_key(&frames);
        assert_eq!(counts.len(), 20);
        for (device, found) in counts {
            assert_eq!(found, (0..10).collect::<Vec<_>>(), "{device}");
        }
        project.until_acknowledged(topic, LIMIT).await;
        drop(socket);
    }
}

#[tokio::test]
async fn only_the_right_pair_of_headers_is_let_in_and_only_to_its_own_topics() {
    let pulsar = Pulsar::shared().await;
    let (id, other) = (Access::fresh().id, Access::fresh().id);
    Project::create(pulsar, &id, PASSWORD).await;
    Project::create(pulsar, &other, PASSWORD).await;
    let path = consumer(&id, Topic::Event);
    let producer = format!("producer/persistent/{id}/out/event");
    type Headers<'a> = &'a [(&'static str, &'a str)];
    let cases: [(&str, Headers<'_>, u16); 6] = [
        (&path, &[], 401),
        (&path, &[("username", &id)], 401),
        (&path, &[("username", &id), ("password", "wrong")], 401),
        (
            &path,
            &[("username", "nobody"), ("password", PASSWORD)],
            401,
        ),
        (&path, &[("username", &other), ("password", PASSWORD)], 403),
        (&producer, &[("username", &id), ("password", PASSWORD)], 403),
    ];
    for (path, headers, expected) in cases {
        let refused = Socket::connect(pulsar, path, headers).await;
        assert_eq!(
            refused.expect_err("not let in"),
            expected,
            "{path} {headers:?}"
        );
    }
}
