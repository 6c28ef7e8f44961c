//! Networks, and the addresses that no public receiver has.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// A network of IPv4 or IPv6 addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    const fn v4(a: u8, b: u8, c: u8, prefix: u8) -> Network {
        Network {
            address: IpAddr::V4(Ipv4Addr::new(a, b, c, 0)),
            prefix,
        }
    }

    const fn v6(first: [u16; 3], prefix: u8) -> Network {
        let [a, b, c] = first;
        Network {
            address: IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)),
            prefix,
        }
    }

    /// Reads `10.0.0.0/8` or `fd00::/8`. An address alone is a network of one address. The bits
    /// behind the prefix must be zero.
    pub fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => most,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|prefix| *prefix <= most)?
            }
            Some(_) => return None,
        };
        let network = Network { address, prefix };
        let beyond = match address {
            IpAddr::V4(address) => u128::from(address.to_bits()) << 96 << prefix.min(32),
            IpAddr::V6(address) => address.to_bits().checked_shl(prefix.into()).unwrap_or(0),
        };
        (beyond == 0).then_some(network)
    }

    /// Whether the address is in the network. An IPv4-mapped address is in none of IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let differing = match (self.address, address) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                (one.to_bits() ^ other.to_bits()).leading_zeros()
            }
            (IpAddr::V6(one), IpAddr::V6(other)) => {
                (one.to_bits() ^ other.to_bits()).leading_zeros()
            }
            _ => return false,
        };
        differing >= u32::from(self.prefix)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// Networks in which no public receiver is. If one contains another, the smaller comes first.
///
/// Sources: <https://www.iana.org/assignments/iana-ipv4-special-registry>,
/// <https://www.iana.org/assignments/iana-ipv6-special-registry>.
const SPECIAL: [(Network, &str); 33] = [
    (Network::v4(0, 0, 0, 8), "of this network"),
    (Network::v4(10, 0, 0, 8), "private"),
    (Network::v4(100, 64, 0, 10), "of a carrier-grade NAT"),
    (Network::v4(127, 0, 0, 8), "loopback"),
    (Network::v4(169, 254, 0, 16), "link-local"),
    (Network::v4(172, 16, 0, 12), "private"),
    (Network::v4(192, 0, 0, 24), "reserved"),
    (Network::v4(192, 0, 2, 24), "for documentation"),
    (Network::v4(192, 88, 99, 24), "6to4"),
    (Network::v4(192, 168, 0, 16), "private"),
    (Network::v4(198, 18, 0, 15), "for benchmarks"),
    (Network::v4(198, 51, 100, 24), "for documentation"),
    (Network::v4(203, 0, 113, 24), "for documentation"),
    (Network::v4(224, 0, 0, 4), "multicast"),
    (Network::v4(240, 0, 0, 4), "reserved"),
    (LOOPBACK, "loopback"),
    (MAPPED, "IPv4-mapped"),
    (Network::v6([0, 0, 0], 96), "IPv4-compatible"),
    (Network::v6([0x64, 0xff9b, 0], 96), "NAT64"),
    (Network::v6([0x64, 0xff9b, 1], 48), "NAT64"),
    (Network::v6([0x100, 0, 0], 64), "discarded"),
    (Network::v6([0x2001, 0, 0], 32), "Teredo"),
    (Network::v6([0x2001, 0, 0], 23), "reserved"),
    (Network::v6([0x2001, 0xdb8, 0], 32), "for documentation"),
    (Network::v6([0x2002, 0, 0], 16), "6to4"),
    (Network::v6([0x3fff, 0, 0], 20), "for documentation"),
    (Network::v6([0xfc00, 0, 0], 7), "unique local"),
    (Network::v6([0xfe80, 0, 0], 10), "link-local"),
    (Network::v6([0xfec0, 0, 0], 10), "site-local"),
    (Network::v6([0xff00, 0, 0], 8), "multicast"),
    // Only 2000::/3 is for global unicast.
    (Network::v6([0, 0, 0], 3), "reserved"),
    (Network::v6([0x4000, 0, 0], 2), "reserved"),
    (Network::v6([0x8000, 0, 0], 1), "reserved"),
];

