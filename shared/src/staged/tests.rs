use super::*;
use crate::identity::FieldHasher;
use proptest::{collection::vec, option, prelude::*};

fn staged<'a>(delivery: Delivery<'a>, failure: Option<Failure>, original: &'a [u8]) -> Staged<'a> {
    let platform = match delivery {
        Delivery::Http | Delivery::Kafka(_) => Platform::TencentIotHub,
        Delivery::Tuya(_) => Platform::Tuya,
    };
    Staged {
        id: FieldHasher::new("test").into_message_id(),
        source: SourceName::parse("house").unwrap(),
        platform,
        channel: Channel::Pulsar,
        received: Timestamp::from_unix_millis(1_795_233_600_250),
        delivery,
        failure,
        original: Cow::Borrowed(original),
    }
}

fn delivery() -> impl Strategy<Value = TuyaDelivery<'static>> {
    let sign = prop_oneof![
        Just(SignVerdict::Valid),
        Just(SignVerdict::Invalid),
        Just(SignVerdict::Absent),
        Just(SignVerdict::Unchecked),
    ];
    let number = || option::of(any::<i64>());
    let published = number().prop_map(|millis| millis.map(Timestamp::from_unix_millis));
    let refused = "[\u{fffe}\u{ffff}\u{0}]{1,3}";
    let text = || prop_oneof![9 => any::<String>(), 1 => refused].prop_map(Cow::Owned);
    let em = option::of(text());
    (text(), text(), published, em, number(), number(), sign).prop_map(
        |(topic, message_id, published, em, protocol, t, sign)| TuyaDelivery {
            topic,
            message_id,
            published,
            em,
            protocol,
            t,
            sign,
        },
    )
}

fn record() -> impl Strategy<Value = KafkaDelivery<'static>> {
    let timestamp = option::of(any::<i64>());
    let timestamp = timestamp.prop_map(|millis| millis.map(Timestamp::from_unix_millis));
    let key = option::of(any::<String>().prop_map(Cow::Owned));
    let topic = any::<String>().prop_map(Cow::Owned);
    (topic, any::<i32>(), any::<i64>(), timestamp, key).prop_map(
        |(topic, partition, offset, timestamp, key)| KafkaDelivery {
            topic,
            partition,
            offset,
            timestamp,
            key,
        },
    )
}

fn failure() -> impl Strategy<Value = Failure> {
    prop_oneof![
        Just(Failure::NotJson),
        Just(Failure::NoData),
        Just(Failure::NotBase64),
        Just(Failure::DecryptionFailed),
        Just(Failure::BadSignature),
        Just(Failure::TooLarge),
    ]
}

proptest! {
    #[test]
    fn what_is_staged_is_read_back(
        delivery in delivery(),
        record in record(),
        failure in option::of(failure()),
        original in vec(any::<u8>(), 0..200),
    ) {
        for delivery in [Delivery::Http, Delivery::Kafka(record), Delivery::Tuya(delivery)] {
            let staged = staged(delivery, failure, &original);
            let body = staged.to_body();
            prop_assert!(sqs_takes(&body));
            prop_assert_eq!(Staged::from_body(&body), Ok(staged));
        }
    }

    #[test]
    fn no_body_panics(body in any::<String>()) {
        let _ = Staged::from_body(&body);
    }
}

/// Records that were staged before there were deliveries and failures wait in queues.
#[test]
fn a_line_without_delivery_and_failure_is_read() {
    let id = "0".repeat(64);
    let body = format!(
        "{{\"v\":1,\"id\":\"{id}\",\"source\":\"house\",\"platform\":\"tencent-iot-hub\",\"channel\":\"http\",\"received\":1,\"encoding\":\"text\"}}\n{{}}"
    );
    let read = Staged::from_body(&body).unwrap();
    assert_eq!((read.delivery, read.failure), (Delivery::Http, None));
}

#[test]
fn a_failure_is_written_as_its_word() {
    for failure in [
        Failure::NotJson,
        Failure::NoData,
        Failure::NotBase64,
        Failure::DecryptionFailed,
        Failure::BadSignature,
        Failure::TooLarge,
    ] {
        let body = staged(Delivery::Http, Some(failure), b"x").to_body();
        let member = format!("\"failure\":\"{}\"", failure.word());
        assert!(body.contains(&member), "{body}");
    }
}
