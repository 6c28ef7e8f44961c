//! How much the command tells on standard error: `-v`, `-q`.

use clap::ArgAction;
use std::sync::OnceLock;
use tracing::{Level, Metadata, level_filters::LevelFilter};

/// What this process was asked for.
static ASKED: OnceLock<Verbosity> = OnceLock::new();

/// The crates whose lines `-v` adds: those of this workspace.
const OWN: [&str; 8] = [
    "thingrelay",
    "verify",
    "push",
    "consumer",
    "webhook",
    "tuya",
    "ckafka",
    "sqs_server",
];

/// Arguments of every command.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Args {
    /// Log each step. -vv adds the libraries, -vvv every detail. RUST_LOG replaces both.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Log errors only, and draw no progress bar.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
}

/// How much is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// Errors.
    Quiet,
    /// Warnings and errors, and each connection of a pull.
    #[default]
    Normal,
    /// Each step of thingrelay.
    Steps,
    /// The libraries' steps too.
    Libraries,
    /// Everything.
    Everything,
}

impl Args {
    /// Sets what this process tells from now on.
    pub(crate) fn install(self) {
        // A second call, for example in a test, changes nothing.
        let _ = ASKED.set(self.verbosity());
    }

    fn verbosity(self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, 1) => Verbosity::Steps,
            (false, 2) => Verbosity::Libraries,
            (false, _) => Verbosity::Everything,
        }
    }
}

impl Verbosity {
    /// What this process was asked for.
    pub(crate) fn asked() -> Verbosity {
        ASKED.get().copied().unwrap_or_default()
    }

    /// The least important level that is logged.
    pub(crate) fn level(self) -> LevelFilter {
        match self {
            Verbosity::Quiet => LevelFilter::ERROR,
            Verbosity::Normal | Verbosity::Steps | Verbosity::Libraries => LevelFilter::DEBUG,
            Verbosity::Everything => LevelFilter::TRACE,
        }
    }

    /// Whether a line is logged.
    pub(crate) fn tells(self, line: &Metadata<'_>) -> bool {
        let level = *line.level();
        match self {
            Verbosity::Quiet => level == Level::ERROR,
            Verbosity::Normal => {
                // Of the successes, only a connection is logged: users who start a pull wait for it.
                let is_connected = line.target() == "thingrelay::internal_event"
                    && line.fields().field("topic").is_some();
                // The SDK logs its own attempts; the caller reports the result of a call.
                let is_of_sdk = line.target().starts_with("aws_");
                (level <= Level::WARN && !is_of_sdk) || is_connected
            }
            Verbosity::Steps => {
                let is_own = OWN.iter().any(|own| line.target().starts_with(own));
                level <= Level::WARN || (level <= Level::DEBUG && is_own)
            }
            Verbosity::Libraries => level <= Level::DEBUG,
            Verbosity::Everything => true,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

    use super::*;
    use clap::Parser;
    use std::{
        io,
        sync::{Arc, Mutex},
    };
    use tracing_subscriber::{Layer, filter::FilterFn, layer::SubscriberExt};

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn the_flags_say_how_much_is_told() {
        let cases: [(&[&str], Verbosity); 6] = [
            (&[], Verbosity::Normal),
            (&["-q"], Verbosity::Quiet),
            (&["-v"], Verbosity::Steps),
            (&["-v", "--verbose"], Verbosity::Libraries),
            (&["-vvv"], Verbosity::Everything),
            (&["-vvvvv"], Verbosity::Everything),
        ];
        for (flags, expected) in cases {
            let arguments = [&["thingrelay"], flags].concat();
            let command = Command::try_parse_from(arguments).unwrap();
            assert_eq!(command.args.verbosity(), expected, "{flags:?}");
        }
        let both = Command::try_parse_from(["thingrelay", "-q", "-v"]);
        assert!(both.is_err(), "{both:?}");
    }

    #[test]
    fn each_verbosity_adds_lines() {
        let lines_of = |verbosity: Verbosity| {
            let lines = Lines::default();
            let writer = lines.clone();
            let told = FilterFn::new(move |line| verbosity.tells(line))
                .with_max_level_hint(verbosity.level());
            let layer = tracing_subscriber::fmt::layer()
                .without_time()
                .with_level(false)
                .with_target(false)
                .with_writer(move || writer.clone())
                .with_filter(told);
            tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
                tracing::error!(target: "push", "error");
                tracing::warn!(target: "push", "warning");
                tracing::debug!(target: "thingrelay::internal_event", topic = "t", "connection");
                tracing::debug!(target: "webhook::attempt", "attempt");
                tracing::warn!(target: "aws_smithy_runtime", "sdk");
                tracing::debug!(target: "hyper_util", "library");
                tracing::trace!(target: "hyper_util", "detail");
            });
            let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
            let words = text.lines().filter_map(|line| line.split(' ').next());
            words.map(str::to_owned).collect::<Vec<_>>().join(" ")
        };
        let cases = [
            (Verbosity::Quiet, "error"),
            (Verbosity::Normal, "error warning connection"),
            (Verbosity::Steps, "error warning connection attempt sdk"),
            (
                Verbosity::Libraries,
                "error warning connection attempt sdk library",
            ),
            (
                Verbosity::Everything,
                "error warning connection attempt sdk library detail",
            ),
        ];
        for (verbosity, expected) in cases {
            assert_eq!(lines_of(verbosity), expected, "{verbosity:?}");
        }
    }

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}