const LOOPBACK: Network = Network {
    address: IpAddr::V6(Ipv6Addr::LOCALHOST),
    prefix: 128,
};
const MAPPED: Network = Network {
    address: IpAddr::V6(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0)),
    prefix: 96,
};

/// Why no public receiver has the address: "private"; `None` if a public receiver may have it.
pub fn special_use(address: IpAddr) -> Option<&'static str> {
    let mut found = SPECIAL
        .iter()
        .filter(|(network, _)| network.contains(address));
    found.next().map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_no_public_receiver_has() {
        let cases = [
            ("0.0.0.0", Some("of this network")),
            ("10.255.255.255", Some("private")),
            ("100.64.0.1", Some("of a carrier-grade NAT")),
            ("100.127.255.255", Some("of a carrier-grade NAT")),
            ("127.0.0.1", Some("loopback")),
            ("127.255.255.254", Some("loopback")),
            ("169.254.169.254", Some("link-local")),
            ("172.16.0.1", Some("private")),
            ("172.31.255.255", Some("private")),
            ("192.0.0.192", Some("reserved")),
            ("192.0.2.1", Some("for documentation")),
            ("192.88.99.1", Some("6to4")),
            ("192.168.1.1", Some("private")),
            ("198.19.0.1", Some("for benchmarks")),
            ("198.51.100.7", Some("for documentation")),
            ("203.0.113.9", Some("for documentation")),
            ("224.0.0.1", Some("multicast")),
            ("239.255.255.255", Some("multicast")),
            ("240.0.0.1", Some("reserved")),
            ("255.255.255.255", Some("reserved")),
            ("::", Some("IPv4-compatible")),
            ("::1", Some("loopback")),
            ("::127.0.0.1", Some("IPv4-compatible")),
            ("::ffff:8.8.8.8", Some("IPv4-mapped")),
            ("::ffff:0:8.8.8.8", Some("reserved")),
            ("64:ff9b::10.0.0.1", Some("NAT64")),
            ("64:ff9b:1::1", Some("NAT64")),
            ("100::1", Some("discarded")),
            ("2001::1", Some("Teredo")),
            ("2001:20::1", Some("reserved")),
            ("2001:db8::1", Some("for documentation")),
            ("2002:0a00:0001::1", Some("6to4")),
            ("3fff::1", Some("for documentation")),
            ("5f00::1", Some("reserved")),
            ("4000::1", Some("reserved")),
            ("8000::1", Some("reserved")),
            ("fc00::1", Some("unique local")),
            ("fd00:ec2::254", Some("unique local")),
            ("fe80::1", Some("link-local")),
            ("fec0::1", Some("site-local")),
            ("ff02::1", Some("multicast")),
            ("8.8.8.8", None),
            ("9.255.255.255", None),
            ("11.0.0.1", None),
            ("100.63.255.255", None),
            ("100.128.0.0", None),
            ("172.15.255.255", None),
            ("172.32.0.0", None),
            ("192.0.1.1", None),
            ("223.255.255.255", None),
            ("2001:4860:4860::8888", None),
            ("2a00:1450::1", None),
            ("2003::1", None),
            ("3ffe::1", None),
        ];
        for (address, expected) in cases {
            assert_eq!(special_use(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn a_network_is_an_address_and_the_length_of_its_prefix() {
        let cases = [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("0.0.0.0/0", "255.0.0.1", true),
            ("0.0.0.0/0", "::ffff:10.0.0.1", false),
            ("fd00::/8", "fdff::1", true),
            ("::/0", "ff02::1", true),
            ("::/0", "10.0.0.1", false),
            ("::1", "::1", true),
        ];
        for (network, address, expected) in cases {
            let network = Network::parse(network).expect(network);
            assert_eq!(
                network.contains(address.parse().unwrap()),
                expected,
                "{network} {address}"
            );
        }
        for wrong in [
            "",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.1/8",
            "fd00::1/8",
            "::/129",
            "10/8",
            "a/8",
        ] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
    }
}
