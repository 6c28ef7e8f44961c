//! Which requests the page's server answers: those of this machine's user, and of no other site that
//! a browser has open.

use http::{HeaderMap, Method, Request, StatusCode, header, uri::Authority};
use std::net::{IpAddr, SocketAddr};

/// Judges requests by their heads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guard {
    address: SocketAddr,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GuardError {
    /// A name that an attacker may have pointed to this machine.
    #[error("this server is not the one that the header Host names")]
    Host,
    #[error("requests of other sites are refused")]
    Origin,
    /// A form of another site can send everything but JSON.
    #[error("the body has to be application/json")]
    ContentType,
}

impl GuardError {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            GuardError::Host => StatusCode::MISDIRECTED_REQUEST,
            GuardError::Origin => StatusCode::FORBIDDEN,
            GuardError::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }
}

impl Guard {
    /// A guard for the server at this address.
    pub(crate) fn of(address: SocketAddr) -> Guard {
        Guard { address }
    }

    /// # Errors
    /// The request is not answered.
    pub(crate) fn judge<B>(&self, request: &Request<B>) -> Result<(), GuardError> {
        let headers = request.headers();
        let host = text(headers, header::HOST).unwrap_or_default();
        if !self.is_own(host) {
            return Err(GuardError::Host);
        }
        let origin = text(headers, header::ORIGIN);
        let is_foreign = origin.is_some_and(|origin| origin != format!("http://{host}"));
        let has_two = headers.get_all(header::ORIGIN).iter().count() > 1;
        let site = headers.get("sec-fetch-site");
        let is_data = request.uri().path().starts_with("/api/");
        // A link on another site may lead to the page itself.
        let is_cross =
            is_data && site.is_some_and(|site| site == "cross-site" || site == "same-site");
        if is_foreign || has_two || is_cross {
            return Err(GuardError::Origin);
        }
        let kind = text(headers, header::CONTENT_TYPE).unwrap_or_default();
        if *request.method() == Method::POST && !kind.starts_with("application/json") {
            return Err(GuardError::ContentType);
        }
        Ok(())
    }

    /// Whether a Host is this server: its address, and on this machine `localhost`. Where it listens
    /// on all addresses, any address, but no name: a name can be pointed anywhere.
    fn is_own(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else {
            return false;
        };
        if authority.port_u16().unwrap_or(80) != self.address.port() {
            return false;
        }
        let name = authority.host();
        let own = self.address.ip();
        let named: Option<IpAddr> = name
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .ok();
        match named {
            Some(named) => named == own || own.is_unspecified(),
            None => name == "localhost" && (own.is_loopback() || own.is_unspecified()),
        }
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(
        listen: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<(), GuardError> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Guard::of(listen.parse().unwrap()).judge(&request.body(()).unwrap())
    }

    #[test]
    fn only_the_servers_own_names_are_answered() {
        let cases = [
            ("127.0.0.1:9002", "127.0.0.1:9002", true),
            ("127.0.0.1:9002", "localhost:9002", true),
            ("127.0.0.1:9002", "127.0.0.1:9003", false),
            ("127.0.0.1:9002", "127.0.0.1", false),
            ("127.0.0.1:9002", "evil.example:9002", false),
            ("127.0.0.1:9002", "localhost.evil.example:9002", false),
            ("127.0.0.1:9002", "10.0.0.1:9002", false),
            ("127.0.0.1:9002", "", false),
            ("127.0.0.1:80", "127.0.0.1", true),
            ("[::1]:9002", "[::1]:9002", true),
            ("0.0.0.0:9002", "10.0.0.1:9002", true),
            ("0.0.0.0:9002", "evil.example:9002", false),
        ];
        for (listen, host, is_own) in cases {
            let expected = if is_own {
                Ok(())
            } else {
                Err(GuardError::Host)
            };
            assert_eq!(
                judged(listen, "GET", "/", &[("host", host)]),
                expected,
                "{host}"
            );
        }
    }

    #[test]
    fn other_sites_get_no_data_and_send_nothing() {
        let host = ("host", "127.0.0.1:9002");
        let json = ("content-type", "application/json");
        let own = ("origin", "http://127.0.0.1:9002");
        let cross = ("sec-fetch-site", "cross-site");
        let cases: [(&str, &str, &[_], _); 9] = [
            ("GET", "/", &[host, cross], Ok(())),
            ("GET", "/api/calls", &[host, cross], Err(GuardError::Origin)),
            ("GET", "/api/calls", &[host], Ok(())),
            ("GET", "/app.js", &[host, own], Ok(())),
            (
                "GET",
                "/app.js",
                &[host, ("origin", "null")],
                Err(GuardError::Origin),
            ),
            ("POST", "/api/send", &[host, own, json], Ok(())),
            ("POST", "/api/send", &[host, json], Ok(())),
            (
                "POST",
                "/api/send",
                &[host, own],
                Err(GuardError::ContentType),
            ),
            (
                "POST",
                "/api/send",
                &[host, ("origin", "http://127.0.0.1:9003"), json],
                Err(GuardError::Origin),
            ),
        ];
        for (method, path, headers, expected) in cases {
            let judged = judged("127.0.0.1:9002", method, path, headers);
            assert_eq!(judged, expected, "{method} {path} {headers:?}");
        }
    }
}
