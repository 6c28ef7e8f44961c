use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const UNAVAILABLE: Answer = Answer {
    status: 503,
    code: None,
    message: None,
};

fn arrival() -> Arrival {
    Arrival {
        way: Way::Push,
        source: Some("hub".to_owned()),
        platform: None,
        request: None,
    }
}

fn message(id: &str) -> Message {
    let line = r#"{"v":1,"id":"ID","source":"hub","platform":"tencent-iot-hub","channel":"http","received":0,"encoding":"text"}"#;
    Message {
        body: format!("{}\n{{}}", line.replace("ID", id)),
        fifo: Some(thingrelay_core::message::Fifo {
            group: "g".to_owned(),
            deduplication: id.to_owned(),
        }),
    }
}

fn staged(calls: &mut Calls, id: &str) -> u64 {
    let number = calls.arrived(arrival());
    calls.verified(number, &message(id));
    calls.staged(number, &message(id));
    number
}

fn outcome(calls: &Calls, number: u64) -> Outcome {
    calls.get(number).unwrap().outcome
}

#[test]
fn a_repeat_is_a_call_of_its_own_and_the_first_is_forwarded() {
    let mut calls = Calls::new(10, Clock::system());
    let id = "a".repeat(ID_LENGTH);
    let failed = calls.arrived(arrival());
    calls.verified(failed, &message(&id));
    calls.answered(failed, UNAVAILABLE);
    let first = staged(&mut calls, &id);
    let repeat = staged(&mut calls, &id);
    assert_eq!(outcome(&calls, repeat), Outcome::Repeated);
    assert_eq!(calls.get(repeat).unwrap().repeat_of, Some(first));
    let event = format!("{id}-0");
    calls.read(&id, &message(&id).body, Vec::new());
    calls.sent("t", &event, DeliveryState::Waiting, None);
    calls.handed_back(&id, "target_unavailable", "");
    assert_eq!(outcome(&calls, first), Outcome::Waiting);
    calls.read(&id, &message(&id).body, Vec::new());
    calls.sent("t", &event, DeliveryState::Sent, None);
    calls.forwarded(&event);
    assert_eq!(outcome(&calls, first), Outcome::Forwarded);
    assert_eq!(outcome(&calls, failed), Outcome::Refused);
    assert_eq!(calls.get(first).unwrap().attempts, 2);
}

#[test]
fn a_message_that_was_staged_without_an_answer_is_forwarded_once() {
    let mut calls = Calls::new(10, Clock::system());
    let id = "d".repeat(ID_LENGTH);
    let first = calls.arrived(arrival());
    calls.verified(first, &message(&id));
    calls.read(&id, &message(&id).body, Vec::new());
    calls.forwarded(&format!("{id}-0"));
    calls.answered(first, UNAVAILABLE);
    let second = staged(&mut calls, &id);
    assert_eq!(outcome(&calls, first), Outcome::Forwarded);
    assert_eq!(outcome(&calls, second), Outcome::Repeated);
}

#[test]
fn a_message_without_a_known_call_is_one_from_the_staging_queue() {
    let mut calls = Calls::new(10, Clock::system());
    let id = "b".repeat(ID_LENGTH);
    calls.read(&id, &message(&id).body, Vec::new());
    let call = calls.get(1).unwrap();
    assert_eq!(call.way, Way::Staging);
    assert_eq!(call.original, b"{}");
}

#[test]
fn a_webhook_s_answer_decides_after_its_queue_has_the_event() {
    let mut calls = Calls::new(10, Clock::system());
    let id = "c".repeat(ID_LENGTH);
    let number = staged(&mut calls, &id);
    let event = format!("{id}-0");
    calls.sent("t", &event, DeliveryState::Sent, None);
    calls.forwarded(&event);
    for (state, expected) in [
        (DeliveryState::Waiting, Outcome::Waiting),
        (DeliveryState::Delivered, Outcome::Forwarded),
        (DeliveryState::Dead, Outcome::Dead),
    ] {
        calls.delivered("t", &event, state, String::new());
        assert_eq!(outcome(&calls, number), expected);
    }
}

#[test]
fn only_so_many_messages_are_remembered() {
    let mut calls = Calls::new(10, Clock::system());
    let id = |number: usize| format!("{number:0width$x}", width = ID_LENGTH);
    for number in 0..MOST_STAGED + 50 {
        staged(&mut calls, &id(number));
    }
    assert_eq!(calls.staged.len(), MOST_STAGED);
    assert_eq!(calls.staged_order.len(), MOST_STAGED);
    let repeat = staged(&mut calls, &id(MOST_STAGED));
    assert_eq!(outcome(&calls, repeat), Outcome::Repeated);
    let forgotten = staged(&mut calls, &id(0));
    assert_eq!(outcome(&calls, forgotten), Outcome::Staged);
}

#[test]
fn a_pulled_message_is_one_call_whoever_is_quicker() {
    let id = "b".repeat(ID_LENGTH);
    for is_read_first in [false, true] {
        let mut calls = Calls::new(10, Clock::system());
        let message = message(&id);
        let number = calls.pulled(&message);
        calls.not_staged(number, "no answer".to_owned());
        assert_eq!(outcome(&calls, number), Outcome::Waiting);
        assert_eq!(calls.pulled(&message), number);
        if is_read_first {
            calls.read(&id, &message.body, Vec::new());
            calls.staged(number, &message);
        } else {
            calls.staged(number, &message);
            calls.read(&id, &message.body, Vec::new());
        }
        calls.forwarded(&format!("{id}-0"));
        assert_eq!(outcome(&calls, number), Outcome::Forwarded);
        assert_eq!(calls.iter().count(), 1);
    }
}

proptest! {
    #[test]
    fn a_client_that_reads_the_changes_has_what_is_kept(
        steps in proptest::collection::vec((0_u64..12, 0_u8..3, any::<bool>()), 0..80),
        keep in 1_usize..6,
    ) {
        let mut calls = Calls::new(keep, Clock::system());
        let mut client: BTreeMap<u64, u64> = BTreeMap::new();
        let mut version = 0;
        for (number, step, is_read) in steps {
            match step {
                0 => _ = calls.arrived(arrival()),
                1 => calls.complete(number, b"body"),
                _ => calls.answered(number, Answer { status: 401, code: None, message: None }),
            }
            if is_read {
                for call in calls.changed_after(version) {
                    prop_assert!(call.version > version);
                    version = call.version;
                    client.insert(call.number, call.version);
                }
                while client.len() > keep {
                    client.pop_first();
                }
                let kept: BTreeMap<u64, u64> =
                    calls.iter().map(|call| (call.number, call.version)).collect();
                prop_assert_eq!(&client, &kept);
            }
            prop_assert!(calls.iter().count() <= keep);
            prop_assert_eq!(calls.changes.len(), calls.calls.len());
            let bytes: usize = calls.iter().map(Call::bytes).sum();
            prop_assert_eq!(calls.bytes, bytes);
        }
    }
}
