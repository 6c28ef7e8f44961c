//! Creating, configuring, listing and deleting queues.

use std::collections::BTreeMap;

use super::Registry;
use super::naming::is_queue_name;
use crate::error::{ErrorCode, SqsError};
use crate::queue::setting_error::SettingError;
use crate::queue::settings::Settings;
use crate::queue::{Kind, Millis, Moment, Queue, QueueRecord};

/// How long the name of a deleted queue cannot be used: 60 seconds. (API reference, DeleteQueue.)
const NAME_REST: Millis = 60_000;

/// A page of a list, and the name after which the next page begins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) names: Vec<String>,
    /// The last name of this page, if there are more.
    pub(crate) next_after: Option<String>,
}

impl Registry {
    /// Creates the queue. If it exists and the given attributes have the same values, returns it as
    /// it is.
    pub(crate) fn create(
        &mut self,
        name: &str,
        attributes: &BTreeMap<String, String>,
        tags: BTreeMap<String, String>,
        now: Moment,
    ) -> Result<(), SqsError> {
        let kind = Kind::of_name(name);
        let fifo_attribute = attributes
            .get("FifoQueue")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if !is_queue_name(name) || (kind == Kind::Fifo && !fifo_attribute) {
            let message = if fifo_attribute {
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or \
                 underscores, must end with .fifo suffix and be 1 to 80 in length."
            } else {
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in \
                 length"
            };
            return Err(SqsError::invalid_parameter(message));
        }
        let arn = self.identity.arn(name);
        if let Some(queue) = self.queues.get(name) {
            let wanted = queue.settings().with(kind, attributes)?;
            if wanted == *queue.settings() {
                return Ok(());
            }
            return Err(SqsError::new(
                ErrorCode::QueueNameExists,
                "A queue already exists with the same name and a different value for an attribute.",
            ));
        }
        let settings = Settings::default().with(kind, attributes)?;
        self.check_redrive(&arn, kind, &settings)?;
        if let Some(deleted) = self.deleted.get(name) {
            if now.tick < deleted + NAME_REST {
                return Err(SqsError::new(
                    ErrorCode::QueueDeletedRecently,
                    "You must wait 60 seconds after deleting a queue before you can create another \
                     with the same name.",
                ));
            }
            self.deleted.remove(name);
        }
        let record = QueueRecord {
            id: self.next_queue_id,
            name: name.to_owned(),
            arn,
            settings,
            tags,
            created: now.wall,
            modified: now.wall,
        };
        self.next_queue_id += 1;
        let mut queue = Queue::new(record, now.tick);
        queue.bound = self.bounds.get(name).copied();
        queue.look_through(self.window);
        queue.created(&mut self.effects.changes);
        self.queues.insert(name.to_owned(), queue);
        Ok(())
    }

    /// Replaces the given attributes.
    pub(crate) fn configure(
        &mut self,
        name: &str,
        attributes: &BTreeMap<String, String>,
        now: Moment,
    ) -> Result<(), SqsError> {
        let queue = self.queue(name, now)?;
        let kind = queue.kind();
        let settings = queue.settings().with(kind, attributes)?;
        let arn = queue.record().arn.clone();
        if attributes.contains_key("RedrivePolicy") {
            self.check_redrive(&arn, kind, &settings)?;
        }
        let (queue, changes) = self.queue_and_changes(name, now)?;
        queue.set(settings, now, changes);
        self.wake(name, None);
        Ok(())
    }

    /// Deletes the queue and its messages.
    pub(crate) fn delete_queue(&mut self, name: &str, now: Moment) -> Result<(), SqsError> {
        let queue = self
            .queues
            .remove(name)
            .ok_or_else(SqsError::no_such_queue)?;
        queue.deleted(&mut self.effects.changes);
        self.deleted
            .retain(|_, deleted| now.tick < *deleted + NAME_REST);
        self.deleted.insert(name.to_owned(), now.tick);
        self.effects.woken.push(name.to_owned());
        Ok(())
    }

