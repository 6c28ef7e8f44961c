//! Signed requests: the URL check and the push.
//!
//! The headers and their values are those of the page "Forwarding data to a third-party service",
//! <https://cloud.tencent.com/document/product/634/45990>.

use super::address::Address;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use http_body_util::Full;
use rand::RngExt;
use std::time::{SystemTime, UNIX_EPOCH};
use thingrelay_core::{secret::Secret, signature::sign};

/// Which names the signature's headers have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum HeaderFamily {
    /// `Signature`, `Timestamp`, `Nonce`: rule forwarding and data synchronisation.
    Plain,
    /// `X-Tc-Signature`, `X-Tc-Timestamp`, `X-Tc-Nonce`: custom push.
    XTc,
}

/// Signs requests to one address with one token.
#[derive(Debug, Clone)]
pub(crate) struct Signer {
    address: Address,
    token: Secret,
    family: HeaderFamily,
}

impl HeaderFamily {
    /// The names, as the documents write them.
    pub(crate) fn names(self) -> &'static str {
        match self {
            HeaderFamily::Plain => "Signature, Timestamp, Nonce",
            HeaderFamily::XTc => "X-Tc-Signature, X-Tc-Timestamp, X-Tc-Nonce",
        }
    }

    fn headers(self) -> [HeaderName; 3] {
        match self {
            HeaderFamily::Plain => ["signature", "timestamp", "nonce"],
            HeaderFamily::XTc => ["x-tc-signature", "x-tc-timestamp", "x-tc-nonce"],
        }
        .map(HeaderName::from_static)
    }
}

impl Signer {
    pub(crate) fn new(address: Address, token: Secret, family: HeaderFamily) -> Self {
        Signer {
            address,
            token,
            family,
        }
    }

    /// The URL check: a GET with an Echostr, which the answer has to repeat. `timestamp` is in Unix
    /// seconds.
    pub(crate) fn url_check(&self, echostr: &str, timestamp: u64) -> Request<Full<Bytes>> {
        let mut request = self.unsigned(Method::GET, Bytes::new());
        let headers = request.headers_mut();
        insert(headers, HeaderName::from_static("echostr"), echostr);
        self.sign(headers, timestamp);
        request
    }

    /// A push: a POST with a message. `timestamp` is in Unix seconds.
    pub(crate) fn push(&self, body: Bytes, timestamp: u64) -> Request<Full<Bytes>> {
        let mut request = self.unsigned(Method::POST, body);
        self.sign(request.headers_mut(), timestamp);
        request
    }

    /// A request as the platform sends it, without the headers of the signature.
    pub(crate) fn unsigned(&self, method: Method, body: Bytes) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = self.address.target().clone();
        let headers = request.headers_mut();
        headers.insert(header::HOST, self.address.authority().clone());
        headers.insert(
            header::USER_AGENT,
            HeaderValue::from_static("Go-http-client/1.1"),
        );
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        request
    }

    fn sign(&self, headers: &mut HeaderMap, timestamp: u64) {
        let timestamp = timestamp.to_string();
        let nonce = random_letters(16);
        let signature = sign(self.token.expose(), &timestamp, &nonce);
        for (name, value) in self
            .family
            .headers()
            .into_iter()
            .zip([signature, timestamp, nonce])
        {
            insert(headers, name, &value);
        }
    }
}

/// The current time, in Unix seconds.
pub(crate) fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs())
}

/// Upper-case and lower-case letters, like the platform's nonces and Echostrs.
pub(crate) fn random_letters(count: usize) -> String {
    const LETTERS: &[u8; 52] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rng = rand::rng();
    (0..count)
        .map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())]))
        .collect()
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<'a>(request: &'a Request<Full<Bytes>>, name: &str) -> &'a str {
        request
            .headers()
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn each_family_signs_under_its_own_names() {
        let address: Address = "http://127.0.0.1:9001/meters".parse().unwrap();
        let token = "Kx81mQz0LpW3vB7t";
        for (family, prefix) in [(HeaderFamily::Plain, ""), (HeaderFamily::XTc, "x-tc-")] {
            let signer = Signer::new(address.clone(), Secret::new(token), family);
            for request in [
                signer.url_check("UPWIAFASvDUFcTEE", 1_623_149_590),
                signer.push(Bytes::from_static(b"{}"), 1_623_149_590),
            ] {
                let timestamp = text(&request, &format!("{prefix}timestamp"));
                let nonce = text(&request, &format!("{prefix}nonce"));
                assert_eq!(timestamp, "1623149590");
                assert_eq!(nonce.len(), 16);
                let expected = sign(token, timestamp, nonce);
                assert_eq!(text(&request, &format!("{prefix}signature")), expected);
                assert_eq!(
                    request.headers().len(),
                    if request.method() == Method::GET {
                        8
                    } else {
                        7
                    }
                );
                assert_eq!(text(&request, "host"), "127.0.0.1:9001");
                assert_eq!(request.uri(), "/meters");
            }
        }
    }
}
