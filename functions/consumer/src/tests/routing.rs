//! Each event goes to the targets whose filters it passes, and the counters of each target balance.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use thingrelay::telemetry::{Counters, counters::Row};

/// Targets `a`, `b`, ... with these filters, in TOML.
fn settings(filters: &[&str]) -> ConsumerConfig {
    let tables = filters.iter().zip('a'..).map(|(filters, name)| {
        format!(
            "[targets.{name}]\ntype = \"sqs\"\nqueue_url = \"http://127.0.0.1/0/{name}\"\n\
             filters = [{filters}]\n"
        )
    });
    ConsumerConfig::parse(&[&tables.collect::<String>()]).unwrap()
}

struct Routed {
    handed_back: Vec<String>,
    counts: BTreeMap<String, u64>,
    told: Arc<Told>,
}

/// Works records of one letter and a number, whose group is the letter. A counter of a target has
/// the target's name behind its own.
fn work<S: Sender + Sender<EventMessage> + Staging + Default>(
    config: &ConsumerConfig,
    targets: Vec<S>,
    bodies: &[&str],
    deadline: Option<Instant>,
) -> Routed {
    let told = Arc::new(Told::default());
    let consumer = Consumer::new(
        Arc::new(CurrentConfig::new(config.clone())),
        queues(targets, S::default()),
        Clock::from_fn(|| Timestamp::from_unix_millis(0)),
    )
    .with_normalizer(echo)
    .with_observer(Arc::clone(&told) as _);
    let mut event = SqsEvent::default();
    event.records = bodies
        .iter()
        .map(|body| record(Some(body), &body[..1], body))
        .collect();
    let counters = Counters::default();
    let response =
        metrics::with_local_recorder(&counters, || run(consumer.handle(event, deadline)));
    let failures = response.unwrap().batch_item_failures.into_iter();
    let counts = counters.take().into_iter();
    Routed {
        handed_back: failures.map(|failure| failure.item_identifier).collect(),
        counts: counts
            .map(|(Row { name, target, .. }, count)| match target {
                Some(target) => (format!("{name} {target}"), count),
                None => (name, count),
            })
            .collect(),
        told,
    }
}

#[test]
fn an_event_goes_to_the_targets_whose_filters_it_passes() {
    let config = settings(&[
        "{ exact = { device = \"a\" } }",
        "{ any = [{ exact = { device = \"a\" } }, { exact = { device = \"b\" } }] }",
        "{ exact = { source_name = \"meters\" } }, { not = { prefix = { subject = \"p/c\" } } }",
    ]);
    let targets = [(); 3].map(|()| FakeQueue::default());
    let routed = work(
        &config,
        targets.to_vec(),
        &["a1", "b1", "c1", "a2", "d1"],
        None,
    );
    assert!(routed.handed_back.is_empty());
    let accepted = targets.map(|target| target.accepted());
    assert_eq!(accepted[0], ["a1", "a2"]);
    assert_eq!(accepted[1], ["a1", "b1", "a2"]);
    assert_eq!(accepted[2], ["a1", "b1", "d1", "a2"]);
    assert_eq!(*routed.told.unrouted.lock().unwrap(), ["c1"]);
    assert_eq!(routed.told.forwarded.lock().unwrap().len(), 4);
    let expected = [
        ("delivered a", 2),
        ("delivered b", 3),
        ("delivered c", 4),
        ("events", 4),
        ("forwarded", 5),
        ("matched a", 2),
        ("matched b", 3),
        ("matched c", 4),
        ("unrouted", 1),
    ];
    assert_eq!(
        routed.counts,
        expected
            .map(|(name, count)| (name.to_owned(), count))
            .into()
    );
}

