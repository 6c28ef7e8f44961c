use super::*;
use crate::telemetry::{
    Counters, Format,
    captured::{lines, object},
    counters::Row,
};
use serde_json::{Value, json};
use thingrelay_core::signature::{HeaderError, VerifyError, triple::TripleError};

const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A counter's name, its source or target, its reason, and its count.
type Count = (
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
    u64,
);

struct Case<'a> {
    internal_event: InternalEvent<'a>,
    counts: Vec<Count>,
    level: &'static str,
    message: &'static str,
    fields: Value,
}

/// Every internal event. The match has no wildcard, so that the compiler finds an event that is
/// missing.
fn cases(source: &SourceName) -> Vec<Case<'_>> {
    let meters = Some("meters");
    let refusal = VerifyError::Stale { skew_seconds: 301 }.into();
    let stale = "the timestamp is 301 s in the past by this clock";
    let every = [
        InternalEvent::Received {
            source: Some(source),
        },
        InternalEvent::Rejected {
            source: Some(source),
            refusal,
        },
        InternalEvent::Unavailable {
            source,
            id: ID,
            error: "timed out",
        },
        InternalEvent::Accepted { source, id: ID },
        InternalEvent::UrlChecked { source },
        InternalEvent::UrlCheckRefused {
            source: Some(source),
            refusal,
        },
        InternalEvent::PreviousToken { source, id: ID },
        InternalEvent::Forwarded {
            source: Some(source),
            id: ID,
            events: 3,
            kind: Some(EventType::DeviceOnline),
            subject: Some("P1/meter-7"),
        },
        InternalEvent::Replayed {
            source: Some(source),
            id: ID,
        },
        InternalEvent::Unrouted {
            source: Some(source),
            id: ID,
            events: 2,
        },
        InternalEvent::Sent {
            target: "meters",
            matched: 9,
            delivered: 5,
            refused: 1,
            postponed: 3,
        },
        InternalEvent::Quarantined {
            source: Some(source),
            id: ID,
            reason: "not_json",
        },
        InternalEvent::HandedBack {
            id: ID,
            reason: "deadline",
            detail: "late",
        },
        InternalEvent::NotHidden { error: "denied" },
        InternalEvent::Connected {
            source,
            topic: "persistent://id/out/event",
        },
        InternalEvent::Refused {
            source,
            detail: "check the key",
        },
        InternalEvent::Unreachable {
            source,
            detail: "timed out",
        },
        InternalEvent::Silent {
            source,
            minutes: 15,
        },
        InternalEvent::Expired {
            source,
            detail: "iot [3]: offset reset",
        },
        InternalEvent::Lag {
            source,
            records: 1_200,
        },
        InternalEvent::DecryptionFailed {
            source,
            id: ID,
            reason: "decryption_failed",
        },
        InternalEvent::BadSign { source, id: ID },
        InternalEvent::MissingSign { source, id: ID },
        InternalEvent::OddFrame {
            source,
            detail: "a binary frame",
        },
        InternalEvent::StagingRetried {
            source,
            error: "timed out",
        },
        InternalEvent::SettingsUnavailable { detail: "gone" },
        InternalEvent::Misconfigured {
            part: SettingsPart::Source(source),
            kept: true,
            detail: "weak",
        },
        InternalEvent::Misconfigured {
            part: SettingsPart::Target,
            kept: false,
            detail: "misspelt",
        },
        InternalEvent::Misconfigured {
            part: SettingsPart::Rest,
            kept: false,
            detail: "misspelt",
        },
    ];
    let case = |internal_event: InternalEvent<'_>| match internal_event {
        InternalEvent::Received { .. } => (
            vec![("received", meters, None, 1)],
            ("DEBUG", "received"),
            json!({"source": "meters"}),
        ),
        InternalEvent::Rejected { .. } => (
            vec![("rejected", meters, Some("stale"), 1)],
            ("WARN", "message rejected"),
            json!({"source": "meters", "reason": "stale", "detail": stale}),
        ),
        InternalEvent::Unavailable { .. } => (
            vec![("unavailable", meters, None, 1)],
            ("ERROR", "staging failed, the platform tries again"),
            json!({"source": "meters", "id": ID, "error": "timed out"}),
        ),
        InternalEvent::Accepted { .. } => (
            vec![("accepted", meters, None, 1)],
            ("DEBUG", "accepted"),
            json!({"source": "meters", "id": ID}),
        ),
        InternalEvent::UrlChecked { .. } => (
            vec![("url_checks", meters, None, 1)],
            ("DEBUG", "URL checked"),
            json!({"source": "meters"}),
        ),
        InternalEvent::UrlCheckRefused { .. } => (
            vec![("url_checks_refused", meters, Some("stale"), 1)],
            ("WARN", "URL check refused"),
            json!({"source": "meters", "reason": "stale", "detail": stale}),
        ),
        InternalEvent::PreviousToken { .. } => (
            vec![("previous_token", meters, None, 1)],
            ("DEBUG", "signed with the previous token"),
            json!({"source": "meters", "id": ID}),
        ),
        InternalEvent::Forwarded { .. } => (
            vec![("events", meters, None, 3), ("forwarded", meters, None, 1)],
            ("DEBUG", "forwarded"),
            json!({"source": "meters", "id": ID, "events": 3,
                "type": "io.thingrelay.device.online.v1", "subject": "P1/meter-7"}),
        ),
        InternalEvent::Replayed { .. } => (
            vec![("replayed", meters, None, 1)],
            ("DEBUG", "staged again, and done"),
            json!({"source": "meters", "id": ID}),
        ),
        InternalEvent::Unrouted { .. } => (
            vec![("unrouted", meters, None, 2)],
            ("DEBUG", "no target takes these events"),
            json!({"source": "meters", "id": ID, "events": 2}),
        ),
        InternalEvent::Sent { .. } => (
            vec![
                ("delivered", meters, None, 5),
                ("matched", meters, None, 9),
                ("postponed", meters, None, 3),
                ("refused", meters, None, 1),
            ],
            ("DEBUG", "sent to a target"),
            json!({"to": "meters", "matched": 9, "delivered": 5, "refused": 1, "postponed": 3}),
        ),
        InternalEvent::Quarantined { .. } => (
            vec![("quarantined", meters, Some("not_json"), 1)],
            ("ERROR", "quarantined"),
            json!({"source": "meters", "id": ID, "reason": "not_json"}),
        ),
        InternalEvent::HandedBack { .. } => (
            vec![("handed_back", None, Some("deadline"), 1)],
            ("WARN", "handed back to the queue"),
            json!({"id": ID, "reason": "deadline", "detail": "late"}),
        ),
        InternalEvent::NotHidden { .. } => (
            vec![("not_hidden", None, None, 1)],
            ("WARN", "records come again after the queue's own time"),
            json!({"error": "denied"}),
        ),
        InternalEvent::Connected { .. } => (
            vec![("connected", meters, None, 1)],
            ("DEBUG", "connected"),
            json!({"source": "meters", "topic": "persistent://id/out/event"}),
        ),
        InternalEvent::Refused { .. } => (
            vec![("credentials_refused", meters, None, 1)],
            ("ERROR", "credentials refused"),
            json!({"source": "meters", "detail": "check the key"}),
        ),
        InternalEvent::Unreachable { .. } => (
            vec![("unreachable", meters, None, 1)],
            ("WARN", "broker unreachable"),
            json!({"source": "meters", "detail": "timed out"}),
        ),
        InternalEvent::Silent { .. } => (
            vec![("silent", meters, None, 1)],
            ("WARN", "connected, nothing received"),
            json!({"source": "meters", "minutes": 15}),
        ),
        InternalEvent::Expired { .. } => (
            vec![("expired", meters, None, 1)],
            ("ERROR", "records were deleted before they were read"),
            json!({"source": "meters", "detail": "iot [3]: offset reset"}),
        ),
        InternalEvent::Lag { .. } => (
            vec![("lag", meters, None, 1_200)],
            ("DEBUG", "lag"),
            json!({"source": "meters", "records": 1_200}),
        ),
        InternalEvent::DecryptionFailed { .. } => (
            vec![("decryption_failed", meters, Some("decryption_failed"), 1)],
            ("ERROR", "decryption failed"),
            json!({"source": "meters", "id": ID, "reason": "decryption_failed"}),
        ),
        InternalEvent::BadSign { .. } => (
            vec![("bad_sign", meters, None, 1)],
            ("WARN", "the sign is wrong"),
            json!({"source": "meters", "id": ID}),
        ),
        InternalEvent::MissingSign { .. } => (
            vec![("missing_sign", meters, None, 1)],
            ("WARN", "the sign is missing"),
            json!({"source": "meters", "id": ID}),
        ),
        InternalEvent::OddFrame { .. } => (
            vec![("odd_frames", meters, None, 1)],
            ("WARN", "the broker sent something that is not a message"),
            json!({"source": "meters", "detail": "a binary frame"}),
        ),
        InternalEvent::StagingRetried { .. } => (
            vec![("staging_retried", meters, None, 1)],
            ("ERROR", "staging failed, the pulled messages are kept"),
            json!({"source": "meters", "error": "timed out"}),
        ),
        InternalEvent::SettingsUnavailable { .. } => (
            vec![("settings_unavailable", None, None, 1)],
            (
                "ERROR",
                "new settings cannot be used, the old ones stay in use",
            ),
            json!({"detail": "gone"}),
        ),
        InternalEvent::Misconfigured {
            part: SettingsPart::Source(_),
            ..
        } => (
            vec![("misconfigured", meters, Some("source"), 1)],
            ("ERROR", "misconfigured"),
            json!({"source": "meters", "reason": "source", "kept": true, "detail": "weak"}),
        ),
        InternalEvent::Misconfigured { part, .. } => (
            vec![("misconfigured", None, Some(part.code()), 1)],
            ("ERROR", "misconfigured"),
            json!({"reason": part.code(), "kept": false, "detail": "misspelt"}),
        ),
    };
    let with_case = every.map(|internal_event| {
        let (counts, (level, message), fields) = case(internal_event);
        Case {
            internal_event,
            counts,
            level,
            message,
            fields,
        }
    });
    with_case.into()
}

