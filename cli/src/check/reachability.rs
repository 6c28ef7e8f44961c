//! Explains why a connection could not be made: names, addresses, certificates.

use crate::{
    platform::{Address, ConnectError, ExchangeError},
    report::Problem,
};
use std::io;
use tokio_rustls::rustls::{self, CertificateError};

/// Explains why there is no connection.
pub(crate) fn no_connection(error: &ConnectError, address: &Address) -> Problem {
    let host = address.host();
    match error {
        ConnectError::Lookup(_) => Problem::new(
            format!("The name {host} cannot be resolved."),
            "Check the spelling and the DNS record. A name that only your own network knows does not work: the platform calls from the internet.",
        ),
        ConnectError::Refused(peer) => Problem::new(
            format!("The connection was refused by {peer}."),
            format!(
                "Nothing listens on port {}: start the endpoint, or correct the port.",
                address.port()
            ),
        ),
        ConnectError::TimedOut => Problem::new(
            format!("{host} did not accept the connection in time."),
            "A firewall or security group drops packets, or the address is wrong: open the port \
             for the platform.",
        ),
        ConnectError::Unreachable(peer, error) => Problem::new(
            format!("{peer} cannot be reached ({error})."),
            "Check the address, and the network between this machine and the endpoint.",
        ),
        ConnectError::Tls(error) => tls(error, host),
        ConnectError::NoAuthorities => Problem::new(
            "This machine has no list of trusted certificate authorities.",
            "Install the package ca-certificates on this machine, or name a file in SSL_CERT_FILE. This does not mean that the endpoint has a problem.",
        ),
        ConnectError::ServerName => Problem::new(
            format!("{host} is not a name that a certificate can have."),
            "Use a host name of letters, digits, hyphens and dots.",
        ),
        ConnectError::Http(error) => Problem::new(
            format!("No HTTP connection could be made ({error})."),
            "Check that an HTTP server listens at the address.",
        ),
    }
}

/// Explains why there is no answer.
pub(crate) fn no_answer(error: &ExchangeError) -> Problem {
    match error {
        ExchangeError::TimedOut(limit) => Problem::new(
            format!("No answer came within {} s.", limit.as_secs_f32()),
            "The platform counts slow receivers as failed. Look at the endpoint's log, and at the \
             queue behind it.",
        ),
        ExchangeError::Lost(_) => Problem::new(
            "The connection ended before an answer came.",
            "A proxy or the endpoint closed the connection: look at its log. A server that requires TLS also closes it if the URL begins with http://.",
        ),
        ExchangeError::NotHttp(_) => Problem::new(
            "The server at this address does not speak HTTP/1.1.",
            "Check the port, and whether the URL should begin with https://.",
        ),
        ExchangeError::TooLarge => Problem::new(
            "The answer is far too large.",
            "Something other than the endpoint answers: check the URL's path and the proxy.",
        ),
    }
}

fn tls(error: &io::Error, host: &str) -> Problem {
    let cause = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidCertificate(error)) => certificate(error, host),
        Some(rustls::Error::InvalidMessage(_)) => Problem::new(
            "The server at this address does not speak TLS.",
            "Check the port, and whether the URL should begin with http://.",
        ),
        Some(error) => Problem::new(
            format!("No TLS connection could be made ({error})."),
            "The endpoint must offer TLS 1.2 or 1.3 with current cipher suites.",
        ),
        None => Problem::new(
            format!(
                "The connection ended during the TLS handshake ({}).",
                error.kind()
            ),
            "Check that the server is configured for TLS on this port and for this host name.",
        ),
    }
}

fn certificate(error: &CertificateError, host: &str) -> Problem {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Problem::new(
            "The certificate has expired.",
            "Renew it, and make sure that it is renewed automatically.",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Problem::new(
                "The certificate is not valid yet.",
                "Check this machine's clock and the certificate's dates.",
            )
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Problem::new(
                format!("The certificate is not for {host}."),
                "Get a certificate for this host, or use the name in the certificate.",
            )
        }
        CertificateError::UnknownIssuer => Problem::new(
            "The certificate does not come from a publicly trusted authority.",
            "The platform accepts no self-signed certificates. If you bought yours, the server probably does not send the intermediate certificates with it.",
        ),
        // rustls reports this error if a server presents the certificate of an authority.
        error if error.to_string().contains("CaUsedAsEndEntity") => Problem::new(
            "The certificate is self-signed.",
            "The platform does not accept it: get a certificate from a publicly trusted authority.",
        ),
        error => Problem::new(
            format!("The certificate is not accepted ({error})."),
            "Replace it by one from a publicly trusted authority.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_certificate_error_says_what_it_is() {
        let cases = [
            (CertificateError::Expired, "expired"),
            (CertificateError::NotValidYet, "not valid yet"),
            (
                CertificateError::NotValidForName,
                "not for push.example.org",
            ),
            (CertificateError::UnknownIssuer, "publicly trusted"),
            (CertificateError::BadEncoding, "not accepted"),
        ];
        let address: Address = "https://push.example.org/meters".parse().unwrap();
        for (error, expected) in cases {
            let error = rustls::Error::InvalidCertificate(error);
            let error = ConnectError::Tls(io::Error::new(io::ErrorKind::InvalidData, error));
            let problem = no_connection(&error, &address);
            assert!(problem.what.contains(expected), "{problem:?}");
        }
    }
}
