//! Shows messages.

use super::{args, tell};
use crate::{
    output::printable::printable,
    recovery::{
        journal::{Journal, Place},
        kept::{Facts, Kept},
    },
};
use thingrelay_core::{normalize::shown, staged::Staged, timestamp::Timestamp};

/// Prints the chosen messages, in order.
///
/// # Errors
/// The journal cannot be read.
pub(super) fn show(journal: &Journal, args: &args::Show) -> anyhow::Result<()> {
    let mut chosen: Vec<(Place, Facts)> = Vec::new();
    let mut others = 0_u64;
    journal.each(|place, facts| {
        if !args.chosen.takes(&facts) {
            return;
        }
        if chosen.len() < args.limit {
            chosen.push((place, facts));
        } else {
            others += 1;
        }
    })?;
    for (place, facts) in chosen {
        if let Some(kept) = journal.message(place)? {
            tell(&text(&kept, &facts, args.reveal));
        }
    }
    if others > 0 {
        tell(&format!("and {others} more: see --limit\n"));
    }
    Ok(())
}

fn text(kept: &Kept, facts: &Facts, is_revealed: bool) -> String {
    let parts = kept.parts();
    let detail = parts.set_aside.map(|it| format!(": {}", it.detail));
    let devices = facts.devices.iter().map(|(product, name)| match product {
        Some(product) => format!("{product}/{name}"),
        None => name.clone(),
    });
    let devices: Vec<String> = devices.collect();
    let types: Vec<&str> = facts.types.iter().map(String::as_str).collect();
    let received = Timestamp::from_unix_millis(facts.received);
    let mut text = format!("message   {}\n", facts.id.as_deref().unwrap_or("(no id)"));
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            text += &format!("{name:<9} {}\n", printable(value));
        }
    };
    line("queue", &facts.origin);
    line(
        "reason",
        &[&facts.reason, detail.as_deref().unwrap_or("")].concat(),
    );
    line("source", facts.source.as_deref().unwrap_or(""));
    line("received", &received.to_string());
    line("devices", &devices.join(" "));
    line("types", &types.join(" "));
    line("run", facts.run.as_deref().unwrap_or(""));
    line("obstacle", facts.obstacle.as_deref().unwrap_or(""));
    let original = match Staged::from_body(parts.record) {
        Ok(staged) => {
            let provenance = parts.record.split('\n').next().unwrap_or_default();
            line("staged", &masked(provenance.as_bytes(), is_revealed));
            staged.original.into_owned()
        }
        Err(_) => parts.record.as_bytes().to_vec(),
    };
    text += &format!("original  {} bytes\n", original.len());
    text += &printable(&masked(&original, is_revealed));
    text += "\n\n";
    text
}

fn masked(original: &[u8], is_revealed: bool) -> String {
    if is_revealed {
        return String::from_utf8_lossy(original).into_owned();
    }
    shown(original).unwrap_or_else(|| {
        "(not shown: it is not JSON and may hold a secret, or is not text; --reveal shows it)"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shown_only_if_that_is_asked_for() {
        let cases = [
            (r#"{"power":41,"psk":"s3cret"}"#, r#"{"power":41}"#),
            (r#"{"a":"{\"token\":\"s3cret\"}"}"#, r#"{"a":"{}"}"#),
            ("power=41,", "power=41,"),
        ];
        for (original, expected) in cases {
            assert_eq!(masked(original.as_bytes(), false), expected);
            assert_eq!(masked(original.as_bytes(), true), original);
        }
        for hidden in [&br#"{"psk":"s3cret","#[..], b"\xff s3cret"] {
            assert!(!masked(hidden, false).contains("s3cret"));
            assert!(masked(hidden, true).contains("s3cret"));
        }
    }
}
