//! Refreshes the configuration: reads it again from time to time, and keeps the old one in use
//! until then.

use super::{
    CurrentConfig, broken,
    document_read::{Clocks, DocumentRead, TimePoint, usable},
};
use crate::{
    clock::Clock,
    internal_event::InternalEvent,
    settings::{
        SettingsError,
        documents::{Documents, ReadDocuments},
    },
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use thingrelay_core::config::{Config, ReadSource};
use thingrelay_core::timestamp::Timestamp;
use tokio::{
    sync::Mutex,
    task::JoinHandle,
    time::{Instant, timeout_at},
};

/// How long a configuration is used before its documents are read again.
pub const MAX_AGE: Duration = Duration::from_secs(5 * 60);
/// How long to wait before reading documents again that could not be read or have problems.
pub const RETRY_INTERVAL: Duration = Duration::from_secs(30);
/// How long a message waits while the documents are read. A platform waits three seconds for its
/// answer, and the staging queue may take most of them.
pub const MESSAGE_WAIT: Duration = Duration::from_millis(400);
/// How long a window of work waits while the documents are read.
pub const WINDOW_WAIT: Duration = Duration::from_secs(5);
/// Documents that are younger than this are not read again before a window of work.
pub const MIN_AGE: Duration = Duration::from_secs(30);

/// How many consecutive readings a freeze may interrupt before that counts as a failure: settings
/// that are never read to the end are never up to date.
const MAX_INTERRUPTED: u32 = 5;

/// Keeps a configuration fresh.
#[derive(Debug)]
pub struct Refresh<S: ReadSource, D = Documents> {
    current_config: Arc<CurrentConfig<S>>,
    has_begun: AtomicBool,
    documents: Arc<D>,
    clocks: Clocks,
    state: Mutex<State<S>>,
}

#[derive(Debug)]
struct State<S: ReadSource> {
    /// When the documents were last read, or reading them failed, and how long that result is used.
    since: Timestamp,
    good_for: Duration,
    reading: Option<JoinHandle<DocumentRead<S>>>,
    /// How many consecutive readings a freeze has interrupted.
    cut: u32,
}

impl<S: ReadSource + Send + Sync + 'static, D: ReadDocuments> Refresh<S, D> {
    /// Reads the documents for the first time. Sources and targets with problems are out of use,
    /// which is counted.
    ///
    /// # Errors
    /// A document cannot be read or parsed, so there is nothing to start with.
    pub async fn begin(documents: D, clock: Clock) -> Result<Self, SettingsError> {
        let config = usable(&documents).await?;
        Ok(Refresh::of(Some(config), documents, clock))
    }

    /// The same as [`Refresh::begin`], for work that can wait. If a document cannot be read or
    /// parsed yet, it is read again as after any other failure. [`Refresh::has_begun`] tells
    /// whether there is a configuration.
    pub async fn begin_or_wait(documents: D, clock: Clock) -> Self {
        let config = usable(&documents).await;
        if let Err(unavailable) = &config {
            let detail = &unavailable.to_string();
            InternalEvent::SettingsUnavailable { detail }.emit();
        }
        Refresh::of(config.ok(), documents, clock)
    }

    fn of(config: Option<Config<S>>, documents: D, clock: Clock) -> Self {
        let has_begun = AtomicBool::new(config.is_some());
        let good_for = config.as_ref().map_or(RETRY_INTERVAL, good_for);
        let config = config.unwrap_or_default();
        broken::record(&config.broken, |_| false, |_| false);
        Refresh {
            documents: Arc::new(documents),
            state: Mutex::new(State::since(clock.now(), good_for)),
            current_config: Arc::new(CurrentConfig::new(config)),
            has_begun,
            clocks: Clocks {
                wall: clock,
                monotonic: Clock::monotonic(),
            },
        }
    }

    /// Whether the documents have been read and parsed once. Before that, the configuration in use
    /// is empty and means nothing.
    pub fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Acquire)
    }

    /// The configuration in use, shared with its users.
    pub fn current_config(&self) -> Arc<CurrentConfig<S>> {
        Arc::clone(&self.current_config)
    }

    /// To be called before each message. Reads the documents again if they are due, and waits for
    /// them for [`MESSAGE_WAIT`] at most. If reading takes longer, a later message uses the result.
    /// While new documents cannot be read or parsed, the old ones stay in use. So do the old
    /// settings of a source or target with problems. Both are counted.
    pub async fn refresh(&self) {
        self.read_again(|state, now| !state.is_good(now), MESSAGE_WAIT)
            .await;
    }

    /// To be called before a window of work that lasts for minutes. Reads the documents again
    /// unless they are younger than [`MIN_AGE`], and waits for them for [`WINDOW_WAIT`] at most.
    /// Otherwise the same as [`Refresh::refresh`].
    pub async fn renew(&self) {
        self.read_again(
            |state, now| state.age(now).is_none_or(|age| age >= MIN_AGE),
            WINDOW_WAIT,
        )
        .await;
    }

    async fn read_again(&self, is_due: impl FnOnce(&State<S>, Timestamp) -> bool, wait: Duration) {
        // Another caller is reading them: the old ones will do.
        let Ok(mut state) = self.state.try_lock() else {
            return;
        };
        if state.reading.is_none() && !is_due(&state, self.clocks.wall.now()) {
            return;
        }
        let deadline = Instant::now() + wait;
        loop {
            let reading = state.reading.get_or_insert_with(|| self.start());
            let Ok(outcome) = timeout_at(deadline, reading).await else {
                return;
            };
            state.reading = None;
            let now = self.clocks.now();
            *state = match outcome {
                Ok(reading) if !reading.counts(now) => {
                    state.cut += 1;
                    if state.cut < MAX_INTERRUPTED {
                        continue;
                    }
                    failed(now, "reading them takes longer than a message waits for it")
                }
                Ok(reading) => match reading.outcome {
                    Ok(config) => State::since(reading.began.wall, self.replace(config)),
                    Err(unavailable) => failed(now, &unavailable.to_string()),
                },
                Err(ended) => failed(now, &ended.to_string()),
            };
            return;
        }
    }

    fn start(&self) -> JoinHandle<DocumentRead<S>> {
        let documents = Arc::clone(&self.documents);
        let (clocks, began) = (self.clocks.clone(), self.clocks.now());
        tokio::spawn(async move { DocumentRead::of(&*documents, &clocks, began).await })
    }

    /// Puts a configuration in use. Returns how long to use it.
    fn replace(&self, mut config: Config<S>) -> Duration {
        let good_for = good_for(&config);
        let wrong = config.broken.clone();
        config.keep_last_good(&self.current_config.current());
        broken::record(
            &wrong,
            |source| config.sources.contains_key(source),
            |target| !config.broken.targets.contains_key(target),
        );
        self.current_config.replace(config);
        self.has_begun.store(true, Ordering::Release);
        good_for
    }
}

/// An operator may correct a mistake at any time, and waits for the effect.
fn good_for<S: ReadSource>(config: &Config<S>) -> Duration {
    if config.broken.is_empty() {
        MAX_AGE
    } else {
        RETRY_INTERVAL
    }
}

fn failed<S: ReadSource>(now: TimePoint, detail: &str) -> State<S> {
    InternalEvent::SettingsUnavailable { detail }.emit();
    State::since(now.wall, RETRY_INTERVAL)
}

impl<S: ReadSource> State<S> {
    fn since(since: Timestamp, good_for: Duration) -> Self {
        State {
            since,
            good_for,
            reading: None,
            cut: 0,
        }
    }

    fn is_good(&self, now: Timestamp) -> bool {
        self.age(now).is_some_and(|age| age < self.good_for)
    }

    /// `None` if the clock was set back: that would keep an old configuration in use for as long.
    fn age(&self, now: Timestamp) -> Option<Duration> {
        let age = now.unix_millis() - self.since.unix_millis();
        u64::try_from(age).ok().map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests;