#[test]
fn what_a_target_does_not_take_waits_for_nothing_there() {
    let config = settings(&[
        "{ exact = { device = \"a\" } }",
        "{ exact = { device = \"b\" } }",
    ]);
    let down = FakeQueue::failing("", transient());
    let targets = vec![down, FakeQueue::default()];
    let routed = work(
        &config,
        targets.clone(),
        &["a1", "b1", "c1", "a2", "b2", "c2"],
        None,
    );
    assert_eq!(routed.handed_back, ["a1", "a2"]);
    assert_eq!(targets[1].accepted(), ["b1", "b2"]);
    assert_eq!(*routed.told.unrouted.lock().unwrap(), ["c1", "c2"]);
    assert_eq!(routed.counts["postponed a"], 1);
    assert_eq!(routed.counts["matched a"], 1);
}

/// Takes messages, or never answers.
#[derive(Default, Clone)]
struct Answering {
    queue: FakeQueue,
    is_silent: bool,
}

impl<M: AsRef<Message> + Sync> Sender<M> for Answering {
    async fn send_batch(&self, messages: &[&M]) -> Vec<Result<(), SendError>> {
        if self.is_silent {
            std::future::pending::<()>().await;
        }
        self.queue.send_batch(messages).await
    }
}

impl Staging for Answering {
    async fn hide(&self, _: &[(&str, Duration)]) -> Result<(), ReceiptError> {
        Ok(())
    }

    async fn delete(&self, _: &[&str]) -> Result<(), ReceiptError> {
        Ok(())
    }
}

#[test]
fn at_the_deadline_what_is_at_all_its_targets_is_done() {
    let config = settings(&[
        "{ prefix = { device = \"a\" } }",
        "{ prefix = { device = \"b\" } }",
        "{ prefix = { device = \"c\" } }",
    ]);
    let targets: Vec<Answering> = [false, true, false]
        .map(|is_silent| Answering {
            is_silent,
            ..Answering::default()
        })
        .into();
    let deadline = Instant::now() + Duration::from_millis(50);
    let routed = work(&config, targets, &["a1", "b1", "c1", "d1"], Some(deadline));
    assert_eq!(routed.handed_back, ["b1", "c1"]);
    assert_eq!(*routed.told.forwarded.lock().unwrap(), ["a1"]);
    assert_eq!(*routed.told.unrouted.lock().unwrap(), ["d1"]);
    for (name, count) in [
        ("matched a", 1),
        ("delivered a", 1),
        ("matched b", 1),
        ("postponed b", 1),
    ] {
        assert_eq!(routed.counts[name], count, "{name}");
    }
    assert!(!routed.counts.contains_key("matched c"));
}

/// What a target answers to each message in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Takes,
    Fails,
    Refuses,
}

/// Answers by a script, and takes everything when that has ended.
#[derive(Default, Clone)]
struct Scripted {
    script: Arc<Mutex<Vec<Answer>>>,
    is_standard: bool,
    accepted: Arc<Mutex<Vec<String>>>,
    refused: Arc<Mutex<Vec<String>>>,
}

impl<M: AsRef<Message> + Sync> Sender<M> for Scripted {
    fn keeps_order(&self) -> bool {
        !self.is_standard
    }

    async fn send_batch(&self, messages: &[&M]) -> Vec<Result<(), SendError>> {
        let answers = messages.iter().map(|message| {
            let message: &Message = (*message).as_ref();
            let answer = self.script.lock().unwrap().pop();
            let list = match answer.unwrap_or(Answer::Takes) {
                Answer::Takes => &self.accepted,
                Answer::Fails => return Err(transient()),
                Answer::Refuses => &self.refused,
            };
            list.lock().unwrap().push(message.body.clone());
            match answer {
                Some(Answer::Refuses) => Err(SendError::Permanent("never".into())),
                _ => Ok(()),
            }
        });
        answers.collect()
    }
}

impl Staging for Scripted {
    async fn hide(&self, _: &[(&str, Duration)]) -> Result<(), ReceiptError> {
        Ok(())
    }

    async fn delete(&self, _: &[&str]) -> Result<(), ReceiptError> {
        Ok(())
    }
}

