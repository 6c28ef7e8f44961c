//! Figures with their goals.

use std::fmt;

/// Figures, as a table in Markdown.
#[derive(Debug)]
pub struct Table {
    title: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    what: String,
    measured: String,
    goal: Option<(Goal, Verdict)>,
}

/// The goal of a figure.
#[derive(Clone, Copy, Debug)]
enum Goal {
    /// Less than this many bytes.
    Below(u64),
    /// At most this many times the other figure.
    AtMost(f64),
    /// At least this many times the other figure.
    AtLeast(f64),
}

#[derive(Clone, Copy, Debug)]
enum Verdict {
    Met,
    Missed,
}

// === impl Table ===

impl Table {
    /// An empty table.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            rows: Vec::new(),
        }
    }

    /// Adds a figure without a goal.
    pub fn figure(&mut self, what: impl Into<String>, measured: impl Into<String>) {
        self.rows.push(Row {
            what: what.into(),
            measured: measured.into(),
            goal: None,
        });
    }

    /// Adds a time.
    pub fn time(&mut self, what: impl Into<String>, nanos: f64) {
        if nanos.is_nan() {
            return self.figure(what, "not measured");
        }
        self.figure(what, duration(nanos));
    }

    /// Adds a time and that of its anchor. The goal is a time of at most this many times the
    /// anchor's.
    pub fn anchored(
        &mut self,
        what: impl Into<String>,
        nanos: f64,
        anchor: f64,
        limit: Option<f64>,
    ) {
        let times = nanos / anchor;
        self.rows.push(Row {
            what: what.into(),
            measured: format!("{} ({times:.2})", duration(nanos)),
            goal: limit.map(|limit| (Goal::AtMost(limit), Verdict::of(times <= limit))),
        });
    }

    /// Adds a ratio that should be small.
    pub fn at_most(&mut self, what: impl Into<String>, times: f64, limit: f64) {
        if times.is_nan() {
            return self.figure(what, "not measured");
        }
        self.rows.push(Row {
            what: what.into(),
            measured: format!("{times:.2}"),
            goal: Some((Goal::AtMost(limit), Verdict::of(times <= limit))),
        });
    }

    /// Adds a ratio that should be large.
    pub fn at_least(&mut self, what: impl Into<String>, times: f64, limit: f64) {
        if times.is_nan() {
            return self.figure(what, "not measured");
        }
        self.rows.push(Row {
            what: what.into(),
            measured: format!("{times:.1}"),
            goal: Some((Goal::AtLeast(limit), Verdict::of(times >= limit))),
        });
    }

    /// Adds an amount of memory.
    pub fn memory(&mut self, what: impl Into<String>, bytes: u64, limit: Option<u64>) {
        self.rows.push(Row {
            what: what.into(),
            measured: megabytes(bytes),
            goal: limit.map(|limit| (Goal::Below(limit), Verdict::of(bytes < limit))),
        });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### {}\n", self.title)?;
        writeln!(f, "| what | measured | goal | |\n|---|---:|---:|---|")?;
        for row in &self.rows {
            write!(f, "| {} | {} | ", row.what, row.measured)?;
            match row.goal {
                Some((goal, verdict)) => writeln!(f, "{goal} | {verdict} |")?,
                None => writeln!(f, "| |")?,
            }
        }
        Ok(())
    }
}

// === impl Goal ===

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Goal::Below(bytes) => write!(f, "< {}", megabytes(*bytes)),
            Goal::AtMost(times) => write!(f, "<= {times}"),
            Goal::AtLeast(times) => write!(f, ">= {times}"),
        }
    }
}

// === impl Verdict ===

impl Verdict {
    fn of(met: bool) -> Self {
        if met { Verdict::Met } else { Verdict::Missed }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Met => "met",
            Verdict::Missed => "missed",
        })
    }
}

/// A time in a suitable unit.
pub fn duration(nanos: f64) -> String {
    match nanos {
        ..1e5 => format!("{:.3} µs", nanos / 1e3),
        ..1e9 => format!("{:.2} ms", nanos / 1e6),
        _ => format!("{:.2} s", nanos / 1e9),
    }
}

/// Bytes in millions.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_figures_beside_their_goals() {
        let mut table = Table::new("Figures");
        table.time("short", 290.0);
        table.time("long", 2.5e6);
        table.memory("small", 19_999_999, Some(20_000_000));
        table.memory("large", 20_000_000, Some(20_000_000));
        table.at_most("near", 1.5, 1.5);
        table.anchored("quick", 1_900.0, 2_000.0, Some(1.0));
        table.anchored("slow", 2_100.0, 2_000.0, Some(1.0));
        table.at_least("few", 7.94, 8.0);
        table.figure("other", "7");
        let lines = [
            "### Figures",
            "",
            "| what | measured | goal | |",
            "|---|---:|---:|---|",
            "| short | 0.290 µs | | |",
            "| long | 2.50 ms | | |",
            "| small | 20.0 MB | < 20.0 MB | met |",
            "| large | 20.0 MB | < 20.0 MB | missed |",
            "| near | 1.50 | <= 1.5 | met |",
            "| quick | 1.900 µs (0.95) | <= 1 | met |",
            "| slow | 2.100 µs (1.05) | <= 1 | missed |",
            "| few | 7.9 | >= 8 | missed |",
            "| other | 7 | | |",
        ];
        assert_eq!(table.to_string(), lines.join("\n") + "\n");
    }
}
