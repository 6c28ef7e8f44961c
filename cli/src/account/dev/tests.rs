use super::*;
use crate::ledger::Count;

fn line(at: &str, received: u64, in_progress: u64) -> Line {
    let count = |name: &str, source: Option<&str>, target: Option<&str>, count| Count {
        name: name.to_owned(),
        source: source.map(str::to_owned),
        target: target.map(str::to_owned),
        count,
    };
    let counts = match received {
        0 => Vec::new(),
        _ => vec![
            count("received", Some("hub"), None, received),
            count("matched", None, Some("events"), received),
            count("not_hidden", None, None, 1),
        ],
    };
    Line {
        at: format!("2026-11-30T08:{at}Z"),
        counts,
        staging: Staging {
            sent: 4,
            duplicates: 1,
            dead: 2,
            expired: 3,
            in_progress,
        },
    }
}

#[test]
fn the_lines_of_a_period_are_added_up() {
    let lines = [
        line("00:00", 0, 4),
        line("00:10", 1, 5),
        line("00:20", 2, 6),
        line("00:30", 4, 7),
    ];
    let at = |text: &str| {
        let text = format!("2026-11-30T08:{text}Z");
        Timestamp::from_platform_text(&text, 0)
            .unwrap()
            .unix_millis()
    };
    let cases = [
        (i64::MIN..i64::MAX, 7, 4, 7, 4),
        (at("00:10")..i64::MAX, 7, 4, 7, 3),
        (at("00:15")..at("00:30"), 2, 5, 6, 1),
        (at("00:30")..at("00:30"), 0, 6, 6, 0),
        (at("01:00")..i64::MAX, 0, 7, 7, 0),
    ];
    for (period, received, before, after, lines_meant) in cases {
        let counts = sum(lines.iter().cloned(), &period);
        assert_eq!(counts.of_source("received", "hub"), received, "{period:?}");
        assert_eq!(counts.of_target("matched", "events"), received);
        assert_eq!(counts.in_progress_before, before, "{period:?}");
        let staging = Staging {
            sent: 4 * lines_meant,
            duplicates: lines_meant,
            dead: 2 * lines_meant,
            expired: 3 * lines_meant,
            in_progress: after,
        };
        assert_eq!(counts.staging, Some(staging), "{period:?}");
    }
}

#[test]
fn a_torn_line_is_passed_over_and_a_missing_ledger_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    assert!(read(directory.path(), i64::MIN..i64::MAX).is_err());
    let whole = serde_json::to_string(&line("00:10", 3, 0)).unwrap();
    let text = format!("{whole}\n{}\n{whole}\n", &whole[..whole.len() / 2]);
    std::fs::write(ledger::path(directory.path()), text).unwrap();
    let counts = read(directory.path(), i64::MIN..i64::MAX).unwrap();
    assert_eq!(counts.total("received"), 6);
}
