//! Configuration files of the tests.

use std::path::PathBuf;

use tempfile::TempDir;

/// The token of the source `meters`. It begins with `k`, as the ambiguity that the platform's pages
/// leave open in its scheme needs such a token.
pub const METERS_TOKEN: &str = "k7Vq2ZtR9mXw5yBn1cJd8fHs3gLp6aQe";

/// The former token of the source `meters`.
pub const METERS_FORMER_TOKEN: &str = "Wd4hT8sKq1Zx6Rv3Nb7Yj2Mf9Gp5Lc0A";

/// The token of the source `homes`.
pub const HOMES_TOKEN: &str = "zB5nU1eXo8Tk3Wq6Hs9Jd2Vr7Gy4Mp0C";

/// The token of the source `cameras`.
pub const CAMERAS_TOKEN: &str = "Fj6aS2lPz9Ou4Ci1Xe7Kw3Nt8Rb5Dy0V";

/// The token of the source `packets`.
pub const PACKETS_TOKEN: &str = "Qm3gE7vYh1Lb5Ts9Zk2Fw6Xc4Nj8Pd0R";

/// A source for each platform, and `packets`, whose product is binary.
const SOURCES: &str = r#"
[sources.meters]
platform = "tencent-iot-hub"
tokens = ["k7Vq2ZtR9mXw5yBn1cJd8fHs3gLp6aQe", "Wd4hT8sKq1Zx6Rv3Nb7Yj2Mf9Gp5Lc0A"]
freshness_seconds = 300

[sources.homes]
platform = "tencent-iot-explorer"
tokens = ["zB5nU1eXo8Tk3Wq6Hs9Jd2Vr7Gy4Mp0C"]

[sources.cameras]
platform = "tencent-iot-video"
tokens = ["Fj6aS2lPz9Ou4Ci1Xe7Kw3Nt8Rb5Dy0V"]
utc_offset = "+00:00"

[sources.packets]
platform = "tencent-iot-hub"
tokens = ["Qm3gE7vYh1Lb5Ts9Zk2Fw6Xc4Nj8Pd0R"]
payload = "base64"
"#;

/// A directory with one configuration file; dropping it removes both.
#[derive(Debug)]
pub struct Config(TempDir);

impl Config {
    /// The sources of the tests without a target: events go to a queue of the process itself.
    pub fn without_targets() -> Self {
        Config::of(SOURCES)
    }

    /// The sources of the tests and one SQS target.
    pub fn with_target(queue_url: &str) -> Self {
        Config::with_targets(&format!(
            "[targets.events]\ntype = \"sqs\"\nqueue_url = \"{queue_url}\"\n"
        ))
    }

    /// The sources of the tests and these tables of targets.
    pub fn with_targets(targets: &str) -> Self {
        Config::of(&format!("{SOURCES}\n{targets}"))
    }

    /// This text as the configuration.
    pub fn of(text: &str) -> Self {
        let config = Config(tempfile::tempdir().expect("a temporary directory"));
        std::fs::write(config.file(), text).expect("a file in it");
        config
    }

    pub fn file(&self) -> PathBuf {
        self.0.path().join("thingrelay.toml")
    }

    /// A path in the same directory for the queues of a process.
    pub fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }
}
