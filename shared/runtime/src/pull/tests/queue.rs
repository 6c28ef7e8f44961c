//! The staging queue of a script.

use super::scripted::{CallStep, Script, Verdict, polled};
use crate::{
    ordered::Sender,
    queue::{MAX_BATCH, SendError},
};
use thingrelay_core::message::{MAX_BYTES, Message};

/// Marks the messages of a call as under way, until the call ends or is dropped.
struct UnderWay {
    script: Script,
    groups: Vec<String>,
}

impl UnderWay {
    fn new(script: &Script, messages: &[&Message]) -> Self {
        let groups: Vec<String> = messages
            .iter()
            .map(|message| message.fifo.as_ref().unwrap().group.clone())
            .collect();
        let bytes: usize = messages.iter().map(|message| message.body.len()).sum();
        script.change(|world| {
            world.sent_calls.push(messages.len());
            world.calls_under_way += 1;
            world.crowds.push(world.calls_under_way);
            let count = messages.len();
            if count == 0 || count > MAX_BATCH || (bytes > MAX_BYTES && count > 1) {
                world
                    .faults
                    .push(format!("{count} messages, {bytes} bytes"));
            }
            for group in &groups {
                if !world.under_way.insert(group.clone()) {
                    world.faults.push(format!("two of {group} under way"));
                }
            }
        });
        UnderWay {
            script: script.clone(),
            groups,
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.script.change(|world| {
            world.calls_under_way -= 1;
            for group in &self.groups {
                world.under_way.remove(group);
            }
        });
    }
}

impl Sender for Script {
    async fn send_batch(&self, messages: &[&Message]) -> Vec<Result<(), SendError>> {
        let _under_way = UnderWay::new(self, messages);
        let step = self.world().calls.pop_front();
        let step = step.unwrap_or(CallStep::Answer(0));
        let later = || Err(SendError::Transient("later".into()));
        match step {
            CallStep::Answer(polls) => polled(polls).await,
            CallStep::Fail(polls) => {
                polled(polls).await;
                return messages.iter().map(|_| later()).collect();
            }
            CallStep::Hang => self.until(|world| world.calls.is_empty()).await,
            CallStep::Short => {}
        }
        let mut results = Vec::new();
        self.change(|world| {
            for message in messages {
                let fixed = world.never.get(&message.body).copied();
                let verdict = fixed.or_else(|| world.verdicts.pop_front());
                let verdict = verdict.unwrap_or(Verdict::Accept);
                if matches!(verdict, Verdict::Accept | Verdict::AcceptAndSayLater) {
                    let kept = (
                        message.fifo.as_ref().unwrap().group.clone(),
                        message.body.clone(),
                    );
                    if !world.staged.contains(&kept) {
                        world.staged.push(kept);
                    }
                }
                results.push(match verdict {
                    Verdict::Accept => Ok(()),
                    Verdict::Refuse => Err(SendError::Permanent("never".into())),
                    Verdict::Later | Verdict::AcceptAndSayLater => later(),
                });
            }
        });
        if step == CallStep::Short {
            results.pop();
        }
        results
    }
}
