//! One pull, from its first connection to its end.

use super::{
    connection::serve,
    limits::Limits,
    shutdown::Shutdown,
    silence::SilenceTimer,
    staging::Staging,
    subscription::{Broker, ConnectError, Subscription, SubscriptionError},
    summary::PullSummary,
};
use crate::{internal_event::InternalEvent, ordered::Sender};
use std::pin::pin;
use tokio::time::{Instant, sleep, timeout};

/// Receives, stages and acknowledges until `until` is done, and connects again whenever a
/// connection is lost.
///
/// Then nothing more is received, the calls under way get [`Limits::grace`], staged messages are
/// acknowledged, and the connection is closed. Messages that staging did not accept stay at the
/// broker.
pub async fn pull<B: Broker, S: Sender + Sync>(
    broker: &B,
    sender: &S,
    limits: &Limits,
    until: impl Future<Output = ()> + Send,
) -> PullSummary {
    let until = pin!(until);
    let mut shutdown = Shutdown::new(until, limits.grace);
    let mut staging = Staging::new(broker, sender, limits);
    let mut silence = SilenceTimer::new(limits);
    let mut failures = 0;
    loop {
        let connected = tokio::select! {
            biased;
            () = shutdown.wait() => break,
            connected = connect(broker, limits) => connected,
        };
        failures += 1;
        let pace = match connected {
            Ok(mut subscription) => {
                let (began, received) = (Instant::now(), staging.tally.received);
                staging.tally.connections += 1;
                let ended =
                    serve(&mut subscription, &mut staging, &mut silence, &mut shutdown).await;
                end(subscription, ended, &mut staging, &mut shutdown).await;
                if staging.tally.received > received || began.elapsed() >= limits.unreachable.max {
                    failures = 1;
                }
                limits.unreachable
            }
            Err(error) => {
                record(broker, &error);
                match error {
                    ConnectError::Refused(_) => limits.refused,
                    ConnectError::Missing(_) | ConnectError::Unreachable(_) => limits.unreachable,
                }
            }
        };
        let wait = pace.wait(failures, &mut staging.jitter);
        tokio::select! {
            biased;
            () = shutdown.wait() => break,
            () = sleep(wait) => {}
        }
    }
    PullSummary {
        silent_for: silence.so_far(),
        ..staging.tally
    }
}

async fn connect<B: Broker>(broker: &B, limits: &Limits) -> Result<B::Subscription, ConnectError> {
    match timeout(limits.connect, broker.connect()).await {
        Ok(connected) => connected,
        Err(_) => Err(ConnectError::Unreachable(format!(
            "no connection within {} s",
            limits.connect.as_secs_f32()
        ))),
    }
}

fn record(broker: &impl Broker, error: &ConnectError) {
    let source = broker.source();
    match error {
        ConnectError::Refused(detail) => InternalEvent::Refused { source, detail },
        ConnectError::Missing(detail) | ConnectError::Unreachable(detail) => {
            InternalEvent::Unreachable { source, detail }
        }
    }
    .emit();
}

/// Ends a connection after its last message. When this returns, no call is under way and no message
/// is held.
async fn end<B: Broker, S: Sender + Sync>(
    mut subscription: B::Subscription,
    ended: Result<(), SubscriptionError>,
    staging: &mut Staging<'_, B, S>,
    shutdown: &mut Shutdown<'_>,
) {
    let parting = staging.limits().parting;
    match ended {
        Ok(()) => {
            staging.finish(shutdown).await;
            let ack_tokens = staging.take_ack_tokens();
            let count = ack_tokens.len() as u64;
            if count > 0
                && let Ok(Ok(())) = timeout(parting, subscription.acknowledge(ack_tokens)).await
            {
                staging.tally.acknowledged += count;
            }
        }
        Err(SubscriptionError(detail)) => {
            let source = staging.source();
            if !shutdown.has_begun() {
                InternalEvent::Unreachable {
                    source,
                    detail: &detail,
                }
                .emit();
            }
            staging.finish(shutdown).await;
        }
    }
    staging.forget();
    // Whether it closes in time or not, it is dropped.
    let _ = timeout(parting, subscription.close()).await;
}
