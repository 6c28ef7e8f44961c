//! `thingrelay account --stack`, with metrics as the functions of a stack write them. Those over everything are left
//! out: the emulator takes a query without dimensions for one over all of them.

use std::time::Duration;

use rand::distr::{Alphanumeric, SampleString};
use serde_json::{Value, json};
use thingrelay_tests::platform::unix_now;
use thingrelay_tests::process::{Process, program};
use thingrelay_tests::template::{self, Job, MAIN};
use tokio::process::Command;

use crate::deployment::deployed;
use crate::endpoint;

const LIMIT: Duration = Duration::from_secs(60);

fn datum(name: &str, dimension: &str, value: &str, count: u64, at: u64) -> Value {
    json!({
        "MetricName": name,
        "Dimensions": [{"Name": dimension, "Value": value}],
        "Value": count,
        "Unit": "Count",
        "Timestamp": at,
    })
}

fn of_source(name: &str, source: &str, count: u64, at: u64) -> Value {
    datum(name, "Source", source, count, at)
}

fn of_target(name: &str, count: u64, at: u64) -> Value {
    datum(name, "Target", "events", count, at)
}

async fn put(stack: &str, data: Vec<Value>) {
    let namespace = format!("thingrelay/{stack}");
    let arguments = json!({"Namespace": namespace, "MetricData": data});
    let call =
        json!({"service": "cloudwatch", "operation": "put_metric_data", "arguments": arguments});
    let input = json!({"endpoint": endpoint(), "calls": [call]});
    let calling = tokio::task::spawn_blocking(move || template::script("call.py", &input));
    calling.await.unwrap();
}

async fn account(stacks: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(program("thingrelay"));
    command
        .args(["account", "--from", "1h"])
        .args(stacks.iter().flat_map(|stack| ["--stack", stack]))
        .env_clear()
        .env("AWS_ENDPOINT_URL", endpoint())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    let (status, written) = Process::start(command).ended(LIMIT).await;
    let text = |lines: &[String]| lines.join("\n");
    (
        status.code().unwrap(),
        text(&written.stdout),
        text(&written.stderr),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_of_stacks_are_added_up_over_a_period() {
    let name = Alphanumeric.sample_string(&mut rand::rng(), 8);
    let (main, pull) = (format!("counted-{name}"), format!("counted-{name}-tuya"));
    let now = unix_now();
    let (recent, earlier) = (now - 600, now - 3 * 3_600);
    let mut data = vec![datum("Rejected", "Reason", "stale", 2, recent)];
    for (name, count) in [
        ("Received", 10),
        ("Rejected", 2),
        ("Unavailable", 1),
        ("Accepted", 7),
        ("Forwarded", 5),
        ("Quarantined", 1),
    ] {
        data.push(of_source(name, "meters", count, recent));
        data.push(of_source(name, "meters", 100, earlier));
    }
    for (name, count) in [("Matched", 5), ("Delivered", 4), ("Postponed", 1)] {
        data.push(of_target(name, count, recent));
    }
    // More than a call asks for.
    let others = (0..500).map(|other| of_source("Events", &format!("s{other}"), 1, recent));
    put(&main, others.collect()).await;
    put(&main, data).await;
    let pulled = ["Received", "Accepted"].map(|name| of_source(name, "homes", 3, recent));
    put(&pull, pulled.to_vec()).await;

    // Without stacks, both are named. As stacks, the one belongs to the other.
    let (_, of_both, errors) = account(&[&main, &pull]).await;
    let tuya = Job::of("functions/tuya/template.yaml", &[("Stack", &main)]);
    deployed(vec![(&main, Job::of(MAIN, &[])), (&pull, tuya)]).await;
    let (code, told, _) = account(&[&main]).await;
    assert_eq!(told, of_both, "{errors}");
    let expected = "\
source homes: received 3 = rejected 0 + unavailable 0 + accepted 3
source meters: received 10 = rejected 2 + unavailable 1 + accepted 7
all sources: accepted 10 + replayed 0 = forwarded 5 + quarantined 1 + duplicates, dead or in progress 4
target events: matched 5 = delivered 4 + refused 0 + postponed 1";
    assert_eq!((code, told.as_str()), (0, expected), "{errors}");
    assert!(errors.contains("metrics of 20"), "{errors}");

    put(&main, vec![of_target("Delivered", 1, recent)]).await;
    let (code, told, _) = account(&[&main]).await;
    assert!(code == 1 && told.contains("UNEVEN: 1 too many"), "{told}");
    let (code, _, errors) = account(&["no-such-stack"]).await;
    let problem = "the namespace thingrelay/no-such-stack has no metrics in eu-west-1";
    assert!(code == 1 && errors.contains(problem), "{errors}");
}
