//! The documents that are written.

use super::answers::{Answer, Channel};
use crate::token;
use std::io;

/// The settings and the secrets.
///
/// # Errors
/// The operating system gives no random bytes.
pub(super) fn documents(answers: &[Answer]) -> io::Result<(String, String)> {
    let mut settings = String::from(
        "# Settings: they hold no secret. docs/configuration.md has every key.\n# A source's name is the last part of its push URL.\n",
    );
    let mut secrets =
        String::from("# Secrets: keep this file to yourself. In AWS they go to Secrets Manager.\n");
    for Answer {
        name,
        platform,
        channel,
    } in answers
    {
        settings += &format!("\n[sources.{name}]\nplatform = \"{platform}\"\n");
        secrets += &format!("\n[sources.{name}]\n");
        match channel {
            Channel::Http => {
                settings +=
                    "silent_after_minutes = 60     # how long without a message is too long?\n";
                secrets += &format!(
                    "# The platform's console gets the same token.\ntokens = [\"{}\"]\n",
                    token::generate()?
                );
            }
            Channel::Ckafka => {
                settings += "\
channel = \"ckafka\"
brokers = []                  # such as [\"ckafka-1a2b3c4d.ap-guangzhou.ckafka.tencentcloudmq.com:50000\"]
topics = []
group = \"thingrelay\"
security = \"sasl_plaintext\"   # the public route of CKafka
username = \"\"                 # the instance's id, # and the user's name
";
                secrets += "password = \"\"\n";
            }
            Channel::Pulsar => {
                settings += "\
access_id = \"\"                # Access ID/Client ID of the cloud project
region = \"eu\"                 # or cn, us, in
environment = \"production\"    # or test
";
                secrets += "access_key = \"\"               # Access Secret/Client Secret of the cloud project\n";
            }
        }
    }
    settings += "
# Without a target, events go to a queue of the stack, or of `thingrelay dev`.
# [targets.events]
# type = \"sqs\"
# queue_url = \"https://sqs.eu-west-1.amazonaws.com/123456789012/events.fifo\"
";
    Ok((settings, secrets))
}
