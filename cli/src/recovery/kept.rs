//! A message in the journal, and the facts about it.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};
use thingrelay::quarantine::SetAside;
use thingrelay_core::{
    identity::FieldHasher,
    message::{Fifo, MAX_BYTES, Message},
    normalize::normalize,
    panics::catch_panic,
    replay::Replay,
    source::Decoding,
    staged::{Staged, StagedError},
    timestamp::Timestamp,
};

/// The reason of a message on a queue of dead letters.
pub(crate) const DEAD_LETTER: &str = "dead_letter";

/// A message as it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The URL of the queue, or the path of the file.
    pub(crate) origin: String,
    /// The message group, if the queue has groups.
    pub(crate) group: Option<String>,
    /// The place in the order of its queue, if the queue has an order.
    pub(crate) sequence: Option<String>,
    /// When the message came to the queue.
    pub(crate) sent: i64,
    /// The message's attributes: a webhook's dead letters have some.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// What a message is, and so the queue to which it goes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Form {
    /// A message of the staging queue.
    Staged,
    /// An event of the queue of a webhook.
    Event,
}

/// What is known about a message: messages are selected and grouped by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// The URL of the queue, or the path of the file.
    pub(crate) origin: String,
    /// The stable code of why the message is there.
    pub(crate) reason: String,
    /// The message's id; `None` if the message cannot be read, as with what follows.
    pub(crate) id: Option<String>,
    pub(crate) source: Option<String>,
    /// When the message was accepted, or else when it came to its queue: milliseconds since 1970.
    pub(crate) received: i64,
    /// Product and name of the devices of its events.
    pub(crate) devices: BTreeSet<(Option<String>, String)>,
    /// The types of its events.
    pub(crate) types: BTreeSet<String>,
    /// The FIFO group on the staging queue.
    pub(crate) group: String,
    pub(crate) form: Form,
    /// The run that staged the message last.
    pub(crate) run: Option<String>,
    /// Why the message cannot be staged again.
    pub(crate) obstacle: Option<String>,
}

/// Parts of a message that a queue or an archive keeps.
pub(crate) struct Parts<'a> {
    /// The quarantine's line, if there is one.
    pub(crate) set_aside: Option<SetAside<'a>>,
    /// The body as it was on the staging queue.
    pub(crate) record: &'a str,
}

impl Kept {
    pub(crate) fn parts(&self) -> Parts<'_> {
        match SetAside::read(&self.body) {
            Some((set_aside, record)) => Parts {
                set_aside: Some(set_aside),
                record,
            },
            None => Parts {
                set_aside: None,
                record: &self.body,
            },
        }
    }

    /// The place in the order in which messages are staged again.
    pub(crate) fn sequence(&self) -> u128 {
        let set_aside = self.parts().set_aside;
        let sequence = set_aside.and_then(|set_aside| set_aside.sequence);
        let sequence = sequence.as_deref().or(self.sequence.as_deref());
        sequence.and_then(|it| it.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn facts(&self) -> Facts {
        let Parts { set_aside, record } = self.parts();
        let reason = set_aside.as_ref().map(|it| it.reason.to_string());
        let reason = reason.or_else(|| self.attributes.get("reason").cloned());
        let at = set_aside.as_ref().and_then(|it| it.at);
        let group = self.group.clone();
        let group = group.or_else(|| Some(set_aside.as_ref()?.group.as_ref()?.to_string()));
        let mut facts = Facts {
            origin: self.origin.clone(),
            reason: reason.unwrap_or_else(|| DEAD_LETTER.to_owned()),
            id: None,
            source: None,
            received: at.map_or(self.sent, Timestamp::unix_millis),
            devices: BTreeSet::new(),
            types: BTreeSet::new(),
            group: group.clone().unwrap_or_default(),
            form: Form::Staged,
            run: None,
            obstacle: None,
        };
        if let Some(event) = Event::read(record) {
            return event.facts(facts);
        }
        if set_aside.is_some_and(|it| it.parts.is_some()) {
            facts.obstacle = Some("it is a part of a message".to_owned());
            return facts;
        }
        let staged = match catch_panic(|| Staged::from_body(record)) {
            Ok(Ok(staged)) => staged,
            Ok(Err(error @ StagedError::NewerVersion(_))) => {
                facts.obstacle = Some(format!("{error}: use the command of that version"));
                return facts;
            }
            Ok(Err(error)) => {
                facts.obstacle = Some(error.to_string());
                return facts;
            }
            Err(panicked) => {
                facts.obstacle = Some(panicked.to_string());
                return facts;
            }
        };
        facts.id = Some(staged.id.to_string());
        facts.source = Some(staged.source.to_string());
        facts.received = staged.received.unix_millis();
        facts.run = staged.replay.as_ref().map(|replay| replay.run.to_string());
        facts.group = group.unwrap_or_else(|| group_of_source(&staged));
        facts.obstacle = staged.obstacle().map(|error| error.to_string());
        // Types and devices do not depend on how the payload is decoded.
        let events = catch_panic(|| normalize(&staged, Decoding::default()));
        for event in events.ok().and_then(Result::ok).into_iter().flatten() {
            facts.types.insert(event.kind.as_str().to_owned());
            let device = event.device.map(|device| {
                let product = device.product.map(Cow::into_owned);
                (product, device.name.into_owned())
            });
            facts.devices.extend(device);
        }
        facts
    }

    /// The message for the staging queue.
    ///
    /// # Errors
    /// The message cannot be staged again; the text says why.
    pub(crate) fn again(&self, facts: &Facts, replay: Replay) -> Result<Message, String> {
        if facts.form == Form::Event {
            return again_as_event(&self.body, facts, &replay);
        }
        let staged = Staged::from_body(self.parts().record).map_err(|error| error.to_string())?;
        let before = staged.replay.as_ref();
        let replay = Replay {
            // What only one target was to get goes to that target again.
            target: replay.target.or_else(|| before?.target.clone()),
            archived: replay.archived || before.is_some_and(|before| before.archived),
            ..replay
        };
        let again = staged.again(replay, &facts.group);
        again.map_err(|error| error.to_string())
    }
}

/// The parts of an event that are read.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow, default)]
    replay: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: EventData<'a>,
}

