use std::fmt::{self, Write};

use bench::table::{Table, duration, megabytes};

use super::start::{Start, Work};
use super::subject::{
    CLIENT, CONSUMER, CONSUMER_CLOUD, NODE, PUSH, PUSH_CLOUD, PUSH_WARMED, PYTHON, Subject, VERIFY,
    VERIFY_CLOUD,
};
use crate::sample::Sample;

/// The goal for a function's first `next`, in times that of an empty function with a client.
const NEXT_GOAL: f64 = 1.5;

/// How many times faster than a peer the first answer has to come.
const ANSWER_GOAL: f64 = 8.0;

/// How many times less CPU time than Python and than Node.js a warm event has to take.
const CPU_GOALS: [f64; 2] = [6.0, 8.0];

const MEMORY_GOAL: u64 = 20_000_000;
const PACKAGE_GOAL: u64 = 3_500_001;

/// All figures, and their comparison.
pub(super) struct Report {
    starts: u16,
    lines: Vec<Line>,
    remarks: Vec<String>,
}

/// The figures of a subject: medians, with times in nanoseconds; NaN for a missing figure.
struct Line {
    name: &'static str,
    first_next: Spread,
    first_answer: Spread,
    resident: f64,
    cpu: f64,
    packed: Option<u64>,
}

#[derive(Clone, Copy)]
struct Spread {
    median: f64,
    p90: f64,
}

impl Report {
    pub(super) fn new(starts: u16) -> Self {
        Self {
            starts,
            lines: Vec::new(),
            remarks: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, subject: &Subject, starts: &[Start], packed: Option<u64>) {
        let nanos = |time: std::time::Duration| time.as_nanos() as f64;
        let of_work = |value: &dyn Fn(&Work) -> f64| {
            Sample::of(
                starts
                    .iter()
                    .filter_map(|start| start.work.as_ref().map(value)),
            )
        };
        self.lines.push(Line {
            name: subject.name,
            first_next: Spread::of(&Sample::of(
                starts.iter().map(|start| nanos(start.first_next)),
            )),
            first_answer: Spread::of(&of_work(&|work| nanos(work.first_answer))),
            resident: of_work(&|work| work.resident as f64).median(),
            cpu: of_work(&|work| nanos(work.cpu)).median(),
            packed,
        });
    }

    pub(super) fn remark(&mut self, remark: String) {
        self.remarks.push(remark);
    }

    fn line(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }

    /// The differences between the first `next` of two subjects.
    fn parts(&self) -> Table {
        let mut table = Table::new("Of the time to the first `next`, the part of");
        for (what, with, without) in [
            ("warming the connection, in `push`", PUSH_WARMED, PUSH),
            ("reading the documents, in `push`", PUSH_CLOUD, PUSH_WARMED),
            ("reading the documents, in `verify`", VERIFY_CLOUD, VERIFY),
            (
                "reading the document and warming the connections, in `consumer`",
                CONSUMER_CLOUD,
                CONSUMER,
            ),
        ] {
            let next = |name| self.line(name).map(|line| line.first_next.median);
            if let (Some(with), Some(without)) = (next(with), next(without)) {
                table.time(what, with - without);
            }
        }
        table
    }

    fn goals(&self) -> Table {
        let mut table = Table::new("Goals");
        for name in [VERIFY, PUSH, CONSUMER] {
            if let (Some(ours), Some(theirs)) = (self.line(name), self.line(CLIENT)) {
                table.at_most(
                    format!("{name}: first `next`, times that of {CLIENT}"),
                    ours.first_next.median / theirs.first_next.median,
                    NEXT_GOAL,
                );
            }
        }
        for (peer, cpu_goal) in [PYTHON, NODE].into_iter().zip(CPU_GOALS) {
            let (Some(ours), Some(theirs)) = (self.line(PUSH_CLOUD), self.line(peer)) else {
                continue;
            };
            table.at_least(
                format!("{PUSH_CLOUD}: first answer, times faster than {peer}"),
                theirs.first_answer.median / ours.first_answer.median,
                ANSWER_GOAL,
            );
            table.at_least(
                format!("{PUSH_CLOUD}: CPU of a warm request, times less than {peer}"),
                theirs.cpu / ours.cpu,
                cpu_goal,
            );
        }
        for name in [VERIFY_CLOUD, PUSH_CLOUD, CONSUMER_CLOUD] {
            let Some(line) = self.line(name) else {
                continue;
            };
            if line.resident.is_finite() {
                let what = format!("{name}: resident memory");
                table.memory(what, line.resident as u64, Some(MEMORY_GOAL));
            }
            if let Some(packed) = line.packed {
                table.memory(format!("{name}: zipped"), packed, Some(PACKAGE_GOAL));
            }
        }
        table
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "### Cold start, medians of {} starts each (in brackets: 90 % take no longer)\n",
            self.starts
        )?;
        writeln!(
            f,
            "| | first `next` | first answer | resident | CPU, warm request | zipped |"
        )?;
        writeln!(f, "|---|---:|---:|---:|---:|---:|")?;
        for line in &self.lines {
            writeln!(
                f,
                "| {} | {} | {} | {} | {} | {} |",
                line.name,
                line.first_next,
                line.first_answer,
                figure(line.resident, |bytes| megabytes(bytes as u64)),
                figure(line.cpu, duration),
                line.packed.map_or_else(|| NONE.to_owned(), megabytes),
            )?;
        }
        writeln!(f, "\n{}\n{}", self.parts(), self.goals())?;
        for remark in &self.remarks {
            writeln!(f, "* {remark}")?;
        }
        Ok(())
    }
}

/// The text for a missing figure.
const NONE: &str = "-";

fn figure(value: f64, show: impl Fn(f64) -> String) -> String {
    if value.is_finite() {
        show(value)
    } else {
        NONE.to_owned()
    }
}

impl Spread {
    fn of(sample: &Sample) -> Self {
        Self {
            median: sample.median(),
            p90: sample.quantile(0.9),
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&figure(self.median, duration))?;
        if self.p90.is_finite() {
            f.write_char(' ')?;
            write!(f, "({})", duration(self.p90))?;
        }
        Ok(())
    }
}
