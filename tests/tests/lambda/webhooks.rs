//! Webhooks: the function in the emulator sends the events of the first, `dev` those of the second.

use std::time::Duration;

use thingrelay_tests::config::Config;
use thingrelay_tests::forwarding::push_interleaved;
use thingrelay_tests::webhook::{Receiver, SECRET, assert_in_order, target};

use crate::setting::Setting;

const LIMIT: Duration = Duration::from_secs(120);
const DEVICES: usize = 6;
const EACH: u64 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn each_webhook_gets_each_event_once_and_in_order() {
    let program = env!("CARGO_BIN_EXE_webhook-receiver");
    let receivers = [Receiver::rust(program).await, Receiver::rust(program).await];
    let [crm, shop] = receivers.each_ref().map(|one| target(one.address, ""));
    let shop = shop.replace("[targets.crm]", "[targets.shop]");
    let config = Config::with_targets(&format!("{crm}{shop}"));
    let setting = Setting::new();
    let launch = setting.launch().config(&config.file());
    let (emulator, mut relay) = setting.start(launch).await;

    push_interleaved(&setting.meters(), DEVICES, 0, EACH).await;
    let total = DEVICES * usize::try_from(EACH).unwrap();
    for receiver in &receivers {
        let handled = receiver.handled_until(total, LIMIT).await;
        assert_in_order(&handled, DEVICES, EACH);
    }
    relay.events_until(total, LIMIT).await;

    relay.process.signal("TERM").await;
    let (status, written) = relay.process.ended(LIMIT).await;
    assert_eq!(status.code(), Some(0), "{:#?}", written.stderr);
    let log = emulator.log();
    let is_started = |line: &str| line.contains("starting lambda") && line.contains("webhook");
    assert!(log.lines().any(is_started), "{log}");
    assert!(!log.contains(SECRET));
    for receiver in &receivers {
        assert_eq!(receiver.handled().len(), total);
    }
}
