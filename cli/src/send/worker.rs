//! One connection that sends, and the platform's retries.

use super::{
    pace::Pace,
    plan::{Device, Message, Pending, Plan},
    progress::Progress,
    ready::Ready,
    tally::Tally,
};
use crate::platform::{
    Answer, ConnectError, Connection, Connector, ExchangeError, Signer,
    request::{random_letters, unix_seconds},
};
use http::StatusCode;
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// When the platform sends a message again that was not accepted; after the last it drops it.
/// Source: "Forwarding data to a third-party service", IoT Hub.
const RETRY_AFTER: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
];

/// The letters of an Echostr on the platform's page.
const ECHOSTR_LETTERS: usize = 16;

/// Takes devices whose turn it is and sends their next message.
pub struct Worker {
    /// Which messages there are.
    pub plan: Arc<Plan>,
    /// The devices whose turn it is, shared by all workers.
    pub ready: Arc<Ready>,
    /// The rate, shared by all workers.
    pub pace: Arc<Pace>,
    /// The bar.
    pub progress: Progress,
    /// Opens the worker's connection.
    pub connector: Connector,
    /// Signs each attempt anew.
    pub signer: Signer,
    /// What to do with what is not accepted.
    pub retries: Retries,
    /// How long to wait for an answer.
    pub limit: Duration,
}

/// What to do with a message that is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retries {
    /// As the platform: again after 1, 3 and 10 s.
    Platform,
    /// Drop it at once.
    None,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    #[error("the answer has status {}", .0.status)]
    Status(Answer),
    #[error("the Echostr came back changed")]
    Echostr,
}

impl Worker {
    /// Works until no device has a message left.
    pub async fn run(self) -> Tally {
        let mut tally = Tally::default();
        let mut connection = None;
        while let Some(mut device) = self.ready.take().await {
            let Pending { message, attempts } = match device.pending.take() {
                Some(pending) => pending,
                None => {
                    tokio::select! {
                        () = self.pace.wait() => {}
                        () = self.ready.closed() => break,
                    }
                    let message = self.plan.message(&device, unix_seconds());
                    Pending {
                        message,
                        attempts: 0,
                    }
                }
            };
            match self.attempt(&mut connection, &message, &mut tally).await {
                Ok(()) => {
                    tally.accepted();
                    self.done(device);
                }
                Err(failure) => {
                    let word = failure.word();
                    tally.refused(&word);
                    self.progress.refused(&word);
                    match self.retries.after(attempts) {
                        Some(delay) => {
                            tally.retried();
                            device.pending = Some(Pending {
                                message,
                                attempts: attempts + 1,
                            });
                            self.put_later(device, delay);
                        }
                        None => {
                            tally.dropped();
                            self.done(device);
                        }
                    }
                }
            }
        }
        tally
    }

    async fn attempt(
        &self,
        connection: &mut Option<Connection>,
        message: &Message,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let echostr = random_letters(ECHOSTR_LETTERS);
        let request = || match message {
            Message::Push(body) => self.signer.push(body.clone(), unix_seconds()),
            Message::UrlCheck => self.signer.url_check(&echostr, unix_seconds()),
        };
        let answer = loop {
            let idle = match connection.take() {
                Some(idle) => idle.unless_ended().await,
                None => None,
            };
            let mut open = match idle {
                Some(open) => open,
                None => self.connector.open().await?,
            };
            let was_used = open.is_used();
            match open.exchange(request(), self.limit).await {
                Ok(answer) => {
                    *connection = Some(open);
                    break answer;
                }
                // The server ended the idle connection as the request left, as HTTP allows. Should
                // it have taken the request, the second one is a duplicate with the same identity.
                Err(ExchangeError::Lost(_)) if was_used => {}
                Err(error) => return Err(error.into()),
            }
        };
        tally.answered(answer.took);
        match message {
            _ if answer.status != StatusCode::OK => Err(Failure::Status(answer)),
            Message::UrlCheck if answer.body != echostr => Err(Failure::Echostr),
            _ => Ok(()),
        }
    }

    fn done(&self, mut device: Device) {
        self.progress.done();
        device.done += 1;
        if device.done < device.messages {
            self.ready.put(device);
        } else {
            self.ready.finish_one();
        }
    }

    fn put_later(&self, device: Device, delay: Duration) {
        let ready = Arc::clone(&self.ready);
        tokio::spawn(async move {
            sleep(delay).await;
            ready.put(device);
        });
    }
}

impl Retries {
    /// How long to wait after this many retries, if there is to be another one.
    fn after(self, retries: usize) -> Option<Duration> {
        match self {
            Retries::Platform => RETRY_AFTER.get(retries).copied(),
            Retries::None => None,
        }
    }
}

impl Failure {
    /// The word under which it is counted: the endpoint's own, else one of this program.
    fn word(&self) -> String {
        let word = match self {
            Failure::Status(answer) => {
                return answer
                    .word()
                    .unwrap_or_else(|| format!("http_{}", answer.status.as_u16()));
            }
            Failure::Connect(ConnectError::Refused(_)) => "connection_refused",
            Failure::Connect(ConnectError::TimedOut) => "connection_timeout",
            Failure::Connect(ConnectError::Lookup(_)) => "unknown_host",
            Failure::Connect(ConnectError::Tls(_)) => "tls",
            Failure::Connect(_) => "no_connection",
            Failure::Exchange(ExchangeError::TimedOut(_)) => "timeout",
            Failure::Exchange(ExchangeError::Lost(_)) => "connection_lost",
            Failure::Exchange(_) => "not_http",
            Failure::Echostr => "echostr_changed",
        };
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platform_s_retries_end_after_the_third() {
        let platform: Vec<_> = (0..5)
            .map(|retries| Retries::Platform.after(retries))
            .collect();
        let [one, three, ten] = RETRY_AFTER.map(Some);
        assert_eq!(platform, [one, three, ten, None, None]);
        assert_eq!(RETRY_AFTER.map(|delay| delay.as_secs()), [1, 3, 10]);
        assert_eq!(Retries::None.after(0), None);
    }
}
