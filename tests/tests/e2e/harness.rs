//! Tests of the harness itself: a proxy that lost nothing, or a check that missed errors, would let
//! every other test pass.

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::process::Command;
use std::time::Duration;

use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use serde_json::{Value, json};
use sqs_server::{Options, Server};
use thingrelay_tests::faulty::{Fault, Faulty, Mode};
use thingrelay_tests::order::{assert_complete_and_in_order, without_repeats};
use thingrelay_tests::platform::Triple;
use thingrelay_tests::process::program;
use thingrelay_tests::queue::{Queues, url_at};
use thingrelay_tests::searched::KEYS;

#[test]
fn the_published_signatures_come_out() {
    let vectors = [
        (
            "aaa",
            "1604458421",
            "IkOaKMDalrAzUTxC",
            "c259ed29ec13ba7c649fe0893007401a36e70453",
        ),
        (
            "aaaaa",
            "1623149590",
            "testrance",
            "abb6c316a8134596d825c5a1295bfa6f7657664d",
        ),
    ];
    for (token, timestamp, nonce, signature) in vectors {
        assert_eq!(Triple::sign(token, timestamp, nonce).signature, signature);
    }
}

#[tokio::test]
async fn a_flaky_proxy_fails_in_every_way_and_tells_the_truth() {
    let server = Server::start(Options::default()).await.unwrap();
    let queues = Queues::at(&server.endpoint());
    let url = queues.create_standard("numbers").await;
    let faulty = Faulty::start(queues.endpoint(), Mode::Flaky(0.6), 3).await;
    let through = Queues::at(&faulty.endpoint());
    let no_retries = aws_sdk_sqs::config::Builder::default().retry_config(RetryConfig::disabled());

    let (mut sent, mut failed) = (BTreeSet::new(), BTreeSet::new());
    for batch in 0..60 {
        let number = |entry: usize| (batch * 10 + entry).to_string();
        let entries = (0..10).map(|entry| {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(entry.to_string())
                .message_body(number(entry));
            entry.build().unwrap()
        });
        let answer = through
            .client()
            .send_message_batch()
            .queue_url(url_at(&faulty.endpoint(), &url))
            .set_entries(Some(entries.collect()))
            .customize()
            .config_override(no_retries.clone())
            .send()
            .await;
        // Without an answer, the result is unknown.
        if let Ok(answer) = answer {
            let of = |id: &str| number(id.parse().unwrap());
            sent.extend(answer.successful.iter().map(|entry| of(&entry.id)));
            failed.extend(answer.failed.iter().map(|entry| of(&entry.id)));
        }
    }
    for fault in [Fault::Refused, Fault::AnswerLost, Fault::PartOfBatch] {
        assert!(faulty.count(fault) > 0, "{fault:?}");
    }
    let received = queues.drain(&url).await;
    let arrived: BTreeSet<String> = received.into_iter().map(|message| message.body).collect();
    assert!(sent.is_subset(&arrived));
    assert!(failed.is_disjoint(&arrived));
    let untold = arrived.difference(&sent).count();
    assert_eq!(untold as u64, 10 * faulty.count(Fault::AnswerLost));
}

#[tokio::test]
async fn a_proxy_goes_down_and_silent_and_comes_back() {
    let server = Server::start(Options::default()).await.unwrap();
    let faulty = Faulty::start(&server.endpoint(), Mode::Up, 1).await;
    let queues = Queues::at(&faulty.endpoint());
    let list = async || {
        let limits = TimeoutConfig::builder()
            .operation_timeout(Duration::from_millis(500))
            .build();
        let settings = aws_sdk_sqs::config::Builder::default()
            .timeout_config(limits)
            .retry_config(RetryConfig::disabled());
        let call = queues.client().list_queues().customize();
        call.config_override(settings).send().await
    };
    assert!(list().await.is_ok());
    for mode in [Mode::Down, Mode::Silent] {
        faulty.set(mode);
        assert!(list().await.is_err(), "{mode:?}");
        faulty.set(Mode::Up);
        assert!(list().await.is_ok(), "after {mode:?}");
    }
}

fn event(device: &str, count: u64) -> Value {
    json!({
        "id": format!("{device}-{count}"),
        "data": {"device": {"name": device}, "properties": [{"value": count}]},
    })
}

#[test]
fn the_check_of_order_sees_loss_overtaking_and_repetition() {
    let good = [event("a", 0), event("b", 0), event("a", 1), event("b", 1)];
    assert_complete_and_in_order(&good, 2, 2);
    let lost = [event("a", 0), event("b", 0), event("a", 1)];
    let overtaken = [event("a", 1), event("b", 0), event("a", 0), event("b", 1)];
    let repeated = [
        event("a", 0),
        event("a", 0),
        event("b", 0),
        event("a", 1),
        event("b", 1),
    ];
    let device_lost = [event("a", 0), event("a", 1)];
    for bad in [&lost[..], &overtaken, &repeated, &device_lost] {
        assert!(catch_unwind(|| assert_complete_and_in_order(bad, 2, 2)).is_err());
    }
    assert_eq!(
        without_repeats(repeated.to_vec()),
        [event("a", 0), event("b", 0), event("a", 1), event("b", 1)]
    );
    let mut forged = event("a", 0);
    forged["data"]["device"]["name"] = "b".into();
    assert!(catch_unwind(|| without_repeats(vec![event("a", 0), forged])).is_err());
}

#[test]
fn the_keys_whose_values_are_searched_are_the_secrets_of_the_schema() {
    let output = Command::new(program("thingrelay"))
        .args(["config", "schema"])
        .output();
    let schema: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let tables = schema["$defs"].as_object().unwrap().values();
    let properties = tables.filter_map(|table| table["properties"].as_object());
    let secrets: BTreeSet<&str> = properties
        .flatten()
        .filter(|(_, property)| property["writeOnly"] == true)
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(secrets, BTreeSet::from(KEYS));
}
