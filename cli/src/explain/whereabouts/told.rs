//! What was found of a message, as text and as JSON.

use super::{Place, Sighting, Where, Whereabouts};
use crate::{explain::fate::Fate, output::printable::printable};
use serde_json::{Value, json};
use std::fmt;
use thingrelay_core::timestamp::Timestamp;

impl Where {
    /// The word in JSON.
    fn as_str(self) -> &'static str {
        match self {
            Where::Quarantine => "quarantine",
            Where::DeadLetters => "dead_letters",
            Where::OfWebhook => "webhook_dead_letters",
            Where::Journal => "journal",
            Where::Forwarded => "forwarded",
            Where::Done => "done",
            Where::Unknown => "unknown",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Where::Quarantine => "in quarantine",
            Where::DeadLetters => "a dead letter: it ended its invocation again and again",
            Where::OfWebhook => "an event among the dead letters of a webhook",
            Where::Journal => "in a journal: redrive it, put it back or drop it",
            Where::Forwarded => {
                "forwarded: the archive has it, and none of the queues and journals"
            }
            Where::Done => {
                "done: the archive has it, so it was forwarded or put into quarantine (no queue was looked at)"
            }
            Where::Unknown => "unknown",
        }
    }
}

impl Place {
    fn kind(&self) -> &'static str {
        match self {
            Place::File(_) => "archive",
            Place::Journal(_) => "journal",
            Place::Queue(_) => "queue",
        }
    }

    fn name(&self) -> &str {
        let (Place::File(name) | Place::Journal(name) | Place::Queue(name)) = self;
        name
    }
}

impl Sighting {
    fn to_json(&self) -> Value {
        let facts = &self.facts;
        json!({
            "place": self.place.kind(),
            "name": self.place.name(),
            "message": facts.id,
            "source": facts.source,
            "received": Timestamp::from_unix_millis(facts.received).to_string(),
            "reason": self.reason(),
            "detail": self.set_aside.as_ref().map(|(_, detail)| detail),
            "set_aside_at": self.set_aside.as_ref().map(|(at, _)| at),
            "types": facts.types,
            "run": facts.run,
            "fate": self.fate.as_ref().map(Fate::to_json),
        })
    }

    /// A message in the archive has none.
    fn reason(&self) -> Option<&str> {
        let is_in_archive = matches!(self.place, Place::File(_)) && self.set_aside.is_none();
        (!is_in_archive).then_some(self.facts.reason.as_str())
    }

    fn write(&self, line: &mut impl FnMut(&str, &str) -> fmt::Result) -> fmt::Result {
        let facts = &self.facts;
        line(self.place.kind(), self.place.name())?;
        let source = facts.source.as_deref().unwrap_or("?");
        let received = Timestamp::from_unix_millis(facts.received);
        let types: Vec<&str> = facts.types.iter().map(String::as_str).collect();
        line(
            "",
            &format!("of {source}, received {received}, {}", types.join(" ")),
        )?;
        if let Some(reason) = self.reason() {
            let (at, detail) = match &self.set_aside {
                Some((at, detail)) => (format!(" since {at}"), format!(": {detail}")),
                None => (String::new(), String::new()),
            };
            line("", &format!("reason {reason}{at}{detail}"))?;
        }
        if let Some(run) = &facts.run {
            line("", &format!("staged again by the run {run}"))?;
        }
        Ok(())
    }
}

impl Whereabouts<'_> {
    /// The sighting whose fate says where the events go.
    fn fate(&self) -> Option<&Fate> {
        self.sightings
            .iter()
            .find_map(|sighting| sighting.fate.as_ref())
    }

    pub(in crate::explain) fn to_json(&self) -> Value {
        let sightings = self.sightings.iter().map(Sighting::to_json);
        json!({
            "id": self.id,
            "where": self.place().as_str(),
            "sightings": sightings.collect::<Vec<_>>(),
            "staging_queue_messages": self.staged,
            "gaps": self.gaps,
        })
    }
}

impl fmt::Display for Whereabouts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, value: &str| writeln!(f, "{name:<10} {}", printable(value));
        line("id", &self.id)?;
        line("where", self.place().sentence())?;
        for sighting in &self.sightings {
            sighting.write(&mut line)?;
        }
        if let Some(fate) = self.fate() {
            line("settings", "with the given settings, it")?;
            fate.write(&mut line)?;
        }
        if let Some(staged) = self.staged {
            line(
                "staging",
                &format!("{staged} messages wait or are under way; they were not looked at"),
            )?;
        }
        for gap in &self.gaps {
            line("gap", gap)?;
        }
        Ok(())
    }
}
