//! Forwarding to an SQS target on the embedded queue server.

use sqs_server::{Options, Server};
use thingrelay_tests::forwarding;
use thingrelay_tests::queue::Queues;

async fn queues() -> (Queues, Server) {
    let server = Server::start(Options::default()).await.unwrap();
    (Queues::at(&server.endpoint()), server)
}

#[tokio::test(flavor = "multi_thread")]
async fn order_survives_a_target_that_fails() {
    let (queues, _server) = queues().await;
    forwarding::order_survives_a_target_that_fails(&queues).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_wait_for_a_target_that_is_down() {
    let (queues, _server) = queues().await;
    forwarding::events_wait_for_a_target_that_is_down(&queues).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standard_queue_is_a_target_too() {
    let (queues, _server) = queues().await;
    forwarding::a_standard_queue_is_a_target_too(&queues).await;
}
