//! Sends the requests of the check, one after another.

use super::{
    clock,
    echo::{self, slow},
    reachability::{no_answer, no_connection},
    status::{looks_like_html, unexpected},
};
use crate::{
    platform::{
        Address, Answer, Connector, Fields, HeaderFamily, Kind, Signer,
        request::{random_letters, unix_seconds},
    },
    report::{Outcome, Problem, Report},
};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use std::time::Duration;
use thingrelay_core::secret::Secret;

/// The device and the product of the real message.
const DEVICE: &str = "thingrelay-check";
const PRODUCT: &str = "THINGRELAY";
/// The age of the stale request: twelve times the default window of a source.
const STALE_SECONDS: u64 = 3600;

const PLAIN_CHECK: &str = "URL check";
const XTC_CHECK: &str = "URL check, X-Tc- headers";
const CLOCK: &str = "clock";
const WRONG_SIGNATURE: &str = "wrong signature";
const STALE: &str = "stale signature";
const UNSIGNED: &str = "unsigned push";
const PUSH: &str = "push";

/// The requests that are tried with one endpoint.
pub(crate) struct Probes {
    address: Address,
    token: Secret,
    limit: Duration,
    pushes: Pushes,
}

/// Whether the check sends a real message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushes {
    /// The check sends a real message, which is staged and forwarded.
    Real,
    /// The check sends no real message.
    None,
}

/// What kind of server answers the URL check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// The server accepts our signature, so further requests make sense.
    Endpoint,
    /// Another server answers, or none.
    Another,
}

impl Probes {
    /// The requests for an endpoint and its token. Each answer may take as long as `limit`.
    pub(crate) fn new(address: Address, token: Secret, limit: Duration, pushes: Pushes) -> Probes {
        Probes {
            address,
            token,
            limit,
            pushes,
        }
    }

    /// Sends every request that makes sense.
    pub(crate) async fn run(&self) -> Report {
        let mut report = Report::default();
        let connector = match self.connect().await {
            Ok((connector, how)) => {
                report.add("connection", Outcome::Well(how));
                connector
            }
            Err(problem) => {
                report.add("connection", Outcome::Wrong(vec![problem]));
                return report;
            }
        };
        let plain = self.url_check(&connector, HeaderFamily::Plain).await;
        let xtc = self.url_check(&connector, HeaderFamily::XTc).await;
        let is_endpoint = [&plain, &xtc].iter().any(|(who, _)| *who == Who::Endpoint);
        let is_same = matches!(
            (&plain.1, &xtc.1),
            (Outcome::Wrong(one), Outcome::Wrong(other)) if one == other
        );
        report.add(PLAIN_CHECK, plain.1);
        report.add(
            XTC_CHECK,
            if is_same {
                Outcome::Skipped("the same problem".to_owned())
            } else {
                xtc.1
            },
        );
        if !is_endpoint {
            let why = "the URL check has to succeed first";
            for tried in [WRONG_SIGNATURE, STALE, UNSIGNED] {
                report.add(tried, Outcome::Skipped(why.to_owned()));
            }
            if self.pushes == Pushes::Real {
                report.add(PUSH, Outcome::Skipped(why.to_owned()));
            }
            return report;
        }
        let (clock, outcome) = self.wrong_signature(&connector).await;
        if let Some(clock) = clock {
            report.add(CLOCK, clock);
        }
        report.add(WRONG_SIGNATURE, outcome);
        report.add(STALE, self.stale(&connector).await);
        report.add(UNSIGNED, self.unsigned(&connector).await);
        if self.pushes == Pushes::Real {
            report.add(PUSH, self.push(&connector).await);
        }
        report
    }

    async fn connect(&self) -> Result<(Connector, String), Problem> {
        let problem = |error| no_connection(&error, &self.address);
        let connector = Connector::new(&self.address).map_err(problem)?;
        let connection = connector.open().await.map_err(problem)?;
        let peer = connection.peer();
        Ok((connector, format!("{peer} answers")))
    }

    async fn url_check(&self, connector: &Connector, family: HeaderFamily) -> (Who, Outcome) {
        let echostr = random_letters(16);
        let request = self.signer(family).url_check(&echostr, unix_seconds());
        match self.exchange(connector, request).await {
            Err(problem) => (Who::Another, Outcome::Wrong(vec![problem])),
            Ok(answer) => {
                let problems = echo::problems(&answer, &echostr, &self.address);
                let outcome = if problems.is_empty() {
                    Outcome::Well(format!(
                        "{} signed; the Echostr came back in {} ms",
                        family.names(),
                        answer.took.as_millis()
                    ))
                } else {
                    Outcome::Wrong(problems)
                };
                let is_page = looks_like_html(&answer);
                let who = match answer.status {
                    StatusCode::OK if !is_page => Who::Endpoint,
                    _ => Who::Another,
                };
                (who, outcome)
            }
        }
    }

