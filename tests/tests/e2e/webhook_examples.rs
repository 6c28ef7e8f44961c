//! The receivers of webhooks in `examples`, behind `thingrelay dev`: each event once, in order per device, and nothing
//! that is not signed.

use std::time::Duration;

use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::forwarding::push_interleaved;
use thingrelay_tests::http::Connection;
use thingrelay_tests::platform::Platform;
use thingrelay_tests::process::{Launch, Relay};
use thingrelay_tests::webhook::{Receiver, assert_in_order, target};

pub(crate) const LIMIT: Duration = Duration::from_secs(120);
pub(crate) const DEVICES: usize = 5;
pub(crate) const EACH: u64 = 4;

/// `thingrelay dev` with a webhook that has pushed all events.
pub(crate) async fn pushed(receiver: &Receiver) -> Relay {
    let config = Config::with_targets(&target(receiver.address, ""));
    let relay = Launch::new().config(&config.file()).start().await;
    let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
    push_interleaved(&platform, DEVICES, 0, EACH).await;
    relay
}

pub(crate) fn total() -> usize {
    DEVICES * usize::try_from(EACH).unwrap()
}

/// A receiver gets what `dev` sends, and refuses what is not signed.
pub(crate) async fn gets_each_event_once_and_in_order(receiver: &Receiver) {
    let relay = pushed(receiver).await;
    let handled = receiver.handled_until(total(), LIMIT).await;
    assert_in_order(&handled, DEVICES, EACH);
    let mut connection = Connection::open(receiver.address).await.unwrap();
    let request = b"POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}";
    let answer = connection.exchange(request).await.unwrap();
    assert_eq!(answer.status, 401, "{answer:?}");
    assert_eq!(relay.events().len(), total());
}
