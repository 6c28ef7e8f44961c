//! Log lines on standard error: refusals, quarantine, what is tried again, and what is wrong.

use std::{fmt, io};
use thingrelay::clock::Clock;
use tracing::{Level, Metadata};
use tracing_subscriber::{
    Layer,
    filter::{FilterFn, Targets},
    fmt::{format::Writer, time::FormatTime},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use super::colour::Colour;

/// Writes warnings, errors and that a pull has connected; or what `RUST_LOG` says: a level, or
/// directives such as `push=debug,warn`.
pub fn init(colour: Colour) {
    let asked = std::env::var("RUST_LOG").ok();
    let asked = asked.and_then(|directives| directives.parse::<Targets>().ok());
    let lines = tracing_subscriber::fmt::layer()
        .compact()
        .with_writer(io::stderr)
        .with_ansi(colour == Colour::On)
        .with_target(false)
        .with_timer(TimeOfDay)
        .log_internal_errors(false);
    let lines = match asked {
        Some(asked) => lines.with_filter(asked).boxed(),
        None => {
            let told = FilterFn::new(is_told).with_max_level_hint(Level::DEBUG);
            lines.with_filter(told).boxed()
        }
    };
    // A second initialisation, as in a test, changes nothing.
    let _ = tracing_subscriber::registry().with(lines).try_init();
    thingrelay::panics::log();
}

/// Of what goes as it should, this alone is told: whoever starts a pull waits for it.
fn is_told(line: &Metadata<'_>) -> bool {
    let is_connected =
        line.target() == "thingrelay::occurrence" && line.fields().field("topic").is_some();
    *line.level() <= Level::WARN || is_connected
}

/// The time of day in UTC.
struct TimeOfDay;

impl FormatTime for TimeOfDay {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        writer.write_str(&time_of_day(&Clock::system()))
    }
}

/// The time of day in UTC, such as `05:20:04Z`.
pub fn time_of_day(clock: &Clock) -> String {
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
    use thingrelay::timestamp::Timestamp;

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
