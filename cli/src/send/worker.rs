//! Sends one message after another, with the retries of the platform.

use super::{
    plan::{Device, Message, Pending, Plan},
    ready::Ready,
    tally::Tally,
};
use crate::{pace::Pace, platform::request::unix_seconds, progress::Progress};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// When the platform sends a message again that was not accepted. After the last retry, the
/// platform drops the message. Source: "Forwarding data to a third-party service", IoT Hub.
const RETRY_AFTER: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
];

/// A way to send messages.
pub(crate) trait Link: Send {
    /// Sends a message once, and adds how long the answer took.
    ///
    /// # Errors
    /// The message was not accepted; the word names the reason.
    fn attempt(
        &mut self,
        device: &Device,
        message: &Message,
        tally: &mut Tally,
    ) -> impl Future<Output = Result<(), String>> + Send;
}

/// Takes devices that are ready, and sends their next message.
pub(crate) struct Worker<L> {
    /// The messages of the run.
    pub(crate) plan: Arc<Plan>,
    /// The devices that are ready, shared by all workers.
    pub(crate) ready: Arc<Ready>,
    /// The rate, shared by all workers.
    pub(crate) pace: Arc<Pace>,
    /// The progress bar.
    pub(crate) progress: Progress,
    /// The link of this worker.
    pub(crate) link: L,
    /// What happens to messages that are not accepted.
    pub(crate) retries: Retries,
}

/// What happens to a message that is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retries {
    /// The message is sent again after 1, 3 and 10 s, as the platform does.
    Platform,
    /// The message is dropped at once.
    None,
}

impl<L: Link> Worker<L> {
    /// Works until no device has a message left.
    pub(crate) async fn run(mut self) -> Tally {
        let mut tally = Tally::default();
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
            let attempted = tokio::select! {
                attempted = self.link.attempt(&device, &message, &mut tally) => attempted,
                () = self.ready.abandoned() => {
                    tally.unanswered();
                    break;
                }
            };
            match attempted {
                Ok(()) => {
                    tally.accepted();
                    self.done(device);
                }
                Err(word) => {
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
    /// How long to wait after this many retries, if another retry follows.
    fn after(self, retries: usize) -> Option<Duration> {
        match self {
            Retries::Platform => RETRY_AFTER.get(retries).copied(),
            Retries::None => None,
        }
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
