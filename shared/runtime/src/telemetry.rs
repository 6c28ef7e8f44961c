//! Log lines and metrics of the functions, both on standard output.
//!
//! # Layout
//!
//! * [`counters`]: counters and gauges, by name, source and reason.
//! * [`emf`]: writes counts in the form in which CloudWatch reads them from a log.
//! * `format`: the format of log lines.
//! * `lines`: log lines, JSON or text, each with the id of its request.
//! * `request`: the request at work.
//! * [`panics`]: a log line for each panic, which quotes no message.
//! * [`threshold`]: the level from which lines are written.

#[cfg(test)]
pub(crate) mod captured;
pub mod counters;
pub mod emf;
mod format;
mod lines;
pub mod panics;
mod request;
pub mod threshold;

pub use counters::Counters;
pub use format::Format;

use crate::clock::Clock;
use lines::Lines;
use request::request_at_work;
use std::{error::Error, io::Write, process::ExitCode};
use thingrelay_core::panics::message_received;
use threshold::Threshold;
use tracing_subscriber::{Registry, layer::SubscriberExt};

/// How a function logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub format: Format,
    /// The level from which lines are written, see [`Threshold::of`].
    pub level: String,
    /// The CloudWatch namespace of the metrics.
    pub namespace: String,
}

/// The telemetry of a function.
#[derive(Debug)]
pub struct Telemetry {
    counters: Counters,
    namespace: String,
    level: &'static str,
    clock: Clock,
}

/// Starts to log and to count for the rest of the process.
pub fn init_for_lambda(settings: Settings) -> &'static Telemetry {
    let threshold = Threshold::of(&settings.level);
    let level = threshold.level_of_metrics();
    let lines = Lines::new(settings.format, threshold, write);
    // A second initialisation, as in a test, changes nothing.
    let _ = tracing::subscriber::set_global_default(Registry::default().with(lines));
    panics::log();
    Box::leak(Box::new(Telemetry {
        counters: Counters::install(),
        namespace: settings.namespace,
        level,
        clock: Clock::system(),
    }))
}

impl Telemetry {
    /// To be held during an invocation. When it is dropped, even by a panic, the counts are
    /// written.
    #[must_use]
    pub fn invocation(&'static self, request_id: impl Into<String>) -> Invocation {
        message_received();
        let request_id = request_id.into();
        *request_at_work() = Some(request_id.clone());
        Invocation {
            telemetry: self,
            request_id,
        }
    }

    /// Writes the counts so far, in an invocation that goes on.
    pub fn flush(&self, request_id: &str) {
        let counts = self.counters.take();
        let context = emf::LineContext {
            namespace: &self.namespace,
            at: self.clock.now(),
            level: self.level,
            request_id,
        };
        let samples = self.counters.take_samples();
        write(context.documents(&counts, &samples).as_bytes());
    }

    /// Ends the process, with a line if it ends too early: Lambda starts another one.
    pub fn ended(&self, served: Result<(), Box<dyn Error + Send + Sync>>) -> ExitCode {
        match served {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                tracing::error!(%error, "the function cannot continue");
                ExitCode::FAILURE
            }
        }
    }
}

/// An invocation at work.
#[derive(Debug)]
pub struct Invocation {
    telemetry: &'static Telemetry,
    request_id: String,
}

impl Drop for Invocation {
    fn drop(&mut self) {
        self.telemetry.flush(&self.request_id);
        *request_at_work() = None;
    }
}

fn write(lines: &[u8]) {
    // If standard output is gone, nobody can be told.
    let _ = std::io::stdout().lock().write_all(lines);
}
