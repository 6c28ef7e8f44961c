//! A source, a target, and messages for them.

use std::{
    net::TcpListener,
    process::{Command, Stdio},
};
use thingrelay_tests::searched::Searched;

pub(crate) const TOKEN: &str = "uY3bQ8sXk1Wn5Ze7Rf2Jc9Lt6Hv4Mp0A";

/// A configuration with the source `meters` and these lines.
pub(crate) fn config_of(directory: &std::path::Path, lines: &str) -> String {
    let path = directory.join("relay.toml");
    let text = format!(
        "[sources.meters]\nplatform = \"tencent-iot-hub\"\ntokens = [\"{TOKEN}\"]\n{lines}"
    );
    std::fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

/// A configuration with the source `meters` and an unreachable target.
pub(crate) fn config_without_reachable_target(directory: &std::path::Path) -> String {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = closed.local_addr().unwrap();
    let target = format!(
        "[targets.events]\ntype = \"sqs\"\nqueue_url = \"http://{address}/000000000000/events.fifo\"\n"
    );
    config_of(directory, &target)
}

/// Pushes as `thingrelay send` does; every message must be accepted.
pub(crate) fn send(url: &str, token: &str, arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_thingrelay"))
        .args(["send", "tencent", url, "--token", token])
        .args(arguments)
        .stdin(Stdio::null())
        .searched()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}
