//! From a signed push to a forwarded event, over real sockets.

use std::time::Duration;

use serde_json::{Value, json};
use thingrelay_tests::config::{
    CAMERAS_TOKEN, Config, HOMES_TOKEN, METERS_FORMER_TOKEN, METERS_TOKEN, PACKETS_TOKEN,
};
use thingrelay_tests::message::{
    PRODUCT, custom_push, http_envelope, queue_envelope, report, status_change,
};
use thingrelay_tests::platform::{Platform, unix_now};
use thingrelay_tests::process::{Launch, Relay};
use thingrelay_tests::queue::Queues;
use thingrelay_tests::schema::Schemas;

const LIMIT: Duration = Duration::from_secs(20);

async fn push(relay: &Relay, source: &str, body: &[u8]) {
    let token = match source {
        "meters" => METERS_TOKEN,
        "homes" => HOMES_TOKEN,
        "cameras" => CAMERAS_TOKEN,
        "packets" => PACKETS_TOKEN,
        _ => panic!("no source {source}"),
    };
    let platform = Platform::new(relay.address, source, token);
    let answer = platform.push(body).await.unwrap();
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    assert_eq!(answer.body, b"");
    assert_eq!(answer.header("content-length"), Some("0"));
}

/// A message and its expected events.
struct Case {
    source: &'static str,
    body: Vec<u8>,
    /// The types, without prefix and version, in order.
    types: &'static [&'static str],
    /// A part of the first event, by its JSON pointer.
    part: (&'static str, Value),
}

fn cases() -> Vec<Case> {
    let on = |device: &str, topic: &str, payload: Value| {
        http_envelope(
            device,
            &topic.replace("PID", PRODUCT),
            7,
            1_700_000_000,
            &payload,
        )
    };
    let case = |source, body, types, pointer, value| Case {
        source,
        body,
        types,
        part: (pointer, value),
    };
    vec![
        case(
            "meters",
            on(
                "m1",
                "$thing/up/property/PID/m1",
                json!({"method": "report", "params": {"power": 1}}),
            ),
            &["device.properties"],
            "/data/properties/0/code",
            json!("power"),
        ),
        case(
            "homes",
            on(
                "m2",
                "$thing/up/event/PID/m2",
                json!({"method": "event_post", "eventId": "smoke", "type": "alert", "params": {"level": 3}}),
            ),
            &["device.event"],
            "/data/event/code",
            json!("smoke"),
        ),
        case(
            "homes",
            on(
                "m3",
                "$thing/up/action/PID/m3",
                json!({"method": "action_reply", "clientToken": "c", "code": 0, "status": "", "response": {"done": 1}}),
            ),
            &["device.action"],
            "/data/action/response/done",
            json!(1),
        ),
        case(
            "homes",
            on(
                "m4",
                "$thing/up/property/PID/m4",
                json!({"method": "report_info", "params": {"module": "wifi", "lat": "22.5"}}),
            ),
            &["device.info"],
            "/data/info/module",
            json!("wifi"),
        ),
        case(
            "cameras",
            on(
                "m5",
                "$ota/report/PID/m5",
                json!({"type": "report_progress", "report": {"progress": {"state": "downloading", "percent": "40", "result_code": "0"}, "version": "2.1"}}),
            ),
            &["device.firmware"],
            "/data/firmware/percent",
            json!(40),
        ),
        case(
            "homes",
            on(
                "gw",
                "$gateway/operation/PID/gw",
                json!({"type": "online", "payload": {"devices": [{"product_id": "SUB", "device_name": "s1"}, {"product_id": "SUB", "device_name": "s2"}]}}),
            ),
            &["device.online", "device.online"],
            "/subject",
            json!("SUB/s1"),
        ),
        case(
            "meters",
            on("m6", "PID/m6/data", json!([1, 2, 3])),
            &["device.message"],
            "/data/payload/1",
            json!(2),
        ),
        case(
            "packets",
            on("m7", "PID/m7/data", json!("AAEC/w==")),
            &["device.message"],
            "/data/payload_base64",
            json!("AAEC/w=="),
        ),
        case(
            "meters",
            queue_envelope(
                "m8",
                &format!("{PRODUCT}/m8/event"),
                3,
                "2023-11-15 06:13:20",
                b"plain text",
            ),
            &["device.message"],
            "/data/payload_text",
            json!("plain text"),
        ),
        // The source has the default offset, +08:00.
        case(
            "meters",
            status_change("m9", "Online", 4, "2023-11-15 06:13:20", ""),
            &["device.online"],
            "/time",
            json!("2023-11-14T22:13:20Z"),
        ),
        // The source has the offset +00:00.
        case(
            "cameras",
            status_change(
                "m10",
                "Offline",
                5,
                "2023-11-15 06:13:20",
                "REASON_DEVICE_DISCONNECT",
            ),
            &["device.offline"],
            "/time",
            json!("2023-11-15T06:13:20Z"),
        ),
        case(
            "homes",
            custom_push("m11", "6f1c", 1_700_000_000),
            &["alert"],
            "/data/alert/title",
            json!("Too warm"),
        ),
        case(
            "homes",
            br#"{"something": "else"}"#.to_vec(),
            &["message"],
            "/data/payload/something",
            json!("else"),
        ),
        case(
            "homes",
            b"17".to_vec(),
            &["message"],
            "/data/payload",
            json!(17),
        ),
    ]
}

