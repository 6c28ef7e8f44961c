//! Where the message service is.

use super::{AccessId, Topic};
use http::Uri;
use std::net::IpAddr;

/// The regions that have an endpoint of their own.
///
/// Source: <https://developer.tuya.com/en/docs/iot/Pulsar-SDK-get-message?id=Kawfmtxntb9hz>.
///
/// Eastern America, western Europe and Singapore (`us-e`, `eu-w`, `sg`) are not among them: sources
/// disagree about their hosts, and some name `mqe-ueaz.tuyaus.com`, `mqe-weaz.tuyaeu.com` and
/// `mqe-sg.iotbing.com`. The user gives such an endpoint by its URL.
pub const REGIONS: [&str; 4] = ["cn", "us", "eu", "in"];

/// The port of the WebSocket service.
const WEBSOCKET_PORT: u16 = 8285;
/// The time after which the broker delivers an unacknowledged message again on a live connection.
///
/// Tuya's SDKs say 30 s. While the staging queue is down or slow, messages wait for longer, and
/// copies of all of them would come every 30 s. The time is still well within one invocation, so a
/// message that the service lost on its way to us comes again. When a connection ends, the broker
/// gets everything back at once.
const ACK_TIMEOUT_MILLIS: u32 = 120_000;
/// The most messages that a connection may hold without an acknowledgement.
const RECEIVER_QUEUE: u16 = 1000;

/// The address of the message service's WebSocket API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    tls: bool,
    host: String,
    port: u16,
    /// The user's own path, with its query.
    path: Option<String>,
}

/// Why a text is not an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The text is not a URL with a host.
    #[error("must be a URL such as \"wss://mqe.tuyaeu.com:8285/\"")]
    NoUrl,
    /// The URL has another scheme.
    #[error("must begin with wss:// or pulsar+ssl:// (ws:// only on this machine)")]
    Scheme,
    /// The URL would send credentials unencrypted to another machine.
    #[error("must be wss://: ws:// is only for this machine")]
    NotEncrypted,
    /// The URL contains a user or a password.
    #[error("must not contain a user or password: use access_id and access_key")]
    Credentials,
}

impl Endpoint {
    /// The endpoint of a region.
    pub fn of_region(region: &str) -> Option<Endpoint> {
        let host = match region {
            "cn" => "mqe.tuyacn.com",
            "us" => "mqe.tuyaus.com",
            "eu" => "mqe.tuyaeu.com",
            "in" => "mqe.tuyain.com",
            _ => return None,
        };
        Some(Endpoint {
            tls: true,
            host: host.to_owned(),
            port: WEBSOCKET_PORT,
            path: None,
        })
    }

    /// The endpoint of a URL: `wss://`, `ws://` to this machine, or `pulsar+ssl://` as in Tuya's
    /// pages. Of the last, only the host counts, and the port is that of the WebSocket service.
    ///
    /// # Errors
    /// [`EndpointError`], which quotes nothing.
    pub fn parse(text: &str) -> Result<Endpoint, EndpointError> {
        let uri: Uri = text.trim().parse().map_err(|_| EndpointError::NoUrl)?;
        let authority = uri.authority().ok_or(EndpointError::NoUrl)?;
        if authority.as_str().contains('@') {
            return Err(EndpointError::Credentials);
        }
        let host = authority.host();
        if host.is_empty() {
            return Err(EndpointError::NoUrl);
        }
        let port = authority.port_u16().filter(|port| *port > 0);
        if port.is_none() && authority.as_str() != host {
            return Err(EndpointError::NoUrl);
        }
        let is_loopback = is_loopback(host);
        let (tls, port) = match uri.scheme_str() {
            Some("wss") => (true, port.unwrap_or(WEBSOCKET_PORT)),
            Some("ws") if is_loopback => (false, port.unwrap_or(80)),
            Some("ws") => return Err(EndpointError::NotEncrypted),
            Some("pulsar+ssl") => (true, WEBSOCKET_PORT),
            _ => return Err(EndpointError::Scheme),
        };
        let path = uri
            .path_and_query()
            .map(|path| path.as_str().to_owned())
            .filter(|path| path != "/" && uri.scheme_str() != Some("pulsar+ssl"));
        Ok(Endpoint {
            tls,
            host: host.to_owned(),
            port,
            path,
        })
    }

    /// Whether the connection is encrypted.
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// The host's name or address; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the URL has its own path, which names a topic.
    pub fn names_a_topic(&self) -> bool {
        self.path.is_some()
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> String {
        let scheme = if self.tls { "wss" } else { "ws" };
        format!("{scheme}://{}:{}", self.host, self.port)
    }

    /// The URL from which the subscription of a project consumes a topic.
    ///
    /// Source: <https://pulsar.apache.org/docs/4.0.x/client-libraries-websocket/>.
    pub fn consumer_url(&self, id: &AccessId, topic: Topic) -> String {
        let path = self.path.clone().unwrap_or_else(|| {
            format!(
                "/ws/v2/consumer/persistent/{id}/out/{}/{id}-sub?subscriptionType=Failover&ackTimeoutMillis={ACK_TIMEOUT_MILLIS}&receiverQueueSize={RECEIVER_QUEUE}",
                topic.as_str()
            )
        });
        self.origin() + &path
    }

    /// The URL at which messages are produced to a topic of a project.
    pub fn producer_url(&self, id: &AccessId, topic: Topic) -> String {
        let path = format!("/ws/v2/producer/persistent/{id}/out/{}", topic.as_str());
        self.origin() + &path
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
