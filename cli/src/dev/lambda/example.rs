//! The sources of the event files that the repository ships.
//!
//! A signed request goes stale; one in a file would be refused on the next day. So the events of
//! `functions/verify` and `functions/push` are those of a source of their own, whose freshness is
//! not checked. That of `functions/ckafka` has a source of its own, too, as its records come by
//! another channel. Neither stands in other settings than those that `thingrelay dev --lambda`
//! makes for a run without a configuration of the user's.

use serde_json::{Value, json};
use thingrelay_core::source::Platform;

/// The last part of its push URL.
pub(crate) const NAME: &str = "example";
/// Its platform.
pub(crate) const PLATFORM: Platform = Platform::TencentIotExplorer;
/// Its token. It protects nothing: everybody can read it here.
pub(crate) const TOKEN: &str = "Published4ShippedEvents7Kq2Vx9Tz";

/// The source whose records Lambda's event source brings.
const OF_CKAFKA: &str = "example-ckafka";
/// Its topic.
const TOPIC: &str = "iot";

/// Their tables in the settings, by name.
pub(crate) fn tables() -> [(String, Value); 2] {
    let platform = PLATFORM.to_string();
    [
        (
            NAME.to_owned(),
            json!({"platform": platform, "tokens": [TOKEN], "freshness_seconds": 0}),
        ),
        (
            OF_CKAFKA.to_owned(),
            json!({"platform": platform, "channel": "ckafka", "topics": [TOPIC]}),
        ),
    ]
}
