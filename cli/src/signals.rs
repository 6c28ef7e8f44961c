//! The signals that end a run.

use std::{fmt, future::Future, io, pin::pin, process, thread, time::Duration};
use tokio::{
    runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    time::{Instant, timeout_at},
};

/// How long the process may run after a second signal.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Ctrl-C and SIGTERM.
///
/// A separate thread waits for the signals, so that they also end a process that hangs.
#[derive(Debug)]
pub(crate) struct Signals {
    received: watch::Receiver<Received>,
}

/// A signal that asks a process to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum EndSignal {
    /// SIGINT.
    #[default]
    Interrupt,
    /// SIGTERM.
    Terminate,
}

#[derive(Debug, Clone, Copy, Default)]
struct Received {
    count: u32,
    last: EndSignal,
}

impl fmt::Display for EndSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EndSignal::Interrupt => "Ctrl-C",
            EndSignal::Terminate => "SIGTERM",
        })
    }
}

impl Signals {
    /// Starts to handle the signals. The first signal goes to [`Signals::next`] alone; if there is
    /// a limit, the process ends when the limit is over. A second signal ends the process within a
    /// second. A third signal ends the process at once, with exit code 1.
    ///
    /// # Errors
    /// The system does not allow the handlers.
    pub(crate) fn take(limit: Option<Duration>) -> io::Result<Signals> {
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
        let (sender, received) = watch::channel(Received::default());
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                runtime.block_on(pass_on(pair, &sender, limit));
                process::exit(1);
            })?;
        Ok(Signals { received })
    }

    /// No signals.
    pub(crate) fn none() -> Signals {
        let (_, received) = watch::channel(Received::default());
        Signals { received }
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) -> EndSignal {
        if self.received.changed().await.is_err() {
            // The process is about to end.
            std::future::pending::<()>().await;
        }
        self.received.borrow().last
    }

    /// The number of signals so far.
    pub(crate) fn count(&self) -> u32 {
        self.received.borrow().count
    }
}

/// Passes the signals on, and returns when the process has to end.
async fn pass_on(
    (mut interrupt, mut terminate): (Signal, Signal),
    received: &watch::Sender<Received>,
    limit: Option<Duration>,
) {
    let mut next = async || {
        tokio::select! {
            _ = interrupt.recv() => EndSignal::Interrupt,
            _ = terminate.recv() => EndSignal::Terminate,
        }
    };
    let count = |last: EndSignal| {
        received.send_modify(|received| {
            received.count += 1;
            received.last = last;
        });
    };
    count(next().await);
    let Some(second) = before(limit, pin!(next())).await else {
        return;
    };
    count(second);
    before(Some(AT_ONCE), pin!(next())).await;
}

/// The next signal, or nothing if the limit is over first.
async fn before(
    limit: Option<Duration>,
    signal: impl Future<Output = EndSignal>,
) -> Option<EndSignal> {
    match limit {
        Some(limit) => timeout_at(Instant::now() + limit, signal).await.ok(),
        None => Some(signal.await),
    }
}
