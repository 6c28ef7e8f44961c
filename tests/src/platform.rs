//! Plays Tencent Cloud: signs and sends as its pages describe, with an independent implementation.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand::distr::{Alphanumeric, SampleString};
use sha1::{Digest, Sha1};

use crate::http::{Answer, exchange};

/// The names of the three headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `Signature`, `Timestamp`, `Nonce`: forwards, data sync, IoT Video.
    Plain,
    /// `X-Tc-Signature`, `X-Tc-Timestamp`, `X-Tc-Nonce`: custom push.
    Prefixed,
}

impl Family {
    /// The name of the header in this family; `name` is the plain name.
    pub fn header(self, name: &str) -> String {
        match self {
            Family::Plain => name.to_owned(),
            Family::Prefixed => format!("X-Tc-{name}"),
        }
    }
}

/// The three values that authenticate a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Triple {
    /// Unix seconds, with ten digits.
    pub timestamp: String,
    /// Random characters.
    pub nonce: String,
    /// Lower-case hexadecimal SHA-1.
    pub signature: String,
}

impl Triple {
    /// Signs with a token.
    pub fn sign(token: &str, timestamp: &str, nonce: &str) -> Self {
        let mut parts = [token, timestamp, nonce];
        parts.sort_unstable();
        Triple {
            timestamp: timestamp.to_owned(),
            nonce: nonce.to_owned(),
            signature: hex::encode(Sha1::digest(parts.concat())),
        }
    }

    /// Signs with a token, the current time and a fresh nonce of 16 letters and digits.
    pub fn now(token: &str) -> Self {
        let nonce = Alphanumeric.sample_string(&mut rand::rng(), 16);
        Triple::sign(token, &unix_now().to_string(), &nonce)
    }

    /// The three header lines, each with its line end.
    pub fn headers(&self, family: Family) -> String {
        format!(
            "{}: {}\r\n{}: {}\r\n{}: {}\r\n",
            family.header("Nonce"),
            self.nonce,
            family.header("Signature"),
            self.signature,
            family.header("Timestamp"),
            self.timestamp,
        )
    }
}

/// The current time, in seconds since 1970.
pub fn unix_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock shows a time after 1970")
        .as_secs()
}

/// The platform's side of one source.
#[derive(Clone, Debug)]
pub struct Platform {
    /// The address on which the endpoint listens.
    pub address: SocketAddr,
    /// The source's name in the configuration.
    pub source: String,
    /// The token that was entered in the console.
    pub token: String,
    /// The family of the headers.
    pub family: Family,
}

/// The pauses of the rule engine before its retries.
pub const RETRY_PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
];

impl Platform {
    /// The platform with the plain headers for a source.
    pub fn new(address: SocketAddr, source: &str, token: &str) -> Self {
        Platform {
            address,
            source: source.to_owned(),
            token: token.to_owned(),
            family: Family::Plain,
        }
    }

    /// The check that the console makes when forwarding is switched on.
    ///
    /// # Errors
    ///
    /// No answer comes.
    pub async fn check(&self, echostr: &str) -> io::Result<Answer> {
        let triple = Triple::now(&self.token);
        exchange(
            self.address,
            format!(
                "GET /{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: Go-http-client/1.1\r\n\
                 Content-Type: application/json\r\nEchostr: {echostr}\r\n{}\
                 Accept-Encoding: gzip\r\n\r\n",
                self.source,
                self.address,
                triple.headers(self.family),
            )
            .as_bytes(),
        )
        .await
    }

    /// One attempt to push a message.
    ///
    /// # Errors
    ///
    /// No answer comes.
    pub async fn push(&self, body: &[u8]) -> io::Result<Answer> {
        self.push_signed(&Triple::now(&self.token), body).await
    }

    /// One attempt to push a message with the given credentials.
    ///
    /// # Errors
    ///
    /// No answer comes.
    pub async fn push_signed(&self, triple: &Triple, body: &[u8]) -> io::Result<Answer> {
        exchange(self.address, &self.request(triple, body)).await
    }

    /// The bytes of an attempt to push.
    pub fn request(&self, triple: &Triple, body: &[u8]) -> Vec<u8> {
        let mut request = format!(
            "POST /{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: Go-http-client/1.1\r\n\
             Content-Length: {}\r\nContent-Type: application/json\r\n{}\
             Accept-Encoding: gzip\r\n\r\n",
            self.source,
            self.address,
            body.len(),
            triple.headers(self.family),
        )
        .into_bytes();
        request.extend_from_slice(body);
        request
    }
}
