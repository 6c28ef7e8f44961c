//! When it happened: by the message, else by the envelope, else by the broker, else when it was
//! received.

use super::message::{
    PUBLISHED, PUSHED, PUSHED_MILLIS, RECEIVED, SENT, delivered, delivery, event, legacy,
};
use thingrelay_core::timestamp::Timestamp;

#[test]
fn the_messages_own_time_counts_first() {
    let cases = [
        ("1795233600000", "2026-11-21T04:00:00Z"),
        ("1795233600", "2026-11-21T04:00:00Z"),
        ("\"1795233600\"", "2026-11-21T04:00:00Z"),
        ("\"1795233600123\"", "2026-11-21T04:00:00.123Z"),
        // Below 10^11 it counts seconds.
        ("4133980799", "2100-12-31T23:59:59Z"),
        ("99999999999", SENT),
        // Twelve digits, as in Tuya's own sample.
        ("146052438362", SENT),
        ("2", SENT),
        ("946684800", SENT),
        ("0", SENT),
        ("\"0\"", SENT),
        ("\"\"", SENT),
        ("-5", SENT),
        ("null", SENT),
        ("true", SENT),
        ("{}", SENT),
        ("\"soon\"", SENT),
        ("99999999999999999999", SENT),
    ];
    for (time, expected) in cases {
        let plaintext = legacy("online", &format!(r#"{{"time":{time}}}"#));
        assert_eq!(event(20, &plaintext)["time"], expected, "{time}");
    }
}

#[test]
fn a_time_beside_the_data_is_the_messages_too() {
    for (data, expected) in [
        ("{}", "2026-11-21T04:00:01Z"),
        ("null", "2026-11-21T04:00:01Z"),
        (r#"{"time":1795233600}"#, "2026-11-21T04:00:00Z"),
    ] {
        let plaintext = legacy("online", data).replacen('{', r#"{"time":1795233601,"#, 1);
        assert_eq!(event(20, &plaintext)["time"], expected, "{data}");
    }
}

#[test]
fn what_is_missing_or_0_falls_back() {
    let with_ts = |ts: &str| legacy("online", "{}").replace("1795233602200", ts);
    assert_eq!(event(20, &with_ts("1795233602200"))["time"], SENT);
    assert_eq!(
        event(20, &with_ts("1795233602"))["time"],
        "2026-11-21T04:00:02Z"
    );
    let published = delivery(None).published;
    let zero = Some(Timestamp::from_unix_millis(0));
    for ts in ["0", "null", "\"\"", "[]"] {
        let plaintext = with_ts(ts);
        assert_eq!(event(20, &plaintext)["time"], PUSHED, "{ts}");
        for (t, published, expected) in [
            (Some(PUSHED_MILLIS), published, PUSHED),
            (
                Some(PUSHED_MILLIS / 1000),
                published,
                "2026-11-21T04:00:03Z",
            ),
            (Some(0), published, PUBLISHED),
            (Some(-1), published, PUBLISHED),
            (Some(i64::MAX), published, PUBLISHED),
            (Some(i64::MIN), published, PUBLISHED),
            (Some(2), published, PUBLISHED),
            (Some(146_052_438_362), published, PUBLISHED),
            (None, published, PUBLISHED),
            (None, zero, RECEIVED),
            (
                None,
                Some(Timestamp::from_unix_millis(5_000_000_000_000)),
                RECEIVED,
            ),
            (None, None, RECEIVED),
        ] {
            let mut delivery = delivery(Some(20));
            delivery.t = t;
            delivery.published = published;
            assert_eq!(
                delivered(&plaintext, &delivery)["time"],
                expected,
                "{t:?} {published:?}"
            );
        }
    }
}
