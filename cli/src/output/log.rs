//! Standard error: log lines about refusals, quarantine, retries and problems, and messages to
//! users and scripts.
//!
//! Nothing waits for a reader. Lines without room are dropped, and their number is written in their
//! place.

use super::{
    colour::Colour,
    outlet::{Capacity, Outlet},
    verbosity::Verbosity,
};
use std::{
    fmt,
    io::{self, Write},
    os::fd::AsFd,
    time::Duration,
};
use thingrelay::clock::Clock;
use tracing_subscriber::{
    Layer,
    filter::{FilterFn, Targets},
    fmt::{format::Writer, time::FormatTime},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// How many lines may wait for a reader.
const BACKLOG: Capacity = Capacity {
    pieces: 10_000,
    bytes: 4 * 1024 * 1024,
};
/// How long writing the last lines may take.
const FINISH_LIMIT: Duration = Duration::from_secs(2);
/// How long to wait at the end for a reader that reads nothing.
const STALLED: Duration = Duration::from_millis(200);

/// Standard error.
#[derive(Debug, Clone)]
pub(crate) struct Log(Outlet);

impl Log {
    /// Logs what `-v` or `-q` asks for. `RUST_LOG` replaces both with a level, or with directives
    /// such as `push=debug,warn`.
    ///
    /// # Errors
    /// The system cannot start a thread or has no free descriptor.
    pub(crate) fn start(colour: Colour) -> io::Result<Log> {
        let out = io::stderr().as_fd().try_clone_to_owned()?;
        let log = Log(Outlet::start("log", out, BACKLOG, gap, |_| {})?);
        let writer = log.clone();
        let asked = std::env::var("RUST_LOG").ok();
        let asked = asked.and_then(|directives| directives.parse::<Targets>().ok());
        let lines = tracing_subscriber::fmt::layer()
            .compact()
            .with_writer(move || writer.clone())
            .with_ansi(colour == Colour::On)
            .with_target(false)
            .with_timer(TimeOfDay)
            .log_internal_errors(false);
        let lines = match asked {
            Some(asked) => lines.with_filter(asked).boxed(),
            None => {
                let verbosity = Verbosity::asked();
                let told = FilterFn::new(move |line| verbosity.tells(line))
                    .with_max_level_hint(verbosity.level());
                lines.with_filter(told).boxed()
            }
        };
        // A second initialisation, for example in a test, changes nothing.
        let _ = tracing_subscriber::registry().with(lines).try_init();
        thingrelay::telemetry::panics::log();
        Ok(log)
    }

    /// Writes a message to users or scripts.
    pub(crate) fn tell(&self, text: &str) {
        self.0.offer(text.to_owned());
    }

    /// Accepts no more lines, and waits until all are written, unless the reader reads nothing.
    pub(crate) async fn finish(&self) {
        // The lines that are not written cannot be reported anywhere.
        let _ = self.0.finish(FINISH_LIMIT, STALLED).await;
    }
}

/// Each log line comes in one call.
impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.offer(String::from_utf8_lossy(line).into_owned());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn gap(lines: u64) -> String {
    let time = time_of_day(&Clock::system());
    format!("{time} lines dropped, as nothing read standard error: {lines}\n")
}

/// The time of day in UTC.
struct TimeOfDay;

impl FormatTime for TimeOfDay {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        writer.write_str(&time_of_day(&Clock::system()))
    }
}

/// The time of day in UTC, such as `05:20:04Z`.
pub(crate) fn time_of_day(clock: &Clock) -> String {
    let seconds = clock
        .now()
        .unix_millis()
        .div_euclid(1000)
        .rem_euclid(86_400);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}Z", seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use thingrelay_core::timestamp::Timestamp;

    #[test]
    fn the_time_of_day_is_that_of_utc() {
        let cases = [
            (0, "00:00:00Z"),
            (1_763_702_404_999, "05:20:04Z"),
            (-1, "23:59:59Z"),
        ];
        for (millis, expected) in cases {
            let clock = Clock::from_fn(move || Timestamp::from_unix_millis(millis));
            assert_eq!(time_of_day(&clock), expected, "{millis}");
        }
    }
}
