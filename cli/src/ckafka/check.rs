//! Tries a source that is pulled from CKafka: asks for what a pull needs, and reads the last
//! record.
//!
//! The check joins no group and commits nothing, so it does not disturb a pull that is running.

use crate::report::{Findings, Outcome, Problem, excerpt};
use std::{fmt::Write, time::Duration};
use thingrelay::clock::Clock;
use thingrelay_core::{
    config::{Authorities, Ckafka, EdgeSource, KafkaEncryption, KafkaPull, KafkaTls},
    kafka,
    normalize::normalize,
    staged::Staged,
};
use thingrelay_kafka::probe::{self, GroupStatus, LastRecord, ProbeError, ProbeReport};

/// Tries a source. The times are those for an answer and for a first record.
pub(crate) async fn check(
    source: &EdgeSource,
    ckafka: &Ckafka,
    pull: &KafkaPull,
    answer: Duration,
    record: Duration,
) -> Findings {
    let waits = probe::ProbeTimeouts { answer, record };
    let probed = probe::probe(ckafka, pull, waits).await;
    findings(source, ckafka, pull, &probed, waits)
}

fn findings(
    source: &EdgeSource,
    ckafka: &Ckafka,
    pull: &KafkaPull,
    probed: &Result<ProbeReport, ProbeError>,
    waits: probe::ProbeTimeouts,
) -> Findings {
    let title = |what: &str| format!("{}, {what}", source.name);
    let mut findings = Vec::new();
    let probed = match probed {
        Ok(probed) => probed,
        Err(trouble) => {
            let problem = no_connection(trouble, ckafka, pull);
            return vec![(title("connection"), Outcome::Wrong(vec![problem]))];
        }
    };
    let brokers = ckafka.brokers.join(",");
    let who = match &pull.security.login {
        Some(login) => format!(
            "{} in, by {}",
            excerpt(login.username.as_bytes()),
            login.mechanism.as_str()
        ),
        None => "everybody in".to_owned(),
    };
    let how = format!("{brokers} lets {who} over {}", pull.security.protocol());
    findings.push((title("connection"), Outcome::Well(how)));
    for (topic, found) in &probed.topics {
        let outcome = match found {
            Ok(partitions) => Outcome::Well(counted(*partitions as u64, "partition")),
            Err(trouble) => Outcome::Wrong(vec![no_topic(topic, trouble)]),
        };
        findings.push((title(&format!("topic {topic}")), outcome));
    }
    if let Some(status) = &probed.group {
        let group = excerpt(pull.group.as_bytes());
        let outcome = match status {
            Ok(status) => stands(status),
            Err(trouble) => Outcome::Wrong(vec![no_group(&group, trouble)]),
        };
        findings.push((title(&format!("group {group}")), outcome));
        findings.push((title("records"), records(source, &probed.last, waits)));
    }
    findings
}

fn stands(status: &GroupStatus) -> Outcome {
    let lag = status.lag.unwrap_or_default();
    if lag.deleted > 0 {
        return Outcome::Wrong(vec![Problem::new(
            format!(
                "The broker has deleted {} before the group read them.",
                counted(lag.deleted, "record")
            ),
            "They are lost. Compare the topic's retention in CKafka's console with the time without a pull. The next pull continues with the earliest record that exists.",
        )]);
    }
    let mut text = match status.has_committed {
        true => "it has committed".to_owned(),
        false => "it has committed nothing, and will begin at the earliest record".to_owned(),
    };
    if status.lag.is_some() {
        let verb = if lag.waiting == 1 { "waits" } else { "wait" };
        let waiting = counted(lag.waiting, "record");
        let _ = write!(text, ", {waiting} {verb} for it");
    }
    Outcome::Well(text)
}

/// The outcome for the records.
fn records(
    source: &EdgeSource,
    last: &Result<Option<LastRecord>, ProbeError>,
    waits: probe::ProbeTimeouts,
) -> Outcome {
    let problem = match last {
        Ok(Some(last)) => return seen(source, last),
        Ok(None) if waits.record.is_zero() => {
            return Outcome::Skipped(
                "there is none, and the check does not wait for one".to_owned(),
            );
        }
        Ok(None) => Problem::new(
            format!(
                "Connected, but there is no record, and none came within {} s.",
                waits.record.as_secs_f64()
            ),
            "If no device sent anything, wait longer with --wait. Otherwise check in the platform's console that the forwarding to CKafka is switched on, and that it names this instance and topic.",
        ),
        Err(trouble @ ProbeError::Forbidden(_)) => Problem::new(
            sentence(&format!("the user may not read the topic: {trouble}")),
            "Give the user the right to read the topic in CKafka's console.",
        ),
        Err(trouble) => Problem::new(
            sentence(&format!("the records cannot be read: {trouble}")),
            "The brokers' addresses in the cluster's answer differ from the setting brokers, and this machine has to reach them, too. Set brokers to the access point for this network.",
        ),
    };
    Outcome::Wrong(vec![problem])
}

