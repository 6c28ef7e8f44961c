//! Prints the counters, one on a line.

use std::fmt::Write;
use thingrelay::telemetry::counters::Row;

/// One line for each counter: its name, its labels, its value.
pub(crate) fn lines(counts: &[(Row, u64)]) -> String {
    let mut lines = String::new();
    for (row, count) in counts {
        // Writing to a string cannot fail.
        let _ = write!(lines, "counted {}", row.name);
        for (name, value) in [
            ("source", &row.source),
            ("reason", &row.reason),
            ("target", &row.target),
        ] {
            if let Some(value) = value {
                let _ = write!(lines, " {name}={value}");
            }
        }
        let _ = writeln!(lines, ": {count}");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_a_line_with_its_labels() {
        let row = |name: &str, source: Option<&str>, reason: Option<&str>| Row {
            name: name.to_owned(),
            source: source.map(str::to_owned),
            reason: reason.map(str::to_owned),
            target: None,
        };
        let of_target = Row {
            target: Some("events".to_owned()),
            ..row("delivered", None, None)
        };
        let counts = [
            (row("rejected", Some("hub"), Some("stale")), 2),
            (row("accepted", Some("hub"), None), 1),
            (row("settings_unavailable", None, None), 3),
            (of_target, 4),
        ];
        assert_eq!(
            lines(&counts),
            "counted rejected source=hub reason=stale: 2\n\
             counted accepted source=hub: 1\n\
             counted settings_unavailable: 3\n\
             counted delivered target=events: 4\n"
        );
    }
}
