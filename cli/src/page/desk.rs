//! What the page can show and do: the calls, the facts about the run, and the means to play the
//! platform.

use super::{
    call::{Call, Outcome, RequestHead},
    codes,
    query::Query,
    recorder::Recorder,
    reply::ReplyError,
    watched::Watch,
};
use crate::explain::{Capture, Explanation};
use anyhow::Context;
use serde_json::{Value, json, value::RawValue};
use std::{
    collections::BTreeMap, fmt, fs::DirBuilder, io, os::unix::fs::DirBuilderExt, path::PathBuf,
    sync::Arc,
};
use thingrelay::queue::Queue;
use thingrelay_core::{
    config::{ConsumerConfig, EdgeConfig, EdgeSource},
    normalize,
    secret::Secret,
    source::SourceName,
};
use tokio::time::{Instant, timeout_at};

/// Everything that the page can show and do.
pub(crate) struct Desk {
    pub(crate) watch: Watch,
    pub(crate) run: Run,
}

/// The facts about a run.
pub(crate) struct Run {
    pub(crate) edge: Arc<EdgeConfig>,
    pub(crate) consumer: Arc<ConsumerConfig>,
    pub(crate) staging: Queue,
    /// The push URL without the source's name.
    pub(crate) endpoint: String,
    /// The same as platforms reach it, if that is another.
    pub(crate) public_url: Option<String>,
    /// The queue server.
    pub(crate) sqs: String,
    /// The folder of `--data`.
    pub(crate) data: Option<PathBuf>,
    pub(crate) sources: Vec<Source>,
    pub(crate) targets: Vec<Target>,
    pub(crate) figures: Box<dyn Fn() -> Figures + Send + Sync>,
}

/// A source of the configuration.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) platform: &'static str,
    /// `http`, `ckafka` or `pulsar`.
    pub(crate) channel: &'static str,
    /// The current token of a source that is pushed.
    pub(crate) token: Option<Secret>,
    /// The kinds of message that the platform sends to it.
    pub(crate) kinds: Value,
    /// How the platform's messages can be signed, right and wrong.
    pub(crate) signing: Value,
}

/// A target of the configuration.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) noun: &'static str,
    pub(crate) address: String,
}

/// The figures of a run so far.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// The balance of the counters, an equation on each line.
    pub(crate) balance: String,
    /// The messages on each queue.
    pub(crate) queues: BTreeMap<String, usize>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

impl Desk {
    pub(crate) fn recorder(&self) -> &Recorder {
        &self.watch.recorder
    }

    pub(crate) fn source(&self, name: &str) -> Option<&Source> {
        self.run.sources.iter().find(|source| source.name == name)
    }

    /// A source as the edge reads it.
    pub(crate) fn configured(&self, name: &str) -> Option<&EdgeSource> {
        self.run.edge.sources.get(&SourceName::parse(name)?)
    }

