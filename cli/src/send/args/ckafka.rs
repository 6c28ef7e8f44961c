//! The arguments of `thingrelay send` for CKafka: where a record goes, and who we are there.

use super::secret;
use anyhow::{Context, ensure};
use std::path::PathBuf;
use thingrelay_core::{
    config::{
        Authorities, Certificates, KafkaEncryption, KafkaLogin, KafkaMechanism, KafkaSecurity,
        KafkaTls,
    },
    secret::Secret,
};

/// The heading of these arguments.
const CKAFKA: &str = "Options for CKafka";

/// A topic, and how its cluster is reached.
#[derive(Debug, clap::Args)]
pub struct CkafkaArgs {
    /// The topic that records are produced to.
    #[arg(long, value_name = "TOPIC", value_parser = topic, help_heading = CKAFKA, conflicts_with_all = ["get", "header_family", "access_id"])]
    pub topic: Option<String>,

    /// How the connection is made [default: sasl_plaintext with --username, else plaintext; with
    /// --ca, sasl_ssl or ssl].
    #[arg(long, value_enum, value_name = "PROTOCOL", help_heading = CKAFKA)]
    pub security: Option<Security>,

    /// How the password is shown to be known.
    #[arg(long, value_enum, default_value_t = Mechanism::Plain, help_heading = CKAFKA)]
    pub mechanism: Mechanism,

    /// The user; at CKafka the instance's id, # and the user's name.
    #[arg(long, value_name = "USER", help_heading = CKAFKA)]
    pub username: Option<String>,

    /// The user's password.
    #[arg(
        long,
        value_name = "PASSWORD",
        env = "THINGRELAY_KAFKA_PASSWORD",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_parser = secret,
        help_heading = CKAFKA
    )]
    pub password: Option<Secret>,

    /// The authorities of the broker's certificate, in PEM, in place of the system's.
    #[arg(long, value_name = "FILE", help_heading = CKAFKA)]
    pub ca: Option<PathBuf>,
}

/// A protocol, by its name in Kafka.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Security {
    /// A login, not encrypted.
    SaslPlaintext,
    /// A login, encrypted.
    SaslSsl,
    /// No login, encrypted.
    Ssl,
    /// Neither.
    Plaintext,
}

/// A mechanism, by its name in SASL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Mechanism {
    /// The password is sent.
    #[value(name = "PLAIN")]
    Plain,
    /// Challenge and response, with SHA-256.
    #[value(name = "SCRAM-SHA-256")]
    ScramSha256,
    /// Challenge and response, with SHA-512.
    #[value(name = "SCRAM-SHA-512")]
    ScramSha512,
}

impl CkafkaArgs {
    /// How the connection is made, and who we are on it.
    ///
    /// # Errors
    /// Something is missing or does not go with the rest.
    pub fn connection(&self) -> anyhow::Result<KafkaSecurity> {
        let security = self.security.unwrap_or(match (&self.username, &self.ca) {
            (Some(_), None) => Security::SaslPlaintext,
            (Some(_), Some(_)) => Security::SaslSsl,
            (None, Some(_)) => Security::Ssl,
            (None, None) => Security::Plaintext,
        });
        Ok(KafkaSecurity {
            encryption: match security {
                Security::Ssl | Security::SaslSsl => KafkaEncryption::Tls(KafkaTls {
                    authorities: self.authorities()?,
                    client: None,
                }),
                Security::Plaintext | Security::SaslPlaintext => {
                    ensure!(
                        self.ca.is_none(),
                        "--ca is of no use where the connection is not encrypted: --security is sasl_ssl or ssl with it"
                    );
                    KafkaEncryption::None
                }
            },
            login: match security {
                Security::SaslPlaintext | Security::SaslSsl => Some(self.login()?),
                Security::Plaintext | Security::Ssl => {
                    ensure!(
                        self.username.is_none(),
                        "--username is of no use without a login: --security is sasl_plaintext or sasl_ssl with it"
                    );
                    None
                }
            },
        })
    }

    fn authorities(&self) -> anyhow::Result<Authorities> {
        let Some(file) = &self.ca else {
            return Ok(Authorities::System);
        };
        let pem = std::fs::read_to_string(file)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        let certificates = Certificates::parse(&pem)
            .with_context(|| format!("{} has no certificate in PEM", file.display()))?;
        Ok(Authorities::Own {
            certificates,
            check_hostname: true,
        })
    }

