//! The secrets of webhooks, and settings of webhooks that work and may not be intended.

use super::{args::Tokens, findings::Findings, layers::Layers};
use thingrelay_core::config::{EdgeConfig, Problem, TargetKind, name::shown};

/// Reports problems, and settings that may not be intended.
pub(crate) fn check(
    config: &EdgeConfig,
    tokens: Tokens,
    layers: &Layers<'_>,
    findings: &mut Findings,
) {
    let with_secrets = layers.webhooks();
    for target in &config.targets {
        let TargetKind::Webhook(webhook) = &target.kind else {
            continue;
        };
        let place = |key: &str| format!("targets.{}.{key}", shown(&target.name));
        let placed = |key: &str, message: &str| layers.placed(Problem::new(place(key), message));
        let wrong = with_secrets
            .as_ref()
            .and_then(|read| read.broken.targets.get(&target.name));
        let has_secrets = layers.signing_secret_count(&target.name) > 0;
        for problem in wrong.into_iter().flat_map(|problems| problems.iter()) {
            findings.problem(layers.named(problem.clone()));
        }
        if !has_secrets && tokens == Tokens::Given {
            findings.problem(placed(
                "signing_secrets",
                "is missing: the secrets that sign the requests; `thingrelay token --webhook` makes one",
            ));
            findings.advice(
                "Give the document with the webhook's secrets as another FILE, or --without-secrets to check only settings.",
            );
        }
        if !webhook.url.is_encrypted() {
            findings.warning(placed(
                "url",
                "begins with http://: anybody on the way can read the events",
            ));
        }
        if webhook.queue_url.is_none() {
            findings.warning(placed(
                "queue_url",
                "is missing: in AWS, events wait until it names the queue of the webhook's stack",
            ));
        }
    }
}
