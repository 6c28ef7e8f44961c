//! Tries a source that is pulled: connects as a pull does, and reads the first message.
//!
//! Nothing is acknowledged, so the broker delivers the message again later.

use super::waits::Waits;
use crate::report::{Outcome, Problem, Report, excerpt};
use std::time::Duration;
use thingrelay::{
    clock::Clock,
    pull::{Broker, ConnectError, Delivery, Subscription},
};
use thingrelay_core::{
    config,
    source::SourceName,
    staged::{EdgeError, Staged, Transport},
    tuya::{Environment, OpenError, SignVerdict, Topic},
};
use thingrelay_tuya::{Timing, TuyaBroker};
use tokio::time::timeout;

/// Tries the topics of a source, one after another.
pub(crate) async fn check(
    source: &SourceName,
    tuya: &config::Tuya,
    waits: Waits,
    report: &mut Report,
) {
    for topic in tuya.topics() {
        let timing = Timing {
            connect: waits.connect,
            ..Timing::default()
        };
        let broker = TuyaBroker::new(source, tuya, topic, Clock::system()).with_timing(timing);
        let title = |what: &str| format!("{source}, {what} to {}", topic.as_str());
        let mut subscription = match broker.connect().await {
            Ok(subscription) => subscription,
            Err(error) => {
                report.add(
                    title("connection"),
                    Outcome::Wrong(vec![no_connection(&error)]),
                );
                continue;
            }
        };
        report.add(
            title("connection"),
            Outcome::Well(format!(
                "{} lets us consume {}",
                tuya.endpoint.origin(),
                topic.of(&tuya.access.id)
            )),
        );
        let came = match topic {
            // A topic without a notice is as it should be.
            Topic::Notice => None,
            Topic::Event | Topic::EventTest if waits.message.is_zero() => None,
            Topic::Event | Topic::EventTest => {
                Some(timeout(waits.message, subscription.next()).await)
            }
        };
        subscription.close().await;
        let outcome = match came {
            None => continue,
            Some(Ok(Ok(delivery))) => seen(&delivery),
            Some(Ok(Err(broken))) => Outcome::Wrong(vec![Problem::new(
                sentence(&broken.to_string()),
                "The broker accepted the connection and then closed it: try again, and look at the broker's state.",
            )]),
            Some(Err(_)) => Outcome::Wrong(vec![silence(tuya, waits.message)]),
        };
        report.add(title("messages"), outcome);
    }
}

/// The outcome for a message that came.
fn seen<R>(delivery: &Delivery<R>) -> Outcome {
    let Ok(staged) = Staged::from_body(&delivery.message.body) else {
        return Outcome::Wrong(vec![Problem::new(
            "A message came that cannot be staged.",
            "This is a defect of thingrelay.",
        )]);
    };
    let Transport::Pulsar(provenance) = &staged.transport else {
        return Outcome::Well("a message came".to_owned());
    };
    if let Some(error) = staged.error {
        return Outcome::Wrong(vec![unopened(error, &provenance.message_id)]);
    }
    let mut parts = vec![format!(
        "a message{} came",
        device(&staged.original)
            .map_or_else(String::new, |device| format!(" of the device {device}"))
    )];
    if let Some(protocol) = provenance.protocol {
        parts.push(format!("protocol {protocol}"));
    }
    if let Some(published) = provenance.published {
        let age = Clock::system().now().unix_millis() - published.unix_millis();
        parts.push(format!("published {} s ago", (age / 1000).max(0)));
    }
    parts.push("the access key decrypts it".to_owned());
    parts.push(
        match provenance.sign {
            SignVerdict::Valid => "its sign is right",
            SignVerdict::Invalid => "its sign is wrong, which the setting signature allows",
            SignVerdict::Absent => "it has no sign",
            SignVerdict::Unchecked => "its sign is not checked",
        }
        .to_owned(),
    );
    Outcome::Well(parts.join(", "))
}

/// The device that a message is about.
fn device(plaintext: &[u8]) -> Option<String> {
    let message: serde_json::Value = serde_json::from_slice(plaintext).ok()?;
    let inner = message.get("bizData").and_then(|data| data.get("devId"));
    let device = inner.or_else(|| message.get("devId"))?.as_str()?;
    Some(excerpt(device.as_bytes()))
}

