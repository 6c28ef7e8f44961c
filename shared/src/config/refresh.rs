//! The configuration kept fresh: read again from time to time, the old one in use until then.

use super::{Config, Live, Problems, Reader};
use crate::{
    clock::Clock,
    documents::{Documents, Read, ReadError},
    occurrence::Occurrence,
    timestamp::Timestamp,
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Mutex, task::JoinHandle};

/// How long a configuration is used before its documents are read again.
pub const KEPT: Duration = Duration::from_secs(5 * 60);
/// How long until documents are read again that could not be, or had problems.
pub const RETRIED: Duration = Duration::from_secs(30);
/// How long a message waits for documents that are being read. A platform waits three seconds for
/// its answer, and the staging queue may take most of them.
pub const WAIT: Duration = Duration::from_millis(400);
/// How long a window of work waits for documents that are being read.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// How young documents are that are not read again before a window of work.
pub const YOUNG: Duration = Duration::from_secs(30);

/// Why there is no configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// A document cannot be read; it may be later.
    #[error(transparent)]
    Unread(#[from] ReadError),
    /// The documents have problems; somebody has to mend them.
    #[error(transparent)]
    Wrong(#[from] Problems),
}

/// Keeps a configuration fresh.
#[derive(Debug)]
pub struct Refresh<D = Documents> {
    live: Arc<Live>,
    documents: Arc<D>,
    reader: Reader,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// When the documents were last read, or reading them failed, and for how long that is good.
    since: Timestamp,
    good_for: Duration,
    reading: Option<JoinHandle<Result<Config, Unavailable>>>,
}

impl<D: Read> Refresh<D> {
    /// Reads the documents for the first time.
    ///
    /// # Errors
    /// They cannot be read or have problems: there are no old ones to go on with.
    pub async fn begin(documents: D, reader: Reader, clock: Clock) -> Result<Self, Unavailable> {
        let config = read(&documents, reader).await?;
        Ok(Refresh {
            live: Arc::new(Live::new(config)),
            documents: Arc::new(documents),
            reader,
            state: Mutex::new(State {
                since: clock.now(),
                good_for: KEPT,
                reading: None,
            }),
            clock,
        })
    }

    /// The configuration in use, for those that work by it.
    pub fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live)
    }

    /// To be called before each message: reads the documents again if it is time to, and waits for
    /// them for [`WAIT`] at most. What takes longer is used by a later message; while new ones
    /// cannot be read or have problems, the old ones stay in use, and that is counted.
    pub async fn refresh(&self) {
        self.read_again(|state, now| !state.is_good(now), WAIT)
            .await;
    }

    /// To be called before a window of work that lasts for minutes: reads the documents again
    /// unless they are [`YOUNG`], and waits for them for [`PATIENCE`] at most. Else as
    /// [`Refresh::refresh`].
    pub async fn renew(&self) {
        self.read_again(
            |state, now| state.age(now).is_none_or(|age| age >= YOUNG),
            PATIENCE,
        )
        .await;
    }

    async fn read_again(&self, is_due: impl FnOnce(&State, Timestamp) -> bool, wait: Duration) {
        // Somebody else is at it: the old ones will do.
        let Ok(mut state) = self.state.try_lock() else {
            return;
        };
        let now = self.clock.now();
        if state.reading.is_none() && !is_due(&state, now) {
            return;
        }
        let reading = state.reading.get_or_insert_with(|| {
            let documents = Arc::clone(&self.documents);
            let reader = self.reader;
            tokio::spawn(async move { read(&*documents, reader).await })
        });
        let Ok(outcome) = tokio::time::timeout(wait, reading).await else {
            return;
        };
        let failure = match outcome {
            Ok(Ok(config)) => {
                self.live.replace(config);
                None
            }
            Ok(Err(unavailable)) => Some(unavailable.to_string()),
            Err(ended) => Some(ended.to_string()),
        };
        if let Some(detail) = &failure {
            Occurrence::SettingsUnavailable { detail }.record();
        }
        *state = State {
            since: now,
            good_for: failure.map_or(KEPT, |_| RETRIED),
            reading: None,
        };
    }
}

impl State {
    fn is_good(&self, now: Timestamp) -> bool {
        self.age(now).is_some_and(|age| age < self.good_for)
    }

    /// `None` if the clock was set back: that would keep an old configuration in use for as long.
    fn age(&self, now: Timestamp) -> Option<Duration> {
        let age = now.unix_millis() - self.since.unix_millis();
        u64::try_from(age).ok().map(Duration::from_millis)
    }
}

async fn read<D: Read>(documents: &D, reader: Reader) -> Result<Config, Unavailable> {
    let texts = documents.read().await?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Ok(Config::parse(&texts, reader)?)
}

#[cfg(test)]
mod tests;
