//! A source's broker: one topic of Tuya's message service.

use crate::{
    delivery::{AckToken, Opener},
    frame::Frame,
    subscription::TuyaSubscription,
    timing::Timing,
    tls,
    upgrade::{self, ConnectOptions},
};
use thingrelay::{
    clock::Clock,
    internal_event::InternalEvent,
    pull::{Broker, ConnectError, Delivery},
};
use thingrelay_core::{config, source::SourceName, tuya::Topic};

/// Connects to one topic of a source.
pub struct TuyaBroker {
    opener: Opener,
    timing: Timing,
    /// The options, or why no connection is possible.
    options: Result<ConnectOptions, ConnectError>,
}

impl TuyaBroker {
    /// Makes a broker, and connects nothing yet. For a source without a `ca`, the first broker in a
    /// process reads the certificates of the system.
    pub fn new(source: &SourceName, tuya: &config::Tuya, topic: Topic, clock: Clock) -> Self {
        let name = topic.of(&tuya.access.id);
        let endpoint = &tuya.endpoint;
        let tls = if endpoint.is_tls() {
            tls::connector(tuya.ca.as_ref()).map(Some)
        } else {
            Ok(None)
        };
        TuyaBroker {
            opener: Opener {
                source: source.clone(),
                access: tuya.access.clone(),
                policy: tuya.signature,
                topic: name.clone(),
                clock,
                open: thingrelay_core::tuya::open,
            },
            timing: Timing::default(),
            options: tls.map(|tls| ConnectOptions {
                host: endpoint.host().to_owned(),
                port: endpoint.port(),
                url: endpoint.consumer_url(&tuya.access.id, topic),
                topic: name,
                username: tuya.access.id.as_str().to_owned(),
                password: tuya.access.password(),
                tls,
            }),
        }
    }

    /// The message to stage for a frame of the broker, which a connection would have received; `None`
    /// if the frame is not a message.
    pub fn delivery(&self, frame: &str) -> Option<Delivery<AckToken>> {
        Some(self.opener.delivery(&Frame::parse(frame)?))
    }

    /// With times other than those of [`Timing::default`].
    #[must_use]
    pub fn with_timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }
}

impl Broker for TuyaBroker {
    type Subscription = TuyaSubscription;

    async fn connect(&self) -> Result<TuyaSubscription, ConnectError> {
        let options = self.options.as_ref().map_err(Clone::clone)?;
        let socket = upgrade::open(options, &self.timing).await?;
        let (source, topic) = (&self.opener.source, self.opener.topic.as_str());
        InternalEvent::Connected { source, topic }.emit();
        Ok(TuyaSubscription::start(
            socket,
            self.opener.clone(),
            self.timing,
        ))
    }

    fn source(&self) -> &SourceName {
        &self.opener.source
    }

    fn topic(&self) -> &str {
        &self.opener.topic
    }
}
