//! The function `webhook`, with a queue server, receivers and a DNS server over real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub
)]

mod addresses;
mod circuits;
mod dns;
mod giving_up;
mod order;
mod receiver;
mod requests;
mod retries;
mod table;
mod tls;
mod world;
