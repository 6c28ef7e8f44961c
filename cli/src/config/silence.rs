//! The commands that deploy silence.yaml: one alarm for each pushed source that has a limit.

use std::{collections::BTreeMap, fmt::Write};
use thingrelay_core::config::{EdgeConfig, Ingress};

/// One line for each limit in minutes, because a stack has one limit. A pull watches its own
/// sources.
pub(crate) fn commands(config: &EdgeConfig) -> String {
    let mut sources: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for source in config.sources.values() {
        if let (Ingress::Http(_), Some(minutes)) = (&source.ingress, source.silent_after_minutes) {
            sources
                .entry(minutes)
                .or_default()
                .push(source.name.as_str());
        }
    }
    let mut lines = String::new();
    for (minutes, names) in sources {
        let names = names.join(",");
        let _ = writeln!(
            lines,
            "silence  aws cloudformation deploy --template-file silence.yaml \
             --capabilities CAPABILITY_AUTO_EXPAND --stack-name \"$STACK-silent-{minutes}\" \
             --parameter-overrides Stack=\"$STACK\" Minutes={minutes} Sources={names}"
        );
    }
    lines
}
