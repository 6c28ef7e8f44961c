//! The sources of the event files that the repository ships.
//!
//! A signed request goes stale; a request in a file would be refused on the next day. So the events
//! of `functions/verify` and `functions/push` belong to a separate source, whose freshness is not
//! checked. The event of `functions/ckafka` also has its own source, as its records come by another
//! channel. Both sources are only in the settings that `thingrelay dev --lambda` makes for a run
//! without the user's configuration.

use serde_json::{Value, json};
use thingrelay_core::source::Platform;

/// The last part of the source's push URL.
pub(crate) const NAME: &str = "example";
pub(crate) const PLATFORM: Platform = Platform::TencentIotExplorer;
/// The token of the source. It protects nothing: it is published here.
pub(crate) const TOKEN: &str = "Published4ShippedEvents7Kq2Vx9Tz";

/// The source whose records come through Lambda's event source.
const OF_CKAFKA: &str = "example-ckafka";
/// The topic of that source.
const TOPIC: &str = "iot";

/// The tables of both sources in the settings, by name.
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
