//! What has arrived at the target: what is missing, came again, or was overtaken.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::types::DeleteMessageBatchRequestEntry;
use serde_json::Value;
use thingrelay_tests::queue::Queues;

use super::{DEVICES, EACH, product};

/// What has arrived of one device: its numbers in the order of their first arrival.
#[derive(Default)]
struct Device {
    arrived: Vec<bool>,
    latest: usize,
}

#[derive(Default)]
pub(super) struct Arrivals {
    devices: BTreeMap<String, Device>,
    pub(super) messages: usize,
    pub(super) repeats: usize,
    /// Those that came after a later one of their device.
    pub(super) overtaken: Vec<String>,
}

/// Receives and counts up to ten events.
pub(super) async fn read(queues: &Queues, queue: &str, arrivals: &Mutex<Arrivals>) -> Result<()> {
    let request = queues.client().receive_message().queue_url(queue);
    let answer = request
        .max_number_of_messages(10)
        .wait_time_seconds(1)
        .send()
        .await?;
    let messages = answer.messages.unwrap_or_default();
    if messages.is_empty() {
        return Ok(());
    }
    let mut entries = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        lock(arrivals).count(message.body.as_deref().unwrap_or_default())?;
        let entry = DeleteMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .set_receipt_handle(message.receipt_handle.clone());
        entries.push(entry.build()?);
    }
    let request = queues.client().delete_message_batch().queue_url(queue);
    let answer = request.set_entries(Some(entries)).send().await?;
    ensure!(answer.failed.is_empty(), "{:?}", answer.failed);
    Ok(())
}

pub(super) fn lock(arrivals: &Mutex<Arrivals>) -> MutexGuard<'_, Arrivals> {
    arrivals.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Arrivals {
    fn count(&mut self, event: &str) -> Result<()> {
        let event: Value = serde_json::from_str(event)?;
        let subject = event["subject"].as_str().context("an event of nobody's")?;
        let number = event["data"]["payload"]["params"]["n"].as_u64();
        let number = usize::try_from(number.context("an event without a number")?)?;
        let device = self.devices.entry(subject.to_owned()).or_default();
        if device.arrived.len() <= number {
            device.arrived.resize(number.max(EACH) + 1, false);
        }
        if std::mem::replace(&mut device.arrived[number], true) {
            self.repeats += 1;
            return Ok(());
        }
        self.messages += 1;
        if number < device.latest {
            self.overtaken.push(format!("{subject}#{number}"));
        }
        device.latest = device.latest.max(number);
        Ok(())
    }

    /// What has not arrived, by run of `send`.
    pub(super) fn missing(&self, runs: usize) -> Vec<Vec<String>> {
        let of_run = |run| {
            let product = product(run);
            let mut devices: BTreeMap<&str, &Device> = BTreeMap::new();
            let start = format!("{product}/");
            for (subject, device) in self.devices.range(start.clone()..) {
                let Some(name) = subject.strip_prefix(&start) else {
                    break;
                };
                devices.insert(name, device);
            }
            let mut missing = Vec::new();
            for (name, device) in &devices {
                let numbers = 1..=EACH;
                let absent = numbers.filter(|number| device.arrived.get(*number) != Some(&true));
                missing.extend(absent.map(|number| format!("{start}{name}#{number}")));
            }
            let unknown = (DEVICES - devices.len()) * EACH;
            missing.extend((0..unknown).map(|index| format!("{start}unknown#{index}")));
            missing
        };
        (0..runs).map(of_run).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::MESSAGES;

    fn event(subject: &str, number: usize) -> String {
        serde_json::json!({"subject": subject, "data": {"payload": {"params": {"n": number}}}})
            .to_string()
    }

    #[test]
    fn what_is_missing_repeated_and_overtaken_is_counted() -> Result<()> {
        let mut arrivals = Arrivals::default();
        for run in 0..2 {
            for device in 0..DEVICES {
                for number in 1..=EACH {
                    // One message of the first run is lost, and one of the second is late.
                    let is_odd = device == 7 && number == 5;
                    if !is_odd {
                        arrivals.count(&event(&format!("{}/d{device}", product(run)), number))?;
                    }
                }
            }
        }
        let late = format!("{}/d7", product(1));
        arrivals.count(&event(&late, 5))?;
        arrivals.count(&event(&late, 6))?;
        assert_eq!(
            arrivals.missing(2),
            [vec!["LOAD00000/d7#5".to_owned()], vec![]]
        );
        assert_eq!(arrivals.overtaken, ["LOAD00001/d7#5"]);
        assert_eq!((arrivals.messages, arrivals.repeats), (2 * MESSAGES - 1, 1));
        assert_eq!(arrivals.missing(3)[2].len(), MESSAGES);
        Ok(())
    }
}