    /// Deletes the messages of the queue.
    pub(crate) fn purge(&mut self, name: &str, now: Moment) -> Result<(), SqsError> {
        let (queue, changes) = self.queue_and_changes(name, now)?;
        if queue.purge(now.tick, changes) {
            Ok(())
        } else {
            Err(SqsError::new(
                ErrorCode::PurgeQueueInProgress,
                format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds."),
            ))
        }
    }

    /// Adds or replaces tags of the queue.
    pub(crate) fn tag(
        &mut self,
        name: &str,
        tags: BTreeMap<String, String>,
        now: Moment,
    ) -> Result<(), SqsError> {
        let (queue, changes) = self.queue_and_changes(name, now)?;
        queue.tag(tags, changes);
        Ok(())
    }

    /// Removes tags of the queue.
    pub(crate) fn untag(
        &mut self,
        name: &str,
        keys: &[String],
        now: Moment,
    ) -> Result<(), SqsError> {
        let (queue, changes) = self.queue_and_changes(name, now)?;
        queue.untag(keys, changes);
        Ok(())
    }

    /// The names that begin with the prefix, after the given name, at most `max`.
    pub(crate) fn list(&self, prefix: &str, after: Option<&str>, max: usize) -> Page {
        page(
            self.names().filter(|name| name.starts_with(prefix)),
            after,
            max,
        )
    }

    /// The queues whose dead letters go to this one.
    pub(crate) fn dead_letter_sources(
        &self,
        name: &str,
        after: Option<&str>,
        max: usize,
    ) -> Result<Page, SqsError> {
        let arn = &self
            .queues
            .get(name)
            .ok_or_else(SqsError::no_such_queue)?
            .record()
            .arn;
        let sources = self.queues.iter().filter(|(_, queue)| {
            let redrive = queue.settings().redrive.as_ref();
            redrive.is_some_and(|policy| policy.target_arn == *arn)
        });
        Ok(page(sources.map(|(name, _)| name.as_str()), after, max))
    }

    /// Whether any queue sends its dead letters to this one.
    pub(super) fn is_dead_letter_queue(&self, arn: &str) -> bool {
        self.queues.values().any(|queue| {
            let redrive = queue.settings().redrive.as_ref();
            redrive.is_some_and(|policy| policy.target_arn == arn)
        })
    }

    fn check_redrive(
        &self,
        source_arn: &str,
        kind: Kind,
        settings: &Settings,
    ) -> Result<(), SqsError> {
        let Some(policy) = &settings.redrive else {
            return Ok(());
        };
        let refuse = |reason: &str| {
            SqsError::from(SettingError::InvalidPolicy {
                name: "RedrivePolicy",
                value: policy.to_string(),
                reason: reason.to_owned(),
            })
        };
        let target = self
            .identity
            .name_of_arn(&policy.target_arn)
            .and_then(|name| self.queues.get(name))
            .ok_or_else(|| refuse("Dead letter target does not exist."))?;
        if target.kind() != kind {
            return Err(refuse(
                "Dead-letter queue must be same type of queue as the source.",
            ));
        }
        match &target.settings().redrive_allow {
            Some(allow) if !allow.allows(source_arn) => Err(refuse(
                "Dead-letter queue does not allow this queue as its source.",
            )),
            _ => Ok(()),
        }
    }
}

impl From<SettingError> for SqsError {
    fn from(error: SettingError) -> SqsError {
        let code = match error {
            SettingError::UnknownName(_) => ErrorCode::InvalidAttributeName,
            SettingError::InvalidValue(_) => ErrorCode::InvalidAttributeValue,
            SettingError::InvalidPolicy { .. } => ErrorCode::InvalidParameterValue,
        };
        SqsError::new(code, error.to_string())
    }
}

fn page<'a>(names: impl Iterator<Item = &'a str>, after: Option<&str>, max: usize) -> Page {
    let mut rest = names.skip_while(|name| after.is_some_and(|after| *name <= after));
    let names: Vec<String> = rest.by_ref().take(max).map(str::to_owned).collect();
    let next_after = rest.next().and_then(|_| names.last().cloned());
    Page { names, next_after }
}
