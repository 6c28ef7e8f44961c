//! The command `thingrelay account`: the sums of `dev --data`, with messages that are staged again.

use std::fs;
use std::time::Duration;

use serde_json::Value;
use thingrelay_tests::config::{Config, HOMES_TOKEN, METERS_TOKEN};
use thingrelay_tests::message::report;
use thingrelay_tests::platform::Platform;
use thingrelay_tests::process::Launch;

use crate::tool::Tool;

const LIMIT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn the_sums_are_even_after_a_redrive_and_a_replay_and_name_what_is_not() {
    let config = Config::without_targets();
    let mut relay = Launch::new()
        .config(&config.file())
        .data(&config.data())
        .start()
        .await;
    let tool = Tool::new(&relay, config.file().parent().unwrap());
    let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
    let bodies = [
        report("a", 1, 1, 1),
        report("a", 1, 1, 1),
        report("b", 1, 1, 1),
        b"power=41".to_vec(),
        report("c", 1, 1, 1),
    ];
    for body in &bodies {
        assert_eq!(platform.push(body).await.unwrap().status, 200);
    }
    let forger = Platform::new(relay.address, "meters", HOMES_TOKEN);
    assert_eq!(forger.push(&bodies[0]).await.unwrap().status, 401);
    relay.events_until(3, LIMIT).await;

    // What is not JSON comes back, and the archive gives three events again.
    let told = tool.dead_letters("redrive", "--yes --no-probe").await;
    assert!(told.stdout.contains("staged"), "{}", told.all());
    let replay = tool.run(&["replay"], "data/archive --yes --rate 1000/s");
    replay.await.succeeded();
    // What is staged is forwarded before the end.
    relay.process.signal("TERM").await;
    let (status, written) = relay.process.ended(LIMIT).await;
    assert!(status.success());
    let balance = written
        .stderr
        .iter()
        .find(|line| line.starts_with("balance accepted"));
    let expected = "balance accepted 5 + staged again 5 = duplicates 1 + forwarded 6 + quarantined 3 + dead 0 + under way 0";
    assert_eq!(balance.map(String::as_str), Some(expected));

    let told = tool.run(&["account", "--data"], "data").await.succeeded();
    let expected = "\
source meters: received 6 = rejected 1 + unavailable 0 + accepted 5
all sources: accepted 5 + staged again 5 + in progress before 0 = duplicates 1 + forwarded 6 + quarantined 3 + dead 0 + expired 0 + in progress 0
target events: matched 6 = delivered 6 + refused 0 + postponed 0
";
    assert_eq!(told.stdout, expected);
    let told = tool.run(&["account", "--data", "data"], "--to 2d --json");
    let told: Value = serde_json::from_str(&told.await.succeeded().stdout).unwrap();
    assert_eq!(told["even"], true);

    // A message vanishes from the counters.
    let ledger = config.data().join("counts.jsonl");
    let text = fs::read_to_string(&ledger).unwrap();
    let mut lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let counts = lines
        .iter_mut()
        .filter_map(|line| line["counts"].as_array_mut());
    let forwarded = counts.flatten().find(|count| count["name"] == "forwarded");
    let forwarded = forwarded.unwrap();
    forwarded["count"] = (forwarded["count"].as_u64().unwrap() - 1).into();
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(&ledger, text).unwrap();
    let told = tool.run(&["account", "--data"], "data").await;
    assert_eq!(told.code, Some(1), "{}", told.all());
    assert!(
        told.stdout.contains("UNEVEN: 1 are missing"),
        "{}",
        told.all()
    );
}
