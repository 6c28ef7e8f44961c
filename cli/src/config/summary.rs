//! A summary of a valid configuration.

use super::{findings::Findings, layers::Layers};
use std::fmt::Write;
use thingrelay_core::{
    config::{
        Authentication, Authorities, Ckafka, EdgeConfig, EdgeSource, Ingress, KafkaEncryption,
        Problem, TargetKind, name::shown,
    },
    tuya::{Environment, SignaturePolicy},
};

/// One line for the documents, one for each source and one for each target.
pub(crate) fn of(config: &EdgeConfig, documents: &str, layers: &Layers<'_>) -> String {
    let mut lines = format!("ok       {documents}\n");
    for source in config.sources.values() {
        let _ = writeln!(lines, "source   {}", describe(source, layers));
    }
    for target in &config.targets {
        let order = |is_fifo: bool| if is_fifo { "FIFO" } else { "standard" };
        let place = target.kind.name();
        let kind = match &target.kind {
            TargetKind::Sqs(sqs) => {
                format!("SQS, {} queue {place}", order(sqs.queue_url.is_fifo()))
            }
            TargetKind::Sns(sns) => {
                format!("SNS, {} topic {place}", order(sns.topic_arn.is_fifo()))
            }
            TargetKind::EventBridge(_) => format!("EventBridge, event bus {place}, no order"),
            TargetKind::Webhook(_) => {
                let secrets = match layers.signing_secret_count(&target.name) {
                    0 => "signing secrets elsewhere".to_owned(),
                    1 => "1 signing secret".to_owned(),
                    count => format!("{count} signing secrets"),
                };
                format!("webhook at {place}, in order per device, {secrets}")
            }
        };
        let _ = writeln!(
            lines,
            "target   {}: {kind}, takes {}",
            shown(&target.name),
            target.filter
        );
    }
    if config.targets.is_empty() {
        lines.push_str("target   none named: events go to the stack's own queue\n");
    }
    lines
}

fn describe(source: &EdgeSource, layers: &Layers<'_>) -> String {
    let mut parts = vec![source.platform.to_string()];
    match &source.ingress {
        Ingress::Http(Authentication::Unsigned) => parts.push("unsigned".to_owned()),
        Ingress::Http(Authentication::Signed { verifier, is_bound }) => {
            parts.push(match layers.token_count(&source.name) {
                0 => "tokens elsewhere".to_owned(),
                1 => "1 token".to_owned(),
                count => format!("{count} tokens"),
            });
            parts.push(match verifier.window_seconds() {
                0 => "freshness not checked".to_owned(),
                seconds => format!("fresh within {seconds} s"),
            });
            if *is_bound {
                parts.push("one body to a signature".to_owned());
            }
        }
        Ingress::Ckafka(ckafka) => {
            parts.push(format!("topics {} of CKafka", ckafka.topics.join(", ")));
            parts.push(match &ckafka.pull {
                Some(pull) => format!(
                    "pulled by the group {} over {}",
                    pull.group,
                    pull.security.protocol()
                ),
                None => "delivered by Lambda's event source".to_owned(),
            });
        }
        Ingress::Tuya(tuya) => {
            parts.push(format!("pulled from {}", tuya.endpoint.origin()));
            parts.push(match tuya.environment {
                Environment::Production => "production".to_owned(),
                Environment::Test => "test".to_owned(),
            });
            if tuya.notices {
                parts.push("with notices".to_owned());
            }
            parts.push(match tuya.signature {
                SignaturePolicy::Off => "sign not checked".to_owned(),
                SignaturePolicy::Log => "sign checked and logged".to_owned(),
                SignaturePolicy::Enforce => "sign enforced".to_owned(),
            });
        }
    }
    if let Some(minutes) = source.silent_after_minutes {
        parts.push(format!("silent after {minutes} min"));
    }
    format!("{}: {}", source.name, parts.join(", "))
}

/// Warns of settings that work and may not be intended.
pub(crate) fn warn(config: &EdgeConfig, layers: &Layers<'_>, findings: &mut Findings) {
    for source in config.sources.values() {
        let mut warn = |key: &str, message: &str| {
            let place = format!("sources.{}.{key}", source.name);
            findings.warning(layers.placed(Problem::new(place, message)));
        };
        match &source.ingress {
            Ingress::Http(Authentication::Signed { verifier, .. })
                if verifier.window_seconds() == 0 =>
            {
                warn(
                    "freshness_seconds",
                    "is 0: anybody who has seen a request can send it again at any time",
                );
            }
            Ingress::Http(Authentication::Unsigned) => warn(
                "allow_unsigned",
                "is true: anybody who knows the URL can push messages",
            ),
            Ingress::Ckafka(ckafka) => warn_of_connection(ckafka, warn),
            Ingress::Http(Authentication::Signed { .. }) | Ingress::Tuya(_) => {}
        }
    }
}

fn warn_of_connection(ckafka: &Ckafka, mut warn: impl FnMut(&str, &str)) {
    let Some(security) = ckafka.pull.as_ref().map(|pull| &pull.security) else {
        return;
    };
    if let KafkaEncryption::Tls(tls) = &security.encryption
        && matches!(
            tls.authorities,
            Authorities::Own {
                check_hostname: false,
                ..
            }
        )
    {
        warn(
            "check_hostname",
            "is false: anybody with a certificate from an authority in ca can pass for the broker",
        );
    }
    let Some(login) = &security.login else {
        return;
    };
    if matches!(security.encryption, KafkaEncryption::None) {
        warn(
            "security",
            "is \"sasl_plaintext\": anybody on the way can read the password; use \"sasl_ssl\" or a private link",
        );
    }
    if !login.username.contains('#') {
        warn(
            "username",
            "has no #: at CKafka, it must be the instance's id, # and the user's name",
        );
    }
}
