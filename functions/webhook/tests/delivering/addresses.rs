//! Addresses that must not be connected to.

use crate::{
    dns::Dns,
    receiver::{Played, Reply},
    world::{World, allowed, local},
};
use std::{net::Ipv4Addr, time::Duration};

const PUBLIC: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);
const PRIVATE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// Two receivers with one port: one at the address that stands for the public ones, which is
/// allowed, and one at a private address, which is not.
async fn receivers() -> (Played, Played) {
    let close = |status| Reply::Answer(status, vec![("connection", "close".to_owned())], b"");
    let public = Played::start(move |_| close(200)).await;
    let private = format!("{PRIVATE}:{}", public.address.port());
    let private = Played::at(&private, None, move |_| close(200)).await;
    (public, private)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_moves_to_a_private_address_is_not_followed_there() {
    let (public, private) = receivers().await;
    let answers = vec![
        vec![PUBLIC],
        vec![PRIVATE],
        vec![PRIVATE, PUBLIC],
        vec![],
        vec![PRIVATE],
    ];
    let dns = Dns::start(answers).await;
    let url = format!("http://crm.example.com:{}/", public.address.port());
    let world = World::with_resolver(&allowed(&url, ""), dns.resolver()).await;
    let counts = || {
        (
            dns.asked(),
            public.ids().len(),
            private.ids().len(),
            world.left(),
        )
    };
    world.send("meter-1", 0).await;
    world.poll_all().await;
    assert_eq!(counts(), (1, 1, 0, 0));
    world.send("meter-1", 1).await;
    world.poll_all().await;
    assert_eq!(counts(), (2, 1, 0, 1), "the second answer is private");
    world.advance(Duration::from_secs(60));
    world.poll_all().await;
    assert_eq!(counts(), (3, 2, 0, 0), "one of two addresses is allowed");
    world.send("meter-1", 2).await;
    for asked in 4..8 {
        world.poll_all().await;
        assert_eq!(counts(), (asked, 2, 0, 1));
        world.advance(Duration::from_secs(240));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_allowed_may_have_any_address() {
    let (public, private) = receivers().await;
    let dns = Dns::start(vec![vec![PRIVATE]]).await;
    let url = format!("http://crm.internal:{}/", public.address.port());
    let settings = local(&url, "allow_hosts = [\"CRM.internal\"]");
    let world = World::with_resolver(&settings, dns.resolver()).await;
    world.send("meter-1", 0).await;
    world.poll_all().await;
    assert_eq!(
        (public.ids().len(), private.ids().len(), world.left()),
        (0, 1, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_names_of_this_machine_are_not_connected_to() {
    let receiver = Played::start(|_| Reply::status(200)).await;
    let url = format!("http://localhost:{}/", receiver.address.port());
    let world = World::new(&local(&url, "")).await;
    world.send("meter-1", 0).await;
    world.poll_all().await;
    assert_eq!((receiver.ids().len(), world.left()), (0, 1));
}
