//! The documents laid over one another, and which document holds which values.

use super::{args::Tokens, findings::Findings};
use crate::{
    documents::{Documents, input::Input},
    token,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use thingrelay_core::{
    config::{
        EdgeConfig, Location, Problem, SECRETS, WebhookConfig,
        document::Document,
        locate,
        name::{nearest, shown},
    },
    source::SourceName,
};

/// The documents and their merged form.
pub(crate) struct Layers<'a> {
    documents: &'a Documents,
    merged: Document,
}

/// The purpose of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The document has no secrets: it is for an SSM parameter.
    Settings,
    /// The document has only secrets: it is for Secrets Manager.
    Secrets,
    /// The document has both: it is for one machine.
    Both,
}

impl<'a> Layers<'a> {
    /// Lays the documents over one another.
    pub(crate) fn of(documents: &'a Documents) -> Layers<'a> {
        Layers {
            documents,
            merged: documents.merged(),
        }
    }

    /// The parts of the configuration that can be used; `None` if no part can be used.
    pub(crate) fn config(&self, tokens: Tokens, findings: &mut Findings) -> Option<EdgeConfig> {
        let stand_ins = match tokens {
            Tokens::Given => String::new(),
            Tokens::Elsewhere => self.stand_ins(findings)?,
        };
        let mut texts = vec![stand_ins.as_str()];
        texts.extend(self.documents.texts());
        let (config, problems) = match EdgeConfig::usable(&texts) {
            Ok(config) => {
                let problems = config.broken.problems();
                (Some(config), problems)
            }
            Err(error) => (None, error.0),
        };
        if config.is_some() && sources(&self.merged).is_none_or(Map::is_empty) {
            findings.problem(Problem::new(
                "sources",
                "is missing: a configuration has at least one source, [sources.NAME]",
            ));
        }
        let missing = |problem: &Problem| {
            let is_secret = SECRETS.iter().any(|key| {
                let before = problem.place.strip_suffix(key);
                before.is_some_and(|before| before.ends_with('.'))
            });
            is_secret && problem.message.starts_with("is missing")
        };
        if problems.iter().any(missing) {
            findings.advice(
                "Give the document with the secrets as another FILE, or --without-secrets to check only settings.",
            );
        }
        for problem in problems.iter() {
            findings.problem(self.located(self.with_remedy(problem)));
        }
        config
    }

    /// The targets, with the secrets of webhooks; `None` if no part can be used.
    pub(crate) fn webhooks(&self) -> Option<WebhookConfig> {
        let texts = self.documents.texts();
        WebhookConfig::usable(&texts).ok()
    }

    /// The number of secrets that a webhook has in the given documents.
    pub(crate) fn signing_secret_count(&self, target: &str) -> usize {
        let target = tables(&self.merged, "targets").and_then(|targets| targets.get(target));
        target
            .and_then(|target| target.get("signing_secrets")?.as_array())
            .map_or(0, Vec::len)
    }

    /// Adds the name of its document to a problem of [`Layers::webhooks`].
    pub(crate) fn named(&self, problem: Problem) -> Problem {
        self.documents.named(problem)
    }

    /// Adds the line of its location to the problem.
    pub(crate) fn placed(&self, problem: Problem) -> Problem {
        let mut documents = vec![Document::default()];
        documents.extend(self.documents.iter().map(|(_, document)| document.clone()));
        self.located(locate(problem, &documents))
    }

    /// Reports values that belong in another document, if there are several documents.
    pub(crate) fn look_for_misplaced(&self, findings: &mut Findings) {
        if self.documents.count() < 2 {
            return;
        }
        for (input, document) in self.documents.iter() {
            if kind(document) == Kind::Both {
                findings.warning(Problem::new(
                    &input.name,
                    "has secrets and settings: in AWS, tokens and keys belong in Secrets Manager, and settings in SSM, where the consumer reads them, which has no access to the secrets",
                ));
            }
        }
    }

    /// The number of tokens that a source has in the given documents.
    pub(crate) fn token_count(&self, source: &SourceName) -> usize {
        let source = sources(&self.merged).and_then(|sources| sources.get(source.as_str()));
        source
            .and_then(|source| source.get("tokens")?.as_array())
            .map_or(0, Vec::len)
    }

    /// A document with an unknown secret for every source without a secret, so that the settings
    /// can be read as the functions read them; `None` if this machine has no random numbers.
    fn stand_ins(&self, findings: &mut Findings) -> Option<String> {
        let mut stand_ins = Map::new();
        for (name, source) in sources(&self.merged).into_iter().flatten() {
            let unsigned = source.get("allow_unsigned") == Some(&Value::Bool(true));
            let text = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default();
            let mut secrets = match (text("platform"), text("channel")) {
                ("tuya", _) => vec!["access_key"],
                (_, "ckafka") if text("security").starts_with("sasl_") => vec!["password"],
                (_, "ckafka") => Vec::new(),
                _ if unsigned => Vec::new(),
                _ => vec!["tokens"],
            };
            if source.get("client_certificate").is_some() {
                secrets.push("client_key");
            }
            let mut table = Map::new();
            for key in secrets.into_iter().filter(|key| source.get(key).is_none()) {
                let token = match token::generate() {
                    Ok(token) => token,
                    Err(error) => {
                        findings.problem(Problem::new("random numbers", error.to_string()));
                        return None;
                    }
                };
                let secret = match key {
                    "tokens" => json!([token]),
                    "client_key" => {
                        json!("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
                    }
                    _ => json!(token),
                };
                table.insert(key.to_owned(), secret);
            }
            if source.is_object() && !table.is_empty() {
                stand_ins.insert(name.clone(), table.into());
            }
        }
        Some(json!({"sources": stand_ins}).to_string())
    }

    /// The problem. If a source has only secrets, the likely cause is added.
    fn with_remedy(&self, problem: &Problem) -> Problem {
        let name = problem
            .place
            .strip_prefix("sources.")
            .and_then(|place| place.strip_suffix(".platform"))
            .filter(|_| problem.message.starts_with("is missing"));
        let holders = name.map_or_else(Vec::new, |name| self.holders(name));
        let (Some(name), [(input, document)]) = (name, holders.as_slice()) else {
            return problem.clone();
        };
        if self.documents.count() < 2 || kind(document) != Kind::Secrets {
            return problem.clone();
        }
        let with_platform: BTreeSet<&str> = sources(&self.merged)
            .into_iter()
            .flatten()
            .filter(|(_, source)| source.get("platform").is_some())
            .map(|(name, _)| name.as_str())
            .collect();
        let near = nearest(name, with_platform)
            .map_or_else(String::new, |near| format!(" (did you mean {near}?)"));
        Problem {
            message: format!(
                "is missing: {name} is only in {}{near}. Add the source to the settings, or correct its name",
                input.name
            ),
            ..problem.clone()
        }
    }

    /// Adds the name of its document to the problem, if there are several documents.
    fn located(&self, mut problem: Problem) -> Problem {
        // The stand-ins come before the documents, and the user does not know of them.
        problem.location = problem.location.and_then(|location| {
            Some(Location {
                document: location.document.checked_sub(1)?,
                ..location
            })
        });
        self.documents.named(problem)
    }

    /// Reports secrets in settings that are checked alone: secrets belong in another document.
    pub(crate) fn refuse_secrets(&self, findings: &mut Findings) {
        for (input, document) in self.documents.iter() {
            for (kind, name, table) in parts(document) {
                for key in SECRETS.iter().filter(|key| table.get(**key).is_some()) {
                    let place = format!("{kind}.{name}.{key}");
                    let message = format!(
                        "is a secret, and {} is only for settings: move it to Secrets Manager",
                        input.name
                    );
                    let problem = Problem::new(place, message);
                    findings.problem(Problem {
                        place: format!("{kind}.{}.{key}", shown(name)),
                        ..locate(problem, std::slice::from_ref(document))
                    });
                }
            }
        }
    }

    /// The documents that contain a source.
    fn holders(&self, source: &str) -> Vec<(&'a Input, &'a Document)> {
        let has_it = |document: &Document| {
            sources(document).is_some_and(|sources| sources.contains_key(source))
        };
        let documents = self.documents.iter();
        documents.filter(|(_, document)| has_it(document)).collect()
    }
}

fn sources(document: &Document) -> Option<&Map<String, Value>> {
    tables(document, "sources")
}

fn tables<'d>(document: &'d Document, kind: &str) -> Option<&'d Map<String, Value>> {
    document.entries().get(kind)?.as_object()
}

/// The sources and targets of a document: `sources` or `targets`, the name, and the value.
fn parts(document: &Document) -> impl Iterator<Item = (&'static str, &String, &Value)> {
    let of_kind = |kind: &'static str| {
        let tables = tables(document, kind).into_iter().flatten();
        tables.map(move |(name, value)| (kind, name, value))
    };
    of_kind("sources").chain(of_kind("targets"))
}

/// The purpose of a document.
pub(crate) fn kind(document: &Document) -> Kind {
    let tables: Vec<&Map<String, Value>> = parts(document)
        .filter_map(|(_, _, value)| value.as_object())
        .collect();
    let has_secrets = tables
        .iter()
        .any(|table| SECRETS.iter().any(|key| table.contains_key(*key)));
    let has_others = tables
        .iter()
        .any(|table| table.keys().any(|key| !SECRETS.contains(&key.as_str())))
        || document
            .entries()
            .keys()
            .any(|key| key != "sources" && key != "targets");
    match (has_secrets, has_others) {
        (true, true) => Kind::Both,
        (true, false) => Kind::Secrets,
        (false, _) => Kind::Settings,
    }
}
