//! The end of a run.

use crate::{
    process::{Lines, Relay, command, curl},
    pushing::{TOKEN, config_without_reachable_target, send},
    shell::{are_there, run},
};
use std::{
    io::{BufRead, BufReader},
    process::ChildStdout,
    time::{Duration, Instant},
};

#[test]
fn a_reader_that_goes_ends_it_quietly() {
    if !are_there(&["curl"]) {
        return;
    }
    let mut child = command(&["--listen", "127.0.0.1:0"]).spawn().unwrap();
    let mut stdout: BufReader<ChildStdout> = BufReader::new(child.stdout.take().unwrap());
    let mut next = String::new();
    while !next.ends_with(" | sh\n") {
        next.clear();
        assert_ne!(
            stdout.read_line(&mut next).unwrap(),
            0,
            "no command printed"
        );
    }
    let (_, arguments) = next
        .trim_end_matches(" | sh\n")
        .split_once(" curl ")
        .unwrap();
    let push = curl(&arguments.split(' ').collect::<Vec<_>>());
    let mut relay = Relay {
        stdout: None,
        stderr: Lines::read(child.stderr.take().unwrap()),
        starting: Vec::new(),
        child,
    };
    relay.stderr.until(|line| line.starts_with("ready "));
    drop(stdout);
    run("sh", &push);
    assert_eq!(relay.ended(), Some(0));
    let told = relay.stderr.rest();
    assert!(told.is_empty(), "{told:#?}");
}

#[test]
fn a_second_signal_ends_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let config = config_without_reachable_target(directory.path());
    let (mut relay, url) = Relay::start(&["--json", "--config", &config]);
    send(&format!("{url}/meters"), TOKEN, &[]);
    let asked = Instant::now();
    relay.terminate();
    relay
        .stderr
        .until(|line| line.contains("left to forward: 1"));
    relay.terminate();
    assert_eq!(relay.ended(), Some(1));
    // After the first signal alone, the process would wait for 10 s.
    assert!(
        asked.elapsed() < Duration::from_secs(8),
        "{:?}",
        asked.elapsed()
    );
    let told = relay.stderr.rest();
    assert!(
        told.iter().any(|line| line.contains("are lost")),
        "{told:#?}"
    );
}
