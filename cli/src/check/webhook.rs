//! Sends a test event to a webhook, as the function `webhook` does.

use crate::report::{Outcome, Problem, excerpt};
use std::sync::Arc;
use thingrelay::clock::Clock;
use thingrelay_core::{config::WebhookTarget, webhook::SigningSecrets};
use webhook::{Answer, Event, Failure, FailureKind, Receiver, SystemResolver, Verdict};

/// Sends the event once, and explains the answer.
pub(super) async fn send(
    target: &WebhookTarget,
    signing: &SigningSecrets,
    id: &str,
    json: &str,
) -> Outcome {
    let place = format!("The webhook {}", target.url.origin());
    let receiver = match Receiver::open(target, Arc::new(SystemResolver)) {
        Ok(receiver) => receiver,
        Err(error) => {
            let advice = "Correct the settings of the target.";
            let what = format!("{place} cannot be connected to ({error}).");
            return Outcome::Wrong(vec![Problem::new(what, advice)]);
        }
    };
    let event = match Event::parse(json, target.content) {
        Ok(event) => event,
        Err(error) => {
            let advice = "This is a defect of thingrelay: please report it.";
            return Outcome::Wrong(vec![Problem::new(format!("{error}."), advice)]);
        }
    };
    let attempt = receiver
        .attempt(&event, signing, Clock::system().now())
        .await;
    let took = attempt.elapsed.as_millis();
    let problem = match &attempt.outcome {
        Ok(answer) if attempt.verdict == Verdict::Delivered => {
            return Outcome::Well(format!(
                "{} answered {} to the test event {id} within {took} ms",
                place.replacen('T', "t", 1),
                answer.status
            ));
        }
        Ok(answer) => refused(&place, answer, attempt.verdict, took),
        Err(failure) => unanswered(&place, failure, took),
    };
    Outcome::Wrong(vec![problem])
}

fn refused(place: &str, answer: &Answer, verdict: Verdict, took: u128) -> Problem {
    let status = answer.status;
    let words = match excerpt(&answer.body) {
        text if text.is_empty() => String::new(),
        text => format!(": {text}"),
    };
    let fate = match verdict {
        Verdict::Refused => "An event with this answer is a dead letter at once.",
        Verdict::Delivered | Verdict::Retry => "An event with this answer is tried again.",
    };
    let advice = match status {
        300..=399 => "Redirects are not followed: put the address to which it redirects into url.",
        401 | 403 => {
            "Compare the receiver's secret with signing_secrets, and its clock with this machine's."
        }
        404 | 405 | 410 => {
            "Compare url with the address on which the receiver takes POST requests."
        }
        413 => "The receiver takes only smaller requests: an event can have up to 1 MiB.",
        429 => "The receiver wants fewer requests: lower the Concurrency of the webhook's stack.",
        500..=599 => "Look at the receiver's log.",
        _ => "Look at what the receiver says about the request.",
    };
    Problem::new(
        format!("{place} answered {status} within {took} ms{words}."),
        format!("{fate} {advice}"),
    )
}

fn unanswered(place: &str, failure: &Failure, took: u128) -> Problem {
    let advice = match failure.kind {
        FailureKind::NoAddress => "Check the spelling of the host in url, and its DNS record.",
        FailureKind::ForbiddenAddress => {
            "If the receiver is not public on purpose, add its network to allow_networks or its name to allow_hosts."
        }
        FailureKind::Unreachable => {
            "Check that the receiver listens on the port of url, and that firewalls let this machine through."
        }
        FailureKind::Tls => {
            "Check the receiver's certificate. If it is of an authority of your own, put that authority's certificate into ca."
        }
        FailureKind::Timeout => {
            "Look at the receiver's log. timeout_seconds allows up to 30 seconds."
        }
        FailureKind::NoAnswer => {
            "The connection ended without an HTTP answer: look at the receiver's log, and at proxies in front of it."
        }
    };
    Problem::new(
        format!(
            "{place} did not answer within {took} ms ({}: {}).",
            failure.kind.code(),
            failure.detail
        ),
        advice,
    )
}
