//! Where log lines go.

use tracing_subscriber::{EnvFilter, filter::LevelFilter, fmt};

/// Writes log lines as JSON to stdout, as CloudWatch takes them, from the level of that name on
/// (`debug`, `info`, ...; Lambda's `fatal` is `error`) or by directives such as `push=debug,info`;
/// of an unknown name: from INFO on.
pub fn init_for_lambda(level: &str) {
    // A second initialisation, as in a test, changes nothing.
    let _ = fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter(level))
        .try_init();
}

fn filter(level: &str) -> EnvFilter {
    let level = level.trim().to_lowercase();
    let known = match level.as_str() {
        "fatal" => Some("error"),
        directives if directives.contains(['=', ',']) => Some(directives),
        // As a directive, a word that is no level would name a module, and silence all others.
        word => word
            .parse::<LevelFilter>()
            .ok()
            .filter(|_| !word.is_empty())
            .map(|_| word),
    };
    known
        .and_then(|known| EnvFilter::try_new(known).ok())
        .unwrap_or_else(|| EnvFilter::new("info"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_level_silences_errors() {
        let cases = [
            ("INFO", LevelFilter::INFO),
            ("debug", LevelFilter::DEBUG),
            ("WARN", LevelFilter::WARN),
            ("FATAL", LevelFilter::ERROR),
            ("fatal ", LevelFilter::ERROR),
            ("off", LevelFilter::OFF),
            ("verbose", LevelFilter::INFO),
            ("", LevelFilter::INFO),
            ("a=b=c", LevelFilter::INFO),
            ("push=debug,warn", LevelFilter::DEBUG),
        ];
        for (level, expected) in cases {
            let filter = filter(level);
            assert_eq!(filter.max_level_hint(), Some(expected), "{level}");
            let names_modules = filter.to_string().contains('=');
            assert_eq!(
                names_modules,
                level.starts_with("push="),
                "{level}: {filter}"
            );
        }
    }
}
