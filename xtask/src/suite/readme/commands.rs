use std::path::Path;

use anyhow::{Result, ensure};

use super::document::{Document, PAGES};

/// Runs everything.
pub(super) const DEV: &str = "cargo dev";
/// Runs the tests: it is what runs this suite, so it is not run again.
const TEST: &str = "cargo xtask test";
/// Queue and event source around the emulator: with the two commands after it, what the suite
/// `lambda` runs.
const DEV_LAMBDA: &str = "cargo dev --lambda http://127.0.0.1:9000";
/// The emulator: as above.
const LAMBDA_WATCH: &str = "cargo lambda watch -A 127.0.0.1";
/// An event file of the checkout: as above.
const LAMBDA_INVOKE: &str =
    "cargo lambda invoke consumer -A 127.0.0.1 --data-file functions/consumer/events/batch.json";
/// Tries a Tuya source: with the three commands after it, what the suite `pulsar` runs against a
/// broker, since the source that docs/tuya.md shows is at Tuya's.
const TUYA_CHECK: &str = "cargo thingrelay check sources --config house.toml --source house";
/// Pulls a Tuya source and shows its events: as above.
const TUYA_DEV: &str = "cargo dev --config house.toml";
/// Pulls a Tuya source for ever: as above.
const TUYA_PULL: &str =
    "cargo thingrelay pull tuya --config house.toml --staging-queue \"$STAGING_QUEUE\"";
/// Plays Tuya: as above.
const TUYA_SEND: &str = "cargo thingrelay send tuya ws://127.0.0.1:18080 --access-id \"$ID\" --access-key \"$KEY\" --producer-token \"$TOKEN\" --count 1000 --devices 20";
/// Tries a CKafka source: with the three commands after it, what the suite `kafka` runs against a
/// broker, since the source that docs/ckafka.md shows is at CKafka.
const CKAFKA_CHECK: &str =
    "cargo thingrelay-ckafka check sources --config plant.toml --source plant";
/// Pulls a CKafka source and shows its events: as above.
const CKAFKA_DEV: &str = "cargo dev-ckafka --config plant.toml";
/// Pulls a CKafka source for ever: as above.
const CKAFKA_PULL: &str =
    "cargo thingrelay-ckafka pull ckafka --config plant.toml --staging-queue \"$STAGING_QUEUE\"";
/// Plays the platforms at CKafka: as above.
const CKAFKA_SEND: &str =
    "cargo thingrelay-ckafka send kafka 127.0.0.1:9092 --topic explorer --count 1000 --devices 20";
/// Plays the platform.
pub(super) const SEND: &str = "cargo thingrelay send tencent http://127.0.0.1:9001/hub --token \"$TOKEN\" --count 1000 --devices 20";
/// Checks as the platform does.
pub(super) const CHECK: &str =
    "cargo thingrelay check url http://127.0.0.1:9001/hub --token \"$TOKEN\"";
/// Checks the reader's own sources and targets.
pub(super) const CONFIG_CHECK: &str = "cargo thingrelay config check relay.toml";
/// Runs the reader's own sources and targets.
pub(super) const DEV_OWN: &str = "cargo dev --config relay.toml --data ./relay-data";
/// Checks a Tuya source's settings.
pub(super) const TUYA_CONFIG_CHECK: &str = "cargo thingrelay config check house.toml";
/// Checks a CKafka source's settings.
pub(super) const CKAFKA_CONFIG_CHECK: &str = "cargo thingrelay config check plant.toml";
/// Makes a token.
pub(super) const TOKEN: &str = "cargo thingrelay token";
/// Installs the command.
pub(super) const INSTALL: &str = "cargo install --path cli";
/// Names the check of the configuration; its arguments are those of [`CONFIG_CHECK`].
const INSTALLED_CONFIG_CHECK: &str = "thingrelay config check";
/// The same check with the installed command; its arguments are those of [`CHECK`].
pub(super) const INSTALLED_CHECK: &str = "thingrelay check url";

/// Every command that this suite knows.
const KNOWN: [&str; 23] = [
    DEV,
    TEST,
    DEV_LAMBDA,
    LAMBDA_WATCH,
    LAMBDA_INVOKE,
    TUYA_CONFIG_CHECK,
    TUYA_CHECK,
    TUYA_DEV,
    TUYA_PULL,
    TUYA_SEND,
    CKAFKA_CONFIG_CHECK,
    CKAFKA_CHECK,
    CKAFKA_DEV,
    CKAFKA_PULL,
    CKAFKA_SEND,
    SEND,
    CHECK,
    CONFIG_CHECK,
    DEV_OWN,
    TOKEN,
    INSTALL,
    INSTALLED_CHECK,
    INSTALLED_CONFIG_CHECK,
];

/// Fails unless the commands of README.md are known here, and each known one is in README.md or one
/// of its pages.
pub(super) fn check(root: &Path) -> Result<()> {
    let readme = Document::read(root, "README.md")?.commands();
    let mut pages = Vec::new();
    for page in PAGES {
        pages.extend(Document::read(root, page)?.commands());
    }
    compare(&readme, &pages)
}

fn compare(readme: &[String], pages: &[String]) -> Result<()> {
    for command in readme {
        ensure!(
            KNOWN.contains(&command.as_str()),
            "README.md has `{command}`, which nothing runs: add it to the suite `readme`"
        );
    }
    for known in KNOWN {
        ensure!(
            readme.iter().chain(pages).any(|command| command == known),
            "README.md and its pages have no `{known}` any more: remove it from the suite `readme`"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_of_the_readme_are_known() -> Result<()> {
        check(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
    }

    #[test]
    fn a_command_too_few_and_a_command_too_many_are_told() {
        let all: Vec<String> = KNOWN.map(str::to_owned).to_vec();
        assert!(compare(&all, &[]).is_ok());
        assert!(compare(&all[1..], &all[..1]).is_ok());
        assert!(compare(&all[1..], &[]).is_err());
        let more = [all, vec!["cargo dev --fast".to_owned()]].concat();
        assert!(compare(&more, &[]).is_err());
    }
}
