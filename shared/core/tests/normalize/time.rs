//! When it happened: by the device, else by the platform, else when it was received.

use crate::message::{
    FORWARDED_SHOWN, QUEUED_SHOWN, RECEIVED, custom_push, event, event_with, events, http, queue,
};
use thingrelay_core::source::{Decoding, PayloadFormat};

const TOPIC: &str = "$thing/up/property/P1/meter-7";

#[test]
fn the_devices_own_time_counts_where_it_says_one() {
    let cases = [
        ("1795200000", "2026-11-20T18:40:00Z"),
        ("1795200000123", "2026-11-20T18:40:00.123Z"),
        ("\"1795200000\"", "2026-11-20T18:40:00Z"),
        ("978307199", FORWARDED_SHOWN),
        ("4133980800", FORWARDED_SHOWN),
        ("179520000012", FORWARDED_SHOWN),
        ("0", FORWARDED_SHOWN),
        ("\"0\"", FORWARDED_SHOWN),
        ("-1", FORWARDED_SHOWN),
        ("null", FORWARDED_SHOWN),
        ("\"\"", FORWARDED_SHOWN),
        ("\"now\"", FORWARDED_SHOWN),
        ("{}", FORWARDED_SHOWN),
        ("99999999999999999999", FORWARDED_SHOWN),
        ("9223372036854775807", FORWARDED_SHOWN),
        ("1e300", FORWARDED_SHOWN),
    ];
    for (timestamp, expected) in cases {
        let payload =
            format!(r#"{{"method":"report","timestamp":{timestamp},"params":{{"power":1}}}}"#);
        let event = event(&http(TOPIC, &payload));
        assert_eq!(event["time"], expected, "{timestamp}");
        assert_eq!(
            event["data"]["properties"][0]["time"], expected,
            "{timestamp}"
        );
    }
}

#[test]
fn else_the_platforms_time() {
    let report = r#"{"method":"report","params":{"power":1}}"#;
    let other = |from: &str, to: &str| http(TOPIC, report).replace(from, to);
    let queued = |to: &str| queue(TOPIC, report.as_bytes()).replace("2026-11-21 11:59:57", to);
    let number = |to: &str| queued(to).replace(&format!("\"{to}\""), to);
    let mills = |to: &str| {
        queue(TOPIC, report.as_bytes()).replacen('{', &format!("{{\"TimeMills\":{to},"), 1)
    };
    let cases = [
        (http(TOPIC, report), FORWARDED_SHOWN),
        (
            other("1795233598", "1795233598123"),
            "2026-11-21T03:59:58.123Z",
        ),
        (other("1795233598", "\"1795233598\""), FORWARDED_SHOWN),
        (other("1795233598", "\" 1795233598\""), FORWARDED_SHOWN),
        (other("1795233598", "0"), RECEIVED),
        (other("1795233598", "-7"), RECEIVED),
        (other("1795233598", "{}"), RECEIVED),
        (other("1795233598", "1e400"), RECEIVED),
        (other("timestamp", "sometime"), RECEIVED),
        (other("1795233598", "946684800"), RECEIVED),
        (other("1795233598", "179523359812"), RECEIVED),
        (queue(TOPIC, report.as_bytes()), QUEUED_SHOWN),
        (queued("2000-01-01 11:59:57"), RECEIVED),
        (queued("2101-01-01 11:59:57"), RECEIVED),
        (queued(" 2026-11-21 11:59:57 "), QUEUED_SHOWN),
        (queued("2026-11-21 11:59:57 +0800"), QUEUED_SHOWN),
        (
            queued("2026-11-21 11:59:57,943"),
            "2026-11-21T03:59:57.943Z",
        ),
        (queued("1795233597"), QUEUED_SHOWN),
        (queued("1795233597000"), QUEUED_SHOWN),
        (number("1795233597"), QUEUED_SHOWN),
        (number("1795233597250"), "2026-11-21T03:59:57.250Z"),
        (number("0"), RECEIVED),
        (mills("1795233596943"), "2026-11-21T03:59:56.943Z"),
        (mills("\"1795233596943\""), "2026-11-21T03:59:56.943Z"),
        (mills("1795233596"), "2026-11-21T03:59:56Z"),
        (mills("0"), QUEUED_SHOWN),
        (mills("179523359694"), QUEUED_SHOWN),
        (mills("null"), QUEUED_SHOWN),
        (mills("{}"), QUEUED_SHOWN),
        (mills("0").replace("TimeMills", "timeMillis"), QUEUED_SHOWN),
        (
            mills("1795233596943").replace("TimeMills", "timemills"),
            "2026-11-21T03:59:56.943Z",
        ),
        (queued("2026-02-30 11:59:57"), RECEIVED),
        (queued("soon"), RECEIVED),
        (queued(""), RECEIVED),
        (custom_push("\"c\""), FORWARDED_SHOWN),
        (
            custom_push("\"c\"").replace("1795233598", "\"x\""),
            RECEIVED,
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(event(&body)["time"], expected, "{body}");
    }
}

#[test]
fn the_queue_envelopes_time_is_in_the_zone_of_the_source() {
    let body = queue("P1/meter-7/event", b"1");
    for (offset, expected) in [
        (8 * 3600, "2026-11-21T03:59:57Z"),
        (0, "2026-11-21T11:59:57Z"),
        (-5 * 3600 - 1800, "2026-11-21T17:29:57Z"),
    ] {
        let decoding = Decoding {
            payload: PayloadFormat::Json,
            utc_offset_seconds: offset,
        };
        assert_eq!(event_with(&body, decoding)["time"], expected);
    }
}

#[test]
fn a_customers_own_timestamp_is_not_taken_for_a_time() {
    let event = event(&http(
        "P1/meter-7/event",
        r#"{"timestamp":17,"method":"report"}"#,
    ));
    assert_eq!(event["time"], FORWARDED_SHOWN);
}

#[test]
fn each_event_of_a_batch_has_its_own_time() {
    let payload = r#"{"method":"events_post","timestamp":1795200000,"events":[
        {"eventId":"a","timestamp":1795100000,"params":{}},
        {"eventId":"b","timestamp":1795100000001,"params":{}},
        {"eventId":"c","timestamp":0,"params":{}},
        {"eventId":"d","params":{}}]}"#;
    let times: Vec<String> = events(&http("$thing/up/event/P1/meter-7", payload))
        .iter()
        .map(|event| event["time"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        times,
        [
            "2026-11-19T14:53:20Z",
            "2026-11-19T14:53:20.001Z",
            "2026-11-20T18:40:00Z",
            "2026-11-20T18:40:00Z"
        ]
    );
}
