//! Log lines and counters of the problems in the documents.

use crate::internal_event::{InternalEvent, SettingsPart};
use thingrelay_core::{config::Broken, source::SourceName};

/// Counts and logs the problems, by source and target. `source_is_kept` and `target_is_kept` say
/// whether the last good settings are still in use.
pub(super) fn record(
    broken: &Broken,
    source_is_kept: impl Fn(&SourceName) -> bool,
    target_is_kept: impl Fn(&str) -> bool,
) {
    for (name, source) in &broken.sources {
        InternalEvent::Misconfigured {
            part: SettingsPart::Source(name),
            kept: source_is_kept(name),
            detail: &source.problems.on_one_line(),
        }
        .emit();
    }
    for (name, problems) in &broken.targets {
        InternalEvent::Misconfigured {
            part: SettingsPart::Target,
            kept: target_is_kept(name),
            detail: &problems.on_one_line(),
        }
        .emit();
    }
    if !broken.rest.is_empty() {
        InternalEvent::Misconfigured {
            part: SettingsPart::Rest,
            kept: false,
            detail: &broken.rest.on_one_line(),
        }
        .emit();
    }
}
