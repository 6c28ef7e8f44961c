use super::*;
use crate::recovery::{journal::Arrival, run::new_id};
use std::{collections::HashMap, sync::Mutex};
use thingrelay_core::staged::Staged;

/// A queue that fails some sends, and drops repeated deduplication ids.
#[derive(Default)]
struct Staging {
    /// Each send fails that is the last of so many.
    fails_every: usize,
    sends: Mutex<usize>,
    accepted: Mutex<Vec<Message>>,
}

impl Sender for Staging {
    async fn send_batch(&self, messages: &[&Message]) -> Vec<Result<(), SendError>> {
        let one = |message: &&Message| {
            let mut sends = self.sends.lock().unwrap();
            *sends += 1;
            if self.fails_every > 0 && sends.is_multiple_of(self.fails_every) {
                return Err(SendError::Transient("it is busy".into()));
            }
            let mut accepted = self.accepted.lock().unwrap();
            if !accepted.iter().any(|other| other.fifo == message.fifo) {
                accepted.push((**message).clone());
            }
            Ok(())
        };
        messages.iter().map(one).collect()
    }
}

fn letter(device: usize, number: i64) -> Arrival {
    let line = format!(
        r#"{{"v":1,"id":"{:064x}","source":"meters","platform":"tencent-iot-hub","channel":"http","received":{number},"encoding":"text"}}"#,
        number * 100 + device as i64
    );
    Arrival {
        key: format!("{device}-{number}"),
        kept: Kept {
            origin: "http://127.0.0.1/0/dead-letter.fifo".to_owned(),
            group: Some(format!("group-{device}")),
            sequence: Some(number.to_string()),
            sent: 0,
            attributes: [].into(),
            body: format!("{line}\n{number}"),
        },
    }
}

fn run_of(messages: u64) -> Run {
    Run {
        id: new_id(),
        target: None,
        archived: false,
        messages,
        is_probed: false,
        selection: String::new(),
    }
}

/// The numbers of the messages of each group, in the order in which the queue accepted them.
fn by_group(staging: &Staging, run: &Run) -> HashMap<String, Vec<i64>> {
    let mut numbers: HashMap<String, Vec<i64>> = HashMap::new();
    for message in staging.accepted.lock().unwrap().iter() {
        let staged = Staged::from_body(&message.body).unwrap();
        let fifo = message.fifo.as_ref().unwrap();
        assert_eq!(fifo.deduplication, format!("{}-{}", staged.id, run.id));
        assert_eq!(staged.replay.unwrap().run, run.id);
        let numbers = numbers.entry(fifo.group.clone()).or_default();
        numbers.push(staged.received.unix_millis());
    }
    numbers
}

#[tokio::test(start_paused = true)]
async fn a_run_stages_each_message_once_and_in_order_whatever_fails() {
    for fails_every in [0, 2, 7] {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::open(directory.path()).unwrap();
        let mut letters: Vec<Arrival> = (0..40)
            .flat_map(|number| (0..5).map(move |device| letter(device, number)))
            .collect();
        // The order of arrival does not matter.
        letters.reverse();
        assert_eq!(journal.take(&letters, |_| true).unwrap().len(), 200);
        assert_eq!(journal.take(&letters, |_| true).unwrap().len(), 0);
        let mut places = Vec::new();
        journal.each(|place, _| places.push(place)).unwrap();
        let run = run_of(200);
        journal.begin(&run, &places).unwrap();

        let staging = Staging {
            fails_every,
            ..Staging::default()
        };
        let stager = Stager {
            journal: &journal,
            staging: &staging,
            webhook: None,
            rate: "1000/s".parse().unwrap(),
            progress: Progress::new(1),
        };
        let mut signals = Signals::take(None).unwrap();
        let mut counts = Counts::default();
        let probe = stager.stage(&run, Some("group-3"), &mut counts, &mut signals);
        assert_eq!(probe.await.unwrap(), Progressed::Through);
        assert_eq!(by_group(&staging, &run).len(), 1);
        let all = stager.stage(&run, None, &mut counts, &mut signals);
        assert_eq!(all.await.unwrap(), Progressed::Through);

        assert_eq!((counts.staged, counts.left.len()), (200, 0));
        let groups = by_group(&staging, &run);
        assert_eq!(groups.len(), 5);
        for numbers in groups.values() {
            assert_eq!(*numbers, Vec::from_iter(0..40), "fails every {fails_every}");
        }
        assert_eq!((journal.len().unwrap(), journal.pending().unwrap()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_ends_if_the_queue_takes_nothing_and_the_next_one_continues_it() {
    let directory = tempfile::tempdir().unwrap();
    let letters: Vec<Arrival> = (0..10).map(|number| letter(0, number)).collect();
    let run = run_of(10);
    let mut signals = Signals::take(None).unwrap();
    for (fails_every, is_through) in [(1, false), (0, true)] {
        let journal = Journal::open(directory.path()).unwrap();
        journal.take(&letters, |_| true).unwrap();
        match journal.unfinished().unwrap() {
            None => {
                let mut places = Vec::new();
                journal.each(|place, _| places.push(place)).unwrap();
                journal.begin(&run, &places).unwrap();
            }
            found => assert_eq!(found.as_ref(), Some(&run)),
        }
        let staging = Staging {
            fails_every,
            ..Staging::default()
        };
        let stager = Stager {
            journal: &journal,
            staging: &staging,
            webhook: None,
            rate: "1000/s".parse().unwrap(),
            progress: Progress::new(1),
        };
        let mut counts = Counts::default();
        let staged = stager.stage(&run, None, &mut counts, &mut signals).await;
        assert_eq!(staged.is_ok(), is_through);
        let numbers = by_group(&staging, &run);
        let expected = is_through.then(|| Vec::from_iter(0..10));
        assert_eq!(numbers.get("group-0"), expected.as_ref());
    }
}
