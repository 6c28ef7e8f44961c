//! The start and the end of the process, and its output.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use sqs_server::{Options, Server};
use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::faulty::{Faulty, Mode};
use thingrelay_tests::forwarding::push_interleaved;
use thingrelay_tests::message::report;
use thingrelay_tests::order::assert_complete_and_in_order;
use thingrelay_tests::platform::{Platform, unix_now};
use thingrelay_tests::process::{Launch, Relay};
use thingrelay_tests::queue::{Queues, url_at};

/// The time that draining may take, and some time for a busy machine.
const END_LIMIT: Duration = Duration::from_secs(15);

fn meters(relay: &Relay) -> Platform {
    Platform::new(relay.address, "meters", METERS_TOKEN)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_to_end_forwards_what_was_acknowledged_and_ends_well() {
    for signal in ["TERM", "INT"] {
        let config = Config::without_targets();
        let relay = Launch::new().config(&config.file()).start().await;
        push_interleaved(&meters(&relay), 10, 0, 10).await;
        relay.process.signal(signal).await;
        let (status, written) = relay.process.ended(END_LIMIT).await;
        assert_eq!(
            status.code(),
            Some(0),
            "{signal}: {}",
            written.stderr.join("\n")
        );
        assert_complete_and_in_order(&written.events(), 10, 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_process_ends_at_once() {
    let relay = Launch::new().start().await;
    let start = Instant::now();
    relay.process.signal("TERM").await;
    let (status, written) = relay.process.ended(END_LIMIT).await;
    assert_eq!(status.code(), Some(0), "{}", written.stderr.join("\n"));
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    assert!(written.stdout.is_empty(), "{:?}", written.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_never_answers_delays_the_end_by_ten_seconds_at_most() {
    let server = Server::start(Options::default()).await.unwrap();
    let queues = Queues::at(&server.endpoint());
    let url = queues.create_fifo("events").await;
    let faulty = Faulty::start(queues.endpoint(), Mode::Silent, 1).await;
    let config = Config::with_target(&url_at(&faulty.endpoint(), &url));
    let relay = Launch::new().config(&config.file()).start().await;
    push_interleaved(&meters(&relay), 3, 0, 2).await;
    relay.process.signal("TERM").await;
    let (status, written) = relay.process.ended(END_LIMIT).await;
    assert_eq!(status.code(), Some(1), "{}", written.stderr.join("\n"));
    let told = written.stderr.join("\n");
    assert!(told.contains("are lost"), "{told}");
}

#[tokio::test]
async fn a_port_in_use_is_one_clear_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let config = Config::without_targets();
    for launch in [Launch::new(), Launch::new().config(&config.file())] {
        let process = launch.listen(address).spawn();
        let (status, written) = process.ended(END_LIMIT).await;
        assert!(!status.success());
        let [line] = written.stderr.as_slice() else {
            panic!("not one line: {:#?}", written.stderr);
        };
        assert!(line.contains(&address.to_string()), "{line}");
        assert!(line.contains("in use"), "{line}");
        assert!(written.stdout.is_empty(), "{:?}", written.stdout);
    }
}

#[tokio::test]
async fn standard_output_has_one_line_an_event_however_many_targets() {
    let server = Server::start(Options::default()).await.unwrap();
    let queues = Queues::at(&server.endpoint());
    let (fifo, standard) = (
        queues.create_fifo("a").await,
        queues.create_standard("b").await,
    );
    let config = Config::of(&format!(
        "[sources.meters]\nplatform = \"tencent-iot-hub\"\ntokens = [\"{METERS_TOKEN}\"]\n\
         [targets.first]\ntype = \"sqs\"\nqueue_url = \"{fifo}\"\n\
         [targets.second]\ntype = \"sqs\"\nqueue_url = \"{standard}\"\n"
    ));
    let relay = Launch::new().config(&config.file()).start().await;
    let platform = meters(&relay);
    platform.check("echo").await.unwrap();
    platform.push(b"no JSON").await.unwrap();
    for count in 0..3 {
        let answer = platform
            .push(&report("device-0", count, unix_now(), count))
            .await;
        assert_eq!(answer.unwrap().status, 200);
    }
    let limit = Duration::from_secs(20);
    assert_eq!(queues.receive(&fifo, 3, limit).await.len(), 3);
    assert_eq!(queues.receive(&standard, 3, limit).await.len(), 3);
    relay.process.signal("TERM").await;
    let (_, written) = relay.process.ended(END_LIMIT).await;
    assert_eq!(written.stdout.len(), 3, "{:#?}", written.stdout);
    assert_complete_and_in_order(&written.events(), 1, 3);
}
