//! The source of the event files that the repository ships.
//!
//! A signed request goes stale; one in a file would be refused on the next day. So the events of
//! `functions/verify` and `functions/push` are those of a source of their own, whose freshness is
//! not checked, and which stands in no other settings than those that `thingrelay dev --lambda`
//! makes for a run without a configuration of the user's.

use thingrelay::source::Platform;

/// The last part of its push URL.
pub const NAME: &str = "example";
/// Its platform.
pub const PLATFORM: Platform = Platform::TencentIotExplorer;
/// Its token. It protects nothing: everybody can read it here.
pub const TOKEN: &str = "Published4ShippedEvents7Kq2Vx9Tz";

/// Its table in the settings.
pub fn table() -> serde_json::Value {
    serde_json::json!({
        "platform": PLATFORM.to_string(),
        "tokens": [TOKEN],
        "freshness_seconds": 0,
    })
}
