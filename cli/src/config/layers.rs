//! The documents laid over one another, and what stands in which.

use super::{args::Tokens, findings::Findings, input::Input};
use crate::token;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use thingrelay_core::{
    config::{
        EdgeConfig, Problem, SECRETS,
        document::Document,
        locate,
        name::{nearest, shown},
    },
    source::SourceName,
};

/// Documents that can be read.
pub struct Layers<'a> {
    layers: Vec<(&'a Input, Document)>,
    merged: Document,
}

/// What a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It has no secrets: for an SSM parameter.
    Settings,
    /// It has nothing but secrets: for Secrets Manager.
    Secrets,
    /// It has both: for one machine.
    Both,
}

impl<'a> Layers<'a> {
    /// Reads the documents; `None` where there is a problem already.
    pub fn of(inputs: &'a [Input], findings: &mut Findings) -> Option<Layers<'a>> {
        let mut layers = Vec::new();
        let mut merged = Document::default();
        for input in inputs {
            match Document::parse(&input.text) {
                Ok(document) => {
                    merged.overlay(document.clone());
                    layers.push((input, document));
                }
                Err(problem) => findings.problem(Problem::new(
                    format!("{}, {}", input.name, problem.place),
                    problem.message,
                )),
            }
        }
        (!findings.has_problems()).then_some(Layers { layers, merged })
    }

    /// What can be used of the configuration; `None` where that is nothing.
    pub fn config(&self, tokens: Tokens, findings: &mut Findings) -> Option<EdgeConfig> {
        let stand_ins = match tokens {
            Tokens::Given => String::new(),
            Tokens::Elsewhere => self.stand_ins(findings)?,
        };
        let mut texts = vec![stand_ins.as_str()];
        texts.extend(self.layers.iter().map(|(input, _)| input.text.as_str()));
        let (config, problems) = match EdgeConfig::usable(&texts) {
            Ok(config) => {
                let problems = config.broken.problems();
                (Some(config), problems)
            }
            Err(problems) => (None, problems),
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
                "Give the document with the secrets as a further FILE, or --without-secrets to check settings alone.",
            );
        }
        for problem in problems.iter() {
            findings.problem(self.located(self.with_remedy(problem)));
        }
        config
    }

    /// The problem, with the line of its place.
    pub fn placed(&self, problem: Problem) -> Problem {
        let mut documents = vec![Document::default()];
        documents.extend(self.layers.iter().map(|(_, document)| document.clone()));
        self.located(locate(problem, &documents))
    }

    /// What stands in a document that belongs into another, where there are several.
    pub fn look_for_misplaced(&self, findings: &mut Findings) {
        if self.layers.len() < 2 {
            return;
        }
        for (input, document) in &self.layers {
            if kind(document) == Kind::Both {
                findings.warning(Problem::new(
                    &input.name,
                    "has secrets and settings: in AWS, tokens and keys belong in Secrets Manager, and settings in SSM, where the consumer reads them, which has no access to the secrets",
                ));
            }
        }
    }

    /// What a document is for.
    pub fn kind(&self, input: &Input) -> Kind {
        let mut layers = self.layers.iter();
        let layer = layers.find(|(other, _)| std::ptr::eq(*other, input));
        layer.map_or(Kind::Settings, |(_, document)| kind(document))
    }

    /// The names of the documents.
    pub fn names(&self) -> Vec<&str> {
        let layers = self.layers.iter();
        layers.map(|(input, _)| input.name.as_str()).collect()
    }

    /// How many tokens a source has in the documents that were given.
    pub fn token_count(&self, source: &SourceName) -> usize {
        let source = sources(&self.merged).and_then(|sources| sources.get(source.as_str()));
        source
            .and_then(|source| source.get("tokens")?.as_array())
            .map_or(0, Vec::len)
    }

    /// The freshness window of a source in seconds, where the documents have one.
    pub fn freshness_seconds(&self, source: &SourceName) -> Option<u64> {
        sources(&self.merged)?
            .get(source.as_str())?
            .get("freshness_seconds")?
            .as_u64()
    }

    /// A document with a secret that nobody knows for every source without one, so that settings can
    /// be read as the functions read them; `None` where this machine has no random numbers.
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

    /// The problem; if it is that a source has secrets and nothing else, then how that may have come.
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
        if self.layers.len() < 2 || kind(document) != Kind::Secrets {
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
                "is missing, as {name} stands in {} only{near}: add the source to the settings, or correct its name",
                input.name
            ),
            ..problem.clone()
        }
    }

    /// The problem, with the name of the document where there are several.
    fn located(&self, mut problem: Problem) -> Problem {
        let Some(location) = problem.location.take() else {
            return problem;
        };
        // The stand-ins come before the documents, and the user does not know them.
        let layer = location.document.checked_sub(1);
        match layer.and_then(|index| self.layers.get(index)) {
            Some((input, _)) if self.layers.len() > 1 => {
                let message = format!(
                    "{} ({}, line {})",
                    problem.message, input.name, location.line
                );
                Problem::new(problem.place, message)
            }
            Some(_) => Problem {
                location: Some(location),
                ..problem
            },
            None => problem,
        }
    }

    /// Secrets in settings that are to be checked alone: they belong in another document.
    pub fn refuse_secrets(&self, findings: &mut Findings) {
        for (input, document) in &self.layers {
            for (source, table) in sources(document).into_iter().flatten() {
                for key in SECRETS.iter().filter(|key| table.get(**key).is_some()) {
                    let place = format!("sources.{source}.{key}");
                    let message = format!(
                        "is a secret, and {} is for settings alone: move it to Secrets Manager",
                        input.name
                    );
                    let problem = Problem::new(place, message);
                    findings.problem(Problem {
                        place: format!("sources.{}.{key}", shown(source)),
                        ..locate(problem, std::slice::from_ref(document))
                    });
                }
            }
        }
    }

    /// The documents that have a source.
    fn holders(&self, source: &str) -> Vec<&(&'a Input, Document)> {
        let layers = self.layers.iter();
        layers
            .filter(|(_, document)| {
                sources(document).is_some_and(|sources| sources.contains_key(source))
            })
            .collect()
    }
}

fn sources(document: &Document) -> Option<&Map<String, Value>> {
    document.entries().get("sources")?.as_object()
}

fn kind(document: &Document) -> Kind {
    let tables: Vec<&Map<String, Value>> = sources(document)
        .into_iter()
        .flat_map(Map::values)
        .filter_map(Value::as_object)
        .collect();
    let has_secrets = tables
        .iter()
        .any(|table| SECRETS.iter().any(|key| table.contains_key(*key)));
    let has_others = tables
        .iter()
        .any(|table| table.keys().any(|key| !SECRETS.contains(&key.as_str())))
        || document.entries().keys().any(|key| key != "sources");
    match (has_secrets, has_others) {
        (true, true) => Kind::Both,
        (true, false) => Kind::Secrets,
        (false, _) => Kind::Settings,
    }
}
