//! Where a message is: in the archive, in a journal, or on a queue.
//!
//! # Layout
//!
//! * [`archive`]: looks for the message in files.
//! * [`journals`]: looks for it in the journals of `dead-letters` and `replay`.
//! * [`queues`]: looks for it on queues, and takes no message away.
//! * [`told`]: what was found, as text and as JSON.

mod archive;
mod journals;
mod queues;
mod told;

use super::{args::Places, fate::Fate};
use crate::recovery::{
    kept::{Facts, Form, Kept},
    selection::Selection,
};
use thingrelay_core::config::ConsumerConfig;

/// What was found of a message.
#[derive(Debug)]
pub(super) struct Whereabouts<'a> {
    id: String,
    config: Option<&'a ConsumerConfig>,
    sightings: Vec<Sighting>,
    /// Messages on the staging queue.
    staged: Option<u64>,
    /// What could not be looked at, in sentences.
    gaps: Vec<String>,
    /// Whether a queue with what was not forwarded was looked at.
    is_looked: bool,
}

/// The message, at a place.
#[derive(Debug)]
struct Sighting {
    place: Place,
    facts: Facts,
    /// When and why it was put into quarantine.
    set_aside: Option<(String, String)>,
    /// What becomes of the message by the settings, if they are given.
    fate: Option<Fate>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    File(String),
    Journal(String),
    Queue(String),
}

/// Where the message is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    Quarantine,
    DeadLetters,
    /// Among the dead letters of a webhook.
    OfWebhook,
    Journal,
    /// The archive has it, and nothing else: it was forwarded.
    Forwarded,
    /// The archive has it, and no queue was looked at: it was forwarded or put into quarantine.
    Done,
    Unknown,
}

impl<'a> Whereabouts<'a> {
    /// Looks at the places.
    ///
    /// # Errors
    /// A file or a queue cannot be read.
    pub(super) async fn find(
        id: &str,
        places: &Places,
        config: Option<&'a ConsumerConfig>,
    ) -> anyhow::Result<Whereabouts<'a>> {
        let selection = Selection {
            from: places.from.clone(),
            to: places.to.clone(),
            id: Some(id.to_owned()),
            ..Selection::default()
        };
        let mut found = Whereabouts {
            id: id.to_owned(),
            config,
            sightings: Vec::new(),
            staged: None,
            gaps: Vec::new(),
            is_looked: false,
        };
        archive::look(&places.archive, &selection, &mut found).await?;
        journals::look(&places.journals, &selection, &mut found)?;
        queues::look(places, &selection, &mut found).await?;
        Ok(found)
    }

    fn see(&mut self, place: Place, kept: &Kept, facts: Facts) {
        let parts = kept.parts();
        let config = self.config.filter(|_| facts.form == Form::Staged);
        self.sightings.push(Sighting {
            fate: config.map(|config| Fate::of(parts.record, config)),
            set_aside: parts.set_aside.map(|it| {
                let at = it.at.map_or_else(String::new, |at| at.to_string());
                (at, it.detail.into_owned())
            }),
            place,
            facts,
        });
    }

    /// Where the message is. A queue says more than a journal, and a journal more than the archive.
    pub(super) fn place(&self) -> Where {
        let of = |is_meant: fn(&Place) -> bool| {
            let mut sightings = self.sightings.iter();
            sightings.find(|sighting| is_meant(&sighting.place))
        };
        if let Some(queued) = of(|place| matches!(place, Place::Queue(_))) {
            return match (queued.facts.form, &queued.set_aside) {
                (Form::Event, _) => Where::OfWebhook,
                (Form::Staged, Some(_)) => Where::Quarantine,
                (Form::Staged, None) => Where::DeadLetters,
            };
        }
        if of(|place| matches!(place, Place::Journal(_))).is_some() {
            return Where::Journal;
        }
        match (self.sightings.is_empty(), self.is_looked) {
            (true, _) => Where::Unknown,
            (false, true) => Where::Forwarded,
            (false, false) => Where::Done,
        }
    }
}
