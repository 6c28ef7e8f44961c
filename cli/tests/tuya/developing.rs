//! `thingrelay dev --config` with a Tuya source.

use std::net::TcpListener;

use crate::{
    broker::{Broker, Deed, Part},
    process::Relay,
    source::{ACCESS_ID, ACCESS_KEY, config, report},
};

#[test]
fn a_tuya_source_is_pulled_and_its_events_are_shown() {
    let broker = Broker::start(|_, _| Part::Deliver(vec![report(1), report(2)]));
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path(), &broker.url(), "notices = true");
    let (mut relay, _) = Relay::start(&["--config", &config]);
    let guide = relay.stdout().until(|line| line.starts_with("Ctrl-C"));
    let expected = format!(
        "tuya  source house, pulled from {}: production persistent://{ACCESS_ID}/out/event, \
         subscription {ACCESS_ID}-sub, and notices persistent://{ACCESS_ID}/out/notice",
        broker.url()
    );
    assert!(guide.contains(&expected), "{guide:#?}");
    let guide = guide.concat();
    assert!(
        !guide.contains("push URL") && !guide.contains(ACCESS_KEY),
        "{guide}"
    );

    // Different devices do not wait for each other.
    let mut events: Vec<String> = Vec::new();
    while events.len() < 2 {
        let lines = relay
            .stdout()
            .until(|line| line.contains("device.properties"));
        events.extend(lines.into_iter().next_back());
    }
    let events = events.concat();
    for device in ["p1/dev1 ", "p1/dev2 "] {
        assert!(events.contains(device), "{events}");
    }
    broker.until(|deed| matches!(deed, Deed::Sent(_)));
    broker.until(|deed| matches!(deed, Deed::Sent(_)));

    relay.terminate();
    assert_eq!(relay.ended(), Some(0));
    let told = relay.stderr.rest();
    for words in [
        "connected",
        "counted accepted source=house: ",
        "counted forwarded source=house: ",
    ] {
        assert!(
            told.iter().any(|line| line.contains(words)),
            "{words}: {told:#?}"
        );
    }
    let unbalanced: Vec<&String> = told
        .iter()
        .filter(|line| line.contains("differs"))
        .collect();
    assert!(unbalanced.is_empty(), "{told:#?}");
}

#[test]
fn no_more_is_pulled_than_can_be_forwarded() {
    let reports = (1..=700).map(report).collect::<Vec<_>>();
    let broker = Broker::start(move |_, _| Part::Deliver(reports.clone()));
    let directory = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!(
        "[targets.events]\ntype = \"sqs\"\nqueue_url = \"http://{}/000000000000/events.fifo\"",
        closed.local_addr().unwrap()
    );
    drop(closed);
    let config = config(directory.path(), &broker.url(), &target);
    let (mut relay, _) = Relay::start(&["--json", "--config", &config]);
    for _ in 0..500 {
        broker.until(|deed| matches!(deed, Deed::Sent(_)));
    }
    relay.terminate();
    let left = relay
        .stderr
        .until(|line| line.contains("left to forward: "));
    relay.terminate();
    assert_eq!(relay.ended(), Some(1));
    let left = left.last().unwrap();
    let (_, left) = left.split_once("left to forward: ").unwrap();
    let left: usize = left.split(';').next().unwrap().parse().unwrap();
    // Calls that are under way when the queue is full still finish, with ten messages each.
    assert!((500..=580).contains(&left), "{left}");
}

#[test]
fn pushed_sources_are_served_beside_one_that_cannot_be_reached() {
    let directory = tempfile::tempdir().unwrap();
    let pushed =
        "[sources.meters]\nplatform = \"tencent-iot-hub\"\ntokens = [\"Zq7LmB2xT9vKc4RnW8sJd3Yh\"]";
    let config = config(directory.path(), "ws://127.0.0.1:1", pushed);
    let (mut relay, url) = Relay::start(&["--config", &config]);
    let guide = relay.stdout().until(|line| line.starts_with("Ctrl-C"));
    let meters = format!("  {url}/meters  tencent-iot-hub");
    assert!(guide.contains(&meters), "{guide:#?}");
    assert!(!guide.concat().contains("/house"), "{guide:#?}");
    relay
        .stderr
        .until(|line| line.contains("broker unreachable"));
    relay.terminate();
    assert_eq!(relay.ended(), Some(0));
}

#[test]
fn a_source_with_a_problem_is_not_pulled() {
    let directory = tempfile::tempdir().unwrap();
    let [house, shed] = [0; 2].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    let [of_house, of_shed] =
        [&house, &shed].map(|it| format!("ws://{}", it.local_addr().unwrap()));
    let broken = format!(
        "[sources.shed]\nplatform = \"tuya\"\naccess_id = \"relaytestid000000002\"\naccess_key = \"{ACCESS_KEY}\"\nurl = \"{of_shed}\"\nsignature = \"never\""
    );
    let config = config(directory.path(), &of_house, &broken);
    let (mut relay, _) = Relay::start(&["--json", "--config", &config]);
    drop(house.accept().unwrap());
    // The first connection is tried again, and the other is not tried at all.
    drop(house.accept().unwrap());
    relay.terminate();
    assert_eq!(relay.ended(), Some(0));
    shed.set_nonblocking(true).unwrap();
    let tried = shed.accept();
    assert!(tried.is_err(), "{tried:?}");
    let told = [relay.starting.concat(), relay.stderr.rest().concat()].concat();
    assert!(
        told.contains("out of use") && told.contains("shed"),
        "{told}"
    );
}
