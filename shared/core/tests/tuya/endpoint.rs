//! The address of the service, and its URLs.

use proptest::prelude::*;
use thingrelay_core::tuya::{
    AccessId, AccessKey, Endpoint, EndpointError, Environment, REGIONS, Topic,
};

const QUERY: &str = "subscriptionType=Failover&ackTimeoutMillis=120000";

fn id() -> AccessId {
    AccessId::parse("abc").unwrap()
}

#[test]
fn a_url_of_tuyas_pages_is_mapped_to_its_websocket_service() {
    for (region, host) in [
        ("cn", "mqe.tuyacn.com"),
        ("us", "mqe.tuyaus.com"),
        ("eu", "mqe.tuyaeu.com"),
        ("in", "mqe.tuyain.com"),
    ] {
        assert!(REGIONS.contains(&region));
        let of_region = Endpoint::of_region(region).unwrap();
        assert_eq!(of_region.origin(), format!("wss://{host}:8285"));
        let of_pages = Endpoint::parse(&format!("pulsar+ssl://{host}:7285/"));
        assert_eq!(of_pages.as_ref(), Ok(&of_region));
        let url = of_region.consumer_url(&id(), Topic::Event);
        let expected =
            format!("wss://{host}:8285/ws/v2/consumer/persistent/abc/out/event/abc-sub?{QUERY}");
        assert!(url.starts_with(&expected), "{url}");
    }
    assert_eq!(Endpoint::of_region("mars"), None);
}

#[test]
fn host_port_and_path_are_those_of_the_url() {
    let cases = [
        ("wss://a.example", "wss://a.example:8285", None),
        ("wss://a.example/", "wss://a.example:8285", None),
        ("wss://a.example:443", "wss://a.example:443", None),
        (" wss://a.example:443/ ", "wss://a.example:443", None),
        ("ws://127.0.0.1:8080", "ws://127.0.0.1:8080", None),
        ("ws://localhost:8080/", "ws://localhost:8080", None),
        ("ws://[::1]:8080", "ws://[::1]:8080", None),
        ("ws://LocalHost:8080", "ws://LocalHost:8080", None),
        ("wss://[::1]", "wss://[::1]:8285", None),
        // The port belongs to another protocol, and a path of its own is ignored.
        (
            "pulsar+ssl://a.example:7285/x",
            "wss://a.example:8285",
            None,
        ),
        (
            "wss://a.example:9/x/y?z=1",
            "wss://a.example:9",
            Some("/x/y?z=1"),
        ),
        (
            "wss://a.example/?z=1",
            "wss://a.example:8285",
            Some("/?z=1"),
        ),
    ];
    for (text, origin, path) in cases {
        let endpoint = Endpoint::parse(text).unwrap();
        assert_eq!(endpoint.origin(), origin, "{text}");
        assert_eq!(endpoint.is_tls(), origin.starts_with("wss"), "{text}");
        let url = endpoint.consumer_url(&id(), Topic::EventTest);
        match path {
            Some(path) => assert_eq!(url, format!("{origin}{path}")),
            None => assert!(
                url.starts_with(&format!(
                    "{origin}/ws/v2/consumer/persistent/abc/out/event-test/abc-sub?{QUERY}"
                )),
                "{url}"
            ),
        }
    }
}

#[test]
fn what_is_no_endpoint_says_why() {
    let cases = [
        ("", EndpointError::NoUrl),
        ("a.example", EndpointError::Scheme),
        ("/x", EndpointError::NoUrl),
        ("wss://", EndpointError::NoUrl),
        ("wss://a.example:", EndpointError::NoUrl),
        ("wss://a.example:0", EndpointError::NoUrl),
        ("wss://a.example:65536", EndpointError::NoUrl),
        ("wss://a.example:x", EndpointError::NoUrl),
        ("wss://a example", EndpointError::NoUrl),
        ("https://a.example", EndpointError::Scheme),
        ("pulsar://a.example:6650", EndpointError::Scheme),
        ("ws://a.example", EndpointError::NotEncrypted),
        ("ws://127.0.0.1.example", EndpointError::NotEncrypted),
        ("ws://localhost.example", EndpointError::NotEncrypted),
        ("ws://192.168.0.1:8080", EndpointError::NotEncrypted),
        ("ws://[2001:db8::1]:8080", EndpointError::NotEncrypted),
        ("wss://user:secret@a.example", EndpointError::Credentials),
    ];
    for (text, expected) in cases {
        let error = Endpoint::parse(text).unwrap_err();
        assert_eq!(error, expected, "{text}");
        assert!(!error.to_string().contains("secret"));
    }
}

#[test]
fn topics_have_their_names() {
    let cases = [
        (
            Environment::Production.topic(),
            "persistent://abc/out/event",
        ),
        (Environment::Test.topic(), "persistent://abc/out/event-test"),
        (Topic::Notice, "persistent://abc/out/notice"),
    ];
    for (topic, name) in cases {
        assert_eq!(topic.of(&id()), name);
    }
    let endpoint = Endpoint::parse("ws://127.0.0.1:8080").unwrap();
    assert_eq!(
        endpoint.producer_url(&id(), Topic::Event),
        "ws://127.0.0.1:8080/ws/v2/producer/persistent/abc/out/event"
    );
}

#[test]
fn ids_and_keys_keep_to_their_grammar() {
    for (text, good) in [
        ("a", true),
        ("A-b_9", true),
        (&"a".repeat(64), true),
        ("", false),
        (&"a".repeat(65), false),
        ("a/b", false),
        ("a b", false),
        ("é", false),
    ] {
        assert_eq!(AccessId::parse(text).is_some(), good, "{text}");
    }
    for (text, good) in [
        (&*"k".repeat(24), true),
        (&"k".repeat(64), true),
        (&"k".repeat(23), false),
        ("", false),
        (&"é".repeat(24), false),
        (&format!("{} ", "k".repeat(24)), false),
    ] {
        assert_eq!(AccessKey::parse(text).is_some(), good, "{text}");
    }
    let key = AccessKey::parse("kkkkkkkkkkkkkkkkkkkkkkkk").unwrap();
    assert!(!format!("{key:?}").contains('k'), "{key:?}");
}

proptest! {
    /// For any text: no panic, and no unencrypted connection leaves this machine.
    #[test]
    fn only_this_machine_is_reached_without_tls(
        text in prop_oneof![any::<String>(), "(wss|ws|pulsar\\+ssl|https)://[a-z0-9.:@\\[\\]/?]{0,24}"],
    ) {
        if let Ok(endpoint) = Endpoint::parse(&text) {
            let host = endpoint.host().trim_matches(['[', ']']);
            let is_local = host == "localhost"
                || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
            prop_assert!(endpoint.is_tls() || is_local, "{}", endpoint.origin());
            prop_assert_eq!(Endpoint::parse(&endpoint.origin()).unwrap().origin(), endpoint.origin());
        }
    }
}
