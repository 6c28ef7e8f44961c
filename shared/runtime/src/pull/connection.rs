//! One connection, from its first message to its end.

use super::{
    shutdown::Shutdown,
    silence::SilenceTimer,
    staging::Staging,
    subscription::{Broker, Subscription, SubscriptionError},
};
use crate::ordered::Sender;
use futures::FutureExt;
use std::{pin::pin, time::Duration};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

/// Receives, stages and acknowledges until the pull ends.
///
/// # Errors
/// [`SubscriptionError`] if the connection is broken.
pub(super) async fn serve<B: Broker, S: Sender + Sync>(
    subscription: &mut B::Subscription,
    staging: &mut Staging<'_, B, S>,
    silence: &mut SilenceTimer,
    shutdown: &mut Shutdown<'_>,
) -> Result<(), SubscriptionError> {
    let tick = staging.limits().tick.max(Duration::from_millis(1));
    let mut ticks = interval_at(Instant::now() + tick, tick);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    silence.connected();
    while !shutdown.has_begun() {
        if subscription.has_lost() {
            staging.begin_to_sort_out();
        }
        staging.sort_out(|ack_token| subscription.is_current(ack_token));
        let ack_tokens = staging.take_ack_tokens();
        if !ack_tokens.is_empty() {
            let count = ack_tokens.len() as u64;
            attend(subscription.acknowledge(ack_tokens), staging, shutdown).await?;
            staging.tally.acknowledged += count;
            continue;
        }
        // Messages that have already arrived go into the calls that begin now, which wait for no
        // others.
        while staging.has_room_in_call() {
            match subscription.next().now_or_never() {
                Some(delivery) => {
                    staging.push(delivery?);
                    silence.heard();
                }
                None => break,
            }
        }
        staging.begin();
        let has_room = staging.has_room();
        tokio::select! {
            biased;
            () = shutdown.wait() => {}
            _ = ticks.tick() => {
                silence.tick(has_room, staging.source());
                attend(subscription.tick(), staging, shutdown).await?;
            }
            () = staging.progress() => {}
            delivery = subscription.next(), if has_room => {
                staging.push(delivery?);
                silence.heard();
            }
        }
    }
    Ok(())
}

/// Waits for work of the subscription while staging goes on.
async fn attend<B: Broker, S: Sender + Sync>(
    work: impl Future<Output = Result<(), SubscriptionError>>,
    staging: &mut Staging<'_, B, S>,
    shutdown: &mut Shutdown<'_>,
) -> Result<(), SubscriptionError> {
    let patience = staging.limits().answer;
    let mut work = pin!(work);
    let mut limit = pin!(sleep(patience));
    loop {
        staging.begin();
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = shutdown.wait() => break,
            () = &mut limit => {
                let seconds = patience.as_secs_f32();
                return Err(SubscriptionError(format!("the broker has accepted nothing for {seconds} s")));
            }
            () = staging.progress() => {}
        }
    }
    // Calls under way are awaited afterwards.
    tokio::select! {
        biased;
        done = &mut work => done,
        () = shutdown.wait_out() => Err(SubscriptionError("the time is up".to_owned())),
    }
}
