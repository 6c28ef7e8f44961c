//! Produces records to a Kafka that stands in for CKafka.

use super::{
    args::Kafka,
    plan::Content,
    run::{Prepared, Run},
    tally::Summary,
};
use crate::{ckafka::Link, platform::ckafka::Recipe};
use anyhow::Context;
use std::io::{self, Write};

/// Produces the records.
///
/// # Errors
/// The run cannot begin.
pub(super) async fn send(args: &Kafka, run: &mut Run) -> anyhow::Result<Summary> {
    let recipe = Recipe::of(args.kind).context("CKafka gets no messages of this kind")?;
    let security = args.connection.security()?;
    let limit = args.messages.limit();
    let link = Link::open(&args.brokers.0, &security, &args.topic, limit)?;
    let content = || Content::Ckafka(recipe);
    let plan = match run.prepare(&args.messages, content).await? {
        Prepared::Plan(plan) => plan,
        Prepared::Ended(summary) => return Ok(summary),
    };
    let summary = run.play(&args.messages, plan, || link.clone()).await?;
    if let Some(trouble) = link.trouble() {
        // An error is ignored: without a reader, nothing can be reported.
        let _ = io::stderr().lock().write_all(trouble.as_bytes());
    }
    Ok(summary)
}