#[derive(Deserialize)]
struct EventData<'a> {
    #[serde(borrow, default)]
    device: Option<EventDevice<'a>>,
}

#[derive(Deserialize)]
struct EventDevice<'a> {
    #[serde(borrow, default)]
    product: Option<Cow<'a, str>>,
    #[serde(borrow)]
    name: Cow<'a, str>,
}

impl<'a> Event<'a> {
    fn read(body: &'a str) -> Option<Event<'a>> {
        serde_json::from_str(body).ok()
    }

    fn facts(self, facts: Facts) -> Facts {
        let (message, _) = self.id.rsplit_once('-').unwrap_or((&self.id, ""));
        let source = self.source.rsplit('/').next().unwrap_or_default();
        let device = self.data.device.map(|device| {
            let product = device.product.map(Cow::into_owned);
            (product, device.name.into_owned())
        });
        Facts {
            id: Some(message.to_owned()),
            source: Some(source.to_owned()),
            devices: device.into_iter().collect(),
            types: BTreeSet::from([self.r#type.into_owned()]),
            form: Form::Event,
            run: self.replay.map(Cow::into_owned),
            ..facts
        }
    }
}

/// The event with the id of the run, for the queue of its webhook. All else keeps its text.
fn again_as_event(body: &str, facts: &Facts, replay: &Replay) -> Result<Message, String> {
    let read = |error: serde_json::Error| error.to_string();
    let mut members: BTreeMap<Cow<'_, str>, &RawValue> =
        serde_json::from_str(body).map_err(read)?;
    let id = Event::read(body).map(|event| event.id.into_owned());
    let run = RawValue::from_string(format!("\"{}\"", replay.run)).map_err(read)?;
    members.insert("replay".into(), &run);
    let body = serde_json::to_string(&members).map_err(read)?;
    if body.len() > MAX_BYTES {
        return Err("it is too large to be marked".to_owned());
    }
    Ok(Message {
        body,
        fifo: Some(Fifo {
            group: facts.group.clone(),
            deduplication: format!("{}-{}", id.unwrap_or_default(), replay.run),
        }),
    })
}

/// The group of a message whose own group was not kept: all such messages of a source are staged in
/// one order.
fn group_of_source(staged: &Staged<'_>) -> String {
    let hasher = FieldHasher::new("staged again");
    let group = hasher.field(staged.source.as_str().as_bytes());
    group.into_group().as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use thingrelay_core::replay::RunId;

    #[test]
    fn an_event_of_a_webhook_keeps_its_text_and_gets_the_run() {
        let event = |replay: &str| {
            format!(
                r#"{{"specversion":"1.0","id":"ab-0","source":"/tuya/house","type":"t",{replay}"data":{{"device":{{"name":"d"}},"n":1.50}}}}"#
            )
        };
        for body in [event(""), event(r#""replay":"old","#)] {
            let kept = Kept {
                origin: "http://127.0.0.1/0/crm-dead.fifo".to_owned(),
                group: Some("g".to_owned()),
                sequence: Some("7".to_owned()),
                sent: 5,
                attributes: [("reason".to_owned(), "gave_up".to_owned())].into(),
                body,
            };
            let facts = kept.facts();
            assert_eq!((facts.form, &*facts.reason), (Form::Event, "gave_up"));
            assert_eq!(facts.id.as_deref(), Some("ab"));
            assert_eq!(facts.source.as_deref(), Some("house"));
            assert_eq!(facts.devices, [(None, "d".to_owned())].into());
            assert_eq!(facts.obstacle, None);
            let replay = Replay {
                run: RunId::parse("r-1").unwrap(),
                target: None,
                archived: false,
            };
            let again = kept.again(&facts, replay).unwrap();
            assert!(again.body.contains(r#""n":1.50"#), "{}", again.body);
            assert_eq!(again.body.matches(r#""replay":"r-1""#).count(), 1);
            assert!(!again.body.contains("old"));
            let fifo = again.fifo.unwrap();
            assert_eq!((&*fifo.group, &*fifo.deduplication), ("g", "ab-0-r-1"));
        }
    }
}
