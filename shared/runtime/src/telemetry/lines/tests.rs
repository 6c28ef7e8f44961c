use super::*;
use crate::telemetry::captured::{lines as written, object};
use proptest::prelude::*;
use serde_json::Value;
use std::error::Error;
use tracing::{debug, error, info, info_span, warn};

/// As the Lambda runtime does, see `lambda_runtime::layers::TracingService`.
fn request(work: impl FnOnce()) {
    let id = "8f0c".to_owned();
    info_span!("Lambda runtime invoke", requestId = &id).in_scope(|| {
        // Spans within belong to other crates, and their fields are left out.
        info_span!("inner", attempt = 1).in_scope(work);
    });
}

#[test]
fn a_line_is_a_flat_object_with_the_id_of_its_request() {
    let failure: &(dyn Error + 'static) = &std::fmt::Error;
    let lines = written(Format::Json, "info", || {
        info!("before any request");
        request(|| {
            warn!(
                source = "meters",
                reason = %"stale",
                skew = -301_i64,
                events = 2_u64,
                late = true,
                ratio = 0.5,
                kind = ?Some("x"),
                failure,
                target = "theirs",
                "two\nlines \"quoted\""
            );
        });
    });
    let [before, within] = <[String; 2]>::try_from(lines).unwrap();
    let before = object(&before);
    assert_eq!(before["message"], "before any request");
    assert!(!before.contains_key("requestId"));
    let mut within = object(&within);
    let at = within.remove("timestamp").unwrap();
    let at = at.as_str().unwrap();
    // A time of a whole second has no milliseconds.
    assert!([20, 24].contains(&at.len()) && at.ends_with('Z'), "{at}");
    let expected = serde_json::json!({
        "level": "WARN",
        "message": "two\nlines \"quoted\"",
        "requestId": "8f0c",
        "target": "thingrelay::telemetry::lines::tests",
        "source": "meters",
        "reason": "stale",
        "skew": -301,
        "events": 2,
        "late": true,
        "ratio": 0.5,
        "kind": "Some(\"x\")",
        "failure": "an error occurred when formatting an argument",
        "field_target": "theirs",
    });
    assert_eq!(Value::Object(within), expected);
}

#[test]
fn text_reads_well_and_holds_the_same() {
    let lines = written(Format::Text, "info", || {
        request(|| error!(id = "0a", reason = "", detail = "a b", "two\nlines"));
    });
    let [line] = <[String; 1]>::try_from(lines).unwrap();
    let (_, rest) = line.split_once("Z ").unwrap();
    assert_eq!(
        rest,
        "ERROR two lines requestId=8f0c id=0a reason=\"\" detail=\"a b\" \
         target=thingrelay::telemetry::lines::tests"
    );
}

#[test]
fn each_level_has_its_lines_and_all_have_the_id() {
    let cases: [(&str, &[&str]); 7] = [
        ("TRACE", &["ERROR", "WARN", "INFO", "DEBUG"]),
        ("DEBUG", &["ERROR", "WARN", "INFO", "DEBUG"]),
        ("INFO", &["ERROR", "WARN", "INFO"]),
        ("WARN", &["ERROR", "WARN"]),
        ("ERROR", &["ERROR"]),
        ("FATAL", &["ERROR"]),
        ("OFF", &[]),
    ];
    for (level, expected) in cases {
        let lines = written(Format::Json, level, || {
            request(|| {
                error!("said");
                warn!("said");
                info!("said");
                debug!("said");
            });
        });
        let lines: Vec<_> = lines.iter().map(|line| object(line)).collect();
        let levels: Vec<_> = lines.iter().map(|line| &line["level"]).collect();
        assert_eq!(levels, expected, "{level}");
        assert!(
            lines.iter().all(|line| line["requestId"] == "8f0c"),
            "{level}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_stays_on_one_line(text in "(?s).{0,40}") {
        for format in [Format::Json, Format::Text] {
            let lines = written(format, "info", || error!(detail = text, "{text}"));
            prop_assert_eq!(lines.len(), 1, "{:?}", lines);
            if format == Format::Json {
                let line = object(&lines[0]);
                prop_assert_eq!(&line["detail"], &text);
                prop_assert_eq!(&line["message"], &text);
            }
        }
    }
}
