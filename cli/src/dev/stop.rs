//! The signals that end a run.

use std::{future::Future, io, pin::pin, process, thread, time::Duration};
use tokio::{
    runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    time::{Instant, timeout_at},
};

/// How long the end may take after a second signal.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Ctrl-C and SIGTERM.
///
/// A thread of its own waits for them, so that they end a process that hangs.
#[derive(Debug)]
pub struct Signals {
    received: watch::Receiver<u32>,
}

impl Signals {
    /// Takes the signals over. The first is for [`Signals::next`] alone, and where there is a limit,
    /// the process ends when that is over. A second signal ends the process within a second, and a
    /// third one at once, with exit code 1.
    ///
    /// # Errors
    /// The system refuses.
    pub fn take(limit: Option<Duration>) -> io::Result<Signals> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let pair = {
            let _inside = runtime.enter();
            (
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
            )
        };
        let (sender, received) = watch::channel(0);
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                runtime.block_on(pass_on(pair, &sender, limit));
                process::exit(1);
            })?;
        Ok(Signals { received })
    }

    /// Waits for the next.
    pub async fn next(&mut self) {
        if self.received.changed().await.is_err() {
            // The process is about to end.
            std::future::pending::<()>().await;
        }
    }

    /// How many there were until now.
    pub fn count(&self) -> u32 {
        *self.received.borrow()
    }
}

/// Returns when the process has to end.
async fn pass_on(
    (mut interrupt, mut terminate): (Signal, Signal),
    received: &watch::Sender<u32>,
    limit: Option<Duration>,
) {
    let mut next = async || {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    next().await;
    received.send_modify(|count| *count += 1);
    if until(limit, pin!(next())).await {
        return;
    }
    received.send_modify(|count| *count += 1);
    until(Some(AT_ONCE), pin!(next())).await;
}

/// Whether the limit is over first.
async fn until(limit: Option<Duration>, met: impl Future<Output = ()>) -> bool {
    match limit {
        Some(limit) => timeout_at(Instant::now() + limit, met).await.is_err(),
        None => {
            met.await;
            false
        }
    }
}