fn unopened(failure: EdgeError, message_id: &str) -> Problem {
    let what =
        format!("A message came, but it cannot be opened: {failure} (message {message_id}).");
    let advice = match failure {
        EdgeError::Unopened(OpenError::DecryptionFailed) => {
            "access_key is not the Access Secret that the project encrypts with: copy it again from \
             the project's page in Tuya's console."
        }
        EdgeError::Unopened(OpenError::BadSignature) => {
            "The setting signature is \"enforce\", and this message's sign is wrong: check whether the signs of other messages are wrong, too, and set it to \"log\" meanwhile."
        }
        EdgeError::Panic => {
            "This is a defect of thingrelay: please report it. A pull stages the message as it came, \
             and the consumer puts it in quarantine."
        }
        EdgeError::Unopened(OpenError::NotJson | OpenError::NoData | OpenError::NotBase64)
        | EdgeError::TooLarge
        | EdgeError::RefusedByQueue => {
            "A pull stages it as it came, and the consumer puts it in quarantine: check which program produces to this topic."
        }
    };
    Problem::new(what, advice)
}

fn silence(tuya: &config::Tuya, waited: Duration) -> Problem {
    let (environment, other) = match tuya.environment {
        Environment::Production => ("production", "test"),
        Environment::Test => ("test", "production"),
    };
    Problem::new(
        format!(
            "Connected, but no message came within {} s.",
            waited.as_secs_f64()
        ),
        format!(
            "If no device sent anything, wait longer with --wait. Otherwise check in Tuya's console that the message rule is published and switched on, and that it belongs to the {environment} environment: devices of the {other} environment are on another topic. Another pull of this source that runs now may also have received the messages."
        ),
    )
}

fn no_connection(error: &ConnectError) -> Problem {
    let text = error.to_string();
    // The advice follows the problem.
    let (what, advice) = match text.split_once(": check ") {
        Some((what, advice)) => (what, Some(format!("Check {advice}"))),
        None => (text.as_str(), None),
    };
    let advice = advice.unwrap_or_else(|| {
        match error {
            ConnectError::Refused(_) => {
                "Compare access_id, access_key and region with the project's page in Tuya's \
                 console."
            }
            ConnectError::Missing(_) => {
                "Check in Tuya's console that the message service is switched on."
            }
            ConnectError::Unreachable(_) => {
                "Check region or url, and that the network lets connections out to this port."
            }
        }
        .to_owned()
    });
    Problem::new(sentence(what), sentence(&advice))
}

/// The text with a capital letter at the start, unless it begins with a name, and a full stop.
fn sentence(text: &str) -> String {
    let first_word = text.split(' ').next().unwrap_or_default();
    let is_word = first_word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let mut text = text.trim_end_matches('.').to_owned() + ".";
    if is_word && let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_and_what_to_do_are_told_apart() {
        let refused = ConnectError::Refused(
            "mqe.example answered 401 for t: check that access_id is right".to_owned(),
        );
        let trust = ConnectError::Unreachable("the certificate has expired".to_owned());
        let cases = [
            (
                refused,
                "mqe.example answered 401 for t.",
                "Check that access_id is right.",
            ),
            (
                trust,
                "The certificate has expired.",
                "Check region or url, and that the network lets connections out to this port.",
            ),
        ];
        for (error, what, advice) in cases {
            assert_eq!(no_connection(&error), Problem::new(what, advice));
        }
    }

    #[test]
    fn the_device_is_found_in_both_families_of_messages() {
        let cases = [
            (r#"{"devId":"d1","status":[]}"#, Some("d1")),
            (r#"{"bizData":{"devId":"d2"}}"#, Some("d2")),
            (r#"{"bizData":{"time":1},"devId":"d3"}"#, Some("d3")),
            (r#"{"devId":"d\n4"}"#, Some("d\\n4")),
            (r#"{"devId":7}"#, None),
            ("no JSON", None),
        ];
        for (text, expected) in cases {
            assert_eq!(device(text.as_bytes()).as_deref(), expected, "{text}");
        }
    }
}