fn counted(work: impl FnOnce()) -> Vec<(Row, u64)> {
    let counters = Counters::default();
    metrics::with_local_recorder(&counters, work);
    counters.take()
}

fn rows(counts: &[Count]) -> Vec<(Row, u64)> {
    let rows = counts.iter().map(|(name, of, reason, count)| {
        let of = of.map(str::to_owned);
        let is_of_target = ["delivered", "matched", "postponed", "refused"].contains(name);
        let (source, target) = if is_of_target { (None, of) } else { (of, None) };
        let row = Row {
            name: (*name).to_owned(),
            source,
            reason: reason.map(str::to_owned),
            target,
        };
        (row, *count)
    });
    rows.collect()
}

#[test]
fn each_internal_event_is_counted_and_gives_one_line() {
    let source = SourceName::parse("meters").unwrap();
    for case in cases(&source) {
        let name = format!("{:?}", case.internal_event);
        let mut counts = Vec::new();
        let lines = lines(Format::Json, "trace", || {
            counts = counted(|| case.internal_event.emit());
        });
        assert_eq!(counts, rows(&case.counts), "{name}");
        let [line] = <[String; 1]>::try_from(lines).unwrap();
        let mut line = object(&line);
        for (member, expected) in [("level", case.level), ("message", case.message)] {
            assert_eq!(line.remove(member), Some(expected.into()), "{name}");
        }
        line.remove("timestamp").unwrap();
        line.remove("target").unwrap();
        assert_eq!(Value::Object(line), case.fields, "{name}");
    }
}

