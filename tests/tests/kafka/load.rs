//! One hundred thousand records that are waiting when an invocation begins.

use std::collections::BTreeSet;
use std::time::Duration;

use thingrelay_tests::kafka::Kafka;
use thingrelay_tests::staged::Staged;
use tokio::time::{Instant, sleep};

use crate::reports::assert_complete_and_in_order;
use crate::setting::{Setting, begin_to_pull};
use crate::sink::Sink;

/// The longest time without a staged message.
const STALL_LIMIT: Duration = Duration::from_secs(60);

/// The pause between two checks.
const PAUSE: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_records_are_drained_once() {
    const DEVICES: usize = 500;
    const EACH: u64 = 200;
    const ALL: usize = DEVICES * EACH as usize;
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 6).await;
    setting.produce(DEVICES, 0..EACH).await;
    let sink = Sink::start().await;
    let url = sink.url();
    let function = setting.functions_before("ckafka-pull", 1, &url).await;
    let window = begin_to_pull(&function);
    let (mut last, mut since) = (0, Instant::now());
    while sink.count() < ALL {
        if sink.count() > last {
            (last, since) = (sink.count(), Instant::now());
        }
        if since.elapsed() > STALL_LIMIT {
            window.abort();
            let _ = window.await;
            let log = function.end().await;
            panic!("{last} of {ALL} staged, and no more: {log:#?}");
        }
        sleep(PAUSE).await;
    }
    setting.until_committed().await;
    window.abort();
    let mut sent = sink.take();
    // A call whose answer came too late is made again, and the queue drops its messages.
    let mut seen = BTreeSet::new();
    sent.retain(|message| seen.insert(message.deduplication_id.clone()));
    let records: Vec<Staged> = sent.iter().map(Staged::parse).collect();
    assert_complete_and_in_order(&records, DEVICES, EACH);
}
