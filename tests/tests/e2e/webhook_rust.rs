//! The receiver of webhooks in Rust.

use thingrelay_tests::webhook::Receiver;

use crate::webhook_examples::gets_each_event_once_and_in_order;

#[tokio::test(flavor = "multi_thread")]
async fn the_receiver_in_rust_gets_each_event_once_and_in_order() {
    let receiver = Receiver::rust(env!("CARGO_BIN_EXE_webhook-receiver")).await;
    gets_each_event_once_and_in_order(&receiver).await;
}
