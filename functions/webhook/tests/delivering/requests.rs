//! What a receiver gets.

use crate::{
    receiver::{Arrived, Played, Reply},
    world::{PREVIOUS, SECRET, World, allowed, event},
};
use standardwebhooks::Webhook as Verifier;
use std::time::Duration;

fn verifies(secret: &str, request: &Arrived) -> bool {
    let verifier = Verifier::new(secret).unwrap();
    verifier.verify(&request.body, &request.headers).is_ok()
}

async fn one_request(rest: &str) -> Arrived {
    let receiver = Played::start(|_| Reply::status(204)).await;
    let world = World::new(&allowed(&receiver.url(), rest)).await;
    world.send("meter-7", 12).await;
    world.poll_all().await;
    let [request]: [Arrived; 1] = receiver.arrived().try_into().unwrap();
    request
}

#[tokio::test]
async fn an_event_is_the_body_and_is_signed() {
    let request = one_request("").await;
    assert_eq!(request.body, event("meter-7", 12));
    assert_eq!(request.id(), "meter-7-12");
    assert_eq!(request.path, "/events");
    let kind = "application/cloudevents+json; charset=utf-8";
    assert_eq!(request.header("content-type"), kind);
    assert!(verifies(SECRET, &request));
    assert!(!verifies(PREVIOUS, &request));
}

#[tokio::test]
async fn in_binary_mode_the_data_is_the_body_and_is_signed() {
    let receiver = Played::start(|_| Reply::status(204)).await;
    let world = World::new(&allowed(&receiver.url(), "content = \"binary\"")).await;
    let body = event("meter-7", 12).replace("P1/meter-7", "P1/\u{7535} 100%");
    world.send_body("meter-7", 12, body).await;
    world.poll_all().await;
    let [request]: [Arrived; 1] = receiver.arrived().try_into().unwrap();
    assert_eq!(&request.body[..], b"{\"number\":12}");
    assert!(verifies(SECRET, &request));
    let expected = [
        ("content-type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", "meter-7-12"),
        ("ce-source", "/tencent-iot-hub/meters"),
        ("ce-type", "io.thingrelay.device.properties.v1"),
        ("ce-subject", "P1/%E7%94%B5%20100%25"),
        ("ce-time", "2025-06-15T15:06:40Z"),
    ];
    for (name, value) in expected {
        assert_eq!(request.header(name), value, "{name}");
    }
    let attributes = request.headers.keys();
    let attributes = attributes.filter(|name| name.as_str().starts_with("ce-"));
    assert_eq!(attributes.count(), expected.len() - 1);
}

#[tokio::test]
async fn during_a_rotation_either_secret_verifies() {
    let receiver = Played::start(|_| Reply::status(204)).await;
    let settings = allowed(&receiver.url(), "");
    let two = format!("[\"{SECRET}\", \"{PREVIOUS}\"]");
    let world = World::new(&settings.replace(&format!("[\"{SECRET}\"]"), &two)).await;
    world.send("meter-7", 12).await;
    world.poll_all().await;
    let [request]: [Arrived; 1] = receiver.arrived().try_into().unwrap();
    assert!(verifies(SECRET, &request) && verifies(PREVIOUS, &request));
    assert_eq!(request.header("webhook-signature").split(' ').count(), 2);
}

#[tokio::test]
async fn connections_are_used_again() {
    let receiver = Played::start(|_| Reply::Answer(200, Vec::new(), b"thank you")).await;
    let world = World::new(&allowed(&receiver.url(), "")).await;
    for number in 0..20 {
        world.send("meter-7", number).await;
    }
    world.poll_all().await;
    let connections: Vec<usize> = receiver
        .arrived()
        .iter()
        .map(|one| one.connection)
        .collect();
    assert_eq!(connections, [0; 20]);
}

#[tokio::test]
async fn a_connection_that_was_unused_for_long_is_not_used_again() {
    let receiver = Played::start(|_| Reply::status(200)).await;
    let world = World::new(&allowed(&receiver.url(), "")).await;
    for (number, pause) in [0, 10, 30].into_iter().enumerate() {
        world.advance(Duration::from_secs(pause));
        world.send("meter-7", number).await;
        world.poll_all().await;
    }
    let arrived = receiver.arrived();
    let connections: Vec<usize> = arrived.iter().map(|one| one.connection).collect();
    assert_eq!(connections, [0, 0, 1]);
}
