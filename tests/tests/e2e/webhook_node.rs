//! The receiver of webhooks in Node.js.

use std::path::PathBuf;

use thingrelay_tests::webhook::Receiver;

use crate::webhook_examples::gets_each_event_once_and_in_order;

#[tokio::test(flavor = "multi_thread")]
async fn the_receiver_in_node_gets_each_event_once_and_in_order() {
    let directory = std::env::var_os("THINGRELAY_RECEIVER");
    let directory = directory.expect("THINGRELAY_RECEIVER is not set: run cargo xtask test e2e");
    let receiver = Receiver::node(&PathBuf::from(directory), "up").await;
    gets_each_event_once_and_in_order(&receiver).await;
}
