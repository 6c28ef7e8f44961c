//! How long the handler takes from the request to the answer, without the call of the queue. The
//! anchor is the time that `serde_json` takes to read the body into a `Value`.

#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use futures::executor::block_on;
use lambda_http::{Body, Request, RequestExt, http};
use push::{Push, Stage};
use serde_json::Value;
use std::{collections::HashMap, hint::black_box, sync::Arc};
use thingrelay::{clock::Clock, queue::SendError, settings::CurrentConfig};
use thingrelay_core::{
    config::EdgeConfig, message::Message, signature::sign, timestamp::Timestamp,
};

const CONFIG: &str = r#"
[sources.meters]
platform = "tencent-iot-explorer"
tokens = ["Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e", "u8Nf2XkPq6ZrB4vMw9CsEj7GyD3hTa5L"]
"#;
const TOKEN: &str = "Qm7RzT4nVb9KxW2sLc5HgJ8dFp3YtA6e";
const SECONDS: &str = "1795233600";
const NOW_MILLIS: i64 = 1_795_233_601_000;
const NONCE: &str = "HdwYqLmRtUxKvBne";

const HTTP_REPORT: &str = r#"{"devicename":"dev1","payload":{"clientToken":"QX7METERPN-38","method":"report","params":{"brightness":58,"color":2,"name":"dev001","power_switch":1},"timestamp":1795233600},"productid":"QX7METERPN","seq":10498444,"timestamp":1795233600,"topic":"$thing/up/property/QX7METERPN/dev1"}"#;

/// A queue that accepts every message at once.
struct Memory;

impl Stage for Memory {
    async fn stage(&self, message: &Message) -> Result<(), SendError> {
        black_box(message);
        Ok(())
    }
}

/// A queue envelope like the one on the platform's page: 541 bytes, with a payload of 250 bytes
/// before base64.
fn queue_envelope() -> String {
    let payload = "eyJh".repeat(84);
    let body = format!(
        r#"{{"MsgType":"Publish","Event":"","Topic":"$thing/up/property/QX7METERPN/dev1","Seq":31415,"PayloadLen":250,"ProductId":"QX7METERPN","DeviceName":"dev1","Payload":"{payload}","Time":"2026-11-21 12:00:00","Reason":""}}"#
    );
    assert!((530..=550).contains(&body.len()), "{} bytes", body.len());
    body
}

fn request(body: &str) -> Request {
    http::Request::post("https://example.com/meters")
        .header("host", "example.com")
        .header("user-agent", "Go-http-client/1.1")
        .header("content-type", "application/json")
        .header("content-length", body.len())
        .header("accept-encoding", "gzip")
        .header("timestamp", SECONDS)
        .header("nonce", NONCE)
        .header("signature", sign(TOKEN, SECONDS, NONCE))
        .body(Body::Text(body.to_owned()))
        .unwrap()
        .with_path_parameters(HashMap::from([(
            "source".to_owned(),
            vec!["meters".to_owned()],
        )]))
}

fn benches(criterion: &mut Criterion) {
    let config = EdgeConfig::parse(&[CONFIG]).unwrap();
    let clock = Clock::from_fn(|| Timestamp::from_unix_millis(NOW_MILLIS));
    let push = Push::new(Arc::new(CurrentConfig::new(config)), Memory, clock);
    for (name, body) in [
        ("http_report", HTTP_REPORT.to_owned()),
        ("queue_envelope", queue_envelope()),
    ] {
        let request = request(&body);
        let answer = block_on(push.handle(request.clone()));
        assert_eq!(answer.status(), 200, "{name}: {:?}", answer.body());
        let mut group = criterion.benchmark_group(format!("push_{name}"));
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function("anchor", |bencher| {
            bencher.iter(|| serde_json::from_str::<Value>(black_box(&body)).unwrap());
        });
        group.bench_function("handle", |bencher| {
            bencher.iter_batched(
                || request.clone(),
                |request| block_on(push.handle(request)),
                BatchSize::SmallInput,
            );
        });
        group.finish();
    }
}

criterion_group!(handling, benches);
criterion_main!(handling);
