//! Names that a user gave: which may be shown, and which known name was meant.

use crate::source::SourceName;
use std::borrow::Cow;

/// The length of the shortest token. A shorter text is not a token.
pub(super) const SHORTEST_TOKEN: usize = 16;

/// The name, unless it may be a secret that the user put where a name belongs.
pub fn shown(name: &str) -> Cow<'_, str> {
    let characters = name.chars().count();
    if characters < SHORTEST_TOKEN || SourceName::parse(name).is_some() {
        name.into()
    } else {
        format!("(a name of {characters} characters, not shown: it may be a secret)").into()
    }
}

/// The names that other tools and the platforms' pages use, each with the name that is used here.
const OTHERWISE: [(&str, &str); 35] = [
    ("client_id", "access_id"),
    ("client_secret", "access_key"),
    ("access_secret", "access_key"),
    ("secret", "access_key"),
    ("data_center", "region"),
    ("endpoint", "url"),
    ("env", "environment"),
    ("bootstrap_servers", "brokers"),
    ("servers", "brokers"),
    ("group_id", "group"),
    ("consumer_group", "group"),
    ("protocol", "security"),
    ("security_protocol", "security"),
    ("sasl_mechanism", "mechanism"),
    ("sasl_username", "username"),
    ("sasl_password", "password"),
    ("ca_cert", "ca"),
    ("ssl_ca", "ca"),
    ("ssl_check_hostname", "check_hostname"),
    ("verify_hostname", "check_hostname"),
    ("client_cert", "client_certificate"),
    ("timezone", "utc_offset"),
    ("time_zone", "utc_offset"),
    ("format", "payload"),
    ("url", "queue_url"),
    ("secret", "signing_secrets"),
    ("whsec", "signing_secrets"),
    ("timeout", "timeout_seconds"),
    ("give_up_after", "give_up_after_seconds"),
    ("event_bus_name", "event_bus"),
    ("event_bus_arn", "event_bus"),
    ("kind", "type"),
    ("tls", "ssl"),
    ("binary", "base64"),
    ("raw", "base64"),
];

/// The known name that the user meant. The user may have written another word for it, or its
/// beginning or end, or misspelt it: one letter in four may be wrong, missing, extra, or swapped
/// with its neighbour. Case does not matter.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace(['-', '.', ' '], "_");
    let given = plain(&given.chars().take(80).collect::<String>());
    let known: Vec<(&str, String)> = known.into_iter().map(|name| (name, plain(name))).collect();
    let mut others = OTHERWISE.iter().filter(|(other, _)| *other == given);
    if let Some((name, _)) =
        others.find_map(|(_, meant)| known.iter().find(|(name, _)| name == meant))
    {
        return Some(name);
    }
    let parts = |(_, plain): &&(&str, String)| {
        given.len() >= 3 && (plain.starts_with(&given) || plain.ends_with(&given))
    };
    let mut with_it = known.iter().filter(parts);
    if let (Some((name, _)), None) = (with_it.next(), with_it.next()) {
        return Some(name);
    }
    known
        .iter()
        .map(|(name, plain)| (strsim::osa_distance(&given, plain), plain.len(), *name))
        .filter(|(distance, length, _)| *distance <= (length / 4).max(1))
        .min_by_key(|(distance, ..)| *distance)
        .map(|(.., name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_the_one_that_was_meant() {
        const KNOWN: [&str; 5] = ["tokens", "platform", "freshness_seconds", "payload", "type"];
        let cases = [
            ("tokns", Some("tokens")),
            ("token", Some("tokens")),
            ("Tokens", Some("tokens")),
            ("toknes", Some("tokens")),
            ("plattform", Some("platform")),
            ("freshness-second", Some("freshness_seconds")),
            ("typ", Some("type")),
            ("colour", None),
            ("", None),
            ("k3J9xQ7pLm2Vt8Wz", None),
        ];
        for (misspelt, meant) in cases {
            assert_eq!(nearest(misspelt, KNOWN), meant, "{misspelt}");
        }
    }

    #[test]
    fn other_words_and_parts_of_a_name_find_it() {
        let tuya = [
            "access_id",
            "access_key",
            "region",
            "url",
            "environment",
            "signature",
        ];
        let http = [
            "tokens",
            "freshness_seconds",
            "silent_after_minutes",
            "utc_offset",
        ];
        let kafka = [
            "brokers",
            "username",
            "client_certificate",
            "client_key",
            "type",
            "queue_url",
        ];
        let values = [
            "tencent-iot-hub",
            "tencent-iot-video",
            "PLAIN",
            "SCRAM-SHA-256",
            "ckafka",
        ];
        let cases: &[(&str, &[&str], Option<&str>)] = &[
            ("client_id", &tuya, Some("access_id")),
            ("client-secret", &tuya, Some("access_key")),
            ("env", &tuya, Some("environment")),
            ("sign", &tuya, Some("signature")),
            ("freshness", &http, Some("freshness_seconds")),
            ("silent_after", &http, Some("silent_after_minutes")),
            ("timezone", &http, Some("utc_offset")),
            ("client_id", &http, None),
            ("bootstrap.servers", &kafka, Some("brokers")),
            ("user", &kafka, Some("username")),
            ("client", &kafka, None),
            ("url", &kafka, Some("queue_url")),
            ("queueUrl", &kafka, Some("queue_url")),
            ("hub", &values, Some("tencent-iot-hub")),
            ("tencent", &values, None),
            ("plain", &values, Some("PLAIN")),
            ("scram-sha256", &values, Some("SCRAM-SHA-256")),
            ("kafka", &values, Some("ckafka")),
        ];
        for (given, known, meant) in cases {
            assert_eq!(nearest(given, known.iter().copied()), *meant, "{given}");
        }
    }

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        for name in ["meters", "Meters", "a-source-of-some-length", "colour"] {
            assert_eq!(shown(name), name);
        }
        for name in ["k3J9xQ7pLm2Vt8Wz", "k3j9xq7plm2vt8wz!"] {
            assert!(!shown(name).contains(name), "{name}");
        }
    }
}
