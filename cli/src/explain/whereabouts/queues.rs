//! Looks for a message on queues. What was looked at is visible again afterwards.
//!
//! The staging queue is only counted: a message that is looked at would hold up its device.

use super::{Place, Whereabouts};
use crate::{
    explain::args::Places,
    recovery::{kept::Kept, selection::Selection},
};
use anyhow::Context;
use std::{collections::HashMap, time::Duration};
use thingrelay::{
    aws::Aws,
    queue::{Queue, SendTimeout},
};
use tokio::time::Instant;

/// How long a message that is looked at is hidden if this process ends before it shows the message
/// again.
const HIDDEN: Duration = Duration::from_secs(60);
/// How long a queue is looked at. Well below the time above, so that no message comes twice.
const LIMIT: Duration = Duration::from_secs(30);

/// Looks at the queues.
///
/// # Errors
/// A queue does not answer, or refuses.
pub(super) async fn look(
    places: &Places,
    selection: &Selection,
    found: &mut Whereabouts<'_>,
) -> anyhow::Result<()> {
    let aws = Aws::anywhere();
    for url in places.queues() {
        let queue = Queue::open(&aws, url.clone(), SendTimeout::Background).await;
        let looked = look_at(&queue, selection, found).await;
        looked.with_context(|| format!("cannot look at {}", queue.url()))?;
        found.is_looked = true;
    }
    if let Some(url) = places.staging_queue() {
        let queue = Queue::open(&aws, url.clone(), SendTimeout::Background).await;
        let depth = queue.depth().await;
        let depth = depth.with_context(|| format!("cannot look at {}", queue.url()))?;
        found.staged = Some(depth.waiting + depth.in_flight);
    }
    Ok(())
}

async fn look_at(
    queue: &Queue,
    selection: &Selection,
    found: &mut Whereabouts<'_>,
) -> anyhow::Result<()> {
    let until = Instant::now() + LIMIT;
    let mut receipts: HashMap<String, String> = HashMap::new();
    let looked = async {
        while Instant::now() < until {
            let received = queue.receive(HIDDEN).await?;
            if received.is_empty() {
                break;
            }
            for message in received {
                receipts.insert(message.message_id, message.receipt);
                if !selection.may_take(&message.body) {
                    continue;
                }
                let kept = Kept {
                    origin: queue.url().to_string(),
                    group: message.group,
                    sequence: message.sequence,
                    sent: message.sent_millis,
                    attributes: message.attributes,
                    body: message.body,
                };
                let facts = kept.facts();
                if selection.takes(&facts) {
                    let place = Place::Queue(queue.url().to_string());
                    found.see(place, &kept, facts);
                }
            }
        }
        anyhow::Ok(())
    };
    let looked = looked.await;
    let depth = queue.depth().await;
    let receipts: Vec<_> = receipts
        .values()
        .map(|it| (it.as_str(), Duration::ZERO))
        .collect();
    queue.hide(&receipts).await.with_context(|| {
        format!(
            "messages that were looked at are hidden for {} s",
            HIDDEN.as_secs()
        )
    })?;
    looked?;
    let depth = depth?;
    let there = depth.waiting + depth.in_flight;
    let unseen = there.saturating_sub(receipts.len() as u64);
    if unseen > 0 {
        let name = queue.url().name();
        found.gaps.push(format!(
            "{unseen} of about {there} messages of {name} were not looked at: a queue shows ten of a group at most, and none that another receiver has"
        ));
    }
    Ok(())
}
