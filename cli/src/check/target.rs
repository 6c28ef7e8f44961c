//! Sends one test event to a target.

use super::{args::Target as Args, webhook};
use crate::{
    documents::Documents,
    report::{Outcome, Problem, Report},
};
use anyhow::{Context, bail};
use rand::{TryRng, rngs::SysRng};
use std::time::{Duration, Instant};
use thingrelay::{
    aws::{Aws, CallError},
    clock::Clock,
    ordered::Sender,
    send_error::SendError,
    target::TargetSender,
};
use thingrelay_core::{
    config::{ConfigError, TargetKind, WebhookConfig, name::shown},
    message::EventMessage,
    test_event::test_event,
};
use tokio::time::timeout;

/// How long the search for credentials may take.
const CREDENTIALS_LIMIT: Duration = Duration::from_secs(10);

/// Sends a test event to the named target, whatever its filters say.
///
/// # Errors
/// The configuration cannot be read, or it does not have the target, or the target has problems.
pub(super) async fn check(args: &Args) -> anyhow::Result<Report> {
    let documents = Documents::read(&args.config.files)?;
    let mut config: WebhookConfig = documents.usable()?;
    if let Some(problems) = config.broken.targets.remove(&args.target) {
        return Err(ConfigError(problems)).context("the target has problems");
    }
    let targets = config.targets.into_iter();
    let Some(target) = targets
        .into_iter()
        .find(|target| target.name == args.target)
    else {
        bail!("the configuration has no target {}", shown(&args.target));
    };
    let mut nonce = [0; 32];
    let filled = SysRng.try_fill_bytes(&mut nonce);
    filled.context("the operating system gives no random bytes")?;
    let event = test_event(&target.name, &nonce, Clock::system().now());
    let mut report = Report::default();
    let tried = format!("target {}", shown(&target.name));
    let outcome = match &target.kind {
        TargetKind::Webhook(settings) => {
            let signing = config.signing.get(&target.name).context(
                "the documents have no signing_secrets of the target: give the document with the secrets, too",
            )?;
            webhook::send(settings, signing, &event.id, &event.json).await
        }
        kind => send(kind.clone(), &event.to_message()).await,
    };
    report.add(tried, outcome);
    Ok(report)
}

async fn send(kind: TargetKind, event: &EventMessage) -> Outcome {
    let aws = Aws::anywhere();
    if !kind.is_loopback() {
        let found = timeout(CREDENTIALS_LIMIT, aws.credentials()).await;
        if let Err(error) = found.unwrap_or(Err("nothing answered in time".into())) {
            return Outcome::Wrong(vec![Problem::new(
                format!("There are no AWS credentials ({error})."),
                "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
            )]);
        }
    }
    let sender = TargetSender::open(&aws, kind.clone()).await;
    let began = Instant::now();
    let results = sender.send_batch(&[event]).await;
    let took = began.elapsed().as_millis();
    match results.into_iter().next() {
        Some(Ok(())) => {
            let id = event
                .message
                .fifo
                .as_ref()
                .map_or("", |fifo| &fifo.deduplication);
            let beyond = match kind {
                TargetKind::EventBridge(_) => {
                    "; EventBridge also accepts events for a bus that does not exist, so look for the event behind a rule"
                }
                _ => "",
            };
            Outcome::Well(format!(
                "{kind} accepted the test event {id} within {took} ms{beyond}"
            ))
        }
        Some(Err(SendError::Permanent(error))) => Outcome::Wrong(vec![Problem::new(
            format!(
                "{} refuses the test event for good ({error}).",
                capital(&kind)
            ),
            "A small event such as this one should be accepted: look at its limits, and at who answers there.",
        )]),
        Some(Err(SendError::Transient(error))) => Outcome::Wrong(vec![explained(&kind, &error)]),
        None => Outcome::Wrong(vec![explained(&kind, &"no answer for the event".into())]),
    }
}

/// Explains why a target did not accept the event.
fn explained(kind: &TargetKind, error: &CallError) -> Problem {
    let noun = kind.noun();
    let it = capital(kind);
    match error {
        CallError::Service { code, .. } => {
            let what = format!("{it} did not accept the test event ({error}).");
            let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
            let advice = if has(&["KMS", "Kms"]) {
                format!(
                    "Who sends needs kms:GenerateDataKey and kms:Decrypt on the key with which the {noun} is encrypted."
                )
            } else if has(&["AccessDenied", "AuthorizationError", "NotAuthorized"]) {
                format!(
                    "Allow the identity whose credentials this command uses {}, in its own policy, and in that of the {noun} if it is in another account. The consumer needs the same for its role.",
                    right(kind)
                )
            } else if has(&["NonExistent", "DoesNotExist", "NotFound"]) {
                format!("There is no such {noun}: compare the name, the region and the account.")
            } else if has(&["Token", "Signature", "Credential", "AccessKeyId"]) {
                "AWS refuses the credentials: renew them, and set this machine's clock.".to_owned()
            } else if has(&["Throttl", "TooMany", "Unavailable", "InternalFailure"]) {
                "Try again. The consumer would wait and try again, too.".to_owned()
            } else {
                format!("Compare the settings of the target with the {noun}.")
            };
            Problem::new(what, advice)
        }
        CallError::Foreign(_) => Problem::new(
            format!("{it} did not accept the test event ({error})."),
            "Look at what stands between this machine and AWS: a proxy, or AWS_ENDPOINT_URL.",
        ),
        CallError::NoAnswer { .. } | CallError::Credentials(_) | CallError::Other(_) => {
            Problem::new(
                format!("{it} did not answer ({error})."),
                "Check the region, the network and AWS_ENDPOINT_URL. In the settings, compare the address with the console's.",
            )
        }
    }
}

/// The right that a send needs.
fn right(kind: &TargetKind) -> &'static str {
    match kind {
        TargetKind::Sqs(_) => "sqs:SendMessage",
        TargetKind::Sns(_) => "sns:Publish",
        TargetKind::EventBridge(_) => "events:PutEvents",
        TargetKind::Webhook(_) => "no right",
    }
}

/// "The queue https://…", at the start of a sentence.
fn capital(kind: &TargetKind) -> String {
    let text = kind.to_string();
    let rest = text.strip_prefix('t').unwrap_or(&text);
    format!("T{rest}")
}
