//! The level from which lines are written.

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{LevelFilter, Targets};

/// The crates to whose lines a function's level applies. Lines of other libraries below INFO do not
/// help in operation, are many for each message, and may quote what the libraries carry.
const OURS: [&str; 5] = ["thingrelay", "verify", "push", "ckafka", "consumer"];

/// The levels of lines that are written.
#[derive(Debug, Clone)]
pub struct Threshold {
    targets: Targets,
    most: LevelFilter,
    level_of_metrics: &'static str,
}

impl Threshold {
    /// The threshold with that name (`debug`, `info`, ...; Lambda's `fatal` is `error`), but never
    /// below INFO for libraries; or one by directives such as `hyper=debug,info`; INFO for an
    /// unknown name.
    pub fn of(level: &str) -> Threshold {
        let level = level.trim().to_lowercase();
        let (targets, most) = filter(&level)
            .unwrap_or_else(|| (Targets::new().with_default(Level::INFO), LevelFilter::INFO));
        let level_of_metrics = match level.as_str() {
            "warn" => "WARN",
            "error" => "ERROR",
            "fatal" => "FATAL",
            _ => "INFO",
        };
        Threshold {
            targets,
            most,
            level_of_metrics,
        }
    }

    /// The most detailed level that may be written.
    pub fn most(&self) -> LevelFilter {
        self.most
    }

    /// The level of the lines with metrics, so that they are not dropped.
    ///
    /// If the log format is JSON, Lambda drops lines below the level that is configured, and takes
    /// a line without a level or without a valid timestamp for INFO. Lines in the embedded metric
    /// format are not exempt. Source:
    /// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>.
    pub fn level_of_metrics(&self) -> &'static str {
        self.level_of_metrics
    }

    pub(super) fn takes(&self, metadata: &Metadata<'_>) -> bool {
        self.targets
            .would_enable(metadata.target(), metadata.level())
    }
}

fn filter(level: &str) -> Option<(Targets, LevelFilter)> {
    if level.contains(['=', ',']) {
        let targets: Targets = level.parse().ok()?;
        let most = targets.iter().map(|(_, level)| level);
        let most = most.chain(targets.default_level()).max()?;
        return Some((targets, most));
    }
    // As a directive, a word that is not a level would name a module, and silence all others.
    let most = match level {
        "" => return None,
        "fatal" => LevelFilter::ERROR,
        word => word.parse().ok()?,
    };
    let targets = Targets::new()
        .with_default(most.min(LevelFilter::INFO))
        .with_targets(OURS.map(|ours| (ours, most)));
    Some((targets, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_level_silences_errors() {
        let cases = [
            ("INFO", LevelFilter::INFO, "INFO"),
            ("trace", LevelFilter::TRACE, "INFO"),
            ("debug", LevelFilter::DEBUG, "INFO"),
            ("WARN", LevelFilter::WARN, "WARN"),
            ("Error", LevelFilter::ERROR, "ERROR"),
            ("FATAL", LevelFilter::ERROR, "FATAL"),
            ("fatal ", LevelFilter::ERROR, "FATAL"),
            ("off", LevelFilter::OFF, "INFO"),
            ("verbose", LevelFilter::INFO, "INFO"),
            ("", LevelFilter::INFO, "INFO"),
            ("a=b=c", LevelFilter::INFO, "INFO"),
            ("push=debug,warn", LevelFilter::DEBUG, "INFO"),
        ];
        for (level, most, of_metrics) in cases {
            let threshold = Threshold::of(level);
            assert_eq!(threshold.most(), most, "{level}");
            assert_eq!(threshold.level_of_metrics(), of_metrics, "{level}");
            let elsewhere = threshold.targets.would_enable("hyper", &Level::ERROR);
            assert_eq!(elsewhere, most != LevelFilter::OFF, "{level}");
            let details = threshold.targets.would_enable("hyper", &Level::DEBUG);
            assert!(!details, "{level}");
            if let Some(most) = most.into_level() {
                let ours = if level.contains('=') {
                    "push"
                } else {
                    "thingrelay"
                };
                assert!(threshold.targets.would_enable(ours, &most), "{level}");
            }
        }
        let details = Threshold::of("hyper=debug,info").targets;
        assert!(details.would_enable("hyper", &Level::DEBUG));
        let directives = Threshold::of("push=debug,warn").targets;
        assert!(directives.would_enable("push", &Level::DEBUG));
        assert!(!directives.would_enable("thingrelay", &Level::INFO));
    }
}