#[test]
fn what_goes_as_it_should_is_silent_by_default() {
    let source = SourceName::parse("meters").unwrap();
    for case in cases(&source) {
        let lines = lines(Format::Json, "", || case.internal_event.emit());
        assert_eq!(
            lines.len(),
            usize::from(case.level != "DEBUG"),
            "{:?}: {lines:?}",
            case.internal_event
        );
    }
}

#[test]
fn every_refusal_counts_under_its_word() {
    let source = SourceName::parse("hub").unwrap();
    let refusals = [
        RequestError::UnknownSource,
        RequestError::Misconfigured,
        RequestError::MalformedRequest,
        RequestError::Header(HeaderError::Missing("Nonce")),
        RequestError::Header(HeaderError::Repeated("Nonce")),
        RequestError::Header(HeaderError::Mixed),
        RequestError::Header(HeaderError::Malformed("Nonce", TripleError::Nonce)),
        RequestError::Signature(VerifyError::BadSignature),
        RequestError::Signature(VerifyError::Stale { skew_seconds: 301 }),
        RequestError::Signature(VerifyError::Ambiguous),
        RequestError::MissingEchostr,
        RequestError::MalformedEchostr,
        RequestError::MethodNotAllowed,
        RequestError::BodyTooLarge,
        RequestError::BodyTimeout,
    ];
    for refusal in refusals {
        for (source, label) in [(Some(&source), "hub"), (None, UNKNOWN_SOURCE)] {
            for (name, internal_event) in [
                ("rejected", InternalEvent::Rejected { source, refusal }),
                (
                    "url_checks_refused",
                    InternalEvent::UrlCheckRefused { source, refusal },
                ),
            ] {
                let counts = counted(|| {
                    internal_event.emit();
                    internal_event.emit();
                });
                let expected = (name, Some(label), Some(refusal.code()), 2);
                assert_eq!(counts, rows(&[expected]));
            }
        }
    }
}

#[test]
fn a_source_that_nobody_configured_has_one_name() {
    let internal_events = [
        InternalEvent::Received { source: None },
        InternalEvent::Forwarded {
            source: None,
            id: ID,
            events: 0,
            kind: None,
            subject: None,
        },
        InternalEvent::Quarantined {
            source: None,
            id: ID,
            reason: "not_json",
        },
    ];
    for internal_event in internal_events {
        let counts = counted(|| internal_event.emit());
        let [(row, 1)] = counts.as_slice() else {
            panic!("{counts:?}");
        };
        assert_eq!(row.source.as_deref(), Some("unknown"), "{internal_event:?}");
    }
}