    /// The facts that do not change.
    pub(crate) fn facts(&self) -> Value {
        let Run {
            endpoint,
            public_url,
            sqs,
            data,
            sources,
            targets,
            ..
        } = &self.run;
        let pushed = public_url.as_ref().unwrap_or(endpoint);
        let sources = sources.iter().map(|source| {
            let url = (source.channel == "http").then(|| format!("{pushed}/{}", source.name));
            json!({
                "name": source.name, "platform": source.platform, "channel": source.channel,
                "url": url, "has_token": source.token.is_some(),
                "kinds": source.kinds, "signing": source.signing,
            })
        });
        let targets = targets.iter().map(
            |target| json!({ "name": target.name, "kind": target.noun, "address": target.address }),
        );
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "endpoint": endpoint,
            "sqs": sqs,
            "has_archive": data.is_some(),
            "sources": sources.collect::<Value>(),
            "targets": targets.collect::<Value>(),
        })
    }

    /// The facts that change all the time.
    pub(crate) fn totals(&self) -> Value {
        let Figures { balance, queues } = (self.run.figures)();
        let rates = self.recorder().calls().map(|mut calls| {
            let seconds = calls.rates.seconds();
            (seconds, calls.rates.latency())
        });
        let (seconds, latency) = rates.unzip();
        json!({
            "balance": balance.lines().collect::<Vec<_>>(),
            "queues": queues,
            "seconds": seconds,
            "latency": latency.flatten(),
            "faults": self.watch.faults.state(),
        })
    }

    /// The calls that a query asks for, from the oldest.
    pub(crate) async fn calls(&self, query: &Query) -> Result<Value, ReplyError> {
        let summary = |call: &Call| serde_json::to_value(call.summary(None)).unwrap_or_default();
        let found = self.wait(query, |call| vec![summary(call)]).await;
        Ok(found.into())
    }

    /// The events of the calls that a query asks for, from the oldest.
    pub(crate) async fn events(&self, query: &Query) -> Vec<Box<RawValue>> {
        let events = |call: &Call| {
            let events = call.events.iter();
            let events = events.filter_map(|event| RawValue::from_string(event.json.clone()).ok());
            events.collect()
        };
        self.wait(query, events).await
    }

    /// The latest items of the calls that a query asks for, once there are enough or the time is up.
    async fn wait<T>(&self, query: &Query, items: impl Fn(&Call) -> Vec<T>) -> Vec<T> {
        let until = Instant::now() + query.wait;
        let mut changes = self.recorder().changes();
        loop {
            changes.mark_unchanged();
            let mut found = Vec::new();
            if let Some(calls) = self.recorder().calls() {
                for call in calls.iter().rev().filter(|call| query.takes(call)) {
                    found.extend(items(call).into_iter().rev());
                    if found.len() >= query.limit {
                        break;
                    }
                }
            }
            found.truncate(query.limit);
            let is_enough = found.len() >= query.count.min(query.limit);
            if is_enough || timeout_at(until, changes.changed()).await.is_err() {
                found.reverse();
                return found;
            }
        }
    }

    /// Everything about a call. The secrets of the original are left out, unless they are asked for.
    ///
    /// # Errors
    /// The call is not kept.
    pub(crate) fn call(&self, number: u64) -> Result<Value, ReplyError> {
        let (mut value, refused) = self.recorded(number)?;
        if let (Some(value), Some(capture)) = (value.as_object_mut(), refused) {
            let explanation = Explanation::unseen(&capture, &self.run.edge, &self.run.consumer);
            let explanation = explanation.map(|it| it.to_string());
            value.insert("explained".to_owned(), json!(explanation));
        }
        Ok(value)
    }

    /// What is recorded of a call, and the request if the endpoint has refused it.
    fn recorded(&self, number: u64) -> Result<(Value, Option<Capture>), ReplyError> {
        let calls = self.recorder().calls().ok_or(ReplyError::NoCall)?;
        let call = calls.get(number).ok_or(ReplyError::NoCall)?;
        let mut value = serde_json::to_value(call.summary(None)).unwrap_or_default();
        let shown = normalize::shown(&call.original);
        let explanation = call
            .code
            .as_deref()
            .and_then(|code| codes::explanation(call.outcome, code));
        let events: Vec<Value> = call.events.iter().map(event).collect();
        if let Some(value) = value.as_object_mut() {
            let is_whole = shown
                .as_ref()
                .is_some_and(|it| it.as_bytes() == call.original);
            let request = call.request.as_ref().map(RequestHead::shown);
            value.insert("request".to_owned(), json!(request));
            value.insert("answer".to_owned(), json!(call.answer));
            value.insert("original".to_owned(), json!(shown));
            value.insert("is_whole".to_owned(), json!(is_whole));
            value.insert("events".to_owned(), json!(events));
            value.insert("explanation".to_owned(), json!(explanation));
        }
        let status = call.answer.as_ref().map(|answer| answer.status);
        let refused = (call.outcome == Outcome::Refused).then_some(()).and(status);
        let capture = call.request.as_ref().zip(refused);
        let capture = capture.map(|(request, status)| request.capture(&call.original, status));
        Ok((value, capture))
    }

    /// The journal of the messages that are staged again: with the queues, if they are kept.
    ///
    /// # Errors
    /// Without kept queues, there is no folder for files of a while.
    pub(crate) fn journal(&self) -> anyhow::Result<PathBuf> {
        if let Some(data) = &self.run.data {
            return Ok(data.join("page-journal"));
        }
        let name = format!("thingrelay-{}", self.recorder().boot());
        let directory = std::env::temp_dir().join(name);
        let made = DirBuilder::new().mode(0o700).create(&directory);
        match made {
            Ok(()) => Ok(directory.join("journal")),
            // This run has made it, or another user has: then the journal cannot be opened.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Ok(directory.join("journal"))
            }
            Err(error) => Err(error).context("no folder for the journal can be made"),
        }
    }

    /// A call's original as it came, with its secrets.
    ///
    /// # Errors
    /// The call is not kept.
    pub(crate) fn original(&self, number: u64) -> Result<Vec<u8>, ReplyError> {
        let calls = self.recorder().calls().ok_or(ReplyError::NoCall)?;
        let call = calls.get(number).ok_or(ReplyError::NoCall)?;
        Ok(call.original.clone())
    }
}

/// An event with its text, as it went out.
fn event(event: &super::call::Event) -> Value {
    json!({ "id": event.id, "type": event.kind, "subject": event.subject, "text": event.json })
}

impl Query {
    /// The query for the events of messages that were forwarded.
    pub(crate) fn of_events(self) -> Query {
        self.or_outcome(Outcome::Forwarded)
    }
}
