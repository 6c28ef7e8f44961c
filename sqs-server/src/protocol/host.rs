//! The host names that requests may use.

use std::net::IpAddr;
use std::sync::Arc;

/// The server's own hosts: addresses and names of this machine, and the hosts in its options.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    address: IpAddr,
    named: Arc<[String]>,
}

impl Hosts {
    /// The hosts of a server that listens on the address.
    pub(crate) fn new(address: IpAddr, named: Vec<String>) -> Hosts {
        Hosts {
            address,
            named: named.into(),
        }
    }

    /// Whether the host, with or without a port, is one of the server's own.
    pub(super) fn has(&self, host: &str) -> bool {
        let name = without_port(host);
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = bare.parse::<IpAddr>() {
            return address.is_loopback() || address == self.address;
        }
        let name = name.to_ascii_lowercase();
        // Every name under localhost is this machine. (RFC 6761, section 6.3.)
        name == "localhost"
            || name.ends_with(".localhost")
            || self
                .named
                .iter()
                .any(|named| name.eq_ignore_ascii_case(named))
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_this_machine_or_was_named() {
        let address = "192.0.2.1".parse().unwrap();
        let hosts = Hosts::new(address, vec!["host.docker.internal".to_owned()]);
        for own in [
            "127.0.0.1:9324",
            "127.0.0.1",
            "127.8.8.8:1",
            "localhost",
            "LocalHost:9324",
            "sqs.us-east-1.localhost:1",
            "[::1]:9324",
            "[::1]",
            "192.0.2.1:1",
            "host.docker.internal:9324",
        ] {
            assert!(hosts.has(own), "{own}");
        }
        for foreign in [
            "",
            "evil.example",
            "evil.example:9324",
            "127.0.0.1.evil.example",
            "localhost.evil.example:1",
            "notlocalhost",
            "192.0.2.2:1",
            "10.0.0.1",
            "[2001:db8::1]:1",
            "127.0.0.1:9324:1",
        ] {
            assert!(!hosts.has(foreign), "{foreign}");
        }
    }
}
