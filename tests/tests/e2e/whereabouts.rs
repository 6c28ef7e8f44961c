//! The command `thingrelay explain --id`: it says where a message is, and takes no message away.

use std::fs;
use std::time::Duration;

use serde_json::Value;
use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::http::exchange;
use thingrelay_tests::message::report;
use thingrelay_tests::platform::{Family, Triple, unix_now};
use thingrelay_tests::process::{Launch, Relay};

use crate::tool::Tool;

/// Pushes this body, and returns the id of its message as `explain` tells it.
async fn push(relay: &Relay, tool: &Tool, config: &Config, body: &str) -> String {
    let headers = Triple::now(METERS_TOKEN).headers(Family::Plain);
    let request = format!(
        "POST /meters HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        relay.address,
        body.len(),
    );
    let answer = exchange(relay.address, request.as_bytes()).await.unwrap();
    assert_eq!(answer.status, 200);
    let call = config.file().with_file_name("call");
    fs::write(&call, request).unwrap();
    let told = tool.run(&["explain", "call", "--config"], "thingrelay.toml --json");
    let told: Value = serde_json::from_str(&told.await.succeeded().stdout).unwrap();
    told["message"]["id"].as_str().unwrap().to_owned()
}

async fn explain(tool: &Tool, id: &str, rest: &str) -> (Option<i32>, Value) {
    let told = tool.run(&["explain", "--json", "--id", id], rest).await;
    let json = serde_json::from_str(&told.stdout);
    let all = told.all();
    assert!(!all.contains(METERS_TOKEN), "{all}");
    (told.code, json.unwrap_or_else(|_| panic!("{all}")))
}

#[tokio::test]
async fn a_message_is_found_wherever_it_is_and_stays_there() {
    let config = Config::without_targets();
    let mut relay = Launch::new()
        .config(&config.file())
        .data(&config.data())
        .start()
        .await;
    let tool = Tool::new(&relay, config.file().parent().unwrap());
    let archive = "--archive data/archive --config thingrelay.toml";

    let body = String::from_utf8(report("meter-7", 1, unix_now(), 1)).unwrap();
    let forwarded = push(&relay, &tool, &config, &body).await;
    let events = relay.events_until(1, Duration::from_secs(20)).await;
    let event = events[0]["id"].as_str().unwrap();
    assert_eq!(event, format!("{forwarded}-0"));
    for id in [&*forwarded, event] {
        let (code, found) = explain(&tool, id, archive).await;
        assert_eq!(
            (code, &found["where"]),
            (Some(0), &"forwarded".into()),
            "{found}"
        );
        let fate = &found["sightings"][0]["fate"];
        assert_eq!(fate["events"][0]["event"], events[0], "{found}");
        assert_eq!(fate["events"][0]["targets"][0]["target"], "events");
    }

    let unreadable = push(&relay, &tool, &config, "power=41").await;
    let third = String::from_utf8(report("meter-7", 2, unix_now(), 2)).unwrap();
    push(&relay, &tool, &config, &third).await;
    // The third message is behind the second, which is in quarantine before.
    relay.events_until(2, Duration::from_secs(20)).await;
    for _ in 0..2 {
        let (code, found) = explain(&tool, &unreadable, archive).await;
        assert_eq!(
            (code, &found["where"]),
            (Some(0), &"quarantine".into()),
            "{found}"
        );
        let places = found["sightings"].as_array().unwrap().iter();
        let places: Vec<&str> = places.map(|it| it["place"].as_str().unwrap()).collect();
        assert_eq!(places, ["archive", "queue"], "{found}");
        assert_eq!(found["sightings"][1]["reason"], "not_json");
        assert_eq!(found["gaps"], serde_json::json!([]));
    }

    let told = tool.dead_letters("list", "").await.succeeded();
    assert!(
        told.stderr.contains("1 messages were taken"),
        "{}",
        told.all()
    );
    let (code, found) = explain(&tool, &unreadable, "").await;
    assert_eq!(
        (code, &found["where"]),
        (Some(0), &"journal".into()),
        "{found}"
    );

    let (code, found) = explain(&tool, &"0".repeat(64), archive).await;
    assert_eq!(
        (code, &found["where"]),
        (Some(1), &"unknown".into()),
        "{found}"
    );
    let told = tool.run(&["explain", "--id", &forwarded], archive).await;
    let told = told.succeeded().stdout;
    assert!(told.contains("where      forwarded"), "{told}");
    assert!(told.contains("target     events takes it"), "{told}");
}
