//! The receivers in `examples`, at a queue that `thingrelay dev` forwards to.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::deadline::within;
use thingrelay_tests::forwarding::push_interleaved;
use thingrelay_tests::platform::Platform;
use thingrelay_tests::process::Launch;
use thingrelay_tests::template::{PYTHON, root};
use tokio::process::Command;

use crate::{endpoint, queues};

const LIMIT: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn the_receiver_in_python_handles_each_event_once_and_each_device_in_order() {
    let python = env::var(PYTHON).unwrap();
    handles_once_and_in_order(&python, "receiving.py", &root().join("examples")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receiver_in_node_handles_each_event_once_and_each_device_in_order() {
    let directory = env::var("THINGRELAY_RECEIVER").unwrap();
    handles_once_and_in_order("node", "receiving.mjs", Path::new(&directory)).await;
}

/// Runs the program `script`, which takes the receiver from `directory`.
async fn handles_once_and_in_order(interpreter: &str, script: &str, directory: &Path) {
    let (devices, each) = (3, 5);
    let url = queues().create_fifo("received").await;
    let relay = Launch::new()
        .config(&Config::with_target(&url).file())
        .start()
        .await;
    let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
    push_interleaved(&platform, devices, 0, each).await;
    let total = devices * usize::try_from(each).unwrap();
    let running = Command::new(interpreter)
        .arg(root().join("tests/src").join(script))
        .arg(directory)
        .args([url.as_str(), &total.to_string()])
        .args(["device-0:1", "device-0:2", "device-2:0"])
        .env("AWS_ENDPOINT_URL", endpoint())
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_REGION", "us-east-1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env_remove("AWS_PROFILE")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let output = within(LIMIT, "the receiver", running).await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    assert_eq!(
        errors.matches(" comes again: on purpose").count(),
        3,
        "{errors}"
    );
    let mut handled: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    let printed = String::from_utf8(output.stdout).unwrap();
    for line in printed.lines() {
        let (device, count) = line.split_once(' ').unwrap();
        handled
            .entry(device)
            .or_default()
            .push(count.parse().unwrap());
    }
    assert_eq!(handled.len(), devices, "{printed}");
    for counts in handled.values() {
        assert_eq!(*counts, (0..each).collect::<Vec<_>>(), "{printed}");
    }
}
