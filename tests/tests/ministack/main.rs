//! The tests of staging and forwarding against ministack, which is independent of the embedded
//! server, and the templates, deployed there. `THINGRELAY_MINISTACK` is its endpoint; `cargo xtask
//! test ministack` starts it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod accounting;
mod archive;
mod deployment;
mod operating;
mod publishing;
mod receiving;
mod stacks;

use std::env;

use thingrelay_tests::documents;
use thingrelay_tests::forwarding;
use thingrelay_tests::queue::Queues;
use thingrelay_tests::staging;

fn endpoint() -> String {
    let endpoint = env::var("THINGRELAY_MINISTACK")
        .expect("THINGRELAY_MINISTACK names a running ministack (cargo xtask test ministack)");
    endpoint.trim_end_matches('/').to_owned()
}

fn queues() -> Queues {
    Queues::at(&endpoint())
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_and_secrets_are_one_configuration() {
    documents::settings_and_secrets_are_one_configuration(&endpoint()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_without_documents_says_why() {
    documents::a_function_without_documents_says_why(&endpoint()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn order_survives_a_target_that_fails() {
    forwarding::order_survives_a_target_that_fails(&queues()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_wait_for_a_target_that_is_down() {
    forwarding::events_wait_for_a_target_that_is_down(&queues()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standard_queue_is_a_target_too() {
    forwarding::a_standard_queue_is_a_target_too(&queues()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_queue_loses_nothing() {
    staging::an_outage_of_the_queue_loses_nothing(&queues()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_message_is_staged_once() {
    staging::a_repeated_message_is_staged_once(&queues()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_bytes_can_be_staged() {
    staging::any_bytes_can_be_staged(&queues()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn order_survives_a_target_that_fails_behind_the_function() {
    staging::order_survives_a_target_that_fails(&queues()).await;
}
