//! Bodies of the staging queue: the line of provenance and the original.
use std::borrow::Cow;

use crate::input;
use crate::staging::{DECODINGS, stage};
use libfuzzer_sys::arbitrary::{Arbitrary, Result, Unstructured};
use thingrelay_core::identity::FieldHasher;
use thingrelay_core::identity::Identified;
use thingrelay_core::message::{Fifo, Message};
use thingrelay_core::source::{Platform, SourceName};
use thingrelay_core::staged::{
    EdgeError, Incoming, KafkaProvenance, Staged, StagedError, Transport, TuyaProvenance, stand_in,
};
use thingrelay_core::timestamp::Timestamp;
use thingrelay_core::tuya::{OpenError, SignVerdict};

/// Checks an input.
pub fn check(input: &[u8]) {
    match input.split_first() {
        Some((&input::GENERATED, choices)) => {
            let _ = generated(&mut Unstructured::new(choices));
        }
        _ => {
            if let Ok(body) = std::str::from_utf8(input) {
                read(body);
            }
        }
    }
}

/// Reads any text. What is read is written and read again.
fn read(body: &str) {
    let staged = match Staged::from_body(body) {
        Ok(staged) => staged,
        Err(StagedError::NewerVersion(version)) => {
            assert!(version > 2, "version {version} is known");
            return;
        }
        Err(_) => {
            let fifo = Some(Fifo {
                group: "g".to_owned(),
                deduplication: "d".to_owned(),
            });
            assert_eq!(
                stand_in(&Message {
                    body: body.to_owned(),
                    fifo
                }),
                None
            );
            return;
        }
    };
    let written = staged.to_body();
    let again = Staged::from_body(&written).expect("what is written reads back");
    assert_eq!(again, staged);
    assert_eq!(again.to_body(), written);
    for decoding in DECODINGS {
        let events = thingrelay_core::normalize::normalize(&staged, decoding);
        for event in events.iter().flatten() {
            serde_json::from_str::<serde_json::Value>(&event.json).expect("an event is JSON");
        }
    }
}

/// Stages a message with any provenance that an edge may give it.
fn generated(choices: &mut Unstructured<'_>) -> Result<()> {
    let source = SourceName::parse(["meters", "0", "a-_9"][choices.choose_index(3)?]);
    let source = source.expect("a name");
    let (platform, transport) = match choices.int_in_range(0..=2)? {
        0 => (Platform::TencentIotVideo, Transport::Http),
        1 => {
            let provenance = KafkaProvenance {
                topic: Cow::Borrowed(<&str>::arbitrary(choices)?),
                partition: i32::arbitrary(choices)?,
                offset: i64::arbitrary(choices)?,
                timestamp: Option::arbitrary(choices)?.map(Timestamp::from_unix_millis),
                key: Option::arbitrary(choices)?.map(Cow::Borrowed),
            };
            (Platform::TencentIotHub, Transport::Kafka(provenance))
        }
        _ => {
            let provenance = TuyaProvenance {
                topic: Cow::Borrowed(<&str>::arbitrary(choices)?),
                message_id: Cow::Borrowed(<&str>::arbitrary(choices)?),
                published: Option::arbitrary(choices)?.map(Timestamp::from_unix_millis),
                em: Option::arbitrary(choices)?.map(Cow::Borrowed),
                protocol: Option::arbitrary(choices)?,
                t: Option::arbitrary(choices)?,
                sign: *choices.choose(&[
                    SignVerdict::Valid,
                    SignVerdict::Invalid,
                    SignVerdict::Absent,
                    SignVerdict::Unchecked,
                ])?,
            };
            (Platform::Tuya, Transport::Pulsar(provenance))
        }
    };
    let error = *choices.choose(&[
        None,
        None,
        Some(OpenError::NotJson.into()),
        Some(OpenError::DecryptionFailed.into()),
        Some(OpenError::BadSignature.into()),
        Some(EdgeError::Panic),
    ])?;
    let received = Timestamp::from_unix_millis(i64::arbitrary(choices)?);
    let identified = Identified {
        id: FieldHasher::new("id")
            .field(&[u8::arbitrary(choices)?])
            .into_message_id(),
        group: FieldHasher::new("group").into_group(),
    };
    let original = choices.bytes(choices.len())?;
    stage(Incoming {
        identified,
        source: &source,
        platform,
        received,
        transport,
        error,
        original: Cow::Borrowed(original),
    });
    Ok(())
}