const FILTERS: [&str; 5] = [
    "",
    "{ exact = { device = \"a\" } }",
    "{ not = { exact = { device = \"a\" } } }",
    "{ any = [{ exact = { device = \"b\" } }, { exact = { device = \"c\" } }] }",
    "{ exact = { source_name = \"doors\" } }",
];

/// Whether a record of that letter passes the filters of that number.
fn passes(filter: usize, body: &str) -> bool {
    let letter = &body[..1];
    match filter {
        0 => true,
        1 => letter == "a",
        2 => letter != "a",
        3 => ["b", "c"].contains(&letter),
        _ => false,
    }
}

fn targets() -> impl Strategy<Value = Vec<(usize, bool, Vec<Answer>)>> {
    let answers = prop_oneof![
        4 => Just(Answer::Takes),
        2 => Just(Answer::Fails),
        1 => Just(Answer::Refuses),
    ];
    let target = (
        0..FILTERS.len(),
        any::<bool>(),
        prop::collection::vec(answers, 0..30),
    );
    prop::collection::vec(target, 1..4)
}

proptest! {
    /// A batch is handed out again and again until it is done.
    #[test]
    fn the_counters_of_each_target_balance(
        targets in targets(),
        letters in prop::collection::vec("[a-d]", 1..10),
    ) {
        let filters: Vec<&str> = targets.iter().map(|(filter, ..)| FILTERS[*filter]).collect();
        let config = settings(&filters);
        let queues: Vec<Scripted> = targets
            .iter()
            .map(|(_, is_standard, script)| Scripted {
                script: Arc::new(Mutex::new(script.clone())),
                is_standard: *is_standard,
                ..Scripted::default()
            })
            .collect();
        let bodies: Vec<String> = letters.iter().enumerate().map(|(n, letter)| format!("{letter}{n}")).collect();
        let mut left: Vec<&str> = bodies.iter().map(String::as_str).collect();
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        while !left.is_empty() {
            let routed = work(&config, queues.clone(), &left, None);
            left.retain(|body| routed.handed_back.iter().any(|id| id == body));
            for (name, count) in routed.counts {
                *counts.entry(name).or_default() += count;
            }
        }
        let count = |name: &str| counts.get(name).copied().unwrap_or_default();
        for ((queue, (filter, is_standard, _)), name) in queues.iter().zip(&targets).zip('a'..) {
            let of = |what: &str| count(&format!("{what} {name}"));
            let accepted = queue.accepted.lock().unwrap().clone();
            let refused = queue.refused.lock().unwrap().clone();
            prop_assert_eq!(of("matched"), of("delivered") + of("refused") + of("postponed"));
            prop_assert_eq!(of("delivered"), accepted.len() as u64);
            prop_assert_eq!(of("refused"), refused.len() as u64);
            let reached: BTreeSet<&String> = accepted.iter().chain(&refused).collect();
            let expected: BTreeSet<&String> = bodies.iter().filter(|body| passes(*filter, body)).collect();
            prop_assert_eq!(reached, expected);
            if !is_standard {
                let mut firsts: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
                for body in &accepted {
                    let seen = firsts.entry(&body[..1]).or_default();
                    if !seen.contains(&body) {
                        seen.push(body);
                    }
                }
                for bodies in firsts.values() {
                    prop_assert!(bodies.is_sorted_by_key(|body| body[1..].parse::<usize>().unwrap()), "{:?}", bodies);
                }
            }
        }
        let is_routed = |body: &String| targets.iter().any(|(filter, ..)| passes(*filter, body));
        let total = bodies.len() as u64;
        prop_assert_eq!(count("forwarded") + count("quarantined"), total);
        prop_assert_eq!(count("events"), total - count("quarantined") - count("unrouted"));
        prop_assert_eq!(count("unrouted"), bodies.iter().filter(|body| !is_routed(body)).count() as u64);
    }
}
