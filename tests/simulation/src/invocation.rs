//! An invocation of a function: it may end before it is done, or stand still for a while.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::time::{Instant, Sleep};

thread_local! {
    /// Whether the work that is polled now ends its invocation.
    static ENDS: Cell<bool> = const { Cell::new(false) };
}

/// Ends the invocation that is at work.
pub(crate) fn ends_invocation() {
    ENDS.set(true);
}

/// An invocation, which may end before it is done, or stand still for a while.
pub(crate) struct Invocation<F> {
    pub(crate) work: Pin<Box<F>>,
    pub(crate) end: Pin<Box<Sleep>>,
    pub(crate) freeze: Option<(Instant, Pin<Box<Sleep>>)>,
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
