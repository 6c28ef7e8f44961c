//! Message move tasks: dead letters go back to their source queues, or to another queue.
//! (API reference, StartMessageMoveTask, CancelMessageMoveTask, ListMessageMoveTasks.)

use std::sync::Arc;

use super::Registry;
use super::move_task::{MoveStatus, MoveTask, REMEMBERED};
use crate::error::{ErrorCode, SqsError};
use crate::queue::Moment;
use crate::queue::message::{Message, Receives};

impl Registry {
    /// Starts a task; `advance_move` does its work.
    pub(crate) fn start_move(
        &mut self,
        id: String,
        source_arn: &str,
        destination_arn: Option<&str>,
        rate: Option<u32>,
        now: Moment,
    ) -> Result<(), SqsError> {
        let missing = || {
            SqsError::new(
                ErrorCode::ResourceNotFound,
                "The resource that you specified for the SourceArn parameter doesn't exist.",
            )
        };
        let source = self.identity.name_of_arn(source_arn).ok_or_else(missing)?;
        let to_move = self
            .queue(source, now)
            .map_err(|_| missing())?
            .depth()
            .visible;
        if !self.is_dead_letter_queue(source_arn) {
            return Err(SqsError::invalid_parameter(
                "Source queue must be configured as a Dead Letter Queue.",
            ));
        }
        if let Some(destination) = destination_arn {
            let exists = self
                .identity
                .name_of_arn(destination)
                .is_some_and(|name| self.queues.contains_key(name));
            if !exists {
                return Err(SqsError::new(
                    ErrorCode::ResourceNotFound,
                    "The resource that you specified for the DestinationArn parameter doesn't exist.",
                ));
            }
            if destination == source_arn {
                return Err(SqsError::invalid_parameter(
                    "Source and destination must be different queues.",
                ));
            }
        }
        let tasks = &mut self.moves.tasks;
        if tasks
            .iter()
            .any(|task| task.source_arn == source_arn && task.status == MoveStatus::Running)
        {
            return Err(SqsError::invalid_parameter(
                "There is already a task running. Only one active task is allowed for a source \
                 queue arn at a given time.",
            ));
        }
        let of_source = tasks.iter().filter(|task| task.source_arn == source_arn);
        if of_source.count() >= REMEMBERED
            && let Some(oldest) = tasks.iter().position(|task| task.source_arn == source_arn)
        {
            tasks.remove(oldest);
        }
        tasks.push(MoveTask {
            id,
            source_arn: source_arn.to_owned(),
            destination_arn: destination_arn.map(str::to_owned),
            rate,
            status: MoveStatus::Running,
            moved: 0,
            to_move,
            started: now.wall,
        });
        Ok(())
    }

    /// Moves up to `max` messages of the task. Returns whether the task continues.
    ///
    /// `fresh_id` makes the ids of the moved messages.
    pub(crate) fn advance_move(
        &mut self,
        id: &str,
        max: usize,
        fresh_id: fn() -> String,
        now: Moment,
    ) -> bool {
        let Some(index) = self.moves.tasks.iter().position(|task| task.id == id) else {
            return false;
        };
        let Some(task) = self.moves.tasks.get(index).cloned() else {
            return false;
        };
        if task.status != MoveStatus::Running {
            return false;
        }
        let max = max.min(task.to_move.saturating_sub(task.moved));
        let (moved, failure) = self.move_some(&task, max, fresh_id, now);
        let Some(task) = self.moves.tasks.get_mut(index) else {
            return false;
        };
        task.moved += moved;
        task.status = match failure {
            Some(reason) => MoveStatus::Failed(reason),
            // Messages in flight stay.
            None if moved < max || task.moved >= task.to_move => MoveStatus::Completed,
            None => MoveStatus::Running,
        };
        task.status == MoveStatus::Running
    }

    /// Cancels a running task, and returns how many messages it has moved.
    pub(crate) fn cancel_move(&mut self, id: &str) -> Result<usize, SqsError> {
        let task = self.moves.tasks.iter_mut().find(|task| task.id == id);
        match task {
            Some(task) if task.status == MoveStatus::Running => {
                task.status = MoveStatus::Cancelled;
                Ok(task.moved)
            }
            Some(_) => Err(SqsError::new(
                ErrorCode::UnsupportedOperation,
                "Only active tasks can be cancelled.",
            )),
            None => Err(SqsError::new(
                ErrorCode::ResourceNotFound,
                "Task does not exist.",
            )),
        }
    }

    /// The tasks of the source, the latest first.
    pub(crate) fn list_moves(
        &self,
        source_arn: &str,
        max: usize,
    ) -> Result<Vec<MoveTask>, SqsError> {
        let exists = self
            .identity
            .name_of_arn(source_arn)
            .is_some_and(|name| self.queues.contains_key(name));
        if !exists {
            return Err(SqsError::new(
                ErrorCode::ResourceNotFound,
                "The resource that you specified for the SourceArn parameter doesn't exist.",
            ));
        }
        let tasks = self.moves.tasks.iter().rev();
        Ok(tasks
            .filter(|task| task.source_arn == source_arn)
            .take(max)
            .cloned()
            .collect())
    }

    /// Moves messages. Returns their number, and the reason if the task failed.
    fn move_some(
        &mut self,
        task: &MoveTask,
        max: usize,
        fresh_id: fn() -> String,
        now: Moment,
    ) -> (usize, Option<&'static str>) {
        let Some(source) = self
            .identity
            .name_of_arn(&task.source_arn)
            .map(str::to_owned)
        else {
            return (0, Some("QueueDoesNotExist"));
        };
        // A message that cannot be moved keeps its place.
        let mut moved = 0;
        while moved < max {
            let Ok((queue, _)) = self.queue_and_changes(&source, now) else {
                return (moved, Some("QueueDoesNotExist"));
            };
            let Some(next) = queue.peek() else {
                break;
            };
            let target = match self.destination(task, &next) {
                Ok(target) => target,
                Err(reason) => return (moved, Some(reason)),
            };
            let Ok((queue, changes)) = self.queue_and_changes(&source, now) else {
                return (moved, Some("QueueDoesNotExist"));
            };
            let Some(removed) = queue.take_out(changes) else {
                break;
            };
            self.take_back(&target, removed.message, fresh_id(), now);
            moved += 1;
        }
        (moved, None)
    }

    fn destination(&self, task: &MoveTask, message: &Message) -> Result<String, &'static str> {
        let arn = task
            .destination_arn
            .as_deref()
            .or(message.dead_letter_source.as_deref())
            .ok_or("CouldNotDetermineMessageSource")?;
        self.identity
            .name_of_arn(arn)
            .filter(|name| self.queues.contains_key(*name))
            .map(str::to_owned)
            .ok_or("QueueDoesNotExist")
    }

    /// A moved message is a new message, with a new id, time and count. (SQS Developer Guide,
    /// "Configuring a dead-letter queue redrive".)
    fn take_back(&mut self, target: &str, message: Arc<Message>, id: String, now: Moment) {
        let Ok((queue, changes)) = self.queue_and_changes(target, now) else {
            return;
        };
        let due_before = queue.next_due();
        let message = Message {
            id,
            sent: now.wall,
            dead_letter_source: None,
            ..Arc::unwrap_or_clone(message)
        };
        let receives = Receives::default();
        queue.take_in(Arc::new(message), receives, now.tick, now.tick, changes);
        self.wake(target, due_before);
    }
}
