//! Reads a Kafka topic by the client of `ckafka-pull`, and does nothing with what it reads: how fast
//! pulling could be at most.
//!
//!     peer-reader BROKER TOPIC USER PASSWORD RECORDS
//!
//! Prints the microseconds from the first record to the last.

use std::env::args;
use std::io::{Write, stdout};
use std::time::Instant;

use anyhow::{Context, Result};
use rdkafka::ClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut words = args().skip(1);
    let mut word = || words.next().context("see the source for the arguments");
    let (broker, topic, user, password) = (word()?, word()?, word()?, word()?);
    let records: u32 = word()?.parse()?;
    // What is fetched ahead is as in `ckafka-pull`.
    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", broker)
        .set("security.protocol", "sasl_plaintext")
        .set("sasl.mechanism", "PLAIN")
        .set("sasl.username", user)
        .set("sasl.password", password)
        .set("group.id", format!("{topic}-reader"))
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("queued.max.messages.kbytes", "8192")
        .set("queued.min.messages", "2000")
        .set("fetch.message.max.bytes", "1048576")
        .set("fetch.wait.max.ms", "100")
        .set("fetch.queue.backoff.ms", "20")
        .create()?;
    consumer.subscribe(&[topic.as_str()])?;
    consumer.recv().await?;
    let first = Instant::now();
    for _ in 1..records {
        consumer.recv().await?;
    }
    writeln!(stdout(), "{}", first.elapsed().as_micros())?;
    Ok(())
}
