use std::fmt::{self, Write};
use std::time::Duration;

use bench::table::{Table, duration, megabytes};

use super::drain::Drain;
use super::origin::Load;
use super::plan::{DEVICES, Plan};
use super::window::Window;
use crate::sample::Sample;

/// All figures, and their comparison.
pub(super) struct Report {
    title: String,
    load: Load,
    columns: Vec<Column>,
    held: Vec<(String, u64, u64)>,
    remarks: Vec<String>,
}

/// The figures of a program: medians, with times in nanoseconds.
struct Column {
    name: String,
    rate: f64,
    slowest: f64,
    fastest: f64,
    first_next: f64,
    first: f64,
    cpu: f64,
    queue_cpu: f64,
    broker_cpu: f64,
    peak: f64,
}

/// A cell of the table.
type Figure<'a> = &'a dyn Fn(&Column) -> String;

impl Report {
    pub(super) fn new(plan: &Plan<'_>) -> Self {
        let load = plan.origin.load();
        Self {
            title: format!(
                "Pulling from {}: {} messages of {} bytes of {DEVICES} devices, median of {} runs",
                plan.origin.name(),
                plan.messages(),
                load.bytes,
                plan.runs
            ),
            load,
            columns: Vec::new(),
            held: Vec::new(),
            remarks: Vec::new(),
        }
    }

    /// Adds the figures of a program.
    pub(super) fn drained(&mut self, name: &str, drains: &[Drain]) {
        let sample = |of: &dyn Fn(&Drain) -> f64| Sample::of(drains.iter().map(of));
        let median =
            |of: &dyn Fn(&Drain) -> Duration| Sample::of_times(drains.iter().map(of)).median();
        let rate = sample(&|drain| drain.rate);
        self.columns.push(Column {
            name: name.to_owned(),
            rate: rate.median(),
            slowest: rate.quantile(0.0),
            fastest: rate.quantile(1.0),
            first_next: median(&|drain| drain.first_next),
            first: median(&|drain| drain.first),
            cpu: median(&|drain| drain.cpu),
            queue_cpu: median(&|drain| drain.queue_cpu),
            broker_cpu: median(&|drain| drain.broker_cpu),
            peak: sample(&|drain| drain.peak as f64).median(),
        });
    }

    /// Adds the memory of the function with a window full of messages of this length.
    pub(super) fn held(&mut self, bytes: usize, window: &Window) {
        let what = format!("window full of messages of {bytes} bytes");
        self.held.push((what, window.resident, window.peak));
    }

    pub(super) fn remark(&mut self, remark: String) {
        self.remarks.push(remark);
    }

    fn figures(&self) -> String {
        let mut text = format!("### {}\n\n| |", self.title);
        for column in &self.columns {
            text.push_str(&format!(" {} |", column.name));
        }
        text.push_str("\n|---|");
        text.push_str(&"---:|".repeat(self.columns.len()));
        text.push('\n');
        let rows: [(&str, Figure<'_>); 7] = [
            ("messages a second (slowest to fastest run)", &|column| {
                let Column {
                    rate,
                    slowest,
                    fastest,
                    ..
                } = column;
                format!("{rate:.0} ({slowest:.0} to {fastest:.0})")
            }),
            ("CPU a message, start included", &|column| {
                duration(column.cpu)
            }),
            ("CPU a message, queue server", &|column| {
                duration(column.queue_cpu)
            }),
            ("CPU a message, broker", &|column| {
                duration(column.broker_cpu)
            }),
            ("from exec to the first `next`", &|column| {
                duration(column.first_next)
            }),
            ("from exec to the first message staged", &|column| {
                duration(column.first)
            }),
            ("resident at most", &|column| megabytes(column.peak as u64)),
        ];
        for (what, figure) in rows {
            text.push_str(&format!("| {what} |"));
            for column in &self.columns {
                text.push_str(&format!(" {} |", figure(column)));
            }
            text.push('\n');
        }
        text
    }

    fn goals(&self) -> Table {
        let mut table = Table::new("Goals");
        let mut columns = self.columns.iter();
        if let Some(function) = columns.next() {
            table.at_least(
                format!("{}: messages a second", function.name),
                function.rate,
                self.load.rate,
            );
            table.memory(
                format!("{}: resident at most", function.name),
                function.peak as u64,
                self.load.memory,
            );
            for (what, resident, peak) in &self.held {
                let name = &function.name;
                table.memory(
                    format!("{name}: {what}: resident"),
                    *resident,
                    self.load.memory,
                );
                table.memory(
                    format!("{name}: {what}: resident at most"),
                    *peak,
                    self.load.memory,
                );
            }
            for peer in columns {
                table.figure(
                    format!("times as many messages a second as {}", peer.name),
                    format!("{:.1}", function.rate / peer.rate),
                );
                table.figure(
                    format!("times less CPU a message than {}", peer.name),
                    format!("{:.1}", peer.cpu / function.cpu),
                );
            }
        }
        table
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.figures())?;
        write!(f, "{}", self.goals())?;
        for remark in &self.remarks {
            write!(f, "\n{remark}")?;
        }
        f.write_char('\n')
    }
}