/// The outcome for the last record.
fn seen(source: &EdgeSource, last: &LastRecord) -> Outcome {
    let now = Clock::system().now();
    let (_, message) = kafka::to_stage(&source.name, source.platform, &last.record(), now);
    let place = format!(
        "partition {}, offset {} of {}",
        last.partition, last.offset, last.topic
    );
    let age = last.timestamp.filter(|millis| *millis >= 0);
    let age = age.map(|millis| (now.unix_millis() - millis).max(0) / 1000);
    let mut text = match read(source, &message.body) {
        Ok(what) => format!("the last one is {what}, {place}"),
        Err(why) => {
            return Outcome::Wrong(vec![Problem::new(
                sentence(&format!(
                    "the last record cannot be understood: {why} ({place})"
                )),
                "A pull stages it as it came, and the consumer puts it in quarantine: check which other program produces to this topic.",
            )]);
        }
    };
    let Some(age) = age else {
        return Outcome::Well(text);
    };
    let _ = write!(text, ", stored {} ago", duration(age));
    let silent_after = source
        .silent_after_minutes
        .map(|minutes| i64::from(minutes) * 60);
    if silent_after.is_some_and(|limit| age > limit) {
        return Outcome::Wrong(vec![Problem::new(
            sentence(&text),
            "That is longer than silent_after_minutes: check in the platform's console that the \
             forwarding to CKafka is still switched on.",
        )]);
    }
    Outcome::Well(text)
}

/// Describes the content of a staged record.
fn read(source: &EdgeSource, body: &str) -> Result<String, String> {
    let staged = Staged::from_body(body).map_err(|_| "it cannot be staged".to_owned())?;
    if let Some(failure) = staged.error {
        return Err(failure.to_string());
    }
    let events = normalize(&staged, source.decoding).map_err(|why| why.to_string())?;
    let event = events.first().ok_or("it gives no event")?;
    let kind = event.kind.as_str();
    Ok(match &event.subject {
        Some(subject) => format!("{kind} of {}", excerpt(subject.as_bytes())),
        None => kind.to_owned(),
    })
}

fn no_connection(trouble: &ProbeError, ckafka: &Ckafka, pull: &KafkaPull) -> Problem {
    let brokers = ckafka.brokers.join(",");
    let protocol = pull.security.protocol();
    match trouble {
        ProbeError::Refused(_) => Problem::new(
            sentence(&format!("{brokers} refuses the login: {trouble}")),
            "Compare username (at CKafka the instance's id, # and the user's name), password and \
             mechanism with the user in CKafka's console.",
        ),
        ProbeError::Tls(_) => Problem::new(
            sentence(&format!("no TLS with {brokers}: {trouble}")),
            match &pull.security.encryption {
                KafkaEncryption::Tls(KafkaTls {
                    authorities: Authorities::Own { check_hostname, .. },
                    client,
                }) => {
                    let mut advice = "Compare ca with the certificate that belongs to this \
                        instance, and check that this listener uses TLS"
                        .to_owned();
                    advice.push_str(if *check_hostname {
                        " and that its certificate has this host's name. CKafka's certificates do not have it and need check_hostname = false."
                    } else {
                        "."
                    });
                    advice.push_str(match client {
                        Some(_) => " Compare client_certificate with what the broker trusts.",
                        None => " If the broker asks for a certificate, set client_certificate.",
                    });
                    advice
                }
                _ => "Set ca to the certificate that belongs to the instance, since CKafka's are not \
                      signed by a public authority, and check that this listener uses TLS."
                    .to_owned(),
            },
        ),
        _ => Problem::new(
            sentence(&format!(
                "{brokers} cannot be reached over {protocol}: {trouble}"
            )),
            "Check brokers, that the network lets connections out to this port, and that security is right for this access point (sasl_plaintext, sasl_ssl, ssl or plaintext).",
        ),
    }
}

fn no_topic(topic: &str, trouble: &ProbeError) -> Problem {
    match trouble {
        ProbeError::Forbidden(_) => Problem::new(
            format!("The user may not use the topic {topic}."),
            "Give the user the right to read the topic in CKafka's console.",
        ),
        _ => Problem::new(
            format!("There is no topic {topic}."),
            "Compare topics with the list in CKafka's console, or create the topic there.",
        ),
    }
}

fn no_group(group: &str, trouble: &ProbeError) -> Problem {
    match trouble {
        ProbeError::Forbidden(_) => Problem::new(
            format!("The user may not use the group {group}."),
            "Give the user the right to read as this group in CKafka's console, or set group to one \
             that the user may use.",
        ),
        _ => Problem::new(
            sentence(&format!("the group's offsets cannot be read: {trouble}")),
            "The brokers' addresses in the cluster's answer differ from the setting brokers, and this machine has to reach them, too. Set brokers to the access point for this network.",
        ),
    }
}

fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The duration in the largest unit that fits.
fn duration(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// The text on one line, with a capital letter at the start, unless it begins with an address, and
/// a full stop.
fn sentence(text: &str) -> String {
    let mut text = text.trim_end_matches('.').replace(char::is_control, " ") + ".";
    let first_word = text.split(' ').next().unwrap_or_default();
    if first_word.bytes().all(|byte| byte.is_ascii_alphabetic())
        && let Some(first) = text.get_mut(..1)
    {
        first.make_ascii_uppercase();
    }
    text
}

#[cfg(test)]
mod tests;
