//! An invocation of a function: it may end before it is done, or stand still for a while.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::choices::Chance;
use crate::fault::Fault;

thread_local! {
    /// Whether the work that is polled now ends its invocation.
    static ENDS: Cell<bool> = const { Cell::new(false) };
}

/// Ends the invocation that is at work.
pub(crate) fn ends_invocation() {
    ENDS.set(true);
}

/// What keeps an invocation from its end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Interruption {
    /// It ends after this time, in the middle of its work.
    Crash(Duration),
    /// From then on, it stands still for this time.
    Freeze(Duration, Duration),
}

impl Interruption {
    /// The one that a fault makes, if it makes any. A crash comes within `latest`.
    pub(crate) fn of(
        fault: Option<Fault>,
        latest: Duration,
        chance: &mut Chance,
    ) -> Option<Interruption> {
        let mut within = |span: Duration| {
            let most = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
            Duration::from_millis(chance.rng.u64(..most))
        };
        match fault? {
            Fault::Crash => Some(Interruption::Crash(within(latest))),
            Fault::Frozen => {
                let from = within(Duration::from_millis(100));
                Some(Interruption::Freeze(from, within(LONGEST_FREEZE)))
            }
            _ => None,
        }
    }
}

/// The longest time for which an invocation stands still.
const LONGEST_FREEZE: Duration = Duration::from_secs(300);

/// An invocation, which may end before it is done, or stand still for a while.
pub(crate) struct Invocation<F> {
    work: Pin<Box<F>>,
    end: Pin<Box<Sleep>>,
    freeze: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<F> Invocation<F> {
    /// An invocation that may last as long as this.
    pub(crate) fn new(work: F, limit: Duration, interruption: Option<Interruption>) -> Self {
        let mut end = limit;
        let mut freeze = None;
        match interruption {
            Some(Interruption::Crash(after)) => end = after,
            Some(Interruption::Freeze(from, span)) => {
                let from = Instant::now() + from;
                freeze = Some((from, Box::pin(sleep_until(from + span))));
            }
            None => {}
        }
        Invocation {
            work: Box::pin(work),
            end: Box::pin(sleep(end)),
            freeze,
        }
    }
}

impl<F: Future> Future for Invocation<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<F::Output>> {
        if let Some((from, until)) = &mut self.freeze
            && Instant::now() >= *from
        {
            if until.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.freeze = None;
        }
        ENDS.set(false);
        let polled = self.work.as_mut().poll(context);
        if ENDS.take() {
            return Poll::Ready(None);
        }
        if let Poll::Ready(output) = polled {
            return Poll::Ready(Some(output));
        }
        self.end.as_mut().poll(context).map(|()| None)
    }
}
