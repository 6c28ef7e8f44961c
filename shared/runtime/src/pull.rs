//! Messages pulled from a broker, staged in batches, acknowledged once they are staged.
//!
//! # Layout
//!
//! * [`invocation`]: what the brokers have, pulled for one invocation of a function after another.
//! * [`mod@side_by_side`]: several brokers pulled at a time.
//! * [`subscription`]: what a broker has to offer: connections, deliveries, acknowledgements.
//! * [`limits`]: how much is held, and how long is waited.
//! * [`backoff`]: how long to wait before the next try.
//! * `connection`: one connection, from its first message to its end.
//! * `staging`: calls to the staging queue, several at a time, and what becomes of their messages.
//! * `backlog`: what has arrived and is not staged yet, in lines by group.
//! * `quiet`: how long nothing has come.
//! * `stop`: the end of a pull, and how much time is left after it.
//!
//! # Why the order of a group holds
//!
//! A subscription hands out the messages of a group in their order. They stand in one line; only the head
//! of a line is ever under way, and one that staging does not take goes back to the head. When a
//! connection ends, all calls end before the next connection begins, and what was not staged is
//! forgotten: the broker hands it out again, in order, along with what was staged and not
//! acknowledged. Of that, the copies come with the same ids, and before anything that follows
//! them. The staging queue drops a copy that comes within five minutes of the first; a later one
//! is staged again, with all that came after it, in order again.

mod backlog;
pub mod backoff;
mod connection;
pub mod invocation;
pub mod limits;
mod quiet;
pub mod side_by_side;
mod staging;
mod stop;
pub mod subscription;

pub use invocation::{Puller, Window};
pub use limits::Limits;
pub use side_by_side::{Pull, Pulled, side_by_side};
pub use subscription::{Broker, ConnectError, Delivery, Subscription, SubscriptionError};

use crate::{internal_event::InternalEvent, ordered::Sender};
use connection::serve;
use quiet::Quiet;
use staging::Staging;
use std::{pin::pin, time::Duration};
use stop::Stop;
use tokio::time::{Instant, sleep, timeout};

/// What one [`pull()`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drained {
    /// Messages that the broker handed out; one that came twice counts twice.
    pub received: u64,
    /// Of those, the ones that staging accepted.
    pub staged: u64,
    /// Of those, the ones whose acknowledgement went to the broker.
    pub acknowledged: u64,
    /// Of those received, the ones that were not staged: the broker has them still, and hands them
    /// out again.
    pub given_back: u64,
    /// How often a connection came about.
    pub connections: u64,
    /// How long nothing has come by now, while connected: for [`Limits::quiet`] of the next pull.
    pub quiet: Duration,
}

/// Receives, stages and acknowledges until `until` is done, and connects anew whenever it has to.
///
/// Then nothing more is received, the calls under way get [`Limits::grace`], what they staged is
/// acknowledged, and the connection is closed. Whatever staging did not take is the broker's still.
pub async fn pull<B: Broker, S: Sender + Sync>(
    broker: &B,
    sender: &S,
    limits: &Limits,
    until: impl Future<Output = ()> + Send,
) -> Drained {
    let until = pin!(until);
    let mut stop = Stop::new(until, limits.grace);
    let mut staging = Staging::new(broker, sender, limits);
    let mut quiet = Quiet::new(limits);
    let mut failures = 0;
    loop {
        let connected = tokio::select! {
            biased;
            () = stop.wait() => break,
            connected = connect(broker, limits) => connected,
        };
        failures += 1;
        let pace = match connected {
            Ok(mut subscription) => {
                let (began, received) = (Instant::now(), staging.tally.received);
                staging.tally.connections += 1;
                let ended = serve(&mut subscription, &mut staging, &mut quiet, &mut stop).await;
                end(subscription, ended, &mut staging, &mut stop).await;
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
            () = stop.wait() => break,
            () = sleep(wait) => {}
        }
    }
    Drained {
        quiet: quiet.so_far(),
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

/// After a connection's last message: no call is under way and nothing is held when this returns.
async fn end<B: Broker, S: Sender + Sync>(
    mut subscription: B::Subscription,
    ended: Result<(), SubscriptionError>,
    staging: &mut Staging<'_, B, S>,
    stop: &mut Stop<'_>,
) {
    let parting = staging.limits().parting;
    match ended {
        Ok(()) => {
            staging.finish(stop).await;
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
            if !stop.has_come() {
                InternalEvent::Unreachable {
                    source,
                    detail: &detail,
                }
                .emit();
            }
            staging.finish(stop).await;
        }
    }
    staging.forget();
    // Whether it closes in time or not, it is dropped.
    let _ = timeout(parting, subscription.close()).await;
}

#[cfg(test)]
mod tests;