#[tokio::test]
async fn each_kind_of_message_arrives_as_its_events() {
    let schemas = Schemas::read();
    let config = Config::without_targets();
    let mut relay = Launch::new().config(&config.file()).start().await;
    let mut total = 0;
    for case in cases() {
        push(&relay, case.source, &case.body).await;
        let events = relay.events_until(total + case.types.len(), LIMIT).await;
        let events = &events[total..];
        total += events.len();
        let shown = String::from_utf8_lossy(&case.body);
        let types: Vec<&str> = events
            .iter()
            .filter_map(|event| event["type"].as_str())
            .collect();
        let expected: Vec<String> = case
            .types
            .iter()
            .map(|name| format!("io.thingrelay.{name}.v1"))
            .collect();
        assert_eq!(types, expected, "{shown}");
        let (pointer, value) = &case.part;
        assert_eq!(
            events[0].pointer(pointer),
            Some(value),
            "{pointer} of {:#} for {shown}",
            events[0]
        );
        for (index, event) in events.iter().enumerate() {
            schemas.check(event);
            let source = event["source"].as_str().unwrap();
            assert!(source.ends_with(&format!("/{}", case.source)), "{source}");
            let id = event["id"].as_str().unwrap();
            assert!(id.ends_with(&format!("-{index}")), "{id}");
        }
    }
}

#[tokio::test]
async fn numbers_keep_every_digit() {
    let config = Config::without_targets();
    let mut relay = Launch::new().config(&config.file()).start().await;
    let numbers = [
        "9007199254740993",
        "123456789012345678901234567890",
        "0.10000000000000000555",
    ];
    for (index, number) in numbers.iter().enumerate() {
        let body = format!(
            r#"{{"devicename":"d","productid":"P","topic":"$thing/up/property/P/d","seq":{index},"timestamp":1700000000,"payload":{{"method":"report","params":{{"n":{number}}}}}}}"#
        );
        push(&relay, "meters", body.as_bytes()).await;
        let lines = relay.lines_until(index + 1, LIMIT).await;
        // The number occurs once among the properties and once in the payload.
        let found = lines[index].matches(number).count();
        assert_eq!(found, 2, "{number} in {}", lines[index]);
    }
}

#[tokio::test]
async fn what_cannot_be_understood_is_quarantined_with_its_reason() {
    let config = Config::without_targets();
    let mut relay = Launch::new().config(&config.file()).start().await;
    let bodies: [&[u8]; 6] = [
        b"no JSON",
        b"",
        b"\xff\xfe\x00 raw",
        b"{\"a\":\"\x01\"}\x0b\xef\xbf\xbf",
        b"{\"a\":1,}",
        b"\0",
    ];
    for body in bodies {
        push(&relay, "meters", body).await;
    }
    push(&relay, "meters", &report("d", 1, unix_now(), 1)).await;
    let events = relay.events_until(1, LIMIT).await;
    assert_eq!(events[0]["data"]["device"]["name"], "d");

    let queues = Queues::at(&relay.sqs);
    let quarantine = queues.find("quarantine").await;
    let records = queues.receive(&quarantine, bodies.len(), LIMIT).await;
    assert_eq!(records.len(), bodies.len());
    for record in &records {
        assert!(record.body.contains("not_json"), "{}", record.body);
        assert!(!record.body.contains(METERS_TOKEN), "{}", record.body);
    }
    assert_eq!(relay.events().len(), 1);
}

#[tokio::test]
async fn a_repeated_message_is_forwarded_once_and_a_new_one_with_the_same_payload_again() {
    let config = Config::without_targets();
    let mut relay = Launch::new().config(&config.file()).start().await;
    let now = unix_now();
    let first = report("d", 1, now, 5);
    let messages = [
        first.clone(),
        first.clone(),
        report("d", 2, now, 5),
        first,
        report("d", 2, now + 1, 5),
    ];
    for message in &messages {
        push(&relay, "meters", message).await;
    }
    push(&relay, "meters", &report("last", 1, now, 0)).await;
    // The last event is in another group, so it may come earlier: the test waits for all four.
    let events = relay.events_until(4, LIMIT).await;
    let mut ids: Vec<&str> = events
        .iter()
        .filter_map(|event| event["id"].as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    let of_device = events
        .iter()
        .filter(|event| event["subject"] == format!("{PRODUCT}/d"));
    assert_eq!(of_device.count(), 3);

    // The events queue holds the printed events, each once.
    let queues = Queues::at(&relay.sqs);
    let url = queues.find("events").await;
    let received = queues.receive(&url, 4, LIMIT).await;
    assert!(queues.drain(&url).await.is_empty());
    for message in &received {
        let event: Value = serde_json::from_str(&message.body).unwrap();
        assert!(events.contains(&event), "{event:#}");
        assert_eq!(message.deduplication_id, event["id"].as_str().unwrap());
    }
}

#[tokio::test]
async fn the_former_token_is_good_until_it_is_removed() {
    let config = Config::without_targets();
    let mut relay = Launch::new().config(&config.file()).start().await;
    let platform = Platform::new(relay.address, "meters", METERS_FORMER_TOKEN);
    let answer = platform.push(&report("d", 1, unix_now(), 1)).await.unwrap();
    assert_eq!(answer.status, 200);
    relay.events_until(1, LIMIT).await;
}
