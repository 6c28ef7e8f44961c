//! What to do about an answer.

use super::{
    answer::{Answer, source},
    capture::Capture,
    signature::{Family, Signature},
};
use http::Method;
use thingrelay_core::{
    config::{
        EdgeConfig, Ingress,
        name::{nearest, shown},
    },
    source::SourceName,
};

/// What to do about the answer, in sentences; `None` if there is nothing to do.
pub(crate) fn advice(
    capture: &Capture,
    config: &EdgeConfig,
    signature: &Signature<'_>,
    answer: &Answer,
) -> Option<String> {
    let source = source(capture);
    let Some(refusal) = &answer.refusal else {
        let signer = signature.signer_of(source);
        return signer.filter(|signer| signer.is_previous()).map(|_| {
            format!("The platform still has the former token of {source}: put the current one into its console.")
        });
    };
    let text = match refusal.code.as_str() {
        "unknown_source" => unknown(source, config),
        "misconfigured" => {
            let name = SourceName::parse(source);
            let broken = name.and_then(|name| config.broken.sources.get(&name));
            let problems = broken.map(|broken| broken.problems.on_one_line());
            format!("Correct the configuration: {}.", problems.unwrap_or_default())
        }
        "missing_header" if signature.family == Family::Absent => {
            "Set the token in the platform's console: it signs nothing without one. If it has one, a proxy drops the headers.".to_owned()
        }
        "missing_header" | "repeated_header" | "mixed_headers" => {
            "Something between the platform and thingrelay adds or drops headers: let those of the signature through as they are.".to_owned()
        }
        "malformed_header" => {
            "The sender is not the platform, or something in between changes headers.".to_owned()
        }
        "missing_echostr" if capture.method == Method::GET => {
            "A GET is the platform's check of the URL, and has the header Echostr. A message is a POST.".to_owned()
        }
        "malformed_echostr" => "The sender is not the platform.".to_owned(),
        "bad_signature" => match other_signers(signature) {
            names if names.is_empty() => format!(
                "No token of this configuration signs it. Put the same token into the platform's console and into sources.{source}.tokens, without a blank before or after it."
            ),
            names => format!(
                "It is signed with the token of {names}: correct the URL in the platform's console, or put the token of {source} there."
            ),
        },
        "stale" => {
            "Synchronise the wrong clock with NTP. If both clocks are right, the request was delayed, or it is a copy of an earlier request.".to_owned()
        }
        "ambiguous_signature" => {
            "Its timestamp and nonce can be split in another way, and an older request then has the same signature. A genuine request is rarely like that, and the platform sends it again. If the refusal repeats, an attacker is changing captured requests.".to_owned()
        }
        "method_not_allowed" => {
            "The platforms send GET and POST. In AWS, the HTTP API itself answers other methods, with 404.".to_owned()
        }
        "body_too_large" => "The platforms send 16 KB at most: the sender is something else.".to_owned(),
        _ => return None,
    };
    Some(text)
}

fn unknown(source: &str, config: &EdgeConfig) -> String {
    let pushed = config.sources.values();
    let pushed = pushed.filter(|source| matches!(source.ingress, Ingress::Http(_)));
    let names: Vec<&str> = pushed.map(|source| source.name.as_str()).collect();
    let channel = SourceName::parse(source).and_then(|name| {
        let right = config.sources.get(&name).map(|it| it.ingress.channel());
        right.or_else(|| Some(config.broken.sources.get(&name)?.channel))
    });
    if let Some(channel) = channel {
        return format!("The messages of {source} come by {channel}, and nothing is pushed to it.");
    }
    if source.is_empty() {
        return "The path names no source: it ends in the name of one, such as /meters.".to_owned();
    }
    let last = source.trim_end_matches('/').rsplit('/').next();
    if let Some(last) = last.filter(|last| *last != source && names.contains(last)) {
        return format!(
            "The path has to be /{last}. If a proxy takes the rest away, explain the request with --path /{last}."
        );
    }
    let sources = match names.as_slice() {
        [] => "no source that is pushed".to_owned(),
        names => format!("the sources {}", names.join(", ")),
    };
    let meant = nearest(source, names.iter().copied());
    let meant = meant.map(|name| format!(" Is {name} meant?"));
    format!(
        "The configuration has {sources}, and not {}.{}",
        shown(source),
        meant.unwrap_or_default()
    )
}

/// The sources whose tokens sign the request.
fn other_signers(signature: &Signature<'_>) -> String {
    let places = signature.signers.iter().map(|signer| {
        let place = signer.place();
        format!("{} ({place})", signer.source)
    });
    places.collect::<Vec<_>>().join(", ")
}
