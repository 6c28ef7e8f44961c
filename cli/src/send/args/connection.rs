//! The arguments of `thingrelay send kafka` for the connection: its protocol and login.

use crate::arguments::{not_empty, secret};
use anyhow::{Context, ensure};
use std::path::PathBuf;
use thingrelay_core::{
    config::{
        Authorities, Certificates, KafkaEncryption, KafkaLogin, KafkaMechanism, KafkaSecurity,
        KafkaTls,
    },
    secret::Secret,
};

/// How a cluster is reached.
#[derive(Debug, clap::Args)]
pub(crate) struct Connection {
    /// How the connection is made [default: sasl_plaintext with --username, else plaintext; with
    /// --ca, sasl_ssl or ssl].
    #[arg(long, value_enum, value_name = "PROTOCOL")]
    pub(crate) security: Option<Security>,

    /// How the client proves that it knows the password.
    #[arg(long, value_enum, default_value_t = Mechanism::Plain)]
    pub(crate) mechanism: Mechanism,

    /// The user; at CKafka the instance's id, # and the user's name.
    #[arg(long, value_name = "USER")]
    pub(crate) username: Option<String>,

    /// The user's password.
    #[arg(
        long,
        value_name = "PASSWORD",
        env = "THINGRELAY_KAFKA_PASSWORD",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_parser = secret
    )]
    pub(crate) password: Option<Secret>,

    /// The authorities of the broker's certificate, in PEM, instead of the system's.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
}

/// A protocol, by its name in Kafka.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Security {
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
pub(crate) enum Mechanism {
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

impl Connection {
    /// The protocol, and the login if it has one.
    ///
    /// # Errors
    /// Something is missing or does not go with the rest.
    pub(crate) fn security(&self) -> anyhow::Result<KafkaSecurity> {
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
                        "--ca has no effect without encryption: set --security to sasl_ssl or ssl"
                    );
                    KafkaEncryption::None
                }
            },
            login: match security {
                Security::SaslPlaintext | Security::SaslSsl => Some(self.login()?),
                Security::Plaintext | Security::Ssl => {
                    ensure!(
                        self.username.is_none(),
                        "--username has no effect without a login: set --security to sasl_plaintext or sasl_ssl"
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
        let password = not_empty(self.password.as_ref());
        Ok(KafkaLogin {
            mechanism: match self.mechanism {
                Mechanism::Plain => KafkaMechanism::Plain,
                Mechanism::ScramSha256 => KafkaMechanism::ScramSha256,
                Mechanism::ScramSha512 => KafkaMechanism::ScramSha512,
            },
            username: username.context("the user is missing: give --username, at CKafka INSTANCE#USER")?,
            password: password
                .context(
                    "the password is missing: give it with --password or in THINGRELAY_KAFKA_PASSWORD",
                )?
                .clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        connection: Connection,
    }

    fn parse(arguments: &[&str]) -> anyhow::Result<KafkaSecurity> {
        Cli::try_parse_from([&["kafka"], arguments].concat())?
            .connection
            .security()
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
        let cases: [(&[&str], &str); 8] = [
            (&["--username", "u"], "the password is missing"),
            (&["--username", "u", "--password", ""], "is missing"),
            (
                &["--security", "sasl_ssl", "--password", "p"],
                "give --username",
            ),
            (
                &["--security", "ssl", "--username", "u", "--password", "p"],
                "--username has no effect",
            ),
            (
                &["--security", "plaintext", "--ca", "x"],
                "--ca has no effect",
            ),
            (&["--ca", "/no-such-file"], "cannot be read"),
            (&["--mechanism", "OAUTHBEARER"], "SCRAM-SHA-512"),
            (&["--security", "tls"], "sasl_plaintext"),
        ];
        for (arguments, expected) in cases {
            let error = format!("{:#}", parse(arguments).unwrap_err());
            assert!(error.contains(expected), "{arguments:?}: {error}");
        }
    }
}