    async fn wrong_signature(&self, connector: &Connector) -> (Option<Outcome>, Outcome) {
        let other = Signer::new(
            self.address.clone(),
            Secret::new(random_letters(32)),
            HeaderFamily::Plain,
        );
        let request = other.url_check(&random_letters(16), unix_seconds());
        match self.exchange(connector, request).await {
            Err(problem) => (None, Outcome::Wrong(vec![problem])),
            Ok(answer) => {
                let accepted = Problem::new(
                    "A wrong signature is accepted.",
                    "Anybody could push: enter a token at the endpoint, and have it check each \
                     request.",
                );
                (
                    clock::compare(&answer),
                    must_be_refused(&answer, accepted, &[401]),
                )
            }
        }
    }

    async fn stale(&self, connector: &Connector) -> Outcome {
        let then = unix_seconds().saturating_sub(STALE_SECONDS);
        let request = self
            .signer(HeaderFamily::Plain)
            .url_check(&random_letters(16), then);
        let accepted = Problem::new(
            "A signature that is an hour old is accepted.",
            "Anybody who has seen one request could use it for ever: set freshness_seconds of the \
             source to 300, unless the platform's clock is off.",
        );
        self.refusal(connector, request, accepted, &[401]).await
    }

    async fn unsigned(&self, connector: &Connector) -> Outcome {
        let request = self
            .signer(HeaderFamily::Plain)
            .unsigned(Method::POST, Bytes::from_static(b"{}"));
        let accepted = Problem::new(
            "A push without a signature is accepted.",
            "Anybody could push: remove allow_unsigned from the source and give it a token.",
        );
        self.refusal(connector, request, accepted, &[400, 401, 403])
            .await
    }

    async fn push(&self, connector: &Connector) -> Outcome {
        let now = unix_seconds();
        let body = Kind::Report.recipe().fill(&Fields {
            device: DEVICE,
            product: PRODUCT,
            seq: now,
            timestamp: now,
            n: 1,
            random: 0,
        });
        let request = self.signer(HeaderFamily::Plain).push(body, now);
        match self.exchange(connector, request).await {
            Err(problem) => Outcome::Wrong(vec![problem]),
            Ok(answer) if answer.status != StatusCode::OK => {
                Outcome::Wrong(vec![unexpected(&answer, &self.address)])
            }
            Ok(answer) => match slow(&answer) {
                Some(problem) => Outcome::Wrong(vec![problem]),
                None => Outcome::Well(format!(
                    "a message of the device {DEVICE} was accepted in {} ms",
                    answer.took.as_millis()
                )),
            },
        }
    }

    async fn refusal(
        &self,
        connector: &Connector,
        request: Request<Full<Bytes>>,
        accepted: Problem,
        expected: &[u16],
    ) -> Outcome {
        match self.exchange(connector, request).await {
            Err(problem) => Outcome::Wrong(vec![problem]),
            Ok(answer) => must_be_refused(&answer, accepted, expected),
        }
    }

    async fn exchange(
        &self,
        connector: &Connector,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, Problem> {
        let mut connection = connector
            .open()
            .await
            .map_err(|error| no_connection(&error, &self.address))?;
        connection
            .exchange(request, self.limit)
            .await
            .map_err(|error| no_answer(&error))
    }

    fn signer(&self, family: HeaderFamily) -> Signer {
        Signer::new(self.address.clone(), self.token.clone(), family)
    }
}

fn must_be_refused(answer: &Answer, accepted: Problem, expected: &[u16]) -> Outcome {
    let status = answer.status.as_u16();
    if answer.status.is_success() {
        return Outcome::Wrong(vec![accepted]);
    }
    let word = answer
        .code()
        .map(|word| format!(" {word}"))
        .unwrap_or_default();
    if expected.contains(&status) {
        return Outcome::Well(format!("refused with {status}{word}"));
    }
    Outcome::Wrong(vec![Problem::new(
        format!(
            "It is refused with {status}{word}, not with {}.",
            or_list(expected)
        ),
        "Something other than the endpoint's check answers: look at the proxy and at the endpoint's log.",
    )])
}

fn or_list(statuses: &[u16]) -> String {
    let statuses: Vec<String> = statuses.iter().map(u16::to_string).collect();
    statuses.join(" or ")
}
