//! Staging on the embedded queue server, with the functions' real programs.

use sqs_server::{Options, Server};
use thingrelay_tests::queue::Queues;
use thingrelay_tests::staging;

async fn queues() -> (Queues, Server) {
    let server = Server::start(Options::default()).await.unwrap();
    (Queues::at(&server.endpoint()), server)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_queue_loses_nothing() {
    let (queues, _server) = queues().await;
    staging::an_outage_of_the_queue_loses_nothing(&queues).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_message_is_staged_once() {
    let (queues, _server) = queues().await;
    staging::a_repeated_message_is_staged_once(&queues).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_bytes_can_be_staged() {
    let (queues, _server) = queues().await;
    staging::any_bytes_can_be_staged(&queues).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn order_survives_a_target_that_fails() {
    let (queues, _server) = queues().await;
    staging::order_survives_a_target_that_fails(&queues).await;
}