    fn login(&self) -> anyhow::Result<KafkaLogin> {
        let username = self.username.clone().filter(|name| !name.is_empty());
        let password = self.password.as_ref();
        let password = password.filter(|password| !password.expose().is_empty());
        Ok(KafkaLogin {
            mechanism: match self.mechanism {
                Mechanism::Plain => KafkaMechanism::Plain,
                Mechanism::ScramSha256 => KafkaMechanism::ScramSha256,
                Mechanism::ScramSha512 => KafkaMechanism::ScramSha512,
            },
            username: username.context("who is it? Give --username, at CKafka INSTANCE#USER")?,
            password: password
                .context(
                    "the password is missing: give it with --password or in THINGRELAY_KAFKA_PASSWORD",
                )?
                .clone(),
        })
    }
}

/// Takes what can be the name of a topic.
///
/// Source: `org.apache.kafka.common.internals.Topic`.
fn topic(text: &str) -> Result<String, String> {
    let is_topic = (1..=249).contains(&text.len())
        && ![".", ".."].contains(&text)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    is_topic
        .then(|| text.to_owned())
        .ok_or_else(|| "a topic is 1 to 249 of A-Z, a-z, 0-9, ., _ and -".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Cli {
        #[arg(long)]
        get: bool,
        #[arg(long)]
        header_family: bool,
        #[arg(long)]
        access_id: bool,
        #[command(flatten)]
        ckafka: CkafkaArgs,
    }

    fn parse(arguments: &[&str]) -> anyhow::Result<KafkaSecurity> {
        let first = ["send", "--topic", "iot"];
        Cli::try_parse_from([&first[..], arguments].concat())?
            .ckafka
            .connection()
    }

    #[test]
    fn the_protocol_follows_from_what_is_given() {
        let directory = tempfile::tempdir().unwrap();
        let ca = directory.path().join("ca.pem");
        let key = rcgen::KeyPair::generate().unwrap();
        let authority = rcgen::CertificateParams::new([]).unwrap();
        std::fs::write(&ca, authority.self_signed(&key).unwrap().pem()).unwrap();
        let ca = ca.to_str().unwrap();
        let user = ["--username", "ckafka-1#bob", "--password", "p"];
        let cases: [(Vec<&str>, &str); 7] = [
            (vec![], "plaintext"),
            (user.to_vec(), "sasl_plaintext"),
            (vec!["--ca", ca], "ssl"),
            ([&user[..], &["--ca", ca]].concat(), "sasl_ssl"),
            (vec!["--security", "ssl"], "ssl"),
            (
                [&user[..], &["--security", "sasl_ssl"]].concat(),
                "sasl_ssl",
            ),
            (
                [&user[..], &["--mechanism", "SCRAM-SHA-512"]].concat(),
                "sasl_plaintext",
            ),
        ];
        for (arguments, expected) in cases {
            let found = parse(&arguments).unwrap();
            assert_eq!(found.protocol(), expected, "{arguments:?}");
            let is_scram = arguments.contains(&"SCRAM-SHA-512");
            if let Some(login) = &found.login {
                assert_eq!(login.mechanism == KafkaMechanism::ScramSha512, is_scram);
            }
        }
    }

    #[test]
    fn what_is_missing_or_does_not_go_together_is_said() {
        let cases: [(&[&str], &str); 9] = [
            (&["--username", "u"], "the password is missing"),
            (&["--username", "u", "--password", ""], "is missing"),
            (
                &["--security", "sasl_ssl", "--password", "p"],
                "Give --username",
            ),
            (
                &["--security", "ssl", "--username", "u", "--password", "p"],
                "--username is of no use",
            ),
            (
                &["--security", "plaintext", "--ca", "x"],
                "--ca is of no use",
            ),
            (&["--ca", "/no-such-file"], "cannot be read"),
            (&["--mechanism", "OAUTHBEARER"], "SCRAM-SHA-512"),
            (&["--security", "tls"], "sasl_plaintext"),
            (&["--get"], "--get"),
        ];
        for (arguments, expected) in cases {
            let error = format!("{:#}", parse(arguments).unwrap_err());
            assert!(error.contains(expected), "{arguments:?}: {error}");
        }
        let topic = Cli::try_parse_from(["send", "--topic", "a/b"]).unwrap_err();
        assert!(topic.to_string().contains("a topic is 1 to 249"), "{topic}");
    }
}
